"""Whatever accounts with pooled assets do, every asset sums to zero, nobody is left with debts nothing stands against,
and the log says it all.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical, collateral, margin
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, TIERS, World, units
from tests.properties.overlooked import overlooked

PEOPLE = ("ann", "bob", "cleo", "dan")
RULES = Bundle(
    "binance",
    collateral=(
        Collateral("USDT", "", Rate(units("0.0001")), Rate(units("0.0001")), exchange_threshold=Amount(units(-40))),
        Collateral("USDC", "USDC-USDT", Rate(units("0.001")), Rate(units("0.002"))),
        Collateral(
            "BTC", "BTC-USDT", Rate(units("0.05")), Rate(units("0.05")), exchange_bid_buffer=Rate(units("0.025")),
            exchange_ask_buffer=Rate(units("0.025")), exchange_threshold=Amount(units("-0.1")),
        ),
    ),
    bonus=BonusPolicy(("usdm",), losses=True, fees=True, forfeited=True),
)  # fmt: skip
ASSETS = ("USDT", "USDC", "BTC")


class PooledLife(RuleBasedStateMachine):
    """Four people with small wallets trade contracts paid in two assets, with all they have or with each apart."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[Any, cmd.Command, list[ev.Event]]] = []
        self.world = World(
            PERP, people=PEOPLE, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.0125", bundle=RULES,
            cash=40, capital=50,
        )  # fmt: skip
        tick, step = Price(ONE // 100), Quantity(ONE // 1000)
        self.world.run(
            cmd.ListMarket(
                Market(
                    "perp:BTC-USDC", MarketKind.PERPETUAL, "BTC", "USDC", "USDC", tick, step,
                    funding_interval=Nanos(8 * HOUR), index="BTC-USDT", impact_notional=Amount(100 * ONE),
                )
            )
        )  # fmt: skip
        self.markets = [self.world.market, self.world.state.market_no["perp:BTC-USDC"]]
        rules = MarketRules(Filters(), Rate(20_000), Rate(50_000), TIERS, Rate(1_250_000), 10)
        self.world.run(cmd.SetRules("binance", self.markets[1], rules))
        self.world.run(cmd.SetIndex("USDC-USDT", Price(units("0.999"))))
        self.world.index(100)
        for person in self.world.people:
            for asset, amount in (("USDC", "40"), ("BTC", "1.5")):
                self.world.run(cmd.Deposit(person.no, "usdm", asset, Amount(units(amount))))
        for person in self.world.people[:3]:
            self.world.run(cmd.SetCollateralMode(person.no, unified=True))
        self.start = canonical.dump(self.world.state)
        self._record()

    def _record(self) -> None:
        execute = self.world.engine.execute

        def recorded(command: cmd.Command, at: Any) -> Any:
            events = execute(command, at)
            self.log.append((at, command, list(events)))
            return events

        self.world.engine.execute = recorded

    @rule(
        who=st.integers(0, 3),
        where=st.integers(0, 1),
        side=st.sampled_from([Side.BUY, Side.SELL]),
        qty=st.sampled_from(["0.001", "0.5", "3", "7.777", "25"]),
        price=st.integers(85, 115),
        tif=st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
        reduce_only=st.booleans(),
    )
    def place(
        self, who: int, where: int, side: Side, qty: str, price: int, tif: TimeInForce, *, reduce_only: bool
    ) -> None:
        more = self._terms(who, side, closes=reduce_only)
        self.world.run(
            cmd.PlaceOrder(
                self.world.people[who].no, self.markets[where], side, OrderKind.LIMIT, Quantity(units(qty)),
                Price(units(price)), tif, "", more,
            )
        )  # fmt: skip

    @rule(
        who=st.integers(0, 3),
        other=st.integers(1, 3),
        where=st.integers(0, 1),
        qty=st.sampled_from(["1", "5", "12.345", "20"]),
        price=st.integers(90, 110),
        closes=st.booleans(),
    )
    def trade(self, who: int, other: int, where: int, qty: str, price: int, *, closes: bool) -> None:
        """One sells to another at what they agree on, near the mark."""
        market = self.world.state.markets[self.markets[where]]
        at = Price(max(1, market.mark * price // 100 // 10**6) * 10**6)
        for person, side in ((who, Side.SELL), ((who + other) % 4, Side.BUY)):
            more = self._terms(person, side, closes=closes and person == who)
            self.world.run(
                cmd.PlaceOrder(
                    self.world.people[person].no, market.no, side, OrderKind.LIMIT, Quantity(units(qty)), at,
                    TimeInForce.GTC, "", more,
                )
            )  # fmt: skip
        self.cancel_all(who)

    @rule(where=st.integers(0, 1), percent=st.integers(-12, 12))
    def drift(self, where: int, percent: int) -> None:
        market = self.world.state.markets[self.markets[where]]
        self.world.run(cmd.SetMark(market.no, Price(max(10**6, market.mark * (100 + percent) // 100))))

    def _terms(self, who: int, side: Side, *, closes: bool) -> Terms | None:
        """What an order of *side* says of the position it works on, in whatever mode its owner holds positions."""
        if self.world.state.accounts[self.world.people[who].no].position_mode is PositionMode.ONE_WAY:
            return Terms(reduce_only=True) if closes else None
        return Terms(slot=Slot.LONG if (side is Side.BUY) is not closes else Slot.SHORT)

    @rule(who=st.integers(0, 3), hedge=st.booleans())
    def hold(self, who: int, *, hedge: bool) -> None:
        mode = PositionMode.HEDGE if hedge else PositionMode.ONE_WAY
        self.world.run(cmd.SetPositionMode(self.world.people[who].no, mode))

    @rule(who=st.integers(0, 3), where=st.integers(0, 1), isolated=st.booleans())
    def isolate(self, who: int, where: int, *, isolated: bool) -> None:
        mode = MarginMode.ISOLATED if isolated else MarginMode.CROSS
        self.world.run(cmd.SetMarginMode(self.world.people[who].no, self.markets[where], mode))

    @rule(who=st.integers(0, 3))
    def cancel_all(self, who: int) -> None:
        if self.world.state.accounts[self.world.people[who].no].orders:
            self.world.run(cmd.CancelAll(self.world.people[who].no))

    @rule(price=st.integers(40, 160))
    def index(self, price: int) -> None:
        self.world.at += SECOND
        self.world.index(price)

    @rule(where=st.integers(0, 1), price=st.integers(40, 160))
    def mark(self, where: int, price: int) -> None:
        self.world.run(cmd.SetMark(self.markets[where], Price(units(price))))

    @rule(price=st.sampled_from(["0.9", "0.999", "1.002"]))
    def peg(self, price: str) -> None:
        self.world.run(cmd.SetIndex("USDC-USDT", Price(units(price))))

    @rule(hours=st.integers(1, 9))
    def time(self, hours: int) -> None:
        self.world.passes(hours * HOUR)

    @rule(who=st.integers(0, 3), asset=st.sampled_from(ASSETS), share=st.integers(1, 100), out=st.booleans())
    def money(self, who: int, asset: str, share: int, *, out: bool) -> None:
        """Out goes a share of what may: all of it, one time in a hundred."""
        account = self.world.state.accounts[self.world.people[who].no]
        amount = share * ONE // (100 if asset == "BTC" else 1)
        if out:
            amount = margin.wallet_state(self.world.state, account, "usdm", asset).withdrawable * share // 100
        if amount:
            kind = cmd.Withdraw if out else cmd.Deposit
            self.world.run(kind(account.no, "usdm", asset, Amount(amount)))

    @rule(who=st.integers(0, 3), asset=st.sampled_from(ASSETS[:2]), amount=st.integers(1, 60), out=st.booleans())
    def bonus(self, who: int, asset: str, amount: int, *, out: bool) -> None:
        kind = cmd.ExpireBonus if out else cmd.GrantBonus
        self.world.run(kind(self.world.people[who].no, "usdm", asset, Amount(amount * ONE)))

    @rule(who=st.integers(0, 3), unified=st.booleans())
    def mode(self, who: int, *, unified: bool) -> None:
        self.world.run(cmd.SetCollateralMode(self.world.people[who].no, unified=unified))

    @rule(who=st.integers(0, 3), where=st.integers(0, 1), leverage=st.integers(1, 20))
    def leverage(self, who: int, where: int, leverage: int) -> None:
        self.world.run(cmd.SetLeverage(self.world.people[who].no, self.markets[where], leverage))

    @invariant()
    def nobody_is_overlooked(self) -> None:
        """Whatever the price that moved, pools of several assets are looked at too."""
        assert overlooked(self.world.state) == []

    @invariant()
    def nothing_waits_and_nobody_owes_beyond_what_he_has(self) -> None:
        state = self.world.state
        assert state.pending() is None
        assert not state.liquidations
        for no in state.unified:
            account = state.accounts[no]
            pool = margin.shared(state, account, "usdm")
            held = any(margin.pooled(state, account, "usdm", ALL_ASSETS))
            assert pool.equity > pool.maintenance if held else pool.equity >= 0
            owed = account.free("usdm", "USDT")
            payable = any(account.free("usdm", asset) > 1_000 for asset in ASSETS[1:])
            assert owed >= units(-40) or not payable
            assert collateral.rates_of(state, account).keys() == set(ASSETS)

    @rule()
    def restart(self) -> None:
        """The program ends, and another goes on from the checkpoint."""
        self.world.state = canonical.load(canonical.dump(self.world.state))
        self.world.engine = Engine(self.world.state)
        self._record()

    def teardown(self) -> None:
        """The events alone make the same state byte for byte, and a program that never ended makes the same events."""
        replayed: ExchangeState = canonical.load(self.start)
        engine = Engine(canonical.load(self.start))
        for at, command, events in self.log:
            for event in events:
                replayed.apply(event, at)
            assert engine.execute(command, at) == events
        assert canonical.dump(replayed) == canonical.dump(self.world.state) == canonical.dump(engine.state)


PooledLife.TestCase.settings = settings(stateful_step_count=40)
TestPooledLife = PooledLife.TestCase


# Two who are one


DEALS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["0.5", "3", "9", "20"]), st.integers(60, 140), st.integers(0, 2)),
    min_size=1, max_size=12,
)  # fmt: skip
"""Who sells, how much, at what price in hundredths of the mark, and where the mark then moves."""


def wealth(world: World) -> int:
    """What the two have in all, at indexes and marks, 10**-8 of the numéraire; nobody's view of it is rounded up."""
    total = 0
    for person in world.people[:2]:
        account = world.state.accounts[person.no]
        for (_, asset), money in account.balances.items():
            price = world.state.indexes["BTC-USDT"].price if asset == "BTC" else ONE
            total += (money.free + money.held) * price
        for key, _ in margin.pooled(world.state, account, "usdm", ALL_ASSETS):
            total += margin.unrealised_of(account, world.state.markets[world.market], key) * ONE
    return total


@given(deals=DEALS)
def test_two_who_are_one_never_trade_themselves_richer(deals: list[tuple[bool, str, int, int]]) -> None:
    """At any price they agree on, until one of them is liquidated, or has to change what he has: what one gains the
    other loses, or the exchange takes it. A mark that moves is not their doing, so what it brings is not counted.
    """
    world = World(PERP, people=("ann", "bob", "cleo"), bundle=RULES, cash=10, liquidation_fee="0.0125", capital=100_000)
    world.index(100)
    for person in world.people[:2]:
        world.run(cmd.Deposit(person.no, "usdm", "BTC", Amount(ONE)))
        world.run(cmd.SetCollateralMode(person.no, unified=True))
    for sells, qty, percent, move in deals:
        mark = world.state.markets[world.market].mark
        price = Price(mark * percent // 100 // 10**6 * 10**6)
        seller, buyer = world.people[:2] if sells else world.people[1::-1]
        before = wealth(world)
        for person, side in ((seller, Side.SELL), (buyer, Side.BUY)):
            command = cmd.PlaceOrder(
                person.no, world.market, side, OrderKind.LIMIT, Quantity(units(qty)), price, TimeInForce.GTC
            )
            world.run(command)
        for person in (seller, buyer):
            if world.state.accounts[person.no].orders:
                world.run(cmd.CancelAll(person.no))
        # A unit a fill may be gained by the view of what is unrealised, which is toward zero for each.
        assert wealth(world) <= before + 4 * ONE
        world.mark((90, 100, 111)[move])
