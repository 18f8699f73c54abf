"""`simexchange archive`: exit codes, one line each, and logs that every command goes on reading whole."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import ask, run, serving
from tests.eventlog.test_integrity import LINES, as_jsonl

QUIET = ("--port", "0", "--feed", "none", "--for", "0s")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an exchange that ended, without archives."""
    data = tmp_path_factory.mktemp("served") / "data"
    assert run("serve", *QUIET, "--data", data).code == 0
    return data


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "data"))


def test_an_archived_log_is_read_whole_and_served_on(whole: Path, data: Path) -> None:
    before = ask("export", whole, "--header").out

    said = ask("archive", data, "--before", 20, "--json")
    done = json.loads(said.out)

    assert (said.code, done["first"], done["last"]) == (0, 1, 19)
    assert ask("export", data, "--header").out == before
    assert json.loads(ask("verify", data, "--json").out)["first"] == 1
    assert ask("inspect", data, "--from", 1, "--limit", 1).out.startswith("1 ")
    assert ask("verify", done["file"]).out.startswith("ok: 19 records, 1 to 19")
    assert run("serve", *QUIET, "--data", data, "--account", "demo", "--account", "bob").code == 0
    assert (ask("verify", data).code, ask("recheck", data).code) == (0, 0)
    assert len(ask("export", data, "--header").out) > len(before)


def test_an_archive_goes_with_its_log_and_by_itself(data: Path) -> None:
    """Moved elsewhere, it is missed by name and by nobody else."""
    file = Path(json.loads(ask("archive", data, "--before", 20, "--json").out)["file"])
    shutil.move(file, data.parent)

    verified = ask("verify", data)

    assert verified.code == 0
    assert f"are in {file.name}, which is not beside it" in verified.out
    for words in (("inspect", data, "--from", 1), ("replay", data, "--at", 5)):
        said = ask(*words)
        assert said.code == 6
        assert f"are in {file.name}" in said.one_line()
    shutil.move(data.parent / file.name, file)
    assert ask("replay", data, "--at", 5).code == 0


def test_an_archived_log_is_opened_read_only_by_its_own_keys(data: Path, tmp_path: Path) -> None:
    keys = json.loads((data / "keys.json").read_text())["keys"]
    assert ask("archive", data, "--before", 20).code == 0

    with serving(tmp_path, data, "--read-only") as past:
        ready, said = past.ready, past.end(15)

    assert [each["api_key"] for each in ready["accounts"]] == [each["api_key"] for each in keys]
    assert "keys were made up" not in said.out


def test_an_instant_says_where_to_cut_too(data: Path) -> None:
    """Everything happened before 2100, nothing before 2001."""
    nothing = ask("archive", data, "--before", "2001-01-01T00:00:00Z")
    everything = ask("archive", data, "--before", "2100-01-01T00:00:00Z")

    assert (nothing.code, everything.code) == (3, 0)
    assert "nothing of" in nothing.one_line()
    assert "goes on after record" in everything.out
    assert ask("verify", data).code == 0


def test_what_cannot_be_archived_is_one_line(data: Path, tmp_path: Path) -> None:
    jsonl = as_jsonl(tmp_path / "log.jsonl", LINES)

    for words, code in (
        ((data, "--before", "yesterday"), 3),
        ((data, "--before", 10**7), 3),
        ((jsonl, "--before", 10), 3),
        ((tmp_path / "none", "--before", 10), 6),
    ):
        said = ask("archive", *words)
        assert said.code == code, said.err
        assert said.one_line()
    assert ask("archive", data).code == 2
    assert ask("archive", data, "--before", 10, "--keep-checkpoints", "some").code == 2


def test_a_log_in_use_is_not_archived(tmp_path: Path) -> None:
    with serving(tmp_path, "--feed", "none", "--data", tmp_path / "data") as served:
        said = ask("archive", served.log, "--before", 10)

    assert said.code == 5
    assert "in use by process" in said.one_line()
