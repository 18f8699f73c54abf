"""The constructor dict that makes ccxt talk to a served exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from simexchange.errors import ConfigError
from simexchange.settings.places import EXACT, spelt, under_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

BYBIT: Final = "bybit"
HOMES: Final = {"binance": "binance", "binanceusdm": "binance", "binancecoinm": "binance", BYBIT: BYBIT}
"""The classes of ccxt there are settings for → the venue that answers for each."""
VENUES: Final = tuple(HOMES)

_REST: Final = {
    "public": "/api/v3",
    "private": "/api/v3",
    "v1": "/api/v1",
    "sapi": "/sapi/v1",
    "sapiV2": "/sapi/v2",
    "sapiV3": "/sapi/v3",
    "sapiV4": "/sapi/v4",
    "fapiPublic": "/fapi/v1",
    "fapiPublicV2": "/fapi/v2",
    "fapiPublicV3": "/fapi/v3",
    "fapiPrivate": "/fapi/v1",
    "fapiPrivateV2": "/fapi/v2",
    "fapiPrivateV3": "/fapi/v3",
    "fapiData": "/futures/data",
    "dapiPublic": "/dapi/v1",
    "dapiPrivate": "/dapi/v1",
    "dapiPrivateV2": "/dapi/v2",
    "dapiData": "/futures/data",
    "eapiPublic": "/eapi/v1",
    "eapiPrivate": "/eapi/v1",
    "papi": "/papi/v1",
    "papiV2": "/papi/v2",
}
"""Every REST address ccxt has for the venue, by its name there: none may point outside."""

_BEGINNINGS: Final = {"fapi": "demo-fapi", "dapi": "demo-dapi", "eapi": "", "papi": ""}
"""How an address begins that ccxt takes for one of contracts; options and portfolio margin have no such name."""

# ccxt tells spot from contracts by "/stream" in the address, and renamed the keys between 4.5.84 and 4.5.90
# (future → linear, delivery → inverse), so both spellings are set. Seen in its source, 2026-11. Options and stocks are
# not served: their addresses are refused here instead of reaching the venue.
_STREAMS: Final = {
    "spot": "/spot/stream/ws",
    "margin": "/spot/stream/ws",
    "linear": "/um/ws",
    "future": "/um/ws",
    "inverse": "/cm/ws",
    "delivery": "/cm/ws",
    "papi": "/um/ws",
    "option": "/eoptions/ws",
    "optionMarket": "/eoptions/ws",
    "optionPrivate": "/eoptions/ws",
    "stock": "/equity/ws",
}
_WS_API: Final = {
    "spot": "/ws-api/v3",
    "linear": "/ws-fapi/v1",
    "future": "/ws-fapi/v1",
    "inverse": "/ws-dapi/v1",
    "delivery": "/ws-dapi/v1",
}

_BYBIT_REST: Final = ("spot", "futures", "v2", "public", "private")
"""Every REST address of Bybit's class, by its name there. The calls bring ``v5/…`` along."""
_BYBIT_STREAMS: Final = {name: f"/v5/public/{name}" for name in ("spot", "linear", "inverse", "option")}
# Older kinds of accounts have addresses of their own; there are none of those here, and so none of theirs. Seen in the
# source of 4.5.90, 2026-11; the one for orders names the venue's host outright, whatever ``hostname`` says.
_BYBIT_PRIVATE: Final = {
    "spot": {"unified": "/v5/private", "nonUnified": "/spot/private/v3"},
    "contract": "/v5/private",
    "usdc": "/trade/option/usdc/private/v1",
    "trade": "/v5/trade",
}


def ccxt_config(
    venue: str,
    url: str,
    api_key: str = "",
    secret: str = "",
    ws_url: str = "",
    ca_file: str = "",
    *,
    exact: bool = True,
) -> dict[str, Any]:
    """Options for ``ccxt.binance(...)`` and its siblings, or ``ccxt.bybit(...)``; sync, async and pro.

    *venue* is the name of the ccxt class; *url* is ``http://host:port`` as the ready file says it, and *ws_url* the
    same with ``ws``, made from it where it is not given. Where *url* is ``https``, *ca_file* is what to trust, and the
    addresses begin so that ccxt raises the very exceptions it raises at the venue (JavaScript cannot have them so:
    ``exact=False``). Raises ConfigError for a venue that is not served.

    >>> ccxt_config("binance", "http://127.0.0.1:8420")["urls"]["api"]["public"]
    'http://127.0.0.1:8420/api/v3'
    """
    if venue not in VENUES:
        msg = f"no settings for {venue!r}: there are {', '.join(VENUES)}"
        raise ConfigError(msg)
    base = url.rstrip("/")
    sockets = (ws_url or "ws" + base.removeprefix("http")).rstrip("/")
    if venue == BYBIT:
        config = _bybit(base, sockets)
    else:
        api = _binance_api(base, sockets, exact=exact)
        # The sandbox and the demo of the venue are further tables that ccxt can be switched to: they stay here as well.
        config = {"urls": {"api": api, "test": api, "demo": api}}
    config["enableRateLimit"] = False
    if api_key:
        config |= {"apiKey": api_key, "secret": secret}
    if ca_file and base.startswith(EXACT):
        # Its asynchronous half and its streams read the first; the other half hands the second to requests, as the file
        # to trust, and looks at no variable (seen in its source, 4.5.90).
        config |= {"cafile": ca_file, "validateServerSsl": ca_file}
    return config


def _binance_api(base: str, sockets: str, *, exact: bool) -> dict[str, Any]:
    streams: dict[str, Any] = {name: sockets + path for name, path in _STREAMS.items()}
    streams["ws-api"] = {name: sockets + path for name, path in _WS_API.items()}
    api: dict[str, Any] = {name: spelt(base, _names(name) if exact else "") + path for name, path in _REST.items()}
    api["ws"] = streams
    return api


def _bybit(base: str, sockets: str) -> dict[str, Any]:
    """Bybit's whole tree. Its errors are told apart by their codes alone, however an address begins."""
    rest, streams = (under_prefix(each, BYBIT) for each in (base, sockets))
    api: dict[str, Any] = dict.fromkeys(_BYBIT_REST, rest)
    api["ws"] = {"public": _led(streams, _BYBIT_STREAMS), "private": _led(streams, _BYBIT_PRIVATE)}
    # Should ccxt learn a further address, it ends in what its class puts in for {hostname}: a name that is none.
    hostname = urlsplit(base).netloc.rpartition("@")[2]
    return {"urls": {"api": api, "test": api, "demotrading": api}, "hostname": hostname}


def _led(base: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of paths, or of tables of paths, as addresses."""
    return {name: base + each if isinstance(each, str) else _led(base, each) for name, each in table.items()}


def _names(api: str) -> str:
    """The beginning of a host by which ccxt knows which product an address of its table is of."""
    return next((name for start, name in _BEGINNINGS.items() if api.startswith(start)), "demo-api")
