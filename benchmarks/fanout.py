"""Stream fan-out: what 200 listeners to the depth of four markets leave of the engine's speed.

    python -m benchmarks.fanout [--listeners 200] [--seconds 1.5] [--rounds 5]

One process serves four spot markets and feeds itself orders as fast as it can: rest, cancel, rest. Listeners live in
another process, over real sockets, on ``@depth@100ms`` of all four. Rounds without and with them take turns in one
run, so that a busy machine counts for both. Prints commands per second of wall time and of the process's own time, and
the share of the speed that is left: measured, and reckoned from what one frame costs for a core of its own, on which
nothing but the rhythm of the streams decides how many frames there are.
"""

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.sizes import Options, at_least, seconds
from benchmarks.table import head, rows
from simexchange.cli.session import COLLECT_AFTER
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import OrderAccepted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from simexchange.dialects.binance.venue import BINANCE
from simexchange.eventlog.durability import parse_durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.gateway.keys import Keys
from simexchange.gateway.server import Server, new_event_loop
from simexchange.gateway.settings import Settings
from simexchange.runtime.clock import wall_now
from simexchange.runtime.exchange import Exchange

LISTENERS = Path(__file__).with_name("listeners.py")
BASES = ("BTC", "ETH", "SOL", "BNB")
STREAMS = "/".join(f"{base.lower()}usdt@depth@100ms" for base in BASES)
LEVELS = 100
"""Prices on each side of the middle that orders come at."""
TURN = 25
"""Orders before sockets have their turn."""


def begin(folder: Path) -> Exchange:
    """An exchange with four spot markets and one account that can pay for everything."""
    policy = parse_durability("always")
    exchange = Exchange(
        SqliteLog.create(folder / FILE_NAME, Header(seed=1, start=wall_now()), policy), durability=policy
    )
    exchange.submit(cmd.AdoptBundle(Bundle("binance")), "control")
    for base in BASES:
        spec = Market(
            f"spot:{base}-USDT", MarketKind.SPOT, base, "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000)
        )
        exchange.submit(cmd.ListMarket(spec), "control")
        no = exchange.state.market_no[spec.id]
        exchange.submit(cmd.SetRules("binance", no, MarketRules(Filters(), Rate(0), Rate(0))), "control")
    exchange.submit(cmd.OpenAccount("user", "binance"), "control")
    user = exchange.state.account_no["user"]
    for asset in ("USDT", *BASES):
        exchange.submit(cmd.Deposit(user, "spot", asset, Amount(10**8 * ONE)), "control")
    return exchange


def orders(exchange: Exchange) -> Iterator[None]:
    """Rest an order in each market in turn, and cancel the one that was rested a while ago."""
    user = exchange.state.account_no["user"]
    waiting: list[cmd.CancelOrder] = []
    number = 0
    while True:
        number += 1
        market = MarketNo(1 + number % len(BASES))
        side = Side.BUY if number % 3 else Side.SELL
        # The multiplier walks over all the prices before it comes back.
        away = 1 + number * 37 % LEVELS
        price = Price((1_000 - side * away) * ONE)
        step = exchange.submit(
            cmd.PlaceOrder(user, market, side, OrderKind.LIMIT, Quantity(ONE // 1000), price, TimeInForce.GTC)
        )
        accepted = step.events[0]
        assert isinstance(accepted, OrderAccepted), accepted
        waiting.append(cmd.CancelOrder(user, market, accepted.order))
        yield
        if len(waiting) > 4 * LEVELS:
            exchange.submit(waiting.pop(0))
            yield


class Drive(NamedTuple):
    """One round: commands, seconds of wall time, seconds of this process's own time."""

    commands: int
    wall: float
    own: float


async def drive(exchange: Exchange, flow: Iterator[None], span: float) -> Drive:
    """Commands for *span* seconds, the sockets having their turn now and then."""
    done, begun, own = 0, time.perf_counter(), time.process_time()
    while (passed := time.perf_counter() - begun) < span:
        for _ in range(TURN):
            next(flow)
        done += TURN
        await asyncio.sleep(0)
    return Drive(done, passed, time.process_time() - own)


async def measure(arguments: argparse.Namespace) -> None:
    """Serve, let listeners come and go, and count."""
    with tempfile.TemporaryDirectory() as folder:
        exchange = begin(Path(folder))
        exchange.start()
        server = Server(exchange, [BINANCE], Keys(), Settings(control_token="x", port=0))
        bound = await server.start()
        line = [sys.executable, str(LISTENERS), str(bound.port), str(arguments.listeners), STREAMS]
        child = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
        alone, loaded, heard = [], [], ("0", "0")
        flow = orders(exchange)
        await drive(exchange, flow, arguments.seconds)
        # As `serve` does it before clients may come.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        for _ in range(arguments.rounds):
            alone.append(await drive(exchange, flow, arguments.seconds))
            answer = (await told(child, "open")).strip()
            if answer != "open":
                sys.exit(f"a listener was answered {answer or 'nothing'!r}")
            loaded.append(await drive(exchange, flow, arguments.seconds))
            frames, total = (await told(child, "close")).split()
            heard = frames, total
        await told(child, "")
        child.communicate(timeout=10)
        await server.stop()
        await exchange.stop()
        exchange.log.close()
    tell(arguments, alone, loaded, int(heard[0]), int(heard[1]))


def tell(arguments: argparse.Namespace, alone: list[Drive], loaded: list[Drive], frames: int, total: int) -> None:
    """Print what was found."""
    head(
        "Stream fan-out", workload=f"{len(BASES)} spot markets, @depth@100ms, rest and cancel",
        connections=str(arguments.listeners), record_bytes="see footprint.py", projections="on",
    )  # fmt: skip
    per_wall = [statistics.median(each.commands / each.wall for each in rounds) for rounds in (alone, loaded)]
    per_own = [sum(each.commands for each in rounds) / sum(each.own for each in rounds) for rounds in (alone, loaded)]
    each = frames / sum(round_.wall for round_ in loaded) / arguments.listeners
    table = [
        ["nobody listens", f"{per_wall[0]:,.0f}", f"{per_own[0]:,.0f}", ""],
        [f"{arguments.listeners} listen", f"{per_wall[1]:,.0f}", f"{per_own[1]:,.0f}", f"{each:.1f}"],
    ]
    rows(["", "commands/s", "per own second", "frames/s each"], table)
    extra = sum(round_.own for round_ in loaded) - sum(round_.commands for round_ in loaded) / per_own[0]
    cost = extra / max(1, frames)
    share = 1 - cost * arguments.listeners * len(BASES) * 10
    print(f"\nleft of the speed, measured: {per_wall[1] / per_wall[0]:.0%} of wall time")
    print(
        f"one frame: {cost * 1e6:.2f} us, {total / max(1, frames):,.0f} bytes; left on a core of its own: {share:.0%}"
    )


async def told(child: "subprocess.Popen[str]", word: str) -> str:
    """Say *word* to the listeners; their answer."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{word}\n")
    child.stdin.flush()
    return await asyncio.to_thread(child.stdout.readline) if word else ""


def main(words: Sequence[str] | None = None) -> None:
    """Parse and run."""
    parser = Options(__doc__)
    parser.add_argument("--listeners", type=at_least(1), default=200)
    parser.add_argument("--seconds", type=seconds, default=1.5)
    parser.add_argument("--rounds", type=at_least(1), default=5)
    arguments = parser.parse_args(words)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(measure(arguments))


if __name__ == "__main__":
    main()
