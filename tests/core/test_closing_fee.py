"""Where rules count the fee to close as margin: what orders and positions need then, and where they end.

A taker pays 0.1 %, everybody has ten times, brackets ask 1 % up to 1,000 and 5 % above.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from simexchange.core import canonical, margin, whatif
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import key_of
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Side, Slot, Terms
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Amount, Rate
from tests.core.oneaccount import COIN, PERP, RULES, WALLET, Member, TwoVenues
from tests.core.world import kinds, only, show, units

FEES = structs.replace(RULES, closing_fee=True)


def venue(**money: float | str) -> tuple[TwoVenues, Member]:
    """Ann with *money*, a thousand USDT where nothing is said; her makers pay nothing."""
    world = TwoVenues(FEES, taker_fee="0.001")
    return world, world.opens("ann", **(money or {"USDT": 1000}))


def told(world: TwoVenues, ann: Member, slot: Slot = Slot.NET) -> margin.PositionState:
    """Ann's position in the market people are in."""
    market = world.state.markets[world.market]
    return margin.position_state(world.state, world.state.accounts[ann.no], market, key_of(world.market, slot))


def figures(world: TwoVenues, ann: Member) -> tuple[Any, Any, Any, Any]:
    """Initial margin of the position and of orders, maintenance margin, and what is available, of the pool."""
    pool = ann.pool()
    return tuple(show(x) for x in (pool.position_initial, pool.order_initial, pool.maintenance, pool.available))  # type: ignore[return-value]


def test_an_order_needs_the_fees_to_open_and_to_close_what_it_opens() -> None:
    """5 at 100: 50, 0.50 to open and 0.45 to close at 90; a sell closes at 110, so 0.55."""
    for sells, fees in ((False, "0.95"), (True, "1.05")):
        world, ann = venue()
        ann.order(Side.SELL if sells else Side.BUY, 5, 100)
        assert figures(world, ann) == (0, 50 + float(fees), 0, 950 - float(fees))


def test_a_position_needs_the_fee_to_close_it_where_it_is_bankrupt() -> None:
    """Long 5 at 100 has paid 0.50; 50.45 are its margin, 5.45 its maintenance. At 120 the fee is the same."""
    world, ann = venue()
    world.swap(ann, world.maker, 5, 100)

    assert figures(world, ann) == (50.45, 0, 5.45, 1000 - 0.5 - 50.45)
    world.all_at(120)
    assert figures(world, ann)[::2] == (60.45, 6.45)
    assert (show(told(world, ann).position_initial), show(told(world, ann).maintenance)) == (60.45, 6.45)


def test_a_short_of_coins_is_bankrupt_where_it_is_worth_less_coin() -> None:
    """500 USD at 100 are 5 BTC: a long sets aside the fee on 5.5 of them, a short on 4.5."""
    for sells, fee in ((False, "0.0055"), (True, "0.0045")):
        world, ann = venue(BTC=10)
        buyer, seller = (world.maker, ann) if sells else (ann, world.maker)
        world.at_market(COIN)
        ann.order(Side.SELL if sells else Side.BUY, 500, 100)
        (seller if buyer is ann else buyer).order(Side.BUY if sells else Side.SELL, 500, 100)
        assert show(told(world, ann).position_initial) == 0.5 + float(fee)
        assert show(ann.pool("BTC").maintenance) == 0.05 + float(fee)


def test_what_only_closes_costs_no_fees() -> None:
    """Long 5: sells of 5 need nothing more; of 12, what 7 would open; buys of 3 at 99 all that 3 need."""
    world, ann = venue()
    world.swap(ann, world.maker, 5, 100)
    ann.sells(5, at=100)
    assert figures(world, ann)[1] == 0
    ann.sells(7, at=100)
    # 12 sold against 5 held: 70 of margin where 50 were, and 7 at 0.21.
    assert figures(world, ann)[1] == 20 + 1.47
    ann.buys(3, at=99)
    assert figures(world, ann)[1] == 29.7 + 0.5643
    world.run(cmd.CancelAll(ann.no))
    assert figures(world, ann)[1] == 0


def test_long_and_short_of_a_hedging_account_set_aside_each_its_own() -> None:
    world, ann = venue()
    world.run(cmd.SetPositionMode(ann.no, PositionMode.HEDGE))
    world.at_market(PERP)
    world.maker.sells(5, at=100)
    ann.buys(5, at=100, more=Terms(slot=Slot.LONG))
    world.maker.buys(4, at=100)
    ann.sells(4, at=100, more=Terms(slot=Slot.SHORT))

    assert show(told(world, ann, Slot.LONG).position_initial) == 50.45
    assert show(told(world, ann, Slot.SHORT).position_initial) == 40.44
    assert figures(world, ann)[::2] == (90.89, 5.45 + 4.44)


def test_the_fee_counts_for_who_is_liquidated() -> None:
    """10 long at 100 on 101.90: 1 is paid. At 90.90 a loss of 91 leaves 9.90, and 9.09 and 0.90 are needed."""
    world, ann = venue(USDT="101.9")
    world.swap(ann, world.maker, 10, 100)

    assert show(told(world, ann).liquidation_price) == 90.9090909
    assert not only(world.all_at("90.91"), ev.LiquidationStarted)
    (started,) = only(world.all_at("90.9"), ev.LiquidationStarted)
    (risk,) = started.positions
    assert (show(started.balance), show(started.maintenance)) == (9.9, 9.99)
    assert (show(risk.maintenance), show(risk.closing_fee)) == (9.99, 0.9)


def test_what_was_set_aside_is_not_eaten_by_the_position() -> None:
    """Isolated, it has 100 and 0.90; the book is empty, and the fund takes it over at 90 and has what is left."""
    world, ann = venue()
    world.run(cmd.SetCollateralMode(ann.no, unified=False))
    world.run(cmd.SetMarginMode(ann.no, world.market, MarginMode.ISOLATED))
    world.swap(ann, world.maker, 10, 100)
    assert ann.has("USDT", f"{WALLET}:2") == (100.9, 0)
    market, account = world.state.markets[world.market], world.state.accounts[ann.no]
    assert show(whatif.bankruptcy_price(world.state, account, market, market.no)) == 90

    events = world.all_at("90.9")

    (taken,) = only(events, ev.TradeExecuted)
    assert show(taken.price) == 90
    assert [show(event.amount) for event in only(events, ev.InsurancePaid)] == [-0.9]
    assert ann.money == {"USDT": (1000 - 1 - 100.9, 0)}


def test_margin_added_to_an_isolated_position_is_reckoned_as_bybit_does() -> None:
    """Long Q(1 + m) ÷ (Q ÷ E + Q ÷ (E L) + extra ÷ (1 + taker)), in coin: the page of 2026-05-27.

    1,000 USD at 100 with 10x, 0.2 coins added: 1,010 ÷ (10 + 1 + 0.2 ÷ 1.001); a short: 990 ÷ (10 − 1 − 0.2 ÷ 0.999).
    """
    for sells, price in ((False, "90.18018018"), (True, "112.50255944")):
        world, ann = venue(BTC=10)
        world.at_market(COIN)
        world.run(cmd.SetCollateralMode(ann.no, unified=False))
        world.run(cmd.SetMarginMode(ann.no, world.market, MarginMode.ISOLATED))
        world.run(cmd.SetRules(FEES.name, world.market, _one_bracket(world)))
        world.maker.order(Side.BUY if sells else Side.SELL, 1000, 100)
        ann.order(Side.SELL if sells else Side.BUY, 1000, 100)
        world.run(cmd.AdjustMargin(ann.no, world.market, Slot.NET, 0, Amount(units("0.2"))))
        assert abs(told(world, ann).liquidation_price - units(price)) <= 10


def _one_bracket(world: TwoVenues) -> Any:
    rules = world.state.rules[FEES.name, world.market]
    return structs.replace(rules, tiers=rules.tiers[:1])


def test_half_of_an_isolated_position_takes_half_of_what_was_set_aside() -> None:
    world, ann = venue()
    world.run(cmd.SetCollateralMode(ann.no, unified=False))
    world.run(cmd.SetMarginMode(ann.no, world.market, MarginMode.ISOLATED))
    world.swap(ann, world.maker, 10, 100)

    world.swap(world.maker, ann, 5, 100)

    assert ann.has("USDT", f"{WALLET}:2") == (50.45, 0)
    assert show(told(world, ann).liquidation_price) == pytest.approx(90 / 0.99, abs=1e-6)


def test_less_leverage_needs_more_and_is_refused_to_the_unit() -> None:
    """Long 5 at 100: at 5x 100 and 0.40 are needed, where there are 100.40 after the fee of 0.50; at 4x 125.375."""
    world, ann = venue(USDT="100.9")
    world.swap(ann, world.maker, 5, 100)

    assert refused(world.run(cmd.SetLeverage(ann.no, world.market, 4))) is R.LEVERAGE_MARGIN_INSUFFICIENT
    assert kinds(world.run(cmd.SetLeverage(ann.no, world.market, 5))) == ["LeverageSet"]
    assert figures(world, ann)[3] == 0
    world, ann = venue(USDT="100.89999999")
    world.swap(ann, world.maker, 5, 100)
    assert refused(world.run(cmd.SetLeverage(ann.no, world.market, 5))) is R.LEVERAGE_MARGIN_INSUFFICIENT


def refused(events: Any) -> R:
    """Why the one command was refused."""
    (event,) = events
    found: R = event.reason
    return found


def test_dearer_fees_may_liquidate() -> None:
    """1.5 % to close 900 are 13.50 beside 9.10, where 11 are left."""
    world, ann = venue(USDT="101.9")
    world.swap(ann, world.maker, 10, 100)
    world.all_at("91.01")
    assert world.state.accounts[ann.no].positions

    events = world.run(cmd.SetFees(ann.no, world.market, Rate(0), Rate(units("0.015"))))

    assert only(events, ev.LiquidationStarted)


def test_a_bundle_adopted_anew_counts_the_fee_from_then_on() -> None:
    """And so does a program that begins with such a state."""
    world = TwoVenues(RULES, taker_fee="0.001")
    ann = world.opens("ann", USDT=1000)
    world.swap(ann, world.maker, 5, 100)
    assert figures(world, ann)[0] == 50

    world.run(cmd.AdoptBundle(FEES))

    assert figures(world, ann)[0] == 50.45
    again = canonical.load(canonical.dump(world.state))
    assert again.accounts[ann.no].reserves
    assert margin.wallet_state(again, again.accounts[ann.no], WALLET, "*") == ann.pool()


def test_the_other_venue_counts_no_fee() -> None:
    world, ann = venue()
    world.swap(ann, world.maker, 5, 100)
    state = world.state
    maker = margin.position_state(state, state.accounts[world.maker.no], state.markets[world.market])

    assert (show(maker.position_initial), show(maker.maintenance)) == (50, 5)


def test_what_an_order_costs_is_told_before_it_is_placed() -> None:
    world, ann = venue(USDT="50.95")
    account, market = world.state.accounts[ann.no], world.state.markets[world.market]

    cost = whatif.order_cost(world.engine, account, market, Side.BUY, 5 * ONE, 100 * ONE)

    assert (show(cost.initial), show(cost.total), show(cost.needed), cost.refused) == (50.95, 50.95, 50.95, None)
    assert whatif.max_open(world.engine, account, market, Side.BUY, 100 * ONE) == 5 * ONE
