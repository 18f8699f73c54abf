"""What each spot call is asked with, and the values of those of its parameters that are not the usual ones."""

from collections.abc import Mapping
from typing import Any, Final

from simexchange.dialects.binance.spot.listshapes import (
    ABOVE,
    BELOW,
    PAID,
    PAID_ABOVE,
    PAID_BELOW,
    PENDING,
    PENDING_ABOVE,
    PENDING_BELOW,
    WORKING,
)
from simexchange.dialects.binance.spot.shapes import ALONE, JUDGES, ROUTED, Leg
from tests.dialects.binance.effects import family_rows
from tests.dialects.binance.effects.effect import ABSENT, Row, Sent

Given = dict[str, Any]

BTC: Final = {"symbol": "BTCUSDT"}
LIMIT: Final = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "59100"}
STOP: Final = {
    "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "58900",
    "stopPrice": "59100",
}  # fmt: skip
PROFIT: Final = {**STOP, "type": "TAKE_PROFIT_LIMIT", "price": "60900", "stopPrice": "60950"}
TAKEN: Final = {"side": "SELL", "type": "LIMIT_MAKER", "quantity": "0.1", "price": "60900"}
PAYS: Final = {**STOP, "quantity": "1"}
"""What is paid has the quantity of what pays."""
PEGGED: Final = {"pegPriceType": "PRIMARY_PEG", "price": ABSENT}
OFFSET: Final = {**PEGGED, "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "1"}
TRAILED: Final = {"trailingDelta": "100", "stopPrice": ABSENT}


def leg(names: Leg, order: Sent) -> Sent:
    """The parameters of one order under the names that a call has for them."""
    return {names.name(plain): text for plain, text in order.items() if names.name(plain)}


def values(names: Leg, base: Sent, stop: Sent = STOP) -> Given:
    """Two values for each parameter of a leg whose order is *base*, or *stop* where only that has the parameter."""
    other = {} if "stopPrice" in base else {**dict.fromkeys(base, ABSENT), **stop}
    timed = {} if "timeInForce" in base else other
    price, part = base["price"], int(float(base["quantity"]) * 100)
    whole = {"type": "MARKET", "quantity": ABSENT, "price": ABSENT, "timeInForce": ABSENT}
    plain: Mapping[str, tuple[str, str, Sent]] = {
        "side": ("BUY", "SELL", {}),
        "type": (base["type"], "MARKET", {}),
        "timeInForce": ("GTC", "IOC", timed),
        "quantity": ("0.1", "0.2", {}),
        "quoteOrderQty": ("1000", "2000", whole),
        "price": (price, str(int(price) - 1), {}),
        "newClientOrderId": ("mine", "yours", {}),
        "strategyId": ("1", "2", {}),
        "strategyType": ("1000000", "1000001", {}),
        "stopPrice": (stop["stopPrice"], str(int(stop["stopPrice"]) + 1), other),
        "trailingDelta": ("100", "200", {**other, **TRAILED}),
        "icebergQty": (f"{part * 0.005}", f"{part * 0.006}", {}),
        "pegPriceType": ("PRIMARY_PEG", "MARKET_PEG", {**timed, "price": ABSENT}),
        "pegOffsetType": ("PRICE_LEVEL", ABSENT, {**timed, **OFFSET}),
        "pegOffsetValue": ("1", "2", {**timed, **OFFSET}),
    }
    return {
        names.name(word): (one, another, leg(names, more))
        for word, (one, another, more) in plain.items()
        if word in JUDGES and names.name(word)
    }


def judged(given: Given) -> Given:
    """For a call that places nothing: a value that is good, and one that is refused."""
    return {name: (pair[0], BAD[name], *pair[2:]) for name, pair in given.items()}


BAD: Final = {
    "side": "HOLD", "type": "LATER", "timeInForce": "GTX", "quantity": "0", "quoteOrderQty": "-1", "price": "0",
    "newClientOrderId": "?", "strategyId": "x", "strategyType": "1", "stopPrice": "0", "trailingDelta": "0",
    "icebergQty": "-1", "pegPriceType": "NONE", "pegOffsetType": "TICKS", "pegOffsetValue": "101",
    "newOrderRespType": "SHORT", "selfTradePreventionMode": "NEVER",
}  # fmt: skip
HOW: Final[Given] = {
    "newOrderRespType": ("ACK", "FULL"),
    "selfTradePreventionMode": ("EXPIRE_TAKER", "EXPIRE_MAKER"),
}
ONE: Final = {**BTC, "orderId": "{BTCUSDT open 1}"}
BY_OWN: Final = ("BTCUSDT-1", "BTCUSDT-2", {"orderId": ABSENT})
RESTRICTED: Final = ("ONLY_NEW", "ONLY_PARTIALLY_FILLED")
NEW: Final = {**BTC, **LIMIT}
REPLACING: Final = {**NEW, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": "{BTCUSDT open 1}"}
_orders: Final = {**HOW, **values(ALONE, LIMIT)}
_routed: Final = {**HOW, **values(ROUTED, LIMIT), "type": ("LIMIT", "MARKET")}
_rates: Final = {"computeCommissionRates": ("true", "false")}
_symbols: Final = {"symbols": ('["BTCUSDT"]', '["BTCUSDT","ETHUSDT"]', {"symbol": ABSENT})}


def _list(*legs: tuple[Leg, Sent], **more: Any) -> Row:
    """A call that places a list; what stands above takes a profit, what stands below stops a loss."""
    base: dict[str, str] = {**BTC}
    given: Given = {**HOW, "listClientOrderId": ("mine", "yours")}
    for names, order in legs:
        base |= leg(names, order)
        given |= values(names, order, PROFIT if names.prefix.lower().endswith("above") else STOP)
    return Row(base, {**given, **more})


ROWS: Final[Mapping[str, Row]] = {
    "GET /api/v3/exchangeInfo": Row(
        {},
        {
            "permissions": ("SPOT", "MARGIN"), "showPermissionSets": ("true", "false"),
            "symbolStatus": ("TRADING", "BREAK"),
        },
    ),
    "GET /api/v3/executionRules": Row(),
    "GET /api/v3/depth": Row(BTC, {"symbolStatus": ("TRADING", "HALT")}),
    "GET /api/v3/referencePrice/calculation": Row(BTC),
    "GET /api/v3/trades": Row(BTC),
    "GET /api/v3/historicalTrades": Row(BTC),
    "GET /api/v3/aggTrades": Row(BTC),
    "GET /api/v3/ticker": Row(BTC, {"windowSize": ("1h", "2h"), **_symbols}),
    "GET /api/v3/ticker/24hr": Row({}, {**_symbols}),
    "GET /api/v3/ticker/tradingDay": Row(BTC, {**_symbols, "timeZone": ("0", "8")}),
    "GET /api/v3/klines": Row({**BTC, "interval": "1h"}, {"timeZone": ("0", "8", {"interval": "1d"})}),
    "GET /api/v3/uiKlines": Row({**BTC, "interval": "1h"}, {"timeZone": ("0", "8", {"interval": "1d"})}),
    "POST /api/v3/order": Row(NEW, _orders),
    "POST /api/v3/order/test": Row({**NEW, "computeCommissionRates": "true"}, {**judged(_orders), **_rates}),
    "GET /api/v3/order": Row(ONE, {"origClientOrderId": BY_OWN}),
    "DELETE /api/v3/order": Row(ONE, {"origClientOrderId": BY_OWN, "cancelRestrictions": RESTRICTED}),
    "GET /api/v3/myPreventedMatches": Row(
        {**BTC, "orderId": "{BTCUSDT preventing}"},
        {
            "symbol": ("BTCUSDT", "ETHUSDT"),
            "orderId": ("{BTCUSDT preventing}", "{BTCUSDT open 1}"),
            "preventedMatchId": ("1", "2", {"orderId": ABSENT}),
            "fromPreventedMatchId": ("1", "99"),
            "limit": ("1", "2"),
        },
    ),
    "GET /api/v3/allOrders": Row(BTC),
    "GET /api/v3/myTrades": Row(
        BTC, {"orderId": ("{BTCUSDT taken 0}", "{BTCUSDT taken 1}"), "fromId": (ABSENT, "{BTCUSDT trade 2}")}
    ),
    "GET /api/v3/account": Row({}, {"omitZeroBalances": ("true", "false")}),
    "POST /api/v3/order/cancelReplace": Row(
        REPLACING,
        {
            **_orders,
            "cancelReplaceMode": ("STOP_ON_FAILURE", "ALLOW_FAILURE", {"cancelOrderId": "1"}),
            "cancelNewClientOrderId": ("mine", "yours"),
            "cancelOrigClientOrderId": ("BTCUSDT-1", "BTCUSDT-2", {"cancelOrderId": ABSENT}),
            "cancelOrderId": ("{BTCUSDT open 1}", "{BTCUSDT open 2}"),
            "cancelRestrictions": RESTRICTED,
        },
    ),
    "PUT /api/v3/order/amend/keepPriority": Row(
        {**ONE, "newQty": "0.5"}, {"origClientOrderId": BY_OWN, "newQty": ("0.5", "0.6")}
    ),
    "GET /api/v3/order/amendments": Row(ONE, {"fromExecutionId": (ABSENT, "{amendment}")}),
    "POST /api/v3/sor/order": Row(NEW, _routed),
    "POST /api/v3/sor/order/test": Row({**NEW, "computeCommissionRates": "true"}, {**judged(_routed), **_rates}),
    "GET /api/v3/myAllocations": Row(
        BTC,
        {"orderId": ("{routed 0}", "{routed 1}"), "fromAllocationId": ("{allocation 0}", "{allocation 2}")},
    ),
    "POST /api/v3/order/oco": Row(
        {**BTC, "side": "SELL", "quantity": "0.1", "price": "60900", "stopPrice": "59100", "stopLimitPrice": "59000",
         "stopLimitTimeInForce": "GTC"},
        {
            **HOW,
            "listClientOrderId": ("mine", "yours"), "side": ("BUY", "SELL"), "quantity": ("0.1", "0.2"),
            "limitClientOrderId": ("mine", "yours"), "price": ("60900", "60901"), "limitIcebergQty": ("0.05", "0.06"),
            "limitStrategyId": ("1", "2"), "limitStrategyType": ("1000000", "1000001"),
            "stopClientOrderId": ("mine", "yours"), "stopPrice": ("59100", "59101"),
            "stopLimitPrice": ("59000", "59001"), "stopLimitTimeInForce": ("GTC", "IOC"),
            "trailingDelta": ("100", "200"), "stopIcebergQty": ("0.05", "0.06"), "stopStrategyId": ("1", "2"),
            "stopStrategyType": ("1000000", "1000001"),
        },
    ),
    "POST /api/v3/orderList/oco": _list((ABOVE, TAKEN), (BELOW, STOP)),
    "POST /api/v3/orderList/oto": _list((WORKING, LIMIT), (PENDING, STOP)),
    "POST /api/v3/orderList/otoco": _list((WORKING, LIMIT), (PENDING_ABOVE, TAKEN), (PENDING_BELOW, STOP)),
    "POST /api/v3/orderList/opo": _list((WORKING, LIMIT), (PAID, PAYS), pendingQuantity=(ABSENT, "0.1")),
    "POST /api/v3/orderList/opoco": _list(
        (WORKING, LIMIT), (PAID_ABOVE, {**TAKEN, "quantity": "1"}), (PAID_BELOW, PAYS), pendingQuantity=(ABSENT, "0.1")
    ),
    "DELETE /api/v3/orderList": Row(
        {**BTC, "orderListId": "{list 1}"},
        {"orderListId": ("{list 1}", "{list 2}"), "listClientOrderId": ("list-1", "list-2", {"orderListId": ABSENT})},
    ),
    "GET /api/v3/orderList": Row(
        {"orderListId": "{list 1}"},
        {"orderListId": ("{list 1}", "{list 2}"), "origClientOrderId": ("list-1", "list-2", {"orderListId": ABSENT})},
    ),
    "GET /api/v3/allOrderList": Row({}, {"fromId": (ABSENT, "{list 1}")}),
    **family_rows.ROWS,
    "PUT /api/v3/userDataStream": Row({}, {"listenKey": ("key3", "other")}),
    "DELETE /api/v3/userDataStream": Row({}, {"listenKey": ("key3", "other")}),
}  # fmt: skip
WITHOUT: Final[Mapping[tuple[str, str], str]] = {
    **family_rows.WITHOUT,
    ("POST /api/v3/order/cancelReplace", "orderRateLimitExceededMode"): (
        "of use only to who has sent too many orders: spot/test_replacing.py shows it"
    ),
}
"""Parameters that are read and change nothing, and why. Calls served in part are not looked at here."""
