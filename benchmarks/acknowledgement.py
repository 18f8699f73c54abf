"""How long one user waits for an acknowledgement while a feed runs at max speed, durability ``always``.

    python -m benchmarks.acknowledgement [--seconds 10] [--durability always] [--feed none]

One order at a time: submit, wait until its record is durable, a pause, again. Prints milliseconds and what the feed
did meanwhile.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sizes import Options, seconds
from benchmarks.table import head, percentile, rows
from simexchange.config import markets, opening
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.errors import ConfigError
from simexchange.eventlog.durability import ALWAYS, Durability, parse_durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.clock import MAX, wall_now
from simexchange.runtime.exchange import Exchange

PAUSE = 0.005


def policy(text: str) -> Durability:
    """The durability that *text* names."""
    try:
        return parse_durability(text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def begin(folder: Path, durability: Durability, feed: str) -> Exchange:
    """An exchange with the shipped markets and one account."""
    log = SqliteLog.create(folder / FILE_NAME, Header(seed=1, start=wall_now()), durability)
    feeds = [SyntheticFeed(Settings())] if feed == "synthetic" else []
    exchange = Exchange(log, feeds=feeds, speed=MAX, durability=durability)
    for command in opening.opening(list(markets.read([]).values()), exchange.state):
        exchange.submit(command, "control")
    exchange.submit(cmd.OpenAccount("user", "binance"), "control")
    user = exchange.state.account_no["user"]
    exchange.submit(cmd.Deposit(user, "spot", "USDT", Amount(1_000_000 * ONE)), "control")
    exchange.start_feeds()
    return exchange


async def measure(exchange: Exchange, span: float) -> list[int]:
    """Nanoseconds from submitting an order to its being durable, one after the other."""
    state = exchange.state
    user, market = state.account_no["user"], state.market_no["spot:BTC-USDT"]
    order = cmd.PlaceOrder(
        user, market, Side.BUY, OrderKind.LIMIT, Quantity(ONE // 1000), Price(20_000 * ONE), TimeInForce.IOC
    )
    taken: list[int] = []
    end = time.perf_counter_ns() + int(span * SECOND)
    while (begun := time.perf_counter_ns()) < end:
        step = exchange.submit(order)
        await exchange.durable(step.seq)
        taken.append(time.perf_counter_ns() - begun)
        await asyncio.sleep(PAUSE)
    return taken


async def run(arguments: argparse.Namespace) -> None:
    """Measure once and print."""
    with tempfile.TemporaryDirectory() as folder:
        exchange = begin(Path(folder), arguments.durability, arguments.feed)
        exchange.start()
        await asyncio.sleep(min(1, arguments.seconds))
        seq, at = exchange.seq, exchange.now()
        taken = sorted(await measure(exchange, arguments.seconds))
        records, passed = exchange.seq - seq, Nanos(exchange.now() - at)
        await exchange.stop()
        exchange.log.close()
    head(
        "Acknowledgement beside a feed", workload=f"{len(taken)} orders, one at a time, feed {arguments.feed}",
        connections=f"none: the runtime alone, durability {arguments.durability}", record_bytes="see footprint.py",
        projections="on",
    )  # fmt: skip
    ranks = [f"{percentile(taken, share) / 1e6:.2f}" for share in (0.5, 0.9, 0.99, 1)]
    rows(["", "p50", "p90", "p99", "longest"], [["ms to durable", *ranks]])
    print()
    of_feed = [f"{records / arguments.seconds:,.0f}", f"{passed / SECOND / arguments.seconds:,.0f}x"]
    rows(["meanwhile", "records/s", "exchange time"], [["the feed", *of_feed]])


def main(words: Sequence[str] | None = None) -> None:
    """Parse and run."""
    parser = Options(__doc__)
    parser.add_argument("--seconds", type=seconds, default=10)
    parser.add_argument("--durability", type=policy, default=ALWAYS)
    parser.add_argument("--feed", choices=["synthetic", "none"], default="synthetic")
    asyncio.run(run(parser.parse_args(words)))


if __name__ == "__main__":
    main()
