"""What `serve` does where the exchange fails before any client could come."""

from pathlib import Path
from typing import Any

import pytest

from simexchange.cli.exits import CONFIG, STORAGE_FAILED
from simexchange.cli.main import main
from simexchange.core import engine, settings
from simexchange.core.engine import Engine
from simexchange.core.vocabulary.commands import PlaceOrder


@pytest.mark.timeout(20)  # less than --for: it must not be that which ends serving
def test_a_writer_that_stopped_before_the_market_was_up_ends_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a book that cannot come: no ready file, one code for scripts."""
    execute = Engine.execute

    def fails_over_orders(self: Engine, command: Any, at: Any) -> Any:
        return execute(self, command, at) if not isinstance(command, PlaceOrder) else 1 // 0

    monkeypatch.setattr(Engine, "execute", fails_over_orders)
    ready = tmp_path / "ready.json"

    with pytest.raises(SystemExit) as left:
        main(["serve", "--port", "0", "--feed", "synthetic", "--ready-file", str(ready), "--for", "30s"])

    assert left.value.code == STORAGE_FAILED
    assert not ready.exists()


@pytest.mark.parametrize(
    "room, judge, what", [(engine, "fault_of_market", "ListMarket"), (settings, "fault_of_rules", "SetRules")]
)
def test_a_market_or_rules_that_the_core_refuses_are_not_served_without(
    room: Any, judge: str, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A market without rules would have no filters, no fees and no brackets: that is said, and nothing is served."""
    monkeypatch.setattr(room, judge, lambda *_: "tick: odd")

    with pytest.raises(SystemExit) as left:
        main(["serve", "--port", "0", "--feed", "none", "--for", "1s"])

    said = capsys.readouterr().err
    assert left.value.code == CONFIG
    assert said.startswith("simexchange: ")
    assert said.count("\n") == 1
    assert what in said
    assert "spot:BTC-USDT" in said
    assert "tick: odd" in said
