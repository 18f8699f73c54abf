"""Indexes made of several sources: weights, the outlier guard, sources that go quiet."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import canonical
from simexchange.core.indexes import Heard, Sources, compose
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.priceevents import SourceDropped
from simexchange.core.vocabulary.units import SECOND, Nanos, Price, Rate
from tests.core.world import PERP, Events, World, kinds, only, show, units

INDEX = "BTC-USDT"


def made_of(world: World, stale_after: int = 10 * SECOND, **weights: str) -> Events:
    """The index is made of these sources."""
    parts = tuple(Constituent(source, Rate(units(weight))) for source, weight in weights.items())
    return world.run(cmd.SetConstituents(INDEX, parts, Nanos(stale_after)))


def says(world: World, source: str, price: float | str) -> Events:
    """One source says something."""
    return world.run(cmd.SetSourcePrice(INDEX, source, Price(units(price))))


def state_of(world: World) -> Any:
    """(price, frozen)."""
    index = world.state.indexes[INDEX]
    return show(index.price), index.frozen


def test_an_index_is_the_weighted_mean_of_its_sources() -> None:
    """0.5 × 100 + 0.3 × 101 + 0.2 × 102 = 100.7; the event carries prices and weights, and marks follow."""
    world = World(PERP)
    made_of(world, a="0.5", b="0.3", c="0.2")
    says(world, "a", 100)
    says(world, "b", 101)

    events = says(world, "c", 102)

    made = only(events, ev.IndexSet)[0]
    assert [(s.source, show(s.price), show(s.weight)) for s in made.shares] == [
        ("a", 100, 0.5), ("b", 101, 0.3), ("c", 102, 0.2),
    ]  # fmt: skip
    assert (made.price, made.source) == (units("100.7"), "constituents")
    assert sum(s.price * s.weight for s in made.shares) // sum(s.weight for s in made.shares) == made.price
    assert kinds(events) == ["SourcePriced", "IndexSet", "MarkSet"]


def test_sources_not_heard_yet_do_not_count() -> None:
    """The weights of the others are all there is."""
    world = World(PERP)
    made_of(world, a="0.5", b="0.3", c="0.2")
    says(world, "b", 100)

    says(world, "c", 101)

    assert world.state.indexes[INDEX].price == (30 * units(100) + 20 * units(101)) // 50


def test_one_source_far_from_the_median_counts_for_nothing() -> None:
    """Binance: more than 5 % from the median. 105 of 100 is at the bound and counts, 106 does not."""
    world = World(PERP)
    made_of(world, a="1", b="1", c="1")
    says(world, "a", 100)
    says(world, "b", 100)

    at_bound = only(says(world, "c", 105), ev.IndexSet)[0]
    beyond = only(says(world, "c", 106), ev.IndexSet)[0]

    assert at_bound.price == units(305) // 3
    assert beyond.price == units(100)
    assert [show(s.weight) for s in beyond.shares] == [1, 1, 0]


def test_with_more_than_one_far_away_the_index_is_the_median() -> None:
    """Of 90, 100, 100 and 120 two are far: the median is 100, whatever their weights."""
    world = World(PERP)
    made_of(world, a="9", b="1", c="1", d="9")
    for source, price in (("b", 100), ("c", 100), ("a", 90)):
        says(world, source, price)

    made = only(says(world, "d", 120), ev.IndexSet)[0]

    assert made.price == units(100)
    assert {s.weight for s in made.shares} == {0}


def test_two_sources_that_disagree_meet_in_the_middle() -> None:
    """Both are far from the median between them."""
    world = World(PERP)
    made_of(world, a="9", b="1")
    says(world, "a", 100)

    says(world, "b", 120)

    assert state_of(world) == (110, False)


def test_a_source_that_says_nothing_for_ten_seconds_is_dropped_at_that_instant() -> None:
    """Heard at 0 and at 4 s: the first counts until 10 s, in exchange time."""
    world = World(PERP)
    began = world.at
    made_of(world, a="1", b="1")
    says(world, "a", 100)
    world.at += 4 * SECOND
    says(world, "b", 102)

    before = world.passes(6 * SECOND - 1)
    after = world.passes(1)

    assert only(before, SourceDropped) == []
    assert kinds(after) == ["SourceDropped", "IndexSet", "MarkSet"]
    assert (world.at, after[0].source) == (began + 10 * SECOND, "a")
    assert state_of(world) == (102, False)


def test_without_any_source_the_index_stands_and_nobody_is_liquidated_on_it() -> None:
    """It freezes where it is; the first word of a source thaws it, and then the long is liquidated."""
    world = World(PERP, cash=100)
    made_of(world, a="1")
    says(world, "a", 100)
    world.maker.sells(9, at=100)
    world.taker.buys(9)

    frozen = world.passes(10 * SECOND)
    at_a_loss = world.mark(89)
    thawed = says(world, "a", 85)

    assert kinds(frozen)[:2] == ["SourceDropped", "IndexSet"]
    assert only(frozen, ev.IndexSet)[0].frozen
    assert only(at_a_loss, ev.LiquidationStarted) == []
    assert only(thawed, ev.LiquidationStarted)
    assert state_of(world) == (85, False)


def test_new_constituents_keep_what_stayed() -> None:
    """The index is made anew at once; what left does not count, and what is new was not heard yet."""
    world = World(PERP)
    made_of(world, a="1", b="1")
    says(world, "a", 100)
    says(world, "b", 102)

    events = made_of(world, b="1", c="5")

    assert kinds(events) == ["ConstituentsSet", "IndexSet", "MarkSet"]
    assert state_of(world) == (102, False)


def test_without_constituents_it_is_set_again() -> None:
    """And nothing goes stale."""
    world = World(PERP)
    made_of(world, a="1")
    says(world, "a", 100)

    made_of(world)
    world.index(50)

    assert world.passes(60 * SECOND) == []
    assert state_of(world) == (50, False)
    assert only(says(world, "a", 100), ev.CommandRefused)


@pytest.mark.parametrize(
    ("parts", "stale_after", "deviation", "detail"),
    [
        ((("", 1),), 1, 1, "constituents[0].source: empty"),
        ((("a", 1), ("a", 1)), 1, 1, "constituents[1].source: a is there twice"),
        ((("a", 1), ("b", 0)), 1, 1, "constituents[1].weight: not above zero"),
        ((("a", 1),), 0, 1, "stale_after: not above zero"),
        ((("a", 1),), 1, 0, "deviation: not above zero"),
    ],
)
def test_constituents_that_contradict_themselves_are_refused(
    parts: tuple[tuple[str, int], ...], stale_after: int, deviation: int, detail: str
) -> None:
    """With the field and the reason."""
    world = World(PERP)
    named = tuple(Constituent(source, Rate(weight)) for source, weight in parts)

    events = world.run(cmd.SetConstituents(INDEX, named, Nanos(stale_after), Rate(deviation)))

    assert (kinds(events), events[0].detail) == (["CommandRefused"], detail)


def test_a_composed_index_survives_its_checkpoint() -> None:
    """What was said and when, and with it when the next source goes stale."""
    world = World(PERP)
    made_of(world, a="1", b="1")
    says(world, "a", 100)
    world.at += SECOND
    says(world, "b", 102)

    loaded = canonical.load(canonical.dump(world.state))

    assert loaded.next_due() == world.state.next_due()
    assert canonical.dump(loaded) == canonical.dump(world.state)


def test_who_speaks_first_makes_no_difference() -> None:
    """Sources are taken in the order of the constituents."""
    made = []
    for order in ("abc", "cab"):
        sources = Sources(tuple(Constituent(name, Rate(units(1))) for name in "abc"), SECOND, units("0.05"))
        sources.live.update((name, Heard(units(100) + ord(name), 0)) for name in order)
        made.append(compose(sources))

    assert made[0] == made[1]
    assert [share.source for share in made[0][1]] == ["a", "b", "c"]
