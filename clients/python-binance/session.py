"""The session of python-binance against a served exchange: `run` starts both."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import calls
import shortcuts
import streams
from binance import AsyncClient, Client
from family import Family
from left_out import LEFT_OUT, OTHER_NAME, SIGNED
from settings import point_to
from stale import none_stale

from clients.exchange import Exchange, served
from clients.futures_story import COINM, USDM, FuturesStory
from clients.proof import Watched, all_accounted_for
from clients.spot_story import SpotStory
from clients.stories import Desk

Calls = dict[str, Callable[..., Any]]


class Awaited:
    """The asynchronous client, called as if it were the other: every call runs to its end."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *given, **named: self._runner.run(self._finish(method, given, named))

    @staticmethod
    async def _finish(method: Any, given: Any, named: Any) -> Any:
        return await method(*given, **named)


def told_by(client: Any, *tables: Mapping[str, str]) -> Calls:
    """The venue's calls as methods of *client*; later tables win."""
    return {call: getattr(client, method) for table in tables for call, method in table.items()
            if hasattr(client, method)}  # fmt: skip


def futures(client: Any, *tables: Mapping[str, str]) -> Calls:
    """USDⓈ-M, with what this package spells in its own way."""
    found = told_by(client, *tables)
    found["POST multiAssetsMargin"] = lambda multiAssetsMargin: client.futures_change_multi_assets_mode(  # noqa: N803
        multiAssetsMargin=multiAssetsMargin == "true"
    )
    cancel = found["DELETE batchOrders"]
    found["DELETE batchOrders"] = lambda orderIdList, **more: cancel(orderidlist=orderIdList, **more)  # noqa: N803
    return found


def stories(name: str, over: str, client: Any, exchange: Exchange, account: str) -> None:
    """The products of a client for one account; over the WebSocket API, as far as that goes."""
    spot_calls, usdm_calls = [calls.SPOT], [calls.USDM]
    if over != "REST":
        spot_calls.append(calls.SPOT_WS)
        usdm_calls.append(calls.USDM_WS)
    spot = told_by(client, *spot_calls)
    if name == "AsyncClient":
        # It writes the path with two slashes, which is another path.
        del spot["GET sapi spot/delist-schedule"]
    SpotStory(Desk(name, spot), exchange, account).run()
    FuturesStory(Desk(name, futures(client, *usdm_calls)), exchange, account, USDM).run()
    if over == "REST":
        FuturesStory(Desk(name, told_by(client, calls.COINM)), exchange, account, COINM).run()
        shortcuts.run(client, iterates=name == "Client")


def main() -> None:
    exchange = served()
    point_to(exchange.url, exchange.ws_url)
    called: set[str] = set()
    for name, over, account in (
        ("Client", "REST", "alice"),
        ("Client", "WebSocket API", "carol"),
        ("AsyncClient", "REST", "dave"),
        ("AsyncClient", "WebSocket API", "erin"),
    ):
        print(f"==== {name}, {over}", flush=True)
        keys = exchange.keys(account)
        with asyncio.Runner() as runner:

            def another(key: str, secret: str, name: str = name, runner: asyncio.Runner = runner) -> Any:
                if name == "Client":
                    return Watched(Client(key, secret), called)
                return Awaited(Watched(runner.run(AsyncClient.create(key, secret)), called), runner)

            client = another(*keys)
            stories(name, over, client, exchange, account)
            if over == "REST":
                Family(client, another, exchange, account).run()
            client.close_connection()
    print("==== streams", flush=True)
    streams.run(exchange)
    all_accounted_for(Client, called, LEFT_OUT)
    none_stale(called, LEFT_OUT, stand={SIGNED, OTHER_NAME})


if __name__ == "__main__":
    main()
    # The threaded manager leaves tasks in a loop that it has closed, and they complain for long.
    sys.stdout.flush()
    os._exit(0)
