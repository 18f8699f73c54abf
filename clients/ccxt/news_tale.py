"""What ccxt.pro is told: market streams, orders over sockets, an account's news through a broken connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
from relay import Relay
from settings import settings
from spot_tale import book_of, rising

from clients.exchange import Exchange
from clients.proof import same, shown

NAME = "erin"
WITHIN = 30.0
"""Wall seconds a stream may take to speak; the slowest speak when somebody trades."""
MARKETS = {
    "binance": ("BTC/USDT", "ETH/USDT", 0.01),
    "binanceusdm": ("BTC/USDT:USDT", "ETH/USDT:USDT", 0.02),
    "binancecoinm": ("BTC/USD:BTC", "ETH/USD:ETH", 10),
}
"""Class → two symbols and an amount."""

Row = tuple[str, tuple[Any, ...], Callable[[Any], bool]]


@asynccontextmanager
async def streaming(exchange: Exchange, relay: Relay, venue: str) -> AsyncIterator[Any]:
    """A client whose sockets, and only they, go through *relay*."""
    client = getattr(ccxt.pro, venue)(settings(exchange.url, relay.ws_url, *exchange.keys(NAME)))
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


class NewsTale:
    """Told with one client of ccxt.pro."""

    def __init__(self, client: Any, relay: Relay, called: set[str]) -> None:
        self.client = client
        self.relay = relay
        self.called = called
        self.contracts = client.id != "binance"
        self.symbol, self.other, self.amount = MARKETS[client.id]

    async def __call__(self, name: str, *given: Any, **named: Any) -> Any:
        self.called.add(name)
        return await asyncio.wait_for(getattr(self.client, name)(*given, **named), WITHIN)

    async def run(self) -> None:
        await self.market_streams()
        await self.orders_over_sockets()
        await self.account()

    async def market_streams(self) -> None:
        one, both = self.symbol, [self.symbol, self.other]
        candles = [[self.symbol, "1m"], [self.other, "5m"]]
        rows: list[Row] = [
            ("watchOrderBook", (one,), book_of),
            ("watchOrderBookForSymbols", (both,), book_of),
            ("watchTicker", (one,), lambda a: a["last"] > 0),
            ("watchTickers", (both,), bool),
            ("watchBidsAsks", (both,), bool),
            ("watchTrades", (one,), rising),
            ("watchTradesForSymbols", (both,), rising),
            ("watchOHLCV", (one, "1m"), rising),
            ("watchOHLCVForSymbols", (candles,), bool),
        ]
        if self.contracts:
            rows += [("watchMarkPrice", (one,), lambda a: a["markPrice"] > 0), ("watchMarkPrices", (both,), bool)]
        for name, given, pleases in rows:
            answer = await self(name, *given)
            assert pleases(answer), f"{name}: {answer!r}"
        quiet = [("unWatch" + name.removeprefix("watch"), given) for name, given, _ in rows]
        for name, given in quiet:
            await self(name, *given)
        shown(f"{self.client.id}: {len(rows)} kinds of market streams speak, and fall silent when asked to")

    async def orders_over_sockets(self) -> None:
        ticker = await self.client.fetch_ticker(self.symbol)
        low = float(self.client.price_to_precision(self.symbol, ticker["last"] * 0.97))
        made = await self("createOrderWs", self.symbol, "limit", "buy", self.amount, low)
        found = await self("fetchOrderWs", made["id"], self.symbol)
        same("the order", (found["price"], found["status"]), (low, "open"))
        moved = await self("editOrderWs", made["id"], self.symbol, "limit", "buy", self.amount * 2, low)
        found = await self("fetchOrderWs", moved["id"], self.symbol)
        same("the order in its place", (found["amount"], found["status"]), (self.amount * 2, "open"))
        await self("cancelOrderWs", moved["id"], self.symbol)
        same("its end", (await self("fetchOrderWs", moved["id"], self.symbol))["status"], "canceled")
        short = await self("createLimitOrderWs", self.symbol, "buy", self.amount, low)
        await self("cancelOrderWs", short["id"], self.symbol)
        for side in ("buy", "sell"):
            done = await self("createMarketOrderWs", self.symbol, side, self.amount)
            same("a market order", (await self.client.fetch_order(done["id"], self.symbol))["filled"], self.amount)
        await (self._of_contracts() if self.contracts else self._of_spot(low))
        shown(f"{self.client.id}: orders are placed, replaced, canceled, filled and read over the WebSocket API")

    async def _of_spot(self, low: float) -> None:
        one = self.symbol
        resting = await self("createOrderWs", one, "limit", "buy", self.amount, low)
        same("open", [row["id"] for row in await self("fetchOpenOrdersWs", one)], [resting["id"]])
        await self("cancelAllOrdersWs", one)
        assert resting["id"] in [row["id"] for row in await self("fetchOrdersWs", one)]
        assert rising(await self("fetchMyTradesWs", one))
        assert rising(await self("fetchTradesWs", one))
        assert rising(await self("fetchOHLCVWs", one, "1m", None, 5))

    async def _of_contracts(self) -> None:
        if self.client.id == "binanceusdm":
            assert book_of(await self("fetchOrderBookWs", self.symbol))
            assert (await self("fetchTickerWs", self.symbol))["bid"] > 0
        await self("fetchBalanceWs")
        await self("createOrderWs", self.symbol, "market", "buy", self.amount)
        (held,) = await self("fetchPositionsWs", [self.symbol])
        same("position", held["contracts"], self.amount)
        (again,) = await self("fetchPositionWs", self.symbol)
        same("position", again["contracts"], self.amount)
        await self("createOrderWs", self.symbol, "market", "sell", self.amount, None, {"reduceOnly": True})

    async def account(self) -> None:
        """Orders, trades, balances and positions are told; again after the connection was cut."""
        names = ["watchOrders", "watchMyTrades", "watchBalance", *(["watchPositions"] if self.contracts else [])]
        count = 0
        for attempt, side in enumerate(("buy", "sell")):
            heard: dict[str, list[Any]] = {name: [] for name in names}
            tasks = [asyncio.create_task(self._listen(name, heard[name])) for name in names]
            await self._until_told(side, heard)
            if attempt == 0:
                count = self.relay.count
                self.relay.cut()
                ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), WITHIN)
                same("what was cut", {isinstance(error, ccxt.NetworkError) for error in ended}, {True})
            for task in tasks:
                task.cancel()
        assert self.relay.count > count, "the connection was not made anew"
        shown(f"{self.client.id}: {', '.join(names)}, and the same after the connection was cut from outside")

    async def _until_told(self, side: str, heard: dict[str, list[Any]]) -> None:
        """An order, and all that is heard of it; another one where the first was there before the listeners were."""
        for _ in range(4):
            await asyncio.sleep(1.5)
            made = await self.client.create_order(self.symbol, "market", side, self.amount)
            for _ in range(100):
                await asyncio.sleep(0.05)
                orders = {row["id"] for answer in heard["watchOrders"] for row in answer if row["status"] == "closed"}
                trades = {row["order"] for answer in heard["watchMyTrades"] for row in answer}
                if made["id"] in orders & trades and all(any(answers) for answers in heard.values()):
                    return
        raise AssertionError(f"{self.client.id}: what was traded is not told: {heard}")

    async def _listen(self, name: str, heard: list[Any]) -> None:
        """Keep every answer, until the connection breaks."""
        self.called.add(name)
        given = () if name == "watchBalance" else ([self.symbol],) if name == "watchPositions" else (self.symbol,)
        while True:
            heard.append(await getattr(self.client, name)(*given))


async def news(exchange: Exchange, venues: list[str], called: set[str]) -> None:
    async with Relay(exchange.url) as relay:
        for venue in venues:
            async with streaming(exchange, relay, venue) as client:
                await NewsTale(client, relay, called).run()
