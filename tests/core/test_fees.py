"""What fills cost: the parts of a commission, the discount asset, rebates, and who pays for them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import EXT_MARKETING
from simexchange.core.vocabulary.markets import Bundle, Commission, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import AccountOption, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import PERP, SPOT, Person, World, only, show, units

BNB = Bundle("binance", discount_asset="BNB")


def rate(text: str) -> Rate:
    return Rate(units(text))


def shop(market: str = SPOT, *, price: str | None = "200", maker: str = "0.01", taker: str = "0.02") -> World:
    """A market with fees of 1 % and 2 %; BNB is a coin of it, and last traded at *price* USDT."""
    world = World(market, bundle=BNB, maker_fee=maker, taker_fee=taker)
    tick, step = Price(ONE // 100), Quantity(ONE // 1000)
    world.run(cmd.ListMarket(Market("spot:BNB-USDT", MarketKind.SPOT, "BNB", "USDT", "USDT", tick, step)))
    no = world.state.market_no["spot:BNB-USDT"]
    world.run(cmd.SetRules("binance", no, MarketRules(Filters(), rate(maker), rate(taker))))
    if price is not None:
        trade_bnb(world, price)
    return world


def trade_bnb(world: World, price: str) -> None:
    """Two others trade 1 BNB at *price*."""
    here, world.market = world.market, world.state.market_no["spot:BNB-USDT"]
    for name in ("giver", "getter"):
        if name not in world.state.account_no:
            world.joins(name, 100_000)
            world.run(cmd.Deposit(world.state.account_no[name], "spot", "BNB", Amount(100 * ONE)))
    Person(world, "giver").sells(1, at=price)
    Person(world, "getter").buys(1, at=price)
    world.market = here
    world.trades.clear()


def pays_in_bnb(person: Person, bnb: str, wallet: str = "spot") -> None:
    """*person* gets BNB and chooses to pay with it."""
    option = AccountOption.DISCOUNT_SPOT if wallet == "spot" else AccountOption.DISCOUNT_FUTURES
    person.world.run(cmd.SetAccountOption(person.no, option, 1))
    person.world.run(cmd.Deposit(person.no, wallet, "BNB", Amount(units(bnb))))


def with_rules(world: World, **changes: Any) -> Any:
    """Change the rules of the world's market."""
    rules = msgspec.structs.replace(world.state.rules["binance", world.market], **changes)
    return world.run(cmd.SetRules("binance", world.market, rules))[0]


def fee_of(fill: ev.Fill) -> tuple[Any, str]:
    return show(fill.fee), fill.fee_asset


def trade(world: World, qty: str = "1", at: str = "100") -> ev.TradeExecuted:
    """The maker sells, the taker buys."""
    world.maker.sells(qty, at=at)
    found = only(world.taker.buys(qty, at=at), ev.TradeExecuted)[0]
    assert isinstance(found, ev.TradeExecuted)
    return found


def test_a_fill_pays_its_role_and_its_side_together() -> None:
    """Maker 1 % and seller 0.5 % of 100; taker 2 % and buyer 0.25 % of 1 BTC."""
    world = shop()
    with_rules(world, buyer=rate("0.0025"), seller=rate("0.005"))

    found = trade(world)

    assert fee_of(found.maker) == (1.5, "USDT")
    assert fee_of(found.taker) == (0.0225, "BTC")


def test_special_and_tax_commissions_are_added() -> None:
    """2 % and 3 % special and 4 % tax."""
    world = shop()
    with_rules(world, special=Commission(taker=rate("0.03")), tax=Commission(buyer=rate("0.04")))

    found = trade(world)

    assert fee_of(found.taker) == (0.09, "BTC")
    assert fee_of(found.maker) == (1, "USDT")


def test_own_rates_replace_the_standard_ones_alone() -> None:
    """The taker's own 0.5 %; the market's 4 % tax stays."""
    world = shop()
    with_rules(world, tax=Commission(taker=rate("0.04")))
    world.run(cmd.SetFees(world.taker.no, world.market, rate("0"), rate("0.005")))

    assert fee_of(trade(world).taker) == (0.045, "BTC")


def test_own_rates_may_have_every_part() -> None:
    """0.5 + 0.25 standard, 1 special, 2 tax: 3.75 %."""
    world = shop()
    special, tax = Commission(taker=rate("0.01")), Commission(buyer=rate("0.02"))
    world.run(
        cmd.SetFees(world.taker.no, world.market, rate("0"), rate("0.005"), rate("0.0025"), rate("0"), special, tax)
    )

    assert fee_of(trade(world).taker) == (0.0375, "BTC")


def test_the_discount_asset_pays_at_a_discount() -> None:
    """2 % of 100 is 2; × 0.75 at 200 a BNB is 0.0075 BNB, and the price stands beside it."""
    world = shop()
    pays_in_bnb(world.taker, "1")

    found = trade(world)

    assert fee_of(found.taker) == (0.0075, "BNB")
    assert show(found.taker.fee_price) == 200
    assert world.taker.has("BNB") == (0.9925, 0)
    assert fee_of(found.maker) == (1, "USDT")


def test_only_the_standard_part_is_discounted() -> None:
    """(2 % × 0.75 + 1 % + 1 %) of 100 at 200."""
    world = shop()
    with_rules(world, special=Commission(taker=rate("0.01")), tax=Commission(taker=rate("0.01")))
    pays_in_bnb(world.taker, "1")

    assert fee_of(trade(world).taker) == (0.0175, "BNB")


def test_one_unit_short_pays_the_whole_fee_undiscounted() -> None:
    """0.0075 would be due: 0.00749999 does not pay any of it, 0.0075 all."""
    world = shop()
    pays_in_bnb(world.taker, "0.00749999")

    short = trade(world)
    world.run(cmd.Deposit(world.taker.no, "spot", "BNB", Amount(1)))
    enough = trade(world)

    assert fee_of(short.taker) == (0.02, "BTC")
    assert short.taker.fee_price == 0
    assert fee_of(enough.taker) == (0.0075, "BNB")
    assert world.taker.has("BNB") == (0, 0)


def test_what_is_due_in_the_discount_asset_is_rounded_up() -> None:
    """0.001 BTC at 100: 0.002 × 0.75 / 7 = 0.000214285714…"""
    world = shop(price="7")
    pays_in_bnb(world.taker, "1")

    assert trade(world, "0.001").taker.fee == 21_429


def test_without_a_price_of_the_discount_asset_the_fee_is_as_ever() -> None:
    """Nobody has traded BNB for USDT."""
    world = shop(price=None)
    pays_in_bnb(world.taker, "1")

    assert fee_of(trade(world).taker) == (0.02, "BTC")


def test_a_market_may_refuse_the_discount_asset() -> None:
    """And then its rules, not the account's wish, count."""
    world = shop()
    with_rules(world, discount=False)
    pays_in_bnb(world.taker, "1")

    assert fee_of(trade(world).taker) == (0.02, "BTC")


def test_who_stops_paying_with_it_pays_as_before() -> None:
    """The option is turned off."""
    world = shop()
    pays_in_bnb(world.taker, "1")
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 0))

    assert fee_of(trade(world).taker) == (0.02, "BTC")


def test_the_discount_asset_can_be_what_was_just_bought() -> None:
    """The taker has no BNB but the one this trade brings: 200 × 2 % × 0.75 / 200."""
    world = shop()
    world.market = world.state.market_no["spot:BNB-USDT"]
    world.run(cmd.Deposit(world.maker.no, "spot", "BNB", Amount(ONE)))
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 1))

    found = trade(world, "1", "200")

    assert fee_of(found.taker) == (0.015, "BNB")
    assert world.taker.has("BNB") == (0.985, 0)


def test_the_discount_asset_that_is_being_sold_pays_nothing() -> None:
    """All there is was held and has gone; the fee comes out of the USDT received."""
    world = shop()
    world.market = world.state.market_no["spot:BNB-USDT"]
    pays_in_bnb(world.maker, "1")

    found = trade(world, "1", "200")

    assert fee_of(found.maker) == (2, "USDT")
    assert world.maker.has("BNB") == (0, 0)


def test_an_account_that_trades_with_itself_pays_both_fees_from_one_purse() -> None:
    """0.00375 for the maker's side first; 0.0075 for the taker's then finds only 0.00375."""
    world = shop()
    pays_in_bnb(world.taker, "0.0075")
    world.taker.sells(1, at=100)

    found = only(world.taker.buys(1, at=100), ev.TradeExecuted)[0]

    assert fee_of(found.maker) == (0.00375, "BNB")
    assert fee_of(found.taker) == (0.02, "BTC")


def test_futures_fees_are_paid_in_the_discount_asset_of_the_futures_wallet() -> None:
    """2 % of 100 × 0.9 at 200 a BNB; spot BNB does not count."""
    world = shop(PERP)
    world.index(100)
    pays_in_bnb(world.taker, "1", "usdm")
    world.run(cmd.SetAccountOption(world.maker.no, AccountOption.DISCOUNT_FUTURES, 1))
    world.run(cmd.Deposit(world.maker.no, "spot", "BNB", Amount(ONE)))

    found = trade(world)

    assert fee_of(found.taker) == (0.009, "BNB")
    assert world.taker.has("BNB", "usdm") == (0.991, 0)
    assert fee_of(found.maker) == (1, "USDT")


def test_a_maker_rebate_comes_out_of_the_takers_fee() -> None:
    """1 % of 100 back to the maker, of the 2 % the taker pays; marketing gives nothing."""
    world = shop(PERP, maker="-0.01")
    world.index(100)

    found = trade(world)

    assert fee_of(found.maker) == (-1, "USDT")
    assert found.maker.subsidy == 0
    assert world.maker.cash == 1_000_001
    assert world.state.purses.amount("fee:" + PERP, "USDT") == ONE


def test_a_rebate_that_no_fee_of_the_trade_pays_comes_from_marketing() -> None:
    """The taker pays in BTC, the maker gets USDT back."""
    world = shop(maker="-0.01", price=None)

    found = trade(world)

    assert fee_of(found.maker) == (-1, "USDT")
    assert show(found.maker.subsidy) == 1
    assert world.state.purses.amount(EXT_MARKETING, "USDT") == -ONE


def test_nobody_is_given_a_rebate_from_a_liquidation() -> None:
    """The taker of it pays no trading fee, so there is nothing to give back (money rule L13)."""
    world = shop(PERP, maker="-0.01")
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(999_985 * ONE)))
    world.maker.sells(1, at=100)
    world.taker.buys(1)
    world.maker.buys(1, at=95)
    account = world.state.accounts[world.maker.no]
    before = account.free("usdm", "USDT")
    given = world.state.purses.amount(EXT_MARKETING, "USDT")

    events = world.mark("87.5")

    (sold,) = [event for event in only(events, ev.TradeExecuted) if event.kind is TradeKind.LIQUIDATION]
    assert (sold.maker.fee, sold.maker.subsidy) == (0, 0)
    assert account.free("usdm", "USDT") - before == sold.maker.closed.realised == 5 * sold.qty
    assert world.state.purses.amount(EXT_MARKETING, "USDT") == given


@pytest.mark.parametrize(
    ("maker", "taker"),
    [("-0.02", "0.02"), ("-0.015", "0.02")],
)
def test_a_rebate_above_the_least_a_taker_pays_is_refused(maker: str, taker: str) -> None:
    """2 % in BNB is 1.5 %: a rebate of 2 % would print money between two accounts of one owner, 1.5 % does not."""
    world = shop()

    found = with_rules(world, maker=rate(maker), taker=rate(taker))

    if maker == "-0.02":
        assert isinstance(found, ev.CommandRefused)
        assert found.reason is RejectReason.MARKET_INVALID
    else:
        assert isinstance(found, ev.RulesSet)


def test_a_deeper_discount_that_a_rebate_would_outrun_is_refused() -> None:
    """1.5 % back to the maker is paid by 2 % × 0.75, and not by 2 % × 0.5."""
    world = shop(maker="-0.015")
    deeper = Bundle("binance", discount_asset="BNB", discount_spot=rate("0.5"))

    refused = world.run(cmd.AdoptBundle(deeper))

    assert only(refused, ev.CommandRefused)[0].reason is RejectReason.NOT_SUPPORTED
    assert world.state.bundles["binance"] == BNB


def test_own_rates_are_judged_beside_everybody_elses() -> None:
    """A rebate of 1 % is paid by takers of 1.5 % and more; a taker rate of 1.2 % in BNB would be 0.9 %."""
    world = shop()
    with_rules(world, maker=rate("-0.01"))

    refused = world.run(cmd.SetFees(world.taker.no, world.market, rate("0"), rate("0.012")))
    taken = world.run(cmd.SetFees(world.taker.no, world.market, rate("0"), rate("0.014")))
    deeper = world.run(cmd.SetFees(world.maker.no, world.market, rate("-0.0106"), rate("0.014")))

    assert only(refused, ev.CommandRefused)[0].reason is RejectReason.NOT_SUPPORTED
    assert only(taken, ev.FeesSet)
    assert only(deeper, ev.CommandRefused)[0].reason is RejectReason.NOT_SUPPORTED


def test_fees_may_be_whole_multiples_of_a_unit_and_truncated() -> None:
    """2 % of 0.101 is 0.00202 BTC: in units of 0.001 that is 0.003, or 0.002 where the rest is dropped."""
    world = shop()
    unit = Amount(ONE // 1000)
    with_rules(world, fee_unit=unit)
    up = trade(world, "0.101")
    with_rules(world, fee_unit=unit, fee_truncated=True)
    down = trade(world, "0.101")

    assert fee_of(up.taker) == (0.003, "BTC")
    assert fee_of(down.taker) == (0.002, "BTC")


def test_a_fee_is_never_more_than_what_it_is_taken_from() -> None:
    """A unit of 1 BTC on 0.5 bought."""
    world = shop()
    with_rules(world, fee_unit=Amount(ONE))

    assert fee_of(trade(world, "0.5").taker) == (0.5, "BTC")
