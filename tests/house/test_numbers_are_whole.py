"""Core and projections calculate in whole numbers, and no choice in them depends on chance order."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import at, modules, tree

Finding = tuple[ast.expr | ast.stmt, str]

FLOATING = {"float", "round", "complex", "Decimal", "Fraction"}
SETS = {"set", "frozenset", "Set", "AbstractSet", "MutableSet", "FrozenSet"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
BLIND = {"sorted", "len", "sum", "any", "all", "set", "frozenset", "bool"}
"""Calls that give the same answer in whatever order they meet the elements."""


def test_there_is_no_float_no_division_and_no_round_in_core_and_projections() -> None:
    paths = modules("core", "projections")

    assert [at(path, *found) for path in paths for found in fractions(tree(path))] == []


def test_nothing_in_core_and_projections_walks_over_a_set() -> None:
    paths = modules("core", "projections")
    known = set().union(*(set_names(tree(path)) for path in paths))

    assert [at(path, *found) for path in paths for found in chance_orders(tree(path), known)] == []


@pytest.mark.parametrize("line", ["a = 0.5", "a = b / c", "a /= b", "a = round(b)", "a = float(b)", "import math"])
def test_fractions_are_found(line: str) -> None:
    assert list(fractions(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "for a in {1, 2}: pass",
        "for a in set(b): pass",
        "c = [a for a in {x.id for x in b}]",
        "c = list(frozenset(b))",
        "c = min({a, b}, key=cost)",
        "for a in b.keys() & c.keys(): pass",
        "def f(dirty: set[int]):\n    return tuple(dirty)",
        "class A:\n    def __init__(self):\n        self.b = set()\n    def g(self):\n        return self.b.pop()",
    ],
)
def test_walks_over_a_set_are_found(line: str) -> None:
    assert list(chance_orders(ast.parse(line), set_names(ast.parse(line))))


@pytest.mark.parametrize(
    "line",
    [
        "for a in sorted({1, 2}): pass",
        "b = any(a for a in {1, 2})",
        "if a in {1, 2}: pass",
        "for a in b.keys(): pass",
        "c = {a for a in [1, 2]}",
    ],
)
def test_uses_of_a_set_without_order_are_let_pass(line: str) -> None:
    assert not list(chance_orders(ast.parse(line), set_names(ast.parse(line))))


# --------------------------------------------------------------------------------------------------------- the search


def fractions(module: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node, "float literal"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node, "true division"
            case ast.Name(id=word, ctx=ast.Load()) if word in FLOATING:
                yield node, word
            case ast.Import(names=names) if any(alias.name in {"math", "statistics"} for alias in names):
                yield node, "math works on floats; what is whole in it (isqrt, gcd) is imported by name"


def last_word(node: ast.expr) -> str:
    """`c` of `a.b.c`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def says_set(annotation: ast.expr | None) -> bool:
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return outer is not None and last_word(outer) in SETS


def set_names(module: ast.Module) -> set[str]:
    """Variables, attributes and parameters that *module* declares or makes as sets."""
    names: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.AnnAssign(target=target, annotation=annotation) if says_set(annotation):
                names.add(last_word(target))
            case ast.Assign(targets=[target], value=value) if is_set(value, set()):
                names.add(last_word(target))
            case ast.arg(arg=word, annotation=annotation) if says_set(annotation):
                names.add(word)
    return names - {""}


def is_set(node: ast.expr, known: set[str]) -> bool:
    """Whether *node* is a set, as far as one can see from here."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=word)):
            return word in SETS
        case ast.Call(func=ast.Attribute(attr=word)):
            return word in SET_METHODS
        case ast.BinOp(left=left, right=right, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return any(is_set(side, known) or is_keys(side) for side in (left, right))
        case ast.Name() | ast.Attribute():
            return last_word(node) in known
    return False


def is_keys(node: ast.expr) -> bool:
    """`a.keys()`: ordered alone, a set once combined with another."""
    return isinstance(node, ast.Call) and last_word(node.func) in {"keys", "items"}


def chance_orders(module: ast.Module, known: set[str]) -> Iterator[Finding]:
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    blind = {id(argument) for call in calls if last_word(call.func) in BLIND for argument in call.args}
    for node in ast.walk(module):
        match node:
            case ast.For(iter=source):
                places = [source]
            case ast.ListComp() | ast.DictComp() | ast.GeneratorExp() if id(node) not in blind:
                places = [generator.iter for generator in node.generators]
            case ast.Call(func=ast.Name(id="list" | "tuple" | "iter" | "next" | "enumerate" | "zip" | "map")):
                places = node.args
            case ast.Call(func=ast.Name(id="min" | "max"), keywords=[_, *_]):
                places = node.args
            case ast.Call(func=ast.Attribute(attr="pop", value=owner), args=[]):
                places = [owner]
            case ast.Starred(value=value):
                places = [value]
            case _:
                continue
        yield from ((place, "the order of a set") for place in places if is_set(place, known))
