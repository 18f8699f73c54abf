"""One running freqtrade: started as its users start it, watched and sent home by its own REST interface."""

import base64
import json
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from clients.freqtrade import settings

HERE = Path(__file__).resolve().parent
STRATEGIES = {"spot": "Pulse", "futures": "PulseBothWays"}
TOLD_TO_END = 130
"""How freqtrade ends when it is sent a signal: as a shell says that SIGINT ended a program."""
DATABASE = "trades.sqlite"
ENDS_WITHIN = 120.0
"""Wall seconds."""
_CREATED = re.compile(r"(?P<at>\S+ \S+) - .*INFO - Order (?P<id>\S+) was created for (?P<pair>\S+) and status is")
WRONG = ("- ERROR -", "- CRITICAL -", "Traceback", "Exception")
"""What no line of its log may have."""


class Entry(NamedTuple):
    """An entry that a bot placed."""

    order: str
    pair: str
    at: datetime


class Bot:
    """freqtrade trading *product*, in live mode or in dry-run; *exchange* is what `settings.where` tells it."""

    def __init__(self, program: str, folder: Path, product: str, exchange: dict[str, Any], *, live: bool) -> None:
        self.product = product
        self.live = live
        self.name = f"{product}-{'live' if self.live else 'dry-run'}"
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.log = self.folder / "freqtrade.log"
        self.database = self.folder / DATABASE
        port, password = _free_port(), secrets.token_hex(16)
        self._url = f"http://127.0.0.1:{port}/api/v1"
        self._says = base64.b64encode(f"session:{password}".encode()).decode()
        configs = (
            HERE / f"{product}.json",
            settings.write(self.folder / "exchange.json", exchange),
            settings.write(self.folder / "control.json", settings.control(port, password)),
        )
        command = [program, "trade", *(word for config in configs for word in ("--config", str(config))),
                   "--strategy", STRATEGIES[product], "--strategy-path", str(HERE / "strategies"),
                   "--userdir", str(self.folder), "--db-url", f"sqlite:///{self.database}",
                   "--logfile", str(self.log), "--no-color"]  # fmt: skip
        if not self.live:
            command.append("--dry-run")
        with (self.folder / "output.txt").open("wb") as output:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT)

    def running(self) -> bool:
        """Whether it has begun to trade. SystemExit where it has ended instead."""
        if (ended := self._process.poll()) is not None:
            tail = (self.folder / "output.txt").read_text(errors="replace")[-3000:]
            raise SystemExit(f"{self.name} ended with {ended}:\n{tail}")
        return self.log.exists() and "to: RUNNING" in self.log.read_text(errors="replace")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of its REST interface; a POST where there is a *body*."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self._url}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {self._says}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=3600) as reply:  # noqa: S310
            return json.load(reply)

    def go_home(self) -> None:
        """No further entries, and out of everything at the market."""
        self.ask("stopentry", {})
        for trade in self.ask("status"):
            try:
                self.ask("forceexit", {"tradeid": str(trade["trade_id"]), "ordertype": "market"})
            except urllib.error.HTTPError as error:
                # It closed by itself in between.
                if error.code != 502:
                    raise

    def at_home(self) -> bool:
        """Whether nothing of it is open."""
        return not self.ask("status")

    def end(self) -> int:
        """Tell it to end, as a supervisor does; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        wait(f"{self.name} does not end", lambda: self._process.poll() is not None, within=ENDS_WITHIN)
        return int(self._process.returncode)

    def kill(self) -> None:
        """Whatever happens, it does not outlive the session."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def wrong(folder: Path) -> list[str]:
    """Lines of a bot's log, and of what it printed, that are errors or speak of an exception."""
    texts = [(folder / name).read_text(errors="replace") for name in ("freqtrade.log", "output.txt")]
    return sorted({line for text in texts for line in text.splitlines() if any(word in line for word in WRONG)})


def warnings(folder: Path) -> Counter[str]:
    """What it warned of, by the first words after the name of the module."""
    lines = (folder / "freqtrade.log").read_text(errors="replace").splitlines()
    said = (line.split(" - WARNING - ", 1)[1] for line in lines if " - WARNING - " in line)
    return Counter(" ".join(words.split()[:5]) for words in said)


def placed(folder: Path) -> list[Entry]:
    """The entries it placed, by its log: what was not filled at all it takes out of its database."""
    lines = (folder / "freqtrade.log").read_text(errors="replace").splitlines()
    return [
        Entry(found["id"], found["pair"], datetime.fromisoformat(found["at"].replace(",", ".")))
        for line in lines
        if (found := _CREATED.match(line))
    ]


def rows(database: Path, query: str) -> list[dict[str, Any]]:
    """Rows of a bot's own database, read when it has ended."""
    opened = sqlite3.connect(database)
    opened.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in opened.execute(query)]
    finally:
        opened.close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait(what: str, over: Any, *, within: float, every: float = 0.5) -> None:
    """Until *over* says so, *within* wall seconds by the machine's clock, which a preloaded library does not change."""
    until = machine_seconds() + within
    while not over():
        if machine_seconds() > until:
            raise SystemExit(f"{what}: not within {within:g} s")
        time.sleep(every)


def machine_seconds() -> float:
    """Since the machine started: a file, so that no preloaded library has a say."""
    return float(Path("/proc/uptime").read_text().split()[0])
