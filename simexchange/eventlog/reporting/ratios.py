"""Figures of a curve of equity: growth, drawdown, Sharpe and Sortino. Approximate, for people; nothing reads them back.

Deposits and withdrawals are no profit: growth is time-weighted. Ratios are annualised from the mean and the spread of
the growth per period, without a riskless rate; the spread is of a sample (n − 1), the downside that of all periods, as
empyrical has it (stefan-jansen/empyrical-reloaded, `stats.py`, seen 2026-11).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE

YEAR: Final = 365 * DAY
PERIODS: Final = (
    ("1 d", DAY),
    ("4 h", 4 * HOUR),
    ("1 h", HOUR),
    ("15 min", 15 * MINUTE),
    ("5 min", 5 * MINUTE),
    ("1 min", MINUTE),
)
ENOUGH: Final = 30
"""Periods that ratios are made of, if there are so many; else of the shortest."""
FEWEST: Final = 10
"""With fewer there are no ratios."""


class Ratios(msgspec.Struct, frozen=True):
    """What a curve came to; None where it cannot be said."""

    growth: float
    """0.1: a tenth more."""
    drawdown: float
    """The deepest fall from a height, below zero."""
    sharpe: float | None
    sortino: float | None
    period: str
    periods: int


def growth_of(equity: Sequence[tuple[int, float, float]]) -> list[tuple[int, float]]:
    """A curve that begins with one, of (instant, equity, paid in to date): what money that comes or goes does not move.

    While there is nothing to grow it stands still; once everything is lost it stays at zero.
    """
    curve: list[tuple[int, float]] = []
    level, before, paid = 1.0, 0.0, 0.0
    for at, worth, paid_in in equity:
        if curve and before > 0:
            level *= max(0.0, (worth - (paid_in - paid)) / before)
        curve.append((at, level))
        before, paid = worth, paid_in
    return curve


def drawdowns(curve: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """How far below its height so far the curve stands, at zero or below."""
    found: list[tuple[int, float]] = []
    height = 0.0
    for at, level in curve:
        height = max(height, level)
        found.append((at, level / height - 1 if height > 0 else 0.0))
    return found


def returns_of(curve: Sequence[tuple[int, float]], period: int) -> list[float]:
    """The growth of each whole period, as a share."""
    if not curve:
        return []
    levels: list[float] = []
    number, at = 0, curve[0][0]
    while at <= curve[-1][0]:
        while number + 1 < len(curve) and curve[number + 1][0] <= at:
            number += 1
        levels.append(curve[number][1])
        at += period
    return [after / before - 1 for before, after in pairwise(levels) if before > 0]


def sharpe(returns: Sequence[float], per_year: float) -> float | None:
    """Mean over spread, annualised; None where nothing varied."""
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    spread = sqrt(sum((each - mean) ** 2 for each in returns) / (len(returns) - 1))
    return mean / spread * sqrt(per_year) if spread > 0 else None


def sortino(returns: Sequence[float], per_year: float) -> float | None:
    """Mean over the downside, annualised; None where nothing fell."""
    if not returns:
        return None
    downside = sqrt(sum(min(each, 0.0) ** 2 for each in returns) / len(returns))
    return sum(returns) / len(returns) / downside * sqrt(per_year) if downside > 0 else None


def ratios_of(curve: Sequence[tuple[int, float]]) -> Ratios:
    """Everything of one curve."""
    if not curve:
        return Ratios(0.0, 0.0, None, None, "", 0)
    span = curve[-1][0] - curve[0][0]
    name, period = next((each for each in PERIODS if span // each[1] >= ENOUGH), PERIODS[-1])
    returns, per_year = returns_of(curve, period), YEAR / period
    known = len(returns) >= FEWEST
    return Ratios(
        curve[-1][1] - 1, min(fall for _, fall in drawdowns(curve)), sharpe(returns, per_year) if known else None,
        sortino(returns, per_year) if known else None, name, len(returns),
    )  # fmt: skip
