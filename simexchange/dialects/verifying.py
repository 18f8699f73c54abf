"""Checking signatures: HMAC-SHA256 with a shared secret, RSA and Ed25519 with a public key.

What is signed is each venue's own; how a signature is checked is not. An HMAC is hexadecimal in any case; RSA and
Ed25519 signatures are base64 as it stands.
"""

import hmac
from hashlib import sha256
from typing import Final, TypeVar

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
