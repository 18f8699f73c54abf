"""A taker against a book: price first, then time, each trade at the maker's price.

What a time-in-force does with an order is a row of `POLICIES`; one loop reads it. Money that a fill may not lose
(an account whose margin wallet would fall below zero) stops the fill, not the account: see money rule L1 in
`margin` and `bankrupts` below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import (
    anchors,
    bonuses,
    collateral,
    fees,
    isolating,
    legs,
    margin,
    pooling,
    positions,
    selftrade,
    valuing,
)
from simexchange.core.ledger import wallet_of
from simexchange.core.margin import price_of
from simexchange.core.positions import NOTHING, standing_after
from simexchange.core.vocabulary.events import Fill, OrderExpired, OrderReplenished, ProceedsLocked, TradeExecuted
from simexchange.core.vocabulary.fills import Opened
from simexchange.core.vocabulary.ids import key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import (
    BUY,
    FOK,
    GTC,
    GTD,
    IOC,
    LIMIT,
    POST_ONLY,
    TRADE,
    EndReason,
    Side,
    Slot,
    TimeInForce,
    TradeKind,
)
from simexchange.core.vocabulary.units import FINE, ONE, Amount, div_zero

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.positions import Standing
    from simexchange.core.vocabulary.ids import AccountNo, PositionKey
    from simexchange.core.vocabulary.orders import Terms

# What a trade says is made of plain integers: to make each its `NewType` is a call, and there were ten of them in one
# trade. So mypy does not look at what these are given; `tests/core` and the ledger's invariants do.
_fill: Callable[..., Fill] = Fill
_traded: Callable[..., TradeExecuted] = TradeExecuted
_expired: Callable[..., OrderExpired] = OrderExpired
_replenished: Callable[..., OrderReplenished] = OrderReplenished


UNREBATED = (TradeKind.LIQUIDATION, TradeKind.FUND)
"""Trades whose taker pays no trading fee: nobody is given a rebate from them (money rule L13)."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a time-in-force does with an order after the match has been tried."""

    may_take: bool = True
    may_rest: bool = False
    all_or_nothing: bool = False
    unfilled: EndReason = EndReason.IOC_REMAINDER


POLICIES: dict[TimeInForce, Policy] = {
    GTC: Policy(may_rest=True),
    GTD: Policy(may_rest=True),
    IOC: Policy(),
    FOK: Policy(all_or_nothing=True, unfilled=EndReason.FOK_UNFILLED),
    POST_ONLY: Policy(may_take=False, may_rest=True, unfilled=EndReason.POST_ONLY_WOULD_TAKE),
}


def sweep(engine: Engine, taker: Order, market: MarketState, limit: int, kind: TradeKind = TRADE) -> EndReason | None:
    """Trade *taker* until it is filled, the book has nothing within *limit* (0: any), or a rule stops it.

    Returns the reason if a rule stopped it, else None.
    """
    ladder = market.book.opposite(taker.side)
    side, account, groups = taker.side, taker.account, engine.state.trade_groups
    while taker.left:
        level = ladder.best()
        if level is None or (limit and (level.price - limit) * side > 0):
            return None
        maker = level.head
        assert maker is not None
        if (maker.account == account or groups) and kind is TRADE and selftrade.related(groups, account, maker.account):
            stopped = meet_own(engine, taker, maker, market)
        else:
            stopped = fill(engine, taker, maker, market, kind)
        if stopped is not None:
            return stopped
    return None


def meet_own(engine: Engine, taker: Order, maker: Order, market: MarketState) -> EndReason | None:
    """*taker* comes upon an order of its own account or group: what it chose happens. The reason if it must end.

    Reduce-only comes first: what has nothing to close would not have traded.
    """
    accounts = engine.state.accounts
    mode = selftrade.mode_of(engine.state, accounts[taker.account], market, taker.more, taker.tif)
    if mode is selftrade.NONE:
        return fill(engine, taker, maker, market, TRADE)
    if maker.reduce_only and not closable(accounts[maker.account], maker):
        expire(engine, maker, EndReason.REDUCE_ONLY)
        return None
    if taker.reduce_only and not closable(accounts[taker.account], taker):
        return EndReason.REDUCE_ONLY
    ended = selftrade.prevent(engine, taker, maker, market, mode)
    show_next(engine, maker)
    return EndReason.SELF_TRADE if ended else None


def show_next(engine: Engine, maker: Order) -> None:
    """An iceberg whose slice is used up shows the next one, behind everything at its price."""
    if maker.hidden and maker.hidden == maker.left and maker.more is not None:
        shown = min(maker.left, maker.more.iceberg_qty)
        engine.emit(_replenished(maker.id, maker.account, maker.market, shown, maker.left))


def fill(engine: Engine, taker: Order, maker: Order, market: MarketState, kind: TradeKind) -> EndReason | None:
    """One trade between *taker* and *maker*, as large as both allow; the reason if the taker may not go on.

    A maker that may not trade is expired, and None returned: the caller meets the next one.
    """
    hidden = maker.hidden
    qty = maker.left - hidden
    qty = min(qty, taker.left)
    if not market.derivative:
        stopped = trade_spot(engine, taker, maker, market, qty, kind)
        if hidden:
            show_next(engine, maker)
        return stopped
    accounts = engine.state.accounts
    taker_account, maker_account = accounts[taker.account], accounts[maker.account]
    if maker.reduce_only:
        qty = min(qty, closable(maker_account, maker))
        if qty <= 0:
            expire(engine, maker, EndReason.REDUCE_ONLY)
            return None
    if taker.reduce_only:
        qty = min(qty, closable(taker_account, taker))
        if qty <= 0:
            return EndReason.REDUCE_ONLY
    price = maker.price
    worth = valuing.value(market.spec, price, qty) if market.inverse else price * qty // ONE * ONE
    makers, takers = _sides(engine, taker, maker, market, qty, worth, kind)
    if maker_account is taker_account:
        # Of a self-trade both legs fall on one account: they are judged together, and stop the taker.
        if taker_account.margined and bankrupts(engine, taker_account, market, price, makers, takers):
            return EndReason.BANKRUPTCY_PRICE
    elif maker_account.margined and bankrupts(engine, maker_account, market, price, makers):
        expire(engine, maker, EndReason.BANKRUPTCY_PRICE)
        return None
    elif kind is TRADE and taker_account.margined and bankrupts(engine, taker_account, market, price, takers):
        return EndReason.BANKRUPTCY_PRICE
    _execute(engine, market, price, qty, worth // ONE, taker.side, takers, makers, kind)
    engine.touch(taker.account)
    engine.touch(maker.account)
    if hidden:
        show_next(engine, maker)
    return None


def trade_spot(
    engine: Engine, taker: Order, maker: Order, market: MarketState, qty: int, kind: TradeKind = TRADE
) -> EndReason | None:
    """One spot trade; fees are taken from what each side receives. The reason if the taker may not go on."""
    price = maker.price
    quote = price * qty // ONE
    if engine.state.unified and taker.account != maker.account:
        for order in (maker, taker):
            if pooling.spot_bankrupts(engine, order, market, qty, quote):
                if order is taker:
                    return EndReason.BANKRUPTCY_PRICE
                expire(engine, maker, EndReason.BANKRUPTCY_PRICE)
                return None
    listed = taker.more is not None or maker.more is not None
    if listed:
        legs.end_sibling(engine, taker)
        legs.end_sibling(engine, maker)
    no, charges = market.no, engine.charges
    takes = charges.get((taker.account, no)) or engine.charge(taker.account, no)
    makes = charges.get((maker.account, no)) or engine.charge(maker.account, no)
    taker_fill = spot_fill(taker, market, qty, quote, takes[1])
    maker_fill = spot_fill(maker, market, qty, quote, makes[0])
    if takes[2] is not None or makes[2] is not None:
        maker_fill, taker_fill = fees.settle(
            engine, market, qty, quote, taker.side, (maker_fill, taker_fill), (makes[2], takes[2])
        )
    _execute(engine, market, price, qty, quote, taker.side, taker_fill, maker_fill, kind)
    if engine.state.unified:
        pooling.touch(engine, maker, taker)
    if listed:
        put_aside(engine, taker, market, qty, taker_fill)
        put_aside(engine, maker, market, qty, maker_fill)
    return None


def put_aside(engine: Engine, order: Order, market: MarketState, qty: int, fill: Fill) -> None:
    """What a working leg bought is kept for the leg it pays for."""
    waiting = legs.paid_by(engine.state, order)
    if waiting is not None:
        amount = legs.proceeds(engine.state, market, qty, fill)
        engine.emit(ProceedsLocked(waiting.id, order.account, market.no, Amount(amount)))


def spot_fill(order: Order, market: MarketState, qty: int, quote: int, rate: int) -> Fill:
    left = order.left - qty
    if order.side is BUY:
        charged, asset = -(-qty * rate // ONE), market.spec.base
        if left == 0:
            released = order.hold
        elif not order.hold:
            released = 0
        elif order.kind is LIMIT:
            # The hold is derived again for what is left, and the difference freed (price improvement included).
            released = order.hold - -(-order.price * left // ONE)
        else:
            released = quote
    else:
        charged, asset = -(-quote * rate // ONE), market.spec.quote
        released = qty if order.hold else 0
    return _fill(order.account, order.id, left, order.cum_quote + quote, charged, asset, released)


def _sides(
    engine: Engine, taker: Order, maker: Order, market: MarketState, qty: int, worth: int, kind: TradeKind
) -> tuple[Fill, Fill]:
    """Maker's and taker's side of a derivative trade worth *worth* (10**-16). Of a self-trade the maker's is first."""
    accounts = engine.state.accounts
    maker_account, taker_account = accounts[maker.account], accounts[taker.account]
    held = maker_account.positions.get(maker.key)
    standing = NOTHING if held is None else (held.qty, held.cost, held.id)
    made = derivative_fill(engine, maker_account, maker, market, qty, worth, standing, 0, kind)
    if maker_account is taker_account and maker.key == taker.key:
        standing = standing_after(standing, made)
    else:
        held = taker_account.positions.get(taker.key)
        standing = NOTHING if held is None else (held.qty, held.cost, held.id)
    sibling = made.opened if maker_account is taker_account else None
    taken = derivative_fill(engine, taker_account, taker, market, qty, worth, standing, 1, kind, sibling)
    makes = engine.charge(maker.account, market.no)[2]
    takes = engine.charge(taker.account, market.no)[2] if kind is TRADE else None
    if makes is not None and kind in UNREBATED and not made.fee:
        makes = None
    if takes is not None or makes is not None:
        made, taken = fees.settle(engine, market, qty, worth // ONE, taker.side, (made, taken), (makes, takes))
    if maker_account.bonused or taker_account.bonused:
        made, taken = bonuses.of_trade(engine.state, market, made, taken)
    if maker_account.isolated or taker_account.isolated:
        return isolating.with_margin(engine, market, made, taken, kind)
    return made, taken


def derivative_fill(
    engine: Engine,
    account: Account,
    order: Order,
    market: MarketState,
    qty: int,
    worth: int,
    standing: Standing,
    role: int,
    kind: TradeKind,
    sibling: Opened | None = None,
) -> Fill:
    """One side of a derivative trade: what it does to the position *standing* there, and what it costs.

    *worth* is the trade's, at 10**-16.

    *role* is 0 for the maker and 1 for the taker. No trading fee is taken from a liquidation: its fee is apart.
    """
    makes, takes, _ = engine.charge(account.no, market.no)
    rate = makes if role == 0 else takes if kind is TRADE else 0
    if rate < 0 and kind in UNREBATED:
        rate = 0
    held, cost, position = standing
    made = account.positions_made + 1
    if sibling is not None and sibling.position == made:
        made += 1
    signed = qty if order.side is BUY else -qty
    inverse = market.inverse
    closed, opened = positions.effect(held, cost, position, signed, worth, made, inverse=inverse)
    traded = worth if inverse else worth // ONE
    if order.key == market.no:
        return _fill(
            account.no, order.id, order.left - qty, order.cum_quote + traded, -(-worth * rate // FINE),
            market.spec.settle, 0, closed, opened,
        )  # fmt: skip
    return _fill(
        account.no, order.id, order.left - qty, order.cum_quote + traded, -(-worth * rate // FINE), market.spec.settle,
        0, closed, opened, 0, 0, Slot(slot_of(order.key)), sub_of(order.key),
    )  # fmt: skip


def _execute(
    engine: Engine,
    market: MarketState,
    price: int,
    qty: int,
    quote: int,
    aggressor: Side,
    taker: Fill,
    maker: Fill,
    kind: TradeKind,
) -> None:
    engine.emit(_traded(market.no, market.trades + 1, price, qty, quote, aggressor, taker, maker, kind))


def bankrupts(engine: Engine, account: Account, market: MarketState, price: int, *fills: Fill) -> bool:
    """Whether *fills* at *price* would leave *account*'s margin wallet below zero (money rule L1).

    Two things are asked: the cash with the profit of the other positions, and the equity with this one valued at
    mark. Else a losing position could be handed to a friend at any price and the insurance fund would pay for it. Of
    a trade that is a loss at the index the equity at the indexes is asked, too: else friends who are alone in a book
    could move its mark and open there what is bankrupt when it comes back.
    """
    if account.isolated and market.no in account.isolated:
        return isolating.bankrupts(engine, account, market, price, *fills)
    if len(fills) == 1 and not (account.unified or market.inverse or fills[0].slot or len(account.positions) > 1):
        plain = _plainly_bankrupt(account, market, price, fills[0])
        if plain is not None:
            return plain
    return _bankrupt(engine, account, market, price, fills)


def _bankrupt(engine: Engine, account: Account, market: MarketState, price: int, fills: tuple[Fill, ...]) -> bool:
    """The same of an account with any positions, with cross margin in this market."""
    state = engine.state
    wallet, asset = wallet_of(market, account), market.spec.settle
    cash = account.free(wallet, asset)
    after: dict[PositionKey, Standing] = {}
    for side in fills:
        key: PositionKey = market.no if not side.slot else key_of(market.no, side.slot, side.sub)
        standing = after.get(key)
        if standing is None:
            held = account.positions.get(key)
            standing = NOTHING if held is None else (held.qty, held.cost, held.id)
        if side.fee_asset == asset:
            cash -= side.fee
        if side.closed is not None:
            cash += side.closed.realised
        after[key] = standing_after(standing, side)
    if account.unified and wallet == account.linear_wallet:
        return _pool_bankrupt(engine, account, market, price, cash, after, fills)
    beside = 0
    for key, position in account.positions.items():
        if key not in after:
            other = state.markets[market_of(key)]
            mark = price_of(other)
            if mark and other.spec.settle == asset and wallet_of(other, account, key) == wallet:
                cash += valuing.unrealised(other.spec, position.qty, position.cost, mark)
                beside += anchors.beside(other, position.qty)
    if cash < 0:
        return True
    mark = market.mark or market.last or price
    for qty, cost, _ in after.values():
        cash += valuing.unrealised(market.spec, qty, cost, mark)
        beside += anchors.beside(market, qty)
    return cash < 0 or (cash + beside < 0 and _loses(account, market, price, fills))


def _loses(account: Account, market: MarketState, price: int, fills: tuple[Fill, ...]) -> bool:
    """Whether a trade is a loss at the index: of a self-trade one side gains what the other loses."""
    if len(fills) > 1:
        return False
    held = account.positions.get(key_of(market.no, fills[0].slot, fills[0].sub))
    return anchors.loses(market, 0 if held is None else held.qty, price, fills[0])


def _plainly_bankrupt(account: Account, market: MarketState, price: int, fill: Fill) -> bool | None:
    """The same of who has no other position than the one of a linear market he trades in: nearly everybody, so it is
    written out. None: he has another one.
    """
    held = account.positions.get(market.no)
    if held is None and account.positions:
        return None
    asset = market.spec.settle
    cash = account.free(wallet_of(market, account), asset)
    if fill.fee_asset == asset:
        cash -= fill.fee
    closed, opened = fill.closed, fill.opened
    if closed is not None:
        cash += closed.realised
    if cash < 0:
        return True
    qty: int
    cost: int
    if opened is not None:
        qty, cost = opened.qty_after, opened.cost_after
    elif closed is not None and held is not None:
        qty, cost = held.qty - (closed.qty if held.qty > 0 else -closed.qty), held.cost - closed.cost_out
    else:
        return False
    mark, anchor = market.mark or market.last or price, market.anchor
    if cash + div_zero(qty * mark - cost, ONE) < 0:
        return True
    if not anchor or (anchor - mark) * qty >= 0 or cash + div_zero(qty * anchor - cost, ONE) >= 0:
        return False
    return _loses(account, market, price, (fill,))


def _pool_bankrupt(
    engine: Engine,
    account: Account,
    market: MarketState,
    price: int,
    cash: int,
    after: dict[PositionKey, Standing],
    fills: tuple[Fill, ...],
) -> bool:
    """The same questions of an account whose assets back its positions together: the worth of its pool counts."""
    settle, state = market.spec.settle, engine.state
    found = margin.sums(state, account, account.linear_wallet, after)
    known = collateral.rates_of(state, account)
    own = found.setdefault(settle, collateral.Sums())
    own.cash = cash + own.aside
    if collateral.pool(found, known).equity < 0:
        return True
    mark = market.mark or market.last or price
    for qty, cost, _ in after.values():
        own.unrealised += valuing.unrealised(market.spec, qty, cost, mark)
    if collateral.pool(found, known).equity < 0:
        return True
    if not _loses(account, market, price, fills):
        return False
    there = anchors.sums_at_index(state, account, account.linear_wallet, found, after)
    there[settle].unrealised += sum(anchors.beside(market, qty) for qty, _, _ in after.values())
    return collateral.pool(there, known).equity < 0


def closable(account: Account, order: Order) -> int:
    """How much of the opposite position *order* could close now."""
    position = account.positions.get(order.key)
    return 0 if position is None else max(0, -position.qty * order.side)


def expire(engine: Engine, order: Order, reason: EndReason) -> None:
    """End an open order by a rule; its hold goes back."""
    if order.more is not None and order.more.sub_position:
        # Others may name the position it was to open.
        engine.touch(order.account)
    engine.emit(_expired(order.id, order.account, order.market, order.left, order.hold, reason))


def reachable(
    engine: Engine, market: MarketState, account: Account, side: Side, limit: int, enough: int, more: Terms | None
) -> int:
    """How much a fill-or-kill of *account* could take within *limit*, counted up to *enough*.

    A reduce-only order gives no more than its owner will have to close when its turn comes; what is kept from trading
    with its own account gives nothing.
    """
    total = 0
    levels = market.book.takeable(side, limit)
    if not market.derivative and selftrade.own_of(engine.state, account, market) is None:
        for level in levels:
            total += level.qty + level.hidden
            if total >= enough:
                break
        return total
    moved: dict[tuple[AccountNo, PositionKey], int] = {}
    for order, most in selftrade.reached(engine.state, account, market, more, FOK, levels):
        given, holder = min(most, enough - total), (order.account, order.key)
        if order.reduce_only:
            closes = closable(engine.state.accounts[order.account], order)
            given = min(given, closes + moved.get(holder, 0))
        if given > 0:
            total += given
            moved[holder] = moved.get(holder, 0) - given
        if total >= enough:
            break
    return total


def would_take(market: MarketState, side: Side, price: int) -> bool:
    """Whether a limit order at *price* meets the other side."""
    best = market.book.opposite(side).best()
    return best is not None and (best.price - price) * side <= 0
