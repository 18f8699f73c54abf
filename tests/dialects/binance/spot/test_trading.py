"""Orders as a client sees them: placed, filled, asked for, canceled, and the account behind them."""

import msgspec
import pytest

from simexchange.core.vocabulary.commands import Deposit
from simexchange.core.vocabulary.units import HOUR, MILLISECOND, ONE, SECOND, Amount
from simexchange.dialects.binance.spot.trading import new_order
from tests.dialects.binance.spot.bench import Bench, decoded

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "2", "price": "100"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "3"}


def order_id(bench: Bench, number: int = 1) -> int:
    """The id of the taker's n-th order."""
    return bench.taker.no * 2**32 + number


def test_a_limit_order_that_rests_is_told_in_full(bench: Bench) -> None:
    """FULL is the default of LIMIT; the client id is the client's own."""
    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, newClientOrderId="mine")

    assert (answer.status, answer.reply.order_count) == (200, 1)
    assert answer.body == {
        "symbol": "BTCUSDT",
        "orderId": order_id(bench),
        "orderListId": -1,
        "clientOrderId": "mine",
        "transactTime": bench.now_ms(),
        "price": "100.00000000",
        "origQty": "2.00000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": bench.now_ms(),
        "selfTradePreventionMode": "NONE",
        "fills": [],
    }


def test_a_market_order_tells_its_fills_with_their_fees(bench: Bench) -> None:
    """Two levels; the fee of 0.2 % is taken from what is received."""
    bench.maker.sells(1, at=100)
    bench.third.sells(5, at=101)

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **MARKET)

    assert answer.body["status"] == "FILLED"
    assert (answer.body["executedQty"], answer.body["cummulativeQuoteQty"]) == ("3.00000000", "302.00000000")
    assert answer.body["fills"] == [
        {
            "price": "100.00000000",
            "qty": "1.00000000",
            "commission": "0.00200000",
            "commissionAsset": "BTC",
            "tradeId": 1,
        },
        {
            "price": "101.00000000",
            "qty": "2.00000000",
            "commission": "0.00400000",
            "commissionAsset": "BTC",
            "tradeId": 2,
        },
    ]


def test_an_order_is_answered_by_itself_where_another_of_its_account_came_first(bench: Bench) -> None:
    """Between the request and its command a timer may run, and a liquidation places an order of the same account."""
    params = {**LIMIT, "newClientOrderId": "mine"}
    outcome = new_order(bench.a_call(params, bench.keys["keytaker"], {}))
    command = next(outcome)
    bench.taker.buys(1, at=90)

    with pytest.raises(StopIteration) as end:
        outcome.send(bench.step(command))

    told = msgspec.json.decode(end.value.value.body)
    assert (told["orderId"], told["clientOrderId"], told["price"]) == (order_id(bench, 2), "mine", "100.00000000")


@pytest.mark.parametrize("size", [{"quantity": "1"}, {"quoteOrderQty": "100"}])
def test_a_market_order_is_shown_as_good_till_canceled_at_no_price(bench: Bench, size: dict[str, str]) -> None:
    """In the answer, to whoever asks later, and in the stream."""
    bench.maker.sells(1, at=100)
    heard = bench.listens(bench.taker)

    told = bench.signed(
        bench.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="MARKET", **size
    ).body  # fmt: skip
    asked = bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=told["orderId"]).body

    shown = [(row["type"], row["timeInForce"], row["price"]) for row in (told, asked)]
    assert shown == [("MARKET", "GTC", "0.00000000")] * 2
    report = decoded(heard)[0]
    assert (report["o"], report["f"], report["p"]) == ("MARKET", "GTC", "0.00000000")


def test_a_market_order_by_value_shows_what_its_value_bought(bench: Bench) -> None:
    """250 USDT buy 2.5 at 100."""
    bench.maker.sells(5, at=100)

    answer = bench.signed(
        bench.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="MARKET", quoteOrderQty="250"
    )

    shown = {name: answer.body[name] for name in ("origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty")}
    assert shown == {
        "origQty": "2.50000000",
        "executedQty": "2.50000000",
        "origQuoteOrderQty": "250.00000000",
        "cummulativeQuoteQty": "250.00000000",
    }


ACK = {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}


@pytest.mark.parametrize(
    ("more", "has_status", "has_fills"),
    [
        ({"newOrderRespType": "ACK"}, False, False),
        ({"newOrderRespType": "RESULT"}, True, False),
        ({"newOrderRespType": "FULL"}, True, True),
        ({"type": "LIMIT_MAKER", "timeInForce": ""}, False, False),
    ],
)
def test_the_client_says_how_much_it_wants_to_be_told(
    bench: Bench, more: dict[str, str], has_status: bool, has_fills: bool
) -> None:
    """A limit maker is only acknowledged by default."""
    sent = {name: value for name, value in {**LIMIT, **more}.items() if value}

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)

    assert set(answer.body) >= ACK
    assert ("status" in answer.body, "fills" in answer.body) == (has_status, has_fills)


@pytest.mark.parametrize(
    ("tif", "status", "executed", "reason"),
    [
        ("IOC", "EXPIRED", "1.00000000", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", "EXPIRED", "0.00000000", "UNFILLED_FOK_ORDER_EXPIRED"),
        ("GTC", "PARTIALLY_FILLED", "1.00000000", None),
    ],
)
def test_what_a_time_in_force_leaves_over(
    bench: Bench, tif: str, status: str, executed: str, reason: str | None
) -> None:
    """One of two is there."""
    bench.maker.sells(1, at=100)

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **{**LIMIT, "timeInForce": tif})

    assert (answer.body["status"], answer.body["executedQty"]) == (status, executed)
    assert answer.body.get("expiryReason") == reason


def test_a_market_order_into_an_empty_book_expires(bench: Bench) -> None:
    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **MARKET)

    assert (answer.status, answer.body["status"]) == (200, "EXPIRED")
    assert answer.body["expiryReason"] == "INSUFFICIENT_LIQUIDITY"


def test_an_order_without_a_client_id_gets_one(bench: Bench) -> None:
    """22 letters and digits, another one each time, the same on a replay."""
    first, second = (bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT).body["clientOrderId"] for _ in "12")
    again = Bench()

    assert len(first) == 22
    assert first.isalnum()
    assert first != second
    assert again.signed(again.taker, "POST", "/api/v3/order", **LIMIT).body["clientOrderId"] == first


def test_an_order_is_found_by_either_id(bench: Bench) -> None:
    """And must fit both where both are given."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, newClientOrderId="mine")

    def asked(**ids: object) -> object:
        answer = bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", **ids)
        return answer.code or answer.body["orderId"]

    assert asked(orderId=order_id(bench)) == order_id(bench)
    assert asked(origClientOrderId="mine") == order_id(bench)
    assert asked(orderId=order_id(bench), origClientOrderId="mine") == order_id(bench)
    assert asked(orderId=order_id(bench), origClientOrderId="other") == -2013


def test_a_queried_order_has_all_its_fields(bench: Bench) -> None:
    """Half filled a second after it was placed."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, strategyId=7, strategyType=1_000_001)
    placed = bench.now_ms()
    bench.passes(SECOND)
    bench.maker.sells(1, at=100)

    answer = bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id(bench))

    answer.body.pop("clientOrderId")
    assert answer.body == {
        "symbol": "BTCUSDT",
        "orderId": order_id(bench),
        "orderListId": -1,
        "price": "100.00000000",
        "origQty": "2.00000000",
        "executedQty": "1.00000000",
        "cummulativeQuoteQty": "100.00000000",
        "status": "PARTIALLY_FILLED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": placed,
        "updateTime": placed + 1_000,
        "isWorking": True,
        "origQuoteOrderQty": "0.00000000",
        "workingTime": placed,
        "selfTradePreventionMode": "NONE",
        "strategyId": 7,
        "strategyType": 1_000_001,
    }


def test_a_canceled_order_gives_its_money_back(bench: Bench) -> None:
    """The answer has the order's own id as the original, and a new one for the cancel."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, newClientOrderId="mine")
    assert bench.taker.has("USDT") == (999_800, 200)

    answer = bench.signed(
        bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="stop"
    )

    assert bench.taker.has("USDT") == (1_000_000, 0)
    assert (answer.body["origClientOrderId"], answer.body["clientOrderId"]) == ("mine", "stop")
    assert (answer.body["status"], answer.body["transactTime"]) == ("CANCELED", bench.now_ms())


@pytest.mark.parametrize(("restrictions", "code"), [("ONLY_NEW", -2011), ("ONLY_PARTIALLY_FILLED", None)])
def test_a_cancel_may_depend_on_the_state_of_its_order(bench: Bench, restrictions: str, code: int | None) -> None:
    """This one is partially filled."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)
    bench.maker.sells(1, at=100)

    answer = bench.signed(
        bench.taker,
        "DELETE",
        "/api/v3/order",
        symbol="BTCUSDT",
        orderId=order_id(bench),
        cancelRestrictions=restrictions,
    )

    assert answer.code == code


def test_all_open_orders_of_a_symbol_are_canceled_at_once(bench: Bench) -> None:
    """Oldest first; the others' stay."""
    bench.maker.buys(1, at=90)
    for price in ("100", "99"):
        bench.signed(bench.taker, "POST", "/api/v3/order", **{**LIMIT, "price": price})

    answer = bench.signed(bench.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")

    assert [(row["price"], row["status"]) for row in answer.body] == [
        ("100.00000000", "CANCELED"),
        ("99.00000000", "CANCELED"),
    ]
    assert bench.ladder == ["bid | price | ask", "  1 |    90 |"]


def test_open_orders_are_listed_with_and_without_a_symbol(bench: Bench) -> None:
    """Only those of spot: a contract's order is not among them."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)

    one = bench.signed(bench.taker, "GET", "/api/v3/openOrders", symbol="BTCUSDT")
    every = bench.signed(bench.taker, "GET", "/api/v3/openOrders")

    assert [row["orderId"] for row in one.body] == [order_id(bench)]
    assert every.body == one.body


def test_past_orders_are_listed_from_an_id_or_a_time_on(bench: Bench) -> None:
    """Ascending; the newest where nothing is said."""
    for hour in range(4):
        bench.signed(bench.taker, "POST", "/api/v3/order", **{**MARKET, "quantity": "1"})
        if hour < 3:
            bench.passes(HOUR)

    def listed(**asked: object) -> list[int]:
        rows = bench.signed(bench.taker, "GET", "/api/v3/allOrders", symbol="BTCUSDT", **asked).body
        return [row["orderId"] - order_id(bench, 0) for row in rows]

    assert listed() == [1, 2, 3, 4]
    assert listed(limit=2) == [3, 4]
    assert listed(orderId=order_id(bench, 2), limit=2) == [2, 3]
    assert listed(startTime=bench.now_ms() - 3_600_000) == [3, 4]
    assert listed(startTime=bench.now_ms() - 7_200_000, endTime=bench.now_ms() - 3_600_000) == [2, 3]


def test_my_trades_have_their_fees_and_sides(bench: Bench) -> None:
    """The taker bought, and paid 0.2 % of what it got."""
    bench.maker.sells(3, at=100)
    bench.signed(bench.taker, "POST", "/api/v3/order", **MARKET)

    mine = bench.signed(bench.taker, "GET", "/api/v3/myTrades", symbol="BTCUSDT").body
    theirs = bench.signed(bench.maker, "GET", "/api/v3/myTrades", symbol="BTCUSDT").body

    assert mine == [
        {
            "symbol": "BTCUSDT",
            "id": 1,
            "orderId": order_id(bench),
            "orderListId": -1,
            "price": "100.00000000",
            "qty": "3.00000000",
            "quoteQty": "300.00000000",
            "commission": "0.00600000",
            "commissionAsset": "BTC",
            "time": bench.now_ms(),
            "isBuyer": True,
            "isMaker": False,
            "isBestMatch": True,
        }
    ]
    assert [(row["isBuyer"], row["isMaker"], row["commission"], row["commissionAsset"]) for row in theirs] == [
        (False, True, "0.30000000", "USDT")
    ]


def test_my_trades_are_filtered(bench: Bench) -> None:
    """By order, id and number."""
    bench.maker.sells(9, at=100)
    for _ in range(3):
        bench.signed(bench.taker, "POST", "/api/v3/order", **{**MARKET, "quantity": "1"})

    def listed(**asked: object) -> list[int]:
        return [
            row["id"] for row in bench.signed(bench.taker, "GET", "/api/v3/myTrades", symbol="BTCUSDT", **asked).body
        ]

    assert listed() == [1, 2, 3]
    assert listed(limit=1) == [3]
    assert listed(fromId=2) == [2, 3]
    assert listed(orderId=order_id(bench, 2)) == [2]
    assert listed(endTime=bench.now_ms() - 1) == []


def test_the_account_shows_what_is_free_and_locked(bench: Bench) -> None:
    """To the last of eight decimals."""
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)

    answer = bench.signed(bench.taker, "GET", "/api/v3/account")

    assert answer.body["balances"] == [
        {"asset": "BTC", "free": "1000.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "999800.00000000", "locked": "200.00000000"},
    ]
    assert answer.body["commissionRates"] == {
        "maker": "0.00100000",
        "taker": "0.00200000",
        "buyer": "0.00000000",
        "seller": "0.00000000",
    }
    assert (answer.body["makerCommission"], answer.body["takerCommission"]) == (10, 20)
    assert (answer.body["uid"], answer.body["updateTime"]) == (bench.taker.no, bench.now_ms())


def test_the_account_is_as_new_as_its_spot_wallet(bench: Bench) -> None:
    """Money that moves in another wallet of the account is another product's news."""
    before = bench.now_ms()
    bench.passes(SECOND)

    bench.run(Deposit(bench.taker.no, "usdm", "USDT", Amount(ONE)))

    assert bench.signed(bench.taker, "GET", "/api/v3/account").body["updateTime"] == before


def test_zero_balances_are_left_out_on_request(bench: Bench) -> None:
    poor = bench.joins("poor", 0)
    bench.keys["keypoor"] = type(bench.keys["keytaker"])("keypoor", "secret", poor.no)

    every = bench.signed(poor, "GET", "/api/v3/account").body["balances"]
    some = bench.signed(poor, "GET", "/api/v3/account", omitZeroBalances="true").body["balances"]

    assert [row["asset"] for row in every] == ["BTC", "USDT"]
    assert some == []


def test_a_tested_order_is_judged_and_not_placed(bench: Bench) -> None:
    """Filters are asked, money is not; no record is made."""
    before = bench.seq

    good = bench.signed(bench.taker, "POST", "/api/v3/order/test", **LIMIT)
    bad = bench.signed(bench.taker, "POST", "/api/v3/order/test", **{**LIMIT, "quantity": "0.0001"})
    rates = bench.signed(bench.taker, "POST", "/api/v3/order/test", **LIMIT, computeCommissionRates="true")

    assert (good.body, bad.code) == ({}, -1013)
    assert rates.body["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00200000"}
    assert bench.seq == before


def test_commission_and_limits_are_told(bench: Bench) -> None:
    commission = bench.signed(bench.taker, "GET", "/api/v3/account/commission", symbol="BTCUSDT").body
    limits = bench.signed(bench.taker, "GET", "/api/v3/rateLimit/order").body

    assert commission["standardCommission"]["taker"] == "0.00200000"
    assert [(row["interval"], row["intervalNum"], row["limit"], row["count"]) for row in limits] == [
        ("SECOND", 10, 100, 4),
        ("DAY", 1, 200_000, 0),
    ]


def test_the_same_calls_are_served_over_the_websocket_api(bench: Bench) -> None:
    """Numbers may be numbers there; the answer says how much of the limits is used."""
    placed = bench.api("order.place", {**LIMIT, "quantity": 2, "newOrderRespType": "RESULT"}, bench.taker)
    status = bench.api("v3/order.status", {"symbol": "BTCUSDT", "orderId": order_id(bench)}, bench.taker)
    canceled = bench.api("order.cancel", {"symbol": "BTCUSDT", "orderId": order_id(bench)}, bench.taker)

    assert (placed["id"], placed["status"], placed["result"]["status"]) == ("x", 200, "NEW")
    assert status["result"]["origQty"] == "2.00000000"
    assert canceled["result"]["status"] == "CANCELED"
    assert placed["rateLimits"] == [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 7}
    ]


def test_rate_limits_are_left_out_on_request(bench: Bench) -> None:
    """The flag is signed like every other parameter."""
    assert "rateLimits" not in bench.api("time", {"returnRateLimits": False})
    assert "rateLimits" not in bench.api("account.status", {"returnRateLimits": False}, bench.taker)
    assert "rateLimits" in bench.api("time")


def test_a_websocket_request_with_a_wrong_signature_is_refused(bench: Bench) -> None:
    frame = bench.frame(
        '{"id":1,"method":"account.status","params":'
        f'{{"apiKey":"keytaker","timestamp":{bench.at // MILLISECOND},"signature":"00"}}}}'
    )

    assert frame.pop("rateLimits") == []
    assert frame == {
        "id": 1,
        "status": 400,
        "error": {"code": -1022, "msg": "Signature for this request is not valid."},
    }


def test_private_streams_are_subscribed_by_signature(bench: Bench) -> None:
    """Once per account and connection."""
    first = bench.api("userDataStream.subscribe.signature", {}, bench.taker)
    again = bench.api("userDataStream.subscribe.signature", {}, bench.taker)
    other = bench.api("userDataStream.subscribe.signature", {}, bench.maker)
    listed = bench.api("session.subscriptions")
    status = bench.api("session.status")
    ended = bench.api("userDataStream.unsubscribe", {"subscriptionId": 0})
    unknown = bench.api("userDataStream.unsubscribe", {"subscriptionId": 0})
    rest = bench.api("userDataStream.unsubscribe")

    assert (first["result"], other["result"]) == ({"subscriptionId": 0}, {"subscriptionId": 1})
    assert (again["error"]["code"], unknown["error"]["code"]) == (-2035, -2036)
    assert listed["result"] == [{"subscriptionId": 0}, {"subscriptionId": 1}]
    assert status["result"]["userDataStream"] is True
    assert (ended["result"], rest["result"]) == ({}, {})
    assert bench.connection.running == {}


def test_an_unknown_method_is_refused_under_its_id(bench: Bench) -> None:
    frame = bench.frame('{"id":"q","method":"order.wish"}')

    assert (frame["id"], frame["status"], frame["error"]["code"]) == ("q", 400, -1020)


def test_a_listen_key_is_opened_renewed_and_closed(bench: Bench) -> None:
    """By key alone, without a signature; another key's text is -1125."""
    headers = {"x-mbx-apikey": "keytaker"}

    def ask(method: str, query: str = "") -> object:
        answer = bench.send(method, "/api/v3/userDataStream", query, b"", headers)
        return answer.code or answer.body

    opened = ask("POST")
    key = f"key{bench.taker.no}"

    assert opened == {"listenKey": key}
    assert ask("PUT", "listenKey=wrong") == -1125
    assert ask("PUT", f"listenKey={key}") == {}
    assert ask("DELETE", f"listenKey={key}") == {}
    assert ask("PUT", f"listenKey={key}") == -1125
    assert ask("PUT") == -1102
