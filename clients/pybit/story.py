"""What is done with pybit's REST client in every category: market data, orders of every kind, positions, money."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pybit.exceptions import InvalidRequestError

from clients.exchange import Exchange
from clients.proof import eventually, money, same, shown
from clients.stories import near

Json = dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """What differs between the categories."""

    category: str
    symbol: str
    tick: str
    qty: str
    """Of one order: base coin, or dollars of an inverse contract."""
    twice: str
    settle: str


# "Error Codes" of the v5 documentation: what a cross-margined account hears that owes nothing, and has nothing isolated
# or to be confirmed, with a key that may not withdraw.
NO_SUCH_ID, DENIED, NOT_ON_DEMO, CLASSIC = 10001, 10005, 10032, 100028
CROSS, NO_PROTECTION, ISOLATED_ONLY, NOT_RESTRICTED = 110015, 110065, 110076, 110082
MODE_IS_OFF, NO_DEBT = 176038, 182102

SPOT = Terms("spot", "BTCUSDT", "0.01", "0.01", "0.02", "USDT")
LINEAR = Terms("linear", "BTCUSDT", "0.1", "0.02", "0.04", "USDT")
INVERSE = Terms("inverse", "BTCUSD", "0.1", "1000", "2000", "BTC")
ALL = (SPOT, LINEAR, INVERSE)


def refused(what: str, call: Callable[[], Any], code: int) -> None:
    """*call* must raise pybit's own exception with the venue's *code*."""
    try:
        answer = call()
    except InvalidRequestError as error:
        same(f"{what}: the code", error.status_code, code)
        return
    raise AssertionError(f"{what}: answered {answer!r}, not refused with {code}")


class Story:
    """Told by one client in one category."""

    def __init__(self, client: Any, exchange: Exchange, name: str, terms: Terms) -> None:
        self.client = client
        self.exchange = exchange
        self.name = name
        self.terms = terms
        self.of = {"category": terms.category, "symbol": terms.symbol}
        self.derivative = terms.category != "spot"

    def run(self) -> None:
        parts = [self.market_data, self.resting, self.asynchronous, self.taking, self.batches, self.sleeping]
        if self.derivative:
            parts += [self.settings, self.position]
        for part in (*parts, self.history):
            part()

    # Words

    def result(self, answer: Json) -> Any:
        """What an answer holds, which must be one of success."""
        same("retCode", answer["retCode"], 0)
        return answer["result"]

    def price(self) -> str:
        return str(self.result(self.client.get_tickers(**self.of))["list"][0]["lastPrice"])

    def near(self, percent: str) -> str:
        return near(self.price(), percent, self.terms.tick)

    def place(self, side: str, kind: str, **more: Any) -> str:
        given = {"qty": self.terms.qty, **more}
        if self.terms.category == "spot" and kind == "Market":
            given = {"marketUnit": "baseCoin", **given}
        return str(self.result(self.client.place_order(**self.of, side=side, orderType=kind, **given))["orderId"])

    def limit(self, side: str, percent: str, **more: Any) -> str:
        return self.place(side, "Limit", price=self.near(percent), **more)

    def order(self, order_id: str) -> Json:
        """One order, open or closed."""
        rows = self.result(self.client.get_open_orders(**self.of, orderId=order_id))["list"]
        if not rows:
            rows = self.result(self.client.get_order_history(**self.of, orderId=order_id))["list"]
        (row,) = rows
        return dict(row)

    def becomes(self, order_id: str, *statuses: str) -> Json:
        """The order, once it is one of *statuses*: what becomes of an order is told later than its id."""
        row = eventually(
            f"{order_id} becomes {statuses}", lambda: (r := self.order(order_id))["orderStatus"] in statuses and r
        )
        return dict(row)

    def open_ids(self) -> list[str]:
        rows = self.result(self.client.get_open_orders(**self.of))["list"]
        return [row["orderId"] for row in rows]

    def executions(self, **more: Any) -> list[Json]:
        return list(self.result(self.client.get_executions(**self.of, **more))["list"])

    # The parts

    def market_data(self) -> None:
        client, of, category = self.client, self.of, {"category": self.terms.category}
        rows: list[tuple[Any, Json, Callable[[Any], bool]]] = [
            (client.get_server_time, {}, lambda a: abs(int(a["timeSecond"]) - time.time()) < 5),
            (client.get_instruments_info, category, lambda a: self.terms.symbol in [r["symbol"] for r in a["list"]]),
            (client.get_tickers, category, lambda a: len(a["list"]) >= 1),
            (client.get_orderbook, {**of, "limit": 50}, lambda a: money(a["b"][0][0]) < money(a["a"][0][0])),
            (client.get_public_trade_history, {**of, "limit": 20}, lambda a: 0 < len(a["list"]) <= 20),
            (client.get_kline, {**of, "interval": "1", "limit": 10}, lambda a: len(a["list"][0]) == 7),
            (client.get_price_limit, of, lambda a: money(a["buyLmt"]) > money(a["sellLmt"])),
        ]
        if self.derivative:
            candle = {**of, "interval": "1", "limit": 10}
            rows += [
                (client.get_mark_price_kline, candle, lambda a: len(a["list"][0]) == 5),
                (client.get_index_price_kline, candle, lambda a: len(a["list"][0]) == 5),
                (client.get_funding_rate_history, {**of, "limit": 5}, lambda a: isinstance(a["list"], list)),
                (client.get_open_interest, {**of, "intervalTime": "5min"}, lambda a: isinstance(a["list"], list)),
                (client.get_risk_limit, of, lambda a: money(a["list"][0]["maxLeverage"]) > 1),
                (client.get_long_short_ratio, {**of, "period": "5min"}, lambda a: isinstance(a["list"], list)),
                (client.get_insurance, {}, lambda a: isinstance(a["list"], list)),
            ]
        if self.terms.category == "linear":
            # The venue has it of these alone.
            premium = {**of, "interval": "1", "limit": 10}
            rows.append((client.get_premium_index_price_kline, premium, lambda a: isinstance(a["list"], list)))
        for call, given, holds in rows:
            answer = self.result(call(**given))
            if not holds(answer):
                raise AssertionError(f"{call.__name__}: {answer!r}")
        shown(f"{self.terms.category}: {len(rows)} calls of market data")

    def resting(self) -> None:
        link = f"first-{self.terms.category}-{self.name}"
        made = self.limit("Buy", "-0.5", orderLinkId=link)
        row = self.becomes(made, "New")
        same("its words", (row["orderLinkId"], row["side"], row["timeInForce"]), (link, "Buy", "GTC"))
        by_link = self.result(self.client.get_open_orders(**self.of, orderLinkId=link))["list"]
        same("the order by its client's id", [r["orderId"] for r in by_link], [made])
        refused(
            "the same client's id again",
            lambda: self.limit("Buy", "-0.5", orderLinkId=link),
            110072 if self.derivative else 170141,
        )
        price = self.near("-0.6")
        self.result(self.client.amend_order(**self.of, orderId=made, price=price, qty=self.terms.twice))
        row = self.order(made)
        same("amended", (money(row["price"]), money(row["qty"])), (money(price), money(self.terms.twice)))
        same("canceled", self.result(self.client.cancel_order(**self.of, orderLinkId=link))["orderId"], made)
        self.becomes(made, "Cancelled")
        refused(
            "a second cancel",
            lambda: self.client.cancel_order(**self.of, orderId=made),
            110001 if self.derivative else 170213,
        )
        several = {self.limit("Buy", "-0.5"), self.limit("Sell", "0.5", timeInForce="PostOnly")}
        same("open orders", set(self.open_ids()), several)
        gone = self.result(self.client.cancel_all_orders(**self.of))
        same("canceled all at once", {r["orderId"] for r in gone["list"]}, several)
        same("open orders", self.open_ids(), [])
        shown(f"{self.terms.category}: orders rest, are found by both ids, amended and canceled, one by one and all")

    def asynchronous(self) -> None:
        """Accepted first; what could not be done is told afterwards, with its reason."""
        maker = self.becomes(self.limit("Buy", "0.2", timeInForce="PostOnly"), "Cancelled", "Rejected")
        same("a maker that would take", maker["rejectReason"], "EC_PostOnlyWillTakeLiquidity")
        far = self.becomes(self.limit("Buy", "-0.5", timeInForce="FOK"), "Cancelled", "Rejected")
        same("a fill-or-kill that nobody fills", far["rejectReason"], "EC_CancelForNoFullFill")
        none = self.becomes(self.limit("Buy", "-0.5", timeInForce="IOC"), "Cancelled", "Rejected")
        same("an order nobody sells to", none["rejectReason"], "EC_NoImmediateQtyToFill")
        shown(f"{self.terms.category}: post-only, fill-or-kill and immediate orders are accepted, then canceled")

    def taking(self) -> None:
        rows = [
            self.place("Buy", "Market", qty=self.terms.twice),
            self.limit("Buy", "0.2", timeInForce="IOC"),
            self.limit("Sell", "-0.2", timeInForce="FOK"),
            self.limit("Sell", "-0.2"),
        ]
        for made in rows:
            row = self.becomes(made, "Filled")
            trades = self.executions(orderId=made)
            same("what traded", sum(money(t["execQty"]) for t in trades), money(row["cumExecQty"]))
            # Values in a coin are cut off at its eighth decimal, each for itself.
            cut = len(trades) * money("0.00000001") if self.terms.category == "inverse" else 0
            value = sum(money(t["execValue"]) for t in trades)
            same("for how much", 0 <= money(row["cumExecValue"]) - value <= cut, True)
            same("takers", {t["isMaker"] for t in trades}, {False})
        if not self.derivative:
            quote = self.becomes(self.place("Buy", "Market", qty="500", marketUnit="quoteCoin"),
                                 "Filled", "PartiallyFilledCanceled")  # fmt: skip
            if money(quote["cumExecValue"]) > 500:
                raise AssertionError(f"more was spent than said: {quote!r}")
        if self.derivative:
            self.becomes(self.place("Sell", "Market", reduceOnly=True), "Filled")
        shown(f"{self.terms.category}: market, immediate and limit orders fill; executions add up to each")

    def batches(self) -> None:
        row = {"symbol": self.terms.symbol, "side": "Buy", "orderType": "Limit", "qty": self.terms.qty}
        good, bad = {**row, "price": self.near("-0.5")}, {**row, "price": "-1"}
        answer = self.client.place_batch_order(category=self.terms.category, request=[good, bad])
        codes = [one["code"] for one in answer["retExtInfo"]["list"]]
        same("one of two is refused", [code == 0 for code in codes], [True, False])
        made = answer["result"]["list"][0]["orderId"]
        change = {"symbol": self.terms.symbol, "orderId": made, "qty": self.terms.twice}
        self.result(self.client.amend_batch_order(category=self.terms.category, request=[change]))
        same("amended", money(self.order(made)["qty"]), money(self.terms.twice))
        gone = {"symbol": self.terms.symbol, "orderId": made}
        self.result(self.client.cancel_batch_order(category=self.terms.category, request=[gone]))
        self.becomes(made, "Cancelled")
        shown(f"{self.terms.category}: orders are placed, amended and canceled in batches; one refused among them")

    def sleeping(self) -> None:
        """Conditional orders wait; one whose price comes is filled by others' trading."""
        up = self.near("0.5")
        terms = {"triggerPrice": up, "orderFilter": "StopOrder"}
        if self.derivative:
            terms = {"triggerPrice": up, "triggerDirection": 1, "triggerBy": "MarkPrice"}
        made = self.place("Buy", "Market", **terms)
        row = self.becomes(made, "Untriggered")
        same("its trigger", money(row["triggerPrice"]), money(up))
        if self.derivative:
            refused("a trigger on the wrong side", lambda: self.place("Buy", "Market", triggerPrice=self.near("-0.5"),
                    triggerDirection=1), 110092)  # fmt: skip
        self.result(self.client.cancel_order(**self.of, orderId=made, **({} if self.derivative else
                    {"orderFilter": "StopOrder"})))  # fmt: skip
        self.becomes(made, "Cancelled", "Deactivated")
        shown(f"{self.terms.category}: a conditional order waits, and goes")

    def settings(self) -> None:
        client, of = self.client, self.of
        now = self.flat()["leverage"]
        other = "7" if now != "7" else "8"
        self.result(client.set_leverage(**of, buyLeverage=other, sellLeverage=other))
        same("leverage", money(self.flat()["leverage"]), money(other))
        refused("the same again", lambda: client.set_leverage(**of, buyLeverage=other, sellLeverage=other), 110043)
        if self.terms.category == "linear":
            self.result(client.switch_position_mode(**of, mode=3))
            rows = self.result(client.get_positions(**of))["list"]
            same("both sides", sorted(row["positionIdx"] for row in rows), [1, 2])
            self.place("Buy", "Market", positionIdx=1)
            self.place("Sell", "Market", positionIdx=2)
            rows = self.result(client.get_positions(**of))["list"]
            same("held", {row["side"]: money(row["size"]) for row in rows},
                 {"Buy": money(self.terms.qty), "Sell": money(self.terms.qty)})  # fmt: skip
            self.place("Sell", "Market", positionIdx=1, reduceOnly=True)
            self.place("Buy", "Market", positionIdx=2, reduceOnly=True)
            self.result(client.switch_position_mode(**of, mode=0))
        shown(f"{self.terms.category}: leverage and position mode are set and read")

    def flat(self) -> Json:
        (row,) = self.result(self.client.get_positions(**self.of))["list"]
        return dict(row)

    def position(self) -> None:
        client, of = self.client, self.of
        same("no side", self.flat()["side"], "")
        self.place("Buy", "Market", qty=self.terms.twice)
        row = self.flat()
        same("held", (row["side"], money(row["size"])), ("Buy", money(self.terms.twice)))
        stops = {"takeProfit": self.near("2"), "stopLoss": self.near("-2"), "tpslMode": "Full", "positionIdx": 0}
        self.result(client.set_trading_stop(**of, **stops))
        row = self.flat()
        same("its stops", (money(row["takeProfit"]), money(row["stopLoss"])),
             (money(stops["takeProfit"]), money(stops["stopLoss"])))  # fmt: skip
        kinds = {r["stopOrderType"] for r in self.result(client.get_open_orders(**of))["list"]}
        same("its stops as orders", kinds, {"TakeProfit", "StopLoss"})
        self.place("Sell", "Market", reduceOnly=True)
        same("half is left", money(self.flat()["size"]), money(self.terms.qty))
        self.place("Sell", "Market", qty="0", reduceOnly=True, closeOnTrigger=True)
        eventually("the position is closed", lambda: not money(self.flat()["size"]))
        eventually("its stops ended with it", lambda: not self.open_ids())
        refused("reducing nothing", lambda: self.place("Sell", "Market", reduceOnly=True), 110017)
        closed = self.result(client.get_closed_pnl(**of))["list"]
        same("closed in two orders", [money(r["closedSize"]) for r in closed[:2]], [money(self.terms.qty)] * 2)
        shown(f"{self.terms.category}: a position with stops is reduced and closed; both closings have their result")

    def history(self) -> None:
        """Newest first, page by page, each order once; executions of an order add up."""
        client, of = self.client, self.of
        seen: list[str] = []
        cursor = ""
        while True:
            page = self.result(client.get_order_history(**of, limit=3, cursor=cursor))
            seen += [row["orderId"] for row in page["list"]]
            cursor = page["nextPageCursor"]
            if not cursor:
                break
            if len(seen) == 3:
                # A newer order comes between two pages.
                self.place("Buy", "Limit", price=self.near("-0.5"), timeInForce="IOC")
        same("each order once", len(set(seen)), len(seen))
        whole = [row["orderId"] for row in self.result(client.get_order_history(**of, limit=50))["list"]]
        same("the same in one page", whole[1 : 1 + len(seen)], seen[: len(whole) - 1])
        times = [int(row["execTime"]) for row in self.executions(limit=100)]
        same("newest first", times, sorted(times, reverse=True))
        shown(f"{self.terms.category}: {len(seen)} orders by cursor, newest first, while a newer one came")


def money_of(client: Any, exchange: Exchange, name: str) -> None:
    """Balances, log and ledger say the same; money goes to the other wallet and back."""

    def result(answer: Json) -> Any:
        same("retCode", answer["retCode"], 0)
        return answer["result"]

    answer, ledger = exchange.settled(
        name, "unified", lambda: result(client.get_wallet_balance(accountType="UNIFIED"))["list"][0]
    )
    coins = {row["coin"]: money(row["walletBalance"]) for row in answer["coin"] if money(row["walletBalance"])}
    same("wallet balances", coins, {asset: free + held for asset, (free, held) in ledger.items()})
    rows: list[Json] = []
    cursor = ""
    while True:
        page = result(client.get_transaction_log(accountType="UNIFIED", limit=50, cursor=cursor))
        rows += page["list"]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + money(row["change"])
    newest = {row["currency"]: money(row["cashBalance"]) for row in reversed(rows)}
    same("the log ends at the balances", newest, {asset: coins.get(asset, Decimal(0)) for asset in newest})
    moved = str(uuid.uuid4())
    transfer = {"coin": "USDT", "amount": "1000", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    made = result(client.create_internal_transfer(transferId=moved, **transfer))
    same("the transfer", made["transferId"], moved)
    listed = result(client.get_internal_transfer_records(transferId=moved))["list"]
    same("in its list", [(row["amount"], row["status"]) for row in listed], [("1000", "SUCCESS")])
    held = result(client.get_coins_balance(accountType="FUND", coin="USDT"))["balance"]
    same("in the other wallet", [money(row["walletBalance"]) for row in held], [money(1000)])
    back = {**transfer, "fromAccountType": "FUND", "toAccountType": "UNIFIED"}
    result(client.create_internal_transfer(transferId=str(uuid.uuid4()), **back))
    shown(f"balances equal the ledger ({', '.join(coins)}); {len(rows)} entries of the log; a transfer and back")


def further_calls(client: Any) -> None:
    """Calls that have no part of a story: each answers, or refuses as the venue does."""
    linear = {"category": "linear", "symbol": "BTCUSDT"}
    answered: list[tuple[Any, Json]] = [
        (client.get_account_instruments_info, {"category": "linear"}),
        (client.get_allowed_deposit_coin_info, {}),
        (client.get_borrow_quota, {"category": "spot", "symbol": "BTCUSDT", "side": "Buy"}),
        (client.get_closed_options_positions, {"category": "option"}),
        (client.get_coin_exchange_records, {}),
        (client.get_exchange_entity_list, {}),
        (client.get_historical_volatility, {"category": "option"}),
        (client.get_mmp_state, {"baseCoin": "BTC"}),
        (client.get_move_position_history, {}),
        (client.get_new_delivery_price, {"category": "option", "baseCoin": "BTC"}),
        (client.get_option_delivery_price, {"category": "linear"}),
        (client.get_option_delivery_record, {"category": "linear"}),
        (client.spot_margin_trade_get_status_and_leverage, {}),
        (client.spot_margin_trade_get_vip_margin_data, {}),
        (client.get_adl_alert, {}),
        (client.get_asset_overview, {}),
        (client.get_coin_balance, {"accountType": "UNIFIED", "coin": "USDT"}),
        (client.get_contract_transaction_log, {}),
        (client.get_fee_group_info, {"productType": "contract"}),
        (client.get_funding_acc_history, {}),
        (client.get_index_price_components, {"indexName": "BTCUSDT"}),
        (client.get_rpi_orderbook, {**linear, "limit": 10}),
        (client.get_spot_asset_info, {"accountType": "SPOT"}),
        (client.get_transferable_amount, {"coinName": "USDT"}),
        (client.get_transferable_coin, {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}),
        (client.get_usdc_contract_settlement, {"category": "linear"}),
        (client.get_user_setting_config, {}),
        (client.pre_check_order, {**linear, "side": "Buy", "orderType": "Market", "qty": "0.01"}),
        (client.set_dcp, {"timeWindow": 40}),
    ]
    for call, given in answered:
        same(f"{call.__name__}: retCode", call(**given)["retCode"], 0)
    batch = {"request": [{"coin": "BTC", "collateralSwitch": "ON"}]}
    leverage = {"buyLeverage": "10", "sellLeverage": "10"}
    protection = {"baseCoin": "BTC", "window": "5000", "frozenPeriod": "100000", "qtyLimit": "1", "deltaLimit": "1"}
    sending = {"coin": "USDT", "chain": "ETH", "address": "0x", "amount": "1", "accountType": "FUND"}
    exact: list[tuple[Any, Json, int]] = [
        (client.set_limit_price_action, {"category": "linear", "modifyEnable": True}, 0),
        (client.add_or_reduce_margin, {**linear, "margin": "10"}, CROSS),
        (client.cancel_withdrawal, {"id": "1"}, NO_SUCH_ID),
        (client.freeze_sub_uid, {"subuid": 1, "frozen": 1}, DENIED),
        (client.repay, {"coin": "USDT"}, NO_DEBT),
        (client.repay_liability, {"coin": "USDT"}, NO_DEBT),
        (client.reset_mmp, {"baseCoin": "BTC"}, NO_PROTECTION),
        (client.set_delta_mode, {"deltaEnable": "0"}, 0),
        (client.set_deposit_account, {"accountType": "FUND"}, NOT_ON_DEMO),
        (client.set_hedging_mode, {"setHedgingMode": "OFF"}, 0),
        (client.set_mmp, protection, NO_PROTECTION),
        (client.spot_margin_trade_set_leverage, {"leverage": "4"}, MODE_IS_OFF),
        (client.spot_margin_trade_toggle_margin_trade, {"spotMarginMode": "0"}, 0),
        (client.upgrade_to_unified_trading_account, {}, 0),
        (client.withdraw, {**sending, "timestamp": int(time.time() * 1000)}, DENIED),
        (client.batch_set_collateral_coin, batch, 0),
        (client.set_collateral_coin, {"coin": "BTC", "collateralSwitch": "ON"}, 0),
        (client.confirm_new_risk_limit, linear, NOT_RESTRICTED),
        (client.get_tiered_collateral_ratio, {}, 0),
        (client.set_auto_add_margin, {**linear, "autoAddMargin": 0}, ISOLATED_ONLY),
        (client.set_risk_limit, {**linear, "riskId": 1}, 0),
        (client.set_tp_sl_mode, {**linear, "tpSlMode": "Full"}, 0),
        (client.switch_margin_mode, {**linear, "tradeMode": 0, **leverage}, CLASSIC),
    ]
    for call, given, code in exact:
        same(f"{call.__name__}: the code", code_of(call, given), code)
    refusals = {call.__name__: code for call, _, code in exact if code}
    shown(f"{len(answered)} further calls answer; {len(exact)} answer, or refuse as at the venue: {refusals}")


def code_of(call: Any, given: Json) -> int:
    """``retCode``, whether pybit returns it or raises it."""
    try:
        return int(call(**given)["retCode"])
    except InvalidRequestError as error:
        return int(error.status_code)


def account_calls(client: Any) -> None:
    """What a session asks once: the key, the account, fees, collateral."""
    rows: list[tuple[Any, Json, Callable[[Any], bool]]] = [
        (client.get_api_key_information, {}, lambda a: a["uta"] == 1),
        (client.get_account_info, {}, lambda a: a["marginMode"] == "REGULAR_MARGIN"),
        (client.get_fee_rates, {"category": "linear"}, lambda a: bool(a["list"])),
        (client.get_collateral_info, {}, lambda a: bool(a["list"])),
        (client.get_coin_info, {}, lambda a: {"BTC", "USDT"} <= {row["coin"] for row in a["rows"]}),
        (client.get_borrow_history, {}, lambda a: a["list"] == []),
        (client.get_smp_group, {}, lambda a: a["smpGroup"] == 0),
        (client.query_dcp_info, {}, lambda a: isinstance(a["dcpInfos"], list)),
        (client.get_system_status, {}, lambda a: isinstance(a["list"], list)),
        (client.get_announcement, {"locale": "en-US"}, lambda a: isinstance(a["list"], list)),
    ]
    for call, given, holds in rows:
        answer = call(**given)
        same("retCode", answer["retCode"], 0)
        if not holds(answer["result"]):
            raise AssertionError(f"{call.__name__}: {answer!r}")
    for mode in ("ISOLATED_MARGIN", "REGULAR_MARGIN"):
        same("margin mode", client.set_margin_mode(setMarginMode=mode)["retCode"], 0)
        same("margin mode", client.get_account_info()["result"]["marginMode"], mode)
    shown(f"{len(rows)} calls about the account; cross and isolated margin are set and read")
