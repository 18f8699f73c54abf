"""How an account is set: ``/v5/account/set-…``, and what the venue offers there that is not to be had here.

"Account" of the v5 documentation (docs/v5/account, snapshot 2026-07-24, seen 2026-11). The codes inside ``reasons`` of
a margin mode that could not be set are published for one case only, an equity too small for portfolio margin; 3400101
and 3400102 are those of the venue's unified v3 API, and portfolio margin, which is not here, has an error of its own.
"""

from collections.abc import Generator, Mapping
from typing import Final

from simexchange.core.pricelimits import MOVED, REFUSED
from simexchange.core.vocabulary.commands import Command, SetAccountOption, SetMarginMode
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import AccountOption, MarginMode
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, anything, boolean, is_true, one_of, texts_of
from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import account_of, me_of
from simexchange.dialects.bybit.v5.coinnames import BAD_COIN, every_coin
from simexchange.dialects.bybit.v5.errors import CONTRACTS
from simexchange.dialects.bybit.v5.walletrows import backs
from simexchange.dialects.contract import ApiError, Call, Reply

Work = Generator[Command, Step, Reply]

MODE_FAILED: Final = ApiError(200, 3400045, "Set margin mode failed")
PORTFOLIO: Final = "PORTFOLIO_MARGIN"
MODES: Final = {"REGULAR_MARGIN": MarginMode.CROSS, "ISOLATED_MARGIN": MarginMode.ISOLATED}
MARGIN_MODE: Final = Param("setMarginMode", one_of((*MODES, PORTFOLIO)), required=True)
NOT_SWITCHED: Final = ApiError(200, 182110, "Failed to switch")
NOT_SWITCHABLE: Final = ApiError(
    200,
    182111,
    "The requested currency has a non guaranteed gold currency or does not support switching status currencies",
)
TWICE: Final = ApiError(200, 182112, "Duplicate currency, please re-adjust")
NO_DEBT: Final = ApiError(200, 182102, "Failed repayment, there are no liabilities in the current currency")
NO_MMP: Final = ApiError(200, 110065, "MMP hasn't yet been enabled for your account. Please contact your BD manager.")
ALWAYS: Final = ("USDT", "USDC")
"""Coins that are collateral whatever is said."""
SWITCHES: Final = ("ON", "OFF")
SWITCH: Final = Param("collateralSwitch", one_of(SWITCHES), required=True)
HEDGING: Final = Param("setHedgingMode", one_of(SWITCHES), required=True)
DELTA: Final = Param("deltaEnable", one_of(("0", "1")), required=True)
MODIFY: Final = Param("modifyEnable", boolean, required=True)
CATEGORY: Final = Param("category", one_of(("linear", "inverse", "spot"), errors.BAD_CATEGORY), required=True)
REQUEST: Final = Param("request", anything, required=True)

REASONS: Final[Mapping[RejectReason, tuple[str, str]]] = {
    RejectReason.MARGIN_MODE_POSITION: ("3400101", "You have open positions"),
    RejectReason.MARGIN_MODE_ORDERS: ("3400102", "You have active orders"),
    RejectReason.COLLATERAL_ORDERS_OPEN: ("3400102", "You have active orders"),
    RejectReason.COLLATERAL_NEGATIVE: ("3400103", "You have liabilities"),
}
NO_PORTFOLIO: Final = ("110077", "Pm mode cannot support")
OTHERWISE: Final = ("3400214", "Server error, please try again later")


def set_margin_mode(call: Call) -> Work:
    """``POST /v5/account/set-margin-mode``: cross or isolated margin for the account as a whole."""
    wanted = call.params["setMarginMode"]
    if wanted == PORTFOLIO:
        return _mode_failed(call, NO_PORTFOLIO)
    step = yield SetMarginMode(account_of(call), MarketNo(0), MODES[wanted])
    for event in step.events:
        if isinstance(event, CommandRefused):
            if event.reason is RejectReason.MARGIN_MODE_UNCHANGED:
                return responses.refused(call, CONTRACTS[event.reason])
            return _mode_failed(call, REASONS.get(event.reason, OTHERWISE))
    return responses.ok(call, {"reasons": []})


def _mode_failed(call: Call, reason: tuple[str, str]) -> Reply:
    code, text = reason
    return responses.refused(call, MODE_FAILED, {"reasons": [{"reasonCode": code, "reasonMsg": text}]})


# Collateral


def set_collateral(call: Call) -> Reply:
    """``POST /v5/account/set-collateral-switch``: what counts as margin counts, so ON alone is carried out."""
    error = _switch(call, call.params["coin"], call.params["collateralSwitch"])
    return responses.ok(call, {}) if error is None else responses.refused(call, error)


def set_collaterals(call: Call) -> Reply:
    """``POST /v5/account/set-collateral-switch-batch``: all of them or none."""
    rows = call.raw.get("request")
    wanted = [texts_of(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not wanted or not isinstance(rows, list) or len(wanted) != len(rows):
        return responses.refused(call, errors.invalid("request invalid"))
    if len({row.get("coin") for row in wanted}) != len(wanted):
        return responses.refused(call, TWICE)
    for row in wanted:
        error = _switch(call, row.get("coin", ""), row.get("collateralSwitch", ""))
        if error is not None:
            return responses.refused(call, error)
    shown = [{"coin": row["coin"], "collateralSwitch": row["collateralSwitch"]} for row in wanted]
    return responses.ok(call, {"list": shown})


def _switch(call: Call, coin: str, to: str) -> ApiError | None:
    """Why a switch cannot be set so; None where it stands so."""
    me = me_of(call)
    if to not in SWITCHES:
        return errors.invalid("collateralSwitch invalid")
    if coin not in every_coin(call, me):
        return BAD_COIN
    if coin in ALWAYS or not backs(call.state, me, coin):
        return NOT_SWITCHABLE
    return NOT_SWITCHED if to == "OFF" else None


# What stays as it is


def set_hedging_mode(call: Call) -> Reply:
    """``POST /v5/account/set-hedging-mode``: spot hedging is of portfolio margin; it is off, and stays so."""
    if call.params["setHedgingMode"] == "ON":
        return responses.refused(call, errors.NOT_SUPPORTED)
    return responses.ok(call, {})


def set_price_action(call: Call) -> Work:
    """``POST /v5/account/set-limit-px-action``: orders beyond the price limits are moved to them, or refused.

    Of linear or inverse contracts it is said of both. That it is so already is no error.
    """
    option = AccountOption.LIMIT_SPOT if call.params["category"] == SPOT else AccountOption.LIMIT_DERIVATIVES
    wanted = MOVED if is_true(call.params, "modifyEnable") else REFUSED
    if call.views.accounts.option(account_of(call), option) != wanted:
        yield SetAccountOption(account_of(call), option, wanted)
    return responses.ok(call, {})


def set_delta_mode(call: Call) -> Reply:
    """``POST /v5/account/set-delta-mode``: nobody stands lower in the queue of auto-deleveraging for being neutral."""
    if call.params["deltaEnable"] == "1":
        return responses.refused(call, errors.NOT_SUPPORTED)
    return responses.ok(call, {})


def upgrade(call: Call) -> Reply:
    """``POST /v5/account/upgrade-to-uta``: every account is of the newest kind."""
    return responses.ok(call, {"unifiedUpdateStatus": "SUCCESS", "unifiedUpdateMsg": None})


def repay(call: Call) -> Reply:
    """``POST /v5/account/repay`` and ``quick-repayment``: nothing is owed."""
    return responses.refused(call, NO_DEBT)


def no_mmp(call: Call) -> Reply:
    """``POST /v5/account/mmp-modify`` and ``mmp-reset``."""
    return responses.refused(call, NO_MMP)


def unserved(call: Call) -> Reply:
    """What only whoever runs the exchange does: money from outside, keys."""
    return responses.refused(call, errors.NOT_SUPPORTED)
