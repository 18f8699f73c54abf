"""Recorded tapes as a feed: files in, commands out, on the exchange's own clock.

Several tapes play side by side with one shift in time. Nothing of a market is played before its first snapshot; until
then it is halted, as it is after a gap. When the tapes end the books hold, or everything begins again (``loop``).
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from simexchange.core.state import ExchangeState
from simexchange.core.tape import UNTIL_THE_TAPE, house_name
from simexchange.core.vocabulary.commands import Command, ListMarket, NoteFeed, OpenAccount, SetMarketStatus, SetRules
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos, ceil_to
from simexchange.feeds.recorded import index
from simexchange.feeds.recorded.frames import Player
from simexchange.feeds.recorded.items import Product
from simexchange.feeds.recorded.listing import inferred_market, market_id, pair_of
from simexchange.feeds.recorded.playback import Playback
from simexchange.feeds.recorded.report import tape_line
from simexchange.feeds.recorded.sources import Kind, Source, find_sources
from simexchange.feeds.recorded.state import RecordedState, TapeProgress
from simexchange.feeds.recorded.sync import Sync

ITEMS_A_STEP = 200
"""How much is decided at once: a step is short even where one millisecond holds a sweep of four hundred prints."""
BETWEEN_ROUNDS = SECOND
"""How long the book holds before the tapes begin again."""


class OnEnd(StrEnum):
    """What is done when the tapes end."""

    HOLD = "hold"
    LOOP = "loop"


class TapeTime(StrEnum):
    """Whether a tape keeps its own time, or is moved so that it begins when the feed does."""

    REBASED = "rebased"
    ORIGINAL = "original"


class Impact(StrEnum):
    """What users' trades do to the recorded book: nothing past its next step, or a hole until it names the level."""

    NONE = "none"
    CONSUMING = "consuming"


class RecordedFeed:
    """The recordings *where* names, as a feed. See `contract.Feed`.

    *markets* and *rules* say what is known of the markets, by market id and by (bundle, market id); a market nobody
    describes gets the tick and step its recording shows. A market that cannot be listed (inverse, for now) is read
    along and counted, and nothing of it is played.
    Raises TapeUnreadable if there is no recording.
    """

    def __init__(
        self,
        where: str,
        *,
        markets: Mapping[str, Market] | None = None,
        rules: Mapping[tuple[str, str], MarketRules] | None = None,
        tape_time: TapeTime | str = TapeTime.REBASED,
        on_end: OnEnd | str = OnEnd.HOLD,
        impact: Impact | str = Impact.NONE,
        name: str = "recorded",
    ) -> None:
        self.sources = find_sources(where)
        self._name = name
        self._tape_time = TapeTime(tape_time)
        self._on_end = OnEnd(on_end)
        self._rules = dict(rules or {})
        given = markets or {}
        self.specs = [given.get(market_id(source)) or inferred_market(source) for source in self.sources]
        self._ids = [spec.id for spec in self.specs]
        resilience = 0 if Impact(impact) is Impact.NONE else UNTIL_THE_TAPE
        self._players = [Player(name, source.product, resilience) for source in self.sources]
        self._index_tapes = _index_tapes(self.sources, self.specs)
        self._playback: Playback | None = None

    # What a feed is

    @property
    def name(self) -> str:
        """Its name in records."""
        return self._name

    @property
    def sets_index(self) -> bool:
        """True: the tapes' mids, or the recorded index itself."""
        return True

    @property
    def state_type(self) -> type[RecordedState]:
        """Positions and counters."""
        return RecordedState

    def setup(self, state: ExchangeState) -> Iterator[Command]:
        """List what is missing, open each tape's account, and halt its market until the first snapshot."""
        for spec in self.specs:
            if spec.id not in state.market_no and tradable(spec):
                yield ListMarket(spec)
            if spec.id not in state.market_no:
                continue
            no = state.market_no[spec.id]
            for (bundle, market), rules in self._rules.items():
                if market == spec.id and bundle in state.bundles and (bundle, no) not in state.rules:
                    yield SetRules(bundle, no, rules)
            if house_name(spec.id) not in state.account_no:
                yield OpenAccount(house_name(spec.id), "", AccountClass.HOUSE)
                if state.markets[no].status is MarketStatus.TRADING:
                    yield SetMarketStatus(no, MarketStatus.HALT)

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        """The markets its tapes are played into."""
        return [state.market_no[id] for id in self._ids if id in state.market_no]

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[RecordedState, Nanos | None]:
        """Lay the tapes so that the first begins at *at*, or leave them where they are."""
        playback = self._begin(0)
        first = at if playback.next is None else playback.next[0]
        shift = 0 if self._tape_time is TapeTime.ORIGINAL else ceil_to(at - first, MILLISECOND)
        tapes = [TapeProgress(Sync(), halted=self._halted(state, id), changed_at=at) for id in self._ids]
        begun = RecordedState(shift, tapes, index_due=ceil_to(at, SECOND), frozen=[])
        return begun, self._wake(begun, playback, at)

    def step(
        self, feed_state: RecordedState, state: ExchangeState, at: Nanos
    ) -> tuple[RecordedState, Sequence[Command], Nanos | None]:
        """Everything the tapes say up to *at*, after the index if this is a whole second."""
        playback = self._at(feed_state)
        commands: list[Command] = []
        if not feed_state.told:
            feed_state.told = True
            commands.extend(self._notes(feed_state))
        if at >= feed_state.index_due:
            feed_state.index_due = at - at % SECOND + SECOND
            commands.extend(self._indexes(feed_state, state, at))
        enough = playback.position + ITEMS_A_STEP
        while playback.next is not None and playback.next[0] + feed_state.shift <= at and playback.position < enough:
            _, _, tape, _, item = playback.take()
            feed_state.played = playback.position
            no = state.market_no.get(self._ids[tape])
            progress = feed_state.tapes[tape]
            if no is not None:
                commands.extend(self._players[tape].play(item, progress, state.markets[no], at))
            else:
                self._players[tape].read_along(item, progress)
        if playback.next is None:
            commands.extend(self._end(feed_state, at))
        return feed_state, commands, self._wake(feed_state, self._at(feed_state), at)

    def resume(self, feed_state: RecordedState, state: ExchangeState, at: Nanos) -> tuple[RecordedState, Nanos | None]:
        """Go on where the tapes stopped: they are moved by the time that went by without them."""
        playback = self._at(feed_state)
        if playback.next is not None:
            away = at - (playback.next[0] + feed_state.shift)
            if away > 0:
                feed_state.shift += ceil_to(away, MILLISECOND)
                for progress in feed_state.tapes:
                    progress.changed_at += away
        feed_state.index_due = ceil_to(at, SECOND)
        return feed_state, self._wake(feed_state, playback, at)

    # What else may be asked

    def first_at(self) -> Nanos | None:
        """When the first tape begins, in its own time: where to start an exchange that plays it with ``original``."""
        playback = self._begin(0)
        return None if playback.next is None else Nanos(playback.next[0])

    def close(self) -> None:
        """Close the files."""
        if self._playback is not None:
            self._playback.close()
            self._playback = None

    # Reading

    def _begin(self, position: int) -> Playback:
        self.close()
        tapes = [(source, spec.tick, spec.step) for source, spec in zip(self.sources, self.specs, strict=True)]
        self._playback = Playback(tapes, skip=position)
        return self._playback

    def _at(self, feed_state: RecordedState) -> Playback:
        """The tapes at the state's position: where they are, or read again from the beginning."""
        playback = self._playback
        if playback is None or playback.position != feed_state.played:
            playback = self._begin(feed_state.played)
        return playback

    def _wake(self, feed_state: RecordedState, playback: Playback, at: int) -> Nanos | None:
        if playback.next is None:
            return None
        return Nanos(max(at, min(playback.next[0] + feed_state.shift, feed_state.index_due)))

    # Around the frames

    def _halted(self, state: ExchangeState, id: str) -> bool:
        no = state.market_no.get(id)
        return no is not None and state.markets[no].status is MarketStatus.HALT

    def _indexes(self, feed_state: RecordedState, state: ExchangeState, at: int) -> Iterator[Command]:
        said = {spec.index for spec, tape in zip(self.specs, feed_state.tapes, strict=True) if tape.indexed}
        for name, tape in self._index_tapes.items():
            no = state.market_no.get(self._ids[tape])
            if no is not None and name not in said:
                quiet = at - feed_state.tapes[tape].changed_at
                yield from index.sample(state, name, state.markets[no], quiet, feed_state.frozen)

    def _notes(self, feed_state: RecordedState) -> Iterator[Command]:
        yield NoteFeed(self._name, "tape-time", f"{self._tape_time}: exchange time = tape time + {feed_state.shift} ns")
        for source, spec in zip(self.sources, self.specs, strict=True):
            only = "" if tradable(spec) else ", read along and not traded"
            origin = f"{model_of(source)} from {source.product.name} {source.symbol}"
            yield NoteFeed(self._name, "tape", f"{spec.id}: {origin}{only}")
        for name, tape in self._index_tapes.items():
            origin = "spot" if self.sources[tape].product is Product.SPOT else "self"
            yield NoteFeed(self._name, "index", f"{name}: {origin} ({self._ids[tape]})")

    def _end(self, feed_state: RecordedState, at: int) -> Iterator[Command]:
        """The tapes are through: say what was played, and begin again where that was asked for."""
        if feed_state.ended:
            return
        readings = self._at(feed_state).readings
        for id, progress, reading in zip(self._ids, feed_state.tapes, readings, strict=True):
            yield NoteFeed(self._name, "end", tape_line(id, progress, reading))
        if self._on_end is OnEnd.HOLD or not feed_state.played:
            feed_state.ended = True
            return
        playback = self._begin(0)
        feed_state.played = 0
        feed_state.round += 1
        if playback.next is not None:
            feed_state.shift = ceil_to(at + BETWEEN_ROUNDS - playback.next[0], MILLISECOND)
        for progress in feed_state.tapes:
            # The book holds until the snapshot comes round again; updates before it are dropped, as at the start.
            progress.sync.lose()
            progress.touch = None
            progress.changed_at = at + BETWEEN_ROUNDS


def tradable(spec: Market) -> bool:
    """Whether the engine can list it today."""
    return not spec.inverse and not spec.expiry and spec.kind.name != "DATED"


def model_of(source: Source) -> str:
    """What a tape's truth is: the recorded book, or a book made up around real prints or around a path through bars."""
    return {Kind.STREAM: "recorded-book", Kind.KLINES: "ohlc-path"}.get(source.kind, "recorded-prints")


def _index_tapes(sources: Sequence[Source], specs: Sequence[Market]) -> dict[str, int]:
    """Which tape each pair's index is taken from: its spot tape, else the first other one."""
    found: dict[str, int] = {}
    for number, (source, spec) in enumerate(zip(sources, specs, strict=True)):
        name = "-".join(pair_of(source)) if source.product is Product.SPOT else spec.index
        spot_before = name in found and sources[found[name]].product is Product.SPOT
        if name and (name not in found or (source.product is Product.SPOT and not spot_before)):
            found[name] = number
    return {name: tape for name, tape in found.items() if not _follows(name, found)}


def _follows(name: str, found: Mapping[str, int]) -> bool:
    return any(name in index.aliases_of(other) for other in found if other != name)
