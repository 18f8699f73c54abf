"""Published examples of spot execution rules, on a market with those figures."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import ONE, Price, Quantity, Rate
from simexchange.dialects.binance.spot.responses import EXPIRY_REASONS
from tests.core.world import Person, World, only

if TYPE_CHECKING:
    from collections.abc import Callable

Inputs = dict[str, Any]


def u(text: str) -> Any:
    """Decimal text in units, exactly."""
    value = Decimal(text) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def price_range(i: Inputs) -> dict[str, object]:
    """Which of all prices a buy trades at, and how it ends at the next one."""
    limits = Filters(range_bid_up=Rate(u(i["bidLimitMultUp"])), range_bid_down=Rate(u(i["bidLimitMultDown"])))
    tried = {price: _meets(limits, i["reference"], price) for price in map(u, ("4.99", "5", "10", "20", "20.01"))}
    made = [price for price, events in tried.items() if only(events, ev.TradeExecuted)]
    breach = only(tried[max(made) + ONE // 100], ev.OrderExpired)[0]
    return {
        "buy_exec_max": Decimal(max(made)) / ONE,
        "buy_exec_min": Decimal(min(made)) / ONE,
        "on_breach": "EXPIRED",
        "expiryReason": EXPIRY_REASONS[breach.reason],
    }


def _meets(limits: Filters, reference: str, price: int) -> list[Any]:
    """A market buy meets one ask at *price*."""
    world = World(filters=limits, people=("maker", "taker"))
    world.run(cmd.SetReferencePrice(world.market, Price(u(reference))))
    _place(world.maker, Side.SELL, price)
    return _place(world.taker, Side.BUY, 0)


def _place(person: Person, side: Side, price: int) -> list[Any]:
    kind = OrderKind.LIMIT if price else OrderKind.MARKET
    order = cmd.PlaceOrder(person.no, person.world.market, side, kind, Quantity(ONE), Price(price), TimeInForce.GTC)
    return person.world.run(order)


def routed(i: Inputs) -> dict[str, object]:
    """A routed limit order over three books."""
    quotes = tuple(name.removeprefix("BTC") for name in i["books"])
    world = World(people=("maker", "taker"), bundle=Bundle("binance", routing=quotes))
    for name, levels in i["books"].items():
        quote = name.removeprefix("BTC")
        market = f"spot:BTC-{quote}"
        if market not in world.state.market_no:
            spec = Market(market, MarketKind.SPOT, "BTC", quote, quote, Price(ONE // 100), Quantity(ONE // 1000))
            world.run(cmd.ListMarket(spec))
        world.market = world.state.market_no[market]
        for price, qty in levels:
            world.maker.sells(qty, at=price)
    world.market = world.state.market_no["spot:BTC-USDT"]
    trades = only(world.taker.buys(i["qty"], at=i["price"], more=Terms(routed=True)), ev.TradeExecuted)
    return {
        "fills": [[Decimal(trade.price) / ONE, Decimal(trade.qty) / ONE] for trade in trades],
        "quote": Decimal(sum(trade.quote for trade in trades)) / ONE,
    }


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "price_range_rule": price_range,
    "sor_limit_buy": routed,
}
