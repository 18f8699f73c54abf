"""The demonstration, without a terminal and in a hurry."""

import json
import re
from pathlib import Path

from tests.cli.running import ask, run


def test_the_demo_trades_a_hedge_and_says_what_it_came_to(tmp_path: Path) -> None:
    said = run("demo", "--port", 0, "--for", "4s", "--speed", "20x", "--no-open", "--data", tmp_path / "data")

    assert (said.code, said.err) == (0, "")
    for part in ("price, spot", "price, short", "fees, spot", "fees, short", "funding", "together", "ccxt_config"):
        assert part in said.out
    told = re.search(r"(\d+) records so far, digest ([0-9a-f]{32}), money adds up: True", said.out)
    assert told is not None
    record = json.loads(ask("inspect", tmp_path / "data", "--json", "--from", told[1], "--limit", 1).out)
    assert record["digest"] == told[2]
