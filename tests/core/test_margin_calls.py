"""At 80 % of the margin balance its owner is told, once per crossing. Long 10 at 100 with 110: 1 % is needed.

Called where 10 p × 1 % ≥ (10 p − 890) × 80 %, at 712 ÷ 7.9 = 90.126… and below; liquidated at 890 ÷ 9.9 = 89.898…
"""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from tests.core.test_waterfall import long_of
from tests.core.test_waterfall_modes import isolated
from tests.core.world import kinds, only, show, units


def calls(events: list[Any]) -> list[str]:
    """What was said of calls."""
    return [kind for kind in kinds(events) if kind in ("MarginCallIssued", "MarginCallEnded", "LiquidationStarted")]


def test_a_pool_that_comes_close_is_called_once_and_again_after_it_was_not() -> None:
    world = long_of(10, 110)

    told = [calls(world.mark(price)) for price in ("90.2", "90.1", "90.05", "90.2", "90.1", "89.8")]

    assert told[:-1] == [[], ["MarginCallIssued"], [], ["MarginCallEnded"], ["MarginCallIssued"]]
    assert told[-1] == ["LiquidationStarted", "MarginCallEnded"]


def test_a_call_says_what_it_was_decided_on() -> None:
    """At 90.1 the balance is 11, needed are 9.01: 81.909… %, rounded up."""
    world = long_of(10, 110)

    (event,) = only(world.mark("90.1"), ev.MarginCallIssued)

    assert (event.account, event.wallet, event.asset) == (world.taker.no, "usdm", "USDT")
    assert [show(n) for n in (event.balance, event.maintenance, event.threshold)] == [11, 9.01, 0.8]
    assert event.ratio == 81_909_091


def test_money_brought_in_ends_a_call() -> None:
    world = long_of(10, 110)
    world.mark("90.1")

    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(10 * ONE)))

    assert calls(world.past)[-1] == "MarginCallEnded"


def test_a_call_ends_with_its_positions() -> None:
    world = long_of(10, 110)
    world.mark("90.1")
    world.third.buys(10, at="90.1")

    assert calls(world.taker.sells(10)) == ["MarginCallEnded"]


def test_a_call_is_out_while_its_pool_is_liquidated_and_ends_after_it() -> None:
    world = long_of(10, 110)
    world.mark("90.1")

    events = world.mark("89.8")

    assert calls(events) == ["LiquidationStarted", "MarginCallEnded"]


def test_whoever_falls_below_at_once_is_not_called() -> None:
    world = long_of(10, 110)

    assert calls(world.mark(80)) == ["LiquidationStarted"]


@pytest.mark.parametrize(("ratio", "first"), [("0.5", "90.8"), ("0.8", "90.1"), ("0.95", "89.9"), ("0", None)])
def test_the_ratio_is_the_rules(ratio: str, first: str | None) -> None:
    """0: nobody is called."""
    world = long_of(10, 110, bundle=Bundle("binance", margin_call_ratio=Rate(units(ratio))))

    prices = [f"{price // 10}.{price % 10}" for price in range(920, 898, -1)]
    called = [price for price in prices if "MarginCallIssued" in kinds(world.mark(price))]

    assert called == ([first] if first else [])


def test_an_isolated_position_is_called_by_itself() -> None:
    """Its own 100 are 11 at 91.1, and 9.11 are needed; the 900 beside it do not count."""
    world = isolated()

    (event,) = only(world.mark("91.1"), ev.MarginCallIssued)

    assert (event.wallet, show(event.balance), show(event.maintenance)) == (f"usdm:{world.market}", 11, 9.11)
