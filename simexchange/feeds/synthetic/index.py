"""The index process: where each pair's price goes, one second after another."""

from functools import lru_cache
from math import sqrt

import msgspec

from simexchange.core.vocabulary.units import ONE, SECOND, Nanos, Price
from simexchange.feeds.synthetic.draws import Stream, heaviness, normal, stream
from simexchange.feeds.synthetic.series import exp, log
from simexchange.feeds.synthetic.settings import IndexSettings, PremiumSettings
from simexchange.feeds.synthetic.volatility import YEAR, agitation, fading, step_factors

BASIS_POINT = 0.0001
CATCH_UP = 120
"""Seconds of absence that are walked one by one; a longer one is a single stride."""


class IndexState(msgspec.Struct):
    """Where one index stands. Floats stay in here; `price` is what is published."""

    level: float
    """Logarithm of the price, unrounded."""
    price: Price
    factors: list[float]
    """Of the logarithm of volatility; all zero on the ordinary day at which an exchange starts."""
    agitation: float
    """Volatility now against its base."""
    premium: float
    """Of the perpetual, in basis points, without its mean."""
    second: int
    """Up to which second since 1970 it was walked."""


@lru_cache(maxsize=64)
def index_streams(seed: int, name: str) -> tuple[Stream, Stream, Stream, Stream]:
    """Streams of one index: its own shocks, its factors, its premium; and what it shares with all the others."""
    return (
        stream(seed, f"{name}/shock"), stream(seed, f"{name}/factor"), stream(seed, f"{name}/premium"),
        stream(seed, "common"),
    )  # fmt: skip


def begin(price: Price, at: Nanos) -> IndexState:
    """An index that stands at *price*, on an ordinary day."""
    factors = [0.0, 0.0, 0.0]
    return IndexState(
        level=log(price / ONE), price=price, factors=factors,
        agitation=agitation(factors, at), premium=0.0, second=at // SECOND,
    )  # fmt: skip


def walk(state: IndexState, settings: IndexSettings, premium: PremiumSettings, seed: int, at: Nanos) -> None:
    """Bring the index to the second *at* is in."""
    second = at // SECOND
    if second - state.second > CATCH_UP:
        stride(state, settings, premium, seed, second)
    while state.second < second:
        stride(state, settings, premium, seed, state.second + 1)
    state.price = published(state.level, settings)


def stride(state: IndexState, settings: IndexSettings, premium: PremiumSettings, seed: int, second: int) -> None:
    """Go to *second* in one step: factors first, then the price by the volatility they give."""
    own, factor, premiums, common = index_streams(seed, settings.name)
    seconds = float(second - state.second)
    k = 8 * second
    # The five-day factor is everybody's: markets are calm or nervous together.
    shocks = (normal(factor, k), normal(factor, k + 1), normal(common, k))
    step_factors(state.factors, seconds, shocks)
    state.agitation = agitation(state.factors, Nanos(second * SECOND))
    shock = shared_shock(settings.loading, normal(common, k + 1), normal(own, k))
    # Large moves are large everywhere: the factor that makes tails fat is drawn once for all indexes.
    heavy = heaviness(common, k + 2) if seconds <= CATCH_UP else 1.0
    state.level += per_second(settings) * sqrt(seconds) * state.agitation * heavy * shock
    kept, new = fading(premium.memory, seconds)
    state.premium = kept * state.premium + premium.deviation * new * normal(premiums, k)
    state.second = second


def shared_shock(loading: float, common: float, own: float) -> float:
    """A standard normal that correlates with *common* by *loading*."""
    return loading * common + sqrt(1.0 - loading * loading) * own


@lru_cache(maxsize=64)
def per_second(settings: IndexSettings) -> float:
    """Base volatility of one second."""
    return settings.volatility / sqrt(YEAR)


def published(level: float, settings: IndexSettings) -> Price:
    """The price a level is published at; never below one quantum."""
    quanta = int(exp(level) * (ONE / settings.quantum) + 0.5)
    return Price(max(1, quanta) * settings.quantum)
