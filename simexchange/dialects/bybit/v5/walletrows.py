"""What an account has, as ``wallet-balance`` and the topic ``wallet`` show it. Every figure is the core's.

"Get Wallet Balance" (docs/v5/account/wallet-balance.mdx, snapshot 2026-07-24, seen 2026-11). Nothing is lent for
spot or bears interest, so that such fields are "0"; those that page calls deprecated are "" as there. Figures of the
whole account are not applicable to isolated margin, and "" but for the equity.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import coins, collateral
from simexchange.core.marginstates import UNBOUNDED
from simexchange.core.vocabulary.ids import market_of
from simexchange.dialects.bybit.common.numbers import print_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.core.accounts import Account
    from simexchange.core.marginstates import AccountState, CoinState
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

Json = dict[str, Any]

UNIFIED: Final = "unified"
"""The core's name of the wallet that everything is traded from."""
FUND: Final = "funding"
MOST_RATE: Final = "99999999"
"""What is shown of a ratio to nothing; not published."""


def wallet_row(
    state: "ExchangeState", views: "Views", account: "Account", assets: "Iterable[str] | None" = None
) -> Json:
    """An account of type ``UNIFIED``; *assets*: which coins, else those that are not empty."""
    shown = coins.assets_of(state, account) if assets is None else assets
    rows = [coins.coin_state(state, account, asset) for asset in shown]
    if assets is None:
        # Assets are known of every wallet of the account; here it is the one.
        rows = [row for row in rows if row.wallet or row.equity or row.position_initial or row.order_initial]
    return {
        "accountType": "UNIFIED",
        **_whole(state, account),
        "accountLTV": "",
        "coin": [coin_row(state, views, account, row) for row in rows],
    }


def _whole(state: "ExchangeState", account: "Account") -> Json:
    found = coins.account_state(state, account)
    if found is None:
        every = [coins.coin_state(state, account, asset) for asset in coins.assets_of(state, account)]
        return {**dict.fromkeys(_FIELDS, ""), "totalEquity": print_plain(sum(each.value for each in every))}
    return _figures(found)


def _figures(found: "AccountState") -> Json:
    return {
        "totalEquity": print_plain(found.equity),
        "totalWalletBalance": print_plain(found.wallet),
        "totalMarginBalance": print_plain(found.margin_balance),
        "totalAvailableBalance": print_plain(found.available),
        "totalPerpUPL": print_plain(found.unrealised),
        "totalInitialMargin": print_plain(found.initial),
        "totalInitialMarginByMp": print_plain(found.initial),
        "totalMaintenanceMargin": print_plain(found.maintenance),
        "totalMaintenanceMarginByMp": print_plain(found.maintenance),
        "accountIMRate": _rate(found.initial_rate),
        "accountIMRateByMp": _rate(found.initial_rate),
        "accountMMRate": _rate(found.maintenance_rate),
        "accountMMRateByMp": _rate(found.maintenance_rate),
    }


_FIELDS: Final = (
    "totalEquity", "totalWalletBalance", "totalMarginBalance", "totalAvailableBalance", "totalPerpUPL",
    "totalInitialMargin", "totalInitialMarginByMp", "totalMaintenanceMargin", "totalMaintenanceMarginByMp",
    "accountIMRate", "accountIMRateByMp", "accountMMRate", "accountMMRateByMp",
)  # fmt: skip


def _rate(value: int) -> str:
    return MOST_RATE if value == UNBOUNDED else print_plain(value)


def coin_row(state: "ExchangeState", views: "Views", account: "Account", coin: "CoinState") -> Json:
    """One coin of it."""
    return {
        "coin": coin.asset,
        "equity": print_plain(coin.equity),
        "usdValue": print_plain(coin.value),
        "walletBalance": print_plain(coin.wallet),
        "locked": print_plain(coin.held),
        "spotHedgingQty": "0",
        # What positions lost beyond what was there is owed, as the venue counts liabilities of contracts.
        "borrowAmount": print_plain(max(0, -coin.equity)),
        "accruedInterest": "0",
        "totalOrderIM": print_plain(coin.order_initial),
        "totalPositionIM": print_plain(coin.position_initial),
        "totalPositionMM": print_plain(coin.maintenance),
        "unrealisedPnl": print_plain(coin.unrealised),
        "cumRealisedPnl": print_plain(brought(state, views, account, coin.asset)),
        "bonus": print_plain(coin.bonus),
        "marginCollateral": backs(state, account, coin.asset),
        "collateralSwitch": backs(state, account, coin.asset),
        "colRes": "0",
        "spotBorrow": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
    }


def backs(state: "ExchangeState", account: "Account", asset: str) -> bool:
    """Whether an asset counts as margin under the account's rules; who may say so himself says nothing of it here."""
    return any(row.asset == asset for row in collateral.rows_of(state, account))


def brought(state: "ExchangeState", views: "Views", account: "Account", asset: str) -> int:
    """What positions settled in an asset brought over all time, fees and funding with it."""
    return sum(
        amount
        for key, amount in views.closings.by_key(account.no).items()
        if state.markets[market_of(key)].spec.settle == asset
    )
