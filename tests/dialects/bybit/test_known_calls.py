"""Every v5 call that clients know stands in the list of the venue's calls."""

import re
from pathlib import Path
from typing import Any

import pytest

from scripts.reference.coverage import CoverageList

pytestmark = pytest.mark.clients


def test_every_call_of_ccxt_is_listed() -> None:
    import ccxt

    calls = CoverageList("bybit")
    found = sorted(v5_calls(ccxt.bybit().describe()["api"]))

    assert len(found) > 200
    assert [call for call in found if call not in calls.rest and not calls.why_not(call)] == []


def test_every_path_of_pybit_is_listed() -> None:
    import pybit

    calls = CoverageList("bybit")
    paths = {call.partition(" ")[2] for call in calls.rest}
    texts = [file.read_text(encoding="utf-8") for file in Path(str(pybit.__file__)).parent.glob("*.py")]
    found = {path for text in texts for path in re.findall(r'"(/v5/[a-zA-Z0-9/_-]+)"', text)} - {"/v5/public"}

    assert len(found) > 200
    assert [
        path for path in sorted(found)
        if path not in paths and not calls.why_not(f"GET {path}") and not calls.why_not(f"POST {path}")
    ] == []  # fmt: skip


def v5_calls(api: dict[str, Any]) -> set[str]:
    """``GET /v5/market/time`` and so on, out of a tree of verbs and paths."""
    found = set()
    for name, below in api.items():
        if name in ("get", "post"):
            found |= {f"{name.upper()} /{path}" for path in below if path.startswith("v5/")}
        elif isinstance(below, dict):
            found |= v5_calls(below)
    return found
