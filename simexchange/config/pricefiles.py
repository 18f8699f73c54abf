"""The shipped rules of mark prices and funding, by name: each a list of what holds from an instant on."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from simexchange.config.words import decimal, duration, instant
from simexchange.core.vocabulary.markets import FundingRounding, MarkFormula, PriceRules
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class PriceTable(msgspec.Struct, forbid_unknown_fields=True):
    """What holds from *since* on."""

    since: str = ""
    """Empty: for the time before the next ones."""
    formula: str = "median"
    """median, average_basis or average_ratio."""
    basis_window: str = "30s"
    settlement_window: str = "30m"
    premium_every: str = "5s"
    divided: bool = True
    damper: str = "0.0005"
    rounding: str = "payer_up"
    """payer_up or truncated."""
    hourly_at_bound: bool = False
    source: str = ""


class PriceFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    rules: dict[str, list[PriceTable]]


@cache
def preset() -> Mapping[str, tuple[PriceRules, ...]]:
    """The rules that come with the package, by name."""
    text = resources.files("simexchange").joinpath("presets", "prices.toml").read_text(encoding="utf-8")
    return parse(text, "preset prices.toml")


def parse(text: str, name: str) -> dict[str, tuple[PriceRules, ...]]:
    """The rules of one TOML text. Raises ConfigError naming the file, the rules and the key."""
    try:
        tables = msgspec.convert(tomllib.loads(text), PriceFile).rules
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        msg = f"{name}: {error}"
        raise ConfigError(msg) from None
    return {
        rules: tuple(_rules(table, f"{name}, {rules}[{place}]") for place, table in enumerate(given))
        for rules, given in tables.items()
    }


def named(name: str, what: str) -> tuple[PriceRules, ...]:
    """The shipped rules called *name*; of the empty name none, which is how Binance does it today."""
    if not name:
        return ()
    found = preset().get(name)
    if found is None:
        msg = f"{what}: {name!r} is not one of {', '.join(preset())}"
        raise ConfigError(msg)
    return found


def _rules(table: PriceTable, what: str) -> PriceRules:
    formula = MarkFormula.__members__.get(table.formula.upper())
    rounding = FundingRounding.__members__.get(table.rounding.upper())
    if formula is None or rounding is None:
        msg = f"{what}: formula is median, average_basis or average_ratio, and rounding payer_up or truncated"
        raise ConfigError(msg)
    return PriceRules(
        since=instant(table.since, f"{what}.since") if table.since else Nanos(0),
        formula=formula,
        basis_window=duration(table.basis_window, f"{what}.basis_window"),
        settlement_window=duration(table.settlement_window, f"{what}.settlement_window"),
        premium_every=duration(table.premium_every, f"{what}.premium_every"),
        divided=table.divided,
        damper=Rate(decimal(table.damper, f"{what}.damper")),
        rounding=rounding,
        hourly_at_bound=table.hourly_at_bound,
        source=table.source,
    )
