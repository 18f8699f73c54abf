"""Signatures: what is signed, and whether it was.

REST: the raw query string and the raw body, put together without a separator, minus the signature, over the bytes as
sent (every client library was seen to sign so, 2026-11). WebSocket API: all parameters but the signature, sorted by
name, ``name=value`` joined by ``&``, each value as its JSON text spells it. An HMAC is hexadecimal in any case; RSA and
Ed25519 signatures are base64 as it stands.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes

from simexchange.dialects import publickeys
from simexchange.dialects.contract import HMAC, Key

T = TypeVar("T")

_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_KEPT: Final = 4096


class Sha256Hmac:
    """HMAC-SHA256 under one secret, keyed once and copied per message (a third of the time of keying anew)."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        block = (secret if len(secret) <= _BLOCK else sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = sha256(block.translate(_INNER))
        self._outer = sha256(block.translate(_OUTER))

    def hexdigest(self, *parts: bytes) -> str:
        """The code of the parts as one message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        for part in parts:
            inner.update(part)
        outer.update(inner.digest())
        return outer.hexdigest()


class Verifier:
    """Checks signatures, remembering what is costly to make of a secret or a public key."""

    def __init__(self) -> None:
        self._codes: dict[str, Sha256Hmac] = {}
        self._public: dict[str, publickeys.PublicKey] = {}

    def verify(self, key: Key, signature: str, *message: bytes) -> bool:
        """Whether *signature* is that of *message*, in its parts, under *key*."""
        if key.kind == HMAC:
            return self._verify_hmac(key.secret, signature, message)
        public = self._public.get(key.secret)
        if public is None:
            public = _kept(self._public, key.secret, publickeys.load(key.secret))
        return publickeys.fits(public, signature, b"".join(message))

    def verify_decoded(self, key: Key, signature: str, *message: bytes) -> bool:
        """The same over the message with its percent signs undone: how some signed before 2026-01-15."""
        return self.verify(key, signature, *(unquote_to_bytes(part) for part in message))

    def _verify_hmac(self, secret: str, signature: str, message: tuple[bytes, ...]) -> bool:
        code = self._codes.get(secret)
        if code is None:
            code = _kept(self._codes, secret, Sha256Hmac(secret.encode()))
        return hmac.compare_digest(code.hexdigest(*message).encode(), signature.lower().encode())


def _kept(table: dict[str, T], name: str, made: T) -> T:
    """*made*, kept in a table that does not grow without end."""
    if len(table) >= _KEPT:
        table.clear()
    table[name] = made
    return made


def without_signature(text: str) -> str:
    """A urlencoded text without its ``signature`` pair; everything else byte for byte.

    >>> without_signature("symbol=A&signature=ff&timestamp=1")
    'symbol=A&timestamp=1'
    """
    start = text.find("signature=")
    while start > 0 and text[start - 1] != "&":
        start = text.find("signature=", start + 1)
    if start < 0:
        return text
    end = text.find("&", start)
    if end < 0:
        return text[: start - 1] if start else ""
    return text[:start] + text[end + 1 :]


def rest_message(query: str, body: bytes) -> tuple[bytes, bytes]:
    """The bytes a REST client signed, in their two parts."""
    signed = without_signature(query).encode()
    if b"signature=" in body:
        body = without_signature(body.decode("latin-1")).encode("latin-1")
    return signed, body


def sorted_message(texts: Mapping[str, str]) -> bytes:
    """What a WebSocket API client signed: all parameters but the signature, by name."""
    return "&".join(f"{name}={texts[name]}" for name in sorted(texts) if name != "signature").encode()
