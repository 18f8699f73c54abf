"""Explanations as lines of text: every figure with its formula, and each of its numbers with the record it is from."""

from collections.abc import Iterator

from simexchange.core.explaining.figures import NONE, Explanation, Figure, Input, Section
from simexchange.eventlog.inspection import iso_time


def lines(explanation: Explanation) -> Iterator[str]:
    """The whole answer."""
    yield f"{explanation.question}, after record {explanation.seq} at {iso_time(explanation.at)}"
    if not explanation.sections:
        yield "There is nothing to explain."
    for section in explanation.sections:
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[str]:
    """One part of it, after an empty line."""
    where = f" [record {section.seq}]" if section.seq else ""
    note = f" ({section.note})" if section.note else ""
    yield ""
    yield f"{section.name}{where}{note}"
    names = [*(fact.name for fact in section.facts), *(figure.name for figure in section.figures)]
    width = max(map(len, names), default=0)
    for fact in section.facts:
        yield f"  {fact.name:<{width}}  {_amount(fact.value, fact.unit)}   {_origin(fact)}"
    for figure in section.figures:
        yield from _figure(figure, width)


def _figure(figure: Figure, width: int) -> Iterator[str]:
    if figure.value == NONE:
        yield f"  {figure.name:<{width}}  {NONE}: {figure.note}"
        return
    yield f"  {figure.name:<{width}}  {_amount(figure.value, figure.unit)}   = {figure.formula}"
    margin = " " * (width + 4)
    inputs = ", ".join(f"{each.name} {each.value}" + (f" [{each.seq}]" if each.seq else "") for each in figure.inputs)
    if inputs:
        yield f"{margin}with {inputs}"
    said = "; ".join(text for text in (figure.rounding, figure.note) if text)
    if said:
        yield f"{margin}{said}"


def _amount(value: str, unit: str) -> str:
    return f"{value} {unit}" if unit and unit not in {"price", "rate"} else value


def _origin(fact: Input) -> str:
    return f"[{fact.seq}] {fact.source}" if fact.seq else fact.source
