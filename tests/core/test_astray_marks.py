"""A mark that went astray from an index that comes from outside: what may still be traded and withdrawn, who takes what
a liquidation leaves, and at which price the fund sells. The brackets are those of `world`: 1 % up to 1,000.
"""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import canonical, margin
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.liquidations import LiquidationPart, SizeReason
from simexchange.core.vocabulary.orders import EndReason, MarginMode, Slot, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Price
from tests.core.dated import CURRENT, DatedWorld
from tests.core.world import PERP, World, only, show, units

FUND = AccountNo(1)
PART, WHY = LiquidationPart, SizeReason


def world_of(cash: float | str, **options: Any) -> World:
    """Everybody is rich but the taker; the index stands at 100."""
    world = World(PERP, **options)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(1_000_000 * ONE - units(cash))))
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    return world


def hold(world: World, mark: float | str, index: float | str) -> list[Any]:
    """Two friends hold the mark for longer than its average goes back, while the index stands elsewhere."""
    events = []
    world.maker.sells("0.001", at=mark)
    world.third.buys("0.001", at=mark)
    for _ in range(32):
        world.at += SECOND
        events += world.index(index)
    assert show(world.state.markets[world.market].mark) == mark
    return events


def jump(world: World, price: float | str) -> list[Any]:
    """Everybody trades there already when the index says it: so does the mark."""
    world.maker.sells("0.001", at=price)
    world.third.buys("0.001", at=price)
    return world.index(price)


def told(events: list[Any]) -> list[tuple[LiquidationPart, SizeReason]]:
    """What was decided of positions, but for what was sold in the book."""
    steps = only(events, ev.LiquidationStepDecided)
    return [(e.part, e.why) for e in steps if e.part is not PART.REDUCE]


# ---------------------------------------------------------------------------------------------- trades and withdrawals


@pytest.mark.parametrize(("cash", "opened"), [(9, False), (10, True)])
def test_nobody_opens_what_is_worth_less_than_nothing_at_the_index(cash: int, opened: bool) -> None:
    """At a mark of 90 a short of 1 has 4.5 of margin to bring; at the index it has lost 10 at birth."""
    world = world_of(cash)
    hold(world, 90, 100)
    world.maker.buys(1, at=90)

    events = world.taker.sells(1)

    ended = [e.reason for e in only(events, ev.OrderExpired)]
    assert (world.taker.position, ended) == ((-1, -90), []) if opened else (None, [EndReason.BANKRUPTCY_PRICE])


def test_a_trade_that_gains_at_the_index_is_free() -> None:
    """To buy at 90 what is worth 100 needs no more than the mark asks for."""
    world = world_of(9)
    hold(world, 90, 100)
    world.maker.sells(1, at=90)

    world.taker.buys(1)

    assert world.taker.position == (1, 90)


def test_an_isolated_position_is_asked_for_itself() -> None:
    """Of 30 only 4.5 back it."""
    world = world_of(30)
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    hold(world, 90, 100)
    world.maker.buys(1, at=90)

    events = world.taker.sells(1)

    assert [e.reason for e in only(events, ev.OrderExpired)] == [EndReason.BANKRUPTCY_PRICE]


def test_where_somebody_told_the_mark_it_stands_for_itself() -> None:
    world = world_of(9)
    world.mark(90)
    world.maker.buys(1, at=90)

    world.taker.sells(1)

    assert world.taker.position == (-1, -90)


def test_a_mark_that_follows_the_trades_of_this_exchange_stands_for_itself() -> None:
    """Nobody sets the index: it is the last price."""
    world = World(PERP)
    world.maker.sells(1, at=100)
    world.third.buys(1)
    world.passes(2 * SECOND)

    assert (world.state.markets[world.market].mark, world.state.markets[world.market].anchor) == (100 * ONE, 0)


def test_no_more_is_let_go_than_there_is_at_the_index() -> None:
    """Short 1 from 100 with 12: at 104, where the index is, 8 are left; at the mark of 96 he has 16, and 12 in cash."""
    world = world_of(12)
    world.maker.buys(1, at=100)
    world.taker.sells(1)
    hold(world, 96, 104)

    account = world.state.accounts[world.taker.no]
    figures = margin.wallet_state(world.state, account, "usdm", "USDT")
    refused = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units("8.00000001"))))
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(8))))

    assert show(figures.withdrawable) == 8
    assert [e.reason for e in refused] == [RejectReason.TRANSFER_INSUFFICIENT]
    assert world.taker.cash == 4


def test_no_more_is_taken_out_of_an_isolated_position_than_there_is_at_the_index() -> None:
    """It has 5 and 10 more: at the index 11 are left, at the mark 19, and 4.8 are to stay."""
    world = world_of(30)
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    world.maker.buys(1, at=100)
    world.taker.sells(1)
    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(10 * ONE)))
    hold(world, 96, 104)

    refused = world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-units("11.01"))))
    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-11 * ONE)))

    assert [e.reason for e in refused] == [RejectReason.MARGIN_REMOVED_TOO_MUCH]
    assert world.taker.cash == 26


# ------------------------------------------------------------------------------------------------- what a mark leaves


def short_of_ten(cash: int = 60) -> World:
    """The taker is short 10 at 100, with 60."""
    world = world_of(cash)
    world.maker.buys(10, at=100)
    world.taker.sells(10)
    return world


def test_what_a_jump_of_the_index_leaves_is_the_fund_s() -> None:
    """To 107 at once: 70 are lost, 60 were there. Of the 70 that the jump explains 10 are asked for."""
    world = short_of_ten()

    events = jump(world, 107)

    (decided,) = [e for e in only(events, ev.LiquidationStepDecided) if e.part is not PART.REDUCE]
    assert told(events) == [(PART.TAKE_OVER, WHY.WHOLE)]
    numbers = (decided.price, decided.index, decided.short_at_index, decided.cover, decided.cover_after)
    assert [show(n) for n in numbers] == [106, 107, 10, 70, 60]
    assert show(only(events, ev.LiquidationStarted)[0].cover) == 70
    assert not world.state.accounts[world.taker.no].covers
    assert world.state.accounts[FUND].positions[world.market].qty == -10 * ONE


def test_what_a_mark_that_was_held_leaves_is_the_other_side_s_at_the_bankruptcy_price() -> None:
    """The index goes to 107 step by step while friends hold the mark at 100; then they let it go. No jump did that:
    the long gives 10 at 106, and the fund has nothing to do with it.
    """
    world = short_of_ten()
    before = world.state.accounts[FUND].free("usdm", "USDT")
    for index in (102, 104, 106, 107):
        hold(world, 100, index)
    world.at += SECOND

    events = jump(world, 107)

    (decided,) = [e for e in only(events, ev.LiquidationStepDecided) if e.part is not PART.REDUCE]
    assert told(events) == [(PART.DELEVERAGE, WHY.MARK_ASTRAY)]
    assert [show(n) for n in (decided.short, decided.short_at_index, decided.cover)] == [10, 10, 0]
    trades = [e for e in only(events, ev.TradeExecuted) if e.kind is TradeKind.ADL]
    assert {(show(e.price), e.maker.account) for e in trades} == {(106, world.taker.no)}
    assert sum(e.qty for e in trades) == 10 * ONE
    assert trades[0].taker.account == world.maker.no
    assert world.state.accounts[FUND].free("usdm", "USDT") == before
    assert world.taker.cash == 0


def test_a_mark_beyond_the_index_takes_a_position_to_the_fund_at_a_price_that_is_no_loss_there() -> None:
    """The index stands at 100, the mark is driven to 107: at 106 the fund is short what is worth 100."""
    world = short_of_ten()

    events = hold(world, 107, 100)

    (decided,) = [e for e in only(events, ev.LiquidationStepDecided) if e.part is not PART.REDUCE]
    assert told(events) == [(PART.TAKE_OVER, WHY.WHOLE)]
    assert [show(n) for n in (decided.short_at_index, decided.cover)] == [0, 0]
    assert show(decided.beside) == 10 * (show(decided.position.mark) - 100)


def test_between_two_steps_of_a_liquidation_what_covers_it_is_kept() -> None:
    """Dumped and loaded there, it goes on as it would have."""
    world = short_of_ten()
    world.maker.sells("0.001", at=107)
    world.third.buys("0.001", at=107)
    world.engine.execute(cmd.SetIndex("BTC-USDT", Price(107 * ONE)), world.at)

    loaded = canonical.load(canonical.dump(world.state))

    assert loaded.accounts[world.taker.no].covers == {("usdm", "USDT"): 70 * ONE}
    assert loaded.markets[world.market].anchor == 107 * ONE


def test_where_a_settlement_window_brings_the_mark_back_no_jump_explains_what_is_missing() -> None:
    """Friends hold a dated future at 100 while the index creeps to 107; then its mark is the average of the index."""
    world = DatedWorld()
    world.at = CURRENT - 35 * MINUTE
    world.index(100)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    world.maker.buys(10, at=100)
    world.taker.sells(10, at=100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units("999939.50"))))
    for index in (102, 104, 106, 107):
        hold(world, 100, index)

    events = world.passes(CURRENT - 30 * MINUTE - world.at)

    (decided,) = [e for e in only(events, ev.LiquidationStepDecided) if e.part is not PART.REDUCE]
    assert (decided.part, decided.why, decided.cover) == (PART.DELEVERAGE, WHY.MARK_ASTRAY, 0)
    assert [show(n) for n in (decided.price, decided.index, decided.short_at_index)] == [106, 107, 10]


# --------------------------------------------------------------------------------------------------- the fund's sales


def fund_long() -> World:
    """The fund took over 10 at 89, where the index jumped to."""
    world = world_of(110)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)
    jump(world, 89)
    assert world.state.accounts[FUND].positions[world.market].qty == 10 * ONE
    return world


def test_the_fund_sells_near_the_better_of_mark_and_index() -> None:
    """Friends hold the mark at 80: within 0.05 % of 89, which is 88.96 and above, and not near 80."""
    world = fund_long()
    hold(world, 80, 89)
    world.third.buys(10, at="88.95")
    world.passes(3 * SECOND)
    kept = world.state.accounts[FUND].positions.get(world.market)
    world.third.buys(4, at="88.96")

    events = world.passes(3 * SECOND)

    assert kept is not None
    assert kept.qty == 6 * ONE
    assert [(e.kind, show(e.price), show(e.qty)) for e in only(events, ev.TradeExecuted)] == [
        (TradeKind.FUND, 88.96, 4)
    ]


def test_a_fund_that_has_waited_gives_up_once_the_mark_is_no_worse_than_that() -> None:
    """After eight hours the mark is held at 80, so it waits on; then the mark is where the index is."""
    world = fund_long()
    hold(world, 80, 89)
    waited = world.passes(9 * HOUR)
    waited += hold(world, 80, 89)
    events = jump(world, 89) + world.passes(2 * SECOND)

    assert not told(waited)
    assert told(events) == [(PART.DELEVERAGE, WHY.FUND_WAITED)]
    assert [(e.kind, show(e.price)) for e in only(events, ev.TradeExecuted)] == [(TradeKind.ADL, 89)]


def test_the_fund_gives_up_before_a_funding_that_costs_more_than_the_interest() -> None:
    """Bids above the index for an hour make the rate; then they are gone, and the fund has a long to pay for. It was
    given to the short, at the mark, before the rate was set.
    """
    world = world_of(110)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)
    world.third.buys(10, at=103)
    world.index(100)
    world.passes(106 * MINUTE)
    world.run(cmd.CancelAll(world.third.no, world.market))
    jump(world, 89)
    before = world.state.accounts[FUND].free("usdm", "USDT")

    events = world.passes(MINUTE)

    assert told(events) == [(PART.DELEVERAGE, WHY.FUND_PAYS)]
    names = [type(e).__name__ for e in events if isinstance(e, ev.TradeExecuted | ev.FundingRateSet | ev.FundingPaid)]
    assert names[:2] == ["TradeExecuted", "FundingRateSet"]
    assert only(events, ev.FundingRateSet)[0].rate > 10_000
    assert FUND not in [e.account for e in only(events, ev.FundingPaid)]
    assert world.state.accounts[FUND].free("usdm", "USDT") == before
