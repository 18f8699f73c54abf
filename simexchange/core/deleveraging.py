"""Auto-deleveraging: the other side takes what neither the book nor the fund takes, by rank, at the bankruptcy price.

The score of a position is its profit on the cash that backs it × the margin ratio of its pool (Binance FAQ
360033525471, seen 2026-11): who gains most with most leverage goes first. No fee is charged. Decided here, where the
page says nothing: the cash is that of the position's own pool, so the position's wallet where margin is isolated; a
wallet below one USD counts as one (the page says 1, of USDT; of coins we take what is worth one USD at the mark); who
could not pay for it at that price is passed over while others can; then those without profit, by account; the fund
and the tape's account last. Since sizes sum to zero, the other side always suffices.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sortedcontainers import SortedList

from simexchange.core import bonuses, margin, valuing
from simexchange.core.forced import bare_fill, cancel, settle_rest
from simexchange.core.ledger import pool_of, wallet_of
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.events import OrderAccepted, PositionDeleveraged, TradeExecuted
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId, TradeId, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION
from simexchange.core.vocabulary.orders import BUY, IOC, LIMIT, SELL, EndReason, Origin, Side, Slot, Terms, TradeKind
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, Quantity, div_zero

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.distress import Deleveraging
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Deleverage
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey

STEP = 100
"""How many positions of the other side one record takes at most."""
QUANTILES = 5
REFRESHED = 30 * SECOND
"""How long a quantile stands (Binance, position information, seen 2026-11)."""
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


Row = tuple[int, "AccountNo", "PositionKey"]
"""(−score, account, key): lower rows go first."""
Holder = tuple["AccountNo", "PositionKey"]


def score(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> Score:
    """How far in front a position stands."""
    wallet, asset = pool_of(market, account, key)
    gained = max(0, margin.unrealised_of(account, market, key))
    if asset == ALL_ASSETS:
        gained = gained * margin.unit_of(state, account, market, key) // ONE
        cash, least = margin.shared(state, account, wallet).cash, ONE
    else:
        cash, least = account.free(wallet, asset), one_usd(market)
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


class Ranks:
    """`quantiles`, made anew at most every thirty seconds of exchange time, as the venue does: asking is cheap.

    A position that was opened since has them made anew at once. Nothing is decided by them.
    """

    def __init__(self) -> None:
        self._made: dict[MarketNo, tuple[int, dict[Holder, int]]] = {}

    def of(self, state: ExchangeState, account: Account, market: MarketState, key: PositionKey, at: int) -> int:
        """0 to 4, 4 the front; 0 where there is no position."""
        if key not in account.positions:
            return 0
        made_at, found = self._made.get(market.no, (0, {}))
        if not made_at <= at < made_at + REFRESHED or (account.no, key) not in found:
            found = quantiles(state, market)
            self._made[market.no] = (at, found)
        return found.get((account.no, key), 0)


def _side(state: ExchangeState, market: MarketState, *, long: bool) -> Iterator[tuple[Account, PositionKey]]:
    """The positions of users and agents on one side."""
    for no, key in market.holders:
        account = state.accounts[no]
        if account.margined and (account.positions[key].qty > 0) is long:
            yield account, key


class Queue:
    """The positions of one side of a market, by score, while the marks stand.

    Made once for all that a tick of the marks brings, and kept up by what is touched: derived, never stored. Between
    two steps of liquidations nothing else happens; any other command ends it.
    """

    def __init__(self, state: ExchangeState, market: MarketState, *, long: bool) -> None:
        self.stale: dict[AccountNo, None] = {}
        """Accounts whose scores are to be found again."""
        self._state = state
        self._market = market
        self._long = long
        self._owned: dict[AccountNo, list[Row]] = {}
        for account, key in _side(state, market, long=long):
            row = (-score(state, account, market, key).score, account.no, key)
            self._owned.setdefault(account.no, []).append(row)
        self.rows: SortedList[Row] = SortedList(row for rows in self._owned.values() for row in rows)

    def chosen(self, need: int, price: int, most: int = STEP) -> list[Holder]:
        """Who takes *need* at *price*, in order; no more than *most* positions."""
        self.refresh()
        state, market = self._state, self._market
        found: list[Holder] = []
        unable: list[Holder] = []
        for _, no, key in self.rows:
            if need <= 0 or len(found) == most:
                break
            size = abs(state.accounts[no].positions[key].qty)
            if _could_pay(state, state.accounts[no], market, key, min(need, size), price):
                found.append((no, key))
                need -= size
            else:
                unable.append((no, key))
        if need > 0:
            for no, key in chain(unable, self._last()):
                if need <= 0 or len(found) == most:
                    break
                found.append((no, key))
                need -= abs(state.accounts[no].positions[key].qty)
        return found

    def _last(self) -> Iterator[Holder]:
        """The fund and the tape's account."""
        for no, key in self._market.holders:
            account = self._state.accounts[no]
            if not account.margined and (account.positions[key].qty > 0) is self._long:
                yield no, key

    def refresh(self) -> None:
        """Find the scores of those who were touched."""
        state, market = self._state, self._market
        for no in self.stale:
            for row in self._owned.pop(no, ()):
                self.rows.remove(row)
            account = state.accounts[no]
            if not account.margined:
                continue
            rows = [
                (-score(state, account, market, key).score, no, key)
                for key, position in account.positions.items()
                if market_of(key) == market.no and (position.qty > 0) is self._long
            ]
            if rows:
                self._owned[no] = rows
                self.rows.update(rows)
        self.stale.clear()


def queue_of(engine: Engine, market: MarketState, *, long: bool) -> Queue:
    """The queue of one side of *market*, made where there is none yet."""
    found = engine.queues.get((market.no, long))
    if found is None:
        found = engine.queues[market.no, long] = Queue(engine.state, market, long=long)
    return found


def _could_pay(
    state: ExchangeState, account: Account, market: MarketState, key: PositionKey, taken: int, price: int
) -> bool:
    """Whether the pool of a position is worth what closing *taken* of it at *price* loses against the mark."""
    lost = _loss(market, account.positions[key].qty, taken, price)
    return lost <= 0 or lost <= margin.backing(state, account, market, key)


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
    winners = queue_of(engine, market, long=qty < 0).chosen(abs(qty), row.price)
    for place, winner in enumerate(winners, 1):
        _take(engine, (account, key), winner, market, row, place)
    if key not in account.positions and row.liquidation != NO_LIQUIDATION:
        settle_rest(engine, account, wallet_of(market, account, key), market.spec.settle, took=True)
    engine.touch(account.no)


def _take(
    engine: Engine,
    loser: tuple[Account, PositionKey],
    winner: Holder,
    market: MarketState,
    row: Deleveraging,
    place: int,
) -> None:
    """One position of the other side is closed, as far as it goes: its orders end, and the trade has no fee."""
    state, (number, key) = engine.state, winner
    account = state.accounts[number]
    position, left = account.positions[key], loser[0].positions[loser[1]].qty
    qty = min(abs(left), abs(position.qty))
    side = BUY if position.qty < 0 else SELL
    order = NO_ORDER
    if account.margined:
        numbers = score(state, account, market, key)
        engine.emit(
            PositionDeleveraged(
                account.no, market.no, Slot(slot_of(key)), sub_of(key), position.id, Quantity(qty),
                Price(row.price), row.liquidation, place, numbers.score, Amount(numbers.gained),
                Amount(numbers.wallet), Amount(numbers.least), Amount(numbers.balance), Amount(numbers.maintenance),
            )
        )  # fmt: skip
        for resting in [order for order in account.orders.values() if order.key == key]:
            cancel(engine, resting, EndReason.DELEVERAGED)
        order = _ordered(engine, account, market, key, side, qty, row.price)
    fine = valuing.traded(market.spec, row.price, qty)
    own = row.liquidation == NO_LIQUIDATION
    made = bare_fill(loser[0], market, -qty * side, fine, loser[1], frees=own)
    taken = bare_fill(account, market, qty * side, fine, key, order)
    if account.bonused or loser[0].bonused:
        made, taken = bonuses.of_trade(state, market, made, taken)
    engine.emit(
        TradeExecuted(
            market.no, TradeId(0), Price(row.price), Quantity(qty), Amount(fine // ONE), side, taken, made,
            TradeKind.ADL,
        )
    )  # fmt: skip
    if account.margined:
        # At once: his other positions may say that he is safe, and nobody would look at this pool.
        settle_rest(engine, account, wallet_of(market, account, key), market.spec.settle, took=False)
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
