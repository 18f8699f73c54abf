"""`simexchange accounts`, of an exchange that runs; and what of it is still there after it was killed."""

import json
import signal
from pathlib import Path

from tests.cli.running import ask, serving

FED = ("--feed", "none")


def test_accounts_are_opened_given_money_and_begun_anew(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with serving(tmp_path, *FED, "--account", "alice:spot.USDT=1000,usdm.USDT=500"):
        opened = ask("accounts", "open", ready, "bot", "usdm.USDT=20", "BTC=1", "--parent", "alice")
        lines = ask("accounts", "list", ready).out.splitlines()
        given = ask("accounts", "top-up", ready, "bot", "USDT=5", "funding.USDT=6")
        anew = ask("accounts", "reset", ready, "alice", "usdm.USDT=42.5", "--close")
        emptied = ask("accounts", "reset", ready, "bot")
        rows = [json.loads(line) for line in ask("accounts", "list", ready, "--json").out.splitlines()]

    assert opened.out.startswith("sim")
    assert ":" in opened.out
    assert lines == [
        "alice  spot.USDT=1000 usdm.USDT=500",
        "bot  under alice  spot.BTC=1 usdm.USDT=20",
    ]
    assert given.out.splitlines() == ["bot  spot.USDT  free 5  held 0", "bot  funding.USDT  free 6  held 0"]
    assert anew.out.splitlines() == ["canceled 0, closed 0", "alice  usdm.USDT=42.5"]
    assert emptied.out.splitlines() == ["canceled 0, closed 0", "bot  under alice  nothing"]
    assert [(row["name"], row["parent"]) for row in rows] == [("alice", ""), ("bot", "alice")]


def test_what_cannot_be_done_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with serving(tmp_path, *FED, "--account", "alice"):
        said = [
            ask("accounts", "top-up", ready, "nobody", "USDT=1"),
            ask("accounts", "top-up", ready, "alice"),
            ask("accounts", "top-up", ready, "alice", "USDT"),
            ask("accounts", "top-up", ready, "alice", "pocket.USDT=1"),
            ask("accounts", "top-up", ready, "alice", "USDT=1", "spot.USDT=2"),
            ask("accounts", "top-up", ready, "alice", "USDT=-1"),
            ask("accounts", "reset", ready, "nobody"),
            ask("accounts", "open", ready, "alice"),
            ask("accounts", "join", ready, "alice", "alice"),
        ]
    said += [ask("accounts", "list", ready), ask("accounts", "list", tmp_path)]

    assert [each.code for each in said] == [3] * len(said)
    assert all(each.one_line() for each in said)


def test_families_and_resets_are_there_again_after_the_exchange_was_killed(tmp_path: Path) -> None:
    data, ready = tmp_path / "data", tmp_path / "ready.json"
    with serving(tmp_path, *FED, "--data", data, "--account", "alice:spot.USDT=1000", "--account", "bob") as served:
        joined = ask("accounts", "join", ready, "bob", "alice")
        ask("accounts", "reset", ready, "alice", "USDT=77")
        ask("accounts", "top-up", ready, "bob", "funding.USDT=3")
        key = ask("keys", "make", ready, "bob", "--permit", "reading").out.partition(":")[0]
        before = ask("accounts", "list", ready).out
        served.end(signal.SIGKILL)
    with serving(tmp_path, *FED, "--data", data):
        after = ask("accounts", "list", ready).out
        keys = ask("keys", "list", ready).out
    checked = ask("recheck", data)

    assert joined.out == "bob is a sub-account of alice\n"
    assert before == after == "alice  spot.USDT=77\nbob  under alice  funding.USDT=3\n"
    assert f"{key}  may: reading" in keys
    assert checked.code == 0
