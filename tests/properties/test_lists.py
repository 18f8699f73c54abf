"""Whatever happens to order lists, no unit appears or vanishes, what is held is not free, and the log says it all."""

from __future__ import annotations

from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical, legs
from simexchange.core.book import Order
from simexchange.core.engine import Engine
from simexchange.core.invariants import check
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Filters
from simexchange.core.vocabulary.orders import ListKind, OrderKind, SelfTrade, Side, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from simexchange.projections.views import Views
from tests.core.world import Events, World, units

PEOPLE = ("ann", "bob", "cleo")
BUY, SELL = Side.BUY, Side.SELL
QTYS = st.sampled_from(["0.01", "0.5", "1", "1.37", "3"])
PRICES = st.integers(94, 106)
SPREADS = st.integers(1, 6)
TIFS = st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY])
MODES = st.sampled_from([SelfTrade.UNSAID, *SelfTrade])


class Told(World):
    """A world that keeps what happened, and folds the views along."""

    def __init__(self, **rules: Any) -> None:
        self.log: list[tuple[Any, ev.Event]] = []
        self.views = Views()
        self.records = 0
        super().__init__(**rules)

    def run(self, command: cmd.Command) -> Events:
        """As ever, and heard."""
        events = super().run(command)
        self.hear(events)
        return events

    def hear(self, events: Events) -> None:
        """Keep and fold what happened."""
        self.records += 1
        for event in events:
            self.log.append((self.at, event))
            self.views.apply(self.records, self.at, event)


class ListLife(RuleBasedStateMachine):
    """Three people with little money place lists of every kind, trade, cancel, and are restarted anywhere."""

    discounts = False

    def __init__(self) -> None:
        super().__init__()
        bundle = Bundle("binance", discount_asset="BTC" if self.discounts else "")
        limits = Filters(
            step=Quantity(units("0.01")), notional_min=Amount(units("0.5")), max_orders=9, max_order_lists=3,
            bid_up=Rate(units("1.1")), ask_down=Rate(units("0.9")),
        )  # fmt: skip
        self.world = Told(
            people=PEOPLE, maker_fee="0.001", taker_fee="0.002", filters=limits, bundle=bundle, cash=400, capital=0
        )
        for person in self.world.people:
            self.world.run(cmd.Withdraw(person.no, "spot", "BTC", Amount(units(996))))
        self.world.people[0].sells(1, at=100)
        self.world.people[1].buys(1, at=100)

    def _place(self, who: int, kind: ListKind, *given: cmd.Leg) -> None:
        self.world.run(cmd.PlaceList(self.world.people[who].no, self.world.market, kind, given))

    def _pair(self, data: st.DataObject, side: Side, qty: str) -> tuple[cmd.Leg, cmd.Leg]:
        """Two legs around a price near the last one, each asleep or not, at market or not; in any order."""
        last = self.world.state.markets[self.world.market].last // ONE
        middle, way = last + data.draw(st.integers(-1, 1)), -int(side)
        near = middle + way * data.draw(SPREADS)
        far = middle - way * data.draw(SPREADS)
        mode = data.draw(MODES)
        profit = _leg(side, qty, near, mode=mode)
        if data.draw(st.booleans()):
            limit = near if data.draw(st.booleans()) else None
            profit = _leg(side, qty, limit, near, rising=side is SELL, mode=mode)
        limit = far - way * data.draw(st.integers(0, 3)) if data.draw(st.booleans()) else None
        stop = _leg(side, qty, limit, far, rising=side is BUY, mode=mode)
        return (profit, stop) if data.draw(st.booleans()) else (stop, profit)

    @rule(who=st.integers(0, 2), side=st.sampled_from(Side), qty=QTYS, data=st.data())
    def oco(self, who: int, side: Side, qty: str, data: st.DataObject) -> None:
        self._place(who, ListKind.OCO, *self._pair(data, side, qty))

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), qty=QTYS, price=PRICES, tif=TIFS, other=QTYS,
        at=st.one_of(st.none(), PRICES), mode=MODES,
    )  # fmt: skip
    def oto(
        self, who: int, side: Side, qty: str, price: int, tif: TimeInForce, other: str, at: int | None, mode: SelfTrade
    ) -> None:
        working = _leg(side, qty, price, tif=tif, mode=mode)
        self._place(who, ListKind.OTO, working, _leg(Side(-side), other, at, mode=mode))

    @rule(who=st.integers(0, 2), side=st.sampled_from(Side), qty=QTYS, price=PRICES, tif=TIFS, data=st.data())
    def otoco(self, who: int, side: Side, qty: str, price: int, tif: TimeInForce, data: st.DataObject) -> None:
        self._place(who, ListKind.OTOCO, _leg(side, qty, price, tif=tif), *self._pair(data, Side(-side), qty))

    @rule(who=st.integers(0, 2), qty=QTYS, price=PRICES, tif=TIFS, at=st.one_of(st.none(), PRICES))
    def opo(self, who: int, qty: str, price: int, tif: TimeInForce, at: int | None) -> None:
        self._place(who, ListKind.OPO, _leg(BUY, qty, price, tif=tif), _leg(SELL, "0", at))

    @rule(who=st.integers(0, 2), qty=QTYS, price=PRICES, tif=TIFS, data=st.data())
    def opoco(self, who: int, qty: str, price: int, tif: TimeInForce, data: st.DataObject) -> None:
        self._place(who, ListKind.OPOCO, _leg(BUY, qty, price, tif=tif), *self._pair(data, SELL, "0"))

    @rule(
        who=st.integers(0, 2), side=st.sampled_from(Side), qty=QTYS, price=PRICES, tif=TIFS, mode=MODES,
        market=st.booleans(), iceberg=st.booleans(),
    )  # fmt: skip
    def order(
        self, who: int, side: Side, qty: str, price: int, tif: TimeInForce, mode: SelfTrade, *, market: bool,
        iceberg: bool,
    ) -> None:  # fmt: skip
        hidden = iceberg and not market and tif is TimeInForce.GTC
        more = Terms(self_trade=mode, iceberg_qty=Quantity(units("0.25")) if hidden else Quantity(0))
        self.world.people[who].order(
            side, qty, None if market else price, tif=TimeInForce.GTC if market else tif, more=more
        )

    @rule(who=st.integers(0, 2), number=st.integers(0, 9))
    def cancel(self, who: int, number: int) -> None:
        orders = list(self.world.state.accounts[self.world.people[who].no].orders)
        if orders:
            self.world.people[who].cancels(orders[number % len(orders)])

    @rule(who=st.integers(0, 2), number=st.integers(0, 9), qty=st.integers(1, 140))
    def amend(self, who: int, number: int, qty: int) -> None:
        account = self.world.state.accounts[self.world.people[who].no]
        if account.orders:
            chosen = list(account.orders)[number % len(account.orders)]
            self.world.run(cmd.AmendOrder(account.no, self.world.market, Quantity(qty * ONE // 100), chosen))

    @rule(who=st.integers(0, 2), number=st.integers(0, 3))
    def cancel_list(self, who: int, number: int) -> None:
        account = self.world.state.accounts[self.world.people[who].no]
        if account.lists:
            chosen = list(account.lists)[number % len(account.lists)]
            self.world.run(cmd.CancelList(account.no, self.world.market, chosen))

    @rule(who=st.integers(0, 2))
    def cancel_all(self, who: int) -> None:
        self.world.run(cmd.CancelAll(self.world.people[who].no))

    @rule()
    def restart(self) -> None:
        written = canonical.dump(self.world.state)
        self.world.state = canonical.load(written)
        assert canonical.dump(self.world.state) == written
        self.world.engine = Engine(self.world.state)

    @rule(who=st.integers(0, 2), side=st.sampled_from(Side), price=PRICES)
    def killed_between_steps(self, who: int, side: Side, price: int) -> None:
        """The process ends when a trade has filled or woken some, and the next one goes on where it stopped."""
        order = cmd.PlaceOrder(
            self.world.people[who].no, self.world.market, side, OrderKind.LIMIT, Quantity(units(3)),
            Price(units(price)), TimeInForce.IOC,
        )  # fmt: skip
        self.world.hear(self.world.engine.execute(order, self.world.at))
        while (step := self.world.state.pending()) is not None:
            self.restart()
            self.world.hear(self.world.engine.execute(step, self.world.at))
            check(self.world.state)

    @invariant()
    def pairs_hold_the_larger_need(self) -> None:
        """Of two open legs with a limit that exclude each other, and have begun: one hold for both."""
        for account in self.world.state.accounts.values():
            for found in account.lists.values():
                pair = legs.FORMS[found.kind].pair
                open_pair = [account.orders.get(found.orders[number]) for number in pair or ()]
                orders = [order for order in open_pair if order is not None]
                if len(orders) < 2 or legs.is_waiting(self.world.state, orders[0]):
                    continue
                assert orders[0].qty == orders[1].qty
                held = orders[0].hold + orders[1].hold
                if all(order.kind is OrderKind.LIMIT or order.side is SELL for order in orders):
                    assert held == max(_need(order) for order in orders)

    @invariant()
    def the_views_agree(self) -> None:
        state, views = self.world.state, self.world.views
        assert state.pending() is None
        for person in self.world.people:
            account = state.accounts[person.no]
            for (wallet, asset), balance in account.balances.items():
                money = views.balances.get(person.no, wallet, asset)
                assert (money.free, money.held) == (balance.free, balance.held)
            assert [row.id for row in views.orders.open(person.no)] == sorted(account.orders)
            assert [row.id for row in views.lists.open(person.no)] == sorted(account.lists)
            for row in views.orders.open(person.no):
                order = account.orders[row.id]
                assert (row.qty, row.left) == (order.qty, order.left)

    def teardown(self) -> None:
        """Replay: the events alone make the same state byte for byte."""
        replayed = ExchangeState()
        for at, event in self.world.log:
            replayed.apply(event, at)
        assert canonical.dump(replayed) == canonical.dump(self.world.state)


class DiscountedListLife(ListLife):
    """The same where a discount asset could pay fees."""

    discounts = True


def _leg(
    side: Side, qty: str, at: int | None, woken: int = 0, *, rising: bool = False, tif: TimeInForce = TimeInForce.GTC,
    mode: SelfTrade = SelfTrade.UNSAID,
) -> cmd.Leg:  # fmt: skip
    trigger = Trigger(Price(units(woken)), rising=rising) if woken else None
    kind = OrderKind.LIMIT if at is not None else OrderKind.MARKET
    more = Terms(trigger=trigger, self_trade=mode)
    return cmd.Leg(side, kind, Quantity(units(qty)), Price(units(at or 0)), tif, "", more)


def _need(order: Order) -> int:
    return order.left if order.side is SELL else -(-order.price * order.left // ONE)


ListLife.TestCase.settings = settings(max_examples=40, stateful_step_count=50)
DiscountedListLife.TestCase.settings = settings(max_examples=10, stateful_step_count=50)
TestListLife = ListLife.TestCase
TestDiscountedListLife = DiscountedListLife.TestCase
