"""Settings for ccxt leave it no way out of the machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from simexchange import ccxt_config
from simexchange.errors import ConfigError
from simexchange.settings.ccxt import VENUES

URL = "http://127.0.0.1:8420"


def addresses(table: Any) -> Iterator[str]:
    """Every address in a table of tables."""
    if isinstance(table, dict):
        for value in table.values():
            yield from addresses(value)
    else:
        yield table


def test_every_address_is_here() -> None:
    config = ccxt_config("binance", URL + "/", "key", "secret")

    found = list(addresses(config["urls"]))
    assert all(address.startswith((f"{URL}/", "ws://127.0.0.1:8420/")) for address in found)
    assert (config["apiKey"], config["secret"]) == ("key", "secret")


def test_an_exchange_behind_tls_is_spoken_to_by_tls() -> None:
    config = ccxt_config("binance", "https://sim.example")

    assert config["urls"]["api"]["ws"]["linear"] == "wss://sim.example/um/ws"


def test_every_address_of_the_second_venue_is_here() -> None:
    """Sockets for orders too, which its class has at a host that no setting but this one reaches."""
    config = ccxt_config("bybit", URL, "key", "secret")

    found = list(addresses(config["urls"]))
    assert all(address.startswith((f"{URL}/bybit", "ws://127.0.0.1:8420/bybit/")) for address in found)
    assert config["urls"]["api"]["ws"]["private"]["trade"] == "ws://127.0.0.1:8420/bybit/v5/trade"
    assert ccxt_config("bybit", f"{URL}/bybit", "key", "secret")["urls"] == config["urls"]


def test_the_streams_of_the_second_venue_are_told_apart_by_their_addresses() -> None:
    """Its class looks for ``spot`` and for ``v5/private`` in the address of a socket."""
    streams = ccxt_config("bybit", URL)["urls"]["api"]["ws"]

    assert "spot" in streams["public"]["spot"]
    others = [*streams["public"].items(), ("contract", streams["private"]["contract"])]
    assert not [address for name, address in others if name != "spot" and "spot" in address]
    assert streams["private"]["contract"].endswith("v5/private")


def test_a_venue_that_is_not_served_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="kraken"):
        ccxt_config("kraken", URL)


@pytest.mark.clients
@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", ["sync", "pro"])
def test_no_address_that_ccxt_knows_leads_elsewhere(venue: str, kind: str) -> None:
    """Neither at once nor in its sandbox or demo mode."""
    ccxt = pytest.importorskip("ccxt.pro" if kind == "pro" else "ccxt")
    urls = getattr(ccxt, venue)(ccxt_config(venue, URL)).urls

    tables = [name for name in ("api", "test", "demo", "demotrading") if name in urls]
    assert len(tables) > 2
    strayed = [address for table in tables for address in addresses(urls[table]) if URL[7:] not in address]
    assert strayed == []


@pytest.mark.clients
def test_what_the_second_venues_class_puts_into_addresses_is_no_name_of_the_venues() -> None:
    """An address that a later version has, and the settings do not, leads nowhere."""
    ccxt = pytest.importorskip("ccxt")

    assert ccxt.bybit(ccxt_config("bybit", URL)).implode_hostname("https://api.{hostname}") == (
        "https://api.127.0.0.1:8420"
    )
