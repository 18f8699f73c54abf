"""The rarer orders of spot through the real ccxt: stops, trailing stops, icebergs, self-trade modes, edited orders.

Each test has an exchange of its own state: bob and alice trade at 60,000 first, so that there is a last price.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from tests.clients.desk import KINDS, SYMBOLS, Desk, desk
from tests.clients.served import Served, serve
from tests.clients.tale import Tale

OPTIONS = ("--feed", "none", *(word for name in ("alice", "bob") for word in ("--account", f"{name}:USDT=90000,BTC=2")))
SYMBOL = SYMBOLS["spot"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("spotorders"), *OPTIONS) as running:
        yield running


class Floor:
    """Alice at a desk of some kind, bob at his own."""

    def __init__(self, alice: Desk, bob: Desk) -> None:
        self.alice = alice
        self.bob = bob

    def trade(self, price: float) -> None:
        """Bob with himself: the last price is *price*."""
        self.bob("create_limit_buy_order", SYMBOL, 0.001, price)
        self.bob("create_limit_sell_order", SYMBOL, 0.001, price)


@pytest.fixture(params=KINDS)
def floor(request: pytest.FixtureRequest, served: Served) -> Iterator[Floor]:
    with ExitStack() as stack:
        alice = stack.enter_context(desk(served, str(request.param), "spot", "alice"))
        found = Floor(alice, stack.enter_context(desk(served, "sync", "spot", "bob")))
        found.trade(60_000)
        yield found
        for who in (found.alice, found.bob):
            if who("fetch_open_orders", SYMBOL):
                who("cancel_all_orders", SYMBOL)


def accepted(served: Served, order: str) -> Any:
    """The OrderAccepted of the log."""
    events = (event for record in served.records() for event in record["events"])
    return next(e for e in events if e["type"] == "OrderAccepted" and str(e["order"]) == order)


@pytest.mark.parametrize(
    ("params", "kind", "price", "stop"),
    [
        ({"stopLossPrice": 59_000}, "STOP_LOSS_LIMIT", 58_900, 59_000),
        ({"takeProfitPrice": 61_000}, "TAKE_PROFIT_LIMIT", 61_100, 61_000),
        ({"triggerPrice": 59_000}, "STOP_LOSS_LIMIT", 58_900, 59_000),
    ],
)
def test_a_stop_limit_is_open_until_its_price_comes(
    served: Served, floor: Floor, params: dict[str, float], kind: str, price: float, stop: float
) -> None:
    """ccxt names the type; what waits for a price above has a rising trigger in the log, what for one below none."""
    made = floor.alice("create_order", SYMBOL, "limit", "sell", 0.01, price, params)
    asked = floor.alice("fetch_order", made["id"], SYMBOL)
    floor.trade(stop)
    woken = floor.alice("fetch_order", made["id"], SYMBOL)

    assert (made["status"], made["triggerPrice"], made["price"], made["info"]["type"]) == ("open", stop, price, kind)
    assert (asked["info"]["isWorking"], asked["triggerPrice"]) == (False, stop)
    assert woken["info"]["isWorking"] is True
    trigger = accepted(served, made["id"])["more"]["trigger"]
    assert Decimal(trigger["price"]) == stop
    assert trigger.get("rising", True) is (stop > 60_000)


def test_a_stop_market_order_takes_the_book_when_its_price_comes(served: Served, floor: Floor) -> None:
    floor.bob("create_limit_buy_order", SYMBOL, 0.02, 58_500)
    made = floor.alice("create_order", SYMBOL, "market", "sell", 0.01, None, {"triggerPrice": 59_000})

    floor.trade(59_000)

    filled = floor.alice("fetch_order", made["id"], SYMBOL)
    order = Tale(served.records()).orders[int(made["id"])]
    assert (filled["status"], filled["filled"], filled["average"]) == ("closed", 0.01, 58_500)
    assert (Decimal(str(filled["cost"])), order.status) == (order.cum_quote, "closed")


def test_a_trailing_stop_follows_the_price_up_and_sells_when_it_comes_back(served: Served, floor: Floor) -> None:
    """1 % under the highest: 61,000 takes it to 60,390."""
    floor.bob("create_limit_buy_order", SYMBOL, 0.02, 58_500)
    params = {"trailingPercent": 1, "stopLossOrTakeProfit": "stopLoss"}
    made = floor.alice("create_order", SYMBOL, "market", "sell", 0.01, None, params)
    floor.trade(61_000)
    floor.trade(60_400)
    asleep = floor.alice("fetch_order", made["id"], SYMBOL)

    floor.trade(60_390)

    filled = floor.alice("fetch_order", made["id"], SYMBOL)
    assert (made["info"]["trailingDelta"], asleep["status"], filled["status"]) == (100, "open", "closed")
    assert Decimal(accepted(served, made["id"])["more"]["trigger"]["trailing"]) == Decimal("0.01")


def test_an_order_that_would_trigger_at_once_is_refused(floor: Floor) -> None:
    with pytest.raises(Exception, match="Order would trigger immediately") as told:
        floor.alice("create_order", SYMBOL, "limit", "sell", 0.01, 60_900, {"stopLossPrice": 61_000})

    assert type(told.value).__name__ == "OrderImmediatelyFillable"


def test_an_iceberg_shows_others_one_slice(served: Served, floor: Floor) -> None:
    """Bob's book has 0.01 at 61,000; alice's order remains 0.03."""
    made = floor.alice("create_order", SYMBOL, "limit", "sell", 0.03, 61_000, {"icebergQty": "0.01"})

    book = floor.bob("fetch_order_book", SYMBOL)
    first = book["asks"][0]
    floor.bob("create_limit_buy_order", SYMBOL, 0.015, 61_000)
    asked = floor.alice("fetch_order", made["id"], SYMBOL)

    assert first[:2] == [61_000, 0.01]
    assert (made["amount"], asked["filled"], asked["info"]["icebergQty"]) == (0.03, 0.015, "0.01000000")


def test_an_order_may_keep_its_owner_from_trading_with_himself(floor: Floor) -> None:
    """EXPIRE_MAKER ends what rested; ccxt tells that as expired, and the prevented match can be asked for."""
    rests = floor.alice("create_limit_buy_order", SYMBOL, 0.01, 59_900)

    takes = floor.alice(
        "create_order", SYMBOL, "limit", "sell", 0.01, 59_900, {"selfTradePreventionMode": "EXPIRE_MAKER"}
    )

    asked = floor.alice("fetch_order", rests["id"], SYMBOL)
    matches = floor.alice("privateGetMyPreventedMatches", {"symbol": "BTCUSDT", "orderId": rests["id"]})
    assert (asked["info"]["status"], takes["status"], takes["filled"]) == ("EXPIRED_IN_MATCH", "open", 0)
    assert [str(row["takerOrderId"]) for row in matches] == [takes["id"]]


def test_an_edited_order_is_another_one_in_its_place(served: Served, floor: Floor) -> None:
    """ccxt sends cancel-replace: the old order is canceled, the new one has the new terms."""
    old = floor.alice("create_limit_buy_order", SYMBOL, 0.01, 59_000)

    new = floor.alice("edit_order", old["id"], SYMBOL, "limit", "buy", 0.02, 59_100)

    tale = Tale(served.records())
    assert (new["amount"], new["price"], new["status"]) == (0.02, 59_100, "open")
    assert tale.orders[int(old["id"])].status == "canceled"
    assert tale.orders[int(new["id"])].price == 59_100
    assert [row["id"] for row in floor.alice("fetch_open_orders", SYMBOL)] == [new["id"]]


def test_an_edit_of_an_order_that_is_gone_says_so(floor: Floor) -> None:
    """ccxt reads the code of the half that failed."""
    old = floor.alice("create_limit_buy_order", SYMBOL, 0.01, 59_000)
    floor.alice("cancel_order", old["id"], SYMBOL)

    with pytest.raises(Exception, match="-2011") as told:
        floor.alice("edit_order", old["id"], SYMBOL, "limit", "buy", 0.02, 59_100)

    assert "-2022" in str(told.value)


PAIR = {
    "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER", "abovePrice": "61000",
    "belowType": "STOP_LOSS", "belowStopPrice": "59000",
}  # fmt: skip


def test_a_pair_of_orders_is_two_open_orders_of_which_one_ends_the_other(floor: Floor) -> None:
    """ccxt has a raw call for lists; the orders of one are orders like others to it."""
    made = floor.alice("privatePostOrderlistOco", PAIR)
    opened = floor.alice("fetch_open_orders", SYMBOL)

    floor.bob("create_limit_buy_order", SYMBOL, 0.01, 61_000)

    stop, limit = (str(row["orderId"]) for row in made["orders"])
    assert [(row["id"], row["triggerPrice"], row["price"]) for row in opened] == [
        (stop, 59_000, None), (limit, None, 61_000),
    ]  # fmt: skip
    assert floor.alice("fetch_order", limit, SYMBOL)["status"] == "closed"
    assert floor.alice("fetch_order", stop, SYMBOL)["status"] == "expired"
    assert floor.alice("privateGetOpenorderlist") == []


def test_the_cancel_of_one_order_of_a_pair_cancels_both(floor: Floor) -> None:
    made = floor.alice("privatePostOrderlistOco", PAIR)

    floor.alice("cancel_order", str(made["orders"][0]["orderId"]), SYMBOL)

    told = floor.alice("privateGetOrderlist", {"orderListId": made["orderListId"]})
    assert told["listOrderStatus"] == "ALL_DONE"
    assert floor.alice("fetch_open_orders", SYMBOL) == []
