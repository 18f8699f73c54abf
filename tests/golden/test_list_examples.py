"""Order lists as Binance's own pages show them, typed from there, and what each becomes here.

Pages: binance/binance-spot-api-docs at a5e0bc3 (2026-07-21), `rest-api.md` sections "New Order list" (OCO, OTO,
OTOCO, OPO, OPOCO), "New OCO", "Cancel Order list" and "Cancel All Open Orders on a Symbol"; `user-data-stream.md`
for the words of the reasons; `faqs/opo.md`. Seen 2026-11.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import (
    EndReason,
    ListKind,
    OrderKind,
    OrderStatus,
    Side,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.lists import Role
from simexchange.projections.orders import OrderRow
from simexchange.projections.views import Views
from tests.core.world import Events, Person, World, only, units

BUY, SELL = Side.BUY, Side.SELL
NEW, ASLEEP, WAITING = OrderStatus.NEW, OrderStatus.PENDING, OrderStatus.WAITING
"""What the venue calls NEW, NEW with no working time, and PENDING_NEW."""


class Line(NamedTuple):
    """One order report of a page."""

    type: str
    side: Side
    price: str
    qty: str
    stop: str = ""
    iceberg: str = ""
    tif: TimeInForce = TimeInForce.GTC
    status: OrderStatus = NEW


class Sample(NamedTuple):
    """One list of a page; *last* is a price that the page's prices allow."""

    kind: ListKind
    last: str
    lines: tuple[Line, ...]


SAMPLES = {
    "New Order list - OCO": Sample(ListKind.OCO, "2", (
        Line("STOP_LOSS_LIMIT", SELL, "1.00000000", "5.00000000", "1.00000000", "1.00000000", status=ASLEEP),
        Line("LIMIT_MAKER", SELL, "3.00000000", "5.00000000"),
    )),
    "New OCO": Sample(ListKind.OCO, "0.5", (
        Line("STOP_LOSS", BUY, "0.000000", "0.624363", "0.960664", status=ASLEEP),
        Line("LIMIT_MAKER", BUY, "0.036435", "0.624363"),
    )),
    "New Order list - OTO": Sample(ListKind.OTO, "0.5", (
        Line("LIMIT", SELL, "1.00000000", "1.00000000"),
        Line("MARKET", BUY, "0.00000000", "5.00000000", status=WAITING),
    )),
    "New Order list - OTOCO": Sample(ListKind.OTOCO, "0.5", (
        Line("LIMIT", SELL, "1.00000000", "1.00000000"),
        Line("STOP_LOSS_LIMIT", BUY, "1.00000000", "5.00000000", "6.00000000", tif=TimeInForce.IOC, status=WAITING),
        Line("LIMIT_MAKER", BUY, "3.00000000", "5.00000000", status=WAITING),
    )),
    "New Order List - OPO": Sample(ListKind.OPO, "102300", (
        Line("LIMIT", BUY, "102264.00000000", "0.00060000"),
        Line("MARKET", SELL, "0.00000000", "0", status=WAITING),
    )),
    "New Order List - OPOCO": Sample(ListKind.OPOCO, "102500", (
        Line("LIMIT", BUY, "102496.00000000", "0.00170000"),
        Line("STOP_LOSS_LIMIT", SELL, "101613.00000000", "0", "10100.00000000", status=WAITING),
        Line("LIMIT_MAKER", SELL, "104261.00000000", "0", status=WAITING),
    )),
    "Cancel Order list": Sample(ListKind.OCO, "2", (
        Line("STOP_LOSS_LIMIT", SELL, "1.00000000", "10.00000000", "1.00000000", status=ASLEEP),
        Line("LIMIT_MAKER", SELL, "3.00000000", "10.00000000"),
    )),
    "Cancel All Open Orders": Sample(ListKind.OCO, "0.2", (
        Line("STOP_LOSS_LIMIT", BUY, "0.668611", "0.690354", "0.378131", "0.017083", status=ASLEEP),
        Line("LIMIT_MAKER", BUY, "0.008791", "0.690354", iceberg="0.639962"),
    )),
}  # fmt: skip


class Page:
    """A market with the page's last price, the views, and somebody who places what the page shows."""

    def __init__(self, sample: Sample, fee: str = "0") -> None:
        self.world = world = World(maker_fee=fee)
        market = Market("spot:LTC-BTC", MarketKind.SPOT, "LTC", "BTC", "BTC", Price(100), Quantity(100))
        world.run(cmd.ListMarket(market))
        world.market = world.state.market_no[market.id]
        world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(units(fee)), Rate(0))))
        for person in world.people:
            for asset in ("LTC", "BTC"):
                world.run(cmd.Deposit(person.no, "spot", asset, Amount(1_000_000 * ONE)))
        self.views = Views()
        self.fold(_opening(world))
        self.fold(world.maker.sells(1, at=sample.last) + world.third.buys(1, at=sample.last))
        self.me: Person = world.taker
        self.sample = sample
        legs = tuple(_leg(line) for line in sample.lines)
        self.placed = self.does(cmd.PlaceList(self.me.no, world.market, sample.kind, legs, "the list"))

    def does(self, command: cmd.Command) -> Events:
        """Execute and fold."""
        return self.fold(self.world.run(command))

    def fold(self, events: Events) -> Events:
        """Tell the views."""
        for event in events:
            self.views.apply(1, self.world.at, event)
        return events

    @property
    def rows(self) -> list[OrderRow]:
        """The list's orders as the view has them."""
        found = [self.views.orders.get(no) for no in only(self.placed, ev.ListAccepted)[0].orders]
        return [row for row in found if row is not None]


def _opening(world: World) -> Events:
    state = world.state
    events: Events = [ev.ExchangeOpened(state.seed, Nanos(state.start))]
    events += [ev.MarketListed(market.no, market.spec) for market in state.markets.values()]
    events += [ev.AccountOpened(each.no, each.name, each.rules, each.account_class) for each in state.accounts.values()]
    return events


def _leg(line: Line) -> cmd.Leg:
    kind = OrderKind.LIMIT if "LIMIT" in line.type else OrderKind.MARKET
    tif = TimeInForce.POST_ONLY if line.type == "LIMIT_MAKER" else line.tif
    rising = line.type.startswith("STOP") is (line.side is BUY)
    trigger = Trigger(Price(units(line.stop)), rising=rising) if line.stop else None
    more = Terms(trigger=trigger, iceberg_qty=Quantity(units(line.iceberg or 0)), wire=line.type)
    return cmd.Leg(line.side, kind, Quantity(units(line.qty)), Price(units(line.price)), tif, "", more)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_list_stands_as_its_page_shows_it(name: str) -> None:
    """Each order with its number in a row, its quantity, its price, and whether it works, sleeps or waits."""
    page = Page(SAMPLES[name])

    rows = page.rows
    assert [row.id - rows[0].id for row in rows] == list(range(len(page.sample.lines)))
    for row, line in zip(rows, page.sample.lines, strict=True):
        assert (row.side, row.qty, row.price) == (line.side, units(line.qty), units(line.price))
        assert (row.filled, row.cum_quote, row.status) == (0, 0, line.status)
        assert bool(row.working_at) is (line.status is NEW)
    listed = page.views.lists.latest(page.me.no, page.world.market, "the list")
    assert listed is not None
    assert listed.is_open
    assert [row.order_list for row in rows] == [listed.id] * len(rows)
    working = Role.EXCLUDING if page.sample.kind is ListKind.OCO else Role.WORKING
    assert listed.role(rows[0].id) is working
    assert (listed.role(rows[-1].id) is Role.PENDING) is (working is Role.WORKING)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_canceled_list_is_all_canceled(name: str) -> None:
    """By its id, as the page of the cancel shows it, or with all others of the symbol."""
    page = Page(SAMPLES[name])
    order_list = only(page.placed, ev.ListAccepted)[0].order_list

    if name == "Cancel All Open Orders":
        page.does(cmd.CancelAll(page.me.no, page.world.market))
    else:
        page.does(cmd.CancelList(page.me.no, page.world.market, order_list))

    assert [row.status for row in page.rows] == [OrderStatus.CANCELED] * len(page.rows)
    listed = page.views.lists.get(order_list)
    assert listed is not None
    assert (listed.is_open, listed.reason) == (False, EndReason.USER)
    assert [page.me.has(asset)[1] for asset in ("LTC", "BTC")] == [0, 0]


def test_the_order_that_began_to_work_expires_the_other() -> None:
    """OCO_TRIGGER of the page: the sell at 3 trades one unit, and the stop at 1 is expired before."""
    page = Page(SAMPLES["New Order list - OCO"])

    events = page.fold(page.world.third.buys(1, at=3))

    stop, limit = page.rows
    assert [type(event) for event in events] == [ev.OrderAccepted, ev.OrderExpired, ev.TradeExecuted]
    assert (stop.status, stop.end_reason) == (OrderStatus.EXPIRED, EndReason.LIST_SIBLING)
    assert (limit.status, limit.left) == (OrderStatus.PARTIALLY_FILLED, units(4))


def test_a_working_order_that_is_filled_in_the_placement_leaves_the_pending_one_pending() -> None:
    """ "the pending order will still appear as PENDING_NEW": the record of the placement ends before it begins."""
    page = Page(SAMPLES["New Order list - OTO"])
    page.does(cmd.CancelAll(page.me.no, page.world.market))
    page.fold(page.world.third.buys(2, at=1) + page.world.maker.sells(5, at="1.5"))
    legs = tuple(_leg(line) for line in page.sample.lines)

    page.placed = page.fold(
        page.world.engine.execute(cmd.PlaceList(page.me.no, page.world.market, page.sample.kind, legs), page.world.at)
    )

    assert [row.status for row in page.rows] == [OrderStatus.FILLED, WAITING]
    step = page.world.state.pending()
    assert isinstance(step, cmd.StartLegs)
    page.does(step)
    assert [row.status for row in page.rows] == [OrderStatus.FILLED, OrderStatus.FILLED]


def test_a_working_order_that_expires_ends_the_phase() -> None:
    """OTO_PHASE_ONE_EXPIRED of the page."""
    page = Page(SAMPLES["New Order list - OTO"])
    page.does(cmd.CancelAll(page.me.no, page.world.market))
    line = page.sample.lines[0]._replace(tif=TimeInForce.IOC)
    legs = (_leg(line), _leg(page.sample.lines[1]))

    page.placed = page.does(cmd.PlaceList(page.me.no, page.world.market, ListKind.OTO, legs))

    assert [(row.status, row.end_reason) for row in page.rows] == [
        (OrderStatus.EXPIRED, EndReason.IOC_REMAINDER),
        (OrderStatus.EXPIRED, EndReason.LIST_PARENT),
    ]


def test_an_opo_sells_what_was_received_and_needed_nothing_before() -> None:
    """0.0006 less a fee of 0.1 % that the free balance pays: 0.0006 are locked, then sold."""
    page = Page(SAMPLES["New Order List - OPO"], fee="0.001")
    before = page.me.has("LTC")

    page.fold(page.world.maker.buys("0.001", at=102_000))
    page.fold(page.world.third.sells("0.0006", at=102_264))

    working, pending = page.rows
    assert before[1] == 0
    assert (working.status, working.fee) == (OrderStatus.FILLED, units("0.0000006"))
    assert (pending.status, pending.filled) == (OrderStatus.FILLED, units("0.0006"))
    assert page.me.has("LTC")[1] == 0
