"""What a COIN-M client may send: as for USDⓈ-M, and a pair in place of a symbol."""

from collections.abc import Mapping
from typing import Final

from simexchange.dialects.binance.common.errors import either
from simexchange.dialects.binance.common.params import Param, anything, one_of
from simexchange.dialects.binance.usdm import errors
from simexchange.dialects.contract import ApiError

PAIR: Final = Param("pair", anything)
"""Every contract of a pair."""
MARGIN_ASSET: Final = Param("marginAsset", anything)
INCOME_TYPE: Final = Param(
    "incomeType",
    one_of((
        "TRANSFER", "WELCOME_BONUS", "FUNDING_FEE", "REALIZED_PNL", "COMMISSION", "INSURANCE_CLEAR",
        "DELIVERED_SETTELMENT",
    )),
)  # fmt: skip


def not_both(params: Mapping[str, str]) -> ApiError | None:
    """A symbol and a pair exclude each other."""
    return errors.BAD_COMBINATION if params.get("symbol") and params.get("pair") else None


def one_name(params: Mapping[str, str]) -> ApiError | None:
    """A symbol or a pair is named, and an id only goes with a symbol."""
    if not params.get("symbol") and not params.get("pair"):
        return either("symbol", "pair")
    if params.get("pair") and any(params.get(name) for name in ("orderId", "fromId")):
        return errors.BAD_COMBINATION
    return not_both(params)
