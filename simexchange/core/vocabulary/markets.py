"""What a market is, and what a venue's rules add to it.

A market holds physical facts only. Filters, fees, tiers and policies are *rules*, looked up by
(market, account.rules), so that accounts of two venues can trade in one book.
"""

from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.units import MINUTE, SECOND, Amount, Nanos, Price, Quantity, Rate


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


class MarkFormula(IntEnum):
    """How a mark price is made."""

    MEDIAN = 1
    """The median of the index moved by the funding still to come, the index with its average basis, the last price."""
    AVERAGE_BASIS = 2
    """The index with its average basis; in the settlement window the average of the index since it began."""
    AVERAGE_RATIO = 3
    """The index times one and the average of (impact mid − index) ÷ index; in the settlement window as before."""


class FundingRounding(IntEnum):
    """Who gets the odd unit of a funding payment."""

    PAYER_UP = 1
    """Whoever pays is rounded up and whoever receives down: the clearing account never runs short."""
    TRUNCATED = 2
    """Both are cut off toward zero, as venues show them; what that leaves or lacks is dust."""


class PriceRules(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """How a venue makes mark prices and funding rates, from an instant on. All averages are over whole seconds."""

    since: Nanos = Nanos(0)
    formula: MarkFormula = MarkFormula.MEDIAN
    basis_window: Nanos = Nanos(30 * SECOND)
    """How long the average basis goes back, one sample a second."""
    settlement_window: Nanos = Nanos(30 * MINUTE)
    """Before the expiry of a dated future, how long the index is averaged for its delivery."""
    premium_every: Nanos = Nanos(5 * SECOND)
    """How often the premium index is sampled; the i-th sample of an interval weighs i."""
    divided: bool = True
    """The rate of an interval of N hours is the eight-hour formula ÷ (8 ÷ N). Else only its interest is."""
    damper: Rate = Rate(50_000)
    """±0.05 %: how far interest may pull the rate."""
    rounding: FundingRounding = FundingRounding.PAYER_UP
    hourly_at_bound: bool = False
    """A rate settled at its cap or floor makes the next intervals an hour long."""
    source: str = ""
    """Where the rule comes from and the date it was seen."""


_LIKE_PERPETUALS = PriceRules()
_PRICES = {
    MarketKind.SPOT: _LIKE_PERPETUALS,
    MarketKind.PERPETUAL: _LIKE_PERPETUALS,
    MarketKind.DATED: PriceRules(formula=MarkFormula.AVERAGE_BASIS),
}
"""The rules of markets that name none: Binance's of 2025-09-18."""


class FundingTerms(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What of a perpetual's funding can be changed while it trades."""

    interval: Nanos
    cap: Rate
    floor: Rate
    interest: Rate
    """Per eight hours."""


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
    prices: tuple[PriceRules, ...] = ()
    """How mark and funding are made, ascending by date; empty: as Binance does since 2025-09-18."""
    series: str = ""
    """``quarter`` where the contract is one of a series: when it is delivered, the next one is listed."""
    closing: Nanos = Nanos(0)
    """How long before the expiry positions may only be closed."""

    def prices_at(self, at: int) -> PriceRules:
        """The rules in force at *at*; before the first, the first."""
        rules = self.prices
        if not rules:
            return _PRICES[self.kind]
        found = rules[0]
        for each in rules:
            if each.since <= at:
                found = each
        return found

    @property
    def funding_terms(self) -> FundingTerms:
        """What `SetFunding` can change, as it is now."""
        return FundingTerms(self.funding_interval, self.funding_cap, self.funding_floor, self.interest)


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
    limit_soft: Rate = Rate(0)
    """Price limit: how much dearer than the mark (spot: the index) a buy may be, and a sell cheaper, beside what the
    index and the book say."""
    limit_hard: Rate = Rate(0)
    """How much at most, whatever they say; 0: there is no such limit."""
    limit_moves: bool = False
    """An order beyond the limit is taken in at it; else it is refused."""


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
    delivery_fee: Rate | None = None
    """What delivery costs of what it is worth; None: what a taker pays."""
    liquidation_slippage: Rate = Rate(0)
    """What selling a part of a liquidated position is reckoned to lose, when it is found how much to sell."""


class CostRule(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """At which price the initial margin of a new linear order is reckoned, from an instant on."""

    since: Nanos = Nanos(0)
    market_buy: Rate = Rate(100_050_000)
    """A market buy is reckoned at the best ask × this."""
    market_sell: Rate = Rate(100_000_000)
    """A market sell at the best bid × this."""
    short_last: Rate = Rate(0)
    """A sell at no less than the mark, and the last price × this; 0: at its own price."""


class Collateral(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What one asset counts for in a pool of several, and what happens where too much of it is owed."""

    asset: str
    index: str = ""
    """The index it is priced by in the numéraire; empty: it is worth one."""
    bid_buffer: Rate = Rate(0)
    """What is there counts at index × (1 − this): the haircut."""
    ask_buffer: Rate = Rate(0)
    """What is owed or required counts at index × (1 + this)."""
    ratio: Rate = Rate(100_000_000)
    """Of that value of what is there so much counts, where rules know a ratio beside the buffer."""
    exchange_bid_buffer: Rate = Rate(0)
    """In an automatic exchange it is sold at index × (1 − this)."""
    exchange_ask_buffer: Rate = Rate(0)
    """In an automatic exchange it is bought at index × (1 + this)."""
    exchange_threshold: Amount = Amount(0)
    """A balance below this (itself below zero) is bought back at once; 0: only a liquidation does it."""
    source: str = ""
    """Where the figures come from and the date they were seen."""


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
    """How a position is brought down before it is taken over: ``one_ioc``, one order, or ``by_tier``, one a bracket."""
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
    cost_rules: tuple[CostRule, ...] = ()
    """In order of their instants; before the first: `CostRule()`."""
    collateral: tuple[Collateral, ...] = ()
    """What backs positions where an account pools its assets; empty: no account may."""
    exchange: str = "in_proportion"
    """How debts of a pool are bought back: ``in_proportion``, of every asset its part, or ``in_order`` of the table."""
    exchange_ltv: Rate = Rate(99_500_000)
    """Debts ÷ collateral from which they are bought back where nothing is open."""
    bonus: BonusPolicy | None = None
    """What bonus money is good for; None: there is none under these rules."""
    pooled: bool = False
    """Whether accounts begin with every asset of their derivatives wallet backing every position there."""
    spot_wallet: str = "spot"
    """Where spot trades settle and open spot orders hold; the wallet of derivatives where it is one account for all."""
    hedged: tuple[str, ...] = ()
    """The settle assets whose linear perpetuals may have a long and a short; empty: every derivative may."""
    closing_fee: bool = False
    """Whether margin includes the fee to close where a position is bankrupt, and of orders the fee to open."""
    maintained_at_entry: bool = False
    """Whether the maintenance margin of an isolated position is that of its value at entry, else at the mark."""
    closes_over: bool = False
    """Whether what only closes is taken in where resting orders close all there is, and the farthest of them go."""
