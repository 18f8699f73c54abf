"""Orders that would trade with their own account or trade group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import AccountOption, EndReason, SelfTrade, Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount, Quantity
from tests.core.world import PERP, SPOT, World, only, units

if TYPE_CHECKING:
    from tests.core.world import Events, Person

NONE, TAKER, MAKER = SelfTrade.NONE, SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_MAKER
BOTH, DECREMENT, TRANSFER = SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT, SelfTrade.TRANSFER


def says(mode: SelfTrade, **more: Any) -> Terms:
    """Terms with a mode."""
    return Terms(self_trade=mode, **more)


def prevented(events: Events) -> list[tuple[float, float, float]]:
    """(price, what the taker lost, what the maker lost) of each prevented match, in whole units."""
    found = only(events, ev.TradePrevented)
    return [(event.price / 10**8, event.taker.qty / 10**8, event.maker.qty / 10**8) for event in found]


def ended(events: Events) -> list[tuple[Any, EndReason]]:
    """Who ended, and why."""
    return [(event.account, event.reason) for event in only(events, ev.OrderExpired)]


CASES = [
    # mode, maker, taker: prevented (taker, maker), what stands in the book afterwards (bid at 100, ask at 100)
    (NONE,      6, 2, [],       4, 0),
    (TAKER,     6, 2, [(2, 0)], 6, 0),
    (MAKER,     6, 2, [(0, 6)], 0, 2),
    (BOTH,      6, 2, [(2, 6)], 0, 0),
    (DECREMENT, 6, 2, [(2, 2)], 4, 0),
    (DECREMENT, 2, 6, [(2, 2)], 0, 4),
    (DECREMENT, 3, 3, [(3, 3)], 0, 0),
    (TRANSFER,  6, 2, [(2, 2)], 4, 0),
]  # fmt: skip


@pytest.mark.parametrize("market", [SPOT, PERP])
@pytest.mark.parametrize(("mode", "made", "taken", "lost", "bid", "ask"), CASES)
def test_each_mode_does_what_its_name_says(
    mode: SelfTrade, made: int, taken: int, lost: list[tuple[int, int]], bid: int, ask: int, market: str
) -> None:
    """One account buys and sells at 100. What is prevented is no trade, pays no fee, and holds nothing any more."""
    world = World(market, maker_fee="0.01", taker_fee="0.01")
    world.index(100)
    me = world.taker
    me.buys(made, at=100)

    events = me.sells(taken, at=100, more=says(mode))

    book = world.state.markets[world.market].book
    assert [row[1:] for row in prevented(events)] == lost
    assert sum(level.qty for level in book.bids) == units(bid)
    assert sum(level.qty for level in book.asks) == units(ask)
    assert len(world.trades) == (mode is NONE)
    if market == SPOT and mode is not NONE:
        assert me.has("USDT") == (1_000_000 - bid * 100, bid * 100)
        assert me.has("BTC") == (1_000 - ask, ask)


def test_an_order_is_what_was_filled_and_prevented_and_is_left() -> None:
    """Sell 10 against a stranger's 3 and one's own 2: 3 filled, 2 prevented, 5 left to stand."""
    world = World()
    world.maker.buys(3, at=101)
    world.taker.buys(2, at=100)

    events = world.taker.sells(10, at=100, more=says(DECREMENT))

    order = world.state.accounts[world.taker.no].orders[events[0].order]
    assert (order.qty, order.prevented, order.left) == (units(10), units(2), units(5))
    assert world.taker.has("BTC") == (992, 5)


def test_ones_own_order_behind_a_strangers_is_met_only_after_that_one_has_traded() -> None:
    """Price, then time, as in a trade."""
    world = World()
    world.maker.buys(1, at=100)
    world.taker.buys(1, at=100)
    world.third.buys(1, at=100)

    events = world.taker.sells(3, at=100, more=says(TAKER))

    assert world.trades == [(1, 100)]
    assert prevented(events) == [(100, 2, 0)]
    assert ended(events) == [(world.taker.no, EndReason.SELF_TRADE)]


def test_prevented_matches_are_counted_per_market_from_nought() -> None:
    """Three own levels in the way are three matches."""
    world = World()
    for qty, price in (("1.2", "1.2"), ("1.3", "1.1"), ("8.1", "1")):
        world.taker.buys(qty, at=price)

    events = world.taker.sells(3, at=1, more=says(MAKER))

    assert [event.prevention for event in only(events, ev.TradePrevented)] == [0, 1, 2]
    assert prevented(events) == [(1.2, 0, 1.2), (1.1, 0, 1.3), (1, 0, 8.1)]
    assert ended(events) == [(world.taker.no, EndReason.SELF_TRADE)] * 3
    assert only(events, ev.OrderRested)


def test_what_the_order_says_wins_over_the_account_and_that_over_the_market() -> None:
    """The market says EXPIRE_TAKER, the account EXPIRE_MAKER, the last order NONE."""
    world = World(filters=Filters(self_trade_default=int(TAKER)))
    me = world.taker

    def meets(more: Terms | None = None) -> Events:
        world.run(cmd.CancelAll(me.no))
        me.buys(1, at=100)
        events: Events = me.sells(1, at=100, more=more)
        return events

    by_market = meets()
    world.run(cmd.SetAccountOption(me.no, AccountOption.SELF_TRADE, int(MAKER)))
    by_account = meets()
    by_order = meets(says(NONE))

    assert prevented(by_market) == [(100, 1, 0)]
    assert prevented(by_account) == [(100, 0, 1)]
    assert only(by_order, ev.TradeExecuted)


def test_a_mode_the_market_does_not_allow_is_refused_and_an_accounts_choice_of_it_does_not_count() -> None:
    """Binance: -1013, "This symbol does not allow the specified self-trade prevention mode." """
    world = World(filters=Filters(self_trade_modes=(int(NONE), int(TAKER)), self_trade_default=int(TAKER)))
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.SELF_TRADE, int(MAKER)))
    world.taker.buys(1, at=100)

    refused = world.taker.sells(1, at=100, more=says(MAKER))
    plain = world.taker.sells(1, at=100)

    assert only(refused, ev.OrderRejected)[0].reason is R.SELF_TRADE_NOT_ALLOWED
    assert prevented(plain) == [(100, 1, 0)]


def group(world: World, *people: Person, number: int = 7) -> None:
    """Make one trade group of *people*."""
    for person in people:
        world.run(cmd.SetAccountOption(person.no, AccountOption.TRADE_GROUP, number))


def test_accounts_of_one_trade_group_count_as_one() -> None:
    """Of two groups they do not, and without one neither."""
    world = World()
    group(world, world.maker, world.taker)
    group(world, world.third, number=8)
    world.maker.buys(1, at=100)

    mine = world.taker.sells(1, at=100, more=says(TAKER))
    foreign = world.third.sells(1, at=100, more=says(TAKER))

    assert [event.group for event in only(mine, ev.TradePrevented)] == [7]
    assert len(only(foreign, ev.TradeExecuted)) == 1


def test_transfer_between_two_accounts_moves_what_was_prevented_without_a_fee() -> None:
    """Each as if they had traded 2 at 100, at no commission; and no trade is on the tape."""
    world = World(maker_fee="0.01", taker_fee="0.01")
    group(world, world.maker, world.taker)
    world.maker.buys(6, at=100, more=says(TRANSFER))

    events = world.taker.sells(2, at="99", more=says(TRANSFER))

    assert world.trades == []
    assert prevented(events) == [(100, 2, 2)]
    assert world.maker.has("BTC") == (1_002, 0)
    assert world.maker.has("USDT") == (1_000_000 - 600, 400)
    assert world.taker.has("BTC") == (998, 0)
    assert world.taker.has("USDT") == (1_000_200, 0)


def test_a_market_buy_may_be_met_by_transfer_and_go_on() -> None:
    """Own group's 1 at 100 is moved, the stranger's 1 at 110 bought: 210 of the 210 held are spent."""
    world = World()
    group(world, world.maker, world.taker)
    world.maker.sells(1, at=100, more=says(TRANSFER))
    world.third.sells(1, at=110)

    events = world.taker.buys(2, more=says(TRANSFER))

    assert only(events, ev.OrderAccepted)[0].hold == units(210)
    assert world.trades == [(1, 110)]
    assert world.taker.has("USDT") == (1_000_000 - 210, 0)
    assert world.taker.has("BTC") == (1_002, 0)
    assert world.maker.has("USDT") == (1_000_100, 0)


@pytest.mark.parametrize("makers", [NONE, TAKER, MAKER, BOTH, DECREMENT, SelfTrade.UNSAID])
def test_transfer_needs_both_sides_to_say_so(makers: SelfTrade) -> None:
    """Else it is DECREMENT, and nothing moves."""
    world = World()
    group(world, world.maker, world.taker)
    world.maker.buys(6, at=100, more=says(makers))

    events = world.taker.sells(2, at=100, more=says(TRANSFER))

    assert [event.mode for event in only(events, ev.TradePrevented)] == [DECREMENT]
    assert world.maker.has("BTC") == (1_000, 0)
    assert world.taker.has("BTC") == (1_000, 0)


def test_a_market_buy_that_expires_its_own_makers_is_held_what_the_others_ask() -> None:
    """Own 1 at 100 gives nothing: 2 cost 110 and 120, and so much is held, not 210."""
    world = World(cash=230)
    world.taker.sells(1, at=100)
    world.maker.sells(1, at=110)
    world.maker.sells(1, at=120)

    events = world.taker.buys(2, more=says(MAKER))

    assert only(events, ev.OrderAccepted)[0].hold == units(230)
    assert world.trades == [(1, 110), (1, 120)]
    assert world.taker.has("USDT") == (0, 0)


def test_an_order_by_value_is_sized_without_the_makers_it_expires() -> None:
    """220 of quote buy 2 at 110; the own 5 at 100 are no offer."""
    world = World()
    world.taker.sells(5, at=100)
    world.maker.sells(9, at=110)

    events = world.taker.order(Side.BUY, 0, more=says(MAKER, quote_qty=Amount(units(220))))

    assert only(events, ev.OrderAccepted)[0].qty == units(2)
    assert world.trades == [(2, 110)]


FOK_CASES = [
    # own 1 at 100, a stranger's 2 at 100 behind it: may 2 be had, and what becomes of the own one
    (NONE,      True,  0),
    (TAKER,     False, 1),
    (MAKER,     True,  0),
    (BOTH,      False, 1),
    (DECREMENT, False, 1),
    (TRANSFER,  False, 1),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "filled", "stays"), FOK_CASES)
def test_a_fill_or_kill_counts_its_own_orders_only_where_it_would_trade_with_them(
    mode: SelfTrade, filled: bool, stays: int
) -> None:
    """What would be prevented cannot be filled, so it is killed beforehand and its own order stays as it was."""
    world = World()
    world.taker.sells(1, at=100)
    world.maker.sells(2, at=100)

    events = world.taker.buys(2, at=100, tif=TimeInForce.FOK, more=says(mode))

    assert bool(only(events, ev.TradeExecuted)) == filled
    assert world.taker.has("BTC")[1] == stays
    if not filled:
        assert ended(events) == [(world.taker.no, EndReason.FOK_UNFILLED)]


def test_a_fill_or_kill_of_a_perpetual_is_not_prevented() -> None:
    """There the modes are for GTC, IOC and GTD (mechanics §2.2)."""
    world = World(PERP)
    world.index(100)
    world.taker.sells(1, at=100)

    events = world.taker.buys(1, at=100, tif=TimeInForce.FOK, more=says(TAKER))

    assert len(only(events, ev.TradeExecuted)) == 1


def test_own_icebergs_lose_a_slice_a_match_and_expire_whole() -> None:
    """DECREMENT meets what is shown and goes on; EXPIRE_MAKER ends all of it, hidden or not."""
    world = World()
    hides = Quantity(units(2))
    world.taker.sells(5, at=100, more=Terms(iceberg_qty=hides))

    lessened = world.taker.buys(3, at=100, more=says(DECREMENT))
    left = world.ladder
    expired = world.taker.buys(1, at=100, more=says(MAKER))

    assert prevented(lessened) == [(100, 2, 2), (100, 1, 1)]
    assert left == ["bid | price | ask", "    |   100 |   1"]
    assert prevented(expired) == [(100, 0, 2)]
    assert world.ladder == ["bid | price | ask", "  1 |   100 |"]


def test_a_reduce_only_order_is_prevented_like_any_other_and_never_turns_a_position() -> None:
    """Long 2: the reduce-only sell of 2 meets the own bid and expires it; the position stays 2."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(2, at=100)
    world.taker.buys(2, at=100)
    world.taker.buys(1, at=99)

    events = world.taker.order(Side.SELL, 2, 99, more=says(MAKER, reduce_only=True))

    assert prevented(events) == [(99, 0, 1)]
    assert world.taker.position == (2, 200)
    assert len(only(events, ev.OrderRested)) == 1


def test_a_resting_reducer_that_has_nothing_to_close_goes_before_anything_is_prevented() -> None:
    """Its owner sold the position by the same order: it would not have traded."""
    world = World(PERP)
    world.index(100)
    world.maker.buys(2, at=100)
    world.taker.sells(2, at=100)
    world.taker.reduces(Side.BUY, 2, at=98)
    world.maker.sells(2, at=101)
    world.taker.buys(2, at=101)

    events = world.taker.sells(1, at=98, more=says(TAKER))

    assert prevented(events) == []
    assert only(events, ev.OrderRested)


def test_a_liquidation_asks_nobodys_mode() -> None:
    """What is sold because margin is gone goes to a friend's bid, too."""
    world = World(PERP, liquidation_fee="0.01")
    group(world, world.maker, world.taker)
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.SELF_TRADE, int(BOTH)))
    world.index(100)
    world.third.sells(5, at=100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_945))))
    world.taker.buys(5, at=100)
    world.maker.buys(9, at=95)

    events = world.mark(89)

    assert only(events, ev.LiquidationStarted)
    assert not only(events, ev.TradePrevented)
    assert world.trades[-1][1] == 95


@pytest.mark.parametrize("mode", [TAKER, BOTH, DECREMENT, TRANSFER])
def test_a_fill_or_kill_does_not_count_what_an_iceberg_shows_only_behind_its_own_order(mode: SelfTrade) -> None:
    """A stranger's 5 in slices of 1, then the own 1: after one slice that would be met. With 1 it is filled."""
    world = World()
    world.maker.sells(5, at=100, more=Terms(iceberg_qty=Quantity(units(1))))
    world.taker.sells(1, at=100)

    killed = world.taker.buys(2, at=100, tif=TimeInForce.FOK, more=says(mode))
    filled = world.taker.buys(1, at=100, tif=TimeInForce.FOK, more=says(mode))

    assert ended(killed) == [(world.taker.no, EndReason.FOK_UNFILLED)]
    assert len(only(killed, ev.TradeExecuted)) == 0
    assert len(only(filled, ev.TradeExecuted)) == 1
