"""The feeds of another log, played again: a served fork meets the same flow, and clients trade against it live.

Each has the name its records have in that log, and sends their commands at their instants, whatever has become of the
book meanwhile. It remembers nothing but how far it has come, so that a restart and a checkpoint find it where it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.commands import Command, NoteFeed, SetIndex
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError
from simexchange.eventlog.record import decode, split
from simexchange.feeds.contract import NOTE_RESUMED, NOTE_STARTED, NOTE_SUSPENDED
from simexchange.runtime.recovery import SOURCE_CONTROL, SOURCE_FEED
from simexchange.runtime.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.eventlog.header import Header
    from simexchange.eventlog.log import EventLog

_FEED: Final = b'"' + SOURCE_FEED.encode()
_CONTROL: Final = b'"' + SOURCE_CONTROL.encode() + b'"'
_HEAD: Final = 160
"""Where in a line its source stands, at the latest."""


class Played(msgspec.Struct, forbid_unknown_fields=True):
    """How far it has come: everything up to this instant was sent."""

    played_to: Nanos


class PinnedFeed:
    """Implements `Feed`: what one feed of a log did."""

    state_type = Played

    def __init__(self, name: str, rows: Sequence[tuple[Nanos, bytes]]) -> None:
        """*rows*: what it decided on, in order, each record with its instant."""
        self.name = name
        self._lines = [line for _, line in rows]
        self._instants = [at for at, _ in rows]
        self.sets_index = any(isinstance(decode(line).command, SetIndex) for line in self._lines)

    def setup(self, _state: ExchangeState) -> Iterable[Command]:
        """A fork has what its parent's feed set up."""
        return ()

    def markets(self, _state: ExchangeState) -> Sequence[MarketNo]:
        """Nothing is waited for: the books are what they were at the fork."""
        return ()

    def initial(self, _state: ExchangeState, at: Nanos) -> tuple[Played, Nanos | None]:
        # Not strictly after: what it decided at the instant of its start follows at once.
        return Played(Nanos(at - 1)), self._after(at - 1)

    def step(
        self, feed_state: Played, _state: ExchangeState, at: Nanos
    ) -> tuple[Played, Sequence[Command], Nanos | None]:
        first, end = (find(self._instants, at) for find in (bisect_left, bisect_right))
        feed_state.played_to = at
        return feed_state, [decode(line).command for line in self._lines[first:end]], self._after(at)

    def resume(self, feed_state: Played, _state: ExchangeState, at: Nanos) -> tuple[Played, Nanos | None]:
        since = Nanos(max(feed_state.played_to, at - 1))
        return Played(since), self._after(since)

    def _after(self, at: int) -> Nanos | None:
        place = bisect_right(self._instants, at)
        return self._instants[place] if place < len(self._instants) else None


def pinned_feeds(parent: EventLog) -> list[PinnedFeed]:
    """A feed for each that *parent* knows, in the order in which they were started. Raises LogDamaged."""
    base = parent.base()
    running = set() if base is None else set(Schedule.running(base.feeds))
    rows: dict[str, list[tuple[Nanos, bytes]]] = {name: [] for name in sorted(running)}
    for line in parent.read():
        head = line[:_HEAD]
        if _FEED in head:
            record = decode(line)
            name = record.source.removeprefix(SOURCE_FEED)
            # What it set up before it was started is in the fork already.
            if record.source.startswith(SOURCE_FEED) and name in running:
                rows[name].append((record.at, line))
        elif _CONTROL in head and isinstance(note := decode(line).command, NoteFeed):
            if note.what in (NOTE_STARTED, NOTE_RESUMED):
                running.add(note.feed)
                rows.setdefault(note.feed, [])
            elif note.what == NOTE_SUSPENDED:
                running.discard(note.feed)
    return [PinnedFeed(name, found) for name, found in rows.items()]


def must_be_parent(parent: EventLog, header: Header) -> None:
    """A flow can be played to a fork of its own log only. Raises ConfigError."""
    left = header.parent
    if left is None:
        msg = f"the flow of {parent.name} can be pinned to a fork of it only; make one with `simexchange fork`"
        raise ConfigError(msg)
    parts = split(next(parent.read(left.seq), b""))
    if parts is None or parts[1].hex() != left.digest:
        msg = f"{parent.name} is not the log this fork was made of: its record {left.seq} has another digest"
        raise ConfigError(msg)
