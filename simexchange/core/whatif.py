"""What would happen if: an order's cost and what it leaves behind, the most that could be opened, prices to come.

Everything is reckoned by the functions the engine decides by (`margin`, `brackets`, `costing`, `matching`), over a
working copy of one account; the state is not touched. An order is taken to be filled whole, at one price: its own, or
the one its cost is reckoned at where it is a market order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import brackets, costing, display, holding, isolating, margin, matching, placing, valuing
from simexchange.core.book import Order, position_key
from simexchange.core.ledger import pool_of, wallet_of
from simexchange.core.margin import PositionState, WalletState
from simexchange.core.positions import NOTHING
from simexchange.core.vocabulary.ids import OrderId, PositionKey, slot_of, sub_of
from simexchange.core.vocabulary.orders import GTC, LIMIT, TRADE, Slot, Terms, closes
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, floor_to

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Fill
    from simexchange.core.vocabulary.orders import Side

TAKER = 1


class Cost(msgspec.Struct, frozen=True):
    """What placing an order costs; money in 10**-8 of the asset the market settles in."""

    price: int
    """Its own, or what a market order is taken to trade at."""
    margin_price: int
    """What its initial margin is reckoned at."""
    growing: int
    """What of it makes the position larger: the rest costs nothing."""
    initial: int
    open_loss: int
    total: int
    """Initial margin and open loss of what grows: what a venue's order form says."""
    needed: int
    """What must be available: less than the total where the other side of the market is margined already."""
    available: int
    refused: RejectReason | None
    """Why the account may not place it, as far as its position, its leverage and its money go."""


class Outcome(msgspec.Struct, frozen=True):
    """An account after an order was filled; prices and money in 10**-8, prices 0 where there is none."""

    fee: int
    realised: int
    entry_price: int
    position: PositionState
    wallet: WalletState
    """The wallet new orders draw on."""
    margin_balance: int
    """What backs the position, unrealised profit included: of an isolated one its own; of a shared pool its worth."""
    maintenance: int
    """What that must not fall to: of all positions it backs."""
    call_price: int
    """The mark at which the margin call comes."""
    liquidation_price: int
    bankruptcy_price: int


def key_for(account: Account, market: MarketState, terms: Terms | None) -> PositionKey:
    """The position that an order with *terms*, were it the account's next, would work on."""
    if terms is None or not terms.slot:
        return market.no
    return position_key(market.no, terms, OrderId(account.orders_made + 1))


def order_cost(
    engine: Engine,
    account: Account,
    market: MarketState,
    side: Side,
    qty: int,
    price: int = 0,
    terms: Terms | None = None,
) -> Cost:
    """What the engine asks of *account* for an order now; *price* 0: a market order."""
    state, key = engine.state, key_for(account, market, terms)
    rules = costing.rules_of(state, account)
    price = price or costing.market_price(market, side, rules, engine.at)
    least = costing.least_price(market, side, rules, engine.at)
    leverage = margin.leverage_of(state, account, key)
    spare = margin.available_in(state, account, market)
    reducing = terms is not None and closes(terms, side)
    growing = 0 if reducing else margin.growing(account, key, side, qty)
    mark = margin.price_of(market)
    initial, loss = brackets.order_cost(side, price, growing, mark or price, leverage, market.spec, max(price, least))
    initial += margin.of_orders(
        state, account, market, side, valuing.worth_up(market.spec, max(price, least), growing), leverage
    )
    needed = 0
    refused = _unplaceable(state, account, market, side, qty, key, terms)
    if refused is None and not reducing:
        needed = margin.entry_cost(state, account, market, side, price, qty, key=key, least=least)
        refused = _refusal(engine, account, market, side, qty, price, key, needed, spare)
    return Cost(price, max(price, least), growing, initial, loss, initial + loss, needed, max(0, spare), refused)


def _unplaceable(
    state: ExchangeState,
    account: Account,
    market: MarketState,
    side: Side,
    qty: int,
    key: PositionKey,
    terms: Terms | None,
) -> RejectReason | None:
    """The engine's first reason of positions: its slot, and what there is to close, as `placing` has it."""
    if not isolating.fits(account, market, terms):
        return RejectReason.POSITION_SLOT_MISMATCH
    if terms is None or not closes(terms, side):
        return None
    return placing.beyond_closing(state, account, key, side, qty, terms)


def _refusal(
    engine: Engine, account: Account, market: MarketState, side: Side, qty: int, price: int, key: PositionKey,
    needed: int, spare: int,
) -> RejectReason | None:  # fmt: skip
    """The engine's first reason of leverage and money, as `placing.check_money` has it."""
    rules = engine.state.rules.get((account.rules, market.no))
    if rules is not None and rules.tiers:
        worth = valuing.worth(market.spec, price, qty)
        leverage = margin.leverage_of(engine.state, account, key)
        if placing.above_cap(engine, account, market, side, worth, leverage, key):
            return RejectReason.LEVERAGE_CAP_EXCEEDED
    return RejectReason.MARGIN_INSUFFICIENT if needed and needed > spare else None


def max_open(
    engine: Engine, account: Account, market: MarketState, side: Side, price: int = 0, terms: Terms | None = None
) -> int:
    """The largest quantity of an order at *price* (0: market) that the account's money and leverage allow.

    A whole number of the market's steps; what the venue's filters say of one order bounds it, too.
    """
    rules = engine.state.rules.get((account.rules, market.no))
    step = market.spec.step
    most = 0
    if rules is not None:
        limits = rules.filters
        step = Quantity(limits.step or step)
        most = floor_to(limits.qty_max if price else limits.market_qty_max or limits.qty_max, step) // step

    def allowed(steps: int) -> bool:
        return order_cost(engine, account, market, side, steps * step, price, terms).refused is None

    # Neither check gets easier as an order grows, so the last that is allowed is found by halving.
    upper = 1
    while upper < LARGEST_STEPS and (not most or upper < most) and allowed(upper):
        upper *= 2
    upper = min(upper, most) if most else upper
    lower = 0
    while lower < upper:
        middle = (lower + upper + 1) // 2
        lower, upper = (middle, upper) if allowed(middle) else (lower, middle - 1)
    return lower * step


LARGEST_STEPS = 1 << 60
"""More than any market has, so that an order that costs nothing has an end."""


def after(
    engine: Engine,
    account: Account,
    market: MarketState,
    side: Side,
    qty: int,
    price: int = 0,
    terms: Terms | None = None,
) -> Outcome:
    """Where the account stands when an order has been filled by other people's; *price* 0: a market order.

    It pays as a taker. Nothing else moves: not the mark, not the account's other orders.
    """
    state = engine.state
    price = price or costing.market_price(market, side, costing.rules_of(state, account), engine.at)
    key = key_for(account, market, terms)
    held = account.positions.get(key)
    if terms is not None and held is not None and closes(terms, side):
        # What only closes never crosses zero; where there is nothing to close, `order_cost` says that it is refused.
        qty = min(qty, max(0, -held.qty * side)) or qty
    twin, fill = filled(engine, account, market, side, qty, price, key)
    wallet, asset = pool_of(market, twin, key)
    position = margin.position_state(state, twin, market, key)
    closed = fill.closed
    return Outcome(
        fee=fill.fee,
        realised=0 if closed is None else closed.realised,
        entry_price=display.entry_price(position.qty, position.cost, display.contract_of(market.spec)),
        position=position,
        wallet=margin.wallet_state(state, twin, wallet_of(market, twin), market.spec.settle),
        margin_balance=margin.equity(state, twin, wallet, asset),
        maintenance=margin.maintenance_total(state, twin, wallet, asset),
        call_price=call_price(state, twin, market, key),
        liquidation_price=position.liquidation_price,
        bankruptcy_price=bankruptcy_price(state, twin, market, key),
    )


def filled(
    engine: Engine, account: Account, market: MarketState, side: Side, qty: int, price: int, key: PositionKey
) -> tuple[Account, Fill]:
    """A working copy of *account* after a taker's fill of *qty* at *price*, and the fill, as the engine makes it."""
    terms = Terms(slot=Slot(slot_of(key)), sub_position=sub_of(key)) if slot_of(key) else None
    order = Order(
        OrderId(account.orders_made + 1), account.no, market.no, side, LIMIT, Quantity(qty), Price(price), GTC, "",
        Amount(0), terms, Nanos(engine.at),
    )  # fmt: skip
    held = account.positions.get(key)
    standing = NOTHING if held is None else (held.qty, held.cost, held.id)
    worth = valuing.traded(market.spec, price, qty)
    fill = matching.derivative_fill(engine, account, order, market, qty, worth, standing, TAKER, TRADE)
    if market.no in account.isolated:
        fill = isolating.moving(engine, market, fill)
    return holding.imagined(account, market, fill, engine.at), fill


def call_price(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """The mark at which a position's margin call comes, all else standing still; 0: none."""
    return margin.liquidation_price(state, account, market, key, margin.call_ratio(state, account))


def bankruptcy_price(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """Where a position would have eaten what backs it, the other positions at their marks; 0 where there is none."""
    position = account.positions.get(key)
    mark = margin.price_of(market)
    if position is None or not mark:
        return 0
    balance = margin.backing(state, account, market, key) - margin.closing_fee(state, account, market, key)
    return brackets.bankruptcy_price(market.spec, mark, balance, position.qty)
