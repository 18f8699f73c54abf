"""A short busy day at a served exchange: trading, funding, streams; then the clock stands still and all is asked.

While the clock is paused nothing moves, so every answer of every client must equal the end of the log.
"""

import asyncio
from contextlib import AsyncExitStack
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

from simexchange.core import marks
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import replay
from tests.clients.desk import KINDS, SYMBOLS, VENUES, desk, streaming, unmodified
from tests.clients.served import Served, serve
from tests.clients.tale import Record

OPTIONS: Final = (
    "--seed", "7", "--history", "0s", "--speed", "10x",
    # Funding is due a minute and a half later: nine seconds of a clock at 10x, enough for a busy machine to be in time.
    "--start", "2026-03-02T07:58:30Z",
    "--account", "alice:USDT=100000,BTC=2", "--account", "bob:USDT=100000,BTC=2",
)  # fmt: skip
SETTLES_WITHIN: Final = 20.0
"""Wall seconds within which funding is through and streams have told everything."""

Answers = dict[tuple[str, str, str], Any]
"""(kind of client, product, call) → what ccxt made of the answer."""


class Day:
    """What was asked and answered, and the log of it all."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.records: list[Record] = []
        self.now = 0
        """Where the clock was stopped, in nanoseconds."""
        self.predicted_rate = 0
        """The next funding rate of the perpetual as it stood then, 10**-8: the one figure that no event carries. It is
        computed from the replayed log."""

    def keep(self, kind: str, product: str, call: str, answer: Any) -> Any:
        """Keep a copy: ccxt goes on writing into what it hands out."""
        self.answers[kind, product, call] = deepcopy(_plain(answer))
        return answer


def _plain(answer: Any) -> Any:
    """Without the bookkeeping of ccxt's caches, which cannot be copied."""
    if isinstance(answer, dict):
        return {key: _plain(value) for key, value in answer.items() if key != "info"}
    return [_plain(value) for value in answer] if isinstance(answer, list | tuple) else answer


def live(folder: Path, feed: str) -> Day:
    """One day on *feed*, from the start of the exchange to its end."""
    day = Day()
    with serve(folder, "--feed", feed, *OPTIONS) as served:
        asyncio.run(_trade_and_watch(served, day))
        for kind in KINDS:
            for product in VENUES:
                _ask(served, day, kind, product)
        day.records = served.records()
        day.predicted_rate = _predicted_rate(served.log, day.now)
    return day


def _predicted_rate(path: str, now: int) -> int:
    log = open_log(path)
    try:
        state = replay(log)
    finally:
        log.close()
    return marks.predicted_rate(state.markets[state.market_no["perp:BTC-USDT"]], now)


# Trading


async def _trade_and_watch(served: Served, day: Day) -> None:
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(streaming(served, name, "alice")) for name in VENUES}
        bob = await stack.enter_async_context(streaming(served, "spot", "bob"))
        whole = {name: await stack.enter_async_context(streaming(served, name, "bob")) for name in VENUES}
        marks = await stack.enter_async_context(streaming(served, "usdm", "bob"))
        watches = await _watch(clients, whole, marks)
        partial = [asyncio.create_task(_partial_depth(served, product, day)) for product in VENUES]
        try:
            await _trade_spot(served, clients["spot"], bob, day)
            await _trade_usdm(clients["usdm"], whole["usdm"], day)
            await _funding_of(clients["usdm"])
            day.now = served.control("clock", {"mode": "pause"})["now"]["ns"]
            # Streams that follow the clock speak once more; the slowest of them every three seconds.
            await asyncio.sleep(3.5)
            _keep_streams(clients, whole, marks, day)
            for task in (*watches, *partial):
                if task.done():
                    task.result()
        finally:
            for task in (*watches, *partial):
                task.cancel()
            await asyncio.gather(*watches, *partial, return_exceptions=True)


async def _trade_spot(served: Served, alice: Any, bob: Any, day: Day) -> None:
    """Every way an order can end: filled whole and in part, as maker and taker, canceled, expired."""
    symbol = SYMBOLS["spot"]
    bid, ask = await _best(alice, symbol)
    far = float(alice.price_to_precision(symbol, bid * 0.97))
    made = [
        await alice.create_limit_buy_order(symbol, 0.01, far, {"clientOrderId": "waits-1"}),
        await alice.create_market_buy_order(symbol, 0.02),
        await alice.create_order(symbol, "market", "buy", None, None, {"quoteOrderQty": 100}),
        await alice.create_limit_buy_order(symbol, 0.012, far, {"postOnly": True}),
        await alice.create_limit_buy_order(symbol, 0.01, far, {"timeInForce": "IOC"}),
        # More than stands at the best price, as a rule: the rest expires.
        await alice.create_limit_sell_order(symbol, 1.9, bid, {"timeInForce": "IOC"}),
    ]
    # So that nobody comes between: alice asks a cent less than the best, and bob takes some of it. Where the spread is
    # a cent she queues behind the best.
    served.control("clock", {"mode": "pause"})
    bid, ask = await _best(alice, symbol)
    asked = float(alice.price_to_precision(symbol, max(ask - 0.01, bid + 0.01)))
    made.append(await alice.create_limit_sell_order(symbol, 0.01, asked))
    await bob.create_limit_buy_order(symbol, 0.004, asked, {"timeInForce": "IOC"})
    served.control("clock", {"mode": "run"})
    day.keep("pro", "spot", "create_order", made)
    gone = await alice.create_limit_buy_order(symbol, 0.011, far)
    day.keep("pro", "spot", "cancel_order", await alice.cancel_order(gone["id"], symbol))
    await bob.create_limit_buy_order(symbol, 0.013, far)
    await bob.create_limit_buy_order(symbol, 0.014, far)
    day.keep("pro", "spot", "cancel_all_orders", await bob.cancel_all_orders(symbol))
    await alice.create_market_sell_order(symbol, 0.015)


async def _trade_usdm(alice: Any, bob: Any, day: Day) -> None:
    """A short of one tenth at 10x, a part of it bought back, orders on both sides left open."""
    symbol = SYMBOLS["usdm"]
    day.keep("pro", "usdm", "set_leverage", await alice.set_leverage(10, symbol))
    bid, ask = await _best(alice, symbol)
    low, high = (float(alice.price_to_precision(symbol, price)) for price in (bid * 0.97, ask * 1.03))
    made = [
        await alice.create_market_sell_order(symbol, 0.1),
        await alice.create_limit_sell_order(symbol, 0.05, high, {"clientOrderId": "waits-2"}),
        await alice.create_limit_buy_order(symbol, 0.02, low, {"postOnly": True}),
        await alice.create_market_buy_order(symbol, 0.04, {"reduceOnly": True}),
    ]
    day.keep("pro", "usdm", "create_order", made)
    gone = await alice.create_limit_buy_order(symbol, 0.03, low)
    day.keep("pro", "usdm", "cancel_order", await alice.cancel_order(gone["id"], symbol))
    await bob.create_limit_buy_order(symbol, 0.013, low)
    await bob.create_limit_buy_order(symbol, 0.014, low)
    day.keep("pro", "usdm", "cancel_all_orders", await bob.cancel_all_orders(symbol))


async def _best(client: Any, symbol: str) -> tuple[float, float]:
    book = await client.fetch_order_book(symbol, 5)
    return book["bids"][0][0], book["asks"][0][0]


async def _funding_of(client: Any) -> None:
    """Until funding was due, and paid."""
    async with asyncio.timeout(SETTLES_WITHIN):
        for wait in count():
            await asyncio.sleep(0.1 if wait else 0)
            if await client.fetch_funding_history(SYMBOLS["usdm"]):
                return


# Watching


async def _watch(clients: dict[str, Any], whole: dict[str, Any], marks: Any) -> list[asyncio.Task[None]]:
    """Keep every stream of ccxt.pro open, once each has spoken where it speaks by itself.

    The mark price has a client of its own: ccxt keeps it where it keeps the tickers.
    """
    tasks = []
    for product, client in clients.items():
        symbol = SYMBOLS[product]
        tasks += [_following(client, call, symbol) for call in ("watch_order_book", "watch_trades", "watch_ohlcv")]
        tasks.append(_following(client, "watch_bids_asks", [symbol]))
        tasks.append(_following(client, "watch_ticker", symbol))
        tasks.append(_following(whole[product], "watch_ticker", symbol, params={"name": "ticker"}))
        tasks += [_following(client, call) for call in ("watch_orders", "watch_my_trades", "watch_balance")]
        tasks.append(_following(whole[product], "watch_trades", symbol, params={"name": "aggTrade"}))
    tasks.append(_following(marks, "watch_mark_price", SYMBOLS["usdm"]))
    tasks.append(_following(clients["usdm"], "watch_positions"))
    async with asyncio.timeout(SETTLES_WITHIN):
        for product, client in clients.items():
            await client.watch_order_book(SYMBOLS[product])
            await client.watch_bids_asks([SYMBOLS[product]])
    return tasks


def _following(client: Any, call: str, *arguments: Any, **options: Any) -> asyncio.Task[None]:
    """Hold a stream open; what it told is read from ccxt's cache.

    Of two messages that arrive at once, the answer of the call is the first: the second resolves nothing.
    """

    async def follow() -> None:
        while True:
            await getattr(client, call)(*arguments, **options)

    return asyncio.create_task(follow(), name=f"{client.id}.{call}")


def _keep_streams(clients: dict[str, Any], whole: dict[str, Any], marks: Any, day: Day) -> None:
    """What ccxt.pro made of everything it was told. Its caches are where its users read, too."""
    for product, client in clients.items():
        symbol = SYMBOLS[product]
        wallet = "spot" if product == "spot" else "linear"
        day.keep("pro", product, "watch_order_book", client.orderbooks[symbol])
        day.keep("pro", product, "watch_bids_asks", client.bidsasks[symbol])
        day.keep("pro", product, "watch_ticker", client.tickers[symbol])
        day.keep("pro", product, "watch_ticker ticker", whole[product].tickers[symbol])
        day.keep("pro", product, "watch_trades", client.trades[symbol])
        day.keep("pro", product, "watch_trades aggTrade", whole[product].trades[symbol])
        day.keep("pro", product, "watch_ohlcv", client.ohlcvs[symbol]["1m"])
        # ccxt moves an order to the end when it hears of it again.
        day.keep("pro", product, "watch_orders", _by_id(client.orders))
        day.keep("pro", product, "watch_my_trades", _by_id(client.myTrades))
        day.keep("pro", product, "watch_balance", client.balance[wallet])
    day.keep("pro", "usdm", "watch_mark_price", marks.tickers[SYMBOLS["usdm"]])
    day.keep("pro", "usdm", "watch_positions", clients["usdm"].positions["linear"])


def _by_id(rows: list[Any]) -> list[Any]:
    """ccxt sorts ids as texts, "10" before "8"."""
    return sorted(rows, key=lambda row: int(row["id"]))


async def _partial_depth(served: Served, product: str, day: Day) -> None:
    """The one market stream ccxt.pro has no call for: read as it comes, parsed by ccxt's own order book parser."""
    path = "spot" if product == "spot" else "um"
    parser = unmodified(served, "sync", product, "alice")
    url = f"{served.ws_url}/{path}/ws/btcusdt@depth10@100ms"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        async for message in socket:
            told = message.json()
            keys = ("bids", "asks") if "bids" in told else ("b", "a")
            book = parser.parse_order_book(told, SYMBOLS[product], None, *keys)
            book["nonce"] = told.get("lastUpdateId", told.get("u"))
            day.keep("pro", product, "partial depth", book)


# Asking

ALL_PRODUCTS: Final[dict[str, tuple[Any, ...]]] = {
    "fetch_time": (),
    "fetch_ticker": ("SYMBOL",),
    "fetch_tickers": (["SYMBOL"],),
    "fetch_bids_asks": (["SYMBOL"],),
    "fetch_last_prices": (["SYMBOL"],),
    "fetch_order_book": ("SYMBOL",),
    "fetch_trades": ("SYMBOL",),
    "fetch_ohlcv": ("SYMBOL",),
    "fetch_balance": (),
    "fetch_open_orders": ("SYMBOL",),
    "fetch_orders": ("SYMBOL",),
    "fetch_closed_orders": ("SYMBOL",),
    "fetch_my_trades": ("SYMBOL",),
    "fetch_trading_fee": ("SYMBOL",),
}
"""Call → its arguments."""
ONLY_USDM: Final[dict[str, tuple[Any, ...]]] = {
    "fetch_positions": (["SYMBOL"],),
    "fetch_leverage": ("SYMBOL",),
    "fetch_leverages": (["SYMBOL"],),
    "fetch_margin_mode": ("SYMBOL",),
    "fetch_leverage_tiers": (["SYMBOL"],),
    "fetch_funding_rate": ("SYMBOL",),
    "fetch_funding_rates": (["SYMBOL"],),
    "fetch_funding_rate_history": ("SYMBOL",),
    "fetch_funding_history": ("SYMBOL",),
    "fetch_ledger": ("USDT",),
    "fetch_mark_price": ("SYMBOL",),
    "fetch_mark_ohlcv": ("SYMBOL",),
    "fetch_open_interest": ("SYMBOL",),
}


def _ask(served: Served, day: Day, kind: str, product: str) -> None:
    symbol = SYMBOLS[product]
    calls = ALL_PRODUCTS if product == "spot" else {**ALL_PRODUCTS, **ONLY_USDM}
    with desk(served, kind, product, "alice") as ask:
        day.keep(kind, product, "load_markets", ask.client.markets[symbol])
        for call, arguments in calls.items():
            filled = [_named(argument, symbol) for argument in arguments]
            answer = ask(call, *filled)
            day.keep(kind, product, call, _by_id(answer) if call in ("fetch_trades", "fetch_my_trades") else answer)
        day.keep(kind, product, "fetch_currencies", ask("fetch_currencies")["USDT"])
        prints = {"fetchTradesMethod": "publicGetTrades" if product == "spot" else "fapiPublicGetTrades"}
        day.keep(kind, product, "fetch_trades (prints)", _by_id(ask("fetch_trades", symbol, params=prints)))
        orders = ask("fetch_orders", symbol)
        day.keep(kind, product, "fetch_order", [ask("fetch_order", order["id"], symbol) for order in orders])
        hours = ask("fetch_ohlcv", symbol, "1h")
        day.keep(kind, product, "fetch_ohlcv 1h", hours)


def _named(argument: Any, symbol: str) -> Any:
    if argument == "SYMBOL":
        return symbol
    return [symbol] if argument == ["SYMBOL"] else argument
