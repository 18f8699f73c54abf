"""Orders that wait for a price: what they answer while they sleep, and what a client hears when they wake."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import AdoptBundle, SetAccountOption, SetFees, Withdraw
from simexchange.core.vocabulary.markets import Bundle, Commission, Filters
from simexchange.core.vocabulary.orders import AccountOption, Trigger
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, Rate
from simexchange.dialects.binance.spot import entry
from tests.dialects.binance.spot.bench import Answer, Bench, decoded

BIP = ONE // 10_000
STOP = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "1", "stopPrice": "110"}
STOP_LIMIT = {**STOP, "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "price": "112"}


def trades_at(bench: Bench, price: float) -> None:
    """Two others trade a little at *price*."""
    bench.maker.sells("0.1", at=price)
    bench.third.buys("0.1", at=price)


@pytest.fixture
def market(bench: Bench) -> Bench:
    """The last price is 100."""
    trades_at(bench, 100)
    return bench


def place(bench: Bench, **sent: object) -> Answer:
    return bench.signed(bench.taker, "POST", "/api/v3/order", **sent)


def ask(bench: Bench, order: int) -> Any:
    return bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order).body


@pytest.mark.parametrize(
    ("kind", "side", "rising"),
    [
        ("STOP_LOSS", "BUY", True),
        ("STOP_LOSS", "SELL", False),
        ("STOP_LOSS_LIMIT", "SELL", False),
        ("TAKE_PROFIT", "BUY", False),
        ("TAKE_PROFIT_LIMIT", "BUY", False),
        ("TAKE_PROFIT", "SELL", True),
    ],
)
def test_type_and_side_say_whether_a_price_above_or_below_is_waited_for(kind: str, side: str, rising: bool) -> None:
    """A loss of somebody who wants to buy is stopped above the market, his profit taken below it."""
    alone = entry.terms({"type": kind, "side": side, "stopPrice": "110"})
    trailing = entry.terms({"type": kind, "side": side, "stopPrice": "110", "trailingDelta": "100"})

    assert alone is not None
    assert trailing is not None
    assert (alone.trigger, alone.wire) == (Trigger(Price(110 * ONE), rising=rising), kind)
    assert trailing.trigger == Trigger(
        Price(0), rising=side == "BUY", activation=Price(110 * ONE), trailing=Rate(100 * BIP), activation_rising=rising
    )


def test_a_sleeping_order_is_open_and_does_not_work(market: Bench) -> None:
    """ACK is the default answer; asked for, it shows what it waits for, and no time at which it came to the book."""
    short = place(market, **STOP_LIMIT)
    told = place(market, **{**STOP_LIMIT, "newOrderRespType": "RESULT"})

    assert list(short.body) == ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]
    assert (told.body["status"], told.body["type"], told.body["stopPrice"]) == (
        "NEW", "STOP_LOSS_LIMIT", "110.00000000",
    )  # fmt: skip
    assert told.body["workingTime"] == -1
    asked = ask(market, short.body["orderId"])
    assert (asked["isWorking"], asked["workingTime"]) == (False, -1)
    assert (asked["price"], asked["stopPrice"]) == ("112.00000000", "110.00000000")
    assert "trailingDelta" not in asked
    assert market.taker.has("USDT") == (1_000_000 - 2 * 112, 2 * 112)


def test_a_stop_that_wakes_keeps_its_type_and_works(market: Bench) -> None:
    """It becomes a limit order at 112 that finds nobody, but is shown as what was sent."""
    order = place(market, **STOP_LIMIT).body["orderId"]
    market.at += SECOND

    trades_at(market, 110)

    asked = ask(market, order)
    assert (asked["type"], asked["status"], asked["isWorking"]) == ("STOP_LOSS_LIMIT", "NEW", True)
    assert asked["workingTime"] == market.now_ms()
    assert market.ladder[1:] == ["  1 |   112 |"]


@pytest.mark.parametrize(
    ("kind", "side", "stop", "reached"),
    [
        ("STOP_LOSS", "BUY", "105", 105),
        ("STOP_LOSS", "SELL", "95", 95),
        ("TAKE_PROFIT", "BUY", "95", 95),
        ("TAKE_PROFIT", "SELL", "105", 105),
    ],
)
def test_a_stop_market_order_takes_what_there_is_when_its_price_is_reached(
    market: Bench, kind: str, side: str, stop: str, reached: float
) -> None:
    market.maker.sells(3, at=120)
    market.maker.buys(3, at=80)
    order = place(market, symbol="BTCUSDT", side=side, type=kind, quantity="1", stopPrice=stop).body["orderId"]

    trades_at(market, reached)

    asked = ask(market, order)
    assert (asked["type"], asked["status"], asked["timeInForce"]) == (kind, "FILLED", "GTC")
    assert asked["cummulativeQuoteQty"] == ("120.00000000" if side == "BUY" else "80.00000000")


def test_a_trailing_stop_shows_how_far_it_stays_behind_and_since_when_it_follows(market: Bench) -> None:
    """It follows from 110 on, and sells 1 % under the highest price after that: at 118.8 from 120."""
    sent = {
        "symbol": "BTCUSDT", "side": "SELL", "type": "TAKE_PROFIT_LIMIT", "timeInForce": "GTC", "quantity": "1",
        "price": "100", "stopPrice": "110", "trailingDelta": "100", "newOrderRespType": "FULL",
    }  # fmt: skip
    heard = market.listens(market.taker)
    told = place(market, **sent).body
    market.at += SECOND

    trades_at(market, 111)
    follows = ask(market, told["orderId"])
    trades_at(market, 120)
    trades_at(market, 119)
    asleep = ask(market, told["orderId"])
    trades_at(market, 118.8)

    assert (told["stopPrice"], told["trailingDelta"], told["trailingTime"]) == ("110.00000000", 100, -1)
    assert (follows["trailingTime"], follows["isWorking"]) == (market.now_ms(), False)
    assert asleep["isWorking"] is False
    assert ask(market, told["orderId"])["isWorking"] is True
    reports = [row for row in decoded(heard) if row["e"] == "executionReport"]
    assert [(row["x"], row["w"], row["d"], row.get("D")) for row in reports] == [
        ("NEW", False, 100, None),
        ("NEW", True, 100, market.now_ms()),
    ]


def test_a_trailing_stop_without_a_stop_price_follows_at_once(market: Bench) -> None:
    told = place(
        market, symbol="BTCUSDT", side="SELL", type="STOP_LOSS", quantity="1", trailingDelta="500",
        newOrderRespType="RESULT",
    ).body  # fmt: skip

    asked = ask(market, told["orderId"])
    assert (asked["stopPrice"], asked["trailingDelta"]) == ("0.00000000", 500)
    assert asked["trailingTime"] == market.now_ms()


def test_the_stream_tells_a_stop_when_it_is_taken_in_and_when_it_wakes(market: Bench) -> None:
    """NEW twice: first it is not on the book and has no working time, then it is, before it trades."""
    market.maker.sells(1, at=111)
    heard = market.listens(market.taker)

    place(market, **STOP_LIMIT)
    market.at += SECOND
    market.third.sells("0.1", at=110)
    market.maker.buys("0.1", at=110)

    reports = [row for row in decoded(heard) if row["e"] == "executionReport"]
    assert [(row["x"], row["X"], row["w"], row["P"], row.get("W")) for row in reports] == [
        ("NEW", "NEW", False, "110.00000000", None),
        ("NEW", "NEW", True, "110.00000000", market.now_ms()),
        ("TRADE", "FILLED", False, "110.00000000", market.now_ms()),
    ]
    assert [row["e"] for row in decoded(heard)] == [
        "executionReport", "outboundAccountPosition", "executionReport", "executionReport", "outboundAccountPosition",
    ]  # fmt: skip


def test_a_stop_that_may_not_work_when_it_wakes_expires_and_says_why(bench: Bench) -> None:
    """A market buy that turns out dearer than what it holds: REJECTED, for want of money."""
    trades_at(bench, 100)
    bench.maker.sells(1, at=400)
    heard = bench.listens(bench.taker)
    order = place(bench, **STOP).body["orderId"]
    free = bench.taker.has("USDT")[0]
    bench.run(Withdraw(bench.taker.no, "spot", "USDT", Amount(free * ONE)))

    trades_at(bench, 110)

    asked = ask(bench, order)
    assert (asked["status"], asked["expiryReason"]) == ("EXPIRED", "REJECTED")
    last = [row for row in decoded(heard) if row["e"] == "executionReport"][-1]
    assert (last["x"], last["eR"], last["r"]) == ("EXPIRED", "REJECTED", "INSUFFICIENT_BALANCES")


def test_a_sleeping_order_can_be_canceled_and_replaced(market: Bench) -> None:
    first = place(market, **STOP_LIMIT).body["orderId"]

    replaced = market.signed(
        market.taker, "POST", "/api/v3/order/cancelReplace", **{**STOP_LIMIT, "stopPrice": "111"},
        cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first,
    ).body  # fmt: skip
    canceled = market.signed(
        market.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=replaced["newOrderResponse"]["orderId"]
    ).body

    assert replaced["cancelResponse"]["stopPrice"] == "110.00000000"
    assert (canceled["status"], canceled["stopPrice"], canceled["type"]) == (
        "CANCELED", "111.00000000", "STOP_LOSS_LIMIT",
    )  # fmt: skip
    assert market.taker.has("USDT") == (1_000_000, 0)


def test_an_answer_knows_nothing_of_what_its_order_set_off(market: Bench) -> None:
    """The taker sells 1 of 3 at 110; that wakes a stop, which buys the rest. Told: what was left when he had sold."""
    market.signed(market.third, "POST", "/api/v3/order", **{**STOP, "quantity": "2"})
    market.maker.buys(1, at=110)

    told = place(market, symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="3", price="110").body

    assert (told["status"], told["executedQty"]) == ("PARTIALLY_FILLED", "1.00000000")
    assert ask(market, told["orderId"])["status"] == "FILLED"


BOUNDED = Filters(trailing_above_min=Rate(10 * BIP), trailing_above_max=Rate(2_000 * BIP))


@pytest.mark.parametrize(("delta", "code"), [("9", -1013), ("10", None), ("2000", None), ("2001", -1013)])
def test_a_trailing_distance_has_bounds_and_a_test_order_knows_them(delta: str, code: int | None) -> None:
    bench = Bench(filters=BOUNDED)
    trades_at(bench, 100)
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "1", "trailingDelta": delta}

    tried = bench.signed(bench.taker, "POST", "/api/v3/order/test", **sent)
    placed = place(bench, **sent)

    assert (tried.code, placed.code) == (code, code)
    assert code is None or placed.body["msg"] == "Filter failure: TRAILING_DELTA"


# Commissions


def test_rates_are_told_by_kind_and_for_an_order_by_its_side(bench: Bench) -> None:
    """The rates of the commission FAQ (2026-07-21): an order's have the buyer's or seller's in them."""
    part = Commission(Rate(1_000_000), Rate(2_000_000), Rate(3_000_000), Rate(4_000_000))
    tax = Commission(Rate(112), Rate(114), Rate(118), Rate(116))
    bench.run(SetFees(bench.taker.no, bench.market, Rate(10), Rate(20), Rate(30), Rate(40), special=part, tax=tax))

    told = bench.signed(bench.taker, "GET", "/api/v3/account/commission", symbol="BTCUSDT").body
    sells = bench.signed(
        bench.taker, "POST", "/api/v3/order/test", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="1",
        computeCommissionRates="true",
    ).body  # fmt: skip

    assert told["standardCommission"] == {
        "maker": "0.00000010", "taker": "0.00000020", "buyer": "0.00000030", "seller": "0.00000040",
    }  # fmt: skip
    assert told["specialCommission"]["seller"] == "0.04000000"
    assert told["taxCommission"]["buyer"] == "0.00000118"
    assert sells["standardCommissionForOrder"] == {"maker": "0.00000050", "taker": "0.00000060"}
    assert sells["specialCommissionForOrder"] == {"maker": "0.05000000", "taker": "0.06000000"}
    assert sells["taxCommissionForOrder"] == {"maker": "0.00000228", "taker": "0.00000230"}


def test_an_account_chooses_to_pay_in_the_discount_asset(bench: Bench) -> None:
    """It is offered where the rules name such an asset; what stands so already may be asked for again."""
    bench.run(AdoptBundle(Bundle("binance", discount_asset="BNB")))
    before = bench.signed(bench.taker, "GET", "/sapi/v1/bnbBurn").body

    for _ in range(2):
        bench.signed(bench.taker, "POST", "/sapi/v1/bnbBurn", spotBNBBurn="true")

    told = bench.signed(bench.taker, "GET", "/api/v3/account/commission", symbol="BTCUSDT").body["discount"]
    assert (before["spotBNBBurn"], bench.signed(bench.taker, "GET", "/sapi/v1/bnbBurn").body["spotBNBBurn"]) == (
        False, True,
    )  # fmt: skip
    assert told == {
        "enabledForAccount": True, "enabledForSymbol": True, "discountAsset": "BNB", "discount": "0.75000000",
    }  # fmt: skip


def test_a_trade_group_is_shown_where_there_is_one(bench: Bench) -> None:
    assert "tradeGroupId" not in bench.signed(bench.taker, "GET", "/api/v3/account").body

    bench.run(SetAccountOption(bench.taker.no, AccountOption.TRADE_GROUP, 7))

    assert bench.signed(bench.taker, "GET", "/api/v3/account").body["tradeGroupId"] == 7
