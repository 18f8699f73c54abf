"""What an index is made of, what its sources said last, and how their prices become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.market import Index, apply_settling, apply_stirs
from simexchange.core.triggers import apply_index
from simexchange.core.vocabulary.indexes import Constituent, Share
from simexchange.core.vocabulary.units import ONE, Nanos, Price, Rate

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary import events as ev, priceevents

FROM_OUTSIDE = ("feed", "operator", "constituents")
"""Sources of an index after which it follows no market of this exchange any more."""


class Heard(NamedTuple):
    """What a source said last, and when."""

    price: int
    at: int


class Sources:
    """The constituents of one index. Those that were heard lately are live."""

    __slots__ = ("constituents", "deviation", "live", "stale_after")

    def __init__(self, constituents: tuple[Constituent, ...], stale_after: int, deviation: int) -> None:
        self.constituents = constituents
        self.stale_after = stale_after
        self.deviation = deviation
        self.live: dict[str, Heard] = {}

    def has(self, source: str) -> bool:
        """Whether *source* is one of them."""
        return any(each.source == source for each in self.constituents)

    def stale_at(self) -> int:
        """When the first live source goes stale if it says nothing more; 0: there is none."""
        return min((heard.at for heard in self.live.values()), default=-self.stale_after) + self.stale_after

    def stale(self, at: int) -> list[str]:
        """The live sources that have said nothing for too long by *at*, in order of the constituents."""
        live, last = self.live, at - self.stale_after
        return [each.source for each in self.constituents if each.source in live and live[each.source].at <= last]


def compose(sources: Sources) -> tuple[int, tuple[Share, ...]]:
    """The index that the live sources make, and what each counted for; (0, ()) where none is live.

    Σ weight × price ÷ Σ weight, toward zero. One source farther from the median than `Sources.deviation` counts for
    nothing; where more than one is, the index is the median and no weight counts. The median of an even number is the
    mean of the two in the middle, toward zero. (Binance FAQ 360033525071, "Single" and "Multi price source
    deviation", seen 2026-11.)
    """
    live = sources.live
    priced = [(each, live[each.source].price) for each in sources.constituents if each.source in live]
    if not priced:
        return 0, ()
    median = median_of([price for _, price in priced])
    far = [each for each, price in priced if abs(price - median) * ONE > median * sources.deviation]
    if len(far) > 1:
        return median, tuple(Share(each.source, Price(price), Rate(0)) for each, price in priced)
    shares = tuple(Share(each.source, Price(price), Rate(0) if each in far else each.weight) for each, price in priced)
    return sum(each.weight * each.price for each in shares) // sum(each.weight for each in shares), shares


def median_of(prices: list[int]) -> int:
    """The price in the middle; of an even number the mean of the two there, toward zero."""
    ranked, half = sorted(prices), len(prices) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) // 2


def fault_of(constituents: tuple[Constituent, ...], stale_after: int, deviation: int) -> str:
    """Which field of constituents contradicts itself, and why; empty where none does."""
    names: dict[str, None] = {}
    for place, each in enumerate(constituents):
        if not each.source:
            return f"constituents[{place}].source: empty"
        if each.source in names:
            return f"constituents[{place}].source: {each.source} is there twice"
        if each.weight <= 0:
            return f"constituents[{place}].weight: not above zero"
        names[each.source] = None
    if stale_after <= 0:
        return "stale_after: not above zero"
    return "" if deviation > 0 else "deviation: not above zero"


# Folding


def apply_index_set(state: ExchangeState, event: ev.IndexSet, at: int) -> None:
    """An index has a new value."""
    index = state.indexes.get(event.index)
    if index is None:
        index = state.indexes[event.index] = Index(event.index)
    apply_settling(state, index, event.price, at)
    index.price = event.price
    index.set_at = at
    index.frozen = event.frozen
    apply_index(state, event.index, event.price)
    if not index.fed and event.source in FROM_OUTSIDE:
        index.fed = True
        apply_stirs(state)
        for market in state.markets.values():
            if market.spec.index == event.index:
                market.mark_due = 0
        state.apply_schedule_changed()


def apply_constituents_set(state: ExchangeState, event: priceevents.ConstituentsSet, at: Nanos) -> None:
    """An index is made of other sources, or of none; those that stay keep what they said."""
    index = state.indexes[event.index]
    before = index.sources
    index.sources = None
    state.composed.pop(event.index, None)
    if event.constituents:
        index.sources = Sources(event.constituents, event.stale_after, event.deviation)
        state.composed[event.index] = index
        if before is not None:
            index.sources.live.update((name, said) for name, said in before.live.items() if index.sources.has(name))
    state.apply_schedule_changed()


def apply_source_priced(state: ExchangeState, event: priceevents.SourcePriced, at: Nanos) -> None:
    """A source said something: it is live."""
    sources = state.indexes[event.index].sources
    assert sources is not None
    sources.live[event.source] = Heard(event.price, at)
    state.apply_schedule_changed()


def apply_source_dropped(state: ExchangeState, event: priceevents.SourceDropped, at: Nanos) -> None:
    """A source is live no more."""
    sources = state.indexes[event.index].sources
    assert sources is not None
    del sources.live[event.source]
    state.apply_schedule_changed()


__all__ = [
    "Heard",
    "Sources",
    "apply_constituents_set",
    "apply_index_set",
    "apply_source_dropped",
    "apply_source_priced",
    "compose",
    "fault_of",
    "median_of",
]
