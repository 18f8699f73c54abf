"""Whatever happens on a perpetual, no unit appears or vanishes, and the log says it all."""

from __future__ import annotations

from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Peg, SelfTrade, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Price, Quantity
from tests.core.world import PERP, World, units
from tests.properties.overlooked import overlooked
from tests.properties.slots import setting, worded

PEOPLE = ("ann", "bob", "cleo", "dan")


class PerpetualLife(RuleBasedStateMachine):
    """Four people with small wallets trade, are paid funding, and are liquidated when the mark runs away."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[Any, ev.Event]] = []
        self.world = World(
            PERP, people=PEOPLE, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.0125", cash=400, capital=50
        )
        # What came before is folded from the state's own events: the recorder below hears everything from here on.
        self.start = canonical.dump(self.world.state)
        execute = self.world.engine.execute

        def recorded(command: cmd.Command, at: Any) -> Any:
            events = execute(command, at)
            self.log += [(at, event) for event in events]
            return events

        self.world.engine.execute = recorded
        self.world.index(100)
        self.turn = 0
        """Counts orders: it chooses the slot where an account has several."""

    def worded(self, who: int, more: Terms | None) -> Terms | None:
        """*more* for the account's position mode."""
        self.turn += 1
        return worded(self.world.state.accounts[self.world.people[who].no], self.world.market, more, self.turn)

    @rule(
        who=st.integers(0, 3),
        side=st.sampled_from([Side.BUY, Side.SELL]),
        qty=st.sampled_from(["0.001", "0.5", "1", "3", "7.777", "25"]),
        price=st.integers(85, 115),
        tif=st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY]),
        market=st.booleans(),
        reduce_only=st.booleans(),
    )
    def place(
        self, who: int, side: Side, qty: str, price: int, tif: TimeInForce, *, market: bool, reduce_only: bool
    ) -> None:
        kind = OrderKind.MARKET if market else OrderKind.LIMIT
        more = Terms(reduce_only=True) if reduce_only else None
        tif = TimeInForce.GTC if market else tif
        self.world.run(
            cmd.PlaceOrder(
                self.world.people[who].no, self.world.market, side, kind, Quantity(units(qty)),
                Price(0 if market else units(price)), tif, "", self.worded(who, more),
            )
        )  # fmt: skip

    @rule(
        who=st.integers(0, 3),
        side=st.sampled_from([Side.BUY, Side.SELL]),
        qty=st.sampled_from(["0.5", "2", "7.777"]),
        price=st.integers(95, 105),
        mode=st.sampled_from(list(SelfTrade)),
        shown=st.sampled_from(["0", "0.5", "0.6"]),
        level=st.integers(0, 2),
        reduce_only=st.booleans(),
    )
    def place_with_terms(
        self, who: int, side: Side, qty: str, price: int, mode: SelfTrade, shown: str, level: int, *, reduce_only: bool
    ) -> None:
        peg = Peg(other=bool(price % 2), level=level) if level else None
        more = Terms(self_trade=mode, iceberg_qty=Quantity(units(shown)), peg=peg, reduce_only=reduce_only)
        self.world.run(
            cmd.PlaceOrder(
                self.world.people[who].no, self.world.market, side, OrderKind.LIMIT, Quantity(units(qty)),
                Price(0 if peg else units(price)), TimeInForce.GTC, "", self.worded(who, more),
            )
        )  # fmt: skip

    @rule(who=st.integers(0, 3), group=st.integers(0, 1))
    def group(self, who: int, group: int) -> None:
        self.world.run(cmd.SetAccountOption(self.world.people[who].no, AccountOption.TRADE_GROUP, group))

    @rule(
        who=st.integers(0, 3),
        which=st.integers(0, 3),
        qty=st.sampled_from(["0.25", "0.5", "3", "9"]),
        price=st.integers(85, 115),
        amend=st.booleans(),
    )
    def change(self, who: int, which: int, qty: str, price: int, *, amend: bool) -> None:
        account = self.world.people[who].no
        for order in list(self.world.state.accounts[account].orders)[which : which + 1]:
            size, market = Quantity(units(qty)), self.world.market
            if amend:
                self.world.run(cmd.AmendOrder(account, market, size, order))
            else:
                self.world.run(cmd.ModifyOrder(account, market, size, Price(units(price)), order))

    @rule(who=st.integers(0, 3))
    def cancel_all(self, who: int) -> None:
        self.world.run(cmd.CancelAll(self.world.people[who].no))

    @rule(price=st.integers(70, 130))
    def index(self, price: int) -> None:
        self.world.at += SECOND
        self.world.index(price)

    @rule(price=st.integers(40, 160))
    def mark(self, price: int) -> None:
        self.world.mark(price)

    @rule(hours=st.integers(1, 9))
    def time(self, hours: int) -> None:
        self.world.passes(hours * HOUR)

    @rule(who=st.integers(0, 3), amount=st.integers(1, 500), out=st.booleans())
    def money(self, who: int, amount: int, *, out: bool) -> None:
        kind = cmd.Withdraw if out else cmd.Deposit
        self.world.run(kind(self.world.people[who].no, "usdm", "USDT", Amount(units(amount))))

    @rule(who=st.integers(0, 3), turn=st.integers(0, 200), amount=st.integers(1, 50))
    def hold_otherwise(self, who: int, turn: int, amount: int) -> None:
        account = self.world.state.accounts[self.world.people[who].no]
        self.world.run(setting(account, self.world.market, turn, amount * ONE + turn))

    @rule(who=st.integers(0, 3), leverage=st.integers(1, 20))
    def leverage(self, who: int, leverage: int) -> None:
        self.world.run(cmd.SetLeverage(self.world.people[who].no, self.world.market, leverage))

    @invariant()
    def nobody_waits_to_be_liquidated(self) -> None:
        assert self.world.state.pending() is None
        assert not self.world.state.liquidations

    @invariant()
    def nobody_holds_less_than_he_must(self) -> None:
        """By going through everybody: whatever moved money or a requirement, the index of risk knew."""
        assert overlooked(self.world.state) == []

    def teardown(self) -> None:
        """Replay: the events alone, from where the recording began, make the same state byte for byte."""
        replayed: ExchangeState = canonical.load(self.start)
        for at, event in self.log:
            replayed.apply(event, at)
        assert canonical.dump(replayed) == canonical.dump(self.world.state)


PerpetualLife.TestCase.settings = settings(stateful_step_count=50)
TestPerpetualLife = PerpetualLife.TestCase
