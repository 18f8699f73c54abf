"""Leading a client's clock by the exchange's: what is written for libfaketime to read."""

from pathlib import Path

import pytest

from simexchange.cli.clientclock import APART, Hand, client_clock
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.runtime.clock import Clock, parse_speed

T0 = Nanos(1_700_000_000 * SECOND)


class HandWall:
    """Wall time moved by hand."""

    def __init__(self) -> None:
        self.at = T0

    def now(self) -> Nanos:
        return self.at

    def monotonic(self) -> Nanos:
        return self.at


class Room:
    """An exchange that starts an hour ahead of the computer, asked 60x, and the hand on its client's clock."""

    def __init__(self, folder: Path) -> None:
        self.wall = HandWall()
        self.there = Nanos(T0 + 3_600 * SECOND)
        self.clock = Clock(self.there, parse_speed("60x"), self.wall)
        self.file = folder / "clock"
        self.hand = Hand(self.file, self.clock, lambda: self.there)
        self.hand.begin()

    def passes(self, pace: int, tenths: int) -> None:
        """So many tenths of a second, in which the exchange goes *pace* times as fast as the wall."""
        for _ in range(tenths):
            self.wall.at = Nanos(self.wall.at + SECOND // 10)
            self.there = Nanos(self.there + pace * SECOND // 10)
            self.clock.reached(self.there)
            before = self.hand.shows(self.wall.at)
            self.hand.lead()
            assert self.hand.shows(self.wall.at) >= before - 1, "a clock was turned back"

    @property
    def apart(self) -> float:
        """Seconds that the client's clock is ahead."""
        return (self.hand.shows(self.wall.at) - self.there) / SECOND

    @property
    def written(self) -> tuple[float, float]:
        """What libfaketime reads: seconds ahead of the computer's time, and the pace."""
        ahead, pace = self.file.read_text().split()
        return float(ahead), float(pace.removeprefix("x"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_it_begins_where_the_exchange_is_at_the_pace_that_was_asked_for(room: Room) -> None:
    assert room.written == (3_600.0, 60.0)


def test_while_the_exchange_keeps_its_pace_nothing_is_changed(room: Room) -> None:
    room.passes(60, 100)

    assert room.written == (3_600.0, 60.0)
    assert room.apart == 0


def test_where_the_exchange_is_slower_the_client_is_slowed_until_they_are_together(room: Room) -> None:
    """A third of the pace: within seconds the client has it too, and stays as near as a tenth of a second is."""
    room.passes(20, 150)

    assert room.apart == pytest.approx(0, abs=60 * APART / SECOND)
    assert room.written[1] == pytest.approx(20, abs=3)

    room.passes(20, 50)
    assert room.apart == pytest.approx(0, abs=60 * APART / SECOND)


def test_where_the_exchange_can_again_the_client_is_as_fast_as_before(room: Room) -> None:
    room.passes(20, 100)
    room.passes(60, 200)

    assert room.apart == pytest.approx(0, abs=60 * APART / SECOND)
    assert room.written[1] == pytest.approx(60, abs=3)


def test_a_client_that_is_behind_is_put_forward(room: Room) -> None:
    """It took a second to begin."""
    room.wall.at = Nanos(room.wall.at + SECOND)
    room.hand.begin()
    room.there = Nanos(room.there + 60 * SECOND)
    room.clock.reached(room.there)

    room.passes(60, 1)

    assert room.apart == 0


def test_a_clock_of_the_past_is_written_with_its_sign(tmp_path: Path) -> None:
    wall = HandWall()
    there = Nanos(T0 - 86_400 * SECOND - SECOND // 2)
    Hand(tmp_path / "clock", Clock(there, parse_speed("0.5x"), wall), lambda: there)

    assert (tmp_path / "clock").read_text() == "-86400.500000000 x0.500\n"


def test_at_the_computers_own_time_and_pace_nothing_is_needed(tmp_path: Path) -> None:
    found = client_clock(Clock(T0, parse_speed("1x"), HandWall()), tmp_path)

    assert (found.follows, found.preload, found.told) == (True, "", "")
    assert found.variables(tmp_path / "clock") == {}
