"""Spot margin, of which there is none: ``/v5/spot-margin-trade``.

Pages of docs/v5/spot-margin-uta (snapshot 2026-07-24, seen 2026-11). Nothing is borrowed on spot; what counts as
collateral for contracts is told here, too.
"""

from typing import TYPE_CHECKING, Final

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, one_of, text
from simexchange.dialects.bybit.common.symbols import RULES
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.vocabulary.markets import Collateral

OFF: Final = ApiError(200, 176038, "The spot leverage is closed and the current operation is not allowed")
CURRENCY: Final = Param("currency", text(r"[A-Z0-9]{1,20}", errors.invalid("currency invalid")))
MODE: Final = Param("spotMarginMode", one_of(("0", "1")), required=True)
LEVERAGE: Final = Param("leverage", text(r"[0-9]{1,3}(\.[0-9]{1,2})?"), required=True)


def state(call: Call) -> Reply:
    """``GET /v5/spot-margin-trade/state``: off."""
    return responses.ok(call, {"spotLeverage": "", "spotMarginMode": "0", "effectiveLeverage": "0"})


def switch(call: Call) -> Reply:
    """``POST /v5/spot-margin-trade/switch-mode``: it stays off."""
    if call.params["spotMarginMode"] == "1":
        return responses.refused(call, errors.NOT_SUPPORTED)
    return responses.ok(call, {"spotMarginMode": "0"})


def set_leverage(call: Call) -> Reply:
    """``POST /v5/spot-margin-trade/set-leverage``."""
    return responses.refused(call, OFF)


def _rows(call: Call) -> "list[Collateral]":
    bundle, asked = call.state.bundles.get(RULES), call.params.get("currency")
    return [] if bundle is None else [row for row in bundle.collateral if asked in (None, "", row.asset)]


def ratios(call: Call) -> Reply:
    """``GET /v5/spot-margin-trade/collateral``: each coin has one ratio, whatever there is of it."""
    rows = [
        {
            "currency": row.asset,
            "collateralRatioList": [{"minQty": "0", "maxQty": "", "collateralRatio": print_plain(row.ratio)}],
        }
        for row in _rows(call)
    ]
    return responses.ok(call, {"list": rows})


def loans(call: Call) -> Reply:
    """``GET /v5/spot-margin-trade/data``: no coin can be borrowed."""
    rows = [
        {
            "borrowable": False,
            "collateralRatio": print_plain(row.ratio),
            "currency": row.asset,
            "hourlyBorrowRate": "0",
            "liquidationOrder": str(number),
            "marginCollateral": True,
            "maxBorrowingAmount": "0",
        }
        for number, row in enumerate(_rows(call), 1)
    ]
    return responses.ok(call, {"vipCoinList": [{"list": rows, "vipLevel": "No VIP"}]})
