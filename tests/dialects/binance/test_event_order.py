"""The order in which private events come, in sequences that were published. Each test names its source.

Where pages and live logs are silent, the order is that of what happened: see docs/reference/binance-streams.md.
"""

from typing import Any

from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.units import HOUR, ONE, Price, Quantity
from tests.dialects.binance.spot.bench import Bench, decoded
from tests.dialects.binance.usdm.desk import Desk

OPEN = Filters(price_min=Price(ONE // 100), price_max=Price(10**6 * ONE), qty_min=Quantity(ONE // 1000))


def spot_names(heard: list[bytes]) -> list[str]:
    """``executionReport NEW``, ``listStatus ALL_DONE``, ``outboundAccountPosition``."""
    return [" ".join(filter(None, (one["e"], one.get("x") or one.get("l", "")))) for one in decoded(heard)]


def names(heard: list[bytes]) -> list[str]:
    """``ORDER_TRADE_UPDATE NEW``, ``ALGO_UPDATE TRIGGERED``, ``ACCOUNT_UPDATE ORDER``, ``TRADE_LITE``."""
    words = []
    for one in decoded(heard):
        word: Any = one.get("a", {}).get("m") or one.get("o", {}).get("x") or one.get("o", {}).get("X")
        words.append(" ".join(filter(None, (one["e"], word))))
    return words


# Spot


def test_spot_a_market_order_that_outlasts_the_book() -> None:
    """The page "MARKET orders" of binance/binance-spot-api-docs (2026-07-21), with its figures: 6 LTC are bought, two
    makers have 2 each at 1 BNB; four reports, then the balances once.
    """
    bench = Bench(filters=OPEN, maker_fee="0", taker_fee="0.0005")
    bench.maker.sells(2, at=1)
    bench.third.sells(2, at=1)
    heard = bench.listens(bench.taker)
    bench.taker.buys(6)

    told = decoded(heard)

    assert spot_names(heard) == [
        "executionReport NEW", "executionReport TRADE", "executionReport TRADE", "executionReport EXPIRED",
        "outboundAccountPosition",
    ]  # fmt: skip
    assert [tuple(one[letter] for letter in "XqlzLZ") for one in told[:-1]] == [
        ("NEW", "6.00000000", "0.00000000", "0.00000000", "0.00000000", "0.00000000"),
        ("PARTIALLY_FILLED", "6.00000000", "2.00000000", "2.00000000", "1.00000000", "2.00000000"),
        ("PARTIALLY_FILLED", "6.00000000", "2.00000000", "4.00000000", "1.00000000", "4.00000000"),
        ("EXPIRED", "6.00000000", "0.00000000", "4.00000000", "0.00000000", "4.00000000"),
    ]
    assert [one["n"] for one in told[1:3]] == ["0.00100000", "0.00100000"]


def test_spot_a_report_and_then_the_balances() -> None:
    """ccxt/binance-api-node, issue 544 (2022-02-28): the report, then outboundAccountPosition of the same moment."""
    bench = Bench(filters=OPEN)
    heard = bench.listens(bench.maker)
    bench.maker.buys(1, at=99)
    (order,) = bench.state.accounts[bench.maker.no].orders
    bench.maker.cancels(order)

    told = decoded(heard)

    assert spot_names(heard) == [
        "executionReport NEW", "outboundAccountPosition", "executionReport CANCELED", "outboundAccountPosition",
    ]  # fmt: skip
    assert told[0]["E"] == told[1]["E"]


def test_spot_an_amended_order_and_then_its_list() -> None:
    """The page "Order Amend Keep Priority" (2026-07-21): executionReport REPLACED; where the list names another id,
    listStatus UPDATED besides.
    """
    bench = Bench(filters=OPEN)
    pair = {
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110",
        "belowType": "STOP_LOSS", "belowStopPrice": "90",
    }  # fmt: skip
    bench.maker.sells(1, at=100)
    bench.taker.buys("0.1")
    above = bench.signed(bench.taker, "POST", "/api/v3/orderList/oco", **pair).body["orderReports"][1]
    heard = bench.listens(bench.taker)
    sent = {"symbol": "BTCUSDT", "orderId": above["orderId"], "newQty": "0.5", "newClientOrderId": "smaller"}
    assert bench.signed(bench.taker, "PUT", "/api/v3/order/amend/keepPriority", **sent).status == 200

    assert spot_names(heard)[:2] == ["executionReport REPLACED", "listStatus UPDATED"]


def test_spot_a_pair_whose_stop_is_triggered() -> None:
    """The other order expires because of it, and the stop is new on the book before it trades ("Order Expiry Reason"
    OCO_TRIGGER, 2026-07-21: "canceled because the other order of the pair started working"); the list is done last.
    """
    bench = Bench(filters=OPEN)
    bench.maker.sells(1, at=100)
    bench.taker.buys("0.1")
    pair = {
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110",
        "belowType": "STOP_LOSS", "belowStopPrice": "90",
    }  # fmt: skip
    heard = bench.listens(bench.taker)
    assert bench.signed(bench.taker, "POST", "/api/v3/orderList/oco", **pair).status == 200
    placed = spot_names(heard)
    heard.clear()
    bench.third.buys(3, at=89)
    bench.maker.sells("0.1", at=89)

    told = decoded(heard)

    assert placed == [
        "executionReport NEW",
        "executionReport NEW",
        "listStatus EXEC_STARTED",
        "outboundAccountPosition",
    ]
    assert [name for name in spot_names(heard) if name != "outboundAccountPosition"] == [
        "executionReport EXPIRED", "executionReport NEW", "executionReport TRADE", "listStatus ALL_DONE",
    ]  # fmt: skip
    assert told[0]["eR"] == "OCO_TRIGGER"


# USDⓈ-M


def test_futures_a_limit_order_that_is_filled_in_parts() -> None:
    """ccxt/node-binance-api, issue 948 (2025-07-27), a live log: ORDER_TRADE_UPDATE NEW; of the fill TRADE_LITE,
    ACCOUNT_UPDATE, ORDER_TRADE_UPDATE. Pull request 445 of unicorn-binance-websocket-api (2026-05-21) shows the last
    two in the same order.
    """
    desk = Desk()
    heard = desk.listens(desk.maker)
    desk.order(desk.maker, "BUY", "2", "100")
    desk.order(desk.taker, "SELL", "0.5")
    desk.order(desk.taker, "SELL", "1.5")

    fill = ["TRADE_LITE", "ACCOUNT_UPDATE ORDER", "ORDER_TRADE_UPDATE TRADE"]
    assert names(heard) == ["ORDER_TRADE_UPDATE NEW", *fill, *fill]
    told = decoded(heard)
    assert [told[number]["o"]["X"] for number in (0, 3, 6)] == ["NEW", "PARTIALLY_FILLED", "FILLED"]


def test_futures_what_moves_no_position_has_no_account_update() -> None:
    """The page "Balance and Position Update" (seen 2026-11): unfilled and canceled orders do not push it."""
    desk = Desk()
    heard = desk.listens(desk.maker)
    order = desk.order(desk.maker, "BUY", "2", "99").body["orderId"]
    sent = {"symbol": "BTCUSDT", "orderId": order, "side": "BUY", "quantity": "2", "price": "98"}
    assert desk.signed(desk.maker, "PUT", "/fapi/v1/order", **sent).status == 200
    desk.signed(desk.maker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)

    assert names(heard) == [f"ORDER_TRADE_UPDATE {word}" for word in ("NEW", "AMENDMENT", "CANCELED")]


def test_futures_funding_of_a_crossed_position_is_a_balance_alone() -> None:
    """The same page: with B of the asset only, and no P."""
    desk = Desk()
    desk.opens(desk.taker, "5")
    desk.order(desk.maker, "BUY", "5", "100.2")
    desk.order(desk.third, "SELL", "5", "100.4")
    heard = desk.listens(desk.taker)
    desk.passes(8 * HOUR)

    (told,) = decoded(heard)

    assert names(heard) == ["ACCOUNT_UPDATE FUNDING_FEE"]
    assert told["a"]["P"] == []
    assert [row["a"] for row in told["a"]["B"]] == ["USDT"]


def test_futures_a_liquidation_ends_orders_first() -> None:
    """The venue's page on liquidation protocols (seen 2026-11): open orders are canceled, then one order closes; its
    fills are CALCULATED ("Event: Order Update"). The fee comes as INSURANCE_CLEAR.
    """
    desk = Desk(cash=200)
    desk.opens(desk.taker, "10")
    desk.order(desk.taker, "SELL", "1", "105")
    desk.order(desk.third, "BUY", "10", "91")
    heard = desk.listens(desk.taker)
    desk.mark("80.85")

    assert names(heard) == [
        "ORDER_TRADE_UPDATE EXPIRED", "ORDER_TRADE_UPDATE NEW", "TRADE_LITE", "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE CALCULATED", "ACCOUNT_UPDATE INSURANCE_CLEAR",
    ]  # fmt: skip


def test_futures_a_conditional_order_that_triggers() -> None:
    """The page "Event: Algo Order Update" (seen 2026-11): NEW, TRIGGERING, TRIGGERED, FINISHED. A live log in issue
    3287 of nautilus_trader (2025-12-11): the order's own events had come when TRIGGERED did.
    """
    desk = Desk()
    desk.prints("100")
    desk.order(desk.maker, "SELL", "5", "105")
    heard = desk.listens(desk.taker)
    assert desk.algo(desk.taker, "BUY", "STOP_MARKET", triggerPrice="104", quantity="1").status == 200
    desk.order(desk.third, "BUY", "0.1", "105", timeInForce="IOC")

    assert names(heard) == [
        "ALGO_UPDATE NEW", "ALGO_UPDATE TRIGGERING", "ORDER_TRADE_UPDATE NEW", "TRADE_LITE", "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE TRADE", "ALGO_UPDATE TRIGGERED", "ALGO_UPDATE FINISHED",
    ]  # fmt: skip
