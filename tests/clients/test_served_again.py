"""Faults of requests, streams and sockets together, to one script of ccxt.pro against an exchange that is served: what
the log tells is done again by ``--faults from:LOG``, and from the log of that once more.
"""

import asyncio
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.clients.desk import SYMBOLS, streaming
from tests.clients.served import Served, serve
from tests.clients.test_faults import OPTIONS, faults

PLAN = """
[[fault]]
kind = "unavailable"
channel = "rest"
match = "orders"
after = 1
times = 1
[[fault]]
kind = "timeout_unknown_status"
channel = "rest"
how = "cut"
after = 3
times = 1
[[fault]]
kind = "latency"
channel = "rest"
match = "orders"
delay = "5ms"
distribution = "exponential"
[[fault]]
kind = "drop"
channel = "user"
match = "outboundAccountPosition"
times = 1
[[fault]]
kind = "duplicate"
channel = "user"
after = 3
every = 4
[[fault]]
kind = "reorder"
channel = "user"
window = 3
chance = 0.5
[[fault]]
kind = "ack_after_fill"
at_most = "50ms"
after = 2
times = 1
[[fault]]
kind = "close"
channel = "user"
how = "cut"
after = 17
times = 1
[[fault]]
kind = "refused"
channel = "api"
connection = 2
"""
WAIT = 20.0


async def script(served: Served) -> list[str]:
    """Orders one by one, each looked for in the private stream; who is cut off comes again."""
    heard: list[str] = []
    async with streaming(served.by_tls(), "spot", "alice", newUpdates=True, timeout=3_000) as client:
        client.enableRateLimit = False
        watching = asyncio.create_task(watch(client))
        async with asyncio.timeout(WAIT):
            while not any(each.connected.done() for each in client.clients.values()):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        for number in range(10):
            try:
                await client.create_order(SYMBOLS["spot"], "limit", "buy", 0.01, 50_000 + number)
                heard.append("placed")
            except Exception as error:  # noqa: BLE001 - which it is, is what is heard
                heard.append(type(error).__name__)
            await asyncio.sleep(0.3)
        # It is cut off behind the last order, refused once, and let in again.
        await asyncio.sleep(1.5)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return heard


async def watch(client: Any) -> None:
    while True:
        try:
            await client.watch_orders(SYMBOLS["spot"])
        except Exception:  # noqa: BLE001 - as a bot that goes on whatever comes
            await asyncio.sleep(0.05)


def test_requests_streams_and_sockets_are_faulted_again_from_the_log(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    told: list[list[tuple[Any, ...]]] = []
    heard: list[list[str]] = []
    asked = str(tmp_path / "plan.toml")
    for seed in ("5", "6", "7"):
        kept = str(tmp_path / seed)
        with serve(tmp_path, *OPTIONS, "--data", kept, "--seed", seed, "--faults", asked) as running:
            heard.append(asyncio.run(script(running)))
            told.append(faults(running))
        (tmp_path / "ready.json").unlink(missing_ok=True)
        asked = f"from:{kept}"

    kinds = {rule["kind"] for rule in tomllib.loads(PLAN)["fault"]}
    assert {kind for kind, *_ in told[0]} == kinds
    assert told[1] == told[0]
    assert told[2] == told[0]
    assert heard[1] == heard[2] == heard[0]
