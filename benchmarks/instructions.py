"""Machine instructions a command costs: what a busy neighbour cannot change. Needs valgrind (Linux).

    python -m benchmarks.instructions [--market spot] [--stage engine] [--few 1500] [--many 5500]

Two runs of different length under `valgrind --tool=cachegrind`; their difference, divided by the commands between them,
leaves out the start. Time is another matter (cold caches, the system's share), but a change of the code shows exactly.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.engine import MARKETS, STAGES
from benchmarks.flow import flow
from benchmarks.sizes import Options, at_least
from benchmarks.table import ROOT, head, rows

_CHILD = "import sys; from benchmarks.instructions import one; one(*sys.argv[1:])"


def one(market: str, stage: str, count: str, among: str) -> None:
    """Be what is measured: the first *count* of *among* commands through *stage*."""
    STAGES[stage](flow(int(among), *MARKETS[market])[: int(count)])


def counted(market: str, stage: str, count: int, among: int) -> int:
    """Instructions of a process that runs *count* of *among* commands through *stage*."""
    line = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    said = subprocess.run(
        [*line, sys.executable, "-c", _CHILD, market, stage, str(count), str(among)],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0"}, stderr=subprocess.PIPE, check=True, timeout=600,
    ).stderr.decode()  # fmt: skip
    found = re.search(r"I\s+refs:\s+([\d,]+)", said)
    assert found is not None, said
    return int(found[1].replace(",", ""))


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--market", choices=MARKETS, help="this one only")
    parser.add_argument("--stage", choices=STAGES, help="the bare book and this one only")
    parser.add_argument("--few", type=at_least(1), default=1_500, help="commands of the shorter run")
    parser.add_argument("--many", type=at_least(2), default=5_500, help="commands of the longer run")
    given = parser.parse_args(words)
    few, many = given.few, given.many
    if many <= few:
        parser.error(f"the longer run, {many}, is not longer than the shorter, {few}")
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed: it counts the instructions")
    table = []
    stages = [stage for stage in STAGES if given.stage in {None, stage} or stage == "bare book"]
    for market in [given.market] if given.market else MARKETS:
        each = {
            stage: (counted(market, stage, many, many) - counted(market, stage, few, many)) // (many - few)
            for stage in stages
        }
        table += [[f"{market}: {stage}", f"{n:,}", f"{n / each['bare book']:.1f}"] for stage, n in each.items()]
    head(
        "Instructions a command",
        workload="the flow of engine.py",
        connections="none",
        record_bytes="see engine.py",
        projections="per stage",
    )
    rows(["stage", "instructions", "bare books"], table)


if __name__ == "__main__":
    main()
