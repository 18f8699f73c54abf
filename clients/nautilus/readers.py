"""Every call the adapter can make by HTTP, read into its own strict types: a missing member is an error."""

import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from nautilus_trader.adapters.binance.common.enums import (
    BinanceKlineInterval,
    BinanceOrderSide,
    BinanceOrderType,
    BinanceTimeInForce,
)
from nautilus_trader.adapters.binance.futures.enums import BinanceFuturesMarginType
from nautilus_trader.adapters.binance.futures.http.account import BinanceFuturesAccountHttpAPI
from nautilus_trader.adapters.binance.futures.http.market import BinanceFuturesMarketHttpAPI
from nautilus_trader.adapters.binance.futures.http.user import BinanceFuturesUserDataHttpAPI
from nautilus_trader.adapters.binance.futures.http.wallet import BinanceFuturesWalletHttpAPI
from nautilus_trader.adapters.binance.http.client import BinanceHttpClient
from nautilus_trader.adapters.binance.spot.http.account import BinanceSpotAccountHttpAPI
from nautilus_trader.adapters.binance.spot.http.market import BinanceSpotMarketHttpAPI
from nautilus_trader.adapters.binance.spot.http.user import BinanceSpotUserDataHttpAPI
from nautilus_trader.adapters.binance.spot.http.wallet import BinanceSpotWalletHttpAPI
from nautilus_trader.common.component import LiveClock
from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import InstrumentId
from settings import KINDS
from story import QUANTITIES, SYMBOLS

from clients.proof import money, same, shown

SPOT = (BinanceSpotMarketHttpAPI, BinanceSpotAccountHttpAPI, BinanceSpotUserDataHttpAPI, BinanceSpotWalletHttpAPI)
FUTURES = (
    BinanceFuturesMarketHttpAPI,
    BinanceFuturesAccountHttpAPI,
    BinanceFuturesUserDataHttpAPI,
    BinanceFuturesWalletHttpAPI,
)
BASE = "its type wants quoteQty, where COIN-M says baseQty"
LEFT_OUT = {
    ("spot", "create_listen_key_isolated_margin"): "margin",
    ("spot", "keepalive_listen_key_isolated_margin"): "margin",
    ("spot", "delete_listen_key_isolated_margin"): "margin",
    ("spot", "modify_order"): "spot orders cannot be modified",
    ("usdm", "set_futures_hedge_mode"): "it is sent as a GET, which tells the mode and sets nothing",
    ("coinm", "set_futures_hedge_mode"): "it is sent as a GET, which tells the mode and sets nothing",
    ("coinm", "set_leverage"): "its type wants maxNotionalValue, where COIN-M says maxQty",
    ("coinm", "query_trades"): BASE,
    ("coinm", "query_historical_trades"): BASE,
    ("coinm", "request_trade_ticks"): BASE,
    ("coinm", "request_historical_trade_ticks"): BASE,
    ("coinm", "query_futures_symbol_config"): "GET /dapi/v1/symbolConfig, which the venue does not have",
}
"""Calls that are not made, and why."""


class Readers:
    """The adapter's four HTTP classes of a product, as one; it remembers what was called."""

    def __init__(self, product: str, url: str, keys: tuple[str, str]) -> None:
        clock, (account_type, _) = LiveClock(), KINDS[product]
        client = BinanceHttpClient(clock=clock, api_key=keys[0], api_secret=keys[1], base_url=url)
        market, account, user, wallet = SPOT if product == "spot" else FUTURES
        self.product = product
        self.symbol = SYMBOLS[product]
        self._apis = [
            market(client, account_type),
            account(client, clock, account_type),
            user(client, account_type),
            wallet(client, clock, account_type),
        ]
        self.called: set[str] = set()

    def names(self) -> set[str]:
        """Every call there is."""
        return {name for api in self._apis for name in dir(api)
                if not name.startswith("_") and callable(getattr(api, name)) and name != "client"}  # fmt: skip

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        (found,) = [getattr(api, name) for api in self._apis if hasattr(api, name)]
        self.called.add(name)
        return found

    def told(self) -> None:
        """Every call was made or has a reason."""
        missing = {name for name in self.names() - self.called if (self.product, name) not in LEFT_OUT}
        same("calls neither made nor left out", sorted(missing), [])
        shown(f"{self.product}: {len(self.called)} kinds of calls are read into strict types")


async def market(it: Readers, instrument_id: InstrumentId) -> Decimal:
    """Market data, whole and for one symbol; the last price."""
    symbol = it.symbol
    await it.ping()
    # An answer may be late, which says nothing of the time in it.
    before = int(time.time() * 1000)
    told = await it.request_server_time()
    now = int(time.time() * 1000)
    same(f"the exchange's time is near: {told - before} ms, {told - now} ms", before - 5_000 < told < now + 5_000, True)
    same("levels", len((await it.query_depth(symbol, limit=10)).bids) <= 10, True)
    await it.request_order_book_snapshot(instrument_id, ts_init=0, limit=100)
    if it.product != "coinm":
        same("trades", 0 < len(await it.query_trades(symbol, limit=20)) <= 20, True)
        await it.request_trade_ticks(instrument_id, limit=20)
        await it.query_historical_trades(symbol, limit=20)
        await it.request_historical_trade_ticks(instrument_id, limit=20)
    await it.query_agg_trades(symbol, limit=20)
    await it.request_agg_trade_ticks(instrument_id, start_time=now - 600_000, end_time=now)
    same("candles", bool(await it.query_klines(symbol, BinanceKlineInterval.MINUTE_1, limit=10)), True)
    bars = BarType.from_str(f"{instrument_id}-1-MINUTE-LAST-EXTERNAL")
    await it.request_binance_bars(bars, BinanceKlineInterval.MINUTE_1, limit=10)
    # Told a symbol, COIN-M answers with a list of one, which it cannot read.
    for which in ({"symbol": symbol}, {})[it.product == "coinm" :]:
        same("rows of the day", bool(await it.query_ticker_24hr(**which)), True)
        same("prices", bool(await it.query_ticker_price(**which)), True)
        same("best bids and asks", bool(await it.query_ticker_book(**which)), True)
    return money((await it.query_agg_trades(symbol, limit=1))[0].p)


async def orders(it: Readers, last: Decimal) -> None:
    """An order from its placement to history, and all the lists it stands in."""
    symbol, qty = it.symbol, QUANTITIES[it.product]
    side, limit, gtc = BinanceOrderSide.BUY, BinanceOrderType.LIMIT, BinanceTimeInForce.GTC
    price = str((last * Decimal("0.97")).quantize(Decimal(1)))
    terms = {"symbol": symbol, "side": side, "order_type": limit, "time_in_force": gtc, "quantity": qty}
    made = await it.new_order(price=price, **terms)
    found = await it.query_order(symbol, order_id=made.orderId)
    same("the order found", (found.orderId, money(found.price)), (made.orderId, money(price)))
    same("open orders", made.orderId in [row.orderId for row in await it.query_open_orders(symbol)], True)
    await it.query_open_orders()
    same("all orders", made.orderId in [row.orderId for row in await it.query_all_orders(symbol)], True)
    if it.product != "spot":
        lower = str(Decimal(price) - 10)
        changed = await it.modify_order(symbol, side, qty, lower, order_id=made.orderId)
        same("the changed price", money((await it.query_order(symbol, order_id=changed.orderId)).price), money(lower))
    same("canceled", (await it.cancel_order(symbol, order_id=made.orderId)).orderId, made.orderId)
    await it.new_order(price=price, **terms)
    await it.cancel_all_open_orders(symbol)
    same("open orders", await it.query_open_orders(symbol), [])
    for way in (BinanceOrderSide.BUY, BinanceOrderSide.SELL):
        await it.new_order(symbol=symbol, side=way, order_type=BinanceOrderType.MARKET, quantity=qty)
    trades = await it.query_user_trades(symbol)
    same("trades", len(trades) >= 2, True)


async def listen_keys(it: Readers) -> None:
    key = (await it.create_listen_key()).listenKey
    await it.keepalive_listen_key(listen_key=key)
    await it.delete_listen_key(listen_key=key)


async def spot(it: Readers, last: Decimal) -> None:
    """What only spot has: lists of orders, fees, the account."""
    symbol, qty = it.symbol, QUANTITIES["spot"]
    for which in ({}, {"symbol": symbol}, {"symbols": [symbol, "ETHUSDT"]}):
        same("symbols", symbol in [row.symbol for row in (await it.query_spot_exchange_info(**which)).symbols], True)
    await it.query_spot_average_price(symbol)
    same("fees", symbol in [row.symbol for row in await it.query_spot_trade_fees()], True)
    await it.query_spot_trade_fees(symbol)
    high, low = (str((last * Decimal(factor)).quantize(Decimal(1))) for factor in ("1.03", "0.97"))
    made = await it.new_spot_oco(
        symbol, BinanceOrderSide.SELL, qty, high, low,
        stop_limit_price=low, stop_limit_time_in_force=BinanceTimeInForce.GTC,
    )  # fmt: skip
    await it.query_spot_oco(order_list_id=str(made.orderListId))
    same("open lists", made.orderListId in [row.orderListId for row in await it.query_spot_all_open_oco()], True)
    await it.cancel_spot_oco(symbol, order_list_id=str(made.orderListId))
    same("all lists", made.orderListId in [row.orderListId for row in await it.query_spot_all_oco()], True)
    await it.query_spot_account_info()
    await it.query_spot_order_rate_limit()


async def futures(it: Readers) -> None:
    """What only contracts have: leverage, margin, hedge mode, positions, commission."""
    symbol = it.symbol
    same("symbols", symbol in [row.symbol for row in (await it.query_futures_exchange_info()).symbols], True)
    await it.query_futures_account_info()
    if it.product == "usdm":
        same("leverage", (await it.set_leverage(symbol, 9)).leverage, 9)
    for margin in (BinanceFuturesMarginType.ISOLATED, BinanceFuturesMarginType.CROSS):
        await it.set_margin_type(symbol, margin)
    same("hedge mode", (await it.query_futures_hedge_mode()).dualSidePosition, False)
    await it.query_futures_position_risk()
    await it.query_futures_position_risk(symbol)
    await it.query_futures_commission_rate(symbol)
    price = str((money((await it.query_depth(symbol, limit=5)).bids[0][0]) * Decimal("0.97")).quantize(Decimal(1)))
    for name in ("one", "two"):
        await it.new_order(
            symbol, BinanceOrderSide.BUY, BinanceOrderType.LIMIT, time_in_force=BinanceTimeInForce.GTC,
            quantity=QUANTITIES[it.product], price=price, new_client_order_id=name,
        )  # fmt: skip
    await it.cancel_multiple_orders(symbol, ["one", "two"])
    same("open orders", await it.query_open_orders(symbol), [])
    if it.product == "usdm":
        rows = await it.query_futures_symbol_config()
        same("the leverage kept", [row.leverage for row in rows if row.symbol == symbol], [9])


async def read_all(product: str, url: str, keys: tuple[str, str], instrument_id: InstrumentId) -> None:
    """Every call of a product."""
    it = Readers(product, url, keys)
    last = await market(it, instrument_id)
    await orders(it, last)
    await listen_keys(it)
    await (spot(it, last) if product == "spot" else futures(it))
    it.told()
