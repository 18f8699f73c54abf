"""The examples of Binance's page on self-trade prevention, typed from it.

binance/binance-spot-api-docs, faqs/stp_faq.md, seen 2026-11: scenarios A to H, all on one account but for H.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.units import ONE, Amount
from tests.golden.selftrades import Heard

THREE = [("1.2", "1.2", "NONE"), ("1.3", "1.1", "NONE"), ("8.1", "1", "NONE")]

SCENARIOS: list[tuple[str, list[tuple[str, str, str]], tuple[str, str | None, str], list[tuple[str, ...]]]] = [
    # name, makers (quantity, price, mode), taker; then status, executed and prevented of each, the taker last
    (
        "A: with NONE they trade",
        [("1", "1", "NONE")], ("1", "1", "NONE"),
        [("FILLED", "1", "0"), ("FILLED", "1", "0")],
    ),
    (
        "B: EXPIRE_MAKER ends what stands in the way, and the taker goes into the book",
        THREE, ("3", "1", "EXPIRE_MAKER"),
        [("EXPIRED_IN_MATCH", "0", "1.2"), ("EXPIRED_IN_MATCH", "0", "1.3"), ("EXPIRED_IN_MATCH", "0", "8.1"),
         ("NEW", "0", "0")],
    ),
    (
        "C: EXPIRE_TAKER ends the taker, and what stands stays",
        THREE, ("3", "1", "EXPIRE_TAKER"),
        [("NEW", "0", "0"), ("NEW", "0", "0"), ("NEW", "0", "0"), ("EXPIRED_IN_MATCH", "0", "3")],
    ),
    (
        "D: EXPIRE_BOTH ends both",
        [("1", "1", "NONE")], ("3", "1", "EXPIRE_BOTH"),
        [("EXPIRED_IN_MATCH", "0", "1"), ("EXPIRED_IN_MATCH", "0", "3")],
    ),
    (
        "E: the mode of the taker counts, not the maker's",
        [("1", "1", "EXPIRE_MAKER")], ("1", "1", "EXPIRE_TAKER"),
        [("NEW", "0", "0"), ("EXPIRED_IN_MATCH", "0", "1")],
    ),
    (
        "F: a market order whose only counterparty expired ends for want of liquidity",
        [("1", "1", "NONE")], ("1", None, "EXPIRE_MAKER"),
        [("EXPIRED_IN_MATCH", "0", "1"), ("EXPIRED", "0", "0")],
    ),
    (
        "G: DECREMENT takes the smaller size from both",
        [("6", "2", "DECREMENT")], ("2", "2", "DECREMENT"),
        [("NEW", "0", "2"), ("EXPIRED_IN_MATCH", "0", "2")],
    ),
]  # fmt: skip

MATCHES: dict[str, list[tuple[int, str, str, str]]] = {
    # number, price, what the taker lost, what the maker lost; the page leaves out what is 0
    "A": [],
    "B": [(0, "1.2", "0", "1.2"), (1, "1.1", "0", "1.3"), (2, "1", "0", "8.1")],
    "C": [(0, "1.2", "3", "0")],
    "D": [(0, "1", "3", "1")],
    "E": [(0, "1", "1", "0")],
    "F": [(0, "1", "0", "1")],
    "G": [(0, "2", "2", "2")],
}


def written(row: tuple[str, str | None, str], side: str) -> dict[str, Any]:
    """An order of the page."""
    qty, price, mode = row
    return {"qty": qty, "side": side, "stp": mode} | ({} if price is None else {"price": price})


@pytest.mark.parametrize(("name", "makers", "taker", "ends"), SCENARIOS, ids=[row[0][0] for row in SCENARIOS])
def test_a_scenario_of_the_page_ends_as_it_says(
    name: str,
    makers: list[tuple[str, str, str]],
    taker: tuple[str, str | None, str],
    ends: list[tuple[str, ...]],
) -> None:
    """Statuses, quantities, and the prevented matches as the account may ask for them."""
    world = Heard()
    me = world.taker

    orders = [world.place(me, written(maker, "BUY")) for maker in makers]
    orders.append(world.place(me, written(taker, "SELL")))

    told = [world.told(order) for order in orders]
    assert [(t["status"], t["executed"], t["prevented"]) for t in told] == [
        (state, Decimal(executed), Decimal(prevented)) for state, executed, prevented in ends
    ]
    matches = world.views.preventions.of(me.no, world.market)
    assert [
        (row.prevention, decimal(row.price), decimal(row.taker_qty), decimal(row.maker_qty)) for row in matches
    ] == [(number, *map(Decimal, numbers)) for number, *numbers in MATCHES[name[0]]]
    assert [row.maker_order for row in matches] == orders[: len(matches)]


def decimal(value: int) -> Decimal:
    """Units as a decimal number."""
    return Decimal(value) / ONE


def test_scenario_h_transfer_moves_the_prevented_quantity_between_two_accounts_of_a_group() -> None:
    """0.2 at 0.2 between two accounts with 20,000 of each: the balances of the page, to the last digit."""
    world = Heard()
    for person in (world.maker, world.taker):
        world.run(cmd.SetAccountOption(person.no, AccountOption.TRADE_GROUP, 1))
        world.run(cmd.Deposit(person.no, "spot", "BTC", Amount(19_000 * ONE)))

    maker = world.place(world.maker, {"qty": "0.6", "price": "0.2", "side": "BUY", "stp": "TRANSFER"})
    taker = world.place(world.taker, {"qty": "0.2", "price": "0.2", "side": "SELL", "stp": "TRANSFER"})

    assert [world.told(maker)[key] for key in ("status", "prevented")] == ["NEW", Decimal("0.2")]
    assert [world.told(taker)[key] for key in ("status", "prevented")] == ["EXPIRED_IN_MATCH", Decimal("0.2")]
    balances = [
        (decimal(row.free), decimal(row.held))
        for person in (world.maker, world.taker)
        for row in (world.views.balances.get(person.no, "spot", asset) for asset in ("BTC", "USDT"))
    ]
    assert balances == [
        (Decimal("20000.2"), 0), (Decimal("19999.88"), Decimal("0.08")),
        (Decimal("19999.8"), 0), (Decimal("20000.04"), 0),
    ]  # fmt: skip
    for person in (world.maker, world.taker):
        found = world.views.preventions.of(person.no, world.market, order=maker)
        assert [(row.group, row.mode.name, row.maker_order) for row in found] == [(1, "TRANSFER", maker)]
