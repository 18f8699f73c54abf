"""Reads the formulas of explanations back and reckons them in exact fractions. It knows nothing of the engine."""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from simexchange.core.explaining.figures import NONE, Explanation, Figure, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[a-z][a-z0-9_]*|[()+−×÷,])")
UNIT = 10**8


def toward_zero(value: Fraction, unit: int) -> Fraction:
    scaled = abs(value) * unit
    return Fraction(floor(scaled), unit) * (1 if value >= 0 else -1)


FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "abs": abs,
    "median": lambda *values: sorted(values)[1],
    "floor8": lambda value: Fraction(floor(value * UNIT), UNIT),
    "ceil8": lambda value: Fraction(ceil(value * UNIT), UNIT),
    "zero8": lambda value: toward_zero(value, UNIT),
    "zero16": lambda value: toward_zero(value, UNIT * UNIT),
    "down_to": lambda value, step: floor(value / step) * step,
    "up_to": lambda value, step: ceil(value / step) * step,
}


class Reader:
    """One formula, from left to right."""

    def __init__(self, text: str, values: Mapping[str, Fraction]) -> None:
        self.tokens = _TOKEN.findall(text)
        assert "".join(self.tokens) == text.replace(" ", ""), f"not in the grammar: {text}"
        self.values = values
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        assert token, "the formula ends too early"
        assert not wanted or token == wanted, f"{token} where {wanted} should be"
        self.place += 1
        return token

    def whole(self) -> Fraction:
        value = self.sum()
        assert not self.peek(), f"{self.peek()} too much"
        return value

    def sum(self) -> Fraction:
        value = self.product()
        while self.peek() in ("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Fraction:
        value = self.signed()
        while self.peek() in ("×", "÷"):
            value = value * self.signed() if self.take() == "×" else value / self.signed()
        return value

    def signed(self) -> Fraction:
        if self.peek() == "−":
            self.take()
            return -self.signed()
        return self.atom()

    def atom(self) -> Fraction:
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token[0].isdigit():
            return Fraction(token)
        if self.peek() == "(" and token in FUNCTIONS:
            self.take("(")
            given = [self.sum()]
            while self.peek() == ",":
                self.take()
                given.append(self.sum())
            self.take(")")
            return FUNCTIONS[token](*given)
        return self.values[token]


def value_of(figure: Figure) -> Fraction:
    """What its formula gives with its printed inputs."""
    values = {each.name: Fraction(each.value) for each in figure.inputs}
    return Reader(figure.formula, values).whole()


def figures(sections: Iterable[Section]) -> list[tuple[Section, Figure]]:
    return [(section, figure) for section in sections for figure in section.figures]


def check_sections(sections: Sequence[Section]) -> int:
    """Reckon every figure again; how many there were. What does not exist has a reason instead."""
    found = figures(sections)
    for section in sections:
        names = [*(fact.name for fact in section.facts), *(figure.name for figure in section.figures)]
        assert len(set(names)) == len(names), f"{section.name}: one name, two numbers: {names}"
    for section, figure in found:
        where = f"{section.name}: {figure}"
        if figure.value == NONE:
            assert figure.note, where
            assert not figure.formula, where
            continue
        assert figure.formula, where
        assert value_of(figure) == Fraction(figure.value), where
        assert figure.seq == max((each.seq for each in figure.inputs), default=0), where
    return len(found)


def check_explanation(explanation: Explanation) -> int:
    """As `check_sections`; and no number rests on a record that had not been written."""
    sections = explanation.sections
    for section in sections:
        assert section.seq <= explanation.seq
        assert all(0 <= fact.seq <= explanation.seq for fact in section.facts), section
        assert all(0 <= figure.seq <= explanation.seq for figure in section.figures), section
    return check_sections(sections)


def shown(sections: Sequence[Section], section: str) -> dict[str, str]:
    """The values of one section by name, facts and figures."""
    found: Any = next(each for each in sections if each.name == section)
    return {each.name: each.value for each in (*found.facts, *found.figures)}
