"""The liquidation waterfall where margin is isolated, and where a long stands beside a short. Numbers by hand."""

from __future__ import annotations

from typing import Any

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.liquidations import LiquidationPart, SizeReason
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import EndReason, MarginMode, PositionMode, Slot, Terms, TradeKind
from simexchange.core.vocabulary.units import ONE, Amount
from tests.core.test_waterfall import steps
from tests.core.world import PERP, Person, World, only, show

FUND = AccountNo(1)
PART, WHY = LiquidationPart, SizeReason
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)


def wallets(person: Person) -> dict[str, Any]:
    """What of USDT is in each wallet of margin."""
    account = person.world.state.accounts[person.no]
    return {
        wallet: show(money.free)
        for (wallet, asset), money in account.balances.items()
        if asset == "USDT" and wallet != "spot"
    }


def isolated(cash: int = 1_000, **options: Any) -> World:
    """The taker is long 10 at 100 at 10x with margin of its own, 100, and has *cash* in all."""
    world = World(PERP, **options)
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - cash) * ONE)))
    return world


def test_an_isolated_position_is_liquidated_alone() -> None:
    """At 90.5 its 100 are 5, and 9.05 are needed: nobody buys, so the fund takes it at 90. The 900 stay."""
    world = isolated()
    no = f"usdm:{world.market}"
    assert wallets(world.taker) == {"usdm": 900, no: 100}
    there = only(world.taker.buys(1, at=80), ev.OrderRested)[0].order

    events = world.mark("90.5")

    assert [(e.wallet, show(e.balance), show(e.maintenance)) for e in only(events, ev.LiquidationStarted)] == [
        (no, 5, 9.05)
    ]
    assert [(e.order, e.reason) for e in only(events, ev.OrderCanceled)] == [(there, EndReason.LIQUIDATION)]
    assert steps(events)[-1] == (PART.TAKE_OVER, 10, WHY.WHOLE)
    assert [show(e.price) for e in only(events, ev.TradeExecuted)] == [90]
    assert (world.taker.position, world.taker.cash) == (None, 900)
    assert sum(value for wallet, value in wallets(world.taker).items() if wallet != "usdm") == 0


def test_what_an_isolated_position_owes_is_not_its_account_s() -> None:
    """The mark gaps to 50: the fund loses 400 on it, and the account keeps its 900."""
    world = isolated()
    fund = world.state.accounts[FUND].free("usdm", "USDT")

    events = world.mark(50)

    decided = only(events, ev.LiquidationStepDecided)[-1]
    assert (decided.part, show(decided.short), show(decided.price)) == (PART.TAKE_OVER, 400, 90)
    assert world.taker.cash == 900
    assert world.state.accounts[FUND].free("usdm", "USDT") == fund


def test_a_part_of_an_isolated_position_pays_its_fee_from_its_own_wallet() -> None:
    """20 at 100 with 200: at 92 the balance is 40 and 52 are needed. 12 ÷ 3.45 = 3.4782…, so 3.479 are sold: they lose
    27.832, and the fee is 4.00085.
    """
    world = World(PERP, liquidation_fee="0.0125")
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.index(100)
    world.maker.sells(20, at=100)
    world.taker.buys(20)
    world.third.buys(5, at=92)

    events = world.mark(92)

    assert steps(events) == [(PART.REDUCE, 3.479, WHY.ENOUGH)]
    assert wallets(world.taker) == {"usdm": 999_800, f"usdm:{world.market}": 200 - 27.832 - 4.00085}


def test_a_fee_that_takes_all_that_is_left_takes_the_own_wallet_along() -> None:
    """Sold at 90.2 it has 2 of its 100 left, and the fee of 1.25 % would be 11.275: its wallet is gone with it.

    Else it would be found there, empty and nobody's, when margin is cross again.
    """
    world = isolated(liquidation_fee="0.0125")
    world.third.buys(10, at="90.2")

    events = world.mark("90.5")

    (fee,) = only(events, ev.LiquidationFeeCharged)
    assert (show(fee.amount), world.taker.position) == (2, None)
    assert wallets(world.taker) == {"usdm": 900}
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.CROSS))


def test_an_isolated_winner_gets_his_margin_back_with_what_he_won() -> None:
    """The maker is short 10 with 100 of its own; at the long's bankruptcy price 89 he has gained 110."""
    world = World(PERP, capital=0)
    world.run(cmd.SetMarginMode(world.maker.no, world.market, MarginMode.ISOLATED))
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 110) * ONE)))

    events = world.mark(50)

    (taken,) = only(events, ev.PositionDeleveraged)
    # 500 gained on 100, and 5 needed of 600: 5 × 0.008333…
    assert (show(taken.wallet), show(taken.gained), taken.score) == (100, 500, 4_166_666)
    assert wallets(world.maker)["usdm"] == 1_000_110
    assert sum(wallets(world.maker).values()) == 1_000_110


def test_the_long_and_the_short_of_a_hedging_account_fall_one_after_the_other() -> None:
    """Long 10 and short 4 from 100 with 140: at 78 the long has lost 220 and the short gained 88, which leaves 8.
    7.8 + 3.12 are needed. The long is larger: to sell a part frees 0.78 a piece, 2.92 ÷ 0.78 = 3.7435…
    """
    world = World(PERP)
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100, more=LONG)
    world.maker.buys(4, at=100)
    world.taker.sells(4, at=100, more=SHORT)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 140) * ONE)))
    held = world.state.accounts[world.taker.no].positions

    events = world.mark(78)

    assert steps(events)[:1] == [(PART.REDUCE, 3.744, WHY.ENOUGH)]
    # Nobody bought. The long goes at 78 − 8 ÷ 10 = 77.2; then nothing is left, and the short goes at its mark.
    trades = [(e.kind, show(e.price), show(e.qty)) for e in only(events, ev.TradeExecuted)]
    assert trades == [(TradeKind.TAKEOVER, 77.2, 10), (TradeKind.TAKEOVER, 78, 4)]
    assert not held


def test_by_tier_a_position_that_is_covered_whole_is_taken_over() -> None:
    """Long 200 and short 200 from 100 with 4,000 cannot lose to the mark; but at 500 they need 5 % of 200,000 − 80."""
    world = World(PERP, bundle=Bundle("binance", liquidation="by_tier"))
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.index(100)
    world.maker.sells(200, at=100)
    world.taker.buys(200, at=100, more=LONG)
    world.maker.buys(200, at=100)
    world.taker.sells(200, at=100, more=SHORT)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 4_000) * ONE)))

    events = world.mark(500)

    # The long at 500 − 4,000 ÷ 200, the short at its mark: nothing is left.
    trades = [(e.kind, show(e.price), show(e.qty)) for e in only(events, ev.TradeExecuted)]
    assert trades == [(TradeKind.TAKEOVER, 480, 200), (TradeKind.TAKEOVER, 500, 200)]
    assert world.taker.cash == 0


def test_by_tier_what_the_other_slot_covers_is_not_sold() -> None:
    """Long 200 and short 160 with 3,600: at 14.5 are left 180, needed 145 − 40 + 116 − 40. A bracket down would be 131
    of the long, but 160 of it are covered.
    """
    world = World(PERP, bundle=Bundle("binance", liquidation="by_tier"))
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.index(100)
    world.maker.sells(200, at=100)
    world.taker.buys(200, at=100, more=LONG)
    world.maker.buys(160, at=100)
    world.taker.sells(160, at=100, more=SHORT)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 3_600) * ONE)))
    world.third.buys(200, at=14)

    events = world.mark("14.5")

    decided = only(events, ev.LiquidationStepDecided)
    assert [(e.part, e.position.slot, show(e.qty), show(e.price)) for e in decided] == [
        (PART.REDUCE, Slot.LONG, 40, 13.6)
    ]
    assert world.taker.cash == 3_600 - 40 * 86
    assert only(events, ev.LiquidationFinished)
