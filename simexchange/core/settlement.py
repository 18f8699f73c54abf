"""Closing a market for good: its orders are canceled, then its positions settled with each other at the mark.

In steps of at most five hundred, one record each. A long and a short meet in one trade at the mark, off the tape and
without a fee, so nothing is ever half closed; since sizes sum to zero, everybody meets somebody, the insurance fund
and the tape too. Who then has less than nothing is made good by the fund, as after a liquidation (money rule L7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import bonuses, delivering, forced, liquidation, margin, valuing
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.events import OrderCanceled, TradeExecuted
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo, OrderId, TradeId
from simexchange.core.vocabulary.orders import BUY, EndReason, TradeKind
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import Holder, MarketState

STEP = 500
"""How many orders or positions one record closes at most."""


def close(engine: Engine, market: MarketState) -> None:
    """The next step: cancel orders, oldest id first; when there are none left, settle positions."""
    orders = engine.state.delisting.get(market.no)
    if orders:
        for order in list(orders)[:STEP]:
            # Its end may have ended others of its list.
            if order in orders:
                _cancel(engine, order)
        return
    if market.delivery is not None:
        delivering.deliver(engine, market)
        return
    price = margin.price_of(market)
    accounts = engine.state.accounts
    longs, shorts = _sides(engine, market)
    for _ in range(STEP):
        if not longs:
            break
        _settle(engine, market, price, longs[-1], shorts[-1])
        for side in (longs, shorts):
            no, key = side[-1]
            if key not in accounts[no].positions:
                side.pop()


def _cancel(engine: Engine, number: OrderId) -> None:
    order = engine.state.accounts[AccountNo(number >> ORDER_ID_SHIFT)].orders[number]
    engine.emit(
        OrderCanceled(number, order.account, order.market, Quantity(order.left), Amount(order.hold), EndReason.DELISTED)
    )


def _sides(engine: Engine, market: MarketState) -> tuple[list[Holder], list[Holder]]:
    """Who is long and who is short, each with the lowest account number last: that one settles first."""
    accounts = engine.state.accounts
    held = [(row, accounts[row[0]].positions[row[1]].qty) for row in sorted(market.holders, reverse=True)]
    return [row for row, qty in held if qty > 0], [row for row, qty in held if qty < 0]


def _settle(engine: Engine, market: MarketState, price: int, long: Holder, short: Holder) -> None:
    """A long and a short end as far as they cover each other."""
    seller, buyer = engine.state.accounts[long[0]], engine.state.accounts[short[0]]
    qty = min(seller.positions[long[1]].qty, -buyer.positions[short[1]].qty)
    worth = valuing.traded(market.spec, price, qty)
    bought = liquidation.bare_fill(buyer, market, qty, worth, short[1])
    sold = liquidation.bare_fill(seller, market, -qty, worth, long[1])
    if buyer.bonused or seller.bonused:
        bought, sold = bonuses.of_trade(engine.state, market, bought, sold)
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(price), Quantity(qty), Amount(worth // ONE), BUY, bought, sold,
            TradeKind.DELIVERY,
        )
    )  # fmt: skip
    for account, (no, key) in ((seller, long), (buyer, short)):
        engine.touch(no)
        if account.margined:
            # At once: his other positions may say that he is safe, and nobody would look at this pool.
            forced.settle_rest(engine, account, wallet_of(market, account, key), market.spec.settle, took=False)
