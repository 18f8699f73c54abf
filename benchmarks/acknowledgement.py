"""How long one user waits for an acknowledgement while a feed runs at max speed, durability ``always``.

python benchmarks/acknowledgement.py [--seconds 10] [--durability always] [--feed none]

One order at a time: submit, wait until its record is durable, a pause, again. Prints milliseconds and what the feed
did meanwhile.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from simexchange.config import markets, opening
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.eventlog.durability import parse_durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.clock import MAX, wall_now
from simexchange.runtime.exchange import Exchange

PAUSE = 0.005


def begin(folder: Path, durability: str, feed: str) -> Exchange:
    """An exchange with the shipped markets and one account."""
    policy = parse_durability(durability)
    log = SqliteLog.create(folder / FILE_NAME, Header(seed=1, start=wall_now()), policy)
    feeds = [SyntheticFeed(Settings())] if feed == "synthetic" else []
    exchange = Exchange(log, feeds=feeds, speed=MAX, durability=policy)
    for command in opening.opening(list(markets.read([]).values()), exchange.state):
        exchange.submit(command, "control")
    exchange.submit(cmd.OpenAccount("user", "binance"), "control")
    user = exchange.state.account_no["user"]
    exchange.submit(cmd.Deposit(user, "spot", "USDT", Amount(1_000_000 * ONE)), "control")
    exchange.start_feeds()
    return exchange


async def measure(exchange: Exchange, seconds: float) -> list[int]:
    """Nanoseconds from submitting an order to its being durable, one after the other."""
    state = exchange.state
    user, market = state.account_no["user"], state.market_no["spot:BTC-USDT"]
    order = cmd.PlaceOrder(
        user, market, Side.BUY, OrderKind.LIMIT, Quantity(ONE // 1000), Price(20_000 * ONE), TimeInForce.IOC
    )
    taken: list[int] = []
    end = time.perf_counter_ns() + int(seconds * SECOND)
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
        await asyncio.sleep(1)
        seq, at = exchange.seq, exchange.now()
        taken = sorted(await measure(exchange, arguments.seconds))
        records, passed = exchange.seq - seq, Nanos(exchange.now() - at)
        await exchange.stop()
        exchange.log.close()
    rank = [taken[int(len(taken) * share)] / 1e6 for share in (0.5, 0.9, 0.99)]
    print(f"durability {arguments.durability}, feed {arguments.feed}: {len(taken)} orders")
    print(f"ms to durable: p50 {rank[0]:.2f}, p90 {rank[1]:.2f}, p99 {rank[2]:.2f}, max {taken[-1] / 1e6:.2f}")
    print(f"{records / arguments.seconds:,.0f} records/s, exchange time {passed / SECOND / arguments.seconds:,.0f}x")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--durability", default="always")
    parser.add_argument("--feed", choices=["synthetic", "none"], default="synthetic")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
