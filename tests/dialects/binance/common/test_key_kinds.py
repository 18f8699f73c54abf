"""RSA and Ed25519 signatures, each made here by the cryptography library from what a client would sign."""

from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.dialects.binance.common.signing import Verifier, rest_message, sorted_message
from simexchange.dialects.contract import ED25519, RSA, Key, KeyKind
from simexchange.dialects.publickeys import UnfitKey, kind_of

RSA_KEY = rsa.generate_private_key(65_537, 2_048)
OTHER_RSA = rsa.generate_private_key(65_537, 2_048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()
OTHER_ED = ed25519.Ed25519PrivateKey.generate()
MESSAGE = b"symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918"

Signs = Callable[[bytes], str]


def pem(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def by_rsa(message: bytes, private: rsa.RSAPrivateKey = RSA_KEY) -> str:
    return b64encode(private.sign(message, PKCS1v15(), SHA256())).decode()


def by_ed25519(message: bytes, private: ed25519.Ed25519PrivateKey = ED_KEY) -> str:
    return b64encode(private.sign(message)).decode()


KINDS = [
    pytest.param(Key("k", pem(RSA_KEY), AccountNo(2), RSA), by_rsa, id="RSA"),
    pytest.param(Key("k", pem(ED_KEY), AccountNo(2), ED25519), by_ed25519, id="Ed25519"),
]


@pytest.mark.parametrize(("key", "signs"), KINDS)
@pytest.mark.parametrize("cut", [0, 20, len(MESSAGE)])
def test_a_signature_over_query_and_body_fits_wherever_they_are_cut(key: Key, signs: Signs, cut: int) -> None:
    query, body = MESSAGE[:cut].decode(), MESSAGE[cut:]

    assert Verifier().verify(key, signs(MESSAGE), *rest_message(query, body))


@pytest.mark.parametrize(("key", "signs"), KINDS)
def test_the_sorted_parameters_of_a_websocket_request_fit(key: Key, signs: Signs) -> None:
    sent = {"timestamp": "1", "apiKey": "k", "quantity": "0.10", "reduceOnly": "true", "signature": "x"}

    assert Verifier().verify(key, signs(b"apiKey=k&quantity=0.10&reduceOnly=true&timestamp=1"), sorted_message(sent))


@pytest.mark.parametrize(("key", "signs"), KINDS)
def test_one_byte_more_is_another_message(key: Key, signs: Signs) -> None:
    assert not Verifier().verify(key, signs(MESSAGE), MESSAGE + b" ")


@pytest.mark.parametrize(("key", "signs"), KINDS)
def test_letter_case_counts_unlike_in_an_hmac(key: Key, signs: Signs) -> None:
    """Base64 tells cases apart."""
    signature = signs(MESSAGE)

    assert not Verifier().verify(key, signature.swapcase(), MESSAGE)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text[:20] + " " + text[20:],
        lambda text: text.rstrip("=") + "?",
        lambda text: text + "\n",
        lambda text: "*" + text[1:],
        lambda _: "",
        lambda _: "ü",
        lambda _: b64encode(b"short").decode(),
        lambda text: b64decode(text).hex(),
    ],
)
@pytest.mark.parametrize(("key", "signs"), KINDS)
def test_malformed_base64_never_fits(key: Key, signs: Signs, spoil: Signs) -> None:
    assert not Verifier().verify(key, spoil(signs(MESSAGE)), MESSAGE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("secret", "kind", "signature"),
    [
        (pem(RSA_KEY), RSA, by_rsa(MESSAGE, OTHER_RSA)),
        (pem(ED_KEY), ED25519, by_ed25519(MESSAGE, OTHER_ED)),
        (pem(RSA_KEY), RSA, by_ed25519(MESSAGE)),
        (pem(ED_KEY), ED25519, by_rsa(MESSAGE)),
    ],
    ids=["another RSA", "another Ed25519", "Ed25519 for RSA", "RSA for Ed25519"],
)
def test_another_key_does_not_fit(secret: str, kind: KeyKind, signature: str) -> None:
    assert not Verifier().verify(Key("k", secret, AccountNo(2), kind), signature, MESSAGE)


def test_rsa_is_pkcs1_v15_with_sha256_and_nothing_else() -> None:
    key, pss = Key("k", pem(RSA_KEY), AccountNo(2), RSA), PSS(MGF1(SHA256()), PSS.MAX_LENGTH)

    assert not Verifier().verify(key, b64encode(RSA_KEY.sign(MESSAGE, pss, SHA256())).decode(), MESSAGE)
    assert not Verifier().verify(key, b64encode(RSA_KEY.sign(MESSAGE, PKCS1v15(), SHA512())).decode(), MESSAGE)


def test_the_published_public_keys_are_of_their_kinds() -> None:
    """ "API Key Types" (binance/binance-spot-api-docs, 2026-07-21): the Ed25519 sample."""
    sample = (
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAgmDRTtj2FA+wzJUIlAL9ly1eovjLBu7uXUFR+jFULmg=\n"
        "-----END PUBLIC KEY-----\n"
    )

    assert kind_of(sample) == ED25519
    assert kind_of(pem(RSA_KEY)) == RSA


SMALL = pem(rsa.generate_private_key(65_537, 1_024))  # noqa: S505 - what must be refused
CURVE = pem(ec.generate_private_key(ec.SECP256R1()))
PRIVATE = ED_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key"),
        (SMALL, "2048 or 4096 bits, this one 1024"),
        (CURVE, "neither RSA nor Ed25519"),
        (PRIVATE, "private key: keep it"),
    ],
    ids=["nothing", "nonsense", "small", "curve", "private"],
)
def test_what_a_venue_would_not_take_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnfitKey, match=why) as refusal:
        kind_of(text)

    assert text.strip() == "" or text.splitlines()[1] not in str(refusal.value)
