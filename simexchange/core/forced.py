"""What is done to accounts without their asking: trades by the exchange's own hand, orders ended, wallets made good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import brackets, isolating, margin
from simexchange.core.ledger import wallet_of
from simexchange.core.positions import effect
from simexchange.core.state import FUND
from simexchange.core.vocabulary.events import Fill, InsurancePaid, OrderCanceled
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId, PositionId, slot_of, sub_of
from simexchange.core.vocabulary.liquidations import PositionRisk
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import ONE, Amount, Cost, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.orders import EndReason


def bare_fill(
    account: Account,
    market: MarketState,
    signed_qty: int,
    worth: int,
    key: PositionKey,
    order: OrderId = NO_ORDER,
    *,
    frees: bool = True,
) -> Fill:
    """One side of a trade worth *worth* (10**-16) that its account did not ask for and that costs no fee.

    Where some of an isolated position ends, its share of the own wallet goes back to the account's, if it *frees* it:
    that of a bankrupt one is not its owner's.
    """
    position = account.positions.get(key)
    held, cost, number = (0, 0, PositionId(0)) if position is None else (position.qty, position.cost, position.id)
    fresh = PositionId(account.positions_made + 1)
    cum_quote = Amount((worth if market.inverse else worth // ONE) if order else 0)
    closed, opened = effect(held, cost, number, signed_qty, worth, fresh, inverse=market.inverse)
    own, moved = "", 0
    if market.no in account.isolated:
        own = wallet_of(market, account, key)
        if frees:
            moved = isolating.moved(0, account.free(own, market.spec.settle), abs(held), closed, None, cost, 0, 1)
    return Fill(
        account.no, order, Quantity(0), cum_quote, Amount(0), market.spec.settle, Amount(0), closed, opened,
        slot=Slot(slot_of(key)), sub=sub_of(key), wallet=own, margin=Amount(moved),
    )  # fmt: skip


def risk_of(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> PositionRisk:
    """The margin figures of one position, with what they are made from."""
    position = account.positions[key]
    tiers, apart = margin.upkeep(state, account, market, key)
    worth = margin.worth_of(account, market, key)
    tier, fee = brackets.tier_of(tiers or brackets.FREE, worth), margin.closing_fee(state, account, market, key)
    return PositionRisk(
        market.no, Slot(slot_of(key)), sub_of(key), Quantity(position.qty), Cost(position.cost),
        Price(margin.price_of(market)), Amount(worth), Amount(margin.unrealised_of(account, market, key)),
        tier.maintenance_rate, tier.cum, Amount(brackets.maintenance(tiers, worth) + apart),
        Amount(fee), Amount(apart - fee),
    )  # fmt: skip


def cancel(engine: Engine, order: Order, reason: EndReason) -> None:
    """An order ends by the engine's will."""
    engine.emit(OrderCanceled(order.id, order.account, order.market, Quantity(order.left), Amount(order.hold), reason))


def settle_rest(engine: Engine, account: Account, wallet: str, asset: str, *, took: bool) -> None:
    """A pool without positions ends at nothing: what is missing comes from the fund (money rule L7).

    Where somebody *took* its last position at the bankruptcy price, what rounding to the tick left goes to the fund;
    else what an isolated position left in its own wallet is its owner's.
    """
    if account.shares(wallet):
        # What is owed there is bought back with the other assets, in the next step.
        return
    rest = account.free(wallet, asset)
    if not rest or any(margin.pooled(engine.state, account, wallet, asset)):
        return
    if rest < 0 or took:
        engine.emit(insured(engine.state, account, wallet, asset, -rest))
    else:
        isolating.give_back(engine, account, wallet, asset)


def insured(state: ExchangeState, account: Account, wallet: str, asset: str, amount: int) -> InsurancePaid:
    """The fund pays *amount* into a wallet; below zero: takes it out."""
    return InsurancePaid(account.no, wallet, asset, Amount(amount), FUND, fund_wallet(state, wallet, asset))


def fund_wallet(state: ExchangeState, wallet: str, asset: str) -> str:
    """The fund's wallet beside one of an account's pools; empty: the one of the same name.

    It has one of linear and one of inverse contracts, whatever an account calls its own, and none of one position:
    where an account has one wallet for both, *asset* says which.
    """
    base = wallet.partition(":")[0]
    fund = state.accounts[FUND]
    if base in (fund.linear_wallet, fund.inverse_wallet):
        return "" if base == wallet else base
    settling = [
        market.inverse for market in state.markets.values() if market.derivative and market.spec.settle == asset
    ]
    return fund.inverse_wallet if settling and all(settling) else fund.linear_wallet
