"""How dear a buy and how cheap a sell may be offered, and how far a market order may go.

Two kinds of rules. A bound around the mark: a market order of a derivative trades no further from it, and is refused
where the book has nothing so near (Binance −4131). And a price limit that follows the market: no buy above it and no
sell below, at whatever price the order was sent; an order that is dearer is taken in at the limit or refused, as its
owner chose, and a market order trades up to it and ends there.

Highest buy = min(base × (1 + hard), max(index, base × (1 + soft) + premium)), the lowest sell likewise downward. The
base of a derivative is its mark, that of spot its index; the premium is how much dearer than that the book has been,
in derivatives never what lessens the room. (Bybit v5 account/set-price-limit, announcements of 2025-01-02, 2025-01-14
and 2026-05-26: thirty seconds of the book's middle less the mark, two minutes of it less the index; seen 2026-11. Here
the average basis of the market's own window stands for the former, the average price of trades for the latter.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import averages, marks
from simexchange.core.vocabulary.markets import MarketStatus, MarkFormula
from simexchange.core.vocabulary.orders import BUY, LIMIT, AccountOption, Origin
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Price, ceil_to, floor_to

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Filters
    from simexchange.core.vocabulary.orders import Side

MOVED, REFUSED = 1, 2
"""What an account may choose for its orders beyond the limit; 0: what the market's rules say."""


def bounds(state: ExchangeState, market: MarketState, limits: Filters, at: int) -> tuple[int, int]:
    """(the lowest price to sell at, the highest to buy at), on the tick; zeros where no price is known, or no limit."""
    base, index, premium = _prices(state, market, limits, at)
    if not base or not limits.limit_hard:
        return 0, 0
    soft, hard = base * limits.limit_soft // ONE, base * limits.limit_hard // ONE
    dearer, cheaper = (max(0, premium), min(0, premium)) if market.derivative else (premium, premium)
    highest = min(base + hard, max(index, base + soft + dearer))
    lowest = max(base - hard, min(index, base - soft + cheaper))
    tick = limits.tick or market.spec.tick
    return max(tick, ceil_to(lowest, tick)), max(tick, floor_to(highest, tick))


def _prices(state: ExchangeState, market: MarketState, limits: Filters, at: int) -> tuple[int, int, int]:
    """The base of a market's limit, its index, and how much dearer than the base the book has been."""
    if not market.derivative:
        found = state.indexes.get(f"{market.spec.base}-{market.spec.quote}")
        traded = averages.reference(market, limits, at)
        index = traded if found is None or not found.price else found.price
        return index, index, traded - index if traded else 0
    mark = market.mark or market.last
    index = market.index_price or mark
    rules = market.spec.prices_at(at)
    middle = market.book.mid()
    if not mark or not middle or rules.formula is MarkFormula.AVERAGE_RATIO:
        # Of such a formula the average is of parts of the index, not of prices.
        return mark, index, 0
    return mark, index, index + marks.average_basis(market, rules, middle - index, at) - mark


def moves(account: Account, market: MarketState, limits: Filters) -> bool:
    """Whether an order beyond the limit is taken in at it."""
    option = AccountOption.LIMIT_DERIVATIVES if market.derivative else AccountOption.LIMIT_SPOT
    chosen = account.options.get(option, 0)
    return chosen == MOVED if chosen else limits.limit_moves


def judge(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """Move a limit order to the price limit of its market, or say why it is refused; others pass."""
    command, market = ticket.command, ticket.market
    more = command.more
    if command.kind is not LIMIT or command.price <= 0 or market.status is not MarketStatus.TRADING:
        return None
    if ticket.rules is None or not ticket.account.margined or (more is not None and more.origin is Origin.TPSL):
        # What protects a position is exempt (Bybit help 900004317123, seen 2026-11).
        return None
    found = within(engine, ticket.account, market, ticket.rules.filters, command.side, command.price)
    if isinstance(found, RejectReason):
        return found
    if found != command.price:
        ticket.command = msgspec.structs.replace(command, price=Price(found))
        ticket.limit = found
    return None


def within(
    engine: Engine, account: Account, market: MarketState, limits: Filters, side: Side, price: int
) -> int | RejectReason:
    """The price at which an order sent at *price* is taken in, or why it is not."""
    lowest, highest = bounds(engine.state, market, limits, engine.at)
    bound = highest if side is BUY else lowest
    if not bound or (price - bound) * side <= 0:
        return price
    if moves(account, market, limits):
        return bound
    return RejectReason.PRICE_ABOVE_BAND if side is BUY else RejectReason.PRICE_BELOW_BAND


def bound(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """How far a market order may go: within its market's bound or limit, and as its owner said."""
    command, rules, market = ticket.command, ticket.rules, ticket.market
    side, worst = command.side, 0 if command.more is None else command.more.worst
    found = None
    if rules is not None and rules.filters.limit_hard:
        lowest, highest = bounds(engine.state, market, rules.filters, engine.at)
        ticket.limit = highest if side is BUY else lowest
    elif market.derivative:
        found = _by_mark(engine, ticket)
    if worst and (not ticket.limit or (ticket.limit - worst) * side > 0):
        ticket.limit = worst
    return found


def _by_mark(engine: Engine, ticket: Ticket) -> RejectReason | None:
    bundle = engine.state.bundles.get(ticket.account.rules)
    mark = ticket.market.mark
    if ticket.rules is None or bundle is None or bundle.market_order != "bounded" or not mark:
        return None
    within = ticket.rules.filters.market_take_bound
    if not within:
        return None
    side = ticket.command.side
    ticket.limit = max(1, mark * (ONE + side * within) // ONE)
    best = ticket.market.book.opposite(side).best()
    if best is not None and (best.price - ticket.limit) * side > 0:
        return RejectReason.MARK_BAND_EMPTY
    return None


__all__ = ["MOVED", "REFUSED", "bound", "bounds", "judge", "moves", "within"]
