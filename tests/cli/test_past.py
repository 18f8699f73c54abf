"""`serve LOG --read-only`: a finished or running log is asked as it was, and nothing in its folder changes."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Served, ask, serving

QUIET = ("--feed", "none", "--durability", "off")
FIXTURE = Path(__file__).parent.parent.parent / "fixtures" / "logs" / "matching.jsonl"


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and when it was written."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def end(served: Served) -> int:
    return int(served.control("GET", "moment")[1]["last"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("running")
    with serving(folder, *QUIET, "--data", folder / "data", "--account", "ann:USDT=100") as served:
        yield served


@pytest.fixture(scope="module")
def finished(running: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that nobody writes in any more."""
    folder = tmp_path_factory.mktemp("finished")
    data = folder / "data"
    with serving(folder, *QUIET, "--data", data, "--account", "ann:USDT=100", "--key", "ann=simann:secret") as served:
        for _ in range(3):
            served.control("POST", "deposit", {"account": "ann", "wallet": "spot", "asset": "USDT", "amount": "50"})
        said = served.end(15)
    assert said.code == 0
    return data


def test_a_finished_log_is_served_as_of_a_record_and_left_as_it_is(finished: Path, tmp_path: Path) -> None:
    """The same keys open it; the folder keeps its files to the byte and the nanosecond, even if it may be written."""
    before = contents(finished)
    last = json.loads(ask("verify", finished, "--json").out)["last"]
    with serving(tmp_path, finished, "--read-only", "--at", last - 1) as past:
        ready, early = past.ready, past.accounts()
        refused = past.control("POST", "deposit", {"account": "ann", "wallet": "spot", "asset": "USDT", "amount": "1"})
        moved = past.control("POST", "moment", {})
        late = past.accounts()
        said = past.end(15)

    assert (said.code, said.err) == (0, "")
    assert "read only" in said.out
    assert ready["accounts"] == [{"name": "ann", "api_key": "simann", "api_secret": "secret", "venue": "binance"}]
    assert ready["log"] == str(finished)
    assert (early["ann"]["spot USDT"], late["ann"]["spot USDT"]) == ("200", "250")
    assert (refused[0], refused[1]["error"]["reason"]) == (409, "read_only")
    assert (moved[0], moved[1]["seq"]) == (200, last)
    assert contents(finished) == before


def test_a_running_log_is_followed_without_its_lock(running: Served, tmp_path: Path) -> None:
    """The exchange goes on; who looks sees what was committed when he asked."""
    with serving(tmp_path, running.log, "--read-only") as past:
        begun = past.control("GET", "moment")[1]
        running.control("POST", "deposit", {"account": "ann", "wallet": "spot", "asset": "USDT", "amount": "7"})
        still = past.accounts()
        past.control("POST", "moment", {})
        moved = past.accounts()

        assert end(past) == end(running) == begun["seq"] + 1
    assert (still["ann"]["spot USDT"], moved["ann"]["spot USDT"]) == ("100", "107")


def test_an_export_is_served_too_with_keys_that_are_made_up(tmp_path: Path) -> None:
    """They are in the ready file and nowhere else."""
    log = tmp_path / "log.jsonl"
    shutil.copy(FIXTURE, log)
    with serving(tmp_path, log, "--read-only", "--at", "40") as past:
        answer = past.control("GET", "moment")[1]
        keys = past.ready["accounts"]
        left = {path.name for path in tmp_path.iterdir()}
        said = past.end(15)

    assert (answer["seq"], answer["read_only"]) == (40, True)
    assert keys
    assert left == {"log.jsonl", "ready.json"}
    assert "keys were made up" in said.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["x"], 2, "to look at x, add --read-only; to go on with it, say --data x"),
        (["--at", "5"], 2, "--at goes with LOG --read-only"),
        (["--read-only"], 2, "--read-only needs a LOG"),
        (["-", "--read-only"], 2, "not from standard input"),
        ([FIXTURE, "--read-only", "--seed", "1"], 2, "--seed has no place beside --read-only"),
        ([FIXTURE, "--read-only", "--data", "x"], 2, "--data has no place beside --read-only"),
        ([FIXTURE, "--read-only", "--speed", "2x"], 2, "--speed has no place beside --read-only"),
        ([FIXTURE, "--read-only", "--account", "ann"], 2, "--account has no place beside --read-only"),
        ([FIXTURE, "--read-only", "--at", "yesterday"], 2, "--at: 'yesterday' is neither"),
        (["nowhere", "--read-only"], 6, "there is no event log at nowhere"),
        ([FIXTURE, "--read-only", "--at", "0"], 3, "there is no record 0"),
        ([FIXTURE, "--read-only", "--at", "1000000"], 3, "there is no record 1000000"),
        ([FIXTURE, "--read-only", "--at", "1999-01-01"], 3, "its first record is later"),
        ([FIXTURE, "--read-only", "--key", "nobody=simkey:secret"], 3, "there is no account nobody"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words: list[Any], code: int, says: str) -> None:
    said = ask("serve", *words, "--port", "0", "--for", "1s")

    assert (said.code, says in said.one_line()) == (code, True), said.err


def test_two_pasts_of_one_log_are_compared(finished: Path) -> None:
    """As a table and as JSON; what is compared is said first."""
    last = json.loads(ask("verify", finished, "--json").out)["last"]

    table = ask("diff", finished, "--at", last - 2, "--at", last)
    since = json.loads(ask("diff", finished, "--at", last - 2, "--json").out)
    same = ask("diff", finished, "--at", last, "--at", last)

    assert table.code == 0
    assert table.out.splitlines()[0].startswith(f"- {finished} after record {last - 2}, ")
    assert "account ann:" in table.out
    assert "balance spot USDT free  150  250  +100" in " ".join(table.out.split("    ")).replace("   ", "  ")
    assert since["changes"][-1]["change"] == "+100"
    assert (since["before"]["seq"], since["after"]["seq"]) == (last - 2, last)
    assert "nothing is different" in same.out


def test_two_logs_are_compared(finished: Path, running: Served) -> None:
    said = json.loads(ask("diff", finished, running.log, "--json").out)

    assert (said["before"]["log"], said["after"]["log"]) == (str(finished), running.log)
    assert {each["name"] for each in said["changes"] if each["of"] == "account"} <= {"ann", "insurance"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([FIXTURE], 2, "say --at once or twice"),
        ([FIXTURE, "--at", "1", "--at", "2", "--at", "3"], 2, "say --at once or twice"),
        ([FIXTURE, "--at", "x"], 2, "--at: 'x' is neither"),
        ([FIXTURE, "--at", "0"], 3, "there is no record 0"),
        (["nowhere", "--at", "1"], 6, "there is no event log at nowhere"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(words: list[Any], code: int, says: str) -> None:
    said = ask("diff", *words)

    assert (said.code, says in said.one_line()) == (code, True), said.err
