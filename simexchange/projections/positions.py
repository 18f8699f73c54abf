"""Positions of users and the insurance fund, and the open interest of everybody."""

import msgspec

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import Fill, FundingPaid, TradeExecuted
from simexchange.core.vocabulary.fills import Opened
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId, PositionKey, key_of
from simexchange.core.vocabulary.orders import BUY, Slot
from simexchange.core.vocabulary.units import Amount, Cost, Nanos, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView

SEPARATE_KEPT = 500
"""From so many positions of an account on, a new separate one takes the place of a flat one."""


class PositionRow(msgspec.Struct, gc=False):
    """One position. A flat one keeps its times, its id and what it realised until the next one opens."""

    account: AccountNo
    market: MarketNo
    id: PositionId
    qty: Quantity = Quantity(0)
    """Signed: long above zero, short below."""
    cost: Cost = Cost(0)
    """What it cost to enter, signed as the quantity. The entry price is `core.display.entry_price` of the two."""
    opened_at: Nanos = Nanos(0)
    updated_at: Nanos = Nanos(0)
    realised: Amount = Amount(0)
    """Profit realised since it was opened, before fees and funding."""
    fees: Amount = Amount(0)
    """Trading fees since it was opened, cost positive; without those paid in a discount asset."""
    funding: Amount = Amount(0)
    """Funding received (paid below zero) since it was opened."""
    seq: int = 0
    """The record that changed it last."""
    slot: Slot = Slot.NET
    sub: int = 0
    """The number of the order that opened a separate position; 0: it is none."""
    wallet: str = ""
    """Its own wallet, where its margin is isolated."""

    @property
    def is_long(self) -> bool:
        """Whether it gains when the price rises."""
        return self.qty > 0


class PositionsView(Projection):
    """Positions per account and key for USER and FUND accounts, open interest per market over all accounts."""

    __slots__ = ("_accounts", "_interest", "_markets", "_rows")

    def __init__(self, markets: MarketsView, accounts: AccountsView) -> None:
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._rows: dict[AccountNo, dict[PositionKey, PositionRow]] = {}
        self._interest: dict[MarketNo, Quantity] = {}
        self.handlers = {
            TradeExecuted: self._traded,
            FundingPaid: self._funded,
            PositionDelivered: self._delivered,
        }

    def get(self, account: AccountNo, key: PositionKey) -> PositionRow | None:
        """The position, flat ones included; None where there never was one. The one-way one by its market."""
        return self._rows.get(account, {}).get(key)

    def of(self, account: AccountNo, *, flat: bool = False) -> list[PositionRow]:
        """The account's positions in order of first opening; with *flat*, closed ones too."""
        return [row for row in self._rows.get(account, {}).values() if flat or row.qty]

    def open_interest(self, market: MarketNo) -> Quantity:
        """The sum of all long positions, which is that of all short ones."""
        return self._interest.get(market, Quantity(0))

    def leverage(self, account: AccountNo, market: MarketNo) -> int:
        """The leverage in force: see `AccountsView.leverage`."""
        return self._accounts.leverage(account, market)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.market in self._markets.spot:
            return
        maker, taker = event.maker, event.taker
        buyer, seller = (taker, maker) if event.aggressor is BUY else (maker, taker)
        grown = _opened_qty(event, buyer) - (seller.closed.qty if seller.closed is not None else 0)
        if grown:
            self._interest[event.market] = Quantity(self._interest.get(event.market, 0) + grown)
        kept = self._accounts.kept
        # Maker first, as the ledger posts it: one account may be on both sides.
        for fill in (maker, taker):
            if fill.account in kept:
                self._fill(seq, at, event, fill, bought=fill is buyer)

    def _fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, *, bought: bool) -> None:
        mine = self._rows.setdefault(fill.account, {})
        key = key_of(event.market, fill.slot, fill.sub)
        row = mine.get(key)
        closed, opened = fill.closed, fill.opened
        if row is None or (opened is not None and opened.position != row.id and closed is None):
            if opened is None:
                return
            if fill.sub:
                _make_room(mine)
            row = mine[key] = _new(event, fill, opened, at)
        if closed is not None:
            row.qty = Quantity(row.qty + closed.qty if bought else row.qty - closed.qty)
            row.cost = Cost(row.cost - closed.cost_out)
            row.realised = Amount(row.realised + closed.realised)
        if opened is not None:
            if opened.position != row.id:
                # It crossed zero: the old one is closed above, a new one begins. The fee is the new one's.
                row = mine[key] = _new(event, fill, opened, at)
            row.qty, row.cost = opened.qty_after, opened.cost_after
        if not fill.fee_price:
            row.fees = Amount(row.fees + fill.fee)
        row.updated_at, row.seq = at, seq

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.qty > 0:
            self._interest[event.market] = Quantity(self._interest.get(event.market, 0) - event.qty)
        row = self._rows.get(event.account, {}).get(key_of(event.market, event.slot, event.sub))
        if row is None:
            return
        row.qty, row.cost = Quantity(0), Cost(0)
        row.realised = Amount(row.realised + event.closed.realised)
        row.fees = Amount(row.fees + event.fee)
        row.updated_at, row.seq = at, seq

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        for row in self._rows.get(event.account, {}).values():
            if row.id == event.position:
                row.funding = Amount(row.funding + event.amount)
                row.seq = seq


def _make_room(mine: dict[PositionKey, PositionRow]) -> None:
    """Let the oldest flat one of an account's separate positions go: their keys never come back."""
    if len(mine) >= SEPARATE_KEPT:
        gone = next((key for key, row in mine.items() if row.sub and not row.qty), None)
        if gone is not None:
            del mine[gone]


def _new(event: TradeExecuted, fill: Fill, opened: Opened, at: Nanos) -> PositionRow:
    return PositionRow(
        fill.account, event.market, opened.position, opened_at=at, slot=fill.slot, sub=fill.sub, wallet=fill.wallet
    )


def _opened_qty(event: TradeExecuted, fill: Fill) -> int:
    """How much of the trade opened or grew that side's position."""
    if fill.opened is None:
        return 0
    return event.qty - fill.closed.qty if fill.closed is not None else event.qty
