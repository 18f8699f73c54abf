"""What Binance spot answers where something is refused.

Codes and texts: "Error codes for Binance" (binance/binance-spot-api-docs, 2026-07-21), messages for -2010 and -2011
and the filter failures of -1013. All are HTTP 400 unless noted.
"""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.binance.common.errors import KEY_REFUSED, NOT_SUPPORTED, UNKNOWN
from simexchange.dialects.contract import ApiError

BAD_SYMBOL: Final = ApiError(400, -1121, "Invalid symbol.")
BAD_INTERVAL: Final = ApiError(400, -1120, "Invalid interval.")
BAD_SIDE: Final = ApiError(400, -1117, "Invalid side.")
BAD_ORDER_TYPE: Final = ApiError(400, -1116, "Invalid orderType.")
BAD_TIME_IN_FORCE: Final = ApiError(400, -1115, "Invalid timeInForce.")
BAD_COMBINATION: Final = ApiError(400, -1128, "Combination of optional parameters invalid.")
BAD_STRATEGY_TYPE: Final = ApiError(400, -1134, "strategyType was less than 1000000.")
BAD_TICKER_TYPE: Final = ApiError(400, -1139, "Invalid ticker type.")
BAD_CANCEL_RESTRICTIONS: Final = ApiError(400, -1145, "Invalid cancelRestrictions")
BAD_SYMBOL_STATUS: Final = ApiError(400, -1122, "Invalid symbolStatus.")
STATUS_MISMATCH: Final = ApiError(400, -1220, "The symbol's status does not match the requested symbolStatus.")
DUPLICATE_SYMBOLS: Final = ApiError(400, -1151, "Symbol is present multiple times in the list.")
TOO_LONG_SPAN: Final = ApiError(400, -1127, "More than 24 hours between startTime and endTime.")
BAD_TRANSFER_TYPE: Final = ApiError(400, -1130, "Data sent for parameter 'type' is not valid.")
NO_RELATION: Final = ApiError(400, -5021, "This parent sub have no relation")
NO_TRADING_WINDOW: Final = ApiError(
    400, -2016, "No trading window could be found for the symbol. Try ticker/24hrs instead."
)
NO_SUCH_LISTEN_KEY: Final = ApiError(400, -1125, "This listenKey does not exist.")
NO_SUCH_ORDER: Final = ApiError(400, -2013, "Order does not exist.")
SUBSCRIPTION_ACTIVE: Final = ApiError(400, -2035, "User Data Stream subscription already active.")
SUBSCRIPTION_INACTIVE: Final = ApiError(400, -2036, "User Data Stream subscription not active.")
NEEDS_LOGON: Final = ApiError(401, -1002, "You are not authorized to execute this request.")
BAD_TIME_ZONE: Final = ApiError(400, -1130, "Data sent for parameter 'timeZone' is not valid.")
SELF_TRADE_MODE_REFUSED: Final = ApiError(
    400, -1013, "This symbol does not allow the specified self-trade prevention mode."
)
BAD_PEG_PRICE_TYPE: Final = ApiError(400, -1210, "Invalid pegPriceType.")
BAD_PEG_OFFSET_TYPE: Final = ApiError(400, -1211, "Invalid pegOffsetType.")
NO_REFERENCE_PRICE: Final = ApiError(400, -2043, "This symbol doesn't have a reference price.")
UNSUPPORTED_COMBINATION: Final = ApiError(400, -1014, "Unsupported order combination.")
NOT_IN_OCO: Final = ApiError(400, -1158, "Order type not supported in OCO.")
BUY_LIMIT_ABOVE: Final = ApiError(400, -1165, "A limit order in a buy OCO must be below.")
SELL_LIMIT_BELOW: Final = ApiError(400, -1166, "A limit order in a sell OCO must be above.")
BOTH_LIMITS: Final = ApiError(400, -1168, "At least one OCO order must be contingent.")
BUY_STOP_BELOW: Final = ApiError(400, -1196, "A stop loss order in a buy OCO must be above.")
SELL_STOP_ABOVE: Final = ApiError(400, -1197, "A stop loss order in a sell OCO must be below.")
BUY_PROFIT_ABOVE: Final = ApiError(400, -1198, "A take profit order in a buy OCO must be below.")
SELL_PROFIT_BELOW: Final = ApiError(400, -1199, "A take profit order in a sell OCO must be above.")
PAYING_MUST_BUY: Final = ApiError(400, -1222, "Working order in an OPO list must be a bid.")
PAID_MUST_SELL: Final = ApiError(400, -1223, "Pending orders in an OPO list must be asks.")
REPLACE_HALF_FAILED: Final = ApiError(409, -2021, "Order cancel-replace partially failed.")
REPLACE_FAILED: Final = ApiError(400, -2022, "Order cancel-replace failed.")


def both_or_neither(first: str, second: str) -> ApiError:
    """Two parameters go together."""
    return ApiError(
        400,
        -1128,
        f"Combination of optional fields invalid. Recommendation: '{first}' and '{second}' must both be sent.",
    )


def not_of_paid(name: str) -> ApiError:
    """A leg that another one pays for has its quantity from that."""
    return ApiError(400, -1225, f"Pending orders should not include the '{name}' tag.")


def iceberg_not_gtc(iceberg: str, time_in_force: str) -> ApiError:
    """A leg of a list is an iceberg and does not stay."""
    return ApiError(400, -1160, f"Parameter '{iceberg}' is not supported if '{time_in_force}' is not GTC.")


def _new_order(text: str) -> ApiError:
    return ApiError(400, -2010, text)


def _filter(name: str) -> ApiError:
    return ApiError(400, -1013, f"Filter failure: {name}")


UNKNOWN_ORDER_SENT: Final = ApiError(400, -2011, "Unknown order sent.")
CANCEL_RESTRICTED: Final = ApiError(400, -2011, "Order was not canceled due to cancel restrictions.")
INSUFFICIENT_BALANCE: Final = _new_order("Account has insufficient balance for requested action.")
DUPLICATE_ORDER: Final = _new_order("Duplicate order sent.")
WOULD_TAKE: Final = _new_order("Order would immediately match and take.")
WOULD_TRIGGER: Final = _new_order("Order would trigger immediately.")
MARKET_CLOSED: Final = _new_order("Market is closed.")
OCO_PRICES_WRONG: Final = _new_order("The relationship of the prices for the orders is not correct.")
NO_LIQUIDITY: Final = _new_order("Order book liquidity is less than symbol minimum quantity.")
TYPE_TAKES_NO_PEG: Final = _new_order("This order type may not use pegged price.")
PEG_DOES_NOT_FIT: Final = _new_order("This price peg cannot be used with this order type.")
AMEND_UNCHANGED: Final = ApiError(400, -2038, "The requested action would change no state; rejecting")
AMEND_UNKNOWN_ORDER: Final = ApiError(400, -2038, "Unknown order sent.")
AMEND_MARKET_CLOSED: Final = ApiError(400, -2038, "Market is closed.")
AMEND_DUPLICATE: Final = ApiError(400, -2038, "Duplicate order sent.")
AMEND_PAID: Final = ApiError(400, -2038, "Order amend (pending OPO order) is not supported.")

REJECTIONS: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.ACCOUNT_UNKNOWN: KEY_REFUSED,
    RejectReason.ACCOUNT_EXISTS: UNKNOWN,
    RejectReason.RULES_UNKNOWN: UNKNOWN,
    RejectReason.MARKET_UNKNOWN: BAD_SYMBOL,
    RejectReason.MARKET_EXISTS: UNKNOWN,
    RejectReason.MARKET_INVALID: UNKNOWN,
    RejectReason.MARKET_DELISTED: BAD_SYMBOL,
    RejectReason.MARKET_NOT_TRADING: MARKET_CLOSED,
    RejectReason.FEATURE_NOT_SERVED: NOT_SUPPORTED,
    RejectReason.ACCOUNT_LIQUIDATING: NOT_SUPPORTED,
    RejectReason.ORDER_SHAPE_INVALID: UNSUPPORTED_COMBINATION,
    RejectReason.LIST_SHAPE_INVALID: NOT_IN_OCO,
    RejectReason.POSITION_SLOT_MISMATCH: NOT_SUPPORTED,
    RejectReason.QTY_NOT_POSITIVE: ApiError(400, -1013, "Invalid quantity."),
    RejectReason.PRICE_NOT_POSITIVE: ApiError(400, -1013, "Invalid price."),
    RejectReason.SELF_TRADE_NOT_ALLOWED: SELF_TRADE_MODE_REFUSED,
    RejectReason.PEG_LEVEL_MISSING: _new_order("Order book liquidity is too low for this pegged order."),
    RejectReason.PRICE_BELOW_MIN: _filter("PRICE_FILTER"),
    RejectReason.PRICE_ABOVE_MAX: _filter("PRICE_FILTER"),
    RejectReason.PRICE_OFF_TICK: _filter("PRICE_FILTER"),
    RejectReason.PRICE_ABOVE_BAND: _filter("PERCENT_PRICE_BY_SIDE"),
    RejectReason.PRICE_BELOW_BAND: _filter("PERCENT_PRICE_BY_SIDE"),
    RejectReason.TRAILING_BELOW_MIN: _filter("TRAILING_DELTA"),
    RejectReason.TRAILING_ABOVE_MAX: _filter("TRAILING_DELTA"),
    RejectReason.QTY_BELOW_MIN: _filter("LOT_SIZE"),
    RejectReason.QTY_ABOVE_MAX: _filter("LOT_SIZE"),
    RejectReason.QTY_OFF_STEP: _filter("LOT_SIZE"),
    RejectReason.MARKET_QTY_BELOW_MIN: _filter("MARKET_LOT_SIZE"),
    RejectReason.MARKET_QTY_ABOVE_MAX: _filter("MARKET_LOT_SIZE"),
    RejectReason.MARKET_QTY_OFF_STEP: _filter("MARKET_LOT_SIZE"),
    RejectReason.NOTIONAL_BELOW_MIN: _filter("NOTIONAL"),
    RejectReason.NOTIONAL_ABOVE_MAX: _filter("NOTIONAL"),
    RejectReason.POSITION_ABOVE_MAX: _filter("MAX_POSITION"),
    RejectReason.TOO_MANY_ORDERS: _filter("MAX_NUM_ORDERS"),
    RejectReason.TOO_MANY_CONDITIONAL: _filter("MAX_NUM_ALGO_ORDERS"),
    RejectReason.TOO_MANY_CONDITIONAL_SPOT: _filter("EXCHANGE_MAX_NUM_ALGO_ORDERS"),
    RejectReason.TOO_MANY_CONDITIONAL_FUTURES: NOT_SUPPORTED,
    RejectReason.TOO_MANY_ORDERS_IN_ALL: _filter("EXCHANGE_MAX_NUM_ORDERS"),
    RejectReason.ASSET_ABOVE_MAX: _filter("MAX_ASSET"),
    RejectReason.TOO_MANY_LISTS: _filter("MAX_NUM_ORDER_LISTS"),
    RejectReason.TOO_MANY_LISTS_OVERALL: _filter("EXCHANGE_MAX_NUM_ORDER_LISTS"),
    RejectReason.CLIENT_ID_DUPLICATE: DUPLICATE_ORDER,
    RejectReason.LIST_ID_DUPLICATE: DUPLICATE_ORDER,
    RejectReason.GOOD_TILL_INVALID: BAD_TIME_IN_FORCE,
    RejectReason.ICEBERG_ABOVE_QTY: _new_order("IcebergQty exceeds QTY."),
    RejectReason.TOO_MANY_ICEBERG_PARTS: _filter("ICEBERG_PARTS"),
    RejectReason.TOO_MANY_ICEBERGS: _filter("MAX_NUM_ICEBERG_ORDERS"),
    RejectReason.TOO_MANY_ICEBERGS_IN_ALL: _filter("EXCHANGE_MAX_NUM_ICEBERG_ORDERS"),
    RejectReason.WOULD_TRIGGER: WOULD_TRIGGER,
    RejectReason.POSITION_MISSING: NOT_SUPPORTED,
    RejectReason.CLOSE_ALL_EXISTS: NOT_SUPPORTED,
    RejectReason.LIST_PRICES_WRONG: OCO_PRICES_WRONG,
    RejectReason.NO_LIQUIDITY: NO_LIQUIDITY,
    RejectReason.MARK_BAND_EMPTY: NO_LIQUIDITY,
    RejectReason.POST_ONLY_WOULD_TAKE: WOULD_TAKE,
    RejectReason.FOK_NOT_FILLABLE: NO_LIQUIDITY,
    RejectReason.REDUCE_ONLY_REFUSED: NOT_SUPPORTED,
    RejectReason.REDUCE_ONLY_COVERED: NOT_SUPPORTED,
    RejectReason.CONTRACT_CLOSING: NOT_SUPPORTED,
    RejectReason.LEVERAGE_CAP_EXCEEDED: NOT_SUPPORTED,
    RejectReason.BALANCE_INSUFFICIENT: INSUFFICIENT_BALANCE,
    RejectReason.MARGIN_INSUFFICIENT: INSUFFICIENT_BALANCE,
    RejectReason.ORDER_UNKNOWN: UNKNOWN_ORDER_SENT,
    RejectReason.LIST_UNKNOWN: UNKNOWN_ORDER_SENT,
    RejectReason.AMEND_UNPAID: AMEND_PAID,
    RejectReason.AMEND_UNCHANGED: AMEND_UNCHANGED,
    RejectReason.TOO_MANY_AMENDS: ApiError(400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS"),
    RejectReason.AMEND_NOT_SMALLER: ApiError(400, -2038, "Order amend (quantity increase) is not supported."),
    # Which words this gets is not published: the order would be of no size.
    RejectReason.AMEND_BELOW_FILLED: ApiError(400, -1013, "Invalid quantity."),
    RejectReason.LEVERAGE_INVALID: NOT_SUPPORTED,
    RejectReason.LEVERAGE_MARGIN_INSUFFICIENT: NOT_SUPPORTED,
    RejectReason.ISOLATED_WHILE_UNIFIED: NOT_SUPPORTED,
    RejectReason.COLLATERAL_ORDERS_OPEN: NOT_SUPPORTED,
    RejectReason.COLLATERAL_ISOLATED: NOT_SUPPORTED,
    RejectReason.COLLATERAL_NEGATIVE: NOT_SUPPORTED,
    RejectReason.COLLATERAL_MARGIN_INSUFFICIENT: NOT_SUPPORTED,
    RejectReason.WALLET_UNKNOWN: BAD_TRANSFER_TYPE,
    RejectReason.ASSET_UNKNOWN: ApiError(400, -1130, "Data sent for parameter 'asset' is not valid."),
    RejectReason.AMOUNT_NOT_POSITIVE: ApiError(400, -1130, "Data sent for parameter 'amount' is not valid."),
    # Transfers answer with codes of the asset service (seen 2026-11 in client libraries' tables, and on the wire).
    RejectReason.TRANSFER_INSUFFICIENT: ApiError(400, -5013, "Asset transfer failed: insufficient balance"),
    RejectReason.ACCOUNT_NOT_RELATED: NO_RELATION,
    RejectReason.POSITIONS_OPEN: NOT_SUPPORTED,
    RejectReason.MARGIN_MODE_UNCHANGED: NOT_SUPPORTED,
    RejectReason.MARGIN_MODE_ORDERS: NOT_SUPPORTED,
    RejectReason.MARGIN_MODE_POSITION: NOT_SUPPORTED,
    RejectReason.POSITION_MODE_UNCHANGED: NOT_SUPPORTED,
    RejectReason.POSITION_MODE_ORDERS: NOT_SUPPORTED,
    RejectReason.POSITION_MODE_POSITION: NOT_SUPPORTED,
    RejectReason.LEVERAGE_ISOLATED_POSITION: NOT_SUPPORTED,
    RejectReason.MARGIN_NOT_ISOLATED: NOT_SUPPORTED,
    RejectReason.MARGIN_POSITION_MISSING: NOT_SUPPORTED,
    RejectReason.MARGIN_ADDED_TOO_MUCH: NOT_SUPPORTED,
    RejectReason.MARGIN_REMOVED_TOO_MUCH: NOT_SUPPORTED,
    RejectReason.AUTO_MARGIN_NOT_ISOLATED: NOT_SUPPORTED,
    RejectReason.AUTO_MARGIN_UNCHANGED: NOT_SUPPORTED,
    RejectReason.NOT_SUPPORTED: NOT_SUPPORTED,
    RejectReason.SETTING_UNCHANGED: UNKNOWN,
    RejectReason.INDEX_UNKNOWN: UNKNOWN,
}
"""The total table: every reason of the core in this venue's words."""
