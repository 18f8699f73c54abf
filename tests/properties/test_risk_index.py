"""Which pools a mark tick liquidates or calls: exactly those that a scan of everything finds, at exactly that tick.

A crowd of accounts is put down as it might stand after a long life: one-way and hedged, with separate positions, in one
market and in several, cross and isolated, in linear contracts and inverse ones, many of them a few units of money from
the edge. Then marks walk, with jumps, and money, positions and brackets change in between.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st

from simexchange.core import brackets, valuing
from simexchange.core.engine import Engine
from simexchange.core.ledger import wallet_of
from simexchange.core.positions import Position
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId, PositionKey, key_of, market_of
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate

if TYPE_CHECKING:
    from simexchange.core.accounts import Account

T0 = Nanos(1_700_000_000 * SECOND)
Name = tuple[int, str, str]
"""Account, wallet, asset of a pool."""


def listed(name: str, base: str, *, contract: int = 0) -> Market:
    """A perpetual without funding: linear in USDT, or inverse with a contract of so many USD."""
    quote = "USD" if contract else "USDT"
    return Market(
        name, MarketKind.PERPETUAL, base, quote, base if contract else quote, Price(1), Quantity(1),
        inverse=bool(contract), contract_size=Amount(contract or ONE), index=f"{base}-{quote}",
    )  # fmt: skip


MARKETS = (
    (listed("perp:BTC-USDT", "BTC"), 60_000 * ONE),
    (listed("perp:ETH-USDT", "ETH"), 2_500 * ONE),
    (listed("perp:DOGE-USDT", "DOGE"), ONE // 8),
    (listed("perp:BTC-USD", "BTC", contract=100 * ONE), 60_000 * ONE),
    (listed("perp:ETH-USD", "ETH", contract=10 * ONE), 2_500 * ONE),
    (listed("dated:BTC-USD-261225", "BTC", contract=100 * ONE), 61_000 * ONE),
)


def table(random: Random, unit: int) -> tuple[Tier, ...]:
    """Brackets with caps of so many *units* of 10**-8; one in four jumps where it should not."""
    rows, floor, rate, amount = [], 0, random.choice([400_000, 650_000, 1_000_000]), 0
    jumps = random.random() < 0.25
    for _ in range(random.randint(1, 5)):
        cap = floor * random.randint(2, 5) + unit * random.randint(1, 20)
        rows.append(Tier(Amount(floor), Amount(cap), 20, Rate(rate), Amount(amount)))
        more = random.choice([100_000, 500_000, 2_500_000])
        amount = amount + cap * more // ONE if not jumps else random.randint(0, amount + cap // 50)
        rate, floor = rate + more, cap
    return tuple(rows)


class Crowd:
    """An exchange with a crowd in it, and the scan that knows what must happen."""

    def __init__(self, seed: int, people: int) -> None:
        self.random = Random(seed)
        self.state = ExchangeState()
        tell = self.tell
        tell(ev.ExchangeOpened(7, T0))
        tell(ev.AccountOpened(AccountNo(1), "insurance", "", AccountClass.FUND))
        ratio = Rate(self.random.choice([0, ONE // 3, 80_000_000, ONE]))
        tell(ev.BundleAdopted(Bundle("binance", margin_call_ratio=ratio)))
        for i, (market, _) in enumerate(MARKETS):
            tell(ev.MarketListed(MarketNo(i + 1), market))
            self.set_brackets(i)
        self.engine = Engine(self.state)
        for i, (_, mark) in enumerate(MARKETS):
            self.mark(i, mark)
        for i in range(people):
            tell(ev.AccountOpened(AccountNo(i + 2), f"p{i}", "binance", AccountClass.USER))
            self.settle_down(self.state.accounts[AccountNo(i + 2)])
        # As whatever made them so would have: those beyond the edge are found at once.
        for no in self.state.accounts:
            self.engine.touch(no)
        self.mark(0, MARKETS[0][1])

    def tell(self, event: ev.Event) -> None:
        """Have it happened."""
        self.state.apply(event, T0)

    def rules(self, market: int) -> MarketRules:
        """Fresh rules with brackets about as large as positions are."""
        inverse = MARKETS[market][0].inverse
        tiers = table(self.random, ONE // 10 if inverse else 1_000 * ONE)
        return MarketRules(Filters(), Rate(0), Rate(0), tiers, Rate(0), 10)

    def set_brackets(self, market: int) -> None:
        """Before anybody is there."""
        self.tell(ev.RulesSet("binance", MarketNo(market + 1), self.rules(market)))

    # People

    def settle_down(self, account: Account) -> None:
        """Give *account* positions, and money that leaves some of its pools near the edge."""
        random = self.random
        chosen = random.sample(range(len(MARKETS)), random.choice([1, 1, 2, 3, 6]))
        for i in chosen:
            no = MarketNo(i + 1)
            if random.random() < 0.4:
                account.isolated[no] = None
            for slot, sub in random.choice([((0, 0),), ((1, 0), (2, 0)), ((1, 5), (1, 6), (2, 7)), ((2, 0),)]):
                self.open(account, key_of(no, slot, sub), slot)
        self.fund(account)

    def open(self, account: Account, key: PositionKey, slot: int) -> None:
        """A position of some size, entered somewhere near."""
        random, i = self.random, market_of(key) - 1
        spec, price = MARKETS[i]
        notional = random.choice([3, 700, 9_000, 60_000, 400_000]) * random.randint(ONE // 2, ONE)
        qty = notional * ONE // (spec.contract_size if spec.inverse else price)
        if slot == 2 or (slot == 0 and random.random() < 0.5):
            qty = -qty
        position = Position(PositionId(account.no * 1000 + len(account.positions)), key, T0)
        position.qty = qty
        position.cost = valuing.value(spec, price * random.randint(80, 120) // 100, qty)
        account.positions[key] = position
        self.state.markets[market_of(key)].holders[account.no, key] = None

    def fund(self, account: Account) -> None:
        """Leave each pool with some part of its worth above maintenance, or with a few units."""
        for (_, wallet, asset), (balance, needed, worth) in self.scan(account).items():
            part = self.random.choice([0, 1, 10_000, 100_000, 1_000_000, 10_000_000, ONE, 3 * ONE])
            spare = worth * part // ONE + self.random.randint(-3, 12)
            # Money is put down as it is: how it came there is not the matter here.
            account.balance(wallet, asset).free += needed - balance + spare

    def scan(self, account: Account) -> dict[Name, tuple[int, int, int]]:
        """Balance, maintenance and worth of each pool, by going through everything."""
        found: dict[Name, tuple[int, int, int]] = {}
        for key, position in account.positions.items():
            market = self.state.markets[market_of(key)]
            mark, spec = market.mark, market.spec
            name = (account.no, wallet_of(market, account, key), spec.settle)
            balance, needed, worth = found.get(name, (account.free(*name[1:]), 0, 0))
            size = valuing.worth(spec, mark, position.qty)
            found[name] = (
                balance + valuing.unrealised(spec, position.qty, position.cost, mark),
                needed + brackets.maintenance(self.state.rules["binance", market.no].tiers, size),
                worth + size,
            )
        return found

    def due(self) -> set[Name]:
        """Pools that must be under liquidation now."""
        return self.due_and_close()[0]

    def due_and_close(self) -> tuple[set[Name], set[Name]]:
        """Pools that must be under liquidation now; pools whose owner must have been called for margin, no other."""
        ratio = self.state.bundles["binance"].margin_call_ratio
        due, close = set(), set()
        for account in self.state.accounts.values():
            for name, (balance, needed, _) in self.scan(account).items():
                if balance <= needed and account.margined:
                    due.add(name)
                if ratio and 0 < needed < balance and needed * ONE >= balance * ratio:
                    close.add(name)
        return due, close

    # What happens

    def called(self) -> set[Name]:
        """Pools whose owner was, and that are not under liquidation now."""
        called: set[Name] = {(one.no, *name) for one in self.state.accounts.values() for name in one.called}
        return called - self.liquidating()

    def liquidating(self) -> set[Name]:
        """Pools that are."""
        return {(account.no, *name) for account in self.state.accounts.values() for name in account.liquidating}

    def run(self, command: cmd.Command) -> list[Any]:
        """Do it."""
        return list(self.engine.execute(command, T0))

    def mark(self, market: int, price: int) -> list[Any]:
        """A mark tick."""
        return self.run(cmd.SetMark(MarketNo(market + 1), Price(max(1, price))))

    def tick(self) -> list[Any]:
        """One mark moves: mostly by little, sometimes by a single unit, now and then by a third."""
        i = self.random.randrange(len(MARKETS))
        mark = self.state.markets[MarketNo(i + 1)].mark
        step = self.random.choice([mark // 2_000, mark // 200, mark // 30, mark // 3, 2])
        return self.mark(i, mark + self.random.randint(-step, step))

    def stir(self) -> list[Any]:
        """Something that is no mark moves equity or requirement of somebody."""
        random = self.random
        account = self.state.accounts[AccountNo(random.randrange(2, len(self.state.accounts) + 1))]
        what = random.randrange(4)
        if what == 0:
            market = random.randrange(len(MARKETS))
            return self.run(cmd.SetRules("binance", MarketNo(market + 1), self.rules(market)))
        if what == 1 and account.positions:
            # A fill, as it leaves the account: less of a position, or one that is gone.
            key = random.choice(list(account.positions))
            position = account.positions[key]
            part = random.choice([1, 2, 4])
            position.qty -= position.qty // part
            position.cost -= position.cost // part
            if not position.qty:
                del account.positions[key]
                del self.state.markets[market_of(key)].holders[account.no, key]
        elif what == 2 and not account.liquidating:
            self.fund(account)
        self.engine.touch(account.no)
        return self.run(cmd.Deposit(AccountNo(2), "usdm", "USDT", Amount(random.randint(1, 10**12))))


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_a_tick_liquidates_and_calls_exactly_those_a_scan_of_everything_finds(seed: int) -> None:
    crowd = Crowd(seed, people=40)
    under = crowd.due()
    assert under == crowd.liquidating()
    for step in range(120):
        events = crowd.stir() if step % 5 == 4 else crowd.tick()
        started = [(e.account, e.wallet, e.asset) for e in events if isinstance(e, ev.LiquidationStarted)]
        assert len(started) == len(set(started))
        due, close = crowd.due_and_close()
        assert set(started) == due - under
        under |= due
        assert crowd.called() == close - under


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_an_index_made_anew_at_any_time_finds_the_same(seed: int) -> None:
    """A restart throws the index away: it is derived from the state alone."""
    old, new = Crowd(seed, people=30), Crowd(seed, people=30)
    for step in range(60):
        if step % 7 == 3:
            new.engine = Engine(new.state)
        do = Crowd.stir if step % 5 == 4 else Crowd.tick
        assert do(old) == do(new)
