"""Whatever is sent to any call: an answer, never an exception."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from simexchange.dialects.binance.spot.methods import METHODS
from simexchange.dialects.binance.spot.routes import ROUTES
from simexchange.dialects.contract import Method, Route
from tests.dialects.binance.spot.bench import Bench

NAMES = (
    "symbol", "symbols", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "newClientOrderId",
    "orderId", "origClientOrderId", "limit", "fromId", "startTime", "endTime", "interval", "timeZone", "asset",
    "amount", "recvWindow", "newOrderRespType", "cancelRestrictions", "listenKey", "current", "size", "symbolStatus",
    "permissions", "omitZeroBalances", "strategyType", "stopPrice", "subscriptionId", "trailingDelta", "icebergQty",
    "selfTradePreventionMode", "pegPriceType", "pegOffsetType", "pegOffsetValue", "cancelReplaceMode", "cancelOrderId",
    "cancelOrigClientOrderId", "orderRateLimitExceededMode", "computeCommissionRates", "aboveType", "belowType",
    "abovePrice", "aboveStopPrice", "belowPrice", "belowStopPrice", "workingType", "workingSide", "workingPrice",
    "workingQuantity", "workingTimeInForce", "pendingType", "pendingSide", "pendingQuantity", "orderListId",
    "listClientOrderId", "pendingAboveType", "pendingBelowType", "newQty", "fromAllocationId", "fromExecutionId",
    "preventedMatchId", "fromPreventedMatchId",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        [
            "BTCUSDT",
            "BUY",
            "SELL",
            "LIMIT",
            "MARKET",
            "LIMIT_MAKER",
            "STOP_LOSS",
            "TAKE_PROFIT_LIMIT",
            "STOP_ON_FAILURE",
            "ALLOW_FAILURE",
            "PRIMARY_PEG",
            "PRICE_LEVEL",
            "EXPIRE_BOTH",
            "GTC",
            "IOC",
            "1",
            "0",
            "100",
            "0.5",
            "1m",
            "1M",
            "MAIN_UMFUTURE",
            "USDT",
            "true",
            "FULL",
            '["BTCUSDT"]',
            "[]",
            "[1]",
            "-1",
            "9" * 19,
            "9" * 20,
            "1e9",
            "",
            "TRADING",
            "ONLY_NEW",
            "٣",
            "12884901889",
        ]
    ),
    st.text(max_size=20),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)

slow_fixture = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@slow_fixture
@given(sent=PARAMS)
def test_a_call_is_answered_whatever_is_sent(bench: Bench, route: Route, sent: dict[str, str]) -> None:
    """200 or the venue's 4xx; an error has a code and a text."""
    answer = bench.signed(bench.taker, route.method, route.path, **{key: value for key, value in sent.items() if value})

    assert answer.status in (200, 400, 401, 409)
    assert answer.status == 200 or set(answer.body) - {"data"} == {"code", "msg"}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@slow_fixture
@given(sent=PARAMS)
def test_a_method_is_answered_whatever_is_sent(bench: Bench, method: Method, sent: dict[str, str]) -> None:
    frame = bench.api(method.name, sent, bench.taker)

    assert ("result" in frame) is (frame["status"] == 200)
    assert ("error" in frame) is (frame["status"] != 200)


@slow_fixture
@given(query=st.binary(max_size=60), body=st.binary(max_size=60))
def test_bytes_of_any_kind_are_answered(bench: Bench, query: bytes, body: bytes) -> None:
    """A query is what is left of it in a request line; a body is anything."""
    answer = bench.send("POST", "/api/v3/order", quote_from_bytes(query, safe="&=+%"), body, {})

    assert 400 <= answer.status < 500


@slow_fixture
@given(text=st.text(max_size=80))
def test_a_frame_of_any_kind_is_answered(bench: Bench, text: str) -> None:
    assert bench.frame(text)["status"] == 400
