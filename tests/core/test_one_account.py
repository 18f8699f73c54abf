"""One wallet for spot, linear and inverse markets: what is bought, sold, held and owed there, and what backs what."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev, poolevents
from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import EndReason, MarginMode, Side, Terms, TradeKind, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, Quantity, Rate
from simexchange.projections.views import Views
from tests.core.dated import CURRENT, INVERSE_NOW, LINEAR_NOW, DatedWorld
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, WALLET, Member, TwoVenues
from tests.core.world import World, kinds, only, show, units


def refused(events: Any) -> R:
    """Why the one command was refused."""
    (event,) = events
    found: R = event.reason
    return found


# One wallet


def test_spot_trades_settle_and_pay_their_fees_in_the_one_wallet() -> None:
    """2 BTC for 200 USDT at 0.1 % of what each side gets: ann has 1.998 BTC, who sold them 199.9 USDT more."""
    world = TwoVenues(maker_fee="0.0005", taker_fee="0.001")
    ann, bob = world.opens("ann", USDT=500), world.opens("bob", BTC=5)

    world.swap(ann, bob, 2, 100, SPOT)

    assert ann.money == {"BTC": (1.998, 0), "USDT": (300, 0)}
    assert bob.money == {"BTC": (3, 0), "USDT": (199.9, 0)}


def test_an_open_spot_order_holds_in_the_one_wallet_and_gives_back() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=500, BTC=3)
    world.at_market(SPOT)
    buy, sell = ann.buys(2, at=90)[0], ann.sells(1, at=120)[0]

    assert ann.money == {"BTC": (2, 1), "USDT": (320, 180)}
    ann.cancels(buy.order)
    ann.cancels(sell.order)
    assert ann.money == {"BTC": (3, 0), "USDT": (500, 0)}


def test_people_of_both_venues_meet_in_the_same_books() -> None:
    """The maker has a wallet for each kind of market, ann one for all."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=1000, BTC=5)
    for market, qty in ((SPOT, 1), (PERP, 1), (COIN, 100)):
        world.swap(ann, world.maker, qty, 100, market)
        world.at_market(market)
        world.swap(world.maker, ann, qty, 101, market)

    # Spot and linear gain 1 USDT each; 100 USD of coins at 100 cost 1 BTC and fetch 0.99009901.
    assert ann.money == {"BTC": (5.00990099, 0), "USDT": (1002, 0)}


def test_money_goes_between_it_and_the_funding_wallet() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=500)

    assert kinds(ann.moves("USDT", 200)) == ["FundsTransferred"]
    assert (ann.money["USDT"], ann.has("USDT", "funding")) == ((300, 0), (200, 0))
    assert kinds(ann.moves("USDT", 50, out=False)) == ["FundsTransferred"]
    assert refused(ann.moves("USDT", 351)) is R.TRANSFER_INSUFFICIENT


def test_what_a_spot_order_holds_does_not_leave() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=500)
    world.at_market(SPOT)
    ann.buys(2, at=100)

    assert refused(ann.moves("USDT", 301)) is R.TRANSFER_INSUFFICIENT
    assert kinds(ann.moves("USDT", 300)) == ["FundsTransferred"]


def test_nobody_buys_with_what_he_has_not() -> None:
    """Borrowing is not offered: 3 BTC are collateral, but 100 USDT buy for 100 USDT."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=100, BTC=3)
    world.at_market(SPOT)

    assert refused(ann.buys("1.001", at=100)) is R.BALANCE_INSUFFICIENT
    assert refused(ann.sells("3.001", at=100)) is R.BALANCE_INSUFFICIENT
    assert kinds(ann.buys(1, at=100))[0] == "OrderAccepted"


def test_a_state_with_such_accounts_comes_back_as_it_was() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=500, BTC=3)
    world.swap(ann, world.maker, 1, 100)
    world.at_market(SPOT)
    ann.buys(1, at=90)

    again = canonical.load(canonical.dump(world.state))

    account = again.accounts[ann.no]
    assert (account.spot_wallet, account.unified, list(again.unified)) == ("unified", True, [ann.no])
    assert canonical.dump(again) == canonical.dump(world.state)


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        (structs.replace(RULES, name="other", collateral=()), "pooled"),
        (structs.replace(RULES, name="other", spot_wallet="margin"), "spot_wallet"),
        (structs.replace(RULES, name="other", routing=("USDT", "USDC")), "routing"),
    ],
)
def test_a_bundle_that_cannot_be_kept_is_refused_with_the_field(bundle: Bundle, said: str) -> None:
    (event,) = TwoVenues().run(cmd.AdoptBundle(bundle))

    assert (event.reason, said in event.detail) == (R.MARKET_INVALID, True)


# One pool


def test_linear_and_inverse_positions_draw_on_everything_in_it() -> None:
    """1,000 USDT and 2 BTC (180) are 1,180. Long 5 at 100 and 300 USD of coins, each with 10x: 50 + 0.3 BTC = 30.

    At 110 the long has gained 50, and 300 USD that cost 3 BTC are 2.727 now: 2.27272727 BTC count 99 each.
    """
    world = TwoVenues()
    ann = world.opens("ann", USDT=1000, BTC=2)
    world.swap(ann, world.maker, 5, 100)
    world.swap(ann, world.maker, 300, 100, COIN)

    assert (show(ann.pool().margin_balance), show(ann.pool().position_initial)) == (1180, 80)
    world.all_at(110)
    whole, coins = ann.pool(), ann.pool("BTC")
    assert (show(coins.unrealised), show(ann.pool("USDT").unrealised)) == (0.27272727, 50)
    assert show(whole.margin_balance) == 1274.99999973
    # 55 of the long; 300 ÷ 110 ÷ 10 coins at 110, the odd unit against their owner.
    assert show(whole.position_initial) == pytest.approx(85, abs=1e-5)


def test_what_spot_orders_hold_is_margin_but_backs_nothing_new() -> None:
    """Of 1,000 USDT an order holds 400: the margin balance is still 1,000, available are 600 less 50 of the long."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=1000)
    world.swap(ann, world.maker, 5, 100)
    world.at_market(SPOT)
    ann.buys(4, at=100)

    assert (show(ann.pool().margin_balance), show(ann.pool().available)) == (1000, 550)
    world.at_market(PERP)
    assert refused(ann.buys("55.01", at=100)) is R.MARGIN_INSUFFICIENT
    assert kinds(ann.buys(55, at=100))[0] == "OrderAccepted"


def test_a_spot_order_leaves_what_positions_need() -> None:
    """100 USDT; the long needs 50. An order over 50 is taken, one over 50.1 is not."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=100)
    world.swap(ann, world.maker, 5, 100)
    world.at_market(SPOT)

    assert refused(ann.buys("0.501", at=100)) is R.MARGIN_INSUFFICIENT
    assert kinds(ann.buys("0.5", at=100))[0] == "OrderAccepted"


def test_what_is_no_collateral_may_always_be_sold() -> None:
    """Rules that do not count BTC: selling them takes nothing from a pool that has nothing to spare."""
    world = TwoVenues(structs.replace(RULES, collateral=RULES.collateral[:1]))
    ann = world.opens("ann", USDT=50, BTC=1)
    world.swap(ann, world.maker, 5, 100)
    world.all_at(98)
    world.at_market(SPOT)

    assert show(ann.pool().available) == 0
    assert kinds(ann.sells(1, at=98))[0] == "OrderAccepted"
    assert refused(ann.moves("BTC", "0.01")) is R.TRANSFER_INSUFFICIENT


def test_a_transfer_leaves_what_positions_need() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=100, BTC=1)
    world.swap(ann, world.maker, 5, 100)

    assert show(ann.pool("USDT").withdrawable) == 100
    ann.moves("BTC", 1)
    assert show(ann.pool("USDT").withdrawable) == 50
    assert refused(ann.moves("USDT", "50.00000001")) is R.TRANSFER_INSUFFICIENT
    assert kinds(ann.moves("USDT", 50)) == ["FundsTransferred"]


def test_collateral_is_not_sold_to_a_friend_below_what_the_rest_can_bear() -> None:
    """1 BTC (90) and 10 USDT, long 5 at 100. Half of the coin is offered at 1 while 50 are to spare.

    At 91 the long has lost 45, and 46.9 are left of all, 6.45 without the half. At 86 the loss is 70 and 17.4 are
    left: the friend who comes for the half then gets nothing, for it would leave less than nothing.
    """
    for price, sold in (("91", True), ("86", False)):
        world = TwoVenues()
        ann, friend = world.opens("ann", USDT=10, BTC=1), world.opens("friend", USDT=100)
        world.swap(ann, world.maker, 5, 100)
        world.at_market(SPOT)
        assert kinds(ann.sells("0.5", at=1))[0] == "OrderAccepted"
        world.all_at(price)

        events = friend.buys("0.5", at=1)

        assert bool(only(events, ev.TradeExecuted)) is sold
        if not sold:
            (ended,) = only(events, ev.OrderExpired)
            assert (ended.account, ended.reason) == (ann.no, EndReason.BANKRUPTCY_PRICE)
            assert friend.money == {"USDT": (99.5, 0.5)}


def test_what_a_sleeping_order_held_works_though_nothing_is_free() -> None:
    """A market buy that waits for 105 holds 105 of 300. Then 250 are lost and 55 owed: it buys all the same."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=300, BTC=2)
    world.at_market(SPOT)
    ann.buys(1, more=Terms(trigger=Trigger(Price(units(105)), rising=True)))
    world.swap(ann, world.maker, 10, 100)
    world.swap(world.maker, ann, 10, 75)
    assert ann.money["USDT"] == (-55, 105)
    world.at_market(SPOT)
    world.maker.sells(3, at=105)

    world.third.buys(1, at=105)

    assert ann.money == {"BTC": (3, 0), "USDT": (-55, 0)}


# The end of a pool


def test_a_pool_falls_with_its_spot_orders_first() -> None:
    """150 USDT, of which an order holds 45, and long 10 at 100. A loss of 142 leaves 8 where 8.58 are needed."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=150)
    world.swap(ann, world.maker, 10, 100)
    world.at_market(SPOT)
    ann.buys("0.5", at=90)

    events = world.all_at("85.8")

    assert kinds(events).index("OrderCanceled") < kinds(events).index("LiquidationStepDecided")
    assert only(events, ev.OrderCanceled)[0].reason is EndReason.LIQUIDATION
    assert only(events, ev.LiquidationFinished)
    assert not world.state.accounts[ann.no].positions


def test_inverse_positions_fall_with_the_pool() -> None:
    """1 BTC backs 800 USD of coins bought at 100 (8 BTC). The index jumps to 85: they are 9.41, and 1.41 are lost."""
    world = TwoVenues()
    ann = world.opens("ann", BTC=1)
    world.swap(ann, world.maker, 800, 100, COIN)

    events = world.all_at(85)

    assert only(events, ev.LiquidationFinished)
    assert not world.state.accounts[ann.no].positions
    assert {trade.kind for trade in only(events, ev.TradeExecuted)} == {TradeKind.TAKEOVER}
    assert all(balance.free >= 0 for balance in world.state.accounts[ann.no].balances.values())


def test_what_a_pool_is_short_of_coins_the_fund_pays_from_where_it_keeps_them() -> None:
    """1,000 USD of coins bought at 100 (10) and sold at 80 (12.5): 2.5 are owed beside 300. At 150 those buy 2."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 1000, 100, COIN)
    world.swap(world.maker, ann, 1000, 80, COIN)
    assert ann.money == {"BTC": (-2.5, 0), "USDT": (300, 0)}

    (paid,) = only(world.index(150), ev.InsurancePaid)

    assert (paid.fund_wallet, paid.asset, show(paid.amount)) == ("coinm", "BTC", 0.5)
    assert ann.money == {}


def test_nobody_trades_while_his_pool_is_liquidated() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=150)
    world.swap(ann, world.maker, 10, 100)
    world.engine.execute(cmd.SetMark(world.market, units("85.8")), world.at)

    world.at_market(SPOT)
    order = cmd.PlaceOrder(ann.no, world.market, Side.BUY, 1, Amount(units("0.1")), units(50), 1)  # type: ignore[arg-type]
    (event,) = world.engine.execute(order, world.at)

    assert event.reason is R.ACCOUNT_LIQUIDATING


def test_a_debt_nothing_rests_on_is_bought_back_with_what_spot_orders_held() -> None:
    """Long 8 from 100 sold at 95: 40 are owed, half of a BTC is for sale. At 44.5 it counts 40.05: they are 99.9 %."""
    world = TwoVenues()
    ann = world.opens("ann", BTC=1)
    world.swap(ann, world.maker, 8, 100)
    world.swap(world.maker, ann, 8, 95)
    world.at_market(SPOT)
    ann.sells("0.5", at=200)
    assert ann.money == {"BTC": (0.5, 0.5), "USDT": (-40, 0)}

    events = world.index("44.5")

    assert only(events, ev.OrderCanceled)
    assert only(events, poolevents.AssetsExchanged)
    assert ann.money == {"BTC": (0.10112359, 0)}


def test_an_order_of_contracts_keeps_no_debt_from_being_paid_that_the_pool_does_not_bear() -> None:
    """The same debt beside a buy of a thousandth at 50, which needs 0.005: at 44.5 the coin counts 0.05 more than is
    owed, at 44.44 0.004 less. Nothing else would ever look at who has no position, however far coins fall.
    """
    world = TwoVenues()
    ann = world.opens("ann", BTC=1)
    world.swap(ann, world.maker, 8, 100)
    world.swap(world.maker, ann, 8, 95)
    world.at_market(PERP)
    ann.buys("0.001", at=50)

    assert "OrderCanceled" not in kinds(world.index("44.5"))
    events = world.index("44.44")

    assert [gone.reason for gone in only(events, ev.OrderCanceled)] == [EndReason.LIQUIDATION]
    assert only(events, poolevents.AssetsExchanged)
    assert ann.money == {"BTC": (0.09990999, 0)}


# Bonus money


def test_bonus_money_backs_positions_and_buys_nothing() -> None:
    """100 of bonus beside 50: a long of 14 needs 140; spot buys for 50, and 50 may leave while nothing is open."""
    world = TwoVenues(structs.replace(RULES, bonus=BonusPolicy((WALLET,), losses=True, fees=True, funding=True)))
    ann = world.opens("ann", USDT=50)
    world.run(cmd.GrantBonus(ann.no, WALLET, "USDT", Amount(units(100))))

    assert show(ann.pool("USDT").withdrawable) == 50
    world.at_market(SPOT)
    assert refused(ann.buys("0.51", at=100)) is R.BALANCE_INSUFFICIENT
    order = ann.buys("0.5", at=100)[0].order
    ann.cancels(order)
    world.at_market(PERP)
    assert kinds(ann.buys(14, at=100))[0] == "OrderAccepted"


def test_bonus_money_pays_losses_first_as_the_rules_say() -> None:
    """Long 10 from 100 sold at 94: 60 are lost, 100 of bonus were there."""
    world = TwoVenues(structs.replace(RULES, bonus=BonusPolicy((WALLET,), losses=True, fees=True, funding=True)))
    ann = world.opens("ann", USDT=50)
    world.run(cmd.GrantBonus(ann.no, WALLET, "USDT", Amount(units(100))))
    world.swap(ann, world.maker, 10, 100)
    world.swap(world.maker, ann, 10, 94)

    assert ann.money["USDT"] == (90, 0)
    assert show(world.state.accounts[ann.no].bonus(WALLET, "USDT")) == 40
    assert show(ann.pool("USDT").withdrawable) == 50


# Each position on its own


def isolates(world: World, ann: Any, mode: MarginMode = MarginMode.ISOLATED) -> Any:
    """The margin mode of the account as a whole."""
    return world.run(cmd.SetMarginMode(ann.no, MarketNo(0), mode))


def test_an_account_of_isolated_margin_pools_nothing() -> None:
    """3 BTC do not back USDT positions: with 99 USDT a long of 10 at 100 with 10x is refused. With 101 it has 100 of
    its own, in a wallet of its own; a coin position takes coins.
    """
    world = TwoVenues()
    ann = world.opens("ann", USDT=99, BTC=3)
    assert kinds(isolates(world, ann)) == ["CollateralModeSet", "MarginModeSet"]
    world.at_market(PERP)
    assert refused(ann.buys(10, at=100)) is R.MARGIN_INSUFFICIENT
    world.run(cmd.Deposit(ann.no, WALLET, "USDT", Amount(units(2))))

    world.swap(ann, world.maker, 10, 100)
    world.swap(ann, world.maker, 200, 100, COIN)

    assert ann.money == {"BTC": (2.8, 0), "USDT": (1, 0)}
    assert (ann.has("USDT", "unified:2"), ann.has("BTC", "unified:3")) == ((100, 0), (0.2, 0))


def test_what_an_isolated_position_loses_is_its_own() -> None:
    """The long of 10 is gone with its 100; spot orders and coins stay as they are."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=300, BTC=1)
    isolates(world, ann)
    world.swap(ann, world.maker, 10, 100)
    world.at_market(SPOT)
    ann.buys(1, at=50)

    events = world.all_at(90)

    assert only(events, ev.LiquidationFinished)
    assert ann.money == {"BTC": (1, 0), "USDT": (150, 50)}
    assert not world.state.accounts[ann.no].positions


def test_spot_trades_where_margin_is_isolated_take_what_is_free() -> None:
    world = TwoVenues()
    ann = world.opens("ann", USDT=150)
    isolates(world, ann)
    world.swap(ann, world.maker, 10, 100)
    world.at_market(SPOT)

    assert refused(ann.buys("0.501", at=100)) is R.BALANCE_INSUFFICIENT
    assert kinds(ann.buys("0.5", at=100))[0] == "OrderAccepted"
    assert refused(ann.moves("USDT", 1)) is R.TRANSFER_INSUFFICIENT


def test_spot_orders_where_margin_is_isolated_leave_what_orders_of_contracts_need() -> None:
    """A buy of 9 at 99 with 10x is to bring 89.1 of 100 USDT: 10.9 may be held, and the position has all its margin."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=100)
    isolates(world, ann)
    world.at_market(PERP)
    ann.buys(9, at=99)
    world.at_market(SPOT)

    assert refused(ann.buys("0.9", at=100)) is R.MARGIN_INSUFFICIENT
    assert refused(ann.buys("0.11", at=100)) is R.MARGIN_INSUFFICIENT
    assert kinds(ann.buys("0.109", at=100))[0] == "OrderAccepted"
    world.at_market(PERP)
    world.maker.sells(9, at=99)
    assert ann.has("USDT", "unified:2") == (89.1, 0)


@pytest.mark.parametrize("whole", [True, False])
def test_what_backs_cross_margin_without_a_pool_is_not_spent_on_spot(*, whole: bool) -> None:
    """At 85 a long of 5 from 100 has lost 75 of 100 USDT and needs 42.5: a friend does not get the 100 for 0.1 BTC.

    At 102 the 51 that it needs stay, less the profit of 10. What an order holds backs the position no longer: with 41
    left it is liquidated where 41 − 5 × (100 − p) = 1 % of 5 × p, at 92.727.
    """
    world = TwoVenues()
    ann, bob = world.opens("ann", USDT=100), world.opens("bob", BTC=5)
    if whole:
        world.run(cmd.SetCollateralMode(ann.no, unified=False))
    else:
        isolates(world, ann)
        world.run(cmd.SetMarginMode(ann.no, world.state.market_no[PERP], MarginMode.CROSS))
    world.swap(ann, world.maker, 5, 100, PERP)
    world.all_at(85)

    assert refused(world.swap(ann, bob, "0.1", 1000, SPOT)) is R.MARGIN_INSUFFICIENT
    assert ann.money == {"USDT": (100, 0)}
    world.all_at(102)
    world.at_market(SPOT)
    assert refused(ann.buys("0.591", at=100)) is R.MARGIN_INSUFFICIENT
    (accepted, *_) = ann.buys("0.3", at=100)
    world.all_at("102.01")
    grown = cmd.ModifyOrder(
        ann.no, world.market, Quantity(units("0.59")), Price(100 * ONE), accepted.order, anywhere=True
    )
    assert kinds(world.run(grown))[0] == "OrderModified"
    assert kinds(world.all_at("92.73")).count("LiquidationStarted") == 0
    assert kinds(world.all_at("92.72")).count("LiquidationStarted") == 1


def test_the_mode_of_an_account_changes_with_nothing_open_and_nothing_owed() -> None:
    """Spot orders may stay: what they hold is theirs in either mode."""
    world = TwoVenues()
    ann = world.opens("ann", USDT=300, BTC=1)
    world.at_market(SPOT)
    ann.buys(1, at=50)
    assert kinds(isolates(world, ann)) == ["CollateralModeSet", "MarginModeSet"]
    assert kinds(isolates(world, ann, MarginMode.CROSS)) == ["MarginModeSet", "CollateralModeSet"]
    world.at_market(PERP)
    order = ann.buys(1, at=50)[0].order
    assert refused(isolates(world, ann)) is R.MARGIN_MODE_ORDERS
    ann.cancels(order)
    world.swap(ann, world.maker, 1, 100)
    assert refused(isolates(world, ann)) is R.MARGIN_MODE_POSITION
    world.swap(world.maker, ann, 1, 100)
    # 350 are lost: 100 more than were free.
    world.swap(ann, world.maker, 5, 100)
    world.swap(world.maker, ann, 5, 30)
    assert ann.money["USDT"] == (-100, 50)
    assert refused(isolates(world, ann)) is R.COLLATERAL_NEGATIVE


# Contracts with an end


@pytest.mark.parametrize("isolated", [False, True])
def test_dated_contracts_of_both_kinds_are_delivered_into_the_wallet(isolated: bool) -> None:
    """Long 2 at 100 and 100 USD of coins at 100, delivered at 120: 40 USDT, and a coin less 0.83333333…, cut."""
    world = DatedWorld(maker=Rate(0), taker=Rate(0), delivery_fee=Rate(0))
    world.run(cmd.AdoptBundle(RULES))
    for no in world.state.markets:
        if ("binance", no) in world.state.rules:
            rules = structs.replace(world.state.rules["binance", no], delivery_fee=Rate(0))
            world.run(cmd.SetRules(RULES.name, no, rules))
    world.run(cmd.SetIndex("BTC-USDT", units(100)))
    world.run(cmd.OpenAccount("ann", RULES.name))
    ann = Member(world, "ann")
    for asset, amount in (("USDT", 300), ("BTC", 2)):
        world.run(cmd.Deposit(ann.no, WALLET, asset, Amount(units(amount))))
    if isolated:
        isolates(world, ann)
    for market, qty in ((LINEAR_NOW, 2), (INVERSE_NOW, 1)):
        world.see(market)
        world.maker.sells(qty, at=100)
        ann.buys(qty, at=100)
    world.run(cmd.SetIndex("BTC-USDT", units(120)))

    world.until(CURRENT + 5 * SECOND)

    assert not world.state.accounts[ann.no].positions
    assert ann.money == {"BTC": (2.16666666, 0), "USDT": (340, 0)}
    views = Views()
    for event in world.past:
        views.apply(1, world.at, event)
    told = {row.asset: (show(row.free), show(row.held)) for row in views.balances.of(ann.no, WALLET)}
    assert told == ann.money
