"""The market as its participants make it: from the first instant, within every rule, whatever a stranger does."""

from dataclasses import replace

import pytest

from simexchange.core.invariants import check
from simexchange.core.vocabulary.commands import (
    CancelOrder,
    Deposit,
    OpenAccount,
    PassTime,
    PlaceOrder,
    SetIndex,
    SetMarketStatus,
)
from simexchange.core.vocabulary.events import CommandRefused, OrderRejected
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.feeds.synthetic import SyntheticFeed, settings_for
from tests.feeds.synthetic.market import START, Market4, specs
from tests.feeds.synthetic.measures import Watcher


@pytest.fixture
def exchange() -> Market4:
    return Market4(SyntheticFeed())


def test_its_setup_asks_for_nothing_the_engine_refuses(exchange: Market4) -> None:
    assert len(exchange.setup_events) > 40
    assert [event for event in exchange.setup_events if isinstance(event, CommandRefused)] == []


def test_every_participant_is_an_ordinary_account_of_class_agent(exchange: Market4) -> None:
    others = [account for account in exchange.state.accounts.values() if account.name != "insurance"]

    assert len(others) == 4 * 3 + 2
    assert {account.account_class for account in others} == {AccountClass.AGENT}


def test_a_second_setup_asks_for_nothing_but_what_is_missing(exchange: Market4) -> None:
    exchange.step()

    assert list(exchange.feed.setup(exchange.state)) == []


def capital(exchange: Market4) -> list[dict[tuple[str, str], int]]:
    """What every account has, in order of opening."""
    accounts = exchange.state.accounts.values()
    return [{key: balance.free for key, balance in account.balances.items()} for account in accounts]


def test_an_interrupted_setup_is_finished_by_the_next(exchange: Market4) -> None:
    """Cut after every command of the setup, the next one does the rest; what is there already is not asked for."""
    whole = [command for _, command in exchange.commands]
    opening = next(place for place, command in enumerate(whole) if isinstance(command, OpenAccount))
    for cut in range(opening, len(whole), 5):
        other = Market4(SyntheticFeed(replace(exchange.feed.settings, markets=(), indexes=())))
        for command in whole[opening:cut]:
            other.do(command, START)

        rest = [other.do(command, START) for command in SyntheticFeed().setup(other.state)]

        assert not [event for events in rest for event in events if isinstance(event, CommandRefused)]
        assert list(exchange.state.account_no) == list(other.state.account_no)
        assert capital(exchange) == capital(other)


def test_the_first_step_opens_every_market_with_a_trade_and_a_book_on_both_sides(exchange: Market4) -> None:
    """At the instant of the start: a last price, fourteen levels a side, marks and index."""
    at = exchange.step()

    assert at == START
    for market in exchange.state.markets.values():
        assert market.trades == 1
        assert market.book.best_bid() < market.last < market.book.best_ask()
        assert len(market.book.levels(Side.BUY, 20)) == len(market.book.levels(Side.SELL, 20)) == 14
    assert exchange.state.indexes["BTC-USDT"].price == 60_000 * ONE
    assert exchange.state.indexes["ETH-USDT"].price == 3_000 * ONE


def test_it_quotes_every_listed_market_it_knows_and_no_other() -> None:
    """Only ETH spot is listed: nothing else is opened, and no index is set that nobody follows."""
    alone = Market4(SyntheticFeed(), markets=[market for market in specs() if market.id == "spot:ETH-USDT"])

    alone.run(20 * SECOND)

    assert alone.feed.markets(alone.state) == [1]
    assert [account.name for account in alone.state.accounts.values()] == [
        "insurance", "maker:spot:ETH-USDT", "taker:spot:ETH-USDT", "noise:spot:ETH-USDT",
    ]  # fmt: skip
    assert not any(isinstance(command, SetIndex) for _, command in alone.commands)
    assert alone.state.markets[alone.market("spot:ETH-USDT")].trades > 5


def test_indexes_are_set_on_whole_seconds_once_each(exchange: Market4) -> None:
    exchange.run(10 * SECOND)

    moments = [at for at, command in exchange.commands if isinstance(command, SetIndex)]
    assert moments[:2] == [START, START]
    assert moments[2:] == [START // SECOND * SECOND + n * SECOND for n in range(1, 11) for _ in range(2)]


def test_nobody_is_refused_anything_and_the_book_is_deep_and_never_crossed(exchange: Market4) -> None:
    """Five minutes, looked at after every beat."""
    watcher = Watcher(exchange.state)
    exchange.listeners.append(watcher.listen)

    for at in exchange.beats(5 * MINUTE):
        watcher.look(at, exchange.feed_state)

    check(exchange.state)
    assert watcher.refused == []
    assert sum(series.crossed for series in watcher.series.values()) == 0
    assert sum(series.shallow for series in watcher.series.values()) == 0


@pytest.mark.parametrize(("mode", "least", "most"), [("normal", 40, 95), ("lite", 4, 12)])
def test_a_mode_makes_about_as_many_operations_a_second_as_it_says(mode: str, least: int, most: int) -> None:
    exchange = Market4(SyntheticFeed(settings_for(mode)))
    before = len(exchange.commands)

    exchange.run(3 * MINUTE)

    assert least < (len(exchange.commands) - before) / 180 < most


def test_the_noise_is_many_orders_but_never_too_many(exchange: Market4) -> None:
    exchange.run(2 * MINUTE)

    noise = exchange.state.accounts[exchange.state.account_no["noise:spot:BTC-USDT"]]
    assert 5 < len(noise.orders) <= exchange.feed.settings.noise.at_most


def stranger(exchange: Market4, market: str, asset: str, amount: int) -> AccountNo:
    """A user with money."""
    exchange.do(OpenAccount("stranger", "binance"), START)
    no = exchange.state.account_no["stranger"]
    exchange.do(Deposit(no, "spot" if market.startswith("spot") else "usdm", asset, Amount(amount * ONE)), START)
    return no


def test_a_large_buyer_pays_more_and_more_and_the_price_comes_back(exchange: Market4) -> None:
    """Two million dollars of market orders eat through the ladder; the maker raises its prices, and forgets."""
    no = stranger(exchange, "spot:BTC-USDT", "USDT", 10_000_000)
    market = exchange.state.markets[exchange.market("spot:BTC-USDT")]
    exchange.run(10 * SECOND)
    quiet = Market4(SyntheticFeed())
    quiet.run(10 * SECOND)
    for _ in range(4):
        exchange.do(
            PlaceOrder(no, market.no, Side.BUY, OrderKind.MARKET, Quantity(8 * ONE), Price(0), TimeInForce.IOC),
            exchange.now,
        )
    paid = market.last
    gaps = []
    for span in (3 * SECOND, 5 * MINUTE):
        exchange.run(span)
        quiet.run(span)
        gaps.append(market.book.mid() - quiet.state.markets[market.no].book.mid())

    assert paid > 60_010 * ONE
    assert gaps[0] > 10 * ONE
    assert abs(gaps[1]) < gaps[0] // 2
    check(exchange.state)


def test_a_strangers_order_inside_the_spread_is_traded_with_and_nobody_trades_with_himself(exchange: Market4) -> None:
    no = stranger(exchange, "spot:BTC-USDT", "USDT", 1_000_000)
    market = exchange.state.markets[exchange.market("spot:BTC-USDT")]
    exchange.run(2 * SECOND)
    bid = Price(market.book.best_ask() - market.spec.tick)

    exchange.do(
        PlaceOrder(no, market.no, Side.BUY, OrderKind.LIMIT, Quantity(ONE // 100), bid, TimeInForce.GTC, "mine"),
        exchange.now,
    )
    exchange.run(2 * MINUTE)

    assert not exchange.state.accounts[no].orders
    check(exchange.state)


def test_a_maker_that_lost_its_quotes_puts_them_back_within_a_second(exchange: Market4) -> None:
    exchange.run(5 * SECOND)
    maker = exchange.state.accounts[exchange.state.account_no["maker:perp:ETH-USDT"]]
    for order in list(maker.orders.values()):
        exchange.do(CancelOrder(maker.no, order.market, client_id=order.client_id), exchange.now)

    exchange.run(SECOND)

    assert len(maker.orders) >= 26


def test_a_maker_without_money_stops_quoting_instead_of_being_refused() -> None:
    """Capital for a quarter of the ladder."""
    poor = Market4(SyntheticFeed(replace(settings_for("normal"), capital=Amount(1_000_000 * ONE))))
    watcher = Watcher(poor.state)
    poor.listeners.append(watcher.listen)

    poor.run(20 * SECOND)

    rejected = [event for event in watcher.refused if isinstance(event, OrderRejected)]
    assert [event.reason for event in rejected] == []
    assert poor.state.markets[poor.market("spot:BTC-USDT")].book.best_bid() > 0


def test_a_halted_market_is_left_alone(exchange: Market4) -> None:
    exchange.run(2 * SECOND)
    no = exchange.market("perp:BTC-USDT")
    exchange.do(SetMarketStatus(no, MarketStatus.HALT), exchange.now)
    before = len(exchange.commands)

    exchange.run(MINUTE)

    touched = [command for _, command in exchange.commands[before:] if getattr(command, "market", None) == no]
    assert touched == []


def test_after_a_night_without_the_feed_quotes_follow_the_price_of_the_morning(exchange: Market4) -> None:
    """Eight hours pass unasked; the first step after them is on a whole second and sets the index first."""
    exchange.run(5 * SECOND)
    before = len(exchange.commands)

    exchange.feed_state, exchange.wake = exchange.feed.resume(
        exchange.feed_state, exchange.state, Nanos(exchange.now + 8 * HOUR)
    )
    first = exchange.step()
    exchange.run(2 * SECOND)

    assert first % SECOND == 0
    woken = [command for _, command in exchange.commands[before:] if not isinstance(command, PassTime)]
    assert isinstance(woken[0], SetIndex)
    index = exchange.state.indexes["BTC-USDT"].price
    mid = exchange.state.markets[exchange.market("spot:BTC-USDT")].book.mid()
    assert abs(mid - index) < index // 1_000
    check(exchange.state)


def test_a_feed_that_lost_its_memory_goes_on_from_the_prices_there_are(exchange: Market4) -> None:
    """As after a change of the program: a new start in a running exchange is no new opening."""
    exchange.run(30 * SECOND)
    watcher = Watcher(exchange.state)
    exchange.listeners.append(watcher.listen)
    seen = len(exchange.commands)
    before = exchange.state.indexes["BTC-USDT"].price

    exchange.feed_state, exchange.wake = exchange.feed.initial(exchange.state, Nanos(exchange.now + SECOND))
    exchange.run(MINUTE)

    assert watcher.refused == []
    placed = [command for _, command in exchange.commands[seen:] if isinstance(command, PlaceOrder)]
    assert len(placed) > 100
    assert "opening" not in {command.client_id for command in placed}
    assert abs(exchange.state.indexes["BTC-USDT"].price - before) < before // 500
    check(exchange.state)


def test_where_nobody_knows_the_rules_nobody_takes_part_and_nothing_breaks() -> None:
    feed = SyntheticFeed(replace(settings_for("normal"), rules="elsewhere"))

    empty = Market4(feed)
    empty.run(3 * SECOND)

    assert [account.name for account in empty.state.accounts.values()] == ["insurance"]
    assert not any(isinstance(command, PlaceOrder) for _, command in empty.commands)
