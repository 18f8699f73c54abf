"""What is told of a request that was not authorised."""

import hashlib
import hmac
from urllib.parse import quote

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.diagnosis import diagnose
from simexchange.dialects.binance.common.signing import Verifier
from simexchange.dialects.contract import ApiError, Diagnosis, Incoming, Key, Permission

KEY = Key("simkey", "secret", AccountNo(1), permissions=frozenset({Permission.READING}))
QUERY = "symbol=BTCUSDT&timestamp=1700000000000&newClientOrderId=a%20b%3Ac"


def found(
    query: str, body: str = "", signed: str = "", error: ApiError = errors.BAD_SIGNATURE, api_key: str = "simkey"
) -> Diagnosis:
    """The diagnosis of a request whose client signed *signed* with the right secret."""
    signature = hmac.new(b"secret", signed.encode(), hashlib.sha256).hexdigest()
    incoming = Incoming(
        "POST", "/api/v3/order", f"{query}&signature={signature}", body.encode(), {"x-mbx-apikey": api_key}
    )
    keys = {"simkey": KEY}
    return diagnose(Verifier(), incoming, error, keys.get, Permission.SPOT_TRADING)


@pytest.mark.parametrize(
    ("signed", "how"),
    [
        ("symbol=BTCUSDT&timestamp=1700000000000&newClientOrderId=a b:c", "signed as they read"),
        ("newClientOrderId=a%20b%3Ac&symbol=BTCUSDT&timestamp=1700000000000", "sorted by name"),
        (f"?{QUERY}", "question mark"),
        (f"/api/v3/order?{QUERY}", "the path is signed"),
        (f"POST/api/v3/order?{QUERY}", "method and path"),
        (f"{QUERY}&signature=", "an empty signature"),
        (f"{QUERY}&", "a trailing &"),
        ("symbol=BTCUSDT&newClientOrderId=a+b%3Ac", "timestamp is sent, but not signed"),
    ],
)
def test_a_usual_mistake_is_named_with_both_strings(signed: str, how: str) -> None:
    told = found(QUERY, signed=signed)

    assert how in told.how
    assert (told.signed, told.expected) == (signed, QUERY)


@pytest.mark.parametrize(
    ("signed", "how"),
    [
        ("a=1&b=2", "joined by &"),
        ("b=2a=1", "before the query"),
        ("a=1", "only the query"),
        ("b=2", "only the body"),
    ],
)
def test_query_and_body_follow_each_other_without_anything_between(signed: str, how: str) -> None:
    told = found("a=1", "b=2", signed)

    assert how in told.how
    assert told.expected == "a=1b=2"


def test_values_signed_in_percent_signs_but_sent_without_are_named() -> None:
    told = found("symbol=BTCUSDT&x=ä", signed=f"symbol=BTCUSDT&x={quote('ä')}")

    assert "sent without" in told.how


def test_another_secret_signs_nothing_that_is_known() -> None:
    told = found(QUERY, signed="something else altogether")

    assert (told.why, told.signed, told.how) == ("signature", "", "")
    assert told.expected == QUERY


@pytest.mark.parametrize(
    ("error", "api_key", "why"),
    [
        (errors.STALE_TIMESTAMP, "simkey", "time"),
        (errors.EARLY_TIMESTAMP, "simkey", "time"),
        (errors.KEY_MALFORMED, "no key!", "key_malformed"),
        (errors.KEY_REFUSED, "stranger", "key_unknown"),
        (errors.KEY_REFUSED, "simkey", "permission"),
        (errors.mandatory("timestamp"), "simkey", "other"),
        (errors.RECV_WINDOW_TOO_LONG, "simkey", "other"),
        (errors.mandatory("symbol"), "simkey", ""),
    ],
)
def test_what_it_was_refused_for_is_one_word(error: ApiError, api_key: str, why: str) -> None:
    assert found(QUERY, signed=QUERY, error=error, api_key=api_key).why == why


def test_a_key_that_may_do_it_was_used_from_elsewhere() -> None:
    incoming = Incoming("GET", "/api/v3/account", "timestamp=1", b"", {"x-mbx-apikey": "simkey"})
    told = diagnose(Verifier(), incoming, errors.KEY_REFUSED, {"simkey": KEY}.get, Permission.READING)

    assert told.why == "address"


@pytest.mark.parametrize("stamp", ["", "soon", "1" * 30])
def test_a_stamp_that_is_none_is_left_out(stamp: str) -> None:
    incoming = Incoming("GET", "/api/v3/account", f"timestamp={stamp}&recvWindow=9", b"", {})
    told = diagnose(Verifier(), incoming, errors.mandatory("timestamp"), lambda _: None, Permission.READING)

    assert (told.timestamp, told.window) == (None, "9")
