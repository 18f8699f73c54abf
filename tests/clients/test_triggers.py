"""Orders that wait for a price, as an unmodified ccxt places, finds and cancels them on USDⓈ-M."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.desk import KINDS, SYMBOLS, desk, streaming
from tests.clients.served import Served, serve

SYMBOL = SYMBOLS["usdm"]
PEOPLE = ("alice", "bob", "carol")
OPTIONS = ("--feed", "none", *(word for name in PEOPLE for word in ("--account", f"{name}:USDT=90000")))
TRIGGER = {"trigger": True}


class Room:
    """Alice at a desk of one kind; bob quotes 58,000 and 62,000; he and carol move the last price."""

    def __init__(self, served: Served, stack: ExitStack, kind: str) -> None:
        self.alice, self.bob, self.carol = (
            stack.enter_context(desk(served, kind if name == "alice" else "sync", "usdm", name)) for name in PEOPLE
        )
        self.quote()

    def quote(self) -> None:
        self.bob("create_limit_buy_order", SYMBOL, 1, 58_000)
        self.bob("create_limit_sell_order", SYMBOL, 1, 62_000)
        self.prints(60_000)

    def prints(self, price: float) -> None:
        """The last price is there now."""
        self.bob("create_limit_buy_order", SYMBOL, 0.002, price)
        self.carol("create_order", SYMBOL, "limit", "sell", 0.002, price, {"timeInForce": "IOC"})

    def long(self) -> None:
        """Alice is long 0.1."""
        self.bob("create_limit_sell_order", SYMBOL, 0.1, 60_000)
        self.alice("create_market_buy_order", SYMBOL, 0.1)

    def leave(self) -> None:
        """Everybody goes as he came."""
        self.alice("cancel_all_orders", SYMBOL)
        self.alice("cancel_all_orders", SYMBOL, TRIGGER)
        for position in self.alice("fetch_positions", [SYMBOL]):
            side = "sell" if position["side"] == "long" else "buy"
            self.alice("create_order", SYMBOL, "market", side, position["contracts"], None, {"reduceOnly": True})
        self.bob("cancel_all_orders", SYMBOL)

    def find(self, order: Any) -> Any:
        """A waiting order, asked for by its id."""
        return self.alice("fetch_order", order["id"], SYMBOL, TRIGGER)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("triggers"), *OPTIONS) as running:
        running.control("index", {"asset": "BTC", "price": "60000"})
        yield running


@pytest.fixture
def enter(served: Served) -> Iterator[Callable[[str], Room]]:
    with ExitStack() as stack:
        rooms: list[Room] = []

        def enters(kind: str = "sync") -> Room:
            rooms.append(Room(served, stack, kind))
            return rooms[-1]

        yield enters
        for room in rooms:
            room.leave()


@pytest.fixture
def room(enter: Callable[[str], Room]) -> Room:
    return enter("sync")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_loss_waits_where_trigger_orders_are_and_becomes_a_market_order(
    kind: str, enter: Callable[[str], Room]
) -> None:
    """``stopLossPrice`` is a STOP_MARKET of the Algo Service: open at 59,001, finished at 59,000, sold at 58,000."""
    room = enter(kind)
    room.long()

    made = room.alice(
        "create_order", SYMBOL, "market", "sell", 0.1, None, {"stopLossPrice": 59_000, "reduceOnly": True}
    )
    waiting = room.alice("fetch_open_orders", SYMBOL, None, None, TRIGGER)
    ordinary = room.alice("fetch_open_orders", SYMBOL)
    room.prints(59_001)
    before = room.find(made)
    room.prints(59_000)
    after = room.find(made)
    became = room.alice("fetch_order", after["info"]["actualOrderId"], SYMBOL)

    assert (made["status"], made["triggerPrice"], made["amount"], made["reduceOnly"]) == ("open", 59_000, 0.1, True)
    assert [order["id"] for order in waiting] == [made["id"]]
    assert ordinary == []
    assert (before["status"], after["info"]["algoStatus"]) == ("open", "FINISHED")
    assert (became["status"], became["type"], became["average"], became["filled"]) == ("closed", "market", 58_000, 0.1)
    assert became["clientOrderId"] == made["clientOrderId"]
    assert room.alice("fetch_positions", [SYMBOL]) == []


def test_a_take_profit_at_a_limit_rests_when_it_is_triggered(room: Room) -> None:
    """``takeProfitPrice`` with a price is a TAKE_PROFIT; triggered it stands at its limit and is canceled there."""
    room.long()

    made = room.alice("create_order", SYMBOL, "limit", "sell", 0.1, 61_500, {"takeProfitPrice": 61_000})
    room.prints(61_000)
    resting = room.alice("fetch_open_orders", SYMBOL)
    gone = room.alice("cancel_order", resting[0]["id"], SYMBOL)

    assert made["info"]["orderType"] == "TAKE_PROFIT"
    assert [(order["type"], order["price"], order["triggerPrice"]) for order in resting] == [("limit", 61_500, 61_000)]
    assert gone["status"] == "canceled"
    assert room.find(made)["info"]["algoStatus"] == "FINISHED"


def test_a_trigger_price_alone_is_a_stop(room: Room) -> None:
    """``triggerPrice``, market and limit: they buy when the price has risen."""
    market = room.alice("create_order", SYMBOL, "market", "buy", 0.1, None, {"triggerPrice": 61_000})
    limit = room.alice("create_order", SYMBOL, "limit", "buy", 0.1, 61_500, {"triggerPrice": 61_000})

    assert [order["info"]["orderType"] for order in (market, limit)] == ["STOP_MARKET", "STOP"]
    assert [order["info"]["algoStatus"] for order in (room.find(market), room.find(limit))] == ["NEW", "NEW"]


def test_a_trailing_stop_follows_by_its_percentage(room: Room) -> None:
    """One percent behind the best of 60,000 and 60,600: it sells at 59,994."""
    room.long()

    made = room.alice("create_order", SYMBOL, "market", "sell", 0.1, None, {"trailingPercent": 1})
    seen = []
    for price in (60_600, 59_994.1, 59_994):
        room.prints(price)
        seen.append(room.find(made)["info"]["algoStatus"])

    assert made["info"]["orderType"] == "TRAILING_STOP_MARKET"
    assert seen == ["NEW", "NEW", "FINISHED"]
    assert room.alice("fetch_positions", [SYMBOL]) == []


def test_a_trailing_stop_may_begin_at_a_price_of_its_own(room: Room) -> None:
    """``trailingTriggerPrice`` is the activation: what came before does not count."""
    room.long()

    made = room.alice(
        "create_order", SYMBOL, "market", "sell", 0.1, None, {"trailingPercent": 1, "trailingTriggerPrice": 61_000}
    )
    seen = []
    for price in (59_000, 61_000, 60_390):
        room.prints(price)
        seen.append(room.find(made)["info"]["algoStatus"])

    assert seen == ["NEW", "NEW", "FINISHED"]


def test_close_position_closes_all_there_is(room: Room) -> None:
    """Placed for 0.1, it closes 0.15."""
    room.long()
    params = {"stopLossPrice": 59_000, "closePosition": True}

    made = room.alice("create_order", SYMBOL, "market", "sell", 0.1, None, params)
    room.bob("create_limit_sell_order", SYMBOL, 0.05, 60_000)
    room.alice("create_market_buy_order", SYMBOL, 0.05)
    room.prints(59_000)

    assert room.find(made)["info"]["actualQty"] == "0.150"
    assert room.alice("fetch_positions", [SYMBOL]) == []


def test_trigger_orders_are_canceled_one_by_one_and_all_at_once(room: Room) -> None:
    """Canceled ones are found among all trigger orders; ordinary ones stay."""
    stops = [
        room.alice("create_order", SYMBOL, "market", "sell", 0.1, None, {"triggerPrice": price})
        for price in (59_000, 58_900, 58_800)
    ]
    room.alice("create_limit_buy_order", SYMBOL, 0.1, 59_500)

    room.alice("cancel_order", stops[0]["id"], SYMBOL, TRIGGER)
    room.alice("cancel_order", None, SYMBOL, {**TRIGGER, "clientOrderId": stops[1]["clientOrderId"]})
    left = room.alice("fetch_open_orders", SYMBOL, None, None, TRIGGER)
    room.alice("cancel_all_orders", SYMBOL, TRIGGER)
    every = {order["id"]: order["status"] for order in room.alice("fetch_orders", SYMBOL, None, None, TRIGGER)}

    assert [order["id"] for order in left] == [stops[2]["id"]]
    assert [every[stop["id"]] for stop in stops] == ["canceled"] * 3
    assert len(room.alice("fetch_open_orders", SYMBOL)) == 1


def test_a_heart_beat_that_stops_cancels_the_orders(room: Room) -> None:
    """ccxt has no word of its own for it: the venue's call, as ccxt signs and sends it."""
    room.alice("create_limit_buy_order", SYMBOL, 0.1, 59_500)

    answer = room.alice("fapiPrivatePostCountdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": 50})
    waited = 0
    while room.alice("fetch_open_orders", SYMBOL):
        waited += 1
        assert waited < 500

    assert answer == {"symbol": "BTCUSDT", "countdownTime": "50"}


def test_a_stream_of_orders_tells_of_waiting_ones(room: Room, served: Served) -> None:
    """ccxt.pro's ``watchOrders`` hears of a stop by its algo id, from its beginning to its end."""

    async def watch() -> list[tuple[str, str, float]]:
        async with streaming(served, "usdm", "alice") as client:
            heard: list[tuple[str, str, float]] = []

            async def follow() -> None:
                while True:
                    told = await client.watch_orders(SYMBOL)
                    heard.extend((order["id"], order["status"], order["triggerPrice"]) for order in told)

            following = asyncio.create_task(follow())
            async with asyncio.timeout(20):
                while not heard:
                    plain = await client.create_limit_buy_order(SYMBOL, 0.1, 59_500)
                    await client.cancel_order(plain["id"], SYMBOL)
                stop = await client.create_order(SYMBOL, "market", "sell", 0.1, None, {"triggerPrice": 59_000})
                await client.cancel_order(stop["id"], SYMBOL, TRIGGER)
                while (stop["id"], "canceled", 59_000) not in heard:  # noqa: ASYNC110 - told by the stream
                    await asyncio.sleep(0.01)
            following.cancel()
            return [told for told in heard if told[0] == stop["id"]]

    assert [told[1] for told in asyncio.run(watch())] == ["open", "canceled"]


def test_an_order_is_edited_under_its_id(room: Room) -> None:
    """``editOrder`` is the venue's modify: another price and size, the same id."""
    made = room.alice("create_limit_buy_order", SYMBOL, 0.1, 59_500)

    edited = room.alice("edit_order", made["id"], SYMBOL, "limit", "buy", 0.2, 59_400)
    found = room.alice("fetch_order", made["id"], SYMBOL)

    assert edited["id"] == made["id"]
    assert (found["status"], found["price"], found["amount"]) == ("open", 59_400, 0.2)


def test_a_price_is_taken_from_the_book(room: Room) -> None:
    """``priceMatch`` instead of a price: the best bid is bob's at 58,000, the best offer at 62,000."""
    bid, offer = (
        room.alice("create_order", SYMBOL, "limit", side, 0.1, None, {"priceMatch": "QUEUE"})
        for side in ("buy", "sell")
    )

    assert [(order["status"], order["price"]) for order in (bid, offer)] == [("open", 58_000), ("open", 62_000)]


def test_self_trades_are_prevented_as_the_venue_does_where_nothing_is_said(room: Room) -> None:
    """The bid expires and the sell rests; EXPIRE_TAKER is the other way round."""
    before = room.alice("fetch_my_trades", SYMBOL, None, 1000)
    bid = room.alice("create_limit_buy_order", SYMBOL, 0.1, 59_500)
    sell = room.alice("create_limit_sell_order", SYMBOL, 0.1, 59_500)
    again = room.alice("create_order", SYMBOL, "limit", "buy", 0.1, 59_500, {"selfTradePrevention": "EXPIRE_TAKER"})

    assert room.alice("fetch_order", bid["id"], SYMBOL)["info"]["status"] == "EXPIRED_IN_MATCH"
    assert (sell["status"], sell["info"]["selfTradePreventionMode"]) == ("open", "EXPIRE_MAKER")
    assert again["info"]["status"] == "EXPIRED_IN_MATCH"
    assert room.alice("fetch_my_trades", SYMBOL, None, 1000) == before


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("a stop above the price", {"stopLossPrice": 61_000}, -2021),
    ("an activation below the price", {"trailingPercent": 1, "trailingTriggerPrice": 59_000}, -2021),
    ("a callback of twenty-one percent", {"trailingPercent": 21}, -2007),
    ("a close without a position", {"stopLossPrice": 59_000, "closePosition": True}, -4509),
]


@pytest.mark.parametrize(("what", "params", "code"), REFUSED)
def test_what_the_venue_refuses_raises_with_its_code(room: Room, what: str, params: dict[str, Any], code: int) -> None:
    """Under our address ccxt has no finer class for these codes (see test_errors), so its text is looked at."""
    with pytest.raises(Exception, match=f'"code":{code}'):
        room.alice("create_order", SYMBOL, "market", "sell", 0.1, None, params)

    assert room.alice("fetch_open_orders", SYMBOL, None, None, TRIGGER) == [], what
