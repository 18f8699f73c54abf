"""The state as bytes, one way only: equal states give equal bytes, and bytes give the state back.

Integers, text and lists; whatever has no order of its own is sorted, whatever has one keeps it (queues, holders).
What follows from the rest (links in the book, client ids, who follows whose mark) is left out and made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sortedcontainers import SortedList

from simexchange.core.accounts import Account, Exposure
from simexchange.core.book import Order, OrderBook
from simexchange.core.engine import REVISION
from simexchange.core.market import Funding, Index, MarketState
from simexchange.core.positions import Position
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, PositionId
from simexchange.core.vocabulary.markets import Bundle, Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = 1
"""Raised whenever the rows below change: bytes of another format are made again by folding, never read."""


class _Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Positional, like everything that is stored."""


class _OrderRow(_Row):
    id: OrderId
    market: MarketNo
    side: Side
    kind: OrderKind
    qty: Quantity
    price: Price
    tif: TimeInForce
    client_id: str
    hold: Amount
    more: Terms | None
    accepted_at: Nanos
    left: int
    cum_quote: int


class _PositionRow(_Row):
    market: MarketNo
    id: PositionId
    qty: int
    cost: int
    opened_at: Nanos
    updated_at: Nanos


class _ExposureRow(_Row):
    market: MarketNo
    bid_qty: int
    bid_value: int
    ask_qty: int
    ask_value: int
    reducing: list[OrderId]


class _AccountRow(_Row):
    no: AccountNo
    name: str
    rules: str
    account_class: AccountClass
    linear_wallet: str
    inverse_wallet: str
    balances: list[tuple[str, str, int, int, int]]
    orders: list[_OrderRow]
    open_counts: list[tuple[MarketNo, int]]
    positions: list[_PositionRow]
    exposures: list[_ExposureRow]
    leverage: list[tuple[MarketNo, int]]
    fees: list[tuple[MarketNo, int, int]]
    orders_made: int
    positions_made: int
    liquidating: list[tuple[str, str]]
    tried: list[tuple[MarketNo, bool]]


class _FundingRow(_Row):
    started_at: int
    next_at: int
    rate: int
    mark: int
    premium: int | None
    sampled: int
    weighted: int
    weight: int


class _MarketRow(_Row):
    no: MarketNo
    spec: Market
    status: MarketStatus
    trades: int
    last: int
    mark: int
    mark_at: int
    index_price: int
    mark_due: int
    mark_stirred: int
    basis_samples: list[int]
    basis_sum: int
    basis_last_at: int
    funding: _FundingRow | None
    holders: list[AccountNo]
    round: list[AccountNo]
    fund_due: int
    bids: list[list[OrderId]]
    asks: list[list[OrderId]]


class _IndexRow(_Row):
    name: str
    price: int
    set_at: int
    fed: bool
    frozen: bool


class _StateRow(_Row):
    format: int
    revision: int
    now: int
    seed: int
    start: int
    markets: list[_MarketRow]
    accounts: list[_AccountRow]
    bundles: list[Bundle]
    rules: list[tuple[str, MarketNo, MarketRules]]
    indexes: list[_IndexRow]
    purses: list[tuple[str, str, int]]
    liquidations: list[tuple[int, AccountNo, str, str]]
    good_tills: list[tuple[int, OrderId]]


class _Versions(msgspec.Struct, frozen=True, array_like=True):
    format: int
    revision: int


def dump(state: ExchangeState) -> bytes:
    """*state* in its one form."""
    row = _StateRow(
        FORMAT,
        REVISION,
        state.now,
        state.seed,
        state.start,
        [_market_row(market) for _, market in sorted(state.markets.items())],
        [_account_row(account) for _, account in sorted(state.accounts.items())],
        [bundle for _, bundle in sorted(state.bundles.items())],
        [(name, no, rules) for (name, no), rules in sorted(state.rules.items(), key=_first)],
        [_IndexRow(i.name, i.price, i.set_at, i.fed, i.frozen) for _, i in sorted(state.indexes.items())],
        [(purse, asset, amount) for (purse, asset), amount in sorted(state.purses.amounts.items()) if amount],
        list(state.liquidations),
        list(state.good_tills),
    )
    return msgspec.json.encode(row)


def load(data: bytes) -> ExchangeState:
    """The state that *data* is the dump of. *data* is `readable`."""
    row = msgspec.json.decode(data, type=_StateRow)
    state = ExchangeState()
    state.now, state.seed, state.start = row.now, row.seed, row.start
    for index in row.indexes:
        state.indexes[index.name] = _index(index)
    for account in row.accounts:
        state.accounts[account.no] = _account(account)
        state.account_no[account.name] = account.no
    orders = {no: order for account in state.accounts.values() for no, order in account.orders.items()}
    for market in row.markets:
        state.markets[market.no] = _market(market, orders)
        state.market_no[market.spec.id] = market.no
    state.bundles.update((bundle.name, bundle) for bundle in row.bundles)
    state.rules.update(((name, no), rules) for name, no, rules in row.rules)
    state.purses.amounts.update(((purse, asset), amount) for purse, asset, amount in row.purses)
    state.liquidations = list(row.liquidations)
    state.good_tills = SortedList(row.good_tills)
    state.find_stirs()
    return state


def readable(data: bytes) -> bool:
    """Whether *data* was dumped by a program with this format and engine revision."""
    try:
        versions = msgspec.json.decode(data, type=_Versions)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return (versions.format, versions.revision) == (FORMAT, REVISION)


def _first(item: tuple[tuple[str, MarketNo], MarketRules]) -> tuple[str, MarketNo]:
    return item[0]


def _order_row(order: Order) -> _OrderRow:
    return _OrderRow(
        order.id, order.market, order.side, order.kind, Quantity(order.qty), Price(order.price), order.tif,
        order.client_id, Amount(order.hold), order.more, order.accepted_at, order.left, order.cum_quote,
    )  # fmt: skip


def _order(account: AccountNo, row: _OrderRow) -> Order:
    order = Order(
        row.id, account, row.market, row.side, row.kind, row.qty, row.price, row.tif, row.client_id, row.hold, row.more,
        row.accepted_at,
    )  # fmt: skip
    order.left, order.cum_quote = row.left, row.cum_quote
    return order


def _account_row(account: Account) -> _AccountRow:
    return _AccountRow(
        account.no,
        account.name,
        account.rules,
        account.account_class,
        account.linear_wallet,
        account.inverse_wallet,
        # A balance that was only looked at is as good as none.
        [
            (wallet, asset, balance.free, balance.held, balance.bonus)
            for (wallet, asset), balance in sorted(account.balances.items(), key=lambda item: item[0])
            if balance.free or balance.held or balance.bonus
        ],
        [_order_row(order) for _, order in sorted(account.orders.items(), key=lambda item: item[0])],
        sorted((no, count) for no, count in account.open_counts.items() if count),
        [
            _PositionRow(no, held.id, held.qty, held.cost, held.opened_at, held.updated_at)
            for no, held in sorted(account.positions.items(), key=lambda item: item[0])
        ],
        [
            _ExposureRow(no, each.bid_qty, each.bid_value, each.ask_qty, each.ask_value, sorted(each.reducing))
            for no, each in sorted(account.exposures.items(), key=lambda item: item[0])
            if each.bid_qty or each.ask_qty or each.bid_value or each.ask_value or each.reducing
        ],
        sorted(account.leverage.items()),
        sorted((no, maker, taker) for no, (maker, taker) in account.fees.items()),
        account.orders_made,
        account.positions_made,
        list(account.liquidating),
        sorted(account.tried.items()),
    )


def _account(row: _AccountRow) -> Account:
    account = Account(row.no, row.name, row.rules, row.account_class)
    account.linear_wallet, account.inverse_wallet = row.linear_wallet, row.inverse_wallet
    for wallet, asset, free, held, bonus in row.balances:
        balance = account.balance(wallet, asset)
        balance.free, balance.held, balance.bonus = free, held, bonus
    for order_row in row.orders:
        order = account.orders[order_row.id] = _order(row.no, order_row)
        if order.client_id:
            account.client_ids[order.market, order.client_id] = order
    account.open_counts.update(row.open_counts)
    for held in row.positions:
        position = account.positions[held.market] = Position(held.id, held.opened_at)
        position.qty, position.cost, position.updated_at = held.qty, held.cost, held.updated_at
    for sums in row.exposures:
        account.exposures[sums.market] = _exposure(sums, account.orders)
    account.leverage.update(row.leverage)
    account.fees.update((no, (maker, taker)) for no, maker, taker in row.fees)
    account.orders_made, account.positions_made = row.orders_made, row.positions_made
    account.liquidating = list(row.liquidating)
    account.tried.update(row.tried)
    return account


def _exposure(row: _ExposureRow, orders: dict[OrderId, Order]) -> Exposure:
    exposure = Exposure()
    exposure.bid_qty, exposure.bid_value = row.bid_qty, row.bid_value
    exposure.ask_qty, exposure.ask_value = row.ask_qty, row.ask_value
    exposure.reducing.update((no, orders[no]) for no in row.reducing)
    return exposure


def _market_row(market: MarketState) -> _MarketRow:
    funding = market.funding
    return _MarketRow(
        market.no,
        market.spec,
        market.status,
        market.trades,
        market.last,
        market.mark,
        market.mark_at,
        market.index_price,
        market.mark_due,
        market.mark_stirred,
        list(market.basis_samples),
        market.basis_sum,
        market.basis_last_at,
        None if funding is None else _funding_row(funding),
        list(market.holders),
        list(market.round),
        market.fund_due,
        [[order.id for order in level] for level in market.book.bids],
        [[order.id for order in level] for level in market.book.asks],
    )


def _market(row: _MarketRow, orders: dict[OrderId, Order]) -> MarketState:
    market = MarketState(row.no, row.spec)
    market.status = row.status
    market.trades, market.last = row.trades, row.last
    market.mark, market.mark_at, market.index_price = row.mark, row.mark_at, row.index_price
    market.mark_due, market.mark_stirred = row.mark_due, row.mark_stirred
    market.basis_samples = list(row.basis_samples)
    market.basis_sum, market.basis_last_at = row.basis_sum, row.basis_last_at
    market.funding = None if row.funding is None else _funding(row.funding)
    market.holders.update((no, None) for no in row.holders)
    market.round = list(row.round)
    market.fund_due = row.fund_due
    _fill(market.book, row.bids, orders)
    _fill(market.book, row.asks, orders)
    return market


def _fill(book: OrderBook, levels: Iterable[list[OrderId]], orders: dict[OrderId, Order]) -> None:
    for level in levels:
        for no in level:
            book.add(orders[no])


def _funding_row(funding: Funding) -> _FundingRow:
    return _FundingRow(
        funding.started_at, funding.next_at, funding.rate, funding.mark, funding.premium, funding.sampled,
        funding.weighted, funding.weight,
    )  # fmt: skip


def _funding(row: _FundingRow) -> Funding:
    funding = Funding(row.started_at, row.next_at)
    funding.rate, funding.mark, funding.premium = row.rate, row.mark, row.premium
    funding.sampled, funding.weighted, funding.weight = row.sampled, row.weighted, row.weight
    return funding


def _index(row: _IndexRow) -> Index:
    index = Index(row.name)
    index.price, index.set_at, index.fed, index.frozen = row.price, row.set_at, row.fed, row.frozen
    return index


__all__ = ["FORMAT", "dump", "load", "readable"]
