"""The session of unicorn-binance-websocket-api against a served exchange: `run` starts both."""

import contextlib
import inspect
import os
import socket
import sys
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import calls
import settings
from unicorn_binance_websocket_api.connection_settings import Exchanges
from unicorn_binance_websocket_api.manager import BinanceWebSocketApiManager

from clients.exchange import Exchange, served
from clients.futures_story import USDM, FuturesStory
from clients.official import snake
from clients.proof import eventually, same, shown
from clients.spot_story import SYMBOL, SpotStory
from clients.stories import Desk, Mover

WITHIN = 20.0
"""Wall seconds for one message."""
FLOATS = {"quantity", "price", "stopPrice", "quoteOrderQty", "icebergQty"}
"""Its compiled methods take no text for these."""
OTHER_WORDS = {"type": "order_type", "newOrderRespType": "new_order_resp_type"}


def told_by(client: Any, table: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """The venue's calls as methods of *client*, as far as it has them."""
    return {call: getattr(client, method) for call, method in table.items() if hasattr(client, method)}


def over_websocket(
    api: Any, table: Mapping[str, str], stream: str, heard: "Buffer", rest: Mapping[str, Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """The venue's calls → what answers them over the WebSocket API, where it takes all that is said; else over REST.

    Answers are taken from the buffer of the stream: where one is waited for (`return_response`), the package begins to
    look for it after it has sent the request, and misses an answer that comes as fast as here.
    """

    def asked(call: str, method: str) -> Callable[..., Any]:
        function = getattr(api, method)
        known = set(inspect.signature(function).parameters)

        def ask(**params: Any) -> Any:
            given = {OTHER_WORDS.get(name, snake(name)): typed(name, value) for name, value in params.items()}
            if not known.issuperset(given) and call in rest:
                return rest[call](**params)
            number = str(uuid.uuid4())
            function(**given, request_id=number, stream_id=stream)
            answer = heard.until(lambda message: message.get("id") == number)
            if "error" in answer:
                raise OSError(str(answer["error"]))
            return answer["result"]

        return ask

    return {call: asked(call, method) for call, method in table.items()}


def typed(name: str, value: Any) -> Any:
    """A parameter as compiled methods want it."""
    if name in FLOATS:
        return float(value)
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Buffer:
    """What a stream said: the manager keeps it under a name."""

    def __init__(self, manager: BinanceWebSocketApiManager, name: str) -> None:
        self._manager = manager
        self._name = name

    def until(self, holds: Callable[[Any], Any]) -> Any:
        """The next message of which *holds* is true."""
        end = time.monotonic() + WITHIN
        while time.monotonic() < end:
            message = self._manager.pop_stream_data_from_stream_buffer(self._name)
            if not message:
                time.sleep(0.02)
            elif holds(message):
                return message
        raise AssertionError(f"{self._name}: not told within {WITHIN:g} s")

    def all_of(self, *names: str) -> None:
        """Wait until each of these streams spoke."""
        missing = set(names)

        def none_missing(message: Any) -> bool:
            missing.discard(message.get("stream", ""))
            return not missing

        try:
            self.until(none_missing)
        except AssertionError:
            raise AssertionError(f"never spoke: {sorted(missing)}") from None


def market_streams(manager: BinanceWebSocketApiManager, product: str, *branches: tuple[list[str], list[str]]) -> None:
    """Each group of channels is a stream of its own: of USDⓈ-M a connection has one branch."""
    count = 0
    for channels, names in branches:
        count += len(names)
        label = f"market {count}"
        manager.create_stream(channels, [SYMBOL.lower()], stream_buffer_name=label)
        Buffer(manager, label).all_of(*names)
    shown(f"{product}: {count} kinds of market streams speak")


def broken(exchange: Exchange) -> None:
    """Break every line to the exchange as a bad network does, below the package: it keeps its connections to itself."""
    port = urllib.parse.urlsplit(exchange.url).port
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 - names are numbers
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as line:
            if line.family == socket.AF_INET and line.getpeername()[1] == port:
                line.shutdown(socket.SHUT_RDWR)


def account_stream(
    exchange: Exchange,
    manager: BinanceWebSocketApiManager,
    product: str,
    path: str,
    *,
    account: str,
    filled: Callable[[Any], bool],
    money_told: str,
) -> None:
    """Orders and money; after the line broke the manager makes the stream anew by itself."""
    key, secret = exchange.keys(account)
    other = Mover(exchange, account)
    stream = manager.create_stream("arr", "!userData", api_key=key, api_secret=secret, stream_buffer_name=product)
    heard = Buffer(manager, product)
    for side in ("BUY", "SELL"):
        eventually("the stream runs", lambda: manager.stream_list[stream]["status"] == "running", within=WITHIN)
        time.sleep(1)  # subscribed to, as well
        other.ask("POST", path, symbol=SYMBOL, side=side, type="MARKET", quantity="0.01")
        missing = {"fill", money_told}

        def both(message: Any, missing: set[str] = missing) -> bool:
            event = message.get("event", message)
            missing.discard("fill" if filled(event) else event.get("e", ""))
            return not missing

        heard.until(both)
        if side == "BUY":
            lines = exchange.control("health")["sockets"]
            broken(exchange)
            eventually(
                "the manager connects again", lambda: manager.stream_list[stream]["reconnects"] > 0, within=WITHIN
            )
            eventually(
                "all lines are there again", lambda n=lines: exchange.control("health")["sockets"] >= n, within=WITHIN
            )
    manager.stop_stream(stream)
    shown(f"{product}: the account's stream tells orders and money, and comes back after a broken connection")


def opened_api(manager: BinanceWebSocketApiManager, keys: tuple[str, str]) -> str:
    """A stream of the WebSocket API that runs."""
    stream = manager.create_stream(
        api=True, api_key=keys[0], api_secret=keys[1], stream_label="api", stream_buffer_name="api"
    )
    eventually("the stream runs", lambda: manager.stream_list[stream]["status"] == "running", within=WITHIN)
    return str(stream)


def spot(exchange: Exchange) -> None:
    ubra = settings.rest(*exchange.keys("alice"))
    manager = settings.sockets(settings.SPOT, ubra)
    rest = told_by(ubra, calls.SPOT)
    stream = opened_api(manager, exchange.keys("alice"))
    found = over_websocket(manager.api.spot, calls.SPOT_WS, stream, Buffer(manager, "api"), rest)
    # Its REST manager insists on a quantity, its WebSocket API on one in coins.
    desk = Desk("unicorn, spot", {**rest, **found}, cannot={"quoteOrderQty"})
    SpotStory(desk, exchange, "alice").run()
    channels = ["trade", "aggTrade", "kline_1m", "ticker", "miniTicker", "bookTicker", "depth", "depth5"]
    market_streams(manager, "spot", (channels, [f"btcusdt@{channel}" for channel in channels]))
    account_stream(
        exchange, manager, "spot", "/api/v3/order", account="carol",
        filled=lambda event: event.get("X") == "FILLED", money_told="outboundAccountPosition",
    )  # fmt: skip
    manager.stop_manager()


def futures(exchange: Exchange) -> None:
    ubra = settings.rest(*exchange.keys("dave"))
    manager = settings.sockets(settings.USDM, ubra)
    rest = told_by(ubra, calls.USDM)
    stream = opened_api(manager, exchange.keys("dave"))
    found = over_websocket(manager.api.futures, calls.USDM_WS, stream, Buffer(manager, "api"), rest)
    # It sends a price of zero beside the word for it.
    desk = Desk("unicorn, USDⓈ-M", {**rest, **found}, cannot={"priceMatch"})
    FuturesStory(desk, exchange, "dave", USDM).run()
    market = ["aggTrade", "kline_1m", "ticker", "miniTicker", "markPrice@1s"]
    public = ["depth", "depth5", "bookTicker"]
    market_streams(
        manager, "USDⓈ-M", *((group, [f"btcusdt@{channel}" for channel in group]) for group in (market, public))
    )
    account_stream(
        exchange, manager, "USDⓈ-M", "/fapi/v1/order", account="erin",
        filled=lambda event: event.get("o", {}).get("X") == "FILLED", money_told="ACCOUNT_UPDATE",
    )  # fmt: skip
    manager.stop_manager()


def main() -> None:
    exchange = served()
    settings.point_to(exchange.url, exchange.ws_url)
    same("an exchange of the package", Exchanges(settings.SPOT), settings.SPOT)
    print("==== spot", flush=True)
    spot(exchange)
    print("==== USDⓈ-M", flush=True)
    futures(exchange)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # its threads wait for their next look at the clock
