"""Events: what happened. Only the engine makes them, and they are never refused.

They carry finished numbers: whoever reads them adds, never multiplies. Fields are positional in the log
(``array_like``) and are only ever appended, each with a default. Amounts are in 10**-8, costs in 10**-16.
"""

import msgspec

from simexchange.core.vocabulary import bonuses, families, modeevents, notes, poolevents, priceevents, settingevents
from simexchange.core.vocabulary.deliveries import ContractFollowed, DeliveryClosed, DeliveryPriceSet, PositionDelivered
from simexchange.core.vocabulary.fills import Fill as Fill, Prevented
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, ListId, MarketNo, OrderId, PositionId, TradeId
from simexchange.core.vocabulary.indexes import Share
from simexchange.core.vocabulary.levels import NO_LEVELS, Levels
from simexchange.core.vocabulary.liquidations import (
    FundPolicySet as FundPolicySet,
    InsurancePaid as InsurancePaid,
    LiquidationFeeCharged as LiquidationFeeCharged,
    LiquidationFinished as LiquidationFinished,
    LiquidationStarted as LiquidationStarted,
    LiquidationStepDecided as LiquidationStepDecided,
    MarginCallEnded as MarginCallEnded,
    MarginCallIssued as MarginCallIssued,
    PositionDeleveraged as PositionDeleveraged,
)
from simexchange.core.vocabulary.markets import Bundle, Commission, Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import (
    AccountClass,
    AccountOption,
    EndReason,
    ListKind,
    OrderKind,
    Peg,
    SelfTrade,
    Side,
    Slot,
    Terms,
    TimeInForce,
    TradeKind,
    Trigger,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate


class ExchangeOpened(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """The exchange began, at *start* of its own time."""

    seed: int
    start: Nanos


class MarketListed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """A market was listed and got its number."""

    no: MarketNo
    market: Market


class BundleAdopted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=3):
    """A venue's account policies became known."""

    bundle: Bundle


class RulesSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=4):
    """A bundle's rules for one market were set or changed."""

    bundle: str
    market: MarketNo
    rules: MarketRules


class AccountOpened(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=5):
    """An account was opened and got its number."""

    no: AccountNo
    name: str
    rules: str
    account_class: AccountClass


class FundsDeposited(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=6):
    """Money came in from outside."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class FundsWithdrawn(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=7):
    """Money went out."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    forfeited: Amount = Amount(0)
    """Bonus money that was there and went back to marketing, because own money left."""


class FundsTransferred(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=8):
    """Money moved between two wallets."""

    account: AccountNo
    wallet: str
    to_account: AccountNo
    to_wallet: str
    asset: str
    amount: Amount
    forfeited: Amount = Amount(0)


class CapitalProvided(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=9):
    """The insurance fund got money of its own."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class OrderAccepted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=10):
    """An order was taken in. On a spot market *hold* left the free balance (of quote for a buy, of base for a sell)."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    side: Side
    kind: OrderKind
    qty: Quantity
    """The order's size; for a market order by value, what its value bought or sold."""
    price: Price
    tif: TimeInForce
    client_id: str
    hold: Amount
    more: Terms | None = None


class OrderRejected(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=11):
    """An order was refused. It used up an order id, and changes nothing else."""

    order: OrderId
    reason: RejectReason
    account: AccountNo
    market: MarketNo
    side: Side
    kind: OrderKind
    qty: Quantity
    price: Price
    tif: TimeInForce
    client_id: str
    more: Terms | None = None


class OrderRested(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=12):
    """What was left of an order went into the book, behind everything at its price."""

    order: OrderId
    market: MarketNo
    left: Quantity


class TradeExecuted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=13):
    """Two sides traded, at the maker's price. A TAKEOVER is a bankrupt's with the fund and not on the tape."""

    market: MarketNo
    trade: TradeId
    price: Price
    qty: Quantity
    quote: Amount
    """What was traded is worth: price × qty in quote; of inverse contracts qty × contract size ÷ price in coin. Rounded
    down once for both sides."""
    aggressor: Side
    taker: Fill
    maker: Fill
    kind: TradeKind = TradeKind.TRADE
    routed: MarketNo = MarketNo(0)
    """Smart order routing: the market the taker's order was sent to, in whose quote it is settled; else 0."""
    allocation: int = 0
    """The number of the taker's allocation in that market, from 1; else 0."""


class OrderCanceled(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=14):
    """An open order was taken out on somebody's wish; *released* went back to the free balance."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    left: Quantity
    released: Amount
    reason: EndReason
    cancel_id: str = ""
    """What its owner calls the cancel; empty: nothing."""


class OrderExpired(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=15):
    """An order ended by a rule; *released* went back to the free balance."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    left: Quantity
    released: Amount
    reason: EndReason
    refused: RejectReason | None = None
    """With TRIGGER_REFUSED: the check it failed when its trigger came."""


class CommandRefused(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=16):
    """A command other than an order was refused. Nothing changed."""

    command: str
    account: AccountNo
    reason: RejectReason
    detail: str = ""


class LeverageSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=17):
    """An account's leverage in a market was changed, or that of one slot of it."""

    account: AccountNo
    market: MarketNo
    leverage: int
    slot: Slot = Slot.NET


class IndexSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=18):
    """An index has a new value. *source*: feed, operator, constituents, spot (mid of the spot market) or self."""

    index: str
    price: Price
    source: str
    frozen: bool = False
    """Nobody is liquidated on it: its source, or all of its constituents, went quiet."""
    shares: tuple[Share, ...] = ()
    """Made of constituents: Σ weight × price ÷ Σ weight, or where no weight is above zero the median."""


class MarkSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=19):
    """A market has a new mark price, made from the numbers beside it."""

    market: MarketNo
    mark: Price
    index: Price
    basis: Price
    """(best bid + best ask) / 2 − index at this sample; the moving average is taken over these.

    Where the formula averages a ratio (`MarkFormula.AVERAGE_RATIO`): (impact mid − index) ÷ index.
    """
    premium: Rate
    """Premium index at this sample."""
    told: bool = False
    """Somebody said what the mark is; it was not made by the formula."""


class FundingRateSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=20):
    """A funding instant came: every position held now pays or receives *rate* of its worth at *mark*."""

    market: MarketNo
    rate: Rate
    mark: Price
    premium: Rate
    """Weighted average premium the rate was made from."""
    next_at: Nanos


class FundingPaid(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=21):
    """One position paid (below zero) or received funding."""

    account: AccountNo
    market: MarketNo
    position: PositionId
    qty: Quantity
    amount: Amount
    wallet: str
    asset: str
    rate: Rate
    mark: Price
    bonus: Amount = Amount(0)
    """What of it bonus money paid."""


class FundingClosed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=22):
    """Everybody has paid and received; what rounding left goes to dust."""

    market: MarketNo
    asset: str
    dust: Amount


class MarketStatusSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=27):
    """A market was halted or resumed."""

    market: MarketNo
    status: MarketStatus


class FeesSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=28):
    """An account got its own rates."""

    account: AccountNo
    market: MarketNo
    maker: Rate
    taker: Rate
    buyer: Rate = Rate(0)
    seller: Rate = Rate(0)
    special: Commission | None = None
    """None: what the market's rules say. *tax* likewise."""
    tax: Commission | None = None


class BookAdjusted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=29):
    """The tape's account changed what it offers: sizes of its own orders per price, as they stand now.

    A size that grew did so by a new order behind everything at its price; one that fell lost its youngest orders first.
    """

    market: MarketNo
    bids: Levels
    asks: Levels
    snapshot: bool = False
    """Every level not named is gone."""
    suppressed_bids: Levels = NO_LEVELS
    """Recorded sizes where they differ from what stands in the book: mostly because it would cross a user's order."""
    suppressed_asks: Levels = NO_LEVELS
    touch: bool = False
    """It happened between two depth frames: the next one has the last word on these levels."""
    resilience: Nanos = Nanos(0)


class TapePrinted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=30):
    """A print of the tape between parties nobody here knows: it is on the tape and moves nobody's position."""

    market: MarketNo
    trade: TradeId
    price: Price
    qty: Quantity
    quote: Amount
    aggressor: Side
    ghosts: Quantity = Quantity(0)
    """How much of it came out of the tape's own orders in the book."""


class HistoryDescribed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=31):
    """From what the flagged candles before the start are made."""

    index: str
    seed: int
    model: str
    span: Nanos
    join: Price
    digest: str


class FeedNoted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=32):
    """A feed said something about itself."""

    feed: str
    what: str
    detail: str = ""


class OrderReplenished(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=38):
    """What an iceberg showed is used up: its next slice stands behind everything at its price."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    shown: Quantity
    left: Quantity
    """What of the order is still unfilled, the slice included."""


class TradePrevented(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=39):
    """An order met one of its own account or trade group. A side with nothing left ends with its `OrderExpired`."""

    market: MarketNo
    prevention: int
    """Counted per market; the first is 0, as Binance counts (STP FAQ, scenario B, seen 2026-11)."""
    price: Price
    """The maker's: what they would have traded at."""
    mode: SelfTrade
    """What was done: TRANSFER of an order that the other side does not answer in kind is DECREMENT."""
    aggressor: Side
    taker: Prevented
    maker: Prevented
    group: int = 0
    """The trade group of both, 0: the accounts have none."""
    moved: Quantity = Quantity(0)
    """TRANSFER between two accounts: how much went from the seller to the buyer, without commission."""
    quote: Amount = Amount(0)
    """What went back for it: price × moved, rounded down."""


class OrderAmended(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=40):
    """An open order was made smaller, or brings other prices along, where it stands; *released* is free again."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    qty: Quantity
    """Its whole size from now on."""
    left: Quantity
    hidden: Quantity
    """What of *left* the book does not show."""
    released: Amount
    client_id: str
    """Its client id from now on."""
    more: Terms | None = None
    """The terms it has from now on; None: its own."""


class OrderModified(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=41):
    """An order has another size or price. A resting one was taken out of the book for it and works anew."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    qty: Quantity
    price: Price
    left: Quantity
    peg: Peg | None = None
    """The level of the book that gave the price; None where it was said."""
    label: int = 0
    """The client's own number for the change; 0: none."""
    released: Amount = Amount(0)
    """Spot: what of its hold went back to the free balance; below zero: was taken."""
    more: Terms | None = None
    """The terms it has from now on; None: its own."""


class AccountOptionSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=42):
    """An account chose something for itself."""

    account: AccountNo
    option: AccountOption
    value: int


class OrderTriggered(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=33):
    """A sleeping order woke, and is this from now on. It works next, or ends where the checks of a new order refuse it.

    Of a spot order *released* went back from its hold to the free balance (below zero: was taken), *hold* is what it
    holds now.
    """

    order: OrderId
    account: AccountNo
    market: MarketNo
    kind: OrderKind
    qty: Quantity
    """What it will trade: of a close-all what there is to close, of a reduce-only one trimmed to it."""
    price: Price
    hold: Amount
    released: Amount = Amount(0)


class TrailingStarted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=34):
    """A trailing order began to follow the price, at *price*."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    price: Price


class PositionProtected(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=43):
    """A position is protected by these from now on; the sleeping orders that do it follow.

    With *order* it is what was attached to that order, at its first fill; both None where that opened no position.
    """

    account: AccountNo
    market: MarketNo
    slot: Slot
    take_profit: Trigger | None
    stop_loss: Trigger | None
    order: OrderId = NO_ORDER
    sub: int = 0
    trailing: Trigger | None = None
    qty: Quantity = Quantity(0)
    """How much of it, besides; 0: all of it, instead of what protected it whole."""


class ListAccepted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=35):
    """A list was taken in; the acceptance of each of its orders follows."""

    order_list: ListId
    account: AccountNo
    market: MarketNo
    kind: ListKind
    client_id: str
    orders: tuple[OrderId, ...]
    """In the order of the legs: of all but OCO the working one first."""


class ListEnded(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=36):
    """Nothing of a list is open any more."""

    order_list: ListId
    account: AccountNo
    market: MarketNo
    reason: EndReason | None = None
    """Why the leg ended that ended the list; None: its last one was filled."""


class LegStarted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=37):
    """A leg that had waited for another begins: it works, or sleeps until its trigger comes."""

    order: OrderId
    account: AccountNo
    market: MarketNo
    qty: Quantity
    """Its size: of a list that pays for its legs, what the working one brought."""
    hold: Amount
    """What it holds from now on."""
    held: Amount
    """What left the free balance for that; below zero where it had held more than it needs."""
    price: Price = Price(0)
    """What a pegged one got from the book; 0: the price it was sent with."""


class ProceedsLocked(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=48):
    """What a fill of a working leg brought was put aside for the leg it pays for."""

    order: OrderId
    """The waiting leg that holds it."""
    account: AccountNo
    market: MarketNo
    amount: Amount


Event = (
    ExchangeOpened | MarketListed | BundleAdopted | RulesSet | AccountOpened | FundsDeposited | FundsWithdrawn
    | FundsTransferred | CapitalProvided | OrderAccepted | OrderRejected | OrderRested | TradeExecuted | OrderCanceled
    | OrderExpired | CommandRefused | LeverageSet | IndexSet | MarkSet | FundingRateSet | FundingPaid
    | FundingClosed | LiquidationStarted | LiquidationFeeCharged | InsurancePaid | LiquidationFinished
    | MarketStatusSet | FeesSet | BookAdjusted | TapePrinted | HistoryDescribed | FeedNoted | OrderReplenished
    | TradePrevented | OrderAmended | OrderModified | AccountOptionSet | OrderTriggered | TrailingStarted
    | PositionProtected | settingevents.ReferencePriceSet | settingevents.AssetLimitSet | ListAccepted | ListEnded
    | LegStarted | ProceedsLocked
    | priceevents.ConstituentsSet | priceevents.SourcePriced | priceevents.SourceDropped | priceevents.FundingTermsSet
    | priceevents.FundingTermsBegan | DeliveryPriceSet | PositionDelivered | DeliveryClosed | ContractFollowed
    | modeevents.MarginModeSet | modeevents.PositionModeSet | modeevents.MarginAdjusted | modeevents.AutoMarginSet
    | poolevents.PoolEvent | bonuses.BonusEvent
    | LiquidationStepDecided | PositionDeleveraged | MarginCallIssued | MarginCallEnded | FundPolicySet
    | families.FamilyEvent | notes.NoteEvent
)  # fmt: skip
