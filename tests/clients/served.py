"""An exchange as clients meet it: `simexchange serve` in a process of its own, bounded in time, ended by its id."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

import simexchange
from simexchange.eventlog.inspection import inspect
from simexchange.eventlog.locate import open_log

STARTS_WITHIN = 40.0
"""Wall seconds; a busy machine is slow to import and to replay."""
LIVES_AT_MOST = "150s"
"""However a test ends, its exchange does not outlive this."""


class Account(msgspec.Struct, frozen=True):
    """One line of the ready file."""

    name: str
    api_key: str
    api_secret: str


class Served(msgspec.Struct, frozen=True):
    """A running exchange, as its ready file tells."""

    url: str
    ws_url: str
    control_token: str
    pid: int
    log: str
    accounts: list[Account]
    tls_url: str = ""
    tls_ws_url: str = ""
    ca_file: str = ""

    def by_tls(self) -> "Served":
        """The same exchange, as a client meets it by TLS."""
        return msgspec.structs.replace(self, url=self.tls_url, ws_url=self.tls_ws_url)

    def config(self, venue: str, name: str) -> dict[str, Any]:
        """What ccxt's class *venue* is constructed with to trade for the account *name*."""
        who = next(account for account in self.accounts if account.name == name)
        return simexchange.ccxt_config(
            venue, self.url, who.api_key, who.api_secret, self.ws_url, self.ca_file if self.url == self.tls_url else ""
        )

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the control API."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/sim/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.control_token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
            return json.load(reply)

    def records(self) -> list[dict[str, Any]]:
        """The event log so far, as `simexchange inspect --json` shows it."""
        log = open_log(self.log)
        try:
            return list(inspect(log))
        finally:
            log.close()


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[Served]:
    """Serve with *options* at a free port, the ready file in *folder*; the exchange must end well."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "simexchange", "serve", "--port", "0", "--ready-file", str(ready),
            "--for", LIVES_AT_MOST, *options,
        ],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    try:
        yield _ready(process, ready)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STARTS_WITHIN) == 0
    finally:
        process.kill()
        process.wait()


def _ready(process: subprocess.Popen[bytes], file: Path) -> Served:
    waited_until = time.monotonic() + STARTS_WITHIN
    while not file.exists():
        assert process.poll() is None, f"serve ended with {process.returncode}"
        assert time.monotonic() < waited_until, "serve did not become ready"
        time.sleep(0.02)
    return msgspec.json.decode(file.read_bytes(), type=Served)
