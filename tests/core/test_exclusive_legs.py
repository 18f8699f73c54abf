"""Legs that exclude each other: OCO, and the pairs of OTOCO and OPOCO. What is held, who ends, and when."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import ListKind, Peg, SelfTrade, Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount, Quantity
from tests.core.listed import ends, ids, leg, order, places
from tests.core.world import Events, World, kinds, only, units

BUY, SELL = Side.BUY, Side.SELL
OCO, OTOCO, OPOCO = ListKind.OCO, ListKind.OTOCO, ListKind.OPOCO
POST = TimeInForce.POST_ONLY


def traded_at(price: float) -> World:
    """A market that last traded at *price*, and has nothing in its book."""
    world = World()
    world.maker.sells(1, at=price)
    world.third.buys(1, at=price)
    world.trades.clear()
    return world


def selling(qty: float = 1) -> tuple[cmd.Leg, cmd.Leg]:
    """Take the profit at 110, stop the loss at 90 with a limit of 89."""
    return leg(SELL, qty, 110, tif=POST), leg(SELL, qty, 89, falls=90)


def buying(qty: float = 1) -> tuple[cmd.Leg, cmd.Leg]:
    """Buy low at 90, or at most at 112 when the price has risen to 110."""
    return leg(BUY, qty, 90, tif=POST), leg(BUY, qty, 112, rises=110)


def test_a_selling_pair_holds_its_quantity_once() -> None:
    """2 BTC for both."""
    world = traded_at(100)

    places(world.taker, OCO, *selling(2))

    assert world.taker.has("BTC") == (998, 2)


def test_a_buying_pair_holds_the_larger_need_once() -> None:
    """90 for what can be filled at once, and the 22 that the other would need more."""
    world = traded_at(100)

    low, high = ids(places(world.taker, OCO, *buying()))

    found = order(world.taker, low), order(world.taker, high)
    assert [each.hold for each in found if each is not None] == [units(90), units(22)]
    assert world.taker.has("USDT") == (1_000_000 - 112, 112)


def test_the_order_of_the_legs_does_not_matter() -> None:
    """The stop first, as venues list them."""
    world = traded_at(100)

    high, low = ids(places(world.taker, OCO, *reversed(buying())))

    found = order(world.taker, low), order(world.taker, high)
    assert [each.hold for each in found if each is not None] == [units(90), units(22)]


@pytest.mark.parametrize("which", [0, 1])
def test_one_leg_of_a_pair_may_be_an_iceberg(which: int) -> None:
    """2 are held once. The limit shows 0.5 of them where it is the one; the stop, when it woke, where that is."""
    world = traded_at(100)
    slices: list[dict[str, Any]] = [{}, {}]
    slices[which] = {"iceberg_qty": Quantity(units("0.5"))}
    places(world.taker, OCO, leg(SELL, 2, 110, tif=POST, **slices[0]), leg(SELL, 2, 89, falls=90, **slices[1]))
    held, at_first = world.taker.has("BTC"), world.ladder

    world.maker.buys("0.1", at=90)
    world.third.sells("0.1", at=90)

    assert held == world.taker.has("BTC") == (998, 2)
    assert at_first[-1] == ("    |   110 | 0.5" if which == 0 else "    |   110 |   2")
    assert world.ladder[-1] == ("    |    89 |   2" if which == 0 else "    |    89 | 0.5")


def test_any_fill_of_one_leg_ends_the_other_before_the_trade() -> None:
    """0.4 of 1 is bought: the stop is gone, its excess free, and 0.6 at 90 are held still."""
    world = traded_at(100)
    places(world.taker, OCO, *buying())

    events = world.maker.sells("0.4", at=90)

    assert kinds(events) == ["OrderAccepted", "OrderExpired", "TradeExecuted"]
    assert ends(events) == [("expired", 2, "LIST_SIBLING")]
    assert world.taker.has("USDT") == (1_000_000 - 36 - 54, 54)
    assert world.state.accounts[world.taker.no].lists


def test_the_list_ends_with_the_fill_of_the_leg_that_is_left() -> None:
    """The sibling expires, the trade happens, and that is all."""
    world = traded_at(100)
    places(world.taker, OCO, *selling())

    events = world.maker.buys(1, at=110)

    assert kinds(events) == ["OrderAccepted", "OrderExpired", "TradeExecuted", "ListEnded"]
    assert ends(events) == [("expired", 2, "LIST_SIBLING"), ("list", 1, "FILLED")]


def test_a_partly_filled_leg_that_is_canceled_ends_the_list() -> None:
    """By its owner, after 0.4."""
    world = traded_at(100)
    low, _ = ids(places(world.taker, OCO, *buying()))
    world.maker.sells("0.4", at=90)

    events = world.taker.cancels(low)

    assert ends(events) == [("canceled", 1, "USER"), ("list", 1, "USER")]
    assert world.taker.has("USDT") == (1_000_000 - 36, 0)


def test_a_trigger_ends_the_other_leg_and_takes_over_what_it_needs() -> None:
    """The price rises to 110: the 90 go back first, and then 112 are held by the one that works."""
    world = traded_at(100)
    _, high = ids(places(world.taker, OCO, *buying()))
    world.maker.sells(1, at=110)

    events = world.third.buys(1, at=110)

    assert kinds(events) == ["OrderAccepted", "TradeExecuted", "OrderExpired", "OrderTriggered", "OrderRested"]
    assert ends(events) == [("expired", 1, "LIST_SIBLING")]
    triggered = only(events, ev.OrderTriggered)[0]
    assert (triggered.order, triggered.hold, triggered.released) == (high, units(112), units(-90))
    assert world.taker.has("USDT") == (1_000_000 - 112, 112)


def test_a_pair_that_needs_all_the_money_can_still_change_legs() -> None:
    """With 112 and nothing more, both ways are open all the time."""
    world = traded_at(100)
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(1_000_000 - 112))))
    places(world.taker, OCO, *buying())
    world.maker.sells(2, at=110)

    world.third.buys(1, at=110)

    assert world.taker.has("USDT") == (2, 0)
    assert world.taker.has("BTC") == (1001, 0)


def test_two_sleeping_legs_hold_the_larger_need_once() -> None:
    """Take-profit and stop-loss both wait: what the first needs, and the excess of the second."""
    world = traded_at(100)

    places(world.taker, OCO, leg(BUY, 1, 88, falls=90), leg(BUY, 1, 112, rises=110))

    assert world.taker.has("USDT") == (1_000_000 - 112, 112)
    world.maker.buys(1, at=90)
    world.third.sells(1, at=90)
    assert world.taker.has("USDT") == (1_000_000 - 88, 88)


def test_a_trigger_that_fails_ends_both_legs() -> None:
    """The stop buys at market; what is offered when its trigger comes costs more than there is."""
    world = traded_at(100)
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(1_000_000 - 110))))
    places(world.taker, OCO, leg(BUY, 1, 90, tif=POST), leg(BUY, 1, rises=110))
    world.maker.sells(1, at=110)
    world.maker.sells(1, at=200)

    events = world.third.buys(1, at=110)

    assert ends(events) == [
        ("expired", 1, "LIST_SIBLING"), ("expired", 2, "TRIGGER_REFUSED"), ("list", 1, "TRIGGER_REFUSED")
    ]  # fmt: skip
    assert world.taker.has("USDT") == (110, 0)


def test_cancelling_one_leg_of_a_pair_cancels_both() -> None:
    """Holds and all."""
    world = traded_at(100)
    _, high = ids(places(world.taker, OCO, *buying()))

    events = world.taker.cancels(high)

    assert ends(events) == [("canceled", 2, "USER"), ("canceled", 1, "USER"), ("list", 1, "USER")]
    assert world.taker.has("USDT") == (1_000_000, 0)


def test_a_trade_with_oneself_ends_the_other_leg_too() -> None:
    """Allowed here, and a fill like any other."""
    world = traded_at(100)
    places(world.taker, OCO, *selling())

    events = world.taker.buys(1, at=110)

    assert ends(events) == [("expired", 2, "LIST_SIBLING"), ("list", 1, "FILLED")]


@pytest.mark.parametrize(
    ("mode", "left", "reason"),
    [(SelfTrade.EXPIRE_MAKER, 0, "SELF_TRADE"), (SelfTrade.DECREMENT, 1, ""), (SelfTrade.EXPIRE_TAKER, 2, "")],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_is_kept_from_a_self_trade_counts_like_a_fill(mode: SelfTrade, left: int, reason: str) -> None:
    """Where the resting leg becomes smaller or ends, the other ends; where the taker alone ends, both live."""
    world = traded_at(100)
    profit, stop = ids(places(world.taker, OCO, *selling(2)))

    events = world.taker.buys(1, at=110, more=Terms(self_trade=mode))

    found = order(world.taker, profit)
    assert (0 if found is None else found.left) == units(left)
    assert (order(world.taker, stop) is None) is (mode is not SelfTrade.EXPIRE_TAKER)
    assert [end for end in ends(events) if end[0] == "list"] == ([("list", 1, reason)] if reason else [])
    assert world.taker.has("BTC") == (1000 - left, left)


def test_a_pair_waits_together_and_begins_together() -> None:
    """OTOCO: nothing is held for it until the buy is filled; then 1 BTC, once."""
    world = traded_at(100)
    places(world.taker, OTOCO, leg(BUY, 1, 99), *selling())
    waiting = world.taker.has("BTC")

    events = world.maker.sells(1, at=99)

    assert waiting == (1000, 0)
    assert kinds(events) == ["OrderAccepted", "TradeExecuted", "LegStarted", "LegStarted", "OrderRested"]
    assert world.taker.has("BTC") == (1000, 1)
    done = world.third.buys(1, at=110)
    assert ends(done) == [("expired", 3, "LIST_SIBLING"), ("list", 1, "FILLED")]


def test_a_pair_that_has_begun_stops_the_loss_as_any_pair() -> None:
    """The price falls to 90 after the buy at 99."""
    world = traded_at(100)
    places(world.taker, OTOCO, leg(BUY, 1, 99), *selling())
    world.maker.sells(1, at=99)
    world.third.buys(2, at=90)

    events = world.maker.sells(1, at=90)

    assert ends(events) == [("expired", 2, "LIST_SIBLING"), ("list", 1, "FILLED")]
    assert world.trades[-1] == (1, 90)


def test_a_leg_that_trades_as_it_begins_ends_the_other_that_has_just_begun() -> None:
    """A bid at 106 is left of the order that filled the working leg at 100; the sell at 105 takes it at once."""
    world = traded_at(100)
    places(world.taker, OTOCO, leg(SELL, 1, 100), leg(SELL, 1, 105), leg(SELL, 1, falls=90))

    events = world.third.buys(3, at=106)

    assert ends(events) == [("expired", 3, "LIST_SIBLING"), ("list", 1, "FILLED")]
    assert world.trades == [(1, 100), (1, 106)]
    assert world.taker.has("BTC") == (998, 0)


def test_a_pair_that_would_trigger_when_its_turn_comes_expires() -> None:
    """The buy at 89 is filled at 89, below the stop at 90: both legs end, and nothing is held."""
    world = traded_at(100)
    places(world.taker, OTOCO, leg(BUY, 1, 89), *selling())

    events = world.maker.sells(1, at=89)

    assert ends(events) == [
        ("expired", 3, "TRIGGER_REFUSED"), ("expired", 2, "LIST_SIBLING"), ("list", 1, "TRIGGER_REFUSED")
    ]  # fmt: skip
    assert world.taker.has("BTC") == (1001, 0)


def test_the_pair_of_a_list_that_pays_sells_what_came_in() -> None:
    """OPOCO: 1 comes in and is locked; the stop and the profit share it."""
    world = traded_at(100)
    world.run(cmd.Withdraw(world.taker.no, "spot", "BTC", Amount(units(1000))))
    places(world.taker, OPOCO, leg(BUY, 1, 99), leg(SELL, 0, falls=90), leg(SELL, 0, 110, tif=POST))

    world.maker.sells(1, at=99)

    assert world.taker.has("BTC") == (0, 1)
    world.third.buys(5, at=80)
    stopped = world.maker.sells(1, at=80)
    assert world.taker.has("BTC") == (0, 0)
    assert ends(stopped) == [("expired", 3, "LIST_SIBLING"), ("list", 1, "FILLED")]


def test_a_halted_market_lets_lists_be_canceled() -> None:
    """And nothing else happens to them."""
    world = traded_at(100)
    places(world.taker, OCO, *selling())
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    events = world.run(cmd.CancelAll(world.taker.no, world.market))

    assert ends(events) == [("canceled", 1, "USER"), ("canceled", 2, "USER"), ("list", 1, "USER")]


PAIRS = {
    "a limit to sell below the last price": (leg(SELL, 1, 99), leg(SELL, 1, falls=90)),
    "a limit to sell at the last price": (leg(SELL, 1, 100), leg(SELL, 1, falls=90)),
    "a stop to sell above it": (leg(SELL, 1, 110), leg(SELL, 1, falls=101)),
    "a stop to sell at it": (leg(SELL, 1, 110), leg(SELL, 1, falls=100)),
    "a limit to buy above it": (leg(BUY, 1, 101), leg(BUY, 1, rises=110)),
    "a stop to buy below it": (leg(BUY, 1, 90), leg(BUY, 1, rises=99)),
    "a profit taken below it": (leg(SELL, 1, 99, rises=110), leg(SELL, 1, falls=90)),
    "a profit at market below it": (leg(SELL, 1, rises=99), leg(SELL, 1, falls=90)),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_last_price_lies_between_the_legs(pair: str) -> None:
    """Above it the profit of a seller and the stop of a buyer, below it the others; nobody is at it."""
    world = traded_at(100)

    assert places(world.taker, OCO, *PAIRS[pair])[0].reason is R.LIST_PRICES_WRONG


def test_a_pegged_leg_is_compared_by_the_price_it_got() -> None:
    """The best ask at 105 is above the last price of 100 and will do; one at 99 is not."""
    for ask, fits in ((105, True), (99, False)):
        world = traded_at(100)
        world.third.sells(1, at=ask)

        events = places(world.taker, OCO, leg(SELL, 1, 0, tif=POST, peg=Peg()), leg(SELL, 1, falls=90))

        assert (events[0].__class__ is ev.ListAccepted) is fits
        assert fits or events[0].reason is R.LIST_PRICES_WRONG


def test_a_waiting_pair_is_only_compared_with_itself() -> None:
    """Where the price is when its turn comes nobody knows: 110 and 90 around whatever, but not 90 and 110."""
    world = traded_at(500)

    fine = places(world.taker, OTOCO, leg(BUY, 1, 99), *selling())
    crossed = places(world.taker, OTOCO, leg(BUY, 1, 99), leg(SELL, 1, 90), leg(SELL, 1, falls=110))

    assert kinds(fine)[0] == "ListAccepted"
    assert crossed[0].reason is R.LIST_PRICES_WRONG


def test_a_pair_needs_what_its_larger_leg_needs() -> None:
    """111 are enough for 90 and not for 112."""
    world = traded_at(100)
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(1_000_000 - 111))))

    assert places(world.taker, OCO, *buying())[0].reason is R.BALANCE_INSUFFICIENT


def test_a_limit_that_may_not_take_refuses_the_pair() -> None:
    """Post-only at 101 with a bid at 102 there."""
    world = traded_at(100)
    world.third.buys(1, at=102)

    refused = places(world.taker, OCO, leg(SELL, 1, 101, tif=POST), leg(SELL, 1, falls=90))

    assert refused[0].reason is R.POST_ONLY_WOULD_TAKE
    assert not world.state.accounts[world.taker.no].orders


def smaller(world: World, no: int, qty: float | str) -> Events:
    """Make the taker's order smaller."""
    events: Events = world.run(cmd.AmendOrder(world.taker.no, world.market, Quantity(units(qty)), OrderId(no)))
    return events


@pytest.mark.parametrize("which", [0, 1])
def test_amending_one_leg_of_a_pair_amends_both(which: int) -> None:
    """Binance: "amending either order affects both orders". 3 made 2 hold 180 and 44 of the 270 and 66."""
    world = traded_at(100)
    placed = ids(places(world.taker, OCO, *buying(3)))

    events = smaller(world, placed[which], 2)

    found = [order(world.taker, no) for no in placed]
    assert kinds(events) == ["OrderAmended", "OrderAmended"]
    assert [(each.qty, each.left, each.hold) for each in found if each is not None] == [
        (units(2), units(2), units(180)), (units(2), units(2), units(44))
    ]  # fmt: skip
    assert world.taker.has("USDT") == (1_000_000 - 224, 224)


def test_a_pair_of_orders_at_market_is_amended_by_shares() -> None:
    """The stop holds by its trigger: of 4 that need 440, 1 needs 110."""
    world = traded_at(100)
    low, high = ids(places(world.taker, OCO, leg(BUY, 4, 90, tif=POST), leg(BUY, 4, rises=110)))

    smaller(world, low, 1)

    found = [order(world.taker, no) for no in (low, high)]
    assert [each.hold for each in found if each is not None] == [units(90), units(20)]


def test_a_leg_that_has_traded_is_amended_alone() -> None:
    """Its sibling is gone by then."""
    world = traded_at(100)
    low, _ = ids(places(world.taker, OCO, *buying(3)))
    world.maker.sells(1, at=90)

    assert kinds(smaller(world, low, 2)) == ["OrderAmended"]
    assert world.taker.has("USDT")[1] == 90


def test_working_and_waiting_legs_are_amended_each_by_itself() -> None:
    """A pair that waits still as a pair; what is not paid for yet has no size that could be changed."""
    world = traded_at(100)
    working, one, other = ids(places(world.taker, OTOCO, leg(BUY, 3, 99), *selling(3)))
    paid = ids(places(world.taker, OPOCO, leg(BUY, 1, 99), leg(SELL, 0, falls=90), leg(SELL, 0, 110, tif=POST)))

    assert kinds(smaller(world, working, 2)) == ["OrderAmended"]
    assert kinds(smaller(world, one, 1)) == ["OrderAmended", "OrderAmended"]
    assert smaller(world, paid[2], 1)[0].reason is R.AMEND_UNPAID
    world.maker.sells(2, at=99)
    found = [order(world.taker, no) for no in (one, other)]
    assert [(each.qty, each.hold) for each in found if each is not None] == [(units(1), units(1)), (units(1), 0)]


def test_a_market_that_closes_for_good_ends_its_lists() -> None:
    """Both orders canceled for that reason, in one record with the list."""
    world = traded_at(100)
    places(world.taker, OCO, *selling())
    places(world.third, OTOCO, leg(BUY, 1, 99), *selling())

    events = world.run(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED))

    assert [end[0] for end in ends(events)] == ["canceled"] * 5 + ["list"] * 2
    assert {end[2] for end in ends(events)} == {"DELISTED"}
    assert not any(account.lists for account in world.state.accounts.values())


def test_a_pegged_leg_gets_its_price_when_it_begins() -> None:
    """It waits without a price and holds nothing; when the working leg is filled the best offer is 105, so it joins."""
    world = traded_at(100)
    pegged = leg(SELL, 1, 0, peg=Peg())
    working, waiting = ids(places(world.taker, ListKind.OTO, leg(BUY, 1, 95), pegged))
    assert [each.price for each in (order(world.taker, waiting),) if each is not None] == [0]
    world.maker.sells(1, at=105)

    events = world.third.sells(1, at=95)

    assert [(event.order, event.price) for event in only(events, ev.LegStarted)] == [(waiting, units(105))]
    assert world.ladder[1:] == ["    |   105 |   2"]
    assert order(world.taker, working) is None
