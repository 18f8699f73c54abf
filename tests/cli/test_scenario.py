"""`simexchange scenario`, and `serve --scenario`."""

import json
from pathlib import Path

import pytest

from tests.cli.running import ask, serving


def test_the_shipped_scenarios_are_listed_with_their_parameters() -> None:
    rows = json.loads(ask("scenario", "list", "--json").out)

    assert [row["name"] for row in rows] == ["calm", "flash_crash", "funding_spike"]
    assert rows[1]["parameters"]["drop"] == "25%"
    assert "flash_crash  " in ask("scenario", "list").out


def test_a_scenario_is_shown_step_by_step_with_its_parameters_filled_in() -> None:
    shown = json.loads(ask("scenario", "show", "flash_crash", "--set", "drop=30%", "--json").out)

    assert shown["steps"][1] == {"step": 2, "at": "+1m", "text": "drop 30%, over 30s, path late"}
    assert "[[step]]" in ask("scenario", "show", "flash_crash", "--toml").out
    assert "again every 1h" in ask("scenario", "show", "calm").out


def test_a_new_file_is_a_scenario_that_plays(tmp_path: Path) -> None:
    file = tmp_path / "my_crash.toml"

    assert ask("scenario", "new", file).code == 0
    assert ask("scenario", "check", file).out == "ok: my_crash, 4 steps\n"
    again = ask("scenario", "new", file)
    assert again.code == 3
    assert "is there already" in again.one_line()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("scenario", "check", "flash_crsh"), 3, "did you mean 'flash_crash'"),
        (("scenario", "show", "calm", "--set", "swing"), 2, "write NAME=VALUE"),
        (("scenario", "show", "calm", "--set", "swing=1%", "--set", "swing=2%"), 2, "said twice"),
        (("scenario", "new", "x.txt"), 2, "NAME.toml"),
        (("scenario", "new", "no/such/folder/x.toml"), 3, "cannot be written"),
        (("serve", "--set", "drop=1%"), 2, "--set is about a scenario"),
        (("serve", "--scenario", "flash_crash", "--feed", "synthetic"), 3, "only a ladder does"),
        (("serve", "--preset", "static", "--feed", "synthetic"), 2, "--preset static is a ladder"),
        (("serve", "--feed", "lader"), 2, "say synthetic, ladder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words: tuple[str, ...], code: int, told: str) -> None:
    said = ask(*words)

    assert said.code == code
    assert told in said.one_line()


def test_a_served_scenario_is_there_for_clients_and_free_of_fees(tmp_path: Path) -> None:
    crash = (
        "--scenario",
        "flash_crash",
        "--set",
        "wait=1s",
        "--set",
        "fall=1s",
        "--set",
        "rise=1s",
        "--set",
        "hold=1h",
    )
    with serving(tmp_path, *crash, "--preset", "static", "--speed", "paused") as served:
        before = served.markets()["perp:BTC-USDT"]
        _, _ = served.control("POST", "clock", {"mode": "jump", "to": "+2s"})
        after = served.markets()["perp:BTC-USDT"]
        _, rules = served.call("GET", "/fapi/v1/ticker/price?symbol=BTCUSDT")

    assert (before["mark"], after["mark"]) == ("60000", "45000")
    assert float(rules["price"]) == 45_000
