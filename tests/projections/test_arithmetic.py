"""A projection adds and compares: whatever needs a product or a quotient was decided once, by the engine."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import modules, tree

PRODUCTS = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
CALLS = {"divmod", "pow", "mul", "mul_down", "mul_up", "notional"}
MAY = ("intervals.py", "keeping.py")
"""One divides moments into spans of candles, one counts rows in blocks; neither knows money."""


def products(module: ast.Module) -> Iterator[int]:
    """Lines with a product or a quotient."""
    for node in ast.walk(module):
        match node:
            case ast.BinOp(op=op) | ast.AugAssign(op=op) if isinstance(op, PRODUCTS):
                yield node.lineno
            case ast.Name(id=word) if word in CALLS:
                yield node.lineno


def test_no_projection_multiplies_or_divides() -> None:
    found = {path.name: list(products(tree(path))) for path in modules("projections") if path.name not in MAY}

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert len(found) > 10


@pytest.mark.parametrize("line", ["a = b * c", "a //= 2", "a = b % c", "a = divmod(b, c)", "a = notional(b, c)"])
def test_products_are_found(line: str) -> None:
    assert list(products(ast.parse(line)))
