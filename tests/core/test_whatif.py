"""What would happen if: the same figures as when it does, and nothing happens by asking. Numbers by hand."""

from __future__ import annotations

import pytest
from msgspec import structs

from simexchange.core import canonical, costing, display, margin, whatif
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, CostRule, Filters, MarketRules, Tier
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.test_inverse import COIN, SPEC
from tests.core.world import PERP, T0, Person, World, only, show, units

BUY, SELL = Side.BUY, Side.SELL
LATER = CostRule(since=Nanos(T0 + SECOND), short_last=Rate(100_150_000))
"""The text of 2026-01-05, from a second after the start on."""
FLAT = (Tier(Amount(0), Amount(10**12 * ONE), 20, Rate(400_000), Amount(0)),)
"""0.4 % whatever the size, at most 20x."""


def opened(cash: int = 1_000, *, rules: tuple[CostRule, ...] = (), taker_fee: str = "0") -> World:
    """A perpetual with a mark of 100, and a taker with *cash* at ten times."""
    world = World(PERP, cash=0, bundle=Bundle("binance", cost_rules=rules), taker_fee=taker_fee)
    for person, money in ((world.maker, 1_000_000), (world.third, 1_000_000), (world.taker, cash)):
        world.run(cmd.Deposit(person.no, "usdm", "USDT", Amount(money * ONE)))
    world.mark(100)
    return world


def cost(world: World, side: Side, qty: float | str, price: float | str = 0, terms: Terms | None = None) -> whatif.Cost:
    """What an order of the taker's costs."""
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    world.engine.at = world.at
    return whatif.order_cost(world.engine, account, market, side, units(qty), units(price), terms)


def most(world: World, side: Side, price: float | str = 0, who: Person | None = None) -> float | int:
    """How much the taker could open."""
    account, market = world.state.accounts[(who or world.taker).no], world.state.markets[world.market]
    world.engine.at = world.at
    return show(whatif.max_open(world.engine, account, market, side, units(price)))


def outcome(
    world: World, side: Side, qty: float | str, price: float | str = 0, terms: Terms | None = None
) -> whatif.Outcome:
    """Where an order of the taker's would leave it."""
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    world.engine.at = world.at
    return whatif.after(world.engine, account, market, side, units(qty), units(price), terms)


# Cost


def test_an_order_costs_its_margin_and_what_it_loses_at_birth() -> None:
    """10 at 101 with a mark of 100: 1,010 ÷ 10 and 10 × 1."""
    found = cost(opened(), BUY, 10, 101)

    assert (found.initial, found.open_loss, found.total) == (101 * ONE, 10 * ONE, 111 * ONE)
    assert (found.needed, found.available, found.refused) == (111 * ONE, 1_000 * ONE, None)


def test_a_market_buy_is_reckoned_half_a_thousandth_above_the_best_ask() -> None:
    world = opened()
    world.maker.sells(5, at=100)
    found = cost(world, BUY, 10)

    assert (show(found.price), found.total) == (100.05, units("100.05") + units("0.5"))


def test_a_market_sell_is_reckoned_at_the_best_bid_and_without_a_book_at_the_mark() -> None:
    world = opened()
    assert show(cost(world, SELL, 10).price) == 100
    world.maker.buys(5, at=99)
    found = cost(world, SELL, 10)

    assert (show(found.price), found.total) == (99, 99 * ONE + 10 * ONE)


def test_a_short_of_the_later_text_is_reckoned_at_the_last_price_and_a_bit() -> None:
    """max(98 × 1.0015, 100, 99) = 100, and with a last price of 101: 101.1515. The loss at birth is at its own."""
    world = opened(rules=(LATER,))
    world.maker.sells(1, at=98)
    world.third.buys(1, at=98)
    before = cost(world, SELL, 10, 99)
    world.passes(2 * SECOND)
    world.mark(100)
    at_mark = cost(world, SELL, 10, 99)
    world.maker.sells(1, at=101)
    world.third.buys(1, at=101)
    above = cost(world, SELL, 10, 99)

    assert (before.initial, before.open_loss) == (99 * ONE, 10 * ONE)
    assert (at_mark.initial, at_mark.open_loss) == (100 * ONE, 10 * ONE)
    assert (show(above.margin_price), above.initial) == (101.1515, units("101.1515"))
    assert cost(world, BUY, 10, 99).initial == 99 * ONE


def test_the_published_short_is_reckoned_by_either_text() -> None:
    """Sell 1 at 9,253.30, mark 9,259.84, 20x: 462.665 and a loss of 6.54; by the later text a margin of 463.6439."""
    world = opened(10_000, rules=(LATER,))
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT)))
    world.maker.sells(1, at="9258.99")
    world.third.buys(1, at="9258.99")
    world.mark("9259.84")
    earlier = cost(world, SELL, 1, "9253.3")
    world.passes(SECOND)
    world.mark("9259.84")
    later = cost(world, SELL, 1, "9253.3")

    assert (earlier.initial, earlier.open_loss, earlier.total) == tuple(map(units, ("462.665", "6.54", "469.205")))
    assert (later.margin_price, later.initial) == (units("9272.878485"), units("463.64392425"))
    assert later.total == units("470.18392425")


def test_the_engine_asks_for_what_the_later_text_says() -> None:
    """10 short at 99 need 100 + 10; with a unit less they are refused, and by the earlier text taken."""
    for cash, rules, taken in ((110, (LATER,), True), (109, (LATER,), False), (109, (), True)):
        world = opened(cash, rules=rules)
        world.passes(SECOND)
        world.mark(100)
        asked = cost(world, SELL, 10, 99)
        events = world.taker.sells(10, at=99)

        assert (asked.refused is None) is taken
        assert bool(only(events, ev.OrderAccepted)) is taken


def test_a_modified_short_is_asked_for_no_more_than_what_it_grows_by() -> None:
    """With nothing left it can be moved to where it costs the same by the later text, and not made larger."""
    world = opened(100, rules=(LATER,))
    world.passes(SECOND)
    world.mark(100)
    order = only(world.taker.sells(10, at=100), ev.OrderAccepted)[0].order

    def modified(qty: int, price: int) -> list[str]:
        step = cmd.ModifyOrder(world.taker.no, world.market, Quantity(qty * ONE), Price(price * ONE), order)
        return [type(event).__name__ for event in world.run(step)]

    assert "OrderModified" in modified(9, 100)
    assert "OrderModified" not in modified(11, 100)


def test_an_inverse_order_is_reckoned_at_its_own_price() -> None:
    """The page is of USDⓈ-M. 100,000 USD at 49,000 and ten times."""
    world = coins()
    found = cost(world, SELL, 1_000, 49_000)

    assert show(found.margin_price) == 49_000
    # 2.04081632653… BTC, rounded up twice.
    assert found.initial == units("0.20408164")


def test_what_only_reduces_costs_nothing_and_what_flips_pays_for_the_rest() -> None:
    world = opened()
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    assert cost(world, SELL, 10, 99).total == 0
    assert cost(world, SELL, 99, terms=Terms(reduce_only=True)).total == 0
    assert (show(cost(world, SELL, 30, 100).growing), show(cost(world, SELL, 30, 100).total)) == (20, 200)


def test_what_only_reduces_ends_at_nothing_and_is_refused_where_there_is_nothing() -> None:
    """Long 10: 99 reduce-only close the ten and open no short; to buy reduce-only is refused as the engine does."""
    world = opened()
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)
    reducing = Terms(reduce_only=True)

    assert cost(world, SELL, 99, 100, reducing).refused is None
    assert outcome(world, SELL, 99, 100, reducing).position.qty == 0
    assert cost(world, BUY, 1, 100, reducing).refused is RejectReason.REDUCE_ONLY_REFUSED
    assert cost(opened(), SELL, 1, 100, reducing).refused is RejectReason.REDUCE_ONLY_REFUSED


def test_an_order_of_a_slot_the_account_does_not_have_is_refused() -> None:
    """One-way: LONG is no slot of it. Hedging: an order must say which; a close must fit into what there is."""
    world = opened()
    assert cost(world, BUY, 1, 100, Terms(slot=Slot.LONG)).refused is RejectReason.POSITION_SLOT_MISMATCH

    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    assert cost(world, BUY, 1, 100).refused is RejectReason.POSITION_SLOT_MISMATCH
    assert cost(world, BUY, 1, 100, Terms(slot=Slot.LONG)).refused is None
    assert cost(world, SELL, 1, 100, Terms(slot=Slot.LONG)).refused is RejectReason.REDUCE_ONLY_REFUSED


def test_the_leverage_cap_is_named_before_the_money() -> None:
    """At ten times up to 100,000 may be held."""
    assert cost(opened(), BUY, 1_001, 100).refused is RejectReason.LEVERAGE_CAP_EXCEEDED
    assert cost(opened(), BUY, 101, 100).refused is RejectReason.MARGIN_INSUFFICIENT


# The most


def test_the_most_that_can_be_opened_is_what_the_engine_takes_and_not_a_step_more() -> None:
    """1,000 at ten times open 100 at the mark; at 101 each costs 10.1 and loses 1."""
    assert most(opened(), BUY, 100) == 100
    assert most(opened(), SELL, 100) == 100
    assert most(opened(), BUY, 101) == 90.09
    for side, price in ((BUY, 101), (SELL, 99), (BUY, 99)):
        world = opened()
        found = units(str(most(world, side, price)))
        step = ONE // 1000
        for qty, taken in ((found + step, False), (found, True)):
            order = cmd.PlaceOrder(
                world.taker.no, world.market, side, OrderKind.LIMIT, Quantity(qty), Price(units(price)), TimeInForce.GTC
            )
            assert bool(only(world.run(order), ev.OrderAccepted)) is taken


def test_the_most_is_bounded_by_leverage_and_by_the_filters() -> None:
    """Rich: the bracket allows 100,000 at ten times, the filter 500 an order."""
    world = opened(1_000_000)
    assert most(world, BUY, 100) == 1_000
    rules = world.state.rules["binance", world.market]
    world.run(
        cmd.SetRules("binance", world.market, structs.replace(rules, filters=Filters(qty_max=Quantity(500 * ONE))))
    )
    assert most(world, BUY, 100) == 500


def test_a_position_can_be_turned_around() -> None:
    """10 long: 10 close for nothing, and 100 more may be sold as the 100 that back the long are free then."""
    world = opened()
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    assert most(world, SELL, 100) == 110
    assert most(world, BUY, 100) == 90


def test_nothing_can_be_opened_without_money() -> None:
    assert most(opened(0), BUY, 100) == 0


# Afterwards


def test_what_an_order_leaves_behind_is_what_it_leaves_behind() -> None:
    """Asked before and seen after: the same figures, with a fee, from flat, larger, smaller, turned around."""
    world = opened(taker_fee="0.001")
    for side, qty in ((BUY, 10), (BUY, 5), (SELL, 4), (SELL, 30)):
        asked = outcome(world, side, qty, 102)
        world.maker.order(Side(-side), qty, 102)
        trade = only(world.taker.order(side, qty, 102), ev.TradeExecuted)[0]
        account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]

        assert (asked.fee, asked.realised) == (
            trade.taker.fee,
            trade.taker.closed.realised if trade.taker.closed else 0,
        )
        assert asked.wallet == margin.wallet_state(world.state, account, "usdm", "USDT")
        assert asked.liquidation_price == margin.liquidation_price(world.state, account, market)
        seen = margin.position_state(world.state, account, market)
        assert (asked.position.qty, asked.position.cost, asked.position.maintenance) == (
            seen.qty, seen.cost, seen.maintenance,
        )  # fmt: skip
        assert asked.entry_price == display.entry_price(seen.qty, seen.cost)


def test_asking_changes_nothing() -> None:
    world = opened()
    world.maker.sells(10, at=100)
    world.taker.buys(5, at=100)
    before = canonical.dump(world.state)

    cost(world, BUY, 10, 101)
    most(world, SELL, 99)
    outcome(world, SELL, 20)
    outcome(world, BUY, 3)

    assert canonical.dump(world.state) == before


def test_the_prices_to_come_of_a_long() -> None:
    """1 at 60,000 and 20x on 3,000: call, liquidation, bankruptcy at 57,286, 57,229, 57,000 (mechanics §0b).

    57,000 ÷ (1 − 0.004 ÷ 0.8) and 57,000 ÷ 0.996: the call comes a thousandth of the price before the end.
    """
    world = opened(3_000)
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT)))
    world.mark(60_000)
    found = outcome(world, BUY, 1, 60_000)

    assert found.call_price == 57_000 * ONE * 1_000 // 995
    assert found.liquidation_price == 57_000 * ONE * 1_000 // 996
    assert found.bankruptcy_price == 57_000 * ONE
    assert (found.call_price // ONE, -(-found.liquidation_price // ONE)) == (57_286, 57_229)


def test_a_margin_call_comes_where_it_is_told_to() -> None:
    world = opened(3_000)
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT)))
    world.mark(60_000)
    price = outcome(world, BUY, 1, 60_000).call_price
    world.maker.sells(1, at=60_000)
    world.taker.buys(1, at=60_000)
    account = world.state.accounts[world.taker.no]

    def called(mark: int) -> bool:
        world.run(cmd.SetMark(world.market, Price(mark)))
        figures = margin.wallet_state(world.state, account, "usdm", "USDT")
        return margin.called(figures.margin_balance, figures.maintenance, margin.call_ratio(world.state, account))

    assert [called(price + 2), called(price)] == [False, True]


def test_another_position_of_the_wallet_counts_with_its_mark() -> None:
    """1,000 of cash, and another market where 100 were lost and 12 must be kept: 888 back the ten of this one."""
    world = opened()
    here = world.state.markets[world.market]
    other = structs.replace(here.spec, id="perp:ETH-USDT", base="ETH", index="ETH-USDT")
    world.run(cmd.ListMarket(other))
    world.market = world.state.market_no[other.id]
    world.run(cmd.SetRules("binance", world.market, world.state.rules["binance", here.no]))
    world.mark(100)
    world.maker.sells(4, at=100)
    world.taker.buys(4, at=100)
    world.mark(75)
    world.market = here.no
    found = outcome(world, BUY, 12, 100)

    # 300 at 1 %: 3. 1,000 − 100 − 3 + 12 p − 1,200 = 0.12 p below 83.33, so p = 303 ÷ 11.88.
    assert found.liquidation_price == 303 * ONE * 100 // 1_188
    # 0.8 × (900 − 1,200 + 12 p) − 3 = 0.12 p, so p = 243 ÷ 9.48.
    assert found.call_price == 243 * ONE * 100 // 948
    # 900 less what the 12 lose: at 25.
    assert found.bankruptcy_price == 25 * ONE


@pytest.mark.parametrize("mode", [PositionMode.ONE_WAY, PositionMode.HEDGE])
def test_what_an_order_leaves_behind_of_isolated_margin(mode: PositionMode) -> None:
    """Asked before and seen after: what goes into the position's own wallet, and where that ends."""
    world = opened(taker_fee="0.001")
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))
    if mode is PositionMode.HEDGE:
        world.run(cmd.SetPositionMode(world.taker.no, mode))
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    terms = None if mode is PositionMode.ONE_WAY else Terms(slot=Slot.LONG)
    key = whatif.key_for(account, market, terms)
    for side, qty in ((BUY, 10), (BUY, 5), (SELL, 4), (SELL, 11)):
        world.engine.at = world.at
        asked = whatif.after(world.engine, account, market, side, units(qty), units(102), terms)
        world.maker.order(Side(-side), qty, 102)
        world.taker.order(side, qty, 102, more=terms)

        seen = margin.position_state(world.state, account, market, key)
        assert asked.wallet == margin.wallet_state(world.state, account, "usdm", "USDT")
        assert (asked.position.wallet, asked.position.qty, asked.position.liquidation_price) == (
            seen.wallet, seen.qty, seen.liquidation_price,
        )  # fmt: skip
        assert asked.margin_balance == seen.wallet + seen.unrealised
    assert not account.positions


def test_a_hedged_account_is_liquidated_on_the_other_side() -> None:
    """1 long and 1 short at 60,000 on 1,000: at 125,000, above; with 0.995 short at 234,899 (mechanics §0b)."""
    for short, falls in (("1", "125000"), ("0.995", "234899")):
        world = opened(1_000)
        world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT)))
        world.run(cmd.SetLeverage(world.maker.no, world.market, 20))
        world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
        world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(9_000 * ONE)))
        world.mark(60_000)
        for side, slot, qty in ((BUY, Slot.LONG, "1"), (SELL, Slot.SHORT, short)):
            world.maker.order(Side(-side), qty, 60_000)
            world.taker.order(side, qty, 60_000, more=Terms(slot=slot))
        account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
        assert len(account.positions) == 2

        # More was needed to open them: it is thought away.
        spare = account.balance("usdm", "USDT")
        spare.free = 1_000 * ONE
        prices = {margin.liquidation_price(world.state, account, market, key) // ONE for key in account.positions}
        assert prices == {int(falls)}


def coins() -> World:
    """The contracts of 100 USD, a mark of 50,000, and a taker with 0.2 BTC."""
    world = World(PERP, cash=0)
    world.run(cmd.ListMarket(SPEC))
    world.market = world.state.market_no[COIN]
    world.run(
        cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT, default_leverage=10))
    )
    for name, cash in (("maker", "1000"), ("taker", "0.2")):
        world.run(cmd.Deposit(world.state.account_no[name], "coinm", "BTC", Amount(units(cash))))
    world.mark(50_000)
    return world


def test_the_prices_to_come_of_inverse_contracts() -> None:
    """100,000 USD at 50,000 on 0.2: long LP = N(1 + m) ÷ (0.2 + 2), BP = N ÷ 2.2; short N(1 − m) ÷ 1.8, N ÷ 1.8."""
    long, short = outcome(coins(), BUY, 1_000, 50_000), outcome(coins(), SELL, 1_000, 50_000)

    assert long.liquidation_price == 100_400 * ONE * 10 // 22
    assert short.liquidation_price == 99_600 * ONE * 10 // 18
    assert (show(long.bankruptcy_price), show(short.bankruptcy_price)) == (45454.6, 55555.5)
    # A call: 0.8 × (2.2 − N ÷ p) = 0.004 × N ÷ p.
    assert long.call_price == 100_500 * ONE * 10 // 22


def test_the_most_of_inverse_contracts() -> None:
    """0.2 BTC at ten times are 2 BTC, 100,000 USD."""
    assert most(coins(), BUY, 50_000) == 1_000


@pytest.mark.parametrize(("held", "worth", "leverage", "shown"), [(50, 1_000, 10, "0.5"), (-50, 1_000, 5, "-0.25")])
def test_profit_is_shown_over_what_the_position_needs(held: int, worth: int, leverage: int, shown: str) -> None:
    assert display.return_on_margin(held * ONE, worth * ONE, leverage) == units(shown)


def test_a_margin_ratio_needs_a_balance() -> None:
    assert display.margin_ratio(8 * ONE, 10 * ONE) == units("0.8")
    assert display.margin_ratio(0, -ONE) == 0
    assert display.margin_ratio(ONE, 0) is None


def test_the_rule_of_a_moment_is_the_latest_that_has_begun() -> None:
    rules = (CostRule(since=Nanos(10), market_buy=Rate(1)), CostRule(since=Nanos(20), market_buy=Rate(2)))

    assert [costing.rule_at(rules, at).market_buy for at in (9, 10, 19, 20, 99)] == [100_050_000, 1, 1, 2, 2]
