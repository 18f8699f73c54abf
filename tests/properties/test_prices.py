"""Whatever sources say and whenever they fall silent: the index is what a list of what was said makes it."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Nanos, Price, Rate, div_zero
from tests.core.world import PERP, World

INDEX = "BTC-USDT"
STALE = 10 * SECOND
SOURCES = {"a": 5, "b": 3, "c": 2, "d": 1}
ACTS = st.one_of(
    st.tuples(st.just("says"), st.sampled_from("abcd"), st.integers(80 * ONE, 125 * ONE)),
    st.tuples(st.just("passes"), st.just(""), st.integers(0, 15 * SECOND)),
    st.tuples(st.just("trades"), st.just(""), st.integers(90, 110)),
    st.tuples(st.just("funding"), st.just(""), st.sampled_from([HOUR, 4 * HOUR, 8 * HOUR])),
    st.tuples(st.just("passes"), st.just(""), st.integers(HOUR, 9 * HOUR)),
)
"""(what, who, how much)."""


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_an_index_is_what_was_said_makes_it(acts: list[tuple[str, str, int]]) -> None:
    """Weights, guard and silence by brute force; invariants hold after each record, and states live in their bytes."""
    world = World(PERP)
    parts = tuple(Constituent(name, Rate(weight * ONE)) for name, weight in SOURCES.items())
    world.run(cmd.SetConstituents(INDEX, parts, Nanos(STALE)))
    said: dict[str, tuple[int, int]] = {}
    expected = 0
    for what, who, number in acts:
        if what == "says":
            world.run(cmd.SetSourcePrice(INDEX, who, Price(number)))
            said[who] = (number, world.at)
            expected = by_hand(said, world.at)
        elif what == "passes":
            for instant in sorted({at + STALE for _, at in said.values()}):
                if world.at < instant <= world.at + number:
                    expected = by_hand(said, instant) or expected
            world.passes(number)
        elif what == "trades":
            world.maker.sells("0.5", at=number)
            world.taker.buys("0.5", at=number)
        else:
            world.run(cmd.SetFunding(world.market, Nanos(number), Rate(ONE // 50), Rate(-ONE // 50), Rate(10_000)))
        index = world.state.indexes[INDEX]
        # Before any source has spoken the index follows what trades.
        assert index.price == expected or not said
        assert index.frozen == (bool(said) and not by_hand(said, world.at))
        loaded = canonical.load(canonical.dump(world.state))
        assert canonical.dump(loaded) == canonical.dump(world.state)
        assert loaded.next_due() == world.state.next_due()
        world.state, world.engine = loaded, Engine(loaded)


def by_hand(said: dict[str, tuple[int, int]], at: int) -> int:
    """The index of sources heard less than ten seconds ago; 0: there is none."""
    live = {name: price for name, (price, when) in said.items() if at < when + STALE}
    if not live:
        return 0
    ranked = sorted(live.values())
    median = (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) // 2
    near = {name: price for name, price in live.items() if 20 * abs(price - median) <= median}
    if len(near) < len(live) - 1:
        return median
    return div_zero(sum(SOURCES[n] * price for n, price in near.items()), sum(SOURCES[n] for n in near))
