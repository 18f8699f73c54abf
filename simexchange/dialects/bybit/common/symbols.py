"""Market ids and Bybit's symbols, which are names inside a category.

| market id | category | symbol |
|---|---|---|
| ``spot:BTC-USDT`` | spot | BTCUSDT |
| ``perp:BTC-USDT`` | linear | BTCUSDT |
| ``perp:BTC-USDC`` | linear | BTCPERP |
| ``dated:BTC-USDT-261225`` | linear | BTCUSDT-25DEC26 |
| ``perp:BTC-USD`` | inverse | BTCUSD |
| ``dated:BTC-USD-261225`` | inverse | BTCUSDZ26 |

("Instruments info" and "Enum: symbol", docs/v5, snapshot 2026-07-24, seen 2026-11.) The listed markets decide what a
symbol means; a symbol says neither where base ends nor, of an inverse quarter, on which day it expires.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.markets import Market, MarketKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

SPOT: Final = "spot"
LINEAR: Final = "linear"
INVERSE: Final = "inverse"
OPTION: Final = "option"
CATEGORIES: Final = (SPOT, LINEAR, INVERSE)
"""Those that have markets here."""
RULES: Final = "bybit"
"""The bundle whose rules public calls show; an account's own calls go by the account's."""

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LETTERS: Final = "FGHJKMNQUVXZ"
"""Months of futures, January first: the letters of every exchange."""


def category_of(market: Market) -> str:
    """Which category a market is in."""
    if market.kind is MarketKind.SPOT:
        return SPOT
    return INVERSE if market.inverse else LINEAR


def symbol_of(market: Market) -> str:
    """The venue's name for a market."""
    return _symbol(market.id, market.kind, market.base, market.quote, inverse=market.inverse)


def expiry_of(market: Market) -> str:
    """The day on which a dated contract is delivered: ``25DEC26``; nothing of other markets."""
    if market.kind is not MarketKind.DATED:
        return ""
    date = market.id.rpartition("-")[2]
    return f"{date[4:6]}{_MONTHS[int(date[2:4]) - 1]}{date[:2]}"


@lru_cache(maxsize=4096)
def _symbol(market_id: str, kind: MarketKind, base: str, quote: str, *, inverse: bool) -> str:
    if kind is MarketKind.DATED:
        date = market_id.rpartition("-")[2]
        year, month, day = date[:2], int(date[2:4]), date[4:6]
        return (
            f"{base}{quote}{_LETTERS[month - 1]}{year}" if inverse else f"{base}{quote}-{day}{_MONTHS[month - 1]}{year}"
        )
    if kind is MarketKind.PERPETUAL and quote == "USDC":
        return f"{base}PERP"
    return base + quote


def find_market(state: "ExchangeState", category: str, symbol: str) -> "MarketState | None":
    """The market that *category* calls *symbol*, or None. Case counts, as on the venue."""
    no = next((state.market_no[each] for each in _ids(category, symbol) if each in state.market_no), None)
    if no is None and category == INVERSE:
        # A quarter says its month only.
        return next((market for market in listed(state, INVERSE) if symbol_of(market.spec) == symbol), None)
    if no is None or (RULES, no) not in state.rules:
        return None
    market = state.markets[no]
    return market if category_of(market.spec) == category and symbol_of(market.spec) == symbol else None


@lru_cache(maxsize=4096)
def _ids(category: str, symbol: str) -> tuple[str, ...]:
    """The market ids that *symbol* could stand for."""
    pair, dash, day = symbol.partition("-")
    if category == SPOT:
        return () if dash else tuple(f"spot:{base}-{quote}" for base, quote in _cuts(pair))
    if dash:
        date = _date(day)
        return tuple(f"dated:{base}-{quote}-{date}" for base, quote in _cuts(pair)) if date else ()
    if pair.endswith("PERP"):
        return (f"perp:{pair[:-4]}-USDC",)
    return tuple(f"perp:{base}-{quote}" for base, quote in _cuts(pair))


def _cuts(pair: str) -> "Iterator[tuple[str, str]]":
    """Every way to cut a pair into base and quote, the common lengths first."""
    lengths = (4, 3, 5, 2, *range(6, 16))
    return ((pair[:-length], pair[-length:]) for length in lengths if length < len(pair))


def _date(text: str) -> str:
    """``25DEC26`` as ``261225``; empty where it is no day."""
    day, month, year = text[:2], text[2:5], text[5:]
    if len(text) != 7 or month not in _MONTHS or not (day + year).isdecimal() or not text.isascii():
        return ""
    return f"{year}{_MONTHS.index(month) + 1:02d}{day}"


def listed(state: "ExchangeState", category: str) -> "Iterator[MarketState]":
    """The markets of *category* that the venue's rules speak of, in order of listing."""
    return (
        market
        for no, market in state.markets.items()
        if (RULES, no) in state.rules and category_of(market.spec) == category
    )
