"""In what our messages differ from the published payloads, and why. Data for the test of shapes.

Written ``without PATH``, ``with PATH`` or ``as another type PATH``; what lies inside of a path that is named is not
named again.
"""

from collections.abc import Mapping
from typing import Final

NEWER: Final = "The payload is older than the page (snapshot 2026-07-24), which has it."
ALIKE: Final = (
    "Another page has it (snapshot 2026-07-24), of a call or topic that tells of the same: ours has one row for both."
)
EMPTY: Final[Mapping[str, str]] = {
    "Endpoints/V5Api/ExchangeData/GetOptionSymbols": "There are no options.",
    "Endpoints/V5Api/ExchangeData/GetOptionTickers": "There are no options.",
    "Endpoints/V5Api/ExchangeData/GetHistoricalVolatility": "There are no options.",
    "Endpoints/V5Api/ExchangeData/GetLinearInverseSymbolsPreListing": "Nothing is auctioned before it trades.",
    "Endpoints/V5Api/ExchangeData/GetAnnouncements": "Nobody announces anything here.",
    "Endpoints/V5Api/Account/GetBorrowHistory": "There are no loans.",
    "Endpoints/V5Api/Account/GetWithdrawAddressList": "There is no chain: nothing is withdrawn to an address.",
    "Endpoints/V5Api/Account/GetWithdrawals": "There is no chain: nothing is withdrawn to an address.",
    "Endpoints/V5Api/Trading/GetSettlementHistory": "Sessions are settled of USDC contracts, which do not ship.",
    "Endpoints/V5Api/Trading/GetAssetExchangeHistory": "There is no conversion desk.",
    "JsonResponses/V5/Account/GetInternalDepositsAsync": "Nobody deposits from outside.",
}
"""Files whose rows cannot be had: everything but what is inside of the list is compared."""

CUT: Final = "The payload was cut short: other examples of the page have it."
_E: Final = "Endpoints/V5Api/"
_NEWER_SPOT: Final = {
    "with result.list[].symbolId": NEWER,
    "with result.list[].symbolType": NEWER,
    "with result.list[].lotSizeFilter.maxLimitOrderQty": NEWER,
    "with result.list[].lotSizeFilter.maxMarketOrderQty": NEWER,
    "with result.list[].lotSizeFilter.postOnlyMaxLimitOrderSize": NEWER,
}
_NEWER_POSITION: Final = {
    f"with result.list[].{name}": NEWER
    for name in (
        "breakEvenPrice", "delta", "gamma", "vega", "theta", "openTime", "positionIMByMp", "positionMMByMp",
        "mmrSysUpdatedTime",
    )
}  # fmt: skip

_NEWER_ORDER: Final = ("createType", "cumFeeDetail", "marketUnit", "ocoTriggerBy", "parentOrderLinkId")
_SLIPPAGE: Final = ("slippageTolerance", "slippageToleranceType")

REFUSED: Final[Mapping[str, str]] = {
    "POST /v5/asset/withdraw/create": "Nothing leaves the exchange over the API.",
    "POST /v5/asset/withdraw/cancel": "Nothing leaves the exchange over the API.",
    "POST /v5/user/delete-api": "Keys are made and ended through the control API.",
    "POST /v5/user/update-api": "Keys are made and ended through the control API.",
    "POST /v5/user/create-sub-api": "Keys are made and ended through the control API.",
    "POST /v5/position/switch-isolated": "It is of classic accounts: a unified one is refused by the venue, too.",
    "POST /v5/spot-margin-trade/set-leverage": "Spot is not levered: nothing is borrowed.",
    "POST /v5/account/quick-repayment": "There are no loans: nothing is owed.",
}
"""Calls that are answered with a refusal of the venue's, and why."""

SILENT: Final[Mapping[str, str]] = {"greeks": "There are no options, so it has nothing to tell."}
"""Topics that can be subscribed and never speak."""

UNSERVED: Final[Mapping[str, str]] = {
    "tickers.BTC": "There are no options.",
    "publicTrade.BTC": "There are no options.",
    "spread.execution": "There is no spread trading.",
}
"""Topics that are not served."""

DIFFERENT: Final[Mapping[str, Mapping[str, str]]] = {
    _E + "ExchangeData/GetLinearInverseSymbols": {
        "with result.list[].symbolId": NEWER,
        "with result.list[].symbolType": NEWER,
        "with result.list[].isPreListing": NEWER,
        "with result.list[].preListingInfo": NEWER,
        "with result.list[].riskParameters": NEWER,
        "with result.list[].displayName": NEWER,
        "with result.list[].forbidUplWithdrawal": NEWER,
    },
    _E + "ExchangeData/GetLinearInverseTickers": {
        "with result.list[].singleOpenInterest": NEWER,
        "with result.list[].singleOpenInterestValue": NEWER,
        "with result.list[].preOpenPrice": NEWER,
        "with result.list[].preQty": NEWER,
        "with result.list[].curPreListingPhase": NEWER,
        "with result.list[].fundingIntervalHour": NEWER,
        "with result.list[].basisRateYear": NEWER,
        "with result.list[].fundingCap": NEWER,
    },
    _E + "ExchangeData/GetLongShortRatio": {"with result.nextPageCursor": NEWER},
    _E + "ExchangeData/GetOpenInterest": {"with result.list[].singleOpenInterest": NEWER},
    _E + "ExchangeData/GetOrderbook": {"with result.cts": NEWER},
    _E + "ExchangeData/GetRiskLimit": {
        "with result.list[].mmDeduction": NEWER,
        "with result.nextPageCursor": NEWER,
    },
    _E + "ExchangeData/GetSpotSymbols": {"with result.list[].innovation": NEWER, **_NEWER_SPOT},
    _E + "ExchangeData/GetTradeHistory": {
        "with result.list[].seq": NEWER,
        "with result.list[].isRPITrade": NEWER,
    },
    _E + "Account/GetAccountSpotSymbols": {"with result.list[].symbolId": NEWER},
    _E + "Account/GetApiKeyInfo": {
        "with result.permissions.BitCard": NEWER,
        "with result.permissions.ByXPost": NEWER,
        "with result.permissions.Earn": NEWER,
        "with result.permissions.FiatBitPay": NEWER,
        "with result.permissions.FiatConvertBroker": NEWER,
        "with result.permissions.FiatP2P": NEWER,
        "with result.permissions.Derivatives[]": "The payload's key may not trade them.",
        "without result.permissions.Options[]": "There are no options.",
    },
    _E + "Account/GetAssetInfo": {"with result.rows[].chains[].withdrawMax": NEWER},
    _E + "Account/GetAssetOverview": {"without result.list[].categories": "There is nothing but the two wallets."},
    _E + "Account/GetBalances": {
        "with result.list[].accountIMRateByMp": NEWER,
        "with result.list[].accountMMRateByMp": NEWER,
        "with result.list[].totalInitialMarginByMp": NEWER,
        "with result.list[].totalMaintenanceMarginByMp": NEWER,
        "with result.list[].coin[].colRes": NEWER,
        "with result.list[].coin[].spotBorrow": NEWER,
    },
    _E + "Account/GetCollateralInfo": {"with result.list[].otherBorrowAmount": NEWER},
    _E + "Account/GetDelayedWithdrawQuantity": {
        "with result.withdrawableAmount.UTA": NEWER,
        "without result.withdrawableAmount.SPOT": "Classic accounts have a spot wallet; a unified one has not.",
    },
    _E + "Account/GetMarginAccountInfo": {"with retExtInfo": CUT, "with time": CUT},
    _E + "Account/GetSpotMarginData": {"with retExtInfo": CUT, "with time": CUT},
    _E + "Account/GetTransactionHistory": {
        "with result.list[].extraFees": NEWER,
        "with result.list[].transSubType": NEWER,
    },
    _E + "Account/SetMarginMode": {
        "without result.reasons[]": "The payload is a refusal.",
        "with retExtInfo": CUT,
        "with time": CUT,
    },
    _E + "Account/SetSpotHedgingMode": {"with result": CUT, "with retExtInfo": CUT, "with time": CUT},
    _E + "Trading/GetClosedProfitLoss": {"with result.list[].openFee": NEWER, "with result.list[].closeFee": NEWER},
    _E + "Trading/GetDeliveryHistory": {"with result.list[].entryPrice": NEWER},
    _E + "Trading/GetOrders": {
        **{f"with result.list[].{name}": NEWER for name in _NEWER_ORDER},
        **{f"with result.list[].{name}": ALIKE for name in ("extraFees", *_SLIPPAGE)},
    },
    _E + "Trading/GetOrderHistory": {
        f"with result.list[].{name}": NEWER for name in (*_NEWER_ORDER, "extraFees", *_SLIPPAGE)
    },
    _E + "Trading/GetPositions": _NEWER_POSITION,
    _E + "Trading/GetUserTrades": {
        **{f"with result.list[].{name}": NEWER for name in ("createType", "execFeeV2", "extraFees")},
        **{f"with result.list[].{name}": ALIKE for name in ("execPnl", "isLeverage", "marketUnit")},
    },
    _E + "Trading/SetDisconnectCancelAll": {"with result": CUT, "with retExtInfo": CUT, "with time": CUT},
    "JsonResponses/V5/Trading/GetPositionsAsync": {
        **_NEWER_POSITION,
        **{
            f"with result.list[].{name}": NEWER
            for name in (
                "curRealisedPnl",
                "isReduceOnly",
                "leverageSysUpdatedTime",
                "mmrSysUpdateTime",
                "seq",
                "sessionAvgPrice",
            )
        },
    },
    "JsonResponses/V5/Trading/GetPositionsAsync2": {
        **{path: why for path, why in _NEWER_POSITION.items() if not path.endswith("mmrSysUpdatedTime")},
        **{f"with result.list[].{name}": NEWER for name in ("curRealisedPnl", "mmrSysUpdateTime", "sessionAvgPrice")},
    },
    "Subscriptions/V5/Linear/Ticker": {
        "with data.singleOpenInterest": NEWER,
        "with data.singleOpenInterestValue": NEWER,
        "with data.preOpenPrice": NEWER,
        "with data.preQty": NEWER,
        "with data.curPreListingPhase": NEWER,
        "with data.fundingIntervalHour": NEWER,
        "with data.fundingCap": NEWER,
    },
    "Subscriptions/V5/Linear/Trades": {"with data[].seq": NEWER, "with data[].RPI": NEWER},
    "Subscriptions/V5/Private/Balance": {
        f"with data[].{name}": NEWER
        for name in (
            "accountIMRateByMp",
            "accountMMRateByMp",
            "totalInitialMarginByMp",
            "totalMaintenanceMarginByMp",
            "coin[].colRes",
            "coin[].spotBorrow",
        )
    },
    "Subscriptions/V5/Private/MinimalUserTrades": {"with data[].isMaker": NEWER},
    "Subscriptions/V5/Private/Order": {
        "with data[].extraFees": ALIKE,
        **{
            f"with data[].{name}": NEWER
            for name in (*_NEWER_ORDER, *_SLIPPAGE, "closedPnl", "isLeverage", "rpiMatchedQty", "rpiTakerAccess")
        },
    },
    "Subscriptions/V5/Private/Position": {
        f"with data[].{name}": NEWER for name in ("breakEvenPrice", "openTime", "positionIMByMp", "positionMMByMp")
    },
    "Subscriptions/V5/Private/UserTrades": {
        f"with data[].{name}": NEWER for name in ("execFeeV2", "execPnl", "extraFees", "feeCurrency", "marketUnit")
    },
    "Subscriptions/V5/Spot/Trades": {
        "with data[].seq": NEWER,
        "with data[].RPI": NEWER,
        "without data[].L": "Of contracts alone, says the page.",
    },
    "Subscriptions/V5/Spot/Concurrent": {
        f"with data[].{name}": CUT
        for name in ("open", "close", "high", "low", "volume", "turnover", "confirm", "timestamp")
    },
    "JsonResponses/V5/ExchangeData/GetSpotSymbolsAsync": {
        "with result.list[].stTag": NEWER,
        "with result.list[].riskParameters.priceLimitRatioX": NEWER,
        "with result.list[].riskParameters.priceLimitRatioY": NEWER,
        "without result.list[].riskParameters.limitParameter": "The page has other names for it now.",
        "without result.list[].riskParameters.marketParameter": "The page has other names for it now.",
        **_NEWER_SPOT,
    },
}
"""File → difference → reason."""
