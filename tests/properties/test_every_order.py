"""Whatever orders and lists people send, legal or not, no unit appears or vanishes, and the log says it all.

The long profile (``SIMEXCHANGE_COMMANDS=200000``) draws so many commands; what it found is in
docs/explanation/performance.md.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Commission, Filters, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import (
    AccountOption,
    ListKind,
    MarginMode,
    OrderKind,
    Peg,
    PositionMode,
    SelfTrade,
    Side,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, SPOT, TIERS, World, units
from tests.properties.slots import setting, worded

PEOPLE = ("ann", "bob", "cleo")
COMMANDS = int(os.environ.get("SIMEXCHANGE_COMMANDS", "1500"))
STEPS = 50

prices = st.integers(96, 104).map(units)
quantities = st.sampled_from(["0.001", "0.5", "1", "2.5", "3", "7.777"]).map(units)
sides = st.sampled_from([Side.BUY, Side.SELL])
members = st.integers(0, len(PEOPLE) - 1)
modes = st.sampled_from(list(SelfTrade))
statuses = st.sampled_from([*[MarketStatus.TRADING] * 6, MarketStatus.HALT, MarketStatus.CANCEL_ONLY])
rates = st.sampled_from([0, 100_000, 1_000_000, 5_000_000])

triggers = st.builds(
    Trigger,
    st.one_of(st.just(0), prices),
    st.sampled_from(list(TriggerPrice)),
    st.booleans(),
    st.one_of(st.just(0), prices),
    rates,
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 0, 0, 0, 100_000_000]),
    st.one_of(st.just(0), st.just(0), st.just(0), prices),
)
pegs = st.builds(Peg, st.booleans(), st.integers(1, 3), st.one_of(st.just(0), prices))
RARE: dict[str, Any] = {
    "quote_qty": st.sampled_from([50, 100, 333]).map(units),
    "reduce_only": st.just(True),
    "close_all": st.just(True),
    "self_trade": modes,
    "strategy_type": st.just(1_000_000),
    "iceberg_qty": st.sampled_from(["0.5", "1", "0.3333"]).map(units),
    "trigger": triggers,
    "take_profit": triggers,
    "stop_loss": triggers,
    "peg": pegs,
    "with_position": st.just(True),
    "strategy_id": st.just(7),
}


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """One of the rarer terms, sometimes two or three."""
    count = draw(st.sampled_from([1, 1, 1, 2, 3]))
    names = draw(st.lists(st.sampled_from(sorted(RARE)), min_size=count, max_size=count, unique=True))
    return Terms(**{name: draw(RARE[name]) for name in names})


@st.composite
def plain(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a limit or market order with nothing rare about it."""
    kind = draw(st.sampled_from([OrderKind.LIMIT, OrderKind.LIMIT, OrderKind.LIMIT, OrderKind.MARKET]))
    limit = kind is OrderKind.LIMIT
    tif = draw(st.sampled_from(list(TimeInForce)[:4])) if limit else TimeInForce.IOC
    return {
        "side": draw(sides),
        "kind": kind,
        "qty": draw(quantities),
        "price": draw(prices) if limit else 0,
        "tif": tif,
    }


@st.composite
def rare(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of an order with rare terms, mostly so that they make sense together."""
    found, more = draw(plain()), draw(terms())
    if draw(st.integers(0, 3)):
        if more.quote_qty or more.close_all:
            found |= {"qty": 0, "kind": OrderKind.MARKET}
        if more.iceberg_qty or more.peg is not None:
            found |= {"kind": OrderKind.LIMIT, "tif": TimeInForce.GTC}
        if more.peg is not None or found["kind"] is OrderKind.MARKET:
            found["price"] = 0
        elif not found["price"]:
            found["price"] = draw(prices)
    return {**found, "more": more}


@st.composite
def sleeping(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a stop, take-profit or trailing order as a venue knows them."""
    found = draw(plain())
    price, side = draw(prices), found["side"]
    trailing = draw(st.sampled_from([0, 0, 1_000_000, 3_000_000]))
    rising = side is Side.BUY if trailing else draw(st.booleans())
    activation = Price(draw(st.sampled_from([0, price])) if trailing else 0)
    watches = draw(st.sampled_from([TriggerPrice.LAST, TriggerPrice.LAST, TriggerPrice.MARK]))
    more = Terms(
        trigger=Trigger(
            Price(0 if trailing else price), watches, rising, activation, Rate(trailing), draw(st.booleans())
        ),
        iceberg_qty=draw(st.sampled_from([Quantity(0), Quantity(0), found["qty"]])),
        reduce_only=draw(st.sampled_from([False, False, True])),
    )
    return {**found, "more": more}


def opened() -> World:
    """Spot and perpetual with every filter in force and every commission charged; three people with little money.

    Most combinations of terms are no order at any venue: then the engine has to say so, and nothing may have changed.
    """
    filters = Filters(
        qty_min=Quantity(units("0.001")), notional_min=Amount(units(1)), iceberg_parts=10, max_orders=40,
        max_conditional_orders=10, max_iceberg_orders=5, max_order_lists=5, max_amends=3, bid_up=Rate(2 * ONE),
        ask_down=Rate(ONE // 2), trailing_above_max=Rate(20_000_000), trailing_below_max=Rate(20_000_000),
        range_bid_up=Rate(units("1.2")), range_ask_down=Rate(units("0.8")), trigger_protect=Rate(units("0.05")),
        market_take_bound=Rate(units("0.2")),
    )  # fmt: skip
    world = World(
        PERP,
        people=PEOPLE,
        filters=filters,
        bundle=Bundle("binance", discount_asset="BNB"),
        cash=2_000,
        capital=50,
    )
    for no, market in world.state.markets.items():
        rules = MarketRules(
            filters, Rate(20_000), Rate(50_000), TIERS if market.derivative else (), Rate(1_000_000), 10,
            buyer=Rate(1_000), seller=Rate(2_000), special=Commission(taker=Rate(3_333)),
            tax=Commission(buyer=Rate(777)),
        )  # fmt: skip
        world.run(cmd.SetRules("binance", no, rules))
    for name, mode in (("ann", SelfTrade.DECREMENT), ("bob", SelfTrade.TRANSFER), ("cleo", SelfTrade.EXPIRE_BOTH)):
        who = world.state.account_no[name]
        world.run(cmd.SetAccountOption(who, AccountOption.SELF_TRADE, mode))
        if name != "cleo":
            world.run(cmd.SetAccountOption(who, AccountOption.TRADE_GROUP, 1))
    perp = world.state.market_no[PERP]
    world.run(cmd.SetPositionMode(world.state.account_no["bob"], PositionMode.HEDGE))
    world.run(cmd.SetMarginMode(world.state.account_no["ann"], perp, MarginMode.ISOLATED))
    world.run(cmd.SetMarginMode(world.state.account_no["bob"], perp, MarginMode.ISOLATED))
    world.index(100)
    world.mark(100)
    for no in world.state.markets:
        for side, price in ((Side.BUY, 99), (Side.SELL, 101)):
            cleo = world.state.account_no["cleo"]
            qty, limit = Quantity(units(5)), Price(units(price))
            world.run(cmd.PlaceOrder(cleo, no, side, OrderKind.LIMIT, qty, limit, TimeInForce.GTC))
        bob = world.state.account_no["bob"]
        more = worded(world.state.accounts[bob], no, None, 1) if no == perp else None
        world.run(
            cmd.PlaceOrder(bob, no, Side.BUY, OrderKind.MARKET, Quantity(units(1)), Price(0), TimeInForce.IOC, "", more)
        )
    return world


class EveryOrder(RuleBasedStateMachine):
    """Three people place, cancel and change every kind of order while prices, time and the rules move."""

    def __init__(self) -> None:
        super().__init__()
        self.world = opened()
        self.log: list[tuple[Any, ev.Event]] = []
        self.start = canonical.dump(self.world.state)
        self.turn = 0
        """Counts orders: it chooses the slot where an account has several."""

    def run(self, command: cmd.Command) -> None:
        """Invariants are checked after each step by the world."""
        self.log += [(self.world.at, event) for event in self.world.run(command)]

    def no(self, who: int) -> Any:
        return self.world.people[who].no

    def market(self, *, spot: bool) -> Any:
        return self.world.state.market_no[SPOT if spot else PERP]

    def order(self, who: int, nth: int) -> Any:
        """One of somebody's open orders, or none of them."""
        mine = list(self.world.state.accounts[self.no(who)].orders.values())
        return mine[nth % len(mine)] if mine else None

    def place(self, who: int, order: dict[str, Any], *, spot: bool, named: bool = False) -> None:
        if not spot:
            self.turn += 1
            account = self.world.state.accounts[self.no(who)]
            order = {**order, "more": worded(account, self.market(spot=False), order.get("more"), self.turn)}
        self.run(cmd.PlaceOrder(self.no(who), self.market(spot=spot), client_id="mine" if named else "", **order))

    # Rules are drawn with equal chances: most of what people do is to place orders.

    @rule(who=members, spot=st.booleans(), order=plain())
    def buy_or_sell(self, who: int, order: dict[str, Any], *, spot: bool) -> None:
        self.place(who, order, spot=spot)

    @rule(who=members, spot=st.booleans(), order=plain(), named=st.booleans())
    def buy_or_sell_by_name(self, who: int, order: dict[str, Any], *, spot: bool, named: bool) -> None:
        self.place(who, order, spot=spot, named=named)

    @rule(who=members, spot=st.booleans(), order=plain(), hours=st.integers(0, 9))
    def until(self, who: int, order: dict[str, Any], hours: int, *, spot: bool) -> None:
        more = Terms(good_till=Nanos(self.world.at + hours * HOUR))
        self.place(who, {**order, "tif": TimeInForce.GTD, "more": more}, spot=spot)

    @rule(who=members, spot=st.booleans(), order=rare())
    def ask_for_more(self, who: int, order: dict[str, Any], *, spot: bool) -> None:
        self.place(who, order, spot=spot)

    @rule(who=members, spot=st.booleans(), order=rare(), named=st.booleans())
    def ask_for_more_by_name(self, who: int, order: dict[str, Any], *, spot: bool, named: bool) -> None:
        self.place(who, order, spot=spot, named=named)

    @rule(who=members, spot=st.booleans(), order=sleeping())
    def wait(self, who: int, order: dict[str, Any], *, spot: bool) -> None:
        self.place(who, order, spot=spot)

    @rule(who=members, spot=st.booleans(), order=sleeping())
    def wait_too(self, who: int, order: dict[str, Any], *, spot: bool) -> None:
        self.place(who, order, spot=spot)

    @rule(who=members, spot=st.booleans(), kind=st.sampled_from(list(ListKind)), legs=st.data())
    def hang_together(self, who: int, kind: ListKind, legs: st.DataObject, *, spot: bool) -> None:
        """Mostly as a venue would take them: the sizes agree, a working leg is a limit order."""
        three = kind in (ListKind.OTOCO, ListKind.OPOCO)
        market = self.market(spot=spot)
        drawn = [legs.draw(st.one_of(plain(), sleeping())) for _ in range(3 if three else 2)]
        side, qty = drawn[0]["side"], drawn[0]["qty"]
        paid = kind in (ListKind.OPO, ListKind.OPOCO)
        if paid:
            side = Side.BUY
        waiting = legs.draw(st.sampled_from([Side(-side), side])) if not paid else Side.SELL
        made = []
        for place, fields in enumerate(drawn):
            works = kind is not ListKind.OCO and place == 0
            fields["qty"] = 0 if paid and not works else qty
            fields["side"] = side if works or kind is ListKind.OCO else waiting
            if works:
                fields |= {"kind": OrderKind.LIMIT, "tif": TimeInForce.GTC, "more": None}
                fields["price"] = fields["price"] or units(100)
            elif kind in (ListKind.OCO, ListKind.OTOCO, ListKind.OPOCO) and not place % 2:
                # Of a pair that excludes each other one rests.
                fields |= {"kind": OrderKind.LIMIT, "tif": TimeInForce.POST_ONLY, "more": None}
                fields["price"] = fields["price"] or units(102)
            if fields.get("more") is not None:
                price = msgspec.structs.replace(fields["more"].trigger, watches=TriggerPrice.LAST, protect=False)
                fields["more"] = Terms(trigger=price)
            made.append(cmd.Leg(**fields))
        self.run(cmd.PlaceList(self.no(who), market, kind, tuple(made)))

    @rule(who=members, spot=st.booleans(), prices=st.tuples(prices, prices), qty=quantities, side=sides)
    def one_cancels_the_other(self, who: int, prices: tuple[int, int], qty: Any, side: Side, *, spot: bool) -> None:
        """A limit order beyond the last price and a stop on the other side of it."""
        low, high = sorted(prices)
        if side is Side.BUY:
            low, high = high, low
        rests = cmd.Leg(side, OrderKind.LIMIT, qty, Price(high), TimeInForce.POST_ONLY)
        stop = Terms(trigger=Trigger(Price(low), rising=side is Side.BUY))
        waits = cmd.Leg(side, OrderKind.MARKET, qty, Price(0), TimeInForce.IOC, more=stop)
        self.run(cmd.PlaceList(self.no(who), self.market(spot=spot), ListKind.OCO, (rests, waits)))

    @rule(who=members, nth=st.integers(0, 9))
    def cancel_a_list(self, who: int, nth: int) -> None:
        order = self.order(who, nth)
        if order is not None and order.more is not None and order.more.order_list:
            self.run(cmd.CancelList(self.no(who), order.market, order.more.order_list))

    @rule(
        who=members, nth=st.integers(0, 9), qty=quantities, price=st.one_of(st.just(0), prices), anew=st.booleans(),
    )  # fmt: skip
    def change(self, who: int, nth: int, qty: Any, price: int, *, anew: bool) -> None:
        order = self.order(who, nth)
        if order is None:
            return
        if anew:
            size, at = order.qty and qty, Price(price or order.price)
            self.run(cmd.ModifyOrder(self.no(who), order.market, size, at, order.id))
        else:
            self.run(cmd.AmendOrder(self.no(who), order.market, qty, order.id))

    @rule(who=members, nth=st.integers(0, 9))
    def cancel(self, who: int, nth: int) -> None:
        order = self.order(who, nth)
        if order is not None:
            self.run(cmd.CancelOrder(self.no(who), order.market, order.id))

    @rule(who=members, spot=st.booleans(), really=st.sampled_from([False, False, False, True]))
    def cancel_all(self, who: int, *, spot: bool, really: bool) -> None:
        if really:
            self.run(cmd.CancelAll(self.no(who), self.market(spot=spot)))

    @rule(
        who=members, what=st.one_of(st.none(), prices), stop=st.one_of(st.none(), triggers), profit=triggers,
        part=st.one_of(st.just(0), quantities),
    )  # fmt: skip
    def set_something(self, who: int, what: int | None, stop: Trigger | None, profit: Trigger, part: Quantity) -> None:
        if what is None:
            market = self.market(spot=False)
            self.run(cmd.ProtectPosition(self.no(who), market, take_profit=profit, stop_loss=stop, qty=part))
        else:
            self.run(cmd.SetReferencePrice(self.market(spot=True), Price(what if stop is None else 0)))

    @rule(who=members, option=st.sampled_from(list(AccountOption)), value=st.integers(0, 2))
    def choose(self, who: int, option: AccountOption, value: int) -> None:
        self.run(cmd.SetAccountOption(self.no(who), option, value))

    @rule(who=members, turn=st.integers(0, 200), amount=st.integers(1, 50))
    def hold_otherwise(self, who: int, turn: int, amount: int) -> None:
        """Other modes, other leverage, margin moved."""
        account = self.world.state.accounts[self.no(who)]
        self.run(setting(account, self.market(spot=False), turn, amount * ONE + turn))

    @rule(price=st.integers(80, 120))
    def index(self, price: int) -> None:
        self.world.at += SECOND
        self.run(cmd.SetIndex("BTC-USDT", Price(units(price))))

    @rule(price=st.integers(70, 130))
    def mark(self, price: int) -> None:
        self.run(cmd.SetMark(self.market(spot=False), Price(units(price))))

    @rule(hours=st.integers(0, 9))
    def time(self, hours: int) -> None:
        start = self.world.at
        end = start + hours * HOUR + MINUTE
        while (due := self.world.state.next_due()) is not None and due <= end:
            self.world.at = due
            self.run(cmd.PassTime())
        self.world.at = Nanos(end)

    @rule(
        spot=st.booleans(),
        status=st.sampled_from([*[MarketStatus.TRADING] * 6, MarketStatus.HALT, MarketStatus.CANCEL_ONLY]),
    )
    def status(self, status: MarketStatus, *, spot: bool) -> None:
        self.run(cmd.SetMarketStatus(self.market(spot=spot), status))

    @rule(who=members, amount=st.integers(1, 500), out=st.booleans(), wallet=st.sampled_from(["spot", "usdm"]))
    def money(self, who: int, amount: int, wallet: str, *, out: bool) -> None:
        kind = cmd.Withdraw if out else cmd.Deposit
        self.run(kind(self.no(who), wallet, "USDT", Amount(units(amount))))

    @rule()
    def restart(self) -> None:
        """The state dumped and loaded goes on as the one that was dumped."""
        before = canonical.dump(self.world.state)
        self.world.state = canonical.load(before)
        self.world.engine = Engine(self.world.state)
        assert canonical.dump(self.world.state) == before

    @invariant()
    def nothing_is_left_undone(self) -> None:
        assert self.world.state.pending() is None

    def teardown(self) -> None:
        """Replay: the events alone make the same state, byte for byte."""
        replayed: ExchangeState = canonical.load(self.start)
        for at, event in self.log:
            replayed.apply(event, at)
        assert canonical.dump(replayed) == canonical.dump(self.world.state)


EveryOrder.TestCase.settings = settings(
    max_examples=max(1, COMMANDS // STEPS), stateful_step_count=STEPS, derandomize=COMMANDS < 10_000
)
TestEveryOrder = EveryOrder.TestCase
