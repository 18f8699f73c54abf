"""`simexchange explain order` as a person and as a script meet it."""

import json
from pathlib import Path

import pytest

from simexchange.dialects.bybit.common.ids import order_id
from simexchange.eventlog.archive import archive
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.jsonl import export
from simexchange.eventlog.sqlite import SqliteLog
from tests.cli.running import ask
from tests.eventlog.world import HEADER, busy_world

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which much has happened."""
    path = tmp_path_factory.mktemp("explained") / "busy.jsonl"
    path.write_bytes(b"".join(export(busy_world().log, header=True)))
    return path


def test_an_order_is_told_with_its_records(log: Path) -> None:
    """Its client id, its number and the venue's are one order; each line has its record."""
    said = ask("explain", "order", log, "maker:ask-0")
    row = json.loads(ask("explain", "order", log, "maker:ask-0", "--json").out)

    assert said.code == 0
    assert "accepted [record " in said.out
    assert row["sections"][-1]["name"] == "outcome"
    number = row["question"].removeprefix("order ")
    assert ask("explain", "order", log, number).out == said.out


def test_an_order_is_found_by_what_either_venue_calls_it(log: Path) -> None:
    """Binance says its number; Bybit a UUID, or of a spot order a number of nineteen digits."""
    said = ask("explain", "order", log, "maker:ask-0")
    number = int(said.out.split(maxsplit=2)[1].rstrip(","))

    for spot in (True, False):
        assert ask("explain", "order", log, order_id(number, spot=spot)) == said
    assert ask("explain", "order", log, order_id(5, spot=False)).code == 3


def test_an_order_that_is_not_there_is_one_line(log: Path) -> None:
    for which in ("maker:nothing", "5", "nobody:x", "9" * 5_000):
        said = ask("explain", "order", log, which)
        assert said.code == 3
        assert f"there is no order {which!r}" in said.one_line()
    assert ask("explain", "order", log).code == 2
    assert ask("explain", "order", log, "maker:ask-0", "--at", 10**6).code == 3


def test_what_names_no_order_is_not_taken_for_one_that_was_refused_without_a_number() -> None:
    log = ROOT / "fixtures" / "logs" / "refused_orders.jsonl"
    for which in ("nonsense", "0", ""):
        said = ask("explain", "order", log, which)
        assert (said.code, said.out) == (3, "")
        assert f"there is no order {which!r}" in said.one_line()


def test_an_order_from_before_the_log_begins_is_said_to_be_elsewhere(tmp_path: Path) -> None:
    """In a missing archive, or in the log that this one was begun with: not that there is none."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    last = log.last_seq
    log.close()
    assert ask("explain", "order", tmp_path, "maker:ask-0").code == 0
    file = Path(archive(tmp_path / "events.sqlite", last).file)
    assert ask("explain", "order", tmp_path, "maker:ask-0").code == 0
    file.rename(tmp_path / "elsewhere")

    said = ask("explain", "order", tmp_path, "maker:ask-0")
    assert said.code == 6
    assert f"are in {file.name}, which is not beside it" in said.one_line()
    alone = ask("fork", tmp_path, "-o", tmp_path / "fork")
    said = ask("explain", "order", tmp_path / "fork", "maker:ask-0")
    assert (alone.code, said.code) == (0, 3)
    assert f"what was placed before record {last} is not in this log" in said.one_line()
