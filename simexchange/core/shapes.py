"""Whether an order makes sense by itself, before any filter: what goes together, and what must not be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import icebergs, isolating, pegs, protection, routing, selftrade, waking
from simexchange.core.vocabulary.orders import GTD, LIMIT, POST_ONLY, PositionMode, SelfTrade
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.placing import Ticket
    from simexchange.core.vocabulary.orders import Terms

ONE_WAY, UNSAID = PositionMode.ONE_WAY, SelfTrade.UNSAID


def check(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """The first thing wrong with the order's own shape. A pegged one gets its price on the way."""
    command, terms = ticket.command, ticket.command.more
    limit = command.kind is LIMIT
    if terms is None:
        if ticket.market.derivative and ticket.account.mode_in(ticket.market.no) is not ONE_WAY:
            return RejectReason.POSITION_SLOT_MISMATCH
    else:
        found = _check_terms(engine, ticket, terms)
        if found is not None:
            return found
        if terms.peg is not None and terms.trigger is None and command.qty > 0 and not ticket.waits:
            found = take_peg(ticket)
            if found is not None:
                return found
            command = ticket.command
    if command.tif is GTD and (terms is None or terms.good_till <= engine.at):
        return RejectReason.GOOD_TILL_INVALID
    if (
        not limit
        and command.tif in (POST_ONLY, GTD)
        and (command.tif is POST_ONLY or terms is None or terms.trigger is None)
    ):
        return RejectReason.ORDER_SHAPE_INVALID
    if command.qty <= 0 and (terms is None or (terms.quote_qty <= 0 and not terms.close_all)):
        return RejectReason.QTY_NOT_POSITIVE
    later = terms is not None and terms.peg is not None and (ticket.sleeps is not None or ticket.waits)
    if limit and command.price <= 0 and not later:
        return RejectReason.PRICE_NOT_POSITIVE
    return None


def take_peg(ticket: Ticket) -> RejectReason | None:
    """Give a pegged order the price that the book has for it now."""
    terms = ticket.command.more
    if terms is None or terms.peg is None:
        return None
    pegged = pegs.priced(ticket.command, ticket.market, terms.peg)
    if pegged is None:
        return RejectReason.PEG_LEVEL_MISSING
    ticket.command, ticket.limit = pegged, pegged.price
    return None


def _check_terms(engine: Engine, ticket: Ticket, terms: Terms) -> RejectReason | None:
    """Terms that are not served yet are refused by name, never silently dropped."""
    command, derivative = ticket.command, ticket.market.derivative
    if terms.order_list:
        return RejectReason.FEATURE_NOT_SERVED
    if terms.routed:
        unroutable = routing.check_shape(engine, ticket.account, ticket.market, command)
        if unroutable is not None:
            return unroutable
    if not isolating.fits(ticket.account, ticket.market, terms):
        return RejectReason.POSITION_SLOT_MISMATCH
    if terms.quote_qty < 0:
        return RejectReason.QTY_NOT_POSITIVE
    if terms.quote_qty and (command.qty or command.kind is LIMIT or derivative):
        return RejectReason.ORDER_SHAPE_INVALID
    if terms.reduce_only and not derivative:
        return RejectReason.ORDER_SHAPE_INVALID
    return _check_companions(ticket, terms)


def _check_companions(ticket: Ticket, terms: Terms) -> RejectReason | None:
    """What an order brings along: slices, a peg, a mode, a trigger, prices attached."""
    command, rules = ticket.command, ticket.rules
    if (terms.iceberg_qty and not icebergs.sound(command, terms)) or (
        terms.peg is not None and not pegs.sound(command, terms.peg)
    ):
        return RejectReason.ORDER_SHAPE_INVALID
    modes = () if terms.self_trade is UNSAID or rules is None else rules.filters.self_trade_modes
    if not selftrade.allowed(modes, terms.self_trade):
        return RejectReason.SELF_TRADE_NOT_ALLOWED
    if terms.trigger is not None or terms.close_all or terms.with_position:
        found = waking.check_shape(ticket, terms)
        if found is not None:
            return found
    if terms.take_profit is not None or terms.stop_loss is not None:
        return protection.check_shape(terms, command.side, ticket.market)
    return None
