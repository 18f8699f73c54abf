"""Fault plans as they are asked for: files, shipped ones, logs."""

from pathlib import Path

import pytest

from simexchange.config import faultplans
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.notes import NoteFault
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError, LogUnreadable
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.gateway.faults.kinds import KINDS
from simexchange.runtime.exchange import Exchange


def log_with(folder: Path, *commands: Command) -> Path:
    """A data folder whose log tells of *commands* of the gateway."""
    folder.mkdir()
    log = SqliteLog.create(folder / FILE_NAME, Header(seed=1, start=Nanos(1_700_000_000 * 10**9)))
    exchange = Exchange(log)
    for command in commands:
        exchange.submit(command, source="gateway")
    exchange.close()
    log.close()
    return folder


def test_nothing_asked_for_is_no_plan_and_none_is_an_empty_one() -> None:
    assert faultplans.read(()) is None
    assert faultplans.read(("none",)) == ()


def test_every_shipped_plan_is_sound_and_says_what_it_is_about() -> None:
    shipped = faultplans.presets()
    assert "flaky" in shipped
    for name, about in shipped.items():
        rules = faultplans.read((name,))
        assert rules
        assert about
        assert all(rule.kind in KINDS for rule in rules)


def test_shipped_plans_go_together() -> None:
    assert faultplans.read(tuple(faultplans.presets()))


def test_a_file_is_read_with_its_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [[fault]]
        kind = "latency"
        delay = "20ms"
        from = 2026-01-01T00:00:00Z
        chance = 0.5
        [[fault]]
        kind = "latency"
        """,
        encoding="utf-8",
    )
    rules = faultplans.read((str(path),))
    assert rules is not None
    assert [rule.name for rule in rules] == ["latency", "latency-2"]
    assert rules[0].since is not None
    assert (rules[0].since.at, rules[0].since.relative) == (1_767_225_600 * 10**9, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fault = 3", "write [[fault]]"),
        ("[fault]\nkind='error'", "write [[fault]]"),
        ("[[fualt]]\nkind='error'", "it has no 'fualt'"),
        ("[[fault]]\nkind='error'\nstatus=999", "fault 1: status = 999"),
        ("[[fault]]\nkind='errro'", "did you mean 'error'?"),
        ("[[fault]]\nkind=error", "no valid TOML"),
        ("[[fault]]\nname='a'\nkind='error'\n[[fault]]\nname='a'\nkind='error'", "there is a fault 'a' already"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as said:
        faultplans.read((str(path),))
    assert says in str(said.value)
    assert "mine.toml" in str(said.value)


def test_a_plan_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'flaky'"):
        faultplans.read(("flakey",))
    with pytest.raises(ConfigError, match="check the path"):
        faultplans.read(("no/such.toml",))


def test_a_log_becomes_the_rules_that_do_it_again(tmp_path: Path) -> None:
    folder = log_with(
        tmp_path / "data",
        NoteFault("timeout_unknown_status", "rest", "POST /api/v3/order", 1, "out", 9, '{"how":"cut"}', "lost"),
        NoteFault("drop", "stream", "btcusdt@trade", 2, "out", 4),
    )
    rules = faultplans.read((f"from:{folder}",))
    assert rules is not None
    assert [(rule.name, rule.kind, rule.channels, rule.connection, rule.direction, rule.ordinal) for rule in rules] == [
        ("lost#1", "timeout_unknown_status", ("rest",), 1, "out", 9),
        ("drop#2", "drop", ("stream",), 2, "out", 4),
    ]
    assert rules[0].params["how"] == "cut"


def test_a_log_whose_counting_began_late_is_refused_with_the_remedy(tmp_path: Path) -> None:
    folder = log_with(tmp_path / "data", NoteFault("faults_begun", "", "late", 0, "", 0))
    with pytest.raises(ConfigError, match="record them with --faults none"):
        faultplans.read((f"from:{folder}",))


def test_of_a_log_that_was_begun_again_the_faults_since_then_count(tmp_path: Path) -> None:
    folder = log_with(
        tmp_path / "data",
        NoteFault("drop", "stream", "btcusdt@trade", 1, "out", 4),
        NoteFault("faults_begun", "", "resumed", 0, "", 0),
        NoteFault("drop", "stream", "btcusdt@trade", 1, "out", 9),
    )
    rules = faultplans.read((f"from:{folder}",))
    assert rules is not None
    assert [rule.ordinal for rule in rules] == [9]


def test_a_log_that_is_not_there_is_a_matter_of_logs(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable):
        faultplans.read((f"from:{tmp_path / 'nowhere'}",))
