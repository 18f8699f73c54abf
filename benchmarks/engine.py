"""The whole path of a command, stage by stage, beside the bare book; spot and perpetual; and how it grows.

    python benchmarks/engine.py [--commands 20000] [--rounds 5]

Every stage runs the same commands in turn within each round, in slices, so that a neighbour's load falls on all of
them; of each slice the best round counts. That is what the path costs while nobody disturbs it. One thread, CPU time.
"""

import argparse
import gc
import time
from collections.abc import Callable

import msgspec
from flow import MID, T0, flow, opened
from table import head, rows, verdict

from simexchange.core.book import Order, OrderBook
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recorder import Recorder
from simexchange.projections.views import Views

MARKETS = {"spot": (1, ONE // 100, ONE // 1000), "perpetual": (3, ONE // 10, ONE // 1000)}
FLOORS = {"spot": 60_000, "perpetual": 40_000}
GROWTH = 1.3
SLICE = 500
GROUP = 64
"""Records to a commit group."""

Seconds = list[float]
"""One figure per slice."""


def timed(commands: list[cmd.Command], run: Callable[[cmd.Command], object]) -> Seconds:
    """What each slice of *commands* takes."""
    taken = []
    for start in range(0, len(commands), SLICE):
        part = commands[start : start + SLICE]
        begun = time.process_time()
        for command in part:
            run(command)
        taken.append(time.process_time() - begun)
    return taken


def bare_book(commands: list[cmd.Command]) -> Seconds:
    """Rest, cancel and match on the ladder alone: no accounts, no money, no events."""
    book, by_id = OrderBook(), dict[str, Order]()

    def run(command: cmd.Command) -> None:
        if isinstance(command, cmd.CancelOrder):
            order = by_id.pop(command.client_id, None)
            if order is not None and order.level is not None:
                book.remove(order)
            return
        assert isinstance(command, cmd.PlaceOrder)
        side = command.side
        order = Order(
            OrderId(1), command.account, MarketNo(1), side, command.kind, command.qty, command.price, command.tif, "",
            Amount(0), None, Nanos(0),
        )  # fmt: skip
        ladder = book.opposite(side)
        while order.left:
            level = ladder.best()
            if level is None or (level.price - command.price) * side > 0:
                break
            maker = level.head
            assert maker is not None
            qty = min(order.left, maker.left)
            order.left -= qty
            book.reduce(maker, qty)
        if order.left and command.tif is TimeInForce.GTC:
            book.add(order)
            by_id[command.client_id] = order

    return timed(commands, run)


def engine_only(commands: list[cmd.Command]) -> Seconds:
    """Checks, matching, ledger, positions, events: no projections, no log."""
    engine, _, _ = world()
    return timed(commands, lambda command: engine.execute(command, T0))


def with_views(commands: list[cmd.Command]) -> Seconds:
    """And every projection folded."""
    engine, views, _ = world()
    execute, apply = engine.execute, views.apply

    def run(command: cmd.Command) -> None:
        for event in execute(command, T0):
            apply(1000, T0, event)

    return timed(commands, run)


def whole_path(commands: list[cmd.Command]) -> Seconds:
    """And the record encoded, chained and handed to a log in memory, a group at a time."""
    engine, views, recorder = world()
    execute, apply, record = engine.execute, views.apply, recorder.record

    def run(command: cmd.Command) -> None:
        events = execute(command, T0)
        seq = record(T0, "client", 0, command, events)
        for event in events:
            apply(seq, T0, event)
        if not seq % GROUP:
            recorder.flush()

    return timed(commands, run)


def world(*more: cmd.Command) -> tuple[Engine, Views, Recorder]:
    """A fresh exchange."""
    views, engine = Views(), Engine(ExchangeState())
    recorder = Recorder(MemoryLog(Header(1, T0)))
    for command in (*OPENING, *more):
        events = engine.execute(command, T0)
        seq = recorder.record(T0, "control", 0, command, events)
        for event in events:
            views.apply(seq, T0, event)
    recorder.flush()
    gc.collect()
    gc.freeze()
    return engine, views, recorder


OPENING = [command for command, _ in opened()]
STAGES: dict[str, Callable[[list[cmd.Command]], Seconds]] = {
    "bare book": bare_book,
    "engine": engine_only,
    "+ projections": with_views,
    "+ record (whole path)": whole_path,
}


def best_of(commands: list[cmd.Command], rounds: int) -> dict[str, float]:
    """Seconds of each stage: the sum of its slices, each at its best."""
    best: dict[str, Seconds] = {}
    for _ in range(rounds):
        for stage, run in STAGES.items():
            taken = run(commands)
            best[stage] = [min(pair) for pair in zip(best.get(stage, taken), taken, strict=True)]
    return {stage: sum(slices) for stage, slices in best.items()}


def record_bytes(commands: list[cmd.Command]) -> float:
    """Bytes of a record of this flow."""
    engine, _, _ = world()
    recorder = Recorder(log := MemoryLog(Header(1, T0)))
    for command in commands[:5_000]:
        recorder.record(T0, "client", 0, command, engine.execute(command, T0))
    recorder.flush()
    lines = list(log.read())
    return sum(map(len, lines)) / len(lines)


def measure_path(name: str, count: int, rounds: int) -> list[str]:
    """Print the stages of one market; the verdict on its floor."""
    market, tick, step = MARKETS[name]
    commands = flow(count, market, tick, step)
    best = best_of(commands, rounds)
    head(
        f"Engine path, {name}",
        workload=f"{count} commands of 50 accounts: 60 % limits near the touch, 30 % cancels, 10 % marketable IOC",
        connections="none: one thread, its CPU time; log in memory, 64 records to a group",
        record_bytes=f"{record_bytes(commands):.0f}",
        projections="per stage",
    )
    lines, before = [], 0.0
    for stage, seconds in best.items():
        each = seconds / count * 1e6
        added = f"{each - before:.2f}" if stage not in ("bare book", "engine") else f"{each:.2f}"
        share = best["bare book"] / seconds
        lines.append([stage, f"{count / seconds:,.0f}", f"{each:.2f}", added, f"{share:.3f}"])
        before = each
    rows(["stage", "commands/s", "us each", "us of its own", "bare book ="], lines)
    return verdict(f"{name}, whole path, commands/s", count / best["+ record (whole path)"], FLOORS[name])


def unlimited(market: int) -> cmd.SetRules:
    """The rules of *market* without a limit on open orders."""
    rules = next(c for c in reversed(OPENING) if isinstance(c, cmd.SetRules) and c.market == market).rules
    return cmd.SetRules("binance", MarketNo(market), msgspec.structs.replace(rules, filters=_without_limit(rules.filters)))


def _without_limit(filters: object) -> object:
    return msgspec.structs.replace(filters, max_orders=0)  # type: ignore[type-var]


def beside_open_orders(name: str, many: int, count: int) -> Seconds:
    """An account with *many* orders open places, is filled and cancels; whole path."""
    market, tick, step = MARKETS[name]
    me, other = AccountNo(2), AccountNo(3)
    engine, views, _ = world(unlimited(market))

    def run(command: cmd.Command) -> None:
        for event in engine.execute(command, T0):
            views.apply(1000, T0, event)

    for number in range(many):
        run(_limit(me, market, Side.BUY, step, MID - tick * (1_000 + number % 5_000), f"old{number}"))
    commands: list[cmd.Command] = []
    for number in range(count // 4):
        commands.append(_limit(me, market, Side.BUY, 10 * step, MID - tick, f"a{number}"))
        commands.append(_limit(other, market, Side.SELL, 10 * step, MID - tick, ""))
        commands.append(_limit(me, market, Side.SELL, 10 * step, MID + tick, f"b{number}"))
        commands.append(cmd.CancelOrder(me, MarketNo(market), client_id=f"b{number}"))
    return timed(commands, run)


def _limit(account: AccountNo, market: int, side: Side, qty: int, price: int, client_id: str) -> cmd.PlaceOrder:
    return cmd.PlaceOrder(
        account, MarketNo(market), side, OrderKind.LIMIT, Quantity(qty), Price(price), TimeInForce.GTC, client_id
    )


def measure_growth(count: int, rounds: int) -> list[list[str]]:
    """Print what a command costs beside 10, 1,000 and 10,000 open orders of its account."""
    head(
        "Growth with the open orders of one account",
        workload="that account bids and is hit, offers and cancels, beside the others, which rest deeper in the book",
        connections="none: one thread, its CPU time",
        record_bytes="not recorded",
        projections="on",
    )
    lines, verdicts = [], []
    for name in MARKETS:
        best: dict[int, Seconds] = {}
        for _ in range(rounds):
            for many in (10, 1_000, 10_000):
                taken = beside_open_orders(name, many, count)
                best[many] = [min(pair) for pair in zip(best.get(many, taken), taken, strict=True)]
        each = {many: sum(slices) / count * 1e6 for many, slices in best.items()}
        lines.append([name, *(f"{us:.2f}" for us in each.values()), f"{each[10_000] / each[10]:.2f}"])
        verdicts.append(verdict(f"{name}, 10,000 ÷ 10 open orders", each[10_000] / each[10], GROWTH, most=True))
    rows(["market", "us at 10", "us at 1,000", "us at 10,000", "growth"], lines)
    return verdicts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    verdicts = [measure_path(name, given.commands, given.rounds) for name in MARKETS]
    verdicts += measure_growth(given.commands // 5, given.rounds)
    print()
    rows(["floor", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
