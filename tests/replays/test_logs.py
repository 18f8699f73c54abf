"""Committed logs: whatever was written once folds, verifies, and would be decided the same way today."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import CommandRefused, Event, OrderRejected
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Record
from simexchange.eventlog.replay import records, replay
from simexchange.eventlog.verify import verify

ROOT = Path(__file__).resolve().parent.parent.parent
LOGS = sorted((ROOT / "fixtures" / "logs").glob("*.jsonl"))
OLD_LOGS = sorted(
    path for folder in ("schema_*", "revision_*") for path in (ROOT / "fixtures" / "logs").glob(f"{folder}/*.jsonl")
)


@pytest.fixture(params=LOGS, ids=lambda path: path.stem)
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    """One committed log."""
    with closing(JsonlLog.read_only(request.param)) as opened:
        yield opened


UNSERVED = (b'"feature_not_served"', b'"not_supported"', b'"SetMarginMode"')
"""Words of records that may be decided otherwise than in an older schema."""
OTHERWISE = {
    "schema_1/liquidation": 10,
    "schema_1/perpetual": 1,
    "schema_2/liquidation": 10,
    "schema_2/closing": 2,
    "schema_2/conditional": 2,
    "schema_2/perpetual": 1,
    "schema_2/protected": 1,
    "revision_3/bonus": 3,
    "revision_3/closing": 1,
    "revision_3/conditional": 2,
    "revision_3/liquidation": 8,
    "revision_3/modes": 4,
    "revision_3/perpetual": 1,
    "revision_3/pooling": 2,
    "revision_3/protected": 1,
    "revision_3/waterfall": 4,
}
"""How many records of an older log are decided otherwise: of a liquidation no more is sold than is needed, and its
events carry the numbers; who has less than nothing when a market is closed is made good at once; a mark that was told
says so (one to four in each of these); what the fund takes over carries the anchor, and the fund sells near it.
"""


def records_of(path: Path) -> list[Record]:
    """Every record of a committed log."""
    with closing(JsonlLog.read_only(path)) as opened:
        return list(records(opened))


def test_a_committed_log_folds_and_verifies(log: EventLog) -> None:
    """Bytes, digests, schema, and the ledger at every record."""
    found = verify(log)

    assert found.ok, found.error
    assert found.records == log.last_seq
    assert replay(log).accounts


def test_a_committed_log_is_decided_the_same_way_today(log: EventLog) -> None:
    """Whoever changes a decision on purpose raises the engine's revision and writes the logs anew."""
    found = recheck(log)

    assert found.ok, found.first_difference


def test_a_committed_log_may_be_left_and_taken_up_at_any_record(log: EventLog) -> None:
    """The state after each record, dumped and loaded, decides the next record as it was decided."""
    state = ExchangeState()
    for record in records(log):
        state = canonical.load(canonical.dump(state))

        events = Engine(state).execute(record.command, record.at)

        assert events == record.events, f"record {record.seq}"
    assert canonical.dump(state) == canonical.dump(replay(log))


@pytest.mark.parametrize("path", OLD_LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_older_log_is_verified_and_decided_as_it_was(path: Path) -> None:
    """What was refused because it was not served may be served by now, and modes have refusals of their own; nothing
    but what `OTHERWISE` says may be decided otherwise.
    """
    with closing(JsonlLog.read_only(path)) as old:
        assert verify(old).ok
        assert replay(old).accounts

        found = recheck(old)

        lines = list(old.read(1))
        unserved = sum(any(word in line for word in UNSERVED) for line in lines)
        otherwise = OTHERWISE.get(f"{path.parent.name}/{path.stem}", 0)
        assert found.differing <= unserved + otherwise, found.first_difference


def test_a_field_that_was_appended_since_is_no_difference() -> None:
    """Marks and changes of orders have one more than when this log was written; what was decided is the same."""
    with closing(JsonlLog.read_only(ROOT / "fixtures" / "logs" / "revision_3" / "spot.jsonl")) as old:
        lines = list(old.read(1))
        found = recheck(old)

    assert sum(b"[19," in line for line in lines) > 30
    assert found.ok, found.first_difference


def test_together_the_logs_hold_every_event_and_every_refusal() -> None:
    """Whoever adds one adds it to a story of scripts/make_fixture_logs.py."""
    told = [event for path in LOGS for record in records_of(path) for event in record.events]

    kinds = {type(event) for event in told}
    reasons = {event.reason for event in told if isinstance(event, OrderRejected | CommandRefused)}

    assert {kind.__name__ for kind in get_args(Event)} == {kind.__name__ for kind in kinds}
    # A liquidation is through before anybody else is heard, so no log has an order that came between its steps.
    assert reasons == set(RejectReason) - {RejectReason.ACCOUNT_LIQUIDATING}


def test_the_logs_are_small() -> None:
    """A thousand records say it all, and some more."""
    assert sum(len(records_of(path)) for path in LOGS) < 1_500


# The same stories told again by other processes


def told_by(python: str, folder: Path, hash_seed: str) -> dict[str, str]:
    """The digest of each story's last record, as *python* makes it with that seed of its string hashes."""
    script = ROOT / "scripts" / "make_fixture_logs.py"
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    subprocess.run([python, str(script), str(folder)], check=True, env=env, cwd=folder, capture_output=True)
    return {path.stem: json.loads(path.read_text().splitlines()[-1])[-1] for path in folder.glob("*.jsonl")}


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    """The digest of each committed log's last record."""
    return {path.stem: records_of(path)[-1].digest for path in LOGS}


@pytest.mark.parametrize("hash_seed", ["0", "4294967295"])
def test_the_same_commands_give_the_same_digest_whatever_the_hash_seed(
    tmp_path: Path, hash_seed: str, committed: dict[str, str]
) -> None:
    """No choice hangs on the order in which a set or a dict hands out strings."""
    assert told_by(sys.executable, tmp_path, hash_seed) == committed


def other_python() -> str:
    """Another Python with the core's two packages: SIMEXCHANGE_OTHER_PYTHON, else a python3.x about."""
    names = [os.environ.get("SIMEXCHANGE_OTHER_PYTHON", ""), "python3.13", "python3.12", "python3.11"]
    for name in filter(None, names):
        found = shutil.which(name)
        asked = "import sys, msgspec, sortedcontainers; print(sys.version_info[:2])"
        if found is None:
            continue
        answer = subprocess.run([found, "-c", asked], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip() != str(sys.version_info[:2]):
            return found
    pytest.skip("no other Python has msgspec and sortedcontainers: name one in SIMEXCHANGE_OTHER_PYTHON")


def test_the_same_commands_give_the_same_digest_on_another_python(tmp_path: Path, committed: dict[str, str]) -> None:
    """3.11 and 3.13 agree to the byte."""
    assert told_by(other_python(), tmp_path, "random") == committed
