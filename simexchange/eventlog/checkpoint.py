"""A checkpoint: the canonical state after a record, so that nobody has to fold from the beginning.

It is a cache: it may be deleted at any time, and folding records 0 to N gives its bytes again.
"""

import gc
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self, TypeVar

import msgspec

from simexchange import core, projections
from simexchange.eventlog.record import DIGEST_SIZE
from simexchange.projections import keeping
from simexchange.projections.views import Views

EVERY: Final = 20_000
"""Records between two checkpoints."""
_QUICK: Final = 1
"""How hard views are compressed: to two fifths, in a fifth of the time that writing them down takes (seen 2026-11)."""


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
    """`pack_views` of what the projections had folded, in a base; empty where nobody knew."""

    def check_sum(self) -> str:
        """A digest over all of it, kept beside it: a damaged checkpoint is left aside, never believed."""
        text = msgspec.json.encode([self.seq, self.digest.hex()])
        return digest_of(text, self.state, self.feeds, self.views)


class KeptViews(msgspec.Struct, frozen=True):
    """What the projections had folded after record *seq*: a cache beside the checkpoint, good for one program only."""

    seq: int
    digest: bytes
    """The digest of that record."""
    code: str
    """`code_of_views` of the program that folded them: another one folds anew."""
    body: bytes
    """`pack_views` of them."""
    body_digest: str = ""
    """`digest_of` the body, where somebody has gone through its megabytes already."""

    @classmethod
    def of(cls, views: Views, seq: int, digest: bytes) -> Self:
        """What *views* are after record *seq*."""
        return cls(seq, digest, code_of_views(), pack_views(views))

    def check_sum(self) -> str:
        """A digest over all of it: what is damaged is left aside before anything in it is looked at."""
        body = self.body_digest or digest_of(self.body)
        return digest_of(msgspec.json.encode([self.seq, self.digest.hex(), self.code, body]))

    def holds(self, check_sum: object) -> bool:
        """Whether *check_sum* is that of these views; until 2026-11 the body itself stood in it, not its digest."""
        if self.check_sum() == check_sum:
            return True
        return digest_of(msgspec.json.encode([self.seq, self.digest.hex(), self.code]), self.body) == check_sum

    def load_into(self, views: Views) -> bool:
        """Make *views*, which have folded nothing, what these are; whether they could be understood."""
        return unpack_views(self.body, views) and views.seq <= self.seq


def digest_of(*parts: bytes) -> str:
    """The digest of all of them in a row, which are megabytes: they are not put together first."""
    digest = blake2b(digest_size=DIGEST_SIZE)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def pack_views(views: Views) -> bytes:
    """What *views* have folded, with the program that folded it."""
    return msgspec.msgpack.encode((code_of_views(), zlib.compress(keeping.dump(views), _QUICK)))


def unpack_views(data: bytes, views: Views, *, of_any_program: bool = False) -> bool:
    """Make *views*, which have folded nothing, what was packed; whether that could be understood.

    *of_any_program*: where nothing else is left of the records they were folded from, what fits of another version is
    better than nothing.
    """
    try:
        code, body = msgspec.msgpack.decode(data, type=tuple[str, bytes])
        same = code == code_of_views() != ""
        if same or of_any_program:
            with collector_at_rest():
                keeping.load(zlib.decompress(body), views, whatever_fits=not same)
            return True
    except (msgspec.MsgspecError, zlib.error, keeping.Misfit):
        return False
    return False


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """While half a million rows come in, all of them to stay: looking for garbage among them doubles the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@cache
def code_of_views() -> str:
    """A digest of the source text of projections and core; empty where the text is not there.

    So views kept by an older or newer program, whose rows may mean something else, are never taken up.
    """
    rooms = [Path(folder) for room in (core, projections) for folder in room.__path__]
    digest = blake2b(digest_size=DIGEST_SIZE)
    found = False
    try:
        for file in (file for room in rooms for file in sorted(room.rglob("*.py"))):
            found = True
            text = file.read_bytes()
            digest.update(b"%b %d\n%b" % (file.name.encode(), len(text), text))
    except OSError:
        return ""
    return digest.hexdigest() if found else ""


_Kept = TypeVar("_Kept", Checkpoint, KeptViews)


def newest(kept: Iterable[_Kept], at_most: int) -> _Kept | None:
    """The one with the highest seq at or below *at_most*."""
    return max((each for each in kept if each.seq <= at_most), key=lambda each: each.seq, default=None)


def thin(seqs: Iterable[int]) -> list[int]:
    """Which checkpoints an archive may do without.

    The newest stays, and of each power of two of age the oldest: many near, some far.

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
