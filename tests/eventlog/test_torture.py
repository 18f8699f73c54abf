"""Death and a failing disk, for a short while; `benchmarks/torture.py` does the same for as long as one likes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.failingdisk import KINDS, build
from benchmarks.torture import kills

ROOT = Path(__file__).parents[2]
BRIEFLY = (KINDS["a full disk from then on"], KINDS["death after half of a write"])
ONE_KIND = """
import logging, sys
from pathlib import Path
from benchmarks.failingdisk import every_call, every_call_of_a_fork, every_call_of_an_archive
from simexchange.eventlog.durability import parse_durability

folder, kind, step, policy = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
logging.disable()
if policy == "archiving":
    tally = every_call_of_an_archive(folder, "it", kind, step=step)
elif policy == "forking":
    tally = every_call_of_a_fork(folder, "it", kind, step=step)
else:
    tally = every_call(folder, "it", kind, step=step, policy=parse_durability(policy))
found = tally.found
print(tally)
print(*found.lost, *found.twice, *found.wrong, sep=chr(10))
sys.exit(bool(found.lost or found.twice or found.wrong) or not found.rounds)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked and killed")
def test_a_few_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """While opening, trading, and with a checkpoint being made beside."""
    found = kills(tmp_path, rounds=12, seed=5, minutes=5)

    assert (found.lost, found.twice, found.wrong) == ([], [], [])
    assert found.rounds == 12
    assert found.orders > 0


@pytest.mark.parametrize("policy", ["always", "off", "archiving", "forking"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=[name.replace(" ", "-") for name in KINDS])
@pytest.mark.parametrize("step", [pytest.param(29, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_wherever_the_disk_fails_nothing_that_was_acknowledged_is_lost(
    step: int, kind: int, policy: str, tmp_path: Path
) -> None:
    """At every call that changes a file; afterwards the log opens, or nothing was acknowledged."""
    library = build(tmp_path)
    if library is None:
        pytest.skip("needs a C compiler on Linux")
    if step > 1 and policy != "always" and kind not in BRIEFLY:
        pytest.skip("the others are among all of them")
    done = subprocess.run(
        [sys.executable, "-c", ONE_KIND, str(tmp_path / "logs"), str(kind), str(step), policy],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stdout + done.stderr
