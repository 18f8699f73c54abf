"""Waiting for another message: a reply that is held back until a stream has told something, or for so long."""

import asyncio
from collections.abc import Callable
from typing import Final

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.gateway.faults.points import Point

_EARLY: Final = 0.001
"""Seconds a timer may be early."""
Wanted = Callable[[Point], bool]


class Holds:
    """Who waits for which message. A message *passes* when it is given to its socket."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Wanted, asyncio.Future[bool]]] = []
        self._parked: dict[AccountNo, float] = {}
        self._on_unpark: Callable[[], None] = lambda: None

    def when_unparked(self, call: Callable[[], None]) -> None:
        """Have *call* made when private messages need not wait for a reply any more."""
        self._on_unpark = call

    def park(self, account: AccountNo) -> None:
        """From now on let private messages of *account* wait, until `unpark`."""
        self._parked[account] = float("inf")

    def unpark(self, account: AccountNo, after: float) -> None:
        """Let them go on *after* so many wall seconds."""
        loop = asyncio.get_running_loop()
        self._parked[account] = loop.time() + after
        loop.call_later(after, self._over, account)

    def _over(self, account: AccountNo) -> None:
        until = self._parked.get(account, 0.0)
        if until <= asyncio.get_running_loop().time() + _EARLY:
            self._parked.pop(account, None)
            self._on_unpark()

    def parked(self, account: AccountNo) -> float:
        """Until when private messages of *account* wait; 0: they do not."""
        return self._parked.get(account, 0.0)

    def passed(self, point: Point) -> None:
        """Let go who waited for *point*."""
        if not self._waiting:
            return
        left = []
        for wanted, future in self._waiting:
            if wanted(point):
                if not future.done():
                    future.set_result(True)
            else:
                left.append((wanted, future))
        self._waiting = left

    async def until(self, wanted: Wanted, at_most: float) -> bool:
        """Wait for the next message that is *wanted*, or *at_most* wall seconds; whether it came.

        It counts from the call, not from when this is first awaited: see `expect`.
        """
        return await self.wait(self.expect(wanted), at_most)

    def expect(self, wanted: Wanted) -> asyncio.Future[bool]:
        """From now on, look out for a message that is *wanted*."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        return future

    async def wait(self, future: asyncio.Future[bool], at_most: float) -> bool:
        """Wait for what was expected; whether it came."""
        try:
            return await asyncio.wait_for(future, at_most)
        except TimeoutError:
            return False
        finally:
            self._waiting = [each for each in self._waiting if each[1] is not future]
