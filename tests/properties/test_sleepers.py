"""The trigger tables against a naive twin: alone, and in the life of a market that is restarted again and again."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.triggers import Watch, holds
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import OrderKind, Side, Slot, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, SPOT, World, units
from tests.properties.sleeping_twin import Listener, Table

RATES = st.sampled_from([1, 10_000, ONE // 100, ONE // 20, ONE // 20 + 1, ONE // 3])

TRIGGERS = st.one_of(
    st.builds(Trigger, st.integers(1, 60).map(Price), rising=st.booleans()),
    st.builds(
        Trigger,
        st.just(Price(0)),
        rising=st.booleans(),
        activation=st.one_of(st.just(0), st.integers(1, 60)).map(Price),
        activation_rising=st.booleans(),
        trailing=RATES.map(Rate),
    ),
)
DEEDS = st.one_of(
    st.tuples(st.just("add"), TRIGGERS),
    st.tuples(st.just("lift"), st.integers(0, 30)),
    st.tuples(st.just("price"), st.integers(1, 60)),
    st.tuples(st.just("price"), st.integers(1, 60)),
)


class Real:
    """The real table, driven as `triggers` drives it."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.triggers: dict[OrderId, Trigger] = {}

    def add(self, order: OrderId, trigger: Trigger, price: int) -> bool:
        """Whether it wakes at once."""
        if not holds(trigger, price):
            self.watch.lay(order, trigger)
        elif trigger.trailing:
            self.watch.followers(trigger).follow(order, trigger.trailing, price)
        else:
            return True
        self.triggers[order] = trigger
        return False

    def lift(self, order: OrderId) -> None:
        """Take one out."""
        self.watch.lift(order, self.triggers.pop(order))

    def price(self, price: int) -> list[OrderId]:
        """What wakes."""
        found = self.watch.wake(price)
        for order in found:
            del self.triggers[order]
        for order in self.watch.begin(price):
            self.watch.followers(self.triggers[order]).follow(order, self.triggers[order].trailing, price)
        return found


@settings(max_examples=400)
@given(st.lists(DEEDS, min_size=10, max_size=80))
def test_the_table_wakes_what_a_naive_one_wakes_and_in_the_same_order(deeds: list[tuple[str, Any]]) -> None:
    """Static and trailing orders, added, taken out and woken; the extremes agree after every deed."""
    real, naive, price = Real(), Table(), 0
    for number, (deed, given_) in enumerate(deeds, 1):
        if deed == "add":
            assert real.add(OrderId(number), given_, price) == naive.add(number, given_, price)
        elif deed == "lift":
            if number - given_ in naive.rows:
                real.lift(OrderId(number - given_))
                del naive.rows[number - given_]
        else:
            price = given_
            assert real.price(price) == naive.price(price)
        assert real.watch.fault(price) is None
        assert sorted(real.watch) == sorted(naive.rows)
        extremes = {**dict(real.watch.lowest), **dict(real.watch.highest)}
        assert extremes == {row.order: row.extreme for row in naive.rows.values() if row.extreme is not None}


class SleepersLife(RuleBasedStateMachine):
    """Three people place orders of every sleeping kind; prices move; the process is killed and started again."""

    market = PERP

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.market, people=("ann", "bob", "cleo"), taker_fee="0.0005", cash=3_000)
        self.listener = Listener(int(self.world.market), "BTC-USDT" if self.market == PERP else "")
        self.log: list[tuple[Any, ev.Event]] = []
        self.start = canonical.dump(self.world.state)
        self._listen()
        self.world.index(100)
        for side in (Side.SELL, Side.BUY):
            self.world.people[0].order(side, 2, 100)

    def _listen(self) -> None:
        execute = self.world.engine.execute

        def heard(command: cmd.Command, at: Any) -> Any:
            events = execute(command, at)
            for event in events:
                self.listener.hear(event)
                self.log.append((at, event))
            return events

        self.world.engine.execute = heard

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), qty=st.sampled_from(["0.5", "1", "3"]),
        price=st.integers(90, 110), market=st.booleans(), reduce_only=st.booleans(),
    )  # fmt: skip
    def order(self, who: int, side: Side, qty: str, price: int, *, market: bool, reduce_only: bool) -> None:
        more = Terms(reduce_only=True) if reduce_only and self.market == PERP else None
        self.world.people[who].order(side, qty, None if market else price, more=more)

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), qty=st.sampled_from(["0.5", "1", "3"]),
        price=st.integers(85, 115), limit=st.one_of(st.none(), st.integers(90, 110)), rising=st.booleans(),
        watched=st.sampled_from(TriggerPrice), flags=st.integers(0, 7), hours=st.integers(0, 3),
    )  # fmt: skip
    def stop(
        self, who: int, side: Side, qty: str, price: int, limit: int | None, watched: TriggerPrice, flags: int,
        hours: int, *, rising: bool,
    ) -> None:  # fmt: skip
        perp = self.market == PERP
        trigger = Trigger(Price(units(price)), watched if perp else TriggerPrice.LAST, rising)
        closes = perp and flags == 1 and limit is None
        tif = TimeInForce.GTD if hours and limit else TimeInForce.GTC
        terms = Terms(
            trigger=trigger, close_all=closes, reduce_only=perp and flags in (2, 3), with_position=perp and flags == 3,
            good_till=Nanos(self.world.at + hours * HOUR) if tif is TimeInForce.GTD else Nanos(0),
        )  # fmt: skip
        self.world.people[who].order(side, 0 if closes else qty, limit, tif=tif, more=terms)

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), rate=st.sampled_from([ONE // 100, ONE // 50, ONE // 20]),
        activation=st.one_of(st.just(0), st.integers(90, 110)), rising=st.booleans(),
        watched=st.sampled_from(TriggerPrice),
    )  # fmt: skip
    def trailing(
        self, who: int, side: Side, rate: int, activation: int, watched: TriggerPrice, *, rising: bool
    ) -> None:
        watched = watched if self.market == PERP else TriggerPrice.LAST
        trigger = Trigger(
            Price(0), watched, side is Side.BUY, Price(units(activation)), Rate(rate), activation_rising=rising
        )
        self.world.people[who].order(side, 1, more=Terms(trigger=trigger))

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), price=st.integers(95, 105), profit=st.integers(1, 9),
        loss=st.integers(1, 9), again=st.booleans(),
    )  # fmt: skip
    def protected(self, who: int, side: Side, price: int, profit: int, loss: int, *, again: bool) -> None:
        person, way = self.world.people[who], int(side)
        pair = (
            Trigger(Price(units(price + way * profit)), rising=side is Side.BUY),
            Trigger(Price(units(price - way * loss)), rising=side is Side.SELL),
        )
        if again:
            self.world.run(cmd.ProtectPosition(person.no, self.world.market, Slot.NET, *pair))
        else:
            person.order(side, 1, price, more=Terms(take_profit=pair[0], stop_loss=pair[1]))

    @rule(who=st.integers(0, 2), number=st.integers(0, 9))
    def cancel(self, who: int, number: int) -> None:
        orders = list(self.world.state.accounts[self.world.people[who].no].orders)
        if orders:
            self.world.people[who].cancels(orders[number % len(orders)])

    @rule(price=st.integers(85, 115), mark=st.booleans())
    def move(self, price: int, *, mark: bool) -> None:
        if self.market == SPOT:
            return
        self.world.at += SECOND
        if mark:
            self.world.mark(price)
        else:
            self.world.index(price)

    @rule(hours=st.integers(1, 4))
    def time(self, hours: int) -> None:
        self.world.passes(hours * HOUR)

    @rule()
    def halt(self) -> None:
        """Nothing happens in between, so the twin need not know."""
        for status in (MarketStatus.HALT, MarketStatus.TRADING):
            self.world.run(cmd.SetMarketStatus(self.world.market, status))

    @rule()
    def restart(self) -> None:
        written = canonical.dump(self.world.state)
        self.world.state = canonical.load(written)
        assert canonical.dump(self.world.state) == written
        self.world.engine = Engine(self.world.state)
        self._listen()

    @rule(price=st.integers(90, 110), data=st.data())
    def killed_between_steps(self, price: int, data: st.DataObject) -> None:
        """The process ends when a price has woken some, and the next one goes on where it stopped."""
        person = self.world.people[data.draw(st.integers(0, 2))]
        order = cmd.PlaceOrder(
            person.no, self.world.market, data.draw(st.sampled_from(Side)), OrderKind.LIMIT, Quantity(units(2)),
            Price(units(price)), TimeInForce.IOC,
        )  # fmt: skip
        self.world.engine.execute(order, self.world.at)
        while (step := self.world.state.pending()) is not None:
            self.restart()
            self.world.engine.execute(step, self.world.at)

    @invariant()
    def the_twin_agrees(self) -> None:
        state = self.world.state
        table = state.markets[self.world.market].triggers
        assert state.pending() is None
        assert self.listener.queue == []
        orders = [order for account in state.accounts.values() for order in account.orders.values()]
        assert sorted(order.id for order in orders if order.asleep) == self.listener.asleep()
        assert dict(table.extremes() if table is not None else ()) == self.listener.following()

    def teardown(self) -> None:
        """Replay: the events alone make the same state byte for byte."""
        replayed: ExchangeState = canonical.load(self.start)
        for at, event in self.log:
            replayed.apply(event, at)
        assert canonical.dump(replayed) == canonical.dump(self.world.state)


class SpotSleepersLife(SleepersLife):
    """The same on a spot market, where every sleeping order holds what it will need."""

    market = SPOT


SleepersLife.TestCase.settings = settings(max_examples=30, stateful_step_count=50)
SpotSleepersLife.TestCase.settings = settings(max_examples=20, stateful_step_count=50)
TestSleepersLife = SleepersLife.TestCase
TestSpotSleepersLife = SpotSleepersLife.TestCase
