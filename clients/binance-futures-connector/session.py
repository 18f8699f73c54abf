"""The session of binance-futures-connector against a served exchange: `run` starts both."""

import json
import threading
from typing import Any

import settings

from clients import older
from clients.exchange import Exchange, served
from clients.futures_story import COINM, USDM, FuturesStory, Terms
from clients.private_keys import private_key
from clients.proof import money, same, shown
from clients.stories import Desk, Mover

FILES = "files of history, made by the venue over night"
CONVERT = "conversions are not served"
REASONS = {
    **{f"GET {what}/asyn{tail}": FILES for what in ("order", "trade", "income") for tail in ("", "/id")},
    "POST convert/getQuote": CONVERT,
    "POST convert/acceptQuote": CONVERT,
    "GET convert/orderStatus": CONVERT,
    "GET lvtKlines": "leveraged tokens, which the venue has no more",
}
"""Calls that are not part of the story."""


def told(product: str, client: Any) -> older.Calls:
    """The calls as the story names them."""
    found = older.rest(client)
    if product == "um":
        found["GET ticker/price"] = found["GET v2/ticker/price"]
        found["POST order as before"] = found["POST order"]
    else:
        modify = found["PUT batchOrders"]
        found["PUT batchOrders"] = lambda batchOrders: modify(as_sent(batchOrders))  # noqa: N803
        # Told a symbol, it asks for the pair; told nothing, for all.
        brackets = found["GET v2/leverageBracket"]
        found["GET leverageBracket of a pair"] = lambda pair: brackets(symbol=pair, pair=pair)
    # For COIN-M it makes no JSON of lists, but where orders are placed: its user does.
    as_sent = (lambda listed: listed) if product == "um" else json.dumps
    cancel = found["DELETE batchOrders"]
    found["DELETE batchOrders"] = lambda orderIdList, **params: cancel(  # noqa: N803
        orderIdList=as_sent(orderIdList), origClientOrderIdList=None, **params
    )
    listen_key = found["POST listenKey"]
    found["POST listenKey"] = lambda: listen_key()["listenKey"]
    return found


def market_streams(exchange: Exchange, product: str, terms: Terms) -> None:
    """Every stream the package has a method for."""
    heard = older.Heard()
    stream = settings.streams(product, exchange.ws_url, heard, branch="/market")
    stream.agg_trade(terms.symbol)
    stream.mark_price(terms.symbol, speed=1)
    stream.kline(terms.symbol, "1m")
    stream.continuous_kline(terms.pair, "perpetual", "1m")
    stream.mini_ticker(terms.symbol)
    stream.ticker(terms.symbol)
    stream.liquidation_order(terms.symbol)
    if product == "cm":
        stream.index_price(terms.pair)
        stream.pair_mark_price(terms.pair)
        stream.index_kline(terms.pair, "1m")
        stream.mark_kline(terms.symbol, "1m")
    more = ["indexPriceUpdate", "indexPrice_kline", "markPrice_kline"] if product == "cm" else []
    kinds = [*more, "aggTrade", "markPriceUpdate", "kline", "continuous_kline", "24hrMiniTicker", "24hrTicker"]
    heard.all_of(kinds)
    stream.stop()
    heard = older.Heard()
    stream = settings.streams(product, exchange.ws_url, heard, branch="/public", is_combined=True)
    stream.book_ticker(terms.symbol)
    stream.diff_book_depth(terms.symbol, speed=100)
    stream.partial_book_depth(terms.symbol, level=5, speed=100)
    heard.all_of(["bookTicker", "depthUpdate"])
    stream.stop()
    shown(f"{terms.name}: {len(kinds) + 2} kinds of market streams speak, raw and combined")


def holdings(message: Any) -> list[Any]:
    """The positions that a message of an account tells of."""
    told = message["a"]["P"] if message.get("e") == "ACCOUNT_UPDATE" else []
    return [money(row["pa"]) for row in told]


def account_stream(exchange: Exchange, product: str, terms: Terms, name: str) -> None:
    """By listen key, before and after the line broke: the package leaves it to its user to connect again."""
    client = settings.rest(product, exchange.url, *exchange.keys(name))
    other = Mover(exchange, name)
    key = client.new_listen_key()["listenKey"]
    for side in ("BUY", "SELL"):
        heard, lost = older.Heard(), threading.Event()
        told_lost = lambda *_, lost=lost: lost.set()  # noqa: E731 - one word for both ends
        stream = settings.streams(
            product, exchange.ws_url, heard, branch="/private", on_error=told_lost, on_close=told_lost
        )
        stream.user_data(key)
        heard.until(lambda message: "result" in message)
        other.ask("POST", f"{terms.path}/order", symbol=terms.symbol, side=side, type="MARKET", quantity=terms.qty)
        # An order may trade at several prices, and each trade is told: it is the last one that leaves nothing.
        heard.until(lambda message, bought=side == "BUY": [held > 0 for held in holdings(message)] == [bought])
        if side == "BUY":
            stream.socket_manager.ws.sock.shutdown(2)
            same("the package says that the line is lost", lost.wait(20), True)
            client.renew_listen_key(key)
        else:
            stream.stop()
    client.close_listen_key(key)
    shown(f"{terms.name}: the account's stream tells orders and positions, and again after a broken connection")


def by_private_key(exchange: Exchange, product: str, terms: Terms) -> None:
    """An order signed with an RSA key: the package knows no other kind."""
    api_key, pem = private_key(exchange, "erin", "rsa")
    client = settings.rest(product, exchange.url, api_key, "", private_key=pem)
    order = {"timeInForce": "GTC", "quantity": terms.qty, "price": "58000"}
    made = client.new_order(symbol=terms.symbol, side="BUY", type="LIMIT", **order)
    same("canceled", client.cancel_order(symbol=terms.symbol, orderId=made["orderId"])["status"], "CANCELED")
    shown(f"{terms.name}: orders are signed with an RSA key")


def product_session(exchange: Exchange, product: str, terms: Terms, account: str) -> None:
    print(f"==== {terms.name}", flush=True)
    client = settings.rest(product, exchange.url, *exchange.keys(account))
    desk = Desk(f"binance-futures-connector, {terms.name}", told(product, client))
    FuturesStory(desk, exchange, account, terms).run()
    if product == "cm":
        same("brackets of all", len(client.leverage_brackets()) > 1, True)
    by_private_key(exchange, product, terms)
    market_streams(exchange, product, terms)
    account_stream(exchange, product, terms, account)
    asked = {*desk.asked, "GET v2/ticker/price", "GET v2/leverageBracket"}
    if product == "um":
        # Named for pairs that can be converted, it asks what the venue gave away.
        same("what was given away", client.list_all_convert_pairs()["rows"], [])
        asked.add("GET sapi asset/assetDividend")
    older.left_out(type(client), asked, REASONS, {})


def main() -> None:
    exchange = served()
    product_session(exchange, "um", USDM, "alice")
    product_session(exchange, "cm", COINM, "carol")


if __name__ == "__main__":
    older.ended(main)
