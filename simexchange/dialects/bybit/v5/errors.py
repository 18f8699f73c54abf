"""Why a command was refused, in the venue's codes and words: total tables over the core's reasons.

Spot has codes of its own (1701xx and on), contracts 110xxx. Codes and texts: "Error Codes" of the v5 documentation
(bybit-exchange/docs, docs/v5/error.mdx, snapshot 2026-07-24, seen 2026-11). Where one of them stands for several
reasons, the reason decides. Texts in braces are filled in with figures (`filled_in`).

Order entry is asynchronous there: what only the book can say is no error. The order is taken in and ends with a reason
(``EC_…``, "Enums Definitions: rejectReason"); `LATER` names the refusals that are told so.
"""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.contract import ApiError

R = RejectReason


def _error(code: int, text: str) -> ApiError:
    return ApiError(200, code, text)


# What calls say before anything is asked of the core.
NO_SUCH_ORDER: Final = _error(110001, "Order does not exist")
NO_SUCH_SPOT_ORDER: Final = _error(170213, "Order does not exist.")
NOTHING_TO_CLOSE: Final = _error(110017, "orderQty will be truncated to zero")
REDUCING_WITH_PRICES: Final = _error(110057, "Conditional order or limit order contains TP/SL related params")
BAD_TICKS: Final = _error(110108, "Allowable range: 1 to 10000 tick size")
BAD_PERCENT: Final = _error(110109, "Allowable range: 0.01% to 10%")
FILLED_PARTLY: Final = _error(110059, "Not allowed to  modify the TP/SL of a partially filled open order")
RPI: Final = _error(110119, "Order failed. RPI orders are restricted to approved market makers only")
SPOT_RPI: Final = _error(170355, "RPI orders are restricted to approved market makers only")
NO_PRICE: Final = _error(110118, "Unable to retrieve a pruce of the market order due to low liquidity")
BAD_ORDER_FILTER: Final = _error(170201, "Invalid orderFilter parameter")
NO_BORROWING: Final = _error(170036, "You haven't enabled Cross Margin Trading yet.")
SPOT_UNSERVED: Final = _error(170227, "This feature is not supported.")
SPOT_FIXED: Final = _error(170312, "The current order does not support modification")
RISING: Final = _error(110092, "expect Rising, but trigger_price[{}] <= current[{}]??{}")
FALLING: Final = _error(110093, "expect Falling, but trigger_price[{}] >= current[{}]??{}")
SLOT_MISMATCH: Final = ApiError(200, 10001, "position idx not match position mode")
UNCHANGED: Final = ApiError(
    200, 10001, "The order remains unchanged as the parameters entered match the existing ones."
)
BOTH_TIMES: Final = _error(181010, "The time range between startTime and endTime cannot exceed 7 days")
TIMES_REVERSED: Final = _error(181009, "Parameter startTime needs to be smaller than endTime")
BAD_STATUS: Final = _error(181005, "orderStatus is wrong")

_ILLEGAL = _error(110032, "Order is illegal")
_NOT_SPOT = _error(170210, "New order rejected.")
_BELOW = ApiError(200, 10001, "The number of contracts exceeds minimum limit allowed")
_ABOVE = ApiError(200, 10001, "The number of contracts exceeds maximum limit allowed: too large")
_OFF_STEP = errors.invalid("qty invalid")
_PRICE_RANGE = _error(110003, "Order price exceeds the allowable range.")
_TOO_MANY = _error(110020, "Not allowed to have more than 500 active orders.")
_TOO_MANY_STOPS = _error(110009, "The number of stop orders exceeds the maximum allowable limit")
_SPOT_TOO_MANY = _error(170810, "Cannot exceed maximum of 500 conditional, TP/SL and active orders.")
_MARGIN = _error(110007, "Available balance is insufficient")
_MODE_FAILED = _error(110073, "Set margin mode failed")
_COLLATERAL = _error(182108, "Switching failed, margin verification failed, please re-adjust the currency status")

CONTRACTS: Final[Mapping[RejectReason, ApiError]] = {
    R.ACCOUNT_UNKNOWN: errors.KEY_INVALID,
    R.ACCOUNT_EXISTS: errors.SERVER_ERROR,
    R.RULES_UNKNOWN: errors.SERVER_ERROR,
    R.MARKET_UNKNOWN: errors.BAD_SYMBOL,
    R.MARKET_EXISTS: errors.SERVER_ERROR,
    R.MARKET_INVALID: errors.SERVER_ERROR,
    R.ACCOUNT_LIQUIDATING: _error(110035, "Cancellation of orders was not completed before liquidation"),
    R.MARKET_DELISTED: _error(110074, "This contract is not live"),
    R.MARKET_NOT_TRADING: _error(110066, "Trading is currently not allowed."),
    R.FEATURE_NOT_SERVED: errors.NOT_SUPPORTED,
    R.ORDER_SHAPE_INVALID: _ILLEGAL,
    R.LIST_SHAPE_INVALID: _ILLEGAL,
    R.POSITION_SLOT_MISMATCH: SLOT_MISMATCH,
    R.QTY_NOT_POSITIVE: _BELOW,
    R.PRICE_NOT_POSITIVE: errors.invalid("price invalid"),
    R.SELF_TRADE_NOT_ALLOWED: errors.invalid("smpType invalid"),
    R.PEG_LEVEL_MISSING: NO_PRICE,
    R.PRICE_BELOW_MIN: _PRICE_RANGE,
    R.PRICE_ABOVE_MAX: _PRICE_RANGE,
    R.PRICE_OFF_TICK: errors.invalid("price invalid"),
    R.PRICE_ABOVE_BAND: _PRICE_RANGE,
    R.PRICE_BELOW_BAND: _PRICE_RANGE,
    R.TRAILING_BELOW_MIN: errors.invalid("trailingStop invalid"),
    R.TRAILING_ABOVE_MAX: errors.invalid("trailingStop invalid"),
    R.QTY_BELOW_MIN: _BELOW,
    R.QTY_ABOVE_MAX: _ABOVE,
    R.QTY_OFF_STEP: _OFF_STEP,
    R.MARKET_QTY_BELOW_MIN: _BELOW,
    R.MARKET_QTY_ABOVE_MAX: _ABOVE,
    R.MARKET_QTY_OFF_STEP: _OFF_STEP,
    R.NOTIONAL_BELOW_MIN: _error(110094, "Order notional value below the lower limit"),
    R.NOTIONAL_ABOVE_MAX: _ABOVE,
    R.POSITION_ABOVE_MAX: _error(110021, "Not allowed to exceeded position limits due to Open Interest."),
    R.TOO_MANY_ORDERS: _TOO_MANY,
    R.TOO_MANY_CONDITIONAL: _TOO_MANY_STOPS,
    R.TOO_MANY_CONDITIONAL_SPOT: _TOO_MANY_STOPS,
    R.TOO_MANY_CONDITIONAL_FUTURES: _TOO_MANY_STOPS,
    R.TOO_MANY_ORDERS_IN_ALL: _TOO_MANY,
    R.ASSET_ABOVE_MAX: _ABOVE,
    R.TOO_MANY_LISTS: _TOO_MANY_STOPS,
    R.TOO_MANY_LISTS_OVERALL: _TOO_MANY_STOPS,
    R.CLIENT_ID_DUPLICATE: _error(110072, "OrderLinkedID is duplicate"),
    R.LIST_ID_DUPLICATE: _error(110072, "OrderLinkedID is duplicate"),
    R.GOOD_TILL_INVALID: errors.invalid("timeInForce invalid"),
    R.ICEBERG_ABOVE_QTY: _ILLEGAL,
    R.TOO_MANY_ICEBERG_PARTS: _ILLEGAL,
    R.TOO_MANY_ICEBERGS: _TOO_MANY,
    R.TOO_MANY_ICEBERGS_IN_ALL: _TOO_MANY,
    R.LIST_PRICES_WRONG: _ILLEGAL,
    R.WOULD_TRIGGER: _ILLEGAL,
    R.POSITION_MISSING: NOTHING_TO_CLOSE,
    R.CLOSE_ALL_EXISTS: _TOO_MANY_STOPS,
    R.NO_LIQUIDITY: NO_PRICE,
    R.MARK_BAND_EMPTY: NO_PRICE,
    R.POST_ONLY_WOULD_TAKE: _error(110103, "Only Post-Only orders are available at this stage"),
    R.FOK_NOT_FILLABLE: _ILLEGAL,
    R.REDUCE_ONLY_REFUSED: NOTHING_TO_CLOSE,
    R.REDUCE_ONLY_COVERED: NOTHING_TO_CLOSE,
    R.CONTRACT_CLOSING: _error(
        110042, "Currently,due to pre-delivery status, you can only reduce your position on this contract."
    ),
    R.LEVERAGE_CAP_EXCEEDED: _error(
        110090,
        "Order placement failed as your position may exceed the max limit. Please adjust your leverage to {} or below "
        "to increase the max. position limit",
    ),
    R.BALANCE_INSUFFICIENT: _MARGIN,
    R.MARGIN_INSUFFICIENT: _MARGIN,
    R.ORDER_UNKNOWN: NO_SUCH_ORDER,
    R.LIST_UNKNOWN: NO_SUCH_ORDER,
    R.AMEND_UNPAID: _ILLEGAL,
    R.AMEND_UNCHANGED: UNCHANGED,
    R.TOO_MANY_AMENDS: _ILLEGAL,
    R.AMEND_NOT_SMALLER: _error(
        110022, "Quantity has been restricted and orders cannot be modified to increase the quantity."
    ),
    R.AMEND_BELOW_FILLED: _error(
        110064, "The modified contract quantity cannot be less than or equal to the filled quantity."
    ),
    R.LEVERAGE_INVALID: _error(110013, "Cannot set leverage due to risk limit level."),
    R.LEVERAGE_MARGIN_INSUFFICIENT: _error(110044, "Available margin is insufficient."),
    R.WALLET_UNKNOWN: errors.invalid("accountType invalid"),
    R.ASSET_UNKNOWN: _error(110050, "Invalid coin"),
    R.AMOUNT_NOT_POSITIVE: errors.invalid("amount invalid"),
    R.ACCOUNT_NOT_RELATED: errors.PERMISSION_DENIED,
    R.TRANSFER_INSUFFICIENT: _error(131212, "Insufficient balance"),
    R.POSITIONS_OPEN: _MODE_FAILED,
    R.MARGIN_MODE_UNCHANGED: _error(110026, "Cross/isolated margin mode has not been modified."),
    R.MARGIN_MODE_ORDERS: _MODE_FAILED,
    R.MARGIN_MODE_POSITION: _MODE_FAILED,
    R.POSITION_MODE_UNCHANGED: _error(110025, "Position mode has not been modified."),
    R.POSITION_MODE_ORDERS: _error(
        110028, "You have existing open orders, so the position mode cannot be switched."
    ),
    R.POSITION_MODE_POSITION: _error(110024, "You have an existing position, so the position mode cannot be switched."),
    R.LEVERAGE_ISOLATED_POSITION: _error(110013, "Cannot set leverage due to risk limit level."),
    R.MARGIN_NOT_ISOLATED: _error(110015, "The position is in cross margin mode."),
    R.MARGIN_POSITION_MISSING: _error(110033, "You can't set margin without an open position"),
    R.MARGIN_ADDED_TOO_MUCH: _error(110014, "Insufficient available balance to add additional margin."),
    R.MARGIN_REMOVED_TOO_MUCH: _error(110078, "Added margin more than max can reduce margin"),
    R.AUTO_MARGIN_NOT_ISOLATED: _error(110076, "Only isolated mode can set auto-add-margin"),
    R.AUTO_MARGIN_UNCHANGED: _error(110027, "Margin has not been modified."),
    R.NOT_SUPPORTED: errors.NOT_SUPPORTED,
    R.SETTING_UNCHANGED: _error(110043, "Set leverage has not been modified."),
    R.ISOLATED_WHILE_UNIFIED: _MODE_FAILED,
    R.COLLATERAL_ORDERS_OPEN: _COLLATERAL,
    R.COLLATERAL_ISOLATED: _COLLATERAL,
    R.COLLATERAL_NEGATIVE: _COLLATERAL,
    R.COLLATERAL_MARGIN_INSUFFICIENT: _COLLATERAL,
    R.INDEX_UNKNOWN: errors.SERVER_ERROR,
}  # fmt: skip

SPOT: Final[Mapping[RejectReason, ApiError]] = {
    **CONTRACTS,
    R.MARKET_UNKNOWN: _error(170121, "Invalid symbol."),
    R.ACCOUNT_LIQUIDATING: _error(170226, "Your Spot Account for Margin Trading is being liquidated."),
    R.MARKET_DELISTED: _error(170157, "The trading pair is not available for api trading"),
    R.MARKET_NOT_TRADING: _error(170151, "The trading pair is not open yet"),
    R.FEATURE_NOT_SERVED: SPOT_UNSERVED,
    R.ORDER_SHAPE_INVALID: _NOT_SPOT,
    R.LIST_SHAPE_INVALID: _NOT_SPOT,
    R.QTY_NOT_POSITIVE: _error(170136, "Order quantity lower than the minimum."),
    R.PRICE_NOT_POSITIVE: _error(170133, "Order price lower than the minimum."),
    R.PRICE_BELOW_MIN: _error(170133, "Order price lower than the minimum."),
    R.PRICE_ABOVE_MAX: _error(170132, "Order price too high."),
    R.PRICE_OFF_TICK: _error(170134, "Order price decimal too long."),
    R.PRICE_ABOVE_BAND: _error(170372, "Order price cannot be higher than {}, the price limitation"),
    R.PRICE_BELOW_BAND: _error(170371, "Order price cannot be lower than {}, the price limitation"),
    R.QTY_BELOW_MIN: _error(170136, "Order quantity lower than the minimum."),
    R.QTY_ABOVE_MAX: _error(170381, "Order quantity too large."),
    R.QTY_OFF_STEP: _error(170137, "Order volume decimal too long"),
    R.MARKET_QTY_BELOW_MIN: _error(170136, "Order quantity lower than the minimum."),
    R.MARKET_QTY_ABOVE_MAX: _error(170382, "Order quantity too large."),
    R.MARKET_QTY_OFF_STEP: _error(170137, "Order volume decimal too long"),
    R.NOTIONAL_BELOW_MIN: _error(170140, "Order value exceeded lower limit"),
    R.NOTIONAL_ABOVE_MAX: _error(170124, "Order amount too large."),
    R.POSITION_ABOVE_MAX: _error(
        170228, "The purchase amount of each order exceeds the estimated maximum purchase amount."
    ),
    R.TOO_MANY_ORDERS: _SPOT_TOO_MANY,
    R.TOO_MANY_CONDITIONAL: _SPOT_TOO_MANY,
    R.TOO_MANY_CONDITIONAL_SPOT: _SPOT_TOO_MANY,
    R.TOO_MANY_ORDERS_IN_ALL: _SPOT_TOO_MANY,
    R.ASSET_ABOVE_MAX: _error(170124, "Order amount too large."),
    R.TOO_MANY_LISTS: _SPOT_TOO_MANY,
    R.TOO_MANY_LISTS_OVERALL: _SPOT_TOO_MANY,
    R.CLIENT_ID_DUPLICATE: _error(170141, "Duplicate clientOrderId"),
    R.LIST_ID_DUPLICATE: _error(170141, "Duplicate clientOrderId"),
    R.ICEBERG_ABOVE_QTY: _NOT_SPOT,
    R.TOO_MANY_ICEBERG_PARTS: _NOT_SPOT,
    R.LIST_PRICES_WRONG: _error(170202, "Please enter the TP/SL price."),
    R.WOULD_TRIGGER: _NOT_SPOT,
    R.NO_LIQUIDITY: _error(170149, "Create order failed"),
    R.POST_ONLY_WOULD_TAKE: _error(170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    R.FOK_NOT_FILLABLE: _error(170149, "Create order failed"),
    R.BALANCE_INSUFFICIENT: _error(170131, "Balance insufficient"),
    R.MARGIN_INSUFFICIENT: _error(170033, "margin Insufficient account balance"),
    R.ORDER_UNKNOWN: NO_SUCH_SPOT_ORDER,
    R.LIST_UNKNOWN: NO_SUCH_SPOT_ORDER,
    R.AMEND_UNPAID: SPOT_FIXED,
    R.TOO_MANY_AMENDS: SPOT_FIXED,
    R.AMEND_NOT_SMALLER: SPOT_FIXED,
    R.AMEND_BELOW_FILLED: _error(170313, "The modified contract quantity cannot be less than to the filled quantity"),
}  # fmt: skip

REJECTIONS: Final = CONTRACTS
"""What the gateway, which knows no categories, says."""

LATER: Final[Mapping[RejectReason, str]] = {
    R.NO_LIQUIDITY: "EC_NoImmediateQtyToFill",
    R.MARK_BAND_EMPTY: "EC_NoImmediateQtyToFill",
    R.POST_ONLY_WOULD_TAKE: "EC_PostOnlyWillTakeLiquidity",
    R.FOK_NOT_FILLABLE: "EC_CancelForNoFullFill",
}
"""Refusals that are no error: the order is acknowledged, and is ``Rejected`` with this reason."""


def rejection(reason: RejectReason, *, spot: bool) -> ApiError:
    """What *reason* is called in spot, or in contracts."""
    return (SPOT if spot else CONTRACTS)[reason]


def filled_in(error: ApiError, *figures: object) -> ApiError:
    """*error* with figures in its text."""
    return ApiError(error.status, error.code, error.text.format(*figures))
