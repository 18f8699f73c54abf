"""The session of python-binance against a served exchange: `run` starts both."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import calls
import shortcuts
import streams
from binance import AsyncClient, Client
from left_out import LEFT_OUT
from settings import point_to

from clients.exchange import served
from clients.futures_story import USDM, FuturesStory
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
    """With what this package spells in its own way."""
    found = told_by(client, *tables)
    found["POST multiAssetsMargin"] = lambda multiAssetsMargin: client.futures_change_multi_assets_mode(  # noqa: N803
        multiAssetsMargin=multiAssetsMargin == "true"
    )
    found["DELETE batchOrders"] = lambda orderIdList, **more: client.futures_cancel_orders(  # noqa: N803
        orderidlist=orderIdList, **more
    )
    return found


def main() -> None:
    exchange = served()
    point_to(exchange.url, exchange.ws_url)
    called: set[str] = set()
    for name, ws, rest in (("Client", "carol", "alice"), ("AsyncClient", "erin", "dave")):
        with asyncio.Runner() as runner:
            for over, account in (("REST", rest), ("WebSocket API", ws)):
                print(f"==== {name}, {over}", flush=True)
                keys = exchange.keys(account)
                if name == "Client":
                    client: Any = Watched(Client(*keys), called)
                else:
                    client = Awaited(Watched(runner.run(AsyncClient.create(*keys)), called), runner)
                tables = (calls.SPOT, calls.SPOT_WS) if over != "REST" else (calls.SPOT,)
                spot = told_by(client, *tables)
                if name == "AsyncClient":
                    # It writes the path with two slashes, which is another path.
                    del spot["GET sapi spot/delist-schedule"]
                usdm = (calls.USDM, calls.USDM_WS) if over != "REST" else (calls.USDM,)
                SpotStory(Desk(name, spot), exchange, account).run()
                FuturesStory(Desk(name, futures(client, *usdm)), exchange, account, USDM).run()
                if over == "REST":
                    shortcuts.run(client, iterates=name == "Client")
                client.close_connection()
    streams.run(exchange)
    all_accounted_for(Client, called, LEFT_OUT)


if __name__ == "__main__":
    main()
