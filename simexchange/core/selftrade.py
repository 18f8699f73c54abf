"""Self-trade prevention: what happens where an order would trade with its own account or trade group.

The taker's mode decides: what the order says, else what its account chose, else the market's rules. Only TRANSFER asks
the maker too: where that one does not say TRANSFER as well, it is DECREMENT (Binance, STP FAQ, seen 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import legs
from simexchange.core.vocabulary.events import OrderExpired, TradePrevented
from simexchange.core.vocabulary.fills import Prevented
from simexchange.core.vocabulary.orders import BUY, FOK, LIMIT, AccountOption, EndReason, SelfTrade
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.book import Level, Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.orders import Terms, TimeInForce

UNSAID, NONE = SelfTrade.UNSAID, SelfTrade.NONE
EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH = SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH
DECREMENT, TRANSFER = SelfTrade.DECREMENT, SelfTrade.TRANSFER
CHOICE = AccountOption.SELF_TRADE

Own = "Callable[[Order], bool]"
"""Whether an order belongs to the account that asks, or to its trade group."""


def mode_of(
    state: ExchangeState, account: Account, market: MarketState, more: Terms | None, tif: TimeInForce
) -> SelfTrade:
    """What an order of *account* does when it meets its own; never UNSAID.

    A fill-or-kill of a derivative is not looked at (Binance: effective for GTC, IOC and GTD; mechanics §2.2).
    """
    if market.derivative and tif is FOK:
        return NONE
    if more is not None and more.self_trade is not UNSAID:
        return more.self_trade
    rules = state.rules.get((account.rules, market.no))
    chosen = account.options.get(CHOICE, 0) if account.options else 0
    if chosen and allowed(rules.filters.self_trade_modes if rules is not None else (), chosen):
        return SelfTrade(chosen)
    default = rules.filters.self_trade_default if rules is not None else 0
    return SelfTrade(default) if default else NONE


def allowed(modes: tuple[int, ...], mode: int) -> bool:
    """Whether a market that allows *modes* (empty: all) allows *mode*."""
    return not modes or mode in modes


def related(groups: dict[AccountNo, int], one: AccountNo, other: AccountNo) -> bool:
    """Whether two accounts count as one: they are, or are of one trade group."""
    return one == other or (one in groups and groups[one] == groups.get(other))


def own_of(
    state: ExchangeState, account: Account, market: MarketState, beside: Iterable[MarketState] = ()
) -> Callable[[Order], bool] | None:
    """Which orders of *market* and those *beside* it are the account's own or its group's; None: there can be none."""
    groups, no = state.trade_groups, account.no
    if no in groups:
        return lambda order: related(groups, no, order.account)
    if account.open_counts.get(market.no) or any(account.open_counts.get(each.no) for each in beside):
        return lambda order: order.account == no
    return None


def stepped_over(
    state: ExchangeState, account: Account, market: MarketState, more: Terms | None, tif: TimeInForce,
    beside: Iterable[MarketState] = (),
) -> Callable[[Order], bool] | None:  # fmt: skip
    """Which orders a taker of *account* would expire on its way, so that they give it nothing; None: there are none."""
    own = own_of(state, account, market, beside)
    if own is None or mode_of(state, account, market, more, tif) is not EXPIRE_MAKER:
        return None
    return own


def offered(level: Level, without: Callable[[Order], bool] | None = None) -> int:
    """What a taker can have at *level*, shown and hidden, but for orders that are *without*."""
    total = level.qty + level.hidden
    if without is not None:
        total -= sum([order.left for order in level if without(order)])
    return total


def reached(
    state: ExchangeState, account: Account, market: MarketState, more: Terms | None, tif: TimeInForce,
    levels: Iterable[Level], beside: Iterable[MarketState] = (),
) -> Iterator[tuple[Order, int]]:  # fmt: skip
    """Whom of *levels* a taker of *account* would trade with if it must be filled whole, and for how much at most.

    Its own are stepped over where they would expire, and end it in every other mode but NONE: what is prevented can
    not be filled any more. Then of the orders before it only what they show counts: the rest stands behind it.
    """
    own, mode = own_of(state, account, market, beside), NONE
    if own is not None:
        mode = mode_of(state, account, market, more, tif)
    for level in levels:
        met = own is not None and mode is not NONE and any(own(order) for order in level)
        for order in level:
            if met and own is not None and own(order):
                if mode is not EXPIRE_MAKER:
                    return
            else:
                yield order, order.left - order.hidden if met and mode is not EXPIRE_MAKER else order.left


def prevent(engine: Engine, taker: Order, maker: Order, market: MarketState, mode: SelfTrade) -> bool:
    """Keep *taker* and *maker* from trading, by *mode*; a maker with nothing left ends. Whether the taker must, too."""
    state = engine.state
    accounts = state.accounts
    account = accounts[maker.account]
    if mode is TRANSFER and (
        market.derivative or mode_of(state, account, market, maker.more, maker.tif) is not TRANSFER
    ):
        mode = DECREMENT
    match = min(maker.left - maker.hidden, taker.left)
    taken = made = match
    if mode in (EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH):
        taken = 0 if mode is EXPIRE_MAKER else taker.left
        made = 0 if mode is EXPIRE_TAKER else maker.left
    moved = match if mode is TRANSFER and maker.account != taker.account else 0
    quote = maker.price * moved // ONE
    for order, less in ((taker, taken), (maker, made)):
        if less and order.more is not None and order.more.order_list:
            legs.end_sibling(engine, order)
    engine.emit(
        TradePrevented(
            market.no,
            market.preventions,
            Price(maker.price),
            mode,
            taker.side,
            _side(taker, taken, quote),
            _side(maker, made, quote),
            state.trade_groups.get(taker.account, 0),
            Quantity(moved),
            Amount(quote),
        )
    )
    if not maker.left:
        engine.emit(
            OrderExpired(maker.id, maker.account, market.no, Quantity(0), Amount(maker.hold), EndReason.SELF_TRADE)
        )
    return not taker.left


def _side(order: Order, qty: int, spent: int) -> Prevented:
    left = order.left - qty
    return Prevented(order.account, order.id, Quantity(qty), Quantity(left), Amount(_freed(order, qty, left, spent)))


def _freed(order: Order, qty: int, left: int, spent: int) -> int:
    """What of its hold an order has no use for when *qty* of it is prevented; *spent* of it is about to be paid."""
    if not order.hold or not qty:
        return 0
    if not left:
        return order.hold
    if order.side is not BUY:
        return qty
    if order.kind is LIMIT:
        return order.hold - -(-order.price * left // ONE)
    # A market order keeps what it may need for the rest until it ends.
    return spent


__all__ = [
    "DECREMENT", "EXPIRE_BOTH", "EXPIRE_MAKER", "EXPIRE_TAKER", "NONE", "TRANSFER", "UNSAID", "allowed", "mode_of",
    "offered", "own_of", "prevent", "reached", "related", "stepped_over",
]  # fmt: skip
