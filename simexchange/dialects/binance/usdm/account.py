"""Calls about an account: money, positions, settings, income, listen keys. All margin figures are the core's."""

from collections.abc import Generator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import margin
from simexchange.core.margin import PositionState, WalletState
from simexchange.core.vocabulary.commands import Command, SetLeverage, SetMarginMode, SetPositionMode
from simexchange.core.vocabulary.events import CommandRefused, LeverageSet
from simexchange.core.vocabulary.orders import MarginMode, PositionMode
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import USDM, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.requests import span, whole
from simexchange.dialects.binance.usdm.symbols import SETTLING, find, listed
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, ListenKeys, Reply
from simexchange.projections.income import IncomeKind, IncomeRow

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState

Work = Generator[Command, Step, Reply]
WEEK: Final = Nanos(7 * DAY)
LONGEST: Final = Nanos(40_000 * DAY)
"""Longer than anything lasts."""
NOTHING: Final = WalletState(0, 0, 0, 0, 0, 0, 0, 0)


def _me(call: Call) -> "Account":
    return call.state.accounts[account_of(call)]


def _assets(call: Call, me: "Account") -> list[str]:
    """Assets of the account's margin wallet: what contracts settle in, then whatever else it ever held there."""
    settling = {market.spec.settle: None for market in listed(call.state)}
    settling.update({row.asset: None for row in call.views.balances.of(me.no, me.linear_wallet)})
    return list(settling)


def _wallet(call: Call, me: "Account", asset: str) -> WalletState:
    return margin.wallet_state(call.state, me, me.linear_wallet, asset)


def _updated(call: Call, me: "Account", asset: str) -> int:
    return millis(call.views.balances.get(me.no, me.linear_wallet, asset).updated_at)


def _involved(me: "Account", market: "MarketState") -> bool:
    """Whether the account has a position or open orders there."""
    return market.no in me.positions or bool(me.open_counts.get(market.no))


def _taker(call: Call, me: "Account", market: "MarketState") -> int:
    return call.views.accounts.fees(me.no, market.no).taker


# Money and positions


def account_v3(call: Call) -> Reply:
    """``GET /fapi/v3/account``: assets, and the positions that are not empty."""
    me = _me(call)
    return responses.ok({
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **responses.wallet_figures(_wallet(call, me, asset)),
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            responses.account_position_v3(market.spec, margin.position_state(call.state, me, market))
            for market in listed(call.state)
            if _involved(me, market)
        ],
    })  # fmt: skip


def account_v2(call: Call) -> Reply:
    """``GET /fapi/v2/account``: the same with what the account may do, and every contract's position."""
    me = _me(call)
    return responses.ok({
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **responses.wallet_figures(_wallet(call, me, asset)),
                "marginAvailable": True,
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            responses.account_position_v2(
                market.spec, margin.position_state(call.state, me, market), _taker(call, me, market)
            )
            for market in listed(call.state)
        ],
    })  # fmt: skip


def _totals(call: Call, me: "Account") -> dict[str, str]:
    """The account as a whole. In single-asset mode that is its USDT (documentation of ``v2/account``, seen 2026-11)."""
    wallet = _wallet(call, me, SETTLING)
    return {
        "totalInitialMargin": print_decimal(wallet.position_initial + wallet.order_initial),
        "totalMaintMargin": print_decimal(wallet.maintenance),
        "totalWalletBalance": print_decimal(wallet.wallet),
        "totalUnrealizedProfit": print_decimal(wallet.unrealised),
        "totalMarginBalance": print_decimal(wallet.margin_balance),
        "totalPositionInitialMargin": print_decimal(wallet.position_initial),
        "totalOpenOrderInitialMargin": print_decimal(wallet.order_initial),
        "totalCrossWalletBalance": print_decimal(wallet.wallet),
        "totalCrossUnPnl": print_decimal(wallet.unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
    }


def balance(call: Call) -> Reply:
    """``GET /fapi/v2/balance`` and ``v3``: a row per asset."""
    me = _me(call)
    return responses.ok([_balance_row(call, me, asset) for asset in _assets(call, me)])


def _balance_row(call: Call, me: "Account", asset: str) -> responses.Json:
    wallet = _wallet(call, me, asset)
    return {
        "accountAlias": alias_of(me.no),
        "asset": asset,
        "balance": print_decimal(wallet.wallet),
        "crossWalletBalance": print_decimal(wallet.wallet),
        "crossUnPnl": print_decimal(wallet.unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
        "marginAvailable": True,
        "updateTime": _updated(call, me, asset),
    }


def alias_of(account: int) -> str:
    """The short name by which the venue calls an account: letters that mean nothing."""
    return "".join(chr(ord("A") + byte % 26) for byte in blake2b(b"%d" % account, digest_size=8).digest())


def positions_v3(call: Call) -> Reply:
    """``GET /fapi/v3/positionRisk``: contracts with a position or open orders."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rows = [
        responses.position_v3(market.spec, _position(call, me, market), _taker(call, me, market))
        for market in chosen
        if _involved(me, market)
    ]
    return responses.ok(rows)


def positions_v2(call: Call) -> Reply:
    """``GET /fapi/v2/positionRisk``: every contract, with a position or without."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    return responses.ok(
        [responses.position_v2(market.spec, _position(call, me, market), _taker(call, me, market)) for market in chosen]
    )


def _position(call: Call, me: "Account", market: "MarketState") -> PositionState:
    return margin.position_state(call.state, me, market)


def _chosen(call: Call) -> "list[MarketState] | ApiError":
    """The market a call names, or all of them."""
    symbol = call.params.get("symbol")
    if not symbol:
        return list(listed(call.state))
    market = find(call.state, symbol)
    return errors.BAD_SYMBOL if market is None else [market]


def adl_quantile(call: Call) -> Reply:
    """``GET /fapi/v1/adlQuantile``: nobody is auto-deleveraged yet, so everybody stands at the end of the queue."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    quantile = {"LONG": 0, "SHORT": 0, "BOTH": 0}
    return responses.ok(
        [{"symbol": symbol_of(market.spec), "adlQuantile": quantile} for market in chosen if market.no in me.positions]
    )


# Settings


def leverage(call: Call) -> Work:
    """``POST /fapi/v1/leverage``."""
    market = find(call.state, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    asked = int(call.params["leverage"])
    step = yield SetLeverage(account_of(call), market.no, asked)
    for event in step.events:
        if isinstance(event, CommandRefused):
            if event.reason is not RejectReason.SETTING_UNCHANGED:
                return responses.refused(errors.filled_in(errors.REJECTIONS[event.reason], asked))
        elif not isinstance(event, LeverageSet):
            continue
        # The leverage an account has already is no error here.
        most = margin.position_state(call.state, _me(call), market).max_notional
        return responses.ok({"symbol": call.params["symbol"], "leverage": asked, "maxNotionalValue": print_plain(most)})
    return responses.refused(common.UNKNOWN)


def margin_type(call: Call) -> Work:
    """``POST /fapi/v1/marginType``: cross is what there is."""
    market = find(call.state, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    mode = MarginMode.ISOLATED if call.params["marginType"] == "ISOLATED" else MarginMode.CROSS
    step = yield SetMarginMode(account_of(call), market.no, mode)
    return _changed(step, errors.SAME_MARGIN_TYPE)


def set_position_mode(call: Call) -> Work:
    """``POST /fapi/v1/positionSide/dual``: one-way is what there is."""
    mode = PositionMode.HEDGE if is_true(call.params, "dualSidePosition") else PositionMode.ONE_WAY
    step = yield SetPositionMode(account_of(call), mode)
    return _changed(step, errors.SAME_POSITION_SIDE)


def _changed(step: Step, unchanged: ApiError) -> Reply:
    """What became of a setting; *unchanged* is this setting's word for "it is so already"."""
    for event in step.events:
        if isinstance(event, CommandRefused):
            same = event.reason is RejectReason.SETTING_UNCHANGED
            return responses.refused(unchanged if same else errors.REJECTIONS[event.reason])
    return responses.done()


def position_mode(call: Call) -> Reply:
    return responses.ok({"dualSidePosition": False})


def multi_assets(call: Call) -> Reply:
    return responses.ok({"multiAssetsMargin": False})


def set_multi_assets(call: Call) -> Reply:
    """``POST /fapi/v1/multiAssetsMargin``: single-asset mode is what there is."""
    wanted = is_true(call.params, "multiAssetsMargin")
    return responses.refused(common.NOT_SUPPORTED if wanted else errors.SAME_MULTI_ASSETS)


def fee_burn(call: Call) -> Reply:
    return responses.ok({"feeBurn": False})


def set_fee_burn(call: Call) -> Reply:
    """``POST /fapi/v1/feeBurn``: fees are not paid in BNB here."""
    return responses.refused(common.NOT_SUPPORTED) if is_true(call.params, "feeBurn") else responses.done()


def position_margin(call: Call) -> Reply:
    """``POST /fapi/v1/positionMargin``: cross positions have no margin of their own."""
    if find(call.state, call.params["symbol"]) is None:
        return responses.refused(errors.BAD_SYMBOL)
    return responses.refused(errors.MARGIN_ON_CROSS)


def position_margin_history(call: Call) -> Reply:
    """``GET /fapi/v1/positionMargin/history``: empty, as no position ever had margin of its own."""
    if find(call.state, call.params["symbol"]) is None:
        return responses.refused(errors.BAD_SYMBOL)
    return responses.ok([])


def symbol_config(call: Call) -> Reply:
    """``GET /fapi/v1/symbolConfig``."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rows = []
    for market in chosen:
        position = _position(call, me, market)
        rows.append({
            "symbol": symbol_of(market.spec),
            "marginType": "CROSSED",
            "isAutoAddMargin": "false",
            "leverage": position.leverage,
            "maxNotionalValue": print_plain(position.max_notional),
        })  # fmt: skip
    return responses.ok(rows)


def account_config(call: Call) -> Reply:
    """``GET /fapi/v1/accountConfig``."""
    return responses.ok({
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    })  # fmt: skip


def commission_rate(call: Call) -> Reply:
    """``GET /fapi/v1/commissionRate``."""
    market = find(call.state, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    rates = call.views.accounts.fees(account_of(call), market.no)
    return responses.ok({
        "symbol": call.params["symbol"],
        "makerCommissionRate": print_fixed(rates.maker, 6),
        "takerCommissionRate": print_fixed(rates.taker, 6),
    })  # fmt: skip


def leverage_bracket(call: Call) -> Reply:
    """``GET /fapi/v1/leverageBracket``: an array, of one symbol or of all."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rules = call.state.rules
    return responses.ok(
        [
            responses.brackets(market.spec, rules[me.rules, market.no])
            for market in chosen
            if (me.rules, market.no) in rules
        ]
    )


def trading_status(call: Call) -> Reply:
    """``GET /fapi/v1/apiTradingStatus``: no account is locked for its ratios here."""
    return responses.ok({"indicators": {}, "updateTime": millis(call.now)})


def order_rate_limits(call: Call) -> Reply:
    """``GET /fapi/v1/rateLimit/order``."""
    return responses.ok([limit.shown() for limit in FUTURES_LIMITS if limit.kind == "ORDERS"])


# Income

INCOME: Final[dict[str, tuple[IncomeKind, ...]]] = {
    "TRANSFER": (IncomeKind.TRANSFER, IncomeKind.DEPOSIT, IncomeKind.WITHDRAWAL),
    "REALIZED_PNL": (IncomeKind.REALIZED_PNL,),
    "FUNDING_FEE": (IncomeKind.FUNDING_FEE,),
    "COMMISSION": (IncomeKind.COMMISSION,),
    "INSURANCE_CLEAR": (IncomeKind.INSURANCE_CLEAR,),
}
"""The venue's types that occur here. Money from outside comes to it as a transfer, too."""
WORDS: Final = {kind: word for word, kinds in INCOME.items() for kind in kinds}
OTHER_INCOME: Final = (
    "WELCOME_BONUS",
    "REFERRAL_KICKBACK",
    "COMMISSION_REBATE",
    "API_REBATE",
    "CONTEST_REWARD",
    "CROSS_COLLATERAL_TRANSFER",
    "OPTIONS_PREMIUM_FEE",
    "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER",
    "AUTO_EXCHANGE",
    "DELIVERED_SETTELMENT",
    "COIN_SWAP_DEPOSIT",
    "COIN_SWAP_WITHDRAW",
    "POSITION_LIMIT_INCREASE_FEE",
    "STRATEGY_UMFUTURES_TRANSFER",
    "FEE_RETURN",
    "BFUSD_REWARD",
    "SPECIAL_FUNDING_FEE",
)
"""Types the venue knows and nothing here makes: their lists are empty."""


def income(call: Call) -> Reply:
    """``GET /fapi/v1/income``: ascending; without times the last seven days."""
    only = None
    if call.params.get("symbol"):
        only = find(call.state, call.params["symbol"])
        if only is None:
            return responses.refused(errors.BAD_SYMBOL)
    within = span(call.params, WEEK, call.now)
    if call.params.get("startTime"):
        # A start may lie further back than a week, as far as lines are kept.
        within = span(call.params, LONGEST, call.now)
    if isinstance(within, ApiError):
        return responses.refused(within)
    limit, page = whole(call.params, "limit") or 100, whole(call.params, "page") or 1
    lines = call.views.income.of(
        account_of(call), market=None if only is None else only.no, start=within[0], end=within[1], limit=1_000_000
    )
    wanted = call.params.get("incomeType")
    wallet = _me(call).linear_wallet
    chosen = [row for row in lines if row.wallet == wallet and (not wanted or WORDS[row.kind] == wanted)]
    oldest_first = call.params.get("startTime") or page > 1
    shown = chosen[(page - 1) * limit : page * limit] if oldest_first else chosen[-limit:]
    return responses.ok([_income_line(call, row) for row in shown])


def _income_line(call: Call, row: IncomeRow) -> dict[str, Any]:
    word = WORDS[row.kind]
    market = call.state.markets.get(row.market)
    return {
        "symbol": "" if market is None else symbol_of(market.spec),
        "incomeType": word,
        "income": print_decimal(row.amount),
        "asset": row.asset,
        "time": millis(row.at),
        "info": str(row.trade) if row.trade else word,
        "tranId": row.account * 10**9 + row.id,
        "tradeId": str(row.trade) if row.trade else "",
    }


# Listen keys


def _keys(call: Call) -> ListenKeys:
    assert call.listen_keys is not None, "the gateway gives its table to every call"  # noqa: S101 - contract
    return call.listen_keys


def open_listen_key(call: Call) -> Reply:
    return responses.ok({"listenKey": _keys(call).open(account_of(call), USDM)})


def renew_listen_key(call: Call) -> Reply:
    key = _keys(call).renew(account_of(call), USDM)
    return responses.refused(errors.NO_SUCH_LISTEN_KEY) if key is None else responses.ok({"listenKey": key})


def close_listen_key(call: Call) -> Reply:
    closed = _keys(call).close(account_of(call), USDM)
    return responses.ok({}) if closed else responses.refused(errors.NO_SUCH_LISTEN_KEY)
