"""Smart order routing: the published examples, and where the money goes."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import (
    Bundle,
    Commission,
    Filters,
    Market,
    MarketKind,
    MarketRules,
    MarketStatus,
)
from simexchange.core.vocabulary.orders import EndReason, OrderKind, SelfTrade, Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import SPOT, Person, World, only, show, units

GTC, IOC, FOK, POST = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY
BUY, SELL = Side.BUY, Side.SELL
QUOTES = ("USDT", "USDC", "USDP")
ASKS = {
    "USDT": [("30500", "3"), ("30800", "3")],
    "USDC": [("28000", "1"), ("30000", "1")],
    "USDP": [("29000", "1"), ("35000", "1")],
}
"""Examples 1 to 3 of Binance's page on smart order routing (faqs/sor_faq.md, seen 2026-11)."""
BIDS = {"USDT": [("29500", "5")], "USDC": [("35000", "5"), ("30000", "5")], "USDP": [("28000", "5")]}
"""Example 4."""


def routes(side: Side = SELL, book: dict[str, list[tuple[str, str]]] | None = None, *, taker: Rate = Rate(0)) -> World:
    """Three books of BTC; the taker has no USDC and no USDP."""
    world = World(bundle=Bundle("binance", routing=QUOTES))
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), taker)))
    for quote in QUOTES[1:]:
        market = Market(
            f"spot:BTC-{quote}", MarketKind.SPOT, "BTC", quote, quote, Price(ONE // 100), Quantity(ONE // 1000)
        )
        world.run(cmd.ListMarket(market))
        no = world.state.market_no[market.id]
        world.run(cmd.SetRules("binance", no, MarketRules(Filters(), Rate(0), Rate(5_000_000))))
        world.run(cmd.Deposit(world.maker.no, "spot", quote, Amount(1_000_000 * ONE)))
    for quote, levels in (ASKS if book is None else book).items():
        world.market = world.state.market_no[f"spot:BTC-{quote}"]
        for price, qty in levels:
            world.maker.order(side, qty, price)
    world.market = world.state.market_no[SPOT]
    return world


def sends(
    person: Person, side: Side, qty: str, price: str | None = None, tif: TimeInForce = GTC, **terms: Any
) -> list[Any]:
    """Send a routed order to BTC-USDT."""
    return person.order(side, qty, price, tif=tif, more=Terms(routed=True, **terms))


def fills(events: list[Any]) -> list[tuple[Any, Any, int]]:
    """(price, quantity, allocation)."""
    return [(show(t.price), show(t.qty), t.allocation) for t in only(events, ev.TradeExecuted)]


def usd(world: World) -> Any:
    """What the taker has of each quote asset."""
    return [sum(world.taker.has(quote)) for quote in QUOTES]


def converted(world: World) -> list[Any]:
    return [show(world.state.purses.amount("clr:convert", quote)) for quote in QUOTES]


def test_a_small_order_takes_the_best_price_of_all_books_and_pays_in_its_own_quote() -> None:
    """Example 1: 0.5 at 28,000 of the USDC book for 14,000 USDT."""
    world = routes()

    events = sends(world.taker, BUY, "0.5", "31000")

    assert fills(events) == [(28_000, 0.5, 1)]
    assert usd(world) == [1_000_000 - 14_000, 0, 0]
    assert world.maker.has("USDC")[0] == 1_000_000 + 14_000
    assert converted(world) == [14_000, -14_000, 0]


def test_a_large_order_goes_from_book_to_book() -> None:
    """Example 2: 5 BTC for 148,000 USDT; even what its own book gives is an allocation by then."""
    world = routes()

    events = sends(world.taker, BUY, "5", "31000")

    assert fills(events) == [(28_000, 1, 1), (29_000, 1, 2), (30_000, 1, 3), (30_500, 2, 4)]
    assert usd(world) == [1_000_000 - 148_000, 0, 0]
    assert world.taker.has("BTC") == (1_005, 0)
    assert [trade.routed for trade in only(events, ev.TradeExecuted)] == [world.market] * 4


def test_a_market_order_expires_where_all_books_are_exhausted() -> None:
    """Example 3: 10 of 11 for 305,900 USDT."""
    world = routes()

    events = sends(world.taker, BUY, "11")

    assert [price for price, _, _ in fills(events)] == [28_000, 29_000, 30_000, 30_500, 30_800, 35_000]
    assert usd(world) == [1_000_000 - 305_900, 0, 0]
    ended = only(events, ev.OrderExpired)[0]
    assert (show(ended.left), ended.reason) == (1, EndReason.MARKET_UNFILLED)


def test_a_routed_sell_gets_the_quote_of_its_own_market() -> None:
    """Example 4: 5 at 35,000 and 5 at 30,000 of the USDC book give 325,000 USDT."""
    world = routes(BUY, BIDS)

    events = sends(world.taker, SELL, "10", "29000")

    assert fills(events) == [(35_000, 5, 1), (30_000, 5, 2)]
    assert usd(world) == [1_000_000 + 325_000, 0, 0]
    assert converted(world) == [-325_000, 325_000, 0]


def test_what_is_left_of_a_routed_order_rests_where_it_was_sent() -> None:
    """3 of 4 up to 30,000; 1 stands in the USDT book, holding 30,000, and trades there as any order."""
    world = routes()

    sends(world.taker, BUY, "4", "30000")
    rest = world.ladder[-1], world.taker.has("USDT")
    events = world.maker.sells(1, at=30_000)

    assert rest == ("  1 | 30000 |", (1_000_000 - 117_000, 30_000))
    assert fills(events) == [(30_000, 1, 0)]


def test_before_another_book_is_touched_fills_are_ordinary_trades() -> None:
    """The own book is best first: trade, allocation, and then its own second level is an allocation."""
    world = routes(SELL, {"USDT": [("100", "1"), ("102", "1")], "USDC": [("101", "1")]})

    events = sends(world.taker, BUY, "3", "102")

    assert fills(events) == [(100, 1, 0), (101, 1, 1), (102, 1, 2)]


def test_at_one_price_the_own_book_comes_first_then_the_older_listing() -> None:
    """All at 100."""
    world = routes(SELL, {"USDP": [("100", "1")], "USDC": [("100", "1")], "USDT": [("100", "1")]})

    events = sends(world.taker, BUY, "3", "100")

    names = [world.state.markets[trade.market].spec.quote for trade in only(events, ev.TradeExecuted)]
    assert names == ["USDT", "USDC", "USDP"]


def test_a_routed_taker_pays_the_fees_of_its_own_market_and_the_maker_those_of_the_book() -> None:
    """1 % where it was sent, not the 5 % of the USDC book."""
    world = routes(taker=Rate(1_000_000))

    events = sends(world.taker, BUY, "1", "28000")

    assert show(only(events, ev.TradeExecuted)[0].taker.fee) == 0.01
    assert world.taker.has("BTC") == (1_000.99, 0)


def test_a_fill_or_kill_may_be_filled_from_several_books() -> None:
    """6 are there up to 30,500, 7 are not."""
    world = routes()

    killed = sends(world.taker, BUY, "7", "30500", FOK)
    filled = sends(world.taker, BUY, "6", "30500", FOK)

    assert only(killed, ev.OrderExpired)[0].reason is EndReason.FOK_UNFILLED
    assert sum(qty for _, qty, _ in fills(filled)) == 6


def test_a_halted_market_is_not_routed_to() -> None:
    """The USDC book rests."""
    world = routes()
    world.run(cmd.SetMarketStatus(world.state.market_no["spot:BTC-USDC"], MarketStatus.HALT))

    assert fills(sends(world.taker, BUY, "1", "31000")) == [(29_000, 1, 1)]


@pytest.mark.parametrize(
    ("mode", "traded", "reasons"),
    [
        (SelfTrade.NONE, [(28_000, 1), (29_000, 1)], []),
        (SelfTrade.EXPIRE_MAKER, [], [EndReason.SELF_TRADE] * 5),
        (SelfTrade.EXPIRE_TAKER, [], [EndReason.SELF_TRADE]),
        (SelfTrade.EXPIRE_BOTH, [], [EndReason.SELF_TRADE, EndReason.SELF_TRADE]),
        (SelfTrade.DECREMENT, [], [EndReason.SELF_TRADE]),
    ],
)
def test_an_own_order_in_another_book_ends_by_the_takers_choice(
    mode: SelfTrade, traded: list[Any], reasons: list[EndReason]
) -> None:
    """The maker routes 2 and meets its own orders alone: five up to 31,000. What would be decreased ends the taker."""
    world = routes()

    events = sends(world.maker, BUY, "2", "31000", self_trade=mode)

    assert [(price, qty) for price, qty, _ in fills(events)] == traded
    assert [event.reason for event in only(events, ev.OrderExpired)] == reasons


@pytest.mark.parametrize(("charged", "rebate"), [(1_000_000, 28), (50_000, 14), (0, 0)])
def test_a_rebate_of_another_book_is_at_most_what_the_routed_taker_pays(charged: int, rebate: int) -> None:
    """0.1 % of 28,000 in USDC, beside a taker of 1 %, of 0.05 % and of nothing; marketing pays it."""
    world = routes(taker=Rate(charged))
    foreign = world.state.market_no["spot:BTC-USDC"]
    rules = MarketRules(Filters(), Rate(-100_000), Rate(5_000_000), special=Commission())
    world.run(cmd.SetRules("binance", foreign, rules))

    trade = only(sends(world.taker, BUY, "1", "28000"), ev.TradeExecuted)[0]

    assert (show(trade.maker.fee), trade.maker.fee_asset, show(trade.maker.subsidy)) == (-rebate, "USDC", rebate)


@pytest.mark.parametrize(
    ("reason", "kind", "tif", "terms"),
    [
        (R.ORDER_SHAPE_INVALID, OrderKind.LIMIT, POST, {}),
        (R.ORDER_SHAPE_INVALID, OrderKind.MARKET, GTC, {"quote_qty": Amount(ONE)}),
    ],
)
def test_only_plain_orders_are_routed(reason: R, kind: OrderKind, tif: TimeInForce, terms: dict[str, Any]) -> None:
    """Nothing that waits, and nothing by value."""
    world = routes()
    qty = Quantity(0 if terms else ONE)
    price = Price(units(31_000) if kind is OrderKind.LIMIT else 0)
    more = Terms(routed=True, **terms)

    events = world.run(cmd.PlaceOrder(world.taker.no, world.market, BUY, kind, qty, price, tif, "", more))

    assert only(events, ev.OrderRejected)[0].reason is reason


def test_where_there_is_no_other_book_routing_is_refused_by_name() -> None:
    """No group, or alone in it."""
    world = World()

    events = sends(world.taker, BUY, "1", "100")

    assert only(events, ev.OrderRejected)[0].reason is R.FEATURE_NOT_SERVED


def test_a_routed_market_buy_holds_what_icebergs_hide_too() -> None:
    """5 at 100, of which 1 is shown: 499.99 does not buy it, 500 does."""
    world = routes(book={})
    world.maker.sells(5, at=100, more=Terms(iceberg_qty=Quantity(units(1))))
    person = world.joins("poor", 0)
    world.run(cmd.Deposit(person.no, "spot", "USDT", Amount(units("499.99"))))

    assert only(sends(person, BUY, "5"), ev.OrderRejected)[0].reason is R.BALANCE_INSUFFICIENT

    world.run(cmd.Deposit(person.no, "spot", "USDT", Amount(units("0.01"))))
    assert only(sends(person, BUY, "5"), ev.OrderAccepted)[0].hold == units(500)
    assert person.has("USDT") == (0, 0)


@pytest.mark.parametrize("quote", QUOTES)
def test_a_routed_market_buy_does_not_reckon_with_offers_of_its_own_that_would_expire(quote: str) -> None:
    """Its own 5 at 100 give it nothing, in whichever book they stand: the 5 at 200 cost 1,000."""
    world = routes(book={"USDC": [("200", "5")]})
    person = world.joins("poor", 0)
    world.run(cmd.Deposit(person.no, "spot", "USDT", Amount(units(600))))
    world.run(cmd.Deposit(person.no, "spot", "BTC", Amount(units(5))))
    world.market = world.state.market_no[f"spot:BTC-{quote}"]
    person.sells(5, at=100)
    world.market = world.state.market_no[SPOT]

    events = sends(person, BUY, "5", self_trade=SelfTrade.EXPIRE_MAKER)

    assert only(events, ev.OrderRejected)[0].reason is R.BALANCE_INSUFFICIENT


def test_a_routed_fill_or_kill_reckons_with_what_is_hidden_and_not_with_its_own() -> None:
    """2 at 90 in another book and 3 of an iceberg at 100, but its own offer at 95 between them counts for nothing."""
    world = routes(book={"USDC": [("90", "2")]})
    world.maker.sells(3, at=100, more=Terms(iceberg_qty=Quantity(units(1))))
    world.taker.sells(1, at=95)

    more = sends(world.taker, BUY, "6", "100", FOK, self_trade=SelfTrade.EXPIRE_MAKER)
    ended = sends(world.taker, BUY, "3", "100", FOK, self_trade=SelfTrade.EXPIRE_TAKER)
    filled = sends(world.taker, BUY, "5", "100", FOK, self_trade=SelfTrade.EXPIRE_MAKER)

    assert [only(events, ev.OrderExpired)[0].reason for events in (more, ended)] == [EndReason.FOK_UNFILLED] * 2
    assert fills(more) == fills(ended) == []
    assert sum(qty for _, qty, _ in fills(filled)) == 5


@pytest.mark.parametrize(("charged", "rebate"), [(1_000_000, "0.001"), (50_000, "0.0005"), (0, 0)])
def test_a_routed_takers_rebate_is_at_most_what_the_maker_of_another_book_pays(charged: int, rebate: str) -> None:
    """0.1 % of 1 BTC, beside a maker of 1 %, of 0.05 % and of nothing: else two accounts of one owner print money."""
    world = routes()
    own, foreign = world.market, world.state.market_no["spot:BTC-USDC"]
    world.run(cmd.SetRules("binance", own, MarketRules(Filters(), Rate(200_000), Rate(-100_000))))
    world.run(cmd.SetRules("binance", foreign, MarketRules(Filters(), Rate(charged), Rate(5_000_000))))

    trade = only(sends(world.taker, BUY, "1", "28000"), ev.TradeExecuted)[0]

    assert (trade.taker.fee, trade.taker.fee_asset, trade.taker.subsidy) == (-units(rebate), "BTC", units(rebate))
