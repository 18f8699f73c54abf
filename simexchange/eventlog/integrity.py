"""What befell a log: the name of the damage, what of it is sound, and what to do.

`verify` finds the first record that cannot be trusted; here the records behind it are looked at, which tells a log that
was cut off from one that was edited, and a record at the wrong place from one of another log. Names are given from what
can be seen in the log alone: where two stories leave the same traces, both are told.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from simexchange.core import canonical
from simexchange.core.invariants import InvariantBroken
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import OpenExchange
from simexchange.errors import LogDamaged, LogError
from simexchange.eventlog.archive import kept_in_sqlite
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.header import SCHEMA, Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import DIGEST_SIZE, Record, decode, next_digest, seq_of, split
from simexchange.eventlog.replay import MISFIT, Replay
from simexchange.eventlog.sqlite import SqliteLog


class Damage(StrEnum):
    """What can befall a log."""

    TORN = "torn"
    """The last bytes are no whole record: a write was cut off."""
    TRUNCATED = "truncated"
    """Records that were there are missing: at the end, or in between."""
    REORDERED = "reordered"
    """A record of this log stands at another place than its own, or twice."""
    EDITED = "edited"
    """Bytes are not what was written: by hand, by a program, by a failing disk."""
    FOREIGN = "foreign"
    """A record, a header or a checkpoint of another log."""


class Finding(msgspec.Struct, frozen=True):
    """One damage by its name, with what it is seen by and what to do about it."""

    name: Damage
    detail: str
    remedy: str


_LOOKED_AT: Final = 100_000
"""How many lines behind the damage are looked at to name it."""
CUT_FILE: Final = "the file is shorter than it says it is"
_MEND: Final = "`simexchange repair LOG -o NEW` makes a new log of what is sound and puts the rest aside"
_REMEDIES: Final = {
    Damage.TORN: f"{_MEND}; what is put aside was never acknowledged, unless the disk failed",
    Damage.TRUNCATED: f"restore the missing records from a copy; or {_MEND}",
    Damage.REORDERED: f"restore it from a copy; or {_MEND}",
    Damage.EDITED: f"restore it from a copy, and check the disk where nobody edited it; or {_MEND}",
    Damage.FOREIGN: f"find the file this part belongs to, or restore it from a copy; or {_MEND}",
}


def finding(name: Damage, detail: str) -> Finding:
    """With the remedy that goes with the name."""
    return Finding(name, detail, _REMEDIES[name])


def lines_behind(log: EventLog, seq: int) -> Iterator[bytes]:
    """What stands in *log* behind the sound record *seq*, as it is, judged by nobody."""
    if isinstance(log, SqliteLog):
        yield from log.salvage(seq + 1)
        return
    # An archive that cannot be unpacked ends it.
    with suppress(LogError):
        yield from log.read(seq + 1)


def name_damage(log: EventLog, error: LogDamaged | InvariantBroken, fold: Replay) -> Finding:
    """What befell *log*, of which *fold* has taken in all that is sound; *error* is what the next record met with.

    The state of *fold* is of no use afterwards.
    """
    last, digest = fold.chain.seq, fold.chain.digest
    rest = _Rest(lines_behind(log, last), last + 1, digest)
    if isinstance(error, InvariantBroken) or error.kind in ("ledger", "schema"):
        return finding(Damage.EDITED, "its digests hold and its words do not: it was written anew with other digests")
    kept = kept_in_sqlite(log)
    if kept is not None and not is_whole(kept):
        return finding(Damage.TRUNCATED, CUT_FILE)
    skipped = rest.pass_over_sound()
    if not rest.lines:
        if skipped:
            return finding(Damage.EDITED, f"the records hold, and what keeps them was changed: {error.detail}")
        return _nothing_behind(last, error)
    if last < log.header.first_seq:
        other = _another_header(log.header, rest)
        if other is not None:
            return other
    return _by_first_line(log, rest, fold)


class _Rest:
    """The lines behind the sound beginning, each with what it claims to be: (seq, body, digest), or None for no record.

    *expected* is the seq that should come first, *digest* that of the last sound record.
    """

    def __init__(self, lines: Iterable[bytes], expected: int, digest: bytes) -> None:
        self.lines = list(islice(lines, _LOOKED_AT))
        self.expected = expected
        self.digest = digest
        self.parts = [_claims(line) for line in self.lines]
        self.claimed = {each[0]: each[2] for each in self.parts if each is not None}
        """Seq → the digest a line claims for it."""

    def pass_over_sound(self) -> int:
        """Leave out the lines in front that hold, where only the group they are in does not; how many those were."""
        count = 0
        while count < len(self.parts):
            part = self.parts[count]
            if part is None or part[0] != self.expected or next_digest(self.digest, part[1]) != part[2]:
                break
            self.expected, self.digest = self.expected + 1, part[2]
            count += 1
        del self.lines[:count], self.parts[:count]
        return count

    def belongs(self, place: int) -> bool:
        """Whether the line there follows from the line that has the seq before its own, wherever that stands."""
        part = self.parts[place]
        if part is None:
            return False
        before = self.digest if part[0] == self.expected else self.claimed.get(part[0] - 1)
        return before is not None and next_digest(before, part[1]) == part[2]

    def run_from(self, place: int) -> int:
        """The place of the last line of those that hold together among themselves from *place* on."""
        while place + 1 < len(self.parts):
            this, following = self.parts[place], self.parts[place + 1]
            if this is None or following is None or next_digest(this[2], following[1]) != following[2]:
                break
            place += 1
        return place


def _claims(line: bytes) -> tuple[int, bytes, bytes] | None:
    parts, seq = split(line), seq_of(line)
    return None if parts is None or not seq else (seq, *parts)


def _nothing_behind(last: int, error: LogDamaged) -> Finding:
    if error.kind == "bytes":
        return finding(Damage.EDITED, f"the file itself is damaged: {error.detail}")
    return finding(Damage.TRUNCATED, f"nothing is there behind record {last}, and more was: {error.detail}")


def is_whole(log: SqliteLog) -> bool:
    """Whether the file has as many pages as its header counts (bytes 16 and 28 of an SQLite file)."""
    try:
        with log.path.open("rb") as file:
            head = file.read(32)
            size = file.seek(0, 2)
    except OSError:
        return True
    page = int.from_bytes(head[16:18], "big")
    return int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page) <= size


def _another_header(header: Header, rest: _Rest) -> Finding | None:
    """Where the first record follows from its own seed and start, and the header names others."""
    part = rest.parts[0]
    if part is None or part[0] != 1:
        return None
    try:
        command = decode(rest.lines[0]).command
    except LogError:
        return None
    if not isinstance(command, OpenExchange) or (command.seed, command.start) == (header.seed, header.start):
        return None
    for schema in range(1, SCHEMA + 1):
        own = Header(command.seed, command.start, schema)
        if next_digest(own.genesis, part[1]) == part[2]:
            told = f"seed {header.seed} and start {header.start}, the records are of seed {command.seed}"
            return finding(Damage.FOREIGN, f"the header is of another log: it says {told} and start {command.start}")
    return None


def _by_first_line(log: EventLog, rest: _Rest, fold: Replay) -> Finding:
    expected, part = rest.expected, rest.parts[0]
    if part is None:
        if any(part is not None for part in rest.parts[1:]):
            return finding(Damage.EDITED, f"record {expected} is no record any more, and records behind it are")
        return finding(Damage.TORN, f"the last {sum(map(len, rest.lines))} bytes are no whole record")
    if part[0] == expected:
        return _at_its_own_place(rest, fold)
    return _at_another_place(log, rest, part[0])


def _at_another_place(log: EventLog, rest: _Rest, found: int) -> Finding:
    expected = rest.expected
    if found < expected:
        if _stored(log, found) == rest.lines[0]:
            return finding(Damage.REORDERED, f"record {found} stands a second time where {expected} should")
        return finding(Damage.FOREIGN, f"another record {found} than ours stands where {expected} should")
    if expected in rest.claimed:
        if rest.belongs(0):
            return finding(Damage.REORDERED, f"record {found} stands where {expected} should, and {expected} behind it")
        return finding(Damage.FOREIGN, f"a record {found} that does not belong here stands where {expected} should")
    missing = f"record {expected} is" if found == expected + 1 else f"records {expected} to {found - 1} are"
    return finding(Damage.TRUNCATED, f"{missing} missing; the next that is there is {found}")


def _stored(log: EventLog, seq: int) -> bytes:
    return next(lines_behind(log, seq - 1), b"")


def _at_its_own_place(rest: _Rest, fold: Replay) -> Finding:
    """A record with the right number that does not follow: changed itself, or come from another log."""
    first, end = rest.expected, rest.run_from(0)
    last = first + end
    if end > 0 and end + 1 < len(rest.lines):
        text = f"records {first} to {last} hold together among themselves and belong to another log"
        return finding(Damage.FOREIGN, text)
    strange = _strange(rest, fold)
    if strange:
        which = f"records {first} to {last} are" if end else f"record {first} is"
        return finding(Damage.FOREIGN, f"{which} of another log: {strange}")
    if end:
        text = f"record {first} was changed after it was written (or all from there on is of another log)"
        return finding(Damage.EDITED, text)
    return finding(Damage.EDITED, f"record {first} was changed after it was written, or it is of another log")


def _strange(rest: _Rest, fold: Replay) -> str:
    """Why the first record cannot be of this log at all; empty where it could."""
    try:
        record, following = decode(rest.lines[0]), _decoded(rest.lines[1]) if len(rest.lines) > 1 else None
    except LogError:
        return ""
    if record.at < fold.state.now:
        return "its instant is before the one of the record before"
    if following is not None and rest.claimed.get(record.seq + 1) and following.at < record.at:
        return "its instant is after the one of the record behind"
    due = fold.state.next_due()
    if due is not None and due < record.at and fold.chain.seq == record.seq - 1:
        return "something was due before its instant and did not happen"
    try:
        for event in record.events:
            fold.state.apply(event, record.at)
    except (*MISFIT, InvariantBroken) as error:
        return f"its events do not fit the state ({type(error).__name__} {error})"
    return ""


def _decoded(line: bytes) -> Record | None:
    try:
        return decode(line)
    except LogError:
        return None


def damaged_checkpoint(log: SqliteLog, seq: int, digest: bytes, state: ExchangeState) -> Finding | None:
    """What is wrong with the checkpoint that *log* has at *seq*, where the digest and the state are these.

    One whose check sum fails or whose digest is another is never believed; one with another state would be.
    """
    checkpoint = log.load_checkpoint(seq)
    if checkpoint is None or checkpoint.seq != seq:
        return _of_checkpoint(Damage.EDITED, seq, "its check sum does not hold: it is never believed")
    if checkpoint.digest != digest:
        return _of_checkpoint(Damage.FOREIGN, seq, "it is of another log: it is never believed")
    if canonical.readable(checkpoint.state) and checkpoint.state != canonical.dump(state):
        return _of_checkpoint(Damage.EDITED, seq, "its state is not what the records come to")
    if not log.sound_views(seq, digest):
        return _of_checkpoint(Damage.EDITED, seq, "what is kept of its views does not hold: it is never believed")
    return None


def damaged_base(base: Checkpoint, digest: bytes, state: ExchangeState) -> Finding | None:
    """What is wrong with what a log stands on, where its archives come to this digest and state."""
    if base.digest != digest:
        return finding(Damage.FOREIGN, f"the archives end with another record {base.seq} than the log goes on from")
    if canonical.readable(base.state) and base.state != canonical.dump(state):
        return finding(
            Damage.EDITED, f"what the log stands on after record {base.seq} is not what its archives come to"
        )
    return None


def _of_checkpoint(name: Damage, seq: int, detail: str) -> Finding:
    remedy = "the records are sound; `simexchange repair LOG -o NEW` makes a log of them without it"
    return Finding(name, f"the checkpoint after record {seq}: {detail}", remedy)


def read_anchors(text: str, name: str) -> dict[int, str]:
    """Lines ``seq digest``, as `simexchange anchor` prints them; what follows ``#`` and empty lines say nothing.

    Raises ValueError with what is wrong and in which line.
    """
    found: dict[int, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not words[0].isdecimal() or not _is_digest(words[1]):
            raise ValueError(f"line {number} of {name} is no anchor: it takes a seq and a digest of 32 hex digits")
        seq = int(words[0])
        if found.setdefault(seq, words[1]) != words[1]:
            raise ValueError(f"line {number} of {name} names another digest for record {seq} than a line before")
    if not found:
        raise ValueError(f"{name} has no anchor: `simexchange anchor LOG` prints one")
    return found


def _is_digest(word: str) -> bool:
    return len(word) == 2 * DIGEST_SIZE and set(word) <= set("0123456789abcdef")


def against_anchors(anchors: Mapping[int, str], seen: Mapping[int, str], last: int) -> tuple[int, Finding] | None:
    """The first of *anchors* that a sound log with the digests *seen* and the end *last* contradicts."""
    held = 0
    for seq in sorted(anchors):
        if seq > last:
            return last + 1, finding(Damage.TRUNCATED, f"it ends with record {last}, and record {seq} was there")
        if seq not in seen:
            # Before the beginning of this log: it is for its parent or its archive to say.
            continue
        if seen[seq] != anchors[seq]:
            since = f"between records {held} and {seq}" if held else f"at or before record {seq}"
            text = f"record {seq} has digest {seen[seq]} and had {anchors[seq]}: it was written anew {since}"
            return seq, finding(Damage.EDITED, text if held else f"{text}, or it is another log")
        held = seq
    return None
