"""Private topics: one row for each thing a record did to an account, the same rows that REST shows."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import PositionMode, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Price, Quantity
from simexchange.dialects.bybit.common.ids import execution_id, order_id
from simexchange.dialects.bybit.common.sockets import telling
from simexchange.dialects.bybit.v5 import orderrows, positionrows
from simexchange.dialects.bybit.v5.userstream import TOPICS
from simexchange.dialects.telling import Telling
from tests.core.world import units
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, Desk
from tests.dialects.bybit.v5.test_tradestreams import liquidated


def rows(heard: Any) -> list[Any]:
    """What was told since it was last asked; each record in one message."""
    return [row for message in heard.take() for row in message["data"]]


def statuses(heard: Any) -> list[str]:
    return [row["orderStatus"] for row in rows(heard)]


# Orders


def test_a_message_has_an_id_a_topic_and_a_time(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_000)
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_001)

    first, second = heard.all
    assert list(first) == ["id", "topic", "creationTime", "data"]
    assert (first["topic"], first["creationTime"]) == ("order", desk.now_ms())
    assert first["id"] != second["id"]
    assert telling("", heard.payloads[0]) == (Telling.ACK, first["data"][0]["orderId"])


def test_an_order_is_told_as_rest_has_it(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_000, client_id="mine")

    (row,) = rows(heard)
    (shown,) = desk.views.orders.open(desk.bob.no)
    assert row == orderrows.order_news(shown, desk.state, desk.views)
    assert (row["category"], row["orderLinkId"], row["orderStatus"]) == ("linear", "mine", "New")


def test_a_taker_that_is_filled_at_once_is_told_once(desk: Desk) -> None:
    """Three fills, one row: Filled. Each maker is told of its own."""
    taker, maker = desk.listens(desk.bob, "order"), desk.listens(desk.carol, "order")
    for n in range(3):
        desk.places(desk.carol, LINEAR, "Sell", "0.1", 60_000 + n)
    desk.places(desk.bob, LINEAR, "Buy", "0.25", 60_010)

    (row,) = rows(taker)
    assert (row["orderStatus"], float(row["cumExecQty"]), float(row["leavesQty"])) == ("Filled", 0.25, 0)
    assert statuses(maker) == ["New", "New", "New", "Filled", "Filled", "PartiallyFilled"]


def test_what_the_book_does_not_take_is_told_as_an_order(desk: Desk) -> None:
    """Post-only that would take, and fill-or-kill that cannot: taken in, and ended with a reason."""
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.carol, LINEAR, "Sell", 1, 60_000)
    desk.places(desk.bob, LINEAR, "Buy", 1, 60_000, tif=TimeInForce.POST_ONLY)
    desk.places(desk.bob, LINEAR, "Buy", 2, 60_000, tif=TimeInForce.FOK)

    told = rows(heard)
    assert [row["orderStatus"] for row in told] == ["Cancelled", "Cancelled"]
    assert [row["rejectReason"] for row in told] == ["EC_PostOnlyWillTakeLiquidity", "EC_CancelForNoFullFill"]


def test_a_market_order_without_a_market_is_told_all_the_same(desk: Desk) -> None:
    """By quantity it is taken in and ends; by value nobody can say how much it is, and it is refused."""
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.bob, LINEAR, "Buy", 1)
    desk.places(desk.bob, SPOT, "Buy", 0, more=Terms(quote_qty=Amount(100 * ONE)))
    desk.places(desk.bob, LINEAR, "Buy", "0.00001", 60_000)

    assert [(row["category"], row["orderStatus"], row["rejectReason"]) for row in rows(heard)] == [
        ("linear", "Cancelled", "EC_NoImmediateQtyToFill"), ("spot", "Rejected", "EC_NoImmediateQtyToFill"),
    ]  # fmt: skip


def test_a_cancel_and_an_amendment_are_told(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.bob, LINEAR, "Buy", 2, 59_000)
    (order,) = desk.views.orders.open(desk.bob.no)
    desk.run(cmd.ModifyOrder(desk.bob.no, order.market, Quantity(ONE), Price(59_100 * ONE), order.id))
    desk.run(cmd.CancelAll(desk.bob.no, desk.no(LINEAR)))

    assert [(row["orderStatus"], float(row["qty"]), float(row["price"])) for row in rows(heard)] == [
        ("New", 2, 59_000), ("New", 1, 59_100), ("Cancelled", 1, 59_100),
    ]  # fmt: skip


def test_an_order_that_wakes_is_told_twice(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "order")
    desk.trade(LINEAR, 60_000, "0.1")
    waits = Trigger(Price(60_050 * ONE), TriggerPrice.LAST, rising=True)
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_000, more=Terms(trigger=waits))
    assert statuses(heard) == ["Untriggered"]

    desk.trade(LINEAR, 60_060, "0.1")

    assert statuses(heard) == ["Triggered", "New"]


def test_a_categorised_topic_has_its_category_only(desk: Desk) -> None:
    every = {name: desk.listens(desk.bob, name) for name in TOPICS if name.partition(".")[0] in ("order", "execution")}
    for market in (SPOT, LINEAR, INVERSE):
        desk.places(desk.alice, market, "Sell", 1, 60_000)
        desk.places(desk.bob, market, "Buy", 1, 60_000)

    told = {name: [row["category"] for row in rows(heard)] for name, heard in every.items()}
    for head in ("order", "execution", "execution.fast"):
        assert told[head] == ["spot", "linear", "inverse"]
        for category in ("spot", "linear", "inverse"):
            assert told[f"{head}.{category}"] == [category]
        assert told[f"{head}.option"] == []


# Executions


def test_an_execution_is_told_to_both_sides(desk: Desk) -> None:
    taker, maker = desk.listens(desk.bob, "execution"), desk.listens(desk.carol, "execution")
    fast = desk.listens(desk.bob, "execution.fast")
    desk.places(desk.carol, LINEAR, "Sell", 2, 60_000)
    desk.places(desk.bob, LINEAR, "Buy", "0.5", 60_000)

    (mine,), (theirs,) = rows(taker), rows(maker)
    name = execution_id(desk.no(LINEAR), 1)
    assert (mine["execId"], theirs["execId"]) == (name, name)
    assert (mine["side"], mine["isMaker"], float(mine["leavesQty"])) == ("Buy", False, 0)
    assert (theirs["side"], theirs["isMaker"], float(theirs["leavesQty"])) == ("Sell", True, 1.5)
    assert (mine["execType"], mine["seq"]) == ("Trade", desk.seq)
    message = fast.last
    assert list(message) == ["topic", "creationTime", "data"]
    assert message["data"][0]["execId"] == name
    assert telling("", fast.payloads[0]) == (Telling.FILL, mine["orderId"])


def test_the_mark_at_a_trade_is_told_as_it_happens_and_none_is_made_up_later(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "execution")
    desk.trade(LINEAR, 60_000, 1, taker=desk.bob)
    mark = desk.state.markets[desk.no(LINEAR)].mark

    (told,) = rows(heard)
    (listed,) = desk.asks("/v5/execution/list", category="linear")["list"]

    assert (units(told["markPrice"]), listed["markPrice"]) == (mark, "")
    assert told == {"category": "linear", **listed, "markPrice": told["markPrice"]}


def test_the_fast_topic_has_trades_only_and_a_takers_name_of_the_order(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "execution.fast")
    desk.places(desk.bob, LINEAR, "Sell", 1, 60_000, client_id="made")
    desk.places(desk.carol, LINEAR, "Buy", 1, 60_000)
    desk.places(desk.carol, LINEAR, "Sell", 1, 60_000)
    desk.places(desk.bob, LINEAR, "Buy", 1, 60_000, client_id="took")

    assert [(row["isMaker"], row["orderLinkId"]) for row in rows(heard)] == [(True, ""), (False, "took")]


def test_several_fills_of_a_record_come_in_one_message(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "execution")
    for n in range(3):
        desk.places(desk.carol, LINEAR, "Sell", "0.1", 60_000 + n)
    desk.places(desk.bob, LINEAR, "Buy", "0.3", 60_010)

    (message,) = heard.all
    assert [float(row["leavesQty"]) for row in message["data"]] == [0.2, 0.1, 0]


def test_an_account_that_trades_with_itself_has_both(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "execution")
    desk.places(desk.bob, LINEAR, "Sell", 1, 60_000)
    desk.places(desk.bob, LINEAR, "Buy", 1, 60_000)

    assert [(row["side"], row["isMaker"]) for row in rows(heard)] == [("Sell", True), ("Buy", False)]


def test_funding_is_an_execution_a_position_and_money(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1, taker=desk.bob)
    executions, positions, wallet = (desk.listens(desk.bob, name) for name in ("execution", "position", "wallet"))
    fast = desk.listens(desk.bob, "execution.fast")
    desk.wait(8 * HOUR // 10**9)

    (paid,) = rows(executions)
    assert (paid["execType"], paid["category"], paid["orderId"]) == ("Funding", "linear", "")
    (position,) = rows(positions)
    assert (position["symbol"], position["size"]) == ("BTCUSDT", "1.000")
    (account,) = rows(wallet)
    assert [coin["coin"] for coin in account["coin"]] == ["USDT"]
    assert fast.all == []


def test_a_delivery_is_an_execution_and_leaves_no_position(desk: Desk) -> None:
    desk.trade(QUARTER, 60_000, 1, taker=desk.bob)
    executions, positions, wallet = (desk.listens(desk.bob, name) for name in ("execution", "position", "wallet"))
    desk.wait(26 * 24 * 3_600)

    (delivered,) = rows(executions)
    assert (delivered["execType"], delivered["symbol"], delivered["side"]) == ("Delivery", "BTCUSDT-27MAR26", "Sell")
    assert [(row["side"], row["size"]) for row in rows(positions)] == [("", "0")]
    assert len(rows(wallet)) == 1


def test_a_liquidation_is_told_in_every_topic(desk: Desk) -> None:
    heard = {name: desk.listens(desk.carol, name) for name in ("order", "execution", "position", "wallet")}
    liquidated(desk)

    told = {name: rows(heard[name]) for name in heard}
    forced = [row for row in told["execution"] if row["createType"] != "CreateByUser" or row["execType"] != "Trade"]
    assert forced
    assert {row["execType"] for row in forced} <= {"Trade", "BustTrade", "AdlTrade"}
    assert "Liq" in {row["positionStatus"] for row in told["position"]}
    assert (told["position"][-1]["side"], told["position"][-1]["positionStatus"]) == ("", "Normal")
    assert told["wallet"]


def test_what_is_attached_comes_to_life_with_the_fill_and_ends_with_the_position(desk: Desk) -> None:
    """Take-profit and stop-loss: told when they wait, when one wakes and is filled, and when the other has no use."""
    orders, positions = desk.listens(desk.bob, "order"), desk.listens(desk.bob, "position")
    profit, loss = (Trigger(Price(price * ONE), TriggerPrice.LAST, rising=price > 60_000) for price in (60_500, 59_500))
    desk.places(desk.bob, LINEAR, "Buy", 1, 60_000, more=Terms(take_profit=profit, stop_loss=loss))
    desk.places(desk.carol, LINEAR, "Sell", 1, 60_000)
    assert [(row["orderStatus"], row["stopOrderType"]) for row in rows(orders)] == [
        ("New", ""), ("Filled", ""), ("Untriggered", "TakeProfit"), ("Untriggered", "StopLoss"),
    ]  # fmt: skip
    position = rows(positions)[-1]
    assert (float(position["takeProfit"]), float(position["stopLoss"])) == (60_500, 59_500)

    desk.places(desk.alice, LINEAR, "Buy", 2, 60_400)
    desk.trade(LINEAR, 60_510, "0.1")

    assert [(row["orderStatus"], row["stopOrderType"]) for row in rows(orders)] == [
        ("Triggered", "TakeProfit"), ("Filled", "TakeProfit"), ("Deactivated", "StopLoss"),
    ]  # fmt: skip
    assert (rows(positions)[-1]["side"], orders.all) == ("", [])


def test_auto_deleveraging_is_told_to_both_sides(desk: Desk) -> None:
    """The fund may lose nothing: bob and dora, in profit, take what carol loses."""
    dora = desk.joined("dora")
    for wallet, amount in (("BTC", 10), ("USDT", 992_000)):
        desk.run(cmd.Withdraw(desk.carol.no, "unified", wallet, Amount(amount * ONE)))
    for maker in (desk.bob, dora):
        desk.trade(LINEAR, 60_000, "0.5", maker=maker)
    desk.run(cmd.SetFundPolicy("USDT", Amount(10**9 * ONE)))
    heard = {
        (who.name, name): desk.listens(who, name)
        for who in (desk.bob, desk.carol)
        for name in ("order", "execution", "execution.fast", "position", "wallet")
    }
    desk.run(cmd.SetIndex("BTC-USDT", Price(52_100 * ONE)))
    desk.mark(52_100)

    told = {key: rows(each) for key, each in heard.items()}
    for who, side, count in (("bob", "Buy", 1), ("carol", "Sell", 2)):
        executions = told[who, "execution"]
        assert [(row["execType"], row["side"], float(row["execQty"])) for row in executions] == [
            ("AdlTrade", side, 0.5)
        ] * count
        assert (told[who, "position"][-1]["size"], told[who, "execution.fast"]) == ("0", [])
        assert told[who, "wallet"]
    names = [row["execId"] for key, rows_ in told.items() if key[1] == "execution" for row in rows_]
    assert len(set(names)) == 3
    assert [row["createType"] for row in told["bob", "order"]] == ["CreateByAdl_PassThrough"]


# Positions


def test_a_position_is_told_as_rest_has_it(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "position")
    desk.trade(LINEAR, 60_000, 2, taker=desk.bob)

    row = rows(heard)[-1]
    account, market = desk.state.accounts[desk.bob.no], desk.state.markets[desk.no(LINEAR)]
    shown = positionrows.position_row(desk.state, desk.views, account, market, market.no, desk.at)
    assert row["entryPrice"] == shown["avgPrice"]
    assert {name: row[name] for name in shown if name in row} == {name: shown[name] for name in shown if name in row}
    assert (row["category"], row["side"], row["size"]) == ("linear", "Buy", "2.000")


def test_an_order_alone_is_news_of_its_position(desk: Desk) -> None:
    """Created, canceled: told each time, although nothing is held; spot orders are not."""
    heard = desk.listens(desk.bob, "position")
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_000)
    desk.places(desk.bob, SPOT, "Buy", 1, 59_000)
    desk.run(cmd.CancelAll(desk.bob.no, desk.no(LINEAR)))

    assert [(row["symbol"], row["side"], row["size"]) for row in rows(heard)] == [("BTCUSDT", "", "0")] * 2


def test_leverage_and_modes_are_news_of_positions(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "position")
    desk.run(cmd.SetLeverage(desk.bob.no, desk.no(LINEAR), 5))
    assert [(row["symbol"], row["leverage"]) for row in rows(heard)] == [("BTCUSDT", "5")]

    desk.run(cmd.SetPositionMode(desk.bob.no, PositionMode.HEDGE, desk.no(LINEAR)))
    assert [row["positionIdx"] for row in rows(heard)] == [1, 2]


def test_a_position_topic_has_its_category_only(desk: Desk) -> None:
    linear, inverse = desk.listens(desk.bob, "position.linear"), desk.listens(desk.bob, "position.inverse")
    for market in (LINEAR, INVERSE):
        desk.trade(market, 60_000, 1, taker=desk.bob)

    assert {row["category"] for row in rows(linear)} == {"linear"}
    assert {row["category"] for row in rows(inverse)} == {"inverse"}
    assert "position.spot" not in TOPICS


# The wallet


@pytest.mark.parametrize(
    ("market", "coins"), [(SPOT, {"USDT", "BTC"}), (LINEAR, {"USDT"}), (INVERSE, {"BTC"})]
)  # fmt: skip
def test_the_wallet_tells_the_coins_that_moved(desk: Desk, market: str, coins: set[str]) -> None:
    heard = desk.listens(desk.bob, "wallet")
    assert heard.all == [], "there is no snapshot for who subscribes"
    desk.places(desk.alice, market, "Sell", 1, 60_000)
    desk.places(desk.bob, market, "Buy", 1, 60_000)

    (account,) = rows(heard)
    assert account["accountType"] == "UNIFIED"
    assert {coin["coin"] for coin in account["coin"]} == coins


def test_money_that_comes_and_goes_is_told(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "wallet")
    desk.run(cmd.Deposit(desk.bob.no, "unified", "USDT", Amount(5 * ONE)))
    desk.run(cmd.Transfer(desk.bob.no, "unified", "funding", "USDT", Amount(3 * ONE)))
    desk.run(cmd.Deposit(desk.bob.no, "funding", "USDT", Amount(5 * ONE)))

    assert [row["coin"][0]["walletBalance"] for row in rows(heard)] == ["1000005", "1000002"]


def test_a_price_alone_is_no_news(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1, taker=desk.bob)
    heard = [desk.listens(desk.bob, name) for name in TOPICS]
    desk.mark(60_100)
    desk.trade(LINEAR, 60_050, "0.1")

    assert [each.all for each in heard] == [[]] * len(heard)


def test_an_open_order_takes_margin_or_is_locked(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "wallet")
    desk.places(desk.bob, LINEAR, "Buy", 1, 59_000)
    desk.places(desk.bob, SPOT, "Buy", 1, 59_000)

    margined, locked = (row["coin"][0] for row in rows(heard))
    assert float(margined["totalOrderIM"]) > 0
    assert float(locked["locked"]) >= 59_000


# Others


def test_topics_without_news_are_quiet(desk: Desk) -> None:
    quiet = [desk.listens(desk.bob, name) for name in ("greeks", "dcp.future", "order.option", "position.option")]
    desk.trade(LINEAR, 60_000, 1, taker=desk.bob)

    assert [heard.all for heard in quiet] == [[]] * 4


def test_nobody_hears_of_others(desk: Desk) -> None:
    heard = [desk.listens(desk.bob, name) for name in TOPICS]
    desk.trade(LINEAR, 60_000, 1)
    desk.trade(SPOT, 60_000, 1)
    desk.run(cmd.Deposit(desk.carol.no, "unified", "USDT", Amount(5 * ONE)))

    assert [each.all for each in heard] == [[]] * len(heard)


def test_one_request_has_topics_of_one_kind(desk: Desk) -> None:
    socket = desk.private_socket()
    mixed = socket.says("subscribe", ["order", "order.linear"])
    fine = socket.says("subscribe", ["execution.fast", "execution", "order.linear", "order.spot"])

    assert (mixed["success"], fine["success"]) == (False, True)
    assert len(socket.session.subscriptions()) == 4


def test_topics_need_a_key_and_a_name(desk: Desk) -> None:
    stranger = desk.private_socket(logged_on=False)
    assert stranger.says("subscribe", ["order"])["ret_msg"] == "Request not authorized"
    socket = desk.private_socket()
    for names in (["nope"], ["order", "order.futures"], ["position.spot"], [], "order", [1]):
        assert socket.says("subscribe", names)["success"] is False
    assert socket.session.subscriptions() == ()


def test_ids_are_those_of_rest(desk: Desk) -> None:
    heard = desk.listens(desk.bob, "order")
    desk.places(desk.bob, SPOT, "Buy", 1, 59_000)
    (order,) = desk.views.orders.open(desk.bob.no)

    assert rows(heard)[0]["orderId"] == order_id(order.id, spot=True)
