"""Isolated margin: each position lives and dies by a wallet of its own. Numbers by hand, brackets of `world.TIERS`."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import isolating, margin
from simexchange.core.ledger import own_wallet, owner_of_wallet
from simexchange.core.vocabulary import commands as cmd, events as ev, modeevents
from simexchange.core.vocabulary.fills import Closed, Opened
from simexchange.core.vocabulary.ids import PositionId, key_of
from simexchange.core.vocabulary.orders import EndReason, MarginCause, MarginMode, Slot
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Cost, Quantity
from tests.core.world import PERP, World, only, show, units


def isolated(*, cash: int = 1_000, **options: Any) -> World:
    """The perpetual at 100; the taker has *cash* and isolated margin at 10x."""
    world = World(PERP, **options)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - cash) * ONE)))
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    return world


def own(world: World, slot: Slot = Slot.NET, sub: int = 0) -> Any:
    """USDT in the own wallet of the taker's position."""
    wallet = own_wallet("usdm", key_of(world.market, slot, sub))
    return show(world.state.accounts[world.taker.no].free(wallet, "USDT"))


def adjusts(world: World, amount: float | str, slot: Slot = Slot.NET, sub: int = 0) -> Any:
    """The taker moves margin."""
    return world.run(cmd.AdjustMargin(world.taker.no, world.market, slot, sub, Amount(units(amount))))


def test_an_opening_brings_its_worth_divided_by_the_leverage() -> None:
    """2 at 100 at 10x: 20 of the 1,000; the fee of 0.1 % is the account's."""
    world = isolated(taker_fee="0.001")
    world.maker.sells(2, at=100)
    trade = only(world.taker.buys(2), ev.TradeExecuted)[0]

    assert (trade.taker.wallet, trade.taker.margin) == (f"usdm:{world.market}", 20 * ONE)
    assert (world.taker.cash, own(world)) == (979.8, 20)


def test_growing_brings_more_and_the_odd_unit_too() -> None:
    """0.001 at 100.01 is 0.10001; at 9x 0.011112222…, rounded up."""
    world = isolated()
    world.run(cmd.SetLeverage(world.taker.no, world.market, 9))
    world.maker.sells("0.001", at="100.01")
    world.taker.buys("0.001")

    assert own(world) == 0.01111223
    world.maker.sells(1, at=99)
    world.taker.buys(1)
    assert own(world) == 0.01111223 + 11


def test_a_partial_close_takes_its_share_and_what_it_realised() -> None:
    """A quarter of 4 closed at 104: 10 of the 40 and the 4 it gained go back."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.maker.buys(1, at=104)
    trade = only(world.taker.sells(1), ev.TradeExecuted)[0]

    assert trade.taker.margin == -14 * ONE
    assert (world.taker.cash, own(world)) == (974, 30)


def test_a_loss_greater_than_the_share_stays_in_the_own_wallet() -> None:
    """4 at 100 with 40: one closed at 88 loses 12 where its share is 10. Nothing goes out, 28 stay."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.maker.buys(1, at=88)
    trade = only(world.taker.sells(1, at=88), ev.TradeExecuted)[0]

    assert trade.taker.margin == 0
    assert (world.taker.cash, own(world)) == (960, 28)


def test_a_full_close_moves_all_of_it_out() -> None:
    """Whatever roundings were before: the wallet is gone with the position."""
    world = isolated()
    world.run(cmd.SetLeverage(world.taker.no, world.market, 7))
    world.maker.sells(3, at="99.99")
    world.taker.buys(3)
    for price in (99, 101, 103):
        world.maker.buys(1, at=price)
        world.taker.sells(1)

    assert world.taker.position is None
    assert world.taker.cash == 1_000 - 0.99 + 1.01 + 3.01
    assert not [wallet for wallet, _ in world.state.accounts[world.taker.no].balances if ":" in wallet]


def test_a_flip_closes_all_and_opens_anew() -> None:
    """Long 2 with 20, then 5 sold at 102: 24 go out, and 3 × 102 ÷ 10 come in."""
    world = isolated()
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.maker.buys(5, at=102)
    trade = only(world.taker.sells(5), ev.TradeExecuted)[0]

    assert trade.taker.margin == units("30.6") - 24 * ONE
    assert (world.taker.cash, own(world)) == (1_004 - 30.6, 30.6)
    assert world.taker.position == (-3, -306)


def test_of_a_self_trade_each_leg_moves_its_own() -> None:
    """The owner buys 3 from himself: the resting sale closes his 2 and opens a short of 1, the buy closes it again."""
    world = isolated()
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.taker.sells(3, at=101)
    trade = only(world.taker.buys(3), ev.TradeExecuted)[0]

    assert trade.maker.margin == units("10.1") - 22 * ONE
    assert trade.taker.margin == -units("10.1") + units("20.2")
    assert (world.taker.cash, own(world)) == (1_002 - 20.2, 20.2)


def test_the_fee_comes_first_and_the_margin_gets_what_is_left() -> None:
    """With 21 and a fee of 1 % on 200: 19 are left of the 20 that 2 at 10x would bring."""
    world = isolated(cash=21, taker_fee="0.01")
    world.maker.sells(2, at=100)
    world.taker.buys(2, at=100)

    assert (world.taker.cash, own(world)) == (0, 19)


def test_where_the_account_cannot_pay_the_fee_of_a_close_the_position_does() -> None:
    """All of it in the position, and half closed at a loss greater than its share: the fee of 0.91 comes out."""
    world = isolated(cash=22, taker_fee="0.01")
    world.maker.sells(2, at=100)
    world.taker.buys(2, at=100)
    assert (world.taker.cash, own(world)) == (0, 20)
    world.maker.buys(1, at=89)
    world.taker.sells(1, at=89)

    assert (world.taker.cash, own(world)) == (0, 20 - 11 - 0.89)


def test_a_fill_that_would_be_bankrupt_at_birth_is_not_made() -> None:
    """At 20x 1 at 106 brings 5.3, and with the mark at 100 has lost 6 at once: the order ends (money rule L1)."""
    world = isolated()
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    world.maker.sells(1, at=106)
    events = world.taker.buys(1, at=106)

    assert only(events, ev.OrderExpired)[0].reason is EndReason.BANKRUPTCY_PRICE
    assert (world.taker.position, world.taker.cash) == (None, 1_000)


def test_nobody_closes_beyond_what_the_position_has() -> None:
    """Long 4 with 40: at 89.99 closing loses 40.04. The other side may wait, whatever else the account has."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.maker.buys(4, at="89.99")
    events = world.taker.sells(4, at="89.99")

    assert only(events, ev.OrderExpired)[0].reason is EndReason.BANKRUPTCY_PRICE
    assert own(world) == 40


def test_funding_is_paid_by_the_position() -> None:
    """Its own wallet loses what the other side gets."""
    world = isolated()
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    rows = only(world.passes(8 * HOUR), ev.FundingPaid)
    paid = next(each for each in rows if each.account == world.taker.no)

    assert paid.wallet == f"usdm:{world.market}"
    assert paid.amount < 0
    assert own(world) == show(20 * ONE + paid.amount)
    assert world.taker.cash == 980


def test_one_isolated_position_is_liquidated_and_the_rest_of_the_account_is_untouched() -> None:
    """Long 4 at 100 with 40: at 90.909… the equity of 40 − 4 × 9.0909 meets 1 % of 363.636."""
    world = isolated(liquidation_fee="0.01")
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.maker.buys(4, at="90.5")
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    price = margin.liquidation_price(world.state, account, market)
    assert show(price // 100 * 100) == pytest.approx(90.909090, abs=1e-5)
    assert not only(world.mark("90.91"), ev.LiquidationStarted)
    events = world.mark("90.90")

    # Sold at 90.5: 38 lost, 2 left, and a fee of 1 % of 362 that may take all but that.
    assert only(events, ev.LiquidationStarted)[0].wallet == f"usdm:{world.market}"
    assert only(events, ev.LiquidationFeeCharged)[0].amount == 2 * ONE
    assert world.taker.position is None
    assert world.taker.cash == 960
    assert own(world) == 0


def test_what_a_liquidation_leaves_is_the_owners() -> None:
    """All 4 are sold at 92: 32 lost, and a fee of 1 % of 368. The 4.32 that are left come back, and are told of."""
    world = isolated(liquidation_fee="0.01")
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.maker.buys(4, at=92)
    events = world.mark("90.90")

    (moved,) = only(events, modeevents.MarginAdjusted)
    assert (moved.amount, moved.cause, moved.balance) == (-units("4.32"), MarginCause.LEFT_OVER, 0)
    assert (world.taker.cash, own(world)) == (964.32, 0)


def test_what_a_takeover_leaves_is_the_funds() -> None:
    """Nobody buys: the fund takes all 4 at the bankruptcy price of 90, and what rounding leaves."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.mark("90.90")

    assert world.taker.position is None
    assert (world.taker.cash, own(world)) == (960, 0)


def test_a_gap_beyond_the_bankruptcy_price_is_the_funds_loss_not_the_accounts() -> None:
    """From 100 to 80 at once: the position has lost 80 of 40, the 960 are untouched."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.mark(80)

    assert world.taker.position is None
    assert world.taker.cash == 960


def test_open_orders_draw_on_the_account_and_a_position_does_not() -> None:
    """Cross available of 1,000: 40 are in the position, an order of 5 at 100 needs 50 more."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    world.taker.buys(5, at=100)
    account = world.state.accounts[world.taker.no]
    state = margin.wallet_state(world.state, account, "usdm", "USDT")

    assert (state.wallet, state.order_initial, state.available) == (960 * ONE, 50 * ONE, 910 * ONE)
    assert margin.position_state(world.state, account, world.state.markets[world.market]).wallet == 40 * ONE


@pytest.mark.parametrize(
    ("own_cash", "closing", "realised", "fee", "cash", "expected"),
    [
        (30, 1, 0, 0, 100, -10),  # a third of the size, a third of the margin
        (31, 1, 0, 0, 100, -10),  # rounded down: what is odd stays
        (30, 1, -4, 0, 100, -6),
        (30, 1, -14, 0, 100, 0),
        (30, 1, -14, 3, 1, -2),  # two short for the fee
        (30, 1, -14, 3, -9, -3),  # never more than the fee
        (30, 1, -29, 3, 0, -1),  # never more than there is
        (30, 3, -29, 0, 0, -1),
        (30, 3, 5, 0, 0, -35),
        (30, 3, -31, 0, 0, 0),  # less than nothing: the fund's, not the account's
        (-2, 3, 5, 0, 0, -3),
    ],
)
def test_what_a_close_moves(own_cash: int, closing: int, realised: int, fee: int, cash: int, expected: int) -> None:
    """Of a position of 3, in units."""
    closed = Closed(PositionId(1), Quantity(closing), Amount(realised), Cost(0))

    assert isolating.moved(cash, own_cash, 3, closed, None, 0, fee, 10) == expected


def test_what_an_opening_moves() -> None:
    """A worth of 100 at 7x is 14.28…, so 15; with 12 in the account and a fee of 2 it is 10."""
    opened = Opened(PositionId(1), Quantity(-3), Cost(-100 * ONE))

    assert isolating.moved(100, 0, 0, None, opened, 0, 2, 7) == 15
    assert isolating.moved(12, 0, 0, None, opened, 0, 2, 7) == 10
    assert isolating.moved(-5, 0, 0, None, opened, 0, 2, 7) == 0


@pytest.mark.parametrize("key", [key_of(3), key_of(3, Slot.LONG), key_of(3, Slot.SHORT, 7), key_of(12, Slot.LONG, 1)])  # type: ignore[arg-type]
def test_the_name_of_an_own_wallet_says_whose_it_is(key: Any) -> None:
    """There and back; the account's wallets are nobody's own."""
    assert owner_of_wallet(own_wallet("coinm", key)) == key
    assert owner_of_wallet("coinm") is None


def test_an_own_wallet_is_not_to_be_paid_into_by_name() -> None:
    """Deposits and transfers know the account's wallets only."""
    world = isolated()
    events = world.run(cmd.Transfer(world.taker.no, "usdm", f"usdm:{world.market}", "USDT", Amount(1)))

    assert only(events, ev.CommandRefused)
