"""Who may: the four headers of a signed request, whatever stands in them, and both kinds of keys."""

from __future__ import annotations

import pytest

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.contract import Incoming, Key
from tests.dialects.bybit.v5.desk import Answer, Desk
from tests.gateway.signers import ED_KEY, public

FEES = "/v5/account/fee-rate"
HEADERS = ("x-bapi-api-key", "x-bapi-timestamp", "x-bapi-recv-window", "x-bapi-sign")
ODD = ("", "x", "-1", "1.5", "1e3", "9" * 40, "é", "\udce9", "a\udcffb", "١٢٣", "=" * 9, "0" * 5_000)
"""Bytes that are no UTF-8 come from the server as lone surrogates."""


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


def ask(desk: Desk, query: str = "category=linear", **changed: str) -> Answer:
    headers = {**desk.headers(query.encode()), **{name.replace("_", "-"): value for name, value in changed.items()}}
    return desk.request(Incoming("GET", FEES, query, b"", headers))


def test_a_kind_of_key_that_the_venue_has_not_is_no_key(desk: Desk) -> None:
    """An older key file may hold one: Ed25519 is another venue's."""
    other = desk.again()
    other.keys["bob"] = Key("bob", public(ED_KEY), other.bob.no, "ed25519")

    assert ask(other).code == 10003


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("kind", ["hmac", "rsa"])
def test_whatever_stands_in_a_header_is_answered_in_the_venue_s_words(desk: Desk, name: str, kind: str) -> None:
    other = desk.again()
    if kind == "rsa":
        other.takes_rsa(other.bob)
    for odd in ODD:
        answer = ask(other, **{name: odd})

        assert answer.code in (10001, 10002, 10003, 10004, 10007), (odd, answer.body)


@pytest.mark.parametrize("name", HEADERS)
def test_whatever_stands_in_a_header_its_refusal_is_explained(desk: Desk, name: str) -> None:
    for odd in ODD:
        sent = Incoming("GET", FEES, "", b"", {**desk.headers(b""), name: odd})

        desk.dialect.diagnose(sent, errors.BAD_SIGNATURE, desk.keys.get).expected.encode()


def test_bytes_count_as_they_were_sent(desk: Desk) -> None:
    """Percent signs in a query, spaces and line ends in a body, and content that is no word of a call."""
    assert ask(desk, "category=%6Cinear&symbol=BTC%55SDT&x=%D0%BA+%2F").code == 0
    body = b' { "category" : "linear",\r\n "symbol":"BTCUSDT", "note": "\xd0\xba", "settleCoin":"USDT" } '
    assert desk.send("POST", "/v5/order/cancel-all", "", body).code == 0


def test_a_second_ahead_is_too_far_and_a_shorter_window_counts(desk: Desk) -> None:
    def at(ahead: int, window: str) -> int:
        stamp = str(desk.now_ms() + ahead)
        key = desk.keys["bob"]
        signature = desk.signature(key, f"{stamp}{key.api_key}{window}category=linear".encode())
        changed = {"x-bapi-timestamp": stamp, "x-bapi-recv-window": window, "x-bapi-sign": signature}
        return ask(desk, **changed).code

    assert [at(ahead, "5000") for ahead in (999, 1_000, -5_000, -5_001)] == [0, 10002, 0, 10002]
    assert [at(ahead, "20") for ahead in (0, -20, -21)] == [0, 0, 10002]
