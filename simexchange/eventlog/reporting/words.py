"""Why something was refused, in a sentence with what helps."""

from typing import Final

REASONS: Final = {
    "account_liquidating": "The account is being liquidated: nothing of it may be changed until that is through.",
    "market_not_trading": "The market does not trade now: it is halted.",
    "market_delisted": "The market is closed for good.",
    "order_shape_invalid": "The order contradicts itself or lacks something it needs.",
    "position_slot_mismatch": "The position side does not fit the account's position mode.",
    "price_below_min": "The price is below the lowest that the market takes.",
    "price_above_max": "The price is above the highest that the market takes.",
    "price_off_tick": "The price is no multiple of the market's tick.",
    "price_above_band": "The price is too far above the market's reference price.",
    "price_below_band": "The price is too far below the market's reference price.",
    "qty_below_min": "The quantity is below the least the market takes.",
    "qty_above_max": "The quantity is above the most the market takes.",
    "qty_off_step": "The quantity is no multiple of the market's step.",
    "market_qty_below_min": "The quantity is below the least of a market order.",
    "market_qty_above_max": "The quantity is above the most of a market order.",
    "notional_below_min": "The order is worth less than the market's least value.",
    "notional_above_max": "The order is worth more than the market's greatest value.",
    "position_above_max": "The holding would become larger than the market lets one be.",
    "too_many_orders": "Too many orders are open in this market.",
    "client_id_duplicate": "An open order has the same client id already.",
    "good_till_invalid": "The time until which it should live is too near, too far or past.",
    "would_trigger": "Its trigger price is passed already: it would wake at once.",
    "position_missing": "There is no position to close.",
    "no_liquidity": "Nobody stood on the other side of the book.",
    "mark_band_empty": "Nothing in the book was near enough to the mark.",
    "post_only_would_take": "Post-only: it would have traded at once.",
    "fok_not_fillable": "Fill-or-kill: the book could not fill it whole.",
    "reduce_only_refused": "Reduce-only: it would have opened or turned a position.",
    "reduce_only_covered": "Reduce-only: other orders close that position already.",
    "contract_closing": "The contract is about to expire: positions may only be closed.",
    "leverage_cap_exceeded": "The position would be larger than the chosen leverage allows.",
    "balance_insufficient": "There was not enough in the spot wallet for it.",
    "margin_insufficient": "There was not enough margin for it.",
    "order_unknown": "There is no such open order: it was filled, canceled, or never there.",
    "leverage_invalid": "The market does not offer that leverage.",
    "leverage_margin_insufficient": "With that leverage the open position would lack margin.",
    "transfer_insufficient": "There was less to move than that.",
    "margin_mode_position": "The margin mode cannot change while a position is open.",
    "margin_mode_orders": "The margin mode cannot change while orders are open.",
    "position_mode_position": "The position mode cannot change while a position is open.",
    "position_mode_orders": "The position mode cannot change while orders are open.",
}
"""The more frequent ones; any other is told by its name."""


def sentence(reason: str) -> str:
    """*reason*, the name of a `RejectReason`, in words."""
    return REASONS.get(reason, reason.replace("_", " ").capitalize() + ".")
