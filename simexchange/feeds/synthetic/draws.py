"""Chance, as a function: f(seed, stream, k) is always the same number, whoever asks and in whatever order.

So nothing of it is kept: a feed that is resumed, rewound or forked draws again what it drew. A *stream* is a named
use of chance ("index:BTC-USDT"); *k* counts within it. The generator is splitmix64 (Steele, Lea and Flood, "Fast
splittable pseudorandom number generators", OOPSLA 2014): a counter times an odd constant, then a bit mixer.
"""

from hashlib import blake2b
from math import sqrt
from typing import Final, NewType

from simexchange.feeds.synthetic.series import log, power

Stream = NewType("Stream", int)
"""The key of one stream of one seed."""

MASK: Final = (1 << 64) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15
UNIT: Final = 1.0 / (1 << 53)


def stream(seed: int, name: str) -> Stream:
    """The stream *name* of *seed*."""
    return Stream(int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "little"))


def bits(key: Stream, k: int) -> int:
    """64 bits."""
    z = (key + (k + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(key: Stream, k: int) -> float:
    """Uniform, strictly between 0 and 1."""
    return ((bits(key, k) >> 11) + 0.5) * UNIT


def normal(key: Stream, k: int) -> float:
    """Standard normal."""
    return normal_quantile(uniform(key, k))


def pareto(key: Stream, k: int, tail: float, at_most: float) -> float:
    """Pareto from 1 with exponent *tail*, cut at *at_most*."""
    return min(at_most, power(uniform(key, k), -1.0 / tail))


def heaviness(key: Stream, k: int) -> float:
    """The factor that makes normal shocks Student-t(5) of unit variance: sqrt(3 / chi-square(5)). Draws k to k + 2.

    Shocks of several assets that share it have joint bad days. The sum of two exponentials and one squared
    normal is a chi-square of 5 degrees of freedom.
    """
    u, v = uniform(key, k), uniform(key, k + 1)
    z = normal(key, k + 2)
    return sqrt(3.0 / (z * z - 2.0 * log(u * v)))


def normal_quantile(p: float) -> float:
    """The inverse of the normal distribution function, to sixteen digits.

    Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988).
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        return q * polynomial(r, CENTRE_ABOVE) / polynomial(r, CENTRE_BELOW)
    r = sqrt(-log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        value = polynomial(r, SHOULDER_ABOVE) / polynomial(r, SHOULDER_BELOW)
    else:
        r -= 5.0
        value = polynomial(r, TAIL_ABOVE) / polynomial(r, TAIL_BELOW)
    return -value if q < 0.0 else value


Coefficients = tuple[float, float, float, float, float, float, float, float]


def polynomial(x: float, c: Coefficients) -> float:
    """c[0] + c[1]·x + … + c[7]·x**7. Written out: a loop would cost a normal draw half its speed."""
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]


# Coefficients of PPND16 in AS 241, lowest power first.
CENTRE_ABOVE: Final[Coefficients] = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
CENTRE_BELOW: Final[Coefficients] = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
SHOULDER_ABOVE: Final[Coefficients] = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
SHOULDER_BELOW: Final[Coefficients] = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
TAIL_ABOVE: Final[Coefficients] = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
TAIL_BELOW: Final[Coefficients] = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip
