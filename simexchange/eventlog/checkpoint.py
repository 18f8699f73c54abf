"""A checkpoint: the canonical state after a record, so that nobody has to fold from the beginning.

It is a cache: it may be deleted at any time, and folding records 0 to N gives its bytes again.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import msgspec

from simexchange.eventlog.record import DIGEST_SIZE

EVERY: Final = 20_000
"""Records between two checkpoints."""


class Checkpoint(msgspec.Struct, frozen=True):
    """The state after record *seq*."""

    seq: int
    digest: bytes
    """The digest of that record: a checkpoint of another log with the same seqs is none of ours."""
    state: bytes
    """`simexchange.core.canonical.dump` of the state."""
    feeds: bytes = b""
    """What the runtime needs to go on with its feeds, as it encoded it; empty where nobody knew."""
    views: bytes = b""
    """The views, as whoever folds them encoded them; empty where nobody knew."""

    def check_sum(self) -> str:
        """A digest over all of it, kept beside it: a damaged checkpoint is left aside, never believed."""
        text = msgspec.json.encode([self.seq, self.digest.hex()])
        return blake2b(b"".join((text, self.state, self.feeds, self.views)), digest_size=DIGEST_SIZE).hexdigest()


def newest(checkpoints: Iterable[Checkpoint], at_most: int) -> Checkpoint | None:
    """The one with the highest seq at or below *at_most*."""
    return max((each for each in checkpoints if each.seq <= at_most), key=lambda each: each.seq, default=None)


def thin(seqs: Iterable[int]) -> list[int]:
    """Which checkpoints to drop. The newest stays, and of each power of two of age the oldest: many near, some far.

    >>> thin([20_000, 40_000, 60_000, 80_000, 100_000, 120_000])
    [40000, 80000]
    """
    ordered = sorted(seqs)
    seen: set[int] = set()
    dropped = []
    for seq in ordered[:-1]:
        age = ((ordered[-1] - seq) // EVERY).bit_length()
        if age in seen:
            dropped.append(seq)
        seen.add(age)
    return dropped
