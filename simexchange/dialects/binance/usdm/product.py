"""USDⓈ-M as the gateway sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simexchange.dialects.binance.changes import ALGO_SERVICE, NOW, ONE_UNIVERSE, ApiAsOf
from simexchange.dialects.binance.common.errors import error_reply
from simexchange.dialects.binance.common.symbols import USDM
from simexchange.dialects.binance.usdm import streams
from simexchange.dialects.binance.usdm.errors import REJECTIONS, unknown_path
from simexchange.dialects.binance.usdm.methods import methods_as_of
from simexchange.dialects.binance.usdm.routes import routes_as_of
from simexchange.dialects.binance.usdm.symbols import LINEAR
from simexchange.dialects.binance.usdm.userstream import UserEvents

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.dialects.contract import MarketStream, Reply, UserStream
    from simexchange.projections.views import Views


NO_OPTIONS: Final[Mapping[str, str]] = {}


class UsdmProduct:
    """Implements `Product`."""

    name = USDM
    rest_prefixes: tuple[str, ...] = ("/fapi", "/futures/data")
    rejections = REJECTIONS

    def __init__(self, as_of: ApiAsOf = NOW) -> None:
        self._algo_service = as_of.has(ALGO_SERVICE, USDM)
        self._of_both = as_of.has(ONE_UNIVERSE, USDM)
        self.options = as_of.options(USDM)
        self.routes = routes_as_of(as_of)
        self.methods = methods_as_of(as_of)

    def market_stream(
        self, name: str, state: "ExchangeState", views: "Views", options: Mapping[str, str] = NO_OPTIONS
    ) -> "MarketStream | None":
        """The stream of that name, or None where the venue has none."""
        return streams.market_stream(name, state, views, LINEAR, of_both=self._of_both)

    def user_stream(
        self, account: "AccountNo", state: "ExchangeState", views: "Views", topic: str = ""
    ) -> "UserStream":
        """The private stream of *account*."""
        return UserEvents(account, algo_service=self._algo_service)

    def branch(self, name: str) -> str:
        """``public`` or ``market``."""
        return streams.branch(name)

    def unknown_call(self, method: str, path: str, at: "Nanos") -> "Reply":
        """HTTP 404 with -5000."""
        return error_reply(unknown_path(method, path))
