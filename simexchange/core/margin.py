"""Margin of accounts: one kernel over pools, positions and open orders.

The engine decides by these functions and dialects show them; there is no second set of formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import anchors, collateral, valuing
from simexchange.core.brackets import (
    inverse_liquidation_price,
    linear_liquidation_price,
    maintenance,
    open_loss,
)
from simexchange.core.collateral import UNPRICED, Sums
from simexchange.core.ledger import pool_of, wallet_of
from simexchange.core.marginstates import PositionState, WalletState
from simexchange.core.needs import (
    closing_fee,
    growing,
    leverage_of,
    maintenance_of,
    of_orders,
    order_margin,
    position_initial,
    price_of,
    requirement,
    tiers_of,
    unrealised_of,
    upkeep,
    worth_of,
)
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import ONE, div_up, div_zero

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey


PoolName = tuple[str, str]
"""(wallet, asset): see design.md, "One kind of margin pool"."""


def keys_in(account: Account, market: MarketState) -> list[PositionKey]:
    """The positions *account* has in *market*, and those its open orders there work on, in order."""
    no = market.no
    return sorted({key for key in (*account.positions, *account.exposures) if market_of(key) == no})


def pools_of(state: ExchangeState, account: Account) -> dict[PoolName, list[PositionKey]]:
    """The pools *account* has positions in, and which, both in order of opening."""
    found: dict[PoolName, list[PositionKey]] = {}
    for key in account.positions:
        found.setdefault(pool_of(state.markets[market_of(key)], account, key), []).append(key)
    return found


def pooled(
    state: ExchangeState, account: Account, wallet: str, asset: str
) -> Iterator[tuple[PositionKey, MarketState]]:
    """The positions margined in a pool, in order of opening; with `ALL_ASSETS` those of every asset."""
    for key in account.positions:
        market = state.markets[market_of(key)]
        if asset in (market.spec.settle, ALL_ASSETS) and wallet_of(market, account, key) == wallet:
            yield key, market


def sums(state: ExchangeState, account: Account, wallet: str, without: Container[PositionKey] = ()) -> dict[str, Sums]:
    """Each asset of a shared wallet: its cash, and what positions and orders do to it; of all but those *without*."""
    found = {
        asset: Sums(money.free + money.held, money.held)
        for (place, asset), money in account.balances.items()
        if place == wallet
    }
    for key in _margined(account):
        market = state.markets[market_of(key)]
        if wallet_of(market, account) != wallet or key in without:
            continue
        each = found.get(market.spec.settle)
        if each is None:
            each = found[market.spec.settle] = Sums()
        of_position = position_initial(state, account, market, key)
        each.unrealised += unrealised_of(account, market, key)
        each.position_initial += of_position
        each.order_initial += max(0, requirement(state, account, market, key=key) - of_position)
        each.maintenance += maintenance_of(state, account, market, key)
    return found


def shared(state: ExchangeState, account: Account, wallet: str) -> collateral.Pool:
    """A shared wallet as a whole, in the numéraire."""
    return collateral.pool(sums(state, account, wallet), collateral.rates_of(state, account))


def equity(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """Cash plus unrealised profit of every position margined there; of `ALL_ASSETS` in the numéraire."""
    if asset == ALL_ASSETS:
        return shared(state, account, wallet).equity
    total = account.free(wallet, asset)
    for key, market in pooled(state, account, wallet, asset):
        total += unrealised_of(account, market, key)
    return total


def beside_total(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """What the positions margined there are worth more at their indexes than at their marks: of one asset."""
    return sum(
        anchors.beside(market, account.positions[key].qty) for key, market in pooled(state, account, wallet, asset)
    )


def maintenance_total(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """Maintenance margin of every position margined there; of `ALL_ASSETS` in the numéraire."""
    if asset == ALL_ASSETS:
        return shared(state, account, wallet).maintenance
    return sum(maintenance_of(state, account, market, key) for key, market in pooled(state, account, wallet, asset))


def standing(
    state: ExchangeState, account: Account, wallet: str, asset: str, keys: Sequence[PositionKey]
) -> tuple[int, int]:
    """`equity` and `maintenance_total` of a pool in which are *keys*, found together.

    Asked at every look, so for linear contracts `valuing` is written out: worth and profit are of one product.
    """
    if asset == ALL_ASSETS:
        pool = shared(state, account, wallet)
        return pool.equity, pool.maintenance
    balance, needed = account.free(wallet, asset), 0
    for key in keys:
        market, position = state.markets[market_of(key)], account.positions[key]
        qty, price, spec = position.qty, price_of(market), market.spec
        if market.inverse or not price:
            balance += valuing.unrealised(spec, qty, position.cost, price)
            worth = valuing.worth(spec, price, qty)
        else:
            value = qty * price
            balance += div_zero(value - position.cost, ONE)
            worth = abs(value) // ONE
        if account.reserves:
            tiers, apart = upkeep(state, account, market, key)
            needed += maintenance(tiers, worth) + apart
        else:
            needed += maintenance(tiers_of(state, account, market.no), worth)
    return balance, needed


def available(state: ExchangeState, account: Account, wallet: str, asset: str) -> int:
    """What may back new orders; below zero where positions already need more than there is.

    *wallet* is the account's, not one of an isolated position: of those only the open orders draw on it. Of
    `ALL_ASSETS` it is in the numéraire.
    """
    if asset == ALL_ASSETS:
        return shared(state, account, wallet).spare
    total = account.free(wallet, asset)
    for key in _margined(account):
        market = state.markets[market_of(key)]
        if market.spec.settle != asset or wallet_of(market, account) != wallet:
            continue
        if market.no in account.isolated:
            total -= order_margin(state, account, market, key)
        else:
            total += unrealised_of(account, market, key) - requirement(state, account, market, key=key)
    return total


def available_in(state: ExchangeState, account: Account, market: MarketState) -> int:
    """What may back new orders in *market*, in what it settles in; below zero as `available` is.

    Of a shared pool what the whole leaves, at the ask rate of that asset; without a price there is no telling what
    would be owed, and nothing may be.
    """
    wallet, asset = pool_of(market, account)
    spare = available(state, account, wallet, asset)
    if asset != ALL_ASSETS:
        return spare
    rates = collateral.rates_of(state, account).get(market.spec.settle, UNPRICED)
    return collateral.buyable(spare, rates) if rates.ask else 0


def covers(state: ExchangeState, account: Account, market: MarketState, cost: int) -> bool:
    """Whether *cost*, in what *market* settles in, is available there."""
    return cost <= available_in(state, account, market)


def backing(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """How much a position may lose, in what *market* settles in, before its pool holds nothing; below zero: it is gone.

    The equity of its pool; of a shared one, so much of the asset as takes the worth of the whole pool away.
    """
    wallet, asset = pool_of(market, account, key)
    if asset != ALL_ASSETS:
        return equity(state, account, wallet, asset)
    settle, found = market.spec.settle, sums(state, account, wallet)
    known = collateral.rates_of(state, account)
    rates = known.get(settle, UNPRICED)
    return collateral.losable(found[settle].equity, collateral.pool(found, known).equity, rates) if rates.ask else 0


def burden(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """Maintenance margin of one position in the unit of its pool, so that those of one pool compare."""
    needed = maintenance_of(state, account, market, key)
    if not account.unified or pool_of(market, account, key)[1] != ALL_ASSETS:
        return needed
    return collateral.needs(needed, collateral.rates_of(state, account).get(market.spec.settle, UNPRICED))


def unit_of(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """What one of the asset that *market* settles in counts for, 10**-8, where the pool of a position owes it: one,
    unless assets share it.
    """
    if pool_of(market, account, key)[1] != ALL_ASSETS:
        return ONE
    return collateral.rates_of(state, account).get(market.spec.settle, UNPRICED).ask


def _margined(account: Account) -> list[PositionKey]:
    """The positions *account* has, and those its orders work on, in order."""
    if not account.exposures:
        return list(account.positions)
    return sorted({**account.positions, **account.exposures})


def affords(
    state: ExchangeState,
    account: Account,
    market: MarketState,
    side: int,
    price: int,
    qty: int,
    leverage: int,
    key: PositionKey,
    least: int = 0,
) -> bool:
    """Whether `entry_cost` is not above `available`: the same figures, each found once, for *leverage* in force.

    Asked of every order of a derivative, so for the one position of a linear market with cross margin it is written
    out: `initial`, `open_loss` and `div_zero` stand in place.
    """
    if market.inverse or account.isolated or account.unified or account.reserves or key != market.no:
        cost = entry_cost(state, account, market, side, price, qty, key=key, least=least)
        return not cost or covers(state, account, market, cost)
    mark = market.mark or market.last
    position, exposure = account.positions.get(key), account.exposures.get(key)
    held = worth = bid = ask = queued = 0
    if position is not None:
        held = position.qty
        worth = held * mark // ONE if held > 0 else -(-held * mark // ONE)
    if exposure is not None:
        bid, ask = exposure.bid_value, exposure.ask_value
        queued = exposure.bid_qty if side > 0 else exposure.ask_qty
    # Neither sum is below zero, so max(|P + B|, |P − A|) is P + B or A − P.
    before = -(-max(worth + bid, ask - worth) // leverage)
    order = -(-(max(price, least) if least else price) * qty // ONE)
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
    """What the other positions margined with that of *market* add to what is available; below zero: they need it."""
    wallet, asset = wallet_of(market, account), market.spec.settle
    spare = 0
    for key in _margined(account):
        other = state.markets[market_of(key)]
        if key != market.no and other.spec.settle == asset and wallet_of(other, account) == wallet:
            spare += unrealised_of(account, other, key) - requirement(state, account, other, key=key)
    return spare


def entry_cost(
    state: ExchangeState,
    account: Account,
    market: MarketState,
    side: int,
    price: int,
    qty: int,
    instead: Order | None = None,
    key: PositionKey | None = None,
    least: int = 0,
) -> int:
    """What the account must have available to place an order: the rise in requirement plus the loss at birth.

    An order that only makes a position smaller costs nothing. *instead* is the resting order it takes the place of;
    margin is reckoned at no less than the price *least* (`costing`).
    """
    spec, key = market.spec, market.no if key is None else key
    worth = valuing.worth_up(spec, max(price, least), qty)
    if instead is not None:
        worth -= valuing.worth(spec, max(instead.price, least), instead.left)
    before = requirement(state, account, market, key=key)
    after = requirement(state, account, market, worth if side > 0 else 0, worth if side < 0 else 0, key)
    mark = price_of(market)
    more = growing(account, key, side, qty, 0 if instead is None else instead.left)
    loss = open_loss(side, price, more, mark, spec) if mark else 0
    return max(0, after - before) + loss


def wallet_state(state: ExchangeState, account: Account, wallet: str, asset: str) -> WalletState:
    """Every margin figure of one asset in one wallet of the account; of isolated positions only what orders need.

    Of a shared wallet: with `ALL_ASSETS` the whole of it in the numéraire, with one asset that asset's part, and what
    of it the whole leaves available and lets go.
    """
    if account.unified and wallet == account.linear_wallet:
        return _shared_state(state, account, wallet, asset)
    cash = account.free(wallet, asset)
    unrealised = held = orders = apart = maintained = 0
    for key in _margined(account):
        market = state.markets[market_of(key)]
        if market.spec.settle != asset or wallet_of(market, account) != wallet:
            continue
        if market.no in account.isolated:
            apart += order_margin(state, account, market, key)
            continue
        of_position = position_initial(state, account, market, key)
        unrealised += unrealised_of(account, market, key)
        held += of_position
        orders += max(0, requirement(state, account, market, key=key) - of_position)
        maintained += maintenance_of(state, account, market, key)
    spare = cash + unrealised - held - orders - apart
    return WalletState(
        wallet=cash,
        unrealised=unrealised,
        margin_balance=cash + unrealised,
        position_initial=held,
        order_initial=orders + apart,
        maintenance=maintained,
        available=max(0, spare),
        withdrawable=max(
            0,
            min(
                withdrawable(cash - apart, unrealised, held + orders, maintained),
                cash + unrealised + beside_total(state, account, wallet, asset),
            )
            - account.bonus(wallet, asset),
        ),
    )


def _shared_state(state: ExchangeState, account: Account, wallet: str, asset: str) -> WalletState:
    """One asset of a shared wallet, or with `ALL_ASSETS` the whole of it in the numéraire.

    What is available of an asset is what the whole leaves, at the ask rate (Binance FAQ c983a9268cfa, seen 2026-11).
    """
    found, known = sums(state, account, wallet), collateral.rates_of(state, account)
    whole = collateral.pool(found, known)
    if asset == ALL_ASSETS:
        orders = sum(collateral.needs(each.order_initial, known.get(name, UNPRICED)) for name, each in found.items())
        return WalletState(
            whole.cash, whole.equity - whole.cash, whole.equity, whole.initial - orders, orders, whole.maintenance,
            max(0, whole.spare), max(0, whole.movable),
        )  # fmt: skip
    each, rates = found.get(asset, Sums()), known.get(asset, UNPRICED)
    at_index = anchors.sums_at_index(state, account, wallet, found)
    there = (
        collateral.losable(at_index[asset].equity, collateral.pool(at_index, known).equity, rates)
        if asset in found and rates.bid
        else 0
    )
    return WalletState(
        each.cash, each.unrealised, each.equity, each.position_initial, each.order_initial, each.maintenance,
        max(0, collateral.buyable(whole.spare, rates)) if rates.ask else 0,
        max(0, _movable(each, whole, rates, there) - account.bonus(wallet, asset)),
    )  # fmt: skip


def _movable(each: Sums, whole: collateral.Pool, rates: collateral.Rates, there: int) -> int:
    """What of an asset may leave a shared wallet: its cash, as far as the whole stays above what is needed.

    To the unit: one more would take the cash below the maintenance margin, or the equity below the initial one, or,
    with what is *there* with every position at its index, below zero.
    """
    free = each.cash - each.aside
    if not rates.bid:
        return max(0, free)
    beyond = collateral.losable(each.cash, whole.cash - whole.maintenance, rates)
    return max(0, min(free, beyond, collateral.losable(each.equity - each.aside, whole.spare, rates), there))


def withdrawable(cash: int, unrealised: int, initial_margin: int, maintained: int) -> int:
    """What may leave a cross wallet: cash beyond maintenance, and equity beyond initial margin, whichever is less."""
    return max(0, min(cash - maintained, cash + unrealised - initial_margin, cash))


def position_state(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey | None = None
) -> PositionState:
    """Every figure of one position of an account and the orders that work on it."""
    key = market.no if key is None else key
    tiers = tiers_of(state, account, market.no)
    leverage = leverage_of(state, account, key)
    position = account.positions.get(key)
    qty, cost = (0, 0) if position is None else (position.qty, position.cost)
    worth = worth_of(account, market, key)
    of_position = position_initial(state, account, market, key)
    exposure = account.exposures.get(key)
    own = wallet_of(market, account, key)
    return PositionState(
        qty=qty,
        cost=cost,
        mark=price_of(market),
        notional=worth if qty > 0 else -worth,
        unrealised=unrealised_of(account, market, key),
        leverage=leverage,
        position_initial=of_position,
        order_initial=max(0, requirement(state, account, market, key=key) - of_position),
        bid_value=0 if exposure is None else exposure.bid_value,
        ask_value=0 if exposure is None else exposure.ask_value,
        maintenance=maintenance_of(state, account, market, key),
        liquidation_price=liquidation_price(state, account, market, key),
        max_notional=max((tier.cap for tier in tiers if tier.max_leverage >= leverage), default=0),
        position_id=0 if position is None else position.id,
        opened_at=0 if position is None else position.opened_at,
        updated_at=0 if position is None else position.updated_at,
        wallet=0 if market.no not in account.isolated else account.free(own, market.spec.settle),
    )


def call_ratio(state: ExchangeState, account: Account) -> int:
    """The margin ratio at which *account* is warned."""
    bundle = state.bundles.get(account.rules)
    return ONE if bundle is None else bundle.margin_call_ratio


def alarm(state: ExchangeState, account: Account) -> int:
    """What part of a margin balance must be above the maintenance margin for nothing to be said or done.

    The ratio of a margin call, and the whole where there are none.
    """
    ratio = call_ratio(state, account)
    return ratio if 0 < ratio < ONE else ONE


def called(balance: int, maintained: int, ratio: int) -> bool:
    """Whether a margin *balance* is so low that *maintained* is *ratio* of it or more: a margin call's condition."""
    return maintained > 0 and maintained * ONE >= balance * ratio


def liquidation_price(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey | None = None, ratio: int = ONE
) -> int:
    """The mark price of *market* at which the pool of a position is liquidated, all else standing still; 0: none.

    With cross margin the long and the short of a hedging account fall together, at one price; of two it is the nearer
    one. With a *ratio* below one it is the price at which the margin ratio comes to it: that of a margin call.
    """
    key = market.no if key is None else key
    if key not in account.positions:
        return 0
    wallet, asset = pool_of(market, account, key)
    if not tiers_of(state, account, market.no):
        return 0
    tiers, _ = upkeep(state, account, market, key)
    if asset == ALL_ASSETS:
        return _shared_price(state, account, market, wallet, ratio)
    others, maintained = equity(state, account, wallet, asset), maintenance_total(state, account, wallet, asset)
    legs = []
    for each, other in pooled(state, account, wallet, asset):
        if other is market:
            position = account.positions[each]
            legs.append((position.qty, position.cost))
            others -= unrealised_of(account, market, each)
            maintained -= maintenance(tiers, worth_of(account, market, each))
    others -= div_up(maintained * ONE, ratio)
    mark = price_of(market)
    if market.inverse:
        size = market.spec.contract_size
        legs = [(qty * size // ONE, cost) for qty, cost in legs]
        return inverse_liquidation_price(others, legs, tiers, mark, ratio)
    return linear_liquidation_price(others, legs, tiers, mark, ratio)


def _shared_price(state: ExchangeState, account: Account, market: MarketState, wallet: str, ratio: int) -> int:
    """The mark at which a shared pool's margin ratio comes to *ratio* by its positions in *market* alone; 0: none.

    What the settled asset is worth bends at zero, where what is there turns into what is owed: either side has its
    own price, and the one that lies on its own side counts.
    """
    spec = market.spec
    mine = [key for key, other in pooled(state, account, wallet, ALL_ASSETS) if other is market]
    found, known = sums(state, account, wallet, mine), collateral.rates_of(state, account)
    rates = known.get(spec.settle, UNPRICED)
    if not rates.bid:
        return 0
    own = found.pop(spec.settle, Sums())
    rest = collateral.pool(found, known)
    apart = sum(upkeep(state, account, market, key)[1] for key in mine)
    maintained = rest.maintenance + collateral.needs(own.maintenance + apart, rates)
    spare = rest.equity - div_up(maintained * ONE, ratio)
    mark = price_of(market)
    held = [account.positions[key] for key in mine]
    for rate in (rates.bid, rates.ask):
        tiers = collateral.stretched(tiers_of(state, account, market.no), rates.ask, rate)
        backing = own.equity + div_zero(spare * ONE, rate)
        if market.inverse:
            size = spec.contract_size
            legs = [(position.qty * size // ONE, position.cost) for position in held]
            price = inverse_liquidation_price(backing, legs, tiers, mark, ratio)
        else:
            legs = [(position.qty, position.cost) for position in held]
            price = linear_liquidation_price(backing, legs, tiers, mark, ratio)
        there = own.equity + sum(valuing.unrealised(spec, position.qty, position.cost, price) for position in held)
        if price and (there >= 0) == (rate == rates.bid):
            return price
    return 0


__all__ = [
    "PoolName",
    "PositionState",
    "WalletState",
    "affords",
    "alarm",
    "available",
    "available_in",
    "backing",
    "beside_total",
    "burden",
    "call_ratio",
    "called",
    "closing_fee",
    "covers",
    "entry_cost",
    "equity",
    "growing",
    "keys_in",
    "leverage_of",
    "liquidation_price",
    "maintenance_of",
    "maintenance_total",
    "of_orders",
    "order_margin",
    "pooled",
    "pools_of",
    "position_initial",
    "position_state",
    "price_of",
    "requirement",
    "shared",
    "standing",
    "sums",
    "tiers_of",
    "unit_of",
    "unrealised_of",
    "upkeep",
    "wallet_state",
    "withdrawable",
    "worth_of",
]
