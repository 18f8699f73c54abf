"""Logarithm, exponential and power whose every bit is the same on every machine and Python.

The ones of the C library differ between platforms in the last place, and a price that differs by one unit is another
history. These use only what IEEE 754 rounds exactly: + − × ÷, square root, and splitting or scaling by powers of two.
They are good to about one unit in the fifteenth digit, which no tick can see.
"""

from math import floor, frexp, ldexp
from typing import Final

LN2_HIGH: Final = 0.693147180369123816490
"""ln 2 with its last 32 bits zero, so that a small multiple of it is exact (fdlibm's split)."""
LN2_LOW: Final = 1.90821492927058770002e-10
ROOT_HALF: Final = 0.7071067811865476


def log(x: float) -> float:
    """The natural logarithm of *x* > 0."""
    mantissa, exponent = frexp(x)
    if mantissa < ROOT_HALF:
        mantissa += mantissa
        exponent -= 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    # 2·artanh(s); |s| < 0.172, so the first term left out is below 10**-17.
    tail = 1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z / 19)))
    tail = z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * tail))))
    return exponent * LN2_HIGH + (exponent * LN2_LOW + 2.0 * s * (1.0 + tail))


def exp(x: float) -> float:
    """e to the power *x*, |x| < 700."""
    k = floor(x / LN2_HIGH + 0.5)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # |r| < 0.347: thirteen terms of the series leave less than 10**-16.
    total = 1.0
    for n in range(13, 0, -1):
        total = 1.0 + r * total / n
    return ldexp(total, k)


def power(x: float, exponent: float) -> float:
    """*x* > 0 to a power."""
    return exp(exponent * log(x))
