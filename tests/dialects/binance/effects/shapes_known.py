"""Where answers differ from published examples on purpose, and which members have one value by their nature.

The reasons name what was read for it: binance/binance-spot-api-docs (2026-07-21), developers.binance.com and answers of
the venue as clients report them, all seen 2026-11.
"""

from collections.abc import Mapping
from typing import Final

from tests.dialects.binance.effects.effect import ABSENT

_ONE: Final = {"symbol": "BTCUSDT"}
_PAIR: Final = {"pair": "BTCUSD", "contractType": "PERPETUAL", "symbol": ABSENT}
_ALGO: Final = {"algoId": "{BTCUSDT algo 0}"}
SENT: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(
        (
            "GET /api/v3/ticker/bookTicker", "GET /api/v3/ticker/price", "GET /api/v3/ticker/24hr",
            "GET /api/v3/ticker/tradingDay", "GET /fapi/v1/ticker/bookTicker", "GET /fapi/v1/ticker/price",
            "GET /fapi/v2/ticker/price", "GET /fapi/v1/ticker/24hr", "GET /fapi/v1/premiumIndex",
            "GET /fapi/v1/insuranceBalance",
        ),
        _ONE,
    ),
    "GET /fapi/v1/algoOrder": _ALGO,
    "DELETE /fapi/v1/algoOrder": _ALGO,
    "POST /api/v3/order": {"type": "MARKET", "price": ABSENT, "timeInForce": ABSENT},
    **dict.fromkeys(
        (
            "CoinFutures/ExchangeData/GetBasis", "CoinFutures/ExchangeData/GetOpenInterestHistory",
            "CoinFutures/ExchangeData/GetTakerBuySellVolumeRatio",
            "CoinFutures/ExchangeData/GetGlobalLongShortAccountRatio",
            "CoinFutures/ExchangeData/GetTopLongShortAccountRatio",
            "CoinFutures/ExchangeData/GetTopLongShortPositionRatio",
        ),
        _PAIR,
    ),
}  # fmt: skip
"""What the published call was asked with where it differs from the table of effects, by call or by example."""

EMPTY: Final[Mapping[str, str]] = {
    "GET /sapi/v1/spot/delist-schedule": "nothing is ever delisted by schedule",
    "GET /sapi/v1/capital/withdraw/history": "nobody took anything out: the tests of movements do",
    "GET /sapi/v1/asset/assetDividend": "nobody is paid for holding an asset",
    "GET /sapi/v1/asset/dribblet": "nobody has dust converted",
    "POST /sapi/v1/asset/get-funding-asset": "no money is in the wallet for funding at the end of the day",
    "GET /sapi/v1/margin/allPairs": "there is no margin trading",
    "GET /sapi/v1/margin/isolated/allPairs": "there is no margin trading",
    "PUT /fapi/v1/listenKey": "wants a key to be open: gateway tests show it",
    "DELETE /fapi/v1/listenKey": "wants a key to be open: gateway tests show it",
    "PUT /dapi/v1/listenKey": "wants a key to be open: gateway tests show it",
    "DELETE /dapi/v1/listenKey": "wants a key to be open: gateway tests show it",
    "GET /fapi/v1/indexInfo": "no shipped contract is on a composite index",
    "GET /api/v3/ping": "nothing in it",
    "GET /fapi/v1/ping": "nothing in it",
    "GET /dapi/v1/ping": "nothing in it",
}
"""Calls with nothing to compare, and why."""


def _because(reason: str, *differences: str) -> dict[str, str]:
    return dict.fromkeys(differences, reason)


_SINCE = "Came to the venue after the example was written."
_CLIENT = "The venue's own client has it (derivatives-trading-usds-futures 18.1.0), the example does not."
_ORIG_QUOTE = "origQuoteOrderQty came to spot answers in 2023-06, after the example."
_STOPS = "Only orders with a trigger or a trail have it, in the venue's live answers."
_ATTACHED = "Only orders with an attached stop have it, in the venue's live answers."
_FAILED = "The example has a row that failed; each row here was done."
_AS_DONE = "The example is of an order of another kind; such a member comes only where it applies."
_CLIENTS = "Models of the venue's own client have it (derivatives-trading-coin-futures 14.1.0)."
_AS_LINEAR = "As USDⓈ-M's answer has it, with which COIN-M's is one since 2026-06."
_AS_FORCED = "As the answer about forced orders has it, in the venue's own client."
_COPIED = "A member of COIN-M that the page of USDⓈ-M copied."


def _coin_order(place: str = "", *more: str) -> dict[str, str]:
    """An order of COIN-M, its members at *place*; *more* that the example left out as well."""
    clients = ("priceMatch", "selfTradePreventionMode", *more)
    return {
        **_because(_STOPS, f"without {place}activatePrice", f"without {place}priceRate"),
        **_because(_CLIENTS, *(f"with {place}{name}" for name in clients)),
        **_because(_AS_FORCED, f"with {place}goodTillDate"),
    }


_ROWS_FAILED = _because(_FAILED, "without [].code", "without [].msg")

DIFFERENT: Final[Mapping[str, Mapping[str, str]]] = {
    "CoinFutures/Account/GetAccountInfo": {
        **_because(_CLIENTS, "with positions[].notionalValue"),
        **_because(_AS_LINEAR, "with positions[].isolatedWallet"),
    },
    "CoinFutures/Account/GetBrackets": _because("Live answers call the floor so.", "with [].brackets[].qtyFloor"),
    "CoinFutures/Account/GetMarginChangeHistory": _because(_AS_LINEAR, "with [].clientTranId", "with [].deltaType"),
    "CoinFutures/Account/GetPositionAdlQuantileEstimation": _because(
        "Only where both sides of a market are held.", "without [].adlQuantile.HEDGE"
    ),
    "CoinFutures/Account/GetPositionInformation": _because(_AS_LINEAR, "with [].isolatedWallet"),
    "CoinFutures/ExchangeData/GetExchangeInfo": {
        **_because(_SINCE, "with symbols[].maxMoveOrderLimit", "with symbols[].permissionSets"),
        **_because("A text in live answers.", "as another type symbols[].filters[].multiplierDecimal"),
    },
    "CoinFutures/ExchangeData/GetFundingInfo": _because(_SINCE, "with [].updateTime"),
    "CoinFutures/ExchangeData/GetIndexPriceConstituents": _because(
        _CLIENTS, "with constituents[].price", "with constituents[].weight"
    ),
    "CoinFutures/Trading/CancelMultipleOrders": {**_coin_order("[].", "pair"), **_ROWS_FAILED},
    "CoinFutures/Trading/CancelOrder": _coin_order(),
    "CoinFutures/Trading/GetForcedOrders": _because(
        _AS_LINEAR, "with [].goodTillDate", "with [].priceMatch", "with [].selfTradePreventionMode"
    ),
    "CoinFutures/Trading/GetOpenOrder": _coin_order(),
    "CoinFutures/Trading/GetOpenOrders": _coin_order("[].", "pair"),
    "CoinFutures/Trading/GetOrder": _coin_order("", "positionSide"),
    "CoinFutures/Trading/GetOrders": _coin_order("[]."),
    "CoinFutures/Trading/PlaceMultipleOrders": {**_coin_order("[].", "closePosition"), **_ROWS_FAILED},
    "CoinFutures/Trading/PlaceOrder": _coin_order(),
    "Spot/Account/GetAPIKeyPermissions": _because(_SINCE, "with enableFixApiTrade", "with enableFixReadOnly"),
    "Spot/Account/GetCommissionRates": _because(_SINCE, "with specialCommission"),
    "Spot/Account/GetUserAssets": _because(
        "Live answers have it; the page's example left it out.", "with [].networkList[].resetAddressStatus"
    ),
    "Spot/ExchangeData/GetAssetDetails": _because(
        "Its members are called by assets, and there are others here.",
        "with BNB", "with BTC", "with ETH", "with USDC", "with USDT", "without CTR", "without SKY",
    ),
    "Spot/ExchangeData/GetExchangeInfo": _because(
        _SINCE,
        "with rateLimits[].interval", "with rateLimits[].intervalNum", "with rateLimits[].limit",
        "with rateLimits[].rateLimitType", "with sors", "with symbols[].amendAllowed",
        "with symbols[].baseCommissionPrecision", "with symbols[].filters[]", "with symbols[].opoAllowed",
        "with symbols[].otoAllowed", "with symbols[].pegInstructionsAllowed", "with symbols[].permissionSets",
        "with symbols[].quoteCommissionPrecision",
    ),
    "Spot/ExchangeData/GetExecutionRules": _because(
        "Only the sides that the market's rules bound are told.",
        "without symbolRules[].rules[].askLimitMultDown", "without symbolRules[].rules[].askLimitMultUp",
        "without symbolRules[].rules[].bidLimitMultDown",
    ),
    "Spot/ExchangeData/GetReferencePriceCalculation": _because(
        "The example is of a price that trades make; this one is set from outside.",
        "without bucketCount", "without bucketWidthMs",
    ),
    "Spot/Trading/AmendOrder": {
        **_because(
            "The REST page's answer names them so; the example has the older names of the query.",
            "with amendedOrder.cumulativeQuoteQty", "with amendedOrder.origClientOrderId",
            "with amendedOrder.preventedQty", "with amendedOrder.qty", "with amendedOrder.quoteOrderQty",
        ),
        **_because(
            "Not in the REST page's answer.",
            "without amendedOrder.cummulativeQuoteQty", "without amendedOrder.icebergQty",
            "without amendedOrder.isWorking", "without amendedOrder.origQty", "without amendedOrder.origQuoteOrderQty",
            "without amendedOrder.preventedMatchId", "without amendedOrder.preventedQuantity",
            "without amendedOrder.stopPrice", "without amendedOrder.strategyId", "without amendedOrder.strategyType",
            "without amendedOrder.time", "without amendedOrder.trailingDelta", "without amendedOrder.trailingTime",
            "without amendedOrder.updateTime",
        ),
    },
    "Spot/Trading/CancelAllOrders": {
        **_because(_ORIG_QUOTE, "with [].origQuoteOrderQty"),
        **_because(
            "Among what is canceled here are lists.",
            "with [].contingencyType", "with [].listClientOrderId", "with [].listOrderStatus",
            "with [].listStatusType", "with [].orderReports", "with [].orders", "with [].transactionTime",
        ),
    },
    "Spot/Trading/CancelOcoOrder": _because(_ORIG_QUOTE, "with orderReports[].origQuoteOrderQty"),
    "Spot/Trading/CancelOrder": _because(_ORIG_QUOTE, "with origQuoteOrderQty"),
    "Spot/Trading/GetOrders": _because(
        _AS_DONE,
        "with [].expiryReason", "with [].preventedMatchId", "with [].preventedQuantity", "with [].usedSor",
        "with [].workingFloor",
    ),
    "Spot/Trading/GetPreventedTrades": _because(_SINCE, "with [].makerSymbol"),
    "Spot/Trading/PlaceOcoOrderList": {
        **_because(_AS_DONE, "without orderReports[].icebergQty"),
        **_because(_ORIG_QUOTE, "with orderReports[].origQuoteOrderQty"),
    },
    "Spot/Trading/PlaceOrder": _because(_ORIG_QUOTE, "with origQuoteOrderQty"),
    "Spot/Trading/PlaceOtoOrderList": {
        **_because(_AS_DONE, "with orderReports[].stopPrice"),
        **_because(_ORIG_QUOTE, "with orderReports[].origQuoteOrderQty"),
    },
    "Spot/Trading/PlaceOtocoOrderList": _because(_ORIG_QUOTE, "with orderReports[].origQuoteOrderQty"),
    "Spot/Trading/PlaceTestOrder": _because(_SINCE, "with specialCommissionForOrder"),
    "Spot/Trading/ReplaceOrder": _because(
        "The example is of a replacement that failed.",
        "without data", "with cancelResponse", "with cancelResult", "with newOrderResponse", "with newOrderResult",
    ),
    "UsdFutures/Account/GetAccountInfo": {
        **_because(
            "Live answers of v2 have it; the page's example left it out.",
            "with positions[].breakEvenPrice", "with positions[].isolatedWallet", "with positions[].notional",
        ),
        **_because(_CLIENT, "with feeBurn"),
    },
    "UsdFutures/Account/GetIncomeHistory": _because(
        "A number in live answers; the page's example has a text.", "as another type [].tranId"
    ),
    "UsdFutures/Account/GetMarginChangeHistory": _because(_SINCE, "with [].clientTranId"),
    "UsdFutures/Account/GetPositionAdlQuantileEstimation": _because(
        "Only where both sides of a market are held.", "without [].adlQuantile.HEDGE"
    ),
    "UsdFutures/Account/GetSymbolConfiguration": _because(
        "A truth value to the venue's own client (derivatives-trading-usds-futures 18.1.0).",
        "as another type [].isAutoAddMargin",
    ),
    "UsdFutures/Account/GetTradingStatus": _because(
        "Nobody is watched for how they trade, so there are no indicators.",
        "without indicators.BTCUSDT", "without indicators.ETHUSDT",
    ),
    "UsdFutures/ExchangeData/GetAggregatedTradeHistory": _because(_CLIENT, "with [].nq"),
    "UsdFutures/ExchangeData/GetFundingRates": _because(_CLIENT, "with [].rateType"),
    "UsdFutures/ExchangeData/GetRecentTrades": _because(_CLIENT, "with [].isRPITrade"),
    "UsdFutures/ExchangeData/GetTradeHistory": _because(_CLIENT, "with [].isRPITrade"),
    "UsdFutures/ExchangeData/GetExchangeInfo": {
        **_because(_SINCE, "with futuresType", "with symbols[].maxMoveOrderLimit", "with symbols[].permissionSets"),
        **_because("Live answers do not have it any more.", "without symbols[].settlePlan"),
        **_because("No shipped contract is of a theme.", "without symbols[].underlyingSubType[]"),
        **_because(
            "A text in live answers.",
            "as another type assets[].autoAssetExchange", "as another type symbols[].filters[].multiplierDecimal",
        ),
    },
    "Spot/Account/GetDepositHistory": _because(_SINCE, "with [].completeTime"),
    "UsdFutures/ExchangeData/GetFundingInfo": _because(_SINCE, "with [].updateTime"),
    **dict.fromkeys(
        (
            "UsdFutures/ExchangeData/GetOpenInterestHistory",
            "UsdFutures/ExchangeData/GetGlobalLongShortAccountRatio",
            "UsdFutures/ExchangeData/GetTakerBuySellVolumeRatio",
            "UsdFutures/ExchangeData/GetTopLongShortAccountRatio",
            "UsdFutures/ExchangeData/GetTopLongShortPositionRatio",
        ),
        _because("A number in live answers; the page's example has a text.", "as another type [].timestamp"),
    ),
    "UsdFutures/Trading/CancelConditionalOrder": {
        **_because("The page's answer says no more than that.", "with code", "with msg"),
        **_because(
            "The example is the answer of the query.",
            *(
                f"without {name}"
                for name in (
                    "algoStatus", "algoType", "closePosition", "createTime", "goodTillDate", "icebergQuantity",
                    "orderType", "positionSide", "price", "priceMatch", "priceProtect", "quantity", "reduceOnly",
                    "selfTradePreventionMode", "side", "symbol", "timeInForce", "triggerPrice", "triggerTime",
                    "updateTime", "workingType",
                )
            ),
        ),
    },
    "UsdFutures/Trading/CancelMultipleOrders": {
        **_because(_STOPS, "without [].activatePrice", "without [].priceRate"),
        **_because(_FAILED, "without [].code", "without [].msg"),
        **_because(_SINCE, "with [].avgPrice"),
    },
    "UsdFutures/Trading/CancelOrder": {
        **_because(_STOPS, "without activatePrice", "without priceRate"),
        **_because(_SINCE, "with avgPrice"),
    },
    "UsdFutures/Trading/EditMultipleOrders": {
        **_because(_COPIED, "without [].cumBase", "without [].pair", "with [].cumQuote"),
        **_because(_FAILED, "without [].code", "without [].msg"),
    },
    "UsdFutures/Trading/EditOrder": _because(_COPIED, "without cumBase", "without pair", "with cumQuote"),
    "UsdFutures/Trading/GetConditionalOrder": _because(
        _ATTACHED, "without slPrice", "without slTriggerPrice", "without tpPrice", "without tpTriggerPrice"
    ),
    "UsdFutures/Trading/GetConditionalOrders": _because(
        _ATTACHED, "without [].slPrice", "without [].slTriggerPrice", "without [].tpPrice", "without [].tpTriggerPrice"
    ),
    "UsdFutures/Trading/GetForcedOrders": _because(
        _SINCE,
        "with [].goodTillDate", "with [].priceMatch", "with [].priceProtect", "with [].selfTradePreventionMode",
    ),
    "UsdFutures/Trading/GetOpenConditionalOrders": {
        **_because(
            _ATTACHED,
            "without [].slPrice", "without [].slTriggerPrice", "without [].tpPrice", "without [].tpTriggerPrice",
        ),
        **_because("As the query of one order has it.", "with [].actualQty", "with [].actualType"),
    },
    "UsdFutures/Trading/GetOpenOrder": _because(_STOPS, "without activatePrice", "without priceRate"),
    "UsdFutures/Trading/GetOpenOrders": _because(_STOPS, "without [].activatePrice", "without [].priceRate"),
    "UsdFutures/Trading/GetOrder": _because(_STOPS, "without activatePrice", "without priceRate"),
    "UsdFutures/Trading/GetOrders": _because(_STOPS, "without [].activatePrice", "without [].priceRate"),
    "UsdFutures/Trading/GetPositions": {
        **_because(
            "Members of v2, which the example is of.",
            "without [].isAutoAddMargin", "without [].leverage", "without [].marginType",
            "without [].maxNotionalValue",
        ),
        **_because(
            "Members of v3.",
            "with [].adl", "with [].askNotional", "with [].bidNotional", "with [].initialMargin",
            "with [].maintMargin", "with [].marginAsset", "with [].openOrderInitialMargin",
            "with [].positionInitialMargin",
        ),
    },
    "UsdFutures/Trading/PlaceConditionalOrder": _because(_STOPS, "without activatePrice", "without callbackRate"),
    "UsdFutures/Trading/PlaceMultipleOrders": {
        **_because(_STOPS, "without [].activatePrice", "without [].priceRate"),
        **_because(_FAILED, "without [].code", "without [].msg"),
        **_because(_SINCE, "with [].closePosition"),
    },
    "UsdFutures/Trading/PlaceOrder": _because(_STOPS, "without activatePrice", "without priceRate"),
}  # fmt: skip
"""Example → difference → why it is right. Each must be there: one that is not any more is struck out."""
