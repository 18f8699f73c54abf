"""What python-binance adds to the venue's calls: names for one type of order, iterators over pages, small lookups."""

import time
from typing import Any

from clients.proof import money, refused, same, shown
from clients.spot_story import SYMBOL, TICK
from clients.stories import near

LIMIT = {"symbol": SYMBOL, "quantity": "0.01"}


def listed(answer: Any) -> list[Any]:
    """The rows of an iterator or a list."""
    return list(answer)


def spot_orders(client: Any) -> None:
    """Each name once, over REST and over the WebSocket API: limits rest and are canceled, markets fill."""
    low, high = (near(client.get_symbol_ticker(symbol=SYMBOL)["price"], percent, TICK) for percent in ("-5", "5"))
    for before in ("", "ws_"):
        for name, price, more in (
            ("order_limit", low, {"side": "BUY"}),
            ("order_limit_buy", low, {}),
            ("order_limit_sell", high, {}),
        ):
            made = getattr(client, before + name)(**LIMIT, price=price, **more)
            same(name, made["status"], "NEW")
            client.cancel_order(symbol=SYMBOL, orderId=made["orderId"])
        for name, more in (("order_market", {"side": "BUY"}), ("order_market_buy", {}), ("order_market_sell", {})):
            same(name, getattr(client, before + name)(**LIMIT, **more)["status"], "FILLED")
    stop = {"belowType": "STOP_LOSS", "belowStopPrice": low}
    client.order_oco_sell(**LIMIT, aboveType="LIMIT_MAKER", abovePrice=high, **stop)
    stop = {"aboveType": "STOP_LOSS", "aboveStopPrice": high}
    client.order_oco_buy(**LIMIT, belowType="LIMIT_MAKER", belowPrice=low, **stop)
    client.cancel_all_open_orders(symbol=SYMBOL)
    same("open orders", client.get_open_orders(symbol=SYMBOL), [])


def routed_orders(client: Any) -> None:
    """No base has several symbols whose books are joined, so a routed order is refused."""
    terms = {**LIMIT, "side": "BUY", "type": "MARKET"}
    for call in (client.v3_post_sor_order, client.v3_post_sor_order_test, client.ws_create_sor_order,
                 client.ws_create_test_sor_order):  # fmt: skip
        refused("a routed order", lambda call=call: call(**terms), -1020)


def futures_orders(client: Any) -> None:
    low, high = (near(client.futures_symbol_ticker(symbol=SYMBOL)["price"], percent, "0.1") for percent in ("-3", "3"))
    for name, price, more in (
        ("futures_limit_order", low, {"side": "BUY", "timeInForce": "GTC"}),
        ("futures_limit_buy_order", low, {"timeInForce": "GTC"}),
        ("futures_limit_sell_order", high, {"timeInForce": "GTC"}),
    ):
        made = getattr(client, name)(**LIMIT, price=price, **more)
        same(name, made["status"], "NEW")
        client.futures_cancel_order(symbol=SYMBOL, orderId=made["orderId"])
    for name, more in (
        ("futures_market_order", {"side": "BUY"}),
        ("futures_market_buy_order", {}),
        ("futures_market_sell_order", {}),
        ("futures_market_sell_order", {}),
    ):
        made = getattr(client, name)(**LIMIT, newOrderRespType="RESULT", **more)
        same(name, made["status"], "FILLED")


def lookups(client: Any) -> None:
    same("symbol", client.get_symbol_info(SYMBOL)["symbol"], SYMBOL)
    same("tickers", {row["symbol"] for row in client.get_all_tickers()} >= {SYMBOL, "ETHUSDT"}, True)
    same("book tickers", {row["symbol"] for row in client.get_orderbook_tickers()} >= {SYMBOL, "ETHUSDT"}, True)
    same("a balance", money(client.get_asset_balance(asset="BNB")["free"]), money(10))
    client.universal_transfer(type="MAIN_UMFUTURE", asset="USDT", amount="1")
    client.universal_transfer(type="UMFUTURE_MAIN", asset="USDT", amount="1")
    same("the transfer", money(client.new_transfer_history(type="UMFUTURE_MAIN")["rows"][0]["amount"]), money(1))
    same("pairs of margin", client.get_margin_all_pairs(), [])
    same("pairs of isolated margin", client.get_all_isolated_margin_symbols(), [])
    same("delistings", client.margin_v1_get_spot_delist_schedule(), [])
    same("BNB pays fees", client.toggle_bnb_burn_spot_margin(spotBNBBurn="true")["spotBNBBurn"], True)
    client.toggle_bnb_burn_spot_margin(spotBNBBurn="false")
    key = client.stream_get_listen_key()
    client.stream_keepalive(listenKey=key)
    client.stream_close(listenKey=key)


def pages(client: Any) -> None:
    """Iterators over candles and trades; asynchronous ones are other things and have other names for it."""
    since = int(time.time() * 1000) - 20 * 3_600_000
    rows = client.get_historical_klines(SYMBOL, "1m", since)
    same("a day of candles, page by page", (len(rows) > 1_000, [row[0] % 60_000 for row in rows[:3]]), (True, [0] * 3))
    same("each once", len({row[0] for row in rows}), len(rows))
    generated = listed(client.get_historical_klines_generator(SYMBOL, "1m", since))
    same("the same, generated", [row[0] for row in generated[: len(rows)]], [row[0] for row in rows])
    rows = client.futures_historical_klines(SYMBOL, "5m", since)
    same("candles of futures", len({row[0] for row in rows}), len(rows))
    rows = listed(client.futures_historical_klines_generator(SYMBOL, "5m", since))
    same("the same, generated", len({row[0] for row in rows}), len(rows))
    rows = client.futures_historical_mark_price_klines(SYMBOL, "5m", since)
    same("candles of the mark", len({row[0] for row in rows}), len(rows))
    trades = listed(client.aggregate_trade_iter(SYMBOL, last_id=0))
    same("aggregate trades, each once", len({row["a"] for row in trades}), len(trades))


def run(client: Any, *, iterates: bool) -> None:
    """All of them; *iterates*: its iterators are plain ones."""
    spot_orders(client)
    routed_orders(client)
    futures_orders(client)
    lookups(client)
    if iterates:
        pages(client)
    shown("its own names for orders, lookups and pages of history")
