"""Margin of accounts: one kernel over wallets, positions and open orders. Cross margin, linear markets.

The engine decides by these functions and dialects show them; there is no second set of formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core.brackets import (
    initial,
    linear_liquidation_price,
    maintenance,
    open_loss,
)
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.units import ONE, div_zero

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.core.vocabulary.markets import Tier


class WalletState(msgspec.Struct, frozen=True):
    """Margin of one asset in one wallet, all in 10**-8 of the asset."""

    wallet: int
    """Cash: what was put in, plus everything realised."""
    unrealised: int
    margin_balance: int
    """wallet + unrealised profit."""
    position_initial: int
    order_initial: int
    maintenance: int
    available: int
    """What may back new orders; never below zero."""
    withdrawable: int
    """What may be taken out. Binance FAQ 360038447311, seen 2026-11."""


class PositionState(msgspec.Struct, frozen=True):
    """Figures of one position (zeros where there is none), 10**-8."""

    qty: int
    cost: int
    """Entry cost at 10**-16, signed as qty."""
    mark: int
    notional: int
    """Signed as qty."""
    unrealised: int
    leverage: int
    position_initial: int
    order_initial: int
    bid_value: int
    ask_value: int
    maintenance: int
    liquidation_price: int
    """0: none."""
    max_notional: int
    """The largest position the leverage allows."""
    position_id: int
    opened_at: int
    updated_at: int


def price_of(market: MarketState) -> int:
    """The price a position is valued at: the mark, or the last trade before there is one."""
    return market.mark or market.last


def leverage_of(state: ExchangeState, account: Account, market: MarketNo) -> int:
    """The leverage set, else the rules' default."""
    found = account.leverage.get(market)
    if found is not None:
        return found
    rules = state.rules.get((account.rules, market))
    return 1 if rules is None else rules.default_leverage


def tiers_of(state: ExchangeState, account: Account, market: MarketNo) -> Sequence[Tier]:
    """The leverage brackets that hold for *account* in *market*."""
    rules = state.rules.get((account.rules, market))
    return () if rules is None else rules.tiers


def unrealised_of(account: Account, market: MarketState) -> int:
    """Unrealised profit of the position in *market* at its mark, toward zero."""
    position = account.positions.get(market.no)
    if position is None:
        return 0
    price = price_of(market)
    return div_zero(position.qty * price - position.cost, ONE) if price else 0


def worth_of(account: Account, market: MarketState) -> int:
    """What the position in *market* is worth at its mark, above zero, rounded down."""
    position = account.positions.get(market.no)
    return 0 if position is None else abs(position.qty) * price_of(market) // ONE


def equity(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """Cash plus unrealised profit of every position margined there."""
    total = account.free(wallet, asset)
    for no in account.positions:
        market = state.markets[no]
        if market.spec.settle == asset and wallet_of(market, account) == wallet:
            total += unrealised_of(account, market)
    return total


def maintenance_total(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """Maintenance margin of every position margined there."""
    total = 0
    for no in account.positions:
        market = state.markets[no]
        if market.spec.settle == asset and wallet_of(market, account) == wallet:
            total += maintenance(tiers_of(state, account, no), worth_of(account, market))
    return total


def requirement(state: ExchangeState, account: Account, market: MarketState, bid: int = 0, ask: int = 0) -> int:
    """Initial margin of position and open orders in *market*, with further orders worth *bid* and *ask*.

    The larger of the two sides: max(|P + B|, |P − A|) ÷ leverage, P the position's signed worth at mark.
    Source: dev.binance.vision/t/17078 (derived there), seen 2026-11.
    """
    position = account.positions.get(market.no)
    worth = 0 if position is None else div_zero(position.qty * price_of(market), ONE)
    exposure = account.exposures.get(market.no)
    if exposure is not None:
        bid += exposure.bid_value
        ask += exposure.ask_value
    return initial(max(abs(worth + bid), abs(worth - ask)), leverage_of(state, account, market.no))


def available(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """What may back new orders; below zero where positions already need more than there is."""
    total = account.free(wallet, asset)
    for no in _margined(account):
        market = state.markets[no]
        if market.spec.settle == asset and wallet_of(market, account) == wallet:
            total += unrealised_of(account, market) - requirement(state, account, market)
    return total


def _margined(account: Account) -> list[MarketNo]:
    """Markets in which *account* has a position or had an order, in order of number."""
    if not account.exposures:
        return list(account.positions)
    return sorted({**account.positions, **account.exposures})


def affords(
    state: ExchangeState, account: Account, market: MarketState, side: int, price: int, qty: int, leverage: int
) -> bool:
    """Whether `entry_cost` is not above `available`: the same figures, each found once, for *leverage* in force.

    Asked of every order of a derivative, so it is written out: `initial`, `open_loss` and `div_zero` stand in place.
    """
    no, mark = market.no, market.mark or market.last
    position, exposure = account.positions.get(no), account.exposures.get(no)
    held = worth = bid = ask = queued = 0
    if position is not None:
        held = position.qty
        worth = held * mark // ONE if held > 0 else -(-held * mark // ONE)
    if exposure is not None:
        bid, ask = exposure.bid_value, exposure.ask_value
        queued = exposure.bid_qty if side > 0 else exposure.ask_qty
    # Neither sum is below zero, so max(|P + B|, |P − A|) is P + B or A − P.
    before = -(-max(worth + bid, ask - worth) // leverage)
    order = -(-price * qty // ONE)
    larger = max(worth + bid + order, ask - worth) if side > 0 else max(worth + bid, ask + order - worth)
    needed = -(-larger // leverage) - before
    behind = (price - mark) * side
    if behind > 0 and mark:
        closing = -held * side - queued
        growing = qty - closing if closing > 0 else qty
        if growing > 0:
            needed += -(-growing * behind // ONE)
    if not needed:
        return True
    spare = account.free(wallet_of(market, account), market.spec.settle) - before
    if position is not None and mark:
        spare += div_zero(held * mark - position.cost, ONE)
    if len(account.positions) > (position is not None) or len(account.exposures) > (exposure is not None):
        spare += _spare_elsewhere(state, account, market)
    return needed <= spare


def _spare_elsewhere(state: ExchangeState, account: Account, market: MarketState) -> int:
    """What the other markets margined with *market* add to what is available; below zero where they need it."""
    wallet, asset = wallet_of(market, account), market.spec.settle
    spare = 0
    for no in _margined(account):
        other = state.markets[no]
        if other is not market and other.spec.settle == asset and wallet_of(other, account) == wallet:
            spare += unrealised_of(account, other) - requirement(state, account, other)
    return spare


def entry_cost(
    state: ExchangeState,
    account: Account,
    market: MarketState,
    side: int,
    price: int,
    qty: int,
    instead: Order | None = None,
) -> int:
    """What the account must have available to place an order: the rise in requirement plus the loss at birth.

    An order that only makes a position smaller costs nothing. *instead* is the resting order it takes the place of.
    """
    worth = -(-price * qty // ONE)
    if instead is not None:
        worth -= instead.price * instead.left // ONE
    before = requirement(state, account, market)
    after = requirement(state, account, market, bid=worth if side > 0 else 0, ask=worth if side < 0 else 0)
    position = account.positions.get(market.no)
    held = 0 if position is None else position.qty
    exposure = account.exposures.get(market.no)
    queued = 0 if exposure is None else (exposure.bid_qty if side > 0 else exposure.ask_qty)
    if instead is not None:
        queued -= instead.left
    closable = max(0, -held * side - queued)
    growing = max(0, qty - closable)
    mark = price_of(market)
    loss = open_loss(side, price, growing, mark) if mark else 0
    return max(0, after - before) + loss


def wallet_state(state: ExchangeState, account: Account, wallet: str, asset: str) -> WalletState:
    """Every margin figure of one asset in one wallet."""
    cash = account.free(wallet, asset)
    unrealised = held = orders = maintained = 0
    for no in _margined(account):
        market = state.markets[no]
        if market.spec.settle != asset or wallet_of(market, account) != wallet:
            continue
        worth = worth_of(account, market)
        of_position = initial(worth, leverage_of(state, account, no))
        unrealised += unrealised_of(account, market)
        held += of_position
        orders += max(0, requirement(state, account, market) - of_position)
        maintained += maintenance(tiers_of(state, account, no), worth)
    spare = cash + unrealised - held - orders
    return WalletState(
        wallet=cash,
        unrealised=unrealised,
        margin_balance=cash + unrealised,
        position_initial=held,
        order_initial=orders,
        maintenance=maintained,
        available=max(0, spare),
        withdrawable=withdrawable(cash, unrealised, held + orders, maintained),
    )


def withdrawable(cash: int, unrealised: int, initial_margin: int, maintained: int) -> int:
    """What may leave a cross wallet: cash beyond maintenance, and equity beyond initial margin, whichever is less."""
    return max(0, min(cash - maintained, cash + unrealised - initial_margin, cash))


def position_state(state: ExchangeState, account: Account, market: MarketState) -> PositionState:
    """Every figure of one account's position and open orders in one derivative market."""
    no = market.no
    tiers = tiers_of(state, account, no)
    leverage = leverage_of(state, account, no)
    position = account.positions.get(no)
    qty, cost = (0, 0) if position is None else (position.qty, position.cost)
    worth = worth_of(account, market)
    of_position = initial(worth, leverage)
    exposure = account.exposures.get(no)
    return PositionState(
        qty=qty,
        cost=cost,
        mark=price_of(market),
        notional=worth if qty > 0 else -worth,
        unrealised=unrealised_of(account, market),
        leverage=leverage,
        position_initial=of_position,
        order_initial=max(0, requirement(state, account, market) - of_position),
        bid_value=0 if exposure is None else exposure.bid_value,
        ask_value=0 if exposure is None else exposure.ask_value,
        maintenance=maintenance(tiers, worth),
        liquidation_price=liquidation_price(state, account, market),
        max_notional=max((tier.cap for tier in tiers if tier.max_leverage >= leverage), default=0),
        position_id=0 if position is None else position.id,
        opened_at=0 if position is None else position.opened_at,
        updated_at=0 if position is None else position.updated_at,
    )


def liquidation_price(state: ExchangeState, account: Account, market: MarketState) -> int:
    """The mark price of *market* at which the account is liquidated, all else standing still; 0: none."""
    position = account.positions.get(market.no)
    if position is None:
        return 0
    wallet, asset = wallet_of(market, account), market.spec.settle
    tiers = tiers_of(state, account, market.no)
    if not tiers:
        return 0
    others = equity(state, account, wallet, asset) - unrealised_of(account, market)
    others -= maintenance_total(state, account, wallet, asset) - maintenance(tiers, worth_of(account, market))
    return linear_liquidation_price(others, [(position.qty, position.cost)], tiers)
