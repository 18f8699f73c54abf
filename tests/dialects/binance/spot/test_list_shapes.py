"""What a list may be made of, and the code of everything that does not go together.

Typed from the documentation ("Order lists", "Error codes", 2026-07-21), not from the code.
"""

from itertools import combinations, product

import pytest

from tests.dialects.binance.spot.bench import Bench
from tests.dialects.binance.spot.test_lists import OCO, OPO, OPOCO, OTO, OTOCO

TYPES = ("LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
LIMITED = ("LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")


def pair_code(side: str, above: str, below: str) -> int | None:
    """The code of a pair; None where it is a good one."""
    if above == below == "LIMIT_MAKER":
        return -1168
    profit, loss = (below, above) if side == "BUY" else (above, below)
    if loss == "LIMIT_MAKER":
        return -1165 if side == "BUY" else -1166
    if loss.startswith("TAKE_PROFIT"):
        return -1198 if side == "BUY" else -1199
    if profit.startswith("STOP_LOSS"):
        return -1196 if side == "BUY" else -1197
    return None


def leg(prefix: str, kind: str, price: str) -> dict[str, str]:
    """What a leg of that type must have, around *price*."""
    found = {f"{prefix}Type": kind}
    if kind in LIMITED:
        found[f"{prefix}Price"] = price
    if kind != "LIMIT_MAKER":
        found[f"{prefix}StopPrice"] = price
    if kind.endswith("_LIMIT"):
        found[f"{prefix}TimeInForce"] = "GTC"
    return found


@pytest.fixture
def market(bench: Bench) -> Bench:
    """The last price is 100."""
    bench.maker.sells("0.1", at=100)
    bench.third.buys("0.1", at=100)
    return bench


@pytest.mark.parametrize(("side", "above", "below"), list(product(("BUY", "SELL"), TYPES, TYPES)))
def test_two_types_go_together_or_have_the_code_that_says_why_not(
    market: Bench, side: str, above: str, below: str
) -> None:
    """Fifty pairs: twelve good ones, in OCO and, waiting for another order, in OTOCO."""
    alone = {
        "symbol": "BTCUSDT", "side": side, "quantity": "1", **leg("above", above, "110"), **leg("below", below, "90"),
    }  # fmt: skip
    waiting = {
        "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "50", "workingQuantity": "1",
        "workingTimeInForce": "GTC", "pendingSide": side, "pendingQuantity": "1",
        **leg("pendingAbove", above, "110"), **leg("pendingBelow", below, "90"),
    }  # fmt: skip

    first = market.signed(market.taker, "POST", "/api/v3/orderList/oco", **alone)
    market.signed(market.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    second = market.signed(market.taker, "POST", "/api/v3/orderList/otoco", **waiting)

    assert (first.code, second.code) == (pair_code(side, above, below),) * 2, (first.body, second.body)


VARIED = ("Price", "StopPrice", "TrailingDelta", "TimeInForce", "IcebergQty")
NEEDS = {
    "LIMIT_MAKER": {"Price"},
    "STOP_LOSS": set[str](),
    "STOP_LOSS_LIMIT": {"Price", "TimeInForce"},
    "TAKE_PROFIT": set[str](),
    "TAKE_PROFIT_LIMIT": {"Price", "TimeInForce"},
    "LIMIT": {"Price", "TimeInForce"},
    "MARKET": set[str](),
}
WAITS_FOR = {"StopPrice", "TrailingDelta"}
VALUES = {"Price": "110", "StopPrice": "110", "TrailingDelta": "100", "TimeInForce": "GTC", "IcebergQty": "0.5"}
SUBSETS = [frozenset(names) for size in range(len(VARIED) + 1) for names in combinations(VARIED, size)]


def leg_code(kind: str, sent: frozenset[str]) -> int | None:
    stops = kind.startswith(("STOP", "TAKE"))
    if NEEDS[kind] - sent or (stops and not sent & WAITS_FOR):
        return -1102
    may = NEEDS[kind] | (WAITS_FOR if stops else set()) | ({"IcebergQty"} if "LIMIT" in kind else set())
    return -1106 if sent - may else None


@pytest.mark.parametrize("kind", list(NEEDS))
def test_a_waiting_leg_is_taken_or_refused_as_its_type_is_documented(market: Bench, kind: str) -> None:
    """32 combinations of parameters of each type, as the pending order of an OTO."""
    sent = {
        "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "50", "workingQuantity": "1",
        "workingTimeInForce": "GTC", "pendingSide": "SELL", "pendingQuantity": "1", "pendingType": kind,
    }  # fmt: skip
    wrong = []

    for names in SUBSETS:
        more = {f"pending{name}": VALUES[name] for name in names}
        answer = market.signed(market.taker, "POST", "/api/v3/orderList/oto", **sent, **more)
        if answer.code != leg_code(kind, names):
            wrong.append((sorted(names), answer.body))
        market.signed(market.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")

    assert wrong == []


def without(sent: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in sent.items() if name not in names}


OLD = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"}
WRONG = [
    ("orderList/oco", {**OCO, "aboveType": "MARKET"}, -1158, "Order type not supported in OCO."),
    ("orderList/oco", {**OCO, "belowType": "LIMIT"}, -1158, None),
    ("orderList/oco", without(OCO, "belowType"), -1102, None),
    ("orderList/oco", without(OCO, "quantity"), -1102, None),
    ("orderList/oco", without(OCO, "belowStopPrice"), -1102, None),
    ("orderList/oco", {**OCO, "aboveTimeInForce": "GTC"}, -1106, None),
    (
        "orderList/oco",
        {**OCO, "belowTimeInForce": "IOC", "belowIcebergQty": "0.5"},
        -1160,
        "Parameter 'belowIcebergQty' is not supported if 'belowTimeInForce' is not GTC.",
    ),
    ("orderList/oco", {**OCO, "aboveStrategyType": "5"}, -1134, None),
    ("orderList/oco", {**OCO, "pendingType": "LIMIT"}, -1104, None),
    (
        "orderList/oco",
        {**OCO, "abovePrice": "99"},
        -2010,
        "The relationship of the prices for the orders is not correct.",
    ),
    ("orderList/oco", {**OCO, "aboveClientOrderId": "loss"}, -2010, "Duplicate order sent."),
    ("orderList/oco", {**OCO, "quantity": "2000"}, -2010, "Account has insufficient balance for requested action."),
    ("orderList/oco", {**OCO, "quantity": "0.0001"}, -1013, "Filter failure: LOT_SIZE"),
    ("orderList/oco", {**OCO, "symbol": "NOPE"}, -1121, "Invalid symbol."),
    ("order/oco", {**OLD, "stopLimitPrice": "89"}, -1102, None),
    ("order/oco", {**OLD, "stopLimitTimeInForce": "GTC"}, -1106, None),
    ("order/oco", {**OLD, "stopIcebergQty": "0.5"}, -1106, None),
    ("order/oco", {**OLD, "limitStrategyType": "5"}, -1134, None),
    ("order/oco", without(OLD, "stopPrice"), -1102, None),
    ("orderList/oto", {**OTO, "workingType": "MARKET"}, -1130, None),
    ("orderList/oto", {**OTO, "workingType": "STOP_LOSS"}, -1130, None),
    ("orderList/oto", without(OTO, "workingTimeInForce"), -1102, None),
    ("orderList/oto", without(OTO, "workingPrice"), -1102, None),
    ("orderList/oto", without(OTO, "workingQuantity"), -1102, None),
    ("orderList/oto", without(OTO, "pendingQuantity"), -1102, None),
    ("orderList/oto", {**OTO, "workingType": "LIMIT_MAKER"}, -1106, None),
    ("orderList/otoco", without(OTOCO, "pendingBelowType"), -1102, None),
    ("orderList/opo", {**OPO, "workingSide": "SELL"}, -1222, "Working order in an OPO list must be a bid."),
    ("orderList/opo", {**OPO, "pendingSide": "BUY"}, -1223, "Pending orders in an OPO list must be asks."),
    (
        "orderList/opo",
        {**OPO, "pendingQuantity": "1"},
        -1225,
        "Pending orders should not include the 'pendingQuantity' tag.",
    ),
    ("orderList/opoco", {**OPOCO, "pendingAboveType": "STOP_LOSS", "pendingAboveStopPrice": "5"}, -1197, None),
]


@pytest.mark.parametrize(("path", "sent", "code", "text"), WRONG)
def test_a_list_that_is_wrong_is_refused_whole(
    market: Bench, path: str, sent: dict[str, str], code: int, text: str | None
) -> None:
    """No order is left behind, and no money is held."""
    answer = market.signed(market.taker, "POST", f"/api/v3/{path}", **sent)

    assert (answer.status, answer.code) == (400, code), answer.body
    assert text is None or answer.body["msg"] == text
    assert market.signed(market.taker, "GET", "/api/v3/openOrders").body == []
    assert (market.taker.has("BTC"), market.taker.has("USDT")) == ((1_000, 0), (1_000_000, 0))
