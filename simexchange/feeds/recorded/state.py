"""What the feed keeps between two steps: positions and counters only, so that it can be stored and found again."""

import msgspec

from simexchange.feeds.recorded.items import Touch
from simexchange.feeds.recorded.sync import Sync


class TapeProgress(msgspec.Struct):
    """One tape."""

    sync: Sync
    halted: bool = False
    """The feed halted the market and will resume it at the next snapshot."""
    touch: Touch | None = None
    """The newest best prices, not played yet: they matter when a print meets the book."""
    changed_at: int = 0
    """Exchange time at which the tape last said something of the book."""
    frames: int = 0
    """Depth updates played."""
    dropped: int = 0
    """Depth updates that the snapshot contained, or before it."""
    prints: int = 0
    early: int = 0
    """Prints passed over because there was no book: before the snapshot or in a gap."""
    touches: int = 0
    """Best prices played; the others were overtaken before a print came."""
    gaps: int = 0
    indexed: bool = False
    """The tape says itself what the index is, so nothing is sampled for it."""


class RecordedState(msgspec.Struct):
    """All tapes of a feed."""

    shift: int
    """Exchange time = the tape's own time + shift."""
    tapes: list[TapeProgress]
    index_due: int
    played: int = 0
    """Items of the merged tapes taken in this round."""
    round: int = 0
    """How often the tapes have been begun again."""
    frozen: list[str] = msgspec.field(default_factory=list)
    """Indexes that were said to be frozen."""
    told: bool = False
    """The log was told how the tape lies in time."""
    ended: bool = False
