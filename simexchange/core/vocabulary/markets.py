"""What a market is, and what a venue's rules add to it.

A market holds physical facts only. Filters, fees, tiers and policies are *rules*, looked up by
(market, account.rules), so that accounts of two venues can trade in one book.
"""

from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate


class MarketKind(IntEnum):
    """What is bought and sold."""

    SPOT = 1
    PERPETUAL = 2
    DATED = 3


class MarketStatus(IntEnum):
    """Whether orders are taken. The order of the members means nothing."""

    TRADING = 1
    HALT = 2
    CANCEL_ONLY = 3
    SETTLING = 4
    DELISTED = 5
    BREAK = 6
    """A planned pause; orders are refused as in a halt."""


class Market(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """Physical facts of one market. ``id`` is like ``spot:BTC-USDT``, ``perp:BTC-USDT``, ``dated:BTC-USD-261225``."""

    id: str
    kind: MarketKind
    base: str
    quote: str
    settle: str
    tick: Price
    step: Quantity
    inverse: bool = False
    contract_size: Amount = Amount(100_000_000)
    """Quote units per contract (inverse); one otherwise."""
    funding_interval: Nanos = Nanos(0)
    """Time between funding settlements; 0 where there is no funding."""
    interest: Rate = Rate(10_000)
    """Interest part of the funding rate per eight hours: 0.0001."""
    funding_cap: Rate = Rate(2_000_000)
    funding_floor: Rate = Rate(-2_000_000)
    impact_notional: Amount = Amount(25_000 * 100_000_000)
    """The size, in quote, that the impact prices of the premium index are taken over."""
    expiry: Nanos = Nanos(0)
    """Delivery instant of a dated future; 0 = never."""
    index: str = ""
    """The index it follows, e.g. ``BTC-USDT``; empty for spot."""
    onboard: Nanos = Nanos(0)


class Tier(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One leverage bracket: notional in (floor, cap]."""

    floor: Amount
    cap: Amount
    max_leverage: int
    maintenance_rate: Rate
    cum: Amount
    """Maintenance amount: subtracted, so that maintenance margin is continuous across brackets."""


class Filters(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """One venue's limits on orders in one market. 0 switches a bound off."""

    price_min: Price = Price(0)
    price_max: Price = Price(0)
    qty_min: Quantity = Quantity(0)
    qty_max: Quantity = Quantity(0)
    market_qty_min: Quantity = Quantity(0)
    market_qty_max: Quantity = Quantity(0)
    market_step: Quantity = Quantity(0)
    notional_min: Amount = Amount(0)
    notional_max: Amount = Amount(0)
    notional_min_applies_to_market: bool = True
    notional_max_applies_to_market: bool = False
    bid_up: Rate = Rate(0)
    """Price band: a buy's limit may be at most reference × this."""
    bid_down: Rate = Rate(0)
    ask_up: Rate = Rate(0)
    ask_down: Rate = Rate(0)
    max_orders: int = 200
    """Open orders of one account in this market."""
    max_position: Quantity = Quantity(0)
    market_take_bound: Rate = Rate(0)
    """How far from the mark price a market order of a derivative may trade; the rest expires."""
    tick: Price = Price(0)
    """The venue's tick where it is coarser than the market's; 0 = the market's."""
    step: Quantity = Quantity(0)
    iceberg_parts: int = 0
    """Into how many slices an iceberg may fall; 0 = any number."""
    max_conditional_orders: int = 0
    """Sleeping orders of one account in this market."""
    max_iceberg_orders: int = 0
    max_order_lists: int = 0
    max_amends: int = 0
    """How often one order may be made smaller."""
    trailing_above_min: Rate = Rate(0)
    """Bounds of the trailing distance of orders that wait for a price above: stop-loss buys, take-profit sells."""
    trailing_above_max: Rate = Rate(0)
    trailing_below_min: Rate = Rate(0)
    trailing_below_max: Rate = Rate(0)
    self_trade_modes: tuple[int, ...] = ()
    """The `SelfTrade` members that are allowed; empty = all."""
    self_trade_default: int = 0
    """What an order that says nothing of it gets."""
    trigger_protect: Rate = Rate(0)
    """How far last price and mark may be apart for a protected trigger."""
    range_bid_up: Rate = Rate(0)
    """Price range: a buy trades at most at reference price × this; the rest expires."""
    range_bid_down: Rate = Rate(0)
    range_ask_up: Rate = Rate(0)
    range_ask_down: Rate = Rate(0)
    average_span: Nanos = Nanos(0)
    """The reference of bands and market notionals is the average price over this time; 0 = the last price."""
    reference_buckets: int = 0
    """The reference price is the mean of trade prices over so many buckets of time; 0: only what is set counts."""
    reference_bucket: Nanos = Nanos(0)
    """How long one of them is."""


class Commission(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """Rates of one kind of commission; maker or taker and buyer or seller are added."""

    maker: Rate = Rate(0)
    taker: Rate = Rate(0)
    buyer: Rate = Rate(0)
    seller: Rate = Rate(0)


class MarketRules(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What one venue's rules say of one market: filters, default fees, leverage brackets."""

    filters: Filters
    maker: Rate
    taker: Rate
    tiers: tuple[Tier, ...] = ()
    liquidation_fee: Rate = Rate(0)
    default_leverage: int = 20
    source: str = ""
    """Where the figures come from and the date they were seen."""
    buyer: Rate = Rate(0)
    """Added to maker or taker of the side that buys."""
    seller: Rate = Rate(0)
    special: Commission | None = None
    tax: Commission | None = None
    discount: bool = True
    """Whether the discount asset may pay here."""
    fee_unit: Amount = Amount(1)
    """Fees are whole multiples of this, in 10**-8 of their asset (Binance: eight decimals of any asset)."""
    fee_truncated: bool = False
    """Whether what is less than a unit is dropped; else it is charged as a whole one."""


class Bundle(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What one venue's rules say of an account as a whole: entry policies and the like."""

    name: str
    post_only: str = "refuse"
    """A post-only order that would take: ``refuse`` or ``accept_then_expire``."""
    fok: str = "accept_then_expire"
    """A fill-or-kill that cannot: ``refuse`` or ``accept_then_expire``."""
    derivative_fok: str = "refuse"
    market_order: str = "bounded"
    """``plain``, or ``bounded`` by Filters.market_take_bound around the mark (derivatives)."""
    linear_wallet: str = "usdm"
    inverse_wallet: str = "coinm"
    liquidation: str = "one_ioc"
    margin_call_ratio: Rate = Rate(80_000_000)
    discount_asset: str = ""
    """The asset that pays fees at a discount, e.g. BNB; empty: there is none."""
    discount_spot: Rate = Rate(75_000_000)
    """What is paid of the standard commission in the discount asset: 0.75."""
    discount_futures: Rate = Rate(90_000_000)
    max_orders: int = 0
    """Over all spot markets; 0 = any number. The three below likewise."""
    max_conditional_orders: int = 0
    max_iceberg_orders: int = 0
    max_order_lists: int = 0
    max_conditional_futures: int = 0
    """Sleeping orders over all derivative markets."""
    routing: tuple[str, ...] = ()
    """Quote assets taken one to one by smart order routing."""
