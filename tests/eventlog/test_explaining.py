"""Questions to a log: margins as they were, funding rates and payments, and the records they rest on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from simexchange.core.explaining.figures import Explanation, Section
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.units import HOUR, SECOND, decimal_text
from simexchange.errors import NotThere
from simexchange.eventlog import explaining
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from tests.core.formulas import check_explanation, shown
from tests.core.world import PERP, only
from tests.eventlog.world import HEADER, LoggedWorld, busy_world


def paid_world() -> LoggedWorld:
    """2 at 100 held over a settlement, the bid 0.4 % above the index for the second half of the interval."""
    world = LoggedWorld(people=("maker", "taker"), market=PERP)
    world.passes(world.state.next_due() - world.at)
    world.index(100)
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.passes(4 * HOUR)
    world.maker.buys(10, at="100.4")
    world.index(100)
    world.passes(4 * HOUR)
    return world


def section(explanation: Explanation, name: str) -> Section:
    return next(each for each in explanation.sections if each.name == name)


def test_a_settlement_is_explained_to_the_last_digit() -> None:
    """5,760 samples, the i-th weighs i: 2,879 with a premium of nothing, and after the bid came 0.4 %."""
    world = paid_world()

    found = explaining.funding(world.log, PERP)

    check_explanation(found)
    rate = shown(found.sections, f"{PERP}: funding rate")
    weight = sum(range(1, 5_761))
    late = sum(range(2_880, 5_761))
    average = Fraction(late) * Fraction("0.004") / weight
    assert rate["samples"] == "5760"
    assert rate["weight"] == str(weight)
    assert rate["premium_average"] == decimal_text(int(average * 10**8))
    assert rate["funding_rate"] == decimal_text(int(average * 10**8) - 50_000)


def test_each_payment_is_quantity_times_mark_times_rate() -> None:
    world = paid_world()
    settled = only(world.past, ev.FundingRateSet)[-1]
    paid = {event.account: event for event in only(world.past, ev.FundingPaid) if event.rate == settled.rate}

    found = explaining.funding(world.log, PERP)

    for person in world.people:
        figures = shown(found.sections, f"{PERP}: payment of {person.name}")
        assert figures["payment"] == decimal_text(paid[person.no].amount)
        assert (figures["funding_rate"], figures["mark"]) == (decimal_text(settled.rate), decimal_text(settled.mark))


def test_an_account_is_told_all_it_paid_and_the_sum() -> None:
    world = paid_world()
    world.passes(8 * HOUR)
    paid = [event.amount for event in only(world.past, ev.FundingPaid) if event.account == world.taker.no]

    found = explaining.funding(world.log, "taker")

    check_explanation(found)
    assert len(paid) == 2
    assert shown(found.sections, "all payments in USDT")["funding"] == decimal_text(sum(paid))


def test_the_records_named_are_those_in_which_it_happened() -> None:
    """The rate's record sets it, a payment's pays it, the mark's is the last one before."""
    world = paid_world()
    found = explaining.funding(world.log, PERP)
    by_seq = {record.seq: record for record in records(world.log)}

    def happened(seq: int, kind: type) -> Any:
        return [event for event in by_seq[seq].events if isinstance(event, kind)]

    rate = section(found, f"{PERP}: funding rate")
    paid = section(found, f"{PERP}: payment of taker")
    premium = next(fact for fact in rate.facts if fact.name == "premium")
    qty = next(fact for fact in paid.facts if fact.name == "qty")

    assert happened(rate.seq, ev.FundingRateSet)
    assert [event.account for event in happened(paid.seq, ev.FundingPaid)] == [world.maker.no, world.taker.no]
    assert decimal_text(happened(premium.seq, ev.MarkSet)[0].premium) == premium.value
    assert happened(qty.seq, ev.TradeExecuted)[0].qty == abs(int(qty.value)) * 10**8


def test_before_the_first_settlement_only_what_is_predicted_is_there() -> None:
    world = LoggedWorld(people=("maker", "taker"), market=PERP)
    world.index(100)

    found = explaining.funding(world.log, PERP)

    check_explanation(found)
    assert [each.name for each in found.sections] == [f"{PERP}: predicted funding rate"]


def test_every_margin_of_a_busy_log_holds_at_every_record() -> None:
    """Asked after each record of it, of everybody there was: as the state then, from the records there were."""
    world = busy_world()

    for seq in range(8, world.log.last_seq + 1, 3):
        state, _ = explaining.state_at(world.log, seq)
        for name in state.account_no:
            if not name.startswith("house"):
                found = explaining.margin(world.log, name, seq)
                check_explanation(found)
                assert (found.seq, found.at) == (seq, state.now)


steps = st.one_of(
    st.tuples(st.just("order"), st.integers(0, 2), st.sampled_from([1, -1]), st.integers(1, 9), st.integers(90, 110)),
    st.tuples(st.just("index"), st.integers(95, 105)),
    st.tuples(st.just("wait"), st.integers(1, 10 * 3600)),
)


@given(st.lists(steps, max_size=25))
def test_funding_is_explained_whatever_happened(drawn: list[Any]) -> None:
    world = LoggedWorld(MemoryLog(HEADER), people=("a", "b", "c"), market=PERP, cash=2_000)
    world.index(100)
    for kind, *what in drawn:
        if kind == "order":
            who, side, qty, price = what
            person = world.people[who]
            (person.buys if side > 0 else person.sells)(qty, at=price)
        elif kind == "index":
            world.index(what[0])
        else:
            world.passes(what[0] * SECOND)

    for subject in (PERP, "a", "b", "c", "insurance"):
        check_explanation(explaining.funding(world.log, subject))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda log: explaining.margin(log, "nobody"), "there is no account 'nobody'"),
        (lambda log: explaining.margin(log, "maker", 0), "there is no record 0"),
        (lambda log: explaining.margin(log, "maker", 9_999), "there is no record 9999"),
        (lambda log: explaining.margin(log, "house:spot:BTC-USDT"), "belongs to a feed"),
        (lambda log: explaining.funding(log, "perp:NIL"), "neither a market nor an account"),
        (lambda log: explaining.funding(log, "spot:BTC-USDT"), "has no funding"),
        (lambda _: explaining.margin(MemoryLog(HEADER), "maker"), "has no records yet"),
    ],
)
def test_what_is_not_in_the_log_is_said_in_one_line(ask: Any, said: str) -> None:
    with pytest.raises(NotThere, match=said) as caught:
        ask(busy_world().log)

    assert "\n" not in str(caught.value)


def test_an_answer_about_the_past_does_not_change_by_what_came_after() -> None:
    world = busy_world()
    seq = world.log.last_seq
    before = explaining.margin(world.log, "taker", seq), explaining.funding(world.log, PERP, seq)
    world.index(90)
    world.passes(9 * HOUR)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 7))

    assert (explaining.margin(world.log, "taker", seq), explaining.funding(world.log, PERP, seq)) == before
