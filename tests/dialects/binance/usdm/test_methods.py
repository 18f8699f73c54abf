"""The WebSocket API answers what REST answers."""

from typing import Any

import pytest

from tests.dialects.binance.usdm.desk import Desk


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("account.status", "/fapi/v2/account", {}),
        ("v2/account.status", "/fapi/v3/account", {}),
        ("account.balance", "/fapi/v2/balance", {}),
        ("v2/account.balance", "/fapi/v3/balance", {}),
        ("account.position", "/fapi/v2/positionRisk", {}),
        ("v2/account.position", "/fapi/v3/positionRisk", {"symbol": "BTCUSDT"}),
    ],
)
def test_private_methods_answer_as_their_calls(desk: Desk, method: str, path: str, sent: dict[str, Any]) -> None:
    """The same result, signed over sorted parameters."""
    desk.opens(desk.taker, "1")

    frame = desk.api(method, sent, desk.taker)

    assert frame["status"] == 200
    assert frame["result"] == desk.ask(desk.taker, path, **sent)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("ping", "/fapi/v1/ping", {}),
        ("time", "/fapi/v1/time", {}),
        ("exchangeInfo", "/fapi/v1/exchangeInfo", {}),
        ("depth", "/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": 5}),
        ("klines", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1m"}),
        ("ticker.price", "/fapi/v2/ticker/price", {"symbol": "BTCUSDT"}),
        ("ticker.book", "/fapi/v1/ticker/bookTicker", {}),
    ],
)
def test_public_methods_answer_as_their_calls(desk: Desk, method: str, path: str, sent: dict[str, Any]) -> None:
    """No key is needed, and ccxt's signature on some of them does no harm."""
    desk.opens(desk.taker, "1")

    frame = desk.api(method, sent)

    assert frame["result"] == desk.public(path, **sent).body
    assert desk.api(method, sent, desk.taker)["result"] == frame["result"]


def test_older_prints_begin_at_the_id_that_is_named(desk: Desk) -> None:
    for _ in range(3):
        desk.opens(desk.taker, "1")

    def ids(**sent: object) -> list[int]:
        return [row["id"] for row in desk.api("trades.historical", {"symbol": "BTCUSDT", **sent})["result"]]

    assert ids() == [1, 2, 3]
    assert ids(fromId=2) == [2, 3]
    assert ids(fromId=1, limit=1) == [1]


def test_an_order_is_placed_asked_for_and_canceled(desk: Desk) -> None:
    """JSON numbers and texts are both good, and the counts come back with the answer."""
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": 0.5, "price": "99", "timeInForce": "GTC"}

    placed = desk.api("order.place", terms, desk.taker)
    order = {"symbol": "BTCUSDT", "orderId": placed["result"]["orderId"]}
    asked, gone = desk.api("order.status", order, desk.taker), desk.api("order.cancel", order, desk.taker)

    assert (placed["status"], placed["result"]["origQty"], placed["result"]["status"]) == (200, "0.500", "NEW")
    assert (asked["result"]["status"], gone["result"]["status"]) == ("NEW", "CANCELED")
    assert placed["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400, "count": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "sent", "code"),
    [
        ("order.place", {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "quantity": "1"}, -4120),
        ("order.cancel", {"symbol": "BTCUSDT", "orderId": 7}, -2011),
        ("order.status", {"symbol": "BTCUSDT", "orderId": 7}, -2013),
        ("order.modify", {"symbol": "BTCUSDT"}, -1102),
        ("algoOrder.place", {"symbol": "BTCUSDT"}, -1102),
        ("ticker.price", {"symbol": "NOPE"}, -1121),
    ],
)
def test_refusals_are_errors_of_the_frame(desk: Desk, method: str, sent: dict[str, Any], code: int) -> None:
    """With the venue's code."""
    frame = desk.api(method, sent, desk.taker)

    assert (frame["status"], frame["error"]["code"]) == (400, code)


def test_a_listen_key_is_had_from_the_socket_too(desk: Desk) -> None:
    """The same one as over REST, with the key alone."""
    key = {"apiKey": f"key{desk.taker.name}"}

    started, kept, stopped = (desk.api(f"userDataStream.{word}", key) for word in ("start", "ping", "stop"))

    assert started["result"] == kept["result"]
    assert started["result"]["listenKey"]
    assert stopped["result"] == {}
