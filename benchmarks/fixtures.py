"""How long the fixtures of simexchange.testing take to set up: an exchange without sockets, and one on a port.

    python -m benchmarks.fixtures [--rounds 100]

Prints the median and the tenth and ninetieth percentile, in milliseconds, after one round that loads everything.
"""

import argparse
import statistics
import time

from simexchange.testing import LocalExchange, ServedExchange

GOALS = {LocalExchange: 10.0, ServedExchange: 50.0}
"""Milliseconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    for kind, goal in GOALS.items():
        kind().start().stop()
        spent = []
        for _ in range(rounds):
            begun = time.perf_counter()
            made = kind().start()
            spent.append((time.perf_counter() - begun) * 1_000)
            made.stop()
        tenths = statistics.quantiles(spent, n=10)
        spread = f"{tenths[0]:.2f} to {tenths[-1]:.2f}"
        print(f"{kind.__name__:<15} {statistics.median(spent):6.2f} ms ({spread}), goal {goal}")


if __name__ == "__main__":
    main()
