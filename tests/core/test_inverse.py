"""Coin-margined contracts of 100 USD: what they cost, earn, owe in funding, and where they end. Numbers by hand."""

from __future__ import annotations

import pytest

from simexchange.core import brackets, margin, marks, valuing
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import DUST_FINE
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.units import FINE, HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import TIERS, World, only, units

COIN = "perp:BTC-USD"
SPEC = Market(
    COIN, MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
    contract_size=Amount(100 * ONE), funding_interval=Nanos(8 * HOUR), index="BTC-USD",
)  # fmt: skip


@pytest.fixture
def world() -> World:
    """Three people with 10 BTC each and the index at 50,000; brackets of 1 % up to 1,000 BTC."""
    made = World()
    made.run(cmd.ListMarket(SPEC))
    made.market = made.state.market_no[COIN]
    rules = MarketRules(Filters(), Rate(10_000), Rate(50_000), TIERS, default_leverage=10)
    made.run(cmd.SetRules("binance", made.market, rules))
    for name in ("maker", "taker", "third"):
        made.run(cmd.Deposit(made.state.account_no[name], "coinm", "BTC", Amount(10 * ONE)))
    made.run(cmd.ProvideCapital("coinm", "BTC", Amount(1_000 * ONE)))
    made.run(cmd.SetIndex("BTC-USD", Price(50_000 * ONE)))
    return made


def coins(world: World, name: str) -> int:
    """BTC in the coin-margined wallet, in 10**-8."""
    return world.state.accounts[world.state.account_no[name]].free("coinm", "BTC")


def test_a_long_costs_its_dollars_divided_by_the_price(world: World) -> None:
    """1,000 contracts of 100 USD at 50,000 are 2 BTC; the maker pays 0.01 % of that, the taker 0.05 %."""
    world.maker.sells(1_000, at=50_000)
    trade = only(world.taker.buys(1_000), ev.TradeExecuted)[0]

    assert trade.quote == 2 * ONE
    assert trade.taker.opened.cost_after == 2 * FINE
    assert trade.taker.cum_quote == 2 * FINE
    assert (trade.maker.fee, trade.taker.fee) == (units("0.0002"), units("0.001"))


def test_profit_is_paid_in_coin_by_the_difference_of_the_quotients(world: World) -> None:
    """100,000 USD at 50,000 are 2 BTC, at 40,000 they are 2.5: a short closed there gains −0.5, at 62,500 +0.4."""
    world.maker.buys(1_000, at=50_000)
    world.taker.sells(1_000)
    before = coins(world, "taker")
    world.maker.sells(500, at=40_000)
    world.taker.buys(500, at=40_000)

    # 50,000 USD: 1 BTC at entry and 1.25 now: a short loses when coins get dearer in dollars' favour: it gains 0.25.
    assert coins(world, "taker") - before == units("0.25") - units("0.000625")


def test_the_residue_of_a_close_is_dust_and_nothing_is_lost(world: World) -> None:
    """One contract at 37,643.1 costs 0.00265653…: what is finer than 10**-8 stands in the dust account."""
    world.maker.sells(3, at="37643.1")
    world.taker.buys(3)
    world.third.buys(3, at="37644.3")
    trade = only(world.taker.sells(1), ev.TradeExecuted)[0]

    cost = 300 * ONE * ONE * ONE // units("37643.1") // 3
    value = 100 * ONE * ONE * ONE // units("37644.3")
    assert trade.taker.closed.realised * ONE + trade.taker.closed.residue == cost - value
    assert world.state.purses.amount(DUST_FINE, "BTC") != 0


def test_margin_figures_are_in_coin(world: World) -> None:
    """2 BTC at 10x need 0.2 to open and 1 % to keep; at 40,000 the long has lost 0.5."""
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    at_entry = margin.position_state(world.state, account, market)
    world.mark(40_000)
    below = margin.position_state(world.state, account, market)

    assert (at_entry.position_initial, at_entry.maintenance) == (units("0.2"), units("0.02"))
    assert (below.notional, below.unrealised) == (units("2.5"), units("-0.5"))


def test_a_long_falls_where_equity_meets_maintenance(world: World) -> None:
    """Long 100,000 USD at 50,000 with 0.209 BTC after the fee: LP = N(1 + m) ÷ (WB + N ÷ E)."""
    world.run(cmd.Withdraw(world.taker.no, "coinm", "BTC", Amount(units("9.79"))))
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    price = margin.liquidation_price(world.state, account, market)

    assert price == 101_000 * ONE * ONE // (units("0.209") + 2 * ONE)
    world.mark("45723")
    assert not account.liquidating
    events = world.mark("45721")
    assert only(events, ev.LiquidationStarted)
    assert not account.positions


def test_a_short_at_one_times_leverage_has_no_liquidation_price(world: World) -> None:
    """Its coins are worth the same number of dollars at any price: the hedge of somebody who holds them."""
    legs = [(-100_000 * ONE, -2 * FINE)]

    assert brackets.inverse_liquidation_price(2 * ONE, legs, TIERS) == 0


def test_the_bankruptcy_price_eats_all_there_is() -> None:
    """2 BTC long with 0.2 of equity at 50,000: at 100,000 ÷ 2.2 USD it is gone, to the tick above."""
    price = brackets.bankruptcy_price(SPEC, 50_000 * ONE, units("0.2"), 1_000 * ONE)

    assert price == units("45454.6")
    assert brackets.bankruptcy_price(SPEC, 50_000 * ONE, units("0.2"), -1_000 * ONE) == units("55555.5")
    assert valuing.unrealised(SPEC, 1_000 * ONE, 2 * FINE, price) >= -units("0.2")


def test_a_bankruptcy_price_is_never_nothing() -> None:
    """A thousand times a mark of 10**-7 is no tick of 0.1: at nothing no inverse contract is worth anything."""
    short = brackets.bankruptcy_price(SPEC, 10, 10**30, -5 * ONE)

    assert (short, brackets.bankruptcy_price(SPEC, 10, 10**30, 5 * ONE)) == (SPEC.tick, SPEC.tick)


def test_funding_is_paid_in_coin(world: World) -> None:
    """2 BTC at the rate of 0.01 %: the long pays 0.0002 to the short."""
    world.maker.sells(1_000, at=50_000)
    world.taker.buys(1_000)
    before = coins(world, "taker"), coins(world, "maker")
    paid = only(world.passes(8 * HOUR), ev.FundingPaid)
    rate = paid[0].rate
    worth = valuing.value(SPEC, paid[0].mark, 1_000 * ONE)

    assert rate
    assert coins(world, "taker") - before[0] == -worth * rate // FINE
    assert coins(world, "maker") - before[1] == worth * rate // FINE


def test_impact_prices_are_of_so_many_dollars_of_contracts(world: World) -> None:
    """25,000 USD are 250 contracts: 150 at 50,000 and 100 at 40,000 cost 0.3 + 0.25 coin, so 45,454.54… on average."""
    world.maker.buys(150, at=50_000)
    world.third.buys(150, at=40_000)
    market = world.state.markets[world.market]

    assert marks.impact_prices(market) == (units("45454.54545454"), 0)
    event = only(world.run(cmd.SetIndex("BTC-USD", Price(40_000 * ONE))), ev.MarkSet)[0]
    assert event.premium == units("5454.54545454") // 40_000
