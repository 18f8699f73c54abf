"""Orders of COIN-M over the wire: in contracts, worth coins; every parameter has an effect."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, PositionMode, SelfTrade, Side, TimeInForce
from simexchange.core.vocabulary.units import SECOND, Nanos
from tests.core.world import units
from tests.dialects.binance.coinm.desk import PERP, QUARTER, Answer, CoinDesk

HEADERS = {"x-mbx-apikey": "keytaker"}


@pytest.fixture
def resting(desk: CoinDesk) -> CoinDesk:
    """The maker buys 2 contracts at 49,000 under the id "mine"."""
    assert desk.order(desk.maker, "BUY", "2", "49000", newClientOrderId="mine").status == 200
    return desk


def test_an_order_answers_with_its_pair_and_its_coins(desk: CoinDesk) -> None:
    """1,000 contracts at 50,000 are 2 BTC; there is no cumQuote."""
    desk.order(desk.maker, "SELL", "1000", "50000")

    row = desk.order(desk.taker, "BUY", "1000").body

    assert (row["symbol"], row["pair"], row["status"]) == ("BTCUSD_PERP", "BTCUSD", "FILLED")
    assert (row["executedQty"], row["cumQty"], row["cumBase"], row["avgPrice"]) == ("1000", "1000", "2", "50000.0")
    assert "cumQuote" not in row


def test_an_orders_sum_is_cut_and_a_fill_is_rounded(desk: CoinDesk) -> None:
    """1 contract at 49,300 is 0.002028397…: the order says 0.00202839, the trade 0.00202840 (as samples do)."""
    desk.opens(desk.taker, "1", price="49300")

    (order,) = desk.ask(desk.taker, "/dapi/v1/allOrders", **PERP)
    (trade,) = desk.ask(desk.taker, "/dapi/v1/userTrades", **PERP)

    assert (order["cumBase"], order["avgPrice"]) == ("0.00202839", "49300.0")
    assert (trade["baseQty"], trade["marginAsset"], trade["pair"]) == ("0.00202840", "BTC", "BTCUSD")
    assert (trade["commission"], trade["commissionAsset"]) == ("0.00000102", "BTC")
    assert "quoteQty" not in trade


def test_an_average_over_two_prices_is_that_of_the_dollars(desk: CoinDesk) -> None:
    """1 at 50,000 and 1 at 50,500: 200 USD over 0.0039801980… BTC are 50,248.756…"""
    desk.order(desk.maker, "SELL", "1", "50000")
    desk.order(desk.maker, "SELL", "1", "50500")

    row = desk.order(desk.taker, "BUY", "2").body

    assert row["avgPrice"].startswith("50248.756")
    assert row["cumBase"] == "0.00398019"


PLACED: list[tuple[dict[str, Any], str, Any]] = [
    ({"timeInForce": "IOC"}, "timeInForce", "IOC"),
    ({"timeInForce": "GTX"}, "timeInForce", "GTX"),
    ({"newClientOrderId": "abc"}, "clientOrderId", "abc"),
    ({"selfTradePreventionMode": "NONE"}, "selfTradePreventionMode", "NONE"),
    ({"price": "48000"}, "price", "48000"),
    ({"quantity": "7"}, "origQty", "7"),
    ({"side": "SELL", "price": "51000"}, "side", "SELL"),
    ({"priceMatch": "QUEUE"}, "priceMatch", "QUEUE"),
    ({"priceMatch": "QUEUE"}, "price", "49000"),
    ({"symbol": QUARTER}, "symbol", QUARTER),
    ({"workingType": "MARK_PRICE"}, "workingType", "CONTRACT_PRICE"),
]
"""What is sent beside a buy of 1 at 49,500; a member of the answer, and its value."""


@pytest.mark.parametrize(("sent", "member", "value"), PLACED)
def test_each_term_of_an_order_is_kept(resting: CoinDesk, sent: dict[str, Any], member: str, value: Any) -> None:
    row = resting.order(resting.taker, **{"side": "BUY", "qty": "1", "price": "49500", **sent}).body

    assert row[member] == value, row


def test_a_response_type_decides_what_is_told(desk: CoinDesk) -> None:
    """ACK says what was taken in, RESULT what has become of it."""
    desk.order(desk.maker, "SELL", "2", "50000")

    ack = desk.order(desk.taker, "BUY", "1", newOrderRespType="ACK").body
    result = desk.order(desk.taker, "BUY", "1", newOrderRespType="RESULT").body

    assert (ack["status"], ack["executedQty"], ack["cumBase"]) == ("NEW", "0", "0")
    assert (result["status"], result["executedQty"], result["cumBase"]) == ("FILLED", "1", "0.002")


def test_what_only_reduces_needs_a_position(desk: CoinDesk) -> None:
    """-2022 without one; with one it is told as such."""
    refused = desk.order(desk.taker, "SELL", "1", "51000", reduceOnly="true")
    desk.opens(desk.taker, "3")
    taken = desk.order(desk.taker, "SELL", "1", "51000", reduceOnly="true")

    assert (refused.status, refused.code) == (400, -2022)
    assert taken.body["reduceOnly"] is True


def test_position_sides_are_those_of_hedge_mode(desk: CoinDesk) -> None:
    """One mode for both products; LONG and SHORT are two positions."""
    assert desk.order(desk.taker, "BUY", "1", "49000", positionSide="LONG").code == -4061
    for person in (desk.maker, desk.taker):
        desk.run(cmd.SetPositionMode(person.no, PositionMode.HEDGE))
    desk.order(desk.maker, "SELL", "2", "50000", positionSide="SHORT")

    row = desk.order(desk.taker, "BUY", "2", positionSide="LONG").body
    sides = {
        one["positionSide"]: one["positionAmt"]
        for one in desk.ask(desk.taker, "/dapi/v1/positionRisk")
        if one["symbol"] == "BTCUSD_PERP"
    }

    assert row["positionSide"] == "LONG"
    assert sides == {"LONG": "2", "SHORT": "0"}


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"symbol": "NOPE"}, -1121),
    ({"symbol": "BTCUSDT"}, -1121),
    ({"symbol": ""}, -1102),
    ({"side": "UP"}, -1117),
    ({"type": "STOP_MARKET", "stopPrice": "1"}, -4120),
    ({"type": "ICEBERG"}, -1116),
    ({"qty": "0"}, -4003),
    ({"qty": "0.5"}, -1111),
    ({"qty": "10001"}, -4005),
    ({"price": "49000.05"}, -1111),
    ({"price": "1"}, -4024),
    ({"price": "60000"}, -4016),
    ({"timeInForce": "GTD", "goodTillDate": 1_800_000_000_000}, -1115),
    ({"timeInForce": "NOW"}, -1115),
    ({"newClientOrderId": "a b"}, -4015),
    ({"positionSide": "UP"}, -4060),
    ({"priceMatch": "BEST"}, -5037),
    ({"selfTradePreventionMode": "MAYBE"}, -5039),
    ({"newOrderRespType": "FULL"}, -1136),
    ({"workingType": "INDEX"}, -4031),
    ({"closePosition": "true"}, -4136),
    ({"qty": "10000"}, -2019),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "code"), REFUSED)
def test_a_bad_order_gets_the_venues_code_and_changes_nothing(desk: CoinDesk, sent: dict[str, Any], code: int) -> None:
    """HTTP 400; no order rests, and no coin moved."""
    if code == -2019:
        desk.run(cmd.Withdraw(desk.taker.no, "coinm", "BTC", desk.coins(desk.taker)))  # type: ignore[arg-type]
    before = desk.coins(desk.taker)

    answer = desk.order(desk.taker, **{"side": "BUY", "qty": "1", "price": "49000", **sent})

    assert (answer.status, answer.code) == (400, code)
    assert desk.ask(desk.taker, "/dapi/v1/openOrders") == []
    assert desk.coins(desk.taker) == before


def test_self_trades_are_met_as_the_order_says(desk: CoinDesk) -> None:
    """Rules forbid nothing here: what an account chose holds, unless the order says otherwise."""
    desk.run(cmd.SetAccountOption(desk.taker.no, AccountOption.SELF_TRADE, int(SelfTrade.NONE)))
    desk.order(desk.taker, "SELL", "1", "50000")

    row = desk.order(desk.taker, "BUY", "1", "50000").body

    assert (row["status"], row["selfTradePreventionMode"]) == ("FILLED", "NONE")


# One order, asked for and canceled


@pytest.mark.parametrize("path", ["order", "openOrder"])
@pytest.mark.parametrize("by", ["orderId", "origClientOrderId"])
def test_an_order_is_found_by_either_id(resting: CoinDesk, path: str, by: str) -> None:
    """Neither is -1102, an unknown one -2013; the symbol must be the order's."""
    number = resting.ask(resting.maker, "/dapi/v1/openOrders")[0]["orderId"]
    sent = {by: number if by == "orderId" else "mine"}

    row = resting.ask(resting.maker, f"/dapi/v1/{path}", **PERP, **sent)

    assert (row["orderId"], row["clientOrderId"], row["pair"], row["cumBase"]) == (number, "mine", "BTCUSD", "0")
    assert resting.signed(resting.maker, "GET", f"/dapi/v1/{path}", **PERP).code == -1102
    assert resting.signed(resting.maker, "GET", f"/dapi/v1/{path}", symbol=QUARTER, **sent).code == -2013
    assert resting.signed(resting.taker, "GET", f"/dapi/v1/{path}", **PERP, **sent).code == -2013


@pytest.mark.parametrize("by", ["orderId", "origClientOrderId"])
def test_an_order_is_canceled_by_either_id(resting: CoinDesk, by: str) -> None:
    number = resting.ask(resting.maker, "/dapi/v1/openOrders")[0]["orderId"]
    sent = {by: number if by == "orderId" else "mine"}

    assert resting.signed(resting.maker, "DELETE", "/dapi/v1/order", symbol=QUARTER, **sent).code == -2011
    gone = resting.signed(resting.maker, "DELETE", "/dapi/v1/order", **PERP, **sent)

    assert (gone.body["status"], gone.body["pair"]) == ("CANCELED", "BTCUSD")
    assert resting.signed(resting.maker, "DELETE", "/dapi/v1/order", **PERP, **sent).code == -2011
    assert resting.signed(resting.maker, "GET", "/dapi/v1/openOrder", **PERP, **sent).code == -2013


# Lists


@pytest.fixture
def busy(desk: CoinDesk) -> CoinDesk:
    """The taker bought 1 of the perpetual, then 1 of the quarter a minute later, and rests one order in each market."""
    desk.opens(desk.taker, "1")
    desk.passes(60 * SECOND)
    desk.opens(desk.taker, "1", symbol=QUARTER)
    for symbol, price in (("BTCUSD_PERP", "49000"), (QUARTER, "49000"), ("ETHUSD_PERP", "2400")):
        assert desk.order(desk.taker, "BUY", "1", price, symbol=symbol).status == 200
    return desk


LISTED: list[tuple[str, dict[str, Any], list[str] | int]] = [
    ("openOrders", {}, ["BTCUSD_PERP", QUARTER, "ETHUSD_PERP"]),
    ("openOrders", {"symbol": QUARTER}, [QUARTER]),
    ("openOrders", {"pair": "BTCUSD"}, ["BTCUSD_PERP", QUARTER]),
    ("openOrders", {"symbol": "NOPE"}, -1121),
    ("openOrders", {"symbol": QUARTER, "pair": "BTCUSD"}, -1128),
    ("allOrders", {"symbol": QUARTER}, [QUARTER, QUARTER]),
    ("allOrders", {"pair": "BTCUSD"}, ["BTCUSD_PERP", QUARTER, "BTCUSD_PERP", QUARTER]),
    ("allOrders", {"pair": "BTCUSD", "limit": 2}, ["BTCUSD_PERP", QUARTER]),
    ("allOrders", {"pair": "BTCUSD", "limit": 3, "startTime": 1}, -4165),
    ("allOrders", {"pair": "BTCUSD", "startTime": 1, "endTime": 2}, []),
    ("allOrders", {}, -1102),
    ("allOrders", {"symbol": "NOPE"}, -1121),
    ("allOrders", {"symbol": QUARTER, "pair": "BTCUSD"}, -1128),
    ("allOrders", {"pair": "BTCUSD", "orderId": 1}, -1128),
    ("userTrades", {"symbol": QUARTER}, [QUARTER]),
    ("userTrades", {"pair": "BTCUSD"}, ["BTCUSD_PERP", QUARTER]),
    ("userTrades", {"pair": "BTCUSD", "limit": 1}, [QUARTER]),
    ("userTrades", {"pair": "ETHUSD"}, []),
    ("userTrades", {"symbol": QUARTER, "fromId": 2}, []),
    ("userTrades", {"symbol": QUARTER, "fromId": 1}, [QUARTER]),
    ("userTrades", {"symbol": QUARTER, "orderId": 1}, []),
    ("userTrades", {"symbol": QUARTER, "fromId": 1, "startTime": 1}, -1128),
    ("userTrades", {"pair": "BTCUSD", "fromId": 1}, -1128),
    ("userTrades", {"pair": "BTCUSD", "orderId": 1}, -1128),
    ("userTrades", {}, -1102),
    ("userTrades", {"symbol": QUARTER, "pair": "BTCUSD"}, -1128),
    ("forceOrders", {}, []),
    ("forceOrders", {"symbol": "NOPE"}, -1121),
    ("forceOrders", {"autoCloseType": "MAYBE"}, -1130),
]


@pytest.mark.parametrize(("path", "sent", "wanted"), LISTED)
def test_lists_are_of_a_symbol_or_a_pair(busy: CoinDesk, path: str, sent: dict[str, Any], wanted: Any) -> None:
    """Both together are refused, and so is an id where a pair is named."""
    if wanted == -4165:
        sent = {**sent, "startTime": busy.now_ms() - 10 * 86_400_000, "endTime": busy.now_ms()}
    answer = busy.signed(busy.taker, "GET", f"/dapi/v1/{path}", **sent)

    assert answer.code == wanted if isinstance(wanted, int) else [row["symbol"] for row in answer.body] == wanted


@pytest.mark.parametrize("path", ["allOrders", "userTrades"])
def test_times_cut_a_list_of_a_pair_from_their_end(busy: CoinDesk, path: str) -> None:
    """From a start the oldest, up to an end the newest."""
    later = busy.now_ms()

    def symbols(**sent: object) -> list[str]:
        return [row["symbol"] for row in busy.ask(busy.taker, f"/dapi/v1/{path}", pair="BTCUSD", **sent)]

    assert symbols(startTime=later)[0] == QUARTER
    assert symbols(startTime=later - 60_000, limit=1) == ["BTCUSD_PERP"]
    assert symbols(endTime=later - 1) == ["BTCUSD_PERP"]


def test_orders_go_on_from_an_id(busy: CoinDesk) -> None:
    first, second = busy.ask(busy.taker, "/dapi/v1/allOrders", symbol=QUARTER)

    rows = busy.ask(busy.taker, "/dapi/v1/allOrders", symbol=QUARTER, orderId=second["orderId"])

    assert rows == [second] != [first]


def test_orders_of_usdm_are_no_orders_here(busy: CoinDesk) -> None:
    """Each product lists its own."""
    linear = busy.state.market_no["perp:BTC-USDT"]
    buy = (Side.BUY, OrderKind.LIMIT, units(1), units(95), TimeInForce.GTC)
    busy.run(cmd.PlaceOrder(busy.taker.no, linear, *buy, "linear"))

    found = busy.signed(busy.taker, "GET", "/dapi/v1/openOrder", symbol="BTCUSDT", origClientOrderId="linear")

    assert "BTCUSDT" not in {row["symbol"] for row in busy.ask(busy.taker, "/dapi/v1/openOrders")}
    assert found.code == -1121


def test_all_orders_of_a_symbol_are_canceled(busy: CoinDesk) -> None:
    """The others stay; where there is nothing to cancel, that is done, too."""
    for _ in range(2):
        answer = busy.signed(busy.taker, "DELETE", "/dapi/v1/allOpenOrders", **PERP)
        assert answer.body == {"code": 200, "msg": "The operation of cancel all open order is done."}

    assert [row["symbol"] for row in busy.ask(busy.taker, "/dapi/v1/openOrders")] == [QUARTER, "ETHUSD_PERP"]
    assert busy.signed(busy.taker, "DELETE", "/dapi/v1/allOpenOrders", symbol="NOPE").code == -1121


def test_a_countdown_is_set_and_stopped(desk: CoinDesk) -> None:
    answer = desk.signed(desk.taker, "POST", "/dapi/v1/countdownCancelAll", **PERP, countdownTime=5_000)

    assert answer.body == {"symbol": "BTCUSD_PERP", "countdownTime": "5000"}
    assert desk.countdowns.running == {(desk.taker.no, desk.market): Nanos(5 * SECOND)}
    assert desk.signed(desk.taker, "POST", "/dapi/v1/countdownCancelAll", **PERP, countdownTime=-1).code == -1100
    assert desk.signed(desk.taker, "POST", "/dapi/v1/countdownCancelAll", symbol="NOPE", countdownTime=1).code == -1121


# Batches and changes


def _batch(desk: CoinDesk, method: str, *orders: dict[str, Any]) -> Answer:
    return desk.signed(desk.maker, method, "/dapi/v1/batchOrders", batchOrders=msgspec.json.encode(orders).decode())


def test_a_batch_answers_each_of_its_orders(desk: CoinDesk) -> None:
    """Orders and refusals side by side, then a change, then cancels by either list."""
    one = {**PERP, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "49000"}
    made = _batch(desk, "POST", {**one, "newClientOrderId": "a"}, {**one, "symbol": "NOPE"}, {**one, "price": 48_000})
    first, third = made.body[0], made.body[2]
    changed = _batch(desk, "PUT", {**PERP, "side": "BUY", "orderId": first["orderId"], "quantity": 2, "price": "48500"})
    ids = f"[{third['orderId']},77]"
    gone = desk.signed(desk.maker, "DELETE", "/dapi/v1/batchOrders", **PERP, orderIdList=ids)
    rest = desk.signed(desk.maker, "DELETE", "/dapi/v1/batchOrders", **PERP, origClientOrderIdList='["a"]')

    assert [row.get("code", row.get("pair")) for row in made.body] == ["BTCUSD", -1121, "BTCUSD"]
    assert [(row["origQty"], row["price"]) for row in changed.body] == [("2", "48500")]
    assert [row.get("code", row.get("status")) for row in gone.body] == ["CANCELED", -2011]
    assert [row["clientOrderId"] for row in rest.body] == ["a"]
    assert _batch(desk, "POST", *[one] * 6).code == -4082
    assert desk.signed(desk.maker, "DELETE", "/dapi/v1/batchOrders", **PERP).code == -1102


CHANGES: list[tuple[dict[str, Any], str, Any]] = [
    ({"quantity": "3"}, "origQty", "3"),
    ({"price": "48000"}, "price", "48000"),
    ({"price": None, "priceMatch": "OPPONENT"}, "price", "51000"),
    ({"modifyId": 9}, "modifyId", 9),
    ({"origClientOrderId": "mine"}, "clientOrderId", "mine"),
    ({"price": None}, "code", -1102),
    ({"quantity": None}, "code", -1102),
    ({"side": "SELL"}, "code", -2013),
    ({"symbol": QUARTER}, "code", -2013),
    ({"symbol": "NOPE"}, "code", -1121),
    ({"quantity": "2", "price": "49000"}, "code", -5027),
    ({"price": "49000", "priceMatch": "QUEUE"}, "code", -1106),
    ({"reduceOnly": "true"}, "code", -5047),
]


@pytest.mark.parametrize(("sent", "member", "value"), CHANGES)
def test_a_change_needs_both_and_says_what_became_of_it(
    resting: CoinDesk, sent: dict[str, Any], member: str, value: Any
) -> None:
    """Quantity and price, since 2026-06-30; the order keeps its id."""
    resting.order(resting.third, "SELL", "1", "51000")
    (order,) = resting.ask(resting.maker, "/dapi/v1/openOrders")
    named = {"orderId": order["orderId"]} if "origClientOrderId" not in sent else {}

    terms = {**PERP, **named, "side": "BUY", "quantity": "2", "price": "49100", **sent}

    row = resting.signed(
        resting.maker, "PUT", "/dapi/v1/order", **{name: value for name, value in terms.items() if value is not None}
    ).body

    assert row[member] == value, row
    if member != "code":
        assert (row["orderId"], row["pair"]) == (order["orderId"], "BTCUSD")


def test_changes_are_remembered(resting: CoinDesk) -> None:
    """The newest first, cut by time and number."""
    for price in ("48000", "47000"):
        resting.passes(SECOND)
        resting.signed(
            resting.maker,
            "PUT",
            "/dapi/v1/order",
            **PERP,
            origClientOrderId="mine",
            side="BUY",
            quantity="2",
            price=price,
        )

    def afters(**sent: object) -> list[str]:
        rows = resting.ask(resting.maker, "/dapi/v1/orderAmendment", **PERP, origClientOrderId="mine", **sent)
        return [row["amendment"]["price"]["after"] for row in rows]

    now = resting.now_ms()
    number = resting.ask(resting.maker, "/dapi/v1/openOrders")[0]["orderId"]
    assert afters() == ["47000.0", "48000.0"]
    assert afters(limit=1) == ["47000.0"]
    assert afters(startTime=now) == ["47000.0"]
    assert afters(endTime=now - 1) == ["48000.0"]
    assert len(resting.ask(resting.maker, "/dapi/v1/orderAmendment", **PERP, orderId=number)) == 2


def test_a_liquidation_is_among_the_forced_orders(desk: CoinDesk) -> None:
    """The taker has 0.209 BTC for 2 BTC of contracts and falls at 45,721; ADL orders are others."""
    desk.run(cmd.Withdraw(desk.taker.no, "coinm", "BTC", units("9.79")))
    desk.opens(desk.taker, "1000")
    desk.order(desk.third, "BUY", "1500", "45600")
    desk.mark("45700")

    rows = desk.ask(desk.taker, "/dapi/v1/forceOrders")

    assert rows
    assert all(row["clientOrderId"].startswith("autoclose-") and row["pair"] == "BTCUSD" for row in rows)
    assert desk.ask(desk.taker, "/dapi/v1/forceOrders", **PERP, autoCloseType="LIQUIDATION") == rows
    assert desk.ask(desk.taker, "/dapi/v1/forceOrders", autoCloseType="ADL") == []
    assert desk.ask(desk.taker, "/dapi/v1/forceOrders", symbol=QUARTER) == []
    assert desk.ask(desk.taker, "/dapi/v1/forceOrders", startTime=desk.now_ms() + 1) == []
    assert desk.ask(desk.taker, "/dapi/v1/forceOrders", endTime=desk.now_ms() - 1) == []
    assert len(desk.ask(desk.taker, "/dapi/v1/forceOrders", limit=1)) == 1
