"""What must hold after every record, whatever happened. The first broken one is named with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import collateral, legs, margin, tape, triggers, valuing
from simexchange.core.ledger import owner_of_wallet, postings, wallet_of
from simexchange.core.vocabulary.assets import ALL_ASSETS, CLR_PNL, CLR_PNL_FINE, FINE
from simexchange.core.vocabulary.events import (
    LegStarted,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderTriggered,
    ProceedsLocked,
)
from simexchange.core.vocabulary.ids import MarketNo, market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, SELL, AccountClass, PositionMode, Slot
from simexchange.core.vocabulary.units import ONE, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.positions import Position
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo, OrderId, PositionKey


class InvariantBroken(AssertionError):
    """Something that can never be so is so: a bug, or a log that was tampered with."""


class Touched(NamedTuple):
    """What the events of one record name."""

    accounts: tuple[AccountNo, ...]
    markets: tuple[MarketNo, ...]
    events: Sequence[Event]


def touched_by(events: Sequence[Event]) -> Touched:
    """The accounts and markets that *events* name, in the order of naming."""
    accounts: dict[AccountNo, None] = {}
    markets: dict[MarketNo, None] = {}
    for event in events:
        for side in (event, getattr(event, "taker", None), getattr(event, "maker", None)):
            no = getattr(side, "account", None)
            if no is not None:
                accounts[no] = None
        market = getattr(event, "market", None)
        if isinstance(market, int):
            markets[MarketNo(market)] = None
    return Touched(tuple(accounts), tuple(markets), events)


def check(state: ExchangeState, touched: Touched | None = None) -> None:
    """Check everything, or what one record *touched*; raises InvariantBroken.

    Zero sum per asset; holds equal what open spot orders need; no balance below zero where
    spot trades settle alone; sizes per market sum to
    zero; the cost identity; funding clearing empty between rounds; books uncrossed with every open order in one
    level, or asleep in one place of a trigger table; the running sums of open orders as a fresh count gives them;
    lists that hang together as they say; averages that are the sums of their runs, indexes of sources that are theirs.

    Of what one record touched: the money its events moved sums to zero per asset; everything that is asked of an
    account; books uncrossed; nobody is left under liquidation, or on the way to the other side, without a position.
    """
    if touched is not None:
        _check_touched(state, touched)
        return
    _zero_sum(state)
    for account in state.accounts.values():
        _holds(state, account)
        _exposures(state, account)
        _modes(state, account)
        _buying(state, account)
        _lists(state, account)
    _sleepers(state)
    _indexes(state)
    for market in state.markets.values():
        _book(state, market)
        _averages(state, market)
        if market.derivative:
            _positions(state, market)
            _costs(state, market)


def _check_touched(state: ExchangeState, touched: Touched) -> None:
    for event in touched.events:
        _moved(state, event)
    for no in touched.accounts:
        account = state.accounts.get(no)
        if account is None:
            continue
        _holds(state, account)
        _exposures(state, account)
        _buying(state, account)
        _lists(state, account)
        for key, position in account.positions.items():
            _position(account, key, position, state.markets[market_of(key)])
    for market_no in touched.markets:
        market = state.markets.get(market_no)
        if market is not None:
            _uncrossed(market)
    for no, key in state.deleveragings:
        if key not in state.accounts[no].positions:
            _fail(f"{state.accounts[no].name} has no position {key} that anybody could take")


MOVED_BEFORE = (OrderAccepted, OrderCanceled, OrderExpired, OrderAmended, OrderTriggered, LegStarted, ProceedsLocked)
"""What they move is in the hold of an order that may be gone: `_holds` says whether it was right."""


def _moved(state: ExchangeState, event: Event) -> None:
    if isinstance(event, MOVED_BEFORE):
        return
    sums: dict[tuple[str, bool], int] = {}
    for owner, _, asset, free, held in postings(event, state):
        fine = isinstance(owner, str) and owner.startswith(FINE)
        sums[asset, fine] = sums.get((asset, fine), 0) + free + held
    for (asset, fine), total in sums.items():
        if total:
            _fail(f"{type(event).__name__} moves {total} {asset}{' (10**-16)' if fine else ''} out of nothing")


def _fail(text: str) -> None:
    raise InvariantBroken(text)


def _zero_sum(state: ExchangeState) -> None:
    sums: dict[tuple[str, bool], int] = {}
    for (purse, asset), amount in state.purses.amounts.items():
        fine = purse.startswith(FINE)
        sums[asset, fine] = sums.get((asset, fine), 0) + amount
    for account in state.accounts.values():
        for (_, asset), balance in account.balances.items():
            sums[asset, False] = sums.get((asset, False), 0) + balance.free + balance.held
    for (asset, fine), total in sums.items():
        if total:
            _fail(f"{asset} sums to {total}{' (10**-16)' if fine else ''}, not zero")


def _holds(state: ExchangeState, account: Account) -> None:
    needed: dict[str, int] = {}
    for order in account.orders.values():
        market = state.markets[order.market]
        if market.derivative or account.account_class is AccountClass.HOUSE:
            continue
        buying = order.side is BUY
        asset = market.spec.quote if buying else market.spec.base
        need = -(-order.price * order.left // ONE) if buying else order.left
        if order.level is not None and order.hold != need:
            _fail(f"order {order.id} holds {order.hold} of {asset}, needs {need}")
        needed[asset] = needed.get(asset, 0) + order.hold
    for (wallet, asset), balance in account.balances.items():
        if balance.held != (needed.get(asset, 0) if wallet == account.spot_wallet else 0):
            _fail(f"{account.name} holds {balance.held} {asset} in {wallet}, open orders need {needed.get(asset, 0)}")
        if not 0 <= balance.bonus <= max(0, balance.free):
            _fail(f"{account.name} has {balance.bonus} {asset} of bonus in {wallet}, and {balance.free} in all")
        house = account.account_class is AccountClass.HOUSE
        if balance.free < 0 and not house and account.trades_spot_alone(wallet):
            _fail(f"{account.name} has {balance.free} {asset} free in {wallet}")
        if ":" in wallet:
            _own_wallet(state, account, wallet, asset)
        if balance.free < 0 and account.margined and not _carried(state, account, wallet, asset):
            _fail(f"{account.name} has {balance.free} {asset} in {wallet} and no position to carry it")


def _own_wallet(state: ExchangeState, account: Account, wallet: str, asset: str) -> None:
    """A position's own wallet holds something only while the position is there, or its liquidation."""
    key = owner_of_wallet(wallet)
    assert key is not None
    market = state.markets.get(market_of(key))
    if market is None or market.no not in account.isolated or wallet_of(market, account, key) != wallet:
        _fail(f"{account.name} has a wallet {wallet} of no isolated position")
    left = account.balances[wallet, asset].free
    if left and key not in account.positions and (wallet, asset) not in account.liquidating:
        _fail(f"{account.name} has {left} {asset} left in {wallet}")


def _modes(state: ExchangeState, account: Account) -> None:
    """Positions and orders are such as the position mode has; what is to be helped is isolated."""
    orders = (order.key for order in account.orders.values() if state.markets[order.market].derivative)
    for key in (*account.positions, *orders):
        mode = account.mode_in(market_of(key))
        if (slot_of(key) == Slot.NET) is not (mode is PositionMode.ONE_WAY) or (sub_of(key) > 0) is not (
            mode is PositionMode.SEPARATE
        ):
            _fail(f"{account.name} is {mode.name} and works on position {key}")
    for key in account.auto_margin:
        if market_of(key) not in account.isolated:
            _fail(f"{account.name} has position {key} helped, which is not isolated")


def _carried(state: ExchangeState, account: Account, wallet: str, asset: str) -> bool:
    if account.shares(wallet):
        pool = margin.equity(state, account, wallet, ALL_ASSETS)
        return (
            pool >= 0
            or (account.no, wallet) in state.exchanges
            # What it owes then is bought back in the next step.
            or (wallet, ALL_ASSETS) in account.liquidating
            # Nothing is exchanged while nobody knows what it is worth.
            or collateral.stale(state, account)
            or any(margin.pooled(state, account, wallet, ALL_ASSETS))
        )
    return any(margin.pooled(state, account, wallet, asset))


def _exposures(state: ExchangeState, account: Account) -> None:
    for key, exposure in account.exposures.items():
        spec = state.markets[market_of(key)].spec
        bid_qty = bid_value = ask_qty = ask_value = bids = asks = 0
        reducing = []
        for order in account.orders.values():
            if order.key != key or order.level is None:
                continue
            if order.reduce_only:
                reducing.append(order.id)
                bids += order.left if order.side is BUY else 0
                asks += order.left if order.side is SELL else 0
            elif order.side is BUY:
                bid_qty += order.left
                bid_value += valuing.worth(spec, order.price, order.left)
            else:
                ask_qty += order.left
                ask_value += valuing.worth(spec, order.price, order.left)
        counted = (exposure.bid_qty, exposure.bid_value, exposure.ask_qty, exposure.ask_value)
        if (
            counted != (bid_qty, bid_value, ask_qty, ask_value)
            or sorted(exposure.reducing) != sorted(reducing)
            or (exposure.reducing_bids, exposure.reducing_asks) != (bids, asks)
        ):
            _fail(f"{account.name} in {spec.id} ({key}): counts {counted} are not what its open orders sum to")


def _buying(state: ExchangeState, account: Account) -> None:
    for no in state.bounded:
        open_buys = sum(o.left for o in account.orders.values() if o.market == no and o.side is BUY)
        if account.buying.get(no, 0) != open_buys:
            _fail(
                f"{account.name} is to buy {account.buying.get(no, 0)} in {state.markets[no].spec.id}, not {open_buys}"
            )


def _lists(state: ExchangeState, account: Account) -> None:
    """An open list has an open leg; a waiting one holds only what it is paid; of a pair at most one is in the book."""
    for found in account.lists.values():
        form, opened = legs.FORMS[found.kind], legs.open_legs(account, found)
        if not opened:
            _fail(f"list {found.id} is open without an open order")
        for order in opened:
            if legs.is_waiting(state, order) and (not order.asleep or (order.hold and not form.pays)):
                _fail(f"order {order.id} waits in list {found.id} and is not asleep, or holds {order.hold}")
        if form.pair is not None and sum(1 for order in opened if order.level is not None) > 1:
            _fail(f"both orders of a pair of list {found.id} are in the book")
    if state.stirred:
        _fail("a list is still to be settled")


def _uncrossed(market: MarketState) -> None:
    bid, ask = market.book.best_bid(), market.book.best_ask()
    if bid and ask and bid >= ask:
        _fail(f"{market.spec.id} is crossed: {bid} >= {ask}")


def _book(state: ExchangeState, market: MarketState) -> None:
    _uncrossed(market)
    resting = 0
    for ladder in (market.book.bids, market.book.asks):
        for level in ladder:
            orders = list(level)
            # The tape's own orders have no id and are nobody's open ones.
            resting += sum(1 for order in orders if order.id)
            shown = sum(order.left - order.hidden for order in orders)
            hidden = sum(order.hidden for order in orders)
            if not orders or (level.count, level.qty, level.hidden) != (len(orders), shown, hidden):
                _fail(f"{market.spec.id} level {level.price} does not sum up")
            for order in orders:
                if order.level is not level or order.left <= order.hidden or order.price != level.price:
                    _fail(f"order {order.id} stands wrong in {market.spec.id}")
    opened = sum(
        1 for a in state.accounts.values() for o in a.orders.values() if o.market == market.no and not o.asleep
    )
    if resting != opened:
        _fail(f"{market.spec.id} has {resting} resting orders and {opened} open ones")
    wrong = tape.fault(market)
    if wrong is not None:
        _fail(wrong)


def _indexes(state: ExchangeState) -> None:
    """What an index is made of is known twice, and only its own sources speak in it, not later than now."""
    made = sorted(name for name, index in state.indexes.items() if index.sources is not None)
    if made != sorted(state.composed):
        _fail(f"indexes {made} are made of sources, {sorted(state.composed)} are noted")
    for name, index in state.composed.items():
        sources = index.sources
        assert sources is not None
        for source, heard in sources.live.items():
            if not sources.has(source) or heard.price <= 0 or heard.at > state.now:
                _fail(f"{name}: {source} is no live source of it")


def _averages(state: ExchangeState, market: MarketState) -> None:
    """The sum of a moving average is that of its runs; a settlement average has no sample that is still to come."""
    basis, total = market.basis, 0
    if basis.runs:
        ends = [second for second, _ in basis.runs][1:]
        begins = basis.first
        for (_, value), end in zip(basis.runs, [*ends, basis.last + 1], strict=True):
            total += value * (end - begins)
            begins = end
        if total != basis.total or basis.runs[0][0] > basis.first:
            _fail(f"{market.spec.id}: its average basis sums to {basis.total}, not {total}")
    settling = market.settling
    if settling is not None and settling.count > max(0, (state.now - settling.start) // SECOND + 1):
        _fail(f"{market.spec.id}: {settling.count} samples before the delivery are too many")


def _sleepers(state: ExchangeState) -> None:
    """Each sleeping order waits in one place: a trigger table, the queue of what woke, or behind a leg of its list."""
    places = _places(state)
    asleep = 0
    for account in state.accounts.values():
        counted: dict[MarketNo, int] = {}
        for order in account.orders.values():
            if not order.asleep or legs.is_waiting(state, order):
                continue
            if order.level is not None or places.get(order.id) != 1:
                _fail(f"order {order.id} sleeps in {places.get(order.id, 0)} places, level {order.level}")
            counted[order.market] = counted.get(order.market, 0) + 1
        asleep += sum(counted.values())
        _bound(account)
        if counted != {no: count for no, count in account.sleeping.items() if count}:
            _fail(f"{account.name} has {counted} sleeping orders and counts {account.sleeping}")
    if asleep != len(places):
        _fail(f"{len(places)} orders wait for a trigger, {asleep} of them are open and asleep")
    if state.started:
        _fail(f"nobody was told that {list(state.started)} began to follow")


def _bound(account: Account) -> None:
    """What is to come with a first fill, and what is to go with a position, are the orders that say so."""
    bound, attached = [], []
    for no, order in account.orders.items():
        more = order.more
        if more is not None and more.with_position:
            bound.append(no)
        if more is not None and (more.take_profit or more.stop_loss) and (order.untraded or more.partial):
            attached.append(no)
    if bound != sorted(account.bound) or attached != sorted(account.attached):
        _fail(f"{account.name}: {bound} end with a position and {attached} bring something, noted otherwise")


def _places(state: ExchangeState) -> dict[OrderId, int]:
    """In how many places each order waits for its trigger, or for its turn."""
    places: dict[OrderId, int] = dict.fromkeys(state.woken, 1)
    for market in state.markets.values():
        watches = {} if market.triggers is None else market.triggers.watches
        for watched, watch in watches.items():
            for no in watch:
                places[no] = places.get(no, 0) + 1
            price = triggers.price_of(state, market, watched)
            wrong = watch.fault(price if market.status is MarketStatus.TRADING else 0)
            if wrong is not None:
                _fail(f"{market.spec.id} {watched.name}: {wrong}")
    return places


def _positions(state: ExchangeState, market: MarketState) -> None:
    total = held = 0
    for account in state.accounts.values():
        for key, position in account.positions.items():
            if market_of(key) != market.no:
                continue
            held += 1
            total += position.qty
            _position(account, key, position, market)
    if market.delivery is not None:
        total += market.delivery.delivered
    if total:
        _fail(f"positions in {market.spec.id} sum to {total}")
    if held != len(market.holders):
        _fail(f"{market.spec.id} lists {len(market.holders)} positions, there are {held}")


def _position(account: Account, key: PositionKey, position: Position, market: MarketState) -> None:
    slot = slot_of(key)
    if not position.qty or position.key != key or (account.no, key) not in market.holders:
        _fail(f"{account.name} has an empty or unlisted position in {market.spec.id}")
    if (slot == Slot.LONG and position.qty < 0) or (slot == Slot.SHORT and position.qty > 0):
        _fail(f"{account.name} has a position of the other side in slot {Slot(slot).name} of {market.spec.id}")


def _costs(state: ExchangeState, market: MarketState) -> None:
    """Realised profit plus open cost balances exactly: the clearing account owes what open positions cost.

    Of inverse contracts it is owed that: they gain what they cost less what they are worth.
    """
    asset = market.spec.settle
    cleared = state.purses.amount(f"{CLR_PNL}{market.spec.id}", asset) * ONE
    cleared += state.purses.amount(f"{CLR_PNL_FINE}{market.spec.id}", asset)
    cost = sum(state.accounts[no].positions[key].cost for no, key in market.holders)
    if cleared != (cost if market.inverse else -cost):
        _fail(f"{market.spec.id}: clearing account {cleared} and open costs {cost} do not balance")
    settling = [state.purses.amount(purse, asset) for purse in (market.clr_settlement, market.clr_settlement_fine)]
    if any(settling) and market.status is MarketStatus.DELISTED:
        _fail(f"{market.spec.id}: settlement clearing {settling} is not empty")
    if not market.round and state.purses.amount(market.clr_funding, asset):
        _fail(f"{market.spec.id}: funding clearing is not empty")
