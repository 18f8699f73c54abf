"""Spot as ccxt trades it: market data, every type of order, history, transfers, balances."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from desk import Desk, Mover, raises

from clients.exchange import Exchange
from clients.proof import eventually, money, same, shown

SYMBOL = "BTC/USDT"
AMOUNT = 0.01
PUSH = 0.5
HOUR = 3_600_000


def book_of(answer: Any) -> bool:
    """Bids below asks, each side in order."""
    bids, asks = ([row[0] for row in answer[side]] for side in ("bids", "asks"))
    return bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]


def rising(rows: list[Any]) -> bool:
    """Candles, or rows with a time, oldest first, some."""
    times = [row[0] if isinstance(row, list) else row["timestamp"] for row in rows]
    return bool(rows) and times == sorted(times)


class SpotTale:
    """Told with one client for one account."""

    def __init__(self, desk: Desk, mover: Mover, exchange: Exchange, name: str) -> None:
        self.desk = desk
        self.mover = mover
        self.exchange = exchange
        self.name = name

    def run(self) -> None:
        for part in (self.market_data, self.resting, self.taking, self.sleeping, self.shortcuts, self.lists,
                     self.transfers, self.history, self.money_agrees):  # fmt: skip
            part()

    def order(self, kind: str, side: str, amount: float | None, price: float | None = None, **params: Any) -> Any:
        return self.desk("createOrder", SYMBOL, kind, side, amount, price, params)

    def seen(self, made: Any) -> Any:
        return self.desk("fetchOrder", made["id"], SYMBOL)

    def open_ids(self) -> list[str]:
        return sorted(row["id"] for row in self.desk("fetchOpenOrders", SYMBOL))

    def market_data(self) -> None:
        now = int(time.time() * 1000)
        frames = list(self.desk.client.timeframes)
        self.desk.table("market data", [
            ("fetchTime", (), lambda a: abs(a - now) < 20_000),
            ("fetchStatus", (), lambda a: a["status"] == "ok"),
            ("fetchMarkets", (), lambda a: {row["type"] for row in a} == {"spot", "swap", "future"}),
            ("fetchCurrencies", (), lambda a: a["BTC"]["precision"] == 1e-8),
            ("fetchTicker", (SYMBOL,), lambda a: a["low"] <= a["last"] <= a["high"]),
            ("fetchTickers", ([SYMBOL, "ETH/USDT"],), lambda a: set(a) == {SYMBOL, "ETH/USDT"}),
            ("fetchBidsAsks", ([SYMBOL],), lambda a: a[SYMBOL]["bid"] < a[SYMBOL]["ask"]),
            ("fetchLastPrices", ([SYMBOL],), lambda a: a[SYMBOL]["price"] > 0),
            *[("fetchOrderBook", (SYMBOL, n), book_of) for n in (5, 100, 500, 1000, 5000)],
            ("fetchL2OrderBook", (SYMBOL,), book_of),
            ("fetchTrades", (SYMBOL, None, 50), rising),
            ("fetchTrades", (SYMBOL, now - HOUR, 50), rising),
            *[("fetchOHLCV", (SYMBOL, frame, None, 3), lambda a: rising(a) and len(a) <= 3) for frame in frames],
            ("fetchOHLCV", (SYMBOL, "1m", now - HOUR, 10), lambda a: a[0][0] >= now - HOUR and len(a) == 10),
            ("fetchTradingFee", (SYMBOL,), lambda a: a["taker"] == 0.001),
            ("fetchTradingFees", (), lambda a: SYMBOL in a),
            ("fetchTransactionFees", (), lambda a: "withdraw" in a),
            ("fetchTransactionFee", ("BTC",), lambda a: "withdraw" in a),
            ("fetchDepositWithdrawFees", (), lambda a: "BTC" in a),
            ("fetchDepositWithdrawFee", ("BTC",), lambda a: "networks" in a),
            ("fetchTradingLimits", ([SYMBOL],), lambda a: SYMBOL in a),
        ])  # fmt: skip

    def resting(self) -> None:
        low = self.desk.price(SYMBOL, -3)
        made = self.order("limit", "buy", AMOUNT, low, clientOrderId=f"first-{self.name}")
        same("its status", self.seen(made)["status"], "open")
        by_name = self.desk("fetchOrder", None, SYMBOL, {"clientOrderId": f"first-{self.name}"})
        same("the order by its client's id", (by_name["id"], by_name["price"]), (made["id"], low))
        lower = self.desk.price(SYMBOL, -4)
        moved = self.desk("editOrder", made["id"], SYMBOL, "limit", "buy", AMOUNT * 2, lower)
        found = self.seen(moved)
        same("the order in its place", (found["amount"], found["price"]), (AMOUNT * 2, lower))
        same("the one before", self.seen(made)["status"], "canceled")
        same("its end", self.desk("cancelOrder", moved["id"], SYMBOL)["status"], "canceled")
        raises("a second cancel", lambda: self.desk("cancelOrder", moved["id"], SYMBOL), "OrderNotFound")
        maker = self.desk("createPostOnlyOrder", SYMBOL, "limit", "sell", AMOUNT, self.desk.price(SYMBOL, 3))
        iceberg = self.order("limit", "buy", AMOUNT, low, icebergQty=0.002)
        same("what an iceberg shows", self.seen(iceberg)["info"]["icebergQty"], "0.00200000")
        same("open orders", self.open_ids(), sorted([maker["id"], iceberg["id"]]))
        taker = self.desk.price(SYMBOL, 1)
        raises("a maker that would take", lambda: self.order("limit", "buy", AMOUNT, taker, postOnly=True),
               "OrderImmediatelyFillable")  # fmt: skip
        same("all canceled", len(self.desk("cancelAllOrders", SYMBOL)), 2)
        same("open orders", self.open_ids(), [])
        self.order("limit", "buy", AMOUNT, low, test=True)
        same("after a test", self.open_ids(), [])
        shown("orders rest, are replaced, canceled one by one and together; a maker never takes; a test leaves nothing")

    def taking(self) -> None:
        high, low = self.desk.price(SYMBOL, 1), self.desk.price(SYMBOL, -1)
        table: list[tuple[str, Callable[[], Any], str, float]] = [
            ("market", lambda: self.order("market", "buy", AMOUNT), "closed", AMOUNT),
            ("market, of a kind's own method", lambda: self.desk("createMarketBuyOrder", SYMBOL, AMOUNT), "closed",
             AMOUNT),
            ("limit that crosses", lambda: self.order("limit", "sell", AMOUNT, low), "closed", AMOUNT),
            ("IOC", lambda: self.order("limit", "buy", AMOUNT, high, timeInForce="IOC"), "closed", AMOUNT),
            ("IOC too low", lambda: self.order("limit", "buy", AMOUNT, low, timeInForce="IOC"), "expired", 0),
            ("FOK", lambda: self.order("limit", "sell", AMOUNT, low, timeInForce="FOK"), "closed", AMOUNT),
            ("FOK too high", lambda: self.order("limit", "sell", AMOUNT, high, timeInForce="FOK"), "expired", 0),
        ]  # fmt: skip
        for what, call, status, filled in table:
            made = self.seen(call())
            same(f"{what}: status", (made["status"], made["filled"]), (status, filled))
        for name in ("createMarketBuyOrderWithCost", "createMarketSellOrderWithCost"):
            spent = self.seen(self.desk(name, SYMBOL, 250))
            if not 240 < spent["cost"] <= 250:
                raise AssertionError(f"{name}: {spent}")
        shown(f"{len(table)} ways to take, and by what it may cost in both directions")

    def sleeping(self) -> None:
        up, down = self.desk.price(SYMBOL, 0.04), self.desk.price(SYMBOL, -0.04)
        far = {"buy": self.desk.price(SYMBOL, 2), "sell": self.desk.price(SYMBOL, -2)}
        rows: list[tuple[str, str, str, dict[str, Any]]] = [
            ("market", "buy", "STOP_LOSS", {"stopLossPrice": up}),
            ("limit", "buy", "STOP_LOSS_LIMIT", {"triggerPrice": up}),
            ("market", "sell", "TAKE_PROFIT", {"takeProfitPrice": up}),
            ("limit", "sell", "TAKE_PROFIT_LIMIT", {"takeProfitPrice": up}),
            ("market", "sell", "STOP_LOSS", {"stopLossPrice": down}),
            ("limit", "sell", "STOP_LOSS_LIMIT", {"stopLossPrice": down}),
            ("market", "buy", "TAKE_PROFIT", {"takeProfitPrice": down}),
            ("limit", "buy", "TAKE_PROFIT_LIMIT", {"takeProfitPrice": down}),
            ("market", "sell", "STOP_LOSS", {"trailingPercent": 0.1, "stopLossOrTakeProfit": "stopLoss"}),
        ]
        for kind, side, name, params in rows:
            price = far[side] if kind == "limit" else None
            made = self.order(kind, side, AMOUNT, price, **params)
            same("its type at the venue", self.seen(made)["info"]["type"], name)
            push = "buy" if up in params.values() else "sell"
            woken = self._until_closed(made, push)
            same(f"{name} {side}", (woken["status"], woken["filled"]), ("closed", AMOUNT))
            up, down = self._levels(rows, up, down)
        shown(f"{len(rows)} kinds of sleeping orders wake when the price comes, and trade")

    def _until_closed(self, made: Any, push: str) -> Any:
        return self.mover.push(SYMBOL, push, PUSH, lambda: (o := self.seen(made))["status"] == "closed" and o)

    def _levels(self, rows: list[Any], up: float, down: float) -> tuple[float, float]:
        """The price has moved: triggers that are still to come are put around it anew."""
        new = self.desk.price(SYMBOL, 0.04), self.desk.price(SYMBOL, -0.04)
        for *_, params in rows:
            for name, value in params.items():
                if value in (up, down):
                    params[name] = new[0] if value == up else new[1]
        return new

    def shortcuts(self) -> None:
        """The methods with the type of the order in their name."""
        low, lower, high = self.desk.price(SYMBOL, -3), self.desk.price(SYMBOL, -4), self.desk.price(SYMBOL, 3)
        for name, given in {
            "createLimitOrder": ("buy", AMOUNT, low),
            "createLimitBuyOrder": (AMOUNT, low),
            "createLimitSellOrder": (AMOUNT, high),
            "createStopLimitOrder": ("sell", AMOUNT, lower, low),
            "createTriggerOrder": ("limit", "sell", AMOUNT, lower, low),
            "createStopOrder": ("limit", "sell", AMOUNT, lower, low),
            "createStopLossOrder": ("limit", "sell", AMOUNT, lower, low),
            "createTakeProfitOrder": ("limit", "buy", AMOUNT, high, low),
        }.items():
            same(f"{name}: status", self.seen(self.desk(name, SYMBOL, *given))["status"], "open")
        same("all canceled", len(self.desk("cancelAllOrders", SYMBOL)), 8)
        for name, given in {
            "createMarketOrder": ("buy", AMOUNT),
            "createMarketSellOrder": (AMOUNT,),
            "createMarketOrderWithCost": ("buy", 100),
        }.items():
            same(f"{name}: status", self.seen(self.desk(name, SYMBOL, *given))["status"], "closed")
        shown("each type by the method of its name")

    def lists(self) -> None:
        """One cancels the other: ccxt has no method of its own, its users take the venue's call."""
        sell, stop, limit = (self.desk.price(SYMBOL, percent) for percent in (2, -2, -2.1))
        both = {"symbol": "BTCUSDT", "side": "SELL", "quantity": AMOUNT, "price": sell, "stopPrice": stop,
                "stopLimitPrice": limit, "stopLimitTimeInForce": "GTC"}  # fmt: skip
        old = self.desk("privatePostOrderOco", both)
        same("orders of the list", len(old["orders"]), 2)
        self.desk("privateDeleteOrderList", {"symbol": "BTCUSDT", "orderListId": old["orderListId"]})
        new = self.desk("privatePostOrderlistOco", {
            "symbol": "BTCUSDT", "side": "SELL", "quantity": AMOUNT, "aboveType": "LIMIT_MAKER", "abovePrice": sell,
            "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": stop, "belowPrice": limit, "belowTimeInForce": "GTC",
        })  # fmt: skip
        same("open orders", self.open_ids(), sorted(str(row["orderId"]) for row in new["orders"]))
        lists = self.desk("privateGetOpenOrderList")
        same("open lists", [str(row["orderListId"]) for row in lists], [str(new["orderListId"])])
        self.desk("cancelOrder", new["orders"][0]["orderId"], SYMBOL)
        same("one cancels the other", self.open_ids(), [])
        shown("lists of two: placed by the old call and the new one; one canceled cancels the other")

    def transfers(self) -> None:
        for coin, other in (("USDT", "linear"), ("BTC", "inverse"), ("USDT", "funding")):
            for source, target in (("spot", other), (other, "spot")):
                same("its currency", self.desk("transfer", coin, 0.1, source, target)["currency"], coin)
        rows = self.desk("fetchTransfers", "USDT", None, 10, {"fromAccount": "spot", "toAccount": "linear"})
        same("the transfer told", rows[-1]["amount"], 0.1)
        came = self.desk("fetchDeposits", "USDT")
        same("what it began with", [(row["amount"], row["status"]) for row in came], [(1_000_000, "ok")])
        same("withdrawals", self.desk("fetchWithdrawals", "USDT"), [])
        shown("money moves between wallets and back; what came from outside is told")

    def history(self) -> None:
        orders = self.desk("fetchOrders", SYMBOL, None, 1000)
        trades = self.desk("fetchMyTrades", SYMBOL, None, 1000)
        filled = {row["id"]: money(row["filled"]) for row in orders if row["filled"]}
        traded: dict[str, Decimal] = {}
        for row in trades:
            traded[row["order"]] = traded.get(row["order"], Decimal(0)) + money(row["amount"])
        same("what orders say they filled, and their trades", traded, filled)
        some = orders[len(orders) // 2]
        later = self.desk("fetchOrders", SYMBOL, some["timestamp"], 1000)
        same("orders since a time", [row["id"] for row in later],
             [row["id"] for row in orders if row["timestamp"] >= some["timestamp"]])  # fmt: skip
        since = self.desk("fetchMyTrades", SYMBOL, trades[3]["timestamp"], 1000)
        same("trades since a time", [row["id"] for row in since],
             [row["id"] for row in trades if row["timestamp"] >= trades[3]["timestamp"]])  # fmt: skip
        by_state = {
            "closed": [row["id"] for row in self.desk("fetchClosedOrders", SYMBOL)],
            "canceled": [row["id"] for row in self.desk("fetchCanceledOrders", SYMBOL)],
        }
        for status, ids in by_state.items():
            same(f"{status} orders", set(ids), {row["id"] for row in orders if row["status"] == status})
        both = self.desk("fetchCanceledAndClosedOrders", SYMBOL)
        same("both", {row["id"] for row in both}, set(by_state["closed"]) | set(by_state["canceled"]))
        done = next(row for row in orders if row["filled"])
        of_one = self.desk("fetchOrderTrades", done["id"], SYMBOL)
        same("an order's trades", sum(money(row["amount"]) for row in of_one), filled[done["id"]])
        shown(f"{len(orders)} orders and {len(trades)} trades tell the same story, whole, by time and by state")

    def money_agrees(self) -> None:
        eventually("no order open", lambda: not self.open_ids())
        answer, ledger = self.exchange.settled(self.name, "spot", lambda: self.desk("fetchBalance", {"type": "spot"}))
        told = {asset: (money(answer["free"][asset]), money(answer["used"][asset])) for asset in ledger}
        same("balances of spot", told, ledger)
        shown(f"balances of spot are the ledger's: {', '.join(sorted(ledger))}")
