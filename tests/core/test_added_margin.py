"""Margin moved by hand, and added by itself before a liquidation. Numbers by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simexchange.core import margin
from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.vocabulary import commands as cmd, events as ev, modeevents
from simexchange.core.vocabulary.markets import Filters, MarketRules, Tier
from simexchange.core.vocabulary.orders import MarginCause, MarginMode, PositionMode, Side, Slot, Terms
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from tests.core.test_isolated import adjusts, isolated, own
from tests.core.test_modes import refused
from tests.core.world import PERP, World, only, units


def long_of_four(**options: Any) -> World:
    """Long 4 at 100 with 40 of its own; 960 are the account's."""
    world = isolated(**options)
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    return world


def test_added_margin_moves_the_liquidation_price_away() -> None:
    """With 60: 60 − 4 × (100 − p) = 1 % of 4p at 340 ÷ 3.96; the event carries what was decided on."""
    world = long_of_four()
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    (event,) = adjusts(world, 20)

    assert event == modeevents.MarginAdjusted(
        world.taker.no, world.market, Slot.NET, 0, account.positions[world.market].id, "usdm",
        f"usdm:{world.market}", "USDT", Amount(20 * ONE), Amount(960 * ONE), Amount(60 * ONE), MarginCause.OWNER,
    )  # fmt: skip
    assert (world.taker.cash, own(world)) == (940, 60)
    assert margin.liquidation_price(world.state, account, market) // 10**5 == 340 * ONE // 396 * 100 // 10**5


@pytest.mark.parametrize(
    ("mark", "extra", "most"),
    [
        # own 40, worth 400, MM 4, IM 40: own − MM = 36, own + 0 − 40 = 0
        (100, 0, 0),
        (100, 20, 20),
        # worth 440, uPnL 40: own − MM = 35.6 is less than 40 + 40 − 44 = 36
        (110, 0, "35.6"),
        # worth 420, uPnL 20: 40 − 4.2 = 35.8; 40 + 20 − 42 = 18
        (105, 0, 18),
        # worth 380, uPnL −20: 60 − 20 − 38 = 2
        (95, 20, 2),
        (94, 0, 0),
    ],
)
def test_what_may_be_taken_out_is_the_lesser_of_two(mark: int, extra: int, most: Any) -> None:
    """min(own − MM, own + unrealised − worth at mark ÷ leverage), to the last unit (Binance FAQ 360038447311)."""
    world = long_of_four()
    if extra:
        adjusts(world, extra)
    world.mark(mark)
    account = world.state.accounts[world.taker.no]
    limit = units(most)

    one_more = cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-limit - 1))
    assert refused(world, one_more) is R.MARGIN_REMOVED_TOO_MUCH
    if limit:
        world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-limit)))
    assert account.free("usdm", "USDT") == 960 * ONE - extra * ONE + limit
    assert not account.liquidating


def test_what_may_be_added_leaves_what_cross_positions_and_isolated_orders_need() -> None:
    """Of 960: an order of 5 at 90 needs 45. Up to 915, not a unit more."""
    world = long_of_four()
    world.taker.buys(5, at=90)
    limit = 915 * ONE

    one_more = cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(limit + 1))
    assert refused(world, one_more) is R.MARGIN_ADDED_TOO_MUCH
    assert world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(limit)))[0].most == limit
    assert (world.taker.cash, own(world)) == (45, 955)


def test_margin_cannot_be_moved_where_there_is_no_position() -> None:
    """−4054, be it added or taken out."""
    world = isolated()

    for amount in (1, -1):
        command = cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(amount))
        assert refused(world, command) is R.MARGIN_POSITION_MISSING


# By itself


def helped(*, cash: int = 1_000, leverage: int = 10) -> World:
    """Long 4 at 100, to be helped."""
    world = isolated(cash=cash)
    world.run(cmd.SetLeverage(world.taker.no, world.market, leverage))
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    return world


def test_a_position_is_helped_with_its_initial_margin_instead_of_liquidated() -> None:
    """At 90.90 the 3.6 left are below 3.636; 40 more bring the liquidation price down to 80.808."""
    world = helped()
    events = world.mark("90.90")

    (moved,) = only(events, modeevents.MarginAdjusted)
    assert (moved.amount, moved.most, moved.cause) == (40 * ONE, 360 * ONE, MarginCause.AUTO)
    assert not only(events, ev.LiquidationStarted)
    assert (world.taker.cash, own(world)) == (920, 80)


def test_it_is_helped_again_and_again_until_nothing_is_left() -> None:
    """With 100 beside it: 40 at 90.90, 40 at 80.80, the last 20 at 70.70, and at 65.65 it falls."""
    world = helped(cash=140)
    moved = [only(world.mark(mark), modeevents.MarginAdjusted)[0].amount for mark in ("90.90", "80.80", "70.70")]
    events = world.mark("65.65")

    assert moved == [40 * ONE, 40 * ONE, 20 * ONE]
    assert only(events, ev.LiquidationStarted)[0].balance == units(140) - units("137.4")
    assert (world.taker.position, world.taker.cash, own(world)) == (None, 0, 0)


def test_after_a_gap_it_is_helped_as_often_as_it_takes_in_one_event() -> None:
    """From 100 to 75 the 40 have lost 100: two helpings bring 20, above the 3 it needs."""
    world = helped()
    (moved,) = only(world.mark(75), modeevents.MarginAdjusted)

    assert moved.amount == 80 * ONE


def test_nothing_is_thrown_after_a_position_that_cannot_be_saved() -> None:
    """At 75 it needs 63 more, and there are 50: they stay the account's, and it is liquidated."""
    world = helped(cash=90)
    events = world.mark(75)

    assert not only(events, modeevents.MarginAdjusted)
    assert only(events, ev.LiquidationStarted)
    assert world.taker.cash == 50


def test_it_is_never_given_more_than_a_leverage_of_one() -> None:
    """A short of 4 at 100 may have 400 in all. At 190 it has lost 360 of 40 and needs 7.6: nine times 40 fill it."""
    world = isolated(cash=2_000)
    world.maker.buys(4, at=100)
    world.taker.sells(4)
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    world.mark(190)
    assert own(world) == 400
    events = world.mark(199)

    assert only(events, ev.LiquidationStarted)
    assert world.taker.cash == 1_600


def test_a_position_that_is_not_to_be_helped_is_not() -> None:
    """On and off again; a second position beside it has its own word."""
    world = isolated()
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.maker.sells(4, at=100)
    world.taker.buys(4, more=Terms(slot=Slot.LONG))
    switch = [cmd.SetAutoMargin(world.taker.no, world.market, Slot.LONG, 0, on=on) for on in (True, False)]
    world.run(switch[0])
    assert refused(world, switch[0]) is R.AUTO_MARGIN_UNCHANGED
    world.run(switch[1])
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.SHORT, 0, on=True))
    events = world.mark("90.90")

    assert not only(events, modeevents.MarginAdjusted)
    assert only(events, ev.LiquidationStarted)


def test_help_stops_where_the_accounts_cross_positions_would_need_it() -> None:
    """A cross position elsewhere that needs 50 of the 110: 60 may go, and at 90.90 the usual 40 do."""
    world = isolated(cash=150)
    other = world.state.markets[world.market].spec
    world.run(cmd.ListMarket(msgspec.structs.replace(other, id="perp:ETH-USDT", base="ETH", index="")))
    no = world.state.market_no["perp:ETH-USDT"]
    tiers = (Tier(Amount(0), Amount(10_000 * ONE), 10, Rate(1_000_000), Amount(0)),)
    world.run(cmd.SetRules("binance", no, MarketRules(Filters(), Rate(0), Rate(0), tiers, Rate(0), 10)))
    first, world.market = world.market, no
    world.maker.sells(5, at=100)
    world.taker.buys(5, at=100)
    world.market = first
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    (moved,) = only(world.mark("90.90"), modeevents.MarginAdjusted)

    assert (moved.most, moved.amount) == (60 * ONE, 40 * ONE)


def test_help_that_brings_the_accounts_cross_positions_close_is_told_in_the_same_record() -> None:
    """A cross position elsewhere that needs 45: of the 95 beside it 40 go, and 45 is more than 80 % of 55.

    Nothing is left to be looked at in a later record: after a restart nobody would know of it.
    """
    world = isolated(cash=135)
    other = world.state.markets[world.market].spec
    world.run(cmd.ListMarket(msgspec.structs.replace(other, id="perp:ETH-USDT", base="ETH", index="")))
    no = world.state.market_no["perp:ETH-USDT"]
    tiers = (Tier(Amount(0), Amount(10_000 * ONE), 10, Rate(9_000_000), Amount(0)),)
    world.run(cmd.SetRules("binance", no, MarketRules(Filters(), Rate(0), Rate(0), tiers, Rate(0), 10)))
    first, world.market = world.market, no
    world.maker.sells(5, at=100)
    world.taker.buys(5, at=100)
    world.market = first
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    events = world.mark("90.90")

    (moved,), (called,) = only(events, modeevents.MarginAdjusted), only(events, ev.MarginCallIssued)
    assert (moved.amount, world.taker.cash) == (40 * ONE, 55)
    assert (called.wallet, called.balance, called.maintenance) == ("usdm", 55 * ONE, 45 * ONE)
    assert not world.engine.touched


def test_what_was_said_of_help_is_forgotten_with_the_mode() -> None:
    """Back to cross and to isolated again: nothing is helped."""
    world = isolated()
    account = world.state.accounts[world.taker.no]
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.CROSS))
    assert not account.auto_margin
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    assert not account.auto_margin


# What the invariants see


def test_money_in_the_own_wallet_of_no_position_is_found() -> None:
    """Whatever forgets to move it out."""
    world = isolated()
    account = world.state.accounts[world.taker.no]
    account.balance("usdm", "USDT").free -= 1
    account.balance(f"usdm:{world.market}", "USDT").free += 1

    with pytest.raises(InvariantBroken, match="left in"):
        check(world.state)


def test_a_position_of_another_mode_is_found() -> None:
    """A hedging account with a net position."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(1, at=100)
    world.taker.order(Side.BUY, 1, 100)
    world.state.accounts[world.taker.no].position_mode = PositionMode.HEDGE

    with pytest.raises(InvariantBroken, match="HEDGE"):
        check(world.state)
