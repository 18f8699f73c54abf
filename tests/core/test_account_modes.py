"""Modes said of an account as a whole, of one market, or of all contracts settled in an asset.

(Bybit v5: position/switch-mode by symbol and by coin with its worked example, account/set-margin-mode; seen 2026-11.)
"""

from __future__ import annotations

import msgspec
import pytest

from simexchange.core import canonical
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, modeevents
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, key_of
from simexchange.core.vocabulary.markets import Bundle, Collateral, Market, MarketKind
from simexchange.core.vocabulary.orders import MarginMode, OrderKind, PositionMode, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.poolevents import CollateralModeSet
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity
from simexchange.projections.views import Views
from tests.core.test_bonuses import given
from tests.core.test_modes import refused
from tests.core.world import PERP, Person, World

CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
ONE_WAY, HEDGE = PositionMode.ONE_WAY, PositionMode.HEDGE
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)
EVERYWHERE = MarketNo(0)
UNIFIED = Bundle(
    "binance", linear_wallet="unified", inverse_wallet="unified",
    collateral=(Collateral("USDT"), Collateral("BTC", "BTC-USDT")), hedged=("USDT",), pooled=True,
)  # fmt: skip


def lists(world: World, base: str, quote: str = "USDT", *, inverse: bool = False) -> MarketNo:
    """Another perpetual, with the rules of the first."""
    spec = Market(
        f"perp:{base}-{quote}", MarketKind.PERPETUAL, base, quote, base if inverse else quote, Price(ONE // 100),
        Quantity(ONE if inverse else ONE // 1000), inverse=inverse, funding_interval=Nanos(8 * HOUR),
        index=f"{base}-USDT",
    )  # fmt: skip
    world.run(cmd.ListMarket(spec))
    no = world.state.market_no[spec.id]
    rules = world.state.rules["binance", world.market]
    world.run(cmd.SetRules("binance", no, rules))
    return no


def mode_of(world: World, market: MarketNo, who: Person | None = None) -> PositionMode:
    return world.state.accounts[(who or world.taker).no].mode_in(market)


def unified() -> World:
    """A pooled taker with 1,000 USDT in its one wallet; the index and the mark are at 100."""
    world = World(PERP, bundle=UNIFIED)
    world.index(100)
    for who in (world.maker, world.taker):
        world.run(cmd.Deposit(who.no, "unified", "USDT", Amount(1_000 * ONE)))
    return world


# One market


def test_one_market_is_hedged_while_the_others_are_not() -> None:
    world = World(PERP)
    world.index(100)
    other = lists(world, "ETH")

    (event,) = world.run(cmd.SetPositionMode(world.taker.no, HEDGE, world.market))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100, more=LONG)
    world.maker.buys(1, at=100)
    world.taker.sells(1, at=100, more=SHORT)

    assert event == modeevents.PositionModeSet(world.taker.no, HEDGE, world.market)
    assert (mode_of(world, world.market), mode_of(world, other)) == (HEDGE, ONE_WAY)
    assert list(world.state.accounts[world.taker.no].positions) == [
        key_of(world.market, Slot.LONG), key_of(world.market, Slot.SHORT),
    ]  # fmt: skip
    assert refused(world, cmd.PlaceOrder(world.taker.no, world.market, *_plain())) is R.POSITION_SLOT_MISMATCH
    world.market = other
    assert refused(world, cmd.PlaceOrder(world.taker.no, other, *_plain(), more=LONG)) is R.POSITION_SLOT_MISMATCH


def _plain() -> tuple[Side, OrderKind, Quantity, Price, TimeInForce]:
    return Side.BUY, OrderKind.LIMIT, Quantity(ONE), Price(100 * ONE), TimeInForce.GTC


def test_leverage_of_a_slot_is_set_where_the_market_is_hedged() -> None:
    world = World(PERP)
    other = lists(world, "ETH")
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, world.market))

    world.run(cmd.SetLeverage(world.taker.no, world.market, 5, Slot.LONG))

    assert world.state.accounts[world.taker.no].leverage == {key_of(world.market, Slot.LONG): 5}
    assert refused(world, cmd.SetLeverage(world.taker.no, other, 5, Slot.LONG)) is R.POSITION_SLOT_MISMATCH


def test_a_market_changes_where_nothing_of_its_own_is_open() -> None:
    """What is open elsewhere does not matter; what is open here does, orders before positions."""
    world = World(PERP)
    world.index(100)
    other = lists(world, "ETH")
    to_hedge = cmd.SetPositionMode(world.taker.no, HEDGE, world.market)
    world.taker.buys(1, at=90)

    assert refused(world, to_hedge) is R.POSITION_MODE_ORDERS
    assert world.run(cmd.SetPositionMode(world.taker.no, HEDGE, other))
    world.run(cmd.CancelAll(world.taker.no))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    assert refused(world, to_hedge) is R.POSITION_MODE_POSITION


def test_what_it_is_already_and_what_is_no_derivative_is_refused() -> None:
    world = World(PERP)
    no = world.taker.no

    assert refused(world, cmd.SetPositionMode(no, ONE_WAY, world.market)) is R.POSITION_MODE_UNCHANGED
    assert refused(world, cmd.SetPositionMode(no, HEDGE, MarketNo(1))) is R.MARKET_UNKNOWN
    assert refused(world, cmd.SetPositionMode(no, HEDGE, MarketNo(99))) is R.MARKET_UNKNOWN


def test_the_mode_of_the_account_is_that_of_every_market_again() -> None:
    world = World(PERP)
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, world.market))

    world.run(cmd.SetPositionMode(world.taker.no, ONE_WAY))

    assert mode_of(world, world.market) is ONE_WAY
    assert refused(world, cmd.SetPositionMode(world.taker.no, ONE_WAY)) is R.POSITION_MODE_UNCHANGED


# By coin


def test_the_published_example_of_switching_by_coin() -> None:
    """BTCUSDT hedged by itself; then all of USDT, ETHUSDT with an order left alone; then one back; newcomers follow."""
    world = World(PERP)
    world.index(100)
    taker = world.taker.no
    btc, eth, sol = world.market, lists(world, "ETH"), lists(world, "SOL")
    world.run(cmd.SetPositionMode(taker, HEDGE, btc))
    assert mode_of(world, lists(world, "NEW1")) is ONE_WAY
    world.market = eth
    world.run(cmd.SetIndex("ETH-USDT", Price(100 * ONE)))
    world.taker.buys(1, at=90)

    world.run(cmd.SetPositionMode(taker, HEDGE, settle="USDT"))

    assert [mode_of(world, market) for market in (btc, eth, sol)] == [HEDGE, ONE_WAY, HEDGE]
    assert mode_of(world, lists(world, "NEW2")) is HEDGE
    world.run(cmd.SetPositionMode(taker, ONE_WAY, sol))
    assert [mode_of(world, market) for market in (btc, sol, lists(world, "NEW3"))] == [HEDGE, ONE_WAY, HEDGE]
    assert mode_of(world, btc, world.maker) is ONE_WAY


def test_by_coin_no_other_contract_is_meant() -> None:
    world = World(PERP)
    usdc, inverse = lists(world, "ETH", "USDC"), lists(world, "ETH", "USD", inverse=True)

    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, settle="USDT"))

    assert [mode_of(world, market) for market in (world.market, usdc, inverse)] == [HEDGE, ONE_WAY, ONE_WAY]
    assert mode_of(world, lists(world, "SOL", "USDC")) is ONE_WAY
    assert refused(world, cmd.SetPositionMode(world.taker.no, HEDGE, settle="USDT")) is R.POSITION_MODE_UNCHANGED
    assert refused(world, cmd.SetPositionMode(world.taker.no, HEDGE, settle="EUR")) is R.MARKET_UNKNOWN


def test_rules_may_let_only_some_contracts_be_hedged() -> None:
    """Bybit: USDT perpetuals; inverse and USDC contracts are one-way only."""
    world = unified()
    no, inverse, usdc = world.taker.no, lists(world, "ETH", "USD", inverse=True), lists(world, "ETH", "USDC")

    assert refused(world, cmd.SetPositionMode(no, HEDGE, inverse)) is R.NOT_SUPPORTED
    assert refused(world, cmd.SetPositionMode(no, HEDGE, usdc)) is R.NOT_SUPPORTED
    assert refused(world, cmd.SetPositionMode(no, HEDGE, settle="USDC")) is R.NOT_SUPPORTED
    assert refused(world, cmd.SetPositionMode(no, HEDGE)) is R.NOT_SUPPORTED
    assert world.run(cmd.SetPositionMode(no, HEDGE, settle="USDT"))
    assert mode_of(world, world.market) is HEDGE


def test_a_long_and_a_short_of_one_market_stand_in_one_pool() -> None:
    world = unified()
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, world.market))

    world.maker.sells(2, at=100)
    world.taker.buys(2, at=100, more=LONG)
    world.maker.buys(1, at=100)
    world.taker.sells(1, at=100, more=SHORT)

    held = world.state.accounts[world.taker.no].positions
    assert {key: position.qty // ONE for key, position in held.items()} == {
        key_of(world.market, Slot.LONG): 2, key_of(world.market, Slot.SHORT): -1,
    }  # fmt: skip


# Margin of the account as a whole


def test_an_account_isolates_all_its_positions_and_those_of_markets_to_come() -> None:
    world = unified()
    account = world.state.accounts[world.taker.no]

    happened = world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED))
    later = lists(world, "ETH")

    assert happened == [
        CollateralModeSet(world.taker.no, unified=False),
        modeevents.MarginModeSet(world.taker.no, EVERYWHERE, ISOLATED),
    ]
    assert (account.unified, list(account.isolated)) == (False, [world.market, later])
    assert not world.state.accounts[world.maker.no].isolated


def test_it_is_one_pool_again_at_cross_margin() -> None:
    world = unified()
    account = world.state.accounts[world.taker.no]
    world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED))

    happened = world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, CROSS))
    lists(world, "ETH")

    assert happened[-1] == CollateralModeSet(world.taker.no, unified=True)
    assert (account.unified, account.isolated) == (True, {})


def test_where_rules_do_not_pool_cross_margin_is_each_assets_own() -> None:
    world = World(PERP)
    account = world.state.accounts[world.taker.no]

    world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED))
    world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, CROSS))

    assert (account.unified, account.isolated) == (False, {})


@pytest.mark.parametrize("pooled", [True, False])
def test_the_mode_of_an_account_waits_until_nothing_is_open(pooled: bool) -> None:
    world = unified()
    start, to = (CROSS, ISOLATED) if pooled else (ISOLATED, CROSS)
    if not pooled:
        world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, start))
    to_other = cmd.SetMarginMode(world.taker.no, EVERYWHERE, to)

    assert refused(world, cmd.SetMarginMode(world.taker.no, EVERYWHERE, start)) is R.MARGIN_MODE_UNCHANGED
    world.taker.buys(1, at=90)
    assert refused(world, to_other) is R.MARGIN_MODE_ORDERS
    world.run(cmd.CancelAll(world.taker.no))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    assert refused(world, to_other) is R.MARGIN_MODE_POSITION
    world.maker.buys(1, at=100)
    world.taker.sells(1, at=100)
    assert world.run(to_other)


def test_debts_keep_an_account_from_isolating() -> None:
    """A pool may owe one asset; alone no asset may."""
    world = unified()
    world.run(cmd.Deposit(world.taker.no, "unified", "BTC", Amount(100 * ONE)))
    world.maker.sells(5, at=100)
    world.taker.buys(5, at=100)
    world.run(cmd.Withdraw(world.taker.no, "unified", "USDT", Amount(950 * ONE)))
    world.maker.buys(5, at=80)
    world.taker.sells(5, at=80)

    assert world.state.accounts[world.taker.no].free("unified", "USDT") < 0
    assert refused(world, cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED)) is R.COLLATERAL_NEGATIVE


def test_bonus_money_keeps_an_account_from_isolating() -> None:
    world = given(bonus=5, own=100)

    assert refused(world, cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED)) is R.NOT_SUPPORTED


def test_an_isolated_position_in_a_unified_wallet_is_given_margin_and_takes_it_itself() -> None:
    """Added and removed by hand, and kept on as automatic margin, between the one wallet and the position's own."""
    world = unified()
    account = world.state.accounts[world.taker.no]
    world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)

    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(5 * ONE)))
    world.run(cmd.SetAutoMargin(world.taker.no, world.market, Slot.NET, 0, on=True))

    own = f"unified:{world.market}"
    assert (account.free("unified", "USDT") // ONE, account.free(own, "USDT") // ONE) == (985, 15)
    world.run(cmd.AdjustMargin(world.taker.no, world.market, Slot.NET, 0, Amount(-5 * ONE)))
    world.mark(90)
    assert world.state.accounts[world.taker.no].positions
    assert account.free(own, "USDT") > 10 * ONE


# What is remembered


def test_modes_survive_a_checkpoint_and_are_told_by_the_accounts_view() -> None:
    world, views = unified(), Views()
    lists(world, "ETH")
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, world.market))
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE, settle="USDT"))
    world.run(cmd.SetMarginMode(world.taker.no, EVERYWHERE, ISOLATED))
    later = lists(world, "SOL")
    account = world.state.accounts[world.taker.no]

    loaded: ExchangeState = canonical.load(canonical.dump(world.state))
    for event in world.past:
        views.apply(1, world.at, event)

    again, row = loaded.accounts[world.taker.no], views.accounts.by_no[world.taker.no]
    assert again.modes.markets == account.modes.markets == {2: HEDGE, 3: HEDGE, later: HEDGE}
    assert (again.modes.coins, again.modes.isolates) == ({"USDT": HEDGE}, True)
    assert canonical.dump(loaded) == canonical.dump(world.state)
    assert list(row.isolated) == list(account.isolated)
    assert views.accounts.position_mode(world.taker.no, later) is HEDGE
    assert views.accounts.position_mode(world.maker.no, later) is ONE_WAY


def test_old_records_of_a_position_mode_are_of_the_whole_account() -> None:
    said = msgspec.json.decode(b"[50,2,2]", type=modeevents.PositionModeSet)

    assert said == modeevents.PositionModeSet(AccountNo(2), HEDGE, EVERYWHERE)
