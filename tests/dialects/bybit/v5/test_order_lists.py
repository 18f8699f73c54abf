"""Lists of orders and executions: which rows, in which order, page by page."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import DAY, HOUR, ONE, SECOND, Price
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, Desk

CREATE, REALTIME, HISTORY, EXECUTIONS = (
    "/v5/order/create", "/v5/order/realtime", "/v5/order/history", "/v5/execution/list",
)  # fmt: skip
PERP = {"category": "linear", "symbol": "BTCUSDT"}
PAIR = {"category": "spot", "symbol": "BTCUSDT"}
COIN = {"category": "inverse", "symbol": "BTCUSD"}
BUY = {"side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "59900"}


def place(desk: Desk, terms: dict[str, Any], **more: object) -> str:
    order_id: str = desk.does(CREATE, {**terms, **BUY, **more})["orderId"]
    return order_id


def ids(desk: Desk, path: str, **sent: object) -> list[str]:
    return [row["orderId"] for row in desk.asks(path, None, **sent)["list"]]


def ended(desk: Desk, terms: dict[str, Any], number: int) -> list[str]:
    """So many canceled orders, the newest first, a second apart."""
    made = []
    for _ in range(number):
        made.append(place(desk, terms))
        desk.does("/v5/order/cancel", {**terms, "orderId": made[-1]})
        desk.wait(1)
    return made[::-1]


# Orders


def test_open_orders_are_newest_first(desk: Desk) -> None:
    made = [place(desk, PERP) for _ in range(3)]
    place(desk, PAIR)
    assert ids(desk, REALTIME, **PERP) == made[::-1]
    assert ids(desk, REALTIME, category="linear", baseCoin="BTC") == made[::-1]
    assert ids(desk, REALTIME, category="linear", settleCoin="USDT", limit=2) == [made[2], made[1]]
    assert ids(desk, REALTIME, category="linear", settleCoin="USDC") == []
    assert ids(desk, REALTIME, category="linear", baseCoin="ETH") == []
    assert len(ids(desk, REALTIME, category="spot")) == 1


def test_nobody_sees_what_is_anothers(desk: Desk) -> None:
    mine = place(desk, PERP, orderLinkId="mine")
    for sent in ({"symbol": "BTCUSDT"}, {"orderId": mine}, {"orderLinkId": "mine"}):
        assert desk.get(REALTIME, desk.carol, category="linear", **sent).rows == []


def test_contracts_must_be_named_and_spot_need_not(desk: Desk) -> None:
    assert desk.get(REALTIME, category="linear").code == 10001
    assert desk.get(REALTIME, category="linear", symbol="BTCUSD").code == 10001
    assert desk.get(REALTIME, category="margin", symbol="BTCUSDT").code == 10001
    assert desk.get(REALTIME).code == 10001
    for category in ("spot", "inverse", "option"):
        assert ids(desk, REALTIME, category=category) == []


def test_the_last_that_ended_are_asked_for(desk: Desk) -> None:
    gone = ended(desk, PERP, 3)
    stays = place(desk, PERP)
    assert ids(desk, REALTIME, **PERP, openOnly=1) == gone
    assert ids(desk, REALTIME, **PERP) == [stays]
    assert ids(desk, REALTIME, category="linear", orderId=gone[0], openOnly=0) == [gone[0]]


def test_history_is_of_what_ended(desk: Desk) -> None:
    gone = ended(desk, PERP, 3)
    place(desk, PERP)
    assert ids(desk, HISTORY, **PERP) == gone
    assert ids(desk, HISTORY, category="linear") == gone
    assert ids(desk, HISTORY, category="spot") == []
    assert ids(desk, HISTORY, **PERP, orderId=gone[1]) == [gone[1]]


def test_history_by_status(desk: Desk) -> None:
    gone = ended(desk, PERP, 1)
    desk.places(desk.alice, LINEAR, "Sell", 1, 59_900)
    filled = place(desk, PERP)
    assert ids(desk, HISTORY, category="linear", orderStatus="Filled") == [filled]
    assert ids(desk, HISTORY, category="linear", orderStatus="Cancelled") == gone
    assert ids(desk, HISTORY, category="linear", orderStatus="Rejected") == []
    assert desk.get(HISTORY, category="linear", orderStatus="Done").code == 181005


def test_a_cursor_goes_on_though_orders_come_in(desk: Desk) -> None:
    gone = ended(desk, PERP, 5)
    first = desk.asks(HISTORY, None, **PERP, limit=2)
    ended(desk, PERP, 3)
    second = desk.asks(HISTORY, None, **PERP, limit=2, cursor=first["nextPageCursor"])
    third = desk.asks(HISTORY, None, **PERP, limit=2, cursor=second["nextPageCursor"])
    found = [row["orderId"] for page in (first, second, third) for row in page["list"]]
    assert (found, third["nextPageCursor"]) == (gone, "")


@pytest.mark.parametrize("path", [REALTIME, HISTORY, EXECUTIONS])
@pytest.mark.parametrize(
    "sent",
    [{"cursor": "nonsense"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"orderFilter": "All"}, {"symbol": "x"}],
)
def test_odd_questions_are_refused(desk: Desk, path: str, sent: dict[str, str]) -> None:
    if path == EXECUTIONS and "orderFilter" in sent:
        return
    assert desk.get(path, None, **{**PERP, **sent}).code != 0


@pytest.mark.parametrize("path", [HISTORY, EXECUTIONS])
def test_a_span_is_of_seven_days_at_most(desk: Desk, path: str) -> None:
    now, week = desk.now_ms(), 7 * 86_400_000
    assert desk.get(path, None, **PERP, startTime=now - week, endTime=now).code == 0
    assert desk.get(path, None, **PERP, startTime=now - week - 1, endTime=now).code == 181010
    assert desk.get(path, None, **PERP, startTime=now, endTime=now - 1).code == 181009
    assert desk.get(path, None, **PERP, startTime="soon").code == 10001


def test_times_are_those_of_creation(desk: Desk) -> None:
    first = desk.now_ms()
    gone = ended(desk, PERP, 3)
    assert ids(desk, HISTORY, **PERP, startTime=first, endTime=first) == [gone[2]]
    assert ids(desk, HISTORY, **PERP, startTime=first + 1_000) == gone[:2]
    assert ids(desk, HISTORY, **PERP, endTime=first + 1_000) == gone[1:]
    desk.wait(8 * DAY / SECOND)
    assert ids(desk, HISTORY, **PERP) == []


# Executions


@pytest.fixture
def traded(desk: Desk) -> Desk:
    """Bob bought 0.3 of the perpetual in two trades and sold 0.1; and a coin's hundredth of spot."""
    desk.places(desk.alice, LINEAR, "Sell", "0.1", 60_000)
    desk.places(desk.alice, LINEAR, "Sell", "0.2", 60_010)
    desk.does(CREATE, {**PERP, "side": "Buy", "orderType": "Market", "qty": "0.3", "orderLinkId": "in"})
    desk.wait(1)
    place(desk, PERP, side="Sell", qty="0.1", price="60100", orderLinkId="out")
    desk.places(desk.alice, LINEAR, "Buy", "0.1", 60_100)
    desk.places(desk.alice, SPOT, "Sell", "0.01", 60_000)
    desk.does(CREATE, {**PAIR, "side": "Buy", "orderType": "Market", "qty": "600"})
    return desk


def test_trades_are_told_newest_first(traded: Desk) -> None:
    rows = traded.asks(EXECUTIONS, None, **PERP)["list"]
    assert [(row["side"], row["execPrice"], row["execQty"], row["leavesQty"]) for row in rows] == [
        ("Sell", "60100", "0.1", "0"), ("Buy", "60010", "0.2", "0"),
        ("Buy", "60000", "0.1", "0.2"),
    ]  # fmt: skip
    out, first = rows[0], rows[2]
    assert (out["isMaker"], out["feeRate"], out["closedSize"], out["orderLinkId"]) == (True, "0.0002", "0.1", "out")
    assert (first["isMaker"], first["feeRate"], first["closedSize"], first["execFee"]) == (
        False, "0.00055", "0", "3.3",
    )  # fmt: skip
    assert (out["execType"], out["execValue"], out["feeCurrency"]) == ("Trade", "6010", "USDT")
    assert out["seq"] > first["seq"]
    assert len({row["execId"] for row in rows}) == 3
    # Sold at 60,100 what was bought at 60,006.66 on average.
    assert float(out["execPnl"]) == pytest.approx(9.3333, abs=1e-3)


def test_a_spot_buy_pays_in_what_it_bought(traded: Desk) -> None:
    row = traded.asks(EXECUTIONS, None, category="spot")["list"][0]
    assert (row["execFee"], row["feeCurrency"], row["feeRate"], row["execQty"]) == ("0.00001", "BTC", "0.001", "0.01")
    assert "createType" not in row


def test_trades_of_one_order(traded: Desk) -> None:
    for sent in ({"orderLinkId": "in"}, {"orderLinkId": "in", "symbol": "ETHUSDT"}):
        answer = traded.get(EXECUTIONS, None, category="linear", **sent)
        expected = 2 if "symbol" not in sent else 0
        assert len(answer.rows) == expected
    order = traded.asks(EXECUTIONS, None, **PERP)["list"][0]["orderId"]
    assert len(traded.asks(EXECUTIONS, None, category="linear", orderId=order)["list"]) == 1
    assert traded.asks(EXECUTIONS, None, category="linear", orderLinkId="none")["list"] == []


def test_executions_page_by_page(traded: Desk) -> None:
    found: list[str] = []
    cursor = ""
    for _ in range(3):
        page = traded.asks(EXECUTIONS, None, **PERP, limit=1, cursor=cursor)
        found += [row["execId"] for row in page["list"]]
        cursor = page["nextPageCursor"]
    assert cursor == ""
    assert found == [row["execId"] for row in traded.asks(EXECUTIONS, None, **PERP)["list"]]


def test_funding_is_an_execution(traded: Desk) -> None:
    """A long pays where the rate is above zero; the fee is what was paid."""
    traded.wait(9 * HOUR / SECOND)
    rows = traded.asks(EXECUTIONS, None, **PERP, execType="Funding")["list"]
    assert rows
    paid = traded.views.statements.of(traded.bob.no)
    assert [row["execFee"] for row in rows] == [
        f"{-each.amount / ONE:.8f}".rstrip("0").rstrip(".") for each in reversed(paid)
    ]
    assert {(row["execType"], row["orderType"], row["orderId"]) for row in rows} == {("Funding", "UNKNOWN", "")}
    assert all(row["execType"] == "Trade" for row in traded.asks(EXECUTIONS, None, **PERP, execType="Trade")["list"])


def test_a_delivery_is_an_execution(desk: Desk) -> None:
    desk.places(desk.alice, QUARTER, "Sell", "0.1", 60_000)
    symbol = "BTCUSDT-27MAR26"
    desk.does(CREATE, {"category": "linear", "symbol": symbol, "side": "Buy", "orderType": "Market", "qty": "0.1"})
    desk.run(cmd.SetIndex("BTC-USDT", Price(60_500 * ONE)))
    desk.wait(26 * DAY / SECOND)
    rows = desk.asks(EXECUTIONS, None, category="linear", execType="Delivery")["list"]
    assert [(row["symbol"], row["side"], row["execQty"], row["createType"]) for row in rows] == [
        (symbol, "Sell", "0.1", "CreateBySettle")
    ]
    assert float(rows[0]["execPnl"]) == pytest.approx(50, abs=1)


def test_an_inverse_trade_is_worth_coins(desk: Desk) -> None:
    desk.places(desk.alice, INVERSE, "Sell", 1_000, 60_000)
    desk.does(CREATE, {**COIN, "side": "Buy", "orderType": "Market", "qty": "6000"})
    row = desk.asks(EXECUTIONS, None, **COIN)["list"][0]
    assert (row["execQty"], row["execValue"], row["feeCurrency"]) == ("6000", "0.1", "BTC")
    order = desk.asks(HISTORY, None, **COIN)["list"][0]
    assert (order["cumExecQty"], order["cumExecValue"], order["avgPrice"]) == ("6000", "0.1", "60000")


def test_what_can_be_bought_is_what_is_there(desk: Desk) -> None:
    desk.places(desk.alice, SPOT, "Sell", 1, 50_000)
    desk.places(desk.alice, SPOT, "Buy", 1, 40_000)
    buy = desk.asks("/v5/order/spot-borrow-check", None, **PAIR, side="Buy")
    assert buy == {
        "symbol": "BTCUSDT", "side": "Buy", "maxTradeQty": "20.0000", "maxTradeAmount": "1000000.00000000",
        "spotMaxTradeQty": "20.0000", "spotMaxTradeAmount": "1000000.00000000", "borrowCoin": "USDT",
    }  # fmt: skip
    sell = desk.asks("/v5/order/spot-borrow-check", None, **PAIR, side="Sell")
    assert (sell["spotMaxTradeQty"], sell["maxTradeAmount"], sell["borrowCoin"]) == (
        "10.0000",
        "400000.00000000",
        "BTC",
    )
    assert desk.get("/v5/order/spot-borrow-check", None, **PERP, side="Buy").code == 10001
