"""`simexchange alarm`, of an exchange that runs."""

import json
from pathlib import Path

import pytest

from tests.cli.running import ask, serving


def test_alarms_are_set_listed_and_removed(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with serving(tmp_path, "--feed", "none", "--account", "alice:usdm.USDT=500"):
        added = ask("alarm", "add", ready, "alice", "margin_ratio", "50%")
        near = ask("alarm", "add", ready, "alice", "liquidation_distance", ".03", "--name", "near", "--pause")
        lines = ask("alarm", "list", ready).out.splitlines()
        removed = ask("alarm", "remove", ready, "alice", "near")
        told = json.loads(ask("alarm", "list", ready, "--account", "alice", "--json").out)
        refused = [
            ask("alarm", "add", ready, "nobody", "margin_ratio", "50%"),
            ask("alarm", "add", ready, "alice", "margin_ratio", "50%", "--market", "perp:NIL"),
            ask("alarm", "remove", ready, "alice", "near"),
            ask("alarm", "list", ready, "--account", "nobody"),
        ]

    assert added.out.strip() == "alice  margin_ratio  margin_ratio 0.5 everywhere  0 now"
    assert near.out.strip() == "alice  near  liquidation_distance 0.03 everywhere, stops the clock  none now"
    assert lines == [added.out.strip(), near.out.strip()]
    assert removed.code == 0
    assert [row["name"] for row in told["alarms"]] == ["margin_ratio"]
    assert [each.code for each in refused] == [3] * 4
    assert all(each.one_line() for each in refused)


@pytest.mark.parametrize("bound", ["50", "1", "0.123456789", "half", "-5%", "100%"])
def test_what_is_no_share_is_said_so(tmp_path: Path, bound: str) -> None:
    said = ask("alarm", "add", tmp_path / "ready.json", "alice", "margin_ratio", "--", bound)

    assert said.code == 2
