"""The session of binance-connector against a served exchange: `run` starts both."""

import threading
from typing import Any

import settings
from binance.spot import Spot
from family import family

from clients import older
from clients.exchange import Exchange, served
from clients.private_keys import KINDS, private_key
from clients.proof import same, shown
from clients.spot_story import SYMBOL, SpotStory
from clients.stories import Desk, Mover

MARGIN = "margin trading, loans and portfolio margin are not served"
EARN = "products beside trading: earning, staking, mining, conversion, cards, payments"
MANAGED = "of sub-accounts: margin, options, managed ones, keys, addresses, and sums"
FIGURES = "sums of all wallets in one asset are not served yet"
CHAIN = "nothing goes in or out over the API: the control API gives an account money"
OF_MODULES = {
    "_margin": MARGIN,
    "_portfolio_margin": MARGIN,
    "_crypto_loan": MARGIN,
    "_auto_invest": EARN,
    "_c2c": EARN,
    "_convert": EARN,
    "_fiat": EARN,
    "_gift_card": EARN,
    "_mining": EARN,
    "_nft": EARN,
    "_pay": EARN,
    "_rebate": EARN,
    "_simple_earn": EARN,
    "_staking": EARN,
    "_sub_account": MANAGED,
}
REASONS = {
    "POST sapi userDataStream": MARGIN,
    "PUT sapi userDataStream": MARGIN,
    "DELETE sapi userDataStream": MARGIN,
    "POST sapi userDataStream/isolated": MARGIN,
    "PUT sapi userDataStream/isolated": MARGIN,
    "DELETE sapi userDataStream/isolated": MARGIN,
    "GET sapi accountSnapshot": "files of history, made by the venue over night",
    "GET sapi asset/wallet/balance": FIGURES,
    "POST sapi asset/dust": EARN,
    "POST sapi asset/dust-btc": EARN,
    "GET sapi asset/ledger-transfer/cloud-mining/queryByPage": EARN,
    "POST sapi asset/convert-transfer": EARN,
    "GET sapi asset/convert-transfer/queryByPage": EARN,
    "GET sapi asset/custody/transfer-history": EARN,
    "POST sapi account/disableFastWithdrawSwitch": CHAIN,
    "POST sapi account/enableFastWithdrawSwitch": CHAIN,
    "GET sapi capital/deposit/address": CHAIN,
    "GET sapi capital/deposit/address/list": CHAIN,
    "POST sapi capital/deposit/credit-apply": CHAIN,
    "POST sapi capital/withdraw/apply": CHAIN,
    "GET sapi capital/withdraw/address/list": CHAIN,
    "GET sapi localentity/deposit/history": CHAIN,
    "PUT sapi localentity/deposit/provide-info": CHAIN,
    "POST sapi localentity/withdraw/apply": CHAIN,
    "GET sapi localentity/withdraw/history": CHAIN,
    "GET sapi localentity/vasp": CHAIN,
}
"""Calls that are not part of the story."""
RETIRED = "retired at the venue on 2026-02-20"
OVER_WEBSOCKET = {f"userDataStream.{word}": RETIRED for word in ("start", "ping", "stop")}
"""Methods of the WebSocket API that are not part of the story."""
SPOKEN = ("aggTrade", "trade", "kline", "24hrMiniTicker", "24hrTicker", "depthUpdate", "lastUpdateId", "B")


def market_streams(exchange: Exchange) -> None:
    """Every stream the package has a method for, raw and combined."""
    heard = older.Heard()
    raw = settings.streams(exchange.ws_url, heard)
    raw.agg_trade(SYMBOL)
    raw.trade(SYMBOL)
    raw.kline(SYMBOL, "1m")
    raw.mini_ticker(SYMBOL)
    raw.ticker(SYMBOL)
    raw.rolling_window_ticker(SYMBOL, "1h")
    raw.kline_timezone_offset(SYMBOL, "1m")
    heard.all_of((*SPOKEN[:5], "1hTicker"))
    raw.stop()
    heard = older.Heard()
    combined = settings.streams(exchange.ws_url, heard, is_combined=True)
    combined.book_ticker(SYMBOL)
    combined.partial_book_depth(SYMBOL, level=5, speed=100)
    combined.diff_book_depth(SYMBOL, speed=100)
    combined.mini_ticker()
    combined.rolling_window_ticker_all_symbols("4h")
    heard.all_of(SPOKEN[5:])
    combined.list_subscribe()
    listed = heard.until(lambda message: isinstance(message.get("result"), list))["result"]
    same("streams listed", len(listed), 5)
    combined.stop()
    shown(f"{len(SPOKEN) + 1} kinds of market streams speak, raw and combined")


def account_stream(exchange: Exchange, client: Spot) -> None:
    """By listen key, before and after the line broke: the package leaves it to its user to connect again."""
    other = Mover(exchange, "dave")
    key = client.new_listen_key()["listenKey"]
    for side in ("BUY", "SELL"):
        heard, lost = older.Heard(), threading.Event()
        stream = settings.streams(
            exchange.ws_url, heard, on_error=lambda *_, lost=lost: lost.set(), on_close=lambda *_, lost=lost: lost.set()
        )
        stream.user_data(key)
        heard.until(lambda message: "result" in message)
        other.ask("POST", "/api/v3/order", symbol=SYMBOL, side=side, type="MARKET", quantity="0.01")
        told: list[Any] = []

        def both(message: Any, told: list[Any] = told) -> bool:
            told.append(message)
            kinds = {message.get("X") or message.get("e") for message in told}
            return {"FILLED", "outboundAccountPosition"} <= kinds

        heard.until(both)
        position = next(message for message in told if message.get("e") == "outboundAccountPosition")
        same("assets that moved", {row["a"] for row in position["B"]} >= {"BTC", "USDT"}, True)
        if side == "BUY":
            stream.socket_manager.ws.sock.shutdown(2)
            same("the package says that the line is lost", lost.wait(20), True)
            client.renew_listen_key(key)
        else:
            stream.stop()
    client.close_listen_key(key)
    shown("the account's stream tells orders and balances, and again after a broken connection")


def by_private_keys(exchange: Exchange) -> None:
    """Orders signed with an RSA and an Ed25519 key, as the package can sign over REST."""
    for kind in KINDS:
        api_key, pem = private_key(exchange, "erin", kind)
        client = settings.rest(exchange.url, api_key, "", private_key=pem)
        made = client.new_order(SYMBOL, "BUY", "LIMIT", timeInForce="GTC", quantity="0.01", price="30000")
        same("canceled", client.cancel_order(SYMBOL, orderId=made["orderId"])["status"], "CANCELED")
    shown("orders are signed with RSA and with Ed25519 keys")


def main() -> None:
    exchange = served()
    print("==== REST", flush=True)
    client = settings.rest(exchange.url, *exchange.keys("alice"))
    calls = older.rest(client)
    desk = Desk("binance-connector, REST", calls)
    SpotStory(desk, exchange, "alice").run()
    for call in ("GET sapi margin/allPairs", "GET sapi margin/isolated/allPairs"):
        same(call, calls[call](), [])
    calls["POST sapi bnbBurn"](spotBNBBurn="true")
    calls["POST sapi bnbBurn"](spotBNBBurn="false")
    beside = family(exchange, "erin")
    by_private_keys(exchange)
    limited = settings.Spot(*exchange.keys("alice"), base_url=exchange.url, show_limit_usage=True)
    same("its own reading of limits", set(limited.time()["limit_usage"]), {"x-mbx-used-weight", "x-mbx-used-weight-1m"})
    print("==== WebSocket API", flush=True)
    answers = older.Answers()
    over_websocket: Any = settings.websocket_api(exchange.ws_url, *exchange.keys("carol"), answers)
    rest = older.rest(settings.rest(exchange.url, *exchange.keys("carol")))
    found = older.over_websocket(over_websocket, answers)
    old = found["GET historicalTrades"]
    found["GET historicalTrades"] = lambda **params: old(apiKey=exchange.keys("carol")[0], **params)
    over = Desk("binance-connector, WebSocket API", {**rest, **found})
    SpotStory(over, exchange, "carol").run()
    older.left_out_over_websocket(type(over_websocket), over.asked.keys() & found.keys(), OVER_WEBSOCKET)
    over_websocket.stop()
    print("==== streams", flush=True)
    market_streams(exchange)
    account_stream(exchange, settings.rest(exchange.url, *exchange.keys("dave")))
    asked = {*desk.asked, *beside, "GET sapi margin/allPairs", "GET sapi margin/isolated/allPairs", "POST sapi bnbBurn",
             "POST userDataStream", "PUT userDataStream", "DELETE userDataStream"}  # fmt: skip
    older.left_out(Spot, asked, REASONS, OF_MODULES)


if __name__ == "__main__":
    older.ended(main)
