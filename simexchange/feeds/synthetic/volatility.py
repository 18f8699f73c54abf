"""How agitated the market is: three slow-moving factors and the hour of the day.

Each factor is an Ornstein-Uhlenbeck process of the logarithm of volatility, with memories of ten minutes, four hours
and five days. Together they give what recorded returns have: agitation that comes in clusters of all lengths.
"""

from functools import lru_cache
from math import sqrt
from typing import Final

from simexchange.core.vocabulary.units import DAY, HOUR, Nanos
from simexchange.feeds.synthetic.series import exp

MEMORIES: Final = (600.0, 4 * 3600.0, 5 * 86400.0)
"""Seconds after which a factor has forgotten all but 1/e of itself."""
DEVIATIONS: Final = (0.35, 0.40, 0.35)
NORM: Final = exp(-(DEVIATIONS[0] * DEVIATIONS[0] + 0.5 * DEVIATIONS[1] * DEVIATIONS[1]))
"""Takes out what the factors add to the mean square within some hours, so that the base is what one measures on an
ordinary day. Over months the slow ones make it a fifth more."""
YEAR: Final = 365 * 86400.0

HOURS: Final = (
    0.825, 0.752512, 0.696891, 0.661926, 0.65, 0.661926, 0.696891, 0.752512, 0.825, 0.909413, 1.0, 1.090587,
    1.175, 1.247488, 1.303109, 1.338074, 1.35, 1.338074, 1.303109, 1.247488, 1.175, 1.090587, 1.0, 0.909413,
)  # fmt: skip
"""1 + 0.35·cos(2π(h − 16)/24) for each hour h UTC: busiest when America and Europe are both awake."""
WEEKEND: Final = 0.75
SATURDAY: Final = 2
"""1970-01-01 was a Thursday: days since then modulo 7 are 2 on a Saturday and 3 on a Sunday."""


def season(at: Nanos) -> float:
    """The factor of the hour of day, straight between whole hours, and of the day of the week."""
    hour, into = divmod(at % DAY, HOUR)
    before, after = HOURS[hour], HOURS[(hour + 1) % 24]
    value = before + (after - before) * (into / HOUR)
    return value * WEEKEND if at // DAY % 7 in (SATURDAY, SATURDAY + 1) else value


@lru_cache(maxsize=64)
def fading(memory: float, seconds: float) -> tuple[float, float]:
    """What *seconds* leave of a process with that memory, and how much new chance replaces the rest."""
    kept = exp(-seconds / memory)
    return kept, sqrt(1.0 - kept * kept)


def step_factors(factors: list[float], seconds: float, shocks: tuple[float, float, float]) -> None:
    """Move the three factors on by *seconds*."""
    for i in range(3):
        kept, new = fading(MEMORIES[i], seconds)
        factors[i] = kept * factors[i] + DEVIATIONS[i] * new * shocks[i]


def agitation(factors: list[float], at: Nanos) -> float:
    """Volatility now against the base."""
    return NORM * exp(factors[0] + factors[1] + factors[2]) * season(at)
