"""The state as bytes, one way only: equal states give equal bytes, and bytes give the state back.

Integers, text and lists; whatever has no order of its own is sorted, whatever has one keeps it (queues, positions).
What follows from the rest (links in the book, client ids, who follows whose mark) is left out and made again.
"""

from __future__ import annotations

from typing import Final

import msgspec

from simexchange.core import triggers
from simexchange.core.accounts import (
    Account,
    Exposure,
    OwnFees,
    apply_bounds,
    apply_delisted,
    apply_orders_left,
    apply_reserves,
)
from simexchange.core.averages import Averages
from simexchange.core.book import Level, Order
from simexchange.core.deadlines import Deadlines
from simexchange.core.deliveries import Delivery
from simexchange.core.distress import Deleveraging, FundPolicy
from simexchange.core.engine import REVISION
from simexchange.core.indexes import Heard, Sources
from simexchange.core.legs import OrderList
from simexchange.core.market import Funding, Index, MarketState, apply_stirs
from simexchange.core.positions import Position
from simexchange.core.sampling import SettlementAverage
from simexchange.core.state import ExchangeState
from simexchange.core.staterows import (
    AccountRow,
    AveragesRow,
    ExposureRow,
    FundingRow,
    Ghost,
    IndexRow,
    ListRow,
    MarketRow,
    MovingRow,
    OrderRow,
    PositionRow,
    Queue,
    SettlingRow,
    SourcesRow,
    StateRow,
    TapeRow,
    TapeSideRow,
    Versions,
)
from simexchange.core.tape import TapeSide, TapeState
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    GTC,
    LIMIT,
    SELL,
    AccountOption,
    Side,
)
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity

FORMAT: Final = 8
"""Raised whenever the rows below change: bytes of another format are made again by folding, never read."""


def dump(state: ExchangeState) -> bytes:
    """*state* in its one form."""
    row = StateRow(
        FORMAT,
        REVISION,
        state.now,
        state.seed,
        state.start,
        [_market_row(market) for _, market in sorted(state.markets.items())],
        [_account_row(account) for _, account in sorted(state.accounts.items())],
        [bundle for _, bundle in sorted(state.bundles.items())],
        [(name, no, rules) for (name, no), rules in sorted(state.rules.items(), key=_first)],
        [_index_row(index) for _, index in sorted(state.indexes.items())],
        [(purse, asset, amount) for (purse, asset), amount in sorted(state.purses.amounts.items())],
        list(state.liquidations),
        list(state.good_tills),
        list(state.woken),
        list(state.starts),
        [(no, wallet, reason, asset) for (no, wallet), (reason, asset) in state.exchanges.items()],
        [(no, key, *row) for (no, key), row in state.deleveragings.items()],
        [(asset, *policy) for asset, policy in sorted(state.fund_policies.items())],
    )
    return msgspec.json.encode(row)


def load(data: bytes) -> ExchangeState:
    """The state that *data* is the dump of. *data* is `readable`."""
    row = msgspec.json.decode(data, type=StateRow)
    state = ExchangeState()
    state.now, state.seed, state.start = row.now, row.seed, row.start
    for index in row.indexes:
        found = state.indexes[index.name] = _index(index)
        if found.sources is not None:
            state.composed[index.name] = found
    for account in row.accounts:
        state.accounts[account.no] = _account(account)
        state.account_no[account.name] = account.no
        if account.unified:
            state.unified[account.no] = None
        group = state.accounts[account.no].options.get(AccountOption.TRADE_GROUP)
        if group:
            state.trade_groups[account.no] = group
    orders = {no: order for account in state.accounts.values() for no, order in account.orders.items()}
    for market in row.markets:
        state.markets[market.no] = _market(market, orders)
        state.market_no[market.spec.id] = market.no
    for bundle in row.bundles:
        state.bundles[bundle.name] = bundle
        apply_reserves(state, bundle.name)
    state.rules.update(((name, no), rules) for name, no, rules in row.rules)
    state.purses.amounts.update(((purse, asset), amount) for purse, asset, amount in row.purses)
    state.liquidations = list(row.liquidations)
    state.good_tills = Deadlines(row.good_tills)
    state.starts.update(dict.fromkeys(row.starts))
    state.exchanges.update(((no, wallet), (reason, asset)) for no, wallet, reason, asset in row.exchanges)
    state.deleveragings.update(((no, key), Deleveraging(price, by)) for no, key, price, by in row.deleveragings)
    state.fund_policies.update((asset, FundPolicy(floor, patience)) for asset, floor, patience in row.fund_policies)
    apply_stirs(state)
    state.woken.update((no, None) for no in row.woken)
    extremes = {no: extreme for market in row.markets for no, extreme in market.followers}
    for order in orders.values():
        triggers.apply_bound(state.accounts[order.account], order)
        if order.asleep:
            triggers.apply_loaded(state, order, extremes.get(order.id, 0))
    apply_bounds(state)
    for market_state in state.markets.values():
        _under_way(state, market_state)
    return state


def _under_way(state: ExchangeState, market: MarketState) -> None:
    """What of a market is being settled: a funding round, its end."""
    if market.round:
        state.rounds[market.no] = None
    if market.status is MarketStatus.DELISTED:
        apply_delisted(state, market.no)
    elif market.delivery is not None:
        apply_orders_left(state, market.no)


def readable(data: bytes, *, any_revision: bool = False) -> bool:
    """Whether *data* was dumped by a program with this format and engine revision, or whatever revision."""
    try:
        versions = msgspec.json.decode(data, type=Versions)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return versions.format == FORMAT and (any_revision or versions.revision == REVISION)


def _first(item: tuple[tuple[str, MarketNo], MarketRules]) -> tuple[str, MarketNo]:
    return item[0]


def _order_row(order: Order) -> OrderRow:
    return OrderRow(
        order.id, order.market, order.side, order.kind, Quantity(order.qty), Price(order.price), order.tif,
        order.client_id, Amount(order.hold), order.more, order.accepted_at, order.left, order.cum_quote, order.asleep,
        order.hidden, order.prevented, order.amends,
    )  # fmt: skip


def _order(account: AccountNo, row: OrderRow) -> Order:
    order = Order(
        row.id, account, row.market, row.side, row.kind, row.qty, row.price, row.tif, row.client_id, row.hold, row.more,
        row.accepted_at,
    )  # fmt: skip
    order.left, order.cum_quote = row.left, row.cum_quote
    order.asleep, order.hidden, order.prevented = row.asleep, row.hidden, row.prevented
    order.amends = row.amends
    return order


def _account_row(account: Account) -> AccountRow:
    return AccountRow(
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
        # In order of opening: the wallets of an account are looked at in that order.
        [
            PositionRow(key, held.id, held.qty, held.cost, held.opened_at, held.updated_at)
            for key, held in account.positions.items()
        ],
        [
            ExposureRow(
                key, each.bid_qty, each.bid_value, each.ask_qty, each.ask_value, sorted(each.reducing), each.contract
            )
            for key, each in sorted(account.exposures.items(), key=lambda item: item[0])
            if each.bid_qty or each.ask_qty or each.bid_value or each.ask_value or each.reducing
        ],
        sorted(account.leverage.items()),
        [(no, *own) for no, own in sorted(account.fees.items(), key=lambda item: item[0])],
        account.orders_made,
        account.positions_made,
        [(*pool, number) for pool, number in account.liquidating.items()],
        sorted(account.tried.items()),
        sorted(account.options.items()),
        sorted(account.asset_limits.items()),
        [
            ListRow(each.id, each.market, each.kind, each.client_id, each.orders, each.started)
            for _, each in sorted(account.lists.items(), key=lambda item: item[0])
        ],
        account.lists_made,
        sorted(account.isolated),
        account.position_mode,
        sorted(account.auto_margin),
        account.unified,
        account.liquidations_made,
        sorted(account.called),
        [(*pool, cover) for pool, cover in sorted(account.covers.items())],
        account.parent,
        account.spot_wallet,
        sorted(account.modes.markets.items()),
        sorted(account.modes.coins.items()),
        account.modes.isolates,
    )


def _account(row: AccountRow) -> Account:
    account = Account(row.no, row.name, row.rules, row.account_class)
    account.linear_wallet, account.inverse_wallet = row.linear_wallet, row.inverse_wallet
    account.spot_wallet = row.spot_wallet
    for wallet, asset, free, held, bonus in row.balances:
        balance = account.balance(wallet, asset)
        balance.free, balance.held, balance.bonus = free, held, bonus
        account.bonused = account.bonused or bonus > 0
    for order_row in row.orders:
        order = account.orders[order_row.id] = _order(row.no, order_row)
        if order.client_id:
            account.client_ids[order.market, order.client_id] = order
    account.open_counts.update(row.open_counts)
    for each in row.positions:
        position = account.positions[each.key] = Position(each.id, each.key, each.opened_at)
        position.qty, position.cost, position.updated_at = each.qty, each.cost, each.updated_at
    for sums in row.exposures:
        account.exposures[sums.key] = _exposure(sums, account.orders)
    account.leverage.update(row.leverage)
    account.fees.update((no, OwnFees(standard, special, tax)) for no, standard, special, tax in row.fees)
    account.orders_made, account.positions_made = row.orders_made, row.positions_made
    account.liquidating = {(wallet, asset): number for wallet, asset, number in row.liquidating}
    account.liquidations_made = row.liquidations_made
    account.called.update(dict.fromkeys(row.called))
    account.covers.update(((wallet, asset), cover) for wallet, asset, cover in row.covers)
    account.tried.update(row.tried)
    account.options.update(row.options)
    account.asset_limits.update(row.asset_limits)
    account.lists_made = row.lists_made
    account.isolated.update((no, None) for no in row.isolated)
    account.position_mode = row.position_mode
    account.auto_margin.update((key, None) for key in row.auto_margin)
    account.unified = row.unified
    account.parent = row.parent
    account.modes.markets.update(row.modes)
    account.modes.coins.update(row.coin_modes)
    account.modes.isolates = row.isolates
    for each_list in row.lists:
        _add_list(account, each_list)
    return account


def _add_list(account: Account, row: ListRow) -> None:
    found = OrderList(row.id, account.no, row.market, row.kind, row.client_id, row.orders)
    found.started = row.started
    account.lists[row.id] = found
    if row.client_id:
        account.list_ids[row.market, row.client_id] = found


def _exposure(row: ExposureRow, orders: dict[OrderId, Order]) -> Exposure:
    exposure = Exposure(row.contract)
    exposure.bid_qty, exposure.bid_value = row.bid_qty, row.bid_value
    exposure.ask_qty, exposure.ask_value = row.ask_qty, row.ask_value
    for no in row.reducing:
        exposure.count(orders[no], orders[no].left, 1)
    return exposure


def _market_row(market: MarketState) -> MarketRow:
    funding = market.funding
    return MarketRow(
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
        MovingRow(list(market.basis.runs), market.basis.first, market.basis.last, market.basis.total),
        None if market.settling is None else _settling_row(market.settling),
        None if funding is None else _funding_row(funding),
        list(market.holders),
        list(market.round),
        market.fund_due,
        market.fund_waits,
        [_queue(level) for level in market.book.bids],
        [_queue(level) for level in market.book.asks],
        None if market.tape is None else _tape_row(market.tape),
        [] if market.triggers is None else sorted(market.triggers.extremes()),
        None if market.averages is None else _averages_row(market.averages),
        market.preventions,
        market.allocations,
        None if market.delivery is None else (market.delivery.price, market.delivery.delivered),
        market.fund_until,
        market.anchor,
    )


def _averages_row(averages: Averages) -> AveragesRow:
    return AveragesRow(
        averages.span, averages.window, averages.width, [(a, b, c) for a, b, c in averages.buckets], averages.worth,
        averages.qty, [(a, b, c) for a, b, c in averages.steps], averages.given,
    )  # fmt: skip


def _averages(row: AveragesRow) -> Averages:
    averages = Averages(row.span, row.window, row.width)
    averages.buckets.extend(list(each) for each in row.buckets)
    averages.worth, averages.qty = row.worth, row.qty
    averages.steps.extend(list(each) for each in row.steps)
    averages.prices, averages.count = sum(step[1] for step in row.steps), sum(step[2] for step in row.steps)
    averages.given = row.given
    return averages


def _market(row: MarketRow, orders: dict[OrderId, Order]) -> MarketState:
    market = MarketState(row.no, row.spec)
    market.status = row.status
    market.trades, market.last, market.preventions = row.trades, row.last, row.preventions
    market.mark, market.mark_at, market.index_price = row.mark, row.mark_at, row.index_price
    market.mark_due, market.mark_stirred = row.mark_due, row.mark_stirred
    basis = market.basis
    basis.runs.extend(row.basis.runs)
    basis.first, basis.last, basis.total = row.basis.first, row.basis.last, row.basis.total
    market.settling = None if row.settling is None else _settling(row.settling)
    market.funding = None if row.funding is None else _funding(row.funding)
    market.holders.update((holder, None) for holder in row.holders)
    market.round = list(row.round)
    market.fund_due, market.fund_waits = row.fund_due, row.fund_waits
    market.tape = None if row.tape is None else _tape(row.tape)
    market.averages = None if row.averages is None else _averages(row.averages)
    market.allocations = row.allocations
    if row.delivery is not None:
        price, delivered = row.delivery
        market.delivery = Delivery(price, sorted(market.holders, reverse=True), delivered)
        market.expires = 0
    market.fund_until, market.anchor = row.fund_until, row.anchor
    for side, queues in ((BUY, row.bids), (SELL, row.asks)):
        for price, queue in queues:
            for each in queue:
                market.book.add(_ghost(market, side, price, each) if isinstance(each, tuple) else orders[each])
    return market


def _queue(level: Level) -> Queue:
    return level.price, [
        order.id or (order.qty, order.left, order.cum_quote, int(order.accepted_at)) for order in level
    ]


def _ghost(market: MarketState, side: Side, price: int, row: Ghost) -> Order:
    assert market.tape is not None
    qty, left, cum_quote, at = row
    order = Order(
        NO_ORDER, market.tape.account, market.no, side, LIMIT, Quantity(qty), Price(price), GTC,
        "", Amount(0), None, Nanos(at),
    )  # fmt: skip
    order.left, order.cum_quote = left, cum_quote
    return order


def _funding_row(funding: Funding) -> FundingRow:
    return FundingRow(
        funding.started_at, funding.next_at, funding.rate, funding.mark, funding.premium, funding.sampled,
        funding.weighted, funding.weight, funding.every, funding.coming,
    )  # fmt: skip


def _funding(row: FundingRow) -> Funding:
    funding = Funding(row.started_at, row.next_at, row.every)
    funding.coming = row.coming
    funding.rate, funding.mark, funding.premium = row.rate, row.mark, row.premium
    funding.sampled, funding.weighted, funding.weight = row.sampled, row.weighted, row.weight
    return funding


def _tape_row(tape: TapeState) -> TapeRow:
    return TapeRow(tape.account, _tape_side_row(tape.bids), _tape_side_row(tape.asks), tape.resilience)


def _tape_side_row(side: TapeSide) -> TapeSideRow:
    # In the order they came: prices of one frame are dealt with in that order.
    return TapeSideRow(
        list(side.recorded.items()), list(side.framed.items()), list(side.astray.items()), list(side.suppressed)
    )


def _tape(row: TapeRow) -> TapeState:
    tape = TapeState(row.account)
    tape.resilience = row.resilience
    for side, given in ((tape.bids, row.bids), (tape.asks, row.asks)):
        side.recorded.update(given.recorded)
        side.framed.update(given.framed)
        side.astray.update(given.astray)
        side.suppressed.update(dict.fromkeys(given.suppressed))
    return tape


def _settling_row(average: SettlementAverage) -> SettlingRow:
    return SettlingRow(average.start, average.end, average.price, average.count, average.total)


def _settling(row: SettlingRow) -> SettlementAverage:
    average = SettlementAverage(row.start, row.end, row.price)
    average.count, average.total = row.count, row.total
    return average


def _index_row(index: Index) -> IndexRow:
    return IndexRow(
        index.name, index.price, index.set_at, index.fed, index.frozen,
        None if index.sources is None else _sources_row(index.sources),
    )  # fmt: skip


def _sources_row(sources: Sources) -> SourcesRow:
    # Sources of the same words are the same, whichever spoke last.
    live = sorted((name, heard.price, heard.at) for name, heard in sources.live.items())
    return SourcesRow(sources.constituents, Nanos(sources.stale_after), sources.deviation, live)


def _sources(row: SourcesRow) -> Sources:
    sources = Sources(row.constituents, row.stale_after, row.deviation)
    sources.live.update((name, Heard(price, at)) for name, price, at in row.live)
    return sources


def _index(row: IndexRow) -> Index:
    index = Index(row.name)
    index.price, index.set_at, index.fed, index.frozen = row.price, row.set_at, row.fed, row.frozen
    index.sources = None if row.sources is None else _sources(row.sources)
    return index


__all__ = ["FORMAT", "dump", "load", "readable"]
