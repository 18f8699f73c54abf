"""Contracts paid in coin and dated ones in the synthetic market: quoted, held to their basis, delivered, followed."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.config import markets, opening
from simexchange.core import calendar
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import deliveries as dv, events as ev
from simexchange.core.vocabulary.commands import Command, OpenExchange
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND, Nanos
from simexchange.feeds.synthetic import SyntheticFeed
from simexchange.feeds.synthetic.quarters import contract, distance
from simexchange.feeds.synthetic.settings import Settings
from simexchange.projections.candle import CandleKind
from tests.feeds.synthetic.market import START, Market4, past_of

EXPIRY = calendar.current_quarter(START)
"""25 December 2026."""
INVERSE = ("perp:BTC-USD", "perp:ETH-USD", "dated:BTC-USD-261225", "dated:BTC-USD-270326")
DATED = ("dated:BTC-USDT-261225", "dated:BTC-USDT-270326", "dated:BTC-USD-261225", "dated:BTC-USD-270326")


class Shipped(Market4):
    """An exchange with everything that ships, run by nothing but its synthetic feed."""

    def __init__(self, start: int = START, seed: int = 1) -> None:
        self.feed = SyntheticFeed()
        self.state = ExchangeState()
        self.engine = Engine(self.state)
        self.events: list[Any] = []
        """All that happened."""
        self.refused: list[Any] = []
        """What of it were refusals."""
        at = Nanos(start)
        self.do(OpenExchange(seed, at), at)
        for command in opening.opening(markets.preset().values(), self.state):
            self.do(command, at)
        for command in self.feed.setup(self.state):
            self.do(command, at)
        self.setup_events = list(self.events)
        self.feed_state, self.wake = self.feed.initial(self.state, at)

    def do(self, command: Command, at: Nanos) -> list[Event]:
        """Execute one command and whatever it makes necessary."""
        events = list(self.engine.execute(command, at))
        while (pending := self.state.pending()) is not None:
            events += self.engine.execute(pending, at)
        self.events += events
        self.refused += [each for each in events if isinstance(each, ev.OrderRejected | ev.CommandRefused)]
        return events


@pytest.fixture(scope="module")
def exchange() -> Shipped:
    """Two minutes of it."""
    opened = Shipped()
    opened.run(120 * SECOND)
    return opened


def test_everything_that_ships_is_quoted_and_nobody_is_refused(exchange: Shipped) -> None:
    """Eleven markets, each with levels enough on both sides and a last price."""
    assert len(exchange.feed.markets(exchange.state)) == len(exchange.state.markets) == 11
    assert exchange.refused == []
    for market in exchange.state.markets.values():
        assert min(len(market.book.bids.levels), len(market.book.asks.levels)) >= 8, market.spec.id
        assert market.book.best_bid() < market.book.best_ask()
        assert market.trades > 5


def test_dated_contracts_stand_above_their_index_by_what_is_left_of_their_carry(exchange: Shipped) -> None:
    """5 % a year, within ten basis points; the farther one by more."""
    premium = Settings().premium
    above = {}
    for name in DATED:
        market = exchange.state.markets[exchange.market(name)]
        above[name] = (market.book.mid() / market.index_price - 1.0) * 10_000
        assert above[name] == pytest.approx(distance(market.spec, premium, 0.0, exchange.now), abs=10)
        assert (market.mark / market.index_price - 1.0) * 10_000 == pytest.approx(above[name], abs=5)
    assert above[DATED[1]] > above[DATED[0]] + 50


def test_contracts_paid_in_coin_are_worth_what_the_others_are(exchange: Shipped) -> None:
    """Sizes are whole contracts of so many dollars; the margin is coin."""
    for name in INVERSE:
        market = exchange.state.markets[exchange.market(name)]
        account = exchange.state.accounts[exchange.state.account_no[f"maker:{place_of(name)}"]]
        assert all(order.qty % ONE == 0 for order in account.orders.values())
        assert account.free("coinm", market.spec.base) > 0
        worth = sum(order.left for order in account.orders.values()) * market.spec.contract_size / ONE**2
        assert 50_000 < worth < 5_000_000


def place_of(name: str) -> str:
    """Who quotes a contract: those of its place."""
    places = [place for place in Settings().markets if "/" in place]
    return next((place for place in places if contract(place, START // (60 * MINUTE)) == name), name)


def test_arbitrage_holds_coin_against_contracts() -> None:
    """A gap of thirty basis points over the basis: it sells the contract and buys spot, one clip at a time."""
    exchange = Shipped()
    exchange.run(20 * SECOND)
    no = exchange.market("dated:BTC-USD-261225")
    arbitrageur = exchange.state.account_no[f"arbitrage:{place_of('dated:BTC-USD-261225')}"]
    mind = exchange.feed_state.minds[Settings().markets.index(place_of("dated:BTC-USD-261225"))]
    mind.impact = [30.0] * len(mind.impact)
    exchange.events.clear()
    exchange.run(60 * SECOND)

    position = exchange.state.accounts[arbitrageur].positions.get(no)

    assert position is not None
    assert position.qty < 0
    assert exchange.refused == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_quarter_ends_and_the_next_contract_takes_the_place(seed: int) -> None:
    """From twelve minutes before the expiry to one after it: nobody is refused, and no participant is new."""
    exchange = Shipped(EXPIRY - 12 * MINUTE, seed)
    accounts = len(exchange.state.accounts)
    exchange.run(12 * MINUTE - SECOND)
    last = {name: exchange.state.markets[exchange.market(name)] for name in DATED}
    near = [market for name, market in last.items() if name.endswith("261225")]
    assert all(abs(market.mark / market.index_price - 1.0) < 0.005 for market in near)
    opened = [e for e in exchange.events if isinstance(e, ev.TradeExecuted) and e.market in [m.no for m in near]]
    exchange.run(61 * SECOND)

    delivered = [each for each in exchange.events if isinstance(each, dv.PositionDelivered)]

    assert exchange.refused == []
    assert opened
    assert {each.market for each in delivered} == {market.no for market in near}
    assert [market.status for market in near] == [MarketStatus.DELISTED] * 2
    assert len(exchange.state.accounts) == accounts
    for name in ("dated:BTC-USDT-270625", "dated:BTC-USD-270625"):
        market = exchange.state.markets[exchange.market(name)]
        assert min(len(market.book.bids.levels), len(market.book.asks.levels)) >= 8
        assert 200 < (market.book.mid() / market.index_price - 1.0) * 10_000 < 300


def test_in_the_last_minutes_participants_only_close() -> None:
    """No position of theirs grows; what they offer is what they hold."""
    exchange = Shipped(EXPIRY - 14 * MINUTE)
    exchange.run(4 * MINUTE + SECOND)
    no = exchange.market("dated:BTC-USDT-261225")
    agents = [each for each in exchange.state.accounts.values() if each.account_class is AccountClass.AGENT]
    before = {each.no: each.positions[no].qty for each in agents if no in each.positions}
    assert len(before) == 3
    exchange.run(5 * MINUTE)

    after = {each.no: each.positions[no].qty if no in each.positions else 0 for each in agents}

    assert exchange.refused == []
    for account, qty in after.items():
        assert abs(qty) <= abs(before.get(account, 0))


def test_the_past_of_a_contract_ends_where_it_opens(exchange: Shipped) -> None:
    """Candles, with the carry in them; and quotes in coin."""
    history = past_of(exchange)
    for name in ("dated:BTC-USDT-261225", "dated:BTC-USD-270326", "perp:BTC-USD"):
        rows = history.candles(name, CandleKind.TRADE, MINUTE, Nanos(0), Nanos(1 << 62), 1_000_000)
        market = exchange.state.markets[exchange.market(name)]
        first = next(
            event for event in exchange.events if isinstance(event, ev.TradeExecuted) and event.market == market.no
        )
        assert len(rows) == 2 * 1_440
        assert rows[-1].close == first.price
        assert rows[0].quote > 0
        if market.spec.inverse:
            assert rows[0].quote < rows[0].volume


def test_an_exchange_that_starts_in_a_contracts_last_minutes_is_ready_without_it() -> None:
    """Nobody can open anything there; what follows it is quoted when it is there, and has no past."""
    exchange = Shipped(EXPIRY - MINUTE)
    near = {exchange.market(name) for name in DATED if name.endswith("261225")}
    assert near.isdisjoint(exchange.feed.markets(exchange.state))
    exchange.run(2 * MINUTE)
    assert len(exchange.feed.markets(exchange.state)) == 11
    assert exchange.refused == []
    history = past_of(exchange)
    for event in exchange.events:
        history.apply(1, exchange.now, event)

    assert history.candles("dated:BTC-USDT-270625", CandleKind.TRADE, MINUTE, Nanos(0), Nanos(1 << 62), 10) == []
    assert history.candles("dated:BTC-USDT-270326", CandleKind.TRADE, MINUTE, Nanos(0), Nanos(1 << 62), 10)
