"""Smart order routing: one taker over the books of several quote assets that are taken for one another, one to one.

The order takes from the best price of all of them, is settled in its own market's quote and charged by that market's
terms; what is left rests, or ends, where it was sent. A fill in a foreign book moves two assets that nobody there has:
both go through the purse `clr:convert` (money rule L17). From the first fill in a foreign book on, the order's fills
are allocations and have numbers of their own per market. (Binance faqs/sor_faq.md, seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import fees, legs, matching, selftrade
from simexchange.core.vocabulary.events import TradeExecuted
from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, FOK, GTC, IOC, TRADE, EndReason
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, mul_down

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Level, Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import PlaceOrder
    from simexchange.core.vocabulary.events import Fill
    from simexchange.core.vocabulary.orders import Side, Terms, TradeKind

TRADING = MarketStatus.TRADING


def check_shape(engine: Engine, account: Account, market: MarketState, order: PlaceOrder) -> RejectReason | None:
    """Whether *order* can be routed: a plain limit or market order where the account's rules know other books."""
    terms = order.more
    if terms is None or not terms.routed:
        return None
    if order.tif not in (GTC, IOC, FOK) or terms.quote_qty or terms.peg is not None or terms.trigger is not None:
        return RejectReason.ORDER_SHAPE_INVALID
    return None if len(engine.route(account.rules, market)) > 1 else RejectReason.FEATURE_NOT_SERVED


def books(engine: Engine, account: Account, market: MarketState) -> list[MarketState]:
    """The markets an order sent to *market* is routed over: its own first, then the others in order of listing."""
    route = engine.route(account.rules, market)
    return [each for each in route if each is market or each.status is TRADING]


def route(state: ExchangeState, rules: str, market: MarketState) -> list[MarketState]:
    """The same, whether they trade or not. `Engine.route` remembers it."""
    bundle = state.bundles.get(rules)
    quotes = bundle.routing if bundle is not None else ()
    if market.derivative or market.spec.quote not in quotes:
        return [market]
    base = market.spec.base
    others = [each for each in state.markets.values() if each.spec.base == base and each.spec.quote in quotes]
    return [market, *(each for each in others if each is not market and not each.derivative)]


def levels(over: list[MarketState], side: Side, limit: int) -> list[tuple[Level, MarketState]]:
    """What an order of *side* meets within *limit* (0: any) in all of those books, best price first.

    At one price its own book comes first, then the others in order of listing.
    """
    found = [(level, market) for market in over for level in market.book.takeable(side, limit)]
    found.sort(key=lambda each: each[0].price * side)
    return found


def reachable(
    engine: Engine, market: MarketState, account: Account, side: Side, limit: int, enough: int, more: Terms | None
) -> int:
    """How much a routed fill-or-kill could take, counted up to *enough*: as `matching.reachable`, over all books."""
    over = books(engine, account, market)
    within = [level for level, _ in levels(over, side, limit)]
    total = 0
    for _, most in selftrade.reached(engine.state, account, market, more, FOK, within, over):
        total += most
        if total >= enough:
            break
    return total


def buy_hold(engine: Engine, account: Account, market: MarketState, order: PlaceOrder, qty: int) -> int:
    """What a routed market buy of *qty* will cost at most, by the books as they stand: as `sizing.buy_hold`."""
    over = books(engine, account, market)
    without = selftrade.stepped_over(engine.state, account, market, order.more, order.tif, over)
    total, left = 0, qty
    for level, _ in levels(over, BUY, 0):
        taken = min(left, selftrade.offered(level, without))
        total += -(-level.price * taken // ONE)
        left -= taken
        if not left:
            break
    return total


def sweep(engine: Engine, taker: Order, market: MarketState, limit: int, kind: TradeKind) -> EndReason | None:
    """Trade *taker* over all its books until it is filled, none has anything within *limit*, or a rule stops it."""
    state = engine.state
    over = engine.route(state.accounts[taker.account].rules, market)
    routed = False
    side, account, groups = taker.side, taker.account, state.trade_groups
    # The markets of `books`.
    ladders = [(each.book.opposite(side), each) for each in over if each is market or each.status is TRADING]
    while taker.left:
        level, where = None, market
        for ladder, each in ladders:
            best = ladder.best()
            if best is not None and (level is None or (best.price - level.price) * side < 0):
                level, where = best, each
        if level is None or (limit and (level.price - limit) * side > 0):
            return None
        maker = level.head
        assert maker is not None
        if where is not market:
            routed = True
        stopped: EndReason | None = None
        if (maker.account == account or groups) and selftrade.related(groups, account, maker.account):
            stopped = (
                _meet_own(engine, taker, maker, market, where)
                if routed
                else matching.meet_own(engine, taker, maker, market)
            )
        elif routed:
            _fill(engine, taker, maker, market, where)
        else:
            matching.fill(engine, taker, maker, market, kind)
        if stopped is not None:
            return stopped
    return None


def _meet_own(engine: Engine, taker: Order, maker: Order, market: MarketState, where: MarketState) -> EndReason | None:
    """An order of one's own, met by an allocation: it trades, ends, or ends the taker, as the taker chose.

    Decided here, for the venue says nothing of it: what would decrease or move quantity between the two ends the
    taker, because no match of its own market is prevented.
    """
    mode = selftrade.mode_of(engine.state, engine.state.accounts[taker.account], market, taker.more, taker.tif)
    if mode is selftrade.NONE:
        _fill(engine, taker, maker, market, where)
        return None
    if mode in (selftrade.EXPIRE_MAKER, selftrade.EXPIRE_BOTH):
        matching.expire(engine, maker, EndReason.SELF_TRADE)
    return None if mode is selftrade.EXPIRE_MAKER else EndReason.SELF_TRADE


def _fill(engine: Engine, taker: Order, maker: Order, market: MarketState, where: MarketState) -> None:
    """One allocation: the maker trades in its own market and by its terms, the taker in the market it chose."""
    qty = min(maker.left - maker.hidden, taker.left)
    price = maker.price
    quote = price * qty // ONE
    legs.end_sibling(engine, maker)
    takes, makes = engine.charge(taker.account, market.no), engine.charge(maker.account, where.no)
    taken = matching.spot_fill(taker, market, qty, quote, takes[1])
    made = matching.spot_fill(maker, where, qty, quote, makes[0])
    if makes[2] is not None:
        made, taken = fees.settle(engine, where, qty, quote, taker.side, (made, taken), (makes[2], None))
    if takes[2] is not None:
        made, taken = fees.settle(engine, market, qty, quote, taker.side, (made, taken), (None, takes[2]))
    if where is not market and (made.fee < 0 or taken.fee < 0):
        made, taken = (
            _bounded_rebate(made, taken, taker.side, price),
            _bounded_rebate(taken, made, maker.side, price),
        )
    engine.emit(
        TradeExecuted(
            where.no, TradeId(where.trades + 1), Price(price), Quantity(qty), Amount(quote), taker.side, taken, made,
            TRADE, market.no, market.allocations + 1,
        )
    )  # fmt: skip
    matching.put_aside(engine, maker, where, qty, made)
    matching.show_next(engine, maker)


def _bounded_rebate(fill: Fill, other: Fill, side: Side, price: int) -> Fill:
    """A rebate, at most what the other one pays: rates of two markets were never judged beside each other.

    Both are reckoned in quote, one to one (money rule L13). *side* is the other one's.
    """
    if fill.fee >= 0:
        return fill
    paid: int = max(0, other.fee)
    if other.fee_price:
        paid = mul_down(paid, other.fee_price)
    elif side is BUY:
        paid = mul_down(paid, price)
    # Who sells to a buyer receives quote, who buys of a seller base.
    rebate = min(-fill.fee, paid if side is BUY else paid * ONE // price)
    return msgspec.structs.replace(fill, fee=Amount(-rebate), subsidy=Amount(min(fill.subsidy, rebate)))


__all__ = ["books", "buy_hold", "check_shape", "reachable", "sweep"]
