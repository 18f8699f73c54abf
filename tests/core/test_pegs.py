"""Prices taken from the book."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import pegs
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import EndReason, Peg, Side, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount, Price, Rate
from tests.core.test_routing import routes
from tests.core.world import PERP, SPOT, World, only, show, units

BUY, SELL = Side.BUY, Side.SELL


def laddered(market: str = SPOT, **rules: Any) -> World:
    """Bids at 99, 98 and 97, asks at 101, 102 and 103."""
    world = World(market, **rules)
    for step in (1, 2, 3):
        world.maker.buys(1, at=100 - step)
        world.maker.sells(1, at=100 + step)
    return world


@pytest.mark.parametrize("market", [SPOT, PERP])
@pytest.mark.parametrize(
    ("side", "other", "level", "price"),
    [
        (BUY, False, 1, 99), (BUY, False, 3, 97), (BUY, True, 1, 101), (BUY, True, 2, 102),
        (SELL, False, 1, 101), (SELL, False, 2, 102), (SELL, True, 1, 99), (SELL, True, 3, 97),
    ],
)  # fmt: skip
def test_the_price_is_that_of_one_level_of_the_own_or_the_other_side(
    side: Side, other: bool, level: int, price: int, market: str
) -> None:
    """The event carries it, and the order stands or trades at it like any other."""
    world = laddered(market)

    events = world.taker.order(side, "0.5", 0, more=Terms(peg=Peg(other=other, level=level)))

    assert show(only(events, ev.OrderAccepted)[0].price) == price
    assert bool(world.trades) == other


def test_the_price_is_taken_once() -> None:
    """The book moves on, the order stays where it was put."""
    world = laddered()
    world.taker.buys(1, at=0, more=Terms(peg=Peg()))

    world.maker.buys(1, at="99.5")

    assert world.ladder[-4:] == ["  1 |  99.5 |", "  2 |    99 |", "  1 |    98 |", "  1 |    97 |"]
    assert world.taker.has("USDT") == (1_000_000 - 99, 99)


@pytest.mark.parametrize(("other", "side"), [(False, BUY), (True, BUY), (False, SELL), (True, SELL)])
def test_an_order_pegged_to_a_level_that_is_not_there_is_refused(side: Side, *, other: bool) -> None:
    """Three levels stand on each side; the fourth does not. Binance futures: -5041."""
    world = laddered()

    events = world.taker.order(side, 1, 0, more=Terms(peg=Peg(other=other, level=4)))

    refused = only(events, ev.OrderRejected)
    assert [event.reason for event in refused] == [R.PEG_LEVEL_MISSING]
    assert refused[0].price == 0


def test_a_guard_is_the_worst_price() -> None:
    """Best ask 101: a buy guarded at 102 pays 101; one guarded at 100 stands at 100, and as IOC ends there."""
    world = laddered()

    def guarded(at: int, tif: TimeInForce = TimeInForce.GTC) -> Any:
        return world.taker.buys("0.5", at=at, tif=tif, more=Terms(peg=Peg(other=True, guard=Price(units(at)))))

    fair = guarded(102)
    ended = guarded(100, TimeInForce.IOC)
    worse = guarded(100)

    assert only(fair, ev.OrderAccepted)[0].price == units(101)
    assert world.trades == [(0.5, 101)]
    assert only(ended, ev.OrderExpired)
    assert only(worse, ev.OrderRested)
    assert world.state.markets[world.market].book.best_bid() == units(100)


@pytest.mark.parametrize(
    ("guard", "level", "filters", "reason"),
    [
        (0, 1, Filters(), None),
        (0, 1, Filters(price_max=Price(units(98))), R.PRICE_ABOVE_MAX),
        (105, 1, Filters(price_max=Price(units(104))), R.PRICE_ABOVE_MAX),
        ("105.001", 1, Filters(), R.PRICE_OFF_TICK),
        (150, 1, Filters(bid_up=Rate(units("1.2"))), R.PRICE_ABOVE_BAND),
        (0, 3, Filters(notional_min=Amount(units(98))), R.NOTIONAL_BELOW_MIN),
        (100, 1, Filters(notional_max=Amount(units("99.5"))), R.NOTIONAL_ABOVE_MAX),
    ],
)
def test_both_the_guard_and_the_chosen_price_pass_the_filters(
    guard: float | str, level: int, filters: Filters, reason: R | None
) -> None:
    """Pegged orders FAQ, seen 2026-11. The own best is 99, the third 97, and the last trade was at 100."""
    world = laddered()
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    rules = world.state.rules["binance", world.market]
    world.run(cmd.SetRules("binance", world.market, type(rules)(filters, rules.maker, rules.taker)))

    events = world.taker.buys(1, at=guard, more=Terms(peg=Peg(level=level, guard=Price(units(guard)))))

    assert [event.reason for event in only(events, ev.OrderRejected)] == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    ("at", "peg"),
    [(None, Peg()), (0, Peg(level=0)), (0, Peg(level=-1)), (100, Peg()), (100, Peg(guard=Price(units(101))))],
)
def test_a_peg_stands_instead_of_a_price(at: int | None, peg: Peg) -> None:
    """Not on a market order, not to a level there cannot be, not beside a price that is not its guard."""
    events = laddered().taker.buys(1, at=at, more=Terms(peg=peg))

    assert only(events, ev.OrderRejected)[0].reason is R.ORDER_SHAPE_INVALID


def test_a_pegged_order_is_not_routed() -> None:
    """Nor is one that waits for a price; a plain one of the same size is."""
    world = routes()
    refused = [
        world.taker.order(BUY, "0.5", at, more=Terms(routed=True, **terms))
        for at, terms in ((0, {"peg": Peg()}), ("31000", {"trigger": Trigger(Price(units(40_000)), rising=True)}))
    ]

    assert [only(events, ev.OrderRejected)[0].reason for events in refused] == [R.ORDER_SHAPE_INVALID] * 2
    assert only(world.taker.buys("0.5", at="31000", more=Terms(routed=True)), ev.OrderAccepted)


def test_whoever_wakes_later_asks_for_the_price_of_then() -> None:
    """The function a trigger calls: the level as it stands now, the guard held."""
    world = laddered()
    market = world.state.markets[world.market]

    assert pegs.price_of(market, BUY, Peg(other=True, level=2)) == units(102)
    assert pegs.price_of(market, BUY, Peg(other=True, level=2, guard=Price(units(101)))) == units(101)
    assert pegs.price_of(market, SELL, Peg(guard=Price(units(102)))) == units(102)
    assert pegs.price_of(market, SELL, Peg(level=4)) == 0


def test_a_sleeping_order_gets_its_price_when_it_wakes() -> None:
    """A stop at 105 pegged to the best offer of then; what it held at 105 and does not need goes back."""
    world = laddered()
    stop = Trigger(Price(units(105)), rising=True)
    world.third.sells(2, at=106)
    placed = world.taker.buys(1, at=0, more=Terms(trigger=stop, peg=Peg(other=True)))
    world.maker.sells(1, at=104)

    events = world.third.buys("4.5", at=106)

    assert only(placed, ev.OrderAccepted)[0].hold == units(105)
    woken = only(events, ev.OrderTriggered)
    assert [(event.price, event.hold) for event in woken] == [(units(106), units(106))]
    assert world.trades[-1:] == [(1, 106)]


def test_a_sleeping_order_whose_level_is_gone_when_it_wakes_ends() -> None:
    """As any that fails the checks then."""
    world = laddered()
    stop = Trigger(Price(units(103)), rising=True)
    world.taker.buys(1, at=0, more=Terms(trigger=stop, peg=Peg(other=True)))

    events = world.third.buys(3, at=103)

    ended = only(events, ev.OrderExpired)
    assert [(event.reason, event.refused) for event in ended] == [(EndReason.TRIGGER_REFUSED, R.PEG_LEVEL_MISSING)]
    assert world.taker.has("USDT") == (1_000_000, 0)
