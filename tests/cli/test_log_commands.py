"""verify, recheck, replay, inspect and export take a log in every form it has, also while it is being written."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simexchange.core.engine import REVISION
from tests.cli.running import Served, ask, command, run, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A market that lives, and goes on living while its log is read."""
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, "--speed", "20x") as running:
        yield running


@pytest.fixture(scope="module")
def export(served: Served) -> str:
    return ask("export", served.log, "--header").out


def test_a_log_that_is_being_written_is_sound_as_far_as_it_is_committed(served: Served) -> None:
    for log in (served.log, f"{served.log}/events.sqlite"):
        found = json.loads(ask("verify", log, "--json").out)
        assert set(found) == {"records", "first", "last", "digest", "ok"}
        assert (found["ok"], found["first"]) == (True, 1)
        assert found["records"] == found["last"] > 100
        assert re.fullmatch("[0-9a-f]{32}", found["digest"])


def test_an_export_is_as_good_as_the_log(export: str, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(export)

    by_file = json.loads(ask("verify", file, "--json").out)
    by_input = json.loads(ask("verify", "-", "--json", given=export.encode()).out)
    last = json.loads(export.splitlines()[-1])

    assert by_file == by_input
    assert (by_file["last"], by_file["digest"]) == (last[0], last[-1])
    assert ask("export", file, "--header").out == export


def test_the_commands_of_a_log_run_again_to_the_same_events(export: str) -> None:
    said = ask("recheck", "-", given=export.encode())

    assert (said.code, said.err) == (0, "")


def test_a_reader_that_has_seen_enough_is_no_failure(served: Served) -> None:
    """As in `simexchange export LOG | head -1`."""
    served.control("POST", "clock", {"mode": "jump", "to": "+60s"})
    with subprocess.Popen(command("export", served.log), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()

    assert first.startswith(b"[1,")
    assert (process.returncode, complaints) == (0, b"")


def test_a_replay_shows_where_everybody_stands(export: str) -> None:
    said = ask("replay", "-", given=export.encode())

    assert said.code == 0
    assert "demo: spot 2 BTC, spot 100000 USDT, usdm 50000 USDT" in said.out


def test_a_replay_to_a_record_that_is_not_there_is_refused() -> None:
    """It would show the end, and call that something else."""
    log = ROOT / "fixtures" / "logs" / "spot.jsonl"
    last = ask("anchor", log).out.split()[0]

    assert ask("replay", log, "--at", last).code == 0
    for seq in (int(last) + 1, 10**30):
        said = ask("replay", log, "--at", seq)
        assert (said.code, said.out) == (3, "")
        assert f"there is no record {seq}" in said.one_line()


def test_a_log_of_another_engine_is_said_to_be_one_where_it_differs() -> None:
    """It is sound: the same commands come to other events today."""
    log = ROOT / "fixtures" / "logs" / "revision_3" / "modes.jsonl"
    said = ask("recheck", log)

    assert said.code == 4
    assert f"it was decided by revision 3 of the engine, and this is revision {REVISION}" in said.one_line()
    assert ask("verify", log).code == 0


def test_records_are_shown_with_names_decimals_and_times(served: Served) -> None:
    lines = ask("inspect", served.log, "--json", "--from", 2, "--limit", 3).out.splitlines()
    rows = [json.loads(line) for line in lines]

    assert [row["seq"] for row in rows] == [2, 3, 4]
    assert rows[1]["command"]["market"]["tick"] == "0.01"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", rows[0]["at"])


def test_a_missing_record_is_found(export: str) -> None:
    lines = export.splitlines()
    del lines[9]

    said = ask("verify", "-", "--json", given="\n".join(lines).encode())

    assert said.code == 4
    assert json.loads(said.out)["error"]["seq"] == 9


def test_settings_come_with_a_ready_key(served: Served) -> None:
    account = served.ready["accounts"][0]
    by_file = ask("snippet", "env", "--ready-file", served.ready_file).out
    by_folder = ask("snippet", "env", "--data", served.log, "--url", served.url).out

    assert by_file == by_folder
    assert f"SIMEXCHANGE_URL={served.url}\n" in by_file
    assert f"SIMEXCHANGE_API_KEY={account['api_key']}\n" in by_file
    assert f"SIMEXCHANGE_API_SECRET={account['api_secret']}\n" in by_file


def test_settings_for_ccxt_and_python_binance_are_python(served: Served) -> None:
    for client in ("ccxt", "python-binance"):
        text = ask("snippet", client, "--ready-file", served.ready_file).out
        compile(text, client, "exec")
        assert "binance.com" not in text
        assert served.ready["accounts"][0]["api_secret"] in text


def test_keys_are_listed_made_and_added(tmp_path: Path) -> None:
    data = tmp_path / "data"
    quiet = ("--port", 0, "--feed", "none", "--venue", "binance", "--for", "0s")
    run("serve", *quiet, "--data", data, "--key", "demo=simone:first")

    made = ask("keys", "make", data, "demo").out.strip()
    added = ask("keys", "add", data, "demo", "simtwo:second")
    foreign = ask("keys", "add", data, "demo", "A" * 64 + ":s")
    unknown = ask("keys", "make", data, "nobody")
    rows = [json.loads(line) for line in ask("keys", "list", data, "--json").out.splitlines()]

    assert added.code == 0
    assert (foreign.code, unknown.code) == (3, 3)
    assert [f"{row['api_key']}:{row['api_secret']}" for row in rows] == ["simone:first", made, "simtwo:second"]
    assert made.startswith("sim")
    assert {row["name"] for row in rows} == {"demo"}


def test_the_control_api_moves_the_clock_and_refuses_what_a_feed_does(served: Served) -> None:
    _, before = served.control("POST", "clock", {"mode": "pause"})
    _, after = served.control("POST", "clock", {"mode": "jump", "to": "+5s"})
    index, _ = served.control("POST", "index", {"asset": "BTC", "price": "1"})
    member, _ = served.control("POST", "clock", {"mode": "run", "colour": "red"})
    served.control("POST", "clock", {"mode": "run"})

    assert after["now"]["ns"] == before["now"]["ns"] + 5_000_000_000
    assert after["mode"] == "pause"
    assert (index, member) == (409, 400)
