"""Binance spot as one product: its calls, its streams, and what it says to a call it does not have."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.changes import FREE_ORDERS, LISTEN_KEYS, NO_ALL_TICKERS, NOW, ApiAsOf
from simexchange.dialects.binance.common.symbols import SPOT
from simexchange.dialects.binance.spot import errors, streams
from simexchange.dialects.binance.spot.freecalls import free_methods, free_routes
from simexchange.dialects.binance.spot.methods import METHODS
from simexchange.dialects.binance.spot.routes import ROUTES, without_listen_keys
from simexchange.dialects.binance.spot.userstream import SpotUserStream
from simexchange.dialects.binance.spot.walletweights import weighed
from simexchange.dialects.contract import ApiError, MarketStream, Method, Reply, Route, UserStream
from simexchange.projections.views import Views

NOT_FOUND: Final = b"<html><body><h2>404 Not found</h2></body></html>"
NO_OPTIONS: Final[Mapping[str, str]] = {}


class SpotProduct:
    """Implements `Product`."""

    name: str = SPOT
    rest_prefixes: tuple[str, ...] = ("/api", "/sapi")
    rejections: Mapping[RejectReason, ApiError] = errors.REJECTIONS

    def __init__(self, as_of: ApiAsOf = NOW) -> None:
        self.options = as_of.options(SPOT)
        free = as_of.has(FREE_ORDERS, SPOT)
        routes = weighed(without_listen_keys(ROUTES) if as_of.took(LISTEN_KEYS, SPOT) else ROUTES)
        self.routes: tuple[Route, ...] = free_routes(routes) if free else routes
        self.methods: tuple[Method, ...] = free_methods(METHODS) if free else METHODS
        self._all_tickers = not as_of.took(NO_ALL_TICKERS, SPOT)

    def market_stream(
        self, name: str, state: ExchangeState, views: Views, options: Mapping[str, str] = NO_OPTIONS
    ) -> MarketStream | None:
        return streams.open_stream(name, state, views, options, all_tickers=self._all_tickers)

    def user_stream(self, account: AccountNo, state: ExchangeState, views: Views, topic: str = "") -> UserStream:
        return SpotUserStream(account)

    def branch(self, name: str) -> str:
        """Spot has one path for all its streams."""
        return ""

    def unknown_call(self, method: str, path: str, at: Nanos) -> Reply:
        """Spot's front gate answers in HTML, not in its own words."""
        return Reply(404, NOT_FOUND, {"Content-Type": "text/html;charset=UTF-8"})
