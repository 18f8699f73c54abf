"""The five scenarios of Binance's trailing-stop page, trade by trade (see `trailing.FAQ`)."""

from __future__ import annotations

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.orders import Side
from tests.core.world import Events, kinds, only, units
from tests.golden.trailing import Walk

BUY, SELL = Side.BUY, Side.SELL


def began(events: Events) -> list[int]:
    """Where trailing orders began to follow."""
    return [event.price for event in only(events, ev.TrailingStarted)]


def test_scenario_a_a_trailing_stop_loss_to_buy() -> None:
    """Stop 44,000, 5 %: a fall to 37,000 is not followed; from 44,000 up, down to 42,000, it wakes at 44,100."""
    walk = Walk("40000")
    walk.trails(BUY, "STOP_LOSS_LIMIT", "45000", 500, "44000")

    assert walk.to("40000", "37000", "43500") == []
    assert began(walk.at("44000")) == [units(44_000)]
    assert walk.to("44000", "45000", "46000", "42000") == []
    assert walk.to("42000", "44099.99") == []
    assert walk.to("44099.99", "44100") == ["44100"]


def test_scenario_b_a_trailing_stop_loss_to_sell() -> None:
    """Stop 39,000, 10 %: followed from there to 41,000, it wakes at 36,900."""
    walk = Walk("40000")
    walk.trails(SELL, "STOP_LOSS_LIMIT", "38000", 1000, "39000")

    assert walk.to("40000", "41500", "39500") == []
    assert began(walk.at("39000")) == [units(39_000)]
    assert walk.to("39000", "37000", "41000", "36900.01") == []
    assert walk.to("36900.01", "36900") == ["36900"]


def test_scenario_c_a_trailing_take_profit_to_buy() -> None:
    """Stop 38,000, 8.5 %: down to 37,000, up to 39,000 and back change nothing; it wakes at 40,145."""
    walk = Walk("40000")
    walk.trails(BUY, "TAKE_PROFIT_LIMIT", "38500", 850, "38000")

    assert walk.to("40000", "42000", "38500") == []
    assert began(walk.at("38000")) == [units(38_000)]
    assert walk.to("38000", "37000", "39000", "38000", "40144.99") == []
    assert walk.to("40144.99", "40145") == ["40145"]


def test_scenario_d_a_trailing_take_profit_to_sell() -> None:
    """Stop 42,000, 7.5 %: up to 45,000, 44,000, up to 46,500; it wakes at 43,012.5."""
    walk = Walk("40000")
    walk.trails(SELL, "TAKE_PROFIT_LIMIT", "41000", 750, "42000")

    assert walk.to("40000", "41500", "39000", "41500") == []
    assert began(walk.at("42000")) == [units(42_000)]
    assert walk.to("42000", "45000", "44000", "46500", "43012.51") == []
    assert walk.to("43012.51", "43012.5") == ["43012.5"]


def test_scenario_e_a_trailing_stop_without_a_stop_price() -> None:
    """7 % below the highest from the start: 42,000, 39,500, 45,500; it wakes at 42,315."""
    walk = Walk("40000")
    placed = walk.trails(SELL, "STOP_LOSS_LIMIT", "39000", 700)

    assert kinds(placed) == ["OrderAccepted", "TrailingStarted"]
    assert began(placed) == [units(40_000)]
    assert walk.to("40000", "42000", "39500", "45500", "42315.01") == []
    assert walk.to("42315.01", "42315") == ["42315"]


def test_a_gap_begins_at_the_trade_that_passes_the_stop_price() -> None:
    """The trade that activates sets the extreme: 44,700 is the lowest price, though 44,000 was the stop."""
    walk = Walk("40000")
    walk.trails(BUY, "STOP_LOSS_LIMIT", "50000", 500, "44000")

    assert began(walk.at("44700")) == [units(44_700)]
    assert walk.to("44700", "46934.99") == []
    assert walk.to("46934.99", "46935") == ["46935"]
