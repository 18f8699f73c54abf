"""How long the fixtures of simexchange.testing take to set up: an exchange without sockets, and one on a port.

    python -m benchmarks.fixtures [--rounds 100]

Prints the median and the tenth and ninetieth percentile, in milliseconds, after one round that loads everything.
"""

import statistics
import time
from collections.abc import Sequence

from benchmarks.sizes import Options, at_least
from benchmarks.table import head, percentile, rows
from simexchange.testing import LocalExchange, ServedExchange

GOALS = {LocalExchange: 10.0, ServedExchange: 50.0}
"""Milliseconds."""


def setups(kind: type[LocalExchange | ServedExchange], rounds: int) -> list[float]:
    """Milliseconds of each of so many, rising."""
    kind().start().stop()
    spent = []
    for _ in range(rounds):
        begun = time.perf_counter()
        made = kind().start()
        spent.append((time.perf_counter() - begun) * 1_000)
        made.stop()
    return sorted(spent)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--rounds", type=at_least(1), default=100)
    rounds = parser.parse_args(words).rounds
    table = []
    for kind, goal in GOALS.items():
        spent = setups(kind, rounds)
        figures = (statistics.median(spent), percentile(spent, 0.1), percentile(spent, 0.9), goal)
        table.append([kind.__name__, *(f"{each:.2f}" for each in figures)])
    head(
        "Fixtures", workload=f"{rounds} set up and stopped, one after the other", connections="none",
        record_bytes="not measured", projections="on",
    )  # fmt: skip
    rows(["ms to set up", "median", "10 %", "90 %", "goal"], table)


if __name__ == "__main__":
    main()
