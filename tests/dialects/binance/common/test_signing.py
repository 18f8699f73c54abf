"""Signatures, against the samples the venue publishes."""

import hmac
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.binance.common.signing import (
    Verifier,
    rest_message,
    sorted_message,
    without_signature,
)
from simexchange.dialects.contract import Key
from simexchange.dialects.verifying import Sha256Hmac

# The example key pair of "SIGNED Endpoint Examples for POST /api/v3/order" (rest-api.md, 2026-07-21).
KEY = Key(
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
    AccountNo(2),
)
ORDER = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"{ORDER}&signature={SIGNATURE}", ""),
        ("", f"{ORDER}&signature={SIGNATURE}"),
        (f"signature={SIGNATURE}&{ORDER}", ""),
        (ORDER.replace("&price", f"&signature={SIGNATURE}&price"), ""),
        (f"signature={SIGNATURE}", ORDER),
        # Query and body are put together without a separator, so the cut may be anywhere.
        (ORDER[:40], ORDER[40:] + f"&signature={SIGNATURE}"),
    ],
)
def test_the_published_order_is_signed_well_wherever_its_parts_are(query: str, body: str) -> None:
    """Raw query + raw body, minus the signature."""
    assert Verifier().verify(KEY, SIGNATURE, *rest_message(query, body.encode()))


def test_the_published_order_with_another_script_is_signed_well() -> None:
    """Over the bytes as sent: percent signs are not undone."""
    query = ORDER.replace("LTCBTC", "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96")
    signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"

    assert Verifier().verify(KEY, signature, *rest_message(query, b""))


def test_hexadecimal_case_does_not_matter() -> None:
    """The secret's and the message's case do."""
    assert Verifier().verify(KEY, SIGNATURE.upper(), ORDER.encode())


@pytest.mark.parametrize("signature", ["", "0" * 64, SIGNATURE[:-1], SIGNATURE + "0", "ü"])
def test_another_signature_does_not_fit(signature: str) -> None:
    assert not Verifier().verify(KEY, signature, ORDER.encode())


@given(st.binary(max_size=200), st.lists(st.binary(max_size=100), max_size=3))
def test_the_keyed_code_is_the_standard_one(secret: bytes, parts: list[bytes]) -> None:
    """RFC 2104, with the secret hashed first where it is longer than a block."""
    assert Sha256Hmac(secret).hexdigest(*parts) == hmac.new(secret, b"".join(parts), sha256).hexdigest()


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("", ""),
        ("a=1", "a=1"),
        ("signature=f", ""),
        ("a=1&signature=f", "a=1"),
        ("signature=f&a=1", "a=1"),
        ("a=1&signature=f&b=2", "a=1&b=2"),
        ("mysignature=f&a=1", "mysignature=f&a=1"),
        ("mysignature=f&signature=g", "mysignature=f"),
    ],
)
def test_only_the_signature_is_taken_out(text: str, rest: str) -> None:
    assert without_signature(text) == rest


def test_the_published_websocket_order_is_signed_well() -> None:
    """All parameters but the signature, by name ("SIGNED request example (HMAC)", web-socket-api.md, 2026-07-21)."""
    sent = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01000000",
        "price": "52000.00",
        "recvWindow": "100",
        "timestamp": "1645423376532",
        "apiKey": KEY.api_key,
        "signature": "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
    }

    assert Verifier().verify(KEY, sent["signature"], sorted_message(sent))
