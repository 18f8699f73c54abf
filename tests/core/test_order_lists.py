"""Lists whose legs wait for one another: OTO and OPO, all of them or none, and how they end."""

from __future__ import annotations

import pytest

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, AccountOption, ListKind, Peg, Side, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import MINUTE, Amount, Nanos, Price, Quantity, Rate
from tests.core.listed import cancels, ends, ids, leg, order, places
from tests.core.world import PERP, World, kinds, only, units

BUY, SELL = Side.BUY, Side.SELL
OTO, OPO = ListKind.OTO, ListKind.OPO
IOC, POST = TimeInForce.IOC, TimeInForce.POST_ONLY


def test_a_waiting_leg_holds_nothing_until_the_working_one_is_filled() -> None:
    """Buy 1 at 100, then sell 2 at 110: the 2 BTC are free until the buy is filled, and held from then on."""
    world = World()
    placed = places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 2, 110))
    before = world.taker.has("BTC"), world.taker.has("USDT"), world.ladder

    filled = world.maker.sells(1, at=100)

    assert kinds(placed) == ["ListAccepted", "OrderAccepted", "OrderAccepted", "OrderRested"]
    assert before == ((1000, 0), (999_900, 100), ["bid | price | ask", "  1 |   100 |"])
    assert kinds(filled) == ["OrderAccepted", "TradeExecuted", "LegStarted", "OrderRested"]
    assert world.taker.has("BTC") == (999, 2)
    assert world.ladder == ["bid | price | ask", "    |   110 |   2"]


def test_a_part_of_the_working_leg_does_not_begin_the_waiting_one() -> None:
    """1 of 2 is filled: the waiting leg still waits."""
    world = World()
    working, waiting = ids(places(world.taker, OTO, leg(BUY, 2, 100), leg(SELL, 1, 110)))

    world.maker.sells(1, at=100)

    left = order(world.taker, working)
    asleep = order(world.taker, waiting)
    assert left is not None
    assert left.left == units(1)
    assert asleep is not None
    assert asleep.asleep


def test_a_working_leg_that_is_filled_at_once_begins_the_waiting_one_in_a_record_of_its_own() -> None:
    """The list's own record knows the waiting leg only as waiting, as the venue's placement answer does."""
    world = World()
    world.maker.sells(1, at=100)
    engine, at = world.engine, world.at
    command = cmd.PlaceList(world.taker.no, world.market, OTO, (leg(BUY, 1, 100), leg(SELL, 1, 110)))

    first = engine.execute(command, at)
    step = world.state.pending()
    second = engine.execute(step, at)

    assert kinds(first) == ["ListAccepted", "OrderAccepted", "OrderAccepted", "TradeExecuted"]
    assert isinstance(step, cmd.StartLegs)
    assert kinds(second) == ["LegStarted", "OrderRested"]
    assert world.state.pending() is None


def test_a_list_ends_when_its_last_leg_is_filled() -> None:
    """The waiting leg sells at market: it is filled as it begins, and that is the end."""
    world = World()
    world.maker.buys(5, at=90)
    places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 2))

    events = world.third.sells(1, at=100)

    assert kinds(events) == ["OrderAccepted", "TradeExecuted", "LegStarted", "TradeExecuted", "ListEnded"]
    assert ends(events) == [("list", 1, "FILLED")]
    assert not world.state.accounts[world.taker.no].lists


@pytest.mark.parametrize("which", [0, 1], ids=["working", "waiting"])
def test_cancelling_one_leg_cancels_the_list(which: int) -> None:
    """Whichever it is: the other is canceled in the same record."""
    world = World()
    placed = ids(places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110)))

    events = world.taker.cancels(placed[which])

    other = 2 - which
    assert ends(events) == [("canceled", which + 1, "USER"), ("canceled", other, "USER"), ("list", 1, "USER")]
    assert world.taker.has("USDT") == (1_000_000, 0)


def test_cancelling_the_list_cancels_its_open_legs() -> None:
    """By id, or by the client's own."""
    world = World()
    placed = places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110), client_id="mine")
    first = cancels(world.taker, placed[0].order_list)
    places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110), client_id="mine")
    second = world.run(cmd.CancelList(world.taker.no, world.market, client_id="mine"))

    assert ends(first) == [("canceled", 1, "USER"), ("canceled", 2, "USER"), ("list", 1, "USER")]
    assert ends(second) == [("canceled", 3, "USER"), ("canceled", 4, "USER"), ("list", 2, "USER")]


def test_cancelling_everything_ends_lists_too() -> None:
    """Each order once, and the list at the end."""
    world = World()
    world.taker.buys(1, at=90)
    places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110))

    events = world.run(cmd.CancelAll(world.taker.no, world.market))

    assert ends(events) == [(word, no, "USER") for word, no in (
        ("canceled", 1), ("canceled", 2), ("canceled", 3), ("list", 1)
    )]  # fmt: skip


def test_a_working_leg_that_expires_takes_the_waiting_one_with_it() -> None:
    """Half of it trades and the rest of an immediate order expires: it was not *fully* filled."""
    world = World()
    world.maker.sells(1, at=100)

    events = places(world.taker, OTO, leg(BUY, 2, 100, tif=IOC), leg(SELL, 1, 110))

    assert ends(events) == [
        ("expired", 1, "IOC_REMAINDER"), ("expired", 2, "LIST_PARENT"), ("list", 1, "IOC_REMAINDER")
    ]  # fmt: skip
    assert world.taker.has("BTC") == (1001, 0)


def test_a_waiting_leg_that_cannot_be_paid_expires_when_its_turn_comes() -> None:
    """Nothing was held for it: 1,100 BTC are not there when it begins, so it ends, and the list with it."""
    world = World()
    places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1100, 110))

    events = world.maker.sells(1, at=100)

    assert ends(events) == [("expired", 2, "TRIGGER_REFUSED"), ("list", 1, "TRIGGER_REFUSED")]
    assert only(events, ev.OrderExpired)[0].refused is R.BALANCE_INSUFFICIENT


def test_a_waiting_leg_that_may_not_take_expires_when_it_would() -> None:
    """Post-only at 95, and somebody bids 96 by then."""
    world = World()
    places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 95, tif=POST))
    world.third.buys(1, at=96)

    events = world.maker.sells(1, at=100)

    assert ends(events) == [("expired", 2, "TRIGGER_REFUSED"), ("list", 1, "TRIGGER_REFUSED")]


def test_a_pegged_leg_that_waits_takes_its_price_when_it_begins() -> None:
    """The best ask is at 130 when the list is placed, and at 120 when the buy is filled."""
    world = World()
    world.third.sells(1, at=130)
    _, waiting = ids(places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 0, peg=Peg())))
    world.third.sells(1, at=120)

    world.maker.sells(1, at=100)

    found = order(world.taker, waiting)
    assert found is not None
    assert (found.price, found.left) == (units(120), units(1))
    assert world.ladder[-1] == "    |   120 |   2"


def test_the_base_a_working_buy_brings_pays_for_the_leg_that_waits() -> None:
    """An OPO needs the money of the buy alone; what comes in is locked, fill by fill, and sold when the buy is full."""
    world = World(cash=1000)
    world.run(cmd.Withdraw(world.taker.no, "spot", "BTC", Amount(units(1000))))
    placed = ids(places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 120)))

    world.maker.sells(1, at=100)
    part = world.taker.has("BTC")
    whole = world.maker.sells(2, at=100)

    assert part == (0, 1)
    assert kinds(whole) == ["OrderAccepted", "TradeExecuted", "ProceedsLocked", "LegStarted", "OrderRested"]
    started = order(world.taker, placed[1])
    assert started is not None
    assert (started.qty, started.hold) == (units(3), units(3))
    assert world.taker.has("BTC") == (0, 3)


def test_the_commission_comes_off_what_is_locked_where_nothing_else_can_pay_it() -> None:
    """3 BTC less 0.1 % are 2.997; the lot is 0.01, so 2.99 are sold and 0.007 are free."""
    world = World(cash=1000, maker_fee="0.001", filters=Filters(step=Quantity(units("0.01"))))
    world.run(cmd.Withdraw(world.taker.no, "spot", "BTC", Amount(units(1000))))
    places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 120))

    world.maker.sells(3, at=100)

    assert world.taker.has("BTC") == (0.007, 2.99)


def test_the_commission_is_paid_from_what_is_free_where_there_is_enough() -> None:
    """With 1,000 BTC beside, all 3 are locked and the 0.003 come from the rest."""
    world = World(maker_fee="0.001")
    places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 120))

    world.maker.sells(3, at=100)

    assert world.taker.has("BTC") == (999.997, 3)


def test_the_commission_always_comes_off_the_discount_asset() -> None:
    """As it does where BNB is what is bought."""
    bundle = Bundle("binance", discount_asset="BTC")
    world = World(maker_fee="0.001", bundle=bundle)
    places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 120))

    world.maker.sells(3, at=100)

    assert world.taker.has("BTC") == (1000, 2.997)


def test_what_was_locked_is_free_again_when_the_list_is_canceled_before_its_time() -> None:
    """1 of 3 came in and was locked."""
    world = World()
    placed = places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 120))
    world.maker.sells(1, at=100)
    locked = world.taker.has("BTC")

    events = cancels(world.taker, placed[0].order_list)

    assert locked == (1000, 1)
    assert ends(events) == [("canceled", 1, "USER"), ("canceled", 2, "USER"), ("list", 1, "USER")]
    assert world.taker.has("BTC") == (1001, 0)


def test_a_paid_leg_is_made_to_fit_the_largest_lot() -> None:
    """At most 2 may be sold in one order: 1 goes back."""
    world = World(filters=Filters(qty_max=Quantity(units(3)), market_qty_max=Quantity(units(2))))
    world.third.buys(1, at=50)
    places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0))

    events = world.maker.sells(3, at=100)

    started = only(events, ev.LegStarted)[0]
    assert (started.qty, started.hold, started.held) == (units(2), units(2), units(-1))


def test_a_paid_leg_too_small_for_the_filters_expires() -> None:
    """The size is judged when it is known: 3 at 1 are worth less than 5."""
    world = World(filters=Filters(notional_min=Amount(units(5))))
    places(world.taker, OPO, leg(BUY, 3, 100), leg(SELL, 0, 1))

    events = world.maker.sells(3, at=100)

    assert ends(events) == [("expired", 2, "TRIGGER_REFUSED"), ("list", 1, "TRIGGER_REFUSED")]
    assert world.taker.has("BTC") == (1003, 0)


def test_a_paid_leg_of_nothing_expires() -> None:
    """0.001 less its commission is less than one step; it stays free."""
    world = World(cash=1000, maker_fee="0.001")
    world.run(cmd.Withdraw(world.taker.no, "spot", "BTC", Amount(units(1000))))
    places(world.taker, OPO, leg(BUY, "0.001", 100), leg(SELL, 0, 120))

    events = world.maker.sells("0.001", at=100)

    assert only(events, ev.OrderExpired)[0].refused is R.QTY_BELOW_MIN
    assert world.taker.has("BTC") == (0.000999, 0)


def test_legs_begin_when_it_is_their_turn_and_not_when_somebody_says_so() -> None:
    """A step of the engine that is not due is refused."""
    world = World()
    placed = places(world.taker, OTO, *TWO)[0].order_list

    assert world.run(cmd.StartLegs(world.taker.no, placed))[0].reason is R.LIST_UNKNOWN


def test_restarting_between_the_fill_and_the_start_begins_the_legs_all_the_same() -> None:
    """That legs are still to begin is state: it is in the bytes."""
    world = World()
    places(world.taker, OPO, leg(BUY, 1, 100), leg(SELL, 0, 110))
    maker = cmd.PlaceOrder(
        world.maker.no, world.market, SELL, leg(SELL, 1, 100).kind, Quantity(units(1)), Price(units(100)), IOC
    )
    world.engine.execute(maker, world.at)

    restarted = canonical.load(canonical.dump(world.state))
    step = restarted.pending()
    assert isinstance(step, cmd.StartLegs)
    events = Engine(restarted).execute(step, world.at)
    world.engine.execute(step, world.at)

    assert kinds(events) == ["LegStarted", "OrderRested"]
    assert canonical.dump(restarted) == canonical.dump(world.state)


# Refusals

TWO = (leg(BUY, 1, 100), leg(SELL, 1, 110))
SHAPES = {
    "one leg": (OTO, TWO[:1]),
    "three": (OTO, (*TWO, TWO[1])),
    "a working leg at market": (OTO, (leg(BUY, 1), TWO[1])),
    "a working leg that sleeps": (OTO, (leg(BUY, 1, 100, rises=99), TWO[1])),
    "a leg by value": (OTO, (TWO[0], leg(SELL, 0, quote_qty=Amount(units(100))))),
    "a leg of another list": (OTO, (TWO[0], leg(SELL, 1, 110, order_list=7))),
    "an OPO that sells first": (OPO, (leg(SELL, 1, 100), leg(SELL, 0, 110))),
    "an OPO that buys twice": (OPO, (leg(BUY, 1, 100), leg(BUY, 0, 90))),
    "an OPO with a quantity": (OPO, TWO),
    "a pair without a trigger": (ListKind.OCO, (leg(SELL, 1, 110), leg(SELL, 1, 90))),
    "a pair of two sides": (ListKind.OCO, (leg(SELL, 1, 110), leg(BUY, 1, 120, rises=120))),
    "a pair of two sizes": (ListKind.OCO, (leg(SELL, 1, 110), leg(SELL, 2, falls=90))),
    "a pair on one side of the price": (ListKind.OCO, (leg(SELL, 1, 110), leg(SELL, 1, rises=120))),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_legs_that_cannot_hang_together_are_refused(shape: str) -> None:
    """By one refusal of the list, and no order."""
    world = World()
    kind, given = SHAPES[shape]

    events = places(world.taker, kind, *given, client_id="mine")

    assert [(type(e), e.reason, e.detail) for e in events] == [(ev.CommandRefused, R.LIST_SHAPE_INVALID, "mine")]


def test_lists_are_for_spot() -> None:
    """A derivative has none."""
    world = World(PERP)

    assert places(world.taker, OTO, *TWO)[0].reason is R.LIST_SHAPE_INVALID


FILTERS = Filters(price_max=Price(units(1000)), max_orders=3, max_order_lists=1, bid_up=Rate(units(2)))

LISTS = [
    # in order of precedence; each breaks the later rules too as far as one list can
    (R.LIST_SHAPE_INVALID, (leg(BUY, 0, 1001),)),
    (R.QTY_NOT_POSITIVE, (leg(BUY, 0, 100), leg(SELL, 0, 1001))),
    (R.PRICE_ABOVE_MAX, (leg(BUY, 1, 201), leg(SELL, 1, 1001))),
    (R.PRICE_ABOVE_BAND, (leg(BUY, 1, 201), leg(SELL, 1, 110, client_id="old"))),
    (R.TOO_MANY_ORDERS, (leg(BUY, 1, 100, client_id="old"), leg(SELL, 1, 110))),
]


@pytest.mark.parametrize(("reason", "given"), LISTS, ids=lambda value: str(value)[:20])
def test_a_list_is_refused_for_the_first_reason_any_leg_has(reason: R, given: tuple[cmd.Leg, ...]) -> None:
    """And uses up no id, neither of an order nor of a list."""
    world = World(filters=FILTERS)
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    world.taker.buys(1, at=10, client_id="old")
    world.taker.buys(1, at=10)
    account = world.state.accounts[world.taker.no]
    before = account.orders_made, account.lists_made

    events = places(world.taker, OTO, *given)

    assert [event.reason for event in events] == [reason]
    assert (account.orders_made, account.lists_made) == before


def test_an_account_has_only_so_many_open_lists() -> None:
    """One in the market here; and one over all of them by the bundle."""
    here = World(filters=Filters(max_order_lists=1))
    overall = World(bundle=Bundle("binance", max_order_lists=1))
    for world, reason in ((here, R.TOO_MANY_LISTS), (overall, R.TOO_MANY_LISTS_OVERALL)):
        first = places(world.taker, OTO, *TWO)

        assert places(world.taker, OTO, *TWO)[0].reason is reason
        cancels(world.taker, first[0].order_list)
        assert kinds(places(world.taker, OTO, *TWO))[0] == "ListAccepted"


def test_a_waiting_leg_is_an_open_order_as_far_as_their_number_goes() -> None:
    """Three of three: the working leg, the waiting one and one more; a fourth is refused, whatever becomes of them."""
    world = World(filters=Filters(max_orders=3))
    placed = places(world.taker, OTO, *TWO)
    world.taker.buys(1, at=90)

    before = world.taker.buys(1, at=90)
    world.maker.sells(1, at=100)
    after = world.taker.buys(1, at=90), world.taker.buys(1, at=90)

    assert before[0].reason is R.TOO_MANY_ORDERS
    assert kinds(after[0]) == ["OrderAccepted", "OrderRested"]
    assert after[1][0].reason is R.TOO_MANY_ORDERS
    cancels(world.taker, placed[0].order_list)
    assert kinds(world.taker.buys(1, at=90)) == ["OrderAccepted", "OrderRested"]


def test_a_name_is_unique_among_open_lists_and_among_open_orders() -> None:
    """The list's own, and those of its legs."""
    world = World()
    world.taker.buys(1, at=10, client_id="order")
    places(world.taker, OTO, *TWO, client_id="list")

    again = places(world.taker, OTO, *TWO, client_id="list")
    twins = places(world.taker, OTO, leg(BUY, 1, 100, client_id="a"), leg(SELL, 1, 110, client_id="a"))
    taken = places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110, client_id="order"))

    assert [events[0].reason for events in (again, twins, taken)] == [
        R.LIST_ID_DUPLICATE, R.CLIENT_ID_DUPLICATE, R.CLIENT_ID_DUPLICATE
    ]  # fmt: skip


def test_lists_of_unknown_places_are_refused() -> None:
    """No account, no market, a halted one, and one that is no user's."""
    world = World()
    nobody = cmd.PlaceList(AccountNo(99), world.market, OTO, TWO)
    nowhere = cmd.PlaceList(world.taker.no, MarketNo(99), OTO, TWO)
    world.run(cmd.OpenAccount("house", "", AccountClass.HOUSE))
    house = cmd.PlaceList(world.state.account_no["house"], world.market, OTO, TWO)

    assert world.run(nobody)[0].reason is R.ACCOUNT_UNKNOWN
    assert world.run(nowhere)[0].reason is R.MARKET_UNKNOWN
    assert world.run(house)[0].reason is R.FEATURE_NOT_SERVED
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))
    assert places(world.taker, OTO, *TWO)[0].reason is R.MARKET_NOT_TRADING


def test_only_an_open_list_can_be_canceled() -> None:
    """And only by its owner, in its market."""
    world = World()
    placed = places(world.taker, OTO, *TWO)[0].order_list

    unknown = [
        cmd.CancelList(world.taker.no, world.market, client_id="nothing"),
        cmd.CancelList(world.maker.no, world.market, placed),
        cmd.CancelList(world.taker.no, MarketNo(2), placed),
    ]

    assert [world.run(command)[0].reason for command in unknown] == [R.LIST_UNKNOWN] * 3
    assert world.run(cmd.CancelList(AccountNo(99), world.market))[0].reason is R.ACCOUNT_UNKNOWN


@pytest.mark.parametrize(
    ("slice_qty", "reason"),
    [("0.1", None), ("0.099", R.TOO_MANY_ICEBERG_PARTS), ("1.001", R.ICEBERG_ABOVE_QTY)],
)
def test_a_waiting_iceberg_is_refused_for_its_slices_like_any_other(slice_qty: str, reason: R | None) -> None:
    """Ten slices of 1 at most, and none above the whole."""
    world = World(filters=Filters(iceberg_parts=10))

    events = places(world.taker, OTO, leg(BUY, 1, 100), leg(SELL, 1, 110, iceberg_qty=Quantity(units(slice_qty))))

    assert [event.reason for event in only(events, ev.CommandRefused)] == ([] if reason is None else [reason])


def test_the_legs_of_a_list_that_sleep_are_counted_together() -> None:
    """Three may sleep: with one that does, a pair fits and two pairs do not."""
    world = World(filters=Filters(max_conditional_orders=3))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    pair = leg(SELL, 1, 111, rises=110), leg(SELL, 1, 89, falls=90)
    places(world.taker, OTO, leg(BUY, 1, 99), leg(SELL, 1, falls=90))
    world.maker.sells(1, at=99)

    first = places(world.taker, ListKind.OCO, *pair)
    second = places(world.taker, ListKind.OCO, *pair)

    assert kinds(first) == ["ListAccepted", "OrderAccepted", "OrderAccepted"]
    assert [event.reason for event in only(second, ev.CommandRefused)] == [R.TOO_MANY_CONDITIONAL]


@pytest.mark.parametrize("falls", [None, 80])
def test_a_leg_whose_time_is_over_while_it_waits_does_not_begin(falls: int | None) -> None:
    """Good for a minute, and the working leg is filled after two: else it would fall due in the past."""
    world = World()
    till = Nanos(world.at + MINUTE)
    waiting = leg(SELL, 1, 110, falls=falls, tif=TimeInForce.GTD, good_till=till)
    orders = ids(places(world.taker, OTO, leg(BUY, 1, 90), waiting))
    world.at = Nanos(world.at + 2 * MINUTE)

    ended = only(world.maker.sells(1, at=90), ev.OrderExpired)

    assert [(event.order, event.refused) for event in ended] == [(orders[1], R.GOOD_TILL_INVALID)]


def test_what_is_locked_of_a_self_trade_is_no_more_than_the_fees_of_both_sides_leave() -> None:
    """Who has 1 BTC sells it to himself and pays 0.075 % of it: 0.99925 are there to be sold again."""
    world = World(taker_fee="0.001", bundle=Bundle("binance", discount_asset="BTC"))
    world.run(cmd.Withdraw(world.taker.no, "spot", "BTC", Amount(units(999))))
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 1))
    places(world.taker, OPO, leg(BUY, 1, 100), leg(SELL, 0, 110))

    events = world.taker.sells(1, at=100)

    assert [event.amount for event in only(events, ev.ProceedsLocked)] == [units("0.99925")]
