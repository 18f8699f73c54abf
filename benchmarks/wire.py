"""A plain limit order through the wire at two revisions, in turn, beside the constant route of each.

    python -m benchmarks.wire OLD [NEW] [--rounds 9] [--seconds 1.5]

OLD and NEW are revisions of this repository (NEW: HEAD), laid out beside each other with their own `rest.py`, which
serves and asks as it did then. They take turns, a server of its own each time; what counts is the median of the ratios
of the pairs. Asked: at most 1.15 times the time per order and the median wait.
"""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.revisions import CEILING, in_turn, laid_out, printed
from benchmarks.sizes import Options, at_least, seconds
from benchmarks.table import head, rows, verdict

CONNECTIONS = (32, 1)
_WORKER = """
import json, sys
import rest
found, size = rest.measure(1, float(sys.argv[1]))
print(json.dumps([[name, connections, runs[0]] for (name, connections), runs in found.items()]))
"""
Run = dict[tuple[str, int], dict[str, Any]]
"""Per route and number of connections: count, seconds, p50 and p99."""


def measured(tree: Path, span: float) -> Run:
    """Every route of the server in *tree*, once."""
    path = os.pathsep.join([str(tree), str(tree / "benchmarks")])
    env = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
    line = [sys.executable, "-c", _WORKER, str(span)]
    return {(name, connections): run for name, connections, run in json.loads(printed(line, env, tree))}


def figures(run: Run, connections: int) -> dict[str, float]:
    """Of an order: milliseconds each, median and 99th percentile of the wait, share of the constant route's rate."""
    order, constant = run["order", connections], run["constant", connections]
    each = order["seconds"] / order["count"] * 1e3
    share = constant["seconds"] / constant["count"] * 1e3 / each
    return {"ms per order": each, "p50 ms": order["p50"], "p99 ms": order["p99"], "÷ constant": share}


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--rounds", type=at_least(1), default=9)
    parser.add_argument("--seconds", type=seconds, default=1.5)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        trees = [laid_out(revision, Path(folder), "benchmarks") for revision in (given.old, given.new)]
        pairs = in_turn(given.rounds, lambda place: measured(trees[place], given.seconds))
    head(
        f"Plain orders through the wire, {given.old} and {given.new}",
        workload=f"as rest.py, {given.seconds} s a route, {given.rounds} pairs of servers in turn",
        connections="32 and 1, keep-alive, one request under way each; generator on the other core",
        record_bytes="see rest.py",
        projections="on",
    )
    lines, verdicts = [], []
    for connections in CONNECTIONS:
        sides = [[figures(pair[place], connections) for pair in pairs] for place in (0, 1)]
        for what in sides[0][0]:
            old, new = ([side[what] for side in runs] for runs in sides)
            ratios = [after / before for before, after in zip(old, new, strict=True)]
            ratio = statistics.median(ratios)
            lines.append(
                [
                    f"{what}, {connections}", f"{statistics.median(old):.3f}", f"{statistics.median(new):.3f}",
                    f"{min(ratios):.3f}", f"{ratio:.3f}", f"{max(ratios):.3f}",
                ]
            )  # fmt: skip
            if what in ("ms per order", "p50 ms"):
                verdicts.append(verdict(f"{what}, {connections}, new ÷ old", ratio, CEILING, most=True))
    rows(["median of an order, connections", "old", "new", "least ratio", "median", "greatest"], lines)
    print()
    rows(["ceiling", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
