"""Every number ccxt parsed, in every call, is the one the log has: the table stands in `table.py`."""

from decimal import Decimal

import pytest

from tests.clients.comparing import numbers, same, take
from tests.clients.day import Day, live
from tests.clients.desk import KINDS, SYMBOLS
from tests.clients.table import TABLE
from tests.clients.tale import Tale
from tests.clients.truth import Truth

CASES = [
    pytest.param(product, call, id=f"{product}-{call.replace(' ', '-')}")
    for product, rows in TABLE.items()
    for call in dict.fromkeys(row.call for row in rows)
]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day among simulated traders; `test_numbers_on_tapes.py` has another, so that both are lived at once."""
    return live(tmp_path_factory.mktemp("day"), "synthetic")


@pytest.fixture(scope="module")
def truths(day: Day) -> dict[str, Truth]:
    tale = Tale(day.records)
    now, rate = day.now // 1_000_000, Decimal(day.predicted_rate).scaleb(-8)
    return {product: Truth(tale, product, now, rate) for product in TABLE}


@pytest.mark.parametrize("product, call", CASES)
def test_what_a_call_parsed_is_what_the_log_says(product: str, call: str, day: Day, truths: dict[str, Truth]) -> None:
    """Sync, async and pro alike, and every row of the table that speaks of the call."""
    answers = {kind: day.answers[kind, product, call] for kind in KINDS if (kind, product, call) in day.answers}

    wrong = [
        f"{kind}: {row.field} is {found}, {row.event} says {said}"
        for kind, answer in answers.items()
        for row in TABLE[product]
        if row.call == call and row.read is not None
        for found, said in [(take(answer, row.field, SYMBOLS[product]), row.read(truths[product]))]
        if not same(found, said)
    ]

    assert answers
    assert wrong == []


@pytest.mark.parametrize("product", TABLE)
def test_every_number_that_ccxt_parsed_has_a_row(product: str, day: Day) -> None:
    """So a field that nobody thought of cannot be wrong unseen."""
    rows = {(row.call, row.field) for row in TABLE[product]}

    without_row = {
        (call, field)
        for (_, of, call), answer in day.answers.items()
        if of == product
        for field in numbers(answer, SYMBOLS[product])
        if (call, field) not in rows
    }

    assert sorted(without_row) == []


def test_the_day_has_every_kind_of_row(truths: dict[str, Truth]) -> None:
    """A table over nothing would hold, too: there are orders of every fate, both kinds of fills, funding."""
    spot, usdm = truths["spot"], truths["usdm"]

    assert {order.status for order in spot.orders()} == {"open", "closed", "canceled", "expired"}
    assert {fill.maker for fill in spot.fills} == {True, False}
    assert {what for what, _, _ in usdm.income} == {"deposit", "profit", "fee", "funding"}
    assert usdm.position.qty < 0
    assert usdm.orders("open")
    assert len(usdm.rates) == 1
    assert len(spot.all_taken_back) == len(usdm.all_taken_back) == 2
