"""Heart-beats: orders that are canceled unless their owner says in time that he is still there.

They run on wall time, whatever exchange time does, and end with the process: a client that comes back after a restart
sets his again.
"""

import asyncio
import logging
from typing import Final

from simexchange.core.vocabulary.commands import CancelAll
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ReadOnly, StorageFailed
from simexchange.runtime.exchange import Exchange

_logger = logging.getLogger(__name__)

LOOK_EVERY: Final = 0.010
"""Seconds between two looks while any is set (Binance, "Auto-Cancel All Open Orders": checked about every 10 ms)."""


class Countdowns:
    """All that are set, one per account and market. Implements `contract.Countdowns`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._wall = exchange.clock.wall.monotonic
        self._due: dict[tuple[AccountNo, MarketNo], int] = {}
        self._gone: set[tuple[AccountNo, MarketNo]] = set()
        """Those that run because their owner is gone."""
        self._watch: asyncio.Task[None] | None = None

    def set(self, account: AccountNo, market: MarketNo, after: Nanos, *, gone: bool = False) -> None:
        """Cancel every order of *account* in *market* when *after* has passed on the wall; 0: do not any more.

        *gone*: because its owner is not there any more.
        """
        self._gone.discard((account, market))
        if not after:
            self._due.pop((account, market), None)
            return
        if self._exchange.read_only:
            raise ReadOnly("a past is looked at: no order of it can be canceled any more")
        self._due[account, market] = self._wall() + after
        if gone:
            self._gone.add((account, market))
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._watching(), name="countdowns")

    def look(self) -> None:
        """Cancel for those whose time is over, in the order in which they were first set."""
        now = self._wall()
        for owner in [owner for owner, due in self._due.items() if due <= now]:
            del self._due[owner]
            gone = owner in self._gone
            self._gone.discard(owner)
            if gone and not self._exchange.views.orders.open(*owner):
                continue
            try:
                self._exchange.submit(CancelAll(*owner, gone=gone))
            except StorageFailed:
                # Nothing can be canceled where nothing can be written: whoever asks is told so.
                _logger.warning("a countdown of account %s ended, but its orders could not be canceled", owner[0])

    async def stop(self) -> None:
        """The process ends, and they with it."""
        self._due.clear()
        self._gone.clear()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _watching(self) -> None:
        while self._due:
            await asyncio.sleep(LOOK_EVERY)
            self.look()
