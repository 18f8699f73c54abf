"""Whatever modes accounts choose, on contracts paid in dollars and in coin: no unit is lost, and nobody gains by it.

The invariants are checked after each record. What people do by themselves, with the mark standing still, never makes
all of them together richer: two accounts in collusion cannot have the insurance fund pay for them (money rule L1).
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simexchange.core import canonical, margin, valuing
from simexchange.core.engine import Engine
from simexchange.core.ledger import owner_of_wallet
from simexchange.core.state import FUND, ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import Filters, MarketRules
from simexchange.core.vocabulary.orders import (
    MarginMode,
    OrderKind,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Price, Quantity, Rate
from tests.core.test_inverse import COIN, SPEC
from tests.core.world import PERP, TIERS, World, units
from tests.properties.overlooked import overlooked
from tests.properties.slots import setting, worded

PEOPLE = ("ann", "bob", "cleo", "dan", "eve")
COMMANDS = int(os.environ.get("SIMEXCHANGE_COMMANDS", "2500"))
STEPS = 50

turns = st.integers(0, 200)
members = st.integers(0, len(PEOPLE) - 1)
sides = st.sampled_from([Side.BUY, Side.SELL])


def opened() -> World:
    """A linear and an inverse perpetual at 100; each of five people begins in another mode, with little money."""
    world = World(
        PERP, people=PEOPLE, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.0125", cash=400, capital=50
    )
    world.run(cmd.ListMarket(SPEC))
    coin = world.state.market_no[COIN]
    rules = MarketRules(Filters(), Rate(20_000), Rate(50_000), TIERS, Rate(1_250_000), 10)
    world.run(cmd.SetRules("binance", coin, rules))
    world.run(cmd.ProvideCapital("coinm", "BTC", Amount(10 * ONE)))
    for person in world.people:
        world.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(units("4.3"))))
    for name, mode in (("cleo", PositionMode.HEDGE), ("dan", PositionMode.SEPARATE), ("eve", PositionMode.SEPARATE)):
        world.run(cmd.SetPositionMode(world.state.account_no[name], mode))
    for name in ("bob", "cleo", "eve"):
        for no in (world.market, coin):
            world.run(cmd.SetMarginMode(world.state.account_no[name], no, MarginMode.ISOLATED))
    world.index(100)
    world.run(cmd.SetIndex("BTC-USD", Price(100 * ONE)))
    for no in (world.market, coin):
        for turn, (one, other) in enumerate(pairwise([*world.people, world.people[0]]), 1):
            for person, side in ((one, Side.SELL), (other, Side.BUY)):
                account = world.state.accounts[person.no]
                more = worded(account, no, None, 1 if side is Side.BUY else 2)
                world.run(
                    cmd.PlaceOrder(
                        account.no, no, side, OrderKind.LIMIT, Quantity(2 * turn * ONE), Price(100 * ONE),
                        TimeInForce.GTC, "", more,
                    )
                )  # fmt: skip
    return world


def riches(state: ExchangeState) -> dict[str, int]:
    """What all users have together of each asset in their derivatives wallets, positions valued at mark."""
    found = {"USDT": 0, "BTC": 0}
    for account in state.accounts.values():
        if account.no == FUND:
            continue
        for (wallet, asset), balance in account.balances.items():
            if wallet != "spot" and asset in found:
                found[asset] += balance.free
        for key, position in account.positions.items():
            market = state.markets[market_of(key)]
            price = margin.price_of(market)
            found[market.spec.settle] += valuing.unrealised(market.spec, position.qty, position.cost, price)
    return found


class EveryMode(RuleBasedStateMachine):
    """Five people place orders, change modes and move margin while prices and time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.world = opened()
        self.log: list[tuple[Any, ev.Event]] = []
        self.start = canonical.dump(self.world.state)

    def run(self, command: cmd.Command) -> None:
        """Invariants are checked after each step by the world."""
        self.log += [(self.world.at, event) for event in self.world.run(command)]

    def alone(self, command: cmd.Command) -> None:
        """Somebody does something while the mark stands still: all together have no more than before.

        But for what is cut off each position's profit, a unit at most.
        """
        before = riches(self.world.state)
        held = sum(len(account.positions) for account in self.world.state.accounts.values())
        self.run(command)
        held += sum(len(account.positions) for account in self.world.state.accounts.values())
        for asset, now in riches(self.world.state).items():
            assert now - before[asset] <= held, (asset, now - before[asset], command)

    def account(self, who: int) -> Any:
        return self.world.state.accounts[self.world.people[who].no]

    def market(self, *, coin: bool) -> Any:
        return self.world.state.market_no[COIN if coin else PERP]

    @rule(
        who=members, side=sides, qty=st.sampled_from(["1", "2", "3", "7", "25"]), price=st.integers(88, 112),
        tif=st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.POST_ONLY]), turn=turns,
        market=st.booleans(), coin=st.booleans(), reduce_only=st.sampled_from([False, False, False, True]),
    )  # fmt: skip
    def place(
        self, who: int, side: Side, qty: str, price: int, tif: TimeInForce, turn: int, *, market: bool, coin: bool,
        reduce_only: bool,
    ) -> None:  # fmt: skip
        account, no = self.account(who), self.market(coin=coin)
        more = worded(account, no, Terms(reduce_only=True) if reduce_only else None, turn)
        self.alone(
            cmd.PlaceOrder(
                account.no, no, side, OrderKind.MARKET if market else OrderKind.LIMIT, Quantity(units(qty)),
                Price(0 if market else units(price)), TimeInForce.GTC if market else tif, "", more,
            )
        )  # fmt: skip

    @rule(
        pair=st.permutations(range(len(PEOPLE))), side=sides, away=st.integers(-6, 6), turn=turns, coin=st.booleans(),
        qty=st.sampled_from(["1", "2", "3.5", "8", "30"]),
    )  # fmt: skip
    def two_trade(self, pair: list[int], side: Side, away: int, turn: int, qty: str, *, coin: bool) -> None:
        """One offers near the mark, or far from it, and another takes."""
        size = str(int(float(qty))) if coin else qty
        mark = margin.price_of(self.world.state.markets[self.market(coin=coin)])
        price = mark * (100 + away) // 100 // ONE
        self.place(pair[0], side, size, price, TimeInForce.GTC, turn, market=False, coin=coin, reduce_only=False)
        self.place(
            pair[1], Side(-side), size, price, TimeInForce.IOC, turn * 7 + 1, market=False, coin=coin,
            reduce_only=False,
        )  # fmt: skip

    @rule(
        pair=st.permutations(range(len(PEOPLE))), side=sides, away=st.integers(-12, 12), turn=turns, coin=st.booleans()
    )
    def two_close(self, pair: list[int], side: Side, away: int, turn: int, *, coin: bool) -> None:
        """Somebody closes a position he has, or part of it, with another's help, at a good price or a bad one."""
        account, no = self.account(pair[0]), self.market(coin=coin)
        held = [key for key in account.positions if market_of(key) == no]
        if not held:
            return
        key = held[turn % len(held)]
        qty = account.positions[key].qty
        size = abs(qty) if turn % 3 else max(ONE, abs(qty) // 2 // ONE * ONE)
        price = margin.price_of(self.world.state.markets[no]) * (100 + away) // 100 // ONE
        way = Side.SELL if qty > 0 else Side.BUY
        self.place(
            pair[1],
            Side(-way),
            str(size // ONE),
            price,
            TimeInForce.GTC,
            turn,
            market=False,
            coin=coin,
            reduce_only=False,
        )
        more = Terms(slot=Slot(slot_of(key)), sub_position=sub_of(key)) if slot_of(key) else None
        self.alone(
            cmd.PlaceOrder(
                account.no, no, way, OrderKind.LIMIT, Quantity(size), Price(units(price)), TimeInForce.IOC, "", more
            )
        )

    @rule(
        who=members, side=sides, price=st.integers(85, 115), turn=turns, coin=st.booleans(), protects=st.booleans(),
        mark=st.booleans(),
    )  # fmt: skip
    def wait(self, who: int, side: Side, price: int, turn: int, *, coin: bool, protects: bool, mark: bool) -> None:
        """A sleeping order, or one that brings a stop and a take-profit."""
        account, no = self.account(who), self.market(coin=coin)
        watches = TriggerPrice.MARK if mark else TriggerPrice.LAST
        if protects:
            stop, profit = (
                Trigger(Price(units(100 - away * side)), watches, rising=(away * side < 0)) for away in (12, -12)
            )
            kind, more = OrderKind.LIMIT, Terms(stop_loss=stop, take_profit=profit)
        else:
            kind, more = OrderKind.MARKET, Terms(trigger=Trigger(Price(units(price)), watches, rising=bool(turn % 2)))
        self.alone(
            cmd.PlaceOrder(
                account.no, no, side, kind, Quantity(units(2)), Price(units(100) if protects else 0),
                TimeInForce.GTC, "", worded(account, no, more, turn),
            )
        )  # fmt: skip

    @rule(who=members, turn=turns, amount=st.integers(1, 60), coin=st.booleans())
    def settings(self, who: int, turn: int, amount: int, *, coin: bool) -> None:
        fine = amount * (ONE // 100 if coin else ONE) + turn
        self.alone(setting(self.account(who), self.market(coin=coin), turn, fine))

    @rule(who=members, turn=turns, amount=st.integers(1, 60), coin=st.booleans())
    def margin(self, who: int, turn: int, amount: int, *, coin: bool) -> None:
        """Added, taken out, or to be added."""
        self.settings(who, turn // 8 * 8 + (0, 5, 2)[turn % 3], amount, coin=coin)

    @rule(who=members, nth=st.integers(0, 9), qty=st.sampled_from(["1", "3"]), price=st.integers(95, 105))
    def change(self, who: int, nth: int, qty: str, price: int) -> None:
        account = self.account(who)
        for no, order in list(account.orders.items())[nth : nth + 1]:
            self.alone(cmd.ModifyOrder(account.no, order.market, Quantity(units(qty)), Price(units(price)), no))

    @rule(who=members, coin=st.booleans(), really=st.sampled_from([False, True]))
    def cancel_all(self, who: int, *, coin: bool, really: bool) -> None:
        if really:
            self.alone(cmd.CancelAll(self.account(who).no, self.market(coin=coin)))

    @rule(percent=st.integers(-9, 9), gap=st.sampled_from([1, 1, 1, 4]), coin=st.booleans())
    def mark(self, percent: int, gap: int, *, coin: bool) -> None:
        """The mark goes some way, now and then very far; the index follows."""
        market = self.world.state.markets[self.market(coin=coin)]
        price = Price(max(20 * ONE, min(500 * ONE, margin.price_of(market) * (100 + percent * gap) // 100)))
        self.world.at += SECOND
        self.run(cmd.SetMark(market.no, price))
        self.run(cmd.SetIndex("BTC-USD" if coin else "BTC-USDT", price))

    @rule(hours=st.sampled_from([0, 1, 9]))
    def time(self, hours: int) -> None:
        end = self.world.at + hours * HOUR + SECOND
        while (due := self.world.state.next_due()) is not None and due <= end:
            self.world.at = due
            self.run(cmd.PassTime())
        self.world.at = end

    @rule(who=members, amount=st.integers(1, 300), out=st.booleans(), coin=st.booleans())
    def money(self, who: int, amount: int, *, out: bool, coin: bool) -> None:
        kind = cmd.Withdraw if out else cmd.Deposit
        wallet, asset, unit = ("coinm", "BTC", ONE // 100) if coin else ("usdm", "USDT", ONE)
        self.run(kind(self.account(who).no, wallet, asset, Amount(amount * unit)))

    @rule()
    def restart(self) -> None:
        """The state dumped and loaded goes on as the one that was dumped."""
        before = canonical.dump(self.world.state)
        self.world.state = canonical.load(before)
        self.world.engine = Engine(self.world.state)
        assert canonical.dump(self.world.state) == before

    @invariant()
    def nothing_is_left_undone(self) -> None:
        """No liquidation waits, and no position's own wallet is below zero."""
        state = self.world.state
        assert state.pending() is None
        for account in state.accounts.values():
            for (wallet, _), balance in account.balances.items():
                assert owner_of_wallet(wallet) is None or balance.free >= 0

    @invariant()
    def nobody_is_overlooked(self) -> None:
        """Whatever moved money or a requirement, in whatever mode, the index of risk knew."""
        assert overlooked(self.world.state) == []

    def teardown(self) -> None:
        """Replay: the events alone make the same state, byte for byte."""
        replayed: ExchangeState = canonical.load(self.start)
        for at, event in self.log:
            replayed.apply(event, at)
        assert canonical.dump(replayed) == canonical.dump(self.world.state)


EveryMode.TestCase.settings = settings(
    max_examples=max(1, COMMANDS // STEPS), stateful_step_count=STEPS, derandomize=COMMANDS < 10_000
)
TestEveryMode = EveryMode.TestCase
