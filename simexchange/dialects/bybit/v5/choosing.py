"""Which market a call is about: a symbol within a category."""

from typing import TYPE_CHECKING

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.symbols import CATEGORIES, OPTION, find_market
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import AccountNo


def account_of(call: Call) -> "AccountNo":
    """The account of a signed call."""
    assert call.account is not None, "the gateway authorises before it calls"  # noqa: S101 - contract, never input
    return call.account


def me_of(call: Call) -> "Account":
    """The same as the engine has it."""
    return call.state.accounts[account_of(call)]


def category_of(call: Call, default: str = "") -> str | ApiError:
    """The category that was sent: one that has markets here, or ``option``, which has none."""
    category = call.params.get("category") or default
    return category if category in (*CATEGORIES, OPTION) else errors.BAD_CATEGORY


def market_of(call: Call, params: "Mapping[str, str] | None" = None) -> "MarketState | ApiError":
    """The market that category and symbol name, in *params* where those are not the call's own."""
    sent = call.params if params is None else params
    category = sent.get("category", "")
    if category not in (*CATEGORIES, OPTION):
        return errors.BAD_CATEGORY
    market = find_market(call.state, category, sent.get("symbol", ""))
    return errors.BAD_SYMBOL if market is None else market
