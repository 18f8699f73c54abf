"""What the control API takes and gives. The OpenAPI document is made from these.

Money and prices are decimal strings. Times come in as ISO-8601 or integer nanoseconds and go out as both.
"""

from typing import Literal

import msgspec


class Request(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A body. Unknown members are refused, so that a typo is not silently nothing."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A reply. Members are added, never renamed."""


class Csv(Answer, frozen=True):
    """Rows with a header line, instead of JSON."""

    text: str


class ErrorDetail(Answer, frozen=True):
    """Why something was refused."""

    reason: str
    """One word for programs; for a refused command the engine's own."""
    message: str
    """One sentence for people."""


class Error(Answer, frozen=True):
    """Every refusal of the control API."""

    error: ErrorDetail


class Moment(Answer, frozen=True):
    """An instant of exchange time."""

    iso: str
    ns: int


class Speed(Answer, frozen=True):
    """How fast exchange time runs."""

    asked: str
    """``1x``, ``60x``, ``max`` or ``paused``."""
    reached: float
    """Over the last seconds, as a multiple of wall time."""


class UnservedCall(Answer, frozen=True):
    """A call that clients asked for and that is not served."""

    call: str
    count: int


class Health(Answer, frozen=True):
    """How the exchange is."""

    status: Literal["ok", "storage_failed"]
    storage: Literal["ok", "failed"]
    now: Moment
    mode: str
    """``run`` or ``pause``."""
    speed: Speed
    seq: int
    """The newest record."""
    durable_seq: int
    """The newest record that is safe in the log."""
    sockets: int
    """Open WebSockets."""
    unserved_calls: list[UnservedCall]
    """The most frequent first."""
    read_only: bool = False
    """Whether a past is served, in which nothing can be changed."""
    venues: list[str] = []
    """Which venues are served, as clients know them."""


class LimitUse(Answer, frozen=True):
    """The most that was used of one limit in one of its windows of wall time."""

    pool: str
    """Products of one pool share their limits."""
    limit: str
    """``weight 1M`` of one address, ``orders 10S`` of one account, and so on."""
    allowed: int
    most: int


class CallSpent(Answer, frozen=True):
    """What one call was asked for and weighed."""

    product: str
    call: str
    calls: int
    weight: int
    """Of all of them together."""
    most_calls: int
    """In one minute of wall time."""
    most_weight: int
    """In one minute of wall time."""
    refused: int
    """Turned away by a limit."""


class BudgetReport(Answer, frozen=True):
    """What clients have asked for since the start, against what the venue allows."""

    mode: Literal["off", "headers", "strict"]
    limits: list[LimitUse]
    calls: list[CallSpent]
    """The heaviest first."""
    unserved_calls: list[UnservedCall]
    """The most frequent first."""


class Clock(Answer, frozen=True):
    """The clock as it stands."""

    now: Moment
    mode: str
    speed: Speed


class SetClock(Request):
    """Change how exchange time passes."""

    mode: Literal["pause", "step", "run", "jump"]
    """``jump`` goes on as before once it is there, ``step`` stands still."""
    speed: str | float | None = None
    """``run``: ``1x``, ``60x``, ``max`` or a number; the last one where it is not given."""
    to: str | int | None = None
    """Where to ``jump`` or ``step``: an instant, a duration (``+8h``), or the next ``record``, ``event`` (instant at
    which anything is due), ``fill``, ``funding``, ``expiry``, ``liquidation`` or ``alarm``; a step without it goes to
    the next event. A ``fill`` is one of an account with an open order or a position."""


class BalanceRow(Answer, frozen=True):
    """One asset in one wallet."""

    wallet: str
    asset: str
    free: str
    held: str


class PositionRow(Answer, frozen=True):
    """One position; the quantity is below zero for a short."""

    market: str
    qty: str
    slot: str
    """``net``, or ``long`` and ``short`` of a hedging account."""
    sub_position: int
    """The number of the order that opened a separate position; 0: it is none."""
    entry_price: str
    mark_price: str
    leverage: int
    unrealised: str
    liquidation_price: str


class OrderRow(Answer, frozen=True):
    """One open order."""

    order: int
    client_id: str
    market: str
    side: Literal["buy", "sell"]
    kind: Literal["limit", "market"]
    price: str
    qty: str
    left: str


SelfTrades = Literal["", "none", "expire_taker", "expire_maker", "expire_both", "decrement", "transfer"]


class Options(Answer, frozen=True):
    """What an account chose for itself."""

    trade_group: int
    """Accounts of one group count as one in self-trade prevention; 0: none."""
    self_trade: SelfTrades
    """For orders that say nothing of self-trades; empty: the market's rules."""
    discount_spot: bool
    """Fees of spot are paid in the discount asset where there is enough of it."""
    discount_futures: bool
    cancel_on_disconnect: bool
    """Everything is canceled when the last private stream of the account ends."""


class AccountRow(Answer, frozen=True):
    """One account."""

    name: str
    no: int
    rules: str
    account_class: str
    balances: list[BalanceRow]
    positions: list[PositionRow]
    open_orders: list[OrderRow]
    options: Options
    parent: str
    """The account it is a sub-account of; empty: of none."""


class Accounts(Answer, frozen=True):
    """The accounts of people, in order of opening."""

    accounts: list[AccountRow]


class NewAccount(Request):
    """Open an account."""

    name: str
    rules: str = "binance"
    """The venue under whose rules it trades: ``binance`` or ``bybit``."""
    balances: dict[str, dict[str, str]] = {}
    """What it begins with: wallet → asset → amount."""
    api_key: str | None = None
    """A key of your own; without one a key is made."""
    api_secret: str | None = None
    parent: str | None = None
    """The account it is to be a sub-account of."""


class OpenedAccount(Answer, frozen=True):
    """The account and the key that opens it. The secret is shown this once."""

    name: str
    no: int
    api_key: str
    api_secret: str


class GiveTier(Request):
    """Give an account a tier of the fee tables of its rules, in every market listed by now."""

    account: str
    tier: str
    """Like ``VIP3``."""


class TierRates(Answer, frozen=True):
    """What an account pays in one market, as parts of a value."""

    maker: str
    taker: str


class TierGiven(Answer, frozen=True):
    """What the account pays from now on."""

    seq: int
    account: str
    tier: str
    rates: dict[str, TierRates]
    """By market id."""


class ChangeMarket(Request):
    """Change whether a market trades, or what its reference price is; what is left out stays."""

    market: str
    status: Literal["trading", "halt", "break", "cancel_only", "delisted"] | None = None
    """``delisted`` is for good: orders are canceled and positions settled at the mark."""
    reference_price: str | None = None
    """``0``: what its trades say."""


class MarketChanged(Answer, frozen=True):
    """How the market stands."""

    seq: int
    market: str
    status: str


class ChooseOptions(Request):
    """Choose for an account; what is left out stays as it is."""

    account: str
    trade_group: int | None = None
    self_trade: SelfTrades | None = None
    discount_spot: bool | None = None
    discount_futures: bool | None = None
    cancel_on_disconnect: bool | None = None


class OptionsChosen(Answer, frozen=True):
    """What the account has chosen now."""

    seq: int
    account: str
    options: Options


class DepositRequest(Request):
    """Give an account money."""

    account: str
    wallet: str
    asset: str
    amount: str


class Deposited(Answer, frozen=True):
    """What the account has of it now."""

    seq: int
    account: str
    balance: BalanceRow


class SetIndexRequest(Request):
    """Say what an index stands at: of an asset against USDT, or of the pair a market follows."""

    price: str
    asset: str | None = None
    market: str | None = None


class IndexesSet(Answer, frozen=True):
    """The indexes that stand at the price now."""

    seq: int
    indexes: list[str]
    price: str


class MarketRow(Answer, frozen=True):
    """One market."""

    market: str
    status: str
    best_bid: str | None
    best_ask: str | None
    last: str | None
    mark: str | None
    index: str | None
    expiry: str | None = None
    """When a dated contract is delivered."""
    basis: str | None = None
    """Of a derivative: its last price less its index."""
    annual_basis_rate: str | None = None
    """Of a dated contract: the basis as a part of the index, a year."""


class Standing(Answer, frozen=True):
    """Which past is served, and which there are."""

    seq: int
    """Everything is answered as of this record."""
    now: Moment
    """Exchange time: the instant that was asked for, or that of the record."""
    read_only: bool
    """Whether it can be moved; else this is the newest record of an exchange that goes on."""
    first: int
    last: int
    """The records there are."""


class SetMoment(Request):
    """Which past to serve from now on: after a record, or at an instant; neither: the end of the log."""

    seq: int | None = None
    at: str | int | None = None
    """ISO-8601 or integer nanoseconds."""


class StateAt(Answer, frozen=True):
    """What the exchange was after the last record at or before an instant."""

    seq: int
    at: Moment
    markets: list[MarketRow]
    accounts: list[AccountRow]


class Records(Answer, frozen=True):
    """Stored records as they stand in the log."""

    records: list[msgspec.Raw]
    next: int
    """Where to go on."""


class ExplainedInput(Answer, frozen=True):
    """One number that something is made of."""

    name: str
    """What formulas call it."""
    value: str
    unit: str
    """The asset it is money of, ``price``, ``rate``, or what it counts; empty: a pure number."""
    seq: int
    """The newest record it rests on; 0: none."""
    source: str
    """Which kind of event, rule or bracket it stands in, or the figure it is."""


class ExplainedFigure(Answer, frozen=True):
    """One number and how it came about: its formula over its inputs gives it, to the last digit."""

    name: str
    value: str
    """``none`` where there is no such number: the note says why."""
    unit: str
    seq: int
    """The newest record that any of its inputs rests on."""
    formula: str
    rounding: str
    inputs: list[ExplainedInput]
    note: str


class ExplainedSection(Answer, frozen=True):
    """What belongs together: a position, a wallet, one step of a liquidation."""

    name: str
    seq: int
    """The record it tells of; 0: it is about how things stand."""
    note: str
    facts: list[ExplainedInput]
    """What it starts from."""
    figures: list[ExplainedFigure]


class Explanation(Answer, frozen=True):
    """Why something is what it is. The functions of formulas: docs/how-to/explain-a-liquidation.md."""

    question: str
    seq: int
    """How things stood after this record."""
    at: Moment
    sections: list[ExplainedSection]


class LiquidationRow(Answer, frozen=True):
    """One liquidation."""

    id: int
    name: str
    """``ACCOUNT:N``, the n-th of its account: as good as the id."""
    account: str
    wallet: str
    asset: str
    at: Moment
    started: int
    """The record it began in."""
    finished: int | None
    """The record it ended in; null: it has not."""


class Liquidations(Answer, frozen=True):
    """Liquidations in order of their beginning, the newest thousand."""

    liquidations: list[LiquidationRow]


class WhatIf(Request):
    """Ask how it would have gone for an account; everybody else does what he did."""

    account: str
    leverage: dict[str, int] = {}
    """By market id."""
    margin: dict[str, Literal["isolated", "cross"]] = {}
    """By market id."""
    deposits: dict[str, dict[str, str]] = {}
    """What it would have had more: wallet → asset → amount."""
    before: int | None = None
    """The change comes before this record; before the account's first order where it is not given."""
    until: int | None = None
    """The last record that is run again; the newest where it is not given."""


class EquityPoint(Answer, frozen=True):
    """What an account was worth in one asset after a record that changed it."""

    seq: int
    at: Moment
    asset: str
    equity: str
    """Cash and unrealised profit of all wallets that back positions in it."""


class LiquidationBegun(Answer, frozen=True):
    """A liquidation began."""

    seq: int
    at: Moment
    wallet: str
    asset: str
    balance: str
    maintenance: str


class Course(Answer, frozen=True):
    """How it went for an account from the change on."""

    liquidations: list[LiquidationBegun]
    equity: list[EquityPoint]
    """Where it changed; of very many points evenly chosen ones, the lowest and the last."""
    final: list[ExplainedSection]
    """Its margin at the end."""


class WouldHaveBeen(Answer, frozen=True):
    """How it went, and how it would have gone."""

    account: str
    before: int
    until: int
    change: list[dict[str, str | int | None]]
    """The commands that were put in."""
    engine: str
    """The engine revision the log was begun under: with another one, more than the change may differ."""
    actual: Course
    instead: Course
    """Its records are numbered as those of a log that goes on from the change."""


class PreviewOrder(Request):
    """An order that is only thought of."""

    account: str
    market: str
    side: Literal["buy", "sell"]
    qty: str
    price: str | None = None
    """Of a limit order; a market order where it is not given."""
    slot: Literal["net", "long", "short"] = "net"
    """In hedge mode: which position it is for."""
    reduce_only: bool = False


class OrderCost(Answer, frozen=True):
    """What placing it costs, in the asset the market settles in."""

    margin_price: str
    """What its initial margin is reckoned at."""
    growing: str
    """What of it makes the position larger: the rest costs nothing."""
    initial_margin: str
    open_loss: str
    """What it has lost at the mark when it is filled at its price."""
    total: str
    """The two together."""
    needed: str
    """What must be available: less where the other side of the market is margined already."""
    available: str


class OrderOutcome(Answer, frozen=True):
    """The account once it is filled, whole and at its price, as a taker's; of prices 0 is none."""

    qty: str
    entry_price: str
    fee: str
    realised: str
    margin_balance: str
    """What backs the position, unrealised profit included: of an isolated one its own."""
    maintenance: str
    """What that must not fall to."""
    available: str
    """What may back further orders."""
    call_price: str
    """The mark at which the margin call comes."""
    liquidation_price: str
    bankruptcy_price: str


class OrderPreview(Answer, frozen=True):
    """What would happen, by the engine's own formulas."""

    seq: int
    """The last record the state has seen."""
    price: str
    """Its own, or what a market order is taken to trade at."""
    cost: OrderCost
    refused: str | None
    """Why it would be refused, as far as its position, leverage and money go."""
    max_qty: str
    """The largest order at that price that would not be."""
    after: OrderOutcome
