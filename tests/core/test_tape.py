"""A tape with users inside, by the rules of replay: each case is a queue one can work out by hand."""

import pytest

from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.levels import NO_LEVELS, Levels
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, Side, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import SECOND, Price, Quantity
from tests.core.taped import FOR_GOOD, TapedWorld, playing, told
from tests.core.world import PERP, SPOT, World, kinds, show, units

TRADES = ev.TradeExecuted | ev.TapePrinted
MARKETS = pytest.mark.parametrize("market", [SPOT, PERP])


# ------------------------------------------------------------------------------------------------------ with no user


def test_a_frame_makes_the_book_what_it_says() -> None:
    """Sizes are absolute, 0 removes, what is not named stays."""
    world = playing()

    world.frame({99: 0, 98: 4, 97: 1}, {101: 6})

    assert world.ladder == [
        "bid | price | ask",
        "    |   102 |   9",
        "    |   101 |   6",
        "  4 |    98 |",
        "  1 |    97 |",
    ]


def test_a_snapshot_removes_what_it_does_not_name() -> None:
    """It is the whole book."""
    world = playing()

    world.snapshot({99: 1}, {103: 2})

    assert world.recorded == {"bids": {99: 1}, "asks": {103: 2}}
    assert world.ladder == ["bid | price | ask", "    |   103 |   2", "  1 |    99 |"]


def test_a_frame_that_changes_nothing_is_no_event() -> None:
    """Deleting an unknown level is normal, and so is hearing a size again."""
    world = playing()

    assert world.frame({99: 5, 90: 0}, {101: 5}) == []


def test_an_increase_is_an_order_of_its_own_at_the_tail_and_a_decrease_takes_the_youngest() -> None:
    """5, then +2, then +1; four less are the 1, the 2 and one of the 5."""
    world = playing()

    world.frame({99: 7})
    world.frame({99: 8})
    grown = world.queue(99)
    world.frame({99: 4})

    assert grown == "tape 5, tape 2, tape 1"
    assert world.queue(99) == "tape 4"


def test_a_print_takes_from_the_head_of_its_level_and_is_one_event() -> None:
    """Whole, at its price, and the last price follows."""
    world = playing()
    world.frame({99: 7})

    events = world.sold(6, at=99)

    assert told(events) == ["print 6 @ 99"]
    assert world.queue(99) == "tape 1"
    assert world.recorded["bids"] == {99: 1, 98: 9}
    assert world.last == 99


def test_a_print_greater_than_its_level_is_still_printed_whole() -> None:
    """What nobody here saw standing there is a ghost for as long as the print takes (rule 5)."""
    world = playing()

    [event] = world.sold(8, at=99)

    assert isinstance(event, ev.TapePrinted)
    assert (show(event.qty), show(event.ghosts), show(event.quote)) == (8, 5, 792)
    assert world.queue(99) == ""


def test_a_print_at_a_price_without_a_level_is_printed() -> None:
    """9.7 % of the prints of a futures recording meet no level at their price."""
    world = playing()

    events = world.bought(2, at="100.5")  # type: ignore[arg-type] # exact decimal text

    assert told(events) == ["print 2 @ 100.5"]
    assert world.recorded == {"bids": {98: 9, 99: 5}, "asks": {101: 5, 102: 9}}


def test_better_levels_than_a_print_are_gone_before_it() -> None:
    """Reality has removed them, or it would not have traded there (rule 3); nothing is printed at their prices."""
    world = playing()

    events = world.sold(3, at=98)

    assert told(events) == ["print 3 @ 98"]
    assert kinds(events) == ["BookAdjusted", "TapePrinted"]
    assert world.recorded["bids"] == {98: 6}


def test_the_next_frame_has_the_last_word_on_what_prints_moved() -> None:
    """99 is not named again, so it was 5 all the time: taken and replaced between two frames."""
    world = playing()

    world.sold(3, at=98)
    world.frame({97: 1})

    assert world.recorded["bids"] == {97: 1, 98: 9, 99: 5}
    assert world.queue(99) == "tape 5"


def test_the_best_prices_alone_move_the_touch_until_the_next_frame() -> None:
    """A best ask of 103 says that 101 and 102 are gone; a frame that does not say so brings them back."""
    world = playing()

    world.touch({99: 2}, {103: 4})
    moved = world.ladder
    world.frame({96: 1})

    assert moved == ["bid | price | ask", "    |   103 |   4", "  2 |    99 |", "  9 |    98 |"]
    assert world.recorded == {"bids": {96: 1, 98: 9, 99: 5}, "asks": {101: 5, 102: 9}}


# --------------------------------------------------------------------------------------------- a user's resting order


@MARKETS
def test_a_user_fills_only_after_the_size_ahead_of_him_has_traded(market: str) -> None:
    """5 stand ahead of ann: the print of 4 is not hers, of the next 3 one is ahead and two are hers."""
    world = playing(market)
    world.ann.buys(2, at=99)

    first, second = world.sold(4, at=99), world.sold(3, at=99)

    assert told(first) == ["print 4 @ 99"]
    assert told(second) == ["trade 2 @ 99", "print 1 @ 99"]
    assert world.queue(99) == ""


def test_ghosts_that_come_later_stand_behind_the_user() -> None:
    """A late joiner of the tape waits for ann."""
    world = playing()
    world.ann.buys(2, at=99)
    world.frame({99: 9})

    events = world.sold(6, at=99)

    assert told(events) == ["trade 1 @ 99", "print 5 @ 99"]
    assert world.queue(99) == "ann 1, tape 3"


def test_a_user_never_gets_more_than_the_print() -> None:
    """A bid of 100 does not fill on a print of 0.001."""
    world = playing()
    world.ann.buys(100, at=99.5)

    events = world.sold(0.001, at=99)

    assert told(events) == ["trade 0.001 @ 99.5"]
    assert world.queue(99.5) == "ann 99.999"


def test_users_at_better_prices_trade_first_and_the_print_keeps_its_size() -> None:
    """A print of 4 at 98: bob's 1 at 99.5, ann's 2 at 99.25, and 1 for the tape; never more than 4 in all (rule 4)."""
    world = playing()
    world.ann.buys(2, at=99.25)
    world.bob.buys(1, at=99.5)

    events = world.sold(4, at=98)

    assert told(events) == ["trade 1 @ 99.5", "trade 2 @ 99.25", "print 1 @ 98"]
    assert world.recorded["bids"] == {98: 5}
    assert world.queue(98) == "tape 5"


def test_what_a_user_took_of_a_print_leaves_the_tape_from_the_tail_at_once() -> None:
    """The print took 4 of the recorded 8: ann's 1 and 3 ghosts. So one more ghost goes, the youngest (rule 5)."""
    world = TapedWorld()
    world.snapshot({99: 3})
    world.ann.buys(1, at=99)
    world.frame({99: 8})

    events = world.sold(4, at=99)

    assert told(events) == ["trade 1 @ 99", "print 3 @ 99"]
    assert world.queue(99) == "tape 4"
    assert world.recorded["bids"] == {99: 4}


def test_a_print_that_users_take_whole_still_counts_as_reality() -> None:
    """Nothing is left to print; the recorded level is shorter by the print all the same."""
    world = playing()
    world.ann.buys(3, at=99.5)

    events = world.sold(2, at=99)

    assert told(events) == ["trade 2 @ 99.5"]
    assert world.recorded["bids"] == {98: 9, 99: 3}
    assert world.last == 99.5


def test_an_unexplained_decrease_goes_to_the_tail_first() -> None:
    """Behind ann stand 3: a decrease of 2 leaves her place as it was (rule 7)."""
    world = playing()
    world.ann.buys(1, at=99)
    world.frame({99: 8})

    world.frame({99: 6})

    assert world.queue(99) == "tape 5, ann 1, tape 1"


def test_a_decrease_greater_than_what_stands_behind_moves_the_user_up() -> None:
    """ahead = min(ahead, size): of 8 only 2 are left, and they are ahead of ann."""
    world = playing()
    world.ann.buys(1, at=99)
    world.frame({99: 8})

    world.frame({99: 2})

    assert world.queue(99) == "tape 2, ann 1"


def test_an_emptied_level_leaves_the_user_alone_and_later_ghosts_behind_him() -> None:
    """Whoever comes back comes after her."""
    world = playing()
    world.ann.buys(1, at=99)

    world.frame({99: 0})
    alone = world.queue(99)
    world.frame({99: 4})

    assert alone == "ann 1"
    assert world.queue(99) == "ann 1, tape 4"


def test_the_print_is_not_counted_again_when_the_frame_explains_it() -> None:
    """5 ahead, a print of 3, a frame that says 2: nothing more goes, and ann is third in line (rule 2)."""
    world = playing()
    world.ann.buys(1, at=99)

    world.sold(3, at=99)
    world.frame({99: 2})

    assert world.queue(99) == "tape 2, ann 1"


def test_the_tape_is_the_other_side_of_a_users_position() -> None:
    """Sizes sum to zero: what ann bought the house sold, with no fee; prints among strangers move nobody's position."""
    world = playing(PERP)
    world.ann.buys(2, at=99.5)

    world.sold(5, at=99)

    accounts = world.state.accounts.values()
    held = {each.name: show(each.positions[world.market].qty) for each in accounts if each.positions}
    assert held == {"ann": 2, "house:perp:BTC-USDT": -2}


# ------------------------------------------------------------------------------------- a level through a user's price


@MARKETS
def test_a_level_that_comes_through_a_users_price_trades_once_at_his_price(market: str) -> None:
    """The tape asks 3 at 100; ann bids 1 at 100.5 and gets it there; the level then stands as recorded (rule 6)."""
    world = playing(market)
    world.ann.buys(1, at=100.5)

    events = world.frame({}, {100: 3})

    assert told(events) == ["crossed 1 @ 100.5"]
    assert world.queue(100) == "tape 3"


def test_a_crossing_is_capped_by_the_recorded_size_and_the_rest_is_kept_out() -> None:
    """Ann wants 5, the level has 3: she gets 3, once, and the level stays out while she bids above it."""
    world = playing()
    world.ann.buys(5, at=100.5)

    first = world.frame({}, {100: 3})
    again = world.frame({}, {100: 4})

    assert told(first) == ["crossed 3 @ 100.5"]
    assert told(again) == []
    assert world.queue(100) == ""
    assert world.queue(100.5) == "ann 2"
    assert world.recorded["asks"] == {100: 4, 101: 5, 102: 9}


def test_a_suppressed_level_returns_when_the_user_is_gone() -> None:
    """At the tape's next step, whole."""
    world = playing()
    [accepted, *_] = world.ann.buys(5, at=100.5)
    assert isinstance(accepted, ev.OrderAccepted)
    world.frame({}, {100: 3})

    world.ann.cancels(accepted.order)
    world.frame({97: 1})

    assert world.queue(100) == "tape 3"


def test_a_level_that_left_and_comes_again_trades_again() -> None:
    """Once per appearance, not once for ever."""
    world = playing()
    world.ann.buys(5, at=100.5)
    world.frame({}, {100: 3})

    world.frame({}, {100: 0})
    events = world.frame({}, {100: 1})

    assert told(events) == ["crossed 1 @ 100.5"]
    assert world.queue(100.5) == "ann 1"


def test_several_levels_come_through_best_first() -> None:
    """2 at 99.5 and 2 at 100 meet ann's 3: the cheaper level whole, one of the other, all at her price."""
    world = TapedWorld()
    world.snapshot({90: 1})
    world.ann.buys(3, at=101)

    events = world.frame({}, {100: 2, 99.5: 2})

    assert told(events) == ["crossed 2 @ 101", "crossed 1 @ 101"]
    assert world.ladder == ["bid | price | ask", "    |   100 |   2", "    |  99.5 |   2", "  1 |    90 |"]


def test_a_crossing_does_not_move_the_last_price() -> None:
    """By default only prints and users who take do (rule 9)."""
    world = playing()
    world.bought(1, at=101)
    world.ann.buys(1, at=100.5)

    world.frame({}, {100: 3})

    assert world.last == 101


def test_nobody_trades_with_a_level_that_comes_while_the_market_is_halted() -> None:
    """The level is kept out of the book instead."""
    world = playing()
    world.ann.buys(1, at=100.5)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    events = world.frame({}, {100: 3})

    assert told(events) == []
    assert (world.queue(100.5), world.queue(100)) == ("ann 1", "")


def test_a_print_in_a_halted_market_is_shown_and_fills_nobody() -> None:
    """Market data goes on; orders do not."""
    world = playing()
    world.ann.buys(1, at=99.5)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    events = world.sold(2, at=99)

    assert told(events) == ["print 2 @ 99"]
    assert world.queue(99.5) == "ann 1"


# ------------------------------------------------------------------------------------------------------ users who take


def test_a_user_who_takes_finds_each_ghost_once() -> None:
    """Depth is not infinite: one pass over the ghosts, and nothing returns inside the command (rule 8)."""
    world = playing()

    world.ann.buys(100, at=101, tif=TimeInForce.IOC)

    assert world.trades == [(5, 101)]
    assert world.queue(101) == ""


@pytest.mark.parametrize("step", ["frame", "print"])
def test_what_a_user_took_returns_at_the_tapes_next_step(step: str) -> None:
    """Impact none: history is not changed by users for longer than that."""
    world = playing()
    world.ann.buys(4, at=101, tif=TimeInForce.IOC)
    taken = world.queue(101)

    world.frame({97: 1}) if step == "frame" else world.sold(1, at=99)

    assert taken == "tape 1"
    assert world.queue(101) == "tape 1, tape 4"


def test_a_level_the_tape_has_changed_does_not_return_as_it_was() -> None:
    """The frame names it: that is what stands."""
    world = playing()
    world.ann.buys(4, at=101, tif=TimeInForce.IOC)

    world.frame({}, {101: 2})

    assert world.queue(101) == "tape 1, tape 1"


def test_what_a_user_took_and_rests_upon_does_not_feed_him_for_ever() -> None:
    """Ann took the 5 at 101 and bids there for 3 more: the level stays out, frame after frame."""
    world = playing()
    world.ann.buys(8, at=101)

    events = world.frame({97: 1}) + world.frame({97: 2}) + world.frame({}, {101: 7})

    assert told(events) == []
    assert world.queue(101) == "ann 3"
    assert world.recorded["asks"] == {101: 7, 102: 9}


def test_with_impact_what_a_user_took_stays_gone_until_the_tape_names_the_level() -> None:
    """Consuming: other frames do not bring it back; one that names the level does."""
    world = playing(resilience=FOR_GOOD)
    world.ann.buys(4, at=101, tif=TimeInForce.IOC)

    world.frame({97: 1})
    gone = world.queue(101)
    world.frame({}, {101: 6})

    assert gone == "tape 1"
    assert world.queue(101) == "tape 1, tape 5"


def test_with_impact_the_users_share_of_a_print_is_left_to_the_next_frame() -> None:
    """Ann took 1 of the print of 4: 5 ghosts stand where 4 are recorded, until the tape names the level."""
    world = TapedWorld(resilience=FOR_GOOD)
    world.snapshot({99: 3})
    world.ann.buys(1, at=99)
    world.frame({99: 8})

    world.sold(4, at=99)

    assert world.queue(99) == "tape 5"
    assert world.recorded["bids"] == {99: 4}


def test_with_a_resilience_what_a_user_took_returns_after_it() -> None:
    """Two seconds here: not at the first frame, at the first after the time."""
    world = playing(resilience=2 * SECOND)
    world.ann.buys(4, at=101, tif=TimeInForce.IOC)

    world.passes(SECOND)
    world.frame({97: 1})
    early = world.queue(101)
    world.passes(SECOND)
    world.frame({97: 2})

    assert early == "tape 1"
    assert world.queue(101) == "tape 1, tape 4"


def test_a_post_only_order_sees_the_book_as_it_stands() -> None:
    """A suppressed level is not in the book, so nothing is there to be taken."""
    world = playing()
    world.ann.buys(5, at=100.5)
    world.frame({}, {100: 3})

    events = world.bob.buys(1, at=100.25, tif=TimeInForce.POST_ONLY)

    assert "OrderRested" in kinds(events)


# -------------------------------------------------------------------------------------------------------- refusals


def test_a_frame_for_no_market_is_refused() -> None:
    """A refusal is a value."""
    world = playing()

    [event] = world.run(cmd.AdjustBook(MarketNo(99), NO_LEVELS, NO_LEVELS))

    assert isinstance(event, ev.CommandRefused)
    assert event.reason is RejectReason.MARKET_UNKNOWN


def test_a_tape_needs_its_account() -> None:
    """Somebody must own the ghosts, and an ordinary account of that name is not he."""
    world = World()
    world.run(cmd.OpenAccount(f"house:{SPOT}", "", AccountClass.USER))

    [event] = world.run(cmd.AdjustBook(world.market, Levels.of([(1, 1)]), NO_LEVELS))

    assert isinstance(event, ev.CommandRefused)
    assert (event.reason, event.detail) == (RejectReason.ACCOUNT_UNKNOWN, f"house:{SPOT}")


@pytest.mark.parametrize(
    "price, qty, reason",
    [(0, 1, RejectReason.PRICE_NOT_POSITIVE), (1, 0, RejectReason.QTY_NOT_POSITIVE)],
)
def test_a_print_of_nothing_is_refused(price: int, qty: int, reason: RejectReason) -> None:
    """Such prints would divide nothing by nothing in every candle."""
    world = playing()

    [event] = world.run(cmd.PrintTrade(world.market, Price(price), Quantity(qty), Side.BUY))

    assert isinstance(event, ev.CommandRefused)
    assert event.reason is reason


def test_the_invariants_notice_a_ghost_that_is_not_recorded() -> None:
    """The check can fail."""
    world = playing()
    state = world.state.markets[world.market].tape
    assert state is not None

    state.bids.recorded[units(99)] += 1

    with pytest.raises(InvariantBroken, match="ghosts 500000000, recorded 500000001"):
        check(world.state)
