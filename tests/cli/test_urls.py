"""`simexchange urls`."""

import ast
import json
from pathlib import Path

import pytest

from simexchange.settings.clients import CLIENTS
from tests.cli.running import ask, serving

PYTHON = [name for name in CLIENTS if name not in {"freqtrade", "hummingbot", "ccxt-js"}]


@pytest.mark.parametrize("client", list(CLIENTS))
def test_every_client_has_its_spelling_with_address_and_key(client: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    account = {"name": "alice", "api_key": "simalice", "api_secret": "alices-secret"}
    there = {
        "url": "http://127.0.0.1:9999",
        "ws_url": "ws://127.0.0.1:9999",
        "control_token": "t",
        "pid": 1,
        "log": "l",
    }
    ready.write_text(json.dumps({**there, "accounts": [account]}))

    said = ask("urls", client, "--ready-file", ready)

    assert said.code == 0
    assert "simalice" in said.out or client == "unicorn"
    assert "127.0.0.1:9999" in said.out or client == "hummingbot"


@pytest.mark.parametrize("client", PYTHON)
def test_what_is_python_can_be_read_as_python(client: str) -> None:
    ast.parse(ask("urls", client).out)


def test_what_freqtrade_gets_is_a_piece_of_its_config() -> None:
    settings = json.loads(ask("urls", "freqtrade").out)["exchange"]

    assert settings["name"] == "binance"
    assert settings["ccxt_config"]["urls"]["api"]["fapiPrivate"] == "http://127.0.0.1:8420/fapi/v1"


@pytest.mark.parametrize("client", ["ccxt", "ccxt-js", "freqtrade", "pybit"])
def test_clients_of_the_second_venue_are_sent_below_its_prefix(client: str) -> None:
    said = ask("urls", client, "--venue", "bybit")

    assert said.code == 0
    assert '"http://127.0.0.1:8420/bybit"' in said.out
    assert "/bybit/v5/" in said.out
    assert "bybit.com" not in said.out


def test_a_client_of_one_venue_has_no_settings_for_another() -> None:
    said = ask("urls", "python-binance", "--venue", "bybit")

    assert said.code != 0
    assert "python-binance" in said.err
    assert "binance" in ask("urls", "pybit", "--venue", "binanceusdm").err


@pytest.mark.parametrize("command", ["urls", "snippet"])
def test_a_key_is_one_that_opens_something_at_the_venue(command: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    accounts = [
        {"name": "alice", "api_key": "simalice", "api_secret": "a", "venue": "binance"},
        {"name": "bob", "api_key": "simbob", "api_secret": "b", "venue": "bybit"},
    ]
    there = {"url": "http://h:1", "ws_url": "ws://h:1", "control_token": "t", "pid": 1, "log": "l"}
    ready.write_text(json.dumps({**there, "accounts": accounts}))

    assert "simbob" in ask(command, "pybit", "--ready-file", ready).out
    assert "simbob" in ask(command, "ccxt", "--venue", "bybit", "--ready-file", ready).out
    assert "simalice" in ask(command, "ccxt", "--ready-file", ready).out
    refused = ask(command, "pybit", "--ready-file", ready, "--account", "alice")
    assert refused.code == 3
    assert "--account NAME@bybit" in refused.err


def test_a_shell_is_told_the_address_and_the_key_of_the_venue_it_asks_for(tmp_path: Path) -> None:
    """By the names that `run` has for them, and those that clients look for; a port of the venue's own goes first."""
    ready = tmp_path / "ready.json"
    accounts = [
        {"name": "alice", "api_key": "simalice", "api_secret": "a", "venue": "binance"},
        {"name": "bob", "api_key": "simbob", "api_secret": "b", "venue": "bybit"},
    ]
    there = {"url": "http://h:1", "ws_url": "ws://h:1", "control_token": "t", "pid": 1, "log": "l"}
    of_its_own = {"bybit": {"url": "http://h:2", "ws_url": "ws://h:2"}}
    ready.write_text(json.dumps({**there, "accounts": accounts, "venues": of_its_own}))

    by_address = ask("snippet", "env", "--venue", "bybit").out.splitlines()
    by_file = ask("snippet", "env", "--venue", "bybit", "--ready-file", ready).out.splitlines()

    assert "export SIMEXCHANGE_BYBIT_URL=http://127.0.0.1:8420/bybit" in by_address
    assert "export SIMEXCHANGE_BYBIT_WS_URL=ws://127.0.0.1:8420/bybit" in by_address
    assert {"export SIMEXCHANGE_BYBIT_URL=http://h:2", "export SIMEXCHANGE_BYBIT_WS_URL=ws://h:2"} <= set(by_file)
    assert {"export BYBIT_API_KEY=simbob", "export BYBIT_API_SECRET=b"} <= set(by_file)
    assert "export SIMEXCHANGE_API_KEY=simbob" in by_file
    of_contracts = ask("snippet", "env", "--venue", "binanceusdm", "--ready-file", ready).out
    assert "export SIMEXCHANGE_BINANCE_URL=http://h:1\nexport SIMEXCHANGE_BINANCE_WS_URL=ws://h:1\n" in of_contracts
    assert "export BINANCE_API_KEY=simalice" in of_contracts


def test_by_tls_ccxt_is_given_the_beginnings_it_looks_for(tmp_path: Path) -> None:
    """So the classes of its errors are the venue's; a plain address is told to lose some."""
    with serving(tmp_path, "--feed", "none", "--tls", "--account", "alice") as served:
        by_tls = ask("urls", "ccxt", "--ready-file", served.ready_file).out
        by_http = ask("urls", "ccxt", "--ready-file", served.ready_file, "--no-tls").out
        port = served.ready["tls_url"].rpartition(":")[2]

    for product, path in (("demo-api", "/api/v3"), ("demo-fapi", "/fapi/v1"), ("demo-dapi", "/dapi/v1")):
        assert f'"https://{product}@127.0.0.1:{port}{path}"' in by_tls
    assert f'"wss://127.0.0.1:{port}/um/ws"' in by_tls
    assert served.ready["ca_file"] in by_tls
    assert "demo-fapi" not in by_http
    assert by_http.startswith("# Over http")


def test_a_client_nobody_knows_is_refused_with_those_we_do() -> None:
    said = ask("urls", "kraken-sdk")

    assert said.code == 2
    assert "freqtrade" in said.err
