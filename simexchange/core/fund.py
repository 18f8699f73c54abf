"""The insurance fund: what it is worth, and how it gets rid of what it took over.

It is an account with capital of its own, without margin and without a rank in auto-deleveraging. Each second it sells
within a band around the mark and the index, whichever is better for it; what found no buyer for as long as it waits
goes to the other side at the mark, once that is no worse than the band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import deleveraging, margin, matching
from simexchange.core.forced import risk_of
from simexchange.core.ledger import wallet_of
from simexchange.core.marks import EIGHT_HOURS
from simexchange.core.state import FUND
from simexchange.core.vocabulary.commands import Deleverage
from simexchange.core.vocabulary.events import LiquidationStepDecided, OrderAccepted
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION, LiquidationPart, SizeReason
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, IOC, LIMIT, SELL, EndReason, Origin, Side, Terms, TradeKind
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, ceil_to, floor_to

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

FUND_BAND = 50_000
"""How far from mark and index the fund sells what it took over: 0.05 %.

Less than what two accounts pay in fees to bring a position to the fund (0.07 % of it at the shipped rates), so that
nobody can have himself liquidated and be the only one to buy it back cheaply: docs/explanation/decisions/0006.
"""


def equity(state: ExchangeState, market: MarketState) -> int:
    """What the fund is worth in the settle asset of *market*: cash, and unrealised profit at the marks."""
    fund = state.accounts[FUND]
    return margin.equity(state, fund, wallet_of(market, fund), market.spec.settle)


def bound(market: MarketState, side: Side) -> int:
    """The price at which the fund still trades on *side*, to the tick in its favour.

    From the mark or the index, whichever is better for it: with a mark that only friends move, one could sell to it
    dear what the other left it cheaply.
    """
    mark, tick = margin.price_of(market), market.spec.tick
    fair = mark if not market.anchor else max(mark, market.anchor) if side is SELL else min(mark, market.anchor)
    price = fair * (ONE + side * FUND_BAND) // ONE
    return max(tick, ceil_to(price, tick) if side is SELL else floor_to(price, tick))


def unwind(engine: Engine, market: MarketState) -> None:
    """The fund sells what it holds in *market*, by one order within `bound`; the rest a second later."""
    fund = engine.state.accounts[FUND]
    position = fund.positions.get(market.no)
    if position is None or (FUND, market.no) in engine.state.deleveragings:
        return
    side = SELL if position.qty > 0 else BUY
    price = bound(market, side)
    if market.fund_until and market.fund_until <= engine.at and (margin.price_of(market) - price) * side <= 0:
        _give_up(engine, market, margin.price_of(market), SizeReason.FUND_WAITED)
        return
    order_id = OrderId(fund.orders_made + 1)
    engine.emit(
        OrderAccepted(
            order_id, FUND, market.no, side, LIMIT, Quantity(abs(position.qty)), Price(price),
            IOC, "", Amount(0), Terms(reduce_only=True, origin=Origin.FUND),
        )
    )  # fmt: skip
    order = fund.orders[order_id]
    if market.status is MarketStatus.TRADING:
        matching.sweep(engine, order, market, price, TradeKind.FUND)
    if order.left:
        matching.expire(engine, order, EndReason.IOC_REMAINDER)


def before_funding(engine: Engine, market: MarketState, rate: int, span: int) -> None:
    """Who would pay more than the interest of an interval of *span* gives up before: the fund. So does one that has
    waited long enough and would pay anything at all.

    In a book of friends the rate is what they like. The other side takes the position at the mark, or at the fund's
    bound where the mark is beyond that.
    """
    state = engine.state
    position = state.accounts[FUND].positions.get(market.no)
    if position is None or position.qty * rate <= 0:
        return
    waited = 0 < market.fund_until <= engine.at
    if not waited and abs(rate) <= abs(market.spec.interest) * span // EIGHT_HOURS:
        return
    if (FUND, market.no) not in state.deleveragings:
        side = SELL if position.qty > 0 else BUY
        limit, mark = bound(market, side), margin.price_of(market)
        _give_up(engine, market, max(mark, limit) if side is SELL else min(mark, limit), SizeReason.FUND_PAYS)
    while (FUND, market.no) in state.deleveragings:
        deleveraging.step(engine, Deleverage(FUND, market.no))
        for queue in engine.queues.values():
            queue.stale.update(engine.touched)


def _give_up(engine: Engine, market: MarketState, price: int, why: SizeReason) -> None:
    """The other side takes what the fund has, at *price*."""
    state, fund = engine.state, engine.state.accounts[FUND]
    wallet, asset = wallet_of(market, fund), market.spec.settle
    risk = risk_of(state, fund, market, market.no)
    cash, worth = fund.free(wallet, asset), equity(state, market)
    engine.emit(
        LiquidationStepDecided(
            FUND, wallet, asset, NO_LIQUIDATION, LiquidationPart.DELEVERAGE, risk, Quantity(abs(risk.qty)),
            Price(price), why, Amount(cash), Amount(worth - cash - risk.unrealised), Amount(worth), Amount(0),
            Amount(0), fund_balance=Amount(worth), index=Price(market.anchor),
        )
    )  # fmt: skip
