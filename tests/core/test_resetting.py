"""An account that begins anew: what is open ends, and not a unit appears or vanishes on the way."""

from typing import Any

import pytest

from simexchange.core import canonical
from simexchange.core.state import FUND
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusPolicy
from simexchange.core.vocabulary.families import AccountReset, Holding, ResetAccount
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import EndReason, MarginMode, Origin, PositionMode, Side, Slot, Terms, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import SECOND, Amount
from tests.core.world import PERP, World, only, show, units

TO = (Holding("spot", "USDT", Amount(units(500))), Holding("usdm", "USDT", Amount(units(2_000))))


def holding(world: World, person: Any) -> dict[tuple[str, str], Any]:
    """Everything somebody has."""
    balances = world.state.accounts[person.no].balances
    return {place: show(each.free + each.held) for place, each in balances.items() if each.free or each.held}


def resets(world: World, *, closed: bool = True, to: tuple[Holding, ...] = TO) -> Any:
    return world.run(ResetAccount(world.taker.no, to, closed))


WANTED = {("spot", "USDT"): 500, ("usdm", "USDT"): 2_000}


def test_an_account_without_anything_open_gets_its_balances() -> None:
    """999,500 and 998,000 USDT and the 1,000 BTC go out; nothing else happens."""
    world = World()
    events = resets(world, closed=False)

    assert [type(event) for event in events] == [AccountReset, *[ev.FundsWithdrawn] * 3]
    assert holding(world, world.taker) == WANTED


def test_open_orders_are_canceled_first_and_what_they_held_is_free_again() -> None:
    world = World()
    world.taker.buys(1, at=50)
    world.taker.sells(2, at=150)
    events = resets(world)

    assert [(e.reason, show(e.released)) for e in only(events, ev.OrderCanceled)] == [
        (EndReason.ADMIN, 50),
        (EndReason.ADMIN, 2),
    ]
    assert only(events, AccountReset)[0].orders == 2
    assert holding(world, world.taker) == WANTED
    assert not world.state.accounts[world.taker.no].orders


def test_the_fund_takes_a_position_at_its_mark_and_sells_it_on() -> None:
    """3 bought at 100 with the mark at 104: the account gains 12 and the fund begins at 104; the short has the fund
    across from it.
    """
    world = World(PERP)
    world.index(100)
    world.maker.sells(3, at=100)
    world.taker.buys(3)
    world.mark(104)
    events = resets(world)
    trade = only(events, ev.TradeExecuted)[0]
    order = only(events, ev.OrderAccepted)[0]
    fund = world.state.accounts[FUND]

    assert (trade.kind, show(trade.price), show(trade.taker.closed.realised)) == (TradeKind.TAKEOVER, 104, 12)
    assert (order.more.origin, order.side) == (Origin.ADMIN, Side.SELL)
    assert show(fund.positions[world.market].qty) == 3
    assert world.taker.position is None
    assert world.maker.position[0] == -3
    assert holding(world, world.taker) == WANTED

    world.third.buys(3, at=104)
    world.passes(2 * SECOND)
    assert not fund.positions


def test_with_positions_open_nothing_is_done_unless_they_may_be_closed() -> None:
    world = World(PERP)
    world.index(100)
    world.maker.sells(3, at=100)
    world.taker.buys(3)
    world.taker.buys(1, at=90)
    before = canonical.dump(world.state)
    (refusal,) = resets(world, closed=False)

    assert (refusal.reason, refusal.detail) == (R.POSITIONS_OPEN, "1")
    assert canonical.dump(world.state) == before


@pytest.mark.parametrize("mode", [MarginMode.CROSS, MarginMode.ISOLATED])
@pytest.mark.parametrize("price", [97, 108])
def test_both_slots_of_a_hedging_account_go_in_either_margin_mode(mode: MarginMode, price: int) -> None:
    """With a loss or a gain; no wallet of a position stays behind."""
    world = World(PERP)
    world.index(100)
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    if mode is MarginMode.ISOLATED:
        world.run(cmd.SetMarginMode(world.taker.no, world.market, mode))
    world.maker.sells(5, at=100)
    world.taker.buys(5, more=Terms(slot=Slot.LONG))
    world.maker.buys(2, at=100)
    world.taker.sells(2, more=Terms(slot=Slot.SHORT))
    world.mark(price)
    events = resets(world)

    assert len(only(events, ev.TradeExecuted)) == 2
    assert holding(world, world.taker) == WANTED
    assert show(world.state.accounts[FUND].positions[world.market].qty) == 3


def test_a_debt_is_paid_by_the_deposit_that_sets_the_balance() -> None:
    """20 at 100 with 1,000: at 60 it has lost 800, and is asked to begin with 5."""
    world = World(PERP, capital=10_000)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_000))))
    world.maker.sells(20, at=100)
    world.taker.buys(20)
    world.mark(60)
    resets(world, to=(Holding("usdm", "USDT", Amount(units(5))),))

    assert holding(world, world.taker) == {("usdm", "USDT"): 5}
    assert not world.state.liquidations


def test_bonus_money_goes_back_to_marketing() -> None:
    world = World(PERP, bundle=Bundle("binance", bonus=BonusPolicy(("usdm",))))
    world.run(cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(units(30))))
    events = resets(world)

    assert show(only(events, BonusExpired)[0].amount) == 30
    assert world.state.accounts[world.taker.no].bonus("usdm", "USDT") == 0
    assert holding(world, world.taker) == WANTED
    assert world.state.purses.amount("ext:marketing", "USDT") == 0


def test_settings_stay_as_they_were() -> None:
    """It is the same account: leverage and modes, its key and its name."""
    world = World(PERP)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 3))
    resets(world)

    assert world.state.accounts[world.taker.no].leverage == {world.market: 3}
