"""The search itself, over a model of a run: what it tries, in which order, and what it shrinks to."""

from collections.abc import Callable

import msgspec
import pytest

from simexchange.errors import CheckFailed
from simexchange.gateway.exploring.search import Limits, Outcome, Search
from simexchange.gateway.exploring.shrinking import shrink
from simexchange.gateway.exploring.steps import FAULTS, ORDERINGS, Choice, Met, Schedule, Step

MENU = (Choice("late", ("rest",), "out"), Choice("lost", ("rest",), "out", ("orders",), (("how", "cut"),)))


def met(ordinal: int, *groups: str, channel: str = "rest", direction: str = "out") -> Met:
    return Met(channel, 1, direction, ordinal, f"call {ordinal}", groups)


def places(schedule: Schedule) -> set[tuple[str, int]]:
    return {(step.kind, step.ordinal) for step in schedule}


class Model:
    """A test that fails under schedules that hold all of *wrong*; a lost message is asked for once more."""

    def __init__(self, *wrong: tuple[str, int], calls: int = 3, shaky: bool = False) -> None:
        self.wrong = set(wrong)
        self.calls = calls
        self.shaky = shaky
        self.tried: list[Schedule] = []

    def __call__(self, schedule: Schedule) -> Outcome:
        seen = self.tried.count(schedule)
        self.tried.append(schedule)
        calls = self.calls + sum(1 for step in schedule if step.kind == "lost")
        failed = bool(schedule) and self.wrong <= places(schedule) and not (self.shaky and seen)
        return Outcome(failed, "2 != 1" if failed else "", tuple(met(n, "orders") for n in range(1, calls + 1)))


def test_one_wrong_order_is_found_among_all_of_them() -> None:
    model = Model(("lost", 2))

    found = Search(model).orderings(MENU)

    assert places(found.least) == {("lost", 2)}
    assert found.first == found.least
    assert found.schedules == 4
    assert found.outcome is not None
    assert found.outcome.why == "2 != 1"


def test_a_pair_is_found_after_all_single_ones() -> None:
    model = Model(("late", 1), ("lost", 3))

    found = Search(model).orderings(MENU)

    assert places(found.least) == {("late", 1), ("lost", 3)}
    assert {len(schedule) for schedule in model.tried[:7]} == {0, 1}


def test_a_message_that_only_a_fault_brings_is_struck_as_well() -> None:
    """The call is lost, and asked for a fourth time: that one is lost too."""
    found = Search(Model(("lost", 3), ("lost", 4))).orderings(MENU)

    assert places(found.least) == {("lost", 3), ("lost", 4)}


def test_what_holds_is_tried_to_the_bound_and_no_further() -> None:
    model = Model(("late", 9), calls=2)

    found = Search(model, Limits(bound=1)).orderings(MENU)

    assert found.exhausted
    assert found.least == ()
    assert len(model.tried) == 1 + 4


def test_trials_are_limited() -> None:
    model = Model(("late", 9), calls=50)

    found = Search(model, Limits(trials=10)).orderings(MENU)

    assert not found.exhausted
    assert found.trials == len(model.tried) == 10


def test_random_schedules_are_those_of_their_seed_and_shrink() -> None:
    """Up to six faults at a time; of them one is to blame."""
    one, other = Model(("lost", 5), calls=6), Model(("lost", 5), calls=6)

    found = Search(one).random(MENU, seed=7)
    again = Search(other).random(MENU, seed=7)

    assert places(found.least) == {("lost", 5)}
    assert len(found.first) > 1
    assert one.tried == other.tried
    assert found == again


def test_random_schedules_reach_beyond_the_first_run() -> None:
    found = Search(Model(("lost", 4), calls=3), Limits(trials=400)).random(MENU, seed=1)

    assert places(found.least) == {("lost", 4)}


def test_a_failure_that_does_not_come_again_is_none() -> None:
    found = Search(Model(("lost", 1), shaky=True), Limits(bound=1)).orderings(MENU)

    assert found.least == ()
    assert found.shaky == 1


def test_a_run_that_is_only_too_late_is_not_what_was_found() -> None:
    """Two lost answers make the order double; a drawn schedule that lacks one of them is late, and not taken for it."""
    model = Model(("lost", 2), ("lost", 3))

    def trial(schedule: Schedule) -> Outcome:
        outcome = model(schedule)
        late = bool(schedule) and not outcome.failed and found
        return msgspec.structs.replace(outcome, failed=True, why="late", endless=True) if late else outcome

    found = False

    def says(line: str) -> None:
        nonlocal found
        found = found or "fails" in line

    least = Search(trial, say=says).random(MENU, seed=3).least

    assert places(least) == {("lost", 2), ("lost", 3)}


def test_a_test_that_fails_anyway_is_not_searched() -> None:
    with pytest.raises(CheckFailed, match="without any fault: 3 != 4"):
        Search(lambda _: Outcome(True, "3 != 4")).baseline()


def test_a_test_without_an_exchange_is_not_searched() -> None:
    with pytest.raises(CheckFailed, match="no message passed"):
        Search(lambda _: Outcome(False)).baseline()


@pytest.mark.parametrize(
    "wrong", [lambda s: {3, 17} <= set(s), lambda s: 5 in s, lambda s: {1, 9, 19} <= set(s), lambda s: len(s) > 2]
)
def test_shrinking_leaves_nothing_that_could_go(wrong: Callable[[tuple[int, ...]], bool]) -> None:
    left = shrink(range(20), wrong)

    assert wrong(left)
    assert not any(wrong(tuple(x for x in left if x != one)) for one in left)


def test_a_step_says_where_it_strikes() -> None:
    step = Step("lost", "rest", 1, "out", 2, (("how", "cut"),), "POST /api/v3/order")

    assert str(step) == "lost how=cut at message 2 to rest connection 1 (POST /api/v3/order)"


def test_orderings_lose_nothing() -> None:
    assert {choice.kind for choice in ORDERINGS} & {choice.kind for choice in FAULTS} <= {"reorder"}
