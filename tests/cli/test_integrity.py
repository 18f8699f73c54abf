"""verify, anchor and repair as a script meets them: exit codes, one line each, and the damaged log left as it is."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from simexchange.core.vocabulary.notes import NoteRepair
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import records
from tests.cli.running import ask, run
from tests.eventlog.test_integrity import LINES, WHOLE, as_jsonl, edited

ACCOUNTS = ("--account", "demo", "--account", "bob")
QUIET = ("--port", "0", "--feed", "none", "--for", "0s")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an exchange that ended."""
    data = tmp_path_factory.mktemp("served") / "data"
    assert run("serve", *QUIET, "--data", data, "--key", "demo=simone:first", *ACCOUNTS).code == 0
    return data


@pytest.fixture
def damaged(served: Path, tmp_path: Path) -> Path:
    """A copy in which the record that opens bob's account was edited."""
    data = tmp_path / "data"
    shutil.copytree(served, data)
    with closing(sqlite3.connect(data / "events.sqlite")) as database, database:
        database.execute("UPDATE groups SET records = replace(records, '\"bob\"', '\"rob\"')")
    return data


def files(folder: Path) -> dict[str, bytes]:
    """All but what any reader of an SQLite file leaves behind."""
    kept = (each for each in folder.iterdir() if each.is_file() and not each.name.endswith(("-shm", "-wal")))
    return {each.name: each.read_bytes() for each in kept}


def test_a_damage_is_told_with_its_name_what_is_sound_and_the_remedy(damaged: Path) -> None:
    said = ask("verify", damaged, "--json")
    found = json.loads(said.out)

    assert said.code == 4
    assert found["error"]["name"] == "edited"
    for part in (str(damaged), "edited", f"the {found['last']} records before are sound", f"repair {damaged} -o NEW"):
        assert part in said.one_line()


def test_a_mended_log_is_served_and_tells_of_it(damaged: Path, tmp_path: Path) -> None:
    """The keys go with it, and those of accounts that are lost do not."""
    before, new = files(damaged), tmp_path / "new"

    said = ask("repair", damaged, "-o", new, "--json")
    done = json.loads(said.out)
    again = run("serve", *QUIET, "--data", new)

    assert (said.code, again.code) == (0, 0), again.err
    assert files(damaged) == before
    assert Path(done["put_aside"]).stat().st_size == done["put_aside_bytes"] > 0
    with closing(open_log(str(new))) as log:
        first = next(record for record in records(log, done["last"] + 1) if record.source != "engine")
    assert isinstance(first.command, NoteRepair)
    assert (ask("verify", new).code, ask("recheck", new).code) == (0, 0)
    assert {json.loads(line)["name"] for line in ask("keys", "list", new, "--json").out.splitlines()} >= {"demo"}


def test_a_repair_says_what_it_did(tmp_path: Path) -> None:
    torn = as_jsonl(tmp_path / "log.jsonl", LINES)
    torn.write_bytes(torn.read_bytes()[:-7])

    said = ask("repair", torn, "-o", tmp_path / "new.jsonl")

    assert said.code == 0
    assert said.out.startswith("torn: ")
    assert f"{WHOLE - 1} sound records" in said.out
    assert "BLAKE2b-128" in said.out
    assert ask("verify", tmp_path / "new.jsonl").code == 0


def test_what_cannot_be_mended_is_one_line(served: Path, damaged: Path, tmp_path: Path) -> None:
    sound = ask("repair", served, "-o", tmp_path / "new")
    there = ask("repair", damaged, "-o", damaged)
    nothing = ask("repair", tmp_path / "none", "-o", tmp_path / "new")
    without = ask("repair", damaged)

    assert (sound.code, there.code, nothing.code, without.code) == (3, 3, 6, 2)
    for said in (sound, there, nothing):
        assert said.one_line()
    assert not (tmp_path / "new").exists()


def test_an_anchor_is_one_line_and_finds_what_nothing_else_does(served: Path, tmp_path: Path) -> None:
    """Kept somewhere else, it tells a log that was cut off between two records."""
    anchors = tmp_path / "anchors"
    printed = ask("anchor", served)
    anchors.write_text(ask("anchor", served, "--at", 3).out + printed.out)
    lines = ask("export", served, "--header").out.splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:-1]))

    whole = ask("verify", served, "--anchor", anchors)
    alone = ask("verify", tmp_path / "cut.jsonl")
    cut = ask("verify", tmp_path / "cut.jsonl", "--anchor", anchors, "--json")

    last = json.loads(lines[-1])
    assert printed.out == f"{last[0]} {last[-1]}\n"
    assert (whole.code, alone.code, cut.code) == (0, 0, 4)
    assert json.loads(cut.out)["error"]["name"] == "truncated"
    assert json.loads(cut.out)["error"]["kind"] == "anchor"


def test_a_wrong_anchor_file_is_the_callers_mistake(served: Path, tmp_path: Path) -> None:
    (tmp_path / "anchors").write_text("7 abc\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")

    for file in ("anchors", "bytes", "none"):
        said = ask("verify", served, "--anchor", tmp_path / file)
        assert said.code == 3
        assert str(tmp_path / file) in said.one_line()
    beyond = ask("anchor", served, "--at", 10**6)
    assert beyond.code == 3
    assert "there is no record 1000000" in beyond.one_line()


def test_a_damaged_log_is_named_by_every_command_that_reads(tmp_path: Path) -> None:
    """One line with the remedy, also from standard input."""
    damaged = as_jsonl(tmp_path / "log.jsonl", edited(LINES))

    for words in (("replay", damaged), ("recheck", damaged)):
        said = ask(*words)
        assert said.code == 6
        assert "simexchange verify" in said.one_line()
    said = ask("verify", "-", given=damaged.read_bytes())
    assert (said.code, "edited" in said.one_line()) == (4, True)


def test_a_place_that_cannot_be_looked_at_is_one_line(tmp_path: Path) -> None:
    """As a folder that may not be entered, but for the superuser too: the name is longer than any may be."""
    nowhere, log = tmp_path / ("x" * 300), as_jsonl(tmp_path / "log.jsonl", edited(LINES))
    for code, *words in (
        (6, "verify", nowhere),
        (6, "replay", nowhere / "events.sqlite"),
        (6, "serve", nowhere, "--read-only", *QUIET[:2], "--for", "0s"),
        (3, "serve", *QUIET, "--data", nowhere),
        (6, "fork", log, "--at", 5, "-o", nowhere),
        (6, "repair", log, "-o", nowhere),
        (3, "clock", "show", nowhere),
        (3, "keys", "list", nowhere),
    ):
        said = ask(*words)
        assert (said.code, said.out) == (code, ""), words
        assert "File name too long" in said.one_line(), words
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl"]
