"""The real book against the naive twin: the same commands, the same trades, ladders and money."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity
from tests.core.world import World, units
from tests.properties.twin import Twin

PEOPLE = ("ann", "bob", "cleo")
HOW = {
    "gtc": (OrderKind.LIMIT, TimeInForce.GTC),
    "ioc": (OrderKind.LIMIT, TimeInForce.IOC),
    "fok": (OrderKind.LIMIT, TimeInForce.FOK),
    "post": (OrderKind.LIMIT, TimeInForce.POST_ONLY),
    "market": (OrderKind.MARKET, TimeInForce.GTC),
}


class BookAgainstTwin(RuleBasedStateMachine):
    """Three people with little money trade at ten prices."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(people=PEOPLE, maker_fee="0.001", taker_fee="0.002", cash=0)
        self.twin = Twin(Fraction(1, 1000), Fraction(2, 1000))
        self.made: list[str] = []
        self.trades: list[tuple[str, str, int, int]] = []
        self.names: dict[int, str] = {}

    @initialize()
    def everybody_has_something(self) -> None:
        for name, person in zip(PEOPLE, self.world.people, strict=True):
            for asset, amount in (("USDT", 2_000), ("BTC", 20)):
                self.world.run(cmd.Deposit(person.no, "spot", asset, Amount(units(amount))))
                self.twin.give(name, asset, amount)

    @rule(
        who=st.sampled_from(PEOPLE),
        side=st.sampled_from(["buy", "sell"]),
        qty=st.integers(1, 9),
        price=st.integers(96, 105),
        how=st.sampled_from(sorted(HOW)),
    )
    def place(self, who: str, side: str, qty: int, price: int, how: str) -> None:
        name = f"order{len(self.made)}"
        self.made.append(name)
        kind, tif = HOW[how]
        person = self.world.people[PEOPLE.index(who)]
        events = self.world.run(
            cmd.PlaceOrder(
                person.no,
                self.world.market,
                Side.BUY if side == "buy" else Side.SELL,
                kind,
                Quantity(units(qty)),
                Price(0 if how == "market" else units(price)),
                tif,
                name,
            )
        )
        before = len(self.twin.trades)
        expected = self.twin.place(name, who, side, qty, price, how)
        assert self.outcome(events) == expected
        assert self.seen(events) == self.twin.trades[before:]

    def outcome(self, events: list[ev.Event]) -> str:
        last = events[-1]
        if isinstance(last, ev.OrderRejected):
            return "refused"
        if isinstance(last, ev.OrderRested):
            return "rests"
        return "ended" if isinstance(last, ev.OrderExpired) else "filled"

    def seen(self, events: list[ev.Event]) -> list[tuple[str, str, int, int]]:
        found = []
        for event in events:
            if isinstance(event, ev.OrderAccepted):
                self.names[event.order] = event.client_id
            elif isinstance(event, ev.TradeExecuted):
                maker, taker = self.names[event.maker.order], self.names[event.taker.order]
                found.append((maker, taker, event.price // ONE, event.qty // ONE))
        return found

    @rule(which=st.integers(0, 200))
    def cancel(self, which: int) -> None:
        name = f"order{which}"
        person = next((p for p in self.world.people if (self.world.market, name) in self.open_ids(p.no)), None)
        expected = self.twin.cancel(name)
        assert (person is not None) == expected
        if person is not None:
            self.world.run(cmd.CancelOrder(person.no, self.world.market, client_id=name))

    def open_ids(self, no: Any) -> Any:
        return self.world.state.accounts[no].client_ids

    @invariant()
    def the_books_are_the_same(self) -> None:
        book = self.world.state.markets[self.world.market].book
        for side, word in ((Side.BUY, "buy"), (Side.SELL, "sell")):
            real = [(price // ONE, qty // ONE) for price, qty, _ in book.levels(side, 99)]
            assert real == self.twin.ladder(word)

    @invariant()
    def everybody_has_the_same_money(self) -> None:
        for name, person in zip(PEOPLE, self.world.people, strict=True):
            for asset in ("USDT", "BTC"):
                balance = self.world.state.accounts[person.no].balance("spot", asset)
                assert Fraction(balance.free, ONE) == self.twin.free(name, asset)
                assert Fraction(balance.held, ONE) == self.twin.held(name, asset)


BookAgainstTwin.TestCase.settings = settings(max_examples=40, stateful_step_count=60)
TestBookAgainstTwin = BookAgainstTwin.TestCase
