"""Bonus money: it is margin, pays what the rules say, and is never taken out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simexchange.config import backing
from simexchange.core import bonuses, canonical, margin
from simexchange.core.ledger import bonus_lines, postings
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import EXT_MARKETING
from simexchange.core.vocabulary.bonuses import BonusEnd, BonusExpired, BonusGranted, BonusPolicy
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.orders import AccountOption, MarginMode, Side
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import HOUR, Amount
from tests.core.test_pooled_assets import RULES as POOLS
from tests.core.world import PERP, SPOT, World, kinds, only, show, units

MEXC = backing.bonus("mexc")
BINANCE = backing.bonus("binance")


def given(bonus: float | str, own: float | str, policy: BonusPolicy = MEXC, **options: Any) -> World:
    """The taker has *own* money and *bonus* in its derivatives wallet; index and mark are at 100."""
    world = World(PERP, bundle=Bundle("binance", bonus=policy, discount_asset=options.pop("asset", "")), **options)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1_000_000))))
    if units(own):
        world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(units(own))))
    world.run(cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(units(bonus))))
    return world


def has(world: World) -> Any:
    """(own money, bonus)."""
    account = world.state.accounts[world.taker.no]
    bonus = account.bonus("usdm", "USDT")
    return show(account.free("usdm", "USDT") - bonus), show(bonus)


def loses(world: World, qty: float, price: float | str) -> Any:
    """The taker buys *qty* at 100 and sells them at *price*."""
    world.maker.sells(qty, at=100)
    world.taker.buys(qty, at=100)
    world.maker.buys(qty, at=price)
    return world.taker.sells(qty, at=price)


# How a cost is shared


@pytest.mark.parametrize(
    ("bonus", "own", "loss", "fee", "funding", "paid"),
    [
        (5, 100, "2.5", "0.03", 0, "2.53"),  # the venue's own example
        (2, 100, "2.5", "0.03", 0, "2"),
        (5, 100, -10, "0.03", 0, "0.03"),  # a profit is the account's own
        (5, 100, 0, 0, 3, "3"),
        (5, 100, 0, 0, -3, "0"),
        (0, 100, 3, 1, 1, "0"),
    ],
)
def test_a_bonus_that_goes_first(bonus: Any, own: Any, loss: Any, fee: Any, funding: Any, paid: str) -> None:
    """MEXC support 360054857791, seen 2026-11: 2.53 of 5, and 2 of 2."""
    costs = (units(loss), units(fee), units(funding))

    assert bonuses.share(units(bonus), units(own), *costs, MEXC) == units(paid)


@pytest.mark.parametrize(
    ("own", "loss", "fee", "paid"), [(100, 3, 1, "3"), (100, 0, 1, "0"), ("0.5", 3, 1, "3.5"), (0, 0, 1, "1")]
)
def test_what_the_policy_does_not_name_own_money_pays_as_long_as_there_is_some(
    own: Any, loss: Any, fee: Any, paid: str
) -> None:
    """Binance: losses offset the bonus of 5; of fees nothing is said."""
    assert bonuses.share(units(5), units(own), units(loss), units(fee), 0, BINANCE) == units(paid)


# A bonus in a wallet


def test_a_bonus_comes_from_marketing_and_is_margin() -> None:
    """20 of own money and 80 of bonus back 10 long at 100 with 10x."""
    world = given(80, 20)

    events = world.taker.buys(10, at=100)

    assert kinds(events)[0] == "OrderAccepted"
    assert has(world) == (20, 80)
    assert world.state.purses.amount(EXT_MARKETING, "USDT") == units(-80)
    assert margin.wallet_state(world.state, world.state.accounts[world.taker.no], "usdm", "USDT").wallet == units(100)


def test_loss_and_fee_of_a_fill_are_one_entry_with_two_lines() -> None:
    """1 from 100 to 97.50 loses 2.50, and 0.1 % of 97.50 is the fee: 2.5975 of 5 with the 0.1 the buy had cost."""
    world = given(5, 100, taker_fee="0.001")

    events = loses(world, 1, "97.5")

    fill = only(events, ev.TradeExecuted)[0].taker
    assert (show(fill.closed.realised), show(fill.fee), show(fill.bonus)) == (-2.5, 0.0975, 2.5975)
    assert has(world) == (100, 5 - 0.1 - 2.5975)


def test_what_the_bonus_has_not_own_money_pays() -> None:
    world = given(2, 100)

    loses(world, 1, "97.5")

    assert has(world) == (99.5, 0)


def test_profits_are_own_money() -> None:
    world = given(5, 100)

    loses(world, 1, 104)

    assert has(world) == (104, 5)


def test_the_ledger_says_what_of_its_lines_is_bonus() -> None:
    """Per asset the postings sum to zero, and the bonus pays its part of the account's."""
    world = given(5, 100, taker_fee="0.001")
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    world.maker.buys(1, at="97.5")
    trade = only(world.taker.sells(1, at="97.5"), ev.TradeExecuted)[0]

    lines = postings(trade, world.state)

    assert sum(free + held for _, _, _, free, held in lines) == 0
    assert sum(free for owner, _, _, free, _ in lines if owner == world.taker.no) == units("-2.5975")
    assert bonus_lines(trade, world.state) == [(world.taker.no, "usdm", "USDT", units("-2.5975"))]


def test_funding_is_paid_and_received_as_the_policy_says() -> None:
    """10 long at 100 pay 0.01 % of 1,000: 0.10 each eight hours, of the bonus first, or of own money first."""
    for policy, after in ((MEXC, (200, 4.9)), (BINANCE, (199.9, 5))):
        world = given(5, 200, policy)
        world.maker.sells(10, at=100)
        world.taker.buys(10, at=100)

        events = world.passes(8 * HOUR)

        paid = next(e for e in only(events, ev.FundingPaid) if e.account == world.taker.no)
        assert show(paid.amount) == -0.1
        assert has(world) == after


def test_a_fee_in_another_asset_is_none_of_the_bonus() -> None:
    """The discount asset pays it."""
    world = given(5, 100, asset="BTC", taker_fee="0.001")
    world.market = world.state.market_no[SPOT]
    world.third.sells(1, at=100)
    world.maker.buys(1, at=100)
    world.market = world.state.market_no[PERP]
    world.run(cmd.Deposit(world.taker.no, "usdm", "BTC", Amount(units(1))))
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_FUTURES, 1))

    events = loses(world, 1, "97.5")

    fill = only(events, ev.TradeExecuted)[0].taker
    assert (fill.fee_asset, show(fill.bonus)) == ("BTC", 2.5)


def test_both_sides_of_a_trade_with_oneself_share_one_bonus() -> None:
    """Both fees come out of it, the maker's first, until it is used up."""
    world = given("0.15", 200, maker_fee="0.001", taker_fee="0.001")
    world.taker.sells(1, at=100)

    events = world.taker.buys(1, at=100)

    trade = only(events, ev.TradeExecuted)[0]
    assert (show(trade.maker.bonus), show(trade.taker.bonus)) == (0.1, 0.05)
    assert has(world) == (199.95, 0)


def test_a_position_can_be_liquidated_with_the_bonus_that_backed_it() -> None:
    """101 with 100 of bonus back 10 long at 100: at 90.80 the balance is 9, less than 9.08. Nothing is left or owed."""
    world = given(100, 1)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    events = world.mark("90.80")

    assert only(events, ev.LiquidationStarted)
    assert has(world) == (0, 0)


def test_a_pool_that_a_bonus_backed_leaves_the_fund_nothing_to_pay() -> None:
    """100 of bonus and half a coin: the loss takes the bonus, the coin pays the rest, the fund gives nothing."""
    world = World(PERP, bundle=msgspec.structs.replace(POOLS, bonus=MEXC))
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1_000_000))))
    world.run(cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(units(100))))
    world.run(cmd.SetCollateralMode(world.taker.no, unified=True))
    world.run(cmd.Deposit(world.taker.no, "usdm", "BTC", Amount(units("0.5"))))
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    events = world.mark("84")

    assert only(events, ev.LiquidationStarted)
    assert not [event for event in only(events, ev.InsurancePaid) if event.amount > 0]
    assert has(world) == (0, 0)


# In and out


def test_a_bonus_never_leaves_the_wallet() -> None:
    world = given(50, 20, BINANCE)

    more = world.run(cmd.Transfer(world.taker.no, "usdm", "spot", "USDT", Amount(units(20) + 1)))
    as_much = world.run(cmd.Transfer(world.taker.no, "usdm", "spot", "USDT", Amount(units(20))))

    assert more[0].reason is R.TRANSFER_INSUFFICIENT
    assert kinds(as_much) == ["FundsTransferred"]
    assert has(world) == (0, 50)


def test_with_a_position_the_limit_is_what_own_money_leaves_beyond_its_need() -> None:
    """120 in all, 100 of it needed for 10 long at 100: 20, less the bonus of 15, may go."""
    world = given(15, 105, BINANCE)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    more = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(5) + 1)))
    as_much = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(5))))

    assert more[0].reason is R.TRANSFER_INSUFFICIENT
    assert kinds(as_much) == ["FundsWithdrawn"]


def test_taking_own_money_out_forfeits_all_of_it_where_the_rules_say_so() -> None:
    """In one event: 1 goes to spot and 50 back to marketing."""
    world = given(50, 20)

    (moved,) = world.run(cmd.Transfer(world.taker.no, "usdm", "spot", "USDT", Amount(units(1))))

    assert (show(moved.amount), show(moved.forfeited)) == (1, 50)
    assert has(world) == (19, 0)
    assert world.state.purses.amount(EXT_MARKETING, "USDT") == 0
    world = given(50, 20)
    (moved,) = world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1))))
    assert show(moved.forfeited) == 50


def test_a_bonus_that_expires_may_liquidate() -> None:
    """10 long at 100 need 10 of maintenance; 5 of own money are too little alone."""
    world = given(100, 5)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)

    events = world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT"))

    assert (events[0].reason, show(events[0].amount)) == (BonusEnd.EXPIRED, 100)
    assert kinds(events)[1] == "LiquidationStarted"


def test_only_what_is_left_expires() -> None:
    world = given(5, 100)
    loses(world, 1, 98)

    few = world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT", Amount(units(1))))
    rest = world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT", Amount(units(9))))
    none = world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT"))

    assert [show(only(events, BonusExpired)[0].amount) for events in (few, rest)] == [1, 2]
    assert none[0].reason is R.AMOUNT_NOT_POSITIVE
    assert has(world) == (100, 0)


def test_bonus_money_does_not_leave_for_the_wallet_of_a_position() -> None:
    """Margin is not isolated beside it, and none is granted beside isolated margin."""
    world = given(5, 100)
    isolated = cmd.SetMarginMode(world.taker.no, world.market, MarginMode.ISOLATED)

    assert world.run(isolated)[0].reason is R.NOT_SUPPORTED
    world.run(cmd.ExpireBonus(world.taker.no, "usdm", "USDT"))
    assert kinds(world.run(isolated)) == ["MarginModeSet"]
    assert world.run(cmd.GrantBonus(world.taker.no, "usdm", "USDT", Amount(1)))[0].reason is R.NOT_SUPPORTED


def test_what_is_no_bonus_is_refused() -> None:
    world = World(PERP, bundle=Bundle("binance", bonus=MEXC))
    no = world.taker.no
    for command, reason in (
        (cmd.GrantBonus(AccountNo(99), "usdm", "USDT", Amount(1)), R.ACCOUNT_UNKNOWN),
        (cmd.ExpireBonus(AccountNo(99), "usdm", "USDT"), R.ACCOUNT_UNKNOWN),
        (cmd.GrantBonus(no, "usdm", "", Amount(1)), R.ASSET_UNKNOWN),
        (cmd.GrantBonus(no, "usdm", "USDT", Amount(0)), R.AMOUNT_NOT_POSITIVE),
        (cmd.GrantBonus(no, "spot", "USDT", Amount(1)), R.WALLET_UNKNOWN),
    ):
        assert world.run(command)[0].reason is reason
    world.run(cmd.AdoptBundle(Bundle("binance")))
    assert world.run(cmd.GrantBonus(no, "usdm", "USDT", Amount(1)))[0].reason is R.NOT_SUPPORTED


def test_a_checkpoint_knows_the_bonus() -> None:
    world = given(5, 100)
    state = canonical.load(canonical.dump(world.state))

    assert state.accounts[world.taker.no].bonus("usdm", "USDT") == units(5)
    assert only(world.past, BonusGranted)


def test_a_maker_s_bonus_pays_too() -> None:
    world = given(5, 100, maker_fee="0.001")
    world.taker.buys(1, at=99)

    trade = only(world.maker.sells(1, at=99), ev.TradeExecuted)[0]

    assert (trade.aggressor, show(trade.maker.bonus)) == (Side.SELL, 0.099)
    assert has(world) == (100, 4.901)
