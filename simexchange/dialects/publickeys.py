"""Public keys in PEM: which ones venues take, and whether a signature is theirs.

Binance: "We support 2048 and 4096 bit RSA keys"; signatures are base64 and case-sensitive: RSASSA-PKCS1-v1_5 with
SHA-256, or Ed25519 ("API Key Types" and "SIGNED request example", binance/binance-spot-api-docs, 2026-07-21).
"""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from simexchange.dialects.contract import ED25519, RSA, KeyKind

RSA_BITS: Final = (2048, 4096)

PublicKey = RSAPublicKey | Ed25519PublicKey


class UnfitKey(ValueError):
    """A text is no public key the venue would take; says why, and never repeats the text."""


def load(pem: str) -> PublicKey:
    """The key in *pem*. Raises UnfitKey."""
    if "PRIVATE KEY" in pem:
        raise UnfitKey("that is a private key: keep it, and give the public one that belongs to it")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnfitKey("the text is no public key in PEM (-----BEGIN PUBLIC KEY-----)") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise UnfitKey("the key is neither RSA nor Ed25519")
    if key.key_size not in RSA_BITS:
        raise UnfitKey(f"an RSA key has 2048 or 4096 bits, this one {key.key_size}")
    return key


def kind_of(pem: str) -> KeyKind:
    """``rsa`` or ``ed25519``. Raises UnfitKey."""
    return RSA if isinstance(load(pem), RSAPublicKey) else ED25519


def fits(key: PublicKey, signature: str, message: bytes) -> bool:
    """Whether *signature*, base64 without anything else in it, is that of *message*."""
    try:
        code = b64decode(signature, validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(code, message, PKCS1v15(), SHA256())
        else:
            key.verify(code, message)
    except (NotBase64, ValueError, InvalidSignature):
        return False
    return True
