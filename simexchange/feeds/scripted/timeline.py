"""A timeline: what is to happen, and when, in whole numbers. Files of them are read by `simexchange.config.scenarios`.

Rates are in 10**-8, spans and instants in nanoseconds, prices in 10**-8 of the quote asset.
"""

from enum import StrEnum
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Rate

EVERYWHERE: Final = ()
"""As indexes, markets or accounts of an act: all there are."""
HIGHEST: Final = Price(1_000_000_000 * ONE)
"""No index is sent higher."""


class Path(StrEnum):
    """How an index goes from one price to another."""

    LINEAR = "linear"
    """In equal parts."""
    WICK = "wick"
    """There in the first half of the time, and back to where it was in the second."""
    LATE = "late"
    """Slowly at first and ever faster: by the square of the time."""
    EARLY = "early"
    """Fast at first and ever slower, likewise."""


class Move(msgspec.Struct, frozen=True, tag="move"):
    """Indexes go to another price: by a part of their own, or to a given one."""

    indexes: tuple[str, ...]
    by: Rate = Rate(0)
    to: Price = Price(0)
    """0: *by* says it."""
    over: Nanos = Nanos(0)
    path: Path = Path.LINEAR
    every: Nanos = Nanos(SECOND)
    """How far apart the prices on the way are."""


class Recover(msgspec.Struct, frozen=True, tag="recover"):
    """Indexes go back: such a part of the way to where each stood before its last move."""

    indexes: tuple[str, ...]
    part: Rate
    over: Nanos = Nanos(0)
    path: Path = Path.LINEAR
    every: Nanos = Nanos(SECOND)


class Premium(msgspec.Struct, frozen=True, tag="premium"):
    """Derivatives trade so far above their index (below it where negative)."""

    markets: tuple[str, ...]
    rate: Rate


class Funding(msgspec.Struct, frozen=True, tag="funding"):
    """Perpetuals trade so far from their index that a whole interval of it settles at this rate."""

    markets: tuple[str, ...]
    rate: Rate


class Shape(msgspec.Struct, frozen=True, tag="shape"):
    """The ladder stands otherwise; None: as before."""

    markets: tuple[str, ...]
    spread: Rate | None = None
    """Between best bid and best ask, as a part of the price; at least a tick on each side."""
    depth: Rate | None = None
    """What its sizes are of the usual ones; 0: it is gone."""


class Halt(msgspec.Struct, frozen=True, tag="halt"):
    """Markets take no orders, or take them again."""

    markets: tuple[str, ...]
    resume: bool = False


class Pay(msgspec.Struct, frozen=True, tag="pay"):
    """Money comes in from outside, or goes out (below zero). What is not there does not go out."""

    account: str
    wallet: str
    asset: str
    amount: Amount


class Say(msgspec.Struct, frozen=True, tag="say"):
    """Nothing happens but that the log says so."""


Act = Move | Recover | Premium | Funding | Shape | Halt | Pay | Say
ON_PRICES: Final = (Move, Recover, Premium, Funding, Shape)
"""Acts for which there has to be a ladder."""


class Step(msgspec.Struct, frozen=True):
    """One line of a scenario."""

    at: Nanos
    """After the beginning; an instant of exchange time where *absolute*."""
    act: Act
    text: str
    absolute: bool = False


class Timeline(msgspec.Struct, frozen=True):
    """A whole scenario, its parameters filled in."""

    name: str
    steps: tuple[Step, ...]
    """In order of their instants: those after the beginning."""
    period: Nanos = Nanos(0)
    """After how long it begins again; 0: never."""

    @property
    def priced(self) -> bool:
        """Whether any step needs a ladder."""
        return any(isinstance(step.act, ON_PRICES) for step in self.steps)

    def instant(self, place: int, began: int) -> Nanos:
        """When the step at *place* is due where the timeline began at *began*."""
        step = self.steps[place]
        return step.at if step.absolute else Nanos(began + step.at)


def ends_after(step: Step) -> Nanos:
    """When what a step does is through, counted as its *at* is."""
    act = step.act
    return Nanos(step.at + act.over) if isinstance(act, Move | Recover) else step.at


__all__ = [
    "EVERYWHERE", "ON_PRICES", "Act", "Funding", "Halt", "Move", "Path", "Pay", "Premium", "Recover", "Say",
    "Shape", "Step", "Timeline", "ends_after",
]  # fmt: skip
