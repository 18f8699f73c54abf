"""Published and derived figures of inverse contracts, and of Bybit's contracts, by the functions the engine uses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simexchange.core import margin
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Market, MarketKind, Tier
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import PERP, World

if TYPE_CHECKING:
    from collections.abc import Callable

Inputs = dict[str, Any]


def u(text: str | float) -> Any:
    """Decimal text in units, exactly."""
    value = Decimal(str(text)) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def text(value: int) -> Decimal:
    """Units as a decimal number."""
    return Decimal(value) / ONE


def tier(rate: str) -> tuple[Tier, ...]:
    """A bracket without bounds."""
    return (Tier(Amount(0), Amount(10**30), 1, Rate(u(rate)), Amount(0)),)


def coin_margined(size: int, tick: str = "0.00000001") -> Market:
    """Contracts of *size* USD."""
    return Market(
        "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(u(tick)), Quantity(ONE), inverse=True,
        contract_size=Amount(size * ONE),
    )  # fmt: skip


def signed(i: Inputs) -> int:
    """Contracts, or base units, above zero for who is long."""
    size: int = u(i.get("contracts") or i["qty"])
    return size if i["side"].upper() in ("LONG", "BUY") else -size


def available(i: Inputs) -> dict[str, object]:
    """An account with a cross position and an order in a market of isolated margin, at ten times, in that state."""
    world, mark = World(PERP, ("maker", "taker"), cash=0), 300
    maker, taker = world.maker, world.taker
    for person, cash in ((maker, "1000000"), (taker, i["cross_wallet"])):
        world.run(cmd.Deposit(person.no, "usdm", "USDT", Amount(u(cash))))
    qty = Decimal(i["cross_im"]) * 10 / mark
    entry = mark - Decimal(i["cross_upnl"]) / qty
    maker.sells(str(qty), at=str(entry))
    taker.buys(str(qty), at=str(entry))
    world.mark(mark)
    first = world.state.markets[world.market]
    other = structs.replace(first.spec, id="perp:ETH-USDT", base="ETH", index="ETH-USDT")
    world.run(cmd.ListMarket(other))
    world.market = world.state.market_no[other.id]
    world.run(cmd.SetRules("binance", world.market, world.state.rules["binance", first.no]))
    world.mark(100)
    account = world.state.accounts[taker.no]
    account.isolated[world.market] = None
    taker.buys(str(Decimal(i["iso_open_order_im"]) * 10 / 100), at=100)
    figures = margin.wallet_state(world.state, account, "usdm", "USDT")
    assert (figures.wallet, figures.unrealised, figures.position_initial, figures.order_initial) == tuple(
        u(i[name]) for name in ("cross_wallet", "cross_upnl", "cross_im", "iso_open_order_im")
    )
    return {"available": text(figures.available)}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "available_balance": available,
}
