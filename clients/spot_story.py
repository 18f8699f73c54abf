"""Spot, as every client tells it: market data, every type of order, lists, history, wallet."""

from collections.abc import Callable
from typing import Any

from clients.exchange import Exchange
from clients.proof import eventually, money, refused, same, shown
from clients.stories import Desk, Json, Mover, again, near

SYMBOL = "BTCUSDT"
TICK = "0.01"
ORDER = "/api/v3/order"


def descending(rows: list[Any]) -> bool:
    """Whether each first figure is smaller than the one before."""
    prices = [money(row[0]) for row in rows]
    return prices == sorted(prices, reverse=True)


def a_book(book: Json) -> bool:
    """Bids fall, asks rise, and they do not cross."""
    return (
        descending(book["bids"])
        and descending(book["asks"][::-1])
        and money(book["bids"][0][0]) < money(book["asks"][0][0])
    )


def candles(rows: list[list[Any]]) -> bool:
    """Twelve figures each, in order, with a high that is the highest."""
    times = [row[0] for row in rows]
    return bool(rows) and times == sorted(times) and all(
        len(row) == 12 and money(row[3]) <= min(money(row[1]), money(row[4])) <= money(row[2]) for row in rows
    )  # fmt: skip


def of_symbol(answer: Json) -> bool:
    return bool(answer["symbol"] == SYMBOL)


MARKET_DATA: list[tuple[str, Json, Callable[[Any], bool]]] = [
    ("GET exchangeInfo", {}, lambda a: SYMBOL in [row["symbol"] for row in a["symbols"]]),
    ("GET executionRules", {"symbol": SYMBOL}, bool),
    ("GET depth", {"symbol": SYMBOL, "limit": 100}, a_book),
    ("GET trades", {"symbol": SYMBOL, "limit": 20}, lambda a: 0 < len(a) <= 20),
    ("GET historicalTrades", {"symbol": SYMBOL, "limit": 5}, lambda a: 0 < len(a) <= 5),
    ("GET aggTrades", {"symbol": SYMBOL, "limit": 5}, lambda a: 0 < len(a) <= 5),
    ("GET klines", {"symbol": SYMBOL, "interval": "1m", "limit": 30}, candles),
    ("GET uiKlines", {"symbol": SYMBOL, "interval": "5m", "limit": 30}, candles),
    ("GET avgPrice", {"symbol": SYMBOL}, lambda a: money(a["price"]) > 0),
    ("GET ticker/24hr", {"symbol": SYMBOL}, of_symbol),
    ("GET ticker/tradingDay", {"symbol": SYMBOL}, of_symbol),
    ("GET ticker", {"symbol": SYMBOL, "windowSize": "1h"}, of_symbol),
    ("GET ticker/price", {"symbol": SYMBOL}, of_symbol),
    ("GET ticker/bookTicker", {"symbol": SYMBOL}, lambda a: money(a["bidPrice"]) < money(a["askPrice"])),
]

SLEEPERS: list[tuple[str, str, str, Json]] = [
    ("STOP_LOSS", "BUY", "0.03", {}),
    ("STOP_LOSS", "SELL", "-0.03", {}),
    ("TAKE_PROFIT", "BUY", "-0.03", {}),
    ("TAKE_PROFIT", "SELL", "0.03", {}),
    ("STOP_LOSS_LIMIT", "BUY", "0.03", {"timeInForce": "GTC", "price": "2"}),
    ("TAKE_PROFIT_LIMIT", "SELL", "0.03", {"timeInForce": "GTC", "price": "-2"}),
]
"""Type, side, where its price is, and what else it takes; a limit price is a distance in percent too."""

WALLET: list[tuple[str, Json, Callable[[Any], bool]]] = [
    ("GET sapi system/status", {}, lambda a: a["status"] == 0),
    ("GET sapi capital/config/getall", {}, lambda a: {"BTC", "USDT"} <= {row["coin"] for row in a}),
    ("GET sapi asset/tradeFee", {"symbol": SYMBOL}, lambda a: a[0]["symbol"] == SYMBOL),
    ("GET sapi account/status", {}, lambda a: a["data"] == "Normal"),
    ("GET sapi account/info", {}, bool),
    ("GET sapi account/apiRestrictions", {}, lambda a: a["enableReading"] is True),
    ("GET sapi bnbBurn", {}, lambda a: "spotBNBBurn" in a),
    ("POST sapi asset/getUserAsset", {"asset": "USDT"}, lambda a: a[0]["asset"] == "USDT"),
    ("GET sapi spot/delist-schedule", {}, lambda a: isinstance(a, list)),
    ("GET sapi account/apiTradingStatus", {}, lambda a: a["data"]["isLocked"] is False),
    ("GET sapi asset/assetDetail", {"asset": "BTC"}, lambda a: a["BTC"]["withdrawStatus"] is False),
    ("GET sapi asset/assetDividend", {}, lambda a: a["rows"] == []),
    ("GET sapi asset/dribblet", {}, lambda a: a["userAssetDribblets"] == []),
    ("GET sapi capital/deposit/hisrec", {"coin": "BTC"}, lambda a: [money(row["amount"]) for row in a] == [money(10)]),
    ("GET sapi capital/withdraw/history", {}, lambda a: a == []),
]


class SpotStory:
    """Told by one client for one account. The price is moved by somebody else."""

    def __init__(self, desk: Desk, exchange: Exchange, name: str) -> None:
        self.desk = desk
        self.exchange = exchange
        self.name = name
        self.mover = Mover(exchange)

    def run(self) -> None:
        for part in (self.market_data, self.resting, self.taking, self.sleeping, self.hiding, self.lists,
                     self.changing, self.history, self.wallet, self.money_agrees):  # fmt: skip
            part()
        self.desk.told()

    def table(self, rows: list[tuple[str, Json, Callable[[Any], bool]]]) -> int:
        """Ask every call the client has; how many."""
        asked = [(call, params, holds) for call, params, holds in rows if self.desk.has(call)]
        for call, params, holds in asked:
            answer = self.desk(call, **params)
            if not holds(answer):
                raise AssertionError(f"{call}: {answer!r}")
        return len(asked)

    def price(self) -> str:
        """The last price."""
        return str(self.desk("GET ticker/price", symbol=SYMBOL)["price"])

    def place(self, kind: str, side: str, **more: Any) -> Json:
        return self.desk("POST order", symbol=SYMBOL, side=side, type=kind, **more)

    def limit(self, side: str, percent: str, qty: str = "0.01", **more: Any) -> Json:
        price = near(self.price(), percent, TICK)
        return self.place("LIMIT", side, **{"timeInForce": "GTC", "quantity": qty, "price": price, **more})

    def order(self, made: Json) -> Json:
        return self.desk("GET order", symbol=SYMBOL, orderId=made["orderId"])

    def open_ids(self) -> list[int]:
        return [row["orderId"] for row in self.desk("GET openOrders", symbol=SYMBOL)]

    # The parts

    def market_data(self) -> None:
        for call in ("GET ping", "GET time"):
            if self.desk.has(call):
                self.desk(call)
        for call in ("GET referencePrice", "GET referencePrice/calculation"):
            if self.desk.has(call):
                refused("a price the symbol does not have", lambda call=call: self.desk(call, symbol=SYMBOL), -2043)
        shown(f"{self.table(MARKET_DATA)} calls of market data")

    def resting(self) -> None:
        made = self.limit("BUY", "-5", newClientOrderId="the-first")
        same("its status", made["status"], "NEW")
        asked = self.desk("GET order", symbol=SYMBOL, origClientOrderId="the-first")
        same("the order by its client's id", (asked["orderId"], asked["price"]), (made["orderId"], made["price"]))
        same("open orders", self.open_ids(), [made["orderId"]])
        gone = self.desk("DELETE order", symbol=SYMBOL, orderId=made["orderId"])
        same("its status", (gone["status"], gone["origClientOrderId"]), ("CANCELED", "the-first"))
        refused("a second cancel", lambda: self.desk("DELETE order", symbol=SYMBOL, orderId=made["orderId"]), -2011)
        maker = self.place("LIMIT_MAKER", "SELL", quantity="0.01", price=near(self.price(), "5", TICK))
        second = self.limit("BUY", "-4")
        same("open orders", sorted(self.open_ids()), sorted([maker["orderId"], second["orderId"]]))
        if self.desk.has("DELETE openOrders"):
            self.desk("DELETE openOrders", symbol=SYMBOL)
        else:
            for order in (maker, second):
                self.desk("DELETE order", symbol=SYMBOL, orderId=order["orderId"])
        same("open orders", self.open_ids(), [])
        crossing = {"quantity": "0.01", "price": near(self.price(), "1", TICK)}
        refused("a maker that would take", lambda: self.place("LIMIT_MAKER", "BUY", **crossing), -2010)
        if self.desk.has("POST order/test"):
            self.desk("POST order/test", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
            same("open orders", self.open_ids(), [])
        shown("limit orders rest, are found by both ids, are canceled one by one and all at once; makers never take")

    def taking(self) -> None:
        by_quote = {"quantity": "0.01"} if "quoteOrderQty" in self.desk.cannot else {"quoteOrderQty": "500"}
        rows: list[Json] = [
            self.place("MARKET", "BUY", quantity="0.02"),
            self.place("MARKET", "SELL", **by_quote),
            self.limit("BUY", "1", timeInForce="IOC"),
            self.limit("SELL", "-1", timeInForce="FOK"),
            self.limit("BUY", "1"),
        ]
        for made in rows:
            same("its status", made["status"], "FILLED")
            trades = self.desk("GET myTrades", symbol=SYMBOL, orderId=made["orderId"])
            same("what traded", sum(money(row["qty"]) for row in trades), money(made["executedQty"]))
            quote = sum(money(row["quoteQty"]) for row in trades)
            same("for how much", quote, money(made["cummulativeQuoteQty"]))
        nothing = self.limit("BUY", "-3", timeInForce="IOC")
        same("an IOC order nobody sells to", nothing["status"], "EXPIRED")
        shown("market orders by quantity and by quote, limit, IOC and FOK orders fill; trades add up to each")

    def sleeping(self) -> None:
        for row in SLEEPERS:
            made = again(lambda row=row: self.asleep(*row))
            self.woken(made, "BUY" if money(row[2]) > 0 else "SELL")
        made = self.place("STOP_LOSS", "SELL", quantity="0.01", trailingDelta=10)
        self.woken(made, "SELL")
        shown("stop losses and take profits, market and limit, and a trailing stop wait, wake and fill")

    def asleep(self, kind: str, side: str, where: str, more: Json) -> Json:
        """An order that waits for a price near the last one."""
        price = self.price()
        terms = {**more, "price": near(price, more["price"], TICK)} if more else {}
        return self.place(kind, side, quantity="0.01", stopPrice=near(price, where, TICK), **terms)

    def woken(self, made: Json, push: str) -> None:
        """It sleeps; the price goes there; it is filled."""
        if self.order(made)["status"] == "NEW":
            self.mover.push(ORDER, SYMBOL, push, "2", lambda: self.order(made)["status"] != "NEW")
        eventually("a woken order is filled", lambda: self.order(made)["status"] == "FILLED")

    def hiding(self) -> None:
        made = self.limit("SELL", "3", "0.05", icebergQty="0.01")
        level = [row for row in self.desk("GET depth", symbol=SYMBOL, limit=1000)["asks"] if row[0] == made["price"]]
        same("what the book shows of an iceberg", [money(qty) for _, qty in level], [money("0.01")])
        self.desk("DELETE order", symbol=SYMBOL, orderId=made["orderId"])
        peg = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 5}
        pegged = again(lambda: self.place("LIMIT", "BUY", timeInForce="GTC", quantity="0.01", **peg))
        found = self.order(pegged)
        same("a pegged order", (found["pegPriceType"], found["pegOffsetValue"]), ("PRIMARY_PEG", 5))
        self.desk("DELETE order", symbol=SYMBOL, orderId=pegged["orderId"])
        shown("an iceberg shows one slice; a pegged order takes the price of a level of its side")

    def lists(self) -> None:
        down, limit = (near(self.price(), percent, TICK) for percent in ("-3", "3"))
        if self.desk.has("POST orderList/oco"):
            made = again(self.pair)
            self.mover.push(ORDER, SYMBOL, "BUY", "2", lambda: self.done(made))
            found = sorted(self.order(row)["status"] for row in made["orders"])
            same("one of a pair ends the other", found, ["EXPIRED", "FILLED"])
        pending = {"pendingType": "LIMIT", "pendingSide": "SELL", "pendingQuantity": "0.01", "pendingPrice": limit,
                   "pendingTimeInForce": "GTC"}  # fmt: skip
        pendings = {
            "pendingSide": "SELL",
            "pendingQuantity": "0.01",
            "pendingAboveType": "LIMIT_MAKER",
            "pendingAbovePrice": limit,
            "pendingBelowType": "STOP_LOSS",
            "pendingBelowStopPrice": down,
        }
        for kind, second in (("oto", pending), ("otoco", pendings), ("opo", pending), ("opoco", pendings)):
            call = f"POST orderList/{kind}"
            if self.desk.has(call):
                self.list_with_pending(call, second, takes_all=kind.startswith("opo"))
        kinds = [kind for kind in ("oco", "oto", "otoco", "opo", "opoco") if self.desk.has(f"POST orderList/{kind}")]
        if kinds:
            shown(f"lists ({', '.join(kinds)}): one fills and ends or wakes the others; found and canceled as a list")

    def pair(self) -> Json:
        """A sale a little above the market, and one far below it."""
        ask = self.desk("GET ticker/bookTicker", symbol=SYMBOL)["askPrice"]
        top = max(money(ask), money(self.price()))
        down = near(top, "-3", TICK)
        above = {"aboveType": "LIMIT_MAKER", "abovePrice": near(top, "0.03", TICK)}
        below = {"belowType": "STOP_LOSS_LIMIT", "belowStopPrice": down, "belowPrice": down, "belowTimeInForce": "GTC"}
        return self.desk("POST orderList/oco", symbol=SYMBOL, side="SELL", quantity="0.01", **above, **below)

    def list_with_pending(self, call: str, pending: Json, *, takes_all: bool) -> None:
        """The working order fills at once, its pending ones rest, and go with their list."""
        first = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": near(self.price(), "1", TICK),
                 "workingQuantity": "0.01", "workingTimeInForce": "GTC"}  # fmt: skip
        second = {name: value for name, value in pending.items() if not (takes_all and name == "pendingQuantity")}
        made = self.desk(call, symbol=SYMBOL, **first, **second)
        statuses = sorted(self.order(row)["status"] for row in made["orders"])
        same(f"{call}: the first order filled", statuses, ["FILLED", *["NEW"] * (len(made["orders"]) - 1)])
        number = made["orderListId"]
        if self.desk.has("GET openOrderList"):
            same("open lists", [row["orderListId"] for row in self.desk("GET openOrderList")], [number])
        if self.desk.has("DELETE orderList"):
            gone = self.desk("DELETE orderList", symbol=SYMBOL, orderListId=number)
            same("a canceled list", gone["listOrderStatus"], "ALL_DONE")
        else:
            self.desk("DELETE openOrders", symbol=SYMBOL)
        same("open orders", self.open_ids(), [])

    def done(self, made: Json) -> bool:
        if self.desk.has("GET orderList"):
            return bool(self.desk("GET orderList", orderListId=made["orderListId"])["listOrderStatus"] == "ALL_DONE")
        return all(self.order(row)["status"] not in {"NEW", "PENDING_NEW"} for row in made["orders"])

    def changing(self) -> None:
        old = self.limit("BUY", "-5", "0.02")
        words = []
        if self.desk.has("POST order/cancelReplace"):
            words.append("replaced")
            new = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": old["orderId"], "timeInForce": "GTC",
                   "quantity": "0.03", "price": near(self.price(), "-4", TICK)}  # fmt: skip
            answer = self.desk("POST order/cancelReplace", symbol=SYMBOL, side="BUY", type="LIMIT", **new)
            same("the replaced order", self.order(old)["status"], "CANCELED")
            old = answer["newOrderResponse"]
        if self.desk.has("PUT order/amend/keepPriority"):
            words.append("amended")
            kept = self.desk("PUT order/amend/keepPriority", symbol=SYMBOL, orderId=old["orderId"], newQty="0.015")
            same("the amended order", money(kept["amendedOrder"]["qty"]), money("0.015"))
            if self.desk.has("GET order/amendments"):
                rows = self.desk("GET order/amendments", symbol=SYMBOL, orderId=old["orderId"])
                same("its amendments", [money(row["newQty"]) for row in rows], [money("0.015")])
        same("open orders", self.open_ids(), [old["orderId"]])
        self.desk("DELETE order", symbol=SYMBOL, orderId=old["orderId"])
        if words:
            shown(f"orders are {' and '.join(words)}")

    def history(self) -> None:
        orders = self.desk("GET allOrders", symbol=SYMBOL)
        trades = self.desk("GET myTrades", symbol=SYMBOL)
        filled = {row["orderId"]: money(row["executedQty"]) for row in orders if money(row["executedQty"])}
        traded = dict.fromkeys(filled, money(0))
        for row in trades:
            traded[row["orderId"]] = traded.get(row["orderId"], money(0)) + money(row["qty"])
        same("trades by order", traded, filled)
        page = self.desk("GET allOrders", symbol=SYMBOL, orderId=orders[-3]["orderId"], limit=2)
        same("a page", [row["orderId"] for row in page], [row["orderId"] for row in orders[-3:-1]])
        first = trades[0]["time"]
        since = self.desk("GET myTrades", symbol=SYMBOL, startTime=first, limit=3)
        same("trades since the first", [row["id"] for row in since], [row["id"] for row in trades[:3]])
        asked = self.table([
            ("GET allOrderList", {}, lambda a: len(a) > 0),
            ("GET openOrderList", {}, lambda a: a == []),
            ("GET account/commission", {"symbol": SYMBOL}, of_symbol),
            ("GET rateLimit/order", {}, lambda a: {row["interval"] for row in a} == {"SECOND", "DAY"}),
            ("GET myFilters", {"symbol": SYMBOL}, bool),
            ("GET myPreventedMatches", {"symbol": SYMBOL, "orderId": orders[0]["orderId"]}, lambda a: a == []),
            ("GET myAllocations", {"symbol": SYMBOL}, lambda a: a == []),
        ])  # fmt: skip
        shown(f"{len(orders)} orders and {len(trades)} trades agree, by page and by time; {asked} further calls")

    def wallet(self) -> None:
        asked = self.table(WALLET)
        if self.desk.has("POST sapi asset/transfer"):
            moved = self.desk("POST sapi asset/transfer", type="MAIN_UMFUTURE", asset="USDT", amount="1000")
            rows = self.desk("GET sapi asset/transfer", type="MAIN_UMFUTURE")["rows"]
            same("the transfer", (rows[0]["tranId"], money(rows[0]["amount"])), (moved["tranId"], money(1000)))
            self.desk("POST sapi asset/transfer", type="UMFUTURE_MAIN", asset="USDT", amount="1000")
            if self.desk.has("POST sapi asset/get-funding-asset"):
                self.desk("POST sapi asset/transfer", type="MAIN_FUNDING", asset="USDT", amount="7")
                (row,) = self.desk("POST sapi asset/get-funding-asset", asset="USDT")
                same("the funding wallet", money(row["free"]), money(7))
                self.desk("POST sapi asset/transfer", type="FUNDING_MAIN", asset="USDT", amount="7")
            shown(f"{asked} calls of the wallet; a transfer to the futures and back")

    def money_agrees(self) -> None:
        answer, ledger = self.exchange.settled(self.name, "spot", lambda: self.desk("GET account"))
        rows = {row["asset"]: (money(row["free"]), money(row["locked"])) for row in answer["balances"]}
        same("balances", {asset: both for asset, both in rows.items() if any(both)}, ledger)
        shown(f"balances equal the ledger: {', '.join(f'{asset} {free}' for asset, (free, _) in ledger.items())}")
