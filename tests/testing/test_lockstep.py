"""Bots in lockstep: the same log, whatever the machine does; and sleeps that are replaced."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from benchmarks.lockstep import CRASH, InThread, run
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.testing.lockstep import HttpStepper, LocalLockstep, LockstepEnded, Stepper
from tests.feeds.scripted.still import START, Still


class Watch:
    """A clock to be moved."""

    def __init__(self) -> None:
        self.at = Nanos(0)

    def advance(self, to: Nanos) -> None:
        self.at = to

    def local(self, *names: str, patience: float = 5.0) -> LocalLockstep:
        return LocalLockstep(self.advance, lambda: self.at, names, patience)


class Busy:
    """Something beside that eats the processor."""

    def __enter__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._eat, daemon=True)
        self._thread.start()

    def _eat(self) -> None:
        while not self._over.is_set():
            sum(range(5_000))

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.parametrize("bots", [1, 3])
def test_a_bot_test_gives_one_digest_however_often_it_runs_beside_a_busy_thread(bots: int) -> None:
    """`python -m benchmarks.lockstep` does so a thousand times."""
    with Busy():
        seen = {run(bots, rounds=5) for _ in range(5)}

    assert len(seen) == 1
    ((_, records),) = seen
    assert records > 150


def test_who_does_not_come_is_named_over_http_and_nobody_hangs() -> None:
    world = InThread(2)
    try:
        stepper = HttpStepper(world.url, world.token, "bot1")
        assert world.lockstep is not None
        world.lockstep.patience = 0.1

        with pytest.raises(LockstepEnded, match=r"^bot2 did not wait for 0\.1 s") as missed:
            stepper.sleep(1)
        with pytest.raises(LockstepEnded, match="did you mean 'bot1'") as unknown:
            HttpStepper(world.url, world.token, "bto1").sleep(1)

        assert (missed.value.reason, unknown.value.reason) == ("missing", "no_such_client")
    finally:
        world.close()


def test_an_exchange_that_is_not_there_is_named() -> None:
    with pytest.raises(LockstepEnded, match="does the exchange run"):
        HttpStepper("http://127.0.0.1:1", "t", "a").sleep(1)


# --- in this process


def in_threads(*lives: Callable[[], None]) -> None:
    failed: list[BaseException] = []

    def live(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=live, args=(act,), daemon=True) for act in lives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    if failed:
        raise failed[0]


def test_threads_take_turns_in_order_of_instant_and_name() -> None:
    local = Watch().local("a", "b")
    seen: list[tuple[str, float]] = []

    def life(stepper: Stepper, naps: list[float]) -> Callable[[], None]:
        def live() -> None:
            with stepper:
                for nap in naps:
                    seen.append((stepper.client, stepper.now / SECOND))
                    stepper.sleep(nap)

        return live

    in_threads(life(local.client("b"), [1, 1, 1]), life(local.client("a"), [2, 1]))

    assert seen == [("a", 0), ("b", 0), ("b", 1), ("a", 2), ("b", 2)]


def test_threads_over_an_exchange_without_sockets_leave_one_log_too() -> None:
    def digest() -> bytes:
        still = Still(CRASH.timeline)
        local = LocalLockstep.over(still.exchange, ["a", "b"])
        for name in ("a", "b"):
            still.account(name, USDT=100_000)

        def life(name: str, every: float) -> Callable[[], None]:
            def live() -> None:
                account = still.exchange.state.account_no[name]
                with local.client(name) as stepper:
                    for place in range(20):
                        still.order(account, 0.1 if place % 2 else -0.1)
                        stepper.sleep(every)

            return live

        in_threads(life("b", 0.7), life("a", 0.35))
        still.exchange.flush()
        return still.log.last_digest

    with Busy():
        assert len({digest() for _ in range(3)}) == 1


def test_a_client_has_its_turn_when_something_happens_to_its_account() -> None:
    """A resting order is filled by the crash, then by the other client: each time at that very instant."""
    still = Still(CRASH.timeline)
    local = LocalLockstep.over(still.exchange, ["maker", "taker"])
    maker, taker = (still.account(name, USDT=100_000) for name in ("maker", "taker"))
    seen: list[tuple[bool, float]] = []

    def making() -> None:
        with local.client("maker") as stepper:
            still.order(maker, 0.5, price=50_000)
            seen.append((stepper.wait_for("maker", 60), (stepper.now - START) / SECOND))
            seen.append((stepper.wait_for("maker", 0.5), (stepper.now - START) / SECOND))
            bid = still.book(levels=1)[0][0][0]
            still.order(maker, 0.5, price=bid + 0.1)
            seen.append((stepper.wait_for("maker", 60), (stepper.now - START) / SECOND))

    def taking() -> None:
        with local.client("taker") as stepper:
            stepper.sleep(8.75)
            still.order(taker, -0.25)
            stepper.sleep(1)

    in_threads(making, taking)

    assert seen == [(True, 8), (False, 8.5), (True, 8.75)]


def test_a_thread_that_does_not_come_is_named() -> None:
    local = Watch().local("a", "b", patience=0.05)

    with pytest.raises(LockstepEnded, match=r"^b did not wait"):
        local.client("a").sleep(1)
    with pytest.raises(LockstepEnded, match="'c' is not one of a, b"):
        local.client("c")


def test_a_bot_that_sleeps_by_the_clock_sleeps_in_exchange_time_and_nobody_else_does() -> None:
    watch = Watch()
    stepper = watch.local("a").client("a")
    begun = time.monotonic()
    real = time.sleep

    with stepper, stepper.sleeping():
        time.sleep(3_600)
        elsewhere = threading.Thread(target=lambda: time.sleep(0.05))
        began = time.monotonic()
        elsewhere.start()
        elsewhere.join()
        slept = time.monotonic() - began

    assert watch.at == 3_600 * SECOND
    assert slept >= 0.05
    assert time.monotonic() - begun < 10
    assert time.sleep is real


def test_tasks_of_a_loop_sleep_in_exchange_time_the_first_due_first() -> None:
    watch = Watch()
    stepper = watch.local("a").client("a")
    seen: list[tuple[str, float]] = []

    async def beat(name: str, every: float, times: int) -> str:
        for _ in range(times):
            await asyncio.sleep(every)
            seen.append((name, watch.at / SECOND))
        return await asyncio.sleep(0, name)

    async def both() -> list[str]:
        return list(await asyncio.gather(beat("x", 60, 3), beat("y", 100, 2)))

    with stepper, stepper.sleeping():
        names = asyncio.run(both())

    assert seen == [("x", 60), ("y", 100), ("x", 120), ("x", 180), ("y", 200)]
    assert names == ["x", "y"]


def test_a_task_that_sleeps_hears_of_the_end() -> None:
    stepper = Watch().local("a", "b", patience=0.05).client("a")

    stepper._now = Nanos(0)

    async def nap() -> None:
        await asyncio.sleep(5)

    with pytest.raises(LockstepEnded, match=r"^b did not wait"), stepper.sleeping():
        asyncio.run(nap())


def test_a_block_within_a_block_and_less_than_nothing_are_refused() -> None:
    stepper = Watch().local("a").client("a")

    with stepper.sleeping(), pytest.raises(RuntimeError, match="already"), stepper.sleeping():
        pass
    with pytest.raises(ValueError, match="non-negative"):
        stepper.sleep(-1)
