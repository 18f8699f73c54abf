"""Placing an order: the checks in the order of `RejectReason`, then the book."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from simexchange.core import (
    averages,
    costing,
    filters,
    icebergs,
    isolating,
    margin,
    matching,
    pegs,
    pooling,
    pricelimits,
    protection,
    routing,
    selftrade,
    shapes,
    sizing,
    valuing,
    waking,
)
from simexchange.core.book import position_key
from simexchange.core.distress import bars
from simexchange.core.vocabulary.events import OrderAccepted, OrderRejected, OrderRested
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    FOK,
    GTC,
    GTD,
    LIMIT,
    MARKET,
    POST_ONLY,
    SELL,
    TRADE,
    AccountClass,
    EndReason,
    PositionMode,
    Side,
    TradeKind,
    closes,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.matching import Policy
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import PlaceOrder
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import Filters, MarketRules
    from simexchange.core.vocabulary.orders import Terms, Trigger

TRADING = MarketStatus.TRADING
AGENT = AccountClass.AGENT
ONE_WAY = PositionMode.ONE_WAY
# Every order comes through here, and to make a plain integer a `Quantity` is a call like any other: these two are
# given what they hold without one, so mypy does not look at their arguments.
_accepted: Callable[..., OrderAccepted] = OrderAccepted
_rested: Callable[..., OrderRested] = OrderRested

OUT_OF_RANGE = EndReason.PRICE_RANGE


class Ticket:
    """An order on its way in: what the checks found out about it."""

    __slots__ = (
        "account", "command", "cost", "held", "hold", "key", "limit", "market", "qty", "reduce_only", "rules", "sleeps",
        "waits",
    )  # fmt: skip

    def __init__(
        self,
        command: PlaceOrder,
        account: Account,
        market: MarketState,
        rules: MarketRules | None,
        held: int = 0,
        key: PositionKey | None = None,
    ) -> None:
        self.command = command
        self.account = account
        self.market = market
        self.rules = rules
        self.qty: int = command.qty
        self.hold = self.cost = 0
        """*cost*: what a market buy by value costs at most; 0: nobody has reckoned it."""
        self.held = held
        """What it holds already: an order that slept."""
        self.sleeps: Trigger | None = None
        """What it will wait for; None: it works at once."""
        self.waits = False
        """It is a leg of a list, and waits for another one: nothing is asked of the book yet."""
        self.limit: int = command.price if command.kind is LIMIT else 0
        more = command.more
        self.reduce_only = more is not None and closes(more, command.side)
        self.key: PositionKey = market.no if key is None else key
        """The position it works on."""
        if key is None and more is not None and more.slot:
            self.key = position_key(market.no, more, OrderId(account.orders_made + 1))


def place(engine: Engine, command: PlaceOrder) -> None:
    """Refuse *command*, or accept it, let it trade, and rest or end what is left."""
    state = engine.state
    account = state.accounts.get(command.account)
    market = state.markets.get(command.market)
    if account is None:
        return _reject(engine, command, RejectReason.ACCOUNT_UNKNOWN, 0)
    made = account.orders_made + 1
    if market is None:
        return _reject(engine, command, RejectReason.MARKET_UNKNOWN, made)
    rules = state.rules.get((account.rules, command.market))
    ticket = Ticket(command, account, market, rules)
    reason = None
    if rules is not None and rules.filters.limit_hard and (command.more is None or command.more.trigger is None):
        reason = pricelimits.judge(engine, ticket)
    reason = reason or check(engine, ticket)
    if reason is not None:
        return _reject(engine, command, reason, made)
    accept(engine, ticket, OrderId(made))
    return None


def _reject(engine: Engine, c: PlaceOrder, reason: RejectReason, made: int) -> None:
    engine.emit(
        OrderRejected(
            OrderId(made), reason, c.account, c.market, c.side, c.kind, c.qty, c.price, c.tif, c.client_id, c.more
        )
    )


def check(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """The first reason to refuse, in the order of the enum; fills in the ticket's size, limit and hold."""
    command, more = ticket.command, ticket.command.more
    if ticket.account.liquidating and bars(ticket.account, ticket.market, ticket.key):
        return RejectReason.ACCOUNT_LIQUIDATING
    if more is None:
        return _check_plain(engine, ticket)
    plain = command.kind is LIMIT and command.tif is GTC
    if more.trigger is not None:
        ticket.sleeps = more.trigger
        return (
            _check_standing(ticket) or shapes.check(engine, ticket) or waking.check(engine, ticket, more, ticket.sleeps)
        )
    return (
        _check_standing(ticket)
        or shapes.check(engine, ticket)
        or (_check_size(engine, ticket, more) if more.quote_qty else None)
        or check_filters(engine.at, ticket)
        or check_counts(engine, ticket)
        or _check_rare(engine, ticket, more)
        or (None if plain else _check_book(engine, ticket))
        or (_check_reduce_only(engine, ticket) if ticket.reduce_only else None)
        or check_money(engine, ticket)
    )


def _check_plain(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """`check` of an order without rarer terms, which nearly all are: the same, with what cannot fail left unasked."""
    command, market = ticket.command, ticket.market
    if market.status is not TRADING or not ticket.account.margined:
        return _check_standing(ticket)
    limit, tif = command.kind is LIMIT, command.tif
    if market.derivative and ticket.account.mode_in(market.no) is not ONE_WAY:
        return RejectReason.POSITION_SLOT_MISMATCH
    if not limit or tif is GTD or command.qty <= 0 or command.price <= 0:
        found = shapes.check(engine, ticket)
        if found is not None:
            return found
    found = check_filters(engine.at, ticket) or check_counts(engine, ticket)
    if found is None and not (limit and tif is GTC):
        found = _check_book(engine, ticket)
    if found is not None:
        return found
    return check_money(engine, ticket) if market.derivative else _check_balance(engine, ticket)


def _check_rare(engine: Engine, ticket: Ticket, terms: Terms) -> RejectReason | None:
    """What few orders have: slices, a price beside a peg, prices attached."""
    if terms.peg is not None or terms.iceberg_qty:
        found = check_rare_filters(engine, ticket, terms)
        if found is not None:
            return found
    return isolating.check_named(ticket) or protection.check_attached(engine, ticket, terms)


def check_again(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """What an order that slept is checked for when its trigger comes: all a new one is, but what it was taken in for.

    It stands among the account's orders already, under its client id, and its shape was judged at entry.
    """
    limited = ticket.rules is not None and ticket.rules.filters.limit_hard
    return (
        _check_standing(ticket)
        or (pricelimits.judge(engine, ticket) if limited else None)
        or check_filters(engine.at, ticket)
        or isolating.check_named(ticket)
        or _check_book(engine, ticket)
        or (_check_reduce_only(engine, ticket) if ticket.reduce_only else None)
        or check_money(engine, ticket)
    )


def check_waiting(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """The first reason to refuse a leg of a list that waits for another: neither book nor money is asked yet."""
    terms = ticket.command.more
    sleeps = ticket.sleeps = None if terms is None else terms.trigger
    ticket.waits = True
    found = _check_standing(ticket) or shapes.check(engine, ticket)
    if found is None:
        if ticket.rules is not None and sleeps is None and ticket.command.kind is LIMIT and not ticket.command.price:
            # A pegged one, which gets its price when it begins.
            limits = ticket.rules.filters
            found = filters.check_qty(ticket.qty, limits, limits.step or ticket.market.spec.step)
        elif terms is None or sleeps is None:
            found = check_filters(engine.at, ticket)
        elif ticket.rules is not None:
            found = waking.check_filters(engine.at, ticket, terms, sleeps, ticket.rules.filters)
    found = found or check_counts(engine, ticket)
    return found if found is not None or terms is None else check_rare_filters(engine, ticket, terms)


def check_starting(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """The first reason why such a leg cannot begin; it is counted already. Fills in what it will hold."""
    terms = ticket.command.more
    sleeps = ticket.sleeps = None if terms is None else terms.trigger
    if ticket.command.tif is GTD and terms is not None and terms.good_till <= engine.at:
        # Its time was over while it waited.
        return RejectReason.GOOD_TILL_INVALID
    if terms is None or sleeps is None:
        return shapes.take_peg(ticket) or check_again(engine, ticket)
    return _check_standing(ticket) or waking.check_starting(engine, ticket, terms, sleeps)


def _check_standing(ticket: Ticket) -> RejectReason | None:
    if ticket.market.status is not TRADING:
        return ticket.market.refusal()
    if not ticket.account.margined:
        # The tape's account and the fund trade by the engine's hand alone: nothing would bound what they spend.
        return RejectReason.FEATURE_NOT_SERVED
    return None


def _check_size(engine: Engine, ticket: Ticket, terms: Terms) -> RejectReason | None:
    """An order by value gets its size from the book as it stands."""
    market, side = ticket.market, ticket.command.side
    without = selftrade.stepped_over(engine.state, ticket.account, market, terms, ticket.command.tif)
    step: int = market.spec.step
    if ticket.rules is not None:
        limits = ticket.rules.filters
        # A market order has two steps to fit, LOT_SIZE and MARKET_LOT_SIZE.
        step = limits.step or step
        if limits.market_step:
            step = lcm(step, limits.market_step)
    qty, ticket.cost, enough = sizing.size_by_value(market, side, terms.quote_qty, step, without)
    if not enough and (not qty or ticket.rules is None or not ticket.rules.filters.limit_hard):
        return RejectReason.NO_LIQUIDITY
    if not qty:
        return RejectReason.QTY_BELOW_MIN
    if not enough:
        # Under a price limit a market order takes what there is and ends with some of it undone: a step more than that.
        qty, ticket.cost = qty + step, terms.quote_qty if side is BUY else 0
    ticket.qty = qty
    return None


def reference_of(at: int, market: MarketState, limits: Filters) -> int:
    """What the bands of a market, and the worth of market orders there, are measured by.

    The mark of a derivative (Binance PERCENT_PRICE of futures); of spot the reference price, the average, the last.
    """
    if market.derivative:
        return market.mark or market.last
    return market.last if market.averages is None else averages.reference(market, limits, at)


def check_filters(at: int, ticket: Ticket) -> RejectReason | None:
    """What the venue's rules say of price, size and worth."""
    market, command, rules = ticket.market, ticket.command, ticket.rules
    if rules is not None and ticket.account.margined:
        # `reference_of`, written out where it is the last price, the mark or the average.
        kept = market.averages
        if kept is None or market.derivative:
            reference = market.mark or market.last
        elif kept.window or kept.given:
            reference = averages.reference(market, rules.filters, at)
        else:
            reference = kept.average(at, rules.filters.average_span) or market.last
        return filters.check(command, ticket.qty, market, rules.filters, reference, reduce_only=ticket.reduce_only)
    if ticket.qty % market.spec.step or command.price % market.spec.tick:
        return RejectReason.QTY_OFF_STEP if ticket.qty % market.spec.step else RejectReason.PRICE_OFF_TICK
    return None


def check_counts(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """What the account holds and has open already, and what it may move at once."""
    account, market, command = ticket.account, ticket.market, ticket.command
    rules = ticket.rules
    if rules is not None and account.margined:
        limits = rules.filters
        bounded = limits.max_position and command.side is BUY and not market.derivative
        # An agent stands for many people's offers at once: see docs/explanation/decisions/0008.
        if bounded and account.account_class is not AGENT:
            found = filters.check_position(account, market, ticket.qty, limits.max_position)
            if found is not None:
                return found
        most = limits.max_orders
        if most:
            # Sleeping orders count on spot; those of derivatives have a limit of their own (Binance, seen 2026-11).
            there = account.open_counts.get(market.no, 0)
            if account.sleeping and not market.derivative:
                there += account.sleeping.get(market.no, 0)
            if there >= most and not (market.derivative and ticket.sleeps is not None):
                return RejectReason.TOO_MANY_ORDERS
        if engine.order_limits or account.asset_limits:
            price = command.price if command.kind is LIMIT else reference_of(engine.at, market, limits)
            found = filters.check_account(engine, account, market, ticket.qty, price * ticket.qty)
            if found is not None:
                return found
    if command.client_id and (market.no, command.client_id) in account.client_ids:
        return RejectReason.CLIENT_ID_DUPLICATE
    return None


def check_rare_filters(engine: Engine, ticket: Ticket, terms: Terms) -> RejectReason | None:
    """The filters of icebergs, and of the price that was sent beside a peg."""
    rules, market = ticket.rules, ticket.market
    if rules is None:
        return None
    if terms.peg is not None:
        reference = reference_of(engine.at, market, rules.filters)
        found = pegs.check_guard(ticket.command, ticket.qty, market, rules.filters, reference, terms.peg)
        if found is not None:
            return found
    if terms.iceberg_qty:
        bundle = engine.state.bundles.get(ticket.account.rules)
        return icebergs.check(ticket.account, market, ticket.qty, terms.iceberg_qty, rules, bundle)
    return None


def _check_book(engine: Engine, ticket: Ticket) -> RejectReason | None:
    market, command, side = ticket.market, ticket.command, ticket.command.side
    if command.kind is MARKET:
        found = pricelimits.bound(engine, ticket)
        if found is not None:
            return found
    if command.tif is POST_ONLY and matching.would_take(market, side, command.price):
        return RejectReason.POST_ONLY_WOULD_TAKE if _policy(engine, ticket, "post_only") == "refuse" else None
    if command.tif is FOK and _policy(engine, ticket, "fok") == "refuse":
        qty = ticket.qty
        if ticket.reduce_only:
            # It will be trimmed to what it can close; where that is nothing, another reason says so.
            qty = min(qty, _closable(ticket) or qty)
        if _reachable(engine, market, ticket.account, side, ticket.limit, qty, command.more) < qty:
            return RejectReason.FOK_NOT_FILLABLE
    return None


def _closable(ticket: Ticket) -> int:
    """How much of its account's position an order closes at most."""
    position = ticket.account.positions.get(ticket.key)
    return 0 if position is None else max(0, -position.qty * ticket.command.side)


def _policy(engine: Engine, ticket: Ticket, name: str) -> str:
    bundle = engine.state.bundles.get(ticket.account.rules)
    if bundle is None:
        return "accept_then_expire"
    if name == "post_only":
        return bundle.post_only
    return bundle.derivative_fok if ticket.market.derivative else bundle.fok


def _check_reduce_only(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """A reduce-only order is trimmed to what is closable, and refused where resting ones cover the position already."""
    c = ticket.command
    found = beyond_closing(engine.state, ticket.account, ticket.key, c.side, ticket.qty, c.more)
    if found is None:
        ticket.qty = min(ticket.qty, _closable(ticket))
    return found


def beyond_closing(
    state: ExchangeState, account: Account, key: PositionKey, side: Side, qty: int, more: Terms | None
) -> RejectReason | None:
    """Why an order of *qty* that only closes has nothing, or not enough, to close."""
    position = account.positions.get(key)
    held = 0 if position is None else max(0, -position.qty * side)
    # What closes a slot must fit into it, as on Binance (−2022); said to be reduce-only, or woken, it is trimmed.
    exact = more is not None and more.trigger is None and not more.reduce_only
    if not held or (exact and qty > held):
        return RejectReason.REDUCE_ONLY_REFUSED
    exposure = account.exposures.get(key)
    resting = 0 if exposure is None else exposure.reduces(side)
    if resting >= held and not (more is not None and more.close_all):
        bundle = state.bundles.get(account.rules)
        return None if bundle is not None and bundle.closes_over else RejectReason.REDUCE_ONLY_COVERED
    return None


def check_money(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """Whether the account can pay for it; fills in what it holds."""
    account = ticket.account
    if not account.margined:
        return None
    if not ticket.market.derivative:
        return _check_balance(engine, ticket)
    if ticket.reduce_only or ticket.sleeps is not None:
        return None
    command, market, key = ticket.command, ticket.market, ticket.key
    if engine.at >= market.closes_at and opens(account, key, command.side, ticket.qty):
        return RejectReason.CONTRACT_CLOSING
    price: int = command.price
    least = 0
    if command.kind is not LIMIT:
        price = costing.market_price(market, command.side, costing.rules_of(engine.state, account), engine.at)
    if engine.short_rules and command.side is SELL and not market.inverse:
        rules = engine.short_rules.get(account.rules)
        if rules is not None:
            least = costing.least_of_sell(market, rules, engine.at)
    leverage = margin.leverage_of(engine.state, account, key)
    if ticket.rules is not None and ticket.rules.tiers:
        worth = valuing.worth(market.spec, price, ticket.qty) if market.inverse else price * ticket.qty // ONE
        if above_cap(engine, account, market, command.side, worth, leverage, key):
            return RejectReason.LEVERAGE_CAP_EXCEEDED
    if not margin.affords(engine.state, account, market, command.side, price, ticket.qty, leverage, key, least):
        return RejectReason.MARGIN_INSUFFICIENT
    return None


def opens(account: Account, key: PositionKey, side: Side, qty: int) -> bool:
    """Whether *qty* more of open orders of *side*, with those there are, could do more than close a position."""
    exposure, position = account.exposures.get(key), account.positions.get(key)
    if exposure is not None:
        qty += exposure.reduces(side) + (exposure.bid_qty if side is BUY else exposure.ask_qty)
    return qty > (0 if position is None else max(0, -position.qty * side))


def above_cap(
    engine: Engine, account: Account, market: MarketState, side: Side, worth: int, leverage: int, key: PositionKey
) -> bool:
    """Whether position and open orders of this side, and *worth* more, would be more than the leverage allows."""
    position = account.positions.get(key)
    if position is None:
        held = 0
    elif market.inverse:
        held = valuing.money(market.spec, market.mark or market.last, position.qty * side)
    else:
        held = position.qty * side * (market.mark or market.last) // ONE
    exposure = account.exposures.get(key)
    queued = 0 if exposure is None else (exposure.bid_value if side is BUY else exposure.ask_value)
    total = held + queued + worth
    if total <= 0 or (held < 0 and total <= -held):
        return False
    return total > engine.cap_of(account, market.no, leverage)


def _check_balance(engine: Engine, ticket: Ticket) -> RejectReason | None:
    """Spot: what the order may need at most is held while it is open."""
    command, spec = ticket.command, ticket.market.spec
    if ticket.sleeps is not None and command.more is not None and command.more.unheld:
        return None
    if command.side is SELL:
        hold, asset = ticket.qty, spec.base
    elif command.kind is LIMIT and command.price:
        hold, asset = -(-command.price * ticket.qty // ONE), spec.quote
    elif ticket.sleeps is not None:
        price = waking.spot_buy_price(ticket.market, ticket.sleeps)
        if not price:
            return RejectReason.NO_LIQUIDITY
        hold, asset = -(-price * ticket.qty // ONE), spec.quote
    elif ticket.cost:
        hold, asset = ticket.cost, spec.quote
    elif command.more is not None and command.more.routed:
        hold = routing.buy_hold(engine, ticket.account, ticket.market, command, ticket.qty)
        asset = spec.quote
    else:
        without = selftrade.stepped_over(engine.state, ticket.account, ticket.market, command.more, command.tif)
        hold, asset = sizing.buy_hold(ticket.market, ticket.qty, without), spec.quote
    ticket.hold, more = hold, hold - ticket.held
    if more <= 0:
        # In a pool less than nothing may be free: what is held already is not asked for again.
        return None
    balance = ticket.account.balances.get((ticket.account.spot_wallet, asset))
    # Bonus money is margin, and buys nothing.
    if more > (0 if balance is None else balance.free - balance.bonus):
        return RejectReason.BALANCE_INSUFFICIENT
    account = ticket.account
    if account.positions or account.exposures or account.unified:
        if not pooling.lets_go(engine.state, account, asset, more):
            return RejectReason.MARGIN_INSUFFICIENT
        pooling.holds(engine, account)
    return None


def accept(engine: Engine, ticket: Ticket, order_id: OrderId, kind: TradeKind = TRADE) -> None:
    """Take the order in and let it work."""
    c = ticket.command
    engine.emit(
        _accepted(
            order_id, c.account, c.market, c.side, c.kind, ticket.qty, c.price, c.tif, c.client_id, ticket.hold, c.more
        )
    )
    order = ticket.account.orders[order_id]
    if not order.asleep:
        work(engine, order, ticket.market, ticket.limit, kind)


def work(engine: Engine, order: Order, market: MarketState, limit: int, kind: TradeKind = TRADE) -> None:
    """Match an open order that is in no level, and rest or end what is left of it, by its time in force.

    *limit* is the worst price it may trade at; 0: any.
    """
    policy = matching.POLICIES[order.tif]
    stopped: EndReason | None = None
    # Where the market has a reference price, and so a price range, the order may not go as far as it would.
    kept = market.averages
    ranged = kept is not None and (kept.window or kept.given)
    within = _within_range(engine, order, market, limit) if ranged else limit
    if not policy.may_take and matching.would_take(market, order.side, order.price):
        stopped = policy.unfilled
    elif within < 0:
        stopped = OUT_OF_RANGE
    elif policy.all_or_nothing and not _fillable(engine, order, market, within):
        stopped = policy.unfilled
    else:
        sweep = routing.sweep if order.more is not None and order.more.routed else matching.sweep
        stopped = sweep(engine, order, market, within, kind)
    if order.left or stopped is not None:
        if stopped is None and within != limit and next(market.book.takeable(order.side, limit), None) is not None:
            stopped = OUT_OF_RANGE
        _end_or_rest(engine, order, market, limit, policy, stopped)


def _within_range(engine: Engine, order: Order, market: MarketState, limit: int) -> int:
    """How far *order* may go in its taker phase under its rules' price range; −1: nowhere."""
    rules = engine.state.rules.get((engine.state.accounts[order.account].rules, market.no))
    return limit if rules is None else averages.outermost(market, rules.filters, order.side, limit, engine.at)


def _fillable(engine: Engine, order: Order, market: MarketState, limit: int) -> bool:
    """Whether all of a fill-or-kill can be had within *limit*."""
    account = engine.state.accounts[order.account]
    return _reachable(engine, market, account, order.side, limit, order.left, order.more) >= order.left


def _reachable(
    engine: Engine, market: MarketState, account: Account, side: Side, limit: int, enough: int, more: Terms | None
) -> int:
    reach = routing.reachable if more is not None and more.routed else matching.reachable
    return reach(engine, market, account, side, limit, enough, more)


def _end_or_rest(
    engine: Engine, order: Order, market: MarketState, limit: int, policy: Policy, stopped: EndReason | None
) -> None:
    if stopped is None and order.kind is LIMIT and policy.may_rest:
        engine.emit(_rested(order.id, order.market, order.left))
        if order.reduce_only:
            # It needs no margin, so nobody's risk has changed; but it may be one too many.
            engine.reducers[order.account] = None
        return
    if stopped is None:
        stopped = policy.unfilled
        if order.kind is MARKET:
            bounded = limit and market.book.opposite(order.side).best() is not None
            stopped = EndReason.MARKET_BOUND if bounded else EndReason.MARKET_UNFILLED
    matching.expire(engine, order, stopped)


__all__ = [
    "Ticket",
    "accept",
    "beyond_closing",
    "check",
    "check_again",
    "check_counts",
    "check_money",
    "check_starting",
    "check_waiting",
    "place",
    "work",
]
