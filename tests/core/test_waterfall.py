"""The liquidation waterfall, branch by branch, with numbers made in the head.

Brackets of `world`: 1 % up to 1,000, then 5 % less 40. The taker is long at 100; fees only where a test says so.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simexchange.core import deleveraging
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.liquidations import LiquidationPart, SizeReason
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import EndReason, OrderKind, Side, TimeInForce, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, TIERS, World, kinds, only, show, units

FUND = AccountNo(1)
PART, WHY = LiquidationPart, SizeReason


def long_of(qty: int, cash: int, *, slippage: str = "0", people: tuple[str, ...] = (), **options: Any) -> World:
    """The taker is long *qty* at 100 with *cash* of its own."""
    world = World(PERP, people=("maker", "taker", "third", *people), **options)
    if slippage != "0":
        rules = world.state.rules["binance", world.market]
        world.run(
            cmd.SetRules(
                "binance", world.market, msgspec.structs.replace(rules, liquidation_slippage=Rate(units(slippage)))
            )
        )
    world.index(100)
    world.maker.sells(qty, at=100)
    world.taker.buys(qty)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - cash) * ONE)))
    return world


def steps(events: list[Any]) -> list[tuple[LiquidationPart, float, SizeReason]]:
    """What was decided: part, size, why."""
    return [(e.part, show(e.qty), e.why) for e in only(events, ev.LiquidationStepDecided)]


# ------------------------------------------------------------------------------------------------- smart reduction


def test_the_smallest_part_that_is_enough_is_sold() -> None:
    """At 92 the balance is 45, needed are 52. Each 1 sold costs 1.15 and frees 4.6: 7 ÷ 3.45 = 2.0289…"""
    world = long_of(20, 205, liquidation_fee="0.0125")
    world.third.buys(5, at=92)

    events = world.mark(92)

    decided = only(events, ev.LiquidationStepDecided)[0]
    assert steps(events) == [(PART.REDUCE, 2.029, WHY.ENOUGH)]
    assert [show(n) for n in (decided.balance, decided.maintenance, decided.charge)] == [45, 52, 2.33335]
    assert [show(n) for n in (decided.balance_after, decided.maintenance_after)] == [42.66665, 42.6666]
    assert world.taker.position == (17.971, 1797.1)
    assert world.taker.cash == 205 - 16.232 - 2.33335
    # It stands, but not by much.
    assert kinds(events)[-2:] == ["LiquidationFinished", "MarginCallIssued"]


def test_what_a_sale_is_reckoned_to_slip_makes_the_part_larger() -> None:
    """With 1 % of slippage each 1 sold costs 2.07: 7 ÷ 2.53 = 2.7667…"""
    world = long_of(20, 205, liquidation_fee="0.0125", slippage="0.01")
    world.third.buys(5, at=92)

    assert steps(world.mark(92)) == [(PART.REDUCE, 2.767, WHY.ENOUGH)]


def test_the_part_is_a_multiple_of_the_step_of_market_orders() -> None:
    world = long_of(20, 205, liquidation_fee="0.0125")
    rules = world.state.rules["binance", world.market]
    filters = msgspec.structs.replace(rules.filters, market_step=Quantity(units("0.5")))
    world.run(cmd.SetRules("binance", world.market, msgspec.structs.replace(rules, filters=filters)))
    world.third.buys(5, at=92)

    assert steps(world.mark(92)) == [(PART.REDUCE, 2.5, WHY.ENOUGH)]


def test_where_the_bracket_asks_no_more_than_the_fee_the_whole_is_sold() -> None:
    """10 at 89.6 are worth 896, in the bracket of 1 %: to sell a part costs 1.25 % of it and frees 1 %."""
    world = long_of(10, 110, liquidation_fee="0.0125")
    world.third.buys(10, at="89.6")

    events = world.mark("89.6")

    assert steps(events) == [(PART.REDUCE, 10, WHY.FEE_ABOVE_RATE)]
    assert world.taker.position is None
    # 6 are left after the loss of 104, and the fee would be 11.20.
    assert world.taker.cash == 0
    assert [show(e.amount) for e in only(events, ev.LiquidationFeeCharged)] == [6]


def test_where_no_part_is_enough_the_whole_is_sold() -> None:
    """At 90.5 the balance is 15: to sell 8.951 costs 10.126, and then 9.999 would be needed."""
    world = long_of(20, 205, liquidation_fee="0.0125")
    world.third.buys(20, at="90.5")

    events = world.mark("90.5")

    assert steps(events) == [(PART.REDUCE, 20, WHY.NOT_ENOUGH)]
    assert world.taker.position is None


def test_after_one_order_what_is_left_is_taken_over() -> None:
    """Of 2.029 nobody takes any within the bankruptcy price 92 − 45 ÷ 20 = 89.75; so the fund takes all 20 at it."""
    world = long_of(20, 205, liquidation_fee="0.0125")
    world.third.buys(5, at="89.5")

    events = world.mark(92)

    assert steps(events) == [(PART.REDUCE, 2.029, WHY.ENOUGH), (PART.TAKE_OVER, 20, WHY.WHOLE)]
    assert [show(e.price) for e in only(events, ev.TradeExecuted)] == [89.75]
    assert (world.taker.position, world.taker.cash) == (None, 0)


def test_of_a_liquidation_every_event_has_its_number() -> None:
    """Numbers are counted per account, above account × 2**32."""
    world = long_of(20, 205)

    events = world.mark(92)

    numbers = {event.liquidation for event in events if hasattr(event, "liquidation")}
    assert numbers == {(world.taker.no << 32) + 1}
    started = only(events, ev.LiquidationStarted)[0]
    assert show(started.cash + sum(risk.unrealised for risk in started.positions)) == show(started.balance) == 45
    assert show(sum(risk.maintenance for risk in started.positions)) == show(started.maintenance) == 52


# ---------------------------------------------------------------------------------------------------------- by tier

BY_TIER = Bundle("binance", liquidation="by_tier")


def test_by_tier_a_position_is_brought_down_one_bracket() -> None:
    """At 92 the bracket below holds 1,000 ÷ 92 = 10.869…: 9.131 are sold, and the rest needs 9.99948 of 34.49935.

    205 − 73.048 lost − 10.50065 fee are 121.45135.
    """
    world = long_of(20, 205, liquidation_fee="0.0125", bundle=BY_TIER)
    world.third.buys(20, at=92)

    events = world.mark(92)

    assert steps(events) == [(PART.REDUCE, 9.131, WHY.NEXT_BRACKET)]
    assert world.taker.position == (10.869, 1086.9)
    assert world.taker.cash == 121.45135


def test_by_tier_what_the_book_does_not_take_is_taken_over() -> None:
    world = long_of(20, 205, liquidation_fee="0.0125", bundle=BY_TIER)
    world.third.buys(1, at=92)

    events = world.mark(92)

    assert steps(events) == [(PART.REDUCE, 9.131, WHY.NEXT_BRACKET), (PART.TAKE_OVER, 19, WHY.WHOLE)]


def test_by_tier_nothing_is_sold_in_the_lowest_bracket() -> None:
    world = long_of(10, 110, bundle=BY_TIER)
    world.third.buys(10, at="89.6")

    events = world.mark("89.6")

    assert steps(events) == [(PART.TAKE_OVER, 10, WHY.WHOLE)]


# ------------------------------------------------------------------------------------- the fund, or the other side


def test_what_would_bring_the_fund_below_its_floor_goes_to_the_other_side() -> None:
    """The mark gaps to 50: the pool is short of 390, and the fund has nothing. The short buys at 89, without a fee."""
    world = long_of(10, 110, capital=0, taker_fee="0.0005")
    cash = world.maker.cash
    order = only(world.maker.buys(1, at=40), ev.OrderRested)[0].order

    events = world.mark(50)

    decided = only(events, ev.LiquidationStepDecided)[-1]
    assert (decided.part, decided.why) == (PART.DELEVERAGE, WHY.FUND_SHORT)
    # The taker's fee of 0.5 is gone from his 110: bankruptcy is at 89.05.
    assert [show(n) for n in (decided.short, decided.fund_balance, decided.floor)] == [390.5, 0, 0]
    trade = only(events, ev.TradeExecuted)[-1]
    assert (trade.kind, show(trade.price), show(trade.qty), trade.maker.fee, trade.taker.fee) == (
        TradeKind.ADL, 89.05, 10, 0, 0,
    )  # fmt: skip
    assert [(e.order, e.reason) for e in only(events, ev.OrderCanceled)] == [(order, EndReason.DELEVERAGED)]
    assert only(events, ev.OrderAccepted)[-1].client_id == "adl_autoclose"
    assert (world.maker.position, world.maker.cash) == (None, cash + 109.5)
    assert (world.taker.position, world.taker.cash) == (None, 0)


def test_a_floor_below_zero_lets_the_fund_owe() -> None:
    world = long_of(10, 110, capital=0)
    world.run(cmd.SetFundPolicy("USDT", Amount(-390 * ONE)))

    events = world.mark(50)

    assert steps(events)[-1] == (PART.TAKE_OVER, 10, WHY.WHOLE)


def test_a_position_of_the_fund_that_loses_counts_against_its_floor() -> None:
    """The fund has 400 and takes over 10 at 89, at 50 worth 390 less: it may not take over another 10 like it."""
    world = long_of(10, 110, capital=400, people=("fourth",))
    fourth = world.people[3]
    world.mark(100)
    world.maker.sells(10, at=100)
    fourth.buys(10)
    world.run(cmd.Withdraw(fourth.no, "usdm", "USDT", Amount((1_000_000 - 120) * ONE)))

    events = world.mark(50)

    given = [(e.account, e.part, show(e.fund_balance)) for e in only(events, ev.LiquidationStepDecided)[1::2]]
    # Of the two, both worth less than nothing, the lower number is first.
    assert given == [(world.taker.no, PART.TAKE_OVER, 400), (fourth.no, PART.DELEVERAGE, 10)]


def test_the_other_side_is_taken_by_rank() -> None:
    """Three are short 5 from 100. At 80 each has gained 100: whoever has least cash has the higher score."""
    world = long_of(9, 100, people=("poor", "middle", "rich"), capital=0)
    poor, middle, rich = world.people[3:]
    world.third.buys(15, at=100)
    for person, cash in ((rich, 500), (middle, 200), (poor, 60)):
        person.sells(5, at=100)
        world.run(cmd.Withdraw(person.no, "usdm", "USDT", Amount((1_000_000 - cash) * ONE)))

    events = world.mark(80)

    taken = [(e.account, e.place, show(e.qty), e.score) for e in only(events, ev.PositionDeleveraged)]
    # 100 ÷ 60 × 4 ÷ 160 and 100 ÷ 200 × 4 ÷ 300: 9 are 5 and 4.
    assert taken == [(poor.no, 1, 5, 4_166_666), (middle.no, 2, 4, 666_666)]
    # Of the three shorts that are left, rich is first now: middle has 1 of his 5 left.
    market = world.state.markets[world.market]
    accounts = world.state.accounts
    places = [deleveraging.quantile(world.state, accounts[p.no], market, market.no) for p in (middle, rich)]
    assert places == [3, 4]
    assert deleveraging.quantiles(world.state, market)[middle.no, market.no] == 3


def test_a_quantile_stands_for_thirty_seconds_of_exchange_time() -> None:
    """As on the venue; who was not there yet has it reckoned at once."""
    world = long_of(1, 200, people=("other",))
    other, market = world.people[3], world.state.markets[world.market]
    ranks, accounts = deleveraging.Ranks(), world.state.accounts
    world.mark(110)

    def asked(person: Any, after: int) -> int:
        return ranks.of(world.state, accounts[person.no], market, market.no, world.at + after * SECOND)

    before = [asked(world.taker, 0), asked(other, 0)]
    world.third.sells(1, at=100)
    other.buys(1)
    world.run(cmd.Withdraw(other.no, "usdm", "USDT", Amount(999_900 * ONE)))
    world.mark(120)
    found = [asked(other, 1), asked(world.taker, 1)]
    world.run(cmd.Deposit(other.no, "usdm", "USDT", Amount(999_900 * ONE)))
    later = [asked(other, 29), asked(other, 31), asked(world.taker, 31)]

    assert before == [4, 0]
    # The other has gained as much on less; then he is rich again.
    assert found == [4, 2]
    assert later == [4, 2, 4]


def test_nobody_is_taken_who_could_not_pay_while_others_can() -> None:
    """`late` went short at 52 and would lose 37 a piece at 89: the maker, who has less score, is taken first."""
    world = long_of(10, 110, capital=0, people=("late",))
    late = world.people[3]
    world.run(cmd.SetIndex("BTC-USDT", Price(units(52)), frozen=True))
    world.mark(52)
    world.third.buys(10, at=52)
    late.sells(10, at=52)
    world.run(cmd.Withdraw(late.no, "usdm", "USDT", Amount((1_000_000 - 60) * ONE)))

    events = world.run(cmd.SetIndex("BTC-USDT", Price(units(50))))

    assert [e.account for e in only(events, ev.PositionDeleveraged)] == [world.maker.no]


def test_the_fund_gives_up_after_its_patience_at_the_mark() -> None:
    """What it took over at 89 it could not sell for eight hours: the short takes it at 80. The fund has lost 90, and
    paid 0.01 % of 800 in funding.
    """
    world = long_of(10, 110)
    world.mark(89)
    world.mark(80)
    before = show(world.state.accounts[FUND].free("usdm", "USDT"))

    early = world.passes(8 * HOUR - SECOND)
    late = world.passes(2 * SECOND)

    assert not only(early, ev.TradeExecuted)
    decided = only(late, ev.LiquidationStepDecided)[0]
    assert (decided.account, decided.part, decided.why) == (FUND, PART.DELEVERAGE, WHY.FUND_WAITED)
    assert [(e.kind, show(e.price)) for e in only(late, ev.TradeExecuted)] == [(TradeKind.ADL, 80)]
    assert show(world.state.accounts[FUND].free("usdm", "USDT")) == before - 90 - 0.08
    assert not world.state.accounts[FUND].positions


def test_a_fund_without_patience_set_to_zero_keeps_what_it_has() -> None:
    world = long_of(10, 110)
    world.run(cmd.SetFundPolicy("USDT", patience=Nanos(0)))
    world.mark(89)

    assert not only(world.passes(48 * HOUR), ev.TradeExecuted)
    assert world.state.accounts[FUND].positions


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (cmd.SetFundPolicy("DOGE"), RejectReason.ASSET_UNKNOWN),
        (cmd.SetFundPolicy("USDT", patience=Nanos(-1)), RejectReason.AMOUNT_NOT_POSITIVE),
        (cmd.SetFundPolicy("USDT", patience=Nanos(8 * HOUR)), RejectReason.SETTING_UNCHANGED),
    ],
)
def test_a_fund_policy_that_means_nothing_is_refused(command: cmd.Command, reason: RejectReason) -> None:
    world = World(PERP)

    assert [event.reason for event in world.run(command)] == [reason]


# -------------------------------------------------------------------------------------------------------- meanwhile


def test_orders_are_refused_while_the_account_is_under_liquidation() -> None:
    """Between two steps of it; spot goes on."""
    world = long_of(20, 205)
    world.engine.execute(cmd.SetMark(world.market, Price(units(92))), world.at)

    answers = []
    for market in (world.market, world.state.market_no["spot:BTC-USDT"]):
        order = cmd.PlaceOrder(
            world.taker.no, market, Side.SELL, OrderKind.LIMIT, Quantity(ONE), Price(units(100)), TimeInForce.GTC
        )
        answers += world.engine.execute(order, world.at)

    assert [kinds([answer])[0] for answer in answers] == ["OrderRejected", "OrderAccepted", "OrderRested"]
    assert answers[0].reason is RejectReason.ACCOUNT_LIQUIDATING


# ----------------------------------------------------------------------------------------------- contracts in coin


def test_an_inverse_long_is_taken_at_the_price_where_its_coins_are_gone() -> None:
    """1,000 contracts of 100 USD from 50,000 cost 2 BTC. With 0.2 BTC the long is bankrupt where they cost 2.2:
    100,000 ÷ 2.2 = 45,454.54…, up to 45,454.6. The mark gaps to 40,000, where they are worth 2.5.
    """
    world = coin_world(capital=0)
    cash = world.state.accounts[world.maker.no].free("coinm", "BTC")

    events = world.mark(40_000)

    decided = only(events, ev.LiquidationStepDecided)[-1]
    assert (decided.part, show(decided.short), show(decided.price)) == (PART.DELEVERAGE, 0.3, 45_454.6)
    (taken,) = only(events, ev.PositionDeleveraged)
    # The short has gained 0.5 BTC; one USD is 1 ÷ 40,000 of a coin.
    assert (show(taken.gained), show(taken.least)) == (0.5, 0.000025)
    assert world.taker_coins() == 0
    assert world.state.accounts[world.maker.no].free("coinm", "BTC") - cash == units("0.19999736")
    # 100,000 ÷ 45,454.6 is 2.19999736…: what rounding to the tick left is the fund's.
    assert world.state.accounts[FUND].free("coinm", "BTC") == units("0.00000264")


def test_a_fund_of_coins_takes_over_what_its_coins_allow() -> None:
    world = coin_world(capital=1)

    events = world.mark(40_000)

    assert steps(events)[-1] == (PART.TAKE_OVER, 1_000, WHY.WHOLE)
    assert world.state.accounts[FUND].positions[world.market].qty == 1_000 * ONE


def test_whom_deleveraging_leaves_with_debts_is_made_good_whatever_else_he_holds() -> None:
    """Short since 40,000, while nobody was liquidated, and taken at 45,454.6: 100,000 USD cost 2.5 and are worth
    2.19999736… there, which is 0.02000263… more than the 0.28 he has. His long in dollars has plenty behind it.
    """
    world = coin_world(capital=0)
    coin, third = world.market, world.third
    world.market = world.state.market_no[PERP]
    world.maker.sells(1, at=100)
    third.buys(1)
    world.market = coin
    world.run(cmd.Deposit(third.no, "coinm", "BTC", Amount(units("0.28"))))
    world.run(cmd.SetLeverage(third.no, coin, 10))
    world.run(cmd.SetIndex("BTC-USD", Price(40_000 * ONE), frozen=True))
    world.mark(40_000)
    third.sells(1_000, at=40_000)
    world.maker.buys(1_000)

    events = world.run(cmd.SetIndex("BTC-USD", Price(40_000 * ONE)))

    assert [e.account for e in only(events, ev.PositionDeleveraged)] == [third.no]
    assert [show(e.amount) for e in only(events, ev.InsurancePaid) if e.account == third.no] == [0.02000263]
    assert world.state.accounts[third.no].free("coinm", "BTC") == 0


class CoinWorld(World):
    """One inverse perpetual; the taker is long 1,000 contracts at 50,000 with 0.2 BTC."""

    def taker_coins(self) -> int:
        return self.state.accounts[self.taker.no].free("coinm", "BTC")


def coin_world(capital: int) -> CoinWorld:
    world = CoinWorld(PERP)
    spec = Market(
        "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
        contract_size=Amount(100 * ONE), index="BTC-USD",
    )  # fmt: skip
    world.run(cmd.ListMarket(spec))
    world.market = world.state.market_no[spec.id]
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), TIERS)))
    for person in (world.maker, world.taker):
        world.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(10 * ONE)))
    if capital:
        world.run(cmd.ProvideCapital("coinm", "BTC", Amount(capital * ONE)))
    world.run(cmd.SetIndex("BTC-USD", Price(50_000 * ONE)))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    world.run(cmd.Withdraw(world.taker.no, "coinm", "BTC", Amount(units("9.8"))))
    return world
