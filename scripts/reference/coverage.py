"""Which calls of a venue are known and how much each matters: `fixtures/coverage/<venue>.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from simexchange.dialects.contract import Method, Product, Route

FOLDER: Final = Path(__file__).parents[2] / "fixtures" / "coverage"
CLASSES: Final = ("must", "should", "nice")


class Unserved(NamedTuple):
    """Calls that are left out on purpose; a call may be a pattern (`fnmatch`)."""

    calls: tuple[str, ...]
    reason: str


class CoverageList:
    """One venue's calls, each with its class."""

    def __init__(self, venue: str) -> None:
        told = tomllib.loads((FOLDER / f"{venue}.toml").read_text(encoding="utf-8"))
        self.rest: Mapping[str, str] = {call: name for name in CLASSES for call in told[name].get("rest", ())}
        """``GET /api/v3/ping`` → class."""
        self.methods = _by_product(told, "methods")
        """(product, method of the WebSocket API) → class."""
        self.streams = _by_product(told, "streams")
        """(product, stream name with places like ``<symbol>``) → class."""
        self.unserved = tuple(Unserved(tuple(one["calls"]), one["reason"]) for one in told["no"])

    def class_of(self, product: Product, call: Route | Method) -> str:
        """``must``, ``should``, ``nice``; empty where the list does not know the call."""
        if isinstance(call, Route):
            return self.rest.get(rest_name(call), "")
        return self.methods.get((product.name, call.name), "")

    def why_not(self, call: str) -> str:
        """The reason a REST call is left out for; empty where it is not, or not known at all."""
        if call in self.rest:
            return ""
        return next((one.reason for one in self.unserved if any(fnmatchcase(call, each) for each in one.calls)), "")

    def missing(self, product: Product, *classes: str) -> Iterator[str]:
        """The known calls of *classes* that *product* has no route or method for."""
        routed = {rest_name(route) for route in product.routes}
        named = {method.name for method in product.methods}
        for call, name in self.rest.items():
            if name in classes and call not in routed and call.partition(" ")[2].startswith(product.rest_prefixes):
                yield call
        for (owner, method), name in self.methods.items():
            if name in classes and owner == product.name and method not in named:
                yield method


def rest_name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _by_product(told: Mapping[str, Mapping[str, Mapping[str, list[str]]]], kind: str) -> dict[tuple[str, str], str]:
    return {
        (product, call): name
        for name in CLASSES
        for product, calls in told[name].get(kind, {}).items()
        for call in calls
    }
