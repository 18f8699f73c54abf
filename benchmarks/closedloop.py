"""A load generator: so many keep-alive connections, each with one request under way at a time.

Run as a process of its own (``python closedloop.py``), so that it does not share the server's interpreter. It reads one
JSON object ``{"host", "port", "connections", "seconds", "requests": [base64 …]}`` a line and answers each with one
``{"count", "seconds", "statuses", "p50", "p99", "max"}`` (milliseconds). Requests go out in turn, as they were given.
"""

import asyncio
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any


class Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends the next."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._buffer = b""
        self._sent = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._run.request())

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        place = buffer.find(b"Content-Length: ", 0, end)
        length = int(buffer[place + 16 : buffer.find(b"\r", place)])
        if len(buffer) < end + 4 + length:
            return
        self._buffer = b""
        if self._run.answered(buffer[9:12], time.perf_counter() - self._sent):
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.gone()


class Run:
    """One measurement."""

    def __init__(self, requests: Sequence[bytes], connections: int, seconds: float) -> None:
        self._requests = requests
        self._turn = 0
        self._open = connections
        self._begun = time.perf_counter()
        self._end = self._begun + seconds
        self._taken: list[float] = []
        self._statuses: Counter[bytes] = Counter()
        self.over = asyncio.Event()

    def request(self) -> bytes:
        self._turn += 1
        return self._requests[self._turn % len(self._requests)]

    def answered(self, status: bytes, taken: float) -> bool:
        """Note an answer; whether to go on."""
        self._statuses[status] += 1
        self._taken.append(taken)
        return time.perf_counter() < self._end

    def gone(self) -> None:
        self._open -= 1
        if not self._open:
            self.over.set()

    def result(self) -> dict[str, object]:
        taken = sorted(self._taken)
        count = len(taken)
        return {
            "count": count,
            "seconds": time.perf_counter() - self._begun,
            "statuses": {status.decode(): times for status, times in self._statuses.items()},
            "p50": taken[count // 2] * 1e3,
            "p99": taken[int(count * 0.99)] * 1e3,
            "max": taken[-1] * 1e3,
        }


async def measure(order: dict[str, object]) -> dict[str, object]:
    """Do what one line says; bounded in time whatever the server does."""
    requests = [base64.b64decode(text) for text in order["requests"]]  # type: ignore[attr-defined]
    connections, seconds = int(str(order["connections"])), float(str(order["seconds"]))
    run = Run(requests, connections, seconds)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(run), str(order["host"]), int(str(order["port"])))
    await asyncio.wait_for(run.over.wait(), seconds + 20)
    return run.result()


def main() -> None:
    """Answer every line of standard input."""
    try:
        import uvloop
    except ImportError:
        factory = asyncio.new_event_loop
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        for line in sys.stdin:
            print(json.dumps(runner.run(measure(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
