"""Averages over seconds, against the list of samples they stand for."""

from __future__ import annotations

from hypothesis import given, strategies as st

from simexchange.core.sampling import MovingAverage, SettlementAverage
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND, div_zero

STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(-(10**12), 10**12)), min_size=1, max_size=60)
"""(seconds later, value)."""


@given(STEPS, st.integers(1, 45))
def test_a_moving_average_is_the_mean_of_the_last_seconds(steps: list[tuple[int, int]], window: int) -> None:
    """A second without a word repeats the one before; the last word in a second counts."""
    average, now = MovingAverage(), 1_000
    seconds: list[int] = []
    for later, value in steps:
        foretold = average.with_sample(now + later, value, window)
        if not seconds:
            seconds = [value]
        elif later == 0:
            seconds[-1] = value
        else:
            seconds += [seconds[-1]] * (later - 1) + [value]
        now += later
        average.add(now, value, window)
        counted = seconds[-window:]

        assert foretold == div_zero(sum(counted), len(counted))
        assert (average.total, average.last - average.first + 1) == (sum(counted), len(counted))
        assert len(average.runs) <= window


@given(STEPS, st.integers(1, 20), st.integers(1, 20))
def test_a_window_may_change_its_length(steps: list[tuple[int, int]], before: int, after: int) -> None:
    """A shorter one drops at once what is too old; a longer one fills again."""
    average, now = MovingAverage(), 0
    for later, value in steps:
        now += later
        average.add(now, value, before)
    kept = average.last - average.first + 1

    average.add(now + 1, 7, after)

    assert average.last - average.first + 1 == min(kept + 1, after)


def test_a_settlement_price_is_the_mean_of_eighteen_hundred_seconds() -> None:
    """900 seconds at 60,000 and 900 at 60,300."""
    end = 10**18
    average = SettlementAverage(end - 30 * MINUTE, end, 60_000 * ONE)

    average.add(end - 15 * MINUTE, 60_300 * ONE)

    assert average.sums(end) == (900 * 60_000 * ONE + 900 * 60_300 * ONE, 1_800)
    assert average.value(end) == 60_150 * ONE


def test_a_running_average_starts_at_the_index() -> None:
    """One sample at the start of the window, a second one a second later."""
    average = SettlementAverage(0, 30 * MINUTE, 100)

    assert average.sums(0) == (100, 1)
    average.add(1, 200)
    assert average.sums(SECOND - 1) == (100, 1)
    assert average.value(SECOND) == 150


def test_what_comes_with_the_expiry_or_later_does_not_count() -> None:
    """The last sample is a second before it."""
    average = SettlementAverage(0, 10 * SECOND, 100)

    average.add(10 * SECOND, 999)

    assert average.sums(11 * SECOND) == (1_000, 10)


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND), st.integers(1, 10**12)), max_size=30), st.integers(0, SECOND - 1))
def test_a_settlement_average_is_the_mean_of_its_samples(changes: list[tuple[int, int]], offset: int) -> None:
    """Whatever changes in between, and whenever somebody asks."""
    start = 100 * SECOND + offset
    end = start + 20 * SECOND
    average, now, history = SettlementAverage(start, end, 50), start, [(start - SECOND, 50)]
    for later, price in changes:
        now += later
        average.add(now, price)
        history.append((now, price))

    for asked in (start, now, end - 1, end, end + SECOND):
        if asked < now:
            continue
        instants = [start + k * SECOND for k in range(20) if start + k * SECOND <= asked]
        samples = [[price for when, price in history if when <= instant][-1] for instant in instants]
        assert average.sums(asked) == (sum(samples), len(samples))
