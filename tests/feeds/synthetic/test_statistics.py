"""What half an hour of the synthetic market is like. The long measurement is scripts/synthetic_check.py."""

import pytest

from simexchange.core.invariants import check
from simexchange.core.vocabulary.units import MINUTE
from simexchange.feeds.synthetic import SyntheticFeed
from tests.feeds.synthetic.market import Market4
from tests.feeds.synthetic.measures import (
    YEAR_OF_MINUTES,
    Watcher,
    autocorrelation,
    overlapping_autocorrelation,
    quantile,
    returns,
    root_mean_square,
    yearly,
)

MARKETS = ("spot:BTC-USDT", "perp:BTC-USDT", "spot:ETH-USDT", "perp:ETH-USDT")
SPAN = 30 * MINUTE


@pytest.fixture(scope="module")
def exchange() -> Market4:
    return Market4(SyntheticFeed(), seed=2)


@pytest.fixture(scope="module")
def watcher(exchange: Market4) -> Watcher:
    """Half an hour, looked at after every beat."""
    exchange.keep = False
    watching = Watcher(exchange.state)
    exchange.listeners.append(watching.listen)
    for at in exchange.beats(SPAN):
        watching.look(at, exchange.feed_state)
    return watching


def test_money_still_sums_to_zero_and_nobody_was_refused_anything(exchange: Market4, watcher: Watcher) -> None:
    check(exchange.state)

    assert watcher.refused == []


@pytest.mark.parametrize("market", MARKETS)
def test_the_book_is_never_crossed_and_has_five_levels_on_both_sides(
    exchange: Market4, watcher: Watcher, market: str
) -> None:
    series = watcher.series[exchange.market(market)]

    assert series.looks > 17_000
    assert series.crossed == 0
    assert series.shallow <= series.looks // 1_000


@pytest.mark.parametrize("market", MARKETS)
def test_minutes_are_as_volatile_as_the_index_was_meant_to_be(exchange: Market4, watcher: Watcher, market: str) -> None:
    """Input: base volatility × agitation. Half an hour has few minutes, so every second's start of one is used."""
    place = 0 if "BTC" in market else 1
    given = exchange.feed.settings.indexes[place].volatility * root_mean_square(
        [row[place] for row in watcher.agitations]
    )
    mids = watcher.series[exchange.market(market)].mids
    moves = [move for shift in range(60) for move in returns(mids[shift:], 60)]

    assert 0.7 < yearly(moves, YEAR_OF_MINUTES) / given < 1.3


@pytest.mark.parametrize("market", MARKETS)
def test_order_flow_has_memory(exchange: Market4, watcher: Watcher, market: str) -> None:
    series = watcher.series[exchange.market(market)]

    assert len(series.signs) > 1_000
    assert 0.2 < autocorrelation(series.signs, 1) < 0.8


@pytest.mark.parametrize("market", MARKETS)
def test_but_participants_add_no_memory_to_returns(exchange: Market4, watcher: Watcher, market: str) -> None:
    """The index is a martingale: what autocorrelation its own sample has is chance, and the market adds none."""
    place = 0 if "BTC" in market else 1
    mids = watcher.series[exchange.market(market)].mids
    index = [row[place] for row in watcher.indexes]

    added = overlapping_autocorrelation(mids, 60) - overlapping_autocorrelation(index, 60)

    assert abs(added) < 0.05
    assert abs(autocorrelation(returns(mids, 1), 1)) < 0.1


@pytest.mark.parametrize("pair", ["BTC-USDT", "ETH-USDT"])
def test_the_perpetual_stays_near_spot(exchange: Market4, watcher: Watcher, pair: str) -> None:
    spot, perpetual = (watcher.series[exchange.market(f"{kind}:{pair}")].mids for kind in ("spot", "perp"))
    gaps = [(p - s) / s * 10_000 for s, p in zip(spot, perpetual, strict=True)]

    assert quantile(gaps, 0.01) > -15
    assert quantile(gaps, 0.99) < 15


@pytest.mark.parametrize("market", MARKETS)
def test_spreads_are_those_of_a_liquid_market(exchange: Market4, watcher: Watcher, market: str) -> None:
    """Basis points."""
    spreads = watcher.series[exchange.market(market)].spreads

    assert 0.05 < quantile(spreads, 0.5) < 1.0
    assert quantile(spreads, 0.99) < 10.0
