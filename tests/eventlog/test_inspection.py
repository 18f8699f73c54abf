"""Records for people."""

import json

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.fills import Opened
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Cost, Nanos, Price, Quantity, decimal_text
from simexchange.eventlog.inspection import describe, inspect, iso_time
from simexchange.eventlog.replay import records
from tests.eventlog.world import busy_world


def test_a_record_has_names_decimals_and_times() -> None:
    """Nothing positional is left, and no unit of 10**-8."""
    world = busy_world()
    trade = next(r for r in inspect(world.log) if any(e["type"] == "TradeExecuted" for e in r["events"]))

    assert trade["at"] == "2023-11-14T22:13:20Z"
    assert trade["command"] == {
        "type": "PlaceOrder", "account": 4, "market": 1, "side": "BUY", "kind": "LIMIT", "qty": "3", "price": "102",
        "tif": "GTC", "client_id": "", "more": None,
    }  # fmt: skip
    executed = next(event for event in trade["events"] if event["type"] == "TradeExecuted")
    assert (executed["price"], executed["qty"], executed["quote"]) == ("101", "2", "202")
    assert executed["maker"]["fee_asset"] == "USDT"


def test_every_record_of_a_busy_log_can_be_shown_as_json() -> None:
    world = busy_world()

    shown = [json.loads(json.dumps(record)) for record in inspect(world.log)]

    assert [record["seq"] for record in shown] == list(range(1, world.log.last_seq + 1))
    assert [record["digest"] for record in shown] == [record.digest for record in records(world.log)]
    assert next(inspect(world.log, 50))["seq"] == 50


def test_costs_are_at_their_own_scale_and_spans_are_seconds() -> None:
    opened = Opened(PositionId(1), Quantity(-ONE // 2), Cost(-30_000 * ONE * ONE - 1))
    market = next(r.command for r in records(busy_world().log) if isinstance(r.command, cmd.ListMarket))

    assert describe(opened)["cost_after"] == "-30000.0000000000000001"
    assert describe(opened)["qty_after"] == "-0.5"
    assert describe(market)["market"]["funding_interval"] == "0s"
    assert describe(market)["market"]["expiry"] is None


def test_levels_are_pairs_of_price_and_size() -> None:
    bids = Levels.of([(100 * ONE, ONE // 2), (99 * ONE, 0)])
    frame = cmd.AdjustBook(MarketNo(1), bids, Levels.of([]), resilience=Nanos(HOUR))

    shown = describe(frame)

    assert (shown["bids"], shown["asks"], shown["resilience"]) == ([["100", "0.5"], ["99", "0"]], [], "3600s")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "0.00000001"), (-1, "-0.00000001"), (ONE, "1"), (-150_000_000, "-1.5"), (10 * ONE, "10"),
     (12_345_678_900_000_000, "123456789"), (6_000_010_000_000, "60000.1")],
)  # fmt: skip
def test_decimal_text_is_exact_and_short(value: int, text: str) -> None:
    assert decimal_text(value) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [(0, "1970-01-01T00:00:00Z"), (1_709_164_800 * 10**9, "2024-02-29T00:00:00Z"),
     (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z"),
     (1_700_000_000_000_001_000, "2023-11-14T22:13:20.000001Z"),
     (1_700_000_000_500_000_000, "2023-11-14T22:13:20.500Z")],
)  # fmt: skip
def test_times_are_iso_to_the_nanosecond(at: int, text: str) -> None:
    assert iso_time(at) == text


def test_enums_are_shown_by_name() -> None:
    printed = cmd.PrintTrade(MarketNo(1), Price(ONE), Quantity(ONE), Side.SELL)

    assert describe(printed)["aggressor"] == "SELL"
    assert describe(cmd.Deposit(AccountNo(2), "spot", "BTC", Amount(ONE)))["type"] == "Deposit"
