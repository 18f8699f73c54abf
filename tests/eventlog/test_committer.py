"""The commit thread: natural batching, policies, and what happens when the disk fails."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from simexchange.core.vocabulary.commands import PassTime
from simexchange.errors import ConfigError, StorageFailed
from simexchange.eventlog.committer import GROUP_MAX, Committer
from simexchange.eventlog.durability import ALWAYS, OFF, Durability, parse_durability
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import Chain
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from tests.eventlog.world import HEADER, busy_world


class SlowLog(MemoryLog):
    """Each append waits until it is let through: so a test decides what is queued meanwhile."""

    def __init__(self) -> None:
        super().__init__(HEADER)
        self.entered = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.groups: list[int] = []

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        self.entered.release()
        assert self.gate.acquire(timeout=10)
        self.groups.append(len(lines))
        super().append(lines, first, last, digest)


class FaultyLog(MemoryLog):
    """The disk fails at the k-th commit, and would work again after it: nobody may try."""

    def __init__(self, fails_at: int) -> None:
        super().__init__(HEADER)
        self.calls = 0
        self.fails_at = fails_at

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError(5, "Input/output error")
        super().append(lines, first, last, digest)


class Listener:
    """What the commit thread said."""

    def __init__(self) -> None:
        self.durable: list[int] = []
        self.failures: list[StorageFailed] = []
        self.heard = threading.Semaphore(0)

    def on_durable(self, seq: int) -> None:
        self.durable.append(seq)
        self.heard.release()

    def on_failed(self, failure: StorageFailed) -> None:
        self.failures.append(failure)
        self.heard.release()

    def wait(self) -> None:
        assert self.heard.acquire(timeout=10)


def put(committer: Committer, chain: Chain, count: int) -> None:
    for _ in range(count):
        committer.put(chain.add(100 + chain.seq, "timer", 0, PassTime(), []))


def test_what_is_queued_while_one_group_is_written_is_the_next_group() -> None:
    """A lone record goes at once; those that come meanwhile share the next sync."""
    log, listener = SlowLog(), Listener()
    chain = Chain(0, HEADER.genesis)
    committer = Committer(log, listener.on_durable, listener.on_failed)
    put(committer, chain, 1)
    assert log.entered.acquire(timeout=10)
    put(committer, chain, 7)
    log.gate.release(2)

    committer.close()

    assert log.groups == [1, 7]
    assert listener.durable == [1, 8]


def test_a_lone_record_waits_for_nothing_but_its_commit() -> None:
    """No timer: it is durable although nothing follows."""
    listener = Listener()
    chain = Chain(0, HEADER.genesis)
    committer = Committer(MemoryLog(HEADER), listener.on_durable, listener.on_failed)

    put(committer, chain, 1)
    listener.wait()

    assert listener.durable == [1]
    committer.close()


def test_no_group_grows_without_bound() -> None:
    log, listener = SlowLog(), Listener()
    chain = Chain(0, HEADER.genesis)
    committer = Committer(log, listener.on_durable, listener.on_failed)
    put(committer, chain, 1)
    assert log.entered.acquire(timeout=10)
    put(committer, chain, GROUP_MAX + 5)
    log.gate.release(3)

    committer.close()

    assert log.groups == [1, GROUP_MAX, 5]
    assert log.last_digest == chain.digest


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_failed_commit_is_the_last_one(fails_at: int) -> None:
    """Whichever it is: what was durable stays, what was queued is dropped, and the log is never asked again."""
    log, listener = FaultyLog(fails_at), Listener()
    chain = Chain(0, HEADER.genesis)
    committer = Committer(log, listener.on_durable, listener.on_failed)
    for _ in range(fails_at):
        put(committer, chain, 1)
        listener.wait()

    put(committer, chain, 3)
    committer.close()

    assert listener.durable == list(range(1, fails_at))
    assert ["Input/output error" in str(failure) for failure in listener.failures] == [True]
    assert log.calls == fails_at
    assert log.last_seq == fails_at - 1


@pytest.mark.parametrize("policy", ["always", "interval:5ms", "off"])
def test_every_policy_writes_the_same_log(tmp_path: Path, policy: str) -> None:
    """They differ in when the disk is asked, not in what is written."""
    durability = parse_durability(policy)
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, durability)
    listener = Listener()
    committer = Committer(log, listener.on_durable, listener.on_failed, durability)
    lines = list(busy_world().log.read())

    for line in lines:
        committer.put(line)
    threading.Event().wait(0.02)
    committer.close()
    log.close()

    assert verify(SqliteLog.read_only(log.path)) == verify(busy_world().log)
    assert listener.failures == []


def test_closing_twice_is_closing_once() -> None:
    listener = Listener()
    committer = Committer(MemoryLog(HEADER), listener.on_durable, listener.on_failed)

    committer.close()
    committer.close()


def test_policies_are_spelt_as_on_the_command_line() -> None:
    assert parse_durability("always") == ALWAYS
    assert parse_durability("off") == OFF
    assert parse_durability("interval:50ms") == Durability(sync_each_commit=False, interval=50_000_000)  # type: ignore[arg-type]
    spelt = [str(parse_durability(text)) for text in ("always", "off", "interval:2s")]
    assert spelt == ["always", "off", "interval:2000ms"]


@pytest.mark.parametrize("text", ["", "never", "interval", "interval:0ms", "interval:-1ms", "interval:5", "Always"])
def test_an_unknown_policy_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ConfigError, match="always, off, or interval:50ms"):
        parse_durability(text)
