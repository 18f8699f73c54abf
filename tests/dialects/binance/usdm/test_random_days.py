"""Random days of a futures account of either kind: whatever is sent is answered, and the two ways to be told agree.

Every order's life in the private stream is one the venue knows, and ends where the answers to questions say it stands.
Each record is checked against the invariants of the core on its way.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import SECOND, Nanos
from tests.core.world import Person
from tests.dialects.binance.coinm.desk import FILTERS as COIN_FILTERS, CoinDesk
from tests.dialects.binance.usdm.desk import FILTERS, Desk, decoded

STEPS: Final = 400
AFTER: Final = {
    "NEW": {"NEW", "TRIGGERING", "CANCELED", "EXPIRED"},
    "TRIGGERING": {"TRIGGERED", "REJECTED"},
    "TRIGGERED": {"FINISHED"},
}
"""What the Algo Service may say of an order after what it said last; NEW again when a trailing one begins to follow."""
ENDED: Final = {"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"}


MORE: Final[dict[str, Any]] = {"max_orders": 60, "self_trade_default": int(SelfTrade.EXPIRE_MAKER), "max_amends": 5}


class Kind(NamedTuple):
    """Where a day is spent. Prices are told in hundredths of the middle, sizes in tenths of a unit."""

    prefix: str
    symbol: str
    middle: Decimal
    whole: bool
    """Whether a tenth of a unit is a whole one here: a contract."""
    opened: Callable[[], Desk]
    moves: Callable[[Any, str], object]

    def price(self, percent: float) -> str:
        """*percent* of the middle, as a price."""
        return str(self.middle * Decimal(f"{percent:.2f}") / 100)

    def size(self, tenths: int) -> str:
        return str(tenths) if self.whole else str(Decimal(tenths) / 10)


USDM: Final = Kind(
    "/fapi/v1",
    "BTCUSDT",
    Decimal(100),
    False,
    lambda: Desk(filters=msgspec.structs.replace(FILTERS, **MORE)),
    Desk.index,
)
COINM: Final = Kind(
    "/dapi/v1", "BTCUSD_PERP", Decimal(50_000), True,
    lambda: CoinDesk(filters=msgspec.structs.replace(COIN_FILTERS, **MORE)), CoinDesk.moves,
)  # fmt: skip


class Day:
    """Two traders who do anything, and a third who keeps quotes about the mark."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self.kind = kind
        self.desk = kind.opened()
        self.chance = random.Random(seed)
        self.people = (self.desk.taker, self.desk.third)
        self.heard = {person.name: self.desk.listens(person) for person in self.people}
        self.algos: list[tuple[Person, int]] = []
        self.acts: tuple[Callable[[Person], None], ...] = (
            self.limit, self.limit, self.market, self.stop, self.stop, self.stop, self.trail, self.close, self.cancel,
            self.cancel_algo, self.modify, self.sweep, self.quote, self.quote, self.pass_time, self.index,
        )  # fmt: skip

    def price(self) -> str:
        return self.kind.price(100 + self.chance.randint(-60, 60) / 20)

    def side(self) -> str:
        return self.chance.choice(("BUY", "SELL"))

    def some(self, *choices: dict[str, str]) -> dict[str, Any]:
        """Some of the *choices*, or none."""
        found: dict[str, Any] = {}
        for choice in choices:
            if self.chance.random() < 0.3:
                found |= choice
        return found

    # What may happen

    def limit(self, who: Person) -> None:
        tif = {"timeInForce": self.chance.choice(("GTC", "IOC", "FOK", "GTX"))}
        mode = {"selfTradePreventionMode": self.chance.choice(("NONE", "EXPIRE_TAKER", "EXPIRE_BOTH"))}
        more = self.some({"reduceOnly": "true"}, mode, tif)
        if self.chance.random() < 0.2:
            sent = {"type": "LIMIT", "timeInForce": "GTC", "quantity": self.kind.size(5), "priceMatch": "QUEUE"}
            self.send(who, "POST", f"{self.kind.prefix}/order", side=self.side(), **{**sent, **more})
            return
        self.answered(self.desk.order(who, self.side(), self.kind.size(5), self.price(), **more))

    def market(self, who: Person) -> None:
        self.answered(self.desk.order(who, self.side(), self.kind.size(3), **self.some({"reduceOnly": "true"})))

    def stop(self, who: Person) -> None:
        kind = self.chance.choice(("STOP", "TAKE_PROFIT", "STOP_MARKET", "TAKE_PROFIT_MARKET"))
        priced = {"price": self.price()} if not kind.endswith("MARKET") else {}
        more = self.some(
            {"reduceOnly": "true"}, {"workingType": "MARK_PRICE"}, {"priceProtect": "true"}, {"timeInForce": "GTE_GTC"}
        )
        self.conditional(who, kind, triggerPrice=self.price(), quantity=self.kind.size(4), **priced, **more)

    def trail(self, who: Person) -> None:
        more = self.some({"activatePrice": self.price()}, {"reduceOnly": "true"})
        self.conditional(who, "TRAILING_STOP_MARKET", quantity=self.kind.size(4), callbackRate="0.5", **more)

    def close(self, who: Person) -> None:
        kind = self.chance.choice(("STOP_MARKET", "TAKE_PROFIT_MARKET"))
        self.conditional(who, kind, triggerPrice=self.price(), closePosition="true")

    def conditional(self, who: Person, kind: str, **terms: object) -> None:
        answer = self.desk.algo(who, self.side(), kind, **terms)
        if self.answered(answer):
            self.algos.append((who, answer.body["algoId"]))

    def cancel(self, who: Person) -> None:
        rows = self.desk.ask(who, f"{self.kind.prefix}/openOrders")
        if rows:
            self.send(who, "DELETE", f"{self.kind.prefix}/order", orderId=self.chance.choice(rows)["orderId"])

    def cancel_algo(self, who: Person) -> None:
        rows = self.desk.ask(who, f"{self.kind.prefix}/openAlgoOrders")
        if rows:
            self.send(who, "DELETE", f"{self.kind.prefix}/algoOrder", algoId=self.chance.choice(rows)["algoId"])

    def modify(self, who: Person) -> None:
        rows = self.desk.ask(who, f"{self.kind.prefix}/openOrders")
        if rows:
            row = self.chance.choice(rows)
            sent = {
                "side": row["side"],
                "orderId": row["orderId"],
                "quantity": self.kind.size(self.chance.choice((2, 5, 9))),
            }
            self.send(who, "PUT", f"{self.kind.prefix}/order", price=self.price(), **sent)

    def sweep(self, who: Person) -> None:
        if self.chance.random() < 0.2:
            path = self.chance.choice(("allOpenOrders", "algoOpenOrders"))
            self.send(who, "DELETE", f"{self.kind.prefix}/{path}")

    def quote(self, _who: Person) -> None:
        maker = self.desk.maker
        self.desk.signed(maker, "DELETE", f"{self.kind.prefix}/allOpenOrders", symbol=self.kind.symbol)
        middle = 100 + self.chance.randint(-40, 40) / 20
        self.answered(self.desk.order(maker, "BUY", self.kind.size(20), self.kind.price(middle - 0.1)))
        self.answered(self.desk.order(maker, "SELL", self.kind.size(20), self.kind.price(middle + 0.1)))

    def pass_time(self, _who: Person) -> None:
        self.desk.passes(Nanos(self.chance.randint(1, 90) * SECOND))

    def index(self, _who: Person) -> None:
        self.kind.moves(self.desk, self.kind.price(100 + self.chance.randint(-30, 30) / 20))

    def send(self, who: Person, method: str, path: str, **sent: object) -> None:
        self.answered(self.desk.signed(who, method, path, symbol=self.kind.symbol, **sent))

    def answered(self, answer: Any) -> bool:
        """200, or 400 with a code; which it was."""
        assert answer.status == 200 or (answer.status == 400 and answer.code < 0), answer.body
        return bool(answer.status == 200)

    def runs(self) -> None:
        for _ in range(STEPS):
            self.chance.choice(self.acts)(self.chance.choice(self.people))


@pytest.fixture(
    scope="module",
    params=[(USDM, seed) for seed in range(4)] + [(COINM, seed) for seed in range(4)],
    ids=lambda one: f"{one[0].symbol}-{one[1]}",
)
def day(request: pytest.FixtureRequest) -> Day:
    found = Day(*request.param)
    found.runs()
    return found


def _lives(day: Day, person: Person, event: str, name: str) -> dict[int, list[Any]]:
    """What was told of each order, by its number."""
    found: dict[int, list[Any]] = defaultdict(list)
    for told in decoded(day.heard[person.name]):
        if told["e"] == event:
            found[told["o"][name]].append(told["o"])
    return found


def test_the_algo_service_tells_a_life_it_knows(day: Day) -> None:
    """NEW first; what follows may follow; REST says the same at the end."""
    for who, algo in day.algos:
        told = [row["X"] for row in _lives(day, who, "ALGO_UPDATE", "aid")[algo]]
        asked = day.desk.ask(who, f"{day.kind.prefix}/algoOrder", algoId=algo)

        assert told[0] == "NEW"
        assert all(after in AFTER[before] for before, after in pairwise(told)), told
        assert asked["algoStatus"] == told[-1]


def test_conditional_orders_came_to_their_ends(day: Day) -> None:
    """The days are long enough to mean something."""
    ends = {day.desk.ask(who, f"{day.kind.prefix}/algoOrder", algoId=algo)["algoStatus"] for who, algo in day.algos}

    assert {"FINISHED", "CANCELED"} <= ends


def test_the_waiting_ones_are_those_that_were_told_as_new_last(day: Day) -> None:
    for person in day.people:
        lives = _lives(day, person, "ALGO_UPDATE", "aid")
        waiting = {row["algoId"] for row in day.desk.ask(person, f"{day.kind.prefix}/openAlgoOrders")}

        assert waiting == {algo for algo, told in lives.items() if told[-1]["X"] == "NEW"}


def test_ordinary_orders_end_where_they_are_said_to_stand(day: Day) -> None:
    """The last event of each order has its status, its size and what was filled of it."""
    for person in day.people:
        rows = {
            row["orderId"]: row
            for row in day.desk.ask(person, f"{day.kind.prefix}/allOrders", symbol=day.kind.symbol, limit=1000)
        }
        lives = _lives(day, person, "ORDER_TRADE_UPDATE", "i")
        assert set(lives) == set(rows)
        for order, told in lives.items():
            row, last = rows[order], told[-1]
            assert (last["X"], float(last["q"]), float(last["z"])) == (
                row["status"], float(row["origQty"]), float(row["executedQty"]),
            ), told  # fmt: skip
            assert [one["X"] in ENDED for one in told] == [False] * (len(told) - 1) + [last["X"] in ENDED]
            assert told[0]["x"] == "NEW"


def test_a_finished_order_tells_what_its_ordinary_one_did(day: Day) -> None:
    for who, algo in day.algos:
        asked = day.desk.ask(who, f"{day.kind.prefix}/algoOrder", algoId=algo)
        if asked["actualOrderId"]:
            order = day.desk.ask(
                who, f"{day.kind.prefix}/order", symbol=day.kind.symbol, orderId=asked["actualOrderId"]
            )
            assert (asked["actualQty"], asked["actualPrice"]) == (order["executedQty"], order["avgPrice"])
            assert order["clientOrderId"] == asked["clientAlgoId"]
