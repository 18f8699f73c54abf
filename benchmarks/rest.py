"""Signed REST orders a second beside a constant route of the same server; durability ``always``.

    python -m benchmarks.rest [--rounds 3] [--seconds 2]

Server and load generator are processes of their own. Within a round the routes are measured one after the other at
each number of connections, so that a neighbour's load falls on all of them; ratios are medians over the rounds.
Each order is a new limit order, immediate or cancel, signed with HMAC: parsed, judged, executed, logged, synced.

The constant route is ``GET /api/v3/ping``: found in the same table, counted and answered by the same code as any other
call, with a constant JSON. `library` is shown beside it: a path that answers before any code of ours has a say.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.sizes import Options, at_least, seconds
from benchmarks.table import ROOT, head, rows, verdict
from simexchange.eventlog.locate import open_log

HERE = Path(__file__).parent
CONNECTIONS = (32, 1)
FLOORS = {32: 0.30, 1: 0.18}
ROUTES = ("library", "constant", "order")
VARIANTS = 200
Found = dict[tuple[str, int], list[dict[str, Any]]]
"""Per route and number of connections, what each round found."""
SERVE = (
    "--feed", "none", "--port", "0", "--account", "bench:USDT=100000000", "--durability", "always",
)  # fmt: skip


@contextlib.contextmanager
def served(*options: str, patience: float = 120) -> Iterator[dict[str, Any]]:
    """A server with a constant route; its ready file's content."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        data = Path(folder) / "data"
        data.mkdir()
        line = [sys.executable, str(HERE / "servedchild.py"), *SERVE, "--data", str(data), "--ready-file", str(ready)]
        child = subprocess.Popen(
            [*line, *options], stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        try:
            until = time.monotonic() + patience
            while not ready.exists():
                if child.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server did not come up (exit code {child.poll()})")
                time.sleep(0.02)
            yield json.loads(ready.read_bytes())
        finally:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def orders(ready: dict[str, Any]) -> list[bytes]:
    """Requests that place orders, signed now: good for a minute."""
    account = ready["accounts"][0]
    made = []
    for number in range(VARIANTS):
        stamp = int(time.time() * 1000)
        form = (
            f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.{100 + number}"
            f"&price={20_000 + number}.10&recvWindow=60000&timestamp={stamp}"
        )
        signature = hmac.new(account["api_secret"].encode(), form.encode(), hashlib.sha256).hexdigest()
        body = f"{form}&signature={signature}"
        made.append(post("/api/v3/order", body, account["api_key"]))
    return made


def post(path: str, body: str, key: str) -> bytes:
    """One request as ccxt sends it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: {key}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


class Generator:
    """The load generator's process."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._host, self._port = place.hostname, place.port
        self._child = subprocess.Popen(
            [sys.executable, str(HERE / "closedloop.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, requests: list[bytes], connections: int, span: float) -> dict[str, Any]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        order = {
            "host": self._host,
            "port": self._port,
            "connections": connections,
            "seconds": span,
            "requests": [base64.b64encode(request).decode() for request in requests],
        }
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        found: dict[str, Any] = json.loads(self._child.stdout.readline())
        if set(found["statuses"]) != {"200"}:
            raise RuntimeError(f"not every request was served: {found['statuses']}")
        return found

    def close(self) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()


def measure(rounds: int, span: float) -> tuple[Found, float]:
    """Every route at every number of connections, *rounds* times; and the log's bytes per record."""
    found: Found = {}
    with served() as ready:
        with contextlib.closing(Generator(ready["url"])) as generator:
            generator.run(orders(ready), 4, min(0.5, span))
            for _ in range(rounds):
                for connections in CONNECTIONS:
                    routes = {"library": [get("/constant")], "constant": [get("/api/v3/ping")], "order": orders(ready)}
                    for name, requests in routes.items():
                        found.setdefault((name, connections), []).append(generator.run(requests, connections, span))
        size = bytes_per_record(ready["log"])
    return found, size


def bytes_per_record(log: str) -> float:
    """Bytes of an order's line in the log of a server, from its last hundred records."""
    with contextlib.closing(open_log(log)) as written:
        lines = list(written.read(max(written.last_seq - 99, 1)))
    return sum(map(len, lines)) / len(lines)


def rate(run: dict[str, Any]) -> float:
    return float(run["count"] / run["seconds"])


def share(found: Found, name: str, base: str, connections: int) -> float:
    """The rate of one route as a share of another's: the median of the rounds' ratios."""
    pairs = zip(found[name, connections], found[base, connections], strict=True)
    return statistics.median(rate(run) / rate(beside) for run, beside in pairs)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--rounds", type=at_least(1), default=3)
    parser.add_argument("--seconds", type=seconds, default=2)
    given = parser.parse_args(words)
    found, size = measure(given.rounds, given.seconds)
    head(
        "Signed REST orders",
        workload="POST /api/v3/order, a new limit IOC order each, HMAC, durability always, SQLite log; no feed",
        connections="32 and 1, keep-alive, one request under way each; generator on the other core",
        record_bytes=f"{size:.0f}",
        projections="on",
    )
    lines, verdicts = [], []
    for connections in CONNECTIONS:
        for name in ROUTES:
            runs = found[name, connections]
            p50, p99 = (statistics.median(run[key] for run in runs) for key in ("p50", "p99"))
            lines.append(
                [
                    f"{name}, {connections} connection{'s' if connections > 1 else ''}",
                    f"{statistics.median(map(rate, runs)):,.0f}",
                    f"{p50:.2f}",
                    f"{p99:.2f}",
                    *[f"{share(found, name, base, connections):.3f}" for base in ("constant", "library")],
                ]
            )
        reached = share(found, "order", "constant", connections)
        verdicts.append(verdict(f"order ÷ constant, {connections} connections", reached, FLOORS[connections]))
    rows(["route", "requests/s", "p50 ms", "p99 ms", "÷ constant", "÷ library"], lines)
    print()
    rows(["floor", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
