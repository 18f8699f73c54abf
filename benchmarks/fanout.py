"""Stream fan-out: what one more delivery costs the server, from one client to fifty on the same streams.

    python benchmarks/fanout.py [SECONDS]

One served synthetic market at 10x; CPU time of the server's process is read from the system (Linux).
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from table import head, rows

STREAMS = "btcusdt@bookTicker/btcusdt@trade/btcusdt@depth@100ms"
CLIENTS = (1, 50)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def listen(url: str, until: float) -> int:
    """How many frames came by *until*."""
    count = 0
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        while (left := until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(socket.receive(), left)
            except TimeoutError:
                break
            count += 1
    return count


async def measured(ready: dict[str, str], clients: int, seconds: float) -> tuple[int, float]:
    """Deliveries, and CPU seconds of the server meanwhile."""
    url = f"{ready['ws_url']}/spot/stream?streams={STREAMS}"
    begun = cpu_seconds(int(ready["pid"]))
    until = time.monotonic() + seconds
    counts = await asyncio.gather(*(listen(url, until) for _ in range(clients)))
    return sum(counts), cpu_seconds(int(ready["pid"])) - begun


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ready.json"
        line = [sys.executable, "-m", "simexchange", "serve", "--port", "0", "--speed", "10x", "--for", "120s"]
        child = subprocess.Popen([*line, "--ready-file", str(file)], stdout=subprocess.DEVNULL)
        while not file.exists():
            time.sleep(0.02)
        ready = json.loads(file.read_bytes())
        found = {clients: asyncio.run(measured(ready, clients, seconds)) for clients in CLIENTS}
        child.terminate()
        child.wait(20)
    (few, idle), (many, busy) = found[CLIENTS[0]], found[CLIENTS[1]]
    head(
        "Stream fan-out", workload=f"synthetic market at 10x, {STREAMS}", connections="1, then 50",
        record_bytes="see footprint.py", projections="on",
    )  # fmt: skip
    table = [[str(n), f"{count:,}", f"{spent:.2f}"] for n, (count, spent) in found.items()]
    rows(["clients", "deliveries", "server CPU s"], table)
    print(f"\none further delivery: {(busy - idle) / max(1, many - few) * 1e6:.2f} us of the server's CPU")


if __name__ == "__main__":
    main()
