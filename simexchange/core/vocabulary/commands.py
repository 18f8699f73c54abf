"""Commands: what somebody asks the exchange to do. Any of them may be refused.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.families import JoinFamily, ResetAccount, TransferInFamily
from simexchange.core.vocabulary.ids import AccountNo, ListId, MarketNo, OrderId
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import Bundle, Commission, Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.notes import Note
from simexchange.core.vocabulary.orders import (
    AccountClass,
    AccountOption,
    ListKind,
    MarginMode,
    OrderKind,
    Peg,
    PositionMode,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Quantity, Rate


class OpenExchange(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """The first command of every log."""

    seed: int
    start: Nanos


class ListMarket(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """Open a market for trading."""

    market: Market


class AdoptBundle(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=3):
    """Make a venue's account policies known under their name."""

    bundle: Bundle


class SetRules(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=4):
    """Set what a bundle says of one market; a second time, change it."""

    bundle: str
    market: MarketNo
    rules: MarketRules


class OpenAccount(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=5):
    """Open an account under a venue's rules. FUND and HOUSE accounts are opened so, too."""

    name: str
    rules: str
    account_class: AccountClass = AccountClass.USER


class Deposit(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=6):
    """Bring money in from outside."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class Withdraw(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=7):
    """Take money out."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class Transfer(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=8):
    """Move money between wallets; of one account where *to_account* is 0.

    Between accounts only by the exchange's own hand: people do it within a family, by `TransferInFamily`.
    """

    account: AccountNo
    wallet: str
    to_wallet: str
    asset: str
    amount: Amount
    to_account: AccountNo = AccountNo(0)


class ProvideCapital(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=9):
    """Give the insurance fund its opening money."""

    wallet: str
    asset: str
    amount: Amount


class PlaceOrder(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=10):
    """Place one order. ``qty`` is 0 where ``more.quote_qty`` or ``more.close_all`` says how much."""

    account: AccountNo
    market: MarketNo
    side: Side
    kind: OrderKind
    qty: Quantity
    price: Price
    tif: TimeInForce
    client_id: str = ""
    more: Terms | None = None


class CancelOrder(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=11):
    """Cancel one open order of *account* in *market*, by id or, where the id is 0, by client id."""

    account: AccountNo
    market: MarketNo
    order: OrderId = OrderId(0)
    client_id: str = ""
    cancel_id: str = ""
    """What the owner calls the cancel."""


class CancelAll(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=12):
    """Cancel every open order of *account* in *market* (0: in every market), oldest first."""

    account: AccountNo
    market: MarketNo = MarketNo(0)
    gone: bool = False
    """Its owner does not wish it: he is not there any more."""


class SetLeverage(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=13):
    """Change the leverage of an account in a market; with a slot, of its longs or its shorts alone."""

    account: AccountNo
    market: MarketNo
    leverage: int
    slot: Slot = Slot.NET


class SetMarginMode(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=14):
    """Change whose money backs the position of an account in a market."""

    account: AccountNo
    market: MarketNo
    """0: in every derivative, those listed later, too; cross margin of rules that pool assets is of the pool."""
    mode: MarginMode


class SetPositionMode(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=15):
    """Change between one signed position per market, a long and a short, and separate ones in each slot."""

    account: AccountNo
    mode: PositionMode
    market: MarketNo = MarketNo(0)
    """Only here; 0: everywhere, or as *settle* says."""
    settle: str = ""
    """Only in linear perpetuals settled in it: in those where nothing is open, and in those listed later."""


class AdjustMargin(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=39):
    """Move margin from an account's wallet into the own one of an isolated position, or out of it: below zero."""

    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    """The number of the order that opened a separate position; 0: it is none."""
    amount: Amount


class SetAutoMargin(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=40):
    """Say whether an isolated position is helped from the account's wallet before it is liquidated."""

    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    on: bool


class SetIndex(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=16):
    """Say what an index (``BTC-USDT``) stands at. Marks follow at once."""

    index: str
    price: Price
    frozen: bool = False
    """True where the source has gone quiet: nobody is liquidated on it."""


class SetMark(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=17):
    """Say what the mark price of one market is, instead of the formula."""

    market: MarketNo
    price: Price


class PassTime(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=18):
    """It is now the instant of this record, at which something is due."""


class SetMarketStatus(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=19):
    """Halt or resume a market."""

    market: MarketNo
    status: MarketStatus


class SetFees(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=20):
    """Give one account its own standard rates in one market (0: in every market of its rules).

    Special and tax commissions stay what the market's rules say where they are not given.
    """

    account: AccountNo
    market: MarketNo
    maker: Rate
    taker: Rate
    buyer: Rate = Rate(0)
    seller: Rate = Rate(0)
    special: Commission | None = None
    tax: Commission | None = None


class Liquidate(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=21):
    """Engine step: take the next step of the liquidation of what one account holds in one wallet and asset."""

    account: AccountNo
    wallet: str
    asset: str


class SettleFunding(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=22):
    """Engine step: pay funding for the next (at most 500) positions of a market."""

    market: MarketNo


class UnwindFund(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=23):
    """Engine step: the insurance fund sells what it took over, in one market."""

    market: MarketNo


class AdjustBook(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=24):
    """One depth frame of a tape or mirror: absolute sizes per price, 0 removes.

    With *snapshot* every level not named is removed.
    """

    market: MarketNo
    bids: Levels
    asks: Levels
    snapshot: bool = False
    touch: bool = False
    """The frame says only what is best on each side: everything better than its one level is gone."""
    resilience: Nanos = Nanos(0)
    """With *snapshot*: how long what a user took stays gone unless the tape changes it; below 0: until it does."""


class PrintTrade(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=25):
    """One print of a tape: somebody traded *qty* at *price*, *aggressor* taking."""

    market: MarketNo
    price: Price
    qty: Quantity
    aggressor: Side


class DescribeHistory(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=26):
    """Say from what the flagged candles before the start are made."""

    index: str
    seed: int
    model: str
    span: Nanos
    join: Price
    digest: str


class NoteFeed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=27):
    """A feed says something about itself: where a tape was put in time, a gap, a reseed, an end."""

    feed: str
    what: str
    detail: str = ""


class AmendOrder(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=31):
    """Make one open order smaller without costing it its place: *qty* is its whole size from now on.

    The order is named by id or, where the id is 0, by client id.
    """

    account: AccountNo
    market: MarketNo
    qty: Quantity
    order: OrderId = OrderId(0)
    client_id: str = ""
    new_client_id: str = ""
    """Empty: it keeps the one it has."""


class ModifyOrder(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=32):
    """Give one resting limit order of a derivative another size or price; it works anew, behind everything there."""

    account: AccountNo
    market: MarketNo
    qty: Quantity
    price: Price
    order: OrderId = OrderId(0)
    client_id: str = ""
    peg: Peg | None = None
    """Where the price is to be taken from the book."""
    label: int = 0
    """A number of the client's own for this change, told with it; 0: none."""
    anywhere: bool = False
    """Orders of spot and sleeping ones may be changed so, too, and *price* of a sleeping market order is 0."""
    more: Terms | None = None
    """The terms it has from now on, which differ in trigger and attached prices alone; None: its own."""


class SetAccountOption(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=33):
    """Choose something for an account: its trade group, who pays fees how, what self-trades do."""

    account: AccountNo
    option: AccountOption
    value: int


class FireTrigger(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=28):
    """Engine step: the price woke an order; it becomes what it is to be, and works."""

    order: OrderId


class ProtectPosition(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=34):
    """Say what a position is protected by from now on, instead of what protected it: None takes away.

    With *qty* so much of it is protected besides, by orders of their own that what was there does not end.
    """

    account: AccountNo
    market: MarketNo
    slot: Slot = Slot.NET
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None
    sub: int = 0
    """The number of the order that opened a separate position; 0: it is none."""
    trailing: Trigger | None = None
    """A stop that trails, beside the other two; of a whole position only."""
    qty: Quantity = Quantity(0)
    """0: all of it, whatever its size will be."""
    keep: bool = False
    """What protects it whole already and says the same stays the order it is."""


class SetReferencePrice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=36):
    """Say what the reference price of a spot market is, in place of what its trades say; 0: no more."""

    market: MarketNo
    price: Price


class CloseMarket(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=38):
    """Engine step: cancel the next orders of a delisted market, or settle its next positions; at most 500."""

    market: MarketNo


class SetAssetLimit(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=37):
    """Bound what one order of *account* may move of *asset*, as base by quantity, as quote by worth; 0: no bound."""

    account: AccountNo
    asset: str
    most: Amount


class SetCollateralMode(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=45):
    """Let every asset of an account's derivatives wallet back every position there, or each asset its own again."""

    account: AccountNo
    unified: bool


class ExchangeAssets(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=46):
    """Engine step: buy back what an account owes in a shared wallet with what else is there."""

    account: AccountNo
    wallet: str


class GrantBonus(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=47):
    """Give an account bonus money: it is margin and pays what the rules say, and is never taken out."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class ExpireBonus(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=48):
    """Take bonus money back: *amount* of it as far as it is still there; 0: all of it."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount = Amount(0)


class Leg(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One order of a list: what `PlaceOrder` says, less whose it is and where."""

    side: Side
    kind: OrderKind
    qty: Quantity
    """0 for the waiting legs of a list that pays for them."""
    price: Price
    tif: TimeInForce
    client_id: str = ""
    more: Terms | None = None


class PlaceList(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=29):
    """Place orders that hang together, all of them or none.

    OCO: the two legs. OTO and OPO: the working leg, then the one that waits for it; OTOCO and OPOCO: then the two.
    """

    account: AccountNo
    market: MarketNo
    kind: ListKind
    legs: tuple[Leg, ...]
    client_id: str = ""


class CancelList(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=30):
    """Cancel what is open of one list of *account* in *market*, by id or, where the id is 0, by client id."""

    account: AccountNo
    market: MarketNo
    order_list: ListId = ListId(0)
    client_id: str = ""
    cancel_id: str = ""
    """What the owner calls the cancel."""


class StartLegs(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=35):
    """Engine step: the working leg of a list is filled, so those that waited for it begin."""

    account: AccountNo
    order_list: ListId


class SetConstituents(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=55):
    """Say what an index is made of; empty: nothing, it is set again. Sources that stay keep what they said last."""

    index: str
    constituents: tuple[Constituent, ...]
    stale_after: Nanos = Nanos(10 * SECOND)
    """A source that has said nothing for so long does not count (Binance FAQ 360033525071: ten seconds)."""
    deviation: Rate = Rate(5_000_000)
    """How far from the median a price may be: 5 %, likewise."""


class SetSourcePrice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=56):
    """Say what one source of an index says. The index and the marks follow at once."""

    index: str
    source: str
    price: Price


class SetFunding(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=57):
    """Change the funding of a perpetual; the running interval ends as it began."""

    market: MarketNo
    interval: Nanos
    cap: Rate
    floor: Rate
    interest: Rate


class Deleverage(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=50):
    """Engine step: the other side takes what a liquidation left, or what the fund gives up, by rank."""

    account: AccountNo
    market: MarketNo
    slot: Slot = Slot.NET
    sub: int = 0


class SetFundPolicy(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=51):
    """Say what the insurance fund may lose of an asset, and how long it keeps what it took over."""

    asset: str
    floor: Amount = Amount(0)
    """Cash plus unrealised profit that no takeover may bring it below; below zero: it may owe so much."""
    patience: Nanos = Nanos(0)
    """After this time the other side takes what the fund could not sell; 0: it keeps it until somebody buys."""


Command = (
    OpenExchange
    | ListMarket
    | AdoptBundle
    | SetRules
    | OpenAccount
    | Deposit
    | Withdraw
    | Transfer
    | ProvideCapital
    | PlaceOrder
    | CancelOrder
    | CancelAll
    | SetLeverage
    | SetMarginMode
    | SetPositionMode
    | SetIndex
    | SetMark
    | PassTime
    | SetMarketStatus
    | SetFees
    | Liquidate
    | SettleFunding
    | UnwindFund
    | AdjustBook
    | PrintTrade
    | DescribeHistory
    | NoteFeed
    | AmendOrder
    | ModifyOrder
    | SetAccountOption
    | FireTrigger
    | ProtectPosition
    | SetReferencePrice
    | CloseMarket
    | SetAssetLimit
    | PlaceList
    | CancelList
    | StartLegs
    | SetConstituents
    | SetSourcePrice
    | SetFunding
    | AdjustMargin
    | SetAutoMargin
    | SetCollateralMode
    | ExchangeAssets
    | GrantBonus
    | ExpireBonus
    | Deleverage
    | SetFundPolicy
    | JoinFamily
    | ResetAccount
    | TransferInFamily
    | Note
)
