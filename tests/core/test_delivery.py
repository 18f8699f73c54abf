"""The life of a quarter's contracts: their last minutes, their delivery, and the ones that follow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import calendar, canonical
from simexchange.core.delivering import contract
from simexchange.core.invariants import check
from simexchange.core.vocabulary import commands as cmd, deliveries as dv, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Market, MarketStatus
from simexchange.core.vocabulary.orders import EndReason, OrderKind, Side, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import DAY, MINUTE, ONE, SECOND, Amount, Nanos, Rate, div_zero
from tests.core.dated import (
    CURRENT,
    INVERSE,
    INVERSE_NOW,
    LINEAR,
    LINEAR_NEXT,
    LINEAR_NOW,
    NEXT,
    DatedWorld,
)
from tests.core.world import T0, Person, World, kinds, only, show, units

WINDOW = 30 * MINUTE


def traded(world: DatedWorld, market: str, qty: float | str, price: float) -> None:
    """The taker is long and the maker short so much."""
    world.see(market)
    world.maker.sells(qty, at=price)
    world.taker.buys(qty, at=price)


def delivered_at(world: DatedWorld, *changes: tuple[int, float | str]) -> list[Any]:
    """The index takes these prices, each so many nanoseconds before the expiry, and then the expiry comes."""
    for before, price in changes:
        world.until(CURRENT - before)
        world.index(price)
    return world.until(CURRENT)


def coins(person: Person) -> int:
    """BTC in the coin wallet, in units."""
    return person.world.state.accounts[person.no].free("coinm", "BTC")


def dollars(person: Person) -> int:
    """USDT in the margin wallet, in units."""
    return person.world.state.accounts[person.no].free("usdm", "USDT")


# The whole of it


def test_a_quarter_is_lived_through_to_its_last_unit() -> None:
    """Index 60,000 for 900 seconds and 60,300 for 900: 60,150.

    Two long at 60,000 gain 300 and pay 0.0005 × 120,300 = 60.15. 600 contracts of 100 USD at 60,000 cost 1 BTC and are
    worth 0.99750623441396…: the long gains 0.00249376 of it and pays 0.0005 × 0.99750623, rounded up.
    """
    world = DatedWorld()
    world.index(60_000)
    traded(world, INVERSE_NOW, 600, 60_000)
    traded(world, LINEAR_NOW, 2, 60_000)
    world.third.buys(1, at=50_000)
    cash = {person.name: (dollars(person), coins(person)) for person in world.people}

    events = delivered_at(world, (WINDOW, 60_000), (WINDOW // 2, 60_300))

    priced = only(events, dv.DeliveryPriceSet)
    assert [(show(each.price), each.samples, each.since) for each in priced] == [(60_150, 1_800, CURRENT - WINDOW)] * 2
    assert [each.reason for each in only(events, ev.OrderCanceled)] == [EndReason.DELISTED]
    gained = {p.name: (dollars(p) - cash[p.name][0], coins(p) - cash[p.name][1]) for p in world.people}
    assert gained == {
        "taker": (units("239.85"), units("0.00249376") - units("0.00049876")),
        "maker": (units("-360.15"), units("-0.00249376") - units("0.00049876")),
        "third": (0, 0),
    }
    for market in (LINEAR_NOW, INVERSE_NOW):
        state = world.state.markets[world.see(market)]
        asset = state.spec.settle
        assert (state.status, state.holders, [p.position for p in world.people]) == (
            MarketStatus.DELISTED, {}, [None] * 3,
        )  # fmt: skip
        assert [world.purse(f"clr:{kind}:{market}", asset) for kind in ("settlement", "settlement:fine")] == [0, 0]
        assert world.purse(f"clr:pnl:{market}", asset) * ONE + world.purse(f"clr:pnl:fine:{market}", asset) == 0
    fees = {"USDT": units("120.3"), "BTC": 2 * units("0.00049876")}
    assert world.purse(f"fee:{LINEAR_NOW}", "USDT") - units("84") == fees["USDT"]
    assert world.purse(f"fee:{INVERSE_NOW}", "BTC") - units("0.0007") == fees["BTC"]


def test_the_published_way_to_settle_a_short() -> None:
    """Short 1 from 59,000, delivered at 60,150: −1,150, and 0.0005 × 60,150 = 30.075."""
    world = DatedWorld()
    world.index(59_000)
    traded(world, LINEAR_NOW, 1, 59_000)
    before = dollars(world.maker)

    delivered_at(world, (WINDOW, 60_000), (WINDOW // 2, 60_300))

    assert dollars(world.maker) - before == units("-1150") - units("30.075")


def test_what_happens_comes_in_order() -> None:
    """The price, then cancels, then positions by account, then the end, then the next contract with its rules."""
    world = DatedWorld()
    world.index(60_000)
    traded(world, LINEAR_NOW, 1, 60_000)
    world.third.buys(1, at=50_000)

    other = world.state.market_no[INVERSE_NOW]
    events = [event for event in world.until(CURRENT) if getattr(event, "market", 0) != other]

    told = [kind for kind in kinds(events) if kind not in ("MarkSet", "FundingRateSet")]
    assert told[:9] == [
        "DeliveryPriceSet", "MarketStatusSet", "OrderCanceled", "PositionDelivered", "PositionDelivered",
        "MarketStatusSet", "MarketListed", "RulesSet", "ContractFollowed",
    ]  # fmt: skip
    assert [event.account for event in only(events, dv.PositionDelivered)] == [world.maker.no, world.taker.no]


# The price


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40 * MINUTE), st.integers(1, 10**13)), min_size=1, max_size=12))
def test_the_price_is_the_mean_of_eighteen_hundred_samples(changes: list[tuple[int, int]]) -> None:
    """However the index moves around and in the window; a sample is what it stands at just then."""
    world = DatedWorld(people=("maker", "taker"))
    steps = sorted(((CURRENT - before, price) for before, price in changes), key=lambda step: step[0])
    for at, price in steps:
        world.until(at)
        world.run(cmd.SetIndex("BTC-USDT", price))  # type: ignore[arg-type]
    priced = only([*world.past, *world.until(CURRENT)], dv.DeliveryPriceSet)

    known = [[price for since, price in steps if since <= CURRENT - WINDOW + k * SECOND] for k in range(1_800)]
    # Before the first word it is taken to have stood there.
    samples = [prices[-1] if prices else steps[0][1] for prices in known]
    assert [(each.samples, each.price) for each in priced] == [(1_800, div_zero(sum(samples), 1_800))] * 2


def test_without_an_index_a_contract_is_delivered_at_its_mark() -> None:
    """Nobody ever said one and there is no spot market: the last trade is all there is."""
    world = DatedWorld()
    traded(world, LINEAR_NOW, 1, 100)

    priced = only(world.until(CURRENT), dv.DeliveryPriceSet)

    assert show(priced[0].price) == 100


def test_the_price_is_fixed_once() -> None:
    """Whatever the index does at the very instant, or after it."""
    world = DatedWorld()
    world.index(60_000)
    traded(world, LINEAR_NOW, 1, 60_000)
    world.until(CURRENT)

    late = world.index(70_000)

    assert show(only(world.past, dv.DeliveryPriceSet)[0].price) == 60_000
    assert not [event for event in only(late, ev.MarkSet) if event.market == world.market]


# The last minutes


def test_in_the_last_ten_minutes_positions_may_only_be_closed() -> None:
    """As far as an order, with those of its side that are open, closes; what stands already stays, and trades."""
    world = DatedWorld()
    world.index(100)
    traded(world, LINEAR_NOW, 2, 100)
    early = world.third.buys(1, at=99)[0].order
    world.until(CURRENT - 10 * MINUTE)

    opening = world.third.buys(1, at=90)
    market = world.third.buys(1)
    larger = world.taker.sells(3, at=101)
    part = world.taker.sells(1, at=101)
    more = world.taker.sells("1.001", at=101)
    rest = world.taker.sells(1, at=99)

    assert {events[0].reason for events in (opening, market, larger, more)} == {RejectReason.CONTRACT_CLOSING}
    assert kinds(part) == ["OrderAccepted", "OrderRested"]
    assert world.trades[-1:] == [(1, 99)]
    assert only(rest, ev.TradeExecuted)[0].maker.order == early
    assert kinds(world.maker.reduces(Side.BUY, 1, at=95))[0] == "OrderAccepted"


def test_a_nanosecond_before_the_last_minutes_everything_is_as_ever() -> None:
    world = DatedWorld()
    world.index(100)
    world.until(CURRENT - 10 * MINUTE - 1)

    assert kinds(world.third.buys(1, at=90)) == ["OrderAccepted", "OrderRested"]


def test_an_order_that_would_open_does_not_wake_in_the_last_minutes() -> None:
    """It was taken in before, its trigger comes in them: it ends. One that closes works."""
    world = DatedWorld()
    world.index(100)
    traded(world, LINEAR_NOW, 1, 100)
    world.maker.buys(3, at=80)
    falls = Trigger(units(95), watches=TriggerPrice.MARK, rising=False)
    world.third.order(Side.SELL, 1, more=Terms(trigger=falls))
    world.taker.order(Side.SELL, 1, more=Terms(trigger=falls, reduce_only=True))
    world.until(CURRENT - 5 * MINUTE)

    events = world.mark(90)

    ended = only(events, ev.OrderExpired)
    assert [(event.account, event.refused) for event in ended] == [(world.third.no, RejectReason.CONTRACT_CLOSING)]
    assert [event.taker.account for event in only(events, ev.TradeExecuted)] == [world.taker.no]


def test_a_resting_order_may_not_grow_in_the_last_minutes() -> None:
    """Nor may it be moved, unless it closes."""
    world = DatedWorld()
    world.index(100)
    order = world.third.buys(1, at=90)[0].order
    world.until(CURRENT - MINUTE)

    refused = world.run(cmd.ModifyOrder(world.third.no, world.market, units(2), units(90), order))

    assert [event.reason for event in only(refused, ev.CommandRefused)] == [RejectReason.CONTRACT_CLOSING]


# Money


def test_a_fee_takes_no_more_than_there_is() -> None:
    """Margin 60, a loss of 20, and a fee of half of 80: 40 is just there."""
    world = DatedWorld(delivery_fee=Rate(units("0.5")), maker=Rate(0), taker=Rate(0))
    world.index(100)
    poor = Person(world, joined(world, "poor", "60"))
    world.maker.sells(1, at=100)
    poor.buys(1, at=100)

    events = delivered_at(world, (WINDOW, 80))

    mine = [event for event in only(events, dv.PositionDelivered) if event.account == poor.no]
    assert [(show(e.closed.realised), show(e.worth), show(e.rate), show(e.fee)) for e in mine] == [(-20, 80, 0.5, 40)]
    assert dollars(poor) == 0
    assert only(events, ev.InsurancePaid) == []


def test_what_a_delivery_costs_beyond_a_wallet_the_fund_makes_good() -> None:
    """12 of margin and a loss of 20, on an index nobody is liquidated by: no fee, and the fund pays 8."""
    world = DatedWorld(maker=Rate(0), taker=Rate(0))
    world.index(100)
    poor = Person(world, joined(world, "poor", "12"))
    world.maker.sells(1, at=100)
    poor.buys(1, at=100)
    world.until(CURRENT - WINDOW)
    world.run(cmd.SetIndex("BTC-USDT", units(80), frozen=True))

    events = world.until(CURRENT)

    assert [(event.account, show(event.amount)) for event in only(events, ev.InsurancePaid)] == [(poor.no, 8)]
    assert dollars(poor) == 0


def joined(world: DatedWorld, name: str, cash: str) -> str:
    world.joins(name, 0)
    world.run(cmd.Deposit(world.state.account_no[name], "usdm", "USDT", units(cash)))
    return name


def test_rules_may_name_a_fee_and_accounts_have_their_own_taker_rate() -> None:
    """A taker at 0.03 % pays that; where the rules name 0.01 %, everybody does; the fund pays nothing."""
    for rules, rate in ((None, "0.0003"), (Rate(units("0.0001")), "0.0001")):
        world = DatedWorld(delivery_fee=rules)
        world.index(100)
        world.run(cmd.SetFees(world.taker.no, world.market, Rate(0), Rate(units("0.0003"))))
        traded(world, LINEAR_NOW, 1, 100)

        events = world.until(CURRENT)

        taken = [event for event in only(events, dv.PositionDelivered) if event.account == world.taker.no]
        assert [(event.rate, event.fee) for event in taken] == [(units(rate), units(rate) * 100)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3_000), st.integers(9_000, 11_000), st.booleans()), min_size=1, max_size=12),
    st.integers(85 * ONE, 115 * ONE),
    st.booleans(),
)
def test_every_unit_of_an_uneven_price_is_somewhere(
    trades: list[tuple[int, int, bool]], price: int, inverse: bool
) -> None:
    """Each position gets its value toward zero; what the clearing is left with goes to dust, and it ends at nothing."""
    world = DatedWorld(INVERSE_NOW if inverse else LINEAR_NOW, people=("a", "b", "c", "d"))
    world.index(100)
    for number, (size, cents, buys) in enumerate(trades):
        qty = str(1 + size // 100) if inverse else f"{size // 1000}.{size % 1000:03d}"
        limit_price = f"{cents // 100}.{cents // 10 % 10}"
        one, other = world.people[number % 4], world.people[(number + 1 + size % 3) % 4]
        (one.buys if buys else one.sells)(qty, at=limit_price)
        (other.sells if buys else other.buys)(qty, at=limit_price)
    spec = world.state.markets[world.market].spec
    held = {
        no: (account.positions[world.market].qty, account.positions[world.market].cost)
        for no, account in world.state.accounts.items()
        if world.market in account.positions
    }
    world.until(CURRENT - WINDOW)
    world.run(cmd.SetIndex("BTC-USDT", price))  # type: ignore[arg-type]

    events = world.until(CURRENT)

    found = [event for event in only(events, dv.PositionDelivered) if event.market == world.market]
    assert [event.account for event in found] == sorted(held)
    for event in found:
        size, cost = held[event.account]
        if inverse:
            profit = cost - div_zero(size * spec.contract_size * ONE, price)
        else:
            profit = div_zero(size * price, ONE) * ONE - cost
        assert event.closed.realised == div_zero(profit, ONE)
    left = [event for event in only(events, dv.DeliveryClosed) if event.market == world.market]
    dust = sum(event.dust * ONE + event.dust_fine for event in left)
    assert abs(dust) < len(held) * (1 if inverse else ONE)
    assert not any(amount for (purse, _), amount in world.state.purses.amounts.items() if "settlement" in purse)


# What follows


def test_the_next_contract_has_the_rules_of_the_last_and_accounts_keep_their_rates() -> None:
    """Those of the farthest contract as they are now, changed ones included."""
    world = DatedWorld()
    world.index(100)
    farthest = world.state.market_no[LINEAR_NEXT]
    rules = msgspec.structs.replace(world.state.rules["binance", farthest], default_leverage=7)
    world.run(cmd.SetRules("binance", farthest, rules))
    world.run(cmd.SetFees(world.third.no, farthest, Rate(1), Rate(2)))

    world.until(CURRENT)

    new = world.state.markets[world.see("dated:BTC-USDT-240628")]
    assert (new.spec.expiry, new.spec.onboard) == (calendar.next_quarter(CURRENT), CURRENT)
    assert msgspec.structs.replace(new.spec, id="", expiry=0, onboard=0) == msgspec.structs.replace(
        LINEAR, id="", onboard=0
    )
    assert world.state.rules["binance", new.no] == rules
    assert world.state.accounts[world.third.no].fees[new.no].standard.taker == 2
    assert world.state.accounts[world.maker.no].fees == {}
    assert world.third.buys(1, at=90)[0].order


def test_there_are_always_two_contracts_and_the_years_go_by() -> None:
    """Five quarters, each delivered on its day; the one before last is never there."""
    world = DatedWorld()
    at, seen = CURRENT, []
    for _ in range(5):
        world.until(at)
        live = [
            market.spec.expiry
            for market in world.state.markets.values()
            if market.spec.quote == "USDT" and market.spec.series and market.status is MarketStatus.TRADING
        ]
        assert live == [calendar.current_quarter(at), calendar.next_quarter(at)]
        seen.append(calendar.symbol_date(live[-1]))
        at = live[0]

    assert seen == ["240628", "240927", "241227", "250328", "250627"]


def test_a_series_of_one_contract_becomes_one_of_two() -> None:
    world = World()
    world.run(cmd.ListMarket(contract(LINEAR, CURRENT, 0)))
    world.passes(CURRENT - T0)

    assert {"dated:BTC-USDT-240329", "dated:BTC-USDT-240628"} <= set(world.state.market_no)


def test_a_contract_of_no_series_is_delivered_and_nothing_follows() -> None:
    world = World()
    world.run(cmd.ListMarket(contract(msgspec.structs.replace(LINEAR, series=""), CURRENT, 0)))
    world.passes(CURRENT - T0 + DAY)

    assert world.state.markets[world.state.market_no[LINEAR_NOW]].status is MarketStatus.DELISTED
    assert len(world.state.markets) == 3


def test_a_contract_closed_by_hand_is_not_delivered_any_more() -> None:
    """Its positions met at the mark; its day passes, and the other one of the series goes on."""
    world = DatedWorld()
    world.index(100)
    traded(world, LINEAR_NOW, 1, 100)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED))

    events = world.until(CURRENT + DAY)

    assert world.market not in [event.market for event in only(events, dv.DeliveryPriceSet)]
    assert world.state.markets[world.state.market_no[LINEAR_NEXT]].status is MarketStatus.TRADING


def test_a_halted_contract_is_delivered_all_the_same() -> None:
    world = DatedWorld()
    world.index(100)
    traded(world, LINEAR_NOW, 1, 100)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    events = world.until(CURRENT)

    assert len([event for event in only(events, dv.PositionDelivered) if event.market == world.market]) == 2
    assert world.taker.position is None


def test_a_delivered_contract_cannot_be_brought_back() -> None:
    world = DatedWorld()
    world.until(CURRENT)

    refused = world.run(cmd.SetMarketStatus(world.market, MarketStatus.TRADING))
    order = world.third.buys(1, at=90)

    assert [event.reason for event in only(refused, ev.CommandRefused)] == [RejectReason.MARKET_DELISTED]
    assert order[0].reason is RejectReason.MARKET_DELISTED


# Steps


def limit(who: AccountNo, market: MarketNo, side: Side, qty: str, price: int) -> cmd.PlaceOrder:
    return cmd.PlaceOrder(who, market, side, OrderKind.LIMIT, units(qty), units(price), TimeInForce.GTC)


def test_a_delivery_goes_in_steps_of_five_hundred_and_may_be_taken_up_after_any_of_them() -> None:
    """601 orders and 801 positions. After each record the state can be written down and read again."""
    world = DatedWorld(people=("maker", "taker"))
    world.index(100)
    execute = world.engine.execute
    for number in range(800):
        execute(cmd.OpenAccount(f"p{number}", "binance"), world.at)
        no = world.state.account_no[f"p{number}"]
        execute(cmd.Deposit(no, "usdm", "USDT", units(1000)), world.at)
        orders = [(world.maker.no, Side.SELL, "0.011", 100), (no, Side.BUY, "0.011", 100), (no, Side.BUY, "0.001", 50)]
        for who, side, qty, price in orders if number < 601 else orders[:2]:
            execute(limit(who, world.market, side, qty, price), world.at)
    check(world.state)
    world.until(CURRENT - 1)
    world.at = CURRENT
    steps = [list(world.engine.execute(cmd.PassTime(), world.at))]

    while (following := world.state.pending()) is not None:
        again = canonical.load(canonical.dump(world.state))
        assert (again.pending(), again.next_due()) == (following, world.state.next_due())
        check(again)
        steps.append([e for e in world.engine.execute(following, world.at) if getattr(e, "market", 4) == world.market])
        check(world.state)

    counts = [(len(only(step, ev.OrderCanceled)), len(only(step, dv.PositionDelivered))) for step in steps[1:] if step]
    assert counts[:4] == [(500, 0), (101, 0), (0, 500), (0, 301)]
    assert not world.state.markets[world.market].holders


def test_the_mean_survives_being_written_down_in_the_window() -> None:
    world = DatedWorld()
    for before, price in ((40 * MINUTE, 100), (20 * MINUTE, 110), (7 * SECOND // 3, 95)):
        world.until(CURRENT - before)
        world.index(price)
    again = canonical.load(canonical.dump(world.state))

    average, other = (state.markets[world.market].settling for state in (world.state, again))

    assert average is not None
    assert other is not None
    assert average.sums(CURRENT) == other.sums(CURRENT)
    assert canonical.dump(again) == canonical.dump(world.state)


# What is no contract


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"expiry": T0}, "in the past"),
        ({"expiry": Nanos(1)}, "in the past"),
        ({"expiry": Nanos(0)}, "expiry: a dated future needs one"),
        ({"series": "month"}, "series: it is quarter, or none"),
        ({"closing": Nanos(-1)}, "closing: below zero"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(changes: dict[str, Any], names: str) -> None:
    world = World()
    spec: Market = msgspec.structs.replace(contract(INVERSE, NEXT, 0), **changes)

    refused = only(world.run(cmd.ListMarket(spec)), ev.CommandRefused)

    assert [event.reason for event in refused] == [RejectReason.MARKET_INVALID]
    assert names in refused[0].detail


def test_a_perpetual_has_no_expiry() -> None:
    world = World()
    spec = msgspec.structs.replace(world.state.markets[world.state.market_no["perp:BTC-USDT"]].spec, id="perp:X-USDT")

    refused = world.run(cmd.ListMarket(msgspec.structs.replace(spec, base="X", expiry=NEXT)))

    assert [event.reason for event in only(refused, ev.CommandRefused)] == [RejectReason.MARKET_INVALID]


def test_dated_contracts_have_no_funding() -> None:
    world = DatedWorld()
    world.index(100)
    traded(world, LINEAR_NOW, 1, 100)

    assert world.market not in [event.market for event in only(world.passes(DAY), ev.FundingRateSet)]
    assert Amount(0) == world.purse(f"clr:funding:{LINEAR_NOW}", "USDT")
