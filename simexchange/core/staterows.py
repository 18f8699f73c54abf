"""The rows of a state's one form: positional, like everything that is stored. See `canonical`."""

from __future__ import annotations

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, ListId, MarketNo, OrderId, PositionId, PositionKey
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.liquidations import LiquidationId
from simexchange.core.vocabulary.markets import Bundle, Commission, FundingTerms, Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import (
    AccountClass,
    AccountOption,
    ExchangeReason,
    ListKind,
    OrderKind,
    PositionMode,
    Side,
    Terms,
    TimeInForce,
)
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity


class OrderRow(msgspec.Struct, frozen=True, array_like=True):
    """An open order."""

    id: OrderId
    market: MarketNo
    side: Side
    kind: OrderKind
    qty: Quantity
    price: Price
    tif: TimeInForce
    client_id: str
    hold: Amount
    more: Terms | None
    accepted_at: Nanos
    left: int
    cum_quote: int
    asleep: bool
    hidden: int
    prevented: int
    amends: int


class PositionRow(msgspec.Struct, frozen=True, array_like=True):
    """A position."""

    key: PositionKey
    id: PositionId
    qty: int
    cost: int
    opened_at: Nanos
    updated_at: Nanos


class ExposureRow(msgspec.Struct, frozen=True, array_like=True):
    """What open orders on a position sum to."""

    key: PositionKey
    bid_qty: int
    bid_value: int
    ask_qty: int
    ask_value: int
    reducing: list[OrderId]
    contract: int


class ListRow(msgspec.Struct, frozen=True, array_like=True):
    """An open order list."""

    id: ListId
    market: MarketNo
    kind: ListKind
    client_id: str
    orders: tuple[OrderId, ...]
    started: bool


class AccountRow(msgspec.Struct, frozen=True, array_like=True):
    """An account."""

    no: AccountNo
    name: str
    rules: str
    account_class: AccountClass
    linear_wallet: str
    inverse_wallet: str
    balances: list[tuple[str, str, int, int, int]]
    orders: list[OrderRow]
    open_counts: list[tuple[MarketNo, int]]
    positions: list[PositionRow]
    exposures: list[ExposureRow]
    leverage: list[tuple[PositionKey, int]]
    fees: list[tuple[MarketNo, Commission, Commission | None, Commission | None]]
    orders_made: int
    positions_made: int
    liquidating: list[tuple[str, str, LiquidationId]]
    tried: list[tuple[PositionKey, int]]
    options: list[tuple[AccountOption, int]]
    asset_limits: list[tuple[str, int]]
    lists: list[ListRow]
    lists_made: int
    isolated: list[MarketNo]
    position_mode: PositionMode
    auto_margin: list[PositionKey]
    unified: bool
    liquidations_made: int
    called: list[tuple[str, str]]
    covers: list[tuple[str, str, int]]
    parent: AccountNo
    spot_wallet: str
    modes: list[tuple[MarketNo, PositionMode]]
    coin_modes: list[tuple[str, PositionMode]]
    isolates: bool


class FundingRow(msgspec.Struct, frozen=True, array_like=True):
    """The funding of a market."""

    started_at: int
    next_at: int
    rate: int
    mark: int
    premium: int | None
    sampled: int
    weighted: int
    weight: int
    every: int
    coming: FundingTerms | None


class MovingRow(msgspec.Struct, frozen=True, array_like=True):
    """A moving average."""

    runs: list[tuple[int, int]]
    first: int
    last: int
    total: int


class SettlingRow(msgspec.Struct, frozen=True, array_like=True):
    """A settlement average."""

    start: int
    end: int
    price: int
    count: int
    total: int


class TapeSideRow(msgspec.Struct, frozen=True, array_like=True):
    """One side of a tape."""

    recorded: list[tuple[int, int]]
    framed: list[tuple[int, int]]
    astray: list[tuple[int, int]]
    suppressed: list[int]


class TapeRow(msgspec.Struct, frozen=True, array_like=True):
    """A tape."""

    account: AccountNo
    bids: TapeSideRow
    asks: TapeSideRow
    resilience: int


Ghost = tuple[int, int, int, int]
"""An order of the tape, which has no id: quantity, what is left of it, its quote so far, since when it stands."""
Queue = tuple[int, list[OrderId | Ghost]]
"""A level: its price, and who stands there, first come first."""


class AveragesRow(msgspec.Struct, frozen=True, array_like=True):
    """Prices over a while."""

    span: int
    window: int
    width: int
    buckets: list[tuple[int, int, int]]
    worth: int
    qty: int
    steps: list[tuple[int, int, int]]
    given: int


class MarketRow(msgspec.Struct, frozen=True, array_like=True):
    """A market."""

    no: MarketNo
    spec: Market
    status: MarketStatus
    trades: int
    last: int
    mark: int
    mark_at: int
    index_price: int
    mark_due: int
    mark_stirred: int
    basis: MovingRow
    settling: SettlingRow | None
    funding: FundingRow | None
    holders: list[tuple[AccountNo, PositionKey]]
    round: list[tuple[AccountNo, PositionKey]]
    fund_due: int
    fund_waits: bool
    bids: list[Queue]
    asks: list[Queue]
    tape: TapeRow | None
    followers: list[tuple[OrderId, int]]
    """Trailing orders that follow, with the extreme each has come to."""
    averages: AveragesRow | None
    preventions: int
    allocations: int
    delivery: tuple[int, int] | None
    """The delivery price, and the sum of the sizes that are closed at it."""
    fund_until: int
    anchor: int


class SourcesRow(msgspec.Struct, frozen=True, array_like=True):
    """What an index is made of."""

    constituents: tuple[Constituent, ...]
    stale_after: Nanos
    deviation: int
    live: list[tuple[str, int, int]]


class IndexRow(msgspec.Struct, frozen=True, array_like=True):
    """An index."""

    name: str
    price: int
    set_at: int
    fed: bool
    frozen: bool
    sources: SourcesRow | None


class StateRow(msgspec.Struct, frozen=True, array_like=True):
    """Everything."""

    format: int
    revision: int
    now: int
    seed: int
    start: int
    markets: list[MarketRow]
    accounts: list[AccountRow]
    bundles: list[Bundle]
    rules: list[tuple[str, MarketNo, MarketRules]]
    indexes: list[IndexRow]
    purses: list[tuple[str, str, int]]
    liquidations: list[tuple[int, AccountNo, str, str]]
    good_tills: list[tuple[int, OrderId]]
    woken: list[OrderId]
    starts: list[ListId]
    exchanges: list[tuple[AccountNo, str, ExchangeReason, str]]
    deleveragings: list[tuple[AccountNo, PositionKey, int, LiquidationId]]
    fund_policies: list[tuple[str, int, int]]


class Versions(msgspec.Struct, frozen=True, array_like=True):
    """What a dump begins with."""

    format: int
    revision: int
