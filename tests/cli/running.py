"""The command line as a script meets it: other processes, bounded in time, ended by their ids."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

from simexchange.cli.main import main

STARTS_WITHIN = 30.0
"""Wall seconds; a busy machine is slow to import."""
LIVES_AT_MOST = "60s"
"""However a test ends, its exchange does not outlive this."""
MARKET_FILE = """
[market."spot:XYZ-USDT"]
tick = "0.01"
step = "0.001"
maker = "0.001"
taker = "0.001"
"""


class Said(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """What it complained of: one line, and no traceback."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("simexchange: "), self.err
        return lines[0]


def run(
    *words: object,
    given: bytes | None = None,
    before: Callable[[], None] | None = None,
    within: float = STARTS_WITHIN,
) -> Said:
    """`simexchange *words*` to its end, with *given* as its standard input."""
    process = subprocess.run(
        command(*words),
        input=given,
        capture_output=True,
        timeout=within,
        check=False,
        preexec_fn=before,
    )
    return Said(process.returncode, process.stdout.decode(), process.stderr.decode())


def ask(*words: object, given: bytes | None = None) -> Said:
    """The same in this process, which is quicker: for commands that only read."""
    said = CliRunner().invoke(main, [str(word) for word in words], input=given)
    return Said(said.exit_code, said.stdout, said.stderr)


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "simexchange", *map(str, words)]


class Served:
    """An exchange in a process of its own, and what its ready file says."""

    def __init__(self, process: subprocess.Popen[str], ready_file: Path) -> None:
        self.process = process
        self.ready_file = ready_file
        self.ready: dict[str, Any] = json.loads(ready_file.read_text())
        self.url: str = self.ready["url"]
        self.log: str = self.ready["log"]

    def end(self, number: int) -> Said:
        """Send the signal *number*; how it ended."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=STARTS_WITHIN)
        return Said(self.process.returncode, out, err)

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One call of the control API: status and JSON."""
        return self.call(method, f"/sim/v1/{path}", body)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One call, with the control token: status and JSON."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.ready['control_token']}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def accounts(self) -> dict[str, dict[str, str]]:
        """Name → ``wallet asset`` → what is free."""
        _, answer = self.control("GET", "accounts")
        return {
            account["name"]: {f"{row['wallet']} {row['asset']}": row["free"] for row in account["balances"]}
            for account in answer["accounts"]
        }

    def markets(self) -> dict[str, Any]:
        _, answer = self.control("GET", "state")
        return {row["market"]: row for row in answer["markets"]}


@contextmanager
def serving(folder: Path, *options: object, before: Callable[[], None] | None = None) -> Iterator[Served]:
    """`simexchange serve *options*` at a free port, from the moment its ready file, in *folder*, is there."""
    ready_file = folder / "ready.json"
    process = subprocess.Popen(
        command("serve", "--port", "0", "--ready-file", ready_file, "--for", LIVES_AT_MOST, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        preexec_fn=before,  # noqa: PLW1509 - a limit for the child, set before it has threads
    )
    try:
        waited_until = time.monotonic() + STARTS_WITHIN
        while not _written_by(ready_file, process.pid):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < waited_until, "serve did not become ready"
            time.sleep(0.01)
        yield Served(process, ready_file)
    finally:
        # Asked first, so that a temporary log is removed.
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _written_by(ready_file: Path, pid: int) -> bool:
    try:
        return bool(json.loads(ready_file.read_text())["pid"] == pid)
    except (FileNotFoundError, ValueError):
        return False
