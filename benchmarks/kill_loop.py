"""kill -9 on a served exchange, again and again, under signed orders and cancels over real sockets.

    python -m benchmarks.kill_loop [ROUNDS] [--seed N] [--minutes M]

Each round starts `simexchange serve` on the one data folder (durability ``always``), lets a few keep-alive connections
trade spot and futures, kills the process at a moment of the seed's choosing, and reads the log as it was left: whatever
was answered with HTTP 200 must be in it, no order id and no client id may have been accepted twice, every digest must
hold and the money must add up. What was under way at the kill is asked for after the restart and sent again only where
the exchange does not know it, as a careful bot does. Every tenth process is killed while it is still starting.

Exit code 1 where anything was lost or twice. The choices come from the seed; how far the exchange got does not.
"""

import hashlib
import hmac
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.sizes import Options, at_least
from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.vocabulary import events as ev
from simexchange.errors import LogDamaged
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.verify import verify

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 30.0
"""Wall seconds; a busy machine is slow to import."""
ANSWERS_WITHIN = 10.0
LONGEST_ROUND = 0.4
"""Wall seconds of trading before a kill, at most."""
CONNECTIONS = 4
OPEN_AT_MOST = 15
"""Orders a connection leaves in the books; all of them together stay below the venue's limit."""
KEYS = (("alice", "simalice", "simsecret"), ("bob", "simbob", "simsecret"))
"""Two accounts, so that orders meet orders of somebody else."""
PATHS = ("/api/v3/order", "/fapi/v1/order")
UNKNOWN_ORDER = -2013


@dataclass
class Found:
    """What all rounds came to; *wrong* has a line for whatever else should not be."""

    rounds: int = 0
    orders: int = 0
    cancels: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.lost or self.twice or self.wrong) and self.orders > 0 and self.cancels > 0

    def __str__(self) -> str:
        acknowledged = self.orders + self.cancels
        return f"{self.rounds} rounds, {acknowledged} acknowledged, {len(self.lost)} lost, {len(self.twice)} twice"


class Trader:
    """One client with one connection at a time; remembers its orders from round to round."""

    def __init__(self, number: int, seed: int) -> None:
        self._number = number
        _, self._key, secret = KEYS[number % len(KEYS)]
        self._secret = secret.encode()
        self._random = random.Random(f"{seed}/{number}")
        self._sent = 0
        self._open: list[tuple[str, str, int]] = []
        """Path, client id and order id of orders that may still be in a book."""
        self._doubtful: dict[str, tuple[str, dict[str, object]]] = {}
        """Orders without an answer: client id → path and parameters."""
        self.placed: dict[str, int] = {}
        self.canceled: list[int] = []
        self.statuses: Counter[int] = Counter()
        self.unanswered = 0

    def trade(self, url: str, stop: threading.Event) -> None:
        """Send requests, one at a time, until *stop* or until nobody answers any more."""
        address = urlsplit(url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=ANSWERS_WITHIN)
        try:
            self._settle_doubts(connection)
            while not stop.is_set():
                if self._open and (len(self._open) >= OPEN_AT_MOST or self._random.random() < 0.35):
                    self._cancel(connection)
                else:
                    self._order(connection)
        except (OSError, http.client.HTTPException):
            # Killed in the middle: an answer that did not arrive whole was not received.
            self.unanswered += 1
        finally:
            connection.close()

    def _settle_doubts(self, connection: http.client.HTTPConnection) -> None:
        for client_id, (path, form) in list(self._doubtful.items()):
            asked: dict[str, object] = {"symbol": "BTCUSDT", "origClientOrderId": client_id}
            status, answer = self._send(connection, "GET", path, asked)
            if status == 200:
                self._acknowledged(path, client_id, answer)
            elif answer["code"] == UNKNOWN_ORDER:
                self._place(connection, path, client_id, form)

    def _order(self, connection: http.client.HTTPConnection) -> None:
        draw = self._random
        self._sent += 1
        side = draw.choice(("BUY", "SELL"))
        # Prices overlap a little: some orders rest, some trade, some do both.
        price = 50_000 + draw.randint(-100, 20) * (1 if side == "BUY" else -1)
        form: dict[str, object] = {
            "symbol": "BTCUSDT",
            "side": side,
            "type": "LIMIT",
            "timeInForce": draw.choice(("GTC", "GTC", "GTC", "IOC")),
            "quantity": f"0.0{draw.randint(10, 40)}",
            "price": price,
        }
        self._place(connection, draw.choice(PATHS), f"k{self._number}-{self._sent}", form)

    def _place(self, connection: Any, path: str, client_id: str, form: dict[str, object]) -> None:
        self._doubtful[client_id] = path, form
        status, answer = self._send(connection, "POST", path, {**form, "newClientOrderId": client_id})
        if status == 200:
            self._acknowledged(path, client_id, answer)
        else:
            del self._doubtful[client_id]

    def _acknowledged(self, path: str, client_id: str, answer: dict[str, Any]) -> None:
        self._doubtful.pop(client_id)
        self.placed[client_id] = answer["orderId"]
        if answer["status"] in ("NEW", "PARTIALLY_FILLED"):
            self._open.append((path, client_id, answer["orderId"]))

    def _cancel(self, connection: http.client.HTTPConnection) -> None:
        place = self._random.randrange(len(self._open))
        path, client_id, order = self._open[place]
        which = {"orderId": order} if self._random.random() < 0.5 else {"origClientOrderId": client_id}
        status, answer = self._send(connection, "DELETE", path, {"symbol": "BTCUSDT", **which})
        # Without an answer it stays in the list and is cancelled again; refused means traded or cancelled before.
        del self._open[place]
        if status == 200:
            self.canceled.append(answer["orderId"])

    def _send(self, connection: Any, method: str, path: str, form: dict[str, object]) -> tuple[int, dict[str, Any]]:
        query = urlencode({**form, "recvWindow": 60_000, "timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(self._secret, query.encode(), hashlib.sha256).hexdigest()
        connection.request(method, f"{path}?{query}&signature={signature}", headers={"X-MBX-APIKEY": self._key})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        self.statuses[answer.status] += 1
        return answer.status, body


class Witness:
    """Reads the log after each kill, from where it stopped the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fold: Replay | None = None
        self.accepted: dict[str, int] = {}
        """Client id → order id."""
        self.canceled: set[int] = set()
        self._orders: set[int] = set()

    def look(self, found: Found) -> None:
        """Fold what is new, its digests checked; note what is there twice or does not hold."""
        with closing(SqliteLog.read_only(self._path)) as log:
            fold = self._fold = self._fold or Replay(log)
            try:
                for line in log.read(fold.chain.seq + 1):
                    fold.chain.check(line)
                    fold.fold(line)
                    for event in decode(line).events:
                        self._note(event, found)
                check(fold.state)
            except (LogDamaged, InvariantBroken) as error:
                found.wrong.append(f"round {found.rounds}: {error}")

    def look_at_everything(self, found: Found) -> None:
        """`simexchange verify`: every byte from the first record, and every posting."""
        with closing(SqliteLog.read_only(self._path)) as log:
            verification = verify(log)
        if not verification.ok:
            found.wrong.append(f"verify: {verification.error}")

    def _note(self, event: ev.Event, found: Found) -> None:
        if isinstance(event, (ev.OrderAccepted, ev.OrderRejected)):
            if event.order in self._orders:
                found.twice.append(f"order id {event.order}")
            self._orders.add(event.order)
        if isinstance(event, ev.OrderAccepted) and event.client_id:
            if event.client_id in self.accepted:
                found.twice.append(f"client id {event.client_id}")
            self.accepted[event.client_id] = event.order
        if isinstance(event, ev.OrderCanceled):
            if event.order in self.canceled:
                found.twice.append(f"cancel of {event.order}")
            self.canceled.add(event.order)


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An exchange on the data folder in *folder*; killed at the end if it still lives."""
    options = ["--data", folder / "data", "--feed", "none", "--durability", "always", "--port", "0", "--for", "60s"]
    for name, key, secret in KEYS:
        options += ["--account", f"{name}:USDT=100000000,BTC=1000", "--key", f"{name}={key}:{secret}"]
    line = [sys.executable, "-m", "simexchange", "serve", "--ready-file", folder / "ready.json", *options]
    (folder / "data").mkdir(exist_ok=True)
    with (folder / "server.err").open("ab") as complaints:
        process = subprocess.Popen(
            list(map(str, line)),
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ready(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """The address of *process* once clients may come; the file of one killed before does not count."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            said = json.loads((folder / "ready.json").read_bytes())
        except (FileNotFoundError, ValueError):
            said = {"pid": 0}
        if said["pid"] == process.pid:
            return str(said["url"])
        time.sleep(0.01)
    raise RuntimeError(f"round not begun, exit code {process.poll()}: {(folder / 'server.err').read_text()[-2000:]}")


def one_round(folder: Path, traders: list[Trader], draw: random.Random, *, dies_starting: bool) -> None:
    """Start, trade, kill."""
    with started(folder) as process:
        if dies_starting:
            time.sleep(draw.random() * 1.5)
            return
        url, stop = ready(folder, process), threading.Event()
        threads = [threading.Thread(target=trader.trade, args=(url, stop), daemon=True) for trader in traders]
        for thread in threads:
            thread.start()
        time.sleep(0.02 + draw.random() * LONGEST_ROUND)
        process.kill()
        process.wait()
        stop.set()
        for thread in threads:
            thread.join(ANSWERS_WITHIN + 5)
        assert not any(thread.is_alive() for thread in threads), "a connection outlived the exchange"


def compare(traders: list[Trader], witness: Witness, found: Found) -> None:
    """Whatever *traders* were told since the last time must be what *witness* has read."""
    for trader in traders:
        for client_id, order in trader.placed.items():
            if witness.accepted.get(client_id) != order:
                found.lost.append(f"round {found.rounds}: order {order} ({client_id})")
        found.lost += [f"round {found.rounds}: cancel of {n}" for n in trader.canceled if n not in witness.canceled]
        found.orders += len(trader.placed)
        found.cancels += len(trader.canceled)
        found.unanswered += trader.unanswered
        found.refused += sum(times for status, times in trader.statuses.items() if 400 <= status < 500)
        found.wrong += [f"round {found.rounds}: HTTP {status}" for status in trader.statuses if status >= 500]
        trader.placed, trader.canceled, trader.unanswered = {}, [], 0
        trader.statuses.clear()


def kill_loop(folder: Path, rounds: int, seed: int = 1, minutes: float = 60) -> Found:
    """Up to *rounds* rounds on the one log in *folder*, none begun after *minutes*; the first thing wrong ends it."""
    draw, found = random.Random(seed), Found()
    traders = [Trader(number, seed) for number in range(CONNECTIONS)]
    witness = Witness(folder / "data" / FILE_NAME)
    begun = time.monotonic()
    while found.rounds < rounds and time.monotonic() - begun < minutes * 60:
        one_round(folder, traders, draw, dies_starting=found.rounds % 10 == 9)
        found.rounds += 1
        witness.look(found)
        compare(traders, witness, found)
        if found.rounds % 50 == 0:
            witness.look_at_everything(found)
            spent = time.monotonic() - begun
            print(f"{found} ({found.unanswered} under way, {found.refused} refused; {spent:.0f} s)", flush=True)
        if found.lost or found.twice or found.wrong:
            break
    witness.look_at_everything(found)
    return found


def main(words: Sequence[str] | None = None) -> int:
    """All rounds, and what they came to."""
    parser = Options(__doc__)
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=at_least(1), default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="begin no round after so many")
    given = parser.parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="kill-loop-"))
    found = kill_loop(folder, given.rounds, given.seed, given.minutes)
    for line in [*found.lost, *found.twice, *found.wrong][:20]:
        print(line)
    print(found)
    if found.ok:
        shutil.rmtree(folder)
        return 0
    if not (found.lost or found.twice or found.wrong):
        print("no order or no cancel was acknowledged, so nothing was tried: more ROUNDS, or a quieter machine")
    print(f"seed {given.seed}; the log is kept in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
