"""Machine instructions a command costs: what a busy neighbour cannot change. Needs valgrind (Linux).

    python benchmarks/instructions.py

Two runs of different length under `valgrind --tool=cachegrind`; their difference, divided by the commands between them,
leaves out the start. Time is another matter (cold caches, the system's share), but a change of the code shows exactly.
"""

import os
import re
import shutil
import subprocess
import sys

from engine import MARKETS, STAGES
from flow import flow
from table import head, rows

FEW, MANY = 1_500, 5_500


def counted(market: str, stage: str, count: int) -> int:
    """Instructions of a process that runs *count* commands through *stage*."""
    line = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    said = subprocess.run(
        [*line, sys.executable, __file__, market, stage, str(count)],
        env={**os.environ, "PYTHONHASHSEED": "0"}, stderr=subprocess.PIPE, check=True, timeout=600,
    ).stderr.decode()  # fmt: skip
    found = re.search(r"I\s+refs:\s+([\d,]+)", said)
    assert found is not None, said
    return int(found[1].replace(",", ""))


def main() -> None:
    """Measure and print; with arguments, be what is measured."""
    if len(sys.argv) == 4:
        market, stage, count = sys.argv[1:]
        STAGES[stage](flow(MANY, *MARKETS[market])[: int(count)])
        return
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed: it counts the instructions")
    table = []
    for market in MARKETS:
        each = {stage: (counted(market, stage, MANY) - counted(market, stage, FEW)) // (MANY - FEW) for stage in STAGES}
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
