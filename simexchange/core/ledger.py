"""Double entry: what each event moves, and the exchange's own purses.

`postings` is the one total function from an event to its postings. It only adds and negates; every product and
rounding stands finished in the event. Per asset the postings of one event sum to zero, whatever the event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simexchange.core.vocabulary import events as ev, modeevents, poolevents
from simexchange.core.vocabulary.assets import (
    ALL_ASSETS,
    CLR_CONVERT,
    DUST,
    DUST_FINE,
    EXT_CAPITAL,
    EXT_DEPOSITS,
    EXT_MARKETING,
    FEE_CONVERT,
    whole_wallet,
)
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.deliveries import DeliveryClosed, PositionDelivered
from simexchange.core.vocabulary.ids import MarketNo, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import BUY, Side, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import AccountNo, PositionKey

Posting = tuple["AccountNo | str", str, str, int, int]
"""(owner, wallet, asset, free, held): what its free and its held part gain. Owner is an account, or a purse of the
exchange, which has no wallet and holds nothing. Purses with ``fine`` in their name count in 10**-16."""


BonusLine = tuple["AccountNo", str, str, int]
"""(account, wallet, asset, what of its free balance there becomes bonus money; below zero: no longer is)."""


class Books(Protocol):
    """What postings look names up in."""

    @property
    def markets(self) -> Mapping[MarketNo, MarketState]:
        """Markets by number."""
        ...

    @property
    def accounts(self) -> Mapping[AccountNo, Account]:
        """Accounts by number."""
        ...


def wallet_of(market: MarketState, account: Account, key: PositionKey | None = None) -> str:
    """The wallet in which *account* holds margin, or funds, for *market*; with *key* that of the position there.

    They differ where margin is isolated: there an order draws on the account's wallet, a position has its own.
    """
    if not market.derivative:
        return account.spot_wallet
    wallet = account.inverse_wallet if market.inverse else account.linear_wallet
    if key is not None and account.isolated and market.no in account.isolated:
        return own_wallet(wallet, key)
    return wallet


def pool_of(market: MarketState, account: Account, key: PositionKey | None = None) -> tuple[str, str]:
    """The (wallet, asset) that backs positions in *market*; asset `ALL_ASSETS` where the account pools its assets.

    With *key* that of the position there, which differs where margin is isolated.
    """
    wallet = wallet_of(market, account, key)
    if account.unified and wallet == account.linear_wallet:
        return wallet, ALL_ASSETS
    return wallet, market.spec.settle


def own_wallet(wallet: str, key: PositionKey) -> str:
    """What the wallet of an isolated position is called: ``usdm:3``, ``usdm:3:LONG``, ``usdm:3:SHORT:7``."""
    slot, sub = slot_of(key), sub_of(key)
    name = f"{wallet}:{market_of(key)}"
    if slot:
        name = f"{name}:{Slot(slot).name}"
    return f"{name}:{sub}" if sub else name


def owner_of_wallet(wallet: str) -> PositionKey | None:
    """The isolated position whose own a wallet is; None: it is one of the account's."""
    _, *parts = wallet.split(":")
    if not parts:
        return None
    slot = Slot[parts[1]] if len(parts) > 1 else Slot.NET
    return key_of(MarketNo(int(parts[0])), slot, int(parts[2]) if len(parts) > 2 else 0)


def postings(event: ev.Event, books: Books) -> list[Posting]:
    """What *event* moves. Empty for an event that moves nothing."""
    rule = _RULES.get(type(event))
    return rule(event, books) if rule is not None else []


def bonus_lines(event: ev.Event, books: Books) -> list[BonusLine]:
    """What of the postings of *event* is bonus money: what an account's bonus gains, below zero pays."""
    rule = _BONUS.get(type(event))
    return [] if rule is None else [line for line in rule(event, books) if line[3]]


def _bonus_of_trade(event: ev.TradeExecuted, books: Books) -> list[BonusLine]:
    market, accounts = books.markets[event.market], books.accounts
    return [
        (fill.account, wallet_of(market, accounts[fill.account]), market.spec.settle, -fill.bonus)
        for fill in (event.taker, event.maker)
    ]


def _bonus_paid(event: ev.FundingPaid | ev.LiquidationFeeCharged, _: Books) -> list[BonusLine]:
    return [(event.account, event.wallet, event.asset, -event.bonus)]


def _bonus_of_delivery(event: PositionDelivered, books: Books) -> list[BonusLine]:
    return [(event.account, event.wallet, books.markets[event.market].spec.settle, -event.bonus)]


def _bonus_forfeited(event: ev.FundsTransferred | ev.FundsWithdrawn, _: Books) -> list[BonusLine]:
    return [(event.account, event.wallet, event.asset, -event.forfeited)]


def _bonus_granted(event: BonusGranted, _: Books) -> list[BonusLine]:
    return [(event.account, event.wallet, event.asset, event.amount)]


def _bonus_expired(event: BonusExpired, _: Books) -> list[BonusLine]:
    return [(event.account, event.wallet, event.asset, -event.amount)]


_BONUS: dict[type, Callable[..., list[BonusLine]]] = {
    ev.TradeExecuted: _bonus_of_trade,
    ev.FundingPaid: _bonus_paid,
    ev.LiquidationFeeCharged: _bonus_paid,
    PositionDelivered: _bonus_of_delivery,
    ev.FundsTransferred: _bonus_forfeited,
    ev.FundsWithdrawn: _bonus_forfeited,
    BonusGranted: _bonus_granted,
    BonusExpired: _bonus_expired,
}


def _granted(event: BonusGranted, _: Books) -> list[Posting]:
    return [
        (EXT_MARKETING, "", event.asset, -event.amount, 0),
        (event.account, event.wallet, event.asset, event.amount, 0),
    ]


def _expired(event: BonusExpired, _: Books) -> list[Posting]:
    return [
        (event.account, event.wallet, event.asset, -event.amount, 0),
        (EXT_MARKETING, "", event.asset, event.amount, 0),
    ]


def _forfeited(event: ev.FundsTransferred | ev.FundsWithdrawn) -> list[Posting]:
    if not event.forfeited:
        return []
    return [
        (event.account, event.wallet, event.asset, -event.forfeited, 0),
        (EXT_MARKETING, "", event.asset, event.forfeited, 0),
    ]


def _trade(event: ev.TradeExecuted, books: Books) -> list[Posting]:
    market = books.markets[event.market]
    found: list[Posting] = []
    if market.derivative:
        _derivative_fill(found, event.taker, market, books)
        _derivative_fill(found, event.maker, market, books)
        return found
    buyer, seller = (event.taker, event.maker) if event.aggressor is BUY else (event.maker, event.taker)
    base, quote = market.spec.base, market.spec.quote
    if event.routed and event.routed != event.market:
        return _allocated(event, market, books)
    qty, worth = event.qty, event.quote
    bought, sold = buyer.released, seller.released
    buys, sells = _spot_wallet(buyer.account, books), _spot_wallet(seller.account, books)
    found.append((buyer.account, buys, quote, bought - worth, -bought))
    found.append((buyer.account, buys, base, qty, 0))
    found.append((seller.account, sells, base, sold - qty, -sold))
    found.append((seller.account, sells, quote, worth, 0))
    for fill, wallet in ((buyer, buys), (seller, sells)):
        if fill.fee:
            _fee(found, fill, market, wallet)
    return found


def _spot_wallet(account: AccountNo, books: Books) -> str:
    return books.accounts[account].spot_wallet


def _allocated(event: ev.TradeExecuted, market: MarketState, books: Books) -> list[Posting]:
    """A routed taker gives and gets its own market's quote, the maker that of the book; both go through a purse."""
    base, foreign, own = market.spec.base, market.spec.quote, books.markets[event.routed].spec.quote
    taker, maker, worth = event.taker, event.maker, event.quote
    side = 1 if event.aggressor is BUY else -1
    qty = event.qty * side
    takes, makes = _spot_wallet(taker.account, books), _spot_wallet(maker.account, books)
    found: list[Posting] = [
        (taker.account, takes, own, -worth * side, 0),
        (CLR_CONVERT, "", own, worth * side, 0),
        (CLR_CONVERT, "", foreign, -worth * side, 0),
        (maker.account, makes, foreign, worth * side, 0),
        (taker.account, takes, base, qty, 0),
        (maker.account, makes, base, -qty, 0),
        (taker.account, takes, own if side > 0 else base, taker.released, -taker.released),
        (maker.account, makes, base if side > 0 else foreign, maker.released, -maker.released),
    ]
    for fill, wallet in ((taker, takes), (maker, makes)):
        if fill.fee:
            _fee(found, fill, market, wallet)
    return found


def _derivative_fill(found: list[Posting], fill: ev.Fill, market: MarketState, books: Books) -> None:
    wallet = wallet_of(market, books.accounts[fill.account])
    asset = market.spec.settle
    closed = fill.closed
    if fill.margin:
        found.append((fill.account, wallet, asset, -fill.margin, 0))
        found.append((fill.account, fill.wallet, asset, fill.margin, 0))
    if closed is not None:
        found.append((fill.account, fill.wallet or wallet, asset, closed.realised, 0))
        found.append((market.clr_pnl, "", asset, -closed.realised, 0))
        if closed.residue:
            found.append((DUST_FINE, "", asset, closed.residue, 0))
            found.append((market.clr_pnl_fine, "", asset, -closed.residue, 0))
    if fill.fee:
        _fee(found, fill, market, wallet)


def _fee(found: list[Posting], fill: ev.Fill, market: MarketState, wallet: str) -> None:
    found.append((fill.account, wallet, fill.fee_asset, -fill.fee, 0))
    found.append((market.fee_purse, "", fill.fee_asset, fill.fee + fill.subsidy, 0))
    if fill.subsidy:
        found.append((EXT_MARKETING, "", fill.fee_asset, -fill.subsidy, 0))


def _accepted(event: ev.OrderAccepted, books: Books) -> list[Posting]:
    if not event.hold:
        return []
    asset = _held_asset(books.markets[event.market], event.side)
    return [(event.account, _spot_wallet(event.account, books), asset, -event.hold, event.hold)]


def _released(event: ev.OrderCanceled | ev.OrderExpired, books: Books) -> list[Posting]:
    if not event.released:
        return []
    # The side is the order's; it is still open while the event that ends it is being posted.
    order = books.accounts[event.account].orders[event.order]
    asset = _held_asset(books.markets[event.market], order.side)
    return [(event.account, _spot_wallet(event.account, books), asset, event.released, -event.released)]


def _triggered(event: ev.OrderTriggered | ev.OrderModified, books: Books) -> list[Posting]:
    if not event.released:
        return []
    order = books.accounts[event.account].orders[event.order]
    asset = _held_asset(books.markets[event.market], order.side)
    return [(event.account, _spot_wallet(event.account, books), asset, event.released, -event.released)]


def _prevented(event: ev.TradePrevented, books: Books) -> list[Posting]:
    market = books.markets[event.market]
    found: list[Posting] = []
    for side, way in ((event.maker, -event.aggressor), (event.taker, event.aggressor)):
        if side.released:
            asset = market.spec.quote if way > 0 else market.spec.base
            wallet = _spot_wallet(side.account, books)
            found.append((side.account, wallet, asset, side.released, -side.released))
    if event.moved:
        taker, maker = event.taker.account, event.maker.account
        buyer, seller = (taker, maker) if event.aggressor is BUY else (maker, taker)
        base, quote = market.spec.base, market.spec.quote
        buys, sells = _spot_wallet(buyer, books), _spot_wallet(seller, books)
        found.append((buyer, buys, quote, -event.quote, 0))
        found.append((buyer, buys, base, event.moved, 0))
        found.append((seller, sells, base, -event.moved, 0))
        found.append((seller, sells, quote, event.quote, 0))
    return found


def _leg_started(event: ev.LegStarted, books: Books) -> list[Posting]:
    return _put_aside(event, event.held, books)


def _proceeds_locked(event: ev.ProceedsLocked, books: Books) -> list[Posting]:
    return _put_aside(event, event.amount, books)


def _put_aside(event: ev.LegStarted | ev.ProceedsLocked, amount: int, books: Books) -> list[Posting]:
    order = books.accounts[event.account].orders[event.order]
    asset = _held_asset(books.markets[event.market], order.side)
    return [(event.account, _spot_wallet(event.account, books), asset, -amount, amount)]


def _held_asset(market: MarketState, side: Side) -> str:
    return market.spec.quote if side is BUY else market.spec.base


def _deposited(event: ev.FundsDeposited, _: Books) -> list[Posting]:
    return [
        (EXT_DEPOSITS, "", event.asset, -event.amount, 0),
        (event.account, event.wallet, event.asset, event.amount, 0),
    ]


def _withdrawn(event: ev.FundsWithdrawn, _: Books) -> list[Posting]:
    return [
        (event.account, event.wallet, event.asset, -event.amount, 0),
        (EXT_DEPOSITS, "", event.asset, event.amount, 0),
        *_forfeited(event),
    ]


def _transferred(event: ev.FundsTransferred, _: Books) -> list[Posting]:
    return [
        (event.account, event.wallet, event.asset, -event.amount, 0),
        (event.to_account, event.to_wallet, event.asset, event.amount, 0),
        *_forfeited(event),
    ]


def _capital(event: ev.CapitalProvided, _: Books) -> list[Posting]:
    return [
        (EXT_CAPITAL, "", event.asset, -event.amount, 0),
        (event.account, event.wallet, event.asset, event.amount, 0),
    ]


def _exchanged(event: poolevents.AssetsExchanged, _: Books) -> list[Posting]:
    # Both legs go through a purse: nobody stands on the other side (money rule L17).
    return [
        (event.account, event.wallet, event.asset, -event.amount, 0),
        (CLR_CONVERT, "", event.asset, event.amount - event.fee, 0),
        (FEE_CONVERT, "", event.asset, event.fee, 0),
        (event.account, event.wallet, event.to_asset, event.to_amount, 0),
        (CLR_CONVERT, "", event.to_asset, -event.to_amount, 0),
    ]


def _funding(event: ev.FundingPaid, books: Books) -> list[Posting]:
    return [
        (event.account, event.wallet, event.asset, event.amount, 0),
        (books.markets[event.market].clr_funding, "", event.asset, -event.amount, 0),
    ]


def _funding_closed(event: ev.FundingClosed, books: Books) -> list[Posting]:
    return [
        (books.markets[event.market].clr_funding, "", event.asset, -event.dust, 0),
        (DUST, "", event.asset, event.dust, 0),
    ]


def _liquidation_fee(event: ev.LiquidationFeeCharged, _: Books) -> list[Posting]:
    return [
        (event.account, event.wallet, event.asset, -event.amount, 0),
        (event.fund, event.fund_wallet or whole_wallet(event.wallet), event.asset, event.amount, 0),
    ]


def _insurance(event: ev.InsurancePaid, _: Books) -> list[Posting]:
    return [
        (event.fund, event.fund_wallet or whole_wallet(event.wallet), event.asset, -event.amount, 0),
        (event.account, event.wallet, event.asset, event.amount, 0),
    ]


def _adjusted(event: modeevents.MarginAdjusted, _: Books) -> list[Posting]:
    return [
        (event.account, event.source, event.asset, -event.amount, 0),
        (event.account, event.wallet, event.asset, event.amount, 0),
    ]


def _delivered(event: PositionDelivered, books: Books) -> list[Posting]:
    """As of a fill that closes, and what the position cost comes from the settlement clearing (money rule L10)."""
    market, account = books.markets[event.market], books.accounts[event.account]
    asset, closed, cleared, fine = market.spec.settle, event.closed, event.cleared, event.cleared_fine
    found: list[Posting] = [
        (event.account, event.wallet, asset, closed.realised - event.fee + event.margin, 0),
        (market.clr_pnl, "", asset, cleared - closed.realised, 0),
        (market.clr_settlement, "", asset, -cleared, 0),
    ]
    if closed.residue or fine:
        found.append((DUST_FINE, "", asset, closed.residue, 0))
        found.append((market.clr_pnl_fine, "", asset, fine - closed.residue, 0))
        found.append((market.clr_settlement_fine, "", asset, -fine, 0))
    if event.fee:
        found.append((market.fee_purse, "", asset, event.fee, 0))
    if event.margin:
        found.append((event.account, wallet_of(market, account), asset, -event.margin, 0))
    return found


def _delivery_closed(event: DeliveryClosed, books: Books) -> list[Posting]:
    market = books.markets[event.market]
    return [
        (market.clr_settlement, "", event.asset, -event.dust, 0),
        (DUST, "", event.asset, event.dust, 0),
        (market.clr_settlement_fine, "", event.asset, -event.dust_fine, 0),
        (DUST_FINE, "", event.asset, event.dust_fine, 0),
    ]


_RULES: dict[type, Callable[..., list[Posting]]] = {
    ev.TradeExecuted: _trade,
    ev.TradePrevented: _prevented,
    ev.OrderAmended: _released,
    ev.OrderAccepted: _accepted,
    ev.OrderCanceled: _released,
    ev.OrderExpired: _released,
    ev.OrderTriggered: _triggered,
    ev.OrderModified: _triggered,
    ev.FundsDeposited: _deposited,
    ev.FundsWithdrawn: _withdrawn,
    ev.FundsTransferred: _transferred,
    ev.CapitalProvided: _capital,
    ev.FundingPaid: _funding,
    ev.FundingClosed: _funding_closed,
    ev.LiquidationFeeCharged: _liquidation_fee,
    ev.InsurancePaid: _insurance,
    modeevents.MarginAdjusted: _adjusted,
    poolevents.AssetsExchanged: _exchanged,
    BonusGranted: _granted,
    BonusExpired: _expired,
    ev.LegStarted: _leg_started,
    ev.ProceedsLocked: _proceeds_locked,
    PositionDelivered: _delivered,
    DeliveryClosed: _delivery_closed,
}


class Purses:
    """The exchange's own side of the ledger: deposits, fees, clearing accounts, dust. Changed by state.py only."""

    __slots__ = ("amounts",)

    def __init__(self) -> None:
        self.amounts: dict[tuple[str, str], int] = {}

    def move(self, purse: str, asset: str, delta: int) -> None:
        """Add *delta* to *purse*."""
        key, amounts = (purse, asset), self.amounts
        amounts[key] = amounts.get(key, 0) + delta

    def subsidise(self, purse: str, asset: str, amount: int) -> None:
        """Marketing pays for the part of a rebate that no fee of the trade does (money rule L13)."""
        self.move(purse, asset, amount)
        self.move(EXT_MARKETING, asset, -amount)

    def amount(self, purse: str, asset: str) -> int:
        """What *purse* holds of *asset*; outside accounts are below zero by what came in from them."""
        return self.amounts.get((purse, asset), 0)


__all__ = [
    "Books",
    "Posting",
    "Purses",
    "bonus_lines",
    "own_wallet",
    "owner_of_wallet",
    "pool_of",
    "postings",
    "wallet_of",
]
