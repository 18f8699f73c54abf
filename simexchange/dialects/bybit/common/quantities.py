"""How prices and quantities of a market are written, and read. Inverse contracts are counted in dollars.

A market here may count an inverse contract as 100 USD; Bybit's are 1 USD each, so every quantity of one (of orders,
positions, trades, books, limits) is the number of contracts × their size: ``1`` contract of 100 USD is ``"100"``
("Place Order": ``qty`` of inverse is in USD; "Get Kline": volume of inverse is in quote coin; docs/v5, snapshot
2026-07-24, seen 2026-11). Derivatives' prices are printed as fine as their ``priceScale``, quantities as their step;
spot has neither zeros at the end nor a fixed number of places.
"""

from functools import lru_cache
from typing import Final

from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import ONE
from simexchange.dialects.bybit.common.numbers import TooPrecise, decimals_of, parse_decimal, print_fixed, print_plain

PRICE_SCALE: Final = 2
"""Decimals a derivative's price has at least: BTCUSDT moves by 0.10 and prints 61800.20 ("Get Instruments Info")."""


def price_scale(spec: Market) -> int:
    """With how many decimals prices are printed at most: ``priceScale``."""
    decimals = _decimals(spec.tick)
    return decimals if spec.kind is MarketKind.SPOT else max(decimals, PRICE_SCALE)


def price_text(spec: Market, price: int) -> str:
    """A price: "61800.20" of a derivative, "61800.2" on spot."""
    return print_plain(price) if spec.kind is MarketKind.SPOT else print_fixed(price, price_scale(spec))


def qty_text(spec: Market, qty: int) -> str:
    """A quantity: "0.010" of a linear contract, "100" (USD) of an inverse one, "0.01" on spot."""
    if spec.kind is MarketKind.SPOT:
        return print_plain(qty)
    if spec.inverse:
        return print_plain(dollars(spec, qty))
    return print_fixed(qty, _decimals(spec.step))


def dollars(spec: Market, qty: int) -> int:
    """Contracts of an inverse market in quote units; any other quantity as it is."""
    return qty * spec.contract_size // ONE if spec.inverse else qty


def qty_of(spec: Market, text: str) -> int:
    """The quantity that *text* means in *spec*, exactly.

    Raises NotANumber, Overflowed, or TooPrecise where it is no whole number of the smallest parts of a contract.
    """
    value = parse_decimal(text)
    if not spec.inverse:
        return value
    contracts, rest = divmod(value * ONE, spec.contract_size)
    if rest:
        raise TooPrecise(text)
    return contracts


_decimals = lru_cache(maxsize=1024)(decimals_of)
