"""The bot under clients/ and its own suite, run as a reader runs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_hedgers_own_suite_holds() -> None:
    """A crash, funding, lost acknowledgements and a liquidation: nothing of it skipped."""
    program = [sys.executable, str(ROOT / "clients" / "hedger" / "session.py"), "-p", "no:asyncio"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 passed" in done.stdout
    assert "s of a processor" in done.stdout
