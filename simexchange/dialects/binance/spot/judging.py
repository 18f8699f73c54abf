"""What is wrong with a new order in itself, found without sending it to the matching engine.

Test orders are judged so, and the new half of a cancel-replace before anything happens. What only the book or the
account's money can tell is not asked here.
"""

from simexchange.core import filters, icebergs, placing, selftrade, waking
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.orders import BUY, LIMIT, SelfTrade, Terms
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.binance.spot import entry
from simexchange.dialects.binance.spot.calls import account_of
from simexchange.dialects.contract import Call
from simexchange.projections.markets import MarketRow

PLAIN = Terms()


def failed_filter(call: Call, market: MarketRow) -> RejectReason | None:
    """The filter that the order the parameters describe would fail now."""
    account = account_of(call)
    command = entry.place_order(call.params, account, market.no, "")
    more = command.more or PLAIN
    if more.quote_qty:
        # Its size comes from the book.
        return None
    if command.qty <= 0:
        return RejectReason.QTY_NOT_POSITIVE
    if command.kind is LIMIT and command.price <= 0 and more.peg is None:
        return RejectReason.PRICE_NOT_POSITIVE
    state = call.state
    rules = state.rules.get((state.accounts[account].rules, market.no))
    ticket = placing.Ticket(command, state.accounts[account], state.markets[market.no], rules)
    modes = () if rules is None else rules.filters.self_trade_modes
    if more.self_trade is not SelfTrade.UNSAID and not selftrade.allowed(modes, more.self_trade):
        return RejectReason.SELF_TRADE_NOT_ALLOWED
    return (
        _failed(call, ticket, command, more) or _failed_by_slice(call, ticket, more) or _failed_by_account(call, ticket)
    )


def _failed(call: Call, ticket: placing.Ticket, command: PlaceOrder, more: Terms) -> RejectReason | None:
    limits = None if ticket.rules is None else ticket.rules.filters
    if more.trigger is not None:
        misshapen = waking.check_shape(ticket, more)
        if misshapen is not None:
            return misshapen
        return None if limits is None else waking.check_filters(call.now, ticket, more, more.trigger, limits)
    if more.peg is not None and not command.price:
        # The book gives it its price.
        step = ticket.market.spec.step
        return None if limits is None else filters.check_qty(command.qty, limits, limits.step or step)
    return placing.check_filters(call.now, ticket)


def _failed_by_account(call: Call, ticket: placing.Ticket) -> RejectReason | None:
    """MAX_POSITION and MAX_ASSET. How many orders are open is asked when the order comes: one may be gone by then."""
    account, market, command, rules = ticket.account, ticket.market, ticket.command, ticket.rules
    if rules is None:
        return None
    most = rules.filters.max_position
    found = filters.check_position(account, market, ticket.qty, most) if most and command.side is BUY else None
    if found is not None or not account.asset_limits:
        return found
    price = command.price or placing.reference_of(call.now, market, rules.filters)
    return filters.check_asset(account, market, ticket.qty, price * ticket.qty)


def _failed_by_slice(call: Call, ticket: placing.Ticket, more: Terms) -> RejectReason | None:
    if ticket.rules is None or not more.iceberg_qty:
        return None
    bundle = call.state.bundles.get(ticket.account.rules)
    return icebergs.check(ticket.account, ticket.market, ticket.qty, more.iceberg_qty, ticket.rules, bundle)
