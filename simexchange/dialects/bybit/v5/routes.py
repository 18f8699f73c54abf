"""Every REST call that is served, and what of it is missing.

How often an account may make each of them: `common.limits`.
"""

from typing import Final

from simexchange.dialects.bybit.common.limits import rate_of
from simexchange.dialects.bybit.common.params import Param, checker
from simexchange.dialects.bybit.v5 import (
    account,
    amending,
    balances,
    coinnames,
    dcp,
    deliveries,
    deposits,
    instruments,
    leverage,
    market,
    notices,
    orderparams as asked,
    orderqueries,
    positions,
    prechecking,
    settings,
    spotmargin,
    statistics,
    stops,
    trading,
    transfers,
    translog,
    users,
)
from simexchange.dialects.bybit.v5.marketrequests import (
    ANNOUNCING,
    ANY_MARKET,
    BASE_COIN,
    CANDLES,
    COIN,
    CONTRACT_OR_LINEAR,
    DELIVERIES,
    FUTURE,
    FUTURE_OR_LINEAR,
    GROUP,
    ID,
    INDEX_NAME,
    LINEAR_ONLY,
    LISTING,
    MARKET_OR_LINEAR,
    OPTION_ASSET,
    OPTIONS_ONLY,
    PRODUCT_TYPE,
    ROWS,
    SINCE,
    STANDINGS,
    STATE,
    UNTIL,
    VOLATILITY,
    period,
)  # fmt: skip
from simexchange.dialects.bybit.v5.requests import CATEGORY, CONTRACTS, CURSOR, SYMBOL
from simexchange.dialects.contract import Auth, Check, Coverage, Handler, Route

NOT_LENT: Final = "Nothing is borrowed, and there are no RPI orders."


def public(path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call anybody may make. *doc*: what of it is missing."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    return Route("GET", path, handler, Auth.NONE, 0, coverage, doc, checker(*params, then=then))


def signed(method: str, path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call of an account's owner."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    check = checker(*params, then=then)
    return Route(method, path, handler, Auth.SIGNED, 0, coverage, doc, check, rate=rate_of(path))


_NO_OPTIONS: Final = "Nothing is missing but options, of which there are none: the list is empty."
_NO_GROUPS: Final = "Nothing is missing but Pro levels, for which groups are and on which nobody is: the list is empty."
_NO_NEWS: Final = "Nothing is announced: the list is empty."
_NO_MMP: Final = "Nothing is missing but options: refused as at the venue for who has no protection of them."
_WHOLE_LEVERAGE: Final = "Whole numbers only, where the venue takes two decimals."
_OF_CLASSIC: Final = "Refused as at the venue: of classic accounts, and every account is a unified one."
_NO_CLASSIC: Final = "The spot wallet of classic accounts: empty, for every account is a unified one."
_BY_ITSELF: Final = "Without effect, as at the venue on a unified account."
_NO_NEW_LIMITS: Final = "Refused as at the venue for who has nothing to confirm: no risk limit ever falls."
_STAYS: Final = "Refused: positions stay with their account."
_NEVER_MOVED: Final = "Always empty: positions stay with their account."
_RATES: Final = "Nothing is borrowed: rates and amounts of loans are 0."
_NO_LOANS: Final = "Nothing is borrowed: the list is empty."
_NO_DEBT: Final = "Refused as at the venue for who owes nothing: nothing is borrowed."
_NO_MARGIN_TRADING: Final = "Nothing is borrowed: the mode is off."
_STAYS_OFF: Final = "Refused: nothing is borrowed, and the mode stays off."
_OFF: Final = "Refused as at the venue where the mode is off, which it is: nothing is borrowed."
_ONE_WALLET: Final = "The entries of inverse contracts in the unified wallet."
_NO_PORTFOLIO: Final = "All but PORTFOLIO_MARGIN."
_NO_HEDGING: Final = "Refused: it is of portfolio margin, which there is not."
_NO_DELTA: Final = "Off, and stays so: the queue of auto-deleveraging knows no such mode."
_SWITCHED: Final = "ON only: what counts as margin counts, and cannot be switched off."
_FROM_OUTSIDE: Final = "Refused: money comes from outside, and leaves, where the exchange is run from."
_NO_CHAIN: Final = "Nothing is sent in or out over the API: there is no chain."
_NO_SESSIONS: Final = "Always empty: contracts in USDC are not settled by the session."
_USD: Final = "Valued in USD only: no rates of other currencies are known."
_NO_LOGIN: Final = "Nobody logs in with a password: password, switch and isUta do nothing."
_KEYS: Final = "Refused: keys are made, changed and deleted where the exchange is run from."

MARKET: Final = (
    public("/v5/market/time", market.server_time),
    public("/v5/market/kline", market.candles, MARKET_OR_LINEAR, *CANDLES),
    public("/v5/market/mark-price-kline", market.mark_candles, CONTRACT_OR_LINEAR, *CANDLES),
    public("/v5/market/index-price-kline", market.index_candles, FUTURE_OR_LINEAR, *CANDLES),
    public("/v5/market/premium-index-price-kline", market.premium_candles, LINEAR_ONLY, *CANDLES),
    public("/v5/market/instruments-info", instruments.instruments, CATEGORY, *LISTING),
    public("/v5/market/orderbook", market.order_book, CATEGORY, SYMBOL.needed(), ROWS),
    public("/v5/market/full_orderbook", market.full_order_book, ANY_MARKET, SYMBOL.needed()),
    public("/v5/market/rpi_orderbook", market.rpi_order_book, MARKET_OR_LINEAR, SYMBOL.needed(), ROWS.needed()),
    public("/v5/market/tickers", market.tickers_of, CATEGORY, SYMBOL, BASE_COIN),
    public("/v5/market/recent-trade", market.recent_trades, CATEGORY, SYMBOL, BASE_COIN, ROWS),
    public("/v5/market/funding/history", market.funding_history, FUTURE, SYMBOL.needed(), SINCE, UNTIL, ROWS),
    public("/v5/market/open-interest", market.open_interest, FUTURE, period("intervalTime"), *STANDINGS),
    public("/v5/market/account-ratio", market.account_ratio, FUTURE, period("period"), *STANDINGS),
    public("/v5/market/risk-limit", instruments.risk_limits, FUTURE, SYMBOL, CURSOR),
    public("/v5/market/price-limit", market.price_limit, MARKET_OR_LINEAR, SYMBOL.needed()),
    public("/v5/market/delivery-price", statistics.delivery_prices, CONTRACTS, *DELIVERIES),
    public("/v5/market/new-delivery-price", statistics.option_deliveries, OPTIONS_ONLY, *OPTION_ASSET, doc=_NO_OPTIONS),
    public("/v5/market/historical-volatility", statistics.volatility, OPTIONS_ONLY, *VOLATILITY, doc=_NO_OPTIONS),
    public("/v5/market/insurance", statistics.insurance, COIN),
    public("/v5/market/adlAlert", statistics.adl_alerts, SYMBOL),
    public("/v5/market/index-price-components", statistics.index_components, INDEX_NAME),
    public("/v5/market/fee-group-info", notices.fee_groups, PRODUCT_TYPE, GROUP, doc=_NO_GROUPS),
    public("/v5/announcements/index", notices.announcements, *ANNOUNCING, doc=_NO_NEWS),
    public("/v5/system/status", notices.system_status, ID, STATE),
)  # fmt: skip

ORDERS: Final = (
    signed("POST", "/v5/order/create", trading.create, then=asked.CREATE, doc=NOT_LENT),
    signed("POST", "/v5/order/amend", amending.amend, then=asked.AMEND),
    signed("POST", "/v5/order/amend-batch", amending.amend_batch, *asked.BATCH),
    signed("POST", "/v5/order/cancel", trading.cancel, then=asked.CANCEL),
    signed("POST", "/v5/order/cancel-all", trading.cancel_all, *asked.CANCEL_ALL, then=asked.chosen),
    signed("POST", "/v5/order/create-batch", trading.create_batch, *asked.BATCH, doc=NOT_LENT),
    signed("POST", "/v5/order/cancel-batch", trading.cancel_batch, *asked.BATCH),
    signed("POST", "/v5/order/pre-check", prechecking.pre_check, then=asked.CREATE),
    signed("POST", "/v5/order/disconnected-cancel-all", dcp.set_window, *asked.DCP),
    signed("GET", "/v5/order/realtime", orderqueries.realtime, *asked.REALTIME, then=asked.chosen_linear),
    signed("GET", "/v5/order/history", orderqueries.history, *asked.HISTORY),
    signed("GET", "/v5/execution/list", orderqueries.executions, *asked.EXECUTIONS),
    signed("GET", "/v5/order/spot-borrow-check", orderqueries.quota, *asked.QUOTA),
)  # fmt: skip

_P: Final = "/v5/position"
POSITIONS: Final = (
    signed("GET", f"{_P}/list", positions.listed_positions, *positions.LIST),
    signed("GET", f"{_P}/symbol-info", positions.leverages, CONTRACTS, SYMBOL),
    signed("GET", f"{_P}/closed-pnl", positions.closed_profit, *positions.CLOSED),
    signed("GET", f"{_P}/get-closed-positions", positions.options_closed, *positions.OPTIONS_CLOSED, doc=_NO_OPTIONS),
    signed("GET", f"{_P}/move-history", positions.move_history, doc=_NEVER_MOVED),
    signed("POST", f"{_P}/set-leverage", leverage.set_leverage, *leverage.SET_LEVERAGE, doc=_WHOLE_LEVERAGE),
    signed("POST", f"{_P}/switch-mode", leverage.switch_mode, *leverage.SWITCH_MODE),
    signed("POST", f"{_P}/switch-isolated", leverage.switch_isolated, *leverage.TRADE_MODE, doc=_OF_CLASSIC),
    signed("POST", f"{_P}/set-tpsl-mode", leverage.tpsl_mode, *leverage.TPSL_MODE, doc=_BY_ITSELF),
    signed("POST", f"{_P}/set-risk-limit", leverage.risk_limit, *leverage.RISK_LIMIT, doc=_BY_ITSELF),
    signed("POST", f"{_P}/trading-stop", stops.trading_stop, *stops.STOP, then=stops.TOGETHER),
    signed("POST", f"{_P}/set-auto-add-margin", leverage.set_auto_add, *leverage.AUTO_ADD),
    signed("POST", f"{_P}/add-margin", leverage.add_margin, *leverage.ADD_MARGIN),
    signed("POST", f"{_P}/confirm-pending-mmr", leverage.confirm_limit, *leverage.NAMED, doc=_NO_NEW_LIMITS),
    signed("POST", f"{_P}/move-positions", leverage.move_positions, *leverage.MOVE, doc=_STAYS),
)  # fmt: skip

_A: Final = "/v5/account"
ACCOUNT: Final = (
    signed("GET", f"{_A}/wallet-balance", account.wallet_balance, account.UNIFIED_TYPE.needed(), coinnames.COINS),
    signed("GET", f"{_A}/withdrawal", account.withdrawable, account.COIN_NAMES),
    signed("GET", f"{_A}/info", account.info),
    signed("GET", f"{_A}/instruments-info", account.instruments, *account.INSTRUMENTS),
    signed("GET", f"{_A}/fee-rate", account.fee_rate, *account.FEES),
    signed("GET", f"{_A}/collateral-info", account.collateral_info, account.CURRENCY, doc=_RATES),
    signed("GET", f"{_A}/borrow-history", account.borrow_history, account.CURRENCY, doc=_NO_LOANS),
    signed("GET", f"{_A}/transaction-log", translog.transaction_log, *translog.LOG),
    signed("GET", f"{_A}/contract-transaction-log", translog.contract_log, *translog.LOG, doc=_ONE_WALLET),
    signed("GET", f"{_A}/query-dcp-info", account.dcp_info),
    signed("GET", f"{_A}/smp-group", account.smp_group),
    signed("GET", f"{_A}/user-setting-config", account.trade_behaviour),
    signed("GET", f"{_A}/mmp-state", account.mmp_state, account.BASE_COIN.needed(), doc=_NO_OPTIONS),
    signed("POST", f"{_A}/set-margin-mode", settings.set_margin_mode, settings.MARGIN_MODE, doc=_NO_PORTFOLIO),
    signed("POST", f"{_A}/set-collateral-switch", settings.set_collateral, coinnames.COIN.needed(), settings.SWITCH,
           doc=_SWITCHED),
    signed("POST", f"{_A}/set-collateral-switch-batch", settings.set_collaterals, settings.REQUEST, doc=_SWITCHED),
    signed("POST", f"{_A}/set-hedging-mode", settings.set_hedging_mode, settings.HEDGING, doc=_NO_HEDGING),
    signed("POST", f"{_A}/set-limit-px-action", settings.set_price_action, settings.CATEGORY, settings.MODIFY),
    signed("POST", f"{_A}/set-delta-mode", settings.set_delta_mode, settings.DELTA, doc=_NO_DELTA),
    signed("POST", f"{_A}/upgrade-to-uta", settings.upgrade, doc="Nothing changes: accounts are of the newest kind."),
    signed("POST", f"{_A}/repay", settings.repay, doc=_NO_DEBT),
    signed("POST", f"{_A}/quick-repayment", settings.repay, doc=_NO_DEBT),
    signed("POST", f"{_A}/mmp-modify", settings.no_mmp, doc=_NO_MMP),
    signed("POST", f"{_A}/mmp-reset", settings.no_mmp, doc=_NO_MMP),
    signed("POST", f"{_A}/demo-apply-money", settings.unserved, doc=_FROM_OUTSIDE),
)  # fmt: skip

_T: Final = "/v5/asset/transfer"
_D: Final = "/v5/asset/deposit"
_W: Final = "/v5/asset/withdraw"
ASSET: Final = (
    signed("GET", "/v5/asset/coin/query-info", balances.coin_info, coinnames.COIN, doc=_NO_CHAIN),
    signed("GET", "/v5/asset/asset-overview", balances.overview, *balances.OVERVIEW, doc=_USD),
    signed("GET", "/v5/asset/fundinghistory", translog.fund_log, *translog.FUND_LOG),
    signed("GET", "/v5/asset/exchange/order-record", translog.exchanges, *translog.EXCHANGES),
    signed("GET", "/v5/asset/delivery-record", deliveries.delivered, *deliveries.DELIVERED),
    signed("GET", "/v5/asset/settlement-record", deliveries.settled, *deliveries.SETTLED, doc=_NO_SESSIONS),
    signed("GET", f"{_T}/query-account-coins-balance", balances.all_balances, *balances.ALL_COINS),
    signed("GET", f"{_T}/query-account-coin-balance", balances.one_balance, *balances.ONE_COIN),
    signed("GET", f"{_T}/query-asset-info", balances.asset_info, doc=_NO_CLASSIC),
    signed("GET", f"{_T}/query-transfer-coin-list", transfers.transferable, *transfers.ENDS),
    signed("POST", f"{_T}/inter-transfer", transfers.between, *transfers.BETWEEN),
    signed("GET", f"{_T}/query-inter-transfer-list", transfers.own_list, *transfers.LIST),
    signed("POST", f"{_T}/universal-transfer", transfers.universal, *transfers.UNIVERSAL),
    signed("GET", f"{_T}/query-universal-transfer-list", transfers.universal_list, *transfers.LIST),
    signed("GET", f"{_T}/query-sub-member-list", transfers.sub_members),
    signed("POST", f"{_T}/save-transfer-sub-member", transfers.allow_members, doc="Nothing changes: all of them may."),
    signed("GET", f"{_D}/query-record", deposits.deposits, *deposits.DEPOSITS, doc=_NO_CHAIN),
    signed("GET", f"{_D}/query-sub-member-record", deposits.sub_deposits, *deposits.SUB_DEPOSITS, doc=_NO_CHAIN),
    signed("GET", f"{_D}/query-internal-record", deposits.no_records, doc=_NO_CHAIN),
    signed("GET", f"{_D}/query-address", deposits.address, *deposits.ADDRESS, doc=_NO_CHAIN),
    signed("GET", f"{_D}/query-sub-member-address", deposits.sub_address, *deposits.SUB_ADDRESS, doc=_NO_CHAIN),
    signed("GET", f"{_D}/query-allowed-list", deposits.allowed, *deposits.ALLOWED, doc=_NO_CHAIN),
    signed("POST", f"{_D}/deposit-to-account", deposits.deposit_to, *deposits.DEPOSIT_TO, doc=_FROM_OUTSIDE),
    signed("GET", f"{_W}/query-record", deposits.withdrawals, *deposits.WITHDRAWALS, doc=_NO_CHAIN),
    signed("GET", f"{_W}/query-address", deposits.no_records, doc=_NO_CHAIN),
    signed("GET", f"{_W}/withdrawable-amount", deposits.withdrawable, coinnames.COIN.needed()),
    signed("POST", f"{_W}/create", deposits.withdraw, *deposits.WITHDRAW, doc=_FROM_OUTSIDE),
    signed("POST", f"{_W}/cancel", deposits.cancel_withdrawal, *deposits.CANCEL, doc=_FROM_OUTSIDE),
    signed("GET", f"{_W}/vasp/list", deposits.vasps, doc=_NO_CHAIN),
)  # fmt: skip

_U: Final = "/v5/user"
USER: Final = (
    signed("GET", f"{_U}/query-api", users.key_info),
    signed("GET", f"{_U}/query-sub-members", users.sub_members),
    signed("GET", f"{_U}/submembers", users.paged_members, *users.PAGED),
    signed("GET", f"{_U}/escrow_sub_members", users.no_custodials, doc="Always empty: nobody has custodial accounts."),
    signed("GET", f"{_U}/get-member-type", users.member_types, *users.MEMBERS),
    signed("GET", f"{_U}/sub-apikeys", users.sub_keys, *users.SUB_KEYS),
    signed("POST", f"{_U}/create-sub-member", users.create_member, *users.CREATE, doc=_NO_LOGIN),
    signed("POST", f"{_U}/frozen-sub-member", users.not_served, *users.FREEZE, doc="Refused: nobody is frozen."),
    signed("POST", f"{_U}/del-submember", users.not_served, doc="Refused: what happened stays."),
    signed("POST", f"{_U}/create-sub-api", users.not_served, doc=_KEYS),
    signed("POST", f"{_U}/update-api", users.not_served, doc=_KEYS),
    signed("POST", f"{_U}/update-sub-api", users.not_served, doc=_KEYS),
    signed("POST", f"{_U}/delete-api", users.not_served, doc=_KEYS),
    signed("POST", f"{_U}/delete-sub-api", users.not_served, doc=_KEYS),
)  # fmt: skip

_S: Final = "/v5/spot-margin-trade"
SPOT_MARGIN: Final = (
    public(f"{_S}/collateral", spotmargin.ratios, spotmargin.CURRENCY, doc="One ratio for each coin."),
    public(f"{_S}/data", spotmargin.loans, spotmargin.CURRENCY, doc=_RATES),
    signed("GET", f"{_S}/state", spotmargin.state, doc=_NO_MARGIN_TRADING),
    signed("POST", f"{_S}/switch-mode", spotmargin.switch, spotmargin.MODE, doc=_STAYS_OFF),
    signed("POST", f"{_S}/set-leverage", spotmargin.set_leverage, spotmargin.LEVERAGE, doc=_OFF),
)  # fmt: skip

ROUTES: Final = (*MARKET, *ORDERS, *POSITIONS, *ACCOUNT, *ASSET, *USER, *SPOT_MARGIN)
