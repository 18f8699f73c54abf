"""Published and derived numbers of contracts paid in coin, and of dated ones: entry, profit, fees, delivery, basis."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from simexchange.core import display, funding, valuing
from simexchange.core.positions import effect
from simexchange.core.vocabulary import commands as cmd, deliveries as dv, events as ev
from simexchange.core.vocabulary.ids import PositionId
from simexchange.core.vocabulary.units import DAY, ONE, SECOND, Amount, Rate
from tests.core.dated import CURRENT, INVERSE, INVERSE_NOW, LINEAR_NOW, DatedWorld
from tests.core.world import only

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.vocabulary.markets import Market

Inputs = dict[str, Any]


def u(text: str | float) -> Any:
    """Decimal text in units, exactly."""
    value = Decimal(str(text)) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def text(value: int) -> Decimal:
    """Units as a decimal number."""
    return Decimal(value) / ONE


def contract_of(i: Inputs) -> Market:
    """Contracts of the size of the inputs; of a dollar where they name none (Bybit)."""
    return msgspec.structs.replace(INVERSE, contract_size=Amount(u(i.get("contractSize", 1))))


def unrealised(i: Inputs) -> dict[str, object]:
    """What a position in coin-margined contracts has gained at a mark, and what it is worth at entry and there.

    Its entry is shown to eight places, its cost is the worth at that.
    """
    spec, long = contract_of(i), i["side"] in ("LONG", "Buy")
    qty = u(i["contracts"]) if long else -u(i["contracts"])
    cost = valuing.value(spec, u(i["entry"]), qty)
    return {
        "upnl": text(valuing.unrealised(spec, qty, cost, u(i["mark"]))),
        "notional": text(valuing.worth(spec, u(i["mark"]), qty)),
        "value": text(valuing.worth(spec, u(i["entry"]), qty)),
    }


def realised(i: Inputs) -> dict[str, object]:
    """One side of a position opened and closed in the book."""
    world = DatedWorld(INVERSE_NOW, taker=Rate(0), maker=Rate(0))
    world.index(i["entry"])
    one, other = (world.taker, world.maker) if i["side"] == "LONG" else (world.maker, world.taker)
    other.sells(i["contracts"], at=i["entry"])
    one.buys(i["contracts"], at=i["entry"])
    world.index(i["exit"])
    other.buys(i["contracts"], at=i["exit"])
    closed = only(one.sells(i["contracts"], at=i["exit"]), ev.TradeExecuted)[0].taker.closed
    # A short was on the other side of all that.
    return {"pnl": text(closed.realised if i["side"] == "LONG" else -closed.realised)}


def average_entry(i: Inputs) -> dict[str, object]:
    """The harmonic mean, from the cost two fills add up to."""
    spec = contract_of(i)
    qty = cost = 0
    for price, size in i["fills"]:
        value = valuing.value(spec, u(price), u(size))
        _, opened = effect(qty, cost, PositionId(1), u(size), value, PositionId(1), inverse=True)
        assert opened is not None
        qty, cost = opened.qty_after, opened.cost_after
    return {"avg_entry": text(display.entry_price(qty, cost, spec.contract_size))}


def funding_payment(i: Inputs) -> dict[str, object]:
    """Paid in coin on what the position is worth in coin."""
    qty = u(i["contracts"]) * (1 if i["side"] == "LONG" else -1)
    worth = valuing.value(contract_of(i), u(i["mark"]), qty)
    return {"income": text(funding.payment(worth, u(i["rate"])))}


def taker_fee(i: Inputs) -> dict[str, object]:
    """A trade of so many contracts in the book."""
    world = DatedWorld(INVERSE_NOW, taker=Rate(u(i["taker"])))
    world.index(i["price"])
    world.maker.sells(i["contracts"], at=i["price"])
    trade = only(world.taker.buys(i["contracts"], at=i["price"]), ev.TradeExecuted)[0]
    return {"notional": text(trade.quote), "fee": text(trade.taker.fee)}


def delivery(i: Inputs) -> dict[str, object]:
    """Index 60,000 in the first half of the window and 60,300 in the second; a short is delivered."""
    world = DatedWorld(LINEAR_NOW, taker=Rate(u(i["taker"])))
    world.index(i["entry"])
    world.maker.sells(i["contracts_qty"], at=i["entry"])
    world.taker.buys(i["contracts_qty"], at=i["entry"])
    window = int(i["window_s"]) * SECOND
    for before, price in ((window, "60000"), (window // 2, "60300")):
        world.until(CURRENT - before)
        world.run(cmd.SetIndex("BTC-USDT", u(price)))
    short = next(e for e in only(world.until(CURRENT), dv.PositionDelivered) if e.account == world.maker.no)
    return {"settlement": text(short.price), "pnl": text(short.closed.realised), "fee": text(short.fee)}


def carry(i: Inputs) -> dict[str, object]:
    """Bought for cash, sold by contract: what both bring at the settlement, and the basis at the start."""
    spot, future, end = u(i["spot"]), u(i["future"]), u(i["settlement"])
    world = DatedWorld(LINEAR_NOW, taker=Rate(0), maker=Rate(0))
    world.index(i["spot"])
    world.taker.sells(i["qty"], at=i["future"])
    world.maker.buys(i["qty"], at=i["future"])
    world.until(CURRENT - 30 * 60 * SECOND)
    world.run(cmd.SetIndex("BTC-USDT", end))
    short = next(e for e in only(world.until(CURRENT), dv.PositionDelivered) if e.account == world.taker.no)
    spot_gain = (end - spot) * u(i["qty"]) // ONE
    return {
        "spot_pnl": text(spot_gain),
        "future_pnl": text(short.closed.realised),
        "total": text(spot_gain + short.closed.realised),
        "basis_pct": text(display.basis_rate(future, spot)),
        "annualised": text(display.annual_basis_rate(future, spot, i["days"] * DAY)),
    }


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "upnl_inverse_real": unrealised,
    "inverse_avg_entry": average_entry,
    "inverse_pnl_long": realised,
    "inverse_pnl_short": realised,
    "funding_payment_inverse": funding_payment,
    "fee_coinm": taker_fee,
    "delivery_settlement": delivery,
    "cash_and_carry": carry,
}
