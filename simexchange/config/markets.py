"""Market files: TOML tables named by market id, each a whole market with one venue's rules for it.

The shipped preset is one such file; `--market FILE` adds or replaces whole markets.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from simexchange.config.words import decimal, duration
from simexchange.core.brackets import cumulative
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.units import ONE, Amount, Nanos, Price, Quantity, Rate
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


class MarketTable(msgspec.Struct, forbid_unknown_fields=True):
    """One market: physical facts, fees, filters, brackets."""

    tick: str
    step: str
    maker: str
    taker: str
    source: str = ""
    settle: str = ""
    index: str = ""
    interest: str = "0.0001"
    impact_notional: str = "25000"
    funding_interval: str = "8h"
    funding_cap: str = "0.02"
    funding_floor: str = "-0.02"
    liquidation_fee: str = "0"
    default_leverage: int = 20
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


_ASSET: Final = re.compile(r"[A-Z0-9]{1,16}")
KINDS = {"spot": MarketKind.SPOT, "perp": MarketKind.PERPETUAL}


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
        tables = _convert(tomllib.loads(text), MarketFile, name).market
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: no valid TOML ({error})"
        raise ConfigError(msg) from None
    return {
        market_id: listing(market_id, _convert(table, MarketTable, f"{name}, {market_id}"), name)
        for market_id, table in tables.items()
    }


def _convert(table: object, to: type[_Table], what: str) -> _Table:
    try:
        return msgspec.convert(table, to)
    except msgspec.ValidationError as error:
        msg = f"{what}: {error}; the keys are listed in docs/reference/config.md"
        raise ConfigError(msg) from None


def listing(market_id: str, table: MarketTable, name: str) -> Listing:
    """One table as the words of the core."""
    kind_name, _, pair = market_id.partition(":")
    base, _, quote = pair.partition("-")
    kind = KINDS.get(kind_name)
    what = f"{name}, {market_id}"
    if kind is None or not _ASSET.fullmatch(base) or not _ASSET.fullmatch(quote):
        msg = f"{what}: a market id reads spot:BASE-QUOTE or perp:BASE-QUOTE, assets in capital letters and digits"
        raise ConfigError(msg)
    derivative = kind is not MarketKind.SPOT
    market = Market(
        id=market_id,
        kind=kind,
        base=base,
        quote=quote,
        settle=table.settle or quote,
        tick=Price(_positive(table.tick, f"{what}.tick")),
        step=Quantity(_positive(table.step, f"{what}.step")),
        funding_interval=duration(table.funding_interval, f"{what}.funding_interval") if derivative else Nanos(0),
        interest=Rate(decimal(table.interest, f"{what}.interest")),
        funding_cap=Rate(decimal(table.funding_cap, f"{what}.funding_cap")),
        funding_floor=Rate(decimal(table.funding_floor, f"{what}.funding_floor")),
        impact_notional=Amount(_positive(table.impact_notional, f"{what}.impact_notional")),
        index=(table.index or pair) if derivative else "",
    )
    if derivative and not table.tiers:
        msg = f"{what}: a derivative needs at least one bracket under tiers"
        raise ConfigError(msg)
    rules = MarketRules(
        filters=_filters(table.filters, what),
        maker=Rate(decimal(table.maker, f"{what}.maker")),
        taker=Rate(decimal(table.taker, f"{what}.taker")),
        tiers=_tiers(table.tiers, what),
        liquidation_fee=Rate(decimal(table.liquidation_fee, f"{what}.liquidation_fee")),
        default_leverage=table.default_leverage,
        source=table.source,
    )
    if market.funding_floor > market.funding_cap:
        msg = f"{what}: funding_floor is above funding_cap"
        raise ConfigError(msg)
    if derivative and not 1 <= table.default_leverage <= table.tiers[0].leverage:
        msg = f"{what}.default_leverage: it is from 1 to what the first bracket allows, {table.tiers[0].leverage}"
        raise ConfigError(msg)
    if max(rules.taker, rules.maker, rules.liquidation_fee) >= ONE or rules.liquidation_fee < 0:
        msg = f"{what}: maker, taker and liquidation_fee are parts of a value, like 0.001"
        raise ConfigError(msg)
    if rules.taker < 0 or rules.maker < -rules.taker:
        # A rebate above the other side's fee would print money between two accounts of one owner.
        msg = f"{what}: a maker rebate may not exceed the taker fee, and the taker fee may not be below zero"
        raise ConfigError(msg)
    return Listing(market, rules)


def _positive(text: str, what: str) -> int:
    value = decimal(text, what)
    if value <= 0:
        msg = f"{what}: {text} must be above zero"
        raise ConfigError(msg)
    return value


def _filters(table: FilterTable, what: str) -> Filters:
    """Decimal texts become units; flags and counts stay."""
    raw: Mapping[str, object] = msgspec.structs.asdict(table)
    values = {
        key: decimal(value, f"{what}.filters.{key}") if isinstance(value, str) else value for key, value in raw.items()
    }
    for key, value in values.items():
        if isinstance(value, int) and value < 0:
            msg = f"{what}.filters.{key}: it is not below zero"
            raise ConfigError(msg)
    found = msgspec.convert(values, _FilterValues)
    for low, high in _RANGES:
        most = getattr(found, high)
        if most and getattr(found, low) > most:
            msg = f"{what}.filters: {low} is above {high}"
            raise ConfigError(msg)
    return found.filters()


_RANGES: Final = (
    ("price_min", "price_max"), ("qty_min", "qty_max"), ("market_qty_min", "market_qty_max"),
    ("notional_min", "notional_max"), ("bid_down", "bid_up"), ("ask_down", "ask_up"),
)  # fmt: skip


class _FilterValues(msgspec.Struct):
    """Filters by name: the core's struct is positional."""

    price_min: int
    price_max: int
    qty_min: int
    qty_max: int
    market_qty_min: int
    market_qty_max: int
    market_step: int
    notional_min: int
    notional_max: int
    notional_min_applies_to_market: bool
    notional_max_applies_to_market: bool
    bid_up: int
    bid_down: int
    ask_up: int
    ask_down: int
    max_orders: int
    max_position: int
    market_take_bound: int

    def filters(self) -> Filters:
        """The core's struct."""
        return Filters(**msgspec.structs.asdict(self))


def _tiers(tables: list[TierTable], what: str) -> tuple[Tier, ...]:
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
