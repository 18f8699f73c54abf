"""`simexchange clock`, and `serve --lockstep`."""

import json
from pathlib import Path

import pytest

from simexchange.testing.lockstep import HttpStepper, LockstepEnded
from tests.cli.running import ask, serving


def test_the_clock_is_paused_stepped_jumped_and_let_run(tmp_path: Path) -> None:
    crash = ("--scenario", "flash_crash", "--set", "wait=1h", "--start", "2026-01-01T00:00:00Z")
    with serving(tmp_path, *crash) as served:
        ready = served.ready_file
        paused = json.loads(ask("clock", "pause", ready, "--json").out)
        shown = ask("clock", "show", ready).out
        there = json.loads(ask("clock", "jump", ready, "2026-01-01T00:59:59Z", "--json").out)
        stepped = json.loads(ask("clock", "step", ready, "--json").out)
        by_span = ask("clock", "jump", ready, "8h").out
        fast = ask("clock", "speed", ready, "60x").out
        ask("clock", "pause", ready)
        again = ask("clock", "run", ready).out
        refusals = [
            ask("clock", "jump", ready, "yesterday"),
            ask("clock", "jump", ready, "2020-01-01"),
            ask("clock", "jump", ready, "fill"),
            ask("clock", "jump", ready, "alarm"),
            ask("clock", "speed", ready, "paused"),
        ]

    assert paused["mode"] == "pause"
    assert shown == f"{paused['now']['iso']}  stands still\n"
    assert there["now"]["iso"] == "2026-01-01T00:59:59Z"
    # The first step of the scenario is an hour after its beginning, which was some moment after the start.
    assert stepped["now"]["iso"].startswith("2026-01-01T01:00:0")
    assert by_span.endswith("  stands still\n")
    assert fast.endswith("  passes at 60x\n")
    assert again.endswith("  passes at 60x\n")
    assert [said.code for said in refusals] == [3] * 5
    assert all(said.one_line() for said in refusals)


def test_a_ready_file_that_is_none_is_refused(tmp_path: Path) -> None:
    said = ask("clock", "show", tmp_path / "none.json")

    assert said.code == 3
    assert "is no ready file" in said.one_line()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--lockstep", "a,a"), "the same name twice"),
        (("--lockstep", "a,"), "'' is no name of a client"),
        (("--lockstep", "a b"), "'a b' is no name of a client"),
        (("--lockstep", "a", "--speed", "60x"), "--speed and --lockstep exclude each other"),
        (("--lockstep", "account:demo", "--speed", "paused"), "nobody would ever go on"),
        (("--lockstep", "account:"), "'account:' is no name of a client"),
    ],
)
def test_lockstep_options_that_make_no_sense_are_refused(words: tuple[str, ...], told: str) -> None:
    said = ask("serve", *words)

    assert said.code == 2
    assert told in said.one_line()


def test_an_account_that_is_to_be_watched_has_to_be_there(tmp_path: Path) -> None:
    said = ask("serve", "--lockstep", "account:nobody", "--feed", "none", "--port", "0", "--data", tmp_path / "log")

    assert said.code == 3
    assert "there is no account nobody; open it with --account nobody" in said.one_line()


def test_a_served_exchange_waits_for_its_clients(tmp_path: Path) -> None:
    with serving(tmp_path, "--lockstep", "bot", "--preset", "static", "--until", "2h") as served:
        url, token = served.ready["url"], served.ready["control_token"]
        stepper = HttpStepper(url, token, "bot")
        first = stepper.sleep(0)
        later = stepper.sleep(3_600)
        refused = ask("clock", "jump", served.ready_file, "8h")
        with pytest.raises(LockstepEnded, match="exchange time ends at"):
            stepper.sleep(9_000)

    assert later - first == 3_600 * 10**9
    assert refused.code == 3
    assert "exchange time passes when bot wait" in refused.one_line()
