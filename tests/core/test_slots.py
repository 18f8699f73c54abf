"""What hangs on positions, where an account has several in one market, and contracts paid in coin in every mode."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import canonical, margin, whatif
from simexchange.core.engine import Engine
from simexchange.core.ledger import own_wallet
from simexchange.core.vocabulary import commands as cmd, events as ev, modeevents
from simexchange.core.vocabulary.ids import PositionKey, key_of, number_of
from simexchange.core.vocabulary.orders import (
    EndReason,
    MarginMode,
    Origin,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Price, Quantity
from simexchange.projections import positions
from simexchange.projections.views import Views
from tests.core.test_inverse import world as inverse_world
from tests.core.test_isolated import isolated
from tests.core.test_modes import both, hedging, held
from tests.core.world import PERP, World, only, units

coins = inverse_world
"""Contracts of 100 USD at 50,000; everybody has 10 BTC."""
LONG, SHORT = Slot.LONG, Slot.SHORT
IN_LONG, IN_SHORT = Terms(slot=LONG), Terms(slot=SHORT)
MARK = TriggerPrice.MARK


def at_mark(price: int, *, rising: bool) -> Trigger:
    """A trigger on the mark."""
    return Trigger(Price(units(price)), MARK, rising)


def sleeping(world: World) -> list[Any]:
    """(slot, side) of the taker's sleeping orders that protect a position."""
    orders = world.state.accounts[world.taker.no].orders.values()
    return [(order.more.slot, order.side) for order in orders if order.more and order.more.origin is Origin.TPSL]


# Protection


def test_what_is_attached_protects_the_slot_it_opened() -> None:
    """Long 2 with a stop at 90 and a profit at 110, short 3 with a stop at 110: the mark at 110 closes both."""
    world = hedging()
    world.maker.sells(2, at=100)
    world.taker.buys(
        2, more=Terms(slot=LONG, stop_loss=at_mark(90, rising=False), take_profit=at_mark(110, rising=True))
    )
    world.maker.buys(3, at=100)
    world.taker.sells(3, more=Terms(slot=SHORT, stop_loss=at_mark(108, rising=True)))
    assert sleeping(world) == [(LONG, Side.SELL), (LONG, Side.SELL), (SHORT, Side.BUY)]

    world.maker.sells(9, at=109)
    world.mark(109)
    assert (held(world, LONG), held(world, SHORT)) == (2, 0)
    assert sleeping(world) == [(LONG, Side.SELL), (LONG, Side.SELL)]
    world.maker.buys(2, at=108)
    world.mark(111)
    assert (held(world, LONG), sleeping(world)) == (0, [])


def test_a_position_is_protected_by_naming_its_slot() -> None:
    """The short's stop stays when the long gets one; without a slot it is refused."""
    world = both(hedging())
    for slot, stop in ((SHORT, at_mark(120, rising=True)), (LONG, at_mark(80, rising=False))):
        events = world.run(cmd.ProtectPosition(world.taker.no, world.market, slot, None, stop))
        assert only(events, ev.PositionProtected)
    assert sleeping(world) == [(SHORT, Side.BUY), (LONG, Side.SELL)]
    (refused,) = world.run(cmd.ProtectPosition(world.taker.no, world.market, Slot.NET, None, at_mark(80, rising=False)))
    assert refused.reason is R.POSITION_SLOT_MISMATCH


def test_separate_positions_are_protected_each_by_its_number() -> None:
    """Two longs; the stop of the second closes the second, and the first is there."""
    world = hedging()
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.SEPARATE))
    world.maker.sells(3, at=100)
    fresh = Terms(slot=LONG, sub_position=-1)
    first = number_of(only(world.taker.buys(1, more=fresh), ev.OrderAccepted)[0].order)
    stopped = Terms(slot=LONG, sub_position=-1, stop_loss=at_mark(95, rising=False))
    events = world.taker.buys(2, more=stopped)
    second = number_of(only(events, ev.OrderAccepted)[0].order)
    assert only(events, ev.PositionProtected)[0].sub == second
    stop = at_mark(90, rising=False)
    world.run(cmd.ProtectPosition(world.taker.no, world.market, LONG, None, stop, first))

    world.maker.buys(9, at=94)
    world.mark(94)
    assert (held(world, LONG, first), held(world, LONG, second)) == (1, 0)
    world.mark(89)
    assert not world.state.accounts[world.taker.no].positions


def test_a_stop_larger_than_its_slot_is_trimmed_when_it_wakes() -> None:
    """Sleeping to sell 5 of a long of 2: it sells the 2, and never opens a short."""
    world = both(hedging())
    world.maker.buys(9, at=94)
    world.taker.sells(5, more=Terms(slot=LONG, trigger=at_mark(95, rising=False)))
    woken = only(world.mark(94), ev.OrderTriggered)

    assert woken[0].qty == 2 * ONE
    assert (held(world, LONG), held(world, SHORT)) == (0, -3)


def test_a_close_all_of_one_slot_leaves_the_other() -> None:
    """Both slots may have one of their own."""
    world = both(hedging())
    world.taker.sells(0, more=Terms(slot=LONG, close_all=True, trigger=at_mark(95, rising=False)))
    world.taker.buys(0, more=Terms(slot=SHORT, close_all=True, trigger=at_mark(95, rising=False)))
    again = world.taker.sells(0, more=Terms(slot=LONG, close_all=True, trigger=at_mark(94, rising=False)))
    assert only(again, ev.OrderRejected)[0].reason is R.CLOSE_ALL_EXISTS
    world.maker.buys(2, at=95)
    world.mark(95)

    assert (held(world, LONG), held(world, SHORT)) == (0, -3)


# Resting orders


def test_resting_closers_of_a_slot_cover_it() -> None:
    """Sales of 1 and 1 cover the long of 2: a third is refused. Without one of them it is taken, the other stays."""
    world = both(hedging())
    near = only(world.taker.sells(1, at=105, more=IN_LONG), ev.OrderAccepted)[0].order
    far = only(world.taker.sells(1, at=106, more=IN_LONG), ev.OrderAccepted)[0].order
    world.maker.buys(1, at=99)
    world.taker.sells(1, at=99, more=Terms(slot=LONG, reduce_only=True))
    assert only(world.past, ev.OrderRejected)[-1].reason is R.REDUCE_ONLY_COVERED
    world.taker.cancels(far)
    events = world.taker.sells(1, at=99, more=IN_LONG)

    assert held(world, LONG) == 1
    assert not only(events, ev.OrderExpired)
    assert near in world.state.accounts[world.taker.no].orders


def test_orders_that_open_a_slot_need_margin_beside_those_of_the_other() -> None:
    """Of 1,000 the buys to open need 396 and the sells to open 595.9: both, not the larger; 10.1 more do not go in."""
    world = hedging()
    world.taker.buys(40, at=99, more=IN_LONG)
    assert only(world.taker.sells(59, at=101, more=IN_SHORT), ev.OrderRested)
    refused = only(world.taker.sells(1, at=101, more=IN_SHORT), ev.OrderRejected)

    assert refused[0].reason is R.MARGIN_INSUFFICIENT


def test_a_modified_order_of_a_slot_may_not_close_more_than_there_is() -> None:
    """A resting sale of 1 out of 2 may become one of 2, not of 3."""
    world = both(hedging())
    order = only(world.taker.sells(1, at=105, more=IN_LONG), ev.OrderAccepted)[0].order
    to = [
        cmd.ModifyOrder(world.taker.no, world.market, Quantity(qty * ONE), Price(units(104)), order) for qty in (3, 2)
    ]

    assert world.run(to[0])[0].reason is R.REDUCE_ONLY_COVERED
    assert only(world.run(to[1]), ev.OrderRested)[0].left == 2 * ONE


def test_a_fill_or_kill_counts_each_slots_closers_apart() -> None:
    """A hedger offers 2 out of his long and 3 to open a short; all 5 can be had."""
    world = both(hedging())
    world.taker.sells(2, at=101, more=IN_LONG)
    world.taker.sells(3, at=101, more=IN_SHORT)
    events = world.third.buys(5, at=101, tif=TimeInForce.FOK)

    assert only(events, ev.TradeExecuted)[-1].taker.left == 0
    assert (held(world, LONG), held(world, SHORT)) == (0, -6)


def test_one_may_trade_from_one_slot_into_the_other() -> None:
    """A hedger's own offers meet: the long of 2 is sold to the short's buyer, who is himself."""
    world = both(hedging())
    world.taker.sells(2, at=100, more=IN_LONG)
    world.taker.buys(2, at=100, more=IN_SHORT)

    assert (held(world, LONG), held(world, SHORT)) == (0, -1)


# What was seen of it


def test_the_views_tell_slots_apart() -> None:
    """Positions by key, the own wallets' balances, movements of margin, and leverage by slot."""
    world = hedging()
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20, SHORT))
    both(world)
    world.run(cmd.AdjustMargin(world.taker.no, world.market, LONG, 0, Amount(5 * ONE)))
    world.run(cmd.AdjustMargin(world.taker.no, world.market, LONG, 0, Amount(-2 * ONE)))
    views = Views()
    for seq, event in enumerate(world.past, 1):
        views.apply(seq, world.at, event)
    me, long, short = world.taker.no, key_of(world.market, LONG), key_of(world.market, SHORT)

    row = views.positions.get(me, short)
    assert row is not None
    assert (row.qty, row.slot, row.wallet) == (-3 * ONE, SHORT, f"usdm:{world.market}:SHORT")
    assert views.balances.get(me, own_wallet("usdm", long), "USDT").free == 23 * ONE
    assert [(each.slot, each.amount, each.cause) for each in views.margins.of(me)] == [
        (LONG, 20 * ONE, None),
        (SHORT, 15 * ONE, None),
        (LONG, 5 * ONE, 0),
        (LONG, -2 * ONE, 0),
    ]
    assert len(views.margins.of(me, added=False)) == 1
    assert (views.accounts.leverage(me, long), views.accounts.leverage(me, short)) == (10, 20)
    assert list(views.accounts.by_no[me].isolated) == [world.market]
    assert views.accounts.by_no[me].position_mode is PositionMode.HEDGE
    mine = world.state.accounts[me].balances
    assert {name: balance.free for name, balance in mine.items() if balance.free} == {
        (each.wallet, each.asset): each.free for each in views.balances.of(me) if each.free
    }


def test_views_let_go_of_separate_positions_that_are_gone() -> None:
    """Their own wallets at once; of the flat ones themselves the oldest, when there are too many."""
    world = hedging()
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.SEPARATE))
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    fresh = Terms(slot=LONG, sub_position=-1)
    for _ in range(4):
        world.maker.sells(1, at=100)
        number = number_of(only(world.taker.buys(1, at=100, more=fresh), ev.OrderAccepted)[0].order)
        world.maker.buys(1, at=99)
        world.taker.sells(1, at=99, more=Terms(slot=LONG, sub_position=number))
    views = Views()
    for seq, event in enumerate(world.past, 1):
        views.apply(seq, world.at, event)

    assert not [row for row in views.balances.of(world.taker.no) if ":" in row.wallet]
    assert len(views.positions.of(world.taker.no, flat=True)) == 4
    assert not [name for name, _ in world.state.accounts[world.taker.no].balances if ":" in name]
    assert not world.state.accounts[world.taker.no].exposures
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(positions, "SEPARATE_KEPT", 2)
        fewer = Views()
        for seq, event in enumerate(world.past, 1):
            fewer.apply(seq, world.at, event)
    assert [row.sub for row in fewer.positions.of(world.taker.no, flat=True)] == [
        row.sub for row in views.positions.of(world.taker.no, flat=True)[-2:]
    ]


def test_modes_are_in_the_states_one_form() -> None:
    """Dumped and loaded it is the same, and decides the same."""
    world = hedging()
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, LONG, 0, on=True))
    both(world)
    dumped = canonical.dump(world.state)
    world.state = canonical.load(dumped)
    world.engine = Engine(world.state)

    assert canonical.dump(world.state) == dumped
    assert only(world.mark("90.9"), modeevents.MarginAdjusted)


def test_what_an_order_would_leave_is_what_it_leaves() -> None:
    """Of an isolated account: the own wallet's cash, its liquidation price, what is available."""
    world = isolated(taker_fee="0.001")
    world.maker.sells(9, at=100)
    world.taker.buys(4)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    foreseen = whatif.after(world.engine, account, market, Side.BUY, 3 * ONE, 100 * ONE)
    world.taker.buys(3, at=100)

    assert foreseen.position.wallet == 70 * ONE
    assert foreseen.liquidation_price == margin.liquidation_price(world.state, account, market)
    assert foreseen.wallet == margin.wallet_state(world.state, account, "usdm", "USDT")


# Paid in coin


def coin_own(world: World, key: PositionKey | None = None) -> int:
    """BTC in the own wallet of the taker's position."""
    return world.state.accounts[world.taker.no].free(own_wallet("coinm", key or world.market), "BTC")


def test_an_isolated_inverse_position_lives_on_coin_of_its_own(coins: World) -> None:
    """100,000 USD at 50,000: 2 BTC, 0.2 of margin at 10x, the fee of 0.001 the account's.

    Half closed at 62,500 where 1 BTC is worth 0.8: 0.2 gained and 0.1 of margin go back, and the fee of 0.0004 is paid.
    The rest closed at 40,000, where 1 BTC has become 1.25, would lose more than there is: not made.
    """
    world = coins
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    assert (coin_own(world), world.state.accounts[world.taker.no].free("coinm", "BTC")) == (
        units("0.2"), units("9.799"),
    )  # fmt: skip
    world.maker.buys(500, at=62_500)
    closed = only(world.taker.sells(500), ev.TradeExecuted)[0].taker
    assert (closed.closed.realised, closed.margin) == (units("0.2"), -units("0.3"))
    assert (coin_own(world), world.state.accounts[world.taker.no].free("coinm", "BTC")) == (
        units("0.1"), units("10.0986"),
    )  # fmt: skip
    world.maker.buys(500, at=40_000)
    ended = only(world.taker.sells(500, at=40_000), ev.OrderExpired)
    assert ended[0].reason is EndReason.BANKRUPTCY_PRICE


def test_what_may_be_taken_out_of_an_inverse_position_is_in_coin(coins: World) -> None:
    """0.5 in it. At 62,500 worth 1.6: 0.5 − 0.016, and 0.5 + 0.4 − 0.16; at 40,000 worth 2.5: 0.5 − 0.5 − 0.25."""
    world = coins
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(units("0.3"))))
    world.mark(62_500)
    for amount, fits in (("0.48400001", False), ("0.484", True)):
        events = world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-units(amount))))
        assert bool(only(events, modeevents.MarginAdjusted)) is fits
    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(units("0.484"))))
    world.mark(41_000)
    (refused,) = world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-1)))
    assert refused.reason is R.MARGIN_REMOVED_TOO_MUCH


def test_the_liquidation_price_of_an_isolated_inverse_position_is_that_of_its_own_coin(coins: World) -> None:
    """N(1 + m) ÷ (WB + N ÷ E) = 101,000 ÷ 2.2; below it the position goes, and the account keeps its 9.799."""
    world = coins
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    assert margin.liquidation_price(world.state, account, market) == 101_000 * ONE * 10 // 22
    world.mark(45_910)
    assert account.positions
    world.mark("45909")

    assert not account.positions
    assert (coin_own(world), account.free("coinm", "BTC")) == (0, units("9.799"))


def test_a_hedge_in_coin_has_two_slots_and_two_wallets(coins: World) -> None:
    """Long 1,000 and short 500 contracts at 50,000, isolated: 0.2 and 0.1 BTC; funding falls on each of them."""
    world = coins
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000, more=IN_LONG)
    world.maker.buys(500, at=50_000)
    world.taker.sells(500, more=IN_SHORT)
    keys = [key_of(world.market, slot) for slot in (LONG, SHORT)]
    assert [coin_own(world, key) for key in keys] == [units("0.2"), units("0.1")]
    before = [coin_own(world, key) for key in keys]
    paid = [each for each in only(world.passes(8 * HOUR), ev.FundingPaid) if each.account == world.taker.no]

    assert [coin_own(world, key) - was for key, was in zip(keys, before, strict=True)] == [p.amount for p in paid]
    assert paid[0].amount * paid[1].amount < 0


@pytest.mark.parametrize("mode", [PositionMode.HEDGE, PositionMode.SEPARATE])
def test_an_iceberg_of_a_slot_fills_like_any_other(mode: PositionMode) -> None:
    """Every trade of it works on the slot it said."""
    world = World(PERP)
    world.index(100)
    world.run(cmd.SetPositionMode(world.taker.no, mode))
    sub = -1 if mode is PositionMode.SEPARATE else 0
    more = Terms(slot=SHORT, sub_position=sub, iceberg_qty=Quantity(ONE))
    order = only(world.taker.sells(3, at=100, more=more), ev.OrderAccepted)[0].order
    world.third.order(Side.BUY, 3, 100)

    assert held(world, SHORT, number_of(order) if sub else 0) == -3
