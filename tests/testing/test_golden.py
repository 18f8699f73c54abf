"""Golden logs: what counts at each level, and a failure that says where a run parted and what to do next."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simexchange.errors import ConfigError
from simexchange.testing import LocalExchange, local
from simexchange.testing.golden import Golden, GoldenMismatch, read
from tests.testing.suites import run


def trade(qty: str = "0.1", noise: str = "", name: str = "x1", *, hold: str = "9h") -> LocalExchange:
    """A run: a short of *qty*, held over a funding. *noise* is somebody else's trade before it."""
    with local(seed=5) as exchange:
        if noise:
            exchange.market("ETHUSDT").price = noise
        alice = exchange.account("alice", USDT=10_000)
        alice.buy("BTCUSDT", 0.01, client_id=f"{name}-spot")
        alice.sell("BTCUSDT", qty, kind="perp", client_id=name)
        exchange.advance(hold)
    return exchange


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Golden]:
    """Golden logs of `trade()` at a level, and what compares with them."""

    def write(level: str) -> Golden:
        Golden(tmp_path, mode="update").check(trade(), f"{level}.jsonl", level)
        return Golden(
            tmp_path, accept="pytest test_me --simx-golden=update", keep=lambda view: view.save(tmp_path / "now")
        )

    return write


@pytest.mark.parametrize("level", ["exact", "business", "final"])
def test_the_same_run_is_the_same_at_every_level(level: str, written: Callable[[str], Golden]) -> None:
    written(level).check(trade(), f"{level}.jsonl", level)


@pytest.mark.parametrize(
    ("level", "noise", "name", "same"),
    [
        ("exact", "3100", "x1", False),
        ("exact", "", "y9", False),
        ("business", "3100", "y9", True),
        ("final", "3100", "y9", True),
    ],
)
def test_levels_differ_in_what_they_overlook(
    level: str, noise: str, name: str, same: bool, written: Callable[[str], Golden]
) -> None:
    """Prices elsewhere, and names that libraries draw by chance, are no business of the account's."""
    golden, found = written(level), trade(noise=noise, name=name)
    if same:
        golden.check(found, f"{level}.jsonl", level)
    else:
        with pytest.raises(GoldenMismatch):
            golden.check(found, f"{level}.jsonl", level)


def test_a_mismatch_names_event_cause_history_fields_state_and_what_to_do(
    written: Callable[[str], Golden], tmp_path: Path
) -> None:
    with pytest.raises(GoldenMismatch) as mismatch:
        written("business").check(trade("0.2"), "business.jsonl")
    lines = str(mismatch.value).splitlines()
    difference = mismatch.value.difference

    assert difference is not None
    assert lines[0] == (
        f"golden business.jsonl (business): event {difference.seq} differs: OrderAccepted qty: 0.2, expected 0.1"
    )
    assert lines[2].startswith("caused by: PlaceOrder(account=alice market=perp:BTC-USDT side=SELL kind=MARKET qty=0.2")
    assert "the 5 events before:" in lines
    assert sum(line.lstrip()[:1].isdigit() for line in lines) == 5
    assert "  events[1].qty: 0.2, expected 0.1" in lines
    assert any(line.startswith("first difference in state: alice.positions.perp:BTC-USDT: -0.2 at") for line in lines)
    assert "margin ratio of usdm USDT" in str(mismatch.value)
    assert f"  simexchange inspect {tmp_path / 'now'} --from {difference.seq - 5} --limit 10" in lines
    assert lines[-1] == "  pytest test_me --simx-golden=update"


def test_what_the_engine_did_by_itself_is_led_back_to_a_command(written: Callable[[str], Golden]) -> None:
    """Another rate at the same instant: the payment differs, and the cause is the time that passed."""
    golden = written("business")
    with local(seed=5) as found:
        alice = found.account("alice", USDT=10_000)
        alice.buy("BTCUSDT", 0.01, client_id="x1-spot")
        alice.sell("BTCUSDT", "0.1", kind="perp", client_id="x1")
        found.market("BTCUSDT").mark = 60_600
        found.advance("9h")

    with pytest.raises(GoldenMismatch, match=r"FundingPaid amount: 0\.606, expected 0\.6") as mismatch:
        golden.check(found, "business.jsonl")
    assert "caused by: PassTime()" in str(mismatch.value)


def test_more_and_less_than_expected_are_told(written: Callable[[str], Golden]) -> None:
    golden = written("business")
    with pytest.raises(GoldenMismatch, match="is one more than expected: FundingPaid"):
        golden.check(trade(hold="17h"), "business.jsonl")
    with pytest.raises(GoldenMismatch, match="an event is missing at the end: expected FundingPaid"):
        golden.check(trade(hold="7h"), "business.jsonl")


def test_the_end_alone_is_compared_by_account(written: Callable[[str], Golden]) -> None:
    with pytest.raises(GoldenMismatch, match=r"account alice ends otherwise: balances\.usdm\.USDT: 10001.*expected"):
        written("final").check(trade("0.2"), "final.jsonl", "final")


def test_a_missing_one_is_no_agreement(tmp_path: Path) -> None:
    with pytest.raises(GoldenMismatch, match="there is no golden log"):
        Golden(tmp_path).check(trade(), "new.jsonl")

    made = Golden(tmp_path, mode="missing")
    made.check(trade(), "new.jsonl")
    assert made.written == [tmp_path / "new.jsonl"]
    with pytest.raises(GoldenMismatch, match="differs"):
        made.check(trade("0.2"), "new.jsonl")


def test_what_is_written_is_lines_a_person_can_read(written: Callable[[str], Golden], tmp_path: Path) -> None:
    written("business")
    first, *rest = (tmp_path / "business.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in rest]

    assert json.loads(first) == {"simexchange_golden": 1, "level": "business", "seed": 5, "start": 1704067200000000000}
    assert {event["type"] for line in lines for event in line["events"]} == {
        "AccountOpened", "FundsDeposited", "OrderAccepted", "TradeExecuted", "FundingPaid",
    }  # fmt: skip
    assert lines[-1]["after"]["alice"]["positions"] == {"perp:BTC-USDT": "-0.1 at 59999.9"}
    assert "maker" not in next(event for line in lines for event in line["events"] if event["type"] == "TradeExecuted")


def test_a_packed_one_is_the_same(tmp_path: Path) -> None:
    Golden(tmp_path, mode="update").check(trade(), "packed.jsonl.gz")
    again = Golden(tmp_path, mode="update")
    again.check(trade(), "packed.jsonl.gz")

    assert read(tmp_path / "packed.jsonl.gz")[0].level == "business"
    assert not again.written


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"simexchange_golden":9,"level":"exact","seed":1,"start":1}', b"\xff"]
)
def test_what_is_no_golden_log_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_bytes(content)
    with pytest.raises(ConfigError, match="golden log"):
        Golden(tmp_path).check(trade(), "odd.jsonl")


def test_another_level_or_seed_is_said(written: Callable[[str], Golden]) -> None:
    golden = written("final")
    with pytest.raises(GoldenMismatch, match="was written at level 'final', not 'business'"):
        golden.check(trade(), "final.jsonl")
    with local(seed=6) as other:
        other.account("alice", USDT=1)
    with pytest.raises(GoldenMismatch, match="note: the seed is 6, and was 5"):
        golden.check(other, "final.jsonl", "final")


def test_the_option_writes_and_a_later_run_compares(tmp_path: Path) -> None:
    source = """
        import os

        def test_it(exchange, golden):
            exchange.account("a", USDT=10_000).buy("BTCUSDT", os.environ["QTY"])
            golden.check(exchange.log, "it.jsonl")
    """
    wrote = run(tmp_path, source, "--simx-golden=update", env={"QTY": "0.1"})
    # Named from elsewhere, as where a project's settings lie a folder higher.
    failed = run(tmp_path, source, f"--rootdir={tmp_path.parent}", env={"QTY": "0.15"})

    assert wrote.counts(passed=1), wrote.said
    assert "simexchange golden logs written" in wrote.said
    assert (tmp_path / "golden" / "it.jsonl").exists()
    assert failed.counts(failed=1), failed.said
    assert "event 51 differs: OrderAccepted qty: 0.15, expected 0.1" in failed.said
    assert "pytest test_it.py::test_it --simx-golden=update" in failed.said
