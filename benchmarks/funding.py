"""A year of eight-hour funding for a thousand positions, with the clock at ``max``, and what a mark tick costs.

    python -m benchmarks.funding [--positions 1000] [--days 365] [--ticks 20000]

A whole exchange: 500 longs and 500 shorts of one perpetual, every settlement paid position by position, each record
in a log on disk, all projections folded. Asked: under 60 s for the year. Then the engine alone: marks of one perpetual
set once a second, by the length of the window that their basis is averaged over, by turns. Asked: a window of ten
minutes at most 1.3 times one of thirty seconds.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import PriceRules
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.eventlog.durability import parse_durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.runtime.clock import MAX, PAUSED
from simexchange.runtime.exchange import Exchange

PERP, INDEX = "perp:BTC-USDT", "BTC-USDT"
START = Nanos(1_767_225_600 * SECOND)
"""2026-01-01 00:00:00 UTC."""
LIMIT, LEAST = 60.0, 1.3
SLICE = 1_000
WINDOWS = (30 * SECOND, 5 * MINUTE, 10 * MINUTE)


def peopled(log: SqliteLog, positions: int, until: Nanos) -> Exchange:
    """The shipped markets, and as many accounts with a position of 0.01 BTC at 60,000, every other one short."""
    exchange = Exchange(log, speed=PAUSED, durability=parse_durability("always"), until=until)
    for command in opening.opening(list(markets.read([]).values()), exchange.state):
        exchange.submit(command, "control")
    market = exchange.state.market_no[PERP]
    exchange.submit(cmd.SetIndex(INDEX, Price(60_000 * ONE)), "feed:index")
    for number in range(positions):
        exchange.submit(cmd.OpenAccount(f"holder{number}", "binance"), "control")
        no = AccountNo(exchange.state.account_no[f"holder{number}"])
        exchange.submit(cmd.Deposit(no, "usdm", "USDT", Amount(10_000 * ONE)), "control")
        side = Side.BUY if number % 2 else Side.SELL
        exchange.submit(
            cmd.PlaceOrder(
                no, market, side, OrderKind.LIMIT, Quantity(ONE // 100), Price(60_000 * ONE), TimeInForce.GTC
            )
        )
        if number % 100 == 0:
            exchange.flush()
    exchange.flush()
    return exchange


def a_year(positions: int, days: int) -> tuple[float, int, int]:
    """Wall seconds of *days* of funding, payments made, bytes of the log."""
    with tempfile.TemporaryDirectory() as name:
        log = SqliteLog.create(Path(name) / FILE_NAME, Header(seed=1, start=START), parse_durability("always"))
        exchange = peopled(log, positions, Nanos(START + days * DAY))
        settled = [account.free("usdm", "USDT") for account in exchange.state.accounts.values()]
        begun = time.perf_counter()
        asyncio.run(lives(exchange))
        taken = time.perf_counter() - begun
        held = [account for account in exchange.state.accounts.values() if account.positions]
        payments = sum(total.settlements for account in held for total in exchange.views.statements.totals(account.no))
        now = [account.free("usdm", "USDT") for account in exchange.state.accounts.values()]
        assert sum(now) <= sum(settled)
        assert len(held) == positions
        size = sum(file.stat().st_size for file in Path(name).iterdir())
        exchange.close()
        return taken, payments, size


async def lives(exchange: Exchange) -> None:
    """Let exchange time pass as fast as it can, to its end."""
    exchange.set_speed(MAX)
    running = asyncio.create_task(exchange.run())
    await exchange.finished.wait()
    await exchange.stop()
    await running


def tick(ticks: int) -> list[float]:
    """Microseconds of one mark, set once a second, by window; the best of many turns, after the windows are full."""
    engines = []
    for window in WINDOWS:
        engine = Engine(ExchangeState())
        engine.execute(cmd.OpenExchange(1, START), START)
        rules = (PriceRules(basis_window=Nanos(window)),)
        engine.execute(cmd.ListMarket(replace(markets.read([])[PERP].market, prices=rules)), START)
        engines.append(engine)
    best, at = [float("inf")] * len(WINDOWS), int(START)
    for turn in range(1 + -(-ticks // SLICE)):
        for place, engine in enumerate(engines):
            begun = time.perf_counter()
            for number in range(SLICE):
                engine.execute(cmd.SetIndex(INDEX, Price((60_000 + number % 7) * ONE)), Nanos(at + number * SECOND))
            if turn:
                best[place] = min(best[place], time.perf_counter() - begun)
        at += SLICE * SECOND
    return [each / SLICE * 1e6 for each in best]


def main(words: Sequence[str] | None = None) -> None:
    """Run it."""
    parser = Options(__doc__)
    parser.add_argument("--positions", type=at_least(2), default=1000)
    parser.add_argument("--days", type=at_least(1), default=365)
    parser.add_argument("--ticks", type=at_least(1), default=20_000)
    asked = parser.parse_args(words)
    head(
        "Funding",
        workload=f"{asked.positions} positions, {asked.days} days, a settlement every {8 * HOUR // HOUR} h",
        connections="none",
        record_bytes="500 payments each",
        projections="all",
    )
    taken, payments, size = a_year(asked.positions, asked.days)
    rows(
        ("", "payments", "s", "µs each", "log MB"),
        [("the year", f"{payments:,}", f"{taken:.1f}", f"{taken / payments * 1e6:.1f}", f"{size / 1e6:,.0f}")],
    )
    print()
    costs = tick(asked.ticks)
    windows = [f"{window // SECOND} s" for window in WINDOWS]
    rows(("mark, window", *windows), [("µs", *(f"{cost:.2f}" for cost in costs))])
    print()
    whole = LIMIT * asked.days * asked.positions / 365_000
    rows(
        ("", "measured", "asked", ""),
        [
            verdict("seconds of the year", taken, whole, most=True),
            verdict("600 s window ÷ 30 s", costs[-1] / costs[0], LEAST, most=True),
        ],
    )


if __name__ == "__main__":
    main()
