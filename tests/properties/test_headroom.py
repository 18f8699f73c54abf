"""Between the bounds of a pool it holds enough wherever the marks are, at every corner, to the unit.

Walks seldom bring all marks to their bounds at once. Here they are put there: each market of a pool just inside the one
bound or the other, or as far away as a mark can be where there is none.
"""

from __future__ import annotations

from itertools import islice, product

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import brackets, headroom, margin, risk
from simexchange.core.headroom import Bounds
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, market_of
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import ONE, Amount, Rate, div_zero
from tests.properties.test_risk_index import MARKETS, Crowd

FAR = 1_000
"""A mark so many times as high."""


def corners(crowd: Crowd, bounds: tuple[Bounds, ...]) -> list[dict[MarketNo, int]]:
    """Marks just inside *bounds*, in every combination, and the highest and lowest where there are none."""
    ends = []
    for no, lower, upper in bounds:
        mark = crowd.state.markets[no].mark
        assert lower < upper or not upper
        ends.append({lower + 1, upper - 1 if upper else mark * FAR, mark})
    nos = [no for no, _, _ in bounds]
    return [dict(zip(nos, marks, strict=True)) for marks in islice(product(*map(sorted, ends)), 800)]


def told(crowd: Crowd) -> list[tuple[AccountNo, margin.PoolName, tuple[Bounds, ...]]]:
    """Pools with bounds, those whose positions all have one among them."""
    found = []
    for account in crowd.state.accounts.values():
        for name, keys in margin.pools_of(crowd.state, account).items() if account.margined else ():
            bounds = crowd.engine.risk.bounds(account.no, name)
            held = {no: (no, 0, 0) for no in sorted({market_of(key) for key in keys})}
            held.update((each[0], each) for each in bounds)
            if bounds:
                found.append((account.no, name, tuple(held.values())))
    return found


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_at_every_corner_of_its_bounds_a_pool_holds_enough(seed: int) -> None:
    """One-way, hedged and separate positions, one market and several, inverse ones, brackets that follow or jump."""
    crowd = Crowd(seed, people=30)
    ratio = crowd.state.bundles["binance"].margin_call_ratio
    for _ in range(6):
        crowd.tick()
    markets = crowd.state.markets
    marks = {no: market.mark for no, market in markets.items()}
    for no, name, bounds in told(crowd):
        for corner in corners(crowd, bounds):
            for market, mark in corner.items():
                markets[market].mark = mark
            balance, needed, _ = crowd.scan(crowd.state.accounts[no])[(no, *name)]
            # A margin below zero is of brackets that no market can be given: they jump, which is refused.
            assert balance > needed or needed < 0
            assert not ratio or needed * ONE < balance * ratio or not needed
        for market, mark in marks.items():
            markets[market].mark = mark


def test_both_ways_to_bounds_are_taken() -> None:
    """Else the test above would prove one of them only."""
    crowd = Crowd(5, people=60)
    drawn = [pool.lines for pools in crowd.engine.risk._owned.values() for pool in pools]
    lined = [lines for lines in drawn if lines]
    assert len(lined) > 10
    assert any(len(lines) > 1 for lines in lined)
    assert any(way[3] for lines in lined for _, way in lines), "none above the first bracket"
    assert drawn.count(()) > 10


@pytest.mark.parametrize("seed", range(4))
def test_what_pools_leave_behind_is_swept_out_and_nobody_with_it(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk, "_SWEPT_FROM", 1)
    crowd = Crowd(seed, people=30)
    under = crowd.due()
    for step in range(150):
        events = crowd.stir() if step % 5 == 4 else crowd.tick()
        started = {(e.account, e.wallet, e.asset) for e in events if isinstance(e, ev.LiquidationStarted)}
        due = crowd.due()
        assert started == due - under
        under |= due
    index = crowd.engine.risk
    kept = [
        row for sides in index._rows.values() for rows in sides for row in (*rows.settled[rows.start :], *rows.fresh)
    ]
    # Six markets and two sides; what was left behind since the last sweep is twice what counts at most.
    assert len(kept) <= 12 * (3 * len(index._placed) + 2)


quantities = st.integers(1, 10**12) | st.integers(1, 10**4)


@st.composite
def following(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Brackets that make the margin the same on both sides of each cap."""
    caps = sorted(draw(st.sets(st.integers(1, 10**6), min_size=1, max_size=5)))
    rates = sorted(draw(st.lists(st.integers(0, ONE // 2), min_size=len(caps), max_size=len(caps))))
    floors = [0, *(cap * ONE for cap in caps)]
    amounts = brackets.cumulative(list(zip(floors, rates, strict=False)))
    return tuple(
        Tier(Amount(floor), Amount(cap * ONE), 1, Rate(rate), Amount(amount))
        for floor, cap, rate, amount in zip(floors, caps, rates, amounts, strict=False)
    )


@given(following(), quantities, st.integers(1, 10**13), st.integers(1, 10**13), st.sampled_from([1, -1]))
def test_the_line_of_a_bracket_is_what_a_position_can_spare_there(
    tiers: tuple[Tier, ...], qty: int, mark: int, entry: int, side: int
) -> None:
    """To a unit of profit and one of maintenance, as the engine rounds them; and it is out where its limit says."""
    market = Crowd(0, people=0).state.markets[MarketNo(1)]
    part = 80_000_000
    made = headroom.brackets_of(market, tiers, part, lambda *_: [])
    cost = side * qty * entry
    cap, cum, long, short = next(row for row in made.even if qty * mark <= row[0])
    way = long if side > 0 else short
    spare = cum - cost * part + qty * mark * way[5]
    balance = div_zero(side * qty * mark - cost, ONE)
    needed = brackets.maintenance(tiers, qty * mark // ONE)
    assert -ONE * (ONE + part) <= (balance * part - needed * ONE) * ONE - spare <= ONE * (ONE + part)
    edge = way[8] // qty + 1
    assert edge * qty > way[8] >= (edge - 1) * qty
    if side < 0:
        assert edge * qty > cap
    else:
        assert -edge * qty <= way[3] < (1 - edge) * qty


@pytest.mark.parametrize(
    ("rows", "fit"),
    [
        (((1_000, 1_000_000, 0), (5_000, 5_000_000, 40)), True),
        (((1_000, 1_000_000, 0), (5_000, 5_000_000, 39)), False),
        (((1_000, 1_000_000, 0), (5_000, 5_000_000, 41)), False),
        (((1_000, 5_000_000, 0), (5_000, 1_000_000, -40)), False),
        (((1_000, 1_000_000, 1), (5_000, 5_000_000, 41)), False),
        (((1_000, 1_000_000, 0), (5_000, 80_000_000, 790)), False),
        (((1_000, 1_000_000, 0), (1_000, 5_000_000, 40), (5_000, 6_000_000, 50)), False),
    ],
    ids=[
        "follow",
        "margin rises at a cap",
        "falls",
        "rates fall",
        "an amount at once",
        "all of the alarm",
        "empty one",
    ],
)
def test_lines_are_for_brackets_that_follow_on_one_another(rows: tuple[tuple[int, int, int], ...], fit: bool) -> None:
    floors = [0, *(cap for cap, _, _ in rows)]
    tiers = [
        Tier(Amount(floor * ONE), Amount(cap * ONE), 1, Rate(rate), Amount(amount * ONE))
        for floor, (cap, rate, amount) in zip(floors, rows, strict=False)
    ]
    linear, inverse = Crowd(0, people=0).state.markets[MarketNo(1)], Crowd(0, people=0).state.markets[MarketNo(4)]
    assert MARKETS[3][0].inverse
    assert bool(headroom.brackets_of(linear, tiers, 80_000_000, lambda *_: []).even) is fit
    assert not headroom.brackets_of(inverse, tiers, 80_000_000, lambda *_: []).even
