"""Accounts whose assets back their positions together, with numbers one can compute by hand.

BTC counts 90 % where there is some and 110 % where it is owed; USDT 99 % and 101 %. In an exchange BTC is sold at 95 %
of its index and USDT bought at 100 %.
"""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import canonical, collateral, margin, whatif
from simexchange.core.collateral import Rates
from simexchange.core.ledger import own_wallet, pool_of
from simexchange.core.vocabulary import commands as cmd, events as ev, poolevents
from simexchange.core.vocabulary.assets import ALL_ASSETS, CLR_CONVERT, FEE_CONVERT
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Bundle, Collateral
from simexchange.core.vocabulary.orders import ExchangeReason, MarginMode, Side, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from tests.core.world import PERP, World, kinds, only, show, units

RULES = Bundle(
    "binance",
    collateral=(
        Collateral("USDT", "", Rate(units("0.01")), Rate(units("0.01")), exchange_threshold=Amount(units(-50))),
        Collateral(
            "BTC", "BTC-USDT", Rate(units("0.1")), Rate(units("0.1")), exchange_bid_buffer=Rate(units("0.05")),
            exchange_ask_buffer=Rate(units("0.05")), exchange_threshold=Amount(units("-0.1")),
        ),
    ),
)  # fmt: skip


def pooled(usdt: float | str = 0, btc: float | str = 0, *, bundle: Bundle = RULES, **options: Any) -> World:
    """The taker has *usdt* and *btc* in its derivatives wallet, as one pool; the index and the mark are at 100."""
    world = World(PERP, bundle=bundle, **options)
    world.index(100)
    gives(world, usdt, btc)
    world.run(cmd.SetCollateralMode(world.taker.no, unified=True))
    return world


def gives(world: World, usdt: float | str, btc: float | str) -> None:
    """The taker has no more than that."""
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(1_000_000 * ONE)))
    for asset, amount in (("USDT", units(usdt)), ("BTC", units(btc))):
        if amount:
            world.run(cmd.Deposit(world.taker.no, "usdm", asset, Amount(amount)))


def whole(world: World) -> margin.WalletState:
    """The pool, in the numéraire."""
    return margin.wallet_state(world.state, world.state.accounts[world.taker.no], "usdm", ALL_ASSETS)


def part(world: World, asset: str) -> margin.WalletState:
    """One asset of it."""
    return margin.wallet_state(world.state, world.state.accounts[world.taker.no], "usdm", asset)


def holds(world: World, asset: str) -> Any:
    """What the taker has of *asset* there."""
    return show(world.state.accounts[world.taker.no].free("usdm", asset))


def refused(events: Any) -> R:
    """Why the one command was refused."""
    (event,) = events
    found: R = event.reason
    return found


# What a pool is worth


def test_what_is_there_counts_at_the_bid_and_what_is_owed_at_the_ask() -> None:
    """10 at 98 and 102 are worth 980; 10 owed are 1,020."""
    rates = Rates(100 * ONE, 98 * ONE, 102 * ONE)

    assert collateral.worth(units(10), rates) == units(980)
    assert collateral.worth(units(-10), rates) == units(-1020)
    assert collateral.needs(units(10), rates) == units(1020)


def test_rates_are_cut_as_the_venue_shows_them() -> None:
    """``/fapi/v1/assetIndex``: 1.92957370 with buffers of 0.1 and 0.05 (documentation, seen 2026-11)."""
    row = Collateral("ADA", "ADA-USDT", Rate(units("0.1")), Rate(units("0.1")))
    near = Collateral("ADA", "ADA-USDT", Rate(units("0.05")), Rate(units("0.05")))

    assert collateral.rates_at(units("1.92957370"), row) == Rates(
        units("1.92957370"), units("1.73661633"), units("2.12253107")
    )
    assert collateral.rates_at(units("1.92957370"), near)[1:] == (units("1.83309501"), units("2.02605238"))
    # Of what has a price at all one counts for a unit at least: in pools is divided by it.
    assert [collateral.rates_at(price, near).bid for price in (0, 1, 2, 30)] == [0, 1, 1, 28]


def test_the_published_example_of_a_margin_ratio() -> None:
    """USDTUSD 0.99 with bid 0.9801 and ask 0.99495, USDCUSD 1: equity 416.02, available 76.525, ratio 47.98 %.

    0.5 BTC at 20,000 with 100x and 20 ETH at 600 with 50x; maintenance 0.8 % and 1 % (FAQ c983a9268cfa, seen 2026-11).
    """
    usdt = Collateral("USDT", "USDT-USD", Rate(units("0.01")), Rate(units("0.005")))
    known = {"USDT": collateral.rates_at(units("0.99"), usdt), "USDC": Rates(ONE, ONE, ONE)}
    sums = {"USDT": collateral.Sums(units(200)), "USDC": collateral.Sums(units(220))}
    sums["USDT"].position_initial, sums["USDT"].maintenance = units(100), units(80)
    sums["USDC"].position_initial, sums["USDC"].maintenance = units(240), units(120)

    found = collateral.pool(sums, known)

    assert known["USDT"][1:] == (units("0.9801"), units("0.99495"))
    assert (show(found.equity), show(found.spare), show(found.maintenance)) == (416.02, 76.525, 199.596)
    assert collateral.buyable(found.spare, known["USDT"]) // 10**6 == 7691
    assert found.maintenance * 10_000 // found.equity == 4797


@pytest.mark.parametrize("amount", [units(10), units("0.00000007"), 0, units(-3)])
@pytest.mark.parametrize("spare", [0, 1, 7, units("0.5"), units(981), units(5000)])
def test_what_can_be_lost_is_found_to_the_unit(amount: int, spare: int) -> None:
    """So much takes no more than *spare* away, one unit more does."""
    rates = Rates(100 * ONE, units("98.765432"), units("101.234567"))
    lost = collateral.losable(amount, spare, rates)
    before = collateral.worth(amount, rates)

    assert before - collateral.worth(amount - lost, rates) <= spare
    assert before - collateral.worth(amount - lost - 1, rates) > spare


def test_both_assets_back_an_order_and_either_alone_would_not() -> None:
    """100 USDT (99) and 1 BTC (90) are 189: with 10x a buy of 18 at 100 needs 180 × 1.01 = 181.8, one of 19 191.9."""
    world = pooled(100, 1)

    few, many = world.taker.buys(18, at=100), pooled(100, 1).taker.buys(19, at=100)

    assert kinds(few)[0] == "OrderAccepted"
    assert refused(many) is R.MARGIN_INSUFFICIENT
    assert (show(whole(world).margin_balance), show(whole(world).available)) == (189, 7.2)
    assert show(part(world, "USDT").available) == 7.12871287
    assert show(part(world, "BTC").available) == 0.06545454


def test_an_account_with_bitcoin_alone_can_owe_what_it_loses() -> None:
    """2 BTC are 180. Long 10 from 100, sold at 96: 40 USDT are owed, and count 40.40."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.maker.buys(10, at=96)

    world.taker.sells(10)

    assert (holds(world, "USDT"), holds(world, "BTC")) == (-40, 2)
    assert show(whole(world).margin_balance) == 139.6


def test_a_fill_the_whole_pool_cannot_bear_is_not_made() -> None:
    """1 BTC is 90: sold 10 from 100 at 91.2 it would owe 88 (88.88); at 91 it would owe 90 (90.90)."""
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at="88.9")

    lost = world.taker.sells(8)

    assert only(lost, ev.TradeExecuted)
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at="88.8")
    assert not only(world.taker.sells(8), ev.TradeExecuted)


def test_what_has_no_price_backs_nothing() -> None:
    """Doge is no collateral, and nobody can say what it is worth."""
    world = pooled(10)
    world.run(cmd.Deposit(world.taker.no, "usdm", "DOGE", Amount(units(1000))))

    assert show(whole(world).margin_balance) == 9.9
    assert show(part(world, "DOGE").withdrawable) == 1000


def test_the_pool_of_a_position_is_named() -> None:
    """All assets of the wallet; after going back to one asset each, that asset."""
    world = pooled(10)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]

    assert pool_of(market, account) == ("usdm", ALL_ASSETS)
    world.run(cmd.SetCollateralMode(world.taker.no, unified=False))
    assert pool_of(market, account) == ("usdm", "USDT")
    assert not world.state.unified


# The mode, and what stands in its way


def mode(world: World, *, unified: bool) -> Any:
    return world.run(cmd.SetCollateralMode(world.taker.no, unified=unified))


def test_the_mode_is_set_once() -> None:
    world = pooled(10)

    assert refused(mode(world, unified=True)) is R.SETTING_UNCHANGED
    assert kinds(mode(world, unified=False)) == ["CollateralModeSet"]
    assert refused(mode(world, unified=False)) is R.SETTING_UNCHANGED
    assert refused(world.run(cmd.SetCollateralMode(AccountNo(99), unified=True))) is R.ACCOUNT_UNKNOWN


def test_rules_without_collateral_have_no_pool() -> None:
    world = World(PERP)

    assert refused(mode(world, unified=True)) is R.NOT_SUPPORTED


def test_it_is_not_changed_with_an_open_order_of_the_wallet() -> None:
    world = World(PERP, bundle=RULES)
    world.index(100)
    world.taker.buys(1, at=90)

    assert refused(mode(world, unified=True)) is R.COLLATERAL_ORDERS_OPEN
    world.run(cmd.CancelAll(world.taker.no))
    world.market = world.state.market_no["spot:BTC-USDT"]
    world.taker.buys(1, at=90)
    assert kinds(mode(world, unified=True)) == ["CollateralModeSet"]


def test_it_is_not_changed_where_margin_is_isolated() -> None:
    world = World(PERP, bundle=RULES)
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))

    assert refused(mode(world, unified=True)) is R.COLLATERAL_ISOLATED
    world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.CROSS))
    assert kinds(mode(world, unified=True)) == ["CollateralModeSet"]


def test_margin_is_not_isolated_in_a_pool() -> None:
    world = pooled(10)

    events = world.run(cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED))

    assert refused(events) is R.ISOLATED_WHILE_UNIFIED


def test_nobody_leaves_a_pool_with_debts() -> None:
    """30 USDT are owed, under the threshold of 50, and 2 BTC stand against them."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.maker.buys(10, at=97)
    world.taker.sells(10)

    assert refused(mode(world, unified=False)) is R.COLLATERAL_NEGATIVE


def test_nobody_leaves_a_pool_that_each_asset_alone_could_not_replace() -> None:
    """Long 10 at 100 with 10x needs 100; there are 50 USDT beside the BTC. With 100 USDT he may."""
    world = pooled(50, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)

    assert refused(mode(world, unified=False)) is R.COLLATERAL_MARGIN_INSUFFICIENT
    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(units(50))))
    assert kinds(mode(world, unified=False)) == ["CollateralModeSet"]


def test_nobody_enters_a_pool_whose_haircut_he_cannot_bear() -> None:
    """100 USDT back 10 long at 100 exactly; in a pool they are 99 and the need is 101."""
    world = World(PERP, bundle=RULES)
    world.index(100)
    gives(world, 100, 0)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    assert refused(mode(world, unified=True)) is R.COLLATERAL_MARGIN_INSUFFICIENT
    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(units("2.02020203"))))
    assert kinds(mode(world, unified=True)) == ["CollateralModeSet"]


def test_a_bundle_that_contradicts_itself_is_refused_with_the_field() -> None:
    world = World(PERP, bundle=RULES)
    for row, field in (
        (Collateral("BTC", bid_buffer=Rate(ONE)), "bid_buffer"), (Collateral("BTC", ratio=Rate(0)), "ratio"),
        (Collateral("BTC", exchange_threshold=Amount(1)), "exchange_threshold"), (Collateral(""), "asset"),
    ):  # fmt: skip
        (event,) = world.run(cmd.AdoptBundle(Bundle("other", collateral=(row,))))
        assert (event.reason, field in event.detail) == (R.MARKET_INVALID, True)
    (event,) = world.run(cmd.AdoptBundle(Bundle("other", exchange="by_lot")))
    assert "exchange" in event.detail


def test_collateral_somebody_rests_on_is_not_taken_away() -> None:
    world = pooled(10, 1)

    (event,) = world.run(cmd.AdoptBundle(Bundle("binance", collateral=RULES.collateral[:1])))

    assert event.reason is R.MARKET_INVALID
    assert kinds(world.run(cmd.AdoptBundle(RULES))) == ["BundleAdopted"]


# The automatic exchange


def test_a_debt_below_its_threshold_is_bought_back() -> None:
    """Sold 10 from 100 at 94: 60 are owed, more than 50. BTC fetch 95: 60 ÷ 95 are given, 0.6 are worth 60."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.maker.buys(10, at=94)

    events = world.taker.sells(10)

    (started,), (done,) = only(events, poolevents.ExchangeStarted), only(events, poolevents.AssetsExchanged)
    assert (started.reason, started.asset, show(started.balance), show(started.bound)) == (
        ExchangeReason.THRESHOLD, "USDT", -60, -50,
    )  # fmt: skip
    assert (done.asset, show(done.amount), done.to_asset, show(done.to_amount)) == ("BTC", 0.63157895, "USDT", 60)
    assert (show(done.fee), show(done.price), done.index) == (0.03157895, 100, "BTC-USDT")
    assert (holds(world, "USDT"), holds(world, "BTC")) == (0, 1.36842105)
    purse = world.state.purses.amount
    assert (purse(CLR_CONVERT, "BTC"), purse(CLR_CONVERT, "USDT"), purse(FEE_CONVERT, "BTC")) == (
        units("0.6"), units(-60), units("0.03157895"),
    )  # fmt: skip
    assert kinds(events)[-1] == "ExchangeFinished"


def test_a_debt_at_its_threshold_stays() -> None:
    """50 are owed: not below the threshold."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.maker.buys(10, at=95)

    assert not only(world.taker.sells(10), poolevents.ExchangeStarted)
    assert holds(world, "USDT") == -50


def test_every_asset_pays_its_part_or_one_after_the_other() -> None:
    """USDC and BTC can buy 100 and 190 of 58 owed: 20 and 38; in order all of it is the first one's."""
    for exchange, usdc, btc in (("in_proportion", 80, 1.6), ("in_order", 42, 2)):
        rows = (Collateral("USDC"), *RULES.collateral)
        world = pooled(0, 2, bundle=Bundle("binance", collateral=rows, exchange=exchange))
        world.run(cmd.Deposit(world.taker.no, "usdm", "USDC", Amount(units(100))))
        world.maker.sells(10, at=100)
        world.taker.buys(10)
        world.maker.buys(10, at="94.2")

        world.taker.sells(10)

        assert (holds(world, "USDT"), holds(world, "USDC"), holds(world, "BTC")) == (0, usdc, btc)


def test_debts_are_bought_back_when_nothing_is_open_and_little_stands_against_them() -> None:
    """40 are owed (40.40); 1 BTC is 90 at 100. At 45.11 it is 40.60, and 40.40 ÷ 40.60 is 0.995.

    0.9333909 of it, at 42.8545, pay the 40.
    """
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at=95)
    world.taker.sells(8)
    assert holds(world, "USDT") == -40

    quiet, events = world.index("45.12"), world.index("45.11")

    assert not only(quiet, poolevents.ExchangeStarted)
    (started,) = only(events, poolevents.ExchangeStarted)
    assert (started.reason, show(started.balance), show(started.bound)) == (ExchangeReason.IDLE, -40.4, 40.599)
    assert (holds(world, "USDT"), holds(world, "BTC")) == (0, 0.0666091)


def test_what_collateral_cannot_pay_the_fund_does() -> None:
    """The index gaps from 100 to 20: 1 BTC fetches 19 of the 40 owed, the fund gives 21."""
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at=95)
    world.taker.sells(8)

    events = world.index(20)

    (paid,) = only(events, ev.InsurancePaid)
    assert (paid.asset, show(paid.amount)) == ("USDT", 21)
    assert (holds(world, "USDT"), holds(world, "BTC")) == (0, 0)


def test_nothing_is_exchanged_on_a_frozen_index() -> None:
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at=95)
    world.taker.sells(8)

    events = world.run(cmd.SetIndex("BTC-USDT", units(45), frozen=True))

    assert not only(events, poolevents.ExchangeStarted)
    assert only(world.index("45.01"), poolevents.ExchangeStarted)


# Liquidation


def test_a_pool_falls_as_a_whole() -> None:
    """2 BTC are 180. Long 10 from 100, at 83.00 it is 180 − 171.70 = 8.30 and needs 830 × 1 % × 1.01 = 8.383."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)

    safe, events = world.mark("83.01"), world.mark("83.00")

    assert not only(safe, ev.LiquidationStarted)
    (started,) = only(events, ev.LiquidationStarted)
    assert (started.wallet, started.asset) == ("usdm", ALL_ASSETS)
    assert (show(started.balance), show(started.maintenance)) == (8.3, 8.383)


def test_a_pool_is_called_for_margin_as_a_whole() -> None:
    """At 83.21 it is 180 − 169.579 = 10.421 and needs 8.40421, 80.6 % of it; at 83.22 less than 80 %."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)

    quiet, events = world.mark("83.22"), world.mark("83.21")

    assert not only(quiet, ev.MarginCallIssued)
    (called,) = only(events, ev.MarginCallIssued)
    assert (called.asset, show(called.balance), show(called.maintenance)) == (ALL_ASSETS, 10.421, 8.40421)


@pytest.mark.parametrize("mark", ["83.00", "50"])
def test_the_position_goes_to_the_fund_where_the_pool_is_worth_nothing(mark: str) -> None:
    """180 stand for 178.21 USDT of loss, wherever the mark is by then: 82.178…, to the tick 82.18.

    Then 178.20 USDT are owed, which BTC at 95 pay: 1.87578948 of 2 go, the rest is the owner's own. No asset stays
    below zero, and the fund gives nothing.
    """
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)

    events = world.mark(mark)

    (trade,) = only(events, ev.TradeExecuted)
    assert (trade.kind, show(trade.price)) == (TradeKind.TAKEOVER, 82.18)
    (done,) = only(events, poolevents.AssetsExchanged)
    assert (done.reason, show(done.amount), show(done.to_amount)) == (ExchangeReason.LIQUIDATION, 1.87578948, 178.2)
    assert (holds(world, "USDT"), holds(world, "BTC"), world.taker.position) == (0, 0.12421052, None)
    assert kinds(events)[-1] == "LiquidationFinished"
    assert not only(events, ev.InsurancePaid)
    assert not world.state.accounts[world.taker.no].liquidating


def test_a_sale_that_saves_the_pool_leaves_its_debts() -> None:
    """0.1 sold at 84 is enough: 1.6 are owed, and less than the threshold of 50 is left so."""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.third.buys(9, at=84)

    events = world.mark("83.00")

    assert [(e.kind, show(e.qty)) for e in only(events, ev.TradeExecuted)] == [(TradeKind.LIQUIDATION, 0.1)]
    assert "LiquidationFinished" in kinds(events)
    assert (holds(world, "USDT"), holds(world, "BTC"), world.taker.position) == (-1.6, 2, (9.9, 990))


def test_the_liquidation_price_of_a_pool_is_where_it_falls() -> None:
    """2 BTC stay 180 while the mark alone moves: 180 − 10.1 (100 − p) = 0.101 p at p = 83.008…"""
    world = pooled(0, 2)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]

    price = margin.liquidation_price(world.state, account, market)

    assert price // 10**6 == 8300
    safe, events = world.mark("83.01"), world.mark("83.00")
    assert not only(safe, ev.LiquidationStarted)
    assert only(events, ev.LiquidationStarted)


def test_collateral_that_falls_alone_is_noticed() -> None:
    """Long 1 from 100 with 0.5 ETH-like collateral: its index is of no market here."""
    rows = (*RULES.collateral, Collateral("ETH", "ETH-USDT", Rate(units("0.1")), Rate(units("0.1"))))
    world = pooled(0, 0, bundle=Bundle("binance", collateral=rows))
    world.run(cmd.Deposit(world.taker.no, "usdm", "ETH", Amount(units(1))))
    world.run(cmd.SetIndex("ETH-USDT", units(20)))
    world.maker.sells(1, at=100)
    world.taker.buys(1)

    events = world.run(cmd.SetIndex("ETH-USDT", units("1.12")))

    assert only(events, ev.LiquidationStarted)


# What would be


def test_what_an_order_would_cost_and_leave_is_told_of_the_pool() -> None:
    """189 are 187.12871287 USDT to order with, 18.712 at 100 with 10x. Long 18 from 100 falls at 91.86….

    There it has 100 − 146.43 USDT, counted −46.89, and 90 of BTC: 43.10; 1,653.57 × 5 % − 40 and 1 % of it are needed.
    Nothing is left at −89.108… USDT, at 89.493…, to the tick 89.50.
    """
    world = pooled(100, 1)
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    engine = world.engine

    cost = whatif.order_cost(engine, account, market, Side.BUY, units(18), units(100))
    most = whatif.max_open(engine, account, market, Side.BUY, units(100))
    outcome = whatif.after(engine, account, market, Side.BUY, units(18), units(100))

    assert (show(cost.available), show(cost.needed), cost.refused) == (187.12871287, 180, None)
    assert most == units("18.712")
    assert (show(outcome.margin_balance), show(outcome.maintenance)) == (189, 50.5)
    assert outcome.liquidation_price // 10**6 == 9186
    assert show(outcome.bankruptcy_price) == 89.5
    assert not account.positions


# Money in and out


def test_what_leaves_a_pool_is_bounded_to_the_unit() -> None:
    """100 USDT and 1 BTC: 189. Long 15 from 100 needs 151.5, so 37.5 may go: 37.87878787 USDT, or 0.41666666 BTC."""
    for asset, most in (("USDT", "37.87878787"), ("BTC", "0.41666666")):
        world = pooled(100, 1)
        world.maker.sells(15, at=100)
        world.taker.buys(15)
        amount = units(most)

        more = world.run(cmd.Transfer(world.taker.no, "usdm", "spot", asset, Amount(amount + 1)))
        as_much = world.run(cmd.Transfer(world.taker.no, "usdm", "spot", asset, Amount(amount)))

        assert refused(more) is R.TRANSFER_INSUFFICIENT
        assert kinds(as_much) == ["FundsTransferred"]


def test_collateral_that_debts_rest_on_stays() -> None:
    """40 USDT are owed (40.40) and 1 BTC is 90: 49.60 ÷ 90 may go."""
    world = pooled(0, 1)
    world.maker.sells(8, at=100)
    world.taker.buys(8)
    world.maker.buys(8, at=95)
    world.taker.sells(8)

    more = world.run(cmd.Withdraw(world.taker.no, "usdm", "BTC", Amount(units("0.55111112"))))
    as_much = world.run(cmd.Withdraw(world.taker.no, "usdm", "BTC", Amount(units("0.55111111"))))

    assert refused(more) is R.TRANSFER_INSUFFICIENT
    assert kinds(as_much)[0] == "FundsWithdrawn"


def test_profit_not_yet_realised_does_not_leave() -> None:
    """M4: 1,000 of cash, 2,000 unrealised: no more than cash beyond the maintenance margin may go."""
    world = World(PERP, bundle=RULES)
    world.index(100)
    gives(world, 1000, 0)
    world.maker.sells(9, at=100)
    world.taker.buys(9)
    world.mark(1000)

    # 8,100 unrealised; worth 9,000, maintenance 5 % − 40 = 410.
    more = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(590) + 1)))
    as_much = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(590))))

    assert refused(more) is R.TRANSFER_INSUFFICIENT
    assert kinds(as_much) == ["FundsWithdrawn"]


def test_the_wallet_of_an_isolated_position_is_no_place_to_move_money() -> None:
    """Its margin is adjusted, not transferred."""
    world = World(PERP, bundle=RULES)
    wallet = own_wallet("usdm", world.market)

    out = world.run(cmd.Transfer(world.taker.no, wallet, "spot", "USDT", Amount(1)))
    into = world.run(cmd.Transfer(world.taker.no, "usdm", wallet, "USDT", Amount(1)))

    assert (refused(out), refused(into)) == (R.WALLET_UNKNOWN, R.WALLET_UNKNOWN)
    assert refused(world.run(cmd.Deposit(world.taker.no, wallet, "USDT", Amount(1)))) is R.WALLET_UNKNOWN


def test_a_checkpoint_knows_the_mode_and_what_is_to_be_bought_back() -> None:
    world = pooled(0, 2)
    state = canonical.load(canonical.dump(world.state))
    assert state.accounts[world.taker.no].unified
    assert list(state.unified) == [world.taker.no]

    world.engine.execute(cmd.SetIndex("BTC-USDT", units(100)), world.at)
    world.engine.emit(
        poolevents.ExchangeStarted(world.taker.no, "usdm", ExchangeReason.IDLE, ALL_ASSETS, Amount(-1), Amount(1))
    )
    again = canonical.load(canonical.dump(world.state))
    assert again.pending() == world.state.pending() == cmd.ExchangeAssets(world.taker.no, "usdm")
