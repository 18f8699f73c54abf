"""Isolated margin: what goes into a position's own wallet and out of it, by trades and by its owner's hand.

The money of an isolated position is in a wallet of its own, by postings. What opens brings initial margin along, what
closes takes its share out; a loss is the own wallet's alone and never draws on the account's. The rules and their
roundings are told in docs/explanation/margin-modes.md; why they are so in decisions/0010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import anchors, margin, valuing
from simexchange.core.brackets import initial
from simexchange.core.ledger import own_wallet, owner_of_wallet, wallet_of
from simexchange.core.needs import bankrupt_parts, fee_rate
from simexchange.core.positions import standing_after
from simexchange.core.vocabulary.events import Fill
from simexchange.core.vocabulary.ids import OrderId, PositionId, first_id, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.modeevents import MarginAdjusted
from simexchange.core.vocabulary.orders import MarginCause, PositionMode, Slot, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import FINE, ONE, Amount, div_up

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.positions import Standing
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.fills import Closed, Opened
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.orders import Terms

ONE_WAY, NET = PositionMode.ONE_WAY, Slot.NET
NEW = -1
"""The number of a separate position that an order is to open: it will be the order's own."""


# Which position an order works on


def fits(account: Account, market: MarketState, terms: Terms | None) -> bool:
    """Whether an order with *terms* names a position such as its account's position mode has.

    Spot knows none. A hedging account always says LONG or SHORT; where positions are separate the order also says
    which one, or that it opens one (−1).
    """
    slot, sub = (NET, 0) if terms is None else (terms.slot, terms.sub_position)
    if not market.derivative:
        return slot is NET and not sub
    mode = account.mode_in(market.no)
    if (slot is NET) is not (mode is ONE_WAY):
        return False
    return sub == NEW or sub > 0 if mode is PositionMode.SEPARATE else not sub


def there(account: Account, key: PositionKey, sub: int) -> bool:
    """Whether a separate position that an order names is there, or the order that is to open it."""
    opener = account.orders.get(OrderId(first_id(account.no) + sub))
    return key in account.positions or (opener is not None and opener.key == key)


def check_named(ticket: Ticket) -> RejectReason | None:
    """An order that names a separate position must find it."""
    terms = ticket.command.more
    if terms is None or terms.sub_position <= 0 or there(ticket.account, ticket.key, terms.sub_position):
        return None
    return RejectReason.POSITION_MISSING


def names(account: Account, market: MarketState, slot: Slot, sub: int) -> bool:
    """Whether *slot* and *sub* can be those of a position that is there already, or is to be."""
    mode = account.mode_in(market.no)
    if not market.derivative or (slot is NET) is not (mode is ONE_WAY):
        return False
    return sub > 0 if mode is PositionMode.SEPARATE else not sub


# What a trade moves


def moved(
    cash: int,
    own: int,
    held: int,
    closed: Closed | None,
    opened: Opened | None,
    cost: int,
    fee: int,
    leverage: int,
    closing: int = 0,
) -> int:
    """The margin that a fill moves from the account's wallet into the position's own; below zero: out of it.

    *cash* and *own* are what the two wallets hold before it, *held* the size of the position, *cost* its entry cost at
    10**-16 and *fee* what the account's wallet pays, in the asset it settles in. *closing*: the rate of the fee
    to close times the parts of *leverage* it is on (`needs`), where an opening brings that, too.

    A close realises into the own wallet first. Then its share of what was there goes out, with what it realised: at
    least nothing, at most what is there, all of it when nothing is left of the position. Where the account's wallet
    could not pay the fee else, so much more goes out. An opening brings its worth ÷ leverage, rounded up, as far as
    the account's wallet has it after the fee.
    """
    going = 0
    if closed is not None:
        there = own + closed.realised
        if closed.qty == held:
            going = max(0, there)
            cost = 0
        else:
            going = max(0, own * closed.qty // held + closed.realised)
            going = min(max(going, fee - max(0, cash)), max(0, there))
            cost -= closed.cost_out
        cash += going
    if opened is None:
        return -going
    grown = abs(opened.cost_after) - abs(cost)
    brought = div_up(grown, leverage * ONE) + div_up(grown * closing, leverage * FINE)
    return max(0, min(brought, cash - fee)) - going


def with_margin(engine: Engine, market: MarketState, makers: Fill, takers: Fill, kind: TradeKind) -> tuple[Fill, Fill]:
    """The two sides of a trade, each with what it moves where its account's margin is isolated.

    Of a self-trade the maker's side comes first. A liquidation moves nothing out: what it leaves must first pay its
    fee and back the rest of the position.
    """
    accounts = engine.state.accounts
    if market.no in accounts[makers.account].isolated:
        makers = moving(engine, market, makers)
    if market.no in accounts[takers.account].isolated:
        beside = makers if makers.account == takers.account else None
        takers = moving(engine, market, takers, beside, keeps=kind is TradeKind.LIQUIDATION)
    return makers, takers


def moving(engine: Engine, market: MarketState, fill: Fill, beside: Fill | None = None, *, keeps: bool = False) -> Fill:
    """*fill* with its wallet and what goes into it, after what *beside* did to the same account."""
    account = engine.state.accounts[fill.account]
    key: PositionKey = key_of(market.no, fill.slot, fill.sub)
    asset, wallet = market.spec.settle, own_wallet(wallet_of(market, account), key)
    if keeps:
        return msgspec.structs.replace(fill, wallet=wallet)
    held, cost, _ = standing_of(account, key)
    cash, own = account.free(wallet_of(market, account), asset), account.free(wallet, asset)
    if beside is not None:
        cash -= beside.margin + _fee(beside, asset)
        if beside.wallet == wallet:
            held, cost, _ = standing_after((held, cost, PositionId(0)), beside)
            own += beside.margin + (0 if beside.closed is None else beside.closed.realised)
    leverage = margin.leverage_of(engine.state, account, key)
    closing = 0
    if account.reserves and fill.opened is not None:
        side = 1 if fill.opened.qty_after > 0 else -1
        closing = fee_rate(engine.state, account, market) * bankrupt_parts(market.spec, side, leverage)
    amount = moved(cash, own, abs(held), fill.closed, fill.opened, cost, _fee(fill, asset), leverage, closing)
    return msgspec.structs.replace(fill, wallet=wallet, margin=Amount(amount))


def standing_of(account: Account, key: PositionKey) -> Standing:
    """A position as (signed quantity, cost, id); zeros where there is none."""
    position = account.positions.get(key)
    return (0, 0, PositionId(0)) if position is None else (position.qty, position.cost, position.id)


def _fee(fill: Fill, asset: str) -> int:
    return fill.fee if fill.fee_asset == asset else 0


def bankrupts(engine: Engine, account: Account, market: MarketState, price: int, *fills: Fill) -> bool:
    """Whether *fills* would leave a position's own wallet, or the account's, with less than nothing (money rule L1).

    Of the own wallet three things are asked: that what a close realises is there, the cash, and the equity at mark.
    The account's wallet pays fees and margin: together with the profit of what it backs it may not fall below zero,
    unless it gains by them. Of a trade that is a loss at the index its equity there is asked, too, and of what the
    account's wallet is to pay.
    """
    asset, wallet = market.spec.settle, wallet_of(market, account)
    after: dict[PositionKey, Standing] = {}
    owned: dict[PositionKey, int] = {}
    gained = 0
    for fill in fills:
        key: PositionKey = key_of(market.no, fill.slot, fill.sub)
        own = owned[key] if key in owned else account.free(fill.wallet, asset)
        if fill.closed is not None:
            own += fill.closed.realised
            if own < 0:
                return True
        owned[key] = own + fill.margin
        after[key] = standing_after(after.get(key) or standing_of(account, key), fill)
        gained -= fill.margin + _fee(fill, asset)
    state, mark = engine.state, margin.price_of(market) or price
    for key, (qty, cost, _) in after.items():
        equity = owned[key] + valuing.unrealised(market.spec, qty, cost, mark)
        if owned[key] < 0 or equity < 0:
            return True
        if len(fills) > 1 or equity + anchors.beside(market, qty) >= 0:
            continue
        if anchors.loses(market, standing_of(account, key)[0], price, fills[0]):
            return True
    if gained >= 0:
        return False
    backing = margin.equity(state, account, wallet, asset)
    return backing + min(0, margin.beside_total(state, account, wallet, asset)) + gained < 0


# What its owner moves


def addable(state: ExchangeState, account: Account, market: MarketState) -> int:
    """What may go into isolated positions of *market*: min(CW − Σ isolated order IM − Σ cross MM, available).

    Binance FAQ 360038447311, seen 2026-11. Never what would leave less than nothing with positions at their indexes.
    """
    wallet, asset = wallet_of(market, account), market.spec.settle
    spare = account.free(wallet, asset) - margin.maintenance_total(state, account, wallet, asset)
    for key in sorted(account.exposures):
        other = state.markets[market_of(key)]
        if other.no in account.isolated and other.spec.settle == asset and wallet_of(other, account) == wallet:
            spare -= margin.order_margin(state, account, other, key)
    there = margin.equity(state, account, wallet, asset) + margin.beside_total(state, account, wallet, asset)
    return max(0, min(spare, margin.available(state, account, wallet, asset), there))


def removable(state: ExchangeState, account: Account, market: MarketState, key: PositionKey) -> int:
    """What may leave an isolated position: min(own − MM, own + unrealised − worth at mark ÷ leverage). Same source.

    Never what would leave it less than nothing at its index.
    """
    own = account.free(wallet_of(market, account, key), market.spec.settle)
    equity = own + margin.unrealised_of(account, market, key)
    return max(
        0,
        min(
            own - margin.maintenance_of(state, account, market, key),
            equity - margin.position_initial(state, account, market, key),
            equity + anchors.beside(market, account.positions[key].qty),
        ),
    )


def adjust(
    engine: Engine, account: Account, market: MarketState, key: PositionKey, amount: int, most: int, cause: MarginCause
) -> None:
    """Move *amount* of the account's own money into an isolated position, or out of it."""
    source, asset = wallet_of(market, account), market.spec.settle
    wallet = own_wallet(source, key)
    position = standing_of(account, key)[2]
    balance = Amount(account.free(wallet, asset) + amount)
    engine.emit(
        MarginAdjusted(
            account.no, market.no, Slot(slot_of(key)), sub_of(key), position, source, wallet, asset, Amount(amount),
            Amount(most), balance, cause,
        )
    )  # fmt: skip
    engine.touch(account.no)


def give_back(engine: Engine, account: Account, wallet: str, asset: str) -> None:
    """What a position that is gone left in its own *wallet*, if it is one, is its owner's."""
    key, rest = owner_of_wallet(wallet), account.free(wallet, asset)
    if key is not None and rest > 0:
        adjust(engine, account, engine.state.markets[market_of(key)], key, -rest, rest, MarginCause.LEFT_OVER)


def help_out(engine: Engine, account: Account, wallet: str, asset: str, balance: int, needed: int) -> bool:
    """Keep an isolated position from liquidation with the account's money, where its owner said so; whether it did.

    It gets its initial margin at entry again, as often as brings its *balance* above what is *needed*, or all that is
    addable; never more than a leverage of 1 would have brought. (Bybit, "Auto-Margin Replenishment", 2023-12-04, seen
    2026-11; MEXC adds its maintenance margin instead.) Where that is not enough nothing is thrown after it.
    """
    for key in account.auto_margin:
        market = engine.state.markets[market_of(key)]
        if market.spec.settle != asset or key not in account.positions or wallet_of(market, account, key) != wallet:
            continue
        worth = div_up(abs(account.positions[key].cost), ONE)
        helping = initial(worth, margin.leverage_of(engine.state, account, key))
        most = min(addable(engine.state, account, market), worth - account.free(wallet, asset))
        amount = min(most, helping * div_up(needed + 1 - balance, helping))
        if amount <= 0 or balance + amount <= needed:
            return False
        adjust(engine, account, market, key, amount, most, MarginCause.AUTO)
        return True
    return False
