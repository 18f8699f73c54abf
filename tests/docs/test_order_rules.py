"""The page of order rules tells the truth about its tests: each of them is there."""

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "order-rules.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)(\[[^`\]]+\])?`")
NOT_BUILT = re.compile(r"not built: \S.*")


def rows() -> list[tuple[int, list[str]]]:
    """(line number, cells) of every row of every table, headings and their rules left out."""
    found = []
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("|") and not re.fullmatch(r"[|\- ]+", line) and line != "| rule | shown by |":
            found.append((number, [cell.strip() for cell in line.strip("|").split("|")]))
    return found


ROWS = [pytest.param(*row, id=f"line{row[0]}") for row in rows()]


@cache
def functions(path: str) -> frozenset[str]:
    """Names of the functions of a file, those of its classes included."""
    file = ROOT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )  # fmt: skip


def test_every_section_of_order_rules_is_on_the_page() -> None:
    headings = re.findall(r"^## (\d\.\d) ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "2.2"]


@pytest.mark.parametrize(("line", "cells"), ROWS)
def test_a_rule_has_tests_that_are_there_or_a_reason_why_it_is_not_built(line: int, cells: list[str]) -> None:
    """Nothing else may stand beside a rule, and no test twice."""
    assert len(cells) == 2, f"line {line} has {len(cells)} cells"
    rule, shown = cells
    if NOT_BUILT.fullmatch(shown):
        return
    named = [part.strip() for part in shown.split("<br>")]
    found = [NAMED.fullmatch(part) for part in named]

    assert rule
    assert [part for part, match in zip(named, found, strict=True) if match is None] == []
    assert [match[0] for match in found if match and match[2] not in functions(match[1])] == []
    assert len(set(named)) == len(named)


def test_no_rule_is_told_twice() -> None:
    rules = [cells[0] for _, cells in rows()]

    assert sorted(set(rules)) == sorted(rules)
