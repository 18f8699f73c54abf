"""A market that crashes: thousands of leveraged accounts in six markets with thin books, driven by one number.

Whoever they are, they only ever do what people do: deposit, choose leverage and modes, place orders near the price, add
to what loses. The crash comes by the indexes. After each record the invariants of what it touched are checked, all of
them now and then. What the fund should have is told by its book, from the events alone.
"""

from __future__ import annotations

from random import Random
from typing import Any

from simexchange.core import canonical, margin
from simexchange.core.accounts import Account
from simexchange.core.deleveraging import Queue
from simexchange.core.engine import Engine
from simexchange.core.invariants import check, touched_by
from simexchange.core.ledger import pool_of
from simexchange.core.state import FUND, ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import ALL_ASSETS, WALLETS
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.accounts import AccountsView
from simexchange.projections.insurance import InsuranceView
from simexchange.projections.markets import MarketsView

T0 = Nanos(1_765_800_000 * SECOND)
"""2025-12-15 12:00 UTC."""
EXPIRY = Nanos(T0 + 20 * HOUR)
FULL_EVERY = 500
QUEUES_EVERY = 25
RESTART_EVERY = 3_001


def _tiers(*rows: tuple[int, int, int], unit: int) -> tuple[Tier, ...]:
    """Brackets of (cap, leverage, rate in 10**-4), with the amounts that make them continuous."""
    found: list[Tier] = []
    for cap, leverage, rate in rows:
        before = found[-1] if found else None
        floor = before.cap if before else Amount(0)
        parts = Rate(rate * 10_000)
        cum = before.cum + floor * (parts - before.maintenance_rate) // ONE if before else 0
        found.append(Tier(floor, Amount(cap * unit), leverage, parts, Amount(cum)))
    return tuple(found)


LINEAR = _tiers((5_000, 100, 50), (25_000, 50, 100), (100_000, 20, 250), (10_000_000, 10, 500), unit=ONE)
COIN = _tiers((100, 100, 50), (500, 50, 100), (2_000, 20, 250), (200_000, 10, 500), unit=ONE // 1_000)

TICK, STEP = Price(ONE // 10), Quantity(ONE // 1_000)
BIG = Amount(1_000 * ONE)
MARKETS = (
    Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", TICK, STEP),
    Market(
        "perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", TICK, STEP,
        funding_interval=Nanos(8 * HOUR), index="BTC-USDT", impact_notional=BIG,
    ),
    Market(
        "perp:ETH-USDT", MarketKind.PERPETUAL, "ETH", "USDT", "USDT", Price(ONE // 100), STEP,
        funding_interval=Nanos(HOUR), index="ETH-USDT", impact_notional=BIG,
    ),
    Market(
        "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", TICK, Quantity(ONE), True, Amount(100 * ONE),
        funding_interval=Nanos(8 * HOUR), index="BTC-USD", impact_notional=BIG,
    ),
    Market(
        "dated:BTC-USDT-251216", MarketKind.DATED, "BTC", "USDT", "USDT", TICK, STEP, expiry=EXPIRY, index="BTC-USDT",
        impact_notional=BIG,
    ),
    Market(
        "dated:BTC-USD-251216", MarketKind.DATED, "BTC", "USD", "BTC", TICK, Quantity(ONE), True, Amount(100 * ONE),
        expiry=EXPIRY, index="BTC-USD", impact_notional=BIG,
    ),
)  # fmt: skip
COLLATERAL = (
    Collateral("USDT", ask_buffer=Rate(ONE // 1_000), exchange_threshold=Amount(-100 * ONE)),
    Collateral(
        "BTC", "BTC-USDT", Rate(ONE // 20), Rate(ONE // 20), exchange_bid_buffer=Rate(ONE // 50),
        exchange_ask_buffer=Rate(ONE // 50), exchange_threshold=Amount(-ONE // 1_000),
    ),
)  # fmt: skip
START = {"BTC-USDT": 60_000, "BTC-USD": 60_000, "ETH-USDT": 3_000}


class Crash:
    """One exchange, its people, and what happens to them."""

    def __init__(self, seed: int, people: int, *, capital: int, policy: str = "one_ioc") -> None:
        self.random = Random(seed)
        self.state = ExchangeState()
        self.engine = Engine(self.state)
        self.at: int = T0
        self.records = 0
        self.log: list[tuple[Nanos, Any]] = []
        self.counts: dict[str, int] = {}
        """What happened, by kind, for the report."""
        self.markets = MarketsView()
        self.accounts = AccountsView(self.markets)
        self.insurance = InsuranceView(self.markets, self.accounts)
        """What the fund should have, by the events alone."""
        self.prices = {index: price * ONE for index, price in START.items()}
        self._open(policy, capital)
        self.people = [self._join(n) for n in range(people)]

    # The exchange

    def run(self, command: cmd.Command) -> list[Any]:
        """Execute *command* and what it makes necessary, checking after each record."""
        found = self._record(command)
        while (following := self.state.pending()) is not None:
            found += self._record(following)
        return found

    def _record(self, command: cmd.Command) -> list[Any]:
        events = self.engine.execute(command, Nanos(self.at))
        self.records += 1
        check(self.state, touched_by(events))
        if self.records % FULL_EVERY == 0:
            check(self.state)
        if self.records % QUEUES_EVERY == 0:
            self._queues()
        if self.records % RESTART_EVERY == 0:
            # Anywhere, in the middle of a cascade too.
            self.state = canonical.load(canonical.dump(self.state))
            self.engine = Engine(self.state)
        self.log += [(Nanos(self.at), event) for event in events]
        for event in events:
            self._count(event)
        return list(events)

    def _queues(self) -> None:
        """Whatever was kept up is what would be made anew."""
        for (no, long), kept in self.engine.queues.items():
            fresh = Queue(self.state, self.state.markets[no], long=long)
            kept.refresh()
            assert kept.rows == fresh.rows
            self.counts["queues"] = self.counts.get("queues", 0) + 1

    def _count(self, event: Any) -> None:
        for view in (self.markets, self.accounts, self.insurance):
            view.apply(self.records, Nanos(self.at), event)
        name = type(event).__name__
        if isinstance(event, ev.TradeExecuted):
            name = event.kind.name
        elif isinstance(event, ev.InsurancePaid):
            name = "InsurancePaid" if event.amount > 0 else "InsuranceTook"
        elif isinstance(event, ev.OrderRejected | ev.CommandRefused):
            name = f"refused {event.reason.name}"
        self.counts[name] = self.counts.get(name, 0) + 1

    def _open(self, policy: str, capital: int) -> None:
        self.run(cmd.OpenExchange(7, Nanos(self.at)))
        self.run(cmd.AdoptBundle(Bundle("binance", liquidation=policy, collateral=COLLATERAL)))
        for spec in MARKETS:
            self.run(cmd.ListMarket(spec))
            no = self.state.market_no[spec.id]
            tiers = () if spec.kind is MarketKind.SPOT else COIN if spec.inverse else LINEAR
            rules = MarketRules(
                Filters(max_orders=0), Rate(20_000), Rate(50_000), tiers, Rate(1_250_000), 20,
                liquidation_slippage=Rate(100_000),
            )  # fmt: skip
            self.run(cmd.SetRules("binance", no, rules))
        if capital:
            self.run(cmd.ProvideCapital("usdm", "USDT", Amount(capital * ONE)))
            self.run(cmd.ProvideCapital("coinm", "BTC", Amount(capital * ONE // 60_000)))
        self._indexes()

    def _indexes(self) -> None:
        for index, price in self.prices.items():
            self.run(cmd.SetIndex(index, Price(price)))

    def _join(self, n: int) -> AccountNo:
        self.run(cmd.OpenAccount(f"p{n}", "binance"))
        no = self.state.account_no[f"p{n}"]
        dollars = self.random.randint(50, 3_000)
        self.run(cmd.Deposit(no, "usdm", "USDT", Amount(dollars * ONE)))
        self.run(cmd.Deposit(no, "coinm", "BTC", Amount(self.random.randint(100, 5_000) * ONE // 100_000)))
        if n % 4 == 0:
            self.run(cmd.Deposit(no, "spot", "USDT", Amount(1_000 * ONE)))
            self.run(cmd.Deposit(no, "spot", "BTC", Amount(ONE // 50)))
        mode = self.random.choice((*[PositionMode.ONE_WAY] * 6, *[PositionMode.HEDGE] * 3, PositionMode.SEPARATE))
        if mode is not PositionMode.ONE_WAY:
            self.run(cmd.SetPositionMode(no, mode))
        pooled = n % 20 == 0
        if pooled:
            self.run(cmd.Deposit(no, "usdm", "BTC", Amount(dollars * ONE // 60_000)))
            self.run(cmd.SetCollateralMode(no, unified=True))
        for market in self.random.sample(self.derivatives(), 2):
            if not pooled and self.random.random() < 0.6:
                self.run(cmd.SetMarginMode(no, market, MarginMode.ISOLATED))
            self.run(cmd.SetLeverage(no, market, self.random.choice((1, 3, 10, 20, 50, 100))))
        return no

    def derivatives(self) -> list[MarketNo]:
        """Those that still trade."""
        return [market.no for market in self.state.markets.values() if market.derivative and not market.delivery]

    # What people do

    def trade(self, times: int) -> None:
        """Somebody does something, so often."""
        for _ in range(times):
            self._act(self.random.choice(self.people))

    def everybody(self) -> None:
        """Each opens something, in an order of chance."""
        for who in self.random.sample(self.people, len(self.people)):
            for _ in range(8):
                if not self.state.accounts[who].positions:
                    self._order(who)

    def _act(self, who: AccountNo) -> None:
        roll = self.random.random()
        if roll < 0.03:
            self._spot(who)
        elif roll < 0.06:
            self._move_money(who)
        elif roll < 0.08:
            self._help(who)
        elif roll < 0.1 and self.state.accounts[who].orders:
            order = next(iter(self.state.accounts[who].orders.values()))
            self.run(cmd.CancelOrder(who, order.market, order.id))
        else:
            self._order(who)

    def _spot(self, who: AccountNo) -> None:
        no = self.state.market_no["spot:BTC-USDT"]
        side = self.random.choice((Side.BUY, Side.SELL))
        price = self._near(self.prices["BTC-USDT"], TICK, side)
        self.run(cmd.PlaceOrder(who, no, side, OrderKind.LIMIT, Quantity(STEP), Price(price), TimeInForce.GTC))

    def _move_money(self, who: AccountNo) -> None:
        wallet, asset = self.random.choice((("usdm", "USDT"), ("coinm", "BTC")))
        amount = self.state.accounts[who].free(wallet, asset) // self.random.randint(1, 10)
        if amount > 0:
            self.run(cmd.Withdraw(who, wallet, asset, Amount(amount)))

    def _help(self, who: AccountNo) -> None:
        """Margin goes into an isolated position, or it is to be helped from now on."""
        account = self.state.accounts[who]
        for key in account.positions:
            if market_of(key) in account.isolated:
                place = (who, market_of(key), Slot(slot_of(key)), sub_of(key))
                if self.random.random() < 0.5:
                    self.run(cmd.SetAutoMargin(*place, on=True))
                else:
                    self.run(cmd.AdjustMargin(*place, Amount(self.random.randint(-10, 20) * ONE // 10)))
                return

    def _near(self, price: int, tick: int, side: Side) -> int:
        """A limit price within 0.4 % of *price*, mostly one that meets nobody."""
        off = self.random.randint(-10, 40) * price // 10_000 * -side
        found = price + off
        return max(tick, found - found % tick)

    def _order(self, who: AccountNo) -> None:
        state, account = self.state, self.state.accounts[who]
        market = state.markets[self.random.choice(self.derivatives())]
        side = Side.BUY if self.random.random() < 0.5 else Side.SELL
        spec = market.spec
        price = market.mark or self.prices[spec.index]
        cash = max(0, margin.available(state, account, *pool_of(market, account)))
        if account.unified and spec.inverse:
            cash = cash * ONE // price
        leverage = margin.leverage_of(state, account, market.no)
        most = self.engine.cap_of(account, market.no, leverage)
        spent = min(most, cash * leverage * self.random.randint(1, 95) // 100)
        qty = spent * price // spec.contract_size if spec.inverse else spent * ONE // price
        qty -= qty % spec.step
        more = None
        if account.position_mode is not PositionMode.ONE_WAY:
            qty, more = self._slot(account, market.no, side, qty)
        elif self.random.random() < 0.1:
            more = Terms(reduce_only=True)
        if qty <= 0:
            return
        limit = self._near(price, spec.tick, side)
        kind = OrderKind.LIMIT if self.random.random() < 0.8 else OrderKind.MARKET
        tif = TimeInForce.GTC if kind is OrderKind.LIMIT else TimeInForce.IOC
        self.run(cmd.PlaceOrder(
            who, market.no, side, kind, Quantity(qty), Price(limit if kind is OrderKind.LIMIT else 0), tif, "", more
        ))  # fmt: skip

    def _slot(self, account: Account, market: MarketNo, side: Side, qty: int) -> tuple[int, Terms]:
        """Mostly it opens in the slot of its side; else it closes one of what is there."""
        separate = account.position_mode is PositionMode.SEPARATE
        held = [p for key, p in account.positions.items() if market_of(key) == market and p.qty * side < 0]
        if held and self.random.random() < 0.5:
            position = self.random.choice(held)
            return abs(position.qty), Terms(slot=Slot(slot_of(position.key)), sub_position=sub_of(position.key))
        return qty, Terms(slot=Slot.LONG if side is Side.BUY else Slot.SHORT, sub_position=-1 if separate else 0)

    # What the market does

    def fall(self, index: str, parts: int) -> None:
        """An index moves by so many ten-thousandths of itself."""
        self.prices[index] += self.prices[index] * parts // 10_000
        self.run(cmd.SetIndex(index, Price(self.prices[index])))

    def passes(self, span: int) -> None:
        """Time passes: funding, the fund's sales, deliveries."""
        end = self.at + span
        while (due := self.state.next_due()) is not None and due <= end:
            self.at = due
            self.run(cmd.PassTime())
        self.at = end

    # What must be so in the end

    def folded(self) -> None:
        """The events alone make the same state, byte for byte."""
        state = ExchangeState()
        for at, event in self.log:
            state.apply(event, at)
        assert canonical.dump(state) == canonical.dump(self.state)

    def settled(self) -> None:
        """Everything balances, nobody owes, and every unit the fund has or lacks is accounted for."""
        state = self.state
        check(state)
        assert state.pending() is None
        assert not state.liquidations
        assert not state.deleveragings
        for account in state.accounts.values():
            if account.margined:
                for (wallet, asset), money in account.balances.items():
                    carried = any(margin.pooled(state, account, wallet, asset))
                    shared = account.shares(wallet)
                    worth = margin.equity(state, account, wallet, ALL_ASSETS if shared else asset)
                    assert money.free >= 0 or ((shared or carried) and worth > 0), (account.name, wallet, asset, worth)
                    # An isolated position that is gone has left nothing behind.
                    assert ":" not in wallet or carried or not money.free
                for key in account.positions:
                    pool = pool_of(state.markets[market_of(key)], account, key)
                    balance = margin.equity(state, account, *pool)
                    assert balance > margin.maintenance_total(state, account, *pool), (account.name, pool)
        fund = state.accounts[FUND]
        for asset in self.insurance.assets():
            assert sum(fund.free(wallet, asset) for wallet in WALLETS) == self.insurance.balance(asset)
        for market in state.markets.values():
            purses = state.purses
            for purse in (market.clr_funding, market.clr_settlement, market.clr_settlement_fine):
                assert not purses.amount(purse, market.spec.settle), purse
