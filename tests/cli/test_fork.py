"""`simexchange fork` and `impact` as a person and as a script meet them."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from simexchange.eventlog.jsonl import export
from simexchange.eventlog.locate import open_log
from tests.cli.running import ask, serving
from tests.eventlog.world import busy_world


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log in which much has happened."""
    path = tmp_path / "busy.jsonl"
    path.write_bytes(b"".join(export(busy_world().log, header=True)))
    return path


def answer(*words: object) -> Any:
    said = ask("fork", *words, "--json")
    assert (said.code, said.err) == (0, ""), said
    return json.loads(said.out)


def test_a_fork_is_made_beside_its_parent_under_a_name_nobody_has(log: Path) -> None:
    first, second = (answer(log, "--at", 30) for _ in range(2))

    assert [Path(each["folder"]).name for each in (first, second)] == ["busy-fork-30", "busy-fork-30-2"]
    assert (first["parent"], first["seq"], first["records"]) == ("busy.jsonl", 30, 30)
    assert ask("verify", first["folder"]).code == 0
    assert Path(answer(log, "--name", "other")["folder"]) == log.parent / "other"
    assert Path(answer(log, "-o", log.parent / "deep" / "er")["folder"]) == log.parent / "deep" / "er"


def test_a_pinned_fork_with_nothing_changed_is_the_parent(log: Path) -> None:
    made = answer(log, "--at", 30, "--pinned")

    found = made["divergence"]
    assert (found["same"], found["first"]) == (True, None)
    assert list(open_log(made["folder"]).read()) == list(busy_world().log.read())
    assert json.loads(Path(made["folder"], "divergence.json").read_text()) == found


def test_a_person_reads_what_came_out_otherwise(log: Path) -> None:
    """Put in, left out, the first record, refusals, trades, and who has what in the end."""
    said = ask("fork", log, "--at", 30, "--pinned", "--without", "taker", "--deposit", "maker:usdm.USDT=50")

    assert said.code == 0
    lines = said.out.splitlines()
    assert any(line.startswith("  put in Deposit ") for line in lines)
    assert any(line.startswith("  left out ") for line in lines)
    assert any(line.startswith("first otherwise: record ") for line in lines)
    assert any(" trades were lost" in line for line in lines)
    assert any(line.startswith("taker: ") for line in lines)
    folder = lines[0].split(" has the records")[0]
    assert ask("recheck", folder).code == 0


def test_what_is_otherwise_at_the_fork_is_in_a_free_one_too(log: Path) -> None:
    made = answer(log, "--at", 30, "--deposit", "maker:usdm.USDT=50")

    found = open_log(made["folder"])
    assert found.last_seq == 31
    assert ask("recheck", made["folder"]).code == 0


def test_orders_of_ones_own_are_records_as_an_export_prints_them(log: Path) -> None:
    """The account's own, handed in again where they were: nothing is otherwise."""
    exported = ask("export", log).out.splitlines()
    mine = [line for line in exported[30:] if json.loads(line)[2] == "client"]
    orders = log.parent / "mine.jsonl"
    orders.write_text("\n".join(mine))

    made = answer(log, "--at", 30, "--pinned", "--without-clients", "--orders", orders)

    assert made["divergence"]["same"]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--at", 9999), 3, "there is no record 9999"),
        (("--at", 30, "--without", "taker"), 2, "add --pinned"),
        (("--at", 30, "--pinned", "--without", "nobody"), 3, "there is no account nobody"),
        (
            ("--at", 30, "--deposit", "maker:unified.USDT=5"),
            3,
            "maker has no wallet 'unified': spot, usdm, coinm, funding",
        ),
        (("--at", 30, "--tier", "maker"), 2, "write ACCOUNT=TIER"),
        (("--at", 30, "--tier", "nobody=VIP1"), 3, "there is no account 'nobody'"),
        (("--at", 30, "--tier", "maker=VIP99"), 3, "there is no tier 'VIP99'"),
        (("--at", 30, "--leverage", "spot"), 2, "write the account first"),
        (("--at", 30, "--deposit", "maker:usdm.USDT=x"), 2, "--deposit"),
        (("--at", 30, "-o", "here", "--name", "there"), 2, "exclude each other"),
        (("--at", 30, "--name", "a/b"), 2, "no name of a folder"),
        (("--at", 30, "--pinned", "--orders", "missing"), 3, "cannot be read"),
        (("--at", 30, "--leverage", "maker:perp:BTC-USDT=9999"), 3, "is refused"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    log: Path, words: tuple[object, ...], code: int, text: str
) -> None:
    said = ask("fork", log, *words)

    assert said.code == code, said
    assert text in said.one_line()
    assert [each.name for each in log.parent.iterdir()] == ["busy.jsonl"]


def test_an_empty_folder_that_was_there_is_there_again_where_nothing_came_of_it(log: Path) -> None:
    empty = log.parent / "empty"
    empty.mkdir()

    assert ask("fork", log, "--at", 30, "-o", empty, "--tier", "nobody=VIP3").code == 3
    assert list(empty.iterdir()) == []


def test_an_order_that_is_none_is_named_by_its_line(log: Path) -> None:
    orders = log.parent / "mine.jsonl"
    orders.write_text('{"header":1}\n[1,2]\n')

    said = ask("fork", log, "--pinned", "--orders", orders)

    assert said.code == 3
    assert "line 2" in said.one_line()


def test_the_impact_of_orders_is_told_in_words_and_as_json(log: Path) -> None:
    said = ask("impact", log, "--account", "taker")
    row = json.loads(ask("impact", log, "--account", "taker", "--json").out)

    assert said.code == 0
    assert "spot:BTC-USDT" in said.out
    assert [each["market"] for each in row["markets"]][:1] == ["spot:BTC-USDT"]
    missing = ask("impact", log, "--account", "nobody")
    assert (missing.code, "no account nobody" in missing.one_line()) == (3, True)


def test_the_impact_in_a_log_of_a_ladder_is_asked_for_as_in_any_other(tmp_path: Path) -> None:
    """Its feed is found by itself, and a scenario is said as it was served."""
    with serving(tmp_path, "--data", tmp_path / "run", "--preset", "static", "--speed", "paused") as served:
        served.control("POST", "clock", {"mode": "jump", "to": "+5s"})
        assert served.end(signal.SIGTERM).code == 0

    nobody = ask("impact", tmp_path / "run")
    other = ask("impact", tmp_path / "run", "--scenario", "nothing-of-the-kind")

    assert (nobody.code, "nothing to leave out" in nobody.one_line()) == (3, True)
    assert (other.code, "nothing-of-the-kind" in other.one_line()) == (3, True)


def test_a_short_fork_answers_as_its_parent_did(tmp_path: Path) -> None:
    """It begins at the checkpoint that was given a name; candles, trades and depth of before are in it."""
    asked = (
        "klines?symbol=BTCUSDT&interval=1m",
        "trades?symbol=BTCUSDT",
        "depth?symbol=BTCUSDT",
        "ticker/24hr?symbol=BTCUSDT",
    )
    with serving(tmp_path, "--data", tmp_path / "run", "--speed", "paused", "--history", "1h") as parent:
        parent.control("POST", "clock", {"mode": "jump", "to": "+30s"})
        saved = json.loads(ask("checkpoint", "save", parent.ready_file, "here", "--json").out)
        parent.control("POST", "deposit", {"account": "demo", "wallet": "spot", "asset": "USDT", "amount": "1"})
        seen = [parent.call("GET", f"/api/v3/{each}") for each in asked]
        words = ("fork", tmp_path / "run", "--short", "-o", tmp_path / "short", "--json")
        for _ in range(100):
            # A process of its own makes the checkpoint.
            if (said := ask(*words)).code == 0:
                break
            assert "leave out --short" in said.one_line()
            time.sleep(0.1)
    made = json.loads(said.out)
    assert (made["seq"], made["records"]) == (saved["seq"] + 1, 1)

    with serving(tmp_path, "--data", tmp_path / "short", "--speed", "paused", "--history", "1h") as fork:
        assert [fork.call("GET", f"/api/v3/{each}") for each in asked] == seen
        assert fork.accounts()["demo"]["spot USDT"] == "100001"


def test_a_running_exchange_is_forked_and_the_fork_is_served(tmp_path: Path) -> None:
    """It goes on by itself, with the same keys; and with the parent's flow, where that is wanted."""
    with serving(tmp_path, "--data", tmp_path / "run", "--speed", "60x") as parent:
        made = json.loads(ask("fork", tmp_path / "run", "-o", tmp_path / "free", "--json").out)
        keys = parent.ready["accounts"]
        _, health = parent.control("GET", "health")
        assert parent.end(signal.SIGTERM).code == 0

    with serving(tmp_path, "--data", tmp_path / "free", "--speed", "60x") as fork:
        assert fork.ready["accounts"] == keys
        _, now = fork.control("GET", "health")
        assert now["seq"] > made["seq"]
    assert made["seq"] <= health["seq"]
    pinned = json.loads(ask("fork", tmp_path / "run", "--at", made["seq"], "-o", tmp_path / "same", "--json").out)
    assert pinned["digest"] == made["digest"]
    with serving(
        tmp_path, "--data", tmp_path / "same", "--feed", f"pinned:{tmp_path / 'run'}", "--speed", "60x"
    ) as fork:
        assert fork.ready["accounts"] == keys
    ours = list(open_log(str(tmp_path / "same")).read())
    theirs = list(open_log(str(tmp_path / "run")).read())
    together = min(len(ours), len(theirs))
    assert ours[:together] == theirs[:together]
    assert together > made["seq"]
    other = ask("serve", "--feed", f"pinned:{tmp_path / 'run'}", "--port", 0, "--ephemeral")
    assert other.code == 3
    assert "make one with `simexchange fork`" in other.one_line()
