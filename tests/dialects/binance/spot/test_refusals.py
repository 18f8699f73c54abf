"""Whatever is wrong is answered in the venue's words, and nothing changes."""

from urllib.parse import urlencode

import pytest

from simexchange.core.vocabulary.commands import SetMarketStatus
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.dialects.binance.spot.errors import REJECTIONS
from tests.dialects.binance.spot.bench import Bench, sign

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
PATTERN = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"


def without(sent: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in sent.items() if name not in names}


def mandatory(name: str) -> str:
    return f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


MALFORMED = [
    (without(LIMIT, "symbol"), -1102, mandatory("symbol")),
    (without(LIMIT, "side"), -1102, mandatory("side")),
    (without(LIMIT, "type"), -1102, mandatory("type")),
    (without(LIMIT, "timeInForce"), -1102, mandatory("timeInForce")),
    (without(LIMIT, "quantity"), -1102, mandatory("quantity")),
    (without(LIMIT, "price"), -1102, mandatory("price")),
    ({**LIMIT, "price": ""}, -1105, "Parameter 'price' was empty."),
    ({**LIMIT, "symbol": "btcusdt"}, -1100, None),
    ({**LIMIT, "symbol": "BTC/USDT"}, -1100, None),
    (
        {**LIMIT, "quantity": "-1"},
        -1100,
        f"Illegal characters found in parameter 'quantity'; legal range is '{PATTERN}'.",
    ),
    ({**LIMIT, "quantity": "1e3"}, -1100, None),
    ({**LIMIT, "price": "NaN"}, -1100, None),
    ({**LIMIT, "quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
    ({**LIMIT, "price": "99999999999999999999"}, -1108, "Parameter 'price' overflowed."),
    ({**LIMIT, "side": "LONG"}, -1117, "Invalid side."),
    ({**LIMIT, "type": "ICEBERG"}, -1116, "Invalid orderType."),
    ({**LIMIT, "timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
    ({**LIMIT, "newClientOrderId": "a b"}, -1100, None),
    ({**LIMIT, "newClientOrderId": "a" * 37}, -1100, None),
    ({**LIMIT, "newOrderRespType": "SOME"}, -1130, None),
    ({**LIMIT, "strategyType": "5"}, -1134, None),
    ({**LIMIT, "quoteOrderQty": "5"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
    ({**LIMIT, "stopPrice": "5"}, -1106, "Parameter 'stopPrice' sent when not required."),
    ({**LIMIT, "type": "LIMIT_MAKER"}, -1106, "Parameter 'timeInForce' sent when not required."),
    (
        without(MARKET, "quantity"),
        -1102,
        "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
    ),
    ({**MARKET, "quoteOrderQty": "5"}, -1106, None),
    ({**MARKET, "price": "5"}, -1106, "Parameter 'price' sent when not required."),
    ({**MARKET, "timeInForce": "GTC"}, -1106, "Parameter 'timeInForce' sent when not required."),
    ({**LIMIT, "colour": "red"}, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
    ({**LIMIT, "selfTradePreventionMode": "SOMETIMES"}, -1130, None),
    ({**without(LIMIT, "timeInForce", "price"), "type": "STOP_LOSS"}, -1102, None),
    ({**LIMIT, "symbol": "NOPE"}, -1121, "Invalid symbol."),
]


@pytest.mark.parametrize(("sent", "code", "text"), MALFORMED)
def test_a_malformed_order_is_refused_before_it_is_one(
    bench: Bench, sent: dict[str, str], code: int, text: str | None
) -> None:
    """It never becomes a command: no record is made, by REST or by WebSocket."""
    before = bench.seq

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)
    frame = bench.api("order.place", sent, bench.taker)

    assert (answer.status, answer.code) == (400, code)
    assert text is None or answer.body["msg"] == text
    assert (frame["status"], frame["error"]) == (
        400,
        {"code": code, "msg": answer.body["msg"]} if code != -1104 else frame["error"],
    )
    assert bench.seq == before


REFUSED = [
    ({**LIMIT, "price": "0.001"}, -1013, "Filter failure: PRICE_FILTER"),
    ({**LIMIT, "price": "2000000"}, -1013, "Filter failure: PRICE_FILTER"),
    ({**LIMIT, "price": "100.001"}, -1013, "Filter failure: PRICE_FILTER"),
    ({**LIMIT, "price": "501"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    ({**LIMIT, "price": "19"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    ({**LIMIT, "quantity": "0.0001"}, -1013, "Filter failure: LOT_SIZE"),
    ({**LIMIT, "quantity": "9001"}, -1013, "Filter failure: LOT_SIZE"),
    ({**LIMIT, "quantity": "1.0001"}, -1013, "Filter failure: LOT_SIZE"),
    ({**LIMIT, "quantity": "0.04"}, -1013, "Filter failure: NOTIONAL"),
    ({**MARKET, "quantity": "101"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    ({**LIMIT, "quantity": "0"}, -1013, "Invalid quantity."),
    ({**LIMIT, "price": "0"}, -1013, "Invalid price."),
    ({**LIMIT, "side": "SELL", "quantity": "8000"}, -2010, "Account has insufficient balance for requested action."),
    ({**LIMIT, "price": "101", "type": "LIMIT_MAKER"}, -2010, "Order would immediately match and take."),
    ({**MARKET, "quoteOrderQty": "900000"}, -2010, "Order book liquidity is less than symbol minimum quantity."),
    ({**LIMIT, "newClientOrderId": "taken"}, -2010, "Duplicate order sent."),
    ({**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "99"}, -2010, "Order would trigger immediately."),
    ({**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "100"}, -2010, "Order would trigger immediately."),
    ({**LIMIT, "type": "TAKE_PROFIT_LIMIT", "stopPrice": "101"}, -2010, "Order would trigger immediately."),
    ({**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "110.001"}, -1013, "Filter failure: PRICE_FILTER"),
    ({**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "0"}, -1013, "Invalid price."),
    ({**LIMIT, "icebergQty": "1.5"}, -2010, "IcebergQty exceeds QTY."),
    ({**LIMIT, "icebergQty": "0.0005"}, -1013, "Filter failure: LOT_SIZE"),
    (
        {**LIMIT, "pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "9"},
        -2010,
        "Order book liquidity is too low for this pegged order.",
    ),
]


@pytest.mark.parametrize(("sent", "code", "text"), REFUSED)
def test_an_order_the_engine_refuses_has_the_venues_words(
    bench: Bench, sent: dict[str, str], code: int, text: str
) -> None:
    """It is in the log as refused, and no money and no book has changed."""
    traded_at_100(bench)
    bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, newClientOrderId="taken")
    book, money = bench.ladder, bench.taker.has("USDT")
    sent = without(sent, *(["timeInForce"] if sent["type"] == "LIMIT_MAKER" else []))
    sent = without(sent, *(["quantity"] if "quoteOrderQty" in sent else []))

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)

    assert (answer.status, answer.body) == (400, {"code": code, "msg": text})
    assert (bench.ladder, bench.taker.has("USDT")) == (book, money)


def traded_at_100(bench: Bench) -> None:
    """The last price is 100, and the best ask 101."""
    bench.maker.sells(1, at=100)
    bench.third.buys(1, at=100)
    bench.maker.sells(5, at=101)


def test_there_is_a_limit_on_open_orders(bench: Bench) -> None:
    """Three in this market."""
    for _ in range(3):
        bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)

    assert answer.body == {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDERS"}


def test_a_halted_market_is_closed(bench: Bench) -> None:
    bench.run(SetMarketStatus(bench.market, MarketStatus.HALT))

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT)

    assert answer.body == {"code": -2010, "msg": "Market is closed."}


def test_every_reason_has_words() -> None:
    """Whoever adds a reason to the core is told here that they are lacking."""
    assert set(REJECTIONS) == set(RejectReason)


# Keys, time, signatures


def order_text(bench: Bench, **more: object) -> str:
    return urlencode({**LIMIT, "timestamp": bench.now_ms(), **more})


@pytest.mark.parametrize(
    ("key", "status", "code", "text"),
    [
        ("", 401, -2014, "API-key format invalid."),
        ("not a key", 401, -2014, "API-key format invalid."),
        ("unknown", 401, -2015, "Invalid API-key, IP, or permissions for action."),
    ],
)
def test_a_key_that_opens_nothing_is_refused(bench: Bench, key: str, status: int, code: int, text: str) -> None:
    sent = order_text(bench)

    answer = bench.send("POST", "/api/v3/order", f"{sent}&signature={sign(sent)}", b"", {"x-mbx-apikey": key})

    assert (answer.status, answer.body) == (status, {"code": code, "msg": text})


def test_a_wrong_signature_is_refused(bench: Bench) -> None:
    """-1022, and nothing is placed."""
    sent = order_text(bench)

    answer = bench.send("POST", "/api/v3/order", f"{sent}&signature={'0' * 64}", b"", {"x-mbx-apikey": "keytaker"})

    assert answer.body == {"code": -1022, "msg": "Signature for this request is not valid."}
    assert bench.ladder == ["bid | price | ask"]


def test_what_was_changed_after_signing_is_refused(bench: Bench) -> None:
    sent = order_text(bench)
    signature = sign(sent)

    query = f"{sent.replace('quantity=1', 'quantity=2')}&signature={signature}"

    assert bench.send("POST", "/api/v3/order", query, b"", {"x-mbx-apikey": "keytaker"}).code == -1022


@pytest.mark.parametrize(
    ("shift_ms", "text"),
    [
        (-5_400_000, "Timestamp for this request is outside of the recvWindow."),
        (5_000, "Timestamp for this request was 1000ms ahead of the server's time."),
    ],
)
def test_a_stale_or_early_request_is_refused(bench: Bench, shift_ms: int, text: str) -> None:
    sent = order_text(bench, timestamp=bench.now_ms() + shift_ms)

    answer = bench.send("POST", "/api/v3/order", f"{sent}&signature={sign(sent)}", b"", {"x-mbx-apikey": "keytaker"})

    assert answer.body == {"code": -1021, "msg": text}


@pytest.mark.parametrize("missing", ["timestamp", "signature"])
def test_a_signed_call_needs_time_and_signature(bench: Bench, missing: str) -> None:
    sent = urlencode({"timestamp": bench.now_ms(), "signature": "f"} | {missing: ""})

    answer = bench.send("GET", "/api/v3/account", sent, b"", {"x-mbx-apikey": "keytaker"})

    assert answer.body == {"code": -1102, "msg": mandatory(missing)}


def test_parameters_are_looked_at_before_keys(bench: Bench) -> None:
    """A malformed order without a key is malformed."""
    assert bench.send("POST", "/api/v3/order", "symbol=BTCUSDT", b"", {}).code == -1102


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("symbol=BTCUSDT&symbol=ETHUSDT", b"", -1101),
        ("symbol=BTCUSDT", b"{", -1135),
        ("symbol=%FF%FE", b"", -1100),
        ("symbol=BTCUSDT", b"\xff\xfe=1", -1102),
        ("symbol=" + "A" * 5_000, b"", -1100),
        ("%00=1", b"", -1102),
    ],
)
def test_garbage_is_refused_and_never_an_exception(bench: Bench, query: str, body: bytes, code: int) -> None:
    answer = bench.send("POST", "/api/v3/order", query, body, {"x-mbx-apikey": "keytaker"})

    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    ("path", "sent", "code"),
    [
        ("/api/v3/time", {"x": "1"}, -1101),
        ("/api/v3/depth", {}, -1102),
        ("/api/v3/depth", {"symbol": "NOPE"}, -1121),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": "0"}, -1130),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": "x"}, -1100),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "symbolStatus": "OPEN"}, -1122),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "symbolStatus": "HALT"}, -1220),
        ("/api/v3/klines", {"symbol": "BTCUSDT"}, -1102),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m", "timeZone": "14:01"}, -1130),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m", "timeZone": "0:60"}, -1130),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m", "timeZone": "east"}, -1100),
        ("/api/v3/ticker/tradingDay", {"symbol": "BTCUSDT", "timeZone": "-13"}, -1130),
        ("/api/v3/ticker/24hr", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ("/api/v3/ticker/24hr", {"symbols": "BTCUSDT"}, -1100),
        ("/api/v3/ticker/24hr", {"symbols": '["NOPE"]'}, -1121),
        ("/api/v3/ticker/24hr", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ("/api/v3/ticker/24hr", {"type": "HUGE"}, -1139),
        ("/api/v3/ticker/tradingDay", {}, -1102),
        ("/api/v3/ticker", {}, -1102),
        ("/api/v3/ticker", {"symbol": "BTCUSDT", "windowSize": "60m"}, -1130),
        ("/api/v3/ticker", {"symbol": "BTCUSDT", "windowSize": "8d"}, -1130),
        ("/api/v3/ticker", {"symbol": "BTCUSDT", "type": "HUGE"}, -1139),
        ("/api/v3/exchangeInfo", {"symbol": "NOPE"}, -1121),
        ("/api/v3/exchangeInfo", {"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ("/api/v3/aggTrades", {"symbol": "BTCUSDT", "fromId": "-3"}, -1100),
    ],
)
def test_a_public_call_says_what_is_wrong(bench: Bench, path: str, sent: dict[str, str], code: int) -> None:
    answer = bench.public(path, **sent)

    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "sent", "code"),
    [
        ("GET", "/api/v3/order", {"symbol": "BTCUSDT"}, -1102),
        ("GET", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": "999999999"}, -2013),
        ("GET", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": "nobody"}, -2013),
        ("DELETE", "/api/v3/order", {"symbol": "BTCUSDT"}, -1102),
        ("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": "999999999"}, -2011),
        ("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": "1", "cancelRestrictions": "NEVER"}, -1145),
        ("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}, -2011),
        ("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "orderId": "1", "startTime": "1"}, -1128),
        ("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "startTime": "1", "endTime": "86400002"}, -1127),
        ("GET", "/api/v3/allOrders", {"symbol": "NOPE"}, -1121),
        ("POST", "/api/v3/order/cancelReplace", {"symbol": "BTCUSDT"}, -1102),
        ("POST", "/api/v3/orderList/oco", {"symbol": "BTCUSDT"}, -1102),
        ("POST", "/sapi/v1/asset/transfer", {"type": "MAIN_MOON", "asset": "USDT", "amount": "1"}, -1130),
        ("POST", "/sapi/v1/asset/transfer", {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "0"}, -1130),
        ("POST", "/sapi/v1/asset/transfer", {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "9000000"}, -5013),
    ],
)
def test_a_private_call_says_what_is_wrong(
    bench: Bench, method: str, path: str, sent: dict[str, str], code: int
) -> None:
    answer = bench.signed(bench.taker, method, path, **sent)

    assert (answer.status, answer.code) == (400, code)


def test_somebody_elses_order_does_not_exist(bench: Bench) -> None:
    """Neither to look at nor to cancel."""
    placed = bench.signed(bench.maker, "POST", "/api/v3/order", **LIMIT).body["orderId"]

    query = bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=placed)
    cancel = bench.signed(bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed)

    assert (query.code, cancel.code) == (-2013, -2011)
    assert len(bench.state.accounts[bench.maker.no].orders) == 1


def test_an_unknown_path_is_a_plain_404(bench: Bench) -> None:
    """Spot's front gate does not speak JSON."""
    answer = bench.public("/api/v3/nothing")

    assert (answer.status, answer.reply.headers["Content-Type"]) == (404, "text/html;charset=UTF-8")


def test_surplus_stamps_and_signatures_are_tolerated(bench: Bench) -> None:
    """Real clients send them to public calls."""
    assert bench.public("/api/v3/time", timestamp=5, signature="f", recvWindow=9).status == 200


def test_a_wrong_time_unit_is_named(bench: Bench) -> None:
    assert bench.public("/api/v3/time", {"x-mbx-time-unit": "HOUR"}).code == -1194


def test_times_are_in_microseconds_where_asked_for(bench: Bench) -> None:
    answer = bench.public("/api/v3/time", {"x-mbx-time-unit": "microsecond"})

    assert answer.body == {"serverTime": bench.at // MILLISECOND * 1_000}
