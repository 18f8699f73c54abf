"""Whatever families move among themselves, and whoever begins anew in between, every unit stays accounted for."""

from __future__ import annotations

from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.families import AccountReset, Holding, JoinFamily, ResetAccount, TransferInFamily
from simexchange.core.vocabulary.orders import MarginMode, Side
from simexchange.core.vocabulary.units import HOUR, Amount, Price
from tests.core.world import PERP, World, only, units
from tests.properties.overlooked import overlooked

PEOPLE = ("ann", "bob", "cleo", "dan")
"""Ann with Bob and Cleo under her; Dan belongs to nobody."""
WHO = st.integers(0, 3)
WALLET = st.sampled_from(["spot", "usdm", "funding"])
AMOUNT = st.sampled_from(["0.00000001", "1", "33.33333333", "150", "400", "2000"])
RELATED = {0, 1, 2}


class FamilyLife(RuleBasedStateMachine):
    """Small wallets, isolated and cross positions, a mark that runs away, transfers and resets in between."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[Any, ev.Event]] = []
        self.world = World(
            PERP, people=PEOPLE, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.0125", cash=400, capital=500
        )
        self.world.index(100)
        for child in (1, 2):
            self.world.run(JoinFamily(self.world.people[child].no, self.world.people[0].no))
        self.start = canonical.dump(self.world.state)
        execute = self.world.engine.execute

        def recorded(command: cmd.Command, at: Any) -> Any:
            events = execute(command, at)
            self.log += [(at, event) for event in events]
            return events

        self.world.engine.execute = recorded

    @rule(who=WHO, buys=st.booleans(), qty=st.sampled_from(["0.5", "3", "7.777", "25"]), price=st.integers(90, 110))
    def place(self, who: int, buys: bool, qty: str, price: int) -> None:
        self.world.people[who].order(Side.BUY if buys else Side.SELL, qty, price)

    @rule(price=st.integers(70, 130))
    def mark(self, price: int) -> None:
        self.world.run(cmd.SetMark(self.world.market, Price(units(price))))

    @rule(hours=st.integers(1, 9))
    def wait(self, hours: int) -> None:
        self.world.passes(hours * HOUR)

    @rule(who=WHO)
    def isolate(self, who: int) -> None:
        self.world.run(cmd.SetMarginMode(self.world.people[who].no, self.world.market, MarginMode.ISOLATED))

    @rule(who=WHO, to=WHO, by=WHO, wallet=WALLET, to_wallet=WALLET, amount=AMOUNT)
    def move(self, who: int, to: int, by: int, wallet: str, to_wallet: str, amount: str) -> None:
        """Only inside a family, asked for by one of the two or their parent."""
        source, target, asks = (self.world.people[each].no for each in (who, to, by))
        events = self.world.run(
            TransferInFamily(source, wallet, target, to_wallet, "USDT", Amount(units(amount)), asks)
        )
        if only(events, ev.FundsTransferred):
            assert {who, to, by} <= RELATED or who == to == by
            assert by in (who, to, 0)

    @rule(who=WHO, closed=st.booleans(), spot=AMOUNT, margin=AMOUNT)
    def reset(self, who: int, closed: bool, spot: str, margin: str) -> None:
        account = self.world.state.accounts[self.world.people[who].no]
        had = bool(account.positions)
        wanted = {("spot", "USDT"): units(spot), ("usdm", "USDT"): units(margin)}
        holdings = tuple(Holding(*place, Amount(amount)) for place, amount in wanted.items())
        events = self.world.run(ResetAccount(account.no, holdings, closed))

        assert bool(only(events, AccountReset)) == (closed or not had)
        if only(events, AccountReset):
            assert not account.orders
            assert not account.positions
            left = {place: each.free for place, each in account.balances.items() if each.free or each.held}
            assert left == wanted

    @invariant()
    def nobody_is_overlooked(self) -> None:
        assert overlooked(self.world.state) == []

    def teardown(self) -> None:
        """The events alone give the same state: nothing was decided beside them."""
        again = canonical.load(self.start)
        for at, event in self.log:
            again.apply(event, at)
        assert canonical.dump(again) == canonical.dump(self.world.state)


TestFamilyLife = FamilyLife.TestCase
TestFamilyLife.settings = settings(stateful_step_count=40)
