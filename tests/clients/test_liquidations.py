"""A liquidation as ccxt.pro hears of it: the market's stream tells everybody, the account's stream its owner."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from simexchange.core.vocabulary.orders import TradeKind
from simexchange.testing import ServedExchange

WITHIN = 60.0
"""Wall seconds; the market's stream speaks once in each."""


def sold(rows: Any) -> list[tuple[str, str, float, float]]:
    """What each row says of an order that traded; that one was placed is told before."""
    return [
        (row["symbol"], row["side"], row["contracts"], row["price"]) for row in list(rows or []) if row["contracts"]
    ]


async def heard_of(exchange: ServedExchange, market: str, watches: list[Any], everybodys: Callable[[], Any]) -> None:
    """Minute by minute of a slow fall, until every watch has spoken and the market's stream told what traded."""
    exchange.market(market).move(45_000, over="1h")
    for _ in range(30):
        await asyncio.to_thread(exchange.advance, "1m")
        for _ in range(15 if exchange.log.where(kind="liquidation_started") else 1):
            await asyncio.sleep(0.1)
        if all(watch.done() for watch in watches) and everybodys():
            return
    raise AssertionError([watch.done() for watch in watches], everybodys())


@pytest.mark.parametrize(
    ("venue", "symbol", "market", "amount", "money"),
    [
        ("binanceusdm", "BTC/USDT:USDT", "BTCUSDT", 0.5, {"usdm_USDT": 1_700}),
        ("binancecoinm", "BTC/USD:BTC", "BTCUSD_PERP", 300, {"coinm_BTC": "0.03"}),
    ],
    ids=["usdm", "coinm"],
)
def test_a_liquidation_is_told_to_everybody_and_to_its_owner(
    exchange_server: ServedExchange,
    ccxt_async_client: Callable[..., Any],
    venue: str,
    symbol: str,
    market: str,
    amount: float,
    money: dict[str, Any],
) -> None:
    """Four watches, of one symbol and of several, and the account's history: what was sold, and at what price."""
    exchange_server.account("alice").deposit(**money)

    async def listen() -> tuple[Any, Any, Any]:
        anybody, alice = ccxt_async_client(venue), ccxt_async_client(venue, account="alice")
        try:
            await alice.create_order(symbol, "market", "buy", amount)
            # ccxt's own watch of liquidations makes no place for the balances that come on the same stream.
            watches = [
                asyncio.ensure_future(watch)
                for watch in (
                    alice.watch_balance(),
                    alice.watch_my_liquidations(symbol),
                    alice.watch_my_liquidations_for_symbols([symbol]),
                    anybody.watch_liquidations(symbol),
                    anybody.watch_liquidations_for_symbols([symbol]),
                )
            ]
            await asyncio.sleep(2)
            await heard_of(exchange_server, market, watches, lambda: sold(anybody.liquidations))
            mine = sold(await alice.fetch_my_liquidations(symbol))
            return mine, sold(alice.myLiquidations), sold(anybody.liquidations)
        finally:
            await anybody.close()
            await alice.close()

    mine, told, everybodys = asyncio.run(listen())
    trade = exchange_server.log.where(kind="trade_executed")[-1]
    forced = [(symbol, "sell", float(trade.qty), float(trade.price))]

    assert trade.event.kind is TradeKind.LIQUIDATION
    assert (mine, told, everybodys) == (forced, forced, forced)
