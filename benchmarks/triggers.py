"""What sleeping orders cost: resting one, a price that wakes nobody, a price that wakes a thousand, trailing ones.

    python -m benchmarks.triggers [MOST] [ROUNDS]

Each figure beside as many sleeping orders as its column says, up to MOST, by the engine alone; the columns of a row are
measured in turn in one run.
"""

import gc
import time
from collections.abc import Sequence

import msgspec

from benchmarks.flow import PERPETUAL as PERP, T0, opened
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import OrderAccepted, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo, OrderId
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import ONE, Price, Quantity, Rate

WHO, MAKER = AccountNo(2), AccountNo(3)
MARK = TriggerPrice.MARK
START = 60_000 * ONE
TICK = ONE // 10
TICKS = 2_000
WOKEN = 1_000
NOTHING = OrderKind.MARKET


class Exchange:
    """One perpetual whose mark is put where one wants it, and *count* buy stops far above it."""

    def __init__(self, count: int) -> None:
        self.engine = Engine(ExchangeState())
        for command, _ in opened(accounts=2):
            self.engine.execute(command, T0)
        # The shipped rules allow 200 sleeping orders an account.
        bundle = msgspec.structs.replace(self.engine.state.bundles["binance"], max_conditional_futures=0)
        self.engine.execute(cmd.AdoptBundle(bundle), T0)
        self.mark(START)
        # Somebody to buy from.
        asked = cmd.PlaceOrder(
            MAKER, PERP, Side.SELL, OrderKind.LIMIT, Quantity(900 * ONE), Price(START), TimeInForce.GTC
        )
        self.engine.execute(asked, T0)
        # Spread over 10,000 prices, as far as the bounds of the market's prices let them.
        self.terms = [_terms(Trigger(Price(START * 2 + TICK * number), MARK)) for number in range(10_000)]
        for number in range(count):
            self.stop(number)

    def stop(self, number: int) -> OrderId:
        """Lay a stop down."""
        return self.place(self.terms[number * 7919 % 10_000])

    def place(self, terms: Terms) -> OrderId:
        """Place an order that sleeps."""
        command = cmd.PlaceOrder(
            WHO, PERP, Side.BUY, NOTHING, Quantity(ONE // 100), Price(0), TimeInForce.GTC, "", terms
        )
        accepted = self.engine.execute(command, T0)[0]
        assert isinstance(accepted, OrderAccepted), accepted
        return accepted.order

    def mark(self, price: int) -> None:
        """A mark tick."""
        self.engine.execute(cmd.SetMark(PERP, Price(price)), T0)

    def drain(self) -> int:
        """Let everything woken work, one record each; how many of them traded."""
        count = 0
        while (step := self.engine.state.pending()) is not None:
            events = self.engine.execute(step, T0)
            count += any(isinstance(event, TradeExecuted) for event in events)
        return count

    def rest(self, count: int) -> float:
        """Seconds of laying *count* stops down and taking them away again."""
        begun = time.process_time()
        for number in range(count):
            self.engine.execute(cmd.CancelOrder(WHO, PERP, self.stop(number)), T0)
        return time.process_time() - begun

    def quiet(self, count: int) -> float:
        """Seconds of *count* mark ticks that wake nobody, up and down."""
        begun = time.process_time()
        for number in range(count):
            self.mark(START + TICK * (number % 50))
        return time.process_time() - begun

    def wakes(self) -> float:
        """Seconds in which a tick wakes a thousand, at a thousand prices, and each of them works."""
        self.mark(START)
        for number in range(WOKEN):
            self.place(_terms(Trigger(Price(START + TICK * (1_000 + number * 7919 % WOKEN)), MARK)))
        begun = time.process_time()
        self.mark(START + TICK * 3_000)
        assert self.drain() == WOKEN
        spent = time.process_time() - begun
        self.mark(START)
        return spent


def _terms(trigger: Trigger) -> Terms:
    return Terms(trigger=trigger)


def trailing(count: int, ticks: int) -> float:
    """Seconds of *ticks* rising mark ticks under *count* trailing stops that began at prices of their own."""
    exchange = Exchange(0)
    for number in range(count):
        exchange.mark(START - TICK * (number % 1_000))
        rate = Rate(ONE // 20 + number % 977)
        exchange.place(_terms(Trigger(Price(0), MARK, rising=False, trailing=rate)))
    exchange.mark(START - TICK * 1_000)
    gc.collect()
    begun = time.process_time()
    for number in range(ticks):
        exchange.mark(START - TICK * 1_000 + TICK * number)
    spent = time.process_time() - begun
    assert not exchange.drain()
    return spent


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("most", metavar="MOST", nargs="?", type=at_least(1), default=1_000_000)
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=at_least(1), default=3)
    given = parser.parse_args(words)
    most, rounds = given.most, given.rounds
    sizes = [*(size for size in (0, 1_000, 10_000, 100_000) if size < most), most]
    gc.disable()
    exchanges = {size: Exchange(size) for size in sizes}
    best = {(what, size): float("inf") for what in ("rest", "quiet", "wakes") for size in sizes}
    for _ in range(rounds):
        for size, exchange in exchanges.items():
            best["rest", size] = min(best["rest", size], exchange.rest(TICKS) / TICKS * 1e6)
            best["quiet", size] = min(best["quiet", size], exchange.quiet(TICKS) / TICKS * 1e6)
            best["wakes", size] = min(best["wakes", size], exchange.wakes() * 1e3)
    del exchanges
    followers = [*(size for size in (0, 1_000) if size < most), min(100_000, most)]
    trailed = dict.fromkeys(followers, float("inf"))
    ticks = followers[-1]
    for _ in range(rounds):
        for size in followers:
            trailed[size] = min(trailed[size], trailing(size, ticks) / ticks * 1e6)
    head(
        "Sleeping orders", workload="stops on the mark of one perpetual, of one account", connections="none",
        record_bytes="not recorded", projections="off",
    )  # fmt: skip
    names = {"rest": "place and cancel, us", "quiet": "quiet tick, us", "wakes": "1,000 woken, ms"}
    rows(
        ["beside sleeping", *(f"{size:,}" for size in sizes)],
        [[title, *(f"{best[what, size]:.2f}" for size in sizes)] for what, title in names.items()],
    )
    print()
    rows(
        ["trailing", *(f"{size:,}" for size in followers)],
        [["rising tick, us", *(f"{trailed[size]:.2f}" for size in followers)]],
    )
    print()
    least, largest = sizes[1], sizes[-1]
    rows(
        ["ceiling", "reached", "asked", ""],
        [
            verdict(
                f"place and cancel, {largest:,} / {least:,}", best["rest", largest] / best["rest", least], 3, most=True
            ),
            verdict(f"quiet tick beside {largest:,}, us", best["quiet", largest], 20, most=True),
            verdict(f"quiet tick, {largest:,} / none", best["quiet", largest] / best["quiet", 0], 1.3, most=True),
            verdict(f"1,000 woken beside {largest:,}, ms", best["wakes", largest], 100, most=True),
            verdict(
                f"rising tick, {followers[-1]:,} / {followers[1]:,} trailing",
                trailed[followers[-1]] / trailed[followers[1]],
                1.3,
                most=True,
            ),
        ],
    )


if __name__ == "__main__":
    main()
