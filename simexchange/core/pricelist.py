"""What an amount of one asset is in another, by the prices of one moment. For people: no decision rests on it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.vocabulary.units import ONE, div_zero

if TYPE_CHECKING:
    from collections.abc import Mapping

Pair = tuple[str, str]
"""(base, quote)."""


class Hop(NamedTuple):
    """One step on the way from an asset to another: by the price of *pair*, or the other way round."""

    pair: Pair
    inverse: bool


class PriceList:
    """Prices of one moment, quote per base at 10**-8, above zero, in the order in which they are preferred."""

    __slots__ = ("prices",)

    def __init__(self, prices: Mapping[Pair, int]) -> None:
        self.prices = prices

    def convert(self, amount: int, asset: str, currency: str) -> int | None:
        """*amount* of *asset* in *currency*, toward zero at each step; None where no price leads there."""
        way = way_between(tuple(self.prices), asset, currency)
        if way is None:
            return None
        for pair, inverse in way:
            price = self.prices[pair]
            amount = div_zero(amount * ONE, price) if inverse else div_zero(amount * price, ONE)
        return amount


@lru_cache(maxsize=4_096)
def way_between(pairs: tuple[Pair, ...], asset: str, currency: str) -> tuple[Hop, ...] | None:
    """From *asset* to *currency*: the pair of both, else over a third asset, the first in *pairs* that leads there."""
    if asset == currency:
        return ()
    direct = _hop(pairs, asset, currency)
    if direct is not None:
        return (direct,)
    for third in dict.fromkeys(name for pair in pairs for name in reversed(pair)):
        first, second = _hop(pairs, asset, third), _hop(pairs, third, currency)
        if first is not None and second is not None:
            return (first, second)
    return None


def _hop(pairs: tuple[Pair, ...], asset: str, other: str) -> Hop | None:
    if (asset, other) in pairs:
        return Hop((asset, other), inverse=False)
    return Hop((other, asset), inverse=True) if (other, asset) in pairs else None
