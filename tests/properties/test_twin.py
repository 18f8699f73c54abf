"""The real book against the naive twin: the same commands, the same trades, ladders and money."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Peg, SelfTrade, Side, Terms, TimeInForce
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
OFTEN = ["gtc", "gtc", "gtc", "post", "fok", "fok", "ioc", "market"]
MODES = {
    "none": SelfTrade.UNSAID,
    "taker": SelfTrade.EXPIRE_TAKER,
    "maker": SelfTrade.EXPIRE_MAKER,
    "both": SelfTrade.EXPIRE_BOTH,
    "decrement": SelfTrade.DECREMENT,
    "transfer": SelfTrade.TRANSFER,
}


class BookAgainstTwin(RuleBasedStateMachine):
    """Three people with little money trade at three prices; two of them are one trade group."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(people=PEOPLE, maker_fee="0.001", taker_fee="0.002", cash=0)
        self.twin = Twin(Fraction(1, 1000), Fraction(2, 1000), PEOPLE[1:])
        for person in self.world.people[1:]:
            self.world.run(cmd.SetAccountOption(person.no, AccountOption.TRADE_GROUP, 1))
        self.made: list[str] = []
        self.trades: list[tuple[str, str, int, int]] = []
        self.names: dict[int, str] = {}

    @initialize()
    def everybody_has_something(self) -> None:
        for name, person in zip(PEOPLE, self.world.people, strict=True):
            for asset, amount in (("USDT", 6_000), ("BTC", 60)):
                self.world.run(cmd.Deposit(person.no, "spot", asset, Amount(units(amount))))
                self.twin.give(name, asset, amount)

    @rule(
        who=st.sampled_from(PEOPLE),
        side=st.sampled_from(["buy", "sell"]),
        qty=st.integers(1, 9),
        price=st.integers(99, 101),
        how=st.sampled_from(OFTEN),
        mode=st.sampled_from(sorted(MODES)),
        part=st.integers(0, 3),
        peg=st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 3))),
    )
    def place(
        self, who: str, side: str, qty: int, price: int, how: str, mode: str, part: int, peg: tuple[str, int] | None
    ) -> None:
        name = f"order{len(self.made)}"
        self.made.append(name)
        part = min(part, qty) if how in ("gtc", "post") else 0
        if how == "market":
            peg = None
        before, spared = len(self.twin.trades), len(self.twin.prevented)
        events = self.world.run(self.command(name, who, side, qty, 0 if peg else price, how, mode, part, peg))
        expected = self.twin.place(name, who, side, qty, price, how, mode, part, peg)
        assert self.outcome(events) == expected
        assert self.seen(events) == self.twin.trades[before:]
        assert self.spared(events) == self.twin.prevented[spared:]

    def command(
        self, name: str, who: str, side: str, qty: int, price: int, how: str, mode: str, part: int,
        peg: tuple[str, int] | None,
    ) -> cmd.PlaceOrder:  # fmt: skip
        kind, tif = HOW[how]
        more = None
        if mode != "none" or part or peg is not None:
            taken = None if peg is None else Peg(other=peg[0] != side, level=peg[1])
            more = Terms(self_trade=MODES[mode], iceberg_qty=Quantity(units(part)), peg=taken)
        return cmd.PlaceOrder(
            self.world.people[PEOPLE.index(who)].no,
            self.world.market,
            Side.BUY if side == "buy" else Side.SELL,
            kind,
            Quantity(units(qty)),
            Price(0 if how == "market" else units(price)),
            tif,
            name,
            more,
        )

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

    def spared(self, events: list[ev.Event]) -> list[tuple[str, str, int, int, int]]:
        return [
            (
                self.names[e.maker.order],
                self.names[e.taker.order],
                e.price // ONE,
                e.taker.qty // ONE,
                e.maker.qty // ONE,
            )
            for e in events
            if isinstance(e, ev.TradePrevented)
        ]

    @rule(which=st.integers(0, 200), qty=st.integers(1, 9))
    def amend(self, which: int, qty: int) -> None:
        name = f"order{which}"
        person = next((p for p in self.world.people if (self.world.market, name) in self.open_ids(p.no)), None)
        expected = self.twin.amend(name, qty)
        if person is None:
            assert not expected
            return
        events = self.world.run(cmd.AmendOrder(person.no, self.world.market, Quantity(units(qty)), client_id=name))
        assert isinstance(events[0], ev.OrderAmended) == expected

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


BookAgainstTwin.TestCase.settings = settings(stateful_step_count=60)
TestBookAgainstTwin = BookAgainstTwin.TestCase
