"""The insurance fund: what it is worth, and how it gets rid of what it took over.

It is an account with capital of its own, without margin and without a rank in auto-deleveraging. Each second it sells
within a band around the mark; what found no buyer for as long as it waits goes to the other side at the mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import margin, matching
from simexchange.core.forced import risk_of
from simexchange.core.ledger import wallet_of
from simexchange.core.state import FUND
from simexchange.core.vocabulary.events import LiquidationStepDecided, OrderAccepted
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION, LiquidationPart, SizeReason
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, IOC, LIMIT, SELL, EndReason, Origin, Terms, TradeKind
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

FUND_BAND = 50_000
"""How far from the mark the fund sells what it took over: 0.05 %.

Less than what two accounts pay in fees to bring a position to the fund (0.07 % of it at the shipped rates), so that
nobody can have himself liquidated and be the only one to buy it back cheaply: docs/explanation/decisions/0006.
"""


def equity(state: ExchangeState, market: MarketState) -> int:
    """What the fund is worth in the settle asset of *market*: cash, and unrealised profit at the marks."""
    fund = state.accounts[FUND]
    return margin.equity(state, fund, wallet_of(market, fund), market.spec.settle)


def unwind(engine: Engine, market: MarketState) -> None:
    """The fund sells what it holds in *market*, by one order in a band around the mark; the rest a second later."""
    fund = engine.state.accounts[FUND]
    position = fund.positions.get(market.no)
    if position is None or (FUND, market.no) in engine.state.deleveragings:
        return
    if market.fund_until and market.fund_until <= engine.at:
        _give_up(engine, market)
        return
    side = SELL if position.qty > 0 else BUY
    tick = market.spec.tick
    bound = margin.price_of(market) * (ONE + side * FUND_BAND) // ONE
    price = max(tick, bound - bound % tick)
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


def _give_up(engine: Engine, market: MarketState) -> None:
    """It has waited long enough: the other side takes the position at its mark."""
    state, fund = engine.state, engine.state.accounts[FUND]
    wallet, asset = wallet_of(market, fund), market.spec.settle
    risk = risk_of(state, fund, market, market.no)
    cash, worth = fund.free(wallet, asset), equity(state, market)
    engine.emit(
        LiquidationStepDecided(
            FUND, wallet, asset, NO_LIQUIDATION, LiquidationPart.DELEVERAGE, risk, Quantity(abs(risk.qty)), risk.mark,
            SizeReason.FUND_WAITED, Amount(cash), Amount(worth - cash - risk.unrealised), Amount(worth), Amount(0),
            Amount(0), fund_balance=Amount(worth),
        )
    )  # fmt: skip
