"""What calls of ``/sapi`` weigh: each by itself, of an address or of an account ("General Info" of the wallet's pages).

Weights of the venue's Python connectors of 2026-08-21. A call that is not named here weighs one of its address.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from simexchange.dialects.contract import Payer, Route

ALONE: Final = "/sapi/"
WEIGHTS: Final[Mapping[tuple[str, str], tuple[int, Payer]]] = {
    ("GET", "/sapi/v1/capital/config/getall"): (10, Payer.ADDRESS),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): (10, Payer.ADDRESS),
    ("POST", "/sapi/v3/asset/getUserAsset"): (5, Payer.ADDRESS),
    ("GET", "/sapi/v1/asset/assetDividend"): (10, Payer.ADDRESS),
    ("GET", "/sapi/v1/spot/delist-schedule"): (100, Payer.ADDRESS),
    ("POST", "/sapi/v1/asset/transfer"): (300, Payer.ACCOUNT),
}


def weighed(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """*routes*, those of the wallet limited by themselves."""
    return tuple(_weighed(route) if route.path.startswith(ALONE) else route for route in routes)


def _weighed(route: Route) -> Route:
    weight, payer = WEIGHTS.get((route.method, route.path), (1, Payer.ADDRESS))
    return replace(route, weight=weight, alone=payer)
