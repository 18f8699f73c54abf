"""`time.sleep` and `asyncio.sleep` of a bot that cannot be changed, in exchange time.

`time.sleep` is replaced as a name of the module `time`, so a bot that wrote ``from time import sleep`` before the block
began keeps the real one; likewise `asyncio.sleep`. Other threads keep theirs. Timeouts (of `asyncio.wait_for`, of
sockets) go on in the computer's time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from typing import Any, Final, Protocol, Self, SupportsIndex

from simexchange.core.vocabulary.units import SECOND, Nanos

SETTLE: Final = 0.002
"""Wall seconds in which the other tasks of a loop may begin to sleep, too, before the loop as a whole does."""


class Sleeps(Protocol):
    """Who knows how to sleep in exchange time."""

    @property
    def now(self) -> Nanos: ...

    def sleep(self, seconds: float) -> Nanos: ...

    def sleep_until(self, at: Nanos) -> Nanos: ...


_guard = threading.Lock()
_threads: dict[int, _Thread] = {}
_real_sleep = time.sleep
_real_async_sleep = asyncio.sleep


class Sleeping:
    """A block in which this thread sleeps in exchange time. Those of several threads may overlap."""

    def __init__(self, stepper: Sleeps) -> None:
        self._stepper = stepper
        self._thread = 0

    def __enter__(self) -> Self:
        self._thread = threading.get_ident()
        with _guard:
            if self._thread in _threads:
                raise RuntimeError("this thread sleeps in exchange time already")
            if not _threads:
                time.sleep = _sleep
                asyncio.sleep = asyncio.tasks.sleep = _async_sleep
            _threads[self._thread] = _Thread(self._stepper)
        return self

    def __exit__(self, *_: object) -> None:
        with _guard:
            del _threads[self._thread]
            if not _threads:
                time.sleep = _real_sleep
                asyncio.sleep = asyncio.tasks.sleep = _real_async_sleep


class _Thread:
    """One thread's sleepers."""

    def __init__(self, stepper: Sleeps) -> None:
        self.stepper = stepper
        self._sleepers: list[tuple[Nanos, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._driver: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """One task of a loop sleeps; the loop does when all of its tasks do, until the first of them is due."""
        loop = asyncio.get_running_loop()
        until = Nanos(self.stepper.now + round(seconds * SECOND))
        woken: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._sleepers, (until, next(self._count), woken))
        if self._driver is None or self._driver.done():
            self._driver = loop.create_task(self._drive())
        await woken

    async def _drive(self) -> None:
        try:
            while self._sleepers:
                await _real_async_sleep(SETTLE)
                while self._sleepers and self._sleepers[0][2].done():
                    heapq.heappop(self._sleepers)
                if self._sleepers:
                    until = self._sleepers[0][0]
                    await asyncio.get_running_loop().run_in_executor(None, self.stepper.sleep_until, until)
                    woken = heapq.heappop(self._sleepers)[2]
                    if not woken.done():
                        woken.set_result(None)
        except Exception as error:  # noqa: BLE001 - whoever sleeps has to hear of it
            for _, _, woken in self._sleepers:
                if not woken.done():
                    woken.set_exception(error)
            self._sleepers.clear()


def _sleep(seconds: float | SupportsIndex, /) -> None:
    found = _threads.get(threading.get_ident())
    if found is None:
        _real_sleep(seconds)
    else:
        found.stepper.sleep(float(seconds))


async def _async_sleep(delay: float, result: Any = None) -> Any:
    found = _threads.get(threading.get_ident())
    if found is None or delay <= 0:
        return await _real_async_sleep(delay, result)
    await found.sleep(delay)
    return result
