"""Accounts of two venues in the same spot, linear and inverse markets: whatever they do money is kept, and all is told.

Two have a wallet for each kind of market, three one for all, with the fee to close in their margin, pooled or isolated.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from simexchange.core import canonical, margin
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.markets import Collateral
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Price, Quantity, Rate
from simexchange.projections.views import Views
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, WALLET, TwoVenues
from tests.core.world import Person, units
from tests.properties.overlooked import overlooked

BUNDLE = structs.replace(
    RULES,
    closing_fee=True,
    collateral=(
        Collateral("USDT", exchange_bid_buffer=Rate(100_000), exchange_ask_buffer=Rate(100_000)),
        Collateral("BTC", "BTC-USDT", ratio=Rate(units("0.95")), exchange_bid_buffer=Rate(100_000)),
    ),
    exchange="in_order",
)
SIDES = st.sampled_from([Side.BUY, Side.SELL])
PLACES = st.sampled_from([SPOT, PERP, COIN])
QTY = st.sampled_from(["0.001", "0.5", "1", "3", "7.777", "12"])


class MixedLife(RuleBasedStateMachine):
    """Five people with little money trade with one another."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[Any, cmd.Command, list[ev.Event]]] = []
        self.world = TwoVenues(BUNDLE, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.005")
        self.people: list[Person] = [
            *self.world.people[:2],
            *(self.world.opens(name, USDT=60, BTC="0.6") for name in ("ann", "bob", "cleo")),
        ]
        self.world.run(cmd.SetCollateralMode(self.people[4].no, unified=False))
        for market in (PERP, COIN):
            no = self.world.state.market_no[market]
            self.world.run(cmd.SetMarginMode(self.people[4].no, no, MarginMode.ISOLATED))
        self.views = Views()
        for event in self.world.past:
            self.views.apply(1, self.world.at, event)
        self.start = canonical.dump(self.world.state)
        self._record()

    def _record(self) -> None:
        execute = self.world.engine.execute

        def recorded(command: cmd.Command, at: Any) -> Any:
            events = execute(command, at)
            self.log.append((at, command, list(events)))
            for event in events:
                self.views.apply(1, at, event)
            return events

        self.world.engine.execute = recorded

    def _order(self, who: int, market: str, side: Side, qty: str, price: int, *, closes: bool = False) -> None:
        """Sizes of inverse contracts are a hundred dollars where others are one coin."""
        no, account = self.world.state.market_no[market], self.world.state.accounts[self.people[who].no]
        size = max(ONE, units(qty) * 100 // ONE * ONE) if market == COIN else units(qty)
        more = None
        if market != SPOT and account.position_mode is PositionMode.HEDGE:
            more = Terms(slot=Slot.LONG if (side is Side.BUY) is not closes else Slot.SHORT)
        elif closes and market != SPOT:
            more = Terms(reduce_only=True)
        self.world.run(
            cmd.PlaceOrder(
                account.no, no, side, OrderKind.LIMIT, Quantity(size), Price(price), TimeInForce.GTC, "", more
            )
        )

    @rule(who=st.integers(0, 4), market=PLACES, side=SIDES, qty=QTY, price=st.integers(80, 125), closes=st.booleans())
    def place(self, who: int, market: str, side: Side, qty: str, price: int, *, closes: bool) -> None:
        self._order(who, market, side, qty, price * ONE, closes=closes)

    @rule(
        who=st.integers(2, 4), other=st.integers(1, 4), market=PLACES, side=SIDES, qty=QTY, percent=st.integers(90, 110)
    )
    def trade(self, who: int, other: int, market: str, side: Side, qty: str, percent: int) -> None:
        """Two of them agree on a price near the mark."""
        price = max(ONE, self.world.state.indexes["BTC-USDT"].price * percent // 100 // 10**6 * 10**6)
        self._order((who + other) % 5, market, Side(-side), qty, price)
        self._order(who, market, side, qty, price)
        self.cancel_all((who + other) % 5)

    @rule(who=st.integers(0, 4))
    def cancel_all(self, who: int) -> None:
        if self.world.state.accounts[self.people[who].no].orders:
            self.world.run(cmd.CancelAll(self.people[who].no))

    @rule(price=st.integers(50, 160))
    def index(self, price: int) -> None:
        self.world.at += SECOND
        self.world.index(price)

    @rule(price=st.integers(50, 160), both=st.booleans())
    def marks(self, price: int, *, both: bool) -> None:
        for market in (PERP, COIN) if both else (PERP,):
            self.world.run(cmd.SetMark(self.world.state.market_no[market], Price(price * ONE)))

    @rule(hours=st.integers(1, 9))
    def time(self, hours: int) -> None:
        self.world.passes(hours * HOUR)

    @rule(who=st.integers(2, 4), asset=st.sampled_from(["USDT", "BTC"]), share=st.integers(1, 100), out=st.booleans())
    def money(self, who: int, asset: str, share: int, *, out: bool) -> None:
        account = self.world.state.accounts[self.people[who].no]
        amount = share * ONE // (100 if asset == "BTC" else 1)
        if out:
            figures = margin.wallet_state(self.world.state, account, WALLET, asset)
            amount = figures.withdrawable * share // 100
        places = (WALLET, "funding") if out else ("funding", WALLET)
        if amount:
            self.world.run(cmd.Transfer(account.no, *places, asset, Amount(amount)))

    @rule(who=st.integers(2, 4), pooled=st.booleans())
    def mode(self, who: int, *, pooled: bool) -> None:
        """As a change of the margin mode of an account goes: one after the other, and each may be refused."""
        no, nos = self.people[who].no, [self.world.state.market_no[market] for market in (PERP, COIN)]
        if pooled:
            for market in nos:
                self.world.run(cmd.SetMarginMode(no, market, MarginMode.CROSS))
        self.world.run(cmd.SetCollateralMode(no, unified=pooled))
        if not pooled:
            for market in nos:
                self.world.run(cmd.SetMarginMode(no, market, MarginMode.ISOLATED))

    @rule(who=st.integers(2, 4), hedge=st.booleans())
    def hold(self, who: int, *, hedge: bool) -> None:
        self.world.run(cmd.SetPositionMode(self.people[who].no, PositionMode.HEDGE if hedge else PositionMode.ONE_WAY))

    @rule(who=st.integers(2, 4), market=st.sampled_from([PERP, COIN]), leverage=st.integers(1, 20))
    def leverage(self, who: int, market: str, leverage: int) -> None:
        self.world.run(cmd.SetLeverage(self.people[who].no, self.world.state.market_no[market], leverage))

    @invariant()
    def nobody_is_overlooked(self) -> None:
        assert overlooked(self.world.state) == []

    @invariant()
    def nothing_waits_and_no_pool_is_worth_less_than_it_needs(self) -> None:
        state = self.world.state
        assert state.pending() is None
        for no in state.unified:
            pool = margin.shared(state, state.accounts[no], WALLET)
            held = any(margin.pooled(state, state.accounts[no], WALLET, ALL_ASSETS))
            assert pool.equity > pool.maintenance if held else pool.equity >= 0

    @rule()
    def restart(self) -> None:
        """The program ends, and another goes on from the checkpoint."""
        self.world.state = canonical.load(canonical.dump(self.world.state))
        self.world.engine = Engine(self.world.state)
        self._record()

    def teardown(self) -> None:
        """The events alone make the same state, commands the same events, and the views tell of the same money."""
        replayed, engine = canonical.load(self.start), Engine(canonical.load(self.start))
        for at, command, events in self.log:
            for event in events:
                replayed.apply(event, at)
            assert engine.execute(command, at) == events
        assert canonical.dump(replayed) == canonical.dump(self.world.state) == canonical.dump(engine.state)
        for person in self.people:
            account = self.world.state.accounts[person.no]
            told = {(row.wallet, row.asset): (row.free, row.held) for row in self.views.balances.of(person.no)}
            there = {name: (money.free, money.held) for name, money in account.balances.items()}
            assert {name: row for name, row in told.items() if any(row)} == {
                name: row for name, row in there.items() if any(row)
            }


MixedLife.TestCase.settings = settings(stateful_step_count=40)
TestMixedLife = MixedLife.TestCase
