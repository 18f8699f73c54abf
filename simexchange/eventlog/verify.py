"""Verify: is every byte of a log as it was written, and does its money add up?"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.ledger import postings
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.assets import FINE
from simexchange.core.vocabulary.events import Event
from simexchange.errors import LogDamaged
from simexchange.eventlog.archive import kept_in_sqlite
from simexchange.eventlog.integrity import (
    CUT_FILE,
    Damage,
    Finding,
    against_anchors,
    damaged_base,
    damaged_checkpoint,
    finding,
    is_whole,
    name_damage,
)
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import decode, must_be_known
from simexchange.eventlog.replay import Replay
from simexchange.eventlog.wal import commits_behind_damage

CHECK_EVERY: Final = 500
"""Records between two looks at the whole state; the last record is always followed by one."""

NO_BASE: Final = "without it no record can be folded: restore it from a copy"


class VerifyError(msgspec.Struct, frozen=True):
    """What is wrong."""

    seq: int
    kind: str
    """``header``, ``base``, ``bytes``, ``chain``, ``seq``, ``schema``, ``ledger``, ``checkpoint`` or ``anchor``."""
    detail: str
    name: str = ""
    """What befell the log: a member of `Damage`."""
    damage: str = ""
    """What that is seen by, in words."""
    remedy: str = ""


class Verification(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `verify` found. Where it is not ok, the counts are those of the sound beginning."""

    records: int
    first: int
    """The seq of the first record; 0 where there is none."""
    last: int
    digest: str
    """32 hex digits: that of record *last*, or the genesis where there is no record."""
    ok: bool
    error: VerifyError | None = None


def verify(
    log: EventLog, progress: Callable[[int], None] | None = None, anchors: Mapping[int, str] | None = None
) -> Verification:
    """Check bytes, digests, seqs and schema of every committed record of *log*, and the ledger by folding them.

    Then its checkpoints, the file they are in, and whether it is the log that *anchors*, digests by seq, were written
    down of. Damage is a result, not an exception. Raises LogNewer where a record is of a later program than this one.
    """
    try:
        judge = _Judge(log, anchors or {})
    except LogDamaged as damage:
        found = finding(Damage.EDITED, f"what the log stands on is not what its header names: {damage.detail}")
        error = VerifyError(damage.seq, damage.kind, damage.detail, found.name, found.detail, NO_BASE)
        return Verification(0, 0, log.header.first_seq - 1, log.header.genesis.hex(), ok=False, error=error)
    return _judged(log, judge, progress)


def _judged(log: EventLog, judge: "_Judge", progress: Callable[[int], None] | None) -> Verification:
    error: VerifyError | None = None
    try:
        for line in log.read():
            judge.take(line)
            if progress is not None:
                progress(judge.last)
        check(judge.fold.state)
    except LogDamaged as damage:
        found = name_damage(log, damage, judge.fold)
        error = VerifyError(damage.seq, damage.kind, damage.detail, found.name, found.detail, found.remedy)
    except InvariantBroken as broken:
        found = name_damage(log, broken, judge.fold)
        error = VerifyError(judge.fold.chain.seq, "ledger", str(broken), found.name, found.detail, found.remedy)
    first = log.header.first_seq
    records = judge.last - first + 1
    error = error or judge.beside_the_records()
    return Verification(records, first if records else 0, judge.last, judge.digest.hex(), error is None, error)


class _Judge:
    """Takes the lines in; *last* and *digest* are those of the last sound record."""

    def __init__(self, log: EventLog, anchors: Mapping[int, str]) -> None:
        self.fold = Replay(log)
        self.last = self.fold.chain.seq
        self.digest = self.fold.chain.digest
        self._file = kept_in_sqlite(log)
        """The SQLite file of the log, where it has one: its archives lie beside it."""
        self._base = None if self._file is None or self._file is log else self._file.base()
        """What the file stands on, where records before it are read too."""
        self._anchors = anchors
        self._seen = {self.last: self.digest.hex()} if self.last in anchors else {}
        self._checkpoints = set(self._file.checkpoint_seqs()) if self._file is not None else set()
        self._of_checkpoint: tuple[int, Finding] | None = None

    def take(self, line: bytes) -> None:
        """Judge one line; raises LogDamaged or InvariantBroken."""
        fold = self.fold
        fold.chain.check(line)
        must_be_known(line)
        # The command too must be one we know, though the fold has no use for it.
        record = decode(line)
        if record.at < fold.state.now:
            detail = f"its instant {record.at} is before {fold.state.now}, that of the record before"
            raise LogDamaged(f"record {record.seq}: {detail}", seq=record.seq, kind="schema", detail=detail)
        # Before the fold: an order is looked up while it is still open.
        fold.fold(line, before=_must_balance)
        if record.seq % CHECK_EVERY == 0:
            check(fold.state)
        self.last, self.digest = record.seq, fold.chain.digest
        if record.seq in self._anchors:
            self._seen[record.seq] = self.digest.hex()
        if record.seq in self._checkpoints:
            self._look_at_checkpoint(record.seq)
        if self._base is not None and self._base.seq == record.seq and self._of_checkpoint is None:
            found = damaged_base(self._base, self.digest, fold.state)
            self._of_checkpoint = None if found is None else (record.seq, found)

    def _look_at_checkpoint(self, seq: int) -> None:
        self._checkpoints.discard(seq)
        if self._file is not None and self._of_checkpoint is None:
            found = damaged_checkpoint(self._file, seq, self.digest, self.fold.state)
            self._of_checkpoint = None if found is None else (seq, found)

    def beside_the_records(self) -> VerifyError | None:
        """What is wrong although every record is sound: an end that is missing, a checkpoint, the file, an anchor."""
        for kind, found in (
            ("seq", self._missing_end()),
            ("bytes", self._cut_file()),
            ("checkpoint", self._of_checkpoint),
            ("bytes", self._of_the_file()),
            ("anchor", against_anchors(self._anchors, self._seen, self.last)),
        ):
            if found is not None:
                seq, what = found
                return VerifyError(seq, kind, what.detail, what.name, what.detail, what.remedy)
        return None

    def _missing_end(self) -> tuple[int, Finding] | None:
        beyond = [seq for seq in self._checkpoints if seq > self.last]
        if not beyond:
            return None
        text = f"it ends with record {self.last}, and has a checkpoint of record {max(beyond)}"
        return self.last + 1, finding(Damage.TRUNCATED, text)

    def _cut_file(self) -> tuple[int, Finding] | None:
        whole = self._file is None or is_whole(self._file)
        return None if whole else (self.last + 1, finding(Damage.TRUNCATED, CUT_FILE))

    def _of_the_file(self) -> tuple[int, Finding] | None:
        log = self._file
        if log is None:
            return None
        lost = commits_behind_damage(log.path)
        if lost:
            text = f"its write-ahead log is damaged behind record {self.last}, and {lost} commits there cannot be read"
            return self.last + 1, finding(Damage.EDITED, text)
        fault = log.fault_in_the_file()
        return None if not fault else (self.last + 1, finding(Damage.EDITED, f"SQLite finds a fault in it: {fault}"))


def _must_balance(event: Event, state: ExchangeState) -> None:
    sums: dict[tuple[str, bool], int] = {}
    for owner, _, asset, free, held in postings(event, state):
        # Residues are counted at 10**-16, in purses of their own.
        key = asset, isinstance(owner, str) and owner.startswith(FINE)
        sums[key] = sums.get(key, 0) + free + held
    for (asset, _), total in sums.items():
        if total:
            raise InvariantBroken(f"{type(event).__name__} moves {total} of {asset} out of nothing")
