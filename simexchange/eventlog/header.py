"""What a log says of itself before its first record."""

from hashlib import blake2b
from typing import Final

import msgspec

from simexchange.core.engine import REVISION
from simexchange.core.vocabulary.commands import OpenExchange
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.bases import Base
from simexchange.eventlog.record import DIGEST_SIZE, decode

SCHEMA: Final = 4
"""The number of the record format. It grows by one whenever a field, an event or a command is added."""

_CHECK_SUM: Final = b',"check_sum":"'
REMEDY: Final = (
    "restore it from a copy (`simexchange verify` says what is wrong, `simexchange repair` makes a new log of what is"
    " sound)"
)


class Parent(msgspec.Struct, frozen=True):
    """Where a fork left its parent: the last record that is the same in both."""

    name: str
    seq: int
    digest: str


class Header(msgspec.Struct, frozen=True):
    """Metadata of a log. Only what `genesis` names enters the digests; there is no path and no creation time."""

    seed: int
    start: Nanos
    schema: int = SCHEMA
    engine: str = str(REVISION)
    """The revision of the engine that decided the records; empty where nobody said."""
    rules: str = ""
    """A digest of the rules the log was begun with, to tell two logs apart at a glance; empty where nobody said."""
    parent: Parent | None = None
    base: Base | None = None
    """What the log begins with; None where it begins with the opening of its exchange."""

    @property
    def genesis(self) -> bytes:
        """The key of the first digest: made of schema, seed and start; on a base, the digest of its record.

        So a fork that changes nothing has its parent's digests, record by record.
        """
        if self.base is not None:
            return bytes.fromhex(self.base.digest)
        text = msgspec.json.encode(["simexchange", self.schema, self.seed, self.start])
        return blake2b(text, digest_size=DIGEST_SIZE).digest()

    @property
    def first_seq(self) -> int:
        """The seq of the first record of this log: 1, or the one after its base."""
        return 1 if self.base is None else self.base.seq + 1


class _Stored(Header, frozen=True, kw_only=True):
    """The header as it stands in a file: with its genesis, so that a changed seed or start is seen at once."""

    genesis_digest: str = msgspec.field(name="genesis")


def encode_header(header: Header) -> bytes:
    """One JSON object on one line, with a check sum as its last member."""
    text = msgspec.json.encode({**msgspec.to_builtins(header), "genesis": header.genesis.hex()})[:-1]
    return b'%b%b%b"}' % (text, _CHECK_SUM, _sum(text))


def decode_header(line: bytes, where: str) -> Header:
    """The header in *line*, found in *where*.

    Raises LogNewer where its schema is above ours, LogDamaged where it is no header or contradicts its genesis.
    """
    try:
        schema = msgspec.json.decode(line, type=_Schema).schema
        if schema > SCHEMA:
            raise too_new(where, schema)
        stored = msgspec.json.decode(line, type=_Stored)
        header = Header(
            stored.seed, stored.start, stored.schema, stored.engine, stored.rules, stored.parent, stored.base
        )
        genesis = header.genesis.hex()
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise _damaged(where, str(error)) from None
    if genesis != stored.genesis_digest:
        raise _damaged(where, "its genesis does not follow from schema, seed, start and base")
    text, told, check_sum = line.rstrip().rpartition(_CHECK_SUM)
    if told and check_sum != b'%b"}' % _sum(text):
        # Older headers have none. What no digest covers, like the rules, would change unseen without it.
        raise _damaged(where, "its check sum does not follow from its bytes")
    return header


def _sum(text: bytes) -> bytes:
    return blake2b(text, digest_size=DIGEST_SIZE).hexdigest().encode()


def header_of_first_record(line: bytes, where: str) -> Header:
    """The header of an export without one: the first record of every log opens the exchange and says seed and start."""
    try:
        record = decode(line)
    except LogDamaged as error:
        raise _damaged(where, f"its first line is neither a header nor a first record: {error.detail}") from None
    if not isinstance(record.command, OpenExchange):
        raise _damaged(where, "it has no header and does not begin with the opening of an exchange")
    return Header(record.command.seed, record.command.start, engine="")


def too_new(where: str, schema: int) -> LogNewer:
    """What to raise for a log of a later *schema* than ours."""
    return LogNewer(f"{where} has log format {schema}, and this simexchange reads up to {SCHEMA}: update simexchange")


class _Schema(msgspec.Struct):
    schema: int


def _damaged(where: str, detail: str) -> LogDamaged:
    return LogDamaged(f"the header of {where} is damaged: {detail}; {REMEDY}", seq=0, kind="header", detail=detail)
