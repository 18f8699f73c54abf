"""Zero sum through cascades: whatever a crash does to thousands of leveraged accounts, no unit appears or vanishes.

``-m slow`` crashes a market of thousands, ``SIMEXCHANGE_CRASHES=20`` so many of them, each otherwise; a few hundred
people go through everything that may happen to them, too.
"""

from __future__ import annotations

import os

import pytest

from simexchange.core.vocabulary.units import HOUR, SECOND
from tests.properties.crash import EXPIRY, Crash

CRASHES = int(os.environ.get("SIMEXCHANGE_CRASHES", "1"))
FEW, MANY = 400, 2_000


@pytest.mark.parametrize(
    ("seed", "people"), [(0, FEW), *(pytest.param(seed, MANY, marks=pytest.mark.slow) for seed in range(CRASHES))]
)
@pytest.mark.timeout(600)
def test_nothing_is_made_or_lost_when_everything_falls_by_sixty_percent(seed: int, people: int) -> None:
    """Down by 60 % in steps of up to 8 %, with a bounce; then the dated contracts are delivered."""
    capital = (20_000, 0, 200_000)[seed % 3] * people // MANY
    crash = Crash(seed, people, capital=capital, policy=("one_ioc", "by_tier")[seed % 2])
    crash.everybody()
    crash.trade(people)
    holders = {no for market in crash.state.markets.values() for no, _ in market.holders}
    crash.passes(HOUR)
    floor = {index: price * 40 // 100 for index, price in crash.prices.items()}
    while any(price > floor[index] for index, price in crash.prices.items()):
        for index in crash.prices:
            up = crash.random.random() < 0.2
            crash.fall(index, crash.random.randint(1, 500) if up else -crash.random.randint(1, 800))
        crash.trade(crash.random.randint(0, 60))
        crash.passes(crash.random.randint(1, 900) * SECOND)
    crash.settled()
    while crash.at < EXPIRY:
        for index in crash.prices:
            crash.fall(index, crash.random.randint(-10, 10))
        crash.passes(600 * SECOND)
    crash.passes(HOUR)
    crash.settled()
    crash.folded()

    done = crash.counts
    assert len(holders) > people * 9 // 10
    assert done["LiquidationStarted"] == done["LiquidationFinished"] > people // 3, done
    assert all(
        done.get(kind) for kind in ("LIQUIDATION", "TAKEOVER", "ADL", "PositionDelivered", "FundingPaid", "queues")
    ), done
