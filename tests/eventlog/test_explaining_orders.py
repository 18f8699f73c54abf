"""One order explained: the queue counted by hand, who traded, and why it did or did not fill, with the records."""

from pathlib import Path

import pytest

from simexchange.core.explaining.figures import Explanation, Section
from simexchange.core.explaining.whyrefused import END_WORDS, words_for
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import AccountClass, EndReason, Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, Nanos, Price, Quantity
from simexchange.errors import NotThere
from simexchange.eventlog import explaining
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import records
from tests.core.world import SPOT, T0, units
from tests.eventlog.world import LoggedWorld

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"


@pytest.fixture
def world() -> LoggedWorld:
    return LoggedWorld(people=("a", "b", "c", "d"))


def story(world: LoggedWorld, which: str, seq: int | None = None) -> Explanation:
    return explaining.order(world.log, which, seq)


def told(explanation: Explanation, name: str) -> list[Section]:
    return [section for section in explanation.sections if section.name == name]


def facts(section: Section) -> dict[str, str]:
    return {fact.name: fact.value for fact in section.facts}


def queue(explanation: Explanation) -> list[tuple[str, str]]:
    """(what stands in front, how many orders) over time."""
    return [(facts(row)["ahead"], facts(row)["orders_ahead"]) for row in told(explanation, "queue")]


def outcome(explanation: Explanation) -> str:
    return explanation.sections[-1].note


def test_the_queue_in_front_is_counted_over_time(world: LoggedWorld) -> None:
    """2 and 3 stand in front; 1 of the first trades, the second is cancelled, then the rest of the first trades."""
    a, b, c, d = world.people
    a.buys(2, at=100)
    other = b.buys(3, at=100)[0]
    c.buys(4, at=100, client_id="mine")
    d.sells(1, at=100)
    b.cancels(other.order)
    d.sells(2, at=100)

    found = story(world, "c:mine")

    assert queue(found) == [("5", "2"), ("4", "2"), ("1", "1"), ("0", "0")]
    notes = [row.note for row in told(found, "queue")]
    assert notes[1:] == ["1 traded in front (d with a)", "b cancelled 3 in front", "1 traded in front (d with a)"]
    assert [facts(row)["qty"] for row in told(found, "fill")] == ["1"]
    assert outcome(found).startswith("open: it stood first at its price, and 2 was traded there before its turn")


def test_every_line_names_the_record_it_happened_in(world: LoggedWorld) -> None:
    """And the record says so."""
    a, b, c, d = world.people
    a.buys(2, at=100)
    c.buys(4, at=100, client_id="mine")
    d.sells(3, at=100)
    b.sells(3, at=100)

    found = story(world, "c:mine")

    by_seq = {record.seq: record for record in records(world.log)}
    for section in found.sections[:-1]:
        assert section.seq in by_seq
    accepted, rested, *fills = [section.seq for section in found.sections[:-1] if section.name != "queue"] or [0]
    assert accepted <= rested
    for seq in fills:
        assert any(isinstance(event, ev.TradeExecuted) for event in by_seq[seq].events)
    assert outcome(found) == f"filled: 4 in 2 trades [record {fills[-1]}]"


def test_an_order_that_trades_at_once_is_told_as_a_taker(world: LoggedWorld) -> None:
    a, b, *_ = world.people
    a.sells(1, at=101)
    b.buys(2, at=101, client_id="now")

    found = story(world, "b:now")

    (fill,) = told(found, "fill")
    assert (fill.note, facts(fill)["price"], facts(fill)["left"]) == ("as taker, with a", "101", "1")
    assert facts(told(found, "accepted")[0])["best_ask"] == "101"
    assert outcome(found).startswith("open: it stood first at its price, and nothing was traded there")


def test_trades_at_better_prices_come_first(world: LoggedWorld) -> None:
    """A bid of 100 waits while 99 is bid, too; only what is at 100 is in front of the one at 99."""
    a, b, c, d = world.people
    c.buys(4, at=99, client_id="mine")
    a.buys(2, at=100)
    d.sells(1, at=100)

    found = story(world, "c:mine")

    assert queue(found) == [("0", "0")]
    assert facts(found.sections[-1])["traded_at_better_prices"] == "1"
    later = story(world, "c:mine", world.log.last_seq)
    assert facts(later.sections[-1])["filled"] == "0"
    assert b.name


def test_what_could_not_trade_at_once_says_what_stood_there(world: LoggedWorld) -> None:
    """Immediate or cancel below the best offer."""
    a, b, *_ = world.people
    a.sells(1, at=105)
    b.buys(2, at=100, tif=TimeInForce.IOC, client_id="ioc")

    found = story(world, "b:ioc")

    assert outcome(found).startswith("not filled: immediate or cancel")
    assert "the best offer is 105" in outcome(found)


def test_a_cancelled_order_says_what_was_still_in_front(world: LoggedWorld) -> None:
    a, b, *_ = world.people
    a.buys(2, at=100)
    mine = b.buys(1, at=100, client_id="x")[0]
    b.cancels(mine.order)

    found = story(world, str(mine.order))

    text = "not filled: its owner cancelled it; 2 stood in front of it at its price, and nothing was traded there"
    assert outcome(found).startswith(text)


def test_a_partly_filled_order_says_so(world: LoggedWorld) -> None:
    a, b, *_ = world.people
    mine = b.buys(3, at=100, client_id="x")[0]
    a.sells(1, at=100)
    b.cancels(mine.order)

    assert outcome(story(world, "b:x")).startswith("partly filled, then its owner cancelled it")


def test_an_order_whose_time_is_over_says_so(world: LoggedWorld) -> None:
    a, *_ = world.people
    a.buys(1, at=50, tif=TimeInForce.GTD, client_id="x", more=Terms(good_till=Nanos(T0 + HOUR)))
    world.later(2 * 3600)

    assert outcome(story(world, "a:x")).startswith("not filled: its time was over")


def test_a_rejection_has_words_and_numbers(world: LoggedWorld) -> None:
    a, *_ = world.people
    a.buys("0.0001", at=100, client_id="small")

    found = story(world, "a:small")

    assert told(found, "rejected")
    assert outcome(found).startswith("rejected: quantity 0.0001 is ")
    assert f"[record {found.seq}]" in outcome(found)


def test_every_reason_and_every_end_has_words() -> None:
    assert set(END_WORDS) == set(EndReason)
    for reason in RejectReason:
        assert words_for(reason, 1, 1, None)
        assert "{" not in words_for(reason, 1, 1, None)


def test_smaller_keeps_its_place_and_what_is_in_front_can_become_smaller(world: LoggedWorld) -> None:
    a, b, *_ = world.people
    first = a.buys(5, at=100)[0]
    b.buys(4, at=100, client_id="mine")
    mine = b.world.state.accounts[b.no].orders
    world.run(cmd.AmendOrder(a.no, world.market, Quantity(units(2)), first.order))
    world.run(cmd.AmendOrder(b.no, world.market, Quantity(units(1)), next(iter(mine))))

    found = story(world, "b:mine")

    assert queue(found) == [("5", "1"), ("2", "1")]
    assert told(found, "queue")[1].note == "a made an order in front smaller"
    assert told(found, "made smaller")[0].note == "to 1, and keeps its place"


def test_what_the_tape_does_in_front_and_through_is_told(world: LoggedWorld) -> None:
    """The tape's own size stands in front; a print below the bid goes past it, because both sides are the tape's."""
    _, b, *_ = world.people
    world.run(cmd.OpenAccount(f"house:{SPOT}", "binance", AccountClass.HOUSE))
    sizes = [Levels.of([(units(90), units(size))]) for size in (3, 2)]
    asks = Levels.of([(units(130), units(2))])
    world.run(cmd.AdjustBook(world.market, sizes[0], asks, snapshot=True))
    b.buys(1, at=90, client_id="mine")
    world.run(cmd.AdjustBook(world.market, sizes[1], Levels.of([])))
    world.run(cmd.PrintTrade(world.market, Price(units(89)), Quantity(units(5)), Side.SELL))

    found = story(world, "b:mine")

    assert queue(found)[0] == ("3", "1")
    assert all(float(ahead) <= 3 for ahead, _ in queue(found))
    seen = [section.name for section in found.sections]
    assert "fill" in seen or "printed through" in seen


def test_as_of_a_record_it_is_told_as_far_as_it_had_come(world: LoggedWorld) -> None:
    a, b, *_ = world.people
    b.buys(1, at=100, client_id="x")
    then = world.log.last_seq
    a.sells(1, at=100)

    assert outcome(story(world, "b:x", then)).startswith("open: it stood first")
    assert outcome(story(world, "b:x")).startswith("filled: 1 in 1 trades")


def test_of_a_client_id_that_was_used_again_the_newest_is_told(world: LoggedWorld) -> None:
    _, b, *_ = world.people
    first = b.buys(1, at=100, client_id="x")[0]
    b.cancels(first.order)
    second = b.buys(1, at=99, client_id="x")[0]

    assert story(world, "b:x").question == f"order {second.order}"
    assert story(world, str(first.order)).question == f"order {first.order}"


@pytest.mark.parametrize("which", ["12345", "b:nothing", "nobody:x", "", "-1", "b:"])
def test_an_order_that_is_not_there_is_refused(which: str, world: LoggedWorld) -> None:
    _, b, *_ = world.people
    b.buys(1, at=100, client_id="x")

    with pytest.raises(NotThere, match="there is no order"):
        story(world, which)


@pytest.mark.parametrize("name", ["spot.jsonl", "matching.jsonl", "tape.jsonl"])
def test_every_order_of_a_log_can_be_explained(name: str) -> None:
    """Fills add up to what the book says was filled, and the queue never grows by itself."""
    log = open_log(str(LOGS / name))
    answers = (event for record in records(log) for event in record.events)
    orders = [each.order for each in answers if isinstance(each, (ev.OrderAccepted, ev.OrderRejected)) and each.order]
    assert orders
    for order in orders:
        found = explaining.order(log, str(order))
        filled = sum(int(units(facts(row)["qty"])) for row in told(found, "fill"))
        assert filled == units(facts(found.sections[-1])["filled"])
        assert outcome(found)
        assert [row.seq for row in found.sections[:-1]] == sorted(row.seq for row in found.sections[:-1])
    log.close()
