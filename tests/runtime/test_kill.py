"""kill -9, again and again: every acknowledged order is in the log, nothing is there twice, no money is lost."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from simexchange.core.invariants import check
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from tests.runtime.kill_child import dies_opening
from tests.runtime.world import Crowd, begin

ROUNDS = 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked and killed")
def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, root: Path) -> None:
    """Half of the rounds sync each commit, half leave it to the system: a dead process loses nothing either way."""
    path = tmp_path / "events.sqlite"
    said = subprocess.run(
        [sys.executable, str(root / "tests/runtime/kill_child.py"), str(path), str(ROUNDS), "0.02"],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=110,
    ).stdout.decode()
    acknowledged = [line.split() for line in said.splitlines()]

    log = SqliteLog.read_only(path)
    answered = [
        (record.command.client_id if isinstance(record.command, PlaceOrder) else "", event.order)
        for record in records(log)
        for event in record.events
        if isinstance(event, (ev.OrderAccepted, ev.OrderRejected))
    ]
    by_client_id = dict(answered)

    assert {turn for turn, _, _ in acknowledged} >= {str(turn) for turn in range(ROUNDS) if not dies_opening(turn)}
    assert [line for line in acknowledged if str(by_client_id.get(line[1])) != line[2]] == []
    assert max(Counter(order for _, order in answered).values()) == 1
    assert max(Counter(client_id for client_id, _ in answered if client_id.startswith("r")).values()) == 1
    assert verify(log).ok
    assert recheck(log).ok
    again = begin(SqliteLog.open(path, OFF), feeds=[Crowd()], durability=OFF)
    check(again.state)
    again.close()
    again.log.close()
