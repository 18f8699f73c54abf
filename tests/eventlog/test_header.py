"""What a log says of itself."""

import pytest

from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
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


def test_a_fork_goes_on_from_its_parents_digest() -> None:
    """So a fork that changes nothing has its parent's digests."""
    fork = Header(7, Nanos(5), parent=Parent("run", 9, "ab" * 16))

    assert fork.genesis == bytes.fromhex("ab" * 16)
    assert fork.first_seq == 10


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
