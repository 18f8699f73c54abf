"""Each filter under its own name in the refusal of an order that does not pass it ("Filters", 2026-07-21)."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import AdoptBundle, SetAssetLimit
from simexchange.core.vocabulary.markets import Bundle, Filters
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.dialects.binance.spot.bench import Bench
from tests.dialects.binance.spot.test_lists import OCO, OTOCO

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
STOP = {**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "110"}
ICEBERG = {**LIMIT, "icebergQty": "0.5"}
TRAILING = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "1"}
NARROW = Filters(
    price_min=Price(ONE), price_max=Price(1_000 * ONE), qty_min=Quantity(ONE // 10), qty_max=Quantity(100 * ONE),
    market_qty_min=Quantity(ONE // 2), market_qty_max=Quantity(50 * ONE), notional_min=Amount(20 * ONE),
    notional_max=Amount(5_000 * ONE), bid_up=Rate(2 * ONE), bid_down=Rate(ONE // 2), ask_up=Rate(2 * ONE),
    ask_down=Rate(ONE // 2), iceberg_parts=3, max_position=Quantity(1_003 * ONE),
    trailing_below_min=Rate(ONE // 1_000), trailing_below_max=Rate(ONE // 10),
)  # fmt: skip
FAILS = [
    ("PRICE_FILTER", {**LIMIT, "price": "0.99"}),
    ("PRICE_FILTER", {**LIMIT, "price": "1001"}),
    ("PRICE_FILTER", {**LIMIT, "price": "90.001"}),
    ("PRICE_FILTER", {**STOP, "stopPrice": "1001"}),
    ("PERCENT_PRICE_BY_SIDE", {**LIMIT, "price": "49.99"}),
    ("PERCENT_PRICE_BY_SIDE", {**LIMIT, "side": "SELL", "price": "200.01"}),
    ("LOT_SIZE", {**LIMIT, "quantity": "0.09"}),
    ("LOT_SIZE", {**LIMIT, "quantity": "101"}),
    ("LOT_SIZE", {**LIMIT, "quantity": "1.0005"}),
    ("LOT_SIZE", {**LIMIT, "icebergQty": "0.09"}),
    ("LOT_SIZE", {**MARKET, "quantity": "0.09"}),
    ("MARKET_LOT_SIZE", {**MARKET, "quantity": "0.49"}),
    ("MARKET_LOT_SIZE", {**MARKET, "quantity": "51"}),
    ("NOTIONAL", {**LIMIT, "quantity": "0.2"}),
    ("NOTIONAL", {**LIMIT, "quantity": "60"}),
    ("ICEBERG_PARTS", {**LIMIT, "quantity": "2", "icebergQty": "0.5"}),
    ("MAX_POSITION", {**LIMIT, "quantity": "4"}),
    ("TRAILING_DELTA", {**TRAILING, "trailingDelta": "9"}),
    ("TRAILING_DELTA", {**TRAILING, "trailingDelta": "1001"}),
    ("MAX_ASSET", {**LIMIT, "price": "95", "quantity": "2"}),
]


@pytest.mark.parametrize(("name", "sent"), FAILS)
def test_an_order_that_does_not_pass_is_refused_under_the_name_of_its_filter(name: str, sent: dict[str, str]) -> None:
    """-1013, for its rehearsal too; what breaks no filter is taken."""
    bench = Bench(filters=NARROW)
    bench.maker.sells(1, at=100)
    bench.third.buys(1, at=100)
    bench.maker.sells(1, at=101)
    if name == "MAX_ASSET":
        bench.run(SetAssetLimit(bench.taker.no, "USDT", Amount(189 * ONE)))

    refused = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)
    rehearsed = bench.signed(bench.taker, "POST", "/api/v3/order/test", **sent)

    assert refused.body == {"code": -1013, "msg": f"Filter failure: {name}"}
    assert rehearsed.body == refused.body
    assert bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT).status == 200


COUNTED = [
    ("MAX_NUM_ORDERS", Filters(max_orders=1), Bundle("binance"), LIMIT, LIMIT),
    ("MAX_NUM_ORDERS", Filters(max_orders=1), Bundle("binance"), STOP, LIMIT),
    ("MAX_NUM_ALGO_ORDERS", Filters(max_conditional_orders=1), Bundle("binance"), STOP, STOP),
    ("MAX_NUM_ICEBERG_ORDERS", Filters(max_iceberg_orders=1), Bundle("binance"), ICEBERG, ICEBERG),
    ("EXCHANGE_MAX_NUM_ORDERS", Filters(), Bundle("binance", max_orders=1), LIMIT, STOP),
    ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", Filters(), Bundle("binance", max_iceberg_orders=1), ICEBERG, ICEBERG),
    ("EXCHANGE_MAX_NUM_ALGO_ORDERS", Filters(), Bundle("binance", max_conditional_orders=1), STOP, STOP),
]


@pytest.mark.parametrize(("name", "filters", "bundle", "first", "second"), COUNTED)
def test_a_second_open_order_may_be_one_too_many(
    name: str, filters: Filters, bundle: Bundle, first: dict[str, str], second: dict[str, str]
) -> None:
    """One is allowed here. A plain order does not count where stops or icebergs do; after a cancel there is room."""
    bench = counted(filters, bundle)
    if "ALGO" in name or "ICEBERG" in name:
        assert place(bench, LIMIT).status == 200
    order = place(bench, first).body["orderId"]

    refused = place(bench, second)
    bench.signed(bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order)
    after = place(bench, second)

    assert refused.body == {"code": -1013, "msg": f"Filter failure: {name}"}
    assert after.status == 200


def counted(filters: Filters, bundle: Bundle) -> Bench:
    """The last price is 100."""
    bench = Bench(filters=filters)
    bench.run(AdoptBundle(bundle))
    bench.maker.sells(1, at=100)
    bench.third.buys(1, at=100)
    return bench


def place(bench: Bench, sent: dict[str, str], path: str = "order") -> Any:
    return bench.signed(bench.taker, "POST", f"/api/v3/{path}", **sent)


@pytest.mark.parametrize(
    ("name", "filters", "bundle"),
    [
        ("MAX_NUM_ORDER_LISTS", Filters(max_order_lists=1), Bundle("binance")),
        ("EXCHANGE_MAX_NUM_ORDER_LISTS", Filters(), Bundle("binance", max_order_lists=1)),
    ],
)
def test_a_second_open_list_may_be_one_too_many(name: str, filters: Filters, bundle: Bundle) -> None:
    """A list of three counts as one list."""
    bench = counted(filters, bundle)
    first = place(bench, OTOCO, "orderList/otoco")

    refused = place(bench, OCO, "orderList/oco")
    bench.signed(
        bench.taker, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=first.body["orderListId"]
    )  # fmt: skip
    after = place(bench, OCO, "orderList/oco")

    assert refused.body == {"code": -1013, "msg": f"Filter failure: {name}"}
    assert after.status == 200


@pytest.mark.parametrize(("path", "sent", "orders"), [("oco", OCO, 2), ("otoco", OTOCO, 3)])
def test_a_list_counts_with_each_of_its_orders(path: str, sent: dict[str, str], orders: int) -> None:
    """As many as it has are room enough, one less is not."""
    enough = counted(Filters(max_orders=orders), Bundle("binance"))
    narrow = counted(Filters(max_orders=orders - 1), Bundle("binance"))

    assert place(enough, sent, f"orderList/{path}").status == 200
    assert place(narrow, sent, f"orderList/{path}").body == {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDERS"}
