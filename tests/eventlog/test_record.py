"""The stored line and its digest."""

from hashlib import blake2b

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.commands import Deposit, OpenExchange, PlaceOrder
from simexchange.core.vocabulary.events import ExchangeOpened, FundsDeposited
from simexchange.core.vocabulary.fills import Opened
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import Amount, Cost, Nanos, Price, Quantity
from simexchange.errors import LogDamaged
from simexchange.eventlog.header import Header
from simexchange.eventlog.record import Chain, decode, encode_struct, split

HEADER = Header(seed=7, start=Nanos(1_000))


def chain() -> Chain:
    return Chain(0, HEADER.genesis)


def opening(link: Chain) -> bytes:
    return link.add(1_000, "control", 0, OpenExchange(7, Nanos(1_000)), [ExchangeOpened(7, Nanos(1_000))])


def deposit(link: Chain, amount: int) -> bytes:
    money = Amount(amount)
    done = FundsDeposited(AccountNo(2), "spot", "USDT", money)
    return link.add(2_000, "client", 0, Deposit(AccountNo(2), "spot", "USDT", money), [done])


def check_all(lines: list[bytes]) -> None:
    reader = chain()
    for line in lines:
        reader.check(line)


def test_a_record_is_one_line_of_positional_json_with_its_digest_last() -> None:
    """Commands and events are led by their tag; nothing in the line depends on the machine or the day."""
    line = opening(chain())

    assert line.startswith(b'[1,1000,"control",0,[1,7,1000],[[1,7,1000]],"')
    assert line.endswith(b'"]')
    assert b"\n" not in line


def test_the_digest_covers_the_line_before_it_and_is_keyed_with_the_one_before() -> None:
    """Computed here by hand, as docs/reference/log-format.md says."""
    genesis = blake2b(b'["simexchange",4,7,1000]', digest_size=16).digest()
    first_body = b'[1,1000,"control",0,[1,7,1000],[[1,7,1000]]'
    first = blake2b(first_body, digest_size=16, key=genesis).digest()
    second_body = b'[2,2000,"client",0,[6,2,"spot","USDT",5],[[6,2,"spot","USDT",5]]'
    second = blake2b(second_body, digest_size=16, key=first).digest()
    link = chain()

    lines = [opening(link), deposit(link, 5)]

    assert lines == [
        first_body + f',"{first.hex()}"]'.encode(),
        second_body + f',"{second.hex()}"]'.encode(),
    ]
    assert link.digest == second


def test_a_line_decodes_to_the_record_it_was_made_of() -> None:
    """Numbers above 64 bits too: entry costs are at 10**-16."""
    order = PlaceOrder(
        AccountNo(2), MarketNo(1), Side.SELL, OrderKind.LIMIT, Quantity(5), Price(6_000_010_000_000), TimeInForce.GTC
    )
    cost = Opened(PositionId(1), Quantity(5), Cost(10**30))
    link = chain()

    record = decode(link.add(5, "feed:tape", 3, order, []))

    assert (record.seq, record.at, record.source, record.cause) == (1, 5, "feed:tape", 3)
    assert (record.command, record.events) == (order, [])
    assert encode_struct(cost) == b"[1,5,1000000000000000000000000000000]"


def test_equal_records_have_equal_digests_whatever_came_between() -> None:
    """Two runs can be compared by one value."""
    one, other = chain(), chain()

    for link in (one, other):
        opening(link)
        deposit(link, 5)

    assert one.digest == other.digest


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_every_flipped_bit_is_found(at: int, bit: int) -> None:
    """One bit of the second line changes: the chain refuses it, whichever it is."""
    link = chain()
    opening(link)
    line = bytearray(deposit(link, 123_456_789))
    line[at % len(line)] ^= 1 << bit
    reader = chain()
    reader.check(opening(chain()))

    with pytest.raises(LogDamaged) as found:
        reader.check(bytes(line))

    assert found.value.seq == 2
    assert found.value.kind in {"bytes", "chain"}
    assert reader.seq == 1


def test_every_truncation_of_a_line_is_found() -> None:
    """A line that was cut anywhere is no record."""
    whole = opening(chain())

    for end in range(len(whole)):
        with pytest.raises(LogDamaged):
            chain().check(whole[:end])


def test_a_missing_a_repeated_and_a_swapped_record_break_the_chain() -> None:
    """Each digest is keyed with the one before, so order is part of it."""
    link = chain()
    lines = [opening(link), deposit(link, 1), deposit(link, 2)]

    for order in ([0, 2], [0, 0], [0, 2, 1], [1]):
        with pytest.raises(LogDamaged):
            check_all([lines[i] for i in order])


def test_a_seq_that_does_not_follow_is_refused_even_with_a_good_digest() -> None:
    """Somebody who forges a chain still has to count."""
    forger = Chain(4, HEADER.genesis)

    with pytest.raises(LogDamaged) as found:
        chain().check(opening(forger))

    assert found.value.kind == "seq"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b'[1,1000,"control",0,[1,7,1000],[["99"]],"00000000000000000000000000000000"]',
        b'[1,1000,"control",0,[1,"7",1000],[],"00000000000000000000000000000000"]',
        b'[1,1000,"\xff",0,[1,7,1000],[],"00000000000000000000000000000000"]',
    ],
)
def test_what_is_no_record_is_refused_with_one_sentence(line: bytes) -> None:
    """A wrong tag, a wrong type, broken text: LogDamaged, never a traceback of the decoder."""
    with pytest.raises(LogDamaged, match="cannot be read"):
        decode(line)


def test_upper_case_digits_are_another_spelling_and_refused() -> None:
    """Two spellings of a digest would be two files with one chain."""
    line = opening(chain())

    assert split(line) is not None
    assert split(line[:-34] + line[-34:].upper()) is None or line[-34:].upper() == line[-34:]
