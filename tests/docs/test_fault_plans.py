"""Fault plans shown to the reader are plans that are taken."""

import re
import tomllib
from pathlib import Path

import pytest

from simexchange.gateway.faults.plan import rule_of
from tests.docs.pages import name, pages

PLANS = [
    (page, text)
    for page in pages()
    for text in re.findall(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if "[[fault]]" in text
]


@pytest.mark.parametrize("page, text", PLANS, ids=[f"{name(page)}:{n}" for n, (page, _) in enumerate(PLANS, 1)])
def test_a_plan_on_a_page_is_taken(page: Path, text: str) -> None:
    for number, table in enumerate(tomllib.loads(text)["fault"], 1):
        rule_of(table, f"{page.name}, fault {number}")
