"""The impact of somebody's orders, where the answer is known."""

import pytest

from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.replay import records, replay
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.impact import Gap, impact
from tests.core.world import SPOT
from tests.eventlog.world import LoggedWorld
from tests.runtime.test_pinning import market

__all__ = ["market"]


@pytest.fixture(scope="module")
def static() -> EventLog:
    """A book nobody touches but one: bids at 99, asks at 101, 102 and 103; the middle is 100."""
    world = LoggedWorld(cash=10_000)
    maker, taker = world.people[:2]
    maker.buys(5, at=99)
    for price in (101, 102, 103):
        maker.sells(1, at=price)
    world.later(10)
    taker.buys(2, at=102)
    world.later(10)
    maker.buys("0.5", at=98)
    return world.log


def test_a_buy_that_walks_up_two_levels_moved_the_middle_by_one(static: EventLog) -> None:
    """It took 101 and 102: bids 99, asks 103 make 101 instead of 100, from then to the end."""
    found = impact(static, [_names(static)[1]], [], _before_last_order(static))

    assert (found.left_out, found.end - found.start) == (1, 10 * SECOND)
    (row,) = found.markets
    assert (row.market, row.sold) == (SPOT, None)
    assert row.bought is not None
    assert (row.bought.trades, row.bought.qty, row.bought.price, row.bought.untouched) == (2, "2", "101.5", "100")
    assert row.bought.gap == Gap("1.5", "150")
    assert (row.mean, row.greatest, row.end) == (Gap("1", "100"),) * 3
    assert (row.price_with, row.price_without) == ("101", "100")


def test_the_mean_is_over_time_and_the_greatest_has_its_instant() -> None:
    """Half a step up for ten seconds and a whole one for thirty."""
    world = LoggedWorld(cash=10_000)
    maker, taker = world.people[:2]
    maker.buys(5, at=99)
    for price in (101, 102, 103):
        maker.sells(1, at=price)
    world.later(5)
    before = world.log.last_seq
    taker.buys(1, at=101)
    world.later(10)
    taker.buys(1, at=102)
    second = world.at
    world.later(30)
    maker.buys("0.5", at=98)

    (row,) = impact(world.log, [_names(world.log)[1]], [], before).markets

    assert row.mean == Gap("0.875", "87.5")
    assert (row.greatest, row.greatest_at) == (Gap("1", "100"), second)


def test_a_sale_moves_it_down() -> None:
    """Price and basis points are below zero, and cut toward it."""
    world = LoggedWorld(cash=10_000)
    maker, taker = world.people[:2]
    maker.buys(1, at=100)
    maker.buys(1, at=98)
    maker.sells(1, at=102)
    world.later(1)
    taker.sells(1, at=100)
    world.later(1)

    (row,) = impact(world.log, [_names(world.log)[1]], []).markets

    assert row.sold is not None
    assert (row.sold.price, row.sold.untouched, row.sold.gap) == ("100", "101", Gap("-1", "-99.00990099"))
    assert (row.end, row.price_with, row.price_without) == (Gap("-1", "-99.00990099"), "100", "101")


def test_in_a_market_that_answers_the_others_are_run_again(market: EventLog) -> None:
    """The agents answer the book they find: with nobody left out, theirs is the same path."""
    feeds = [SyntheticFeed(Settings(history=Nanos(0)))]

    found = impact(market, ["demo"], feeds)

    assert found.left_out == 12
    row = next(each for each in found.markets if each.market == "perp:BTC-USDT")
    assert row.bought is not None
    assert row.sold is not None
    assert (row.bought.trades >= 8, row.sold.trades >= 4) == (True, True)
    assert row.greatest.price != "0"
    everybody = impact(market, [], [SyntheticFeed(Settings(history=Nanos(0)))])
    assert everybody.markets == found.markets


def test_other_feeds_than_the_logs_are_refused(market: EventLog) -> None:
    """Their path would be no answer to the question."""
    with pytest.raises(ConfigError, match="give the options it was served with"):
        impact(market, ["demo"], [SyntheticFeed(Settings(history=Nanos(0), markets=("spot:ETH-USDT",)))])


def test_who_is_not_there_is_named(static: EventLog) -> None:
    with pytest.raises(NotThere, match="no account nobody"):
        impact(static, ["nobody"], [])
    with pytest.raises(NotThere, match="no command of their clients"):
        impact(static, [_names(static)[1]], [], static.last_seq - 1)


def _names(log: EventLog) -> list[str]:
    return [account.name for account in replay(log).accounts.values() if account.account_class.name == "USER"]


def _before_last_order(log: EventLog) -> int:
    """The record before the taker's order."""
    taker = replay(log).account_no[_names(log)[1]]
    return max(r.seq for r in records(log) if isinstance(r.command, PlaceOrder) and r.command.account == taker) - 1
