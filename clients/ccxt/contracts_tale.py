"""Contracts as ccxt trades them, USDⓈ-M and COIN-M: market data, every type of order, positions, margin, history."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ccxt
from desk import Desk, Mover, raises
from spot_tale import HOUR, book_of, rising

from clients.exchange import Exchange
from clients.proof import eventually, money, same, shown


@dataclass(frozen=True)
class Terms:
    """What differs between the two."""

    name: str
    symbol: str
    other: str
    amount: float
    push: float
    margin: float
    coin: str
    wallet: str
    linear: bool
    """Orders may have a day on which they end, and ccxt asks for ranks of deleveraging."""
    refused: str
    """ccxt's exception for a maker that would take and for all or nothing: coarse, as the address is not the venue's.
    """


USDM = Terms(
    "USDⓈ-M", "BTC/USDT:USDT", "ETH/USDT:USDT", 0.02, 2, 50, "USDT", "usdm", linear=True, refused="InvalidOrder"
)
COINM = Terms(
    "COIN-M", "BTC/USD:BTC", "ETH/USD:ETH", 10, 1000, 1, "BTC", "coinm", linear=False, refused="ExchangeError"
)


class ContractsTale:
    """Told with one client for one account."""

    def __init__(self, desk: Desk, mover: Mover, exchange: Exchange, name: str, terms: Terms) -> None:
        self.desk = desk
        self.mover = mover
        self.exchange = exchange
        self.name = name
        self.terms = terms
        self.symbol = terms.symbol

    def run(self) -> None:
        for part in (self.market_data, self.settings, self.resting, self.batches, self.taking, self.sleeping,
                     self.shortcuts, self.closing, self.isolated, self.hedged, self.history,
                     self.money_agrees):  # fmt: skip
            part()

    def order(self, kind: str, side: str, amount: float | None, price: float | None = None, **params: Any) -> Any:
        return self.desk("createOrder", self.symbol, kind, side, amount, price, params)

    def seen(self, made: Any, **params: Any) -> Any:
        return self.desk("fetchOrder", made["id"], self.symbol, params)

    def open_ids(self, **params: Any) -> list[str]:
        return sorted(row["id"] for row in self.desk("fetchOpenOrders", self.symbol, None, None, params))

    def position(self, side: str = "") -> float:
        """Contracts held, short below zero."""
        rows = [row for row in self.desk("fetchPositions", [self.symbol]) if not side or row["side"] == side]
        return sum(row["contracts"] * (1 if row["side"] == "long" else -1) for row in rows)

    def price(self, percent: float = 0.0) -> float:
        return self.desk.price(self.symbol, percent)

    def market_data(self) -> None:
        now = int(time.time() * 1000)
        one, pair = self.symbol, [self.symbol, self.terms.other]
        kinds = ("fetchOHLCV", "fetchMarkOHLCV", "fetchIndexOHLCV", "fetchPremiumIndexOHLCV")
        # The venue has no candles of a second for contracts.
        frames = [frame for frame in self.desk.client.timeframes if frame != "1s"]
        self.desk.table(f"market data of {self.terms.name}", [
            ("fetchTime", (), lambda a: abs(a - now) < 20_000),
            ("fetchStatus", (), lambda a: a["status"] == "ok"),
            ("fetchTicker", (one,), lambda a: a["low"] <= a["last"] <= a["high"]),
            ("fetchTickers", (pair,), lambda a: set(a) == set(pair)),
            ("fetchBidsAsks", (pair,), lambda a: a[one]["bid"] < a[one]["ask"]),
            ("fetchLastPrices", (pair,), lambda a: a[one]["price"] > 0),
            ("fetchMarkPrice", (one,), lambda a: a["markPrice"] > 0),
            ("fetchMarkPrices", (pair,), lambda a: a[one]["markPrice"] > 0),
            *[("fetchOrderBook", (one, n), book_of) for n in (5, 10, 20, 50, 100, 500, 1000)],
            ("fetchTrades", (one, None, 50), rising),
            *[("fetchOHLCV", (one, frame, None, 3), lambda a: rising(a) and len(a) <= 3) for frame in frames],
            *[(name, (one, "1m", now - HOUR, 10), lambda a: rising(a) and a[0][0] >= now - HOUR) for name in kinds],
            ("fetchFundingRate", (one,), lambda a: a["nextFundingTimestamp"] or a["fundingTimestamp"]),
            ("fetchFundingRates", (pair,), lambda a: set(a) == set(pair)),
            ("fetchFundingRateHistory", (one, None, 3), rising),
            ("fetchFundingIntervals", (pair,), lambda a: a[one]["interval"] == "8h"),
            ("fetchOpenInterest", (one,), lambda a: a["openInterestAmount"] >= 0),
            ("fetchOpenInterestHistory", (one, "5m"), lambda a: isinstance(a, list)),
            ("fetchLongShortRatioHistory", (one, "5m"), lambda a: isinstance(a, list)),
            ("fetchMarketLeverageTiers", (one,), lambda a: a[0]["maxLeverage"] > a[-1]["maxLeverage"]),
            ("fetchLeverageTiers", (pair,), lambda a: set(a) == set(pair)),
            ("fetchFundingInterval", (one,), lambda a: a["interval"] == "8h"),
            *[("fetchADLRank", (one,), bool) for _ in range(self.terms.linear)],
        ])  # fmt: skip

    def settings(self) -> None:
        self.desk("setLeverage", 20, self.symbol)
        same("leverage", self.desk("fetchLeverage", self.symbol)["longLeverage"], 20)
        same("leverages", self.desk("fetchLeverages", [self.symbol])[self.symbol]["shortLeverage"], 20)
        for mode in ("isolated", "cross"):
            self.desk("setMarginMode", mode, self.symbol)
            same("margin mode", self.desk("fetchMarginMode", self.symbol)["marginMode"], mode)
            same("margin modes", self.desk("fetchMarginModes", [self.symbol])[self.symbol]["marginMode"], mode)
        for hedged in (True, False):
            self.desk("setPositionMode", hedged, self.symbol)
            same("hedge mode", self.desk("fetchPositionMode", self.symbol)["hedged"], hedged)
        shown("leverage, margin mode and hedge mode are set and read")

    def resting(self) -> None:
        low = self.price(-3)
        made = self.order("limit", "buy", self.terms.amount, low, clientOrderId=f"first-{self.terms.wallet}")
        same("its status", self.seen(made)["status"], "open")
        by_name = self.desk("fetchOrder", None, self.symbol, {"clientOrderId": f"first-{self.terms.wallet}"})
        same("the order by its client's id", (by_name["id"], by_name["price"]), (made["id"], low))
        same("the open order", self.desk("fetchOpenOrder", made["id"], self.symbol)["id"], made["id"])
        lower = self.price(-3.5)
        self.desk("editOrder", made["id"], self.symbol, "limit", "buy", self.terms.amount * 2, lower)
        found = self.seen(made)
        same("the order as modified", (found["amount"], found["price"]), (self.terms.amount * 2, lower))
        same("its end", self.desk("cancelOrder", made["id"], self.symbol)["status"], "canceled")
        raises("a second cancel", lambda: self.desk("cancelOrder", made["id"], self.symbol), "OrderNotFound")
        maker = self.desk("createPostOnlyOrder", self.symbol, "limit", "sell", self.terms.amount, self.price(3))
        queued = self.order("limit", "buy", self.terms.amount, None, priceMatch="QUEUE_10")
        ids = [maker["id"], queued["id"]]
        if self.terms.linear:
            until = int(time.time() * 1000) + HOUR
            ids.append(self.order("limit", "buy", self.terms.amount, low, timeInForce="GTD", goodTillDate=until)["id"])
        same("open orders", self.open_ids(), sorted(ids))
        raises("a maker that would take",
               lambda: self.order("limit", "buy", self.terms.amount, self.price(1), postOnly=True),
               self.terms.refused)  # fmt: skip
        self.desk("cancelAllOrders", self.symbol)
        same("open orders", self.open_ids(), [])
        shown("orders rest, are modified, canceled one by one and together; makers never take; prices are matched")

    def batches(self) -> None:
        rows = [{"symbol": self.symbol, "type": "limit", "side": "buy", "amount": self.terms.amount,
                 "price": self.price(-percent)} for percent in (2, 3, 4)]  # fmt: skip
        made = self.desk("createOrders", rows)
        same("made together", sorted(row["id"] for row in made), self.open_ids())
        changed = [{**row, "id": one["id"], "price": self.price(-4.5)} for row, one in zip(rows, made, strict=True)][:2]
        edited = self.desk("editOrders", changed)
        same("modified together", [row["price"] for row in edited], [row["price"] for row in changed])
        self.desk("cancelOrders", [row["id"] for row in made[:2]], self.symbol)
        same("left", self.open_ids(), [made[2]["id"]])
        self.desk("cancelAllOrders", self.symbol)
        shown("orders are made, modified and canceled several at a time")

    def taking(self) -> None:
        high, low, amount = self.price(1), self.price(-1), self.terms.amount
        table: list[tuple[str, Callable[[], Any], str, float]] = [
            ("market", lambda: self.order("market", "buy", amount), "closed", amount),
            ("limit that crosses", lambda: self.order("limit", "sell", amount, low), "closed", amount),
            ("IOC", lambda: self.order("limit", "buy", amount, high, timeInForce="IOC"), "closed", amount),
            ("IOC too low", lambda: self.order("limit", "buy", amount, low, timeInForce="IOC"), "expired", 0),
            ("FOK", lambda: self.order("limit", "sell", amount, low, timeInForce="FOK"), "closed", amount),
            ("the best price", lambda: self.order("limit", "buy", amount, None, priceMatch="OPPONENT_5",
                                                  timeInForce="IOC"), "closed", amount),
            ("reduce-only", lambda: self.desk("createReduceOnlyOrder", self.symbol, "market", "sell", amount),
             "closed", amount),
        ]  # fmt: skip
        for what, call, status, filled in table:
            made = self.seen(call())
            same(f"{what}: status", (made["status"], made["filled"]), (status, filled))
        same("position", self.position(), 0)
        raises("FOK too high", lambda: self.order("limit", "sell", amount, high, timeInForce="FOK"), self.terms.refused)
        raises("reduce-only without a position",
               lambda: self.order("market", "sell", amount, reduceOnly=True), "ExchangeError")  # fmt: skip
        shown(f"{len(table)} ways to take; what only reduces is refused where there is nothing to reduce")

    def sleeping(self) -> None:
        rows: list[tuple[str, str, str, str, float]] = [
            ("market", "buy", "STOP_MARKET", "stopLossPrice", 0.04),
            ("limit", "buy", "STOP", "triggerPrice", 0.04),
            ("market", "sell", "TAKE_PROFIT_MARKET", "takeProfitPrice", 0.04),
            ("limit", "sell", "TAKE_PROFIT", "takeProfitPrice", 0.04),
            ("market", "sell", "STOP_MARKET", "stopLossPrice", -0.04),
            ("limit", "sell", "STOP", "stopLossPrice", -0.04),
            ("market", "buy", "TAKE_PROFIT_MARKET", "takeProfitPrice", -0.04),
            ("limit", "buy", "TAKE_PROFIT", "takeProfitPrice", -0.04),
            ("market", "sell", "TRAILING_STOP_MARKET", "trailingTriggerPrice", 0.02),
        ]
        for kind, side, name, key, percent in rows:
            self._wakes(kind, side, name, key, percent)
        two = [self.order("market", "sell", self.terms.amount, stopLossPrice=self.price(-n)) for n in (3, 4)]
        self.desk("cancelOrder", two[0]["id"], self.symbol, {"trigger": True})
        same("left", self.open_ids(trigger=True), [two[1]["id"]])
        self.desk("cancelAllOrders", self.symbol, {"trigger": True})
        same("left", self.open_ids(trigger=True), [])
        told = self.desk("fetchOrders", self.symbol, None, 100, {"trigger": True})
        same("conditional orders told", len(told), len(rows) + 2)
        self._flat()
        shown(f"{len(rows)} kinds of conditional orders wake when the price comes, and trade; others are canceled")

    def _wakes(self, kind: str, side: str, name: str, key: str, percent: float) -> None:
        """One of them, from its placing to what it traded."""
        made, trigger = self._asleep(kind, side, key, percent)
        same("its type", self.seen(made, trigger=True)["info"]["orderType"], name)
        trails = key == "trailingTriggerPrice"
        if trails:
            self._push("buy", lambda: self.price() > trigger)
        self._push("buy" if percent > 0 and not trails else "sell", lambda: not self.open_ids(trigger=True))
        woken = eventually("it trades", lambda: self._order_of(made))
        same(f"{name} {side}", (woken["status"], woken["filled"]), ("closed", self.terms.amount))

    def _asleep(self, kind: str, side: str, key: str, percent: float) -> tuple[Any, float]:
        """An order that waits for a price so far away, and that price. The market may be quicker: then once more."""
        limit = self.price(3 if side == "buy" else -3) if kind == "limit" else None
        more = {"trailingPercent": 0.1} if key == "trailingTriggerPrice" else {}
        for _ in range(5):
            trigger = self.price(percent)
            try:
                return self.order(kind, side, self.terms.amount, limit, **{key: trigger}, **more), trigger
            except ccxt.ExchangeError as error:
                if "-2021" not in str(error):
                    raise
        raise AssertionError(f"{kind} {side} {key}: always there before the order")

    def _push(self, side: str, until: Callable[[], Any]) -> Any:
        return self.mover.push(self.symbol, side, self.terms.push, until)

    def _order_of(self, made: Any) -> Any:
        """The order a conditional one became, once it is done."""
        number = self.seen(made, trigger=True)["info"].get("actualOrderId")
        found = self.desk("fetchOrder", number, self.symbol) if number else None
        return found if found and found["status"] != "open" else None

    def _flat(self) -> None:
        held = self.position()
        if held:
            self.order("market", "sell" if held > 0 else "buy", abs(held), reduceOnly=True)
        same("position", self.position(), 0)

    def shortcuts(self) -> None:
        """The methods with the type of the order in their name."""
        low, lower, high, amount = self.price(-3), self.price(-4), self.price(3), self.terms.amount
        asleep = {
            "createStopLimitOrder": ("sell", amount, lower, low),
            "createStopMarketOrder": ("sell", amount, low),
            "createTriggerOrder": ("market", "sell", amount, None, low),
            "createStopOrder": ("market", "sell", amount, None, low),
            "createStopLossOrder": ("market", "sell", amount, None, low),
            "createTakeProfitOrder": ("market", "sell", amount, None, high),
            "createTrailingPercentOrder": ("market", "sell", amount, None, 1, high),
        }
        made = [self.desk(name, self.symbol, *given)["id"] for name, given in asleep.items()]
        same("asleep", self.open_ids(trigger=True), sorted(made))
        self.desk("cancelAllOrders", self.symbol, {"trigger": True})
        self.desk("createLimitBuyOrder", self.symbol, amount, low)
        self.desk("createLimitSellOrder", self.symbol, amount, high)
        self.desk("cancelAllOrders", self.symbol)
        self.desk("createMarketBuyOrder", self.symbol, amount)
        self.desk("createMarketSellOrder", self.symbol, amount)
        same("position", self.position(), 0)
        shown("each type by the method of its name")

    def closing(self) -> None:
        """A stop that closes the whole position, however large it has become."""
        self.order("market", "buy", self.terms.amount)
        self.order("market", "sell", None, stopLossPrice=self.price(-0.04), closePosition=True)
        self.order("market", "buy", self.terms.amount)
        self._push("sell", lambda: self.position() == 0)
        same("open conditional orders", self.open_ids(trigger=True), [])
        shown("a stop closes the whole position")

    def isolated(self) -> None:
        self.desk("setMarginMode", "isolated", self.symbol)
        self.order("market", "buy", self.terms.amount)
        before = self._collateral()
        self.desk("addMargin", self.symbol, self.terms.margin * 2)
        same("margin put in", self._collateral() - before, money(self.terms.margin * 2))
        self.desk("reduceMargin", self.symbol, self.terms.margin)
        same("margin taken out", self._collateral() - before, money(self.terms.margin))
        rows = self.desk("fetchMarginAdjustmentHistory", self.symbol)
        same("told", [row["amount"] for row in rows if row["info"]["deltaType"] == "USER_ADJUST"][-2:],
             [self.terms.margin * 2, self.terms.margin])  # fmt: skip
        (risk,) = self.desk("fetchPositionsRisk", [self.symbol])
        (held,) = self.desk("fetchPositions", [self.symbol])
        same(
            "mode and side",
            (held["marginMode"], held["side"], risk["contracts"]),
            ("isolated", "long", held["contracts"]),
        )
        if self.terms.linear:
            (rank,) = self.desk("fetchPositionsADLRank", [self.symbol])
            same("rank", self.desk("fetchPositionADLRank", self.symbol)["symbol"], rank["symbol"])
        if not 0 < held["liquidationPrice"] < held["entryPrice"]:
            raise AssertionError(f"a long falls below its entry: {held}")
        self._flat()
        self.desk("setMarginMode", "cross", self.symbol)
        shown("an isolated position takes and gives margin, and has a price at which it is liquidated")

    def _collateral(self) -> Decimal:
        (held,) = self.desk("fetchPositions", [self.symbol])
        return money(held["info"]["isolatedWallet"])

    def hedged(self) -> None:
        self.desk("setPositionMode", True, self.symbol)
        amount = self.terms.amount
        self.order("market", "buy", amount * 2, positionSide="LONG")
        self.order("market", "sell", amount, positionSide="SHORT")
        same("both held", (self.position("long"), self.position("short")), (amount * 2, -amount))
        self.order("market", "sell", None, stopLossPrice=self.price(-5), closePosition=True, positionSide="LONG")
        self.desk("cancelAllOrders", self.symbol, {"trigger": True})
        self.order("market", "sell", amount * 2, positionSide="LONG")
        self.order("market", "buy", amount, positionSide="SHORT")
        same("both closed", self.position(), 0)
        self.desk("setPositionMode", False, self.symbol)
        shown("a long and a short are held side by side, and closed")

    def history(self) -> None:
        orders = self.desk("fetchOrders", self.symbol, None, 1000)
        trades = self.desk("fetchMyTrades", self.symbol, None, 1000)
        filled = {row["id"]: money(row["filled"]) for row in orders if row["filled"]}
        traded: dict[str, Decimal] = {}
        for row in trades:
            traded[row["order"]] = traded.get(row["order"], Decimal(0)) + money(row["amount"])
        same("what orders say they filled, and their trades", traded, filled)
        since = self.desk("fetchMyTrades", self.symbol, trades[3]["timestamp"], 1000)
        same("trades since a time", [row["id"] for row in since],
             [row["id"] for row in trades if row["timestamp"] >= trades[3]["timestamp"]])  # fmt: skip
        closed = {row["id"] for row in self.desk("fetchClosedOrders", self.symbol)}
        canceled = {row["id"] for row in self.desk("fetchCanceledOrders", self.symbol)}
        same("closed orders", closed, {row["id"] for row in orders if row["status"] == "closed"})
        same("canceled orders", canceled, {row["id"] for row in orders if row["status"] == "canceled"})
        same("both", {r["id"] for r in self.desk("fetchCanceledAndClosedOrders", self.symbol)}, closed | canceled)
        ledger = self.desk("fetchLedger", self.terms.coin, None, 1000)
        paid = [row["info"]["income"] for row in ledger if row["info"]["incomeType"] == "COMMISSION"]
        same("commissions of the ledger and of trades", -sum(map(money, paid), Decimal(0)),
             sum((money(row["fee"]["cost"]) for row in trades), Decimal(0)))  # fmt: skip
        same("funding paid", self.desk("fetchFundingHistory", self.symbol), [])
        same("liquidations", self.desk("fetchMyLiquidations", self.symbol), [])
        self.desk("fetchTradingFee", self.symbol)
        shown(f"{len(orders)} orders, {len(trades)} trades and {len(ledger)} lines of the ledger tell the same story")

    def money_agrees(self) -> None:
        eventually("no order open", lambda: not self.open_ids())
        answer, ledger = self.exchange.settled(self.name, self.terms.wallet, lambda: self.desk("fetchBalance"))
        told = {asset: money(answer["total"][asset]) for asset in ledger}
        same(f"balances of {self.terms.name}", told, {asset: sum(both) for asset, both in ledger.items()})
        shown(f"balances of {self.terms.name} are the ledger's: {', '.join(sorted(ledger))}")
