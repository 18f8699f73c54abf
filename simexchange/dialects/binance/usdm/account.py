"""Calls about an account: money, positions, settings. All margin figures are the core's."""

from collections.abc import Generator
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from simexchange.core import margin
from simexchange.core.margin import PositionState, WalletState
from simexchange.core.vocabulary.commands import (
    Command,
    SetAccountOption,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
)
from simexchange.core.vocabulary.events import CommandRefused, LeverageSet
from simexchange.core.vocabulary.orders import AccountOption, MarginMode, PositionMode
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, figures, responses
from simexchange.dialects.binance.usdm.symbols import SETTLING, find, listed
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState

Work = Generator[Command, Step, Reply]
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
                **figures.wallet_figures(_wallet(call, me, asset)),
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            figures.account_position_v3(market.spec, margin.position_state(call.state, me, market))
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
        "tradeGroupId": _option(call, AccountOption.TRADE_GROUP) or -1,
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **figures.wallet_figures(_wallet(call, me, asset)),
                "marginAvailable": True,
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            figures.account_position_v2(
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
        figures.position_v3(market.spec, _position(call, me, market), _taker(call, me, market))
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
        [figures.position_v2(market.spec, _position(call, me, market), _taker(call, me, market)) for market in chosen]
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
    """``GET /fapi/v1/feeBurn``: whether fees are paid in the discount asset where there is enough of it."""
    return responses.ok({"feeBurn": bool(_option(call, AccountOption.DISCOUNT_FUTURES))})


def set_fee_burn(call: Call) -> Work:
    """``POST /fapi/v1/feeBurn``."""
    wanted = int(is_true(call.params, "feeBurn"))
    if wanted != _option(call, AccountOption.DISCOUNT_FUTURES):
        yield SetAccountOption(account_of(call), AccountOption.DISCOUNT_FUTURES, wanted)
    return responses.done()


def _option(call: Call, option: AccountOption) -> int:
    return call.views.accounts.option(account_of(call), option)


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
        "tradeGroupId": _option(call, AccountOption.TRADE_GROUP) or -1,
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
            figures.brackets(market.spec, rules[me.rules, market.no])
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
