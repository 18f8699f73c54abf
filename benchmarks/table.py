"""How every benchmark here presents itself: a head that says what was measured where, then rows."""

import os
import platform
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""Where `-m benchmarks.…` and `-m simexchange` are found."""
Row = Sequence[str]


def python_build() -> str:
    """The interpreter, and whether it was built with the optimisations distributions use."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    pgo = "PGO" if "--enable-optimizations" in arguments else "no PGO"
    return f"{platform.python_implementation()} {platform.python_version()} ({pgo})"


def machine() -> str:
    """Cores, and how much else they had to do: a loaded machine makes every absolute number worse."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"{os.cpu_count()} cores, load average {load:.1f}, one loop pass {loop_pass():.0f} ns (see `loop_pass`)"


def loop_pass() -> float:
    """Nanoseconds of ``x += i & 7`` in a loop, the best of many: a yardstick to compare runs on one machine by."""
    best = float("inf")
    for _ in range(200):
        begun = time.perf_counter()
        x = 0
        for i in range(2_000):
            x += i & 7
        best = min(best, time.perf_counter() - begun)
    return best / 2_000 * 1e9


def head(title: str, *, workload: str, connections: str, record_bytes: str, projections: str) -> None:
    """Print the head of a table."""
    print(f"\n## {title}")
    print(f"workload:         {workload}")
    print(f"connections:      {connections}")
    print(f"bytes per record: {record_bytes}")
    print(f"projections:      {projections}")
    print(f"Python:           {python_build()}")
    print(f"machine:          {machine()}\n")


def rows(names: Row, lines: Sequence[Row]) -> None:
    """Print aligned columns, the first to the left and the others to the right."""
    widths = [max(len(line[i]) for line in (names, *lines)) for i in range(len(names))]
    for line in (names, ["-" * width for width in widths], *lines):
        print(
            "  ".join(
                text.rjust(w) if i else text.ljust(w) for i, (text, w) in enumerate(zip(line, widths, strict=True))
            )
        )


def verdict(what: str, reached: float, floor: float, *, most: bool = False) -> list[str]:
    """A row that says whether a floor (or, with *most*, a ceiling) was met."""
    met = reached <= floor if most else reached >= floor
    sign = "≤" if most else "≥"
    return [what, f"{reached:,.2f}", f"{sign} {floor:,.2f}", "met" if met else "MISSED"]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which *share* of the sorted *values* lie."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")
