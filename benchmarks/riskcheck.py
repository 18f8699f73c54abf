"""What a mark tick costs beside how many positions: by the index, and by going through all of them.

    python -m benchmarks.riskcheck [--isolated 1000000] [--rounds 5] [--cross 100000]

Up to so many isolated positions of one perpetual, each of an account of its own, and accounts with cross margin that
hold all three perpetuals. They are put down as they would stand, since trading them there would take hours; the
ticks are `SetMark` commands to the engine, and what they liquidate is liquidated by it.
"""

import gc
import time
from collections.abc import Collection, Iterator, Sequence
from random import Random

from benchmarks.flow import T0
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core import margin
from simexchange.core.engine import Engine
from simexchange.core.positions import Position
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate

TICKS = 2_000
QUIET = 50
"""Ticks of a tenth up and down: nobody is that near."""
WALK = 1_000
FALLING = (10, 100, 1_000)
TICK = ONE // 10
START = {MarketNo(1): 60_000 * ONE, MarketNo(2): 2_500 * ONE, MarketNo(3): 150 * ONE}
# BTCUSDT in 2026, the first five of twelve.
TIERS = tuple(
    Tier(Amount(floor * ONE), Amount(cap * ONE), leverage, Rate(rate), Amount(amount * ONE))
    for floor, cap, leverage, rate, amount in (
        (0, 300_000, 150, 400_000, 0),
        (300_000, 800_000, 100, 500_000, 300),
        (800_000, 3_000_000, 75, 650_000, 1_500),
        (3_000_000, 12_000_000, 50, 1_000_000, 12_000),
        (12_000_000, 70_000_000, 25, 2_000_000, 132_000),
    )
)


class Exchange:
    """Three perpetuals and nobody; a scan of everything beside the index."""

    def __init__(self, *, calls: bool) -> None:
        self.state = ExchangeState()
        self.state.apply(ev.ExchangeOpened(7, T0), T0)
        self.state.apply(ev.AccountOpened(AccountNo(1), "insurance", "", AccountClass.FUND), T0)
        ratio = Rate(80_000_000 if calls else 0)
        self.state.apply(ev.BundleAdopted(Bundle("binance", margin_call_ratio=ratio)), T0)
        rules = MarketRules(Filters(), Rate(20_000), Rate(50_000), TIERS, Rate(1_250_000), 20)
        for no, base in zip(START, ("BTC", "ETH", "SOL"), strict=True):
            spec = Market(
                f"perp:{base}-USDT", MarketKind.PERPETUAL, base, "USDT", "USDT", Price(TICK), Quantity(ONE // 1000),
                index=f"{base}-USDT",
            )  # fmt: skip
            self.state.apply(ev.MarketListed(no, spec), T0)
            self.state.apply(ev.RulesSet("binance", no, rules), T0)
        self.engine = Engine(self.state)
        self.engine.execute(cmd.ProvideCapital("usdm", "USDT", Amount(10**9 * ONE)), T0)
        for no, price in START.items():
            self.mark(no, price)
        self.random = Random(4)
        self.first = 0.0
        """Seconds of the first tick, once it was."""
        self.edges: list[int] = []
        """Where the isolated longs fall, rising."""

    def built(self) -> float:
        """Seconds of the first tick after a restart, which places everybody."""
        self.engine = Engine(self.state)
        begun = time.process_time()
        self.mark(MarketNo(1), START[MarketNo(1)])
        return time.process_time() - begun

    def mark(self, market: MarketNo, price: int) -> list[AccountNo]:
        """A mark tick; whose pools it began to liquidate."""
        events = self.engine.execute(cmd.SetMark(market, Price(price)), T0)
        return [event.account for event in events if isinstance(event, ev.LiquidationStarted)]

    def opened(self, count: int) -> Iterator[AccountNo]:
        """So many new accounts."""
        for _ in range(count):
            no = AccountNo(len(self.state.accounts) + 1)
            self.state.apply(ev.AccountOpened(no, f"p{no}", "binance", AccountClass.USER), T0)
            yield no

    def hold(self, no: AccountNo, market: MarketNo, worth: int) -> None:
        """A position worth *worth* of USDT at the start, entered there; a short below zero."""
        position = Position(PositionId(no << 32 | market), market, T0)
        position.qty = worth * ONE * ONE // START[market]
        position.cost = position.qty * START[market]
        self.state.accounts[no].positions[market] = position
        self.state.markets[market].holders[no, market] = None

    def isolate(self, count: int) -> None:
        """Isolated longs and shorts of the first market, opened at 5x to 100x."""
        market, isolated = MarketNo(1), {MarketNo(1): None}
        for no in self.opened(count):
            worth, sign = self.random.randint(100, 100_000), self.random.choice([1, -1])
            cash = worth * self.random.randint(ONE // 100, ONE // 5)
            # One dictionary for all, which nothing changes here: a million of them are a quarter of a gigabyte.
            self.state.accounts[no].isolated = isolated
            self.hold(no, market, worth * sign)
            self.state.accounts[no].balance("usdm:1", "USDT").free = cash
            position = self.state.accounts[no].positions[market]
            if sign > 0:
                # All in the first bracket.
                self.edges.append((position.cost - cash * ONE) * 1_000 // (position.qty * 996))
        self.edges.sort()

    def cross(self, count: int, leverage: int, without: Collection[AccountNo] = ()) -> None:
        """Accounts with all three and 1 to *leverage* times as much in positions as in money; *without* any: those."""
        for no in self.opened(count):
            worths = [self.random.randint(100, 50_000) for _ in START]
            for market, worth in zip(START, worths, strict=True):
                signed = worth if self.random.random() < 0.5 else -worth
                if no not in without:
                    self.hold(no, market, signed)
            cash = sum(worths) * ONE * 1000 // self.random.randint(1000, leverage * 1000)
            self.state.accounts[no].balance("usdm", "USDT").free = cash

    def scan(self) -> float:
        """Seconds of looking at everybody, as a tick without an index would."""
        state, fallen = self.state, 0
        begun = time.process_time()
        for account in state.accounts.values():
            if account.margined and account.positions:
                wallet = "usdm:1" if account.isolated else "usdm"
                balance = margin.equity(state, account, wallet, "USDT")
                fallen += balance <= margin.maintenance_total(state, account, wallet, "USDT")
        assert not fallen
        return time.process_time() - begun

    def quiet(self, count: int) -> float:
        """Seconds of *count* ticks that liquidate nobody."""
        begun = time.process_time()
        started: list[AccountNo] = []
        for number in range(count):
            started += self.mark(MarketNo(1), START[MarketNo(1)] + TICK * (number % QUIET))
        assert not started
        return time.process_time() - begun

    def falls(self, count: int) -> tuple[float, float]:
        """Seconds for each of *count* longs that one tick reaches: of the tick, and until all of them are through."""
        price = self.edges[-count]
        del self.edges[-count:]
        begun = time.process_time()
        started = len(self.mark(MarketNo(1), price))
        told = time.process_time() - begun
        while (step := self.engine.state.pending()) is not None:
            self.engine.execute(step, T0)
        through = time.process_time() - begun
        assert count - 1 <= started <= count + 1, (count, started)
        self.mark(MarketNo(1), START[MarketNo(1)])
        return told / started, through / started

    def walk(self, count: int) -> tuple[float, list[AccountNo]]:
        """Seconds of *count* ticks, of the three in turn, and who fell: down by 5 %, up by 10 %, and back.

        On a slope that ends where it began, and every tick up to a quarter of a percent beside it.
        """
        random = Random(11)
        spent = 0.0
        fallen: list[AccountNo] = []
        for number in range(count):
            no = MarketNo(number % 3 + 1)
            quarter = 4 * number / count
            slope = -quarter if quarter < 1 else quarter - 2 if quarter < 3 else 4 - quarter
            price = START[no] + int(START[no] * (slope * 0.0475 + random.uniform(-0.0025, 0.0025)))
            begun = time.process_time()
            fallen += self.mark(no, price)
            spent += time.process_time() - begun
            while (work := self.engine.state.pending()) is not None:
                self.engine.execute(work, T0)
        return spent, fallen


def isolated(size: int, rounds: int) -> dict[str, float]:
    """The figures of *size* isolated positions. Without margin calls, so that a tick reaches those it liquidates."""
    exchange = Exchange(calls=False)
    exchange.isolate(size)
    gc.collect()
    found = {"build": exchange.built()}
    found["tick"] = min(exchange.quiet(TICKS) for _ in range(rounds)) / TICKS * 1e6
    found["scan"] = min(exchange.scan() for _ in range(2)) * 1e6
    for count in FALLING:
        if count <= size // 4:
            told, through = exchange.falls(count)
            found[f"told {count}"], found[f"through {count}"] = told * 1e6, through * 1e6
    return found


def crossed(count: int, leverage: int, without: Collection[AccountNo] = ()) -> Exchange:
    """*count* cross accounts drawn up to *leverage*, placed."""
    exchange = Exchange(calls=True)
    exchange.cross(count, leverage, without)
    gc.collect()
    exchange.first = exchange.built()
    return exchange


def walked(count: int, leverage: int, rounds: int) -> list[str]:
    """A row of *count* cross accounts drawn up to *leverage*: what a tick of the walk costs, and what of it is falls.

    Found by walking again beside the same accounts without those who fell: what is left is what looking costs. Of so
    many rounds, each on a crowd of its own, the best counts.
    """
    exchange = crossed(count, leverage)
    built, scanned = exchange.first, exchange.scan()
    spent, fallen = exchange.walk(WALK)
    del exchange
    gone = frozenset(fallen)
    for _ in range(rounds - 1):
        spent = min(spent, crossed(count, leverage).walk(WALK)[0])
        gc.collect()
    rest = min(crossed(count, leverage, gone).walk(WALK)[0] for _ in range(rounds)) if gone else spent
    each = f"{(spent - rest) / len(fallen) * 1e6:.0f}" if gone else ""
    tick, looking = (f"{seconds / WALK * 1e6:.1f}" for seconds in (spent, rest))
    return [f"1x to {leverage}x", tick, f"{len(fallen):,}", looking, each, f"{scanned * 1e6:,.0f}", f"{built:.1f}"]


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--isolated", type=at_least(10 * FALLING[0]), default=1_000_000)
    parser.add_argument("--rounds", type=at_least(1), default=5)
    parser.add_argument("--cross", type=at_least(1), default=100_000)
    asked = parser.parse_args(words)
    rounds, many = asked.rounds, asked.cross
    sizes = [*(size for size in (1_000, 10_000, 100_000) if size < asked.isolated), asked.isolated]
    gc.disable()
    found = {size: isolated(size, rounds) for size in sizes}
    head(
        "Liquidation check", workload="mark ticks by the engine alone", connections="none",
        record_bytes="not recorded", projections="off",
    )  # fmt: skip
    names = {"tick": "tick that liquidates nobody, us", "scan": "going through all, us", "build": "first tick, s"}
    for count in FALLING:
        names[f"told {count}"] = f"tick that reaches {count:,}, us each"
    for count in FALLING:
        names[f"through {count}"] = f"{count:,} liquidated, us each"
    rows(
        ["isolated positions", *(f"{size:,}" for size in sizes)],
        [
            [title, *(f"{found[size][what]:,.2f}" if what in found[size] else "" for size in sizes)]
            for what, title in names.items()
            if what in found[sizes[-1]]
        ],
    )
    print()
    table = []
    for leverage in (5, 10, 15, 20):
        table.append(walked(many, leverage, min(rounds, 3)))
        gc.collect()
    rows(
        [
            f"{many:,} cross", "tick of the walk, us", "liquidated", "tick beside the others, us",
            "each liquidation, us", "going through all, us", "first tick, s",
        ],
        table,
    )  # fmt: skip
    print()
    largest = sizes[-1]
    last = found[largest]
    growth = [
        verdict(
            f"each of 1,000 liquidated, {largest:,} / 10,000", last["through 1000"] / found[10_000]["through 1000"],
            2, most=True,
        )
        for _ in range(largest >= 10_000)
    ]  # fmt: skip
    rows(
        ["ceiling or floor", "reached", "asked", ""],
        [
            verdict(f"tick beside {largest:,} isolated, us", last["tick"], 50, most=True),
            verdict(f"going through {largest:,} / tick", last["scan"] / last["tick"], 1_000),
            *(verdict(f"tick of the walk, {row[0]}, us", float(row[1]), 200, most=True) for row in table),
            *(
                verdict(f"tick beside who does not fall, {row[0]}, us", float(row[3]), 200, most=True)
                for row in table
                if row[1] != row[3]
            ),
            *growth,
        ],
    )


if __name__ == "__main__":
    main()
