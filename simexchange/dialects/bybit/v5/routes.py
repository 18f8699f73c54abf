"""Every REST call that is served, and what of it is missing.

How often an account may make each of them: `common.limits`.
"""

from typing import Final

from simexchange.dialects.bybit.common.limits import rate_of
from simexchange.dialects.bybit.common.params import Param, checker
from simexchange.dialects.bybit.v5 import market
from simexchange.dialects.contract import Auth, Check, Coverage, Handler, Route


def public(path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call anybody may make. *doc*: what of it is missing."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    return Route("GET", path, handler, Auth.NONE, 0, coverage, doc, checker(*params, then=then))


def signed(method: str, path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call of an account's owner."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    check = checker(*params, then=then)
    return Route(method, path, handler, Auth.SIGNED, 0, coverage, doc, check, rate=rate_of(path))


MARKET: Final = (
    public("/v5/market/time", market.server_time),
)  # fmt: skip

ORDERS: Final[tuple[Route, ...]] = ()

POSITIONS: Final[tuple[Route, ...]] = ()

ACCOUNT: Final[tuple[Route, ...]] = ()

ASSET: Final[tuple[Route, ...]] = ()

USER: Final[tuple[Route, ...]] = ()

ROUTES: Final = (*MARKET, *ORDERS, *POSITIONS, *ACCOUNT, *ASSET, *USER)
