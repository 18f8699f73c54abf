"""Somebody else's test suite, run by a pytest of its own: files in a folder, nothing in a conftest."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

INSTALLED = "simexchange" in {one.name for one in entry_points(group="pytest11")}


class Ran:
    """What a run of pytest said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        self.said = done.stdout + done.stderr

    def counts(self, **expected: int) -> bool:
        last = next(line for line in reversed(self.said.splitlines()) if " in " in line and line.strip(" =").split())
        return all(f"{count} {word}" in last for word, count in expected.items())


def run(folder: Path, source: str, *args: str, env: dict[str, str] | None = None, name: str = "test_it.py") -> Ran:
    """Run *source* as the test file *name* in *folder*."""
    (folder / name).write_text(dedent(source))
    # A checkout that was installed before it had a plugin is told its name; everybody else has the entry point.
    named = () if INSTALLED else ("-p", "simexchange.testing.plugin")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:asyncio",
        *named,
        *args,
    ]
    root = Path(__file__).resolve().parents[2]
    told = {**os.environ, "PYTHONPATH": str(root), **(env or {})}
    done = subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, timeout=300, check=False)
    return Ran(done)
