"""Signatures: what is signed, and whether it was.

REST: the raw query string and the raw body, put together without a separator, minus the signature, over the bytes as
sent (every client library was seen to sign so, 2026-11). WebSocket API: all parameters but the signature, sorted by
name, ``name=value`` joined by ``&``, each value as its JSON text spells it. An HMAC is hexadecimal in any case; RSA and
Ed25519 signatures are base64 as it stands.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from simexchange.dialects import verifying
from simexchange.dialects.contract import Key


class Verifier(verifying.Verifier):
    """Checks signatures, also as they were made once."""

    def verify_decoded(self, key: Key, signature: str, *message: bytes) -> bool:
        """The same over the message with its percent signs undone: how some signed before 2026-01-15."""
        return self.verify(key, signature, *(unquote_to_bytes(part) for part in message))


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
