"""An unmodified ccxt through a rewind: it sees a connection that closed, comes back, and finds what was."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.clients.served import serve

SYMBOL = "BTC/USDT"


def test_ccxt_finds_what_there_was_and_trades_on(tmp_path: Path) -> None:
    """Orders, balance and trades are those of the checkpoint; the next order gets the id that was given before."""
    import ccxt

    with serve(tmp_path, "--feed", "ladder", "--account", "alice:USDT=1000000,BTC=10") as served:
        client: Any = ccxt.binance(served.config("binance", "alice"))
        low = _far_below(client.fetch_order_book(SYMBOL))
        first = client.create_order(SYMBOL, "limit", "buy", 0.01, low)
        client.create_order(SYMBOL, "market", "buy", 0.01)
        before = _seen(client)
        served.control("checkpoints", {"name": "here"})
        lost = client.create_order(SYMBOL, "limit", "buy", 0.02, low + 1)
        client.cancel_order(first["id"], SYMBOL)
        client.create_order(SYMBOL, "market", "sell", 0.5)
        assert _seen(client) != before

        served.control("rewind", {"to": "here"})

        assert _seen(client) == before
        again = client.create_order(SYMBOL, "limit", "buy", 0.03, low + 2)
        assert again["id"] == lost["id"]
        assert client.fetch_order(again["id"], SYMBOL)["amount"] == 0.03
        client.cancel_order(first["id"], SYMBOL)
        assert [order["id"] for order in client.fetch_open_orders(SYMBOL)] == [again["id"]]


def _far_below(book: Any) -> int:
    """A price at which nothing is filled, and which the venue takes."""
    return int(book["bids"][0][0] * 0.9)


def _seen(client: Any) -> tuple[Any, ...]:
    orders = [(each["id"], each["status"], each["filled"]) for each in client.fetch_orders(SYMBOL)]
    trades = [(each["id"], each["amount"]) for each in client.fetch_my_trades(SYMBOL)]
    balance = client.fetch_balance()
    return orders, trades, {asset: balance[asset] for asset in ("BTC", "USDT")}


async def test_ccxt_pro_hears_of_a_lost_connection_and_watches_anew(tmp_path: Path) -> None:
    """Its watch fails with a network error, as when the venue closes; the next call subscribes again by itself."""
    import ccxt
    import ccxt.pro

    with serve(tmp_path, "--feed", "ladder", "--account", "alice:USDT=1000000,BTC=10") as served:
        client: Any = ccxt.pro.binance(served.config("binance", "alice"))
        try:
            await client.load_markets()
            watching = asyncio.create_task(client.watch_orders(SYMBOL))
            await asyncio.sleep(1)
            await asyncio.to_thread(served.control, "reset", {})
            with pytest.raises(ccxt.NetworkError):
                await asyncio.wait_for(watching, 20)
            again = asyncio.create_task(client.watch_orders(SYMBOL))
            await asyncio.sleep(1)
            low = _far_below(await client.fetch_order_book(SYMBOL))
            order = await client.create_order(SYMBOL, "limit", "buy", 0.01, low)
            heard = await asyncio.wait_for(again, 20)
        finally:
            await client.close()

    assert heard[-1]["id"] == order["id"]
