"""Accounts of two venues in the same spot, linear and inverse markets: whatever they do money is kept, and all is told.

Two have a wallet for each kind of market, three one for all, with the fee to close in their margin, pooled or isolated.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from simexchange.core import canonical, margin
from simexchange.core.accounts import Account
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import ALL_ASSETS, whole_wallet
from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.ids import MarketNo, market_of
from simexchange.core.vocabulary.markets import Collateral
from simexchange.core.vocabulary.orders import (
    MarginMode,
    OrderKind,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Price, Quantity, Rate
from simexchange.projections.views import Views
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, WALLET, TwoVenues
from tests.core.world import Person, show, units
from tests.properties.overlooked import overlooked

BUNDLE = structs.replace(
    RULES,
    closing_fee=True,
    collateral=(
        Collateral("USDT", exchange_bid_buffer=Rate(100_000), exchange_ask_buffer=Rate(100_000)),
        Collateral("BTC", "BTC-USDT", ratio=Rate(units("0.95")), exchange_bid_buffer=Rate(100_000)),
    ),
    exchange="in_order",
    bonus=BonusPolicy((WALLET,), losses=True, fees=True, funding=True),
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
        self.world.run(cmd.SetMarginMode(self.people[4].no, MarketNo(0), MarginMode.ISOLATED))
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
        no, account = self.world.state.market_no[market], self.world.state.accounts[self.people[who].no]
        size = self._size(market, qty)
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

    @rule(who=st.integers(0, 4), market=PLACES, side=SIDES, qty=QTY, price=st.integers(80, 125), unheld=st.booleans())
    def sleep(self, who: int, market: str, side: Side, qty: str, price: int, *, unheld: bool) -> None:
        """An order that waits for its own price; on spot it may hold nothing meanwhile."""
        trigger = Trigger(Price(price * ONE), rising=price > 100)
        no, size = self.world.state.market_no[market], self._size(market, qty)
        more = Terms(trigger=trigger, unheld=unheld and market == SPOT)
        self.world.run(
            cmd.PlaceOrder(
                self.people[who].no, no, side, OrderKind.LIMIT, Quantity(size), Price(price * ONE), TimeInForce.GTC,
                "", more,
            )
        )  # fmt: skip

    @rule(who=st.integers(0, 4), which=st.integers(0, 5), qty=QTY, price=st.integers(80, 125))
    def modify(self, who: int, which: int, qty: str, price: int) -> None:
        """Another size and price for one of the open orders, whatever it is."""
        orders = list(self.world.state.accounts[self.people[who].no].orders.values())
        if orders:
            order = orders[which % len(orders)]
            size = self._size(self.world.state.markets[order.market].spec.id, qty)
            self.world.run(
                cmd.ModifyOrder(
                    order.account, order.market, Quantity(size), Price(price * ONE), order.id, anywhere=True
                )
            )

    def _size(self, market: str, qty: str) -> int:
        """Sizes of inverse contracts are a hundred dollars where others are one coin."""
        units_of: int = units(qty)
        return max(ONE, units_of * 100 // ONE * ONE) if market == COIN else units_of

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

    @rule(who=st.integers(2, 4), isolated=st.booleans())
    def mode(self, who: int, *, isolated: bool) -> None:
        mode = MarginMode.ISOLATED if isolated else MarginMode.CROSS
        self.world.run(cmd.SetMarginMode(self.people[who].no, MarketNo(0), mode))

    @rule(who=st.integers(2, 4), amount=st.integers(1, 40), out=st.booleans())
    def bonus(self, who: int, amount: int, *, out: bool) -> None:
        kind = cmd.ExpireBonus if out else cmd.GrantBonus
        self.world.run(kind(self.people[who].no, WALLET, "USDT", Amount(amount * ONE)))

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
            if account.spot_wallet == WALLET:
                self._check_book(account)

    def _check_book(self, account: Account) -> None:
        """Every entry of an account's book is there, to the last unit."""
        whole: dict[tuple[str, str], int] = {}
        for (wallet, asset), money in account.balances.items():
            place = (whole_wallet(wallet), asset)
            whole[place] = whole.get(place, 0) + money.free + money.held
        for (wallet, asset), amount in whole.items():
            assert self.views.cashbook.balance(account.no, wallet, asset) == amount
        rows = self.views.closings.of(account.no)
        assert all(row.qty > 0 and row.entry >= 0 and row.exit >= 0 for row in rows)


MixedLife.TestCase.settings = settings(stateful_step_count=40)
TestMixedLife = MixedLife.TestCase


# Two who are one


DEALS = st.lists(
    st.tuples(PLACES, st.booleans(), st.sampled_from(["0.5", "1", "4", "9"]), st.integers(1, 190), st.integers(0, 2)),
    min_size=1, max_size=10,
)  # fmt: skip
"""Where, who sells, how much, at what price in hundredths of the index, and where everything then moves."""


def wealth(world: TwoVenues, pair: list[Person]) -> int:
    """What the two have in all, at the index and the marks, 10**-16 of a dollar."""
    total, price = 0, world.state.indexes["BTC-USDT"].price
    for person in pair:
        account = world.state.accounts[person.no]
        for (_, asset), money in account.balances.items():
            total += (money.free + money.held) * (price if asset == "BTC" else ONE)
        for key in account.positions:
            market = world.state.markets[market_of(key)]
            total += margin.unrealised_of(account, market, key) * (price if market.inverse else ONE)
    return total


@given(deals=DEALS)
def test_two_who_are_one_never_trade_themselves_richer(deals: list[tuple[str, bool, str, int, int]]) -> None:
    """Neither with contracts nor with what backs them: what one gains the other loses, or the exchange takes it.

    What marks and indexes bring is not their doing; what they do at prices of their own is.
    """
    world = TwoVenues(BUNDLE, taker_fee="0.0005", liquidation_fee="0.005")
    pair: list[Person] = [world.opens(name, USDT=30, BTC="0.6") for name in ("ann", "bob")]
    for place, sells, qty, percent, move in deals:
        before = wealth(world, pair)
        seller, buyer = pair if sells else pair[::-1]
        price = world.state.indexes["BTC-USDT"].price * percent // 100 // 10**6 * 10**6
        size = str(int(float(qty) * 100)) if place == COIN else qty
        world.at_market(place)
        # The first asks, and the second comes for it.
        seller.sells(size, at=show(price))
        buyer.buys(size, at=show(price))
        for person in pair:
            if world.state.accounts[person.no].orders:
                world.run(cmd.CancelAll(person.no))
        # A unit a fill may be gained by the view of what is unrealised, which is toward zero for each.
        assert wealth(world, pair) <= before + 200 * 4 * ONE
        world.all_at((80, 100, 125)[move])
