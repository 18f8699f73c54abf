"""The port: what every event log can do, wherever its bytes are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from simexchange.eventlog.checkpoint import Checkpoint, KeptViews
    from simexchange.eventlog.header import Header


@runtime_checkable
class EventLog(Protocol):
    """Stored records in order, appended in groups. One writer; any number of readers."""

    @property
    def name(self) -> str:
        """What it is called in messages: its path, or ``memory``."""
        ...

    @property
    def header(self) -> Header:
        """What the log says of itself."""
        ...

    @property
    def last_seq(self) -> int:
        """The seq of the last committed record; that before the first where there is none."""
        ...

    @property
    def last_digest(self) -> bytes:
        """The digest of the last committed record; the genesis where there is none."""
        ...

    def base(self) -> Checkpoint | None:
        """What the first record follows: state, feeds and views; None where it opens the exchange.

        Raises LogDamaged where it is not what the header names.
        """
        ...

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        """Commit one group of records, all or nothing: *lines* with the seqs *first* to *last*, ending with *digest*.

        Raises StorageFailed where it cannot; the log then refuses every further append.
        """
        ...

    def read(self, from_seq: int = 0) -> Iterator[bytes]:
        """The stored lines from *from_seq* on, without their newline, as far as was committed when the call began."""
        ...

    def close(self) -> None:
        """Give up the lock and the file. A second call does nothing."""
        ...


@runtime_checkable
class KeepsCheckpoints(Protocol):
    """A log with room for checkpoints beside its records."""

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep one, in place of any other at its seq."""
        ...

    def load_checkpoint(self, at_most: int) -> Checkpoint | None:
        """The newest sound one at or below *at_most*."""
        ...

    def save_views(self, kept: KeptViews) -> None:
        """Keep what projections had folded, in place of what is kept at its seq."""
        ...

    def load_views(self, at_most: int, code: str) -> KeptViews | None:
        """The newest sound ones at or below *at_most* that *code* has folded."""
        ...


@runtime_checkable
class FindsInstants(Protocol):
    """A log that need not be read from its beginning to find an instant."""

    def seq_at(self, at: int) -> int:
        """The seq of the last record at or before the instant *at*; that before the first where there is none."""
        ...


@runtime_checkable
class KeepsNotes(Protocol):
    """A log with room for a few words beside its records, outside the digests."""

    def note(self, name: str) -> str:
        """What was noted under *name*; empty where nothing was."""
        ...

    def set_note(self, name: str, text: str) -> None:
        """Note *text* under *name*. Losing it loses no record."""
        ...

    def notes(self, prefix: str) -> dict[str, str]:
        """All notes whose names begin with *prefix*, by name."""
        ...
