"""Clients with keys of every kind: what they sign, made by the cryptography library."""

import hmac
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.gateway.world import Served, hear

RSA_KEY = rsa.generate_private_key(65_537, 2_048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()

Sign = Callable[[bytes], str]
"""Bytes → the signature as the venue wants it."""


def public(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """The half that the exchange is given."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """The half that a client keeps."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def by_rsa(message: bytes) -> str:
    return b64encode(RSA_KEY.sign(message, PKCS1v15(), SHA256())).decode()


def by_ed25519(message: bytes) -> str:
    return b64encode(ED_KEY.sign(message)).decode()


def by_secret(secret: str) -> Sign:
    return lambda message: hmac.new(secret.encode(), message, sha256).hexdigest()


class Client:
    """One key and what signs for it."""

    def __init__(self, world: Served, api_key: str, sign: Sign) -> None:
        self.world = world
        self.api_key = api_key
        self.sign = sign

    def query(self, **params: Any) -> str:
        """Signed parameters as a query, percent signs first."""
        sent = {**params, "timestamp": params.get("timestamp", self.world.now())}
        text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in sent.items())
        return f"{text}&signature={quote(self.sign(text.encode()), safe='')}"

    async def ask(self, method: str, path: str, *, status: int = 200, **params: Any) -> Any:
        return await self.send(method, f"{path}?{self.query(**params)}", status=status)

    async def send(self, method: str, target: str, *, status: int = 200, data: Any = None) -> Any:
        """A request signed already."""
        return await self.world.ask(method, target, status=status, headers={"X-MBX-APIKEY": self.api_key}, data=data)

    def signed(self, **params: Any) -> dict[str, Any]:
        """Signed parameters for the WebSocket API."""
        sent = {"apiKey": self.api_key, "timestamp": self.world.now(), **params}
        text = "&".join(f"{name}={as_text(sent[name])}" for name in sorted(sent))
        return {**sent, "signature": self.sign(text.encode())}


def as_text(value: object) -> str:
    """A JSON value as it is signed."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def call(socket: aiohttp.ClientWebSocketResponse, method: str, **params: Any) -> Any:
    """One WebSocket API request and the frame that answers it."""
    await socket.send_str(msgspec.json.encode({"id": method, "method": method, "params": params}).decode())
    return await hear(socket)
