"""How many stand where, every five minutes: by hand, and against counting everything at every instant."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import DAY, MINUTE, ONE, SECOND, Nanos
from simexchange.projections.crowd import Side as Standers, Standing
from tests.projections.tale import ANN, BOB, BOT, FUND, HOUSE, PERP, SPOT, T0, Tale, fill

FIVE = 5 * MINUTE


def trade(tale: Tale, buyer: AccountNo, seller: AccountNo, qty: float) -> None:
    tale.step(tale.trade(fill(buyer, 1), fill(seller, 2), qty, 100, market=PERP, aggressor=Side.BUY))


def numbers(row: Standing) -> tuple[float, ...]:
    """Minutes from the start, then longs, shorts and both of the top: accounts and quantity."""
    sides = (row.longs, row.shorts, row.top_longs, row.top_shorts)
    return (
        (row.at - T0) // MINUTE,
        *[number for side in sides for number in (side.accounts, side.qty / ONE)],
    )


def test_a_sample_is_what_was_before_its_instant() -> None:
    tale = Tale()
    trade(tale.later(MINUTE), ANN, BOB, 2)
    trade(tale.later(4 * MINUTE), ANN, BOT, 1)

    rows = tale.views.crowd.standings(PERP, "5m", now=Nanos(T0 + 11 * MINUTE))

    assert [numbers(row) for row in rows] == [
        (5, 1, 2, 1, 2, 1, 2, 0, 0),
        (10, 1, 3, 2, 3, 1, 3, 0, 0),
    ]


def test_the_fund_and_the_house_are_nobody() -> None:
    tale = Tale()
    trade(tale, ANN, FUND, 1)
    trade(tale, HOUSE, ANN, 0.5)

    (row,) = tale.views.crowd.standings(PERP, "5m", now=Nanos(T0 + 6 * MINUTE))

    assert numbers(row) == (5, 1, 0.5, 0, 0, 1, 0.5, 0, 0)


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ({"interval": "5m", "limit": 2}, [25, 30]),
        ({"interval": "5m", "start": 6, "limit": 2}, [10, 15]),
        ({"interval": "15m"}, [15, 30]),
        ({"interval": "5m", "end": 12}, [5, 10]),
        ({"interval": "5m", "start": 10, "end": 15}, [10, 15]),
        ({"interval": "1h"}, []),
    ],
)
def test_instants_are_those_of_the_interval_in_the_span_that_is_asked_for(
    asked: Mapping[str, Any], minutes: list[int]
) -> None:
    tale = Tale()
    trade(tale, ANN, BOB, 1)
    terms: dict[str, Any] = {
        name: Nanos(T0 + value * MINUTE) if name in ("start", "end") else value for name, value in asked.items()
    }

    rows = tale.views.crowd.standings(PERP, now=Nanos(T0 + 31 * MINUTE), **terms)

    assert [numbers(row)[0] for row in rows] == minutes


def test_where_nothing_was_traded_there_is_nothing() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, 1), fill(BOB, 2), 1, 100, market=SPOT))

    assert tale.views.crowd.standings(PERP, "5m", now=Nanos(T0 + DAY)) == []
    assert tale.views.crowd.standings(SPOT, "5m", now=Nanos(T0 + DAY)) == []


def test_what_is_older_than_thirty_days_is_not_told() -> None:
    tale = Tale()
    trade(tale, ANN, BOB, 1)
    for _ in range(80):
        trade(tale.later(DAY), ANN, BOB, 1)

    rows = tale.views.crowd.standings(PERP, "1d", now=Nanos(tale.at + SECOND), limit=500)

    assert [(row.at - T0) // DAY for row in rows] == list(range(51, 81))
    assert [row.longs.qty // ONE for row in rows] == list(range(51, 81))


STEPS = st.tuples(st.integers(0, 700), st.permutations([ANN, BOB, BOT]), st.integers(1, 9))


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=60, deadline=None)
def test_sparse_samples_are_what_counting_at_every_instant_gives(steps: list[tuple[int, list[AccountNo], int]]) -> None:
    tale = Tale()
    told: list[tuple[Nanos, AccountNo, int]] = []
    for seconds, people, qty in steps:
        trade(tale.later(seconds * SECOND), people[0], people[1], qty)
        told += [(tale.at, people[0], qty), (tale.at, people[1], -qty)]
    now = Nanos(tale.at + FIVE)

    rows = tale.views.crowd.standings(PERP, "5m", now=now, limit=1_000)

    first = next((at for at, _, _ in told), now)
    instants = [at for at in range(T0 + FIVE, now + 1, FIVE) if at > first]
    assert [(row.at, row.longs, row.shorts) for row in rows] == [
        (at, *_counted({who: sum(q for t, w, q in told if w == who and t < at) for who in (ANN, BOB, BOT)}))
        for at in instants
    ]


def _counted(held: Mapping[AccountNo, int]) -> tuple[object, object]:
    longs = [qty for qty in held.values() if qty > 0]
    shorts = [-qty for qty in held.values() if qty < 0]
    return Standers(len(longs), sum(longs) * ONE), Standers(len(shorts), sum(shorts) * ONE)  # type: ignore[arg-type]
