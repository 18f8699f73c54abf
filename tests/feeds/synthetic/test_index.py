"""The index process: where prices go."""

import math

import msgspec
import pytest

from simexchange.core.vocabulary.units import DAY, HOUR, SECOND, Nanos
from simexchange.feeds.synthetic.index import IndexState, begin, walk
from simexchange.feeds.synthetic.settings import IndexSettings, Settings
from simexchange.feeds.synthetic.volatility import season
from tests.feeds.synthetic.market import START
from tests.feeds.synthetic.measures import correlation, root_mean_square

SETTINGS = Settings()
BTC, ETH, *_ = SETTINGS.indexes
PAIR = (BTC, ETH)


def walked(seconds: int, seed: int = 1, *, steps: int = 1) -> list[IndexState]:
    """Both indexes after *seconds*, asked for every *steps* seconds."""
    states = [begin(BTC.price, START), begin(ETH.price, START)]
    for second in range(steps, seconds + 1, steps):
        for state, settings in zip(states, PAIR, strict=True):
            walk(state, settings, SETTINGS.premium, seed, Nanos(START + second * SECOND))
    return states


def test_an_index_begins_at_its_price() -> None:
    assert begin(BTC.price, START).price == BTC.price


def test_prices_are_whole_multiples_of_a_quantum() -> None:
    states = walked(60)

    assert all(state.price % settings.quantum == 0 for state, settings in zip(states, PAIR, strict=True))
    assert states[0].price != BTC.price


def test_the_path_does_not_depend_on_how_often_it_is_asked_for() -> None:
    """Up to two minutes' absence is walked second by second."""
    assert walked(600, steps=1) == walked(600, steps=100)


def test_a_state_survives_being_written_down() -> None:
    state = walked(100)[0]

    assert msgspec.json.decode(msgspec.json.encode(state), type=IndexState) == state


def test_another_seed_is_another_path() -> None:
    assert walked(10, seed=1)[0].price != walked(10, seed=2)[0].price


def test_after_a_long_absence_it_is_where_a_walk_could_have_led() -> None:
    """Ten days in one stride: neither where it was nor beyond six deviations."""
    state = begin(BTC.price, START)

    walk(state, BTC, SETTINGS.premium, 1, Nanos(START + 10 * DAY))

    move = abs(state.level - begin(BTC.price, START).level)
    assert 0 < move < 6 * 0.5 * math.sqrt(10 / 365) * 3
    assert state.second == (START + 10 * DAY) // SECOND


def test_the_two_indexes_move_together_but_not_alike() -> None:
    states = [begin(BTC.price, START), begin(ETH.price, START)]
    moves: list[list[float]] = [[], []]
    for second in range(1, 3_001):
        for place, (state, settings) in enumerate(zip(states, PAIR, strict=True)):
            before = state.level
            walk(state, settings, SETTINGS.premium, 1, Nanos(START + second * SECOND))
            moves[place].append((state.level - before) / state.agitation)

    assert 0.75 < correlation(moves[0], moves[1]) < 0.92


@pytest.mark.parametrize("settings", PAIR, ids=["BTC", "ETH"])
def test_a_move_is_as_large_as_volatility_says(settings: IndexSettings) -> None:
    """Divided by the agitation it was made with, a second's move has the base volatility."""
    state = begin(settings.price, START)
    moves = []
    for second in range(1, 6_001):
        before = state.level
        walk(state, settings, SETTINGS.premium, 1, Nanos(START + second * SECOND))
        moves.append((state.level - before) / state.agitation)

    measured = root_mean_square(moves) * math.sqrt(365 * 86_400)

    assert measured == pytest.approx(settings.volatility, rel=0.06)


def test_the_afternoon_is_busier_than_the_night_and_the_weekend_quieter() -> None:
    """2026-11-23 is a Monday."""
    monday = START // DAY * DAY

    assert season(Nanos(monday + 16 * HOUR)) == pytest.approx(1.35)
    assert season(Nanos(monday + 4 * HOUR)) == pytest.approx(0.65)
    assert season(Nanos(monday - 8 * HOUR)) == pytest.approx(1.35 * 0.75)
    assert season(Nanos(monday + 4 * DAY + 16 * HOUR)) == pytest.approx(1.35)
