"""A plain limit order at two revisions of the engine, interleaved: what new features cost those who do not use them.

    python -m benchmarks.revisions OLD [NEW] [--rounds 9] [--commands 20000]

OLD and NEW are revisions of this repository (NEW: HEAD). Each is laid out beside the other in a temporary folder, and
the same flow runs through the engine of one and the other in turn, so many times, each time in a process of its own;
what counts is the median of the ratios of the pairs. Markets and rules are those that OLD ships, in both. Asked: at
most 1.15.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.sizes import Options, at_least
from benchmarks.table import ROOT, head, rows, verdict

Found = TypeVar("Found")

CEILING = 1.15
STAGES = ("engine", "+ record (whole path)")
_WORKER = """
import json, sys
from benchmarks import engine
from benchmarks.flow import flow
found = {}
for name, market in engine.MARKETS.items():
    commands = flow(int(sys.argv[1]), *market)
    for stage in sys.argv[2:]:
        found[f"{name}: {stage}"] = sum(engine.STAGES[stage](commands))
print(json.dumps(found))
"""


def laid_out(revision: str, folder: Path, *further: str) -> Path:
    """The package of *revision* in *folder*, and *further* folders of it."""
    line = ["git", "archive", "--end-of-options", revision, "simexchange", *further]
    archive = subprocess.run(line, cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        sys.exit(f"{revision} is no revision of this repository: {' '.join(archive.stderr.decode().split())}")
    tree = Path(tempfile.mkdtemp(dir=folder))
    subprocess.run(["tar", "-xf", "-", "-C", str(tree)], input=archive.stdout, check=True)
    return tree


def printed(line: list[str], env: dict[str, str], tree: Path) -> bytes:
    """What the process *line* in *tree* prints; ends this one where that fails, with what it said last."""
    done = subprocess.run(line, env=env, cwd=tree, capture_output=True, check=False, timeout=600)
    if done.returncode:
        said = done.stderr.decode().strip().splitlines() or ["it said nothing"]
        sys.exit(f"the program of one revision ended with {done.returncode}: {said[-1]}")
    return done.stdout


def in_turn(rounds: int, measure: Callable[[int], Found]) -> list[tuple[Found, Found]]:
    """What *measure* finds for 0 (the old one) and 1 (the new), so many times, each as often before the other."""
    pairs = []
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        taken = {place: measure(place) for place in order}
        pairs.append((taken[0], taken[1]))
    return pairs


def measured(tree: Path, rules: Path, commands: int) -> dict[str, float]:
    """Seconds of each market and stage with the package in *tree*, under the markets of *rules*.

    Flow and stages are those beside this file.
    """
    path = os.pathsep.join([str(tree), str(ROOT)])
    line = [sys.executable, "-c", _WORKER, str(commands), *STAGES]
    env = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "FLOW_MARKETS": str(rules)}
    found: dict[str, float] = json.loads(printed(line, env, tree))
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--rounds", type=at_least(1), default=9)
    parser.add_argument("--commands", type=at_least(1), default=20_000)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        trees = [laid_out(revision, Path(folder)) for revision in (given.old, given.new)]
        rules = trees[0] / "simexchange" / "presets" / "binance.toml"
        pairs = in_turn(given.rounds, lambda place: measured(trees[place], rules, given.commands))
    head(
        f"Plain orders, {given.old} and {given.new}",
        workload=f"the flow of engine.py, {given.commands} commands, {given.rounds} pairs of processes in turn",
        connections="none: one thread, its CPU time",
        record_bytes="see engine.py",
        projections="per stage",
    )
    lines, verdicts = [], []
    for what in pairs[0][0]:
        ratios = [new[what] / old[what] for old, new in pairs]
        best = [min(pair[place][what] for pair in pairs) / given.commands * 1e6 for place in (0, 1)]
        ratio = statistics.median(ratios)
        lines.append(
            [what, f"{best[0]:.2f}", f"{best[1]:.2f}", f"{min(ratios):.3f}", f"{ratio:.3f}", f"{max(ratios):.3f}"]
        )
        verdicts.append(verdict(f"{what}, new ÷ old", ratio, CEILING, most=True))
    rows(["best us a command", "old", "new", "least ratio", "median", "greatest"], lines)
    print()
    rows(["ceiling", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
