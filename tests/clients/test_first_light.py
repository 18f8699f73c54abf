"""A script from outside, which knows nothing of this project, trades and checks what it is told against itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.served import serve

ENDS_WITHIN = 60
"""Wall seconds; a few are enough on a quiet machine."""


@pytest.fixture(scope="module")
def script(root: Path) -> Path:
    file = root.parent / "shared" / "kit" / "ccxt_first_light.py"
    if not file.is_file():
        pytest.skip("needs the script in ../shared/kit")
    return file


def last_line(script: Path, folder: Path) -> str:
    """What the script came to, with the ready file in *folder*; its whole output where it failed."""
    ran = subprocess.run(
        [sys.executable, str(script), str(folder / "ready.json")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=False,
    )
    lines = ran.stdout.splitlines()
    return lines[-1] if ran.returncode == 0 and lines else ran.stdout + ran.stderr


@pytest.mark.parametrize("pace", ["1x", "10x"])
def test_it_holds_on_a_synthetic_market(pace: str, script: Path, tmp_path: Path) -> None:
    with serve(tmp_path, "--feed", "synthetic", "--speed", pace):
        assert last_line(script, tmp_path) == "all held"


@pytest.mark.parametrize("pace", ["1x", "10x"])
def test_it_holds_on_the_recorded_tapes_in_a_loop(pace: str, script: Path, shared_data: Path, tmp_path: Path) -> None:
    """Six minutes of real spot and perpetual order flow, over and over."""
    tapes = f"recorded:{shared_data / 'binance_streams'}"

    with serve(tmp_path, "--feed", tapes, "--on-end", "loop", "--speed", pace):
        assert last_line(script, tmp_path) == "all held"


def test_it_holds_before_and_after_a_restart(script: Path, tmp_path: Path) -> None:
    """The second time on what the first run left: balances, history, clock."""
    options = ("--feed", "synthetic", "--data", str(tmp_path / "data"))
    with serve(tmp_path, *options):
        first = last_line(script, tmp_path)

    with serve(tmp_path, *options):
        again = last_line(script, tmp_path)

    assert (first, again) == ("all held", "all held")


def test_it_holds_in_the_past(script: Path, tmp_path: Path) -> None:
    """Payloads tell exchange time, the script stamps with the wall's: both clocks are accepted."""
    with serve(tmp_path, "--feed", "synthetic", "--start", "2024-02-29T12:00:00Z"):
        assert last_line(script, tmp_path) == "all held"
