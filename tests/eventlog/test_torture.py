"""Death and a failing disk, for a short while; `benchmarks/torture.py` does the same for as long as one likes."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from benchmarks.failingdisk import KINDS, build
from benchmarks.torture import kills

ROOT = Path(__file__).parents[2]
POLICIES = ("always", "off", "archiving", "forking")
BRIEFLY = (KINDS["a full disk from then on"], KINDS["death after half of a write"])
SOME_KINDS = """
import logging, sys
from pathlib import Path
from benchmarks.failingdisk import every_call, every_call_of_a_fork, every_call_of_an_archive
from simexchange.eventlog.durability import parse_durability

folder, step, policy, kinds = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [int(word) for word in sys.argv[4:]]
logging.disable()
wrong = False
for kind in kinds:
    place = folder / str(kind)
    if policy == "archiving":
        tally = every_call_of_an_archive(place, f"kind {kind}", kind, step=step)
    elif policy == "forking":
        tally = every_call_of_a_fork(place, f"kind {kind}", kind, step=step)
    else:
        tally = every_call(place, f"kind {kind}", kind, step=step, policy=parse_durability(policy))
    found = tally.found
    print(tally)
    print(*found.lost, *found.twice, *found.wrong, sep=chr(10))
    wrong = wrong or bool(found.lost or found.twice or found.wrong) or not found.rounds
sys.exit(wrong)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk that can fail, to be loaded before everything else."""
    made = build(tmp_path_factory.mktemp("library"))
    if made is None:
        pytest.skip("needs a C compiler on Linux")
    return made


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked and killed")
def test_a_few_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """While opening, trading, and with a checkpoint being made beside."""
    found = kills(tmp_path, rounds=12, seed=5, minutes=5)

    assert (found.lost, found.twice, found.wrong) == ([], [], [])
    assert found.rounds == 12
    assert found.orders > 0


def nothing_is_lost(library: Path, folder: Path, step: int, policy: str, kinds: Iterable[int]) -> None:
    """Let the disk fail in each of *kinds* at every *step*-th call, in one process that has *library* before it."""
    done = subprocess.run(
        [sys.executable, "-c", SOME_KINDS, str(folder), str(step), policy, *map(str, kinds)],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("policy", POLICIES)
def test_where_the_disk_fails_nothing_that_was_acknowledged_is_lost(policy: str, library: Path, tmp_path: Path) -> None:
    """At some of the calls that change a file; afterwards the log opens, or nothing was acknowledged."""
    nothing_is_lost(library, tmp_path, 29, policy, KINDS.values() if policy == "always" else BRIEFLY)


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=[name.replace(" ", "-") for name in KINDS])
def test_wherever_the_disk_fails_nothing_that_was_acknowledged_is_lost(
    kind: int, policy: str, library: Path, tmp_path: Path
) -> None:
    """At every one of them."""
    nothing_is_lost(library, tmp_path, 1, policy, [kind])
