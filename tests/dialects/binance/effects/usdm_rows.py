"""What each USDⓈ-M call is asked with, and the values of those of its parameters that are not the usual ones."""

import json
from collections.abc import Mapping
from typing import Final

from tests.dialects.binance.effects.effect import ABSENT, Row, Sent

Given = Mapping[str, tuple[str, str] | tuple[str, str, Sent]]

BTC: Final = {"symbol": "BTCUSDT"}
LIMIT: Final = {**BTC, "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "59100", "timeInForce": "GTC"}
MARKET: Final = {**BTC, "side": "BUY", "type": "MARKET", "quantity": "1", "newOrderRespType": "RESULT"}
STOP: Final = {
    **BTC, "algoType": "CONDITIONAL", "side": "SELL", "type": "STOP", "triggerPrice": "59100", "price": "59090",
    "quantity": "0.1",
}  # fmt: skip
TRAILED: Final = {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "price": ABSENT, "triggerPrice": ABSENT}
BTC_260626: Final = {"symbol": "BTCUSDT_260626"}
COIN: Final[Sent] = {"pair": "BTCUSD", "contractType": "PERPETUAL", "symbol": ABSENT}
SPAN: Final[Given] = {
    "period": ("1h", "4h"), "startTime": (ABSENT, "{later}"), "endTime": (ABSENT, "{hour1}"), "limit": ("1", "2"),
}  # fmt: skip
STATISTICS: Final[Given] = {**SPAN, "pair": ("BTCUSD", "ETHUSD", {"symbol": ABSENT, "contractType": "PERPETUAL"})}
ONE: Final = {**BTC, "orderId": "{BTCUSDT open 1}"}
BY_OWN: Final = ("BTCUSDT-1", "BTCUSDT-2", {"orderId": ABSENT})
CHANGE: Final = {**ONE, "side": "BUY", "quantity": "2", "price": "59050"}
CANDLES: Final = {**BTC, "interval": "1h"}
PAIR: Final = {"pair": "BTCUSDT", "contractType": "PERPETUAL", "interval": "1h"}

_NEW: Final[Mapping[str, tuple[str, str] | tuple[str, str, Sent]]] = {
    "side": ("BUY", "SELL"),
    "type": ("LIMIT", "MARKET"),
    "positionSide": ("BOTH", "LONG"),
    "quantity": ("1", "2"),
    "price": ("59100", "59101"),
    "timeInForce": ("GTC", "IOC"),
    "reduceOnly": ("false", "true", {"side": "SELL", "price": "60900"}),
    "newOrderRespType": ("ACK", "RESULT", {**MARKET, "price": ABSENT, "timeInForce": ABSENT}),
    "closePosition": ("false", "true"),
    "newClientOrderId": ("mine", "BTCUSDT-1"),
    "workingType": ("MARK_PRICE", "CONTRACT_PRICE"),
    "goodTillDate": ("1774699999000", "1774700000000", {"timeInForce": "GTD"}),
    "priceMatch": ("QUEUE", "QUEUE_5", {"price": ABSENT}),
    "selfTradePreventionMode": ("EXPIRE_TAKER", "EXPIRE_BOTH"),
}
_BATCHED: Final = json.dumps({**LIMIT, "newOrderRespType": "ACK"})
_CHANGED: Final = (
    '{"symbol": "BTCUSDT", "orderId": "{BTCUSDT open 1}", "side": "BUY", "quantity": "2", "price": "59050"}'
)
ROWS: Final[Mapping[str, Row]] = {
    "GET /fapi/v1/depth": Row(BTC, {"limit": ("5", "10")}),
    "GET /fapi/v1/rpiDepth": Row(BTC, {"limit": ("1000", "500")}),
    "GET /fapi/v1/indexInfo": Row({}, {"symbol": (ABSENT, "BTCUSDT")}),
    "GET /fapi/v1/trades": Row(BTC),
    "GET /fapi/v1/historicalTrades": Row(BTC, {"fromId": ("1", "2")}),
    "GET /fapi/v1/aggTrades": Row(BTC, {"fromId": ("1", "2")}),
    "GET /fapi/v1/klines": Row(CANDLES),
    "GET /fapi/v1/continuousKlines": Row(PAIR),
    "GET /fapi/v1/markPriceKlines": Row(CANDLES),
    "GET /fapi/v1/indexPriceKlines": Row({"pair": "BTCUSDT", "interval": "1h"}),
    "GET /fapi/v1/premiumIndexKlines": Row(CANDLES),
    "GET /fapi/v1/fundingRate": Row(BTC),
    "GET /fapi/v1/openInterest": Row(BTC),
    "GET /fapi/v1/constituents": Row(BTC),
    "GET /fapi/v1/assetIndex": Row({}, {"symbol": ("USDTUSD", "BTCUSD")}),
    "GET /fapi/v1/insuranceBalance": Row({}, {"symbol": (ABSENT, "BTCUSDT")}),
    "GET /futures/data/openInterestHist": Row(
        {**BTC, "period": "1h"}, {**STATISTICS, "contractType": ("PERPETUAL", "CURRENT_QUARTER", COIN)}
    ),
    "GET /futures/data/takerBuySellVol": Row(
        {**COIN, "period": "1h"},
        {"contractType": ("PERPETUAL", "CURRENT_QUARTER"), **SPAN, "pair": ("BTCUSD", "ETHUSD")},
    ),
    # Only in one hour did a taker sell.
    "GET /futures/data/takerlongshortRatio": Row(
        {**BTC, "period": "1h"}, {**SPAN, "endTime": (ABSENT, "{hour0}"), "limit": ("1", "30")}
    ),
    "GET /futures/data/globalLongShortAccountRatio": Row({**BTC, "period": "1h"}, STATISTICS),
    "GET /futures/data/topLongShortAccountRatio": Row({**BTC, "period": "1h"}, STATISTICS),
    "GET /futures/data/topLongShortPositionRatio": Row({**BTC, "period": "1h"}, STATISTICS),
    "GET /futures/data/basis": Row({"pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "1h"}),
    "POST /fapi/v1/order": Row(LIMIT, _NEW),
    "POST /fapi/v1/order/test": Row(LIMIT, _NEW),
    "GET /fapi/v1/order": Row(ONE, {"origClientOrderId": BY_OWN}),
    "DELETE /fapi/v1/order": Row(ONE, {"origClientOrderId": BY_OWN}),
    "PUT /fapi/v1/order": Row(
        CHANGE,
        {
            "origClientOrderId": BY_OWN, "side": ("BUY", "SELL"), "quantity": ("2", "3"), "price": ("59050", "59051"),
            "priceMatch": ("QUEUE", "QUEUE_5", {"price": ABSENT}), "modifyId": (ABSENT, "7"),
            "reduceOnly": ("false", "true"),
        },
    ),
    "POST /fapi/v1/batchOrders": Row({}, {"batchOrders": (f"[{_BATCHED}]", f"[{_BATCHED},{_BATCHED}]")}),
    "PUT /fapi/v1/batchOrders": Row({}, {"batchOrders": (f"[{_CHANGED}]", f"[{_CHANGED},{_CHANGED}]")}),
    "DELETE /fapi/v1/batchOrders": Row({**BTC, "orderIdList": "[{BTCUSDT open 1}]"}),
    "GET /fapi/v1/openOrder": Row(ONE, {"origClientOrderId": BY_OWN}),
    "GET /fapi/v1/orderAmendment": Row(
        {**BTC, "orderId": "{BTCUSDT open 0}"},
        {
            "orderId": ("{BTCUSDT open 0}", "{BTCUSDT open 1}"), "origClientOrderId": ("BTCUSDT-0", "BTCUSDT-1",
            {"orderId": ABSENT}), "startTime": (ABSENT, "{modified 1}"), "endTime": (ABSENT, "{modified 0}"),
        },
    ),
    "GET /fapi/v1/allOrders": Row(BTC, {"orderId": ("{BTCUSDT open 1}", "{BTCUSDT open 2}")}),
    "DELETE /fapi/v1/allOpenOrders": Row(BTC),
    "GET /fapi/v1/userTrades": Row(
        BTC, {"orderId": ("{BTCUSDT taken 0}", "{BTCUSDT taken 1}"), "fromId": (ABSENT, "{BTCUSDT trade}")}
    ),
    "GET /fapi/v1/forceOrders": Row(
        {},
        {
            "symbol": ("ETHUSDT", "BTCUSDT"), "autoCloseType": ("LIQUIDATION", "ADL"),
            "startTime": (ABSENT, "{liquidated 1}"), "endTime": (ABSENT, "{liquidated 0}"),
        },
    ),
    "POST /fapi/v1/countdownCancelAll": Row(
        {**BTC, "countdownTime": "1000"}, {"countdownTime": ("1000", "2000")}
    ),
    "POST /fapi/v1/algoOrder": Row(
        STOP,
        {
            "algoType": ("CONDITIONAL", "VP"),
            "side": ("SELL", "BUY"),
            "type": ("STOP", "TAKE_PROFIT"),
            "positionSide": ("BOTH", "LONG"),
            "quantity": ("0.1", "0.2"),
            "price": ("59090", "59091"),
            "triggerPrice": ("59100", "59101"),
            "activatePrice": ("60900", "60901", TRAILED),
            "callbackRate": ("1", "2", TRAILED),
            "timeInForce": ("GTC", "IOC"),
            "workingType": ("MARK_PRICE", "CONTRACT_PRICE"),
            "priceProtect": ("true", "false"),
            "reduceOnly": ("true", "false"),
            "closePosition": ("true", "false", {"type": "STOP_MARKET", "price": ABSENT, "quantity": ABSENT}),
            "clientAlgoId": ("mine", "BTCUSDT-stop-0"),
            "goodTillDate": ("1774699999000", "1774700000000", {"timeInForce": "GTD"}),
            "priceMatch": ("QUEUE", "QUEUE_5", {"price": ABSENT}),
            "selfTradePreventionMode": ("EXPIRE_TAKER", "EXPIRE_BOTH"),
        },
    ),
    "DELETE /fapi/v1/algoOrder": Row(values={"clientAlgoId": ("BTCUSDT-stop-0", "BTCUSDT-stop-1")}),
    "GET /fapi/v1/algoOrder": Row(values={"clientAlgoId": ("BTCUSDT-stop-0", "BTCUSDT-stop-1")}),
    "GET /fapi/v1/openAlgoOrders": Row(values={"algoType": ("CONDITIONAL", "VP")}),
    "GET /fapi/v1/allAlgoOrders": Row(BTC),
    "POST /fapi/v1/leverage": Row({**BTC, "leverage": "20"}, {"leverage": ("20", "21")}),
    "POST /fapi/v1/marginType": Row({**BTC_260626, "marginType": "ISOLATED"}, {
        "symbol": ("BTCUSDT_260626", "ETHUSDT"), "marginType": ("ISOLATED", "CROSSED"),
    }),
    "POST /fapi/v1/positionSide/dual": Row(values={"dualSidePosition": ("true", "false")}, asker="third"),
    "POST /fapi/v1/multiAssetsMargin": Row(values={"multiAssetsMargin": ("true", "false")}, asker="third"),
    "POST /fapi/v1/positionMargin": Row({"symbol": "ETHUSDT", "amount": "5", "type": "1"}, {
        "positionSide": ("BOTH", "LONG"), "amount": ("5", "6"), "type": ("1", "2"),
    }),
    "GET /fapi/v1/positionMargin/history": Row(
        {"symbol": "ETHUSDT"},
        {"type": ("1", "2"), "startTime": (ABSENT, "{hour1}"), "endTime": (ABSENT, "{hour1}")},
    ),
    "GET /fapi/v1/income": Row(
        {},
        {
            "incomeType": ("FUNDING_FEE", "COMMISSION"), "startTime": (ABSENT, "{hour1}"),
            "endTime": (ABSENT, "{hour1}"), "page": ("1", "2", {"limit": "5"}),
        },
    ),
    "POST /fapi/v1/feeBurn": Row(values={"feeBurn": ("true", "false")}),
}  # fmt: skip
WITHOUT: Final[Mapping[tuple[str, str], str]] = {
    ("POST /fapi/v1/order", "workingType"): "judged; of no use to an order without a trigger",
    ("POST /fapi/v1/order/test", "workingType"): "as POST order",
    ("POST /fapi/v1/order/test", "newOrderRespType"): "judged; nothing was placed, so there is one form to answer in",
}
"""Parameters that are read and change nothing, and why. Calls served in part are not looked at here."""
