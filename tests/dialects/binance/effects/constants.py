"""Members that have one value for everybody and always, by product: with the reason, or the test that moves them."""

from collections.abc import Mapping
from typing import Final


def _because(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


CONSTANT: Final[Mapping[str, Mapping[str, str]]] = {
    "spot": {
        **_because("There is no chain behind a coin: every network is switched off.", """
            addressRegex busy depositAllEnable depositDesc depositEnable depositStatus estimatedArrivalTime freeze
            ipoable ipoing isDefault isLegalMoney memoRegex minConfirm minWithdrawAmount resetAddressStatus sameAddress
            specialTips storage unLockConfirm withdrawAllEnable withdrawDesc withdrawEnable withdrawFee
            withdrawIntegerMultiple withdrawMax withdrawMin withdrawStatus withdrawing
        """),
        **_because("Every market here takes such orders.", """
            allowTrailingStop amendAllowed cancelReplaceAllowed icebergAllowed isSpotTradingAllowed ocoAllowed
            opoAllowed otoAllowed pegInstructionsAllowed quoteOrderQtyMarketAllowed trading
        """),
        **_because("There is no margin trading.", """
            enableMargin interestBNBBurn isMarginEnabled isMarginTradingAllowed
        """),
        **_because("Every account may do what accounts may.", """
            accountType brokered canDeposit canTrade canWithdraw data isFutureEnabled permissions[] preventSor
            requireSelfTradePrevention vipLevel
        """),
        **_because("Keys are told apart in the tests of keys.", """
            createTime enableFixApiTrade enableFixReadOnly enableFutures enableInternalTransfer
            enablePortfolioMarginTrading enableReading enableSpotAndMarginTrading enableVanillaOptions
            enableWithdrawals ipRestrict permitsUniversalTransfer
        """),
        **_because("Nobody is watched for how they trade.", "GCR IFER UFR isLocked plannedRecoverTime"),
        **_because("No chain brought a deposit.", """
            address addressTag confirmTimes transferType unlockConfirm walletType
        """),
        **_because("No account of a family is frozen, or managed for somebody.", """
            feeTier isAssetManagementSubAccount isFreeze isManagedSubAccount isSubUserEnabled isUserActive mobile remark
        """),
        **_because("The tests of families move it, with contracts held and money in wallets of futures.", """
            initialMargin maintenanceMargin openOrderInitialMargin positionInitialMargin totalInitialMargin
            totalMaintenanceMargin totalOpenOrderInitialMargin totalPositionInitialMargin
            totalUnrealizedProfit unrealizedProfit
        """),
        **_because("Amounts have eight decimals.", """
            baseAssetPrecision baseCommissionPrecision quoteAssetPrecision quoteCommissionPrecision quotePrecision
        """),
        **_because("Zero in the venue's answers, too.", "buyerCommission sellerCommission"),
        **_because("One word here: the tests of routing, rules, averages and self-trades know the others.", """
            allocationType applyMaxToMarket applyMinToMarket askLimitMultDown bidLimitMultUp calculationType
            defaultSelfTradePreventionMode discount discountAsset enabledForSymbol externalCalculationId isAllocator
            mins ruleType takerPreventedQuantity usedSor
        """),
        **_because("The venue's words for always.", "M isBestMatch msg success timezone tradeGroupId"),
    },
    "usdm": {
        **_because("Every account may do what accounts may.", """
            canDeposit canTrade canWithdraw feeTier marginAvailable
        """),
        **_because("Amounts have eight decimals, multipliers four.", """
            baseAssetPrecision multiplierDecimal quotePrecision
        """),
        **_because("Of old contracts: what counts are the tiers.", "maintMarginPercent requiredMarginPercent"),
        **_because("The venue's words for always.", """
            algoType disclaimer futuresType timezone tradeGroupId underlyingType
        """),
        **_because("Nobody sets it here.", "clientTranId icebergQuantity notionalCoef tpOrderType"),
        **_because("There are no retail orders, and no shares that pay dividends.", "isRPITrade rateType"),
        **_because("The tests of deleveraging move it.", "BOTH HEDGE"),
        **_because("The tests of multi-assets mode move it.", "multiAssetsMargin"),
        **_because("The tests of dated contracts move it.", "annualizedBasisRate deliveryPrice deliveryTime"),
        **_because("The tests of indexes and of funding move it.", "exchange fundingRate weight"),
    },
    "coinm": {
        **_because("Every account may do what accounts may.", "canDeposit canTrade canWithdraw feeTier"),
        **_because("Amounts have eight decimals, multipliers four, contracts are whole.", """
            baseAssetPrecision equalQtyPrecision multiplierDecimal quantityPrecision quotePrecision
        """),
        **_because("Of old contracts: what counts are the tiers.", "maintMarginPercent requiredMarginPercent"),
        **_because("The venue's words for always.", """
            algoType disclaimer quoteAsset timezone underlyingType
        """),
        **_because("Nobody sets it here.", """
            clientTranId goodTillDate icebergQuantity isAutoAddMargin notionalCoef tpOrderType
        """),
        **_because("The tests of deleveraging move it.", "BOTH HEDGE"),
        **_because("The tests of indexes and of funding move it.", "exchange fundingRate weight"),
    },
}  # fmt: skip
