"""Chance in faults: a function of the exchange's seed, the rule and the place of the message, and of nothing else.

So the fate of a message does not hang on what other connections did meanwhile, and a second run draws it again.
"""

from typing import Final

from simexchange.core.vocabulary.units import ONE
from simexchange.feeds.synthetic.draws import Stream, bits, normal, stream, uniform
from simexchange.feeds.synthetic.series import exp, log
from simexchange.gateway.faults.points import Point

FIXED: Final = "fixed"
UNIFORM: Final = "uniform"
EXPONENTIAL: Final = "exponential"
LOGNORMAL: Final = "lognormal"
DISTRIBUTIONS: Final = (FIXED, UNIFORM, EXPONENTIAL, LOGNORMAL)
_CHANCE, _DELAY, _PICK = 0, 1, 3
"""The draws of one message, in order."""
_OF_EACH: Final = 4
LONGEST: Final = 40
"""No drawn delay is longer than this many times its mean."""


def place(seed: int, rule: str, point: Point) -> Stream:
    """The stream of chance of one rule at one connection and direction; `Point.ordinal` counts within it."""
    return stream(seed, f"fault/{rule}/{point.channel}/{point.connection}/{point.direction}")


def happens(key: Stream, ordinal: int, chance: int) -> bool:
    """True *chance* (in 10**-8) of the time."""
    return chance >= ONE or bits(key, ordinal * _OF_EACH + _CHANCE) % ONE < chance


def pick(key: Stream, ordinal: int, count: int) -> int:
    """One of 0 to *count* - 1."""
    return bits(key, ordinal * _OF_EACH + _PICK) % count


def delay(key: Stream, ordinal: int, distribution: str, mean: int, spread: int) -> int:
    """A span in nanoseconds of that *mean*.

    *spread* is a span beside it: half the width of ``uniform``, the standard deviation of ``lognormal``.
    """
    k = ordinal * _OF_EACH + _DELAY
    if distribution == UNIFORM:
        drawn = mean + spread * (2.0 * uniform(key, k) - 1.0)
    elif distribution == EXPONENTIAL:
        drawn = -mean * log(uniform(key, k))
    elif distribution == LOGNORMAL and mean and spread:
        # Mean m and deviation s of a log-normal: variance of the logarithm ln(1 + (s/m)²), its mean ln m − half of it.
        variance = log(1.0 + (spread / mean) ** 2)
        drawn = mean * exp(variance**0.5 * normal(key, k) - variance / 2.0)
    else:
        drawn = float(mean)
    return int(min(max(drawn, 0.0), float(LONGEST * (mean + spread))))
