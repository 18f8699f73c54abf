"""Which streams of a venue can be subscribed where everything that ships is listed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Final

from scripts.reference.coverage import CoverageList
from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, OpenExchange, SetIndex
from simexchange.core.vocabulary.units import ONE, Nanos, Price
from simexchange.dialects.bybit.v5.userstream import TOPICS
from simexchange.dialects.contract import Product
from simexchange.projections.views import Views

START: Final = Nanos(1_772_438_400_000_000_000)
PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "<symbol>": {
        "spot": "btcusdt",
        "usdm": "btcusdt",
        "coinm": "btcusd_perp",
        "v5-spot": "BTCUSDT",
        "v5-linear": "BTCUSDT",
        "v5-inverse": "BTCUSD",
    },
    "<pair>": {"spot": "btcusdt", "usdm": "btcusdt", "coinm": "btcusd"},
    "<asset_index>": {"spot": "btcusd", "usdm": "btcusd", "coinm": "btcusd"},
    "<interval>": {"spot": "1m", "usdm": "1m", "coinm": "1m", "v5-spot": "1", "v5-linear": "1", "v5-inverse": "1"},
}
"""What stands in a name for any symbol and the like → one of them, by product."""
PRIVATE: Final[Mapping[str, Collection[str]]] = {"v5-private": TOPICS}
"""Topics that a socket hears of its account, where the venue has them by name."""
World = tuple[ExchangeState, Views]


def shipped() -> World:
    """Every market that ships, under every venue's rules, its indexes at a price, nothing traded."""
    state, views = ExchangeState(), Views()
    engine = Engine(state)
    beginning: list[Command] = [OpenExchange(1, START)]
    listing = opening.opening(markets.preset().values(), state, opening.BUNDLES)
    prices = (SetIndex(name, Price(60_000 * ONE)) for name in ("BTC-USDT", "ETH-USDT"))
    for seq, command in enumerate(chain(beginning, listing, prices), 1):
        for event in engine.execute(command, START):
            views.apply(seq, START, event)
    return state, views


def can_be_heard(product: Product, name: str, world: World) -> bool:
    """Whether the stream of that name, places filled, is there."""
    if name in PRIVATE.get(product.name, ()):
        return True
    for place, words in PLACES.items():
        name = name.replace(place, words.get(product.name, ""))
    return product.market_stream(name, *world) is not None


def stream_rows(product: Product, known: CoverageList, world: World) -> Iterator[tuple[str, str, str]]:
    """Name, class and whether it is served, of every stream that is known of *product*."""
    for (owner, name), matters in known.streams.items():
        if owner == product.name:
            yield f"`{name}`", matters, "yes" if can_be_heard(product, name, world) else "no"
