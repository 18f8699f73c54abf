"""The scripted feed: a still ladder in every market, and a timeline that moves it. Nothing in it is left to chance."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.tape import house_name
from simexchange.core.vocabulary.commands import (
    AdjustBook,
    Command,
    OpenAccount,
    PrintTrade,
    SetIndex,
)
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.notes import NoteStep
from simexchange.core.vocabulary.orders import BUY, SELL, AccountClass, Side
from simexchange.core.vocabulary.units import ONE, Nanos, Price, Quantity, floor_to
from simexchange.feeds.scripted.acting import Changes, carry_out, quantum
from simexchange.feeds.scripted.ladder import NEVER_REFILLED, LadderSettings, index_of, level_size, rungs
from simexchange.feeds.scripted.moves import next_price, price_at
from simexchange.feeds.scripted.state import IndexState, MarketShape, ScriptedState
from simexchange.feeds.scripted.timeline import Timeline

NAME: Final = "scripted"
NOTHING: Final = Timeline("", ())
STILL: Final = LadderSettings()
QUOTED: Final = (MarketStatus.TRADING, MarketStatus.HALT, MarketStatus.CANCEL_ONLY, MarketStatus.BREAK)
PLAIN: Final = MarketShape()


class ScriptedFeed:
    """A `Feed` of a ladder, of a timeline, or of both. See `contract.Feed`.

    Without a ladder (``ladder=None``) it may stand beside another feed that makes the prices; its timeline then has no
    step that would need one. Raises ValueError where it has.
    """

    name = NAME
    state_type = ScriptedState
    prompt = True
    """What is taken is back before anybody else's turn: see `contract.AnswersFeed`."""

    def __init__(self, ladder: LadderSettings | None = STILL, timeline: Timeline | None = None) -> None:
        self.ladder = ladder
        self.timeline = timeline or NOTHING
        if ladder is None and self.timeline.priced:
            msg = f"{self.timeline.name} moves prices, and there is no ladder to move"
            raise ValueError(msg)
        self._prices = dict(ladder.prices) if ladder is not None else {}
        self._stamp = stamp_of(self.timeline)

    @property
    def sets_index(self) -> bool:
        """Whether there is a ladder: its prices are the index."""
        return self.ladder is not None

    def setup(self, state: ExchangeState) -> Iterator[Command]:
        """The account of each market's ladder."""
        for market in self._quotable(state):
            if house_name(market.spec.id) not in state.account_no:
                yield OpenAccount(house_name(market.spec.id), "", AccountClass.HOUSE)

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        """Those with a ladder, but for contracts in whose last minutes nobody opens anything."""
        at = max(state.now, state.start)
        return [market.no for market in self._quotable(state) if at < market.closes_at and not _taken_away(market)]

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[ScriptedState, Nanos | None]:
        """Indexes where they stand, or at their first price; the timeline begins at once."""
        found: dict[str, IndexState] = {}
        for name, first in self._prices.items():
            known = state.indexes.get(name)
            price = Price(known.price) if known is not None and known.price else first
            found[name] = IndexState(price, price)
        return ScriptedState(at, found, timeline=self._stamp, asked=at), at

    def step(
        self, feed_state: ScriptedState, state: ExchangeState, at: Nanos
    ) -> tuple[ScriptedState, Sequence[Command], Nanos | None]:
        """What the timeline says, prices on their way, ladders of new markets, and what was taken."""
        if feed_state.timeline != self._stamp:
            # Another timeline was given since: it begins now.
            feed_state.timeline, feed_state.began, feed_state.place = self._stamp, at, 0
        commands: list[Command] = []
        changes = Changes()
        self._follow(feed_state, state, changes)
        self._take_steps(feed_state, state, at, commands, changes)
        self._move(feed_state, state, at, changes)
        for market in self._quotable(state):
            commands += self._requote(feed_state, state, market, at, changes)
        for name in self._prices:
            if name in changes.said and name in state.indexes:
                commands.append(SetIndex(name, feed_state.indexes[name].price))
        feed_state.listed, feed_state.asked = len(state.markets), at
        return feed_state, commands, self._wake(feed_state, at)

    def resume(self, feed_state: ScriptedState, state: ExchangeState, at: Nanos) -> tuple[ScriptedState, Nanos | None]:
        """The timeline stood still meanwhile: what was to come is to come as much later."""
        wake = self._wake(feed_state, feed_state.asked)
        late = at - wake if wake is not None and wake < at else 0
        if late:
            feed_state.began = Nanos(feed_state.began + late)
            for index in feed_state.indexes.values():
                if index.way is not None:
                    index.way = index.way.later(late)
        return feed_state, self._wake(feed_state, at)

    def alert(self, feed_state: ScriptedState, state: ExchangeState) -> Nanos | None:
        """When it has to look without having asked for it: something was taken, or a market was listed."""
        if self.ladder is None:
            return None
        if len(state.markets) != feed_state.listed or self._back(feed_state, state):
            return Nanos(state.now)
        if feed_state.opened and any(True for _ in self._told_otherwise(feed_state, state)):
            return Nanos(state.now)
        refill = self.ladder.refill
        if refill == NEVER_REFILLED:
            return None
        first = None
        for market in state.markets.values():
            since = _lacking(market) if market.spec.id in feed_state.opened else None
            if since is not None and (first is None or since < first):
                first = since
        return None if first is None else Nanos(max(first + refill, state.now))

    def _told_otherwise(self, feed_state: ScriptedState, state: ExchangeState) -> Iterator[tuple[str, Price]]:
        """Indexes that somebody else has set, and to what."""
        for name, index in feed_state.indexes.items():
            known = state.indexes.get(name)
            if known is not None and known.price and known.price != index.price:
                yield name, Price(known.price)

    def _follow(self, feed_state: ScriptedState, state: ExchangeState, changes: Changes) -> None:
        """The ladder goes where somebody else has set an index; if it was on a way, that ends."""
        if not feed_state.opened:
            return
        for name, price in self._told_otherwise(feed_state, state):
            index = feed_state.indexes[name]
            index.before, index.price, index.way = index.price, price, None
            changes.indexes[name] = None

    def _back(self, feed_state: ScriptedState, state: ExchangeState) -> bool:
        """Whether a market trades again whose ladder could not follow while it did not."""
        for id in feed_state.behind:
            no = state.market_no.get(id)
            if no is not None and state.markets[no].status is MarketStatus.TRADING:
                return True
        return False

    # The timeline

    def _take_steps(
        self, feed_state: ScriptedState, state: ExchangeState, at: int, commands: list[Command], changes: Changes
    ) -> None:
        timeline = self.timeline
        while (due := self._next_step(feed_state)) is not None and due <= at:
            step = timeline.steps[feed_state.place]
            self._move(feed_state, state, due, changes)
            commands.append(NoteStep(timeline.name, feed_state.place + 1, step.text))
            commands += carry_out(step.act, feed_state, state, due, changes)
            feed_state.place += 1
            if feed_state.place == len(timeline.steps) and timeline.period:
                feed_state.place = 0
                feed_state.began = Nanos(feed_state.began + timeline.period)

    def _next_step(self, feed_state: ScriptedState) -> Nanos | None:
        if feed_state.place >= len(self.timeline.steps):
            return None
        return self.timeline.instant(feed_state.place, feed_state.began)

    def _move(self, feed_state: ScriptedState, state: ExchangeState, at: Nanos, changes: Changes) -> None:
        """Indexes on their way come to where they are at *at*."""
        for name, index in feed_state.indexes.items():
            way = index.way
            if way is None:
                continue
            price = price_at(way, at, quantum(state, name))
            if price != index.price:
                index.price = price
                changes.indexes[name] = changes.said[name] = None
            if at >= way.began + way.over:
                index.way = None

    def _wake(self, feed_state: ScriptedState, at: Nanos) -> Nanos | None:
        found = self._next_step(feed_state)
        for index in feed_state.indexes.values():
            if index.way is not None:
                following = next_price(index.way, at)
                found = following if found is None or following < found else found
        return found

    # The ladder

    def _quotable(self, state: ExchangeState) -> list[MarketState]:
        """The markets that follow an index of ours and are not over."""
        return [
            market
            for market in state.markets.values()
            if index_of(market.spec) in self._prices and market.status in QUOTED
        ]

    def _requote(
        self, feed_state: ScriptedState, state: ExchangeState, market: MarketState, at: int, changes: Changes
    ) -> Iterator[Command]:
        """Put one market's ladder where it belongs, where it is not there."""
        assert self.ladder is not None  # noqa: S101 - without one no market is quotable
        name, spec = index_of(market.spec), market.spec
        new, behind = spec.id not in feed_state.opened, spec.id in feed_state.behind
        moved = name in changes.indexes or spec.id in changes.markets
        if market.status is not MarketStatus.TRADING:
            if new or moved:
                feed_state.behind[spec.id] = None
            return
        lacking = _lacking(market) if self.ladder.refill != NEVER_REFILLED else None
        if not (new or moved or behind or (lacking is not None and lacking + self.ladder.refill <= at)):
            return
        feed_state.behind.pop(spec.id, None)
        if new or moved or behind:
            # Said again even where it is the same: marks and premiums are taken from the book when it is.
            changes.said[name] = None
        if new:
            feed_state.opened[spec.id] = Nanos(at)
            if house_name(spec.id) not in state.account_no:
                yield OpenAccount(house_name(spec.id), "", AccountClass.HOUSE)
        shape = feed_state.shapes.get(spec.id, PLAIN)
        size = level_size(spec, self._prices[name], self.ladder.worth)
        size = Quantity(floor_to(size * shape.depth // ONE, spec.step))
        bids, asks, middle = rungs(spec, self.ladder, feed_state.indexes[name].price, shape.premium, shape.spread, size)
        yield AdjustBook(market.no, bids, asks, snapshot=True)
        if middle != market.last and (new or moved or behind) and len(bids):
            # Last price, candles and stop orders know of a move by a trade; it comes when the book can fill a stop.
            yield PrintTrade(market.no, Price(middle), spec.step, _aggressor(market, middle))


def _aggressor(market: MarketState, price: int) -> Side:
    """Who takes in a print at *price*: whoever follows the move, unless that would take a bit of somebody's order."""
    side = BUY if price > market.last else SELL
    return Side(-side) if price in market.book.opposite(side).levels else side


def stamp_of(timeline: Timeline) -> str:
    """By what a timeline is known again: its name and a digest of all it says; empty where it says nothing."""
    if not timeline.steps:
        return ""
    return f"{timeline.name} {blake2b(msgspec.json.encode(timeline), digest_size=8).hexdigest()}"


def _taken_away(market: MarketState) -> bool:
    """Whether the timeline took a ladder away that was there."""
    tape = market.tape
    return tape is not None and not tape.bids.recorded and not tape.asks.recorded


def _lacking(market: MarketState) -> int | None:
    """Since when part of a market's ladder is gone that may come back; None where all of it is there.

    What was kept out because it would cross somebody's order may as soon as that order is gone.
    """
    tape = market.tape
    if market.status is not MarketStatus.TRADING or tape is None or not (tape.bids.astray or tape.asks.astray):
        return None
    found = None
    for side, ours in ((BUY, tape.bids), (SELL, tape.asks)):
        opposite = market.book.opposite(side).best()
        for price, since in ours.astray.items():
            kept_out = price in ours.suppressed and opposite is not None and (opposite.price - price) * side <= 0
            if not kept_out and (found is None or since < found):
                found = since
    return found
