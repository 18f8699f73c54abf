"""One bot test a thousand times beside something that eats the processor: one digest.

    python -m benchmarks.lockstep [--runs 1000] [--bots 1] [--hogs 2] [--free]

Each run is a new exchange in memory behind a real socket, on the still ladder with a flash crash in it, and bots in
threads of their own that know it by its address alone: plain HTTP, signed, a connection for each request. They sleep by
lockstep. The digest is that of the event log: any record more, less, elsewhere or at another instant changes it. With
--free they sleep by the computer's clock at 60x instead, to see that the test can fail.
"""

import asyncio
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from benchmarks.sizes import Options, at_least
from simexchange.cli.client import Client, ClientError
from simexchange.config.assembling import Assembly, Setup, header
from simexchange.config.opening import parse_account
from simexchange.config.scenarios import load
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.gateway.server import new_event_loop
from simexchange.runtime.clock import Mode, Speed
from simexchange.testing.lockstep import HttpStepper

Answer = TypeVar("Answer")

START = Nanos(1_767_225_600 * SECOND)
"""2026-01-01T00:00:00Z."""
ROUNDS = 12
PATIENCE = 300.0
"""Seconds a run may take, however busy the machine."""
CRASH = load("flash_crash", {"wait": "3s", "fall": "5s", "hold": "1s", "rise": "5s"})
Sleep = Callable[[float], object]


class InThread:
    """An exchange served from a thread of this process."""

    def __init__(self, bots: int, *, free: bool = False) -> None:
        self.names = tuple(f"bot{number}" for number in range(1, bots + 1))
        setup = Setup(
            feed="ladder", scenario=CRASH, no_fees=True, start=START, seed=1, durability=OFF, port=0,
            lockstep=() if free else self.names, speed=Speed(Mode.RUN, 60_000),
            accounts=tuple(parse_account(f"{name}:USDT=100000,BTC=5") for name in self.names),
        )  # fmt: skip
        self.log = MemoryLog(header(setup))
        self.assembly = Assembly(setup, self.log, checkpoints=False)
        self.token = secrets.token_urlsafe(16)
        keys = self.assembly.open_keys(None)
        self.keys = {name: (key.api_key, key.secret) for name, key in self.assembly.keys_by_account(keys)}
        self._server = self.assembly.server(keys, self.token)
        self.lockstep = self._server.lockstep
        self._loop = new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = self._do(self._server.start()).url
        self._loop.call_soon_threadsafe(self.assembly.exchange.start)

    def _do(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    def close(self) -> str:
        """End serving; the digest of the log."""
        self._do(self._server.stop())
        self._do(self.assembly.exchange.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        return self.log.last_digest.hex()


def bot(client: Client, sleep: Sleep, number: int, rounds: int = ROUNDS) -> None:
    """Trades by what it sees: buys what has fallen, sells what has risen, and keeps an order below the price."""
    last, draw = 0.0, number
    for place in range(rounds):
        price = float(client.get("/fapi/v1/ticker/price", symbol="BTCUSDT")["price"])
        draw = (draw * 1_103_515_245 + 12_345) % 2**31
        side = "SELL" if price > last else "BUY"
        try:
            order = {"symbol": "BTCUSDT", "side": side, "newClientOrderId": f"{number}-{place}"}
            client.signed("POST", "/fapi/v1/order", type="MARKET", quantity="0.01", **order)
            bid = {"symbol": "BTCUSDT", "side": "BUY", "newClientOrderId": f"{number}-{place}-bid"}
            resting = round(price * 0.99, 1)
            client.signed(
                "POST", "/fapi/v1/order", type="LIMIT", timeInForce="GTC", quantity="0.02", price=resting, **bid
            )
        except ClientError:
            # What is refused is part of the story, too.
            client.signed("GET", "/fapi/v3/account")
        last = price
        sleep(0.25 * (1 + draw % 8))


def run(bots: int, *, rounds: int = ROUNDS, free: bool = False) -> tuple[str, int]:
    """One run: the digest of its log, and its last record."""
    world = InThread(bots, free=free)
    failed: list[BaseException] = []

    def live(name: str, number: int) -> None:
        client = Client(world.url, *world.keys[name])
        try:
            if free:
                bot(client, lambda seconds: time.sleep(seconds / 60), number, rounds)
                return
            with HttpStepper(world.url, world.token, name, patience=20.0) as stepper:
                bot(client, stepper.sleep, number, rounds)
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    threads = [
        threading.Thread(target=live, args=(name, number), daemon=True) for number, name in enumerate(world.names, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if any(thread.is_alive() for thread in threads):
        raise SystemExit(f"a run took longer than {PATIENCE:.0f} s: try again on a machine with less to do")
    digest = world.close()
    if failed:
        raise failed[0]
    return digest, world.log.last_seq


def main(words: Sequence[str] | None = None) -> int:
    options = Options(__doc__)
    options.add_argument("--runs", type=at_least(1), default=1000)
    options.add_argument("--bots", type=at_least(1), default=1)
    options.add_argument("--hogs", type=at_least(0), default=2)
    options.add_argument("--free", action="store_true")
    given = options.parse_args(words)
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(given.hogs)]
    seen: Counter[tuple[str, int]] = Counter()
    begun = time.monotonic()
    try:
        for _ in range(given.runs):
            seen[run(given.bots, free=given.free)] += 1
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    for (digest, records), count in seen.most_common(5):
        print(f"{count} runs: {records} records, digest {digest}")
    print(f"{len(seen)} digests in {given.runs} runs with {given.bots} bots, {time.monotonic() - begun:.0f} s")
    return 0 if len(seen) == 1 or given.free else 4


if __name__ == "__main__":
    sys.exit(main())
