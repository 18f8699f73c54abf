"""What an account has and what holds for it: ``/v5/account``. How it is set: `settings`; its book: `translog`.

"Account" of the v5 documentation (docs/v5/account, snapshot 2026-07-24, seen 2026-11). Every account is a unified one
of the newest kind; nothing is borrowed, so that lists and figures of loans are empty.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import coins, pricelimits
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, one_of, text
from simexchange.dialects.bybit.common.symbols import CATEGORIES, LINEAR, OPTION, SPOT, listed, symbol_of
from simexchange.dialects.bybit.v5 import dcp, instruments as listings, responses
from simexchange.dialects.bybit.v5.choosing import account_of, category_of, market_of, me_of
from simexchange.dialects.bybit.v5.coinnames import BAD_COIN, coins_named, every_coin
from simexchange.dialects.bybit.v5.marketpages import count, page
from simexchange.dialects.bybit.v5.paging import LIMIT
from simexchange.dialects.bybit.v5.requests import CURSOR, SYMBOL
from simexchange.dialects.bybit.v5.walletrows import backs, wallet_row
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.vocabulary.markets import Collateral

UNIFIED_PRO: Final = 6
"""Unified trading account 2.0, pro: every call is for it."""
ONLY_UNIFIED: Final = errors.invalid("accountType only support UNIFIED.")
UNIFIED_TYPE: Final = Param("accountType", one_of(("UNIFIED",), ONLY_UNIFIED))
CURRENCY: Final = Param("currency", text(r"[A-Z0-9]{1,20}", errors.invalid("currency invalid")))
COIN_NAMES: Final = Param("coinName", text(r"[A-Z0-9]{1,20}(,[A-Z0-9]{1,20}){0,19}"), required=True)
BASE_COIN: Final = Param("baseCoin", text(r"[A-Z0-9]{1,20}"))
AT_ONCE: Final = 20
"""Coins that one call about what may be taken out names at most."""


def wallet_balance(call: Call) -> Reply:
    """``GET /v5/account/wallet-balance``: coins that are not empty, or those that are named, empty ones too."""
    me = me_of(call)
    asked = coins_named(call, me)
    if isinstance(asked, ApiError):
        return responses.refused(call, asked)
    return responses.ok(call, {"list": [wallet_row(call.state, call.views, me, asked)]})


def withdrawable(call: Call) -> Reply:
    """``GET /v5/account/withdrawal``: how much of each coin may leave the unified wallet."""
    me = me_of(call)
    asked = coins_named(call, me, "coinName", AT_ONCE)
    if asked is None or isinstance(asked, ApiError):
        return responses.refused(call, errors.missing("coinName") if asked is None else asked)
    found = {asset: print_plain(coins.coin_state(call.state, me, asset).withdrawable) for asset in asked}
    return responses.ok(call, {"availableWithdrawal": found[asked[0]], "availableWithdrawalMap": found})


def info(call: Call) -> Reply:
    """``GET /v5/account/info``. ``updatedTime`` is that of its opening: nobody is told of it."""
    me = me_of(call)
    return responses.ok(
        call,
        {
            "marginMode": margin_mode(me),
            "updatedTime": timestamps.text(call.views.accounts.by_no[me.no].opened_at),
            "unifiedMarginStatus": UNIFIED_PRO,
            "dcpStatus": "OFF",
            "timeWindow": 0,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
        },
    )


def margin_mode(account: "Account") -> str:
    """The mode of the account as a whole."""
    return "ISOLATED_MARGIN" if account.modes.isolates else "REGULAR_MARGIN"


def fee_rate(call: Call) -> Reply:
    """``GET /v5/account/fee-rate``: the account's own rates, of one symbol or of all of a category.

    Without a category, as that page's own sample asks and clients do, linear contracts are meant.
    """
    category, me = category_of(call, LINEAR), me_of(call)
    if isinstance(category, ApiError):
        return responses.refused(call, category)
    markets = [] if category == OPTION else list(listed(call.state, category))
    if call.params.get("symbol"):
        market = market_of(call, {"category": category, "symbol": call.params["symbol"]})
        if isinstance(market, ApiError):
            return responses.refused(call, market)
        markets = [market]
    base = call.params.get("baseCoin")
    rows = []
    for market in markets:
        if base and market.spec.base != base:
            continue
        rates = call.views.accounts.fees(me.no, market.no)
        rows.append(
            {
                "symbol": symbol_of(market.spec),
                "takerFeeRate": print_plain(rates.taker),
                "makerFeeRate": print_plain(rates.maker),
            }
        )
    named = {"category": category} if category in (SPOT, OPTION) else {}
    return responses.ok(call, {**named, "list": rows})


def collateral_info(call: Call) -> Reply:
    """``GET /v5/account/collateral-info``: what counts as margin, and for how much of its price."""
    me, asked = me_of(call), call.params.get("currency")
    bundle = call.state.bundles.get(me.rules)
    rows = [] if bundle is None else [row for row in bundle.collateral if asked in (None, "", row.asset)]
    if asked and asked not in every_coin(call, me):
        return responses.refused(call, BAD_COIN)
    return responses.ok(call, {"list": [_collateral(call, me, row) for row in rows]})


def _collateral(call: Call, me: "Account", row: "Collateral") -> responses.Json:
    counts = backs(call.state, me, row.asset)
    return {
        "currency": row.asset,
        "hourlyBorrowRate": "0",
        "maxBorrowingAmount": "0",
        "freeBorrowingLimit": "0",
        "freeBorrowAmount": "0",
        "freeBorrowingAmount": "",
        "borrowAmount": "0",
        "otherBorrowAmount": "0",
        "availableToBorrow": "0",
        "borrowable": False,
        "borrowUsageRate": "0",
        "marginCollateral": counts,
        "collateralSwitch": counts,
        "collateralRatio": print_plain(row.ratio),
    }


def borrow_history(call: Call) -> Reply:
    """``GET /v5/account/borrow-history``: there are no loans."""
    return responses.ok(call, {"nextPageCursor": "", "list": []})


def dcp_info(call: Call) -> Reply:
    """``GET /v5/account/query-dcp-info``: what was set, of the products that have it."""
    return responses.ok(call, {"dcpInfos": dcp.windows(call.state, account_of(call))})


def smp_group(call: Call) -> Reply:
    """``GET /v5/account/smp-group``: accounts of one group do not trade with each other."""
    return responses.ok(call, {"smpGroup": call.views.accounts.option(me_of(call).no, AccountOption.TRADE_GROUP)})


def trade_behaviour(call: Call) -> Reply:
    """``GET /v5/account/user-setting-config``: whether orders beyond the price limits are moved to them, or refused.

    ``lpaSpot`` says that they are moved, ``lpaPerp`` that they are refused, as that page has it.
    """
    return responses.ok(
        call,
        {
            "lpaSpot": _moves(call, SPOT),
            "lpaPerp": not _moves(call, LINEAR),
            "deltaEnable": False,
            "smsef": False,
            "fmsef": False,
        },
    )


def _moves(call: Call, category: str) -> bool:
    """What the account chose, or what the rules say of the markets there."""
    me = me_of(call)
    market = next(listed(call.state, category), None)
    rules = None if market is None else call.state.rules.get((me.rules, market.no))
    return market is not None and rules is not None and pricelimits.moves(me, market, rules.filters)


def instruments(call: Call) -> Reply:
    """``GET /v5/account/instruments-info``: what the account may trade, with the limits of its rules."""
    found = listings.chosen(call)
    if isinstance(found, ApiError):
        return responses.refused(call, found)
    category = call.params["category"]
    cut = page(call, found, count(call.params, LISTED_AT_ONCE, LISTED_AT_ONCE), lambda market: symbol_of(market.spec))
    if isinstance(cut, ApiError):
        return responses.refused(call, cut)
    rows = [{**listings.row_of(market, call.state), **NO_RPI} for market in cut.rows]
    pages = {} if category == SPOT else {"nextPageCursor": cut.cursor}
    return responses.ok(call, {"category": category, "list": rows, **pages})


LISTED_AT_ONCE: Final = 200
FEES: Final = (Param("category", one_of((*CATEGORIES, OPTION), errors.BAD_CATEGORY)), SYMBOL, BASE_COIN)
INSTRUMENTS: Final = (
    Param("category", one_of(CATEGORIES, errors.BAD_CATEGORY), required=True), SYMBOL, LIMIT, CURSOR,
)  # fmt: skip
NO_RPI: Final = {"isPublicRpi": False, "myRpiPermission": False}
"""Nobody may place retail price improvement orders."""


def mmp_state(call: Call) -> Reply:
    """``GET /v5/account/mmp-state``: market makers' protection is of options, and there are none."""
    return responses.ok(call, {"result": []})
