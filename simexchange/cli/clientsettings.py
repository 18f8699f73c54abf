"""A client's settings, as `simexchange doctor` reads them: where it goes, with which key, by which clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from simexchange.errors import ConfigError
from simexchange.settings.ccxt import BYBIT
from simexchange.settings.places import under_prefix

BINANCE: Final = "binance"
BASES: Final = {"private": "/api/v3", "fapiPrivate": "/fapi/v1", "dapiPrivate": "/dapi/v1"}
"""The addresses of ccxt's that a signed question goes to, by their names there."""
BYBIT_SOCKETS: Final = ("public/spot", "public/linear", "public/inverse", "private", "trade")
SOCKETS: Final = ("spot", "linear", "future", "inverse", "delivery")
"""ccxt's names, old and new, of the sockets that matter."""
WINDOW: Final = 5_000
"""Milliseconds, the venue's own where a client says none."""
VENUE_DOMAINS: Final = (
    "binance.com", "binance.vision", "binancefuture.com", "binance.us", "bybit.com", "bytick.com", "bybit.nl",
    "bybit.com.hk", "byhkbit.com", "bybit-tr.com", "bybit.kz", "bybit.eu", "bybit.ae", "bybit.id", "bybitgeorgia.ge",
)  # fmt: skip


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a client was told."""

    venue: str = BINANCE
    """Whose client it is."""
    rest: dict[str, str]
    """ccxt's name of an address → the address: of the signed calls of each product."""
    sockets: list[str] = []
    api_key: str = ""
    secret: str = ""
    shift: int = 0
    """Milliseconds that it takes off its own clock (ccxt's ``timeDifference``)."""
    window: int = WINDOW
    ca_file: str = ""
    missing: list[str] = []
    """Addresses that the settings leave at the venue's own."""


def plain(url: str, ws_url: str, api_key: str, secret: str, ca_file: str = "", venue: str = BINANCE) -> ClientSettings:
    """The settings of a client of *venue* that is given one address."""
    base = url.rstrip("/")
    if venue == BYBIT:
        sockets = f"{under_prefix(ws_url, BYBIT)}/v5" if ws_url else ""
        return ClientSettings(
            venue=BYBIT,
            rest={"private": under_prefix(base, BYBIT)},
            sockets=[f"{sockets}/{path}" for path in BYBIT_SOCKETS] if ws_url else [],
            api_key=api_key,
            secret=secret,
            ca_file=ca_file,
        )
    return ClientSettings(
        rest={name: base + path for name, path in BASES.items()},
        sockets=[ws_url.rstrip("/") + path for path in ("/spot/ws", "/um/ws", "/ws-api/v3")] if ws_url else [],
        api_key=api_key,
        secret=secret,
        ca_file=ca_file,
    )


def read(path: Path) -> ClientSettings:
    """Settings of ccxt (what its constructor is given, also one of them in a table) or of freqtrade.

    Raises ConfigError, naming the file, where it is neither; the text of the file is not repeated, for its secret.
    """
    try:
        content = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        msg = f"{path} cannot be read as JSON; give ccxt's constructor settings, or freqtrade's config.json"
        raise ConfigError(msg) from None
    settings, venue = _ccxt_settings(content)
    if settings is None:
        msg = f"{path} holds no settings of ccxt or freqtrade: there is neither apiKey nor exchange.key in it"
        raise ConfigError(msg)
    return _of_bybit(settings) if venue == BYBIT else _of_ccxt(settings)


def _ccxt_settings(content: Any) -> tuple[dict[str, Any] | None, str]:
    """What ccxt's constructor gets in the end, and whose class it is of."""
    if not isinstance(content, dict):
        return None, BINANCE
    exchange = content.get("exchange")
    if isinstance(exchange, dict):
        more = exchange.get("ccxt_config")
        # freqtrade puts key and secret in itself.
        keys = {"apiKey": exchange.get("key", ""), "secret": exchange.get("secret", "")}
        venue = BYBIT if exchange.get("name") == BYBIT else BINANCE
        return {**keys, **(more if isinstance(more, dict) else {})}, venue
    if "apiKey" in content or "urls" in content:
        return content, _venue_by(_table(_table(content, "urls"), "api"))
    # A table of several, as ccxt's own test suite keeps them: the first that is one of a venue's.
    for name, each in content.items():
        if isinstance(each, dict) and name.startswith((BINANCE, BYBIT)):
            return each, BYBIT if name == BYBIT else BINANCE
    return None, BINANCE


def _venue_by(api: dict[str, Any]) -> str:
    """Of addresses alone: Bybit's sockets are in tables of their own, by who may listen."""
    return BYBIT if _table(_table(api, "ws"), "public") or "v2" in api else BINANCE


def _of_bybit(settings: dict[str, Any]) -> ClientSettings:
    api = _table(_table(settings, "urls"), "api")
    public, private = (_table(_table(api, "ws"), name) for name in ("public", "private"))
    sockets = {f"public.{name}": public.get(name) for name in ("spot", "linear", "inverse")}
    sockets |= {f"private.{name}": private.get(name) for name in ("contract", "trade")}
    options = _table(settings, "options")
    return ClientSettings(
        venue=BYBIT,
        rest={"private": str(api["private"])} if "private" in api else {},
        sockets=sorted({url for url in sockets.values() if isinstance(url, str)}),
        api_key=str(settings.get("apiKey", "")),
        secret=str(settings.get("secret", "")),
        shift=_whole(options.get("timeDifference"), 0),
        window=_whole(options.get("recvWindow"), WINDOW),
        ca_file=str(settings.get("cafile") or settings.get("validateServerSsl") or "").removeprefix("True"),
        missing=[
            *(["private"] if "private" not in api else []),
            *(f"ws.{name}" for name, url in sockets.items() if not isinstance(url, str)),
        ],
    )


def _of_ccxt(settings: dict[str, Any]) -> ClientSettings:
    api = _table(_table(settings, "urls"), "api")
    options = _table(settings, "options")
    return ClientSettings(
        rest={name: str(api[name]) for name in BASES if name in api},
        sockets=sorted(_sockets(_table(api, "ws"))),
        api_key=str(settings.get("apiKey", "")),
        secret=str(settings.get("secret", "")),
        shift=_whole(options.get("timeDifference"), 0),
        window=_whole(options.get("recvWindow"), 10_000),
        ca_file=str(settings.get("cafile") or settings.get("validateServerSsl") or "").removeprefix("True"),
        missing=[name for name in BASES if name not in api],
    )


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _sockets(table: dict[str, Any]) -> set[str]:
    """The addresses of the products that are served, streams and WebSocket API."""
    tables = (table, _table(table, "ws-api"))
    return {str(each[name]) for each in tables for name in SOCKETS if isinstance(each.get(name), str)}


def _whole(value: object, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else otherwise


def is_venue(url: str) -> bool:
    """Whether an address is a real venue's."""
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in VENUE_DOMAINS)
