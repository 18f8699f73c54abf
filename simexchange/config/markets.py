"""Market files: TOML tables named by market id, each a whole market with one venue's rules for it.

The shipped preset is one such file; `--market FILE` adds or replaces whole markets.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from simexchange.config import pricefiles
from simexchange.config.words import decimal, duration, instant
from simexchange.core import calendar, delivering, fees
from simexchange.core.brackets import cumulative
from simexchange.core.marks import impact_notional
from simexchange.core.soundness import QUARTER, fault_of_market, fault_of_rules
from simexchange.core.vocabulary.markets import Commission, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class TierTable(msgspec.Struct, forbid_unknown_fields=True):
    """One leverage bracket; its floor is the cap before, its maintenance amount follows."""

    cap: str
    leverage: int
    maintenance: str


class FilterTable(msgspec.Struct, forbid_unknown_fields=True):
    """Limits on orders; what is left out is not checked."""

    price_min: str = "0"
    price_max: str = "0"
    qty_min: str = "0"
    qty_max: str = "0"
    market_qty_min: str = "0"
    market_qty_max: str = "0"
    market_step: str = "0"
    notional_min: str = "0"
    notional_max: str = "0"
    notional_min_applies_to_market: bool = True
    notional_max_applies_to_market: bool = False
    bid_up: str = "0"
    bid_down: str = "0"
    ask_up: str = "0"
    ask_down: str = "0"
    max_orders: int = 200
    max_position: str = "0"
    market_take_bound: str = "0"
    iceberg_parts: int = 0
    max_conditional_orders: int = 0
    max_iceberg_orders: int = 0
    max_order_lists: int = 0
    max_amends: int = 0
    trailing_above_min: str = "0"
    trailing_above_max: str = "0"
    trailing_below_min: str = "0"
    trailing_below_max: str = "0"
    self_trade_modes: list[str] = []
    """What orders may ask for: none, expire_taker, expire_maker, expire_both, decrement, transfer; empty: all."""
    self_trade_default: str = ""
    trigger_protect: str = "0"
    range_bid_up: str = "0"
    range_bid_down: str = "0"
    range_ask_up: str = "0"
    range_ask_down: str = "0"
    average_span: str = "0s"
    """How long back the average price goes that bands and values of market orders are measured by, like 5m; 0s: the
    last price counts.
    """
    reference_buckets: int = 0
    reference_bucket: str = "0s"
    """How long each of them is, like 1m."""
    limit_soft: str = "0"
    limit_hard: str = "0"
    limit_moves: bool = False


class CommissionTable(msgspec.Struct, forbid_unknown_fields=True):
    """Rates of one kind of commission; maker or taker and buyer or seller are added."""

    maker: str = "0"
    taker: str = "0"
    buyer: str = "0"
    seller: str = "0"


class MarketTable(msgspec.Struct, forbid_unknown_fields=True):
    """One market: physical facts, fees, filters, brackets."""

    tick: str
    step: str
    maker: str
    taker: str
    buyer: str = "0"
    seller: str = "0"
    special: CommissionTable | None = None
    """Commissions beside the standard ones, never discounted; *tax* likewise."""
    tax: CommissionTable | None = None
    discount: bool = True
    fee_unit: str = "0.00000001"
    fee_truncated: bool = False
    source: str = ""
    settle: str = ""
    index: str = ""
    interest: str = "0.0001"
    impact_notional: str = ""
    """The size that the impact prices of the premium index are taken over; empty: 200 ÷ the initial margin rate at the
    highest leverage, so 200 × the leverage of the first bracket.
    """
    funding_interval: str = "8h"
    funding_cap: str = "0.02"
    funding_floor: str = "-0.02"
    price_rules: str = ""
    liquidation_fee: str = "0"
    default_leverage: int = 20
    inverse: bool = False
    """Counted in contracts of so much quote currency, and paid in the base asset."""
    contract_size: str = "1"
    onboard: str = ""
    """When a perpetual was listed; empty: when the exchange started."""
    expiry: str = ""
    """When a dated contract is delivered; empty: on the day it is called by, at 08:00 UTC."""
    series: str = ""
    """quarter: the contracts of the quarter that runs and of the next one, at any time."""
    closing: str = "0s"
    """How long before the expiry positions may only be closed."""
    delivery_fee: str = ""
    """Empty: what a taker pays."""
    filters: FilterTable = msgspec.field(default_factory=FilterTable)
    tiers: list[TierTable] = []


class MarketFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file: each table is a `MarketTable`."""

    market: dict[str, dict[str, object]]


_Table = TypeVar("_Table")


class Listing(msgspec.Struct, frozen=True):
    """A market and what the venue's rules say of it."""

    market: Market
    rules: MarketRules


NEVER: Final = 9_000_000_000 * SECOND
"""Some day in 2255: the expiry of a contract that stands for all of a series."""
_ASSET: Final = re.compile(r"[A-Z0-9]{1,16}")
KINDS = {"spot": MarketKind.SPOT, "perp": MarketKind.PERPETUAL, "dated": MarketKind.DATED}


def preset() -> dict[str, Listing]:
    """The markets that come with the package, by id."""
    text = resources.files("simexchange").joinpath("presets", "binance.toml").read_text(encoding="utf-8")
    return parse(text, "preset binance.toml")


def read(paths: Iterable[Path]) -> dict[str, Listing]:
    """The markets of *paths* (the shipped preset where there are none), later files replacing whole markets.

    Raises ConfigError naming the file, the market and the key.
    """
    found: dict[str, Listing] = {}
    given = list(paths)
    if not given:
        return preset()
    for path in given:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"market file {path}: cannot be read ({error.__class__.__name__}); check the path"
            raise ConfigError(msg) from None
        found |= parse(text, f"market file {path}")
    return found


def parse(text: str, name: str) -> dict[str, Listing]:
    """The markets of one TOML text."""
    try:
        tables = converted(tomllib.loads(text), MarketFile, name).market
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: no valid TOML ({error})"
        raise ConfigError(msg) from None
    return {
        market_id: listing(market_id, converted(table, MarketTable, f"{name}, {market_id}"), name)
        for market_id, table in tables.items()
    }


def converted(table: object, to: type[_Table], what: str) -> _Table:
    """*table* as a struct. Raises ConfigError saying what of it is wrong."""
    try:
        return msgspec.convert(table, to)
    except msgspec.ValidationError as error:
        msg = f"{what}: {error}; the keys are listed in docs/reference/config.md"
        raise ConfigError(msg) from None


def without_fees(listings: Mapping[str, Listing]) -> dict[str, Listing]:
    """The same markets where nobody is charged anything: no commission of any kind, and nothing for a liquidation."""
    return {market_id: Listing(one.market, uncharged(one.rules)) for market_id, one in listings.items()}


def uncharged(rules: MarketRules) -> MarketRules:
    """The same rules where nobody is charged anything."""
    return msgspec.structs.replace(
        rules, maker=Rate(0), taker=Rate(0), buyer=Rate(0), seller=Rate(0), special=None, tax=None,
        liquidation_fee=Rate(0), delivery_fee=None,
    )  # fmt: skip


def listing(market_id: str, table: MarketTable, name: str) -> Listing:
    """One table as the words of the core."""
    what = f"{name}, {market_id}"
    market = _market(market_id, table, what)
    if market.kind is not MarketKind.SPOT and not table.tiers:
        msg = f"{what}: a derivative needs at least one bracket under tiers"
        raise ConfigError(msg)
    rules = MarketRules(
        filters=filters_of(table.filters, what),
        maker=Rate(decimal(table.maker, f"{what}.maker")),
        taker=Rate(decimal(table.taker, f"{what}.taker")),
        tiers=tiers_of(table.tiers, what),
        liquidation_fee=Rate(decimal(table.liquidation_fee, f"{what}.liquidation_fee")),
        default_leverage=table.default_leverage,
        source=table.source,
        buyer=Rate(decimal(table.buyer, f"{what}.buyer")),
        seller=Rate(decimal(table.seller, f"{what}.seller")),
        special=None if table.special is None else commission(table.special, f"{what}.special"),
        tax=None if table.tax is None else commission(table.tax, f"{what}.tax"),
        discount=table.discount,
        fee_unit=Amount(_positive(table.fee_unit, f"{what}.fee_unit")),
        fee_truncated=table.fee_truncated,
        delivery_fee=Rate(decimal(table.delivery_fee, f"{what}.delivery_fee")) if table.delivery_fee else None,
    )
    _check(market, rules, table, what)
    return Listing(market, rules)


def _market(market_id: str, table: MarketTable, what: str) -> Market:
    """The physical facts of one table."""
    kind, base, quote, day = _name(market_id, what)
    derivative, dated = kind is not MarketKind.SPOT, kind is MarketKind.DATED
    if table.inverse and not derivative:
        msg = f"{what}.inverse: only derivatives are counted in contracts"
        raise ConfigError(msg)
    if not dated and (table.expiry or table.series or table.delivery_fee or table.closing != "0s"):
        msg = f"{what}: expiry, series, closing and delivery_fee are of dated contracts"
        raise ConfigError(msg)
    if table.onboard and kind is not MarketKind.PERPETUAL:
        msg = f"{what}.onboard: only of perpetuals the venue tells when they were listed; dated ones have their quarter"
        raise ConfigError(msg)
    return Market(
        id=market_id,
        kind=kind,
        base=base,
        quote=quote,
        settle=table.settle or (base if table.inverse else quote),
        tick=Price(_positive(table.tick, f"{what}.tick")),
        step=Quantity(_positive(table.step, f"{what}.step")),
        inverse=table.inverse,
        contract_size=Amount(_positive(table.contract_size, f"{what}.contract_size")),
        funding_interval=_interval(kind, table, what),
        interest=Rate(decimal(table.interest, f"{what}.interest")),
        funding_cap=Rate(decimal(table.funding_cap, f"{what}.funding_cap")),
        funding_floor=Rate(decimal(table.funding_floor, f"{what}.funding_floor")),
        impact_notional=Amount(_impact_notional(table, what)),
        expiry=_expiry(day, table, what) if dated else Nanos(0),
        index=(table.index or f"{base}-{quote}") if derivative else "",
        prices=pricefiles.named(table.price_rules, f"{what}.price_rules") if derivative else (),
        series=table.series,
        closing=duration(table.closing, f"{what}.closing") if dated else Nanos(0),
        onboard=instant(table.onboard, f"{what}.onboard") if table.onboard else Nanos(0),
    )


def _name(market_id: str, what: str) -> tuple[MarketKind, str, str, str]:
    """Kind, base, quote, and of a dated contract the day it is called by."""
    kind_name, _, pair = market_id.partition(":")
    base, _, rest = pair.partition("-")
    quote, _, day = rest.partition("-")
    kind = KINDS.get(kind_name)
    strange = day and (kind is not MarketKind.DATED or not calendar.of_symbol_date(day))
    if kind is None or strange or not _ASSET.fullmatch(base) or not _ASSET.fullmatch(quote):
        msg = (
            f"{what}: a market id reads spot:BASE-QUOTE, perp:BASE-QUOTE or dated:BASE-QUOTE-YYMMDD (dated:BASE-QUOTE "
            "for a series), assets in capital letters and digits"
        )
        raise ConfigError(msg)
    if base == quote:
        msg = f"{what}: a market trades two assets, not {base} for itself"
        raise ConfigError(msg)
    return kind, base, quote, day


def _impact_notional(table: MarketTable, what: str) -> int:
    if table.impact_notional:
        return _positive(table.impact_notional, f"{what}.impact_notional")
    return impact_notional(max(1, table.tiers[0].leverage) if table.tiers else 1)


def _interval(kind: MarketKind, table: MarketTable, what: str) -> Nanos:
    return duration(table.funding_interval, f"{what}.funding_interval") if kind is MarketKind.PERPETUAL else Nanos(0)


def _expiry(day: str, table: MarketTable, what: str) -> Nanos:
    """When a contract is delivered; 0 for a series, whose contracts have each its own day."""
    if table.series not in ("", QUARTER):
        msg = f"{what}.series: it is {QUARTER}, or left out"
        raise ConfigError(msg)
    if bool(table.series) is bool(day) or (table.series and table.expiry):
        msg = f'{what}: a contract has its day in its id, a series has series = "quarter" and neither day nor expiry'
        raise ConfigError(msg)
    if not day:
        return Nanos(0)
    expiry = instant(table.expiry, f"{what}.expiry") if table.expiry else calendar.of_symbol_date(day)
    if calendar.symbol_date(expiry) != day:
        msg = f"{what}.expiry: {table.expiry} is not on the day the contract is called by"
        raise ConfigError(msg)
    return expiry


def contracts(listings: Mapping[str, Listing], start: int) -> dict[str, Listing]:
    """*listings* with each series as its contracts of an exchange that starts at *start*: this quarter's and the next.

    A contract was listed when the second quarter before its own ended, a perpetual that does not say when at *start*:
    clients take a date near 1970 for a mistake.
    """
    found: dict[str, Listing] = {}
    for market_id, one in listings.items():
        if not one.market.series or one.market.expiry:
            unsaid = one.market.kind is MarketKind.PERPETUAL and not one.market.onboard
            market = msgspec.structs.replace(one.market, onboard=Nanos(start)) if unsaid else one.market
            found[market_id] = Listing(market, one.rules)
            continue
        for expiry in (calendar.current_quarter(start), calendar.next_quarter(start)):
            onboard = calendar.quarter_before(calendar.quarter_before(expiry))
            market = delivering.contract(one.market, expiry, onboard)
            found[market.id] = Listing(market, one.rules)
    return found


def _check(market: Market, rules: MarketRules, table: MarketTable, what: str) -> None:
    """What the fields of one table say of each other; of a series, what they say of one of its contracts."""
    paid_in = market.base if market.inverse else market.quote
    if market.settle != paid_in:
        msg = f"{what}.settle: profit is paid in {paid_in}; leave settle out"
        raise ConfigError(msg)
    one = delivering.contract(market, NEVER, 0) if market.series else market
    fault = fault_of_market(one, 0) or fault_of_rules(rules)
    if fault:
        msg = f"{what}.{fault}"
        raise ConfigError(msg)
    if market.kind is not MarketKind.SPOT and not 1 <= table.default_leverage <= table.tiers[0].leverage:
        msg = f"{what}.default_leverage: it is from 1 to what the first bracket allows, {table.tiers[0].leverage}"
        raise ConfigError(msg)
    parts = (rules.taker, rules.maker, rules.liquidation_fee, rules.delivery_fee or 0)
    if max(parts) >= ONE or rules.liquidation_fee < 0 or (rules.delivery_fee or 0) < 0:
        msg = f"{what}: maker, taker, liquidation_fee and delivery_fee are parts of a value, like 0.001"
        raise ConfigError(msg)
    if rules.taker < 0 or not fees.sound([fees.blend(None, rules)], ONE):
        # A rebate above the other side's fee would print money between two accounts of one owner.
        msg = f"{what}: a maker rebate may not exceed the taker fee, and the taker fee may not be below zero"
        raise ConfigError(msg)


def _positive(text: str, what: str) -> int:
    value = decimal(text, what)
    if value <= 0:
        msg = f"{what}: {text} must be above zero"
        raise ConfigError(msg)
    return value


def commission(table: CommissionTable, what: str) -> Commission:
    """One kind of commission."""
    rates = msgspec.structs.asdict(table)
    return Commission(**{name: Rate(decimal(text, f"{what}.{name}")) for name, text in rates.items()})


def filters_of(table: FilterTable, what: str) -> Filters:
    """Decimal texts, spans and names become what the core counts in; flags and counts stay."""
    raw = msgspec.structs.asdict(table)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{what}.filters.{key}"
        if key in _SPANS:
            values[key] = 0 if value in ("0", "0s") else duration(value, name)
        elif key == "self_trade_default":
            values[key] = _self_trade(value, name) if value else 0
        elif key == "self_trade_modes":
            values[key] = tuple(_self_trade(word, name) for word in value)
        else:
            values[key] = decimal(value, name) if isinstance(value, str) else value
        if isinstance(values[key], int) and values[key] < 0:
            msg = f"{name}: it is not below zero"
            raise ConfigError(msg)
    for low, high in _RANGES:
        if values[high] and values[low] > values[high]:
            msg = f"{what}.filters: {low} is above {high}"
            raise ConfigError(msg)
    return Filters(**values)


_SPANS: Final = ("average_span", "reference_bucket")


def _self_trade(word: str, what: str) -> SelfTrade:
    found = SelfTrade.__members__.get(word.upper())
    if found is None:
        msg = f"{what}: {word!r} is not one of {', '.join(name.lower() for name in SelfTrade.__members__)}"
        raise ConfigError(msg)
    return found


_RANGES: Final = (
    ("price_min", "price_max"), ("qty_min", "qty_max"), ("market_qty_min", "market_qty_max"),
    ("notional_min", "notional_max"), ("bid_down", "bid_up"), ("ask_down", "ask_up"),
    ("trailing_above_min", "trailing_above_max"), ("trailing_below_min", "trailing_below_max"),
    ("range_bid_down", "range_bid_up"), ("range_ask_down", "range_ask_up"), ("limit_soft", "limit_hard"),
)  # fmt: skip


def tiers_of(tables: list[TierTable], what: str) -> tuple[Tier, ...]:
    caps = [_positive(table.cap, f"{what}.tiers[{i}].cap") for i, table in enumerate(tables)]
    rates = [_positive(table.maintenance, f"{what}.tiers[{i}].maintenance") for i, table in enumerate(tables)]
    steps = [table.leverage for table in tables]
    if steps != sorted(steps, reverse=True) or any(
        leverage < 1 or rate * leverage >= ONE for leverage, rate in zip(steps, rates, strict=True)
    ):
        msg = f"{what}.tiers: leverages are from 1 and do not rise, and maintenance stays below 1 / leverage"
        raise ConfigError(msg)
    floors = [0, *caps][: len(caps)]
    if caps != sorted(set(caps)) or rates != sorted(rates) or any(rate >= ONE for rate in rates):
        msg = f"{what}.tiers: caps must rise, and maintenance rates must not fall and stay below 1"
        raise ConfigError(msg)
    amounts = cumulative(list(zip(floors, rates, strict=True)))
    return tuple(
        Tier(Amount(floor), Amount(cap), table.leverage, Rate(rate), Amount(amount))
        for floor, cap, rate, amount, table in zip(floors, caps, rates, amounts, tables, strict=True)
    )
