"""Verify: is every byte of a log as it was written, and does its money add up?"""

from collections.abc import Callable
from typing import Final

import msgspec

from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.ledger import postings
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.assets import FINE
from simexchange.core.vocabulary.events import Event
from simexchange.errors import LogDamaged
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay

CHECK_EVERY: Final = 500
"""Records between two looks at the whole state; the last record is always followed by one."""


class VerifyError(msgspec.Struct, frozen=True):
    """What is wrong: *kind* is ``header``, ``base``, ``bytes``, ``chain``, ``seq``, ``schema`` or ``ledger``."""

    seq: int
    kind: str
    detail: str


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


def verify(log: EventLog, progress: Callable[[int], None] | None = None) -> Verification:
    """Check bytes, digests, seqs and schema of every committed record of *log*, and the ledger by folding them.

    Damage is a result, not an exception.
    """
    try:
        judge = _Judge(log)
    except LogDamaged as damage:
        error = VerifyError(damage.seq, damage.kind, damage.detail)
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
        error = VerifyError(damage.seq, damage.kind, damage.detail)
    except InvariantBroken as broken:
        error = VerifyError(judge.fold.chain.seq, "ledger", str(broken))
    first = log.header.first_seq
    records = judge.last - first + 1
    return Verification(records, first if records else 0, judge.last, judge.digest.hex(), error is None, error)


class _Judge:
    """Takes the lines in; *last* and *digest* are those of the last sound record."""

    def __init__(self, log: EventLog) -> None:
        self.fold = Replay(log)
        self.last = self.fold.chain.seq
        self.digest = self.fold.chain.digest

    def take(self, line: bytes) -> None:
        """Judge one line; raises LogDamaged or InvariantBroken."""
        fold = self.fold
        fold.chain.check(line)
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


def _must_balance(event: Event, state: ExchangeState) -> None:
    sums: dict[tuple[str, bool], int] = {}
    for owner, _, asset, free, held in postings(event, state):
        # Residues are counted at 10**-16, in purses of their own.
        key = asset, isinstance(owner, str) and owner.startswith(FINE)
        sums[key] = sums.get(key, 0) + free + held
    for (asset, _), total in sums.items():
        if total:
            raise InvariantBroken(f"{type(event).__name__} moves {total} of {asset} out of nothing")
