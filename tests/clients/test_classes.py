"""An exception of ccxt is the same here as at the venue, for every code it knows, through the address we print."""

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

import pytest

import simexchange
from simexchange.gateway.tls import Authority
from tests.house.sources import ROOT

KNOWN = [
    (name, int(code), exception)
    for line in (ROOT / "fixtures" / "payloads" / "binance" / "ccxt_error_classes.txt").read_text().splitlines()
    if not line.startswith("#")
    for name, code, exception in [line.split()]
]
VENUES = ("binance", "binanceusdm", "binancecoinm")
CALLS = {
    "binance": "privateGetAccount",
    "binanceusdm": "fapiPrivateGetOpenOrders",
    "binancecoinm": "dapiPrivateGetOpenOrders",
}
TEXTS = {-2010: "Account has insufficient balance for requested action."}
"""Where ccxt looks at the text as well, the venue's commonest."""
AT_THE_VENUE = {
    "binance": "https://api.binance.com/api/v3/account",
    "binanceusdm": "https://fapi.binance.com/fapi/v1/openOrders",
    "binancecoinm": "https://dapi.binance.com/dapi/v1/openOrders",
}


def refusal(code: int) -> dict[str, Any]:
    return {"code": code, "msg": TEXTS.get(code, "probe")}


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with the code of the moment."""

    protocol_version = "HTTP/1.1"
    code = 0

    def do_GET(self) -> None:
        body = json.dumps(refusal(type(self).code)).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def url(authority: Authority) -> Iterator[str]:
    with refusing(authority.context([])) as address:
        yield address


def asked(client: Any, call: str, code: int) -> str:
    Refusing.code = code
    client.options["hasAlreadyAuthenticatedSuccessfully"] = False
    try:
        getattr(client, call)()
    except Exception as error:  # noqa: BLE001 - its class is what is asked for
        return type(error).__name__
    return "none"


def test_the_table_is_whole() -> None:
    assert len(KNOWN) == 279
    assert {name for name, _, _ in KNOWN} == set(VENUES)


@pytest.mark.parametrize("venue", VENUES)
def test_the_table_is_what_ccxt_does_at_the_venues_address(venue: str) -> None:
    ccxt = import_module("ccxt")
    client = getattr(ccxt, venue)()
    found = {}
    for code in codes_of(venue):
        body = refusal(code)
        with pytest.raises(ccxt.BaseError) as raised:
            client.handle_errors(400, "Bad Request", AT_THE_VENUE[venue], "GET", {}, json.dumps(body), body, {}, "")
        found[code] = type(raised.value).__name__

    assert found == codes_of(venue)


def codes_of(venue: str) -> dict[int, str]:
    """Code → exception."""
    return {code: exception for name, code, exception in KNOWN if name == venue}


@pytest.mark.parametrize("venue", VENUES)
def test_a_blocking_client_raises_the_venues_classes(venue: str, url: str, authority: Authority) -> None:
    config = simexchange.ccxt_config(venue, url, "key", "secret", ca_file=str(authority.ca))
    client = getattr(import_module("ccxt"), venue)(config)

    found = {code: asked(client, CALLS[venue], code) for code in codes_of(venue)}
    client.session.close()

    assert found == codes_of(venue)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("module", ["ccxt.async_support", "ccxt.pro"])
def test_an_awaited_client_raises_them_too(venue: str, module: str, url: str, authority: Authority) -> None:
    config = simexchange.ccxt_config(venue, url, "key", "secret", ca_file=str(authority.ca))

    async def ask() -> dict[int, str]:
        client = getattr(import_module(module), venue)(config)
        found = {}
        try:
            for code in codes_of(venue):
                Refusing.code = code
                client.options["hasAlreadyAuthenticatedSuccessfully"] = False
                try:
                    await getattr(client, CALLS[venue])()
                except Exception as error:  # noqa: BLE001 - its class is what is asked for
                    found[code] = type(error).__name__
        finally:
            await client.close()
        return found

    assert asyncio.run(ask()) == codes_of(venue)


@pytest.mark.parametrize("venue", VENUES)
def test_a_plain_address_keeps_only_some_of_them(venue: str) -> None:
    """Why the https address is spelt as it is: with http no address begins as ccxt wants it."""
    ccxt = import_module("ccxt")
    client = getattr(ccxt, venue)(simexchange.ccxt_config(venue, "http://127.0.0.1:8420"))
    name = {"binance": "private", "binanceusdm": "fapiPrivate", "binancecoinm": "dapiPrivate"}[venue]
    address = f"{client.urls['api'][name]}/account"
    differing = 0
    for code, exception in codes_of(venue).items():
        body = refusal(code)
        with pytest.raises(ccxt.BaseError) as raised:
            client.handle_errors(400, "Bad Request", address, "GET", {}, json.dumps(body), body, {}, "")
        differing += type(raised.value).__name__ != exception

    assert differing > 0
