"""What the rules of a market cost an order beside a plain one, in the engine alone.

    python -m benchmarks.rules [--orders 3000] [--rounds 5]

Limit orders of four accounts within 0.6 % of one price, drawn once: some four of ten trade at once. Every variant runs
the same orders in a world of its own, by turns, and its best round counts. Asked: a rule alone at most 1.5 times the
plain order, all of them together at most 2.5 times.
"""

import gc
import random
import time
from collections.abc import Sequence

from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import MINUTE, ONE, Amount, Nanos, Price, Quantity, Rate

ALONE, TOGETHER = 1.5, 2.5
T0 = Nanos(1_700_000_000 * 10**9)
TWICE, HALF = Rate(2 * ONE), Rate(ONE // 2)
PLAIN = Filters(price_min=Price(1), qty_min=Quantity(1), notional_min=Amount(1))
RANGE = Filters(
    price_min=Price(1), qty_min=Quantity(1), notional_min=Amount(1), range_bid_up=TWICE, range_bid_down=HALF,
    range_ask_up=TWICE, range_ask_down=HALF, reference_buckets=10, reference_bucket=Nanos(MINUTE),
)  # fmt: skip
AVERAGE = Filters(
    price_min=Price(1), qty_min=Quantity(1), notional_min=Amount(1), bid_up=TWICE, ask_up=TWICE,
    average_span=Nanos(5 * MINUTE),
)  # fmt: skip
HOLDING = Filters(
    price_min=Price(1), qty_min=Quantity(1), notional_min=Amount(1), max_position=Quantity(10**9 * ONE)
)  # fmt: skip
VARIANTS = {
    "plain": (PLAIN, False, False),
    "discount asset": (PLAIN, True, False),
    "price range": (RANGE, False, False),
    "average price": (AVERAGE, False, False),
    "bounded holding": (HOLDING, False, False),
    "routed": (PLAIN, False, True),
    "discount, range and routed": (RANGE, True, True),
}
"""Name → filters, whether everybody pays with BNB, whether orders are routed."""
PEOPLE = [AccountNo(no) for no in range(2, 6)]


def world(filters: Filters, *, discounted: bool) -> Engine:
    """BTC in two quotes, and BNB with a last price."""
    engine = Engine(ExchangeState())

    def run(command: cmd.Command) -> None:
        engine.execute(command, T0)

    run(cmd.OpenExchange(1, T0))
    run(cmd.AdoptBundle(Bundle("binance", discount_asset="BNB", routing=("USDT", "USDC"))))
    for no, (base, quote) in enumerate((("BTC", "USDT"), ("BTC", "USDC"), ("BNB", "USDT")), 1):
        tick, step = Price(ONE // 100), Quantity(ONE // 1000)
        run(cmd.ListMarket(Market(f"spot:{base}-{quote}", MarketKind.SPOT, base, quote, quote, tick, step)))
        run(cmd.SetRules("binance", MarketNo(no), MarketRules(filters, Rate(100_000), Rate(100_000))))
    for no in PEOPLE:
        run(cmd.OpenAccount(f"person{no}", "binance"))
        for asset in ("USDT", "USDC", "BTC", "BNB"):
            run(cmd.Deposit(no, "spot", asset, Amount(10**8 * ONE)))
        if discounted:
            run(cmd.SetAccountOption(no, AccountOption.DISCOUNT_SPOT, 1))
    for no, side in ((2, Side.BUY), (3, Side.SELL)):
        order = cmd.PlaceOrder(
            AccountNo(no), MarketNo(3), side, OrderKind.LIMIT, Quantity(ONE), Price(300 * ONE), TimeInForce.GTC
        )
        run(order)
    return engine


def orders(count: int, *, routed: bool) -> list[cmd.Command]:
    """The same orders for everybody."""
    drawn = random.Random(5)
    more = Terms(routed=True) if routed else None
    return [
        cmd.PlaceOrder(
            drawn.choice(PEOPLE), MarketNo(1), drawn.choice([Side.BUY, Side.SELL]), OrderKind.LIMIT,
            Quantity(drawn.randint(1, 50) * ONE // 1000), Price((10_000 + drawn.randint(-60, 60)) * ONE // 100),
            TimeInForce.GTC, "", more,
        )
        for _ in range(count)
    ]  # fmt: skip


def seconds(count: int, filters: Filters, *, discounted: bool, routed: bool) -> float:
    """CPU time of *count* orders."""
    engine, commands = world(filters, discounted=discounted), orders(count, routed=routed)
    gc.collect()
    gc.disable()
    begun = time.process_time()
    for command in commands:
        engine.execute(command, T0)
    taken = time.process_time() - begun
    gc.enable()
    return taken


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--orders", type=at_least(1), default=3_000)
    parser.add_argument("--rounds", type=at_least(1), default=5)
    given = parser.parse_args(words)
    best = dict.fromkeys(VARIANTS, float("inf"))
    for _ in range(given.rounds):
        for name, (filters, discounted, routed) in VARIANTS.items():
            taken = seconds(given.orders, filters, discounted=discounted, routed=routed)
            best[name] = min(best[name], taken)
    head(
        "Rules of a market",
        workload=f"{given.orders} limit orders a variant, {given.rounds} rounds in turn",
        connections="none: one thread, its CPU time",
        record_bytes="not encoded",
        projections="off",
    )
    lines, verdicts = [], []
    for name, taken in best.items():
        ratio = taken / best["plain"]
        lines.append([name, f"{taken / given.orders * 1e6:.2f}", f"{ratio:.2f}"])
        if name != "plain":
            ceiling = TOGETHER if name == "discount, range and routed" else ALONE
            verdicts.append(verdict(f"{name} ÷ plain", ratio, ceiling, most=True))
    rows(["an order", "us", "÷ plain"], lines)
    print()
    rows(["ceiling", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
