"""Every test in this folder drives the real ccxt; where it is not installed they skip."""

from importlib.util import find_spec

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark and skip what stands in this folder; the hook is given the items of the whole run."""
    missing = find_spec("ccxt") is None
    for item in items:
        if item.path.parent.name == "clients" and item.path.parent.parent.name == "tests":
            item.add_marker(pytest.mark.clients)
            if missing:
                item.add_marker(pytest.mark.skip(reason="needs the clients extra: pip install -e '.[clients]'"))
