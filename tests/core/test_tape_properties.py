"""Whatever a tape and its users do: ghosts are what is recorded, prints are whole, and the log alone tells it all."""

from typing import Any

import msgspec
from hypothesis import given, strategies as st

from simexchange.core import canonical, tape
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.levels import Levels
from tests.core.taped import FOR_GOOD, TapedWorld, playing
from tests.core.world import PERP, SPOT, units

TRADES = ev.TradeExecuted | ev.TapePrinted
_SIZES = st.dictionaries(st.integers(90, 110), st.integers(0, 5), max_size=4)
_STEPS = st.one_of(
    st.tuples(st.just("frame"), _SIZES, st.integers(95, 105)),
    st.tuples(st.sampled_from(["sold", "bought"]), st.integers(90, 110), st.integers(1, 6)),
    st.tuples(st.sampled_from(["buys", "sells"]), st.integers(94, 106), st.integers(1, 6)),
    st.tuples(st.just("cancels"), st.none(), st.none()),
)


def _act(world: TapedWorld, what: str, first: Any, second: Any) -> tuple[list[ev.Event], float]:
    """Do one step; its events, and what a print in it may trade at most."""
    if what == "frame":
        bids = {price: size for price, size in first.items() if price < second}
        asks = {price: size for price, size in first.items() if price >= second}
        gone_bids = {price: 0 for price in world.recorded["bids"] if price >= second}
        gone_asks = {price: 0 for price in world.recorded["asks"] if price < second}
        return world.frame(gone_bids | bids, gone_asks | asks), 0
    if what in ("sold", "bought"):
        return getattr(world, what)(second, at=first), second
    if what == "cancels":
        open_orders = list(world.state.accounts[world.ann.no].orders)
        return world.ann.cancels(open_orders[0]) if open_orders else [], 0
    return getattr(world.ann, what)(second, at=first), 0


@given(st.sampled_from([SPOT, PERP]), st.lists(_STEPS, max_size=30))
def test_whatever_users_do_ghosts_are_what_is_recorded_or_kept_out_for_them(
    market: str, steps: list[tuple[str, Any, Any]]
) -> None:
    """After each frame no level is astray but suppressed ones; a print trades its own size, no more, no less."""
    world = playing(market)

    for what, first, second in steps:
        events, printed = _act(world, what, first, second)

        sides = world.sides
        if what == "frame":
            assert all(set(side.astray) == set(side.suppressed) for side in sides)
        if printed:
            assert sum(event.qty for event in events if isinstance(event, TRADES)) == units(printed)
        assert tape.fault(world.state.markets[world.market]) is None


@given(st.sampled_from([SPOT, PERP]), st.sampled_from([0, FOR_GOOD]), st.lists(_STEPS, max_size=30))
def test_the_events_alone_make_the_same_state_and_survive_the_log(
    market: str, resilience: int, steps: list[tuple[str, Any, Any]]
) -> None:
    """Ghosts, recorded sizes and what is kept out are a fold of what was told, through JSON and back."""
    world = playing(market, resilience=resilience)
    for what, first, second in steps:
        _act(world, what, first, second)

    folded = ExchangeState()
    for at, event in world.told:
        folded.apply(msgspec.json.decode(msgspec.json.encode(event), type=ev.Event), at)

    assert canonical.dump(folded) == canonical.dump(world.state)


def test_levels_are_kept_whole_and_short() -> None:
    """Whole units and differences: a quarter of the bytes, and the same pairs."""
    pairs = [(6_000_010_000_000, 50_000_000), (6_000_000_000_000, 200_000_000), (6_000_020_000_000, 0)]

    levels = Levels.of(pairs)

    assert list(levels) == pairs
    assert msgspec.json.encode(levels) == b"[10000000,50000000,[600001,1,-1,4,2,0]]"


@given(st.lists(st.tuples(st.integers(0, 10**18), st.integers(0, 10**18))))
def test_any_levels_come_back_as_they_were(pairs: list[tuple[int, int]]) -> None:
    """In the order given."""
    stored = msgspec.json.decode(msgspec.json.encode(Levels.of(pairs)), type=Levels)

    assert list(stored) == pairs
    assert len(stored) == len(pairs)
