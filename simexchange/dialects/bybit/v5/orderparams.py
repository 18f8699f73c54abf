"""What calls about orders may be sent with, as tables; each item of a batch is judged by the same ones.

"Place Order" and its neighbours (docs/v5/order, snapshot 2026-07-24, seen 2026-11).
"""

from collections.abc import Mapping
from typing import Any, Final

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, anything, boolean, checker, integer, one_of, text, texts_of
from simexchange.dialects.bybit.common.symbols import OPTION, SPOT
from simexchange.dialects.bybit.v5 import orderwords as words
from simexchange.dialects.bybit.v5.errors import BAD_ORDER_FILTER, BAD_STATUS
from simexchange.dialects.bybit.v5.requests import CATEGORY, CURSOR, STAMP, SYMBOL, limit
from simexchange.dialects.contract import ApiError, Check

NUMBER: Final = text(r"[0-9]{1,20}(\.[0-9]{1,20})?")
"""A decimal that is not below zero. How fine it may be depends on the market, so that is judged later."""
FLAG: Final = one_of(("0", "1"))
COIN: Final = text(r"[A-Z0-9]{1,20}")
WATCHED: Final = one_of(tuple(words.WATCHED))
MODES: Final = one_of(("Full", "Partial"))
ORDER_ID: Final = Param("orderId", text(r"[0-9A-Za-z-]{1,36}"))
LINK_ID: Final = Param("orderLinkId", text(r"[0-9A-Za-z_-]{1,36}"))
"""At most 36 letters, digits, dashes and underscores."""
FILTERS: Final = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")
FILTER: Final = Param("orderFilter", one_of((*FILTERS, "OpenOrder"), BAD_ORDER_FILTER))

PRICES: Final = (
    Param("takeProfit", NUMBER),
    Param("stopLoss", NUMBER),
    Param("tpTriggerBy", WATCHED),
    Param("slTriggerBy", WATCHED),
    Param("tpslMode", MODES),
    Param("tpLimitPrice", NUMBER),
    Param("slLimitPrice", NUMBER),
)
ORDER: Final = (
    CATEGORY,
    SYMBOL.needed(),
    Param("side", one_of(tuple(words.SIDES)), required=True),
    Param("orderType", one_of(tuple(words.KINDS)), required=True),
    Param("qty", NUMBER, required=True),
    Param("price", NUMBER),
    Param("timeInForce", one_of((*words.TIMES_IN_FORCE, "RPI"))),
    LINK_ID,
    Param("isLeverage", FLAG),
    Param("marketUnit", one_of(("baseCoin", "quoteCoin"))),
    Param("slippageToleranceType", one_of((words.TICK_SIZE, words.PERCENT, "UNKNOWN"))),
    Param("slippageTolerance", NUMBER),
    Param("triggerPrice", NUMBER),
    Param("triggerDirection", one_of(("0", "1", "2"))),
    Param("triggerBy", WATCHED),
    Param("orderFilter", one_of(FILTERS[:3], BAD_ORDER_FILTER)),
    Param("positionIdx", one_of(("0", "1", "2"))),
    Param("reduceOnly", boolean),
    Param("closeOnTrigger", boolean),
    Param("smpType", one_of(tuple(words.SMP_TYPES))),
    *PRICES,
    Param("tpOrderType", one_of(tuple(words.KINDS))),
    Param("slOrderType", one_of(tuple(words.KINDS))),
    Param("bboSideType", one_of(("Queue", "Counterparty"))),
    Param("bboLevel", integer(1, 5)),
)
ONE: Final = (CATEGORY, SYMBOL.needed(), ORDER_ID, LINK_ID)


def _together(sent: Mapping[str, str]) -> ApiError | None:
    """Parameters that call for each other."""
    if sent["orderType"] == "Limit" and not sent.get("price") and not sent.get("bboSideType"):
        return errors.missing("price")
    if bool(sent.get("bboSideType")) is not bool(sent.get("bboLevel")):
        return errors.invalid("bboSideType and bboLevel go together")
    return None


def _named(sent: Mapping[str, str]) -> ApiError | None:
    """One order is named by the venue's id or by the client's."""
    return (
        None if sent.get("orderId") or sent.get("orderLinkId") else errors.invalid("orderId or orderLinkId is required")
    )


def _chosen(sent: Mapping[str, str]) -> ApiError | None:
    """Of contracts it is said which; spot has few enough."""
    named = ("symbol", "baseCoin", "settleCoin")
    if sent["category"] in (SPOT, OPTION) or any(sent.get(name) for name in named):
        return None
    return errors.invalid("symbol, baseCoin or settleCoin is required")


def _chosen_linear(sent: Mapping[str, str]) -> ApiError | None:
    return _chosen(sent) if sent["category"] == "linear" and not _ids(sent) else None


def _ids(sent: Mapping[str, str]) -> bool:
    return bool(sent.get("orderId") or sent.get("orderLinkId"))


CREATE: Final = checker(*ORDER, then=_together)
AMEND_PARAMS: Final = (
    *ONE, Param("qty", NUMBER), Param("price", NUMBER), Param("triggerPrice", NUMBER), Param("triggerBy", WATCHED),
    *PRICES,
)  # fmt: skip
AMEND: Final = checker(*AMEND_PARAMS, then=_named)
CANCEL_PARAMS: Final = (*ONE, FILTER)
CANCEL: Final = checker(*CANCEL_PARAMS, then=_named)
WHICH: Final = (CATEGORY, SYMBOL, Param("baseCoin", COIN), Param("settleCoin", COIN))
CANCEL_ALL: Final = (*WHICH, FILTER, Param("stopOrderType", one_of(("Stop",))))
BATCH: Final = (CATEGORY, Param("request", anything, required=True))
DCP: Final = (
    Param("timeWindow", integer(3, 300), required=True),
    Param("product", one_of(("OPTIONS", "DERIVATIVES", "SPOT"))),
)

# Asking

STATUSES: Final = (
    "New", "PartiallyFilled", "Untriggered", "Rejected", "PartiallyFilledCanceled", "Filled", "Cancelled", "Triggered",
    "Deactivated",
)  # fmt: skip
TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))
REALTIME: Final = (*WHICH, ORDER_ID, LINK_ID, Param("openOnly", one_of(("0", "1", "2"))), FILTER, limit(50), CURSOR)
HISTORY: Final = (
    *WHICH, ORDER_ID, LINK_ID, FILTER, Param("orderStatus", one_of(STATUSES, BAD_STATUS)), *TIMES, limit(50), CURSOR,
)  # fmt: skip
EXEC_TYPES: Final = (
    "Trade", "AdlTrade", "Funding", "BustTrade", "Delivery", "Settle", "BlockTrade", "MovePosition", "FutureSpread",
    "CorporateAction",
)  # fmt: skip
EXECUTIONS: Final = (
    *WHICH, ORDER_ID, LINK_ID, Param("execType", one_of(EXEC_TYPES)), *TIMES, limit(100), CURSOR,
)  # fmt: skip
QUOTA: Final = (
    Param("category", one_of((SPOT,), errors.BAD_CATEGORY), required=True),
    SYMBOL.needed(),
    Param("side", one_of(tuple(words.SIDES)), required=True),
)


def most_of(category: str) -> int:
    """How many orders a batch may name."""
    return 10 if category == SPOT else 20


def read_batch(params: Mapping[str, str], raw: Mapping[str, Any]) -> list[dict[str, str]] | ApiError:
    """The items of a batch, each as parameters with the category of the call."""
    category, items = params["category"], raw.get("request")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return errors.invalid("request invalid")
    if not 0 < len(items) <= most_of(category):
        return errors.invalid(f"request must hold 1 to {most_of(category)} orders")
    return [{**texts_of(item), "category": category} for item in items]


chosen: Final[Check] = _chosen
chosen_linear: Final[Check] = _chosen_linear
