"""What an account's private stream tells of money, positions and settings.

Everything a step changed for one reason is one ACCOUNT_UPDATE, sent when the step is through. An isolated position has
money of its own: then ``wb`` is all there is of an asset and ``cw`` what is not in such positions.
"""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, margin
from simexchange.core.ledger import owner_of_wallet, wallet_of
from simexchange.core.valuing import unrealised
from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    Fill,
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    InsurancePaid,
    LeverageSet,
    LiquidationFeeCharged,
    MarginCallIssued,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey, key_of, market_of, slot_of
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.modeevents import MarginAdjusted, MarginModeSet
from simexchange.core.vocabulary.orders import PositionMode, Slot
from simexchange.core.vocabulary.poolevents import AssetsExchanged, CollateralModeSet
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import product_of, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.figures import money_or_zero
from simexchange.dialects.binance.usdm.orderwords import POSITION_SIDE, short_price
from simexchange.dialects.binance.usdm.responses import encode
from simexchange.dialects.binance.usdm.symbols import INVERSE, LINEAR, Contracts
from simexchange.projections.income import IncomeKind

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

ALL: Final = 1_000_000
REALISING: Final = (IncomeKind.REALIZED_PNL, IncomeKind.DELIVERED_SETTLEMENT)
"""Income that is a position's profit or loss."""
Told = Iterable[bytes]


class Change:
    """What one ACCOUNT_UPDATE will tell: balance changes other than profit and commission, and positions."""

    __slots__ = ("assets", "positions")

    def __init__(self) -> None:
        self.assets: dict[str, int] = {}
        self.positions: dict[PositionKey, None] = {}

    def money(self, asset: str, amount: int = 0) -> None:
        self.assets[asset] = self.assets.get(asset, 0) + amount


class AccountNews:
    """Money, positions and settings of one account, as its stream of this product tells them."""

    def __init__(self, account: AccountNo, contracts: Contracts = LINEAR) -> None:
        self.account = account
        self._contracts = contracts
        self._head = heading(contracts, account)
        self._changes: dict[str, Change] = {}
        """Reason → change, in the order in which the step made them."""
        self._realised: dict[PositionKey, int] = {}
        """Profit realised so far per position, before fees."""
        self.tell: dict[type, Callable[[Any, Nanos, Views, ExchangeState], Told]] = {
            LeverageSet: self._leverage_set,
            FundingPaid: self._funded,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            MarginAdjusted: self._margin_adjusted,
            MarginModeSet: self._margin_mode_set,
            CollateralModeSet: self._collateral_mode_set,
            AssetsExchanged: self._exchanged,
            MarginCallIssued: self._margin_called,
            PositionDelivered: self._delivered,
        }

    def change(self, reason: str) -> Change:
        """What the step's account update for *reason* will tell."""
        found = self._changes.get(reason)
        if found is None:
            found = self._changes[reason] = Change()
        return found

    def filled(self, spec: Market, market: MarketNo, fill: Fill, views: "Views") -> None:
        """One side of a trade moved money and a position."""
        key: PositionKey = key_of(market, fill.slot, fill.sub)
        change = self.change("ORDER")
        change.money(spec.settle)
        change.money(fill.fee_asset or spec.settle)
        change.positions[key] = None
        self.realise(key, 0 if fill.closed is None else fill.closed.realised, views)

    def realise(self, key: PositionKey, amount: int, views: "Views") -> None:
        """Count realised profit; the sum so far is that of the views, as far as they keep it."""
        if key in self._realised:
            self._realised[key] += amount
        elif slot_of(key):
            fills = views.trades.fills(self.account, market_of(key), limit=ALL)
            self._realised[key] = sum(fill.realised for fill in fills if fill.slot == slot_of(key))
        else:
            lines = views.income.of(self.account, market=market_of(key), limit=ALL)
            self._realised[key] = sum(line.amount for line in lines if line.kind in REALISING)

    def end_of_step(self, at: Nanos, views: "Views", state: "ExchangeState") -> list[bytes]:
        """What the step left the wallet and the positions at: one ACCOUNT_UPDATE per reason."""
        changes, self._changes = self._changes, {}
        return [self._account_update(reason, change, at, views, state) for reason, change in changes.items()]

    def tell_now(self, reason: str, at: Nanos, views: "Views", state: "ExchangeState") -> list[bytes]:
        """The account update for *reason*, as far as the step has come."""
        change = self._changes.pop(reason, None)
        return [] if change is None else [self._account_update(reason, change, at, views, state)]

    def _delivered(self, event: PositionDelivered, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """A delivery has no order here, so only the account update tells of it; it comes as that of an order."""
        spec = self._spec(event.account, event.market, state)
        if spec is not None:
            key: PositionKey = key_of(event.market, event.slot, event.sub)
            change = self.change("ORDER")
            change.money(spec.settle)
            change.positions[key] = None
            self.realise(key, event.closed.realised, views)
        return ()

    # Settings

    def _spec(self, account: AccountNo, market: MarketNo, state: "ExchangeState") -> Market | None:
        """The market, if it is one of this product and the account is this one."""
        spec = state.markets[market].spec
        return spec if account == self.account and product_of(spec) == self._contracts.product else None

    def _leverage_set(self, event: LeverageSet, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        spec = self._spec(event.account, event.market, state)
        if spec is None:
            return ()
        return (frame("ACCOUNT_CONFIG_UPDATE", at, ac={"s": symbol_of(spec), "l": event.leverage}),)

    def _margin_mode_set(self, event: MarginModeSet, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """No money moves, as a mode changes only where nothing is open; what the positions are is told again."""
        if self._spec(event.account, event.market, state) is not None:
            change = self.change("MARGIN_TYPE_CHANGE")
            for slot in slots_of(state.accounts[self.account]):
                change.positions[key_of(event.market, slot)] = None
        return ()

    def _margin_called(self, event: MarginCallIssued, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """The positions of a pool that is near its end; ``cw`` where it is the cross one."""
        if not self._mine(event.account, event.wallet, state):
            return ()
        me, cross = state.accounts[self.account], event.wallet == whole_wallet(event.wallet)
        rows = [
            _called(market.spec, margin.position_state(state, me, market, key), key, cross=cross)
            for key, market in margin.pooled(state, me, event.wallet, event.asset)
        ]
        head = {"cw": print_plain(me.free(event.wallet, event.asset))} if cross else {}
        return (encode({"e": "MARGIN_CALL", "E": millis(at), **self._head, **head, "p": rows}),)

    def _collateral_mode_set(self, event: CollateralModeSet, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        if event.account != self.account or self._contracts is INVERSE:
            return ()
        return (frame("ACCOUNT_CONFIG_UPDATE", at, ai={"j": event.unified}),)

    # Money

    def _exchanged(self, event: AssetsExchanged, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """A debt was bought back with another asset: both balances."""
        if self._mine(event.account, event.wallet, state):
            change = self.change("AUTO_EXCHANGE")
            change.money(event.asset, -event.amount)
            change.money(event.to_asset, event.to_amount)
        return ()

    def _mine(self, account: AccountNo, wallet: str, state: "ExchangeState") -> bool:
        """Whether money moved in this account's margin wallet, or in one of its isolated positions."""
        return account == self.account and whole_wallet(wallet) == self._contracts.wallet(state.accounts[self.account])

    def _margin_adjusted(self, event: MarginAdjusted, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """Between two wallets of the account: the balance stays what it was."""
        if self._mine(event.account, event.wallet, state):
            change = self.change("MARGIN_TRANSFER")
            change.money(event.asset)
            change.positions[key_of(event.market, event.slot, event.sub)] = None
        return ()

    def _funded(self, event: FundingPaid, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """Cross: the balance only. An isolated position is told, too."""
        if self._mine(event.account, event.wallet, state):
            change = self.change("FUNDING_FEE")
            change.money(event.asset, event.amount)
            _with_position(change, event.wallet)
        return ()

    def _deposited(self, event: FundsDeposited, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """From outside money comes into this wallet only by the exchange's own hand; people transfer it."""
        if self._mine(event.account, event.wallet, state):
            self.change("ADMIN_DEPOSIT").money(event.asset, event.amount)
        return ()

    def _withdrawn(self, event: FundsWithdrawn, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        if self._mine(event.account, event.wallet, state):
            self.change("ADMIN_WITHDRAW").money(event.asset, -event.amount)
        return ()

    def _transferred(self, event: FundsTransferred, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        """A transfer from or to another wallet is a deposit or withdrawal of this one."""
        if self._mine(event.account, event.wallet, state):
            self.change("WITHDRAW").money(event.asset, -event.amount)
        if self._mine(event.to_account, event.to_wallet, state):
            self.change("DEPOSIT").money(event.asset, event.amount)
        return ()

    def _liquidation_fee(self, event: LiquidationFeeCharged, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        if self._mine(event.account, event.wallet, state):
            self._cleared(event, -event.amount)
        return ()

    def _insured(self, event: InsurancePaid, at: Nanos, views: "Views", state: "ExchangeState") -> Told:
        if self._mine(event.account, event.wallet, state):
            self._cleared(event, event.amount)
        return ()

    def _cleared(self, event: LiquidationFeeCharged | InsurancePaid, amount: int) -> None:
        """The insurance fund took or gave money: of an isolated position, in its own wallet."""
        change = self.change("INSURANCE_CLEAR")
        change.money(event.asset, amount)
        _with_position(change, event.wallet)

    # What it comes to

    def _account_update(self, reason: str, change: Change, at: Nanos, views: "Views", state: "ExchangeState") -> bytes:
        me = state.accounts[self.account]
        wallet = self._contracts.wallet(me)
        rows = []
        for asset, amount in change.assets.items():
            cross = views.balances.get(self.account, wallet, asset).total
            own = _isolated(me, wallet, asset, views)
            rows.append({
                "a": asset,
                "wb": print_decimal(cross + own),
                "cw": print_decimal(cross),
                "bc": print_plain(amount),
            })  # fmt: skip
        positions = [self._position(key, views, state) for key in change.positions]
        return frame("ACCOUNT_UPDATE", at, **self._head, a={"B": rows, "P": positions, "m": reason})

    def _position(self, key: PositionKey, views: "Views", state: "ExchangeState") -> dict[str, Any]:
        me, market = state.accounts[self.account], state.markets[market_of(key)]
        row, spec = views.positions.get(self.account, key), market.spec
        qty, cost = (row.qty, row.cost) if row is not None else (0, 0)
        taker = views.accounts.fees(self.account, market.no).taker
        isolated = market.no in me.isolated
        own = views.balances.get(self.account, wallet_of(market, me, key), spec.settle).total if isolated else 0
        return {
            "s": symbol_of(spec),
            "pa": print_plain(qty),
            "ep": short_price(display.entry_price(qty, cost, display.contract_of(spec))),
            "cr": print_plain(self._realised.get(key, 0)),
            "up": print_plain(unrealised(spec, qty, cost, margin.price_of(market))),
            "mt": "isolated" if isolated else "cross",
            "iw": money_or_zero(own),
            "ps": POSITION_SIDE[Slot(slot_of(key))],
            "ma": spec.settle,
            "bep": short_price(display.break_even_price(qty, cost, taker, display.contract_of(spec))),
        }


def _with_position(change: Change, wallet: str) -> None:
    """Money of an isolated position's own wallet: it is told, too, be it closed by now, as that wallet is another."""
    key = owner_of_wallet(wallet)
    if key is not None:
        change.positions[key] = None


def _called(spec: Market, held: margin.PositionState, key: PositionKey, *, cross: bool) -> dict[str, Any]:
    """One position of a margin call."""
    return {
        "s": symbol_of(spec),
        "ps": POSITION_SIDE[Slot(slot_of(key))],
        "pa": print_plain(held.qty),
        "mt": "CROSSED" if cross else "ISOLATED",
        "iw": print_plain(held.wallet),
        "mp": print_plain(held.mark),
        "up": print_plain(held.unrealised),
        "mm": print_plain(held.maintenance),
    }


def slots_of(me: "Account") -> tuple[Slot, ...]:
    """The positions an account has in each market, by its mode."""
    return (Slot.NET,) if me.position_mode is PositionMode.ONE_WAY else (Slot.LONG, Slot.SHORT)


def _isolated(me: "Account", wallet: str, asset: str, views: "Views") -> int:
    """What of *asset* is in isolated positions that belong to *wallet*."""
    if not me.isolated:
        return 0
    rows = views.balances.of(me.no)
    own = [row for row in rows if row.asset == asset and row.wallet != wallet]
    return sum(row.total for row in own if whole_wallet(row.wallet) == wallet)


def heading(contracts: Contracts, account: AccountNo) -> dict[str, str]:
    """What orders and balances of COIN-M are headed with: the account's short name."""
    return {"i": alias_of(account)} if contracts is INVERSE else {}


def alias_of(account: int) -> str:
    """The short name by which the venue calls an account: letters that mean nothing."""
    return "".join(chr(ord("A") + byte % 26) for byte in blake2b(b"%d" % account, digest_size=8).digest())


def frame(name: str, at: Nanos, **parts: Any) -> bytes:
    """One event of the stream."""
    return encode({"e": name, "T": millis(at), "E": millis(at), **parts})
