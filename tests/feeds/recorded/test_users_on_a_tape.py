"""A real tape with a busy user inside: what is recorded stays true, and nobody trades more than reality did."""

from pathlib import Path

import pytest

from simexchange.core.book import Order
from simexchange.core.invariants import check
from simexchange.core.market import MarketState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce, TradeKind
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, Quantity
from simexchange.feeds.recorded import RecordedFeed
from simexchange.feeds.recorded.playback import items_of
from simexchange.feeds.recorded.rebuilt import rebuild
from tests.feeds.recorded.playing import START, Stage

TICK = ONE // 100
SIZE = Quantity(ONE // 10)
MINUTES = 2


class Busy:
    """Every second: cancels everything, joins the best bid and ask, sometimes improves both, sometimes takes."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        engine, state = stage.engine, stage.state
        engine.execute(cmd.OpenAccount("ann", ""), START)
        self.no: AccountNo = state.account_no["ann"]
        for asset, amount in (("USDT", 10_000_000 * ONE), ("BTC", 1_000 * ONE)):
            engine.execute(cmd.Deposit(self.no, "spot", asset, Amount(amount)), START)

    def acts(self, market: MarketState, second: int) -> list[ev.Event]:
        """One second's orders."""
        stage, book = self.stage, market.book
        bid, ask = book.best_bid(), book.best_ask()
        better = TICK if second % 3 == 0 and ask - bid > 4 * TICK else 0
        wanted = [(Side.BUY, bid + better), (Side.SELL, ask - better)]
        if second % 5 == 0:
            wanted.append((Side.BUY, ask))
        if second % 7 == 0:
            wanted.append((Side.SELL, bid))
        events = stage.engine.execute(cmd.CancelAll(self.no, market.no), stage.now)
        for side, price in wanted:
            order = cmd.PlaceOrder(self.no, market.no, side, OrderKind.LIMIT, SIZE, Price(price), TimeInForce.GTC)
            events = events + stage.engine.execute(order, stage.now)
        return events


def ahead_of(market: MarketState, order: Order) -> int:
    """The size that stands before *order* at its price."""
    assert order.level is not None
    total = 0
    for each in order.level:
        if each is order:
            break
        total += each.left
    return total


@pytest.mark.timeout(120)
def test_on_a_real_tape_users_trade_no_more_than_their_place_in_the_queue_and_the_print_allow(
    shared_data: Path,
) -> None:
    """Two minutes of spot. At every update what is recorded is the rebuilt book, and ghosts are what is recorded

    or kept out; of a print users get at most what was left behind those ahead of them; each print is whole.
    """
    feed = RecordedFeed(str(shared_data / "binance_streams" / "spot_btcusdt.gz"))
    stage = Stage(feed)
    user = Busy(stage)
    stage.open()
    [market] = stage.state.markets.values()
    rebuilt = rebuild(feed.sources[0].product, items_of(feed.sources[0], Price(1), Quantity(1)))
    second = 0
    causes: dict[TradeKind, int] = {}
    queued = crossed = 0
    ahead: dict[int, tuple[int, int]] = {}

    for at, command, events in stage.steps(until=lambda at: at > START + MINUTES * 60 * SECOND):
        trades = [event for event in events if isinstance(event, ev.TradeExecuted)]
        for trade in trades:
            causes[trade.kind] = causes.get(trade.kind, 0) + 1
        if isinstance(command, cmd.PrintTrade):
            printed = sum(e.qty for e in events if isinstance(e, ev.TradeExecuted | ev.TapePrinted))
            assert printed == command.qty
            for trade in trades:
                price, before = ahead[trade.maker.order]
                assert trade.price == price
                if price == command.price:
                    queued += 1
                    assert trade.qty <= max(0, command.qty - before)
                else:
                    crossed += 1
                    assert (price - command.price) * command.aggressor < 0
        if isinstance(command, cmd.AdjustBook) and not command.snapshot:
            expected = next(rebuilt)
            assert market.tape is not None
            assert market.tape.bids.recorded == expected.bids
            assert market.tape.asks.recorded == expected.asks
            assert list(market.tape.bids.astray) == list(market.tape.bids.suppressed)
            assert list(market.tape.asks.astray) == list(market.tape.asks.suppressed)
            if at // SECOND > second:
                second = at // SECOND
                check(stage.state)
                user.acts(market, second)
        orders = stage.state.accounts[user.no].orders.values()
        ahead = {order.id: (order.price, ahead_of(market, order)) for order in orders if order.level is not None}

    assert queued > 20
    assert crossed > 5
    assert causes[TradeKind.CROSSED] > 5
    feed.close()
