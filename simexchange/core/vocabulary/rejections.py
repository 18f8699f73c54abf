"""Why a command is refused. Refusals are values, never exceptions."""

from enum import StrEnum


class RejectReason(StrEnum):
    """Why a command was refused. The order below is the order of the checks: the first that holds is the answer."""

    # the account and the market
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_EXISTS = "account_exists"
    RULES_UNKNOWN = "rules_unknown"
    MARKET_UNKNOWN = "market_unknown"
    MARKET_EXISTS = "market_exists"
    MARKET_INVALID = "market_invalid"
    MARKET_NOT_TRADING = "market_not_trading"
    # the order's own shape
    FEATURE_NOT_SERVED = "feature_not_served"
    ORDER_SHAPE_INVALID = "order_shape_invalid"
    POSITION_SLOT_MISMATCH = "position_slot_mismatch"
    QTY_NOT_POSITIVE = "qty_not_positive"
    PRICE_NOT_POSITIVE = "price_not_positive"
    # filters, in the order a venue's gateway checks them
    PRICE_BELOW_MIN = "price_below_min"
    PRICE_ABOVE_MAX = "price_above_max"
    PRICE_OFF_TICK = "price_off_tick"
    PRICE_ABOVE_BAND = "price_above_band"
    PRICE_BELOW_BAND = "price_below_band"
    TRAILING_BELOW_MIN = "trailing_below_min"
    TRAILING_ABOVE_MAX = "trailing_above_max"
    QTY_BELOW_MIN = "qty_below_min"
    QTY_ABOVE_MAX = "qty_above_max"
    QTY_OFF_STEP = "qty_off_step"
    MARKET_QTY_BELOW_MIN = "market_qty_below_min"
    MARKET_QTY_ABOVE_MAX = "market_qty_above_max"
    MARKET_QTY_OFF_STEP = "market_qty_off_step"
    NOTIONAL_BELOW_MIN = "notional_below_min"
    NOTIONAL_ABOVE_MAX = "notional_above_max"
    POSITION_ABOVE_MAX = "position_above_max"
    TOO_MANY_ORDERS = "too_many_orders"
    CLIENT_ID_DUPLICATE = "client_id_duplicate"
    GOOD_TILL_INVALID = "good_till_invalid"
    # what the prices and the book say
    WOULD_TRIGGER = "would_trigger"
    NO_LIQUIDITY = "no_liquidity"
    MARK_BAND_EMPTY = "mark_band_empty"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"
    FOK_NOT_FILLABLE = "fok_not_fillable"
    # what the account may do
    REDUCE_ONLY_REFUSED = "reduce_only_refused"
    REDUCE_ONLY_COVERED = "reduce_only_covered"
    LEVERAGE_CAP_EXCEEDED = "leverage_cap_exceeded"
    BALANCE_INSUFFICIENT = "balance_insufficient"
    MARGIN_INSUFFICIENT = "margin_insufficient"
    # cancels and queries by id
    ORDER_UNKNOWN = "order_unknown"
    # settings and money movements
    LEVERAGE_INVALID = "leverage_invalid"
    LEVERAGE_MARGIN_INSUFFICIENT = "leverage_margin_insufficient"
    WALLET_UNKNOWN = "wallet_unknown"
    ASSET_UNKNOWN = "asset_unknown"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    TRANSFER_INSUFFICIENT = "transfer_insufficient"
    NOT_SUPPORTED = "not_supported"
    SETTING_UNCHANGED = "setting_unchanged"
    INDEX_UNKNOWN = "index_unknown"
