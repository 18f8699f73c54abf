"""Two accounts of one owner can never raise what they have together (money rule L1): liquidation, fund and deleveraging
in play.

The mark comes from outside. What the two gain by it is theirs, and so is what the fund loses where it jumps over a
bankruptcy price: that is what the fund is for. Everything else they do must cost them, or nothing.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import margin
from simexchange.core.ledger import wallet_of
from simexchange.core.state import FUND
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import market_of, slot_of
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Price, Quantity
from tests.core.world import PERP, World, units

EXAMPLES = int(os.environ.get("SIMEXCHANGE_PLOTS", "60"))
PAIR = ("a", "b")

members = st.sampled_from(PAIR)
orders = st.tuples(
    st.just("order"), members, st.sampled_from([1, -1]), st.integers(1, 25), st.integers(30, 145), st.integers(0, 2)
)
marks = st.tuples(st.just("mark"), st.integers(60, 140))
drifts = st.tuples(st.just("drift"), st.integers(-300, 300))
moneys = st.tuples(st.just("money"), members, st.integers(1, 200), st.booleans())
times = st.tuples(st.just("time"), st.sampled_from([SECOND, 5 * SECOND, MINUTE, 9 * HOUR]))
modes = st.tuples(st.just("mode"), members, st.booleans(), st.booleans(), st.sampled_from([1, 5, 10, 20]))
opens = st.tuples(st.just("open"), members, st.sampled_from([1, -1]), st.integers(5, 100))
hands = st.tuples(st.just("hand"), members, st.integers(40, 160))
fishes = st.tuples(st.just("fish"), members, st.integers(-100, 100))
acts = st.one_of(orders, opens, hands, fishes, marks, drifts, drifts, moneys, times, modes)


class Plot:
    """What the two have together, record by record, less what the mark brought and the fund had to bear."""

    def __init__(self, bundle: Bundle, capital: int) -> None:
        self.world = World(
            PERP, people=PAIR, cash=300, capital=capital, bundle=bundle, maker_fee="0.0002", taker_fee="0.0005",
            liquidation_fee="0.0125",
        )  # fmt: skip
        self.world.index(100)
        self.people = dict(zip(PAIR, self.world.people, strict=True))
        self.kept = 0
        """What they have won of others so far, at 10**-16; never above zero."""
        self.slack = 0
        """What rounding may hide, at 10**-16: what a jump left is told in whole units."""

    def wealth(self, mark: int) -> int:
        """Cash and positions of both at *mark*, exact, at 10**-16."""
        total = 0
        for person in self.people.values():
            account = self.world.state.accounts[person.no]
            total += sum(b.free * ONE for (w, asset), b in account.balances.items() if asset == "USDT" and w != "spot")
            total += sum(position.qty * mark - position.cost for position in account.positions.values())
        return total

    def mark(self) -> int:
        """The mark now, or the last trade."""
        market = self.world.state.markets[self.world.market]
        return market.mark or market.last

    def debts(self) -> int:
        """What their pools are worth less than nothing, at 10**-16."""
        state, total = self.world.state, 0
        for person in self.people.values():
            account = state.accounts[person.no]
            pools = {wallet_of(state.markets[market_of(key)], account, key): None for key in account.positions}
            total += sum(max(0, -margin.equity(state, account, wallet, "USDT")) for wallet in pools)
        return total * ONE

    def run(self, command: cmd.Command) -> None:
        """One command and what it makes necessary. In a record the mark moves before anything else does."""
        state, engine = self.world.state, self.world.engine
        owed, jumped, won = self.debts(), 0, 0
        following: Any = command
        while following is not None:
            positions = [
                (position.qty, position.cost)
                for person in self.people.values()
                for position in state.accounts[person.no].positions.values()
            ]
            before, was = self.wealth(self.mark()), self.mark()
            events = engine.execute(following, self.world.at)
            if self.mark() != was:
                jumped += max(0, self.debts() - owed)
            market = sum(qty for qty, _ in positions) * (self.mark() - was)
            won += self.wealth(self.mark()) - before - market - brought(events)
            self.slack += 2 * ONE
            following = state.pending()
        self.kept += won - min(max(0, won), jumped)
        assert self.kept <= self.slack, (command, self.kept, jumped)

    def act(self, act: tuple[Any, ...]) -> None:
        """What one of them does, or the world."""
        kind, *rest = act
        getattr(self, kind)(*rest)

    def order(self, name: str, side: int, qty: int, price: int, slot: int) -> None:
        """Any price at all; 0 and below 55 are market orders."""
        limit = price >= 55
        hedge = self.world.state.accounts[self.people[name].no].position_mode is PositionMode.HEDGE
        more = Terms(slot=Slot(slot or 1)) if hedge else None
        self.run(
            cmd.PlaceOrder(
                self.people[name].no, self.world.market, Side(side), OrderKind.LIMIT if limit else OrderKind.MARKET,
                units(qty), units(price if limit else 0), TimeInForce.GTC if limit else TimeInForce.IOC, "", more,
            )
        )  # fmt: skip

    def other(self, name: str) -> str:
        """The other one of the two."""
        return PAIR[name == PAIR[0]]

    def limit(self, name: str, side: int, qty: int, price: int) -> None:
        """A limit order for as much, in the slot it would open or close."""
        hedge = self.world.state.accounts[self.people[name].no].position_mode is PositionMode.HEDGE
        more = Terms(slot=Slot.LONG if side > 0 else Slot.SHORT) if hedge else None
        if qty > 0:
            self.run(
                cmd.PlaceOrder(
                    self.people[name].no, self.world.market, Side(side), OrderKind.LIMIT, Quantity(qty),
                    Price(max(1, price // (ONE // 100)) * (ONE // 100)), TimeInForce.GTC, "", more,
                )
            )  # fmt: skip

    def open(self, name: str, side: int, part: int) -> None:
        """They open against each other at the mark, as much as both can afford, or a part of it."""
        cash = min(self.world.state.accounts[person.no].free("usdm", "USDT") for person in self.people.values())
        qty = max(0, cash) * part * 9 // 100 * ONE // self.mark()
        qty = min(qty, 950 * ONE * ONE // self.mark())
        qty -= qty % (ONE // 1_000)
        self.limit(self.other(name), -side, qty, self.mark())
        self.limit(name, side, qty, self.mark())

    def hand(self, name: str, price: int) -> None:
        """One hands what he has to the other, at any price at all."""
        for position in list(self.world.state.accounts[self.people[name].no].positions.values()):
            side = 1 if position.qty < 0 else -1
            size = abs(position.qty)
            self.limit(self.other(name), -side, size, price * ONE)
            slot = slot_of(position.key)
            more = Terms(slot=Slot(slot)) if slot else None
            self.run(
                cmd.PlaceOrder(
                    self.people[name].no, self.world.market, Side(side), OrderKind.LIMIT, Quantity(size),
                    Price(price * ONE), TimeInForce.IOC, "", more,
                )
            )  # fmt: skip

    def fish(self, name: str, parts: int) -> None:
        """One waits near the mark for what the fund has."""
        position = self.world.state.accounts[FUND].positions.get(self.world.market)
        if position is not None:
            side = 1 if position.qty > 0 else -1
            self.limit(name, side, abs(position.qty), self.mark() * (10_000 + parts) // 10_000)
            self.time(5 * SECOND)

    def set_mark(self, price: int) -> None:
        self.run(cmd.SetMark(self.world.market, Price(price)))

    def drift(self, parts: int) -> None:
        """A small move: nobody is jumped over."""
        self.set_mark(min(140 * ONE, max(60 * ONE, self.mark() * (10_000 + parts) // 10_000 // ONE * ONE)))

    def money(self, name: str, amount: int, out: bool) -> None:
        self.run((cmd.Withdraw if out else cmd.Deposit)(self.people[name].no, "usdm", "USDT", Amount(amount * ONE)))

    def time(self, span: int) -> None:
        """The fund sells, and gives up; funding is paid."""
        end = self.world.at + span
        while (due := self.world.state.next_due()) is not None and due <= end:
            self.world.at = due
            self.run(cmd.PassTime())
        self.world.at = end

    def mode(self, name: str, isolated: bool, hedge: bool, leverage: int) -> None:
        no, market = self.people[name].no, self.world.market
        self.run(cmd.SetMarginMode(no, market, MarginMode.ISOLATED if isolated else MarginMode.CROSS))
        self.run(cmd.SetPositionMode(no, PositionMode.HEDGE if hedge else PositionMode.ONE_WAY))
        self.run(cmd.SetLeverage(no, market, leverage))


def brought(events: list[Any]) -> int:
    """What they brought or took out themselves, at 10**-16."""
    total = sum(event.amount for event in events if isinstance(event, ev.FundsDeposited))
    return (total - sum(event.amount for event in events if isinstance(event, ev.FundsWithdrawn))) * ONE


@pytest.mark.timeout(600)
@pytest.mark.parametrize("policy", ["one_ioc", "by_tier"])
@pytest.mark.parametrize("capital", [0, 100, 1_000_000])
@settings(max_examples=EXAMPLES)
@given(plan=st.lists(acts, min_size=1, max_size=40))
def test_two_colluding_accounts_never_win_anything_together(
    policy: str, capital: int, plan: list[tuple[Any, ...]]
) -> None:
    plot = Plot(Bundle("binance", liquidation=policy), capital)

    for act in plan:
        if act[0] == "mark":
            plot.set_mark(act[1] * ONE)
        else:
            plot.act(act)
