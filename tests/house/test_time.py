"""One module reads the wall clock. Everywhere else time is an argument."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import PACKAGE, at, name, project_files, tree

READER = "simexchange/runtime/clock.py"
READS = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}
"""`monotonic` and `perf_counter` measure how long something took; they know no date, so they may be used."""


def wall_clock_reads(module: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Attribute(attr=word, value=ast.Name(id=owner) | ast.Attribute(attr=owner)) if word in READS.get(
                owner, ()
            ):
                yield node, f"{owner}.{word} is read in {READER} only"
            case ast.ImportFrom(module="time", names=names) if any(alias.name in READS["time"] for alias in names):
                yield node, f"time is read in {READER} only"


def test_only_the_clock_reads_the_wall_clock() -> None:
    paths = [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(PACKAGE)]

    assert [at(path, *found) for path in paths if name(path) != READER for found in wall_clock_reads(tree(path))] == []


@pytest.mark.parametrize(
    "line",
    ["time.time_ns()", "from time import time", "datetime.datetime.now(UTC)", "datetime.now()", "call(time.time)"],
)
def test_reads_are_found(line: str) -> None:
    assert list(wall_clock_reads(ast.parse(line)))
