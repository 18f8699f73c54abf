"""Who has an account here, under whose rules, with which leverage and fees."""

import msgspec

from simexchange.core.choices import hedges_by_coin
from simexchange.core.vocabulary.deliveries import ContractFollowed
from simexchange.core.vocabulary.events import (
    AccountOpened,
    AccountOptionSet,
    FeesSet,
    LeverageSet,
    MarketListed,
)
from simexchange.core.vocabulary.families import FamilyJoined
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey, key_of, market_of, slot_of
from simexchange.core.vocabulary.markets import Commission, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.modeevents import MarginModeSet, PositionModeSet
from simexchange.core.vocabulary.orders import AccountClass, AccountOption, MarginMode, PositionMode, Slot
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView

EVERY_MARKET = MarketNo(0)


class FeeRates(msgspec.Struct, frozen=True, gc=False):
    """What an account pays per trade, at 10**-8; a rebate is below zero."""

    maker: Rate
    taker: Rate
    buyer: Rate = Rate(0)
    """Added to maker or taker where the account buys; *seller* where it sells."""
    seller: Rate = Rate(0)
    special: Commission | None = None
    """Commissions beside the standard ones; None: there are none. *tax* likewise."""
    tax: Commission | None = None


class AccountRow(msgspec.Struct):
    """One account as it stands."""

    no: AccountNo
    name: str
    rules: str
    """Name of the bundle it trades under."""
    account_class: AccountClass
    opened_at: Nanos
    leverage: dict[PositionKey, int]
    """Only where it was set: see `AccountsView.leverage`."""
    fees: dict[MarketNo, FeeRates]
    """Only where it was set, 0 = every market: see `AccountsView.fees`."""
    linear_wallet: str = "usdm"
    """The wallet that backs positions in linear markets."""
    inverse_wallet: str = "coinm"
    spot_wallet: str = "spot"
    """Where its spot trades settle."""
    options: dict[AccountOption, int] = msgspec.field(default_factory=dict)
    """Only what was chosen: see `AccountsView.option`."""
    isolated: dict[MarketNo, None] = msgspec.field(default_factory=dict)
    """Markets where each of its positions has margin of its own."""
    isolates: bool = False
    """Whether markets to be listed will be among them."""
    position_mode: PositionMode = PositionMode.ONE_WAY
    """Where no market has one of its own: see `AccountsView.position_mode`."""
    modes: dict[MarketNo, PositionMode] = msgspec.field(default_factory=dict)
    coin_modes: dict[str, PositionMode] = msgspec.field(default_factory=dict)
    """That of linear perpetuals to be listed, by what they settle in."""
    parent: AccountNo = AccountNo(0)
    """The account it is a sub-account of; 0: of none."""
    children: list[AccountNo] = msgspec.field(default_factory=list)
    """Its sub-accounts, in order of joining."""


class AccountsView(Projection):
    """Accounts by number and name. Other projections ask it whose history is kept."""

    __slots__ = ("_listed", "_markets", "by_name", "by_no", "funds", "house", "kept", "one_wallet", "users")

    def __init__(self, markets: MarketsView) -> None:
        super().__init__()
        self._markets = markets
        self._listed: dict[MarketNo, Market] = {}
        """The derivatives there are."""
        self.by_no: dict[AccountNo, AccountRow] = {}
        """In order of opening."""
        self.by_name: dict[str, AccountRow] = {}
        self.users: set[AccountNo] = set()
        """USER accounts: closed orders, fills and income are kept for them. For membership tests only."""
        self.one_wallet: set[AccountNo] = set()
        """USER accounts that have one wallet for every market: their money is told as one book, and what each closing
        order came to. For membership tests only."""
        self.kept: set[AccountNo] = set()
        """USER and FUND accounts: balances and positions are told for them. For membership tests only."""
        self.funds: set[AccountNo] = set()
        """FUND accounts. For membership tests only."""
        self.house: set[AccountNo] = set()
        """Accounts of tapes. For membership tests only."""
        self.handlers = {
            AccountOpened: self._opened,
            LeverageSet: self._leverage_set,
            FeesSet: self._fees_set,
            AccountOptionSet: self._option_set,
            ContractFollowed: self._followed,
            MarginModeSet: self._margin_mode_set,
            PositionModeSet: self._position_mode_set,
            MarketListed: self._market_listed,
            FamilyJoined: self._joined,
        }

    def all(self, account_class: AccountClass | None = None) -> list[AccountRow]:
        """Every account in order of opening; with *account_class*, those of it."""
        rows = self.by_no.values()
        return [row for row in rows if account_class is None or row.account_class is account_class]

    def leverage(self, account: AccountNo, key: PositionKey) -> int:
        """The leverage in force: the account's own of the slot or the market, else its rules' default, else 1."""
        row = self.by_no[account]
        market = market_of(key)
        own = row.leverage.get(key_of(market, slot_of(key)), row.leverage.get(market))
        if own is not None:
            return own
        rules = self._markets.rules(row.rules, market)
        return rules.default_leverage if rules is not None else 1

    def fees(self, account: AccountNo, market: MarketNo) -> FeeRates:
        """The rates in force: the account's own in this market, its own everywhere, else its rules', else none."""
        row = self.by_no[account]
        own = row.fees.get(market) or row.fees.get(EVERY_MARKET)
        rules = self._markets.rules(row.rules, market)
        if own is not None:
            # Special and tax commissions stay the rules' where the account was given none of its own.
            special = own.special or (rules.special if rules is not None else None)
            tax = own.tax or (rules.tax if rules is not None else None)
            return FeeRates(own.maker, own.taker, own.buyer, own.seller, special, tax)
        return FeeRates(Rate(0), Rate(0)) if rules is None else rates_of(rules)

    def option(self, account: AccountNo, option: AccountOption) -> int:
        """What the account chose; 0 where it never did."""
        return self.by_no[account].options.get(option, 0)

    def position_mode(self, account: AccountNo, market: MarketNo) -> PositionMode:
        """How many positions the account has in *market*."""
        row = self.by_no[account]
        return row.modes.get(market, row.position_mode)

    def margin_wallet(self, account: AccountNo, market: MarketNo) -> str:
        """The wallet that backs the account's positions in *market*, a derivative."""
        row = self.by_no[account]
        inverse = self._markets.by_no[market].spec.inverse
        return row.inverse_wallet if inverse else row.linear_wallet

    def _opened(self, seq: int, at: Nanos, event: AccountOpened) -> None:
        row = AccountRow(event.no, event.name, event.rules, event.account_class, at, {}, {})
        bundle = self._markets.bundles.get(event.rules)
        if bundle is not None:
            row.linear_wallet, row.inverse_wallet = bundle.linear_wallet, bundle.inverse_wallet
            row.spot_wallet = bundle.spot_wallet
        self.by_no[event.no] = row
        self.by_name[event.name] = row
        if event.account_class is AccountClass.USER:
            self.users.add(event.no)
            if row.spot_wallet == row.linear_wallet == row.inverse_wallet:
                self.one_wallet.add(event.no)
        if event.account_class is AccountClass.FUND:
            self.funds.add(event.no)
        if event.account_class in (AccountClass.USER, AccountClass.FUND):
            self.kept.add(event.no)
        if event.account_class is AccountClass.HOUSE:
            self.house.add(event.no)

    def _joined(self, seq: int, at: Nanos, event: FamilyJoined) -> None:
        self.by_no[event.account].parent = event.parent
        self.by_no[event.parent].children.append(event.account)

    def _leverage_set(self, seq: int, at: Nanos, event: LeverageSet) -> None:
        leverage = self.by_no[event.account].leverage
        if not event.slot:
            # Said of the market it holds for both its slots.
            for slot in (Slot.LONG, Slot.SHORT):
                leverage.pop(key_of(event.market, slot), None)
        leverage[key_of(event.market, event.slot)] = event.leverage

    def _margin_mode_set(self, seq: int, at: Nanos, event: MarginModeSet) -> None:
        row = self.by_no[event.account]
        isolated = row.isolated
        if not event.market:
            row.isolates = event.mode is MarginMode.ISOLATED
            row.isolated = dict.fromkeys(self._listed) if row.isolates else {}
        elif event.mode is MarginMode.ISOLATED:
            isolated[event.market] = None
        else:
            isolated.pop(event.market, None)

    def _position_mode_set(self, seq: int, at: Nanos, event: PositionModeSet) -> None:
        row = self.by_no[event.account]
        if event.settle:
            row.coin_modes[event.settle] = event.mode
        elif event.market:
            row.modes[event.market] = event.mode
        else:
            row.position_mode = event.mode
            row.modes.clear()
            row.coin_modes.clear()

    def _market_listed(self, seq: int, at: Nanos, event: MarketListed) -> None:
        """A derivative is new: it is for each account as that said of markets to be listed."""
        spec, known = event.market, event.no in self._listed
        if spec.kind is MarketKind.SPOT:
            return
        self._listed[event.no] = spec
        for row in () if known else self.by_no.values():
            if row.isolates:
                row.isolated[event.no] = None
            if spec.settle in row.coin_modes and hedges_by_coin(spec):
                row.modes[event.no] = row.coin_modes[spec.settle]

    def _fees_set(self, seq: int, at: Nanos, event: FeesSet) -> None:
        self.by_no[event.account].fees[event.market] = FeeRates(
            event.maker, event.taker, event.buyer, event.seller, event.special, event.tax
        )

    def _followed(self, seq: int, at: Nanos, event: ContractFollowed) -> None:
        for row in self.by_no.values():
            own = row.fees.get(event.after)
            if own is not None:
                row.fees[event.market] = own

    def _option_set(self, seq: int, at: Nanos, event: AccountOptionSet) -> None:
        self.by_no[event.account].options[event.option] = event.value


def rates_of(rules: MarketRules) -> FeeRates:
    """What *rules* charge who has no rates of his own."""
    return FeeRates(rules.maker, rules.taker, rules.buyer, rules.seller, rules.special, rules.tax)
