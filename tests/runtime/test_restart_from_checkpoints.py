"""Begun again from a checkpoint at any record: the same state, the same views, and the same records from there on."""

import random
from collections.abc import Callable

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.eventlog.checkpointing import CheckpointMaker, make_checkpoints
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import Replay, fold_alone
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.projections.views import Views
from simexchange.runtime import writer
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.schedule import Schedule
from tests.projections.plain import plain
from tests.runtime.test_restart import cut
from tests.runtime.test_restart_of_real_feeds import run
from tests.runtime.world import HEADER, HandWall

SECONDS = 20

Marks = dict[int, bytes]
"""By seq: where the feeds stood after it."""


class Notebook(CheckpointMaker):
    """Remembers what a checkpoint after each record would hold of the feeds, and makes none."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    @property
    def wanted(self) -> int:
        return 0

    def want(self, seq: int, feeds: bytes) -> None:
        self.marks[seq] = feeds

    def stop(self) -> None:
        """There is no child."""


@pytest.fixture(scope="module")
def whole() -> tuple[EventLog, Marks]:
    """A synthetic market that was never stopped."""
    marks: Marks = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "EVERY", 1)
        patch.setattr("simexchange.runtime.rewinding.Writer", with_maker(Notebook(marks)))
        log = run(MemoryLog(HEADER), SyntheticFeed(Settings()), SECONDS).log
    assert set(marks) == set(range(1, log.last_seq + 1))
    return log, marks


def with_maker(maker: CheckpointMaker) -> Callable[..., writer.Writer]:
    def make(log: EventLog, schedule: Schedule, *_: object) -> writer.Writer:
        return writer.Writer(log, schedule, checkpoints=maker)

    return make


def same_from_a_checkpoint(log: EventLog, marks: Marks, seq: int, more: int) -> None:
    """Stopped *more* records after *seq*, where the checkpoint is, and begun again."""
    shorter = cut(log, seq + more)
    list(make_checkpoints(shorter, [(seq, marks[seq])]))
    feed = SyntheticFeed(Settings())
    again = Exchange(shorter, feeds=[feed], speed=PAUSED, wall=HandWall())
    state, views = canonical.dump(again.state), plain(again.views)
    again.start_feeds()
    again.advance_to(Nanos(HEADER.start + SECONDS * SECOND))
    again.close()

    folded = Views()
    fold_alone(log, seq + more, folded)
    assert views == plain(folded), seq
    assert state == canonical.dump(Replay(log).run(seq + more)), seq
    assert list(shorter.read()) == list(log.read()), seq


def chosen(log: EventLog, marks: Marks, count: int, seed: int) -> list[int]:
    """Records at which the feed runs, in no order."""
    draw = random.Random(seed)
    running = [seq for seq, each in marks.items() if b'"synthetic"' in each and b"true" in each]
    return draw.sample(running[: -len(running) // 100], count)


def test_a_restart_from_a_checkpoint_at_any_record_is_the_same(whole: tuple[EventLog, Marks]) -> None:
    log, marks = whole
    for number, seq in enumerate(chosen(log, marks, 8, seed=1)):
        same_from_a_checkpoint(log, marks, seq, number % 3)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_a_restart_from_a_checkpoint_at_200_records_is_the_same(whole: tuple[EventLog, Marks]) -> None:
    log, marks = whole
    for number, seq in enumerate(chosen(log, marks, 200, seed=2)):
        same_from_a_checkpoint(log, marks, seq, number % 5)
