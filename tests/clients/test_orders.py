"""What placing and canceling answer, over REST with every kind of client and over the WebSocket API."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.comparing import same, take
from tests.clients.desk import KINDS, SYMBOLS, Desk, desk
from tests.clients.served import Served, serve
from tests.clients.table import CANCELED, FINE, Group, order
from tests.clients.tale import Order, Tale

OPTIONS = ("--feed", "none", *(word for name in ("alice", "bob") for word in ("--account", f"{name}:USDT=90000,BTC=2")))
TOLD: dict[str, Group] = {"spot": order(), "usdm": order(FINE)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("orders"), *OPTIONS) as running:
        yield running


@pytest.fixture(params=SYMBOLS)
def product(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desks(served: Served, product: str) -> Iterator[dict[str, Desk]]:
    """Alice at a desk of every kind; bob quotes, and is gone afterwards."""
    with ExitStack() as stack:
        bob = stack.enter_context(desk(served, "sync", product, "bob"))
        bob("create_limit_sell_order", SYMBOLS[product], 0.02, 60_001.5)
        bob("create_limit_sell_order", SYMBOLS[product], 0.03, 60_002.5)
        yield {kind: stack.enter_context(desk(served, kind, product, "alice")) for kind in KINDS}
        bob("cancel_all_orders", SYMBOLS[product])


def wrong(answer: Any, group: Group, said: Order) -> list[str]:
    """The fields of an answer about one order that are not what the log says of it."""
    found = {name: (take(answer, name, ""), row[1](said)) for name, row in group.items() if row[1] is not None}
    return [
        f"{name} is {here}, {group[name][0]} says {there}"
        for name, (here, there) in found.items()
        if not same(here, there)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_placing_answers_the_order_as_it_was_when_its_record_was_whole(
    kind: str, product: str, served: Served, desks: dict[str, Desk]
) -> None:
    """One that rests, one that takes two levels, one that expires unfilled, and the cancel of the first."""
    call, symbol = desks[kind], SYMBOLS[product]

    made = [
        call("create_limit_buy_order", symbol, 0.01, 59_000, {"clientOrderId": f"{kind}-waits"}),
        call("create_limit_buy_order", symbol, 0.025, 60_002.5),
        call("create_limit_buy_order", symbol, 0.01, 59_000, {"timeInForce": "IOC"}),
    ]
    canceled = call("cancel_order", made[0]["id"], symbol)

    tale = Tale(served.records())
    told = [wrong(answer, TOLD[product], tale.entered[int(answer["id"])]) for answer in made]
    assert told == [[], [], []]
    assert wrong(canceled, CANCELED, tale.orders[int(canceled["id"])]) == []
    assert [answer["status"] for answer in made] == ["open", "closed", "expired"]


def test_the_socket_api_places_and_cancels_alike(product: str, served: Served, desks: dict[str, Desk]) -> None:
    """ccxt.pro signs its requests and sends them over one connection."""
    call, symbol = desks["pro"], SYMBOLS[product]

    waits = call("create_order_ws", symbol, "limit", "buy", 0.01, 59_000)
    takes = call("create_order_ws", symbol, "limit", "buy", 0.025, 60_002.5)
    asked = call("fetch_order_ws", takes["id"], symbol)
    canceled = call("cancel_order_ws", waits["id"], symbol)

    tale = Tale(served.records())
    told = [wrong(answer, TOLD[product], tale.entered[int(answer["id"])]) for answer in (waits, takes, asked)]
    assert told == [[], [], []]
    assert wrong(canceled, CANCELED, tale.orders[int(canceled["id"])]) == []
