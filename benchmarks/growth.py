"""Does an order cost more when its account has many open ones? Ten against ten thousand; both in turn, in one run.

python -m benchmarks.growth [COMMANDS] [ROUNDS] [--open 10000]
"""

import time
from collections.abc import Sequence

from benchmarks.flow import MID, PERPETUAL, SPOT, T0, opened
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import MarketRules
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Price, Quantity
from simexchange.projections.views import Views

WHO = AccountNo(2)
FEW = 10


def seconds(market: int, tick: int, resting: int, count: int) -> float:
    """CPU time of *count* place-and-cancel pairs beside *resting* open orders of the same account."""
    engine, views = Engine(ExchangeState()), Views()

    def run(command: cmd.Command) -> None:
        for event in engine.execute(command, T0):
            views.apply(1, T0, event)

    for command, _ in opened(accounts=2):
        run(command)
    rules = engine.state.rules["binance", MarketNo(market)]
    fields = {name: getattr(rules.filters, name) for name in rules.filters.__struct_fields__}
    filters = type(rules.filters)(**{**fields, "max_orders": 1_000_000, "bid_down": 0})
    plain = {name: getattr(rules, name) for name in rules.__struct_fields__}
    run(cmd.SetRules("binance", MarketNo(market), MarketRules(**{**plain, "filters": filters})))

    def buy(price: int, client_id: str) -> cmd.PlaceOrder:
        return cmd.PlaceOrder(
            WHO,
            MarketNo(market),
            Side.BUY,
            OrderKind.LIMIT,
            Quantity(ONE // 100),
            Price(price),
            TimeInForce.GTC,
            client_id,
        )

    for number in range(resting):
        run(buy(MID - tick * (100 + number % 500), f"r{number}"))
    begun = time.process_time()
    for number in range(count):
        run(buy(MID - tick * (1 + number % 50), f"n{number}"))
        run(cmd.CancelOrder(WHO, MarketNo(market), client_id=f"n{number}"))
    return time.process_time() - begun


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("commands", metavar="COMMANDS", nargs="?", type=at_least(1), default=20_000)
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=at_least(1), default=3)
    parser.add_argument("--open", type=at_least(FEW + 1), default=10_000)
    given = parser.parse_args(words)
    count, many = given.commands, given.open
    table, floors = [], []
    for name, market, tick in (("spot", SPOT, ONE // 100), ("perpetual", PERPETUAL, ONE // 10)):
        best = {FEW: float("inf"), many: float("inf")}
        for _ in range(given.rounds):
            for resting, before in list(best.items()):
                best[resting] = min(before, seconds(market, tick, resting, count))
        table.append([name, *(f"{spent / count / 2 * 1e6:.2f}" for spent in best.values())])
        floors.append(verdict(f"{name}: {many:,} open / {FEW} open", best[many] / best[FEW], 1.3, most=True))
    head(
        "Growth with open orders", workload=f"{count} place-and-cancel pairs of one account", connections="none",
        record_bytes="not recorded", projections="on",
    )  # fmt: skip
    rows(["us per command", f"{FEW} open", f"{many:,} open"], table)
    print()
    rows(["ceiling", "reached", "asked", ""], floors)


if __name__ == "__main__":
    main()
