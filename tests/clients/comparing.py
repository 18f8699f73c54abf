"""Fields of what ccxt parsed, and whether they are what was said."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.clients.table import Best, Between, Newest
from tests.clients.tale import UNIT

SHALLOW = 100
"""Levels of a side that every call tells."""
DEEP = 500
"""Levels of a side that are compared: a stream begins with a thousand, and those behind them may be missing."""


def take(answer: Any, field: str, symbol: str) -> Any:
    """The value at *field*; of ``[]`` a list with one for every row."""
    for number, name in enumerate(names := field.split(".") if field else []):
        if name == "[]":
            rest = ".".join(names[number + 1 :])
            return [take(row, rest, symbol) for row in answer or ()]
        if isinstance(answer, list):
            answer = answer[int(name)]
        else:
            answer = (answer or {}).get(symbol if name == "SYMBOL" else name)
    return answer


def numbers(answer: Any, symbol: str, path: str = "") -> set[str]:
    """Where in *answer* numbers are, as fields of the table spell it."""
    if isinstance(answer, bool) or not isinstance(answer, int | float | dict | list):
        return set()
    if isinstance(answer, int | float):
        return {path}
    if isinstance(answer, dict):
        steps = [("SYMBOL" if key == symbol else str(key), value) for key, value in answer.items()]
    else:
        steps = [(str(i) if isinstance(value, int | float) else "[]", value) for i, value in enumerate(answer)]
    dot = "." if path else ""
    return {found for name, value in steps for found in numbers(value, symbol, f"{path}{dot}{name}")}


def same(found: Any, said: Any) -> bool:
    """Equal to the last of eight decimals; times and texts wholly."""
    if isinstance(said, Newest):
        return bool(found) and same(found, list(said[-len(found) :]))
    if isinstance(said, Best) and len(said) > SHALLOW:
        told = min(len(found), DEEP)
        return told >= SHALLOW and same(found[:told], list(said[:told]))
    if isinstance(said, list):
        return isinstance(found, list) and len(found) == len(said) and all(map(same, found, said))
    if isinstance(said, Between):
        return bool(said.first <= found <= said.last)
    if isinstance(said, Decimal) and found is not None:
        return exact(found) == exact(said)
    return bool(found == said)


def exact(value: Any) -> Decimal:
    """The shortest decimal that is this float: what ccxt's users see."""
    return Decimal(str(value)).quantize(UNIT, ROUND_HALF_EVEN)
