"""Whatever is sent, there is an answer of the venue's own; and what is refused changes nothing."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary.ids import OrderId
from simexchange.dialects.bybit.v5.product import PRODUCTS
from simexchange.dialects.contract import Check, Route
from tests.dialects.bybit.payloads.asking import ASKED, filled
from tests.dialects.bybit.payloads.busyday import BusyDay, busy_day

ROUTES: Final = PRODUCTS[0].routes
ODD: Final = (
    "", " ", "0", "-1", "1.5", "1e9", "99999999999999999999", "9223372036854775807", "0.00000000000000001", "true",
    "null", "abc", "BTCUSDT",
    "\u0663", "\u00e9\U0001f600", "%00", "a" * 5_000, "{}", "[]", "lastid%3D0%26lasttime%3D1",
)  # fmt: skip
NESTED: Final[tuple[Any, ...]] = (None, True, -1, 1.5, [], {}, [[]], [{}], {"a": []}, [None], ["x"], [{"symbol": []}])
USUAL: Final[Mapping[str, str]] = {
    "category": "linear", "symbol": "BTCUSDT", "interval": "1", "intervalTime": "5min", "period": "5min", "limit": "5",
    "indexName": "BTCUSDT", "locale": "en-US", "productType": "contract", "baseCoin": "BTC", "coin": "USDT",
    "accountType": "UNIFIED",
}  # fmt: skip


def standing(day: BusyDay) -> bytes:
    """Everything there is, but for how many orders were tried: a refused order has a number, too."""
    accounts = day.state.accounts
    made = {no: account.orders_made for no, account in accounts.items()}
    for account in accounts.values():
        account.orders_made = OrderId(0)
    try:
        return canonical.dump(day.state)
    finally:
        for no, number in made.items():
            accounts[no].orders_made = number


def names_of(check: Check | None) -> list[str]:
    """The parameters that a call's check knows."""
    return [] if check is None else [param.name for param in inspect.getclosurevars(check).nonlocals["params"]]


def sendings(route: Route, day: BusyDay) -> Iterator[dict[str, Any]]:
    """Good parameters with one of them odd, or gone."""
    call = f"{route.method} {route.path}"
    names = names_of(route.check)
    base = {name: USUAL[name] for name in names if name in USUAL} | dict(filled(ASKED.get(call, {}), day.noted))
    yield {}
    yield base
    for name in dict.fromkeys((*names, *base)):
        yield {other: value for other, value in base.items() if other != name}
        for odd in (*ODD, *(NESTED if route.method == "POST" else ())):
            yield {**base, name: odd}


@pytest.mark.parametrize("route", [pytest.param(route, id=f"{route.method} {route.path}") for route in ROUTES])
def test_odd_parameters_are_answered_in_the_venue_s_words(route: Route) -> None:
    day = busy_day() if route.method == "GET" else busy_day().again()
    seq, before = day.seq, standing(day)

    for sent in sendings(route, day):
        answer = day.get(route.path, **sent) if route.method == "GET" else day.post(route.path, sent)

        assert answer.status == 200, (sent, answer.body)
        assert isinstance(answer.code, int), (sent, answer.body)
        assert answer.text or not answer.code, sent
        if day.seq == seq:
            # Nothing was executed, so nothing can have changed.
            continue
        assert route.method == "POST", sent
        after = standing(day)
        assert not answer.code or after == before, (sent, answer.body)
        seq, before = day.seq, after


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff", b"{}" * 9, b"[" * 100_000])
def test_a_body_that_is_no_object_is_told_so(body: bytes) -> None:
    for route in ROUTES:
        if route.method == "POST":
            answer = busy_day().send("POST", route.path, "", body)
            assert answer.status == 200, route.path
            # Of what the key may not do, that is said first.
            assert answer.code in (10001, 10005), (route.path, answer.body)
