"""What cannot be done is said in one line that names the thing and the remedy, with a code of its own."""

import json
import os
import resource
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from tests.cli.running import MARKET_FILE, ask, command, run, serving

QUIET = ("--feed", "none", "--port", "0", "--for", "20s")


@pytest.mark.parametrize(
    "words, names",
    [
        (["--feed", "rumours"], "--feed"),
        (["--feed", "recorded:"], "--feed"),
        (["--speed", "fast"], "speed"),
        (["--for", "ever"], "--for"),
        (["--until", "5"], "--until"),
        (["--history", "long"], "--history"),
        (["--history", "522w"], "--history"),
        (["--start", "yesterday"], "--start"),
        (["--start", "9999-01-01"], "--start"),
        (["--api-date", "last winter"], "--api-date"),
        (["--durability", "maybe"], "durability"),
        (["--account", "two words"], "--account"),
        (["--account", "a@nowhere"], "--account"),
        (["--account", "a:USDT"], "--account"),
        (["--account", "a:USDT=-1"], "--account"),
        (["--account", "a:bank.USDT=1"], "--account"),
        (["--account", "a:USDT=" + "9" * 30], "--account"),
        (["--account", "insurance"], "--account"),
        (["--account", "a", "--account", "a"], "--account"),
        (["--key", "a=b"], "--key"),
        (["--data", "x", "--ephemeral"], "--ephemeral"),
    ],
)
def test_an_option_that_says_nothing_is_wrong_usage(words: list[str], names: str) -> None:
    said = ask("serve", *words)

    assert said.code == 2
    assert names in said.one_line()


@pytest.mark.parametrize("words", [[], ["fly"], ["serve", "--fly"], ["serve", "--port", "x"], ["verify"]])
def test_a_command_line_nobody_understands_is_wrong_usage(words: list[str]) -> None:
    said = ask(*words)

    assert said.code == 2
    assert "Traceback" not in said.err


def test_a_port_in_use_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run("serve", *QUIET, "--port", port, "--data", tmp_path / "data")

    assert said.code == 5
    assert f"127.0.0.1:{port}" in said.one_line()
    assert "--port" in said.err
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_named_and_the_user_of_it_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, "--feed", "none", "--data", tmp_path / "data") as served:
        said = run("serve", *QUIET, "--data", tmp_path / "data", "--ready-file", served.ready_file)
        status, _ = served.control("GET", "health")

        assert said.code == 5
        assert f"in use by process {served.process.pid}" in said.one_line()
        assert status == 200
        assert served.ready_file.exists()


@pytest.mark.parametrize("place", ["/proc/nothing", "/dev/null/x", "{tmp}/file"])
def test_a_folder_that_cannot_be_written_is_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("something else")
    said = ask("serve", *QUIET, "--data", place.format(tmp=tmp_path))

    assert said.code == 6
    assert place.format(tmp=tmp_path) in said.one_line()
    assert (tmp_path / "file").read_text() == "something else"


@pytest.mark.parametrize("place", ["{tmp}", "{tmp}/nowhere/ready.json"])
def test_a_ready_file_that_cannot_be_written_is_named_before_anything_is_made(place: str, tmp_path: Path) -> None:
    said = ask("serve", *QUIET, "--data", tmp_path / "data", "--ready-file", place.format(tmp=tmp_path))

    assert said.code == 3
    assert "--ready-file" in said.one_line()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words, names",
    [
        (["--feed", "recorded:{tmp}/nothing"], "nothing"),
        (["--market", "{tmp}/nothing.toml"], "nothing.toml"),
        (["--market", "{tmp}/broken.toml"], "broken.toml"),
        (["--market", "{tmp}/unknown.toml"], "colour"),
        (["--fees", "{tmp}/nothing.toml"], "nothing.toml"),
        (["--fees", "{tmp}/broken.toml"], "broken.toml"),
        (["--key", "nobody=k:s"], "--account nobody"),
        (["--key", "demo=" + "a" * 64 + ":s"], "--allow-any-key"),
        (["--account", "a:DOGE=1"], "DOGE"),
    ],
)
def test_a_configuration_that_cannot_be_is_named_and_nothing_is_left_behind(
    words: list[str], names: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("[market")
    (tmp_path / "unknown.toml").write_text(MARKET_FILE + 'colour = "red"\n')
    said = ask("serve", *QUIET, "--data", tmp_path / "data", *[word.format(tmp=tmp_path) for word in words])

    assert said.code == 3
    assert names in said.one_line()
    assert not (tmp_path / "data").exists()


def test_a_folder_that_was_there_stays_when_serving_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    said = ask("serve", *QUIET, "--data", tmp_path, "--key", "nobody=k:s")

    assert said.code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_real_key_is_taken_only_when_asked_for(tmp_path: Path) -> None:
    with serving(tmp_path, "--feed", "none", "--key", "demo=" + "a" * 64 + ":s", "--allow-any-key") as served:
        assert served.ready["accounts"][0]["api_key"] == "a" * 64


def test_a_damaged_log_is_not_served_and_its_sound_part_can_be_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run("serve", *QUIET, "--data", data, "--for", "0s")
    file = data / "events.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE groups SET records = replace(records, 'demo', 'dame')")
    database.close()

    served = ask("serve", *QUIET, "--data", data)
    verified = ask("verify", data, "--json")
    replayed = ask("replay", data)
    found = json.loads(verified.out)

    assert (served.code, verified.code, replayed.code) == (6, 4, 6)
    assert str(data) in served.one_line()
    assert "restore it from a copy" in served.err
    assert str(data) in replayed.one_line()
    assert (found["ok"], found["error"]["kind"]) == (False, "chain")
    assert found["last"] == found["error"]["seq"] - 1
    assert len(found["digest"]) == 32


@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 3\0" + b"x" * 500])
def test_a_file_that_is_no_log_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "events.sqlite").write_bytes(content)

    for words in (("serve", *QUIET, "--data", tmp_path), ("verify", tmp_path), ("keys", "list", tmp_path)):
        said = ask(*words)
        assert said.code == 6
        assert "events.sqlite" in said.one_line()


def test_a_log_of_a_newer_version_is_named(tmp_path: Path) -> None:
    run("serve", *QUIET, "--data", tmp_path / "data", "--for", "0s")
    lines = ask("export", tmp_path / "data", "--header").out.splitlines()
    header = json.loads(lines[0])
    newer = {**header, "schema": header["schema"] + 1}

    said = ask("verify", "-", given="\n".join([json.dumps(newer), *lines[1:]]).encode())

    assert said.code == 6
    assert "update simexchange" in said.one_line()


def test_a_full_disk_refuses_orders_and_is_told_at_the_end(tmp_path: Path) -> None:
    """What was acknowledged is there, reads go on, and the code says what happened."""

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    data = tmp_path / "data"
    with serving(tmp_path, "--speed", "60x", "--data", data, before=little_room) as served:
        waited_until = time.monotonic() + 20
        while served.control("GET", "health")[1]["storage"] == "ok" and time.monotonic() < waited_until:
            time.sleep(0.05)
        health = served.control("GET", "health")[1]
        refused = served.control(
            "POST", "deposit", {"account": "demo", "wallet": "spot", "asset": "BTC", "amount": "1"}
        )
        said = served.end(signal.SIGTERM)

    assert health["storage"] == "failed"
    assert refused[0] == 503
    assert said.code == 8
    assert "events.sqlite" in said.err
    assert "Traceback" not in said.err
    assert json.loads(ask("verify", data, "--json").out)["records"] == health["durable_seq"]


def test_an_interrupted_command_says_so(tmp_path: Path) -> None:
    import subprocess

    pipe = tmp_path / "log.jsonl"
    os.mkfifo(pipe)
    process = subprocess.Popen(command("verify", str(pipe)), stderr=subprocess.PIPE)
    # Opening our end waits for the command to open its own: then it is past its imports, and waits for us.
    with pipe.open("wb"):
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert b"Traceback" not in err
