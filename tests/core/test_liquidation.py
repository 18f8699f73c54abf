"""What happens to an account that no longer holds enough."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from simexchange.core import margin
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import EndReason, TradeKind
from simexchange.core.vocabulary.units import ONE, SECOND, Amount
from tests.core.world import PERP, World, kinds, only, show, units


def long_with(cash: int, **options: Any) -> World:
    """The taker is long 10 at 100 (worth 1,000, maintenance 10) with *cash* of its own."""
    world = World(PERP, people=("maker", "taker", "third"), **options)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 200) * ONE)))
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((200 - cash) * ONE)))
    return world


def test_an_account_at_its_maintenance_margin_is_liquidated() -> None:
    """Cash 110; at 90 the balance is 10 and so nearly is the maintenance of 900 × 1 % = 9; at 89.89 it is below."""
    world = long_with(110)

    safe = world.mark(90)
    events = world.mark("89.88")

    assert not only(safe, ev.LiquidationStarted)
    assert kinds(events)[:2] == ["MarkSet", "LiquidationStarted"]
    assert only(events, ev.LiquidationStarted)[0].account == world.taker.no


def test_liquidation_cancels_orders_then_sells_then_the_fund_takes_the_rest() -> None:
    """Cash 109 puts bankruptcy at 100 − 109 ÷ 10 = 89.1. Somebody buys 4 at 89.5; the fund takes the other 6."""
    world = long_with(109)
    world.taker.buys(0.5, at=50)
    world.third.buys(4, at="89.5")

    events = world.mark("89.6")

    trades = [(e.kind, show(e.qty)) for e in only(events, ev.TradeExecuted)]
    assert only(events, ev.OrderCanceled)[0].reason is EndReason.LIQUIDATION
    assert trades == [(TradeKind.LIQUIDATION, 4), (TradeKind.TAKEOVER, 6)]
    assert kinds(events)[-1] == "LiquidationFinished"
    assert (world.taker.position, world.taker.cash) == (None, 0)


def test_what_was_sold_above_the_bankruptcy_price_backs_the_rest() -> None:
    """Equity after the sale is 109 − 42 − 62.4 = 4.6, so the rest goes at 89.6 − 4.6 ÷ 6 = 88.83…, up to 88.84."""
    world = long_with(109)
    world.third.buys(4, at="89.5")

    events = world.mark("89.6")

    assert show(only(events, ev.TradeExecuted)[-1].price) == 88.84
    assert show(only(events, ev.InsurancePaid)[0].amount) == -0.04


def test_the_fee_is_on_what_was_sold() -> None:
    """1 % of 4 × 89.5 is 3.58, and 4.6 are there to pay it."""
    world = long_with(109, liquidation_fee="0.01")
    world.third.buys(4, at="89.5")

    events = world.mark("89.6")

    assert [show(event.amount) for event in only(events, ev.LiquidationFeeCharged)] == [3.58]
    assert world.taker.cash == 0


def test_the_fee_never_takes_more_than_the_margin_balance() -> None:
    """5 % would be 17.90, but after the sale only 4.6 are left: the rest of the position goes at its mark."""
    world = long_with(109, liquidation_fee="0.05")
    world.third.buys(4, at="89.5")

    events = world.mark("89.6")

    assert [show(event.amount) for event in only(events, ev.LiquidationFeeCharged)] == [4.6]
    assert show(only(events, ev.TradeExecuted)[-1].price) == 89.6


def test_a_wallet_the_gap_left_below_zero_is_made_good_by_the_fund() -> None:
    """The mark gaps from 100 to 50: the fund takes the position at 89, which leaves exactly nothing."""
    world = long_with(110)
    before = world.state.accounts[AccountNo(1)].free("usdm", "USDT")

    events = world.mark(50)

    fund = world.state.accounts[AccountNo(1)]
    assert world.taker.cash == 0
    assert only(events, ev.TradeExecuted)[0].price == 89 * ONE
    assert fund.positions[world.market].qty == 10 * ONE
    assert fund.free("usdm", "USDT") == before


def test_the_fund_sells_what_it_took_over() -> None:
    """One second later, to whoever buys within 0.05 % of the mark, and then it is silent."""
    world = long_with(110)
    world.mark("89.5")
    world.third.buys(7, at="89.46")

    events = world.passes(3 * SECOND)

    assert [(e.kind, show(e.qty)) for e in only(events, ev.TradeExecuted)] == [(TradeKind.FUND, 7)]
    assert world.state.accounts[AccountNo(1)].positions[world.market].qty == 3 * ONE
    assert world.passes(3600 * SECOND) == [] or not only(world.passes(3600 * SECOND), ev.OrderAccepted)


def test_the_fund_does_not_sell_far_from_the_mark() -> None:
    """The only bidder stands 5 % below: a position had from the fund at that price would be the fund's gift to him."""
    world = long_with(110)
    world.mark("89.5")
    world.third.buys(10, at=85)

    events = world.passes(3600 * SECOND)

    assert not only(events, ev.TradeExecuted)
    assert world.state.accounts[AccountNo(1)].positions[world.market].qty == 10 * ONE


def test_an_account_under_liquidation_is_out_of_it_when_it_holds_enough_again() -> None:
    """At 89.6 the balance is 6, what 6.696 need: 3.304 are sold, and at 95 they bring more than was reckoned."""
    world = long_with(110)
    world.third.buys(9, at=95)

    events = world.mark("89.6")

    assert kinds(events)[-1] == "LiquidationFinished"
    assert world.taker.position == (6.696, 669.6)
    assert world.taker.cash == 93.48


def test_nobody_is_liquidated_on_a_frozen_index() -> None:
    """The source has gone quiet: the mark may be wrong."""
    world = long_with(110)

    events = world.run(cmd.SetIndex("BTC-USDT", units(80), frozen=True))

    assert not only(events, ev.LiquidationStarted)


def test_a_close_beyond_bankruptcy_is_not_made() -> None:
    """Selling 10 at 80 to a friend would lose 200 of 110: the order expires, and the fund pays nothing."""
    world = long_with(110)
    world.third.buys(10, at=80)

    events = world.taker.sells(10, at=80)

    assert only(events, ev.OrderExpired)[0].reason is EndReason.BANKRUPTCY_PRICE
    assert world.taker.position == (10, 1000)


def test_a_resting_order_that_would_be_bankrupt_at_birth_is_not_filled() -> None:
    """The mark gapped away from a resting bid its owner could not pay: it expires in the match."""
    world = World(PERP, people=("maker", "taker", "third"))
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(999_890 * ONE)))
    world.index(100)
    world.taker.buys(10, at=100)
    world.mark(80)

    events = world.maker.sells(10, at=90)

    assert only(events, ev.OrderExpired)[0].reason is EndReason.BANKRUPTCY_PRICE
    assert world.taker.position is None


def test_two_losing_markets_are_not_both_sold_at_the_same_equity() -> None:
    """After the first takeover the equity is spent, so the second is taken at its mark."""
    world = long_with(110)
    index = world.state.markets[world.market].spec
    second = cmd.ListMarket(
        type(index)("perp:ETH-USDT", index.kind, "ETH", "USDT", "USDT", index.tick, index.step, index="ETH-USDT")
    )
    world.run(second)
    no = world.state.market_no["perp:ETH-USDT"]
    world.run(cmd.SetRules("binance", no, world.state.rules["binance", world.market]))
    world.run(cmd.SetIndex("ETH-USDT", units(10)))
    first, world.market = world.market, no
    world.maker.sells(5, at=10)
    world.taker.buys(5)
    world.market = first

    events = world.mark("89.6")

    prices = [show(e.price) for e in only(events, ev.TradeExecuted) if e.kind is TradeKind.TAKEOVER]
    assert len(prices) == 2
    assert prices[1] == 10


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([1, -1]), st.integers(1, 20), st.integers(60, 140)),
        min_size=1,
        max_size=25,
    ),
    st.integers(60, 140),
)
def test_two_colluding_accounts_never_raise_their_summed_equity(
    orders: list[tuple[str, int, int, int]], mark: int
) -> None:
    """Whatever they trade with each other, at whatever price, and wherever the mark goes: nobody pays for them."""
    world = World(PERP, people=("a", "b"), cash=300)
    world.index(100)
    people = dict(zip("ab", world.people, strict=True))

    for name, side, qty, price in orders:
        (people[name].buys if side > 0 else people[name].sells)(qty, at=price)
    spent = 1_000_000 * ONE - world.state.accounts[AccountNo(1)].free("usdm", "USDT")
    world.mark(mark)

    accounts = world.state.accounts
    pair = sum(margin.equity(world.state, accounts[person.no], "usdm", "USDT") for person in world.people)
    fund = margin.equity(world.state, accounts[AccountNo(1)], "usdm", "USDT")
    # Nothing appears: what the pair and the fund have together is what they brought.
    assert pair + fund == 1_000_600 * ONE
    # And before the mark moved, trading alone had cost the fund nothing.
    assert spent == 0
