"""A log in a notebook: lazily imported, exact, and safe to show."""

import subprocess
import sys
from pathlib import Path

import pytest

import simexchange as sx
from simexchange.core.vocabulary import commands as cmd
from simexchange.errors import LogUnreadable, NotThere, UsageError
from tests.eventlog.world import busy_world

FIXTURE = Path("fixtures/logs/liquidation.jsonl")


def test_a_run_tells_its_tables_accounts_and_books() -> None:
    with sx.Run(FIXTURE) as run:
        fills = list(run.table("fills"))

        assert run.header.seed == run.state.seed
        assert {row["account"] for row in fills} <= set(run.accounts)
        assert run.markets
        assert f"{run.log.last_seq} records" in repr(run)
        assert run.log.last_digest.hex() in run._repr_html_()
        assert "<th>price</th>" in run.table("fills")._repr_html_()
        assert "<caption>" in run.book(run.markets[0])._repr_html_()


def test_what_is_open_is_shown_with_its_distance_to_the_end() -> None:
    world = busy_world()
    run = sx.Run(world.log)

    account = run.account("maker")
    (position, *_) = account.positions
    html = account._repr_html_()

    assert position.figures.qty == world.state.accounts[world.maker.no].positions[world.market].qty
    assert (position.distance is None) == ("to liquidation" not in html)
    assert "<td>spot</td>" in html


def test_returns_are_handed_over_period_by_period() -> None:
    """Eight hours and some seconds: as many hours, and what they come to is the growth of all of them."""
    world = busy_world()
    run = sx.Run(world.log)

    hourly = run.returns("taker", "1h")
    whole = run.returns("taker", "8h")

    assert [end[11:16] for end, _ in hourly][:2] == ["23:13", "00:13"]
    assert len(hourly) == 8
    grown = 1.0
    for _, share in hourly:
        grown *= 1 + share
    assert [share for _, share in whole] == pytest.approx([grown - 1])
    with pytest.raises(UsageError, match="there is no period '7m': 1s, 1m"):
        run.returns("taker", "7m")
    with pytest.raises(NotThere):
        run.returns("nobody")


def test_names_are_text_and_no_markup() -> None:
    world = busy_world()
    world.run(cmd.OpenAccount("<b>eve</b>", "binance"))
    world.run(cmd.Deposit(world.state.account_no["<b>eve</b>"], "spot", "USDT", world.state.now))  # type: ignore[arg-type]
    run = sx.Run(world.log)

    shown = [run._repr_html_(), run.account("<b>eve</b>")._repr_html_(), run.table("transfers")._repr_html_()]

    assert all("<b>" not in each for each in shown)
    assert "&lt;b&gt;eve" in shown[0]


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable, match="there is no event log"):
        sx.Run(tmp_path / "nothing")
    with sx.Run(FIXTURE) as run:
        with pytest.raises(NotThere, match="accounts of people"):
            run.account("nobody")
        with pytest.raises(NotThere, match="markets: "):
            run.book("perp:NIL")
        with pytest.raises(UsageError, match="there is no table"):
            run.table("rows")
    with pytest.raises(AttributeError, match="has no attribute 'Runs'"):
        sx.Runs  # noqa: B018 - asking is the point


def test_settings_for_a_client_load_no_engine() -> None:
    """`import simexchange` alone stays quick."""
    said = "import sys, simexchange; print('simexchange.core.engine' in sys.modules, 'polars' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True).stdout

    assert out.split() == ["False", "False"]
