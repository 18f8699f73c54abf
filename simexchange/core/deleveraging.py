"""Auto-deleveraging: the other side takes what neither the book nor the fund takes, by rank, at the bankruptcy price.

The score of a position is its profit on the cash that backs it × the margin ratio of its pool (Binance FAQ
360033525471, seen 2026-11): who gains most with most leverage goes first. No fee is charged. Decided here, where the
page says nothing: the cash is that of the position's own pool, so the position's wallet where margin is isolated; a
wallet below one USD counts as one (the page says 1, of USDT; of coins we take what is worth one USD at the mark); who
could not pay for it at that price is passed over while others can; then those without profit, by account; the fund
and the tape's account last. Since sizes sum to zero, the other side always suffices.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import margin, valuing
from simexchange.core.forced import bare_fill, cancel, settle_rest, worth_fine
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.events import OrderAccepted, PositionDeleveraged, TradeExecuted
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId, TradeId, key_of, slot_of, sub_of
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION
from simexchange.core.vocabulary.orders import BUY, IOC, LIMIT, SELL, EndReason, Origin, Side, Slot, Terms, TradeKind
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, div_zero

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.distress import Deleveraging
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Deleverage
    from simexchange.core.vocabulary.ids import AccountNo, PositionKey

STEP = 100
"""How many positions of the other side one record takes at most: the queue is made once for all of them."""
QUANTILES = 5
CLIENT_ID = "adl_autoclose"
"""What Binance calls the order of the position that is taken (user data streams, seen 2026-11)."""


class Score(NamedTuple):
    """Where a position stands in the queue, and the numbers that say so: see `PositionDeleveraged`."""

    score: int
    gained: int
    wallet: int
    least: int
    balance: int
    maintenance: int


class Place(NamedTuple):
    """One position in the queue. Lower tuples go first."""

    group: int
    """0: can pay, 1: could not, 2: the fund and the tape."""
    minus_score: int
    account: AccountNo
    key: PositionKey


def score(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> Score:
    """How far in front a position stands."""
    asset, wallet = market.spec.settle, wallet_of(market, account, key)
    gained = max(0, margin.unrealised_of(account, market, key))
    cash = account.free(wallet, asset)
    least = one_usd(market)
    balance = margin.equity(state, account, wallet, asset)
    needed = margin.maintenance_total(state, account, wallet, asset)
    found = 0 if balance <= 0 else gained * needed * ONE // (max(cash, least) * balance)
    return Score(found, gained, cash, least, balance, needed)


def one_usd(market: MarketState) -> int:
    """One USD in the asset that *market* settles in, at its mark; of linear markets one of that asset."""
    price = margin.price_of(market)
    return max(1, ONE * ONE // price) if market.inverse and price else ONE


def quantile(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """0 to 4: in which fifth of its side's queue a position stands, 4 the front; 0 where there is none.

    Reckoned when it is asked for, of all positions of that side. Nobody is asked whether he could pay.
    """
    position = account.positions.get(key)
    if position is None:
        return 0
    mine = (-score(state, account, market, key).score, account.no, key)
    ahead = count = 0
    for other, each in _side(state, market, long=position.qty > 0):
        count += 1
        ahead += (-score(state, other, market, each).score, other.no, each) < mine
    return QUANTILES - 1 - ahead * QUANTILES // max(1, count)


def quantiles(state: ExchangeState, market: MarketState) -> dict[tuple[AccountNo, PositionKey], int]:
    """`quantile` of every position in *market*."""
    found: dict[tuple[AccountNo, PositionKey], int] = {}
    for long in (True, False):
        rows = sorted(
            (-score(state, account, market, key).score, account.no, key)
            for account, key in _side(state, market, long=long)
        )
        for ahead, (_, no, key) in enumerate(rows):
            found[no, key] = QUANTILES - 1 - ahead * QUANTILES // len(rows)
    return found


def _side(state: ExchangeState, market: MarketState, *, long: bool) -> Iterator[tuple[Account, PositionKey]]:
    """The positions of users and agents on one side."""
    for no, key in market.holders:
        account = state.accounts[no]
        if account.margined and (account.positions[key].qty > 0) is long:
            yield account, key


def queue(state: ExchangeState, market: MarketState, side: Side, price: int, most: int, need: int) -> list[Place]:
    """The first *most* positions that trade on *side* to close, when *need* is to be taken at *price*."""
    places = []
    for no, key in market.holders:
        account = state.accounts[no]
        position = account.positions[key]
        if position.qty * side >= 0:
            continue
        if not account.margined:
            places.append(Place(2, 0, no, key))
            continue
        found = score(state, account, market, key)
        taken = min(need, abs(position.qty))
        lost = _loss(market, position.qty, taken, price)
        places.append(Place(int(lost > max(0, found.balance)), -found.score, no, key))
    return nsmallest(most, places)


def _loss(market: MarketState, qty: int, taken: int, price: int) -> int:
    """What a position of *qty* loses against its mark when *taken* of it is closed at *price*; below zero: it gains."""
    spec, signed = market.spec, taken if qty > 0 else -taken
    now = valuing.value(spec, margin.price_of(market), signed)
    return div_zero(valuing.profit(spec, valuing.value(spec, price, signed), now), ONE)


def step(engine: Engine, command: Deleverage) -> None:
    """The other side takes the next parts of a position, until it is gone."""
    state = engine.state
    account, market = state.accounts[command.account], state.markets[command.market]
    key = key_of(command.market, command.slot, command.sub)
    row = state.deleveragings[command.account, key]
    qty = account.positions[key].qty
    side = BUY if qty > 0 else SELL
    for place, winner in enumerate(queue(state, market, side, row.price, STEP, abs(qty)), 1):
        left = account.positions.get(key)
        if left is None:
            break
        _take(engine, (account, key), winner, market, row, place)
    if key not in account.positions and row.liquidation != NO_LIQUIDATION:
        settle_rest(engine, account, wallet_of(market, account, key), market.spec.settle, took=True)
    engine.touch(account.no)


def _take(
    engine: Engine,
    loser: tuple[Account, PositionKey],
    winner: Place,
    market: MarketState,
    row: Deleveraging,
    place: int,
) -> None:
    """One position of the other side is closed, as far as it goes: its orders end, and the trade has no fee."""
    state = engine.state
    account = state.accounts[winner.account]
    position = account.positions.get(winner.key)
    left = loser[0].positions[loser[1]].qty
    if position is None:
        return
    qty = min(abs(left), abs(position.qty))
    side = BUY if position.qty < 0 else SELL
    order = NO_ORDER
    if account.margined:
        numbers = score(state, account, market, winner.key)
        engine.emit(
            PositionDeleveraged(
                account.no, market.no, Slot(slot_of(winner.key)), sub_of(winner.key), position.id, Quantity(qty),
                Price(row.price), row.liquidation, place, numbers.score, Amount(numbers.gained),
                Amount(numbers.wallet), Amount(numbers.least), Amount(numbers.balance), Amount(numbers.maintenance),
            )
        )  # fmt: skip
        for resting in [order for order in account.orders.values() if order.key == winner.key]:
            cancel(engine, resting, EndReason.DELEVERAGED)
        order = _ordered(engine, account, market, winner.key, side, qty, row.price)
    fine = worth_fine(market, row.price, qty)
    bankrupt = row.liquidation == NO_LIQUIDATION
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(row.price), Quantity(qty), Amount(fine // ONE), side,
            bare_fill(account, market, qty * side, fine, winner.key, order),
            bare_fill(loser[0], market, -qty * side, fine, loser[1], frees=bankrupt), TradeKind.ADL,
        )
    )  # fmt: skip
    engine.touch(account.no)


def _ordered(
    engine: Engine, account: Account, market: MarketState, key: PositionKey, side: Side, qty: int, price: int
) -> OrderId:
    order = OrderId(account.orders_made + 1)
    terms = Terms(reduce_only=True, origin=Origin.ADL, slot=Slot(slot_of(key)), sub_position=sub_of(key))
    engine.emit(
        OrderAccepted(
            order, account.no, market.no, side, LIMIT, Quantity(qty), Price(price), IOC, CLIENT_ID, Amount(0), terms
        )
    )
    return order
