"""Published and derived figures of inverse contracts, and of Bybit's contracts, by the functions the engine uses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simexchange.core import brackets, margin, valuing
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Market, MarketKind, Tier
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate, div_zero
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


def bybit_linear(i: Inputs) -> dict[str, object]:
    """Of an isolated position whose maintenance margin is that of its entry: what is left beside it may be lost."""
    qty, entry = u(i.get("qty", "1")) * (1 if i["side"] == "Buy" else -1), u(i["entry"])
    margined = brackets.initial(abs(qty) * entry // ONE, i["leverage"])
    maintained = brackets.maintenance(tier(i.get("mmr", "0")), abs(qty) * entry // ONE)
    return {
        "im": text(margined),
        "mm": text(maintained),
        "liq": text(brackets.linear_liquidation_price(margined - maintained, [(qty, qty * entry)], ())),
        "bankruptcy": text(brackets.linear_bankruptcy_price(entry, margined, qty, 1)),
    }  # fmt: skip


def bybit_inverse_margin(i: Inputs) -> dict[str, object]:
    """Coin that so many one-dollar contracts need."""
    return {
        "im": text(brackets.initial(valuing.worth(coin_margined(1), u(i["price"]), u(i["contracts"])), i["leverage"]))
    }


def bybit_inverse_old(i: Inputs) -> dict[str, object]:
    """Until 2024: maintenance margin as at entry."""
    spec, qty, entry = coin_margined(1), signed(i), u(i["entry"])
    worth, cost = valuing.worth(spec, entry, qty), valuing.value(spec, entry, qty)
    margined, maintained = brackets.initial(worth, i["leverage"]), brackets.maintenance(tier(i["mmr"]), worth)
    return {
        "position_value": text(worth), "im": text(margined), "mm": text(maintained),
        "liq": text(brackets.inverse_liquidation_price(margined - maintained, [(qty, cost)], ())),
    }  # fmt: skip


def bybit_inverse_2026(i: Inputs) -> dict[str, object]:
    """Since: as at the mark, which is Binance's formula over the initial margin."""
    spec, qty, entry = coin_margined(1), signed(i), u(i["entry"])
    margined = brackets.initial(valuing.worth(spec, entry, qty), i["leverage"])
    legs = [(qty, valuing.value(spec, entry, qty))]
    return {"liq": text(brackets.inverse_liquidation_price(margined, legs, tier(i["mmr"])))}


def bybit_inverse_bankruptcy(i: Inputs) -> dict[str, object]:
    """Where the initial margin of a million contracts is gone: exact, and to the tick in favour of the holder."""
    entry, qty = u(i["entry"]), 10**6 * ONE * (1 if i["side"] == "Buy" else -1)

    def found(tick: str) -> Decimal:
        spec = coin_margined(1, tick)
        margined = brackets.initial(valuing.worth(spec, entry, qty), i["leverage"])
        return text(brackets.bankruptcy_price(spec, entry, margined, qty))

    return {"bankruptcy": found("0.00000001"), "tick_rounded": found("0.5")}


def bybit_linear_unrealised(i: Inputs) -> dict[str, object]:
    """A linear position's value is what it cost."""
    qty, entry = u(i["qty"]), u(i["entry"])
    return {"value": text(qty * entry // ONE), "upnl": text(div_zero(qty * u(i["mark"]) - qty * entry, ONE))}


def bybit_cost(i: Inputs) -> dict[str, object]:
    """Initial margin and both fees, the closing one at the bankruptcy price."""
    side, price, qty, taker = Side.BUY if i["side"] == "Buy" else Side.SELL, u(i["price"]), u(i["qty"]), u(i["taker"])
    margined = brackets.initial(price * qty // ONE, i["leverage"])
    gone = brackets.linear_bankruptcy_price(price, margined, qty * side, 1)
    return {
        "im": text(margined), "bankruptcy": text(gone), "fee_open": text(price * qty // ONE * taker // ONE),
        "fee_close": text(gone * qty // ONE * taker // ONE),
        "cost": text(brackets.reserved_cost(side, price, qty, i["leverage"], taker)),
    }  # fmt: skip


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "available_balance": available,
    "bybit_linear_liq_iso": bybit_linear,
    "bybit_linear_bankruptcy": bybit_linear,
    "bybit_inverse_im": bybit_inverse_margin,
    "bybit_inverse_liq_iso_short_old": bybit_inverse_old,
    "bybit_inverse_liq_iso_short_2026": bybit_inverse_2026,
    "bybit_inverse_bankruptcy": bybit_inverse_bankruptcy,
    "bybit_upnl_linear_real": bybit_linear_unrealised,
    "bybit_order_cost_linear": bybit_cost,
}
