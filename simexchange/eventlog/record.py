"""The record: one step of the exchange as one line of JSON, and the digest that chains it to the line before.

``[seq, at, source, cause, command, [event, …], "digest"]``: commands and events are positional, led by their integer
tag. docs/reference/log-format.md is normative.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.upcasting import UPCASTERS, newer_shape

DIGEST_SIZE: Final = 16
_TAIL: Final = 2 * DIGEST_SIZE + 4
"""Length of ``,"…32 hex…"]`` at the end of every line."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One step: what was asked, by whom, at which instant, and what happened."""

    seq: int
    """1, 2, 3 … without a gap; a fork goes on from its parent's."""
    at: Nanos
    """The instant of everything in the record."""
    source: str
    """``client``, ``feed:NAME``, ``timer``, ``engine``, ``control`` or ``watch``."""
    cause: int
    """The seq of the record that made an engine step necessary, or an alarm go off; else 0."""
    command: Command
    events: list[Event]
    digest: str = ""
    """32 hex digits."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


def encode_body(seq: int, at: int, source: str, cause: int, command: Command, events: Sequence[Event]) -> bytes:
    """The line as far as the digest covers it: ``[seq,…,[events]`` without the closing bracket."""
    return _encode((seq, at, source, cause, command, events))[:-1]


def next_digest(previous: bytes, body: bytes) -> bytes:
    """The digest of a record: BLAKE2b-128 of its body, keyed with the digest of the record before."""
    return blake2b(body, digest_size=DIGEST_SIZE, key=previous).digest()


def split(line: bytes) -> tuple[bytes, bytes] | None:
    """The body and the digest a line carries, or None where it has not the shape of a record."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    if len(tail) != _TAIL or not body.startswith(b"[") or tail[:2] != b',"' or tail[-2:] != b'"]':
        return None
    try:
        digest = bytes.fromhex(tail[2:-2].decode("ascii"))
    except ValueError:
        return None
    # Upper case would be another spelling of the same digest, hence other bytes for the same record.
    return (body, digest) if digest.hex().encode() == tail[2:-2] else None


def decode(line: bytes) -> Record:
    """A stored line as a record, in the shapes of today. Its digest is not checked: see `Chain.check`.

    Raises LogNewer where it has a command, an event or a member of one that this program does not know, LogDamaged
    (``schema``) where it is no record at all.
    """
    try:
        return _decode(UPCASTERS.line(line) if UPCASTERS.active else line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _undecodable(line, error) from None


def must_be_known(line: bytes) -> None:
    """Raises LogNewer where a stored line has more than this program knows of: a reader must not skip that."""
    unknown = newer_shape(line)
    if unknown:
        raise LogNewer(f"record {seq_of(line)} has {unknown}, which this simexchange does not know: update simexchange")


def _undecodable(line: bytes, error: Exception) -> LogDamaged:
    must_be_known(line)
    seq = seq_of(line)
    detail = f"{error} in {_excerpt(line)}"
    return LogDamaged(f"record {seq or '?'} cannot be read: {detail}", seq=seq, kind="schema", detail=detail)


def seq_of(line: bytes) -> int:
    """The seq a line says it has; 0 where it says none."""
    digits = line[1 : line.find(b",")] if line.startswith(b"[") else b""
    return int(digits) if digits.isdigit() and len(digits) < DIGEST_SIZE + 4 else 0


def instant_of(line: bytes) -> int:
    """The instant a line says it has, the rest undecoded. Raises LogDamaged where it says none."""
    parts = line[:64].split(b",", 2)
    digits = parts[1] if len(parts) > 2 else b""
    if not digits.isdigit():
        decode(line)  # says it better
        raise _undecodable(line, ValueError("no instant"))
    return int(digits)


def encode_struct(value: Any) -> bytes:
    """A command or an event as the log spells it."""
    return _encode(value)


def _excerpt(line: bytes) -> str:
    text = line[:80].decode("utf-8", "replace")
    return text if len(line) <= 80 else f"{text}…"


class Chain:
    """The end of a log: its last seq and digest. It makes the next line, or judges it."""

    __slots__ = ("digest", "seq")

    def __init__(self, seq: int, digest: bytes) -> None:
        self.seq = seq
        self.digest = digest

    def add(self, at: int, source: str, cause: int, command: Command, events: Sequence[Event]) -> bytes:
        """The next line; the chain then ends with it."""
        seq = self.seq + 1
        body = _encode((seq, at, source, cause, command, events))[:-1]
        self.digest = digest = blake2b(body, digest_size=DIGEST_SIZE, key=self.digest).digest()
        self.seq = seq
        return b'%b,"%b"]' % (body, digest.hex().encode())

    def check(self, line: bytes) -> None:
        """Judge the next line's shape, digest and seq; the chain then ends with it.

        Raises LogDamaged (``bytes``, ``chain`` or ``seq``) and stays where it is.
        """
        seq = self.seq + 1
        digest = blake2b(line[:-_TAIL], digest_size=DIGEST_SIZE, key=self.digest).digest()
        if line[-_TAIL:] != b',"%b"]' % digest.hex().encode() or not line.startswith(b"[%d," % seq):
            raise self._what_is_wrong(line)
        self.seq = seq
        self.digest = digest

    def _what_is_wrong(self, line: bytes) -> LogDamaged:
        parts = split(line)
        if parts is None:
            return self._damage("bytes", f"this is no record: {_excerpt(line)}")
        if next_digest(self.digest, parts[0]) != parts[1]:
            return self._damage("chain", "its digest does not follow from its bytes and the record before")
        return self._damage("seq", f"it says {seq_of(line)}")

    def _damage(self, kind: str, detail: str) -> LogDamaged:
        seq = self.seq + 1
        return LogDamaged(f"record {seq} is damaged: {detail}", seq=seq, kind=kind, detail=detail)
