"""An inverse trade of 300 dollars is 300 dollars wherever the venue tells of it, though a market counts contracts."""

from tests.dialects.bybit.v5.desk import INVERSE, Desk

BTC = {"category": "inverse", "symbol": "BTCUSD"}


def test_a_trade_of_dollars_is_told_in_dollars_everywhere(desk: Desk) -> None:
    heard = {topic: desk.listens(desk.bob, topic) for topic in ("order", "execution", "position")}
    prints = desk.hears("inverse", "publicTrade.BTCUSD")
    desk.places(desk.alice, INVERSE, "Sell", 5, 60_000)
    book = desk.asks("/v5/market/orderbook", **BTC)

    sent = {**BTC, "side": "Buy", "orderType": "Limit", "qty": "300", "price": "60000"}
    number = desk.does("/v5/order/create", sent)["orderId"]
    desk.flush()

    (order,) = desk.asks("/v5/order/history", category="inverse", orderId=number)["list"]
    (fill,) = desk.asks("/v5/execution/list", category="inverse")["list"]
    (position,) = desk.asks("/v5/position/list", **BTC)["list"]
    (ticker,) = desk.asks("/v5/market/tickers", **BTC)["list"]
    (candle,) = desk.asks("/v5/market/kline", **BTC, interval="1")["list"]
    (trade,) = desk.asks("/v5/market/recent-trade", **BTC)["list"]
    log = desk.asks("/v5/account/transaction-log", category="inverse")["list"]
    assert book["a"] == [["60000.00", "500"]]
    assert desk.asks("/v5/market/orderbook", **BTC)["a"] == [["60000.00", "200"]]
    assert (order["qty"], order["cumExecQty"], order["leavesQty"]) == ("300", "300", "0")
    assert (fill["execQty"], fill["orderQty"], fill["execValue"]) == ("300", "300", "0.005")
    assert (position["size"], position["positionValue"]) == ("300", "0.005")
    assert (ticker["singleOpenInterest"], ticker["volume24h"], ticker["turnover24h"]) == ("300", "300", "0.005")
    assert candle[5:] == ["300", "0.005"]
    assert trade["size"] == "300"
    assert fill["execId"] == trade["execId"]
    assert [row["qty"] for row in log if row["type"] == "TRADE"] == ["300"]
    assert heard["order"].rows[-1]["cumExecQty"] == "300"
    assert heard["execution"].rows[-1]["execQty"] == "300"
    assert heard["position"].rows[-1]["size"] == "300"
    assert prints.last["data"][-1]["v"] == "300"


def test_a_part_of_what_the_market_counts_in_is_refused(desk: Desk) -> None:
    answer = desk.post("/v5/order/create", {**BTC, "side": "Buy", "orderType": "Market", "qty": "150"})

    assert answer.code != 0
    assert desk.asks("/v5/position/list", **BTC)["list"][0]["size"] == "0"
