"""Orders as their owners see them."""

import pytest

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import (
    EndReason,
    OrderKind,
    OrderStatus,
    Side,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView, is_closed
from tests.projections.tale import ANN, BOB, BOT, PERP, SPOT, T0, Tale, closed, fill, units


@pytest.fixture
def tale() -> Tale:
    return Tale()


def test_an_accepted_order_is_new_and_open(tale: Tale) -> None:
    order = tale.accepts(ANN, Side.BUY, 2, 100, client_id="mine")

    row = tale.views.orders.get(order)
    assert row is not None
    assert (row.status, row.resting, row.filled, row.left) == (OrderStatus.NEW, True, 0, units(2))
    assert (row.accepted_at, row.working_at, row.client_id) == (T0, T0, "mine")
    assert tale.views.orders.open(ANN) == [row]


def test_a_sleeping_order_does_not_work_yet(tale: Tale) -> None:
    order = tale.accepts(ANN, Side.SELL, 1, more=Terms(trigger=Trigger(Price(units(90)), rising=False)))

    row = tale.views.orders.get(order)
    assert row is not None
    assert (row.status, row.working_at, row.is_open) == (OrderStatus.PENDING, 0, True)


def test_fills_add_up_and_the_last_one_is_shown(tale: Tale) -> None:
    """One of two at 100 with a fee of 0.25, then the other at 101 with 0.5 and a profit of 3."""
    order = tale.accepts(ANN, Side.SELL, 2, 100, market=PERP)
    first = fill(ANN, order, left=1, cum=100, fee=0.25)
    tale.step(tale.trade(fill(BOB), first, 1, 100, market=PERP))
    tale.later()
    second = fill(ANN, order, cum=201, fee=0.5, closed=closed(9, 1, 3, 98))
    tale.step(tale.trade(second, fill(BOB), 1, 101, market=PERP, aggressor=Side.SELL))

    row = tale.views.orders.get(order)
    assert row is not None
    assert (row.status, row.left, row.filled, row.cum_quote) == (OrderStatus.FILLED, 0, units(2), units(201))
    assert (row.fee, row.realised, row.trades) == (units(0.75), units(3), 2)
    assert (row.last_price, row.last_qty, row.last_fee, row.last_trade_id) == (units(101), units(1), units(0.5), 2)
    assert (row.last_is_maker, row.updated_at, row.accepted_at) == (False, T0 + SECOND, T0)
    assert tale.views.orders.open(ANN) == []


def test_an_order_with_fills_left_is_partially_filled(tale: Tale) -> None:
    order = tale.accepts(ANN, Side.BUY, 2, 100)

    tale.step(tale.trade(fill(BOB), fill(ANN, order, left=1.5, cum=50), 0.5, 100, aggressor=Side.SELL))

    row = tale.views.orders.get(order)
    assert row is not None
    assert (row.status, row.filled, row.last_is_maker, row.resting) == (
        OrderStatus.PARTIALLY_FILLED, units(0.5), True, True,
    )  # fmt: skip


def test_a_canceled_and_an_expired_order_keep_their_reason(tale: Tale) -> None:
    canceled = tale.accepts(ANN, Side.BUY, 2, 100)
    expired = tale.accepts(ANN, Side.BUY, 3)
    tale.ends(canceled, ANN, left=2)
    tale.step(
        ev.OrderExpired(expired, ANN, SPOT, Quantity(units(3)), Amount(0), EndReason.MARKET_UNFILLED),
    )

    rows = tale.views.orders.history(ANN, SPOT)
    assert [(row.status, row.end_reason) for row in rows] == [
        (OrderStatus.CANCELED, EndReason.USER),
        (OrderStatus.EXPIRED, EndReason.MARKET_UNFILLED),
    ]
    assert not any(row.is_open or row.resting for row in rows)


def test_the_newest_order_of_a_client_id_comes_first(tale: Tale) -> None:
    """A client id may be used again once its order is closed; the same id elsewhere is another order."""
    first = tale.accepts(ANN, Side.BUY, 1, 100, client_id="x")
    tale.ends(first, ANN, left=1)
    second = tale.accepts(ANN, Side.BUY, 1, 99, client_id="x")
    tale.accepts(ANN, Side.BUY, 1, 99, client_id="x", market=PERP)
    tale.accepts(BOB, Side.BUY, 1, 99, client_id="x")

    orders = tale.views.orders
    assert [row.id for row in orders.with_client_id(ANN, SPOT, "x")] == [second, first]
    latest = orders.latest(ANN, SPOT, "x")
    assert latest is not None
    assert latest.id == second
    assert orders.latest(ANN, SPOT, "y") is None


def test_open_orders_are_ascending_and_per_market(tale: Tale) -> None:
    ids = [tale.accepts(ANN, Side.BUY, 1, 100 - n, market=market) for n, market in enumerate((SPOT, PERP, SPOT))]

    orders = tale.views.orders
    assert [row.id for row in orders.open(ANN)] == ids
    assert [row.id for row in orders.open(ANN, SPOT)] == [ids[0], ids[2]]
    assert orders.open(BOB) == []


def test_history_is_paged_by_id_and_by_time(tale: Tale) -> None:
    """Five orders a second apart: without a beginning the newest, with one the oldest that fit."""
    ids = []
    for _ in range(5):
        ids.append(tale.accepts(ANN, Side.BUY, 1, 100))
        tale.later()

    def found(**asked: int) -> list[int]:
        return [ids.index(row.id) for row in tale.views.orders.history(ANN, SPOT, **asked)]  # type: ignore[arg-type]

    assert found(limit=2) == [3, 4]
    assert found(from_id=ids[1], limit=2) == [1, 2]
    assert found(start=T0 + SECOND, end=T0 + 3 * SECOND) == [1, 2, 3]
    assert found(end=T0 + 3 * SECOND, limit=2) == [2, 3]
    assert found(limit=0) == []


def test_history_over_all_markets_is_in_order_of_ids(tale: Tale) -> None:
    ids = [tale.accepts(ANN, Side.BUY, 1, 100, market=market) for market in (PERP, SPOT, PERP)]
    tale.ends(ids[1], ANN, left=1)

    assert [row.id for row in tale.views.orders.history(ANN)] == ids
    assert [row.id for row in tale.views.orders.history(ANN, keep=is_closed)] == [ids[1]]


def test_closed_orders_of_agents_are_gone(tale: Tale) -> None:
    order = tale.accepts(BOT, Side.BUY, 1, 100, client_id="b1")
    assert tale.views.orders.latest(BOT, SPOT, "b1") is tale.views.orders.get(order)

    tale.ends(order, BOT, left=1)

    assert tale.views.orders.get(order) is None
    assert tale.views.orders.open(BOT) == []
    assert tale.views.orders.history(BOT, SPOT) == []
    assert tale.views.orders.latest(BOT, SPOT, "b1") is None


def test_the_ring_lets_the_oldest_closed_orders_go_and_never_an_open_one() -> None:
    """Room for 8 closed orders, and an eighth more before the ring is cut back."""
    accounts = AccountsView(MarketsView())
    accounts.users.add(ANN)
    orders = OrdersView(accounts, keep=8)
    for n in range(1, 21):
        order = OrderId(n)
        accepted = ev.OrderAccepted(
            order, ANN, SPOT, Side.BUY, OrderKind.LIMIT, Quantity(1), Price(1), TimeInForce.GTC, f"c{n}", Amount(0)
        )
        orders.apply(n, Nanos(n), accepted)
        if n > 1:
            orders.apply(n, Nanos(n), ev.OrderCanceled(order, ANN, SPOT, Quantity(1), Amount(0), EndReason.USER))

    kept = [row.id for row in orders.history(ANN, SPOT)]
    assert kept[0] == 1
    assert kept[1:] == list(range(21 - len(kept) + 1, 21))
    assert 8 <= len(kept) - 1 <= 9
    assert orders.get(OrderId(2)) is None
    assert orders.latest(ANN, SPOT, "c2") is None
    assert orders.latest(ANN, SPOT, "c20") is not None


def test_a_refused_order_is_no_order_but_its_reason_is_kept(tale: Tale) -> None:
    refused = ev.OrderRejected(
        OrderId(77), RejectReason.QTY_BELOW_MIN, ANN, SPOT, Side.BUY, OrderKind.LIMIT, Quantity(1), Price(1),
        TimeInForce.GTC, "no",
    )  # fmt: skip
    tale.step(refused)

    orders = tale.views.orders
    assert orders.get(OrderId(77)) is None
    assert orders.latest(ANN, SPOT, "no") is None
    assert orders.history(ANN, SPOT) == []
    assert [(row.status, row.reject_reason) for row in orders.rejected(ANN)] == [
        (OrderStatus.REJECTED, RejectReason.QTY_BELOW_MIN)
    ]
