"""The clock: how far exchange time may go."""

import pytest

from simexchange.core.vocabulary.units import HOUR, MILLISECOND, SECOND, Nanos
from simexchange.errors import ConfigError
from simexchange.runtime.clock import MAX, NEVER, PAUSED, WALL, Clock, Mode, Speed, parse_speed
from tests.core.world import T0
from tests.runtime.world import HandWall


def test_at_1x_exchange_time_passes_like_wall_time() -> None:
    wall = HandWall()
    clock = Clock(T0, WALL, wall)

    wall.passes(5 * SECOND)

    assert clock.limit() == T0 + 5 * SECOND
    assert clock.offset() == 0


@pytest.mark.parametrize(("speed", "passed"), [("60x", 60_000), ("0.5x", 500), ("1.25x", 1_250), ("10x", 10_000)])
def test_at_other_speeds_it_passes_so_many_times_faster(speed: str, passed: int) -> None:
    wall = HandWall()
    clock = Clock(T0, parse_speed(speed), wall)

    wall.passes(SECOND)

    assert clock.limit() == T0 + passed * MILLISECOND
    assert clock.offset() is None


def test_paused_it_stands_still_and_max_knows_no_limit() -> None:
    wall = HandWall()
    paused, fastest = Clock(T0, PAUSED, wall), Clock(T0, MAX, wall)

    wall.passes(HOUR)

    assert (paused.limit(), fastest.limit()) == (T0, NEVER)
    assert paused.seconds_until(Nanos(T0 + 1)) is None
    assert fastest.seconds_until(Nanos(T0 + HOUR)) == 0


def test_a_change_of_speed_goes_on_from_where_it_is_set() -> None:
    wall = HandWall()
    clock = Clock(T0, parse_speed("60x"), wall)
    wall.passes(SECOND)

    clock.set(clock.limit(), WALL)
    wall.passes(SECOND)

    assert clock.limit() == T0 + 61 * SECOND


def test_it_says_how_long_to_wait_for_an_instant() -> None:
    wall = HandWall()
    clock = Clock(T0, parse_speed("10x"), wall)
    wall.passes(SECOND)

    assert clock.seconds_until(Nanos(T0 + 30 * SECOND)) == 2.0
    assert clock.seconds_until(Nanos(T0 + 5 * SECOND)) == 0.0


def test_an_exchange_that_cannot_keep_up_slows_its_clock_and_never_jumps() -> None:
    """Asked 100x, it came 10 s far in one: time goes on from there, at 100x again."""
    wall = HandWall()
    clock = Clock(T0, parse_speed("100x"), wall)
    wall.passes(SECOND)

    clock.reached(Nanos(T0 + 10 * SECOND))

    assert clock.limit() == T0 + 10 * SECOND
    wall.passes(SECOND // 10)
    assert clock.limit() == T0 + 20 * SECOND


def test_a_short_delay_is_made_good() -> None:
    """A quarter of a second behind is nothing to slow down for."""
    wall = HandWall()
    clock = Clock(T0, parse_speed("100x"), wall)
    wall.passes(SECOND)

    clock.reached(Nanos(T0 + 80 * SECOND))

    assert clock.limit() == T0 + 100 * SECOND


def test_at_1x_the_exchange_always_tries_to_catch_up_with_wall_time() -> None:
    """Clients take its time for wall time."""
    wall = HandWall()
    clock = Clock(T0, WALL, wall)
    wall.passes(60 * SECOND)

    clock.reached(Nanos(T0 + SECOND))

    assert clock.limit() == T0 + 60 * SECOND


def test_nobody_follows_a_clock_that_was_set_anew() -> None:
    clock = Clock(T0, parse_speed("100x"), HandWall())
    clock.followed = True
    clock.set(T0, parse_speed("1x"))

    assert not clock.followed


def test_the_reached_speed_is_measured_over_the_last_seconds() -> None:
    wall = HandWall()
    clock = Clock(T0, MAX, wall)
    assert clock.reached_speed() == 0

    for n in range(100):
        wall.passes(100 * MILLISECOND)
        clock.reached(Nanos(T0 + n * 4 * SECOND))

    assert clock.reached_speed() == 40


@pytest.mark.parametrize("text", ["1x", "60x", "0.5x", "0.001x", "max", "paused"])
def test_speeds_are_spelt_as_on_the_command_line(text: str) -> None:
    assert str(parse_speed(text)) == text


@pytest.mark.parametrize("text", ["", "x", "0x", "0.0x", "-1x", "1", "fast", "1.0001x", "1e3x", "PAUSED"])
def test_an_unknown_speed_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ConfigError, match="say 1x"):
        parse_speed(text)


def test_a_speed_is_a_value() -> None:
    assert parse_speed("1x") == WALL == Speed(Mode.RUN, 1_000)
