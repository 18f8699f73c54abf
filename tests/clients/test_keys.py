"""ccxt with private keys: its `secret` may be the PEM text of an RSA or Ed25519 key."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import simexchange
from tests.clients.served import Served, serve

OPTIONS = ("--feed", "none", "--account", "alice:spot.USDT=1000,usdm.USDT=1000")
PRIVATE: dict[str, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = {
    "rsa": rsa.generate_private_key(65_537, 2_048),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("keys"), *OPTIONS) as running:
        yield running


def client(served: Served, venue: str, kind: str, **said: Any) -> Any:
    """A ccxt client whose secret is a private key of *kind*, given to the exchange by its public half."""
    import ccxt

    private = PRIVATE[kind]
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = served.control("keys", {"account": "alice", "public_key": public, **said})
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return getattr(ccxt, venue)(simexchange.ccxt_config(venue, served.url, made["api_key"], secret, served.ws_url))


@pytest.mark.parametrize("kind", PRIVATE)
@pytest.mark.parametrize(("venue", "symbol"), [("binance", "BTC/USDT"), ("binanceusdm", "BTC/USDT:USDT")])
def test_ccxt_trades_with_a_private_key(served: Served, kind: str, venue: str, symbol: str) -> None:
    exchange = client(served, venue, kind)
    balance = exchange.fetch_balance()
    placed = exchange.create_order(symbol, "limit", "buy", 0.01, 20_000)
    canceled = exchange.cancel_order(placed["id"], symbol)

    assert balance["USDT"]["total"] == 1000
    assert placed["id"] == canceled["id"]
    assert exchange.fetch_open_orders(symbol) == []


@pytest.mark.parametrize("kind", PRIVATE)
def test_ccxt_with_a_reading_key_reads_and_does_not_trade(served: Served, kind: str) -> None:
    """Once a call has gone well ccxt takes -2015 for a temporary ban, and says so by its class."""
    import ccxt

    exchange = client(served, "binance", kind, permissions=["reading"])
    exchange.fetch_balance()

    with pytest.raises(ccxt.DDoSProtection, match="-2015"):
        exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 20_000)


def test_ccxt_with_the_wrong_private_key_hears_of_its_signature(served: Served) -> None:
    import ccxt

    exchange, other = client(served, "binance", "ed25519"), client(served, "binance", "rsa")
    exchange.secret = other.secret

    with pytest.raises(ccxt.AuthenticationError, match="-1022"):
        exchange.fetch_balance()
