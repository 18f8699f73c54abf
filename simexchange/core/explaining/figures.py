"""What an explanation is made of: facts with the record they came from, and figures with the formula they came by.

A formula is text over the names of its inputs: ``+ − × ÷``, brackets, numbers, and the functions of `FUNCTIONS`. With
its inputs put in and reckoned exactly it gives the figure, to the last digit; the figure itself is what the engine's
own function gave. tests/core/test_explaining.py reads formulas back and compares.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from simexchange.core.vocabulary.units import ONE, decimal_text

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, PositionId, PositionKey

FUNCTIONS: Final = {
    "min": "the least",
    "max": "the greatest",
    "abs": "without its sign",
    "median": "the middle one of three",
    "floor8": "down to 10⁻⁸",
    "ceil8": "up to 10⁻⁸",
    "zero8": "toward zero to 10⁻⁸",
    "zero16": "toward zero to 10⁻¹⁶",
    "down_to": "down to a multiple of the second",
    "up_to": "up to a multiple of the second",
}
"""The functions a formula may use, and what they do."""

NONE: Final = "none"
"""The value of a figure that does not exist: its note says why."""
WHOLE: Final = 1
FINE: Final = ONE * ONE
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Input(msgspec.Struct, frozen=True):
    """One number that something is made of."""

    name: str
    """What formulas call it."""
    value: str
    """Exact decimal text."""
    unit: str
    """The asset it is money of, ``price``, ``rate``, or what it counts; empty: a pure number."""
    seq: int
    """The newest record it rests on; 0: none."""
    source: str
    """Which kind of event, rule or bracket it stands in, or the figure it is."""


class Figure(msgspec.Struct, frozen=True):
    """One number and how it came about."""

    name: str
    value: str
    unit: str
    seq: int
    """The newest record that any of its inputs rests on."""
    formula: str
    """Empty only where there is no such number."""
    rounding: str
    """Which way, in words; empty: the formula is exact."""
    inputs: tuple[Input, ...]
    note: str = ""
    """What a reader may wonder about."""


class Section(msgspec.Struct, frozen=True):
    """What belongs together: a position, a wallet, one step of a liquidation."""

    name: str
    seq: int
    """The record it tells of; 0: it is about how things stand."""
    note: str
    facts: tuple[Input, ...]
    """What it starts from."""
    figures: tuple[Figure, ...]


class Explanation(msgspec.Struct, frozen=True):
    """The answer to one question."""

    question: str
    seq: int
    """How things stood after this record."""
    at: int
    """The instant of it, ns since 1970."""
    sections: tuple[Section, ...]


class Origins(Protocol):
    """Which record set something last; 0 where none did."""

    def wallet(self, account: AccountNo, wallet: str, asset: str) -> int:
        """The last movement of a wallet."""
        ...

    def position(self, position: PositionId) -> int:
        """The last trade that changed a position."""
        ...

    def order(self, order: OrderId) -> int:
        """The last change of an open order."""
        ...

    def leverage(self, account: AccountNo, key: PositionKey) -> int:
        """The last choice of a leverage, for the slot or its market."""
        ...

    def fees(self, account: AccountNo, market: MarketNo) -> int:
        """The last time an account got rates of its own."""
        ...

    def mark(self, market: MarketNo) -> int:
        """The last mark price."""
        ...

    def last(self, market: MarketNo) -> int:
        """The last trade."""
        ...

    def rules(self, bundle: str, market: MarketNo) -> int:
        """The last setting of a bundle's rules for a market."""
        ...

    def listed(self, market: MarketNo) -> int:
        """The record in which the market's facts were set."""
        ...

    def index(self, name: str) -> int:
        """The last value of an index."""
        ...

    def bundle(self, name: str) -> int:
        """The record in which a venue's rules for accounts were last adopted."""
        ...

    def settled(self, market: MarketNo) -> int:
        """The last funding settlement."""
        ...

    def sampled_from(self, market: MarketNo) -> int:
        """The first mark, and with it premium, since then."""
        ...


class Sheet:
    """A section in the making. What was put down last under a name is what formulas after it mean by the name."""

    def __init__(self, name: str, *, seq: int = 0, note: str = "") -> None:
        self.name = name
        self._seq = seq
        self._note = note
        self._known: dict[str, Input] = {}
        self._facts: list[Input] = []
        self._figures: list[Figure] = []
        self._amounts: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        """What was put down under *name*, in its own unit."""
        return self._amounts[name]

    def fact(self, name: str, value: int, unit: str, source: str, seq: int, *, scale: int = ONE) -> int:
        """Put down a number that is not reckoned here, in units of 1/*scale*; it is returned."""
        self._put(Input(name, decimal_text(value, scale), unit, seq, source), value)
        self._facts.append(self._known[name])
        return value

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def borrow(self, name: str, sheet: Sheet, of: str = "") -> None:
        """Take the number that another section has under *of* (the same name if not said) into formulas here."""
        found = sheet._known[of or name]
        source = found.source if sheet is self else f"{of or name} of {sheet.name}"
        self._put(Input(name, found.value, found.unit, found.seq, source), sheet._amounts[of or name])

    def figure(
        self, name: str, value: int, unit: str, formula: str, rounding: str = "", *, note: str = "", scale: int = ONE
    ) -> int:
        """Put down what the engine reckoned, with the formula over what is known here; it is returned."""
        inputs = self._inputs(formula)
        seq = max((each.seq for each in inputs), default=0)
        text = decimal_text(value, scale)
        self._figures.append(Figure(name, text, unit, seq, formula, rounding, inputs, note))
        self._put(Input(name, text, unit, seq, f"figure {name}"), value)
        return value

    def absent(self, name: str, unit: str, note: str) -> None:
        """Say that there is no such number, and why."""
        self._figures.append(Figure(name, NONE, unit, 0, "", "", (), note))

    def made(self) -> Section:
        """The section."""
        return Section(self.name, self._seq, self._note, tuple(self._facts), tuple(self._figures))

    def _put(self, known: Input, value: int) -> None:
        self._known[known.name] = known
        self._amounts[known.name] = value

    def _inputs(self, formula: str) -> tuple[Input, ...]:
        names = dict.fromkeys(_NAME.findall(formula))
        return tuple(self._known[name] for name in names if name not in FUNCTIONS)


def total(names: list[str]) -> str:
    """A formula that adds them up."""
    return " + ".join(names) if names else "0"
