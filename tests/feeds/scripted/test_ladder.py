"""The still ladder: the same orders on both sides of a price, whatever was taken from them."""

import pytest

from simexchange.config import markets
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import TradeExecuted
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, SECOND, Nanos, Price
from simexchange.feeds.scripted import NEVER_REFILLED, LadderSettings
from tests.feeds.scripted.still import PERP, SPOT, Still, events

STILL = ([(59_999.9, 10.0), (59_993.9, 10.0)], [(60_000.1, 10.0), (60_006.1, 10.0)])


def test_the_same_sizes_stand_at_the_same_distances_on_both_sides() -> None:
    still = Still()

    assert still.book() == STILL
    assert still.book(SPOT) == ([(59_999.99, 10.0), (59_993.99, 10.0)], [(60_000.01, 10.0), (60_006.01, 10.0)])
    assert (still.market().last, still.market().mark) == (60_000 * ONE, 60_000 * ONE)


def test_every_market_that_follows_an_index_has_one() -> None:
    still = Still(names=markets.preset())

    first = {name: still.book(name, levels=1) for name in still.exchange.state.market_no}
    assert len(first) == len(markets.preset()) + 2
    assert first["perp:ETH-USDT"] == ([(2_999.99, 200.0)], [(3_000.01, 200.0)])
    assert first["perp:BTC-USD"] == ([(59_999.9, 6_000.0)], [(60_000.1, 6_000.0)])
    assert first["dated:BTC-USDT-240628"] == ([(59_999.9, 10.0)], [(60_000.1, 10.0)])


def test_what_is_taken_is_back_before_anybody_else_trades() -> None:
    still = Still()
    first, second = still.account("a", USDT=1_000_000), still.account("b", USDT=1_000_000)

    prices = [
        [event.price / ONE for event in step.events if isinstance(event, TradeExecuted)]
        for step in (still.order(first, 12), still.order(second, 12))
    ]

    assert prices == [[60_000.1, 60_006.1], [60_000.1, 60_006.1]]
    still.wait(0)
    assert still.book() == STILL


def test_what_is_taken_may_come_back_later_or_never() -> None:
    later = Still(ladder=LadderSettings(refill=Nanos(5 * SECOND)))
    never = Still(ladder=LadderSettings(refill=NEVER_REFILLED))
    for still in (later, never):
        still.order(still.account("a", USDT=1_000_000), 4)
        still.wait(4.9)
        assert still.book()[1][0] == (60_000.1, 6.0)

    later.wait(0.1)
    never.wait(3_600)

    assert later.book() == STILL
    assert never.book()[1][0] == (60_000.1, 6.0)


def test_nothing_at_all_happens_while_nobody_trades() -> None:
    still = Still(names=[SPOT])
    before = still.exchange.seq

    still.wait(30 * 86_400)

    assert still.exchange.seq == before


def test_its_orders_are_of_one_account_a_market_that_needs_no_margin() -> None:
    still = Still()
    state = still.exchange.state

    orders = [order for market in state.markets.values() for level in market.book.asks for order in level]

    owners = {order.account: state.accounts[order.account] for order in orders}
    assert [(owner.name, owner.account_class) for owner in owners.values()] == [
        (f"house:{SPOT}", AccountClass.HOUSE),
        (f"house:{PERP}", AccountClass.HOUSE),
    ]


def test_an_order_in_its_way_is_filled_at_its_own_price_when_the_ladder_comes_by() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "1%"')
    buyer = still.account("a", USDT=100_000)
    still.order(buyer, 0.5, price=59_500)

    still.wait(10)

    trade = next(event for event in events(still.log, TradeExecuted) if event.maker.account == buyer)
    assert trade.price == 59_500 * ONE
    assert not still.of(buyer).orders


def test_a_great_order_that_stands_where_the_ladder_should_keeps_it_out_until_it_is_gone() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "1%"')
    buyer = still.account("a", USDT=50_000_000)
    still.order(buyer, 150, price=59_500)
    still.wait(10)
    left = list(still.of(buyer).orders)
    before = still.book(levels=1)

    still.do(cmd.CancelAll(buyer, still.market().no))
    still.wait(0)

    assert left
    assert before[0][0][0] == 59_500.0
    assert still.book(levels=1) == ([(59_399.9, 10.0)], [(59_400.1, 10.0)])


def test_while_a_market_is_halted_its_ladder_waits_and_follows_at_once_when_it_trades() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "1%"')
    still.do(cmd.SetMarketStatus(still.market().no, MarketStatus.HALT))
    still.wait(10)
    held = still.book()

    still.do(cmd.SetMarketStatus(still.market().no, MarketStatus.TRADING))
    still.wait(0)

    assert held == STILL
    assert still.book(levels=1) == ([(59_399.9, 10.0)], [(59_400.1, 10.0)])


@pytest.mark.parametrize("name", ["dated:BTC-USDT", "dated:BTC-USD"])
def test_a_contract_that_is_listed_later_gets_its_ladder_at_once(name: str) -> None:
    still = Still(names=[SPOT, name])
    account = still.account("a", USDT=1_000_000, BTC=10)
    still.order(account, 2, f"{name}-240329")

    still.wait(100 * 24 * 3_600)

    assert still.market(f"{name}-240329").status is MarketStatus.DELISTED
    assert not still.of(account).positions
    assert still.book(f"{name}-240927")[0][0][0] == 59_999.9


def test_an_order_between_the_two_sides_stays_whole_when_the_price_comes_to_it() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "1%"')
    buyer = still.account("a", USDT=100_000)
    still.order(buyer, 0.5, price=59_400)

    still.wait(10)

    assert still.market().last == 59_400 * ONE
    assert still.book(levels=2)[0] == [(59_400.0, 0.5), (59_399.9, 10.0)]


def test_the_ladder_goes_where_somebody_else_sets_the_index() -> None:
    still = Still('[[step]]\nat = "+10s"\ndrop = "1%"\nover = "10s"')
    still.wait(15)

    still.do(cmd.SetIndex("BTC-USDT", Price(50_000 * ONE)))
    still.wait(0)

    assert still.book(levels=1) == ([(49_999.9, 10.0)], [(50_000.1, 10.0)])
    assert (still.market().last, still.market().mark) == (50_000 * ONE, 50_000 * ONE)
    still.wait(10)
    assert still.index() == 50_000
