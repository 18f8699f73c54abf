"""The commit thread: it takes everything queued, commits it as one group, tells, and repeats.

Natural batching: whatever was queued while the last group was on its way to the disk is the next group. A lone record
waits for one sync and no timer; a busy exchange shares each sync among hundreds of records.
"""

import threading
from collections.abc import Callable
from typing import Final

from simexchange.core.vocabulary.units import SECOND
from simexchange.errors import LogError, StorageFailed
from simexchange.eventlog.durability import ALWAYS, Durability
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import split

GROUP_MAX: Final = 4096
"""Records in one group at most, so that no row of the log grows without bound."""


class Committer:
    """Between the one writer and its log. `put` is called from the writer's thread only, and never blocks."""

    def __init__(
        self,
        log: EventLog,
        on_durable: Callable[[int], None],
        on_failed: Callable[[StorageFailed], None],
        durability: Durability = ALWAYS,
    ) -> None:
        """*on_durable* hears the seq of the last record of each group; it and *on_failed* run in the commit thread."""
        self._log = log
        self._on_durable = on_durable
        self._on_failed = on_failed
        self._wake = threading.Condition()
        self._queued: list[bytes] = []
        self._closing = False
        self._idle = False
        self._failure: StorageFailed | None = None
        self.bytes_queued = 0
        """Bytes put since the beginning; with `bytes_committed` this bounds what is under way."""
        self.bytes_committed = 0
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()
        self._syncer: threading.Thread | None = None
        self._stop_syncing = threading.Event()
        if durability.interval:
            seconds = durability.interval / SECOND
            self._syncer = threading.Thread(target=self._sync_every, args=(seconds,), name="sync", daemon=True)
            self._syncer.start()

    def put(self, *lines: bytes) -> None:
        """Queue records: those after the last that was put, or after the last of the log."""
        with self._wake:
            self._queued.extend(lines)
            self.bytes_queued += sum(map(len, lines))
            if self._idle:
                self._wake.notify()

    @property
    def bytes_under_way(self) -> int:
        """Bytes queued and not committed yet."""
        return self.bytes_queued - self.bytes_committed

    def close(self) -> None:
        """Commit what is queued, then end the threads. The log stays open. A second call does nothing."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._stop_syncing.set()
        if self._syncer is not None:
            self._syncer.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queued and not self._closing:
                    self._idle = True
                    self._wake.wait()
                self._idle = False
                if not self._queued or self._failure is not None:
                    return
                group, self._queued = self._queued, []
            try:
                for start in range(0, len(group), GROUP_MAX):
                    self._commit(group[start : start + GROUP_MAX])
            except StorageFailed as failure:
                self._fail(failure)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing of this group is safe
                self._fail(StorageFailed(f"cannot write {self._log.name}: {error}"))
                return

    def _commit(self, group: list[bytes]) -> None:
        last = self._log.last_seq + len(group)
        parts = split(group[-1])
        if parts is None:
            raise StorageFailed(f"record {last} has not the shape of a record")
        self._log.append(group, self._log.last_seq + 1, last, parts[1])
        self.bytes_committed += sum(map(len, group))
        self._on_durable(last)

    def _sync_every(self, seconds: float) -> None:
        sync = getattr(self._log, "sync", None)
        synced = self.bytes_committed
        while sync is not None and not self._stop_syncing.wait(seconds):
            committed = self.bytes_committed
            if committed == synced:
                continue
            try:
                sync()
            except LogError as error:
                self._fail(StorageFailed(str(error)))
                return
            synced = committed

    def _fail(self, failure: StorageFailed) -> None:
        with self._wake:
            if self._failure is not None:
                return
            self._failure = failure
            self._queued.clear()
        self._on_failed(failure)
