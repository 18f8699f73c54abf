"""Every test in this folder drives the real ccxt; where it is not installed they skip."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = (
    "test_first_light.py", "test_session.py", "test_classes.py", "test_keys.py",
    "test_coinm.py", "test_errors.py", "test_numbers_on_tapes.py", "test_numbers.py", "test_faults.py",
)  # fmt: skip
"""Begun first where files are handed out in the order they come in, two to each of four processes: the long ones and
those that a full machine could be too slow for are apart, and the others fill up what is left."""


def _place(item: pytest.Item) -> int:
    longest = item.path.parent == HERE and item.path.name in LONGEST
    return LONGEST.index(item.path.name) if longest else len(LONGEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark and skip what stands in this folder; the hook is given the items of the whole run."""
    items.sort(key=_place)
    missing = find_spec("ccxt") is None
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.clients)
            if missing:
                item.add_marker(pytest.mark.skip(reason="needs the clients extra: pip install -e '.[clients]'"))
