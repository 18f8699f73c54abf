"""Open orders made smaller where they stand, or taken out to work anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, OrderId
from simexchange.core.vocabulary.markets import Filters, MarketStatus
from simexchange.core.vocabulary.orders import EndReason, Peg, SelfTrade, Side, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Quantity
from tests.core.world import PERP, World, only, units

if TYPE_CHECKING:
    from tests.core.world import Events, Person


def amend(
    person: Person, order: OrderId, qty: float | str, *, client_id: str = "", by: str = "", market: Any = None
) -> Events:
    """Make an order smaller."""
    world = person.world
    size = Quantity(units(qty))
    events: Events = world.run(cmd.AmendOrder(person.no, market or world.market, size, order, by, client_id))
    return events


def modify(person: Person, order: OrderId, qty: float | str, at: float | str, peg: Peg | None = None) -> Events:
    """Give an order another size or price."""
    world = person.world
    command = cmd.ModifyOrder(person.no, world.market, Quantity(units(qty)), Price(units(at)), order, "", peg)
    events: Events = world.run(command)
    return events


def refused(events: Events) -> list[R]:
    """Why, where nothing else happened."""
    assert len(events) == len(only(events, ev.CommandRefused))
    return [event.reason for event in events]


def queue(world: World, side: Side = Side.SELL) -> list[tuple[AccountNo, int]]:
    """Who stands at the best price, first come first, and with how much."""
    level = world.state.markets[world.market].book.side(side).best()
    return [] if level is None else [(order.account, order.left) for order in level]


# Smaller, where it stands


def test_an_amended_order_keeps_its_place_and_frees_what_it_needs_no_more() -> None:
    """5.5 made 5, first in the queue as before: 50 of the 550 held are free."""
    world = World()
    mine = world.taker.buys("5.5", at=100)[0].order
    world.maker.buys(4, at=100)

    events = amend(world.taker, mine, 5)

    assert queue(world, Side.BUY) == [(world.taker.no, units(5)), (world.maker.no, units(4))]
    assert only(events, ev.OrderAmended)[0].released == units(50)
    assert world.taker.has("USDT") == (999_500, 500)


def test_what_was_filled_counts_in_the_new_size() -> None:
    """2 of 6 are filled: made 5, it has 3 left; to 2 or less it cannot be made."""
    world = World()
    mine = world.taker.sells(6, at=100)[0].order
    world.maker.buys(2, at=100)

    events = amend(world.taker, mine, 5)

    assert [(event.qty, event.left) for event in only(events, ev.OrderAmended)] == [(units(5), units(3))]
    assert world.taker.has("BTC") == (995, 3)
    assert refused(amend(world.taker, mine, 2)) == [R.AMEND_BELOW_FILLED]
    assert refused(amend(world.taker, mine, "1.5")) == [R.AMEND_BELOW_FILLED]


def test_what_was_prevented_counts_too() -> None:
    """Of 6, 2 were prevented: made 3, it has 1 left."""
    world = World()
    mine = world.taker.sells(6, at=100)[0].order
    world.taker.buys(2, at=100, more=Terms(self_trade=SelfTrade.DECREMENT))

    events = amend(world.taker, mine, 3)

    assert [(event.qty, event.left) for event in only(events, ev.OrderAmended)] == [(units(3), units(1))]
    assert refused(amend(world.taker, mine, 2)) == [R.AMEND_BELOW_FILLED]


ICEBERG_CASES = [
    # an iceberg of 9 in slices of 4, with 4 shown: new size, shown and hidden afterwards
    ("8", 4, 4),
    ("4", 4, 0),
    ("3", 3, 0),
]


@pytest.mark.parametrize(("qty", "shown", "hidden"), ICEBERG_CASES)
def test_what_an_iceberg_shows_changes_only_where_the_new_size_is_less(qty: str, shown: int, hidden: int) -> None:
    """Binance, order amend keep priority, seen 2026-11."""
    world = World()
    mine = world.taker.sells(9, at=100, more=Terms(iceberg_qty=Quantity(units(4))))[0].order

    amend(world.taker, mine, qty)

    order = world.state.accounts[world.taker.no].orders[mine]
    assert (order.left - order.hidden, order.hidden) == (units(shown), units(hidden))
    assert world.ladder[1:] == [f"    |   100 | {shown:>3}"]


def test_an_amended_order_may_get_another_client_id_or_keep_its_own() -> None:
    """Found by the new one at once; a name another open order has is refused, its own is not."""
    world = World()
    mine = world.taker.buys(5, at=100, client_id="first")[0].order
    world.taker.buys(5, at=99, client_id="other")

    assert only(amend(world.taker, mine, 4), ev.OrderAmended)[0].client_id == "first"
    assert only(amend(world.taker, mine, 3, client_id="first"), ev.OrderAmended)
    assert refused(amend(world.taker, mine, 2, client_id="other")) == [R.CLIENT_ID_DUPLICATE]
    assert only(amend(world.taker, NO_ORDER, 2, by="first", client_id="second"), ev.OrderAmended)
    assert refused(amend(world.taker, NO_ORDER, 1, by="first")) == [R.ORDER_UNKNOWN]
    assert only(amend(world.taker, NO_ORDER, 1, by="second"), ev.OrderAmended)


def test_a_sleeping_order_is_made_smaller_by_the_same_rule() -> None:
    """A stop market buy of 4 at 110 holds 440; made 1 it holds 110, and wakes with 1."""
    world = World()
    world.maker.sells(9, at=110)
    stop = Trigger(Price(units(110)), rising=True)
    mine = world.taker.buys(4, more=Terms(trigger=stop))[0].order

    amend(world.taker, mine, 1)

    assert world.taker.has("USDT") == (1_000_000 - 110, 110)
    world.third.buys(1, at=110)
    assert world.trades == [(1, 110), (1, 110)]
    assert world.taker.has("BTC") == (1_001, 0)


@pytest.mark.parametrize(
    ("qty", "filters", "reason"),
    [
        ("0", Filters(), R.QTY_NOT_POSITIVE),
        ("-1", Filters(), R.QTY_NOT_POSITIVE),
        ("0.5", Filters(qty_min=Quantity(units(1))), R.QTY_BELOW_MIN),
        ("1.0005", Filters(), R.QTY_OFF_STEP),
        ("0.5", Filters(notional_min=Amount(units(100))), R.NOTIONAL_BELOW_MIN),
        ("5", Filters(), R.AMEND_UNCHANGED),
        ("6", Filters(), R.AMEND_NOT_SMALLER),
    ],
)
def test_an_amendment_is_refused_for_the_first_reason_that_holds(qty: str, filters: Filters, reason: R) -> None:
    """And the order stands as it stood."""
    world = World(filters=filters)
    mine = world.taker.buys(5, at=100)[0].order
    before = world.ladder

    assert refused(amend(world.taker, mine, qty)) == [reason]
    assert world.ladder == before
    assert world.taker.has("USDT") == (999_500, 500)


def test_an_order_is_changed_only_so_often() -> None:
    """Twice here: MAX_NUM_ORDER_AMENDS."""
    world = World(filters=Filters(max_amends=2))
    mine = world.taker.buys(5, at=100)[0].order

    amend(world.taker, mine, 4)
    amend(world.taker, mine, 3)

    assert refused(amend(world.taker, mine, 2)) == [R.TOO_MANY_AMENDS]


def test_a_market_that_takes_no_orders_may_still_let_them_be_made_smaller() -> None:
    """CANCEL_ONLY does, a halt does not."""
    world = World()
    mine = world.taker.buys(5, at=100)[0].order

    world.run(cmd.SetMarketStatus(world.market, MarketStatus.CANCEL_ONLY))
    smaller = amend(world.taker, mine, 4)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    assert only(smaller, ev.OrderAmended)
    assert refused(amend(world.taker, mine, 3)) == [R.MARKET_NOT_TRADING]


def test_an_amended_order_of_a_perpetual_needs_less_margin() -> None:
    """The running sums are checked after every step."""
    world = World(PERP)
    world.index(100)
    mine = world.taker.buys(5, at=100)[0].order

    amend(world.taker, mine, 2)

    assert world.state.accounts[world.taker.no].exposures[world.market].bid_qty == units(2)


# Taken out, and working anew


def perp() -> tuple[World, OrderId]:
    """The taker's bid of 5 at 100 before the maker's of 4; the mark is 100, and 106 is asked."""
    world = World(PERP)
    world.index(100)
    mine = world.taker.buys(5, at=100)[0].order
    world.maker.buys(4, at=100)
    world.third.sells(3, at=106)
    return world, mine


@pytest.mark.parametrize(("qty", "at"), [("5", "99"), ("3", "100"), ("7", "100"), ("6", "101")])
def test_a_modified_order_is_the_same_order_behind_everything_at_its_price(qty: str, at: str) -> None:
    """Whatever was changed."""
    world, mine = perp()

    events = modify(world.taker, mine, qty, at)

    assert [(event.order, event.left) for event in only(events, ev.OrderModified)] == [(mine, units(qty))]
    assert only(events, ev.OrderRested)[0].order == mine
    level = world.state.markets[world.market].book.bids.levels[units(at)]
    assert level.tail is world.state.accounts[world.taker.no].orders[mine]
    assert world.state.accounts[world.taker.no].open_counts[world.market] == 1


def test_a_modified_order_may_trade_at_once() -> None:
    """Raised to 106 it takes the 3 there; the rest stands at 106."""
    world, mine = perp()

    modify(world.taker, mine, 5, 106)

    assert world.trades == [(3, 106)]
    assert world.ladder[1:] == ["  2 |   106 |", "  4 |   100 |"]
    assert world.taker.position == (3, 318)


def test_what_was_filled_stays_filled_and_a_size_not_above_it_cancels() -> None:
    """2 of 5 filled: made 4 it has 2 left; made 2 it is canceled."""
    world, mine = perp()
    world.third.sells(2, at=100)

    smaller = modify(world.taker, mine, 4, 100)
    gone = modify(world.taker, mine, 2, 100)

    assert only(smaller, ev.OrderModified)[0].left == units(2)
    assert [(event.order, event.left, event.reason) for event in only(gone, ev.OrderCanceled)] == [
        (mine, units(2), EndReason.AMENDED)
    ]


def test_a_post_only_order_that_would_take_is_canceled() -> None:
    """Mechanics §2.2."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(1, at=101)
    mine = world.taker.buys(1, at=100, tif=TimeInForce.POST_ONLY)[0].order

    events = modify(world.taker, mine, 1, 101)

    assert [event.reason for event in only(events, ev.OrderCanceled)] == [EndReason.POST_ONLY_WOULD_TAKE]
    assert world.trades == []


def test_a_modified_price_may_be_taken_from_the_book() -> None:
    """The best offer is 106; a level that is not there is refused."""
    world, mine = perp()

    assert refused(modify(world.taker, mine, 5, 0, Peg(other=True, level=2))) == [R.PEG_LEVEL_MISSING]
    events = modify(world.taker, mine, 5, 0, Peg(other=True))
    assert only(events, ev.OrderModified)[0].price == units(106)


def test_a_good_till_order_keeps_its_time() -> None:
    """Modified twice, it still ends when it was to end."""
    world = World(PERP)
    world.index(100)
    till = Nanos(world.at + 5 * SECOND)
    mine = world.taker.buys(5, at=100, tif=TimeInForce.GTD, more=Terms(good_till=till))[0].order

    modify(world.taker, mine, 4, 100)
    modify(world.taker, mine, 4, 99)

    ended = only(world.passes(5 * SECOND), ev.OrderExpired)
    assert [(event.order, event.reason) for event in ended] == [(mine, EndReason.GOOD_TILL)]


def poor() -> tuple[World, OrderId]:
    """The taker has 60 and a bid of 5 at 100: at 10x it needs 50."""
    world, mine = perp()
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1_000_000 - 60))))
    return world, mine


@pytest.mark.parametrize(
    ("qty", "at", "filters", "reason"),
    [
        ("5", "100", Filters(), R.AMEND_UNCHANGED),
        ("0", "100", Filters(), R.QTY_NOT_POSITIVE),
        ("5", "0", Filters(), R.PRICE_NOT_POSITIVE),
        ("5", "99.001", Filters(), R.PRICE_OFF_TICK),
        ("5", "98", Filters(price_min=Price(units(99))), R.PRICE_BELOW_MIN),
        ("5.0005", "100", Filters(), R.QTY_OFF_STEP),
        ("0.5", "100", Filters(notional_min=Amount(units(100))), R.NOTIONAL_BELOW_MIN),
        ("6.001", "100", Filters(), R.MARGIN_INSUFFICIENT),
        ("1100", "100", Filters(), R.LEVERAGE_CAP_EXCEEDED),
    ],
)
def test_a_modification_that_fails_a_check_changes_nothing(qty: str, at: str, filters: Filters, reason: R) -> None:
    """60 back 6 at 100, with the old order thought away; not 6.001."""
    world, mine = poor()
    rules = world.state.rules["binance", world.market]
    changed = type(rules)(filters, rules.maker, rules.taker, rules.tiers, rules.liquidation_fee, 10)
    world.run(cmd.SetRules("binance", world.market, changed))

    assert refused(modify(world.taker, mine, qty, at)) == [reason]
    assert queue(world, Side.BUY)[0] == (world.taker.no, units(5))
    assert only(modify(world.taker, mine, 6, 100), ev.OrderModified) or filters.price_min or filters.notional_min


def test_only_a_resting_limit_order_of_a_derivative_is_modified() -> None:
    """Not one of spot, and not one asleep."""
    spot, world = World(), World(PERP)
    world.index(100)
    bid = spot.taker.buys(1, at=100)[0].order
    stop = world.taker.buys(1, at=110, more=Terms(trigger=Trigger(Price(units(105)), rising=True)))[0].order

    assert refused(modify(spot.taker, bid, 2, 100)) == [R.FEATURE_NOT_SERVED]
    assert refused(modify(world.taker, stop, 2, 100)) == [R.ORDER_SHAPE_INVALID]


def test_a_reducer_may_not_grow_beyond_what_it_can_close() -> None:
    """Long 3, another reducer closes 1 of it: this one may close 2."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(3, at=100)
    world.taker.buys(3, at=100)
    mine = world.taker.reduces(Side.SELL, 1, at=110)[0].order
    world.taker.reduces(Side.SELL, 1, at=111)

    assert refused(modify(world.taker, mine, 3, 110)) == [R.REDUCE_ONLY_COVERED]
    assert only(modify(world.taker, mine, 2, 109), ev.OrderModified)


@pytest.mark.parametrize("kind", ["amend", "modify"])
def test_nothing_unknown_is_changed(kind: str) -> None:
    """No such account, market or order."""
    world, mine = perp()

    def run(account: Any, market: Any, order: Any) -> list[R]:
        if kind == "amend":
            return refused(world.run(cmd.AmendOrder(account, market, Quantity(1), order)))
        return refused(world.run(cmd.ModifyOrder(account, market, Quantity(1), Price(1), order)))

    assert run(AccountNo(99), world.market, mine) == [R.ACCOUNT_UNKNOWN]
    assert run(world.taker.no, 99, mine) == [R.MARKET_UNKNOWN]
    assert run(world.taker.no, world.market, OrderId(1)) == [R.ORDER_UNKNOWN]
    assert run(world.maker.no, world.market, mine) == [R.ORDER_UNKNOWN]
