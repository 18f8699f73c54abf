"""Who trades with whom, and at what price."""

from __future__ import annotations

import pytest

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import EndReason, Terms, TimeInForce
from tests.core.world import World, kinds, only, units


def test_a_taker_walks_up_the_book_and_leaves_the_rest_to_the_maker() -> None:
    """A buy takes the cheapest level whole before it touches the next, each at the maker's price."""
    world = World()
    world.maker.sells(2, at=101)
    world.maker.sells(3, at=102)

    world.taker.buys(4, at=102)

    assert world.trades == [(2, 101), (2, 102)]
    assert world.ladder == [
        "bid | price | ask",
        "    |   102 |   1",
    ]


def test_at_one_price_the_older_order_trades_first() -> None:
    """Time breaks the tie, not size."""
    world = World()
    world.maker.sells(1, at=100)
    world.third.sells(5, at=100)

    events = world.taker.buys(2)

    makers = [event.maker.account for event in only(events, ev.TradeExecuted)]
    assert makers == [world.maker.no, world.third.no]


def test_a_limit_order_rests_what_it_could_not_trade() -> None:
    """The rest of a crossing limit order becomes the best bid."""
    world = World()
    world.maker.sells(1, at=100)

    events = world.taker.buys(3, at=101)

    assert kinds(events) == ["OrderAccepted", "TradeExecuted", "OrderRested"]
    assert world.ladder == [
        "bid | price | ask",
        "  2 |   101 |",
    ]


@pytest.mark.parametrize(
    ("tif", "qty", "trades", "reason"),
    [
        (TimeInForce.IOC, 3, [(2, 100)], EndReason.IOC_REMAINDER),
        (TimeInForce.FOK, 3, [], EndReason.FOK_UNFILLED),
        (TimeInForce.FOK, 2, [(2, 100)], None),
        (TimeInForce.POST_ONLY, 1, [], EndReason.POST_ONLY_WOULD_TAKE),
    ],
)
def test_a_time_in_force_says_what_becomes_of_the_rest(
    tif: TimeInForce, qty: int, trades: list[tuple[float, float]], reason: EndReason | None
) -> None:
    """Each is one row of the table: may it take, may it rest, all or nothing."""
    world = World(bundle=Bundle("binance", post_only="accept_then_expire"))
    world.maker.sells(2, at=100)

    events = world.taker.buys(qty, at=100, tif=tif)

    expired = only(events, ev.OrderExpired)
    assert world.trades == trades
    assert [event.reason for event in expired] == ([] if reason is None else [reason])
    assert world.taker.has("USDT")[1] == 0


def test_a_post_only_order_rests_where_it_does_not_meet_anybody() -> None:
    """One tick below the best ask it is the new best bid."""
    world = World()
    world.maker.sells(2, at=100)

    world.taker.buys(1, at="99.99", tif=TimeInForce.POST_ONLY)

    assert world.ladder == [
        "bid | price | ask",
        "    |   100 |   2",
        "  1 | 99.99 |",
    ]


def test_a_market_order_takes_what_there_is_and_the_rest_expires() -> None:
    """It never rests."""
    world = World()
    world.maker.sells(2, at=100)

    events = world.taker.buys(3)

    assert world.trades == [(2, 100)]
    assert only(events, ev.OrderExpired)[0].reason is EndReason.MARKET_UNFILLED
    assert world.ladder == ["bid | price | ask"]


def test_a_market_buy_by_value_never_spends_more_than_the_value() -> None:
    """250 buys 2 at 100 and 0.495 at 101 (50 ÷ 101 = 0.49504…, down to the step of 0.001)."""
    world = World()
    world.maker.sells(2, at=100)
    world.maker.sells(2, at=101)

    events = world.taker.buys(0, more=Terms(quote_qty=units(250)))

    assert world.trades == [(2, 100), (0.495, 101)]
    assert events[0].qty == units("2.495")
    assert world.taker.has("USDT") == (1_000_000 - 200 - 49.995, 0)


def test_a_market_sell_by_value_sells_as_little_as_brings_it() -> None:
    """150 is 1 at 100 and 0.505 at 99 (50 ÷ 99 = 0.50505…)."""
    world = World()
    world.maker.buys(1, at=100)
    world.maker.buys(2, at=99)

    world.taker.sells(0, more=Terms(quote_qty=units(150)))

    assert world.trades == [(1, 100), (0.505, 99)]


def test_a_trade_with_oneself_changes_nothing_but_the_fees() -> None:
    """Self-trade prevention comes later; until then both legs are made and both fees taken."""
    world = World(maker_fee="0.001", taker_fee="0.002")
    world.maker.sells(1, at=100)

    world.maker.buys(1, at=100)

    assert world.maker.has("BTC") == (1_000 - 0.002, 0)
    assert world.maker.has("USDT") == (1_000_000 - 0.1, 0)


def test_cancelling_from_the_middle_of_a_level_keeps_the_others_order() -> None:
    """First in, first out, with the middle one gone."""
    world = World()
    world.maker.sells(1, at=100)
    second = world.third.sells(1, at=100)[0].order
    world.taker.sells(1, at=100)
    world.third.cancels(second)

    events = world.joins("late", 1000).buys(2)

    assert [event.maker.account for event in only(events, ev.TradeExecuted)] == [world.maker.no, world.taker.no]
