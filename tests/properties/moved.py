"""Two of one owner who are nearly alone in a market and may move its mark: what they have at the index, by record.

The index comes from outside. What it brings them is theirs, and so is what the fund has to bear where the index jumps
over a bankruptcy price. Of others they may win what those lose in the book, by their own bankruptcy and by funding, and
where the index moved on while the mark was held, what those give who take a bankrupt's other side. All else must cost
them, or nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from simexchange.core import brackets, margin, valuing
from simexchange.core.ledger import wallet_of
from simexchange.core.state import FUND
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import market_of, slot_of
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import (
    MarginMode,
    OrderKind,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    TradeKind,
)
from simexchange.core.vocabulary.units import DAY, HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import T0, World

PAIR = ("a", "b")
OTHERS = ("c", "d")
TICK, STEP, CRUMB = ONE // 100, ONE // 1_000, ONE // 100
FEES = (Rate(20_000), Rate(50_000))
"""Maker and taker, as published: 0.02 % and 0.05 %."""


def _tiers() -> tuple[Tier, ...]:
    rows = ((5_000, 150, 400_000), (50_000, 50, 1_000_000), (1_000_000, 10, 5_000_000))
    floors = [0, *(cap * ONE for cap, _, _ in rows)]
    cums = brackets.cumulative([(floor, rate) for floor, (_, _, rate) in zip(floors, rows, strict=False)])
    return tuple(
        Tier(Amount(low), Amount(high), most, Rate(rate), Amount(cum))
        for (low, high), (_, most, rate), cum in zip(pairwise(floors), rows, cums, strict=True)
    )


def _market(kind: str) -> Market:
    """One of the kinds a plan is tried in, around 100."""
    facts: dict[str, dict[str, Any]] = {
        "linear": {"funding_interval": Nanos(8 * HOUR)},
        "pooled": {"funding_interval": Nanos(8 * HOUR)},
        "hourly": {"funding_interval": Nanos(HOUR)},
        "inverse": {"funding_interval": Nanos(8 * HOUR), "inverse": True, "contract_size": Amount(ONE)},
        "dated": {"kind": MarketKind.DATED, "expiry": Nanos((T0 // DAY + 90) * DAY + 8 * HOUR)},
    }
    coin = kind == "inverse"
    first: dict[str, Any] = {"kind": MarketKind.PERPETUAL, "impact_notional": Amount(100 * ONE), "index": "X-USDT"}
    first |= facts[kind]
    settle, quote = ("X", "USD") if coin else ("USDT", "USDT")
    return Market(
        f"perp:X-{kind}", base="X", quote=quote, settle=settle, tick=Price(TICK), step=Quantity(STEP), **first
    )


class Plot:
    """A market of one *kind*, the pair, and with *others* two more who hold against each other."""

    def __init__(self, kind: str, policy: str, capital: int, *, others: bool) -> None:
        shared = (Collateral("USDT"),) if kind == "pooled" else ()
        world = self.world = World(
            people=(), capital=0, bundle=Bundle("binance", liquidation=policy, collateral=shared)
        )
        world.run(cmd.ListMarket(_market(kind)))
        world.market = list(world.state.markets)[-1]
        self.market = world.state.markets[world.market]
        self.spec = self.market.spec
        band = Filters(bid_up=Rate(105_000_000), ask_down=Rate(95_000_000))
        world.run(
            cmd.SetRules(
                "binance", world.market, MarketRules(band, *FEES, _tiers(), Rate(1_250_000), default_leverage=20)
            )
        )
        self.wallet = "coinm" if self.spec.inverse else "usdm"
        self.asset = self.spec.settle
        self.coin = 100 if self.spec.inverse else 1
        """What one of the asset is worth in USD at the start."""
        if capital:
            world.run(cmd.ProvideCapital(self.wallet, self.asset, Amount(capital * ONE // self.coin)))
        names = (*PAIR, *OTHERS) if others else PAIR
        for name in names:
            world.run(cmd.OpenAccount(name, "binance"))
            self.money(name, 300)
            if shared:
                world.run(cmd.SetCollateralMode(world.state.account_no[name], unified=True))
        self.no = {name: world.state.account_no[name] for name in names}
        self.pair = [self.no[name] for name in PAIR]
        self.kept = self.paid = self.slack = 0
        """What they have won of others so far, their fees and funding, and what rounding may hide, at 10**-16."""
        self.borne = self.crept = 0
        """What the fund has to bear of jumps of the index so far, and what they owe beyond, for the mark was held."""
        self.index = 100 * ONE
        self.tick(0)
        if others:
            for name in OTHERS:
                self.lever(name, 5)
            self.order("d", -1, self.size(600), self.index)
            self.order("c", 1, self.size(600), self.index)

    # What they have

    def value(self, qty: int, cost: int, price: int) -> int:
        """What a position has gained at *price*, at 10**-16."""
        return valuing.profit(self.spec, cost, valuing.value(self.spec, price, qty))

    def held(self) -> list[tuple[int, int]]:
        """The positions of the two: size and cost."""
        accounts = self.world.state.accounts
        return [(each.qty, each.cost) for no in self.pair for each in accounts[no].positions.values()]

    def wealth(self) -> int:
        """Cash of both and their positions at the index, at 10**-16."""
        accounts = self.world.state.accounts
        cash = sum(
            money.free
            for no in self.pair
            for (wallet, asset), money in accounts[no].balances.items()
            if asset == self.asset and wallet != "spot"
        )
        return cash * ONE + sum(self.value(qty, cost, self.index) for qty, cost in self.held())

    def debts(self, numbers: list[Any]) -> dict[tuple[Any, str], int]:
        """What the pools of some are worth less than nothing at the index, at 10**-16."""
        state = self.world.state
        found: dict[tuple[Any, str], int] = {}
        for no in numbers:
            account = state.accounts[no]
            for key, position in account.positions.items():
                wallet = wallet_of(state.markets[market_of(key)], account, key)
                found.setdefault((no, wallet), account.free(wallet, self.asset) * ONE)
                found[no, wallet] += self.value(position.qty, position.cost, self.index)
        return {pool: -worth for pool, worth in found.items() if worth < 0}

    def run(self, command: cmd.Command, index: int = 0) -> None:
        """One command and what it makes necessary; with *index* it moves that."""
        state, engine = self.world.state, self.world.engine
        following: Any = command
        while following is not None:
            held, was, before = self.held(), self.index, self.wealth()
            owed = self.debts(list(self.no.values()))
            events = engine.execute(following, self.world.at)
            self.index = index or was
            market = sum(self.value(qty, cost, self.index) - self.value(qty, cost, was) for qty, cost in held)
            won = self.wealth() - before - market - brought(events)
            fees = sum(each.fee * ONE for event in events if isinstance(event, ev.TradeExecuted)
                       for each in (event.maker, event.taker))  # fmt: skip
            self.slack += 4 * ONE
            self.paid += self.spent(events)
            # What they lost otherwise is gone: it is not to hide what they win later.
            self.kept = max(self.kept + won - self.given(events), -self.paid)
            if index:
                self.owe(owed, self.debts(self.pair))
            elif not any(isinstance(event, ev.FundingPaid) for event in events):
                # With the index standing, nothing they do leaves more owed there.
                after = self.debts(list(self.no.values()))
                assert sum(after.values()) <= sum(owed.values()) + fees + 4 * ONE, (following, after, owed)
            assert self.kept <= self.borne + self.slack, (following, self.kept, self.borne)
            following = state.pending()
            index = 0

    def owe(self, before: dict[tuple[Any, str], int], after: dict[tuple[Any, str], int]) -> None:
        """The index moved: who owes something at it now jumped there, or owed before and owes more."""
        for pool, debt in after.items():
            if pool in before:
                self.crept += max(0, debt - before[pool])
            else:
                self.borne += debt

    def spent(self, events: list[Any]) -> int:
        """What they paid in trading fees and funding, at 10**-16."""
        total = 0
        for event in events:
            if isinstance(event, ev.TradeExecuted):
                total += sum(each.fee for each in (event.maker, event.taker) if each.account in self.pair)
            elif isinstance(event, ev.FundingPaid) and event.account in self.pair:
                total -= event.amount
        return max(0, total * ONE)

    def given(self, events: list[Any]) -> int:
        """What others lost to them at the index: in the book, by a bankruptcy of their own, and by funding."""
        total, paid = 0, 0
        mine, theirs = self.pair, [no for no in self.no.values() if no not in self.pair]
        takers = [*theirs, FUND]
        for event in events:
            if isinstance(event, ev.FundingPaid) and theirs and event.account in mine:
                paid += event.amount * ONE
            if not isinstance(event, ev.TradeExecuted):
                continue
            for one, other, side in (
                (event.taker, event.maker, int(event.aggressor)), (event.maker, event.taker, -int(event.aggressor)),
            ):  # fmt: skip
                taken = event.kind is TradeKind.ADL and one is event.maker
                if one.account not in mine or other.account not in (takers if taken else theirs):
                    continue
                qty = event.qty * side
                gained = max(0, self.value(qty, valuing.value(self.spec, event.price, qty), self.index))
                if taken:
                    gained = min(gained, self.crept)
                    self.crept -= gained
                total += gained
        return total + max(0, paid)

    # What they do

    def size(self, worth: int) -> int:
        """How much is worth so many USD, to the step."""
        qty = worth * ONE if self.spec.inverse else worth * ONE * ONE // self.index
        return max(STEP, qty - qty % STEP)

    def near(self, parts: int) -> int:
        """The mark and so many ten-thousandths, to the tick inside the band."""
        mark = margin.price_of(self.market) or self.index
        price = mark * (10_000 + parts) // 10_000
        return max(TICK, price - price % TICK if parts > 0 else price + -price % TICK)

    def order(self, name: str, side: int, qty: int, price: int, tif: TimeInForce = TimeInForce.GTC) -> None:
        """A limit order, in the slot it would open, or close, where positions have two sides."""
        account = self.world.state.accounts[self.no[name]]
        more = None
        if account.position_mode is PositionMode.HEDGE:
            other = [slot_of(key) for key, held in account.positions.items() if held.qty * side < 0]
            more = Terms(slot=Slot(other[0]) if other else Slot.LONG if side > 0 else Slot.SHORT)
        if qty > 0:
            self.run(
                cmd.PlaceOrder(
                    account.no,
                    self.world.market,
                    Side(side),
                    OrderKind.LIMIT,
                    Quantity(qty),
                    Price(price),
                    tif,
                    "",
                    more,
                )
            )

    def tick(self, parts: int) -> None:
        """A second goes by, and the index moves by so many ten-thousandths."""
        self.time(SECOND)
        index = self.index * (10_000 + parts) // 10_000 // TICK * TICK
        index = min(400 * ONE, max(25 * ONE, index))
        self.run(cmd.SetIndex("X-USDT", Price(index)), index)

    def push(self, seconds: int, parts: int, drift: int) -> None:
        """Each second a crumb changes hands so far from the mark, there and back."""
        for second in range(seconds):
            maker, taker = PAIR if second % 2 else PAIR[::-1]
            price = self.near(parts)
            side = 1 if second % 2 else -1
            self.order(maker, -side, CRUMB, price)
            self.order(taker, side, CRUMB, price, TimeInForce.IOC)
            self.run(cmd.CancelAll(self.no[maker], self.world.market))
            self.tick(drift if second % 3 == 0 else 0)

    def open(self, name: str, side: int, part: int, leverage: int, parts: int) -> None:
        """They open against each other so far from the mark, as much as both can afford, or a part of it."""
        state = self.world.state
        for each in PAIR:
            self.lever(each, leverage)
        spare = min(margin.available(state, state.accounts[no], self.wallet, self.asset) for no in self.pair)
        worth = max(0, spare) * self.coin * leverage * part // 110 // ONE
        price, qty = self.near(parts), self.size(min(4_900, worth)) if worth else 0
        other = PAIR[name == PAIR[0]]
        self.order(other, -side, qty, price)
        self.order(name, side, qty, price, TimeInForce.IOC)
        self.run(cmd.CancelAll(self.no[other], self.world.market))

    def hand(self, name: str, part: int, parts: int) -> None:
        """One hands what he has, or a part of it, to the other."""
        other = PAIR[name == PAIR[0]]
        for position in list(self.world.state.accounts[self.no[name]].positions.values()):
            side = 1 if position.qty < 0 else -1
            size = abs(position.qty) * part // 100
            size -= size % STEP
            price = self.near(parts)
            self.order(other, -side, size, price)
            self.order(name, side, size, price, TimeInForce.IOC)
            self.run(cmd.CancelAll(self.no[other], self.world.market))

    def wall(self, name: str, side: int, worth: int, parts: int) -> None:
        """An order that waits, for the fund or for the premium."""
        self.order(name, side, self.size(worth), self.near(parts))

    def fish(self, name: str, parts: int) -> None:
        """One waits near the mark for what the fund has."""
        position = self.world.state.accounts[FUND].positions.get(self.world.market)
        if position is not None:
            self.order(name, 1 if position.qty > 0 else -1, abs(position.qty), self.near(parts))
            self.tick(0)
            self.tick(0)

    def clear(self) -> None:
        """Their orders end."""
        for no in self.pair:
            self.run(cmd.CancelAll(no, self.world.market))

    def money(self, name: str, amount: int) -> None:
        """Money comes in."""
        no = self.world.state.account_no[name]
        self.world.run(cmd.Deposit(no, self.wallet, self.asset, Amount(amount * ONE // self.coin)))

    def pull(self, name: str) -> None:
        """One takes out what he may, of positions and then of the wallet."""
        state, no = self.world.state, self.no[name]
        account = state.accounts[no]
        for key in list(account.positions):
            for part in (10, 5, 2, 1):
                own = account.free(wallet_of(self.market, account, key), self.asset)
                self.run(
                    cmd.AdjustMargin(no, self.world.market, Slot(slot_of(key)), 0, Amount(-own * part // 10 or -1))
                )
        most = margin.wallet_state(state, account, self.wallet, self.asset).withdrawable
        if most > 0:
            self.run(cmd.Withdraw(no, self.wallet, self.asset, Amount(most)))
            self.money(name, 40)

    def lever(self, name: str, leverage: int) -> None:
        """One chooses a leverage."""
        self.run(cmd.SetLeverage(self.no[name], self.world.market, leverage))

    def mode(self, name: str, isolated: bool, hedge: bool) -> None:
        """One chooses how margin is kept, and positions."""
        no = self.no[name]
        mode = MarginMode.ISOLATED if isolated else MarginMode.CROSS
        self.run(cmd.SetMarginMode(no, self.world.market, mode))
        self.run(cmd.SetPositionMode(no, PositionMode.HEDGE if hedge else PositionMode.ONE_WAY))

    def time(self, span: int) -> None:
        """Time goes by."""
        end = self.world.at + span
        while (due := self.world.state.next_due()) is not None and due <= end:
            self.world.at = due
            self.run(cmd.PassTime())
        self.world.at = end

    def wait(self, hours: int) -> None:
        """The index is heard of again after some hours, once an hour."""
        for _ in range(hours):
            self.time(HOUR)
            self.tick(0)

    def act(self, act: tuple[Any, ...]) -> None:
        """What one of them does, or the world."""
        getattr(self, act[0])(*act[1:])


def brought(events: list[Any]) -> int:
    """What they brought or took out themselves, at 10**-16."""
    total = sum(event.amount for event in events if isinstance(event, ev.FundsDeposited))
    return (total - sum(event.amount for event in events if isinstance(event, ev.FundsWithdrawn))) * ONE


__all__ = ["PAIR", "Plot"]
