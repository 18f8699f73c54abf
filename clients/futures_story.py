"""Futures, USDⓈ-M or COIN-M, as every client tells them: market data, orders, conditional orders, positions, margin."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clients.exchange import Exchange
from clients.proof import eventually, money, refused, same, shown
from clients.spot_story import a_book, candles
from clients.stories import Desk, Json, Mover, again, near


@dataclass(frozen=True)
class Terms:
    """What differs between the two kinds of contracts."""

    name: str
    path: str
    symbol: str
    pair: str
    wallet: str
    asset: str
    tick: str
    qty: str
    twice: str
    push: str
    """How much the other account trades at a time to move the price."""
    margin: str
    """What is put behind an isolated position, in the asset."""
    to_futures: str
    to_main: str
    cost: str
    """How an order tells what it traded for."""
    arrays: bool
    """Calls of one symbol answer with a list of one."""


USDM = Terms("USDⓈ-M", "/fapi/v1", "BTCUSDT", "BTCUSDT", "usdm", "USDT", "0.1", "0.02", "0.04", "2", "50",
             "MAIN_UMFUTURE", "UMFUTURE_MAIN", "cumQuote", arrays=False)  # fmt: skip
COINM = Terms("COIN-M", "/dapi/v1", "BTCUSD_PERP", "BTCUSD", "coinm", "BTC", "0.1", "10", "20", "1000", "0.01",
              "MAIN_CMFUTURE", "CMFUTURE_MAIN", "cumBase", arrays=True)  # fmt: skip

Table = list[tuple[str, Json, Callable[[Any], bool]]]

POSITIONS = ("GET v3/positionRisk", "GET v2/positionRisk", "GET positionRisk")
BALANCES = ("GET v3/balance", "GET v2/balance", "GET balance")
"""Versions of one call, the newest first."""

SLEEPERS: list[tuple[str, str, str, bool]] = [
    ("STOP_MARKET", "BUY", "0.04", False),
    ("STOP_MARKET", "SELL", "-0.04", False),
    ("TAKE_PROFIT_MARKET", "BUY", "-0.04", False),
    ("TAKE_PROFIT_MARKET", "SELL", "0.04", False),
    ("STOP", "BUY", "0.04", True),
    ("TAKE_PROFIT", "SELL", "0.04", True),
    ("TRAILING_STOP_MARKET", "SELL", "-0.1", False),
]
"""Type, side, where its price is in percent of the last (a trailing one follows that), whether it has a limit."""


def one(answer: Any) -> Any:
    """The answer, or the only row of it."""
    if isinstance(answer, list):
        (answer,) = answer
    return answer


class FuturesStory:
    """Told by one client for one account. The price is moved by somebody else."""

    def __init__(self, desk: Desk, exchange: Exchange, name: str, terms: Terms) -> None:
        self.desk = desk
        self.exchange = exchange
        self.name = name
        self.terms = terms
        self.symbol = terms.symbol
        self.mover = Mover(exchange)

    def run(self) -> None:
        for part in (self.market_data, self.settings, self.resting, self.batches, self.taking, self.sleeping,
                     self.closing, self.isolated, self.hedged, self.history, self.money_agrees):  # fmt: skip
            part()
        self.desk.told()

    def table(self, rows: Table) -> int:
        """Ask every call the client has; how many."""
        asked = [(call, params, holds) for call, params, holds in rows if self.desk.has(call)]
        for call, params, holds in asked:
            answer = self.desk(call, **params)
            if not holds(answer):
                raise AssertionError(f"{call}: {answer!r}")
        return len(asked)

    def price(self) -> str:
        """The last price."""
        return str(one(self.desk("GET ticker/price", symbol=self.symbol))["price"])

    def place(self, kind: str, side: str, **more: Any) -> Json:
        return self.desk("POST order", symbol=self.symbol, side=side, type=kind, newOrderRespType="RESULT", **more)

    def market(self, side: str, qty: str | None = None, **more: Any) -> Json:
        made = self.place("MARKET", side, quantity=qty or self.terms.qty, **more)
        same("a market order's status", made["status"], "FILLED")
        return made

    def limit(self, side: str, percent: str, **more: Any) -> Json:
        price = near(self.price(), percent, self.terms.tick)
        return self.place("LIMIT", side, **{"timeInForce": "GTC", "quantity": self.terms.qty, "price": price, **more})

    def order(self, made: Json) -> Json:
        return self.desk("GET order", symbol=self.symbol, orderId=made["orderId"])

    def open_ids(self) -> list[int]:
        return sorted(row["orderId"] for row in self.desk("GET openOrders", symbol=self.symbol))

    def cancel_all(self) -> None:
        self.desk("DELETE allOpenOrders", symbol=self.symbol)
        same("open orders", self.open_ids(), [])

    def position(self, side: str = "BOTH") -> Any:
        """The signed quantity held, by the newest call for it."""
        return self.held(next(call for call in POSITIONS if self.desk.has(call)), side)

    def held(self, call: str, side: str) -> Any:
        asked = {"pair": self.terms.pair} if self.terms.arrays else {"symbol": self.symbol}
        rows = [r for r in self.desk(call, **asked) if (r["symbol"], r["positionSide"]) == (self.symbol, side)]
        return money(rows[0]["positionAmt"]) if rows else money(0)

    # The parts

    def market_data(self) -> None:
        symbol = {"symbol": self.symbol}
        pair = {"pair": self.terms.pair}
        by_pair = {**pair, "contractType": "PERPETUAL", "interval": "1m", "limit": 10}
        kline = {**symbol, "interval": "1m", "limit": 10}
        data = {**(pair if self.terms.arrays else symbol), "period": "5m", "limit": 3}
        interest = {**data, "contractType": "PERPETUAL"} if self.terms.arrays else data
        listed = bool
        rows: Table = [
            ("GET ping", {}, lambda a: a == {}),
            ("GET time", {}, lambda a: abs(a["serverTime"] - time.time() * 1000) < 5000),
            ("GET exchangeInfo", {}, lambda a: self.symbol in [row["symbol"] for row in a["symbols"]]),
            ("GET depth", {**symbol, "limit": 100}, a_book),
            ("GET trades", {**symbol, "limit": 20}, lambda a: 0 < len(a) <= 20),
            ("GET historicalTrades", {**symbol, "limit": 5}, lambda a: 0 < len(a) <= 5),
            ("GET aggTrades", {**symbol, "limit": 5}, lambda a: 0 < len(a) <= 5),
            ("GET klines", kline, candles),
            ("GET continuousKlines", by_pair, candles),
            ("GET markPriceKlines", kline, listed),
            ("GET indexPriceKlines", {**pair, "interval": "1m", "limit": 10}, listed),
            ("GET premiumIndexKlines", kline, listed),
            ("GET premiumIndex", symbol, lambda a: money(one(a)["markPrice"]) > 0),
            ("GET fundingRate", {**symbol, "limit": 5}, lambda a: all(r["symbol"] == self.symbol for r in a)),
            ("GET fundingInfo", {}, lambda a: isinstance(a, list)),
            ("GET ticker/24hr", symbol, lambda a: one(a)["symbol"] == self.symbol),
            ("GET ticker/price", symbol, lambda a: money(one(a)["price"]) > 0),
            ("GET v1/ticker/price", symbol, lambda a: money(one(a)["price"]) > 0),
            ("GET ticker/bookTicker", symbol, lambda a: money(one(a)["bidPrice"]) < money(one(a)["askPrice"])),
            ("GET openInterest", symbol, lambda a: money(a["openInterest"]) >= 0),
            ("GET constituents", {"symbol": self.terms.pair}, lambda a: bool(a["constituents"])),
            ("GET assetIndex", {}, lambda a: isinstance(a, list)),
            ("GET indexInfo", {}, lambda a: isinstance(a, list)),
            ("GET insuranceBalance", {}, listed),
            ("GET symbolAdlRisk", symbol, lambda a: one(a)["symbol"] == self.symbol),
            ("GET rpiDepth", symbol, a_book),
            ("GET tradingSchedule", {}, listed),
            ("GET data/delivery-price", pair, lambda a: isinstance(a, list)),
            ("GET data/openInterestHist", interest, lambda a: isinstance(a, list)),
            ("GET data/topLongShortAccountRatio", data, lambda a: isinstance(a, list)),
            ("GET data/topLongShortPositionRatio", data, lambda a: isinstance(a, list)),
            ("GET data/globalLongShortAccountRatio", data, lambda a: isinstance(a, list)),
            ("GET data/takerlongshortRatio", data, lambda a: isinstance(a, list)),
            ("GET data/takerBuySellVol", {**pair, "contractType": "ALL", "period": "5m"},
             lambda a: isinstance(a, list)),
            ("GET data/basis", {**pair, "contractType": "PERPETUAL", "period": "5m"}, lambda a: isinstance(a, list)),
        ]  # fmt: skip
        shown(f"{self.terms.name}: {self.table(rows)} calls of market data")

    def settings(self) -> None:
        same("leverage", self.desk("POST leverage", symbol=self.symbol, leverage=20)["leverage"], 20)
        self.desk("POST marginType", symbol=self.symbol, marginType="ISOLATED")
        if self.desk.has("GET symbolConfig"):
            row = one(self.desk("GET symbolConfig", symbol=self.symbol))
            same("settings of the symbol", (row["marginType"], row["leverage"]), ("ISOLATED", 20))
        again = {"symbol": self.symbol, "marginType": "ISOLATED"}
        refused("the same margin mode again", lambda: self.desk("POST marginType", **again), -4046)
        self.desk("POST marginType", symbol=self.symbol, marginType="CROSSED")
        self.desk("POST positionSide/dual", dualSidePosition="true")
        same("hedge mode", self.desk("GET positionSide/dual")["dualSidePosition"], True)
        self.desk("POST positionSide/dual", dualSidePosition="false")
        if self.desk.has("POST multiAssetsMargin"):
            self.desk("POST multiAssetsMargin", multiAssetsMargin="true")
            same("multi-assets", self.desk("GET multiAssetsMargin")["multiAssetsMargin"], True)
            self.desk("POST multiAssetsMargin", multiAssetsMargin="false")
        pooled = ", multi-assets mode" if self.desk.has("POST multiAssetsMargin") else ""
        shown(f"leverage, margin mode, hedge mode{pooled} are set and read")

    def resting(self) -> None:
        made = self.limit("BUY", "-3", newClientOrderId="the-first")
        same("its status", made["status"], "NEW")
        asked = self.desk("GET order", symbol=self.symbol, origClientOrderId="the-first")
        same("the order by its client's id", (asked["orderId"], asked["price"]), (made["orderId"], made["price"]))
        if self.desk.has("GET openOrder"):
            opened = self.desk("GET openOrder", symbol=self.symbol, orderId=made["orderId"])
            same("the open order", opened["clientOrderId"], "the-first")
        if self.desk.has("PUT order"):
            price = near(made["price"], "0.2", self.terms.tick)
            changed = {"orderId": made["orderId"], "side": "BUY", "quantity": self.terms.twice, "price": price}
            self.desk("PUT order", symbol=self.symbol, **changed)
            now = self.order(made)
            same("the modified order", (money(now["price"]), money(now["origQty"])),
                 (money(price), money(self.terms.twice)))  # fmt: skip
            if self.desk.has("GET orderAmendment"):
                rows = self.desk("GET orderAmendment", symbol=self.symbol, orderId=made["orderId"])
                same("its amendments", len(rows), 1)
        gone = self.desk("DELETE order", symbol=self.symbol, orderId=made["orderId"])
        same("its status", gone["status"], "CANCELED")
        refused(
            "a second cancel", lambda: self.desk("DELETE order", symbol=self.symbol, orderId=made["orderId"]), -2011
        )
        maker = self.limit("SELL", "3", timeInForce="GTX")
        until = int(time.time() * 1000) + 3_600_000
        terms = {} if self.terms.arrays else {"timeInForce": "GTD", "goodTillDate": until}
        dated = self.limit("BUY", "-3", **terms)
        same("open orders", self.open_ids(), sorted([maker["orderId"], dated["orderId"]]))
        self.cancel_all()
        refused("a maker that would take", lambda: self.limit("BUY", "1", timeInForce="GTX"), -5022)
        if self.desk.has("POST order/test"):
            terms = {"symbol": self.symbol, "side": "BUY", "type": "MARKET", "quantity": self.terms.qty}
            self.desk("POST order/test", **terms)
        if self.desk.has("POST countdownCancelAll"):
            self.limit("BUY", "-3")
            self.desk("POST countdownCancelAll", symbol=self.symbol, countdownTime=300)
            eventually("the countdown cancels", lambda: not self.open_ids())
        more = {"PUT order": "modified", "POST countdownCancelAll": "canceled by countdown"}
        words = ", ".join(word for call, word in more.items() if self.desk.has(call))
        shown(f"orders rest, are canceled one by one and all at once{words and f', are {words}'}; makers never take")

    def batches(self) -> None:
        if not self.desk.has("POST batchOrders"):
            return
        price = near(self.price(), "-3", self.terms.tick)
        row = {"symbol": self.symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": self.terms.qty}
        made = self.desk("POST batchOrders", batchOrders=[{**row, "price": price}, {**row, "price": "-1"}])
        same("one of two is refused", ["orderId" in found for found in made], [True, False])
        if self.desk.has("PUT batchOrders"):
            other = near(price, "0.1", self.terms.tick)
            change = {"symbol": self.symbol, "side": "BUY", "orderId": str(made[0]["orderId"]), "price": other,
                      "quantity": self.terms.qty}  # fmt: skip
            self.desk("PUT batchOrders", batchOrders=[change])
            same("the modified order's price", money(self.order(made[0])["price"]), money(other))
        if self.desk.has("DELETE batchOrders"):
            gone = self.desk("DELETE batchOrders", symbol=self.symbol, orderIdList=[made[0]["orderId"]])
            same("canceled together", [found["status"] for found in gone], ["CANCELED"])
        else:
            self.cancel_all()
        more = {"PUT batchOrders": "modified", "DELETE batchOrders": "canceled"}
        words = ", ".join(word for call, word in more.items() if self.desk.has(call))
        shown(f"orders are placed in batches{words and f', {words}'}")

    def taking(self) -> None:
        rows = [
            self.market("BUY", self.terms.twice),
            self.limit("BUY", "1", timeInForce="IOC"),
            self.limit("SELL", "-1", timeInForce="FOK"),
            self.limit("SELL", "-1"),
        ]
        for made in rows:
            found = self.order(made)
            same("its status", found["status"], "FILLED")
            trades = [t for t in self.desk("GET userTrades", symbol=self.symbol) if t["orderId"] == made["orderId"]]
            same("what traded", sum(money(row["qty"]) for row in trades), money(found["executedQty"]))
        same(
            "an IOC order nobody sells to", self.order(self.limit("BUY", "-2", timeInForce="IOC"))["status"], "EXPIRED"
        )
        same("the position", self.position(), money(self.terms.qty))
        if "priceMatch" not in self.desk.cannot:
            terms = {"timeInForce": "GTC", "quantity": self.terms.qty, "priceMatch": "QUEUE_10"}
            matched = again(lambda: self.place("LIMIT", "SELL", **terms))
            self.desk("DELETE order", symbol=self.symbol, orderId=matched["orderId"])
        self.market("SELL", reduceOnly="true")
        same("the position", self.position(), 0)
        refused("nothing to reduce", lambda: self.market("SELL", reduceOnly="true"), -2022)
        shown(
            "market, limit, IOC and FOK orders fill; what traded is in the trades and the position; reduce-only holds"
        )

    def sleeping(self) -> None:
        if not self.desk.has("POST algoOrder"):
            self.as_orders()
            return
        for row in SLEEPERS:
            made = again(lambda row=row: self.asleep(*row))
            same("its status", made["algoStatus"], "NEW")
            self.woken(made, "BUY" if money(row[2]) > 0 else "SELL")
        self.flat()
        shown("stops and take profits, market and limit, and a trailing stop wait, wake and fill")

    def as_orders(self) -> None:
        """Conditional orders of a client that knows no service for them: as ordinary ones, where that is allowed."""
        try:
            made = again(lambda: self.as_order(*SLEEPERS[0]))
        except Exception as error:
            if "-4120" not in str(error):
                raise
            shown(
                "conditional orders go to a service of their own, which this client does not know: refused with -4120"
            )
            return
        for row in SLEEPERS[1:]:
            self.woken_order(made)
            made = again(lambda row=row: self.as_order(*row))
        self.woken_order(made)
        self.flat()
        shown("stops and take profits, market and limit, and a trailing stop are orders, wait, wake and fill")

    def as_order(self, kind: str, side: str, where: str, limited: bool) -> Json:
        """An ordinary order that waits for a price near the last one."""
        made = self.place(kind, side, **self.waits(kind, side, "stopPrice", where, limited=limited))
        return {**made, "push": "BUY" if money(where) > 0 else "SELL"}

    def waits(self, kind: str, side: str, name: str, where: str, *, limited: bool) -> Json:
        """What an order has that waits for a price near the last one, which is called *name*."""
        price = self.price()
        terms: Json = {"quantity": self.terms.qty}
        if limited:
            terms |= {"price": near(price, "2" if side == "BUY" else "-2", self.terms.tick), "timeInForce": "GTC"}
        if kind.startswith("TRAILING"):
            return {**terms, "callbackRate": "0.1"}
        return {**terms, name: near(price, where, self.terms.tick)}

    def woken_order(self, made: Json) -> None:
        """The price goes there; it is filled."""
        path = f"{self.terms.path}/order"
        if self.order(made)["status"] == "NEW":
            self.mover.push(
                path, self.symbol, made["push"], self.terms.push, lambda: self.order(made)["status"] != "NEW"
            )
        eventually("it is filled", lambda: self.order(made)["status"] == "FILLED")

    def flat(self) -> None:
        """Close whatever is held."""
        held = self.position()
        if held:
            self.market("SELL" if held > 0 else "BUY", str(abs(held)), reduceOnly="true")

    def asleep(self, kind: str, side: str, where: str, limited: bool) -> Json:
        """A conditional order."""
        terms = self.waits(kind, side, "triggerPrice", where, limited=limited)
        return self.desk("POST algoOrder", algoType="CONDITIONAL", symbol=self.symbol, side=side, type=kind, **terms)

    def algo(self, made: Json) -> Json:
        return self.desk("GET algoOrder", algoId=made["algoId"])

    def woken(self, made: Json, push: str) -> Json:
        """It sleeps; the price goes there; what it places is filled."""
        path = f"{self.terms.path}/order"

        def awake() -> bool:
            return bool(self.algo(made)["algoStatus"] != "NEW")

        if not awake():
            self.mover.push(path, self.symbol, push, self.terms.push, awake)
        found = eventually("it placed an order", lambda: self.algo(made).get("actualOrderId") and self.algo(made))
        number = {"orderId": int(found["actualOrderId"])}
        eventually("that is filled", lambda: self.order(number)["status"] == "FILLED")
        return self.order(number)

    def closing(self) -> None:
        if not self.desk.has("POST algoOrder"):
            return
        self.market("BUY")
        side = {"algoType": "CONDITIONAL", "symbol": self.symbol, "side": "SELL", "closePosition": "true"}
        stop = {**side, "type": "STOP_MARKET", "triggerPrice": near(self.price(), "-3", self.terms.tick)}
        made = self.desk("POST algoOrder", workingType="MARK_PRICE", **stop)
        same("open conditional orders", [row["algoId"] for row in self.desk("GET openAlgoOrders", symbol=self.symbol)],
             [made["algoId"]])  # fmt: skip
        self.desk("DELETE algoOrder", algoId=made["algoId"])
        same("its status", self.algo(made)["algoStatus"], "CANCELED")
        self.desk("POST algoOrder", **stop)
        self.desk("DELETE algoOpenOrders", symbol=self.symbol)
        same("open conditional orders", self.desk("GET openAlgoOrders", symbol=self.symbol), [])
        close = {**side, "type": "STOP_MARKET", "triggerPrice": near(self.price(), "-0.04", self.terms.tick)}
        self.woken(self.desk("POST algoOrder", **close), "SELL")
        same("the position", self.position(), 0)
        if self.desk.has("POST order as before"):
            old = {"symbol": self.symbol, "side": "SELL", "type": "STOP_MARKET", "quantity": self.terms.qty,
                   "stopPrice": close["triggerPrice"]}  # fmt: skip
            refused("a conditional order where it was", lambda: self.desk("POST order as before", **old), -4120)
        shown("conditional orders are found and canceled, one by one and all at once; one closes a whole position")

    def isolated(self) -> None:
        self.desk("POST marginType", symbol=self.symbol, marginType="ISOLATED")
        self.market("BUY")
        amounts = {1: self.terms.margin, 2: str(money(self.terms.margin) / 2)}
        for kind, amount in amounts.items():
            self.desk("POST positionMargin", symbol=self.symbol, type=kind, amount=amount)
        if self.desk.has("GET positionMargin/history"):
            rows = self.desk("GET positionMargin/history", symbol=self.symbol)
            # Beside what trades moved; not every client keeps the word that tells the two apart.
            moved = [(row["type"], abs(money(row["amount"]))) for row in rows]
            same("margin that was moved", [m for m in sorted(moved) if m[1] in {money(a) for a in amounts.values()}],
                 [(kind, money(a)) for kind, a in amounts.items()])  # fmt: skip
        self.market("SELL", reduceOnly="true")
        self.desk("POST marginType", symbol=self.symbol, marginType="CROSSED")
        shown("an isolated position gets margin and gives it back")

    def hedged(self) -> None:
        self.desk("POST positionSide/dual", dualSidePosition="true")
        self.market("BUY", self.terms.twice, positionSide="LONG")
        self.market("SELL", positionSide="SHORT")
        both = (money(self.terms.twice), -money(self.terms.qty))
        for call in POSITIONS:
            if self.desk.has(call):
                same(f"long and short by {call}", (self.held(call, "LONG"), self.held(call, "SHORT")), both)
        self.market("SELL", self.terms.twice, positionSide="LONG")
        self.market("BUY", positionSide="SHORT")
        self.desk("POST positionSide/dual", dualSidePosition="false")
        shown("in hedge mode a long and a short stand side by side")

    def history(self) -> None:
        orders = self.desk("GET allOrders", symbol=self.symbol)
        trades = self.desk("GET userTrades", symbol=self.symbol)
        filled = {row["orderId"]: money(row["executedQty"]) for row in orders if money(row["executedQty"])}
        traded: dict[int, Any] = {}
        for row in trades:
            traded[row["orderId"]] = traded.get(row["orderId"], money(0)) + money(row["qty"])
        same("trades by order", traded, filled)
        page = self.desk("GET allOrders", symbol=self.symbol, orderId=orders[-3]["orderId"], limit=2)
        same("a page", [row["orderId"] for row in page], [row["orderId"] for row in orders[-3:-1]])
        since = self.desk("GET userTrades", symbol=self.symbol, startTime=trades[0]["time"], limit=3)
        same("trades since the first", [row["id"] for row in since], [row["id"] for row in trades[:3]])
        symbol = {"symbol": self.symbol}
        asked = self.table([
            ("GET allAlgoOrders", symbol, lambda a: len(a) > 5),
            ("GET income", {"limit": 1000}, lambda a: {"COMMISSION", "REALIZED_PNL"} <= {r["incomeType"] for r in a}),
            ("GET commissionRate", symbol, lambda a: a["symbol"] == self.symbol),
            ("GET leverageBracket", symbol, lambda a: bool(one(a)["brackets"])),
            ("GET leverageBracket of a pair", {"pair": self.terms.pair}, lambda a: bool(a[0]["brackets"])),
            ("GET accountConfig", {}, lambda a: "feeTier" in a),
            ("GET adlQuantile", symbol, lambda a: isinstance(one(a) if a else {}, dict)),
            ("GET forceOrders", {}, lambda a: a == []),
            ("GET apiTradingStatus", {}, lambda a: "indicators" in a),
            ("GET feeBurn", {}, lambda a: "feeBurn" in a),
            ("POST feeBurn", {"feeBurn": "true"}, lambda a: a["code"] == 200),
            ("GET rateLimit/order", {}, lambda a: {row["interval"] for row in a} == {"SECOND", "MINUTE"}),
            ("GET account", {}, lambda a: any(row["asset"] == self.terms.asset for row in a["assets"])),
            ("GET v2/account", {}, lambda a: any(row["symbol"] == self.symbol for row in a["positions"])),
            ("GET v3/account", {}, lambda a: money(a["totalWalletBalance"]) > 0),
            ("GET v2/balance", {}, lambda a: any(row["asset"] == self.terms.asset for row in a)),
            ("GET v2/positionRisk", symbol, lambda a: one(a)["leverage"] == "20"),
        ])  # fmt: skip
        shown(f"{len(orders)} orders and {len(trades)} trades agree, by page and by time; {asked} further calls")

    def money_agrees(self) -> None:
        if self.desk.has("POST listenKey"):
            key = self.desk("POST listenKey")
            self.desk("PUT listenKey", **({"listenKey": key} if isinstance(key, str) else {}))
            self.desk("DELETE listenKey", **({"listenKey": key} if isinstance(key, str) else {}))
        calls = [call for call in BALANCES if self.desk.has(call)]
        same("balances are told", bool(calls), True)
        for call in calls:
            answer, ledger = self.exchange.settled(self.name, self.terms.wallet, lambda call=call: self.desk(call))
            rows = {row["asset"]: money(row["balance"]) for row in answer}
            same(f"balances by {call}", {asset: all_of for asset, all_of in rows.items() if all_of},
                 {asset: free + held for asset, (free, held) in ledger.items()})  # fmt: skip
        shown(f"balances equal the ledger: {', '.join(f'{a} {free + held}' for a, (free, held) in ledger.items())}")
