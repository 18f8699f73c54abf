"""Order lists as answers tell them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.events import OrderCanceled
from simexchange.core.vocabulary.ids import ListId
from simexchange.core.vocabulary.orders import ListKind
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import answers, responses
from simexchange.dialects.contract import Call
from simexchange.projections.lists import ListRow, Role
from simexchange.projections.orders import OrderRow

CONTINGENCIES: Final[Mapping[ListKind, str]] = {
    ListKind.OCO: "OCO",
    ListKind.OTO: "OTO",
    ListKind.OTOCO: "OTO",
    ListKind.OPO: "OTO",
    ListKind.OPOCO: "OTO",
}
"""The venue tells all lists with a working order alike."""


def summary(
    list_id: ListId, kind: ListKind, client_id: str, symbol: str, at: Nanos, rows: Iterable[OrderRow],
    options: responses.Options, *, is_open: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "orderListId": list_id,
        "contingencyType": CONTINGENCIES[kind],
        "listStatusType": "EXEC_STARTED" if is_open else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if is_open else "ALL_DONE",
        "listClientOrderId": client_id,
        "transactionTime": wire_time(at, options),
        "symbol": symbol,
        "orders": [{"symbol": symbol, "orderId": row.id, "clientOrderId": row.client_id} for row in rows],
    }


def told(call: Call, row: ListRow, symbol: str) -> dict[str, Any]:
    """A list as queries tell it."""
    return summary(
        row.id, row.kind, row.client_id, symbol, row.updated_at, legs_of(call, row), call.options, is_open=row.is_open
    )


def legs_of(call: Call, row: ListRow) -> list[OrderRow]:
    """The orders of a list, as far as they are kept."""
    return [order for number in row.orders if (order := call.views.orders.get(number)) is not None]


def pair_of(call: Call, row: ListRow) -> list[OrderRow]:
    """The two orders of a list that exclude each other, the one that works, or is older, first; empty where none do."""
    pair = [order for order in legs_of(call, row) if row.role(order.id) is not Role.WORKING]
    if len(pair) != 2:
        return []
    return sorted(pair, key=lambda order: (order.more is not None and order.more.trigger is not None, order.id))


def canceled(call: Call, row: ListRow, symbol: str, step: Step, cancel_id: str = "") -> dict[str, Any]:
    """A list as the cancel tells it that ended it in *step*: with a report of each order that it canceled.

    *cancel_id* is that of the cancel; where there is none, each order has one of its own.
    """
    found = told(call, row, symbol)
    reports = [event.order for event in step.events if isinstance(event, OrderCanceled)]
    found["orderReports"] = [
        answers.canceled(
            order, symbol, cancel_id or responses.cancel_id(order.account, order.id), step.at, call.options
        )
        for order in legs_of(call, row)
        if order.id in reports
    ]
    return found
