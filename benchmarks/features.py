"""What each optional term of an order costs beside a plain limit order, in the engine alone.

    python -m benchmarks.features [--pairs 3000] [--rounds 7]

A pair is an order placed away from the touch and its cancel (or, for what cannot rest, an order that trades against one
resting order of the same size, and that order). Variants run in turn, slice by slice, in worlds of their own; of each
slice the best round counts. Asked: a feature alone at most 1.5 times its plain order, the largest legal combination at
most 2.5 times.
"""

import time
from collections.abc import Callable, Sequence

from benchmarks.flow import PERPETUAL, SPOT, T0, opened
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import CommandRefused, OrderRejected
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import (
    AccountOption,
    OrderKind,
    Peg,
    SelfTrade,
    Side,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate

ALONE, TOGETHER = 1.5, 2.5
SLICE = 200
QUOTER, TRADER, OTHER = AccountNo(2), AccountNo(3), AccountNo(4)
QTY = Quantity(ONE // 100)
BID, ASK = Price(59_900 * ONE), Price(60_100 * ONE)
LOW = Price(59_500 * ONE)
STOP = Trigger(Price(61_000 * ONE))
TRAILING = Trigger(Price(0), trailing=Rate(2_000_000), activation=Price(61_000 * ONE), activation_rising=True)
TERMS: dict[str, Terms | None] = {
    "strategy id": Terms(strategy_id=7, strategy_type=1_000_000),
    "iceberg": Terms(iceberg_qty=Quantity(QTY // 5)),
    "self-trade mode": Terms(self_trade=SelfTrade.EXPIRE_MAKER),
    "peg": Terms(peg=Peg()),
    "stop": Terms(trigger=STOP),
    "trailing stop": Terms(trigger=TRAILING),
    "good till": Terms(good_till=Nanos(T0 + 2 * HOUR)),
}
ALL = Terms(
    trigger=TRAILING, iceberg_qty=Quantity(QTY // 5), self_trade=SelfTrade.EXPIRE_MAKER, strategy_id=7,
    strategy_type=1_000_000, peg=Peg(),
)  # fmt: skip
ALL_PERPETUAL = Terms(
    trigger=Trigger(Price(61_000 * ONE), TriggerPrice.MARK, protect=True), self_trade=SelfTrade.EXPIRE_MAKER,
    peg=Peg(), good_till=Nanos(T0 + 2 * HOUR), strategy_id=7, strategy_type=1_000_000,
)  # fmt: skip

Pair = Callable[[int], Sequence[cmd.Command]]


def resting(market: MarketNo, more: Terms | None, tif: TimeInForce = TimeInForce.GTC) -> Pair:
    """An order that stays, or sleeps, and its cancel."""
    price = Price(0) if more is not None and more.peg is not None else LOW
    stop = more is not None and more.trigger is not None
    side = Side.BUY

    def pair(number: int) -> Sequence[cmd.Command]:
        name = f"o{number}"
        order = cmd.PlaceOrder(
            TRADER,
            market,
            side,
            OrderKind.LIMIT,
            QTY,
            Price(61_000 * ONE) if stop and price else price,
            tif,
            name,
            more,
        )
        return order, cmd.CancelOrder(TRADER, market, client_id=name)

    return pair


def taking(market: MarketNo, kind: OrderKind, tif: TimeInForce, more: Terms | None, *, by_value: bool = False) -> Pair:
    """A resting sale and an order that takes it whole."""

    def pair(number: int) -> Sequence[cmd.Command]:
        sale = cmd.PlaceOrder(OTHER, market, Side.SELL, OrderKind.LIMIT, QTY, Price(60_000 * ONE), TimeInForce.GTC)
        price = Price(60_000 * ONE) if kind is OrderKind.LIMIT else Price(0)
        qty = Quantity(0) if by_value else QTY
        return sale, cmd.PlaceOrder(TRADER, market, Side.BUY, kind, qty, price, tif, "", more)

    return pair


def variants() -> dict[str, tuple[str, Pair, float]]:
    """Name → (the plain one it is measured against, its pair, what it may cost)."""
    found: dict[str, tuple[str, Pair, float]] = {}
    for name, market in (("spot", SPOT), ("perpetual", PERPETUAL)):
        plain, taken = f"{name}: plain, resting", f"{name}: plain, taking"
        found[plain] = (plain, resting(market, None), ALONE)
        found[taken] = (taken, taking(market, OrderKind.LIMIT, TimeInForce.IOC, None), ALONE)
        found[f"{name}: post-only"] = (plain, resting(market, None, TimeInForce.POST_ONLY), ALONE)
        for feature, more in TERMS.items():
            if market == PERPETUAL and feature == "iceberg":
                continue
            tif = TimeInForce.GTD if feature == "good till" else TimeInForce.GTC
            if market == SPOT and feature == "good till":
                continue
            found[f"{name}: {feature}"] = (plain, resting(market, more, tif), ALONE)
        found[f"{name}: fill or kill"] = (taken, taking(market, OrderKind.LIMIT, TimeInForce.FOK, None), ALONE)
        found[f"{name}: market order"] = (taken, taking(market, OrderKind.MARKET, TimeInForce.IOC, None), ALONE)
        guarded = Terms(self_trade=SelfTrade.EXPIRE_BOTH)
        found[f"{name}: self-trade mode, taking"] = (
            taken,
            taking(market, OrderKind.LIMIT, TimeInForce.IOC, guarded),
            ALONE,
        )
        combination = resting(
            market, ALL if market == SPOT else ALL_PERPETUAL, TimeInForce.GTC if market == SPOT else TimeInForce.GTD
        )
        found[f"{name}: everything at once"] = (plain, combination, TOGETHER)
    by_value = taking(SPOT, OrderKind.MARKET, TimeInForce.IOC, Terms(quote_qty=Amount(600 * ONE)), by_value=True)
    found["spot: market order by value"] = ("spot: plain, taking", by_value, ALONE)
    found["perpetual: reduce-only"] = ("perpetual: plain, resting", resting(PERPETUAL, Terms(reduce_only=True)), ALONE)
    return found


def world() -> Engine:
    """Quotes on both sides, one trade so that there is a last price, and a short position of the trader's."""
    engine = Engine(ExchangeState())
    for command, at in opened():
        engine.execute(command, at)
    for market in (SPOT, PERPETUAL):
        for side, price in ((Side.BUY, BID), (Side.SELL, ASK)):
            run(
                engine,
                cmd.PlaceOrder(QUOTER, market, side, OrderKind.LIMIT, Quantity(100 * ONE), price, TimeInForce.GTC),
            )
        run(engine, cmd.PlaceOrder(TRADER, market, Side.SELL, OrderKind.LIMIT, Quantity(ONE), BID, TimeInForce.IOC))
    run(engine, cmd.SetMark(PERPETUAL, Price(60_000 * ONE)))
    run(engine, cmd.SetAccountOption(QUOTER, AccountOption.TRADE_GROUP, 3))
    return engine


def run(engine: Engine, command: cmd.Command) -> None:
    """Execute *command*; a refusal would measure nothing."""
    for event in engine.execute(command, T0):
        if isinstance(event, OrderRejected | CommandRefused):
            raise SystemExit(f"{command} was refused: {event.reason}")


def best_of(pairs: int, rounds: int) -> dict[str, float]:
    """Seconds of each variant: the sum of its slices, each at its best."""
    made = {name: (world(), pair) for name, (_, pair, _) in variants().items()}
    best: dict[str, list[float]] = {}
    for number in range(rounds):
        for start in range(0, pairs, SLICE):
            for name, (engine, pair) in made.items():
                first = number * pairs + start
                last = min(first + SLICE, (number + 1) * pairs)
                commands = [command for place in range(first, last) for command in pair(place)]
                begun = time.process_time()
                for command in commands:
                    engine.execute(command, T0)
                taken = time.process_time() - begun
                slices = best.setdefault(name, [])
                place = start // SLICE
                if place == len(slices):
                    slices.append(taken)
                slices[place] = min(slices[place], taken)
    return {name: sum(slices) for name, slices in best.items()}


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--pairs", type=at_least(1), default=3_000)
    parser.add_argument("--rounds", type=at_least(1), default=7)
    given = parser.parse_args(words)
    for name, (_, pair, _) in variants().items():
        engine = world()
        for command in pair(0):
            run(engine, command)
        del name, engine
    best = best_of(given.pairs, given.rounds)
    head(
        "Optional terms of an order",
        workload=f"{given.pairs} pairs a variant, {given.rounds} rounds in turn",
        connections="none: one thread, its CPU time",
        record_bytes="not encoded",
        projections="off",
    )
    lines, verdicts = [], []
    for name, (against, _, ceiling) in variants().items():
        ratio = best[name] / best[against]
        lines.append([name, f"{best[name] / given.pairs * 1e6:.2f}", f"{ratio:.2f}"])
        if name != against:
            verdicts.append(verdict(f"{name} ÷ plain", ratio, ceiling, most=True))
    rows(["a pair of commands", "us", "÷ plain"], lines)
    print()
    rows(["ceiling", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
