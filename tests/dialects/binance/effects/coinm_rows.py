"""What each COIN-M call is asked with: as on USDⓈ-M about other contracts, and what only COIN-M has."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.dialects.binance.effects import usdm_rows
from tests.dialects.binance.effects.coinm_day import ETHER, PERP
from tests.dialects.binance.effects.effect import ABSENT, Row

SAME_ROWS: Final = (
    "GET aggTrades",
    "GET klines",
    "GET continuousKlines",
    "GET markPriceKlines",
    "GET indexPriceKlines",
    "GET premiumIndexKlines",
    "GET depth",
    "GET trades",
    "GET historicalTrades",
    "GET fundingRate",
    "GET openInterest",
    "GET order",
    "DELETE order",
    "PUT order",
    "GET openOrder",
    "GET orderAmendment",
    "POST order",
    "POST algoOrder",
    "DELETE algoOrder",
    "GET algoOrder",
    "GET openAlgoOrders",
    "GET allAlgoOrders",
    "PUT batchOrders",
    "DELETE batchOrders",
    "DELETE allOpenOrders",
    "POST countdownCancelAll",
    "POST leverage",
    "POST positionSide/dual",
    "GET positionMargin/history",
    "GET forceOrders",
)
"""Calls of ``v1`` that are asked alike."""


def _inverse(what: Any) -> Any:
    """What is sent about a contract of USDⓈ-M, said of the one of COIN-M."""
    if isinstance(what, str):
        named = what.replace("BTCUSDT", PERP).replace("ETHUSDT", ETHER)
        # Pairs, and quantities in whole contracts.
        return {"0.1": "10", "0.2": "20"}.get(named, named)
    if isinstance(what, Mapping):
        return {
            name: {PERP: "BTCUSD", ETHER: "ETHUSD"}.get(_inverse(value), _inverse(value))
            if name == "pair"
            else _inverse(value)
            for name, value in what.items()
        }
    return tuple(_inverse(one) for one in what)


def _row(name: str) -> Row:
    method, _, path = name.partition(" ")
    row = usdm_rows.ROWS[f"{method} /fapi/v1/{path}"]
    values = {param: pair for param, pair in row.values.items() if param != "goodTillDate"}
    return Row(_inverse(row.base), _inverse(values), row.asker)


BTC: Final = {"symbol": PERP}
EITHER: Final[Mapping[str, Any]] = {
    "symbol": (PERP, ETHER, {"pair": ABSENT}),
    "pair": ("BTCUSD", "ETHUSD", {"symbol": ABSENT}),
}
_BATCHED: Final = json.dumps({
    **BTC, "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "59100", "timeInForce": "GTC",
})  # fmt: skip
ROWS: Final[Mapping[str, Row]] = {
    **{f"{name.replace(' ', ' /dapi/v1/')}": _row(name) for name in SAME_ROWS},
    **{
        f"GET /dapi/v1/{name}": Row(BTC, EITHER)
        for name in ("premiumIndex", "ticker/24hr", "ticker/price", "ticker/bookTicker", "openOrders")
    },
    "GET /dapi/v1/constituents": Row(values={"symbol": ("BTCUSD", "ETHUSD")}),
    "GET /dapi/v1/allOrders": Row(BTC, EITHER),
    "GET /dapi/v1/userTrades": Row(
        BTC,
        {
            **EITHER, "orderId": ("{BTCUSD_PERP taken 0}", "{BTCUSD_PERP taken 1}"), "fromId": (ABSENT, "{trade}"),
        },
    ),
    "POST /dapi/v1/batchOrders": Row(values={"batchOrders": (f"[{_BATCHED}]", f"[{_BATCHED},{_BATCHED}]")}),
    "POST /dapi/v1/marginType": Row(
        {"symbol": "BTCUSD_260626", "marginType": "ISOLATED"},
        {"symbol": ("BTCUSD_260626", ETHER), "marginType": ("ISOLATED", "CROSSED")},
    ),
    "POST /dapi/v1/positionMargin": Row(
        {"symbol": ETHER, "amount": "0.5", "type": "1"},
        {"positionSide": ("BOTH", "LONG"), "amount": ("0.5", "0.6"), "type": ("1", "2")},
    ),
    "GET /dapi/v1/positionRisk": Row(values={"marginAsset": ("BTC", "ETH")}),
    "GET /dapi/v1/income": Row(
        values={
            "symbol": (PERP, ETHER), "incomeType": ("FUNDING_FEE", "COMMISSION"), "startTime": (ABSENT, "{hour1}"),
            "endTime": (ABSENT, "{hour1}"),
        }
    ),
}  # fmt: skip
WITHOUT: Final[Mapping[tuple[str, str], str]] = {
    ("POST /dapi/v1/order", "workingType"): "judged; of no use to an order without a trigger",
    ("POST /dapi/v1/order", "goodTillDate"): "there are no such orders here",
    ("POST /dapi/v1/algoOrder", "goodTillDate"): "there are no such orders here",
}
"""Parameters that are read and change nothing, and why. Calls served in part are not looked at here."""
