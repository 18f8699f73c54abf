"""What came into and went out of the wallets of accounts that keep everything in one, with what was there after it.

An account that has spot, linear and inverse markets in one wallet is told its money as one book: every entry says what
moved, why, and the balance it left. Money that goes between that wallet and the own one of an isolated position has
stayed in it. All entries of an asset sum to its balance, as long as none was let go.
"""

from enum import IntEnum
from typing import Any

import msgspec

from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    Fill,
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    InsurancePaid,
    LiquidationFeeCharged,
    TradeExecuted,
    TradePrevented,
)
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, MarketNo, OrderId, TradeId, key_of
from simexchange.core.vocabulary.orders import BUY, SELL, Origin, Side, TradeKind
from simexchange.core.vocabulary.poolevents import AssetsExchanged
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView
from simexchange.projections.positions import PositionsView
from simexchange.projections.series import Series, select

NO_MARKET = MarketNo(0)
NO_TRADE = TradeId(0)
NOTHING = Amount(0)


class CashKind(IntEnum):
    """Why money moved."""

    TRADE = 1
    FUNDING = 2
    DELIVERY = 3
    MOVED_IN = 4
    """From another wallet or account; *MOVED_OUT* to one."""
    MOVED_OUT = 5
    DEPOSIT = 6
    WITHDRAWAL = 7
    LIQUIDATION = 8
    """What a liquidation sold, its fee, and what the insurance fund gave or took."""
    ADL = 9
    BONUS = 10
    BONUS_TAKEN = 11
    EXCHANGE_IN = 12
    """Got in an automatic exchange of what was owed; *EXCHANGE_OUT* given for it."""
    EXCHANGE_OUT = 13


ORIGINS = {Origin.LIQUIDATION: CashKind.LIQUIDATION, Origin.ADL: CashKind.ADL}
UNORDERED = {TradeKind.TAKEOVER: CashKind.LIQUIDATION, TradeKind.ADL: CashKind.ADL}
"""Trades that a side has no order of."""


class CashRow(msgspec.Struct, frozen=True, gc=False):
    """One entry: change = flow + funding − fee."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    kind: CashKind
    wallet: str
    asset: str
    at: Nanos
    seq: int
    balance: Amount
    """What the wallet had of the asset after it."""
    flow: Amount = NOTHING
    """What is neither fee nor funding: profit of a position, what was bought or sold, what was moved."""
    fee: Amount = NOTHING
    """Cost positive."""
    funding: Amount = NOTHING
    """Received above zero."""
    bonus: Amount = NOTHING
    """What bonus money paid of it; of bonus that came or went, that; above zero: there is more."""
    market: MarketNo = NO_MARKET
    side: Side | None = None
    """Of a trade the account's; of funding and delivery that of the position."""
    qty: Quantity = Quantity(0)
    """What was traded, or held; of a spot trade signed as it moved this asset."""
    size: Quantity = Quantity(0)
    """The position after it, signed."""
    price: Price = Price(0)
    rate: Rate = Rate(0)
    """Of the fee or of the funding."""
    trade: TradeId = NO_TRADE
    order: OrderId = NO_ORDER
    client_id: str = ""

    @property
    def change(self) -> Amount:
        """By how much the balance changed."""
        return Amount(self.flow + self.funding - self.fee)


class CashbookView(Projection):
    """Entries per USER account whose markets all settle in one wallet; bounded rings."""

    __slots__ = ("_accounts", "_balances", "_keep", "_markets", "_orders", "_positions", "_rows")

    def __init__(
        self,
        markets: MarketsView,
        accounts: AccountsView,
        orders: OrdersView,
        positions: PositionsView,
        *,
        keep: int = 50_000,
    ) -> None:
        """Keep about *keep* entries per account."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._orders = orders
        self._positions = positions
        self._keep = keep
        self._rows: dict[AccountNo, Series[CashRow]] = {}
        self._balances: dict[tuple[AccountNo, str, str], Amount] = {}
        self.handlers = {
            TradeExecuted: self._traded,
            TradePrevented: self._prevented,
            FundingPaid: self._funded,
            PositionDelivered: self._delivered,
            FundsTransferred: self._transferred,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            AssetsExchanged: self._exchanged,
            BonusGranted: self._granted,
            BonusExpired: self._expired,
        }

    def of(
        self, account: AccountNo, wallet: str, *, start: Nanos | None = None, end: Nanos | None = None
    ) -> list[CashRow]:
        """Every entry of *wallet* that is kept, ascending by id."""
        series = self._rows.get(account)
        rows = series.rows if series is not None else []
        return select(rows, start=start, end=end, limit=len(rows), keep=lambda row: row.wallet == wallet)

    def balance(self, account: AccountNo, wallet: str, asset: str) -> Amount:
        """What the last entry left there."""
        return self._balances.get((account, wallet, asset), NOTHING)

    def _add(
        self, seq: int, at: Nanos, account: AccountNo, kind: CashKind, wallet: str, asset: str, **more: Any
    ) -> None:
        series = self._rows.get(account)
        if series is None:
            series = self._rows[account] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        place = (account, wallet, asset)
        change = more.get("flow", 0) + more.get("funding", 0) - more.get("fee", 0)
        balance = self._balances[place] = Amount(self._balances.get(place, 0) + change)
        series.append(
            CashRow(
                id=number, account=account, kind=kind, wallet=wallet, asset=asset, at=at, seq=seq, balance=balance,
                **more,
            )
        )  # fmt: skip

    # Trades

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        told, maker, taker = self._accounts.one_wallet, event.maker, event.taker
        if maker.account not in told and taker.account not in told:
            # Most trades are between agents, and every one of them comes by here.
            return
        fold = self._spot_fill if event.market in self._markets.spot else self._margin_fill
        if maker.account in told:
            fold(seq, at, event, maker, Side(-event.aggressor))
        if taker.account in told:
            fold(seq, at, event, taker, event.aggressor)

    def _of_fill(self, event: TradeExecuted, fill: Fill, side: Side) -> tuple[CashKind, dict[str, Any]]:
        """Why the fill was, and what its entries have in common."""
        order = self._orders.get(fill.order)
        found = UNORDERED.get(event.kind) if order is None else ORIGINS.get(order.origin)
        kind = CashKind.TRADE if found is None else found
        rate = Rate(0)
        if fill.fee:
            fees = self._accounts.fees(fill.account, event.market)
            role = fees.maker if fill is event.maker else fees.taker
            rate = Rate(role + (fees.buyer if side is BUY else fees.seller))
        return kind, {
            "market": event.market, "side": side, "price": event.price, "rate": rate, "trade": event.trade,
            "order": fill.order, "client_id": "" if order is None else order.client_id,
        }  # fmt: skip

    def _margin_fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, side: Side) -> None:
        account, market = fill.account, event.market
        kind, common = self._of_fill(event, fill, side)
        wallet, settle = self._accounts.margin_wallet(account, market), self._markets.by_no[market].spec.settle
        position = self._positions.get(account, key_of(market, fill.slot, fill.sub))
        common["size"] = Quantity(0) if position is None else position.qty
        common["qty"] = event.qty
        flow = NOTHING if fill.closed is None else fill.closed.realised
        apart = fill.fee_asset != settle and fill.fee
        fee = NOTHING if apart else fill.fee
        self._add(seq, at, account, kind, wallet, settle, flow=flow, fee=fee, bonus=Amount(-fill.bonus), **common)
        if apart:
            self._add(seq, at, account, kind, wallet, fill.fee_asset, fee=fill.fee, **common)

    def _spot_fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, side: Side) -> None:
        """What was bought, and what was given for it; the fee with the asset it is taken of."""
        kind, common = self._of_fill(event, fill, side)
        spec, wallet = self._markets.by_no[event.market].spec, self._accounts.by_no[fill.account].spot_wallet
        bought, paid = (event.qty, -event.quote) if side is BUY else (-event.qty, event.quote)
        moved = {spec.base: bought, spec.quote: paid}
        moved.setdefault(fill.fee_asset or spec.quote, 0)
        rate = common.pop("rate")
        for asset, flow in moved.items():
            pays = asset == fill.fee_asset
            self._add(
                seq, at, fill.account, kind, wallet, asset, flow=Amount(flow), fee=fill.fee if pays else NOTHING,
                rate=rate if pays else Rate(0), qty=Quantity(flow), **common,
            )  # fmt: skip

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        """What a prevented match moved between two accounts all the same."""
        if not event.moved:
            return
        spec = self._markets.by_no[event.market].spec
        for part, side in ((event.maker, Side(-event.aggressor)), (event.taker, event.aggressor)):
            if part.account in self._accounts.one_wallet:
                wallet = self._accounts.by_no[part.account].spot_wallet
                bought, paid = (event.moved, -event.quote) if side is BUY else (-event.moved, event.quote)
                for asset, flow in ((spec.base, bought), (spec.quote, paid)):
                    self._add(
                        seq, at, part.account, CashKind.TRADE, wallet, asset, flow=Amount(flow), market=event.market,
                        side=side, qty=Quantity(flow), price=event.price, order=part.order,
                    )  # fmt: skip

    # Positions

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        if event.account in self._accounts.one_wallet:
            self._add(
                seq, at, event.account, CashKind.FUNDING, whole_wallet(event.wallet), event.asset,
                funding=event.amount, bonus=Amount(-event.bonus), market=event.market, side=_side(event.qty),
                qty=Quantity(abs(event.qty)), size=event.qty, price=event.mark, rate=event.rate,
            )  # fmt: skip

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.account in self._accounts.one_wallet:
            self._add(
                seq, at, event.account, CashKind.DELIVERY, whole_wallet(event.wallet),
                self._markets.by_no[event.market].spec.settle, flow=event.closed.realised, fee=event.fee,
                bonus=Amount(-event.bonus), market=event.market, side=_side(event.qty), qty=Quantity(abs(event.qty)),
                price=event.price, rate=event.rate,
            )  # fmt: skip

    def _liquidation_fee(self, seq: int, at: Nanos, event: LiquidationFeeCharged) -> None:
        if event.account in self._accounts.one_wallet:
            self._add(
                seq, at, event.account, CashKind.LIQUIDATION, whole_wallet(event.wallet), event.asset,
                fee=event.amount, bonus=Amount(-event.bonus), market=event.market, rate=event.rate,
            )  # fmt: skip

    def _insured(self, seq: int, at: Nanos, event: InsurancePaid) -> None:
        self._moved(seq, at, event.account, CashKind.LIQUIDATION, whole_wallet(event.wallet), event.asset, event.amount)

    # Money alone

    def _moved(
        self, seq: int, at: Nanos, account: AccountNo, kind: CashKind, wallet: str, asset: str, flow: int
    ) -> None:
        if account in self._accounts.one_wallet and flow:
            self._add(seq, at, account, kind, wallet, asset, flow=Amount(flow))

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred) -> None:
        self._moved(seq, at, event.account, CashKind.MOVED_OUT, event.wallet, event.asset, -event.amount)
        self._bonus(seq, at, event.account, event.wallet, event.asset, -event.forfeited)
        self._moved(seq, at, event.to_account, CashKind.MOVED_IN, event.to_wallet, event.asset, event.amount)

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited) -> None:
        self._moved(seq, at, event.account, CashKind.DEPOSIT, event.wallet, event.asset, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn) -> None:
        self._moved(seq, at, event.account, CashKind.WITHDRAWAL, event.wallet, event.asset, -event.amount)
        self._bonus(seq, at, event.account, event.wallet, event.asset, -event.forfeited)

    def _exchanged(self, seq: int, at: Nanos, event: AssetsExchanged) -> None:
        out, into = CashKind.EXCHANGE_OUT, CashKind.EXCHANGE_IN
        self._moved(seq, at, event.account, out, event.wallet, event.asset, -event.amount)
        self._moved(seq, at, event.account, into, event.wallet, event.to_asset, event.to_amount)

    def _granted(self, seq: int, at: Nanos, event: BonusGranted) -> None:
        self._bonus(seq, at, event.account, event.wallet, event.asset, event.amount)

    def _expired(self, seq: int, at: Nanos, event: BonusExpired) -> None:
        self._bonus(seq, at, event.account, event.wallet, event.asset, -event.amount)

    def _bonus(self, seq: int, at: Nanos, account: AccountNo, wallet: str, asset: str, amount: int) -> None:
        if account in self._accounts.one_wallet and amount:
            kind = CashKind.BONUS if amount > 0 else CashKind.BONUS_TAKEN
            self._add(seq, at, account, kind, wallet, asset, flow=Amount(amount), bonus=Amount(amount))


def _side(qty: int) -> Side:
    return BUY if qty > 0 else SELL
