"""What Binance USDⓈ-M answers where something is refused, beside what all products share (`common.errors`).

Codes and texts are those of the error-code page of the USDⓈ-M documentation (seen 2026-11). The page gives several
texts for some codes; the one a client meets for that case is taken. All of them are HTTP 400 unless noted.
"""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.binance.common.errors import KEY_REFUSED, NOT_SUPPORTED, UNKNOWN
from simexchange.dialects.contract import ApiError

BAD_PRECISION: Final = ApiError(400, -1111, "Precision is over the maximum defined for this asset.")
BAD_SYMBOL: Final = ApiError(400, -1121, "Invalid symbol.")
BAD_PAIR: Final = ApiError(400, -4144, "Invalid pair.")
BAD_CONTRACT_TYPE: Final = ApiError(400, -4104, "Invalid contract type.")
BAD_INTERVAL: Final = ApiError(400, -1120, "Invalid interval.")
BAD_SIDE: Final = ApiError(400, -1117, "Invalid side.")
BAD_ORDER_TYPE: Final = ApiError(400, -1116, "Invalid orderType.")
BAD_TIME_IN_FORCE: Final = ApiError(400, -1115, "Invalid timeInForce.")
TIME_IN_FORCE_NOT_REQUIRED: Final = ApiError(400, -1114, "TimeInForce parameter sent when not required.")
BAD_RESPONSE_TYPE: Final = ApiError(400, -1136, "Invalid newOrderRespType.")
BAD_DEPTH_LIMIT: Final = ApiError(400, -4021, "'{}' is not valid depth limit.")
BAD_POSITION_SIDE: Final = ApiError(400, -4060, "Invalid position side.")
POSITION_SIDE_MISMATCH: Final = ApiError(400, -4061, "Order's position side does not match user's setting.")
REDUCE_ONLY_CONFLICT: Final = ApiError(400, -4062, "Invalid or improper reduceOnly value.")
BAD_CLIENT_ID: Final = ApiError(400, -4015, "Client order id is not valid.")
CLIENT_ID_TOO_LONG: Final = ApiError(400, -4015, "Client order id length should not be more than 36 chars")
BAD_WORKING_TYPE: Final = ApiError(400, -4031, "Invalid parameter working type.")
USE_ALGO_ORDERS: Final = ApiError(
    400, -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
)
BAD_PRICE_MATCH: Final = ApiError(400, -5037, "Invalid price match")
BAD_SELF_TRADE_MODE: Final = ApiError(400, -5039, "Invalid self trade prevention mode")
PRICE_MATCH_ORDER_TYPE: Final = ApiError(
    400, -5038, "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT"
)
BAD_GOOD_TILL: Final = ApiError(
    400,
    -5040,
    "The goodTillDate timestamp must be greater than the current time plus 600 seconds "
    "and smaller than 253402300799000",
)
TRIGGER_NOT_POSITIVE: Final = ApiError(400, -4006, "Stop price less than zero.")
TRIGGER_TOO_GREAT: Final = ApiError(400, -4007, "Stop price greater than max price.")
BAD_ACTIVATION: Final = ApiError(400, -4135, "Invalid activation price.")
CLOSE_WITH_QUANTITY: Final = ApiError(400, -4137, "Quantity must be zero with closePosition equals true.")
CLOSE_NOT_REDUCING: Final = ApiError(400, -4138, "Reduce only must be true with closePosition equals true.")
MODIFY_NOT_TRADING: Final = ApiError(400, -5024, "Symbol is not in trading status. Order amendment is not permitted.")
MODIFY_LIMIT_ONLY: Final = ApiError(400, -5025, "Only limit order is supported.")
# The number is known, its words are not (seen 2026-11).
MODIFY_NOT_REDUCING: Final = ApiError(400, -5047, "The order is not reduce only.")
MODIFY_NOTIONAL: Final = ApiError(400, -5029, "Order's notional must be no smaller than {}")
BAD_BATCH_SIZE: Final = ApiError(400, -4082, "Invalid number of batch place orders.")
BAD_CANCEL_BATCH_SIZE: Final = ApiError(400, -4032, "Exceed maximum cancel order size.")
CANCEL_REJECTED: Final = ApiError(400, -2011, "Unknown order sent.")
NO_SUCH_ORDER: Final = ApiError(400, -2013, "Order does not exist.")
NO_SUCH_LISTEN_KEY: Final = ApiError(400, -1125, "This listenKey does not exist.")
BAD_START_TIME: Final = ApiError(400, -1023, "Start time is greater than end time.")
BAD_TIME_SPAN: Final = ApiError(400, -4165, "Maximum time interval is {} days.")
BAD_COMBINATION: Final = ApiError(400, -1128, "Combination of optional parameters invalid.")
BAD_LEVERAGE: Final = ApiError(400, -4028, "Leverage {} is not valid")
SAME_MARGIN_TYPE: Final = ApiError(400, -4046, "No need to change margin type.")
SAME_POSITION_SIDE: Final = ApiError(400, -4059, "No need to change position side.")
SAME_MULTI_ASSETS: Final = ApiError(400, -4171, "No need to change multi-assets mode.")
MARGIN_ON_CROSS: Final = ApiError(400, -4049, "Add margin only support for isolated position.")
AMOUNT_NOT_POSITIVE: Final = ApiError(400, -4055, "Amount must be positive.")
BAD_ASSET: Final = ApiError(400, -1108, "Invalid asset.")

# "In Hedge Mode, cannot be used with BUY orders in LONG position side and cannot be used with SELL orders in SHORT
# position side" (New Order, closePosition); what the venue answers is not known (seen 2026-11).
CLOSE_WRONG_SIDE: Final = ApiError(400, -2022, "ReduceOnly Order is rejected.")

TOO_MANY_STOPS: Final = ApiError(400, -4045, "Reach max stop order limit.")
NO_POSITION: Final = ApiError(
    400,
    -4509,
    "Time in Force (TIF) GTE can only be used with open positions. Please ensure that positions are available.",
)
CLOSE_ALL_EXISTS: Final = ApiError(
    400, -4130, "An open stop or take profit order with GTE and closePosition in the direction is existing."
)
WOULD_TRIGGER: Final = ApiError(400, -2021, "Order would immediately trigger.")
BAD_CALLBACK_RATE: Final = ApiError(400, -2007, "Invalid callBack rate.")
QTY_NOT_POSITIVE: Final = ApiError(400, -4003, "Quantity less than or equal to zero.")
QTY_TOO_GREAT: Final = ApiError(400, -4005, "Quantity greater than max quantity.")
PRICE_NOT_POSITIVE: Final = ApiError(400, -4001, "Price less than 0.")
PRICE_TOO_GREAT: Final = ApiError(400, -4002, "Price greater than max price.")

REJECTIONS: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.ACCOUNT_UNKNOWN: KEY_REFUSED,
    RejectReason.ACCOUNT_EXISTS: UNKNOWN,
    RejectReason.RULES_UNKNOWN: UNKNOWN,
    RejectReason.MARKET_UNKNOWN: BAD_SYMBOL,
    RejectReason.MARKET_EXISTS: UNKNOWN,
    RejectReason.MARKET_INVALID: UNKNOWN,
    RejectReason.MARKET_DELISTED: ApiError(400, -4141, "Symbol is closed."),
    RejectReason.MARKET_NOT_TRADING: ApiError(400, -4140, "Invalid symbol status for opening position."),
    RejectReason.FEATURE_NOT_SERVED: NOT_SUPPORTED,
    RejectReason.ACCOUNT_LIQUIDATING: ApiError(400, -2023, "User in liquidation mode now."),
    RejectReason.ORDER_SHAPE_INVALID: ApiError(400, -1014, "Unsupported order combination."),
    RejectReason.LIST_SHAPE_INVALID: NOT_SUPPORTED,
    RejectReason.POSITION_SLOT_MISMATCH: POSITION_SIDE_MISMATCH,
    RejectReason.QTY_NOT_POSITIVE: QTY_NOT_POSITIVE,
    RejectReason.PRICE_NOT_POSITIVE: PRICE_NOT_POSITIVE,
    RejectReason.SELF_TRADE_NOT_ALLOWED: BAD_SELF_TRADE_MODE,
    RejectReason.PEG_LEVEL_MISSING: ApiError(400, -5041, "No depth matches this BBO order"),
    RejectReason.PRICE_BELOW_MIN: ApiError(400, -4013, "Price less than min price."),
    RejectReason.PRICE_ABOVE_MAX: PRICE_TOO_GREAT,
    RejectReason.PRICE_OFF_TICK: ApiError(400, -4014, "Price not increased by tick size."),
    RejectReason.PRICE_ABOVE_BAND: ApiError(400, -4016, "Price is higher than mark price multiplier cap."),
    RejectReason.PRICE_BELOW_BAND: ApiError(400, -4024, "Price is lower than mark price multiplier floor."),
    RejectReason.TRAILING_BELOW_MIN: BAD_CALLBACK_RATE,
    RejectReason.TRAILING_ABOVE_MAX: BAD_CALLBACK_RATE,
    RejectReason.QTY_BELOW_MIN: ApiError(400, -4004, "Quantity less than min quantity."),
    RejectReason.QTY_ABOVE_MAX: QTY_TOO_GREAT,
    RejectReason.QTY_OFF_STEP: ApiError(400, -4023, "Qty not increased by step size."),
    RejectReason.MARKET_QTY_BELOW_MIN: ApiError(400, -4004, "Quantity less than min quantity."),
    RejectReason.MARKET_QTY_ABOVE_MAX: QTY_TOO_GREAT,
    RejectReason.MARKET_QTY_OFF_STEP: ApiError(400, -4023, "Qty not increased by step size."),
    # The least notional is put in by `rejection`, which knows the market.
    RejectReason.NOTIONAL_BELOW_MIN: ApiError(
        400, -4164, "Order's notional must be no smaller than {} (unless you choose reduce only)."
    ),
    RejectReason.NOTIONAL_ABOVE_MAX: QTY_TOO_GREAT,
    RejectReason.POSITION_ABOVE_MAX: ApiError(
        400, -2027, "Exceeded the maximum allowable position at current leverage."
    ),
    RejectReason.TOO_MANY_ORDERS: ApiError(400, -2025, "Reach max open order limit."),
    RejectReason.TOO_MANY_CONDITIONAL: TOO_MANY_STOPS,
    RejectReason.TOO_MANY_CONDITIONAL_SPOT: TOO_MANY_STOPS,
    RejectReason.TOO_MANY_CONDITIONAL_FUTURES: TOO_MANY_STOPS,
    # The two are of spot alone.
    RejectReason.TOO_MANY_ORDERS_IN_ALL: ApiError(400, -2025, "Reach max open order limit."),
    RejectReason.ASSET_ABOVE_MAX: UNKNOWN,
    RejectReason.TOO_MANY_LISTS: NOT_SUPPORTED,
    RejectReason.TOO_MANY_LISTS_OVERALL: NOT_SUPPORTED,
    RejectReason.CLIENT_ID_DUPLICATE: ApiError(400, -4116, "ClientOrderId is duplicated."),
    RejectReason.LIST_ID_DUPLICATE: NOT_SUPPORTED,
    RejectReason.GOOD_TILL_INVALID: BAD_GOOD_TILL,
    # There are no icebergs on this venue's derivatives.
    RejectReason.ICEBERG_ABOVE_QTY: NOT_SUPPORTED,
    RejectReason.TOO_MANY_ICEBERG_PARTS: NOT_SUPPORTED,
    RejectReason.TOO_MANY_ICEBERGS: NOT_SUPPORTED,
    RejectReason.TOO_MANY_ICEBERGS_IN_ALL: NOT_SUPPORTED,
    RejectReason.WOULD_TRIGGER: WOULD_TRIGGER,
    RejectReason.POSITION_MISSING: NO_POSITION,
    RejectReason.CLOSE_ALL_EXISTS: CLOSE_ALL_EXISTS,
    RejectReason.LIST_PRICES_WRONG: NOT_SUPPORTED,
    RejectReason.NO_LIQUIDITY: ApiError(400, -2020, "Unable to fill."),
    RejectReason.MARK_BAND_EMPTY: ApiError(
        400, -4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit."
    ),
    RejectReason.POST_ONLY_WOULD_TAKE: ApiError(
        400, -5022, "Due to the order could not be executed as maker, the Post Only order will be rejected."
    ),
    RejectReason.FOK_NOT_FILLABLE: ApiError(
        400, -5021, "Due to the order could not be filled immediately, the FOK order has been rejected."
    ),
    RejectReason.REDUCE_ONLY_REFUSED: ApiError(400, -2022, "ReduceOnly Order is rejected."),
    RejectReason.CONTRACT_CLOSING: ApiError(400, -4140, "Invalid symbol status for opening position"),
    RejectReason.REDUCE_ONLY_COVERED: ApiError(
        400, -4118, "ReduceOnly Order Failed. Please check your existing position and open orders"
    ),
    RejectReason.LEVERAGE_CAP_EXCEEDED: ApiError(
        400, -2027, "Exceeded the maximum allowable position at current leverage."
    ),
    RejectReason.BALANCE_INSUFFICIENT: ApiError(400, -2018, "Balance is insufficient."),
    RejectReason.MARGIN_INSUFFICIENT: ApiError(400, -2019, "Margin is insufficient."),
    RejectReason.ORDER_UNKNOWN: CANCEL_REJECTED,
    RejectReason.LIST_UNKNOWN: NOT_SUPPORTED,
    RejectReason.AMEND_UNPAID: NOT_SUPPORTED,
    RejectReason.AMEND_UNCHANGED: ApiError(400, -5027, "No need to modify the order."),
    RejectReason.TOO_MANY_AMENDS: ApiError(400, -5026, "Exceed maximum modify order limit."),
    # Making an order smaller in its place is spot's alone.
    RejectReason.AMEND_NOT_SMALLER: NOT_SUPPORTED,
    RejectReason.AMEND_BELOW_FILLED: NOT_SUPPORTED,
    RejectReason.LEVERAGE_INVALID: BAD_LEVERAGE,
    RejectReason.LEVERAGE_MARGIN_INSUFFICIENT: ApiError(
        400, -2028, "Leverage is smaller than permitted: insufficient margin balance."
    ),
    RejectReason.ISOLATED_WHILE_UNIFIED: ApiError(
        400, -4168, "Unable to adjust to isolated-margin mode under the Multi-Assets mode."
    ),
    RejectReason.COLLATERAL_ORDERS_OPEN: ApiError(
        400, -4170, "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures."
    ),
    RejectReason.COLLATERAL_ISOLATED: ApiError(
        400, -4167, "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode."
    ),
    RejectReason.COLLATERAL_NEGATIVE: ApiError(
        400,
        -4172,
        "Unable to adjust Multi-Assets Mode with a negative wallet balance of margin available asset in "
        "USDⓈ-M Futures account.",
    ),
    RejectReason.COLLATERAL_MARGIN_INSUFFICIENT: ApiError(
        400, -4169, "Unable to adjust Multi-Assets Mode with insufficient margin balance in USDⓈ-M Futures."
    ),
    RejectReason.WALLET_UNKNOWN: ApiError(400, -4027, "Invalid account type."),
    RejectReason.ASSET_UNKNOWN: BAD_ASSET,
    RejectReason.AMOUNT_NOT_POSITIVE: AMOUNT_NOT_POSITIVE,
    RejectReason.TRANSFER_INSUFFICIENT: ApiError(400, -4050, "Cross balance insufficient."),
    RejectReason.ACCOUNT_NOT_RELATED: NOT_SUPPORTED,
    RejectReason.POSITIONS_OPEN: NOT_SUPPORTED,
    RejectReason.MARGIN_MODE_UNCHANGED: SAME_MARGIN_TYPE,
    RejectReason.MARGIN_MODE_ORDERS: ApiError(400, -4047, "Margin type cannot be changed if there exists open orders."),
    RejectReason.MARGIN_MODE_POSITION: ApiError(400, -4048, "Margin type cannot be changed if there exists position."),
    RejectReason.POSITION_MODE_UNCHANGED: SAME_POSITION_SIDE,
    RejectReason.POSITION_MODE_ORDERS: ApiError(
        400, -4067, "Position side cannot be changed if there exists open orders."
    ),
    RejectReason.POSITION_MODE_POSITION: ApiError(
        400, -4068, "Position side cannot be changed if there exists position."
    ),
    RejectReason.LEVERAGE_ISOLATED_POSITION: ApiError(
        400, -4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions"
    ),
    RejectReason.MARGIN_NOT_ISOLATED: MARGIN_ON_CROSS,
    RejectReason.MARGIN_POSITION_MISSING: ApiError(400, -4054, "Cannot add position margin: position is 0."),
    RejectReason.MARGIN_ADDED_TOO_MUCH: ApiError(400, -4050, "Cross balance insufficient."),
    RejectReason.MARGIN_REMOVED_TOO_MUCH: ApiError(400, -4051, "Isolated balance insufficient."),
    RejectReason.AUTO_MARGIN_NOT_ISOLATED: ApiError(400, -4053, "Auto add margin only support for isolated position."),
    RejectReason.AUTO_MARGIN_UNCHANGED: ApiError(400, -4052, "No need to change auto add margin."),
    RejectReason.NOT_SUPPORTED: NOT_SUPPORTED,
    RejectReason.SETTING_UNCHANGED: ApiError(400, -4028, "Leverage already exist."),
    RejectReason.INDEX_UNKNOWN: UNKNOWN,
}
"""The total table: every reason of the core in this venue's words."""


def filled_in(error: ApiError, *values: object) -> ApiError:
    """*error* with its placeholders filled."""
    return ApiError(error.status, error.code, error.text.format(*values))


def close_position(order_type: str) -> ApiError:
    """Only stop orders close a whole position, and those are algo orders."""
    return ApiError(400, -4136, f"Target strategy invalid for orderType '{order_type}',closePosition 'true'")


def unknown_path(method: str, path: str) -> ApiError:
    """No such call (HTTP 404)."""
    return ApiError(404, -5000, f"Path {path}, Method {method} is invalid")
