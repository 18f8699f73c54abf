"""Real clients as the plugin's fixtures make them: nothing is set by the test."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simexchange.errors import ConfigError
from simexchange.testing import ServedExchange
from tests.testing.suites import run


def test_ccxt_trades_for_whom_it_is_told(exchange_server: ServedExchange, ccxt_client: Callable[..., Any]) -> None:
    exchange_server.account("alice", USDT=10_000)
    mine, hers = ccxt_client("binance"), ccxt_client("binance", account="alice", timeout=2_000)
    mine.create_order("BTC/USDT", "market", "buy", 0.1)
    hers.create_order("BTC/USDT", "limit", "buy", 0.05, 50_000)

    assert (mine.enableRateLimit, hers.timeout) == (False, 2_000)
    assert [order["amount"] for order in hers.fetch_open_orders("BTC/USDT")] == [0.05]
    assert exchange_server.account().balance("BTC") == Decimal("0.1")
    assert {one.account for one in exchange_server.requested("/api/v3/order", "POST")} == {"default", "alice"}


def test_ccxt_pro_hears_its_own_trade(exchange_server: ServedExchange, ccxt_async_client: Callable[..., Any]) -> None:
    async def trade() -> Any:
        client = ccxt_async_client("binanceusdm")
        try:
            return await hear(client)
        finally:
            await client.close()

    async def hear(client: Any) -> Any:
        heard = asyncio.ensure_future(client.watch_my_trades("BTC/USDT:USDT"))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if exchange_server.requested("/fapi/v1/listenKey"):
                break
        await asyncio.sleep(0.5)
        await client.create_order("BTC/USDT:USDT", "market", "sell", 0.3)
        return await asyncio.wait_for(heard, 20)

    assert [each["amount"] for each in asyncio.run(trade())] == [0.3]


def test_coins_settle_in_coins(exchange_server: ServedExchange, ccxt_client: Callable[..., Any]) -> None:
    exchange_server.account().deposit(coinm_BTC=1)
    ccxt_client("binancecoinm").create_order("BTC/USD:BTC", "market", "sell", 100)

    assert exchange_server.account().position("BTCUSD_PERP").qty == -100


def test_python_binance_is_pointed_here_and_no_other_test_sees_it(
    exchange_server: ServedExchange, binance_client: Any
) -> None:
    binance = pytest.importorskip("binance")
    order = binance_client.create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1")
    binance_client.futures_create_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.1")

    assert order["status"] == "FILLED"
    assert exchange_server.account().delta("BTC") == 0
    assert "binance" in binance.Client.API_URL


def test_a_venue_that_is_not_served_is_named(exchange_server: ServedExchange, ccxt_client: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="'kraken' is not served; there are binance"):
        ccxt_client("kraken")


def test_a_client_closed_in_its_own_loop_leaves_nothing(tmp_path: Any) -> None:
    found = run(
        tmp_path,
        """
        import asyncio

        def test_open(ccxt_async_client):
            async def ask():
                async with ccxt_async_client("binance") as client:
                    await client.fetch_balance()
            asyncio.run(ask())
        """,
    )

    assert found.counts(passed=1), found.said


@pytest.mark.venue("bybit")
def test_pybit_is_pointed_here_and_no_other_test_sees_it(pybit_client: Any, pybit_socket: Callable[..., Any]) -> None:
    unified = pytest.importorskip("pybit.unified_trading")
    before = unified.PRIVATE_WSS, unified.PUBLIC_WSS

    assert pybit_client.get_server_time()["retCode"] == 0
    for kind in ("linear", "private", "trade"):
        socket = pybit_socket(kind)
        assert "127.0.0.1" in socket.endpoint
        assert socket.is_connected()
    assert before == (unified.PRIVATE_WSS, unified.PUBLIC_WSS)
    assert before[0].startswith("wss://{SUBDOMAIN}")


@pytest.mark.venue("binance", "bybit")
def test_the_accounts_of_two_venues_trade_in_one_book(exchange_server: ServedExchange, pybit_client: Any) -> None:
    """The one account is at home at Binance, the other at Bybit."""
    exchange_server.account("bybit").buy("BTC/USDT:USDT", 1, price=60_000)
    exchange_server.account().sell("BTC/USDT:USDT", 1, price=60_000)

    pybit_client.get_positions(category="linear", symbol="BTCUSDT")
    (asked,) = exchange_server.requested("/v5/position/list", "GET")

    assert asked.account == "bybit"
    assert asked.params == {"category": "linear", "symbol": "BTCUSDT"}
    assert exchange_server.account("bybit").position("BTC/USDT:USDT").qty == 1
    assert pybit_client.api_key == exchange_server.credentials("bybit").api_key


@pytest.mark.venue("bybit")
def test_ccxt_of_the_second_venue_knows_its_account(
    exchange_server: ServedExchange, ccxt_client: Callable[..., Any], ccxt_async_client: Callable[..., Any]
) -> None:
    """Where one venue is served it is the one that is meant."""
    client, later = ccxt_client(), ccxt_async_client("bybit")
    client.set_leverage(5, "BTC/USDT:USDT")
    (asked,) = exchange_server.requested("/v5/position/set-leverage", "POST")

    assert client.id == later.id == "bybit"
    assert asked.params == {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "5", "sellLeverage": "5"}
    assert client.fetch_balance()["USDT"]["total"] == 1_000_000


def test_a_venue_that_is_not_served_is_refused_by_name(ccxt_client: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="bybit is not served here"):
        ccxt_client("bybit")


@pytest.mark.venue("binance", "bybit")
def test_an_account_of_another_venue_has_no_client_there(
    exchange_server: ServedExchange, ccxt_client: Callable[..., Any]
) -> None:
    exchange_server.account("alice", USDT=10)
    with pytest.raises(ConfigError, match="'alice' is at home at binance"):
        ccxt_client("bybit", account="alice")
