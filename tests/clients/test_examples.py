"""The example scripts do what their first lines say, against an exchange started as their README says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.served import serve

SCRIPTS = {
    "spot_round_trip.py": ("bought", "sold", "BTC:", "USDT:"),
    "hedge.py": ("bought", "margin", "funding", "spot", "open positions: 0"),
    "streams.py": tuple(f"{symbol}: " for symbol in ("BTC/USDT", "BTC/USDT:USDT") for _ in range(5)),
}
"""Script → how its lines begin."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("examples")
    with serve(folder, "--feed", "synthetic", "--speed", "10x"):
        yield folder / "ready.json"


def test_every_example_is_run_here(root: Path) -> None:
    scripts = (root / "clients" / "ccxt").glob("*.py")

    assert {file.name for file in scripts if "READY_FILE is what" in file.read_text(encoding="utf-8")} == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_to_its_end(name: str, ready: Path, root: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(root / "clients" / "ccxt" / name), str(ready)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    lines = ran.stdout.splitlines()
    assert ran.returncode == 0, ran.stderr
    assert len(lines) == len(SCRIPTS[name]), ran.stdout
    assert [begin for begin, line in zip(SCRIPTS[name], lines, strict=True) if not line.startswith(begin)] == []
