"""Corners found by trying to break the exchange: each was a leak, a stumble or a loop once."""

from __future__ import annotations

import msgspec
import pytest

from simexchange.core import margin
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.levels import NO_LEVELS, Levels
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.orders import (
    AccountClass,
    EndReason,
    OrderKind,
    Side,
    TimeInForce,
    TradeKind,
)
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.taped import TapedWorld, playing
from tests.core.test_liquidation import long_with
from tests.core.world import PERP, World, only, units

FUND = AccountNo(1)


def reason_of(events: list[ev.Event]) -> R:
    """Why a command was refused; nothing else happened."""
    [event] = events
    assert isinstance(event, ev.OrderRejected | ev.CommandRefused)
    return event.reason


# The fund


def test_a_fund_that_finds_nobody_to_sell_to_lets_a_quiet_market_be_quiet() -> None:
    """Without a feed the marks stop half a minute after the last change; the fund's own tries are no change."""
    world = World(PERP, people=("maker", "taker", "third"), cash=110)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.passes(SECOND)
    world.mark("89.5")
    assert (FUND, world.market) in world.state.markets[world.market].holders

    world.passes(HOUR)
    silent = world.passes(HOUR // 2)

    assert silent == []


def test_nothing_trades_in_a_halted_market_not_even_a_liquidation() -> None:
    """The fund takes the position over, and sells it when the market trades again."""
    world = long_with(110)
    world.third.buys(10, at="89.58")
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    halted = world.mark("89.6") + world.passes(10 * SECOND)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.TRADING))
    resumed = world.passes(2 * SECOND)

    assert [event.kind for event in only(halted, ev.TradeExecuted)] == [TradeKind.TAKEOVER]
    assert [event.kind for event in only(resumed, ev.TradeExecuted)] == [TradeKind.FUND]


@pytest.mark.parametrize("account_class", [AccountClass.FUND, AccountClass.HOUSE])
def test_an_account_that_needs_no_money_places_no_orders(account_class: AccountClass) -> None:
    """Nothing would bound what it spends: its spot wallet would go below zero."""
    world = World()
    world.run(cmd.OpenAccount("special", "binance", account_class))
    no = world.state.account_no["special"]
    command = cmd.PlaceOrder(
        no, world.market, Side.SELL, OrderKind.LIMIT, Quantity(ONE), Price(100 * ONE), TimeInForce.GTC
    )

    assert reason_of(world.run(command)) is R.FEATURE_NOT_SERVED
    assert reason_of(world.run(msgspec.structs.replace(command, account=FUND))) is R.FEATURE_NOT_SERVED


# Reduce-only orders


def test_a_liquidation_knocks_out_the_reducers_of_whoever_traded_with_it() -> None:
    """The third was short 4 and buys 4 of the liquidated long: its reduce-only buy has nothing to close any more."""
    world = long_with(109)
    world.maker.buys(4, at=100)
    world.third.sells(4, at=100)
    reducer = only(world.third.reduces(Side.BUY, 4, at=50), ev.OrderAccepted)[0]
    world.third.buys(4, at="89.5")

    events = world.mark("89.6")

    ended = [(event.order, event.reason) for event in only(events, ev.OrderExpired)]
    assert (reducer.order, EndReason.REDUCE_ONLY) in ended


def test_a_print_of_the_tape_knocks_out_reducers_that_have_nothing_left_to_close() -> None:
    """Ann is long 2; the tape buys her ask of 2, and her reducer at 110 goes with it."""
    world = TapedWorld(PERP)
    world.index(100)
    world.snapshot({99: 5}, {105: 5})
    world.bob.sells(2, at=100)
    world.ann.buys(2, at=100)
    world.ann.sells(2, at=101)
    reducer = only(world.ann.reduces(Side.SELL, 2, at=110), ev.OrderAccepted)[0]

    events = world.bought(2, 101)

    assert [event.order for event in only(events, ev.OrderExpired)] == [reducer.order]


def test_resting_reducers_are_never_more_than_the_position() -> None:
    """Long 10 with a reducer of 6 at 110: a second 6 at 105 is nearer the market and knocks the first out."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    first = only(world.taker.reduces(Side.SELL, 6, at=110), ev.OrderAccepted)[0]

    events = world.taker.reduces(Side.SELL, 6, at=105)

    assert [(event.order, event.reason) for event in only(events, ev.OrderExpired)] == [
        (first.order, EndReason.REDUCE_ONLY)
    ]


def test_a_fill_or_kill_counts_only_what_reducers_will_still_have_to_close() -> None:
    """The maker is long 5 and offers them twice, plainly and as a reducer: 10 stand there, 5 of them can trade."""
    world = World(PERP)
    world.index(100)
    world.third.sells(5, at=100)
    world.maker.buys(5, at=100)
    world.maker.sells(5, at=100)
    world.maker.reduces(Side.SELL, 5, at=101)

    killed = world.taker.buys(10, at=101, tif=TimeInForce.FOK)

    assert not only(killed, ev.TradeExecuted)


# Numbers nobody can reckon with


@pytest.mark.parametrize(
    "change",
    [
        {"maker": Rate(-1)},
        {"taker": Rate(ONE + 1)},
        {"liquidation_fee": Rate(10**30)},
        {"default_leverage": 0},
    ],
)
def test_rules_that_cannot_be_reckoned_with_are_refused(change: dict[str, int]) -> None:
    """A rebate prints money, a fee above the whole leaves a wallet below zero, and nothing divides by no leverage."""
    world = World(PERP)
    rules = msgspec.structs.replace(world.state.rules["binance", world.market], **change)

    assert reason_of(world.run(cmd.SetRules("binance", world.market, rules))) is R.MARKET_INVALID


def test_brackets_have_rising_caps_and_some_leverage_and_the_first_takes_nothing_off() -> None:
    """Anything else is no table of brackets."""
    world = World(PERP)
    rules = world.state.rules["binance", world.market]
    low, high = rules.tiers

    replaced = msgspec.structs.replace
    for tiers in [(high, low), (replaced(low, max_leverage=0), high), (replaced(low, cum=Amount(1)), high)]:
        command = cmd.SetRules("binance", world.market, msgspec.structs.replace(rules, tiers=tiers))
        assert reason_of(world.run(command)) is R.MARKET_INVALID


def test_a_fee_is_never_more_than_what_it_is_taken_from() -> None:
    """Else a buyer would receive less than nothing."""
    world = World()

    for maker, taker in [(ONE + 1, 0), (0, 10**30)]:
        command = cmd.SetFees(world.taker.no, world.market, Rate(maker), Rate(taker))
        assert reason_of(world.run(command)) is R.NOT_SUPPORTED
    assert only(world.run(cmd.SetFees(world.taker.no, world.market, Rate(0), Rate(ONE))), ev.FeesSet)
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    assert world.taker.has("BTC") == (1_000, 0)


def listed(**change: object) -> Market:
    """A perpetual that is all right but for *change*."""
    tick = Price(ONE // 100)
    sound = Market(
        "perp:ETH-USDT", MarketKind.PERPETUAL, "ETH", "USDT", "USDT", tick, Quantity(ONE), funding_interval=Nanos(HOUR)
    )
    return msgspec.structs.replace(sound, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"funding_interval": Nanos(1)},
        {"funding_interval": Nanos(-1)},
        {"impact_notional": Amount(0)},
        {"settle": "USDC"},
        {"quote": "ETH", "settle": "ETH"},
        {"step": Quantity(0)},
    ],
)
def test_a_market_that_cannot_be_reckoned_with_is_not_listed(change: dict[str, object]) -> None:
    """Funding each nanosecond never ends, no impact size divides by nothing, and dollars are not settled in others."""
    world = World()

    assert only(world.run(cmd.ListMarket(listed())), ev.MarketListed)
    assert reason_of(world.run(cmd.ListMarket(listed(id="perp:X", **change)))) is R.MARKET_INVALID


def test_a_count_of_open_orders_is_a_bound_that_can_be_switched_off() -> None:
    """0 switches a bound off, as everywhere in the filters."""
    world = World(filters=Filters(max_orders=0))

    assert only(world.taker.buys(1, at=10), ev.OrderRested)


def test_a_frame_below_nothing_is_refused() -> None:
    """A price of 0 would stand as a bid for ever, a size below 0 would be taken back for ever."""
    world = playing()

    free = world.run(cmd.AdjustBook(world.market, Levels.of([(0, ONE)]), NO_LEVELS))
    owed = world.run(cmd.AdjustBook(world.market, NO_LEVELS, Levels.of([(100 * ONE, -1)]), snapshot=True))

    assert (reason_of(free), reason_of(owed)) == (R.PRICE_NOT_POSITIVE, R.QTY_NOT_POSITIVE)


def test_a_mark_is_above_zero_though_the_index_fell_below_its_old_basis() -> None:
    """Mid 40 at index 100 is a basis of −60, at index 10 of 30: on average −15, which would put the mark at −5."""
    world = World(PERP)
    world.maker.buys(1, at=39)
    world.maker.sells(1, at=41)
    world.index(100)
    world.passes(SECOND)

    world.index(10)

    assert world.state.markets[world.market].mark > 0


@pytest.mark.parametrize("qty", [10**30, ONE * 10**12])
def test_absurdly_large_orders_are_refused_for_want_of_money(qty: int) -> None:
    """Whole numbers have no end, wallets do."""
    for market, reason in (("spot:BTC-USDT", R.BALANCE_INSUFFICIENT), (PERP, R.LEVERAGE_CAP_EXCEEDED)):
        world = World(market)
        world.index(100)
        command = cmd.PlaceOrder(
            world.taker.no, world.market, Side.BUY, OrderKind.LIMIT, Quantity(qty), Price(10**30), TimeInForce.GTC
        )
        assert reason_of(world.run(command)) is reason


def test_unknown_places_are_refused_by_every_command_that_names_one() -> None:
    """None of them stumbles."""
    world = World(PERP)
    for number in (0, -1, 10**30):
        account, market = AccountNo(number), MarketNo(number)
        for command in (
            cmd.PlaceOrder(account, world.market, Side.BUY, OrderKind.LIMIT, Quantity(1), Price(1), TimeInForce.GTC),
            cmd.CancelOrder(account, world.market), cmd.CancelAll(account), cmd.SetLeverage(account, world.market, 5),
            cmd.Deposit(account, "spot", "USDT", Amount(1)), cmd.Withdraw(account, "spot", "USDT", Amount(1)),
            cmd.Transfer(account, "spot", "usdm", "USDT", Amount(1)),
            cmd.SetFees(account, world.market, Rate(0), Rate(0)),
        ):  # fmt: skip
            assert reason_of(world.run(command)) is R.ACCOUNT_UNKNOWN
        for other in (
            cmd.SetMark(market, Price(1)), cmd.SetMarketStatus(market, MarketStatus.HALT),
            cmd.AdjustBook(market, NO_LEVELS, NO_LEVELS), cmd.PrintTrade(market, Price(1), Quantity(1), Side.BUY),
        ):  # fmt: skip
            assert reason_of(world.run(other)) is R.MARKET_UNKNOWN


# Liquidation


def test_a_tiny_position_is_liquidated_at_the_first_mark_that_calls_for_it() -> None:
    """0.001 bought at 100 with 0.01 of cash: whole units of money are a thousand units of its price."""
    world = World(PERP)
    world.index(100)
    world.maker.sells("0.001", at=100)
    world.taker.buys("0.001")
    account = world.state.accounts[world.taker.no]
    world.run(cmd.Withdraw(account.no, "usdm", "USDT", Amount(account.free("usdm", "USDT") - units("0.01"))))

    # Balance 0.01 + 0.001 × (mark − 100) and maintenance 0.00001 × mark meet at 90.9090…
    for price in range(9_090_950_000, 9_090_850_000, -250):
        events = world.run(cmd.SetMark(world.market, Price(price)))
        if only(events, ev.LiquidationStarted):
            break
        balance = margin.equity(world.state, account, "usdm", "USDT")
        assert balance > margin.maintenance_total(world.state, account, "usdm", "USDT")

    assert world.taker.position is None
