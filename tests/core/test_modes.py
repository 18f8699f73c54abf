"""Changing margin mode, position mode and leverage: when it may be, and which refusal says why not."""

from __future__ import annotations

import msgspec
import pytest

from simexchange.core import margin
from simexchange.core.vocabulary import commands as cmd, events as ev, modeevents
from simexchange.core.vocabulary.ids import MarketNo, key_of
from simexchange.core.vocabulary.orders import AccountClass, MarginMode, PositionMode, Slot, Terms, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Amount, Price
from tests.core.test_bonuses import given
from tests.core.test_inverse import COIN, SPEC
from tests.core.test_isolated import adjusts, isolated, own
from tests.core.test_pooled_assets import RULES, pooled, whole
from tests.core.world import PERP, World, only, units

CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
ONE_WAY, HEDGE, SEPARATE = PositionMode.ONE_WAY, PositionMode.HEDGE, PositionMode.SEPARATE
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)


def refused(world: World, command: cmd.Command) -> R:
    """The one refusal."""
    (event,) = world.run(command)
    assert isinstance(event, ev.CommandRefused | ev.OrderRejected)
    reason: R = event.reason
    return reason


def test_the_margin_mode_changes_where_nothing_is_open() -> None:
    """To isolated and back; saying what it is already is refused (Binance −4046)."""
    world = World(PERP)
    account = world.state.accounts[world.taker.no]

    (event,) = world.run(cmd.SetMarginMode(world.taker.no, world.market, ISOLATED))
    assert event == modeevents.MarginModeSet(world.taker.no, world.market, ISOLATED)
    assert list(account.isolated) == [world.market]
    assert refused(world, cmd.SetMarginMode(world.taker.no, world.market, ISOLATED)) is R.MARGIN_MODE_UNCHANGED
    world.run(cmd.SetMarginMode(world.taker.no, world.market, CROSS))
    assert not account.isolated


def test_open_orders_and_positions_keep_the_margin_mode() -> None:
    """−4047 before −4048; orders of other markets do not matter."""
    world = World(PERP)
    world.index(100)
    to_isolated = cmd.SetMarginMode(world.taker.no, world.market, ISOLATED)
    resting = only(world.taker.buys(1, at=90), ev.OrderAccepted)[0].order
    assert refused(world, to_isolated) is R.MARGIN_MODE_ORDERS
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    assert refused(world, to_isolated) is R.MARGIN_MODE_ORDERS
    world.taker.cancels(resting)
    assert refused(world, to_isolated) is R.MARGIN_MODE_POSITION
    world.maker.buys(1, at=100)
    world.taker.sells(1)
    world.market = MarketNo(1)
    world.taker.buys(1, at=90)
    assert isinstance(world.run(to_isolated)[0], modeevents.MarginModeSet)


def test_the_position_mode_changes_where_no_derivative_is_open() -> None:
    """−4059, −4067, −4068; spot orders do not matter."""
    world = World(PERP)
    world.index(100)
    to_hedge = cmd.SetPositionMode(world.taker.no, HEDGE)
    resting = only(world.taker.buys(1, at=90), ev.OrderAccepted)[0].order
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    assert refused(world, to_hedge) is R.POSITION_MODE_ORDERS
    world.taker.cancels(resting)
    assert refused(world, to_hedge) is R.POSITION_MODE_POSITION
    world.maker.buys(1, at=100)
    world.taker.sells(1)
    perp, world.market = world.market, MarketNo(1)
    world.taker.buys(1, at=90)
    assert world.run(to_hedge) == [modeevents.PositionModeSet(world.taker.no, HEDGE)]
    world.market = perp
    assert refused(world, to_hedge) is R.POSITION_MODE_UNCHANGED


@pytest.mark.parametrize(
    ("mode", "terms"),
    [
        (ONE_WAY, Terms(slot=Slot.LONG)),
        (ONE_WAY, Terms(sub_position=-1)),
        (ONE_WAY, Terms(sub_position=-5)),
        (HEDGE, None),
        (HEDGE, Terms()),
        (HEDGE, Terms(slot=Slot.LONG, sub_position=-1)),
        (HEDGE, Terms(slot=Slot.LONG, sub_position=3)),
        (SEPARATE, None),
        (SEPARATE, Terms(slot=Slot.LONG)),
        (SEPARATE, Terms(sub_position=-1)),
        (SEPARATE, Terms(slot=Slot.LONG, sub_position=-2)),
    ],
)
def test_an_order_names_a_position_such_as_the_mode_has(mode: PositionMode, terms: Terms | None) -> None:
    """Else it is refused (Binance −4061), limit and market, before anything else is looked at."""
    world = World(PERP)
    world.index(100)
    if mode is not ONE_WAY:
        world.run(cmd.SetPositionMode(world.taker.no, mode))

    for price in (100, None):
        found = only(world.taker.buys(0, at=price, more=terms), ev.OrderRejected)
        assert found[0].reason is R.POSITION_SLOT_MISMATCH


def test_spot_orders_are_the_same_in_every_position_mode() -> None:
    """Neither asked for a slot nor allowed one."""
    world = World()
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE))

    assert only(world.taker.buys(1, at=90), ev.OrderRested)
    assert only(world.taker.buys(1, at=90, more=LONG), ev.OrderRejected)[0].reason is R.POSITION_SLOT_MISMATCH


def hedging() -> World:
    """The perpetual at 100, the taker hedging with 1,000."""
    world = World(PERP)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(999_000 * ONE)))
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE))
    return world


def both(world: World) -> World:
    """Long 2 and short 3, both at 100."""
    world.maker.sells(2, at=100)
    world.taker.buys(2, more=LONG)
    world.maker.buys(3, at=100)
    world.taker.sells(3, more=SHORT)
    return world


def held(world: World, slot: Slot, sub: int = 0) -> float:
    """What the taker holds there."""
    position = world.state.accounts[world.taker.no].positions.get(key_of(world.market, slot, sub))
    return 0 if position is None else position.qty / ONE


def test_a_hedging_account_holds_a_long_and_a_short() -> None:
    """2 and −3 side by side; both need margin: 20 and 30 at 10x, with 1 % of 200 and of 300 to keep."""
    world = both(hedging())
    account = world.state.accounts[world.taker.no]
    state = margin.wallet_state(world.state, account, "usdm", "USDT")

    assert (held(world, Slot.LONG), held(world, Slot.SHORT)) == (2, -3)
    assert (state.position_initial, state.maintenance, state.available) == (50 * ONE, 5 * ONE, 950 * ONE)


def test_what_closes_a_slot_must_fit_into_it() -> None:
    """Selling 2.001 of a long of 2 is refused (−2022), selling out of an empty slot too; 2 close it."""
    world = both(hedging())
    world.maker.buys(5, at=99)

    assert only(world.taker.sells("2.001", more=LONG), ev.OrderRejected)[0].reason is R.REDUCE_ONLY_REFUSED
    world.taker.sells(2, more=LONG)
    assert (held(world, Slot.LONG), held(world, Slot.SHORT)) == (0, -3)
    assert only(world.taker.sells(1, more=LONG), ev.OrderRejected)[0].reason is R.REDUCE_ONLY_REFUSED


def test_one_that_is_said_to_be_reduce_only_is_trimmed() -> None:
    """5 wanted, 2 there: 2 are sold."""
    world = both(hedging())
    world.maker.buys(5, at=99)
    accepted = only(world.taker.sells(5, more=Terms(slot=Slot.LONG, reduce_only=True)), ev.OrderAccepted)

    assert accepted[0].qty == 2 * ONE


def test_resting_closers_that_cover_the_slot_leave_no_room() -> None:
    """As for reduce-only orders of one-way mode: −4118."""
    world = both(hedging())
    world.taker.sells(2, at=110, more=LONG)

    assert only(world.taker.sells(1, at=111, more=LONG), ev.OrderRejected)[0].reason is R.REDUCE_ONLY_COVERED


def test_both_sides_of_a_hedge_at_cross_margin_fall_together() -> None:
    """Long 2 and short 3 at 100 with 1,000: net short 1. It falls where 1,000 − (p − 100) = 5 % of 5p − 80."""
    world = both(hedging())
    account, market = world.state.accounts[world.taker.no], world.state.markets[world.market]
    prices = [
        margin.liquidation_price(world.state, account, market, key_of(world.market, slot))
        for slot in (Slot.LONG, Slot.SHORT)
    ]

    assert prices[0] == prices[1]
    assert prices[0] // ONE == 1_180 * 100 // 125
    events = world.mark(945)
    assert only(events, ev.LiquidationStarted)
    assert not account.positions


def test_isolated_slots_have_wallets_of_their_own() -> None:
    """20 and 30; at 110.5 the short has 30 − 31.5 and falls, the long has gained 21 and stays."""
    world = hedging()
    world.run(cmd.SetMarginMode(world.taker.no, world.market, ISOLATED))
    both(world)

    assert (own(world, Slot.LONG), own(world, Slot.SHORT)) == (20, 30)
    events = world.mark("110.5")
    assert only(events, ev.LiquidationStarted)[0].wallet == f"usdm:{world.market}:SHORT"
    assert (held(world, Slot.LONG), held(world, Slot.SHORT)) == (2, 0)
    assert (world.taker.cash, own(world, Slot.LONG), own(world, Slot.SHORT)) == (950, 20, 0)


def test_leverage_of_a_slot_is_its_own_until_the_markets_is_set() -> None:
    """Long at 5x, short at the market's 10x; 20x for the market holds for both."""
    world = hedging()
    world.run(cmd.SetLeverage(world.taker.no, world.market, 5, Slot.LONG))
    account = world.state.accounts[world.taker.no]

    def now() -> list[int]:
        keys = [key_of(world.market, slot) for slot in (Slot.LONG, Slot.SHORT)]
        return [margin.leverage_of(world.state, account, key) for key in keys]

    assert now() == [5, 10]
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    assert now() == [20, 20]


def test_lower_leverage_of_an_isolated_position_is_refused() -> None:
    """−4161; raised, its margin stays what it is, and without a position it may fall."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 9))
    world.taker.buys(4)

    assert refused(world, cmd.SetLeverage(world.taker.no, world.market, 8)) is R.LEVERAGE_ISOLATED_POSITION
    before = own(world)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    assert own(world) == before


def test_separate_positions_stand_side_by_side_under_the_number_of_their_order() -> None:
    """Two longs of 1 and 2, the second grown by 1 and closed by name; the first is untouched."""
    world = hedging()
    world.run(cmd.SetPositionMode(world.taker.no, SEPARATE))
    fresh = Terms(slot=Slot.LONG, sub_position=-1)
    world.maker.sells(4, at=100)
    first, second = (only(world.taker.buys(qty, more=fresh), ev.OrderAccepted)[0].order & 0xFFFFFFFF for qty in (1, 2))
    assert (held(world, Slot.LONG, first), held(world, Slot.LONG, second)) == (1, 2)
    world.taker.buys(1, more=Terms(slot=Slot.LONG, sub_position=second))
    assert held(world, Slot.LONG, second) == 3
    world.maker.buys(3, at=99)
    world.taker.sells(3, more=Terms(slot=Slot.LONG, sub_position=second))

    assert (held(world, Slot.LONG, first), held(world, Slot.LONG, second)) == (1, 0)
    again = only(world.taker.buys(1, more=Terms(slot=Slot.LONG, sub_position=second)), ev.OrderRejected)
    assert again[0].reason is R.POSITION_MISSING


def test_separate_positions_may_be_isolated_each() -> None:
    """Wallets usdm:2:LONG:n; each has the margin of its own opening."""
    world = hedging()
    world.run(cmd.SetPositionMode(world.taker.no, SEPARATE))
    world.run(cmd.SetMarginMode(world.taker.no, world.market, ISOLATED))
    fresh = Terms(slot=Slot.LONG, sub_position=-1)
    world.maker.sells(3, at=100)
    first, second = (only(world.taker.buys(qty, more=fresh), ev.OrderAccepted)[0].order & 0xFFFFFFFF for qty in (1, 2))
    assert (own(world, Slot.LONG, first), own(world, Slot.LONG, second)) == (10, 20)
    adjusts(world, 5, Slot.LONG, first)

    assert (own(world, Slot.LONG, first), own(world, Slot.LONG, second)) == (15, 20)
    world.mark("90.5")
    assert (held(world, Slot.LONG, first), held(world, Slot.LONG, second)) == (1, 0)


def test_orders_that_name_a_separate_position_end_with_it() -> None:
    """A resting order to grow it, and a sleeping one to close it: nothing opens under that number again."""
    world = hedging()
    world.run(cmd.SetPositionMode(world.taker.no, SEPARATE))
    world.maker.sells(1, at=100)
    opened = only(world.taker.buys(1, more=Terms(slot=Slot.LONG, sub_position=-1)), ev.OrderAccepted)
    named = opened[0].order & 0xFFFFFFFF
    world.taker.buys(1, at=90, more=Terms(slot=Slot.LONG, sub_position=named))
    stop = Trigger(Price(80 * ONE), rising=False)
    world.taker.sells(1, more=Terms(slot=Slot.LONG, sub_position=named, trigger=stop))
    world.maker.buys(1, at=99)
    events = world.taker.sells(1, more=Terms(slot=Slot.LONG, sub_position=named))

    assert len(only(events, ev.OrderExpired)) == 2
    assert not world.state.accounts[world.taker.no].orders
    assert key_of(world.market, Slot.LONG, named) not in world.state.accounts[world.taker.no].exposures


@pytest.mark.parametrize(("wallet", "reason"), [("coinm", None), ("usdm", R.ISOLATED_WHILE_UNIFIED)])
def test_beside_a_pool_coin_margin_is_isolated_only_where_its_wallet_is_another_one(
    wallet: str, reason: R | None
) -> None:
    """Where linear and inverse contracts have one wallet, what an isolated one gains would count in the pool, too."""
    world = pooled(10, bundle=msgspec.structs.replace(RULES, inverse_wallet=wallet))
    world.run(cmd.ListMarket(SPEC))

    (event,) = world.run(cmd.SetMarginMode(world.taker.no, world.state.market_no[COIN], ISOLATED))

    assert getattr(event, "reason", None) is reason


def test_bonus_money_and_isolated_margin_do_not_go_together() -> None:
    """It would leave the wallet that it may not leave. When it is gone, margin may be isolated."""
    world = given(50, 100)
    to_isolated = cmd.SetMarginMode(world.taker.no, world.market, ISOLATED)
    assert refused(world, to_isolated) is R.NOT_SUPPORTED
    world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT"))

    assert isinstance(world.run(to_isolated)[0], modeevents.MarginModeSet)
    assert refused(world, cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(ONE))) is R.NOT_SUPPORTED


def test_lower_leverage_in_a_pool_is_backed_by_all_of_it() -> None:
    """20 BTC at 100, of which 0.9 count: 1,800. 40 bought at 100 need 400 at 10x, 1,333.3 at 3x, 2,000 at 2x."""
    world = pooled(0, 20)
    world.maker.sells(40, at=100)
    world.taker.buys(40)

    assert only(world.run(cmd.SetLeverage(world.taker.no, world.market, 3)), ev.LeverageSet)
    assert refused(world, cmd.SetLeverage(world.taker.no, world.market, 2)) is R.LEVERAGE_MARGIN_INSUFFICIENT


def test_a_pool_backs_a_long_and_a_short_together() -> None:
    """Long 2 and short 3 at 100 need 50 and 5 USDT, each of which counts as 1.01: so much it would cost to buy."""
    world = pooled(0, 20)
    world.run(cmd.SetPositionMode(world.taker.no, HEDGE))
    both(world)
    pool = whole(world)

    assert (pool.position_initial, pool.maintenance) == (units("50.5"), units("5.05"))


@pytest.mark.parametrize("who", ["insurance", "tape"])
def test_who_takes_what_nobody_wants_has_one_position_and_one_wallet(who: str) -> None:
    """The fund and a tape's account keep the modes they have."""
    world = World(PERP)
    if who == "tape":
        world.run(cmd.OpenAccount(who, "binance", AccountClass.HOUSE))
    no = world.state.account_no[who]

    assert refused(world, cmd.SetMarginMode(no, world.market, ISOLATED)) is R.NOT_SUPPORTED
    assert refused(world, cmd.SetPositionMode(no, HEDGE)) is R.NOT_SUPPORTED


def test_an_isolated_order_is_asked_for_its_margin_and_its_loss_at_birth() -> None:
    """Of 50 at 10x: 4 at 104 with the mark at 100 need 41.6 and 16; at 100 they need 40, and so do 5, not 5.001."""
    world = isolated(cash=50)

    assert only(world.taker.buys(4, at=104), ev.OrderRejected)[0].reason is R.MARGIN_INSUFFICIENT
    assert only(world.taker.buys("5.001", at=100), ev.OrderRejected)[0].reason is R.MARGIN_INSUFFICIENT
    assert only(world.taker.buys(5, at=100), ev.OrderRested)


def test_position_and_orders_of_one_slot_stay_below_the_cap_of_its_leverage() -> None:
    """20x allows 1,000: with 6 long at 100 and 3 ordered 1 more fits, 1.001 do not; the short has its own cap."""
    world = hedging()
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    world.maker.sells(6, at=100)
    world.taker.buys(6, more=LONG)
    world.taker.buys(3, at=100, more=LONG)

    assert only(world.taker.buys("1.001", at=100, more=LONG), ev.OrderRejected)[0].reason is R.LEVERAGE_CAP_EXCEEDED
    assert only(world.taker.buys(1, at=100, more=LONG), ev.OrderRested)
    assert only(world.taker.sells(10, at=100, more=SHORT), ev.OrderAccepted)
