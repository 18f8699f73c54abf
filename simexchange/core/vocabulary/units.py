"""Whole numbers for money, and the only addresses where they are multiplied.

Every price, quantity, amount and rate is an integer in units of 10**-8: ``60000.10`` is ``6_000_010_000_000``.
Tick and step are filters of a market, not units. Entry costs are kept at 10**-16, so that nothing is lost
between an entry and an exit. The rounding is in the verb, and each docstring says who gets the odd unit.
"""

from typing import Final, NewType

Price = NewType("Price", int)
"""Quote per base, in 10**-8."""
Quantity = NewType("Quantity", int)
"""Base units (linear, spot) or USD contracts (inverse), in 10**-8."""
Amount = NewType("Amount", int)
"""Money of one asset, in 10**-8."""
Rate = NewType("Rate", int)
"""A pure ratio in 10**-8: ``0.0005`` is ``50_000``."""
Cost = NewType("Cost", int)
"""Money at 10**-16: what a position cost to enter."""
Nanos = NewType("Nanos", int)
"""A moment (ns since 1970) or a span of time."""

ONE: Final = 100_000_000
FINE: Final = ONE * ONE
"""One unit of an asset at 10**-16."""

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def div_down(value: int, by: int) -> int:
    """*value* ÷ *by* toward minus infinity. *by* is above zero."""
    return value // by


def div_up(value: int, by: int) -> int:
    """*value* ÷ *by* toward plus infinity. *by* is above zero."""
    return -(-value // by)


def div_zero(value: int, by: int) -> int:
    """*value* ÷ *by* toward zero, so that a long and a short never differ by a unit. *by* is above zero."""
    return value // by if value >= 0 else -(-value // by)


def mul_down(value: int, by: int) -> int:
    """*value* × *by* (one of them at 10**-8 scale), toward minus infinity."""
    return value * by // ONE


def mul_up(value: int, by: int) -> int:
    """*value* × *by* (one of them at 10**-8 scale), toward plus infinity."""
    return -(-value * by // ONE)


def notional(price: Price, qty: Quantity) -> Amount:
    """What *qty* is worth at *price*, in the quote asset.

    Rounded down where tick × step is finer than 10**-8, so that the parts of an order never sum to more than
    the whole; a trade's amount is made here once and both sides use it.
    """
    return Amount(price * abs(qty) // ONE)


def notional_up(price: Price, qty: Quantity) -> Amount:
    """The least amount that surely pays *qty* at *price*: what an order must hold."""
    return Amount(-(-price * abs(qty) // ONE))


def fee(worth: Amount, rate: Rate) -> Amount:
    """The fee on *worth*: cost positive, a rebate negative. The odd unit stays with the exchange."""
    return Amount(-(-worth * rate // ONE))


def cost(worth: Amount) -> Cost:
    """An amount of money as an entry cost; exact."""
    return Cost(worth * ONE)


def floor_to(value: int, step: int) -> int:
    """The greatest multiple of *step* not above *value*."""
    return value - value % step


def ceil_to(value: int, step: int) -> int:
    """The least multiple of *step* not below *value*."""
    return value + -value % step


def show(value: int, decimals: int = 8) -> str:
    """*value* as exact decimal text, at most *decimals* places kept (toward zero) and all of them shown."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), ONE)
    if decimals == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:08d}"[: len(sign) + len(str(whole)) + 1 + decimals]


def decimal_text(value: int, unit: int = ONE) -> str:
    """*value* in units of 1/*unit*, a power of ten, as exact decimal text without needless zeros.

    >>> decimal_text(6_000_010_000_000), decimal_text(-1), decimal_text(ONE), decimal_text(20, 1)
    ('60000.1', '-0.00000001', '1', '20')
    """
    whole, fraction = divmod(abs(value), unit)
    if not fraction:
        text = str(whole)
    elif unit == ONE:
        text = f"{whole}.{fraction:08d}".rstrip("0")
    else:
        text = f"{whole}.{fraction:0{len(str(unit)) - 1}d}".rstrip("0")
    return f"-{text}" if value < 0 else text
