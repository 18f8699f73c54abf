"""Two accounts of one owner can never raise what they have together, also where they are alone and move the mark.

They trade crumbs at the edge of the price band for as long as they like, while the index stands still or goes its own
way; then open, close, withdraw, wait and fish for what the fund has, as they please. See `moved`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import anchors, fund, liquidation, margin
from simexchange.core.vocabulary.units import MINUTE, ONE
from tests.properties.moved import PAIR, Plot

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.orders import Side

EXAMPLES = int(os.environ.get("SIMEXCHANGE_PLOTS", "60"))

members = st.sampled_from(PAIR)
sides = st.sampled_from([1, -1])
leverages = st.sampled_from([1, 5, 20, 50, 100, 125, 150])
edges = st.sampled_from([-490, -300, -100, -20, 0, 20, 100, 300, 490])
acts = st.one_of(
    st.tuples(st.just("push"), st.sampled_from([1, 3, 10, 35, 70]), edges, st.sampled_from([0, 0, -10, 10, 30, -30])),
    st.tuples(st.just("open"), members, sides, st.sampled_from([100, 100, 60, 20]), leverages, edges),
    st.tuples(st.just("hand"), members, st.sampled_from([100, 50, 90]), edges),
    st.tuples(st.just("wall"), members, sides, st.sampled_from([20, 300, 3_000]), edges),
    st.tuples(st.just("fish"), members, st.integers(-6, 6)),
    st.tuples(st.just("pull"), members),
    st.tuples(st.just("clear")),
    st.tuples(st.just("tick"), st.integers(-60, 60)),
    st.tuples(st.just("tick"), st.sampled_from([-1_200, -400, 400, 1_200])),
    st.tuples(st.just("wait"), st.sampled_from([1, 9])),
    st.tuples(st.just("money"), members, st.integers(1, 100)),
    st.tuples(st.just("mode"), members, st.booleans(), st.booleans()),
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside_others"])
@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        ("linear", "one_ioc"),
        ("linear", "by_tier"),
        ("hourly", "one_ioc"),
        ("inverse", "by_tier"),
        ("dated", "one_ioc"),
        ("pooled", "one_ioc"),
    ],
)
@settings(max_examples=EXAMPLES)
@given(plan=st.lists(acts, min_size=1, max_size=30), rich=st.booleans())
def test_two_who_move_the_mark_never_win_anything_together(
    kind: str, policy: str, others: bool, plan: list[tuple[Any, ...]], rich: bool
) -> None:
    plot = Plot(kind, policy, 1_000_000 if rich else 100, others=others)

    for act in plan:
        plot.act(act)


def by_the_mark_alone(market: MarketState, side: Side) -> int:
    """Near what a fund that believes the mark would sell."""
    return margin.price_of(market) * (ONE + side * fund.FUND_BAND) // ONE


OPENED: list[tuple[Any, ...]] = [("open", "b", -1, 100, 20, 0), ("pull", "a"), ("pull", "b")]
GUARDS: dict[str, tuple[Any, str, Any, list[tuple[Any, ...]]]] = {
    "a trade": (anchors, "loses", lambda *_: False, [("push", 35, -490, 0), ("open", "b", -1, 100, 100, 0)]),
    "a withdrawal": (margin, "beside_total", lambda *_: 0, [*OPENED, ("push", 35, -490, 30), ("pull", "b")]),
    "a takeover": (
        liquidation, "_cover", lambda *_: 10**30, [*OPENED, ("push", 70, -20, 30), ("push", 9, 490, 0)],
    ),
    "a funding": (
        fund, "before_funding", lambda *_: None,
        [
            ("open", "b", 1, 100, 20, 0), ("pull", "a"), ("pull", "b"), ("wall", "a", 1, 3_000, 490), ("tick", 0),
            ("time", 105 * MINUTE), ("clear",), ("tick", -570), ("tick", 0), ("time", 2 * MINUTE),
        ],
    ),
    "a sale": (fund, "bound", by_the_mark_alone, [*OPENED, ("push", 93, 490, 0), ("fish", "a", 0)]),
}  # fmt: skip


@pytest.mark.parametrize("guard", GUARDS)
def test_without_asking_the_index_of_each_they_would_win(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above would find, and that it would."""
    room, name, otherwise, plan = GUARDS[guard]
    acted(plan)
    monkeypatch.setattr(room, name, otherwise)

    with pytest.raises(AssertionError):
        acted(plan)


def acted(plan: list[tuple[Any, ...]]) -> Plot:
    """A plan carried out beside a rich fund."""
    plot = Plot("linear", "one_ioc", 1_000_000, others=False)
    for act in plan:
        plot.act(act)
    return plot
