"""Every combination of parameters of a new order is taken, or refused with the documented code.

The table below is the documentation's ("New order", "Error codes", 2026-07-21), typed from the page and not from the
code: for each type what must be there, what may be, and of which at least one must be.
"""

from itertools import combinations

import pytest

from tests.dialects.binance.spot.bench import Bench

VARIED = ("timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice", "trailingDelta", "icebergQty")
MUST = {
    "LIMIT": {"timeInForce", "quantity", "price"},
    "LIMIT_MAKER": {"quantity", "price"},
    "MARKET": set[str](),
    "STOP_LOSS": {"quantity"},
    "TAKE_PROFIT": {"quantity"},
    "STOP_LOSS_LIMIT": {"timeInForce", "quantity", "price"},
    "TAKE_PROFIT_LIMIT": {"timeInForce", "quantity", "price"},
}
ONE_OF = {
    "MARKET": {"quantity", "quoteOrderQty"},
    "STOP_LOSS": {"stopPrice", "trailingDelta"},
    "TAKE_PROFIT": {"stopPrice", "trailingDelta"},
    "STOP_LOSS_LIMIT": {"stopPrice", "trailingDelta"},
    "TAKE_PROFIT_LIMIT": {"stopPrice", "trailingDelta"},
}
MAY = {
    "LIMIT": {"icebergQty"},
    "LIMIT_MAKER": {"icebergQty"},
    "STOP_LOSS_LIMIT": {"icebergQty"},
    "TAKE_PROFIT_LIMIT": {"icebergQty"},
}
SUBSETS = [frozenset(names) for size in range(len(VARIED) + 1) for names in combinations(VARIED, size)]
CASES = [(kind, side) for kind in MUST for side in ("BUY", "SELL")]


def documented(kind: str, sent: frozenset[str]) -> int:
    """200, or the code the documentation has for it."""
    choice = ONE_OF.get(kind, set())
    if MUST[kind] - sent or (choice and not choice & sent):
        return -1102
    if sent - MUST[kind] - choice - MAY.get(kind, set()):
        return -1106
    return -1106 if kind == "MARKET" and choice <= sent else 200


def values(kind: str, side: str) -> dict[str, str]:
    """Good values around a last price of 100: what waits for a price above waits for 110, what for one below for 95."""
    above = kind.startswith("STOP_LOSS") is (side == "BUY")
    return {
        "timeInForce": "GTC",
        "quantity": "1",
        "quoteOrderQty": "50",
        "price": "90" if side == "BUY" else "120",
        "stopPrice": "110" if above else "95",
        "trailingDelta": "100",
        "icebergQty": "0.5",
    }


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_a_combination_of_parameters_is_taken_or_refused_as_documented(bench: Bench, kind: str, side: str) -> None:
    """128 combinations of each type and side, over REST and, where they are refused, over the WebSocket API."""
    bench.maker.sells(1, at=100)
    bench.third.buys(1, at=100)
    bench.maker.sells(100, at=101)
    bench.maker.buys(100, at=99)
    known = values(kind, side)
    wrong = []

    for names in SUBSETS:
        sent = {"symbol": "BTCUSDT", "side": side, "type": kind} | {name: known[name] for name in sorted(names)}
        answer = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)
        told = answer.code or answer.status
        if told != documented(kind, names):
            wrong.append((sorted(names), told, answer.body))
        if answer.status != 200:
            frame = bench.api("order.place", sent, bench.taker)
            assert frame["error"] == answer.body
        bench.signed(bench.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")

    assert wrong == []


LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}
STOP_LIMIT = {**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "110"}
MAKER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_MAKER", "quantity": "1", "price": "90"}
STOP = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "1", "stopPrice": "110"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
PEG = {"pegPriceType": "PRIMARY_PEG"}
BOTH = "Combination of optional fields invalid. Recommendation: 'pegOffsetType' and 'pegOffsetValue' must both be sent."
OFFSET = {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "1"}


@pytest.mark.parametrize(
    ("sent", "code", "text"),
    [
        ({**LIMIT, "timeInForce": "IOC", "icebergQty": "0.5"}, -1014, "Unsupported order combination."),
        ({**LIMIT, "timeInForce": "FOK", "icebergQty": "0.5"}, -1014, "Unsupported order combination."),
        ({**STOP_LIMIT, "timeInForce": "IOC", "icebergQty": "0.5"}, -1014, "Unsupported order combination."),
        ({**MAKER, "strategyType": "999999"}, -1134, "strategyType was less than 1000000."),
        ({**MARKET, **PEG}, -2010, "This order type may not use pegged price."),
        ({**STOP, **PEG}, -2010, "This order type may not use pegged price."),
        ({**LIMIT, **OFFSET}, -1106, "Parameter 'pegOffsetType' sent when not required."),
        ({**MAKER, "pegPriceType": "MARKET_PEG"}, -2010, "This price peg cannot be used with this order type."),
        ({**LIMIT, "timeInForce": "IOC", **PEG}, -2010, "This price peg cannot be used with this order type."),
        ({**LIMIT, "pegPriceType": "MIDDLE"}, -1210, "Invalid pegPriceType."),
        ({**LIMIT, **PEG, **OFFSET, "pegOffsetType": "BIPS"}, -1211, "Invalid pegOffsetType."),
        ({**LIMIT, **PEG, **OFFSET, "pegOffsetValue": "101"}, -1130, None),
        ({**LIMIT, **PEG, **OFFSET, "pegOffsetValue": "0"}, -1130, None),
        ({**LIMIT, **PEG, "pegOffsetValue": "1"}, -1128, BOTH),
        ({**STOP, "trailingDelta": "0"}, -1130, "Data sent for parameter 'trailingDelta' is not valid."),
        ({**STOP, "trailingDelta": "1.5"}, -1100, None),
        ({**STOP, "stopPrice": "110.123456789"}, -1111, "Parameter 'stopPrice' has too much precision."),
        ({**LIMIT, "icebergQty": "0.123456789"}, -1111, "Parameter 'icebergQty' has too much precision."),
        ({**LIMIT, "selfTradePreventionMode": "MAYBE"}, -1130, None),
    ],
)  # fmt: skip
def test_what_does_not_go_together_has_its_own_code(
    bench: Bench, sent: dict[str, str], code: int, text: str | None
) -> None:
    """No record is made of it."""
    before = bench.seq

    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **sent)

    assert (answer.status, answer.code, bench.seq) == (400, code, before)
    assert text is None or answer.body["msg"] == text
