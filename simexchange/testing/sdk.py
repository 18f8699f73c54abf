"""Real, unmodified clients of a served exchange: addresses rewritten, keys set, no rate limit of their own."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from simexchange.errors import ConfigError, MissingExtra
from simexchange.settings.ccxt import BYBIT, VENUES, ccxt_config
from simexchange.settings.pybit import pybit_addresses
from simexchange.testing.wording import VENUES as HOMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.testing.served import ServedExchange

PACKAGES: Final = {"ccxt": "ccxt", "binance": "python-binance", "pybit": "pybit"}
"""What is imported, and what is installed for it."""


def ccxt_client(server: ServedExchange, venue: str = "", *, account: str = "", **options: Any) -> Any:
    """``ccxt.binance`` or a sibling (binanceusdm, binancecoinm), or ``ccxt.bybit``, its markets loaded.

    *options* are ccxt's own. No *venue*: the first that is served; no *account*: the one at home there.

    Raises MissingExtra where ccxt is not installed, ConfigError for a venue that is not served.
    """
    client = _ccxt(server, "ccxt", venue, account, options)
    client.load_markets()
    return client


def ccxt_async_client(server: ServedExchange, venue: str = "", *, account: str = "", **options: Any) -> Any:
    """The same of ``ccxt.pro``: calls are awaited, and there are its ``watch_…`` streams."""
    plain = ccxt_client(server, venue, account=account)
    client = _ccxt(server, "ccxt.pro", venue, account, options)
    client.set_markets(plain.markets, plain.currencies)
    return client


def _ccxt(server: ServedExchange, package: str, venue: str, account: str, options: dict[str, Any]) -> Any:
    venue = venue or server.options.venues[0]
    if venue not in VENUES:
        msg = f"ccxt venue {venue!r} is not served; there are {', '.join(VENUES)}"
        raise ConfigError(msg)
    key, secret = _key(server, HOMES[venue], account)
    module = load(package)
    config = ccxt_config(venue, server.url, key, secret, server.ws_url, server.ca_file)
    return getattr(module, venue)({**config, **options})


def _key(server: ServedExchange, venue: str, account: str) -> Any:
    """The key of *account* (empty: of the one that is at home there) at *venue*. Raises ConfigError."""
    if venue not in server.options.served:
        msg = (
            f"{venue} is not served here: say so, by the marker venue({venue!r}) or the option venues "
            "(of exchange_session: in simx_session_config)"
        )
        raise ConfigError(msg)
    name = account or server.options.account_at(venue)
    credentials = server.credentials(name)
    home = server.account(name).venue
    if home != venue:
        msg = f"account {name!r} is at home at {home}, and its keys open nothing at {venue}: account('NAME@{venue}')"
        raise ConfigError(msg)
    return credentials


def pybit_client(server: ServedExchange, *, account: str = "", **options: Any) -> Any:
    """``HTTP`` of pybit, its address set. *options* are its own. Raises MissingExtra, ConfigError."""
    key, secret = _key(server, BYBIT, account)
    session = load("pybit.unified_trading").HTTP(api_key=key, api_secret=secret, **options)
    session.endpoint = pybit_addresses(server.url, server.ws_url).endpoint
    if server.ca_file:
        session.client.verify = server.ca_file
    return session


def pybit_socket(server: ServedExchange, kind: str, *, account: str = "", **options: Any) -> Any:
    """``WebSocket`` of pybit of one kind (spot, linear, inverse, private), or ``WebSocketTrading``: kind ``trade``.

    It is connected, and logged on where it has to be. Raises MissingExtra, ConfigError.
    """
    key, secret = _key(server, BYBIT, account)
    trading, unified = load("pybit._websocket_trading"), load("pybit.unified_trading")
    where = pybit_addresses(server.url, server.ws_url)
    keys, options = {"api_key": key, "api_secret": secret}, {"testnet": False, **options}
    # It reads the addresses as names of its modules, while a socket is made: they stand there for as long as that.
    with _set(trading, TRADE_WSS=where.trade), _set(unified, PUBLIC_WSS=where.public, PRIVATE_WSS=where.private):
        if kind == "trade":
            return unified.WebSocketTrading(**keys, **options)
        return unified.WebSocket(channel_type=kind, **(keys if kind == "private" else {}), **options)


@contextmanager
def _set(module: Any, **values: str) -> Iterator[None]:
    """Names of a module as *values* say, and then as they were: no other test sees it."""
    before = {name: getattr(module, name) for name in values}
    vars(module).update(values)
    try:
        yield
    finally:
        vars(module).update(before)


def binance_client(server: ServedExchange, *, account: str = "", **options: Any) -> Any:
    """``binance.Client`` of python-binance. *options* are its own. Raises MissingExtra."""
    return _python_binance(server, "Client", account, {"ping": False, **options})


def binance_async_client(server: ServedExchange, *, account: str = "", **options: Any) -> Any:
    """``binance.AsyncClient`` of python-binance: made inside a running loop. Raises MissingExtra."""
    return _python_binance(server, "AsyncClient", account, options)


def binance_socket_manager(server: ServedExchange, client: Any, **options: Any) -> Any:
    """``binance.BinanceSocketManager`` of python-binance over *client*, pointed here. Raises MissingExtra."""
    streams = {"STREAM_URL": "/spot/", "FSTREAM_URL": "/um/", "DSTREAM_URL": "/cm/"}
    found = {name: server.ws_url + path for name, path in streams.items()}
    return _pointed("BinanceSocketManager", found)(client, **options)


def _python_binance(server: ServedExchange, name: str, account: str, options: dict[str, Any]) -> Any:
    key, secret = _key(server, "binance", account)
    return _pointed(name, addresses(server.url, server.ws_url))(key, secret, **options)


def _pointed(name: str, found: dict[str, str]) -> Any:
    """A class of python-binance with other addresses. It keeps them in its classes: a class of ours hides those, and no
    other test sees it.
    """
    module = load("binance")
    original = getattr(module, name, None)
    if original is None:
        msg = f"the package `binance` that is installed has no {name}: it is not python-binance"
        raise MissingExtra(msg)
    return type(name, (original,), found)


def addresses(url: str, ws_url: str) -> dict[str, str]:
    """Attributes of the clients of python-binance 1.0.37, read from its source (seen 2026-11)."""
    return {
        "API_URL": f"{url}/api",
        "MARGIN_API_URL": f"{url}/sapi",
        "FUTURES_URL": f"{url}/fapi",
        "FUTURES_DATA_URL": f"{url}/futures/data",
        "FUTURES_COIN_URL": f"{url}/dapi",
        "FUTURES_COIN_DATA_URL": f"{url}/futures/data",
        "WS_API_URL": f"{ws_url}/ws-api/v3",
        "WS_FUTURES_URL": f"{ws_url}/ws-fapi/v1",
    }


def load(package: str) -> Any:
    """The package of a client. Raises MissingExtra saying how to install it."""
    try:
        return import_module(package)
    except ImportError as error:
        top = package.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != top:
            raise
        msg = f"needs {PACKAGES.get(top, top)}: pip install {PACKAGES.get(top, top)}"
        raise MissingExtra(msg) from None


def close(client: Any) -> None:
    """End a client's sessions, from a test's end, where no loop may be running any more."""
    names = ("close", "close_connection", "exit")
    ending = next((getattr(client, name) for name in names if hasattr(client, name)), None)
    if ending is None:
        # pybit's session is an attribute of its client.
        ending = getattr(getattr(client, "client", None), "close", None)
    if ending is None:
        return
    if not asyncio.iscoroutinefunction(ending):
        ending()
        return
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(ending())
    finally:
        loop.close()
