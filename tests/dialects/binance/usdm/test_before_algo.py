"""The venue as it was before 2025-12-09: conditional orders are ordinary orders, and there is no Algo Service."""

import pytest

from simexchange.dialects.binance.changes import ApiAsOf
from simexchange.dialects.binance.common.symbols import USDM
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BINANCE, BinanceDialect, binance_as_of
from tests.dialects.binance.usdm.desk import Desk, decoded


class Past(Desk):
    """A desk of those days."""

    def __init__(self) -> None:
        super().__init__(UsdmProduct(ApiAsOf("2025-12-08")))
        self.dialect = BinanceDialect((self.product,))


@pytest.fixture
def past() -> Past:
    """The taker is long 1 from 100; 5 are bid at 96."""
    desk = Past()
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "5", "96")
    return desk


def _stop(past: Past, **terms: object) -> dict[str, object]:
    sent = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "1", "stopPrice": "98", **terms}
    return dict(past.signed(past.taker, "POST", "/fapi/v1/order", **sent).body)


def test_the_day_decides_where_conditional_orders_go() -> None:
    """The last day of the old way is 2025-12-08; without a day the venue is as it is."""
    assert binance_as_of("") is BINANCE

    old = binance_as_of("2025-12-08")
    linear = next(product for product in old.products if product.name == USDM)
    paths = {route.path for route in linear.routes}
    methods = {method.name for method in linear.methods}

    assert not {path for path in paths if "lgo" in path}
    assert "algoOrder.place" not in methods


def test_a_stop_is_an_ordinary_order_with_an_ordinary_id(past: Past) -> None:
    """NEW, listed, found and canceled like any other."""
    made = _stop(past, newClientOrderId="a")
    listed = past.ask(past.taker, "/fapi/v1/openOrders")
    gone = past.signed(past.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")

    assert (made["status"], made["type"], made["origType"], made["stopPrice"]) == (
        "NEW", "STOP_MARKET", "STOP_MARKET", "98.00",
    )  # fmt: skip
    assert [row["orderId"] for row in listed] == [made["orderId"]]
    assert gone.body["status"] == "CANCELED"


def test_a_trailing_stop_says_its_rate_under_the_old_names(past: Past) -> None:
    made = _stop(past, type="TRAILING_STOP_MARKET", callbackRate="1.5", activationPrice="105", stopPrice="")
    named = past.signed(
        past.taker, "POST", "/fapi/v1/order", symbol="BTCUSDT", side="SELL", type="TRAILING_STOP_MARKET",
        quantity="1", callbackRate="1.5", activationPrice="105",
    ).body  # fmt: skip

    assert made["code"] == -1105
    assert (named["priceRate"], named["activatePrice"]) == ("1.5", "105.00")


def test_a_trigger_ends_the_stop_and_begins_the_market_order_under_one_id(past: Past) -> None:
    """EXPIRED as a STOP_MARKET, NEW and FILLED as a MARKET order (as the streams of those days)."""
    made = _stop(past)
    heard = past.listens(past.taker)

    past.prints("98")

    told = [event["o"] for event in decoded(heard) if event["e"] == "ORDER_TRADE_UPDATE"]
    assert [(row["x"], row["X"], row["o"], row["ot"], row["i"]) for row in told] == [
        ("EXPIRED", "EXPIRED", "STOP_MARKET", "STOP_MARKET", made["orderId"]),
        ("NEW", "NEW", "MARKET", "STOP_MARKET", made["orderId"]),
        ("TRADE", "FILLED", "MARKET", "STOP_MARKET", made["orderId"]),
    ]


def test_a_refused_trigger_has_an_event_of_its_own(past: Past) -> None:
    made = past.signed(
        past.third, "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="STOP_MARKET", stopPrice="102",
        quantity="1", reduceOnly="true",
    ).body  # fmt: skip
    heard = past.listens(past.third)
    past.order(past.maker, "SELL", "0.1", "102")
    past.order(past.taker, "BUY", "0.1")

    assert decoded(heard)[-1]["e"] == "CONDITIONAL_ORDER_TRIGGER_REJECT"
    assert decoded(heard)[-1]["or"] == {"s": "BTCUSDT", "i": made["orderId"], "r": "Reduce Only reject"}


def test_all_open_orders_and_batches_take_stops_along(past: Past) -> None:
    _stop(past)

    past.signed(past.taker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")

    assert past.ask(past.taker, "/fapi/v1/openOrders") == []
