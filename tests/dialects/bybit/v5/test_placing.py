"""Orders as clients place them: what each parameter does, and what is said to those that make no sense."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, SPOT, Desk

CREATE = "/v5/order/create"
PERP = {"category": "linear", "symbol": "BTCUSDT"}
COIN = {"category": "inverse", "symbol": "BTCUSD"}
PAIR = {"category": "spot", "symbol": "BTCUSDT"}
LIMIT = {"side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "59900"}
MARKET = {"side": "Buy", "orderType": "Market", "qty": "0.1"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Somebody offers and bids one contract, or coin, ten from the price of 60,000 in each of three markets."""
    for market, qty in ((LINEAR, 1), (SPOT, 1), (INVERSE, 1_000)):
        desk.places(desk.alice, market, "Sell", qty, 60_010)
        desk.places(desk.alice, market, "Buy", qty, 59_990)
    desk.trade(SPOT, 60_000, "0.01")
    desk.trade(LINEAR, 60_000, "0.01")
    return desk


def order(desk: Desk, terms: dict[str, Any], **more: object) -> dict[str, Any]:
    """Place it, and how it is told afterwards, open or not."""
    made = desk.does(CREATE, {**terms, **more})
    assert set(made) == {"orderId", "orderLinkId"}
    return told(desk, terms["category"], made["orderId"])


def told(desk: Desk, category: str, order_id: str) -> dict[str, Any]:
    """One order as the call for open ones tells it."""
    rows: list[dict[str, Any]] = desk.asks("/v5/order/realtime", None, category=category, orderId=order_id)["list"]
    assert [row["orderId"] for row in rows] == [order_id]
    return rows[0]


def refused(desk: Desk, terms: dict[str, Any], **more: object) -> tuple[int, str]:
    """The refusal, by which nothing has changed."""
    before = desk.seq, len(desk.views.orders.open(desk.bob.no))
    answer = desk.post(CREATE, {**terms, **more})
    assert answer.status == 200
    assert answer.code != 0, answer.body
    assert answer.result == {}
    assert len(desk.views.orders.open(desk.bob.no)) == before[1]
    return answer.code, answer.text


@pytest.mark.parametrize(("market", "member"), [(PERP, "lastPriceOnCreated"), (PAIR, "basePrice")])
def test_an_order_says_what_the_price_was_when_it_was_placed(desk: Desk, market: dict[str, str], member: str) -> None:
    """ "Last price when place the order": by its own trade, and those of others since, it does not change."""
    before = order(desk, {**market, **LIMIT})
    taken = order(desk, {**market, "side": "Buy", "orderType": "Market", "qty": "0.1", "marketUnit": "baseCoin"})
    after = order(desk, {**market, **LIMIT})

    assert [row[member] for row in (before, taken, after)] == ["60000", "60000", "60010"]
    assert told(desk, market["category"], before["orderId"])[member] == "60000"


def test_before_anybody_has_traded_there_is_no_such_price(desk: Desk) -> None:
    assert order(desk, {**COIN, **LIMIT, "qty": "100"})["lastPriceOnCreated"] == ""


@pytest.mark.parametrize(("market", "qty"), [(PERP, "0.1"), (PAIR, "0.1")])
def test_a_limit_order_rests(desk: Desk, market: dict[str, str], qty: str) -> None:
    row = order(desk, {**market, **LIMIT}, orderLinkId="mine-1_A")
    assert (row["orderStatus"], row["orderLinkId"], row["qty"], row["leavesQty"]) == ("New", "mine-1_A", qty, qty)
    assert (row["timeInForce"], row["orderType"], row["rejectReason"]) == ("GTC", "Limit", "EC_NoError")
    assert ("createType" in row) is (market is PERP)


def test_inverse_orders_count_dollars(desk: Desk) -> None:
    row = order(desk, {**COIN, **LIMIT}, qty="500")
    assert (row["qty"], row["price"]) == ("500", "59900")
    assert desk.views.orders.open(desk.bob.no)[0].qty == 5 * 10**8


def test_a_market_order_trades_at_once_and_is_told_as_ioc(desk: Desk) -> None:
    row = order(desk, {**PERP, **MARKET}, timeInForce="GTC", price="1")
    assert (row["orderStatus"], row["timeInForce"], row["avgPrice"]) == ("Filled", "IOC", "60010")
    assert row["cumFeeDetail"] == {"USDT": "3.30055"}


@pytest.mark.parametrize("market", [PERP, PAIR])
@pytest.mark.parametrize(
    ("tif", "qty", "price", "reason"),
    [
        ("PostOnly", "0.1", "60010", "EC_PostOnlyWillTakeLiquidity"),
        ("FOK", "1.5", "60010", "EC_CancelForNoFullFill"),
        ("IOC", "0.1", "60000", "EC_NoImmediateQtyToFill"),
    ],
)
def test_what_only_the_book_can_say_is_no_error(
    desk: Desk, market: dict[str, str], tif: str, qty: str, price: str, reason: str
) -> None:
    """It is acknowledged, and was canceled when one asks."""
    row = order(desk, {**market, **LIMIT, "qty": qty, "price": price}, timeInForce=tif)
    assert (row["orderStatus"], row["rejectReason"], row["cancelType"]) == ("Cancelled", reason, "UNKNOWN")
    assert (row["leavesQty"].strip("0."), row["cumExecQty"].strip("0.")) == ("", "")


def test_what_is_left_of_an_ioc_is_told_by_category(desk: Desk) -> None:
    assert order(desk, {**PERP, **LIMIT, "price": "60010"}, qty="1.5", timeInForce="IOC")["orderStatus"] == "Cancelled"
    row = order(desk, {**PAIR, **LIMIT, "price": "60010"}, qty="1.5", timeInForce="IOC")
    assert (row["orderStatus"], row["cumExecQty"]) == ("PartiallyFilledCanceled", "1")


def test_a_market_order_without_a_book_is_acknowledged_and_rejected() -> None:
    desk = Desk()
    row = order(desk, {**PAIR, **MARKET}, qty="100")
    assert (row["orderStatus"], row["rejectReason"]) == ("Rejected", "EC_NoImmediateQtyToFill")
    assert told(desk, "spot", row["orderId"])["orderStatus"] == "Rejected"


# Spot: what a quantity counts


@pytest.mark.parametrize(
    ("side", "unit", "qty", "filled", "told_unit"),
    [
        ("Buy", None, "600.1", "0.01", "quoteCoin"),
        ("Buy", "baseCoin", "0.01", "0.01", "baseCoin"),
        ("Sell", None, "0.01", "0.01", "baseCoin"),
        ("Sell", "quoteCoin", "599.9", "0.01", "quoteCoin"),
    ],
)
def test_a_spot_market_order_counts_what_was_said(
    desk: Desk, side: str, unit: str | None, qty: str, filled: str, told_unit: str
) -> None:
    row = order(desk, {**PAIR, **MARKET}, side=side, qty=qty, **({"marketUnit": unit} if unit else {}))
    assert (row["cumExecQty"], row["marketUnit"], row["qty"]) == (filled, told_unit, qty)


def test_nothing_is_borrowed(desk: Desk) -> None:
    assert refused(desk, {**PAIR, **LIMIT}, isLeverage=1)[0] == 170036
    assert order(desk, {**PAIR, **LIMIT}, isLeverage=0)["isLeverage"] == "0"


@pytest.mark.parametrize(("market", "code"), [(PERP, 110119), (PAIR, 170355)])
def test_makers_orders_for_people_are_refused(desk: Desk, market: dict[str, str], code: int) -> None:
    assert refused(desk, {**market, **LIMIT}, timeInForce="RPI")[0] == code


# Closing


def test_an_order_that_only_reduces(desk: Desk) -> None:
    order(desk, {**PERP, **MARKET})
    row = order(desk, {**PERP, **MARKET, "side": "Sell", "qty": "0.3"}, reduceOnly=True)
    assert (row["reduceOnly"], row["cumExecQty"], row["closeOnTrigger"]) == (True, "0.1", False)
    assert refused(desk, {**PERP, **MARKET, "side": "Sell"}, reduceOnly=True)[0] == 110017


@pytest.mark.parametrize("side", ["Buy", "Sell"])
def test_nothing_of_a_position_is_left_by_a_quantity_of_nothing(desk: Desk, side: str) -> None:
    other = "Sell" if side == "Buy" else "Buy"
    order(desk, {**PERP, **MARKET}, side=side, qty="0.123")
    row = order(desk, {**PERP, **MARKET}, side=other, qty="0", reduceOnly=True, closeOnTrigger=True)
    assert (row["cumExecQty"], row["closeOnTrigger"], row["orderStatus"]) == ("0.123", True, "Filled")
    closing = {**PERP, **MARKET, "side": other, "qty": "0"}
    assert refused(desk, closing, reduceOnly=True, closeOnTrigger=True)[0] == 110017
    assert refused(desk, closing, reduceOnly=True)[0] == 10001


def test_the_position_of_a_mode_is_named(desk: Desk) -> None:
    assert refused(desk, {**PERP, **LIMIT}, positionIdx=1) == (10001, "position idx not match position mode")
    assert order(desk, {**PERP, **LIMIT}, positionIdx=0)["positionIdx"] == 0


# Conditions


def test_a_condition_sleeps_until_its_price(desk: Desk) -> None:
    terms = {**PERP, **MARKET, "triggerPrice": "60500", "triggerDirection": 1, "triggerBy": "MarkPrice"}
    row = order(desk, terms)
    assert (row["orderStatus"], row["stopOrderType"], row["triggerPrice"]) == ("Untriggered", "Stop", "60500")
    assert (row["triggerDirection"], row["triggerBy"], row["createType"]) == (1, "MarkPrice", "CreateByStopOrder")
    assert desk.asks("/v5/order/realtime", None, **PERP, orderFilter="StopOrder")["list"] == [row]
    assert desk.asks("/v5/order/realtime", None, **PERP, orderFilter="Order")["list"] == []


@pytest.mark.parametrize(
    ("price", "way", "code", "text"),
    [
        ("59000", 1, 110092, "expect Rising, but trigger_price[59000] <= current[60000]??LastPrice"),
        ("61000", 2, 110093, "expect Falling, but trigger_price[61000] >= current[60000]??LastPrice"),
        ("61000", None, 10001, "params error: triggerDirection invalid"),
    ],
)
def test_a_condition_that_holds_already_is_refused(
    desk: Desk, price: str, way: int | None, code: int, text: str
) -> None:
    more = {} if way is None else {"triggerDirection": way}
    assert refused(desk, {**PERP, **MARKET, "triggerPrice": price}, **more) == (code, text)


@pytest.mark.parametrize(("listed", "kind"), [("tpslOrder", "tpslOrder"), ("StopOrder", "Stop")])
def test_conditions_of_spot_are_of_two_lists(desk: Desk, listed: str, kind: str) -> None:
    row = order(desk, {**PAIR, **LIMIT}, triggerPrice="59000", price="58900", orderFilter=listed)
    assert (row["orderStatus"], row["stopOrderType"], row["triggerDirection"]) == ("Untriggered", kind, 2)
    listed_rows = desk.asks("/v5/order/realtime", None, **PAIR, orderFilter=listed)["list"]
    assert [each["orderId"] for each in listed_rows] == [row["orderId"]]
    assert refused(desk, {**PAIR, **LIMIT}, orderFilter=listed)[0] == 170202
    gone = desk.post("/v5/order/cancel", {**PAIR, "orderId": row["orderId"], "orderFilter": "Order"})
    assert gone.code == 170213
    desk.does("/v5/order/cancel", {**PAIR, "orderId": row["orderId"], "orderFilter": listed})
    assert told(desk, "spot", row["orderId"])["orderStatus"] == "Deactivated"


def test_a_condition_of_spot_holds_nothing_until_its_price_and_tpsl_does(desk: Desk) -> None:
    balance = desk.state.accounts[desk.bob.no].balances["unified", "BTC"]
    desk.run(cmd.CancelAll(desk.alice.no))
    sell = {**PAIR, **LIMIT, "side": "Sell", "qty": "6", "price": "59850", "triggerPrice": "59900"}
    first = order(desk, sell, orderFilter="StopOrder")
    assert balance.held == 0
    second = order(desk, sell, orderFilter="tpslOrder")
    assert balance.held == 6 * 10**8
    desk.trade(SPOT, 59_900, "0.01")
    # What is held for the one is not there for the other: ten coins are less than twelve.
    assert told(desk, "spot", second["orderId"])["orderStatus"] == "New"
    assert told(desk, "spot", first["orderId"])["orderStatus"] == "Rejected"


# Attached prices


def test_attached_prices_become_orders_of_the_position(desk: Desk) -> None:
    sent = {"takeProfit": "61000", "stopLoss": "59500", "slTriggerBy": "MarkPrice"}
    row = order(desk, {**PERP, **MARKET}, orderLinkId="parent", **sent)
    assert (row["takeProfit"], row["stopLoss"], row["tpslMode"]) == ("61000", "59500", "Full")
    assert (row["tpTriggerBy"], row["slTriggerBy"]) == ("LastPrice", "MarkPrice")
    children = desk.asks("/v5/order/realtime", None, **PERP)["list"]
    assert {(each["stopOrderType"], each["triggerPrice"], each["orderStatus"]) for each in children} == {
        ("TakeProfit", "61000", "Untriggered"), ("StopLoss", "59500", "Untriggered"),
    }  # fmt: skip
    assert {(each["parentOrderLinkId"], each["reduceOnly"], each["closeOnTrigger"]) for each in children} == {
        ("parent", True, True)
    }


def test_prices_of_a_part_have_a_size_and_a_limit(desk: Desk) -> None:
    sent = {"takeProfit": "61000", "tpOrderType": "Limit", "tpLimitPrice": "60900", "tpslMode": "Partial"}
    row = order(desk, {**PERP, **MARKET}, **sent)
    assert (row["tpslMode"], row["tpLimitPrice"]) == ("Partial", "60900")
    child = desk.asks("/v5/order/realtime", None, **PERP)["list"][0]
    assert (child["stopOrderType"], child["qty"], child["price"]) == ("PartialTakeProfit", "0.1", "60900")
    assert (child["orderType"], child["tpslMode"]) == ("Limit", "Partial")


def test_prices_of_a_spot_order_begin_when_it_is_filled(desk: Desk) -> None:
    """All of it is sold by one of two orders: its fee was paid out of coins that were there before."""
    sent = {"takeProfit": "60500", "stopLoss": "59800", "tpOrderType": "Limit", "tpLimitPrice": "60400"}
    row = order(desk, {**PAIR, **LIMIT}, orderLinkId="parent", **sent)
    assert (row["takeProfit"], row["stopLoss"], row["tpLimitPrice"], row["slLimitPrice"]) == (
        "60500", "59800", "60400", "0",
    )  # fmt: skip
    assert [each["orderId"] for each in desk.asks("/v5/order/realtime", None, category="spot")["list"]] == [
        row["orderId"]
    ]
    desk.run(cmd.CancelAll(desk.alice.no))
    desk.places(desk.alice, SPOT, "Sell", "0.1", 59_900)
    assert told(desk, "spot", row["orderId"])["orderStatus"] == "Filled"
    legs = desk.asks("/v5/order/realtime", None, category="spot", orderFilter="tpslOrder")["list"]
    assert {(each["triggerPrice"], each["price"], each["orderType"], each["parentOrderLinkId"]) for each in legs} == {
        ("60500", "60400", "Limit", "parent"), ("59800", "0", "Market", "parent"),
    }  # fmt: skip
    assert {each["orderStatus"] for each in legs} == {"Untriggered"}
    assert {float(each["qty"]) for each in legs} == {0.1}
    desk.places(desk.alice, SPOT, "Buy", "1", 59_750)
    desk.trade(SPOT, 59_800, "0.01")
    ended = {each["triggerPrice"]: told(desk, "spot", each["orderId"]) for each in legs}
    assert (ended["59800"]["orderStatus"], ended["60500"]["orderStatus"]) == ("Filled", "Deactivated")
    assert ended["60500"]["cancelType"] == "CancelByOCOTpCanceledBySlTriggered"


@pytest.mark.parametrize("prices", [{"takeProfit": "60500"}, {"stopLoss": "59500"}])
def test_what_a_spot_order_brings_goes_with_it(desk: Desk, prices: dict[str, str]) -> None:
    row = order(desk, {**PAIR, **LIMIT}, **prices)
    assert desk.does("/v5/order/cancel-all", category="spot")["list"] == [
        {"orderId": row["orderId"], "orderLinkId": ""}
    ]
    assert desk.views.orders.open(desk.bob.no) == []
    assert [each["orderId"] for each in desk.asks("/v5/order/history", None, category="spot")["list"]] == [
        row["orderId"]
    ]


def test_a_spot_sell_is_bought_back(desk: Desk) -> None:
    row = order(desk, {**PAIR, **LIMIT, "side": "Sell", "price": "60005"}, takeProfit="59500", stopLoss="60500")
    assert (row["takeProfit"], row["stopLoss"]) == ("59500", "60500")
    desk.places(desk.alice, SPOT, "Buy", "0.1", 60_005)
    legs = desk.asks("/v5/order/realtime", None, category="spot")["list"]
    assert {(each["side"], each["qty"]) for each in legs} == {("Buy", "0.1")}


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({**LIMIT, "takeProfit": "59000"}, 10001),
        ({**LIMIT, "stopLoss": "60000"}, 10001),
        ({**LIMIT, "takeProfit": "61000", "tpOrderType": "Limit"}, 10001),
        ({**MARKET, "takeProfit": "61000"}, 170227),
        ({**LIMIT, "takeProfit": "61000", "triggerPrice": "59000"}, 170227),
    ],
)
def test_prices_of_a_spot_order_that_make_no_sense(desk: Desk, terms: dict[str, str], code: int) -> None:
    assert refused(desk, {**PAIR, **terms})[0] == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"takeProfit": "59000"}, 10001),
        ({"stopLoss": "61000"}, 10001),
        ({"takeProfit": "61000", "reduceOnly": True}, 110057),
        ({"takeProfit": "61000", "tpOrderType": "Limit"}, 10001),
        ({"takeProfit": "61000", "tpOrderType": "Limit", "tpslMode": "Partial"}, 10001),
        ({"takeProfit": "61000.001"}, 10001),
        ({"tpslMode": "Half"}, 10001),
        ({"tpTriggerBy": "Last"}, 10001),
    ],
)
def test_attached_prices_that_make_no_sense(desk: Desk, more: dict[str, Any], code: int) -> None:
    assert refused(desk, {**PERP, **LIMIT}, **more)[0] == code


def test_a_refused_attached_price_is_told_with_both_prices(desk: Desk) -> None:
    assert refused(desk, {**PERP, **LIMIT}, takeProfit="59000")[1] == (
        "params error: TakeProfit:59000 set for Buy position should be higher than base_price:59900??LastPrice"
    )


# Market orders with a bound


@pytest.mark.parametrize(
    ("kind", "value", "filled"),
    [("TickSize", "1", "1"), ("Percent", "0.05", "1.5"), ("TickSize", "200", "1.5")],
)
def test_a_market_order_goes_as_far_as_it_says(desk: Desk, kind: str, value: str, filled: str) -> None:
    """One contract at 60,010 and half a one at 60,030, which is 0.034 percent, or two hundred ticks, further."""
    desk.places(desk.alice, LINEAR, "Sell", "0.5", 60_030)
    row = order(desk, {**PERP, **MARKET}, qty="1.5", slippageToleranceType=kind, slippageTolerance=value)
    assert (row["cumExecQty"], row["orderType"], row["timeInForce"]) == (filled, "Market", "IOC")
    assert (row["slippageToleranceType"], row["slippageTolerance"]) == (kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("TickSize", "0", 110108), ("TickSize", "10001", 110108), ("TickSize", "1.5", 110108), ("TickSize", "", 110108),
        ("Percent", "0.001", 110109), ("Percent", "10.01", 110109), ("Percent", "0.015", 110109), ("Bips", "1", 10001),
    ],
)  # fmt: skip
def test_a_bound_out_of_range_is_refused(desk: Desk, kind: str, value: str, code: int) -> None:
    assert refused(desk, {**PERP, **MARKET}, slippageToleranceType=kind, slippageTolerance=value)[0] == code


# Self-trades, and prices from the book


@pytest.mark.parametrize(
    ("smp", "maker", "taker"),
    [
        ("CancelMaker", "Cancelled", "Filled"),
        ("CancelTaker", "New", "Cancelled"),
        ("CancelBoth", "Cancelled", "Cancelled"),
    ],
)
def test_what_happens_with_ones_own_order_is_said(desk: Desk, smp: str, maker: str, taker: str) -> None:
    mine = order(desk, {**PERP, **LIMIT, "side": "Sell", "price": "60005"})
    row = order(desk, {**PERP, **MARKET}, smpType=smp)
    assert (row["smpType"], row["orderStatus"]) == (smp, taker)
    first = told(desk, "linear", mine["orderId"])
    assert first["orderStatus"] == maker
    if maker == "Cancelled":
        assert (first["cancelType"], first["rejectReason"]) == ("CancelBySmp", "EC_BySelfMatch")


@pytest.mark.parametrize(("kind", "price"), [("Queue", "59990"), ("Counterparty", "60010")])
def test_a_price_can_be_taken_from_the_book(desk: Desk, kind: str, price: str) -> None:
    terms = {**PERP, "side": "Buy", "orderType": "Limit", "qty": "0.1"}
    assert order(desk, terms, bboSideType=kind, bboLevel="1")["price"] == price
    assert refused(desk, terms)[1] == "params error: price is required"
    assert refused(desk, terms, bboSideType=kind)[0] == 10001


# What makes no sense


@pytest.mark.parametrize(
    ("more", "linear", "spot"),
    [
        ({"qty": "0"}, 10001, 170136),
        ({"qty": "-1"}, 10001, 10001),
        ({"qty": "abc"}, 10001, 10001),
        ({"qty": "1e3"}, 10001, 10001),
        ({"qty": ""}, 10001, 10001),
        ({"qty": None}, 10001, 10001),
        ({"qty": [1]}, 10001, 10001),
        ({"qty": "0.00001234"}, 10001, 170137),
        ({"qty": "0.00001"}, 10001, 170140),
        ({"qty": "0.000000001"}, 10001, 170137),
        ({"qty": "99999999999"}, 10001, 170381),
        ({"qty": "99999999999999999999"}, 10001, 170381),
        ({"price": "0"}, 10001, 170133),
        ({"price": "59900.001"}, 10001, 170134),
        ({"price": ""}, 10001, 10001),
        ({"side": "buy"}, 10001, 10001),
        ({"side": "Hold"}, 10001, 10001),
        ({"orderType": "limit"}, 10001, 10001),
        ({"timeInForce": "GTX"}, 10001, 10001),
        ({"orderLinkId": "x" * 37}, 10001, 10001),
        ({"orderLinkId": "zwölf"}, 10001, 10001),
        ({"orderLinkId": "a b"}, 10001, 10001),
        ({"symbol": "BTCUSD"}, 10001, 10001),
        ({"symbol": "btcusdt"}, 10001, 10001),
        ({"symbol": ""}, 10001, 10001),
        ({"category": "swap"}, 10001, 10001),
        ({"category": "option"}, 10001, 10001),
        ({"category": ""}, 10001, 10001),
        ({"positionIdx": 3}, 10001, 10001),
        ({"reduceOnly": "maybe"}, 10001, 10001),
        ({"orderFilter": "Nothing"}, 170201, 170201),
        ({"smpType": "Never"}, 10001, 10001),
        ({"marketUnit": "coins"}, 10001, 10001),
    ],
)
def test_odd_parameters_are_refused_in_the_venues_words(
    desk: Desk, more: dict[str, Any], linear: int, spot: int
) -> None:
    assert refused(desk, {**PERP, **LIMIT, **more})[0] == linear
    assert refused(desk, {**PAIR, **LIMIT, **more})[0] == spot


def test_a_symbol_is_one_of_its_category(desk: Desk) -> None:
    assert refused(desk, {**COIN, **LIMIT, "symbol": "BTCUSDT"})[0] == 10001
    assert refused(desk, {**PERP, **LIMIT, "symbol": "BTCUSD"})[0] == 10001
    assert refused(desk, {**COIN, **LIMIT, "qty": "50"})[0] == 10001


@pytest.mark.parametrize(("market", "code"), [(PERP, 110072), (PAIR, 170141)])
def test_a_name_is_given_once(desk: Desk, market: dict[str, str], code: int) -> None:
    order(desk, {**market, **LIMIT}, orderLinkId="twice")
    assert refused(desk, {**market, **LIMIT}, orderLinkId="twice")[0] == code


def test_money_that_is_not_there(desk: Desk) -> None:
    dora = desk.joined("dora", money={"unified": {"USDT": 10}})
    for market, codes in ((PERP, (110007,)), (PAIR, (170131, 170033))):
        answer = desk.post(CREATE, {**market, **LIMIT}, dora)
        assert answer.code in codes


# By value beyond the book


@pytest.mark.parametrize(("side", "price"), [("Buy", "60010"), ("Sell", "59990")])
def test_a_market_order_by_value_takes_what_there_is_and_the_rest_is_canceled(
    desk: Desk, side: str, price: str
) -> None:
    """Somebody offers one coin, and bids for one: an order for more than that is no order for nothing."""
    made = order(desk, {**PAIR, **MARKET, "side": side}, qty="90000", marketUnit="quoteCoin")

    assert (made["orderStatus"], made["cumExecQty"], made["cumExecValue"]) == ("PartiallyFilledCanceled", "1", price)
    assert (made["rejectReason"], made["leavesQty"], made["qty"]) == ("EC_NoImmediateQtyToFill", "0", "90000")
    assert all(coin["locked"] == "0" for coin in wallet(desk))


def test_a_market_order_for_more_money_than_there_is_is_refused_whatever_is_offered(desk: Desk) -> None:
    before = wallet(desk)

    assert desk.post(CREATE, {**PAIR, **MARKET}, qty="1000001").code == 170131
    assert wallet(desk) == before


def wallet(desk: Desk) -> list[dict[str, Any]]:
    """The coins of bob."""
    coins: list[dict[str, Any]] = desk.asks("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
    return coins


# Closing beside what rests


def held(desk: Desk, idx: int = 0) -> dict[str, Any]:
    """Bob has half a contract, and an order at rest that takes the profit of all of it."""
    desk.does(CREATE, {**PERP, **MARKET}, qty="0.5", positionIdx=idx)
    profit = {**PERP, "side": "Sell", "orderType": "Limit", "qty": "0.5", "price": "60500"}
    return order(desk, profit, reduceOnly=True, positionIdx=idx)


def size(desk: Desk) -> str:
    rows = desk.asks("/v5/position/list", category="linear", symbol="BTCUSDT")["list"]
    return str(rows[0]["size"])


@pytest.mark.parametrize("terms", [{"qty": "0.5"}, {"qty": "3"}, {"qty": "0", "closeOnTrigger": True}])
@pytest.mark.parametrize("idx", [0, 1])
def test_a_position_is_closed_whatever_rests_to_close_it(desk: Desk, terms: dict[str, Any], idx: int) -> None:
    if idx:
        desk.does("/v5/position/switch-mode", {"category": "linear", "symbol": "BTCUSDT", "mode": 3})
    resting = held(desk, idx)

    made = order(desk, {**PERP, **MARKET, "side": "Sell", "reduceOnly": True, "positionIdx": idx}, **terms)

    assert (made["orderStatus"], made["cumExecQty"], size(desk)) == ("Filled", "0.5", "0")
    gone = told(desk, "linear", resting["orderId"])
    assert (gone["orderStatus"], gone["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


def test_a_stop_closes_a_position_whose_profit_is_to_be_taken_by_an_order_at_rest(desk: Desk) -> None:
    resting = held(desk)
    stop = {**PERP, **MARKET, "side": "Sell", "qty": "0.5", "reduceOnly": True}
    sleeping = order(desk, stop, triggerPrice="59950", triggerDirection=2)
    desk.places(desk.alice, LINEAR, "Buy", 1, 59_940)

    desk.places(desk.carol, LINEAR, "Sell", "1.1", 59_940)

    assert (told(desk, "linear", sleeping["orderId"])["orderStatus"], size(desk)) == ("Filled", "0")
    assert told(desk, "linear", resting["orderId"])["cancelType"] == "CancelByReduceOnly"


def test_of_orders_at_rest_that_close_too_much_the_farthest_goes(desk: Desk) -> None:
    resting = held(desk)
    profit = {**PERP, "side": "Sell", "orderType": "Limit", "qty": "0.5", "reduceOnly": True}

    assert order(desk, profit, price="60400")["orderStatus"] == "New"
    assert told(desk, "linear", resting["orderId"])["cancelType"] == "CancelByReduceOnly"
    assert order(desk, profit, price="60450")["cancelType"] == "CancelByReduceOnly"
    assert size(desk) == "0.500"


@pytest.mark.parametrize(
    ("market", "qty", "price"), [(PERP, 10001, 110003), (COIN, 10001, 110003), (PAIR, 170381, 170132)]
)
def test_a_number_beyond_all_counting_is_said_of_what_it_is(
    desk: Desk, market: dict[str, str], qty: int, price: int
) -> None:
    for much in ("9" * 12, "9" * 20):
        assert refused(desk, {**market, **LIMIT}, qty=much)[0] == qty
        assert refused(desk, {**market, **LIMIT, "qty": "100"}, price=much)[0] == price
    assert refused(desk, {**PERP, **LIMIT}, takeProfit="9" * 20)[0] == 110003
    made = order(desk, {**PERP, **LIMIT})
    named = {**PERP, "orderId": made["orderId"]}
    assert desk.post("/v5/order/amend", named, price="9" * 20).code == 110003
    assert desk.post("/v5/order/amend", named, qty="9" * 20).code == 10001
