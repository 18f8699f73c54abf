"""What a log says of itself."""

import pytest

from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.header import Header, Parent, decode_header, encode_header, header_of_first_record
from tests.eventlog.world import HEADER, LoggedWorld


def test_a_header_comes_back_as_it_was() -> None:
    """Seed, start, schema, engine, rules and parent; the genesis is computed and stored beside them."""
    header = Header(7, Nanos(5), engine="3", rules="abc", parent=Parent("run", 9, "00" * 16))

    assert decode_header(encode_header(header), "x") == header
    assert b'"genesis":"' in encode_header(header)


def test_the_genesis_depends_on_seed_and_start_only() -> None:
    """Not on the engine's revision nor on names: two runs of one seed are compared by their digests."""
    same = Header(7, Nanos(5)).genesis

    assert Header(7, Nanos(5), engine="9", rules="r").genesis == same
    assert Header(8, Nanos(5)).genesis != same
    assert Header(7, Nanos(6)).genesis != same


def test_a_log_on_a_base_goes_on_from_the_digest_of_its_record() -> None:
    """So a fork that changes nothing has its parent's digests."""
    base = base_of(Checkpoint(9, bytes.fromhex("ab" * 16), b"{}"), root=8)
    header = Header(7, Nanos(5), base=base)

    assert header.genesis == bytes.fromhex("ab" * 16)
    assert header.first_seq == 10
    assert decode_header(encode_header(header), "x") == header


def test_where_a_fork_left_its_parent_does_not_say_where_its_own_records_begin() -> None:
    """It may have taken its parent's first records along."""
    plain = Header(7, Nanos(5))

    fork = Header(7, Nanos(5), parent=Parent("run", 9, "ab" * 16))

    assert (fork.genesis, fork.first_seq) == (plain.genesis, 1)


def test_the_header_of_an_older_log_is_read() -> None:
    """It says nothing of a base: it has none."""
    line = b'{"seed":7,"start":5,"schema":1,"engine":"1","rules":"","parent":null,"genesis":"%b"}'
    genesis = Header(7, Nanos(5), schema=1).genesis.hex().encode()

    assert decode_header(line % genesis, "x") == Header(7, Nanos(5), schema=1, engine="1")


def test_a_newer_schema_is_refused_before_anything_else_is_read() -> None:
    """Whatever else a newer header says, the answer is the remedy."""
    with pytest.raises(LogNewer, match="update simexchange"):
        decode_header(b'{"schema":99,"something":"else"}', "a.sqlite")


@pytest.mark.parametrize("line", [b"{}", b"", b"[1]", b"{", b'{"schema":1}', b'{"schema":"1"}', b"\xff"])
def test_what_is_no_header_is_damage(line: bytes) -> None:
    with pytest.raises(LogDamaged) as found:
        decode_header(line, "a.sqlite")

    assert found.value.kind == "header"


def test_a_changed_seed_or_start_contradicts_the_genesis() -> None:
    """Somebody edited the header: the stored genesis says so."""
    line = encode_header(Header(7, Nanos(5)))

    with pytest.raises(LogDamaged, match="genesis"):
        decode_header(line.replace(b'"seed":7', b'"seed":8'), "a.sqlite")


def test_without_a_header_seed_and_start_are_read_from_the_first_record() -> None:
    """Every log begins with the opening of an exchange."""
    first = next(LoggedWorld().log.read())

    header = header_of_first_record(first, "a.jsonl")

    assert (header.seed, header.start, header.genesis) == (HEADER.seed, HEADER.start, HEADER.genesis)


def test_a_log_that_begins_in_the_middle_is_refused() -> None:
    second = list(LoggedWorld().log.read())[1]

    with pytest.raises(LogDamaged, match="opening"):
        header_of_first_record(second, "a.jsonl")
