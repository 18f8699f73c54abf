"""Liquidation of an account whose margin balance is at or below its maintenance margin.

In steps, one record each: cancel its orders; sell the position with the largest maintenance margin by one order at
its bankruptcy price; what is left is taken over by the insurance fund at that price; the next position, until the
account holds enough or nothing. (Binance FAQ 360033525271, b3c689c1, seen 2026-11; money rules L2–L5.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import bonuses, brackets, collateral, converting, margin, matching, valuing
from simexchange.core.ledger import pool_of, wallet_of
from simexchange.core.positions import effect
from simexchange.core.state import FUND
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.events import (
    Fill,
    InsurancePaid,
    LiquidationFeeCharged,
    LiquidationFinished,
    LiquidationStarted,
    OrderAccepted,
    OrderCanceled,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId, PositionId, TradeId, market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    IOC,
    LIMIT,
    SELL,
    EndReason,
    ExchangeReason,
    Origin,
    Slot,
    Terms,
    TradeKind,
)
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import PositionKey

FUND_BAND = 50_000
"""How far from the mark the fund sells what it took over: 0.05 %.

Less than what two accounts pay in fees to bring a position to the fund (0.07 % of it at the shipped rates), so that
nobody can have himself liquidated and be the only one to buy it back cheaply: docs/explanation/decisions/0006.
"""


def safe(engine: Engine, account: Account) -> bool:
    """Whether a glance shows that `check` would do nothing: the common case, and cheap.

    One linear position with cross margin, and a margin balance above what its maintenance margin is in the highest
    bracket it can be in.
    """
    if account.liquidating or len(account.positions) != 1 or account.isolated or account.unified:
        return False
    (key, position) = next(iter(account.positions.items()))
    market = engine.state.markets[market_of(key)]
    rules = engine.state.rules.get((account.rules, market.no))
    price = margin.price_of(market)
    if rules is None or not rules.tiers or not price or market.inverse:
        return False
    cash = account.free(wallet_of(market, account), market.spec.settle)
    worth = abs(position.qty) * price
    return (
        cash * ONE + position.qty * price - position.cost
        > brackets.tier_of(rules.tiers, worth // ONE + 1).maintenance_rate * worth // ONE + ONE
    )


def check(engine: Engine, account: Account) -> None:
    """Start a liquidation for each pool of *account* that needs one; make good one that nothing backs any more."""
    state = engine.state
    seen: dict[tuple[str, str], None] = {}
    for key in account.positions:
        seen[pool_of(state.markets[market_of(key)], account, key)] = None
    for wallet, asset in seen:
        if (wallet, asset) in account.liquidating or _stale(engine, account, wallet, asset):
            continue
        balance = margin.equity(state, account, wallet, asset)
        needed = margin.maintenance_total(state, account, wallet, asset)
        if balance <= needed:
            engine.emit(LiquidationStarted(account.no, wallet, Amount(balance), Amount(needed), asset))
    for (wallet, asset), money in sorted(account.balances.items(), key=lambda item: item[0]):
        # Below zero with no position left to carry it: the fund makes it good (money rule L7).
        # In a shared wallet other assets stand against it.
        if money.free < 0 and wallet != "spot" and (wallet, asset) not in seen and not account.shares(wallet):
            engine.emit(InsurancePaid(account.no, wallet, asset, Amount(-money.free), FUND))
    if account.unified:
        converting.check(engine, account)


def _stale(engine: Engine, account: Account, wallet: str, asset: str) -> bool:
    """Nobody is liquidated on an index whose source has gone quiet."""
    if asset == ALL_ASSETS and collateral.stale(engine.state, account):
        return True
    for _, market in margin.pooled(engine.state, account, wallet, asset):
        index = engine.state.indexes.get(market.spec.index)
        if index is not None and index.frozen:
            return True
    return False


def step(engine: Engine, account: Account, wallet: str, asset: str) -> None:
    """Do the next thing of one liquidation."""
    state = engine.state
    resting = [order for order in account.orders.values() if _drawn_on(engine, account, order, wallet, asset)]
    if resting:
        for order in resting:
            engine.emit(
                OrderCanceled(
                    order.id, account.no, order.market, Quantity(order.left), Amount(order.hold), EndReason.LIQUIDATION
                )
            )
        return
    held = list(margin.pooled(state, account, wallet, asset))
    balance = margin.equity(state, account, wallet, asset)
    if not held or balance > margin.maintenance_total(state, account, wallet, asset):
        _finish(engine, account, wallet, asset)
        return
    key, market = max(held, key=lambda row: (margin.burden(state, account, row[1], row[0]), -row[0]))
    if key not in account.tried:
        _sell(engine, account, market, key)
    else:
        _take_over(engine, account, market, key)


def _drawn_on(engine: Engine, account: Account, order: Order, wallet: str, asset: str) -> bool:
    """Whether *order* works on a position of the pool, or draws on it."""
    market = engine.state.markets[order.market]
    return market.derivative and pool_of(market, account, order.key) == (wallet, asset)


def _finish(engine: Engine, account: Account, wallet: str, asset: str) -> None:
    if asset == ALL_ASSETS:
        if not any(margin.pooled(engine.state, account, wallet, asset)):
            converting.settle(engine, account, wallet, ExchangeReason.LIQUIDATION)
        # What it owes while it holds positions was nobody's business until now.
        engine.touch(account.no)
        engine.emit(LiquidationFinished(account.no, wallet, asset))
        return
    short = -account.free(wallet, asset)
    if short > 0 and not any(margin.pooled(engine.state, account, wallet, asset)):
        engine.emit(InsurancePaid(account.no, wallet, asset, Amount(short), FUND))
    engine.emit(LiquidationFinished(account.no, wallet, asset))


def _bankruptcy_price(engine: Engine, account: Account, market: MarketState, key: PositionKey) -> int:
    balance = margin.backing(engine.state, account, market, key)
    qty = account.positions[key].qty
    return brackets.bankruptcy_price(market.spec, margin.price_of(market), balance, qty)


def _sell(engine: Engine, account: Account, market: MarketState, key: PositionKey) -> None:
    """One order for the whole position, at its bankruptcy price or better; the fee is on what it sold."""
    qty = account.positions[key].qty
    side = SELL if qty > 0 else BUY
    price = _bankruptcy_price(engine, account, market, key)
    order_id = OrderId(account.orders_made + 1)
    terms = Terms(reduce_only=True, origin=Origin.LIQUIDATION, slot=Slot(slot_of(key)), sub_position=sub_of(key))
    engine.emit(
        OrderAccepted(
            order_id, account.no, market.no, side, LIMIT, Quantity(abs(qty)), Price(price), IOC,
            f"autoclose-{order_id}", Amount(0), terms,
        )
    )  # fmt: skip
    order = account.orders[order_id]
    rules = engine.state.rules.get((account.rules, market.no))
    rate = 0 if rules is None else rules.liquidation_fee
    while order.left and market.status is MarketStatus.TRADING:
        level = market.book.opposite(side).best()
        if level is None or (level.price - price) * side > 0:
            break
        maker, before = level.head, order.left
        assert maker is not None
        if matching.fill(engine, order, maker, market, TradeKind.LIQUIDATION) is not None:
            break
        sold = before - order.left
        if sold:
            _charge(engine, account, market, valuing.worth(market.spec, level.price, sold), rate, key)
    if order.left:
        matching.expire(engine, order, EndReason.IOC_REMAINDER)


def _charge(engine: Engine, account: Account, market: MarketState, sold: int, rate: int, key: PositionKey) -> None:
    wallet, asset = wallet_of(market, account, key), market.spec.settle
    left = margin.backing(engine.state, account, market, key)
    charge = brackets.liquidation_fee(sold, rate, left)
    if charge:
        paid = bonuses.of_fee(engine.state, account, wallet, asset, charge) if account.bonused else Amount(0)
        engine.emit(LiquidationFeeCharged(account.no, wallet, asset, Amount(charge), market.no, FUND, paid))


def _take_over(engine: Engine, account: Account, market: MarketState, key: PositionKey) -> None:
    """The fund takes the rest of the position at the bankruptcy price. Not on the tape, no fee (money rule L4)."""
    wallet, asset = wallet_of(market, account, key), market.spec.settle
    qty = account.positions[key].qty
    price = _bankruptcy_price(engine, account, market, key)
    worth = valuing.worth(market.spec, price, qty)
    fine = worth_fine(market, price, abs(qty))
    side = SELL if qty > 0 else BUY
    fund = engine.state.accounts[FUND]
    given, taken = bare_fill(account, market, -qty, fine, key), bare_fill(fund, market, qty, fine, market.no)
    if account.bonused:
        given, taken = bonuses.of_trade(engine.state, market, given, taken)
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(price), Quantity(abs(qty)), Amount(worth), side, given, taken,
            TradeKind.TAKEOVER,
        )
    )  # fmt: skip
    engine.touch(account.no)
    if account.shares(wallet):
        # What is owed then is bought back with the other assets, in the next step.
        return
    rest = account.free(wallet, asset)
    if rest and not any(margin.pooled(engine.state, account, wallet, asset)):
        # What rounding to the tick left of the collateral goes to the fund; what is missing comes from it.
        engine.emit(InsurancePaid(account.no, wallet, asset, Amount(-rest), FUND))


def worth_fine(market: MarketState, price: int, qty: int) -> int:
    """What *qty*, above zero, is worth at *price* for both sides of a trade: at 10**-16, of linear whole 10**-8."""
    fine = valuing.value(market.spec, price, qty)
    return fine if market.inverse else fine - fine % ONE


def bare_fill(account: Account, market: MarketState, signed_qty: int, worth: int, key: PositionKey) -> Fill:
    """One side of a trade worth *worth* (10**-16) that no order asked for and that costs no fee."""
    position = account.positions.get(key)
    held, cost, number = (0, 0, PositionId(0)) if position is None else (position.qty, position.cost, position.id)
    fresh = PositionId(account.positions_made + 1)
    closed, opened = effect(held, cost, number, signed_qty, worth, fresh, inverse=market.inverse)
    own = wallet_of(market, account, key) if market.no in account.isolated else ""
    return Fill(
        account.no, NO_ORDER, Quantity(0), Amount(0), Amount(0), market.spec.settle, Amount(0), closed, opened,
        slot=Slot(slot_of(key)), sub=sub_of(key), wallet=own,
    )  # fmt: skip


def unwind(engine: Engine, market: MarketState) -> None:
    """The fund sells what it holds in *market*, by one order in a band around the mark; the rest a second later."""
    fund = engine.state.accounts[FUND]
    position = fund.positions.get(market.no)
    if position is None:
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
