"""COIN-M as the gateway sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simexchange.dialects.binance.changes import ALGO_SERVICE, NOW, ONE_UNIVERSE, ApiAsOf
from simexchange.dialects.binance.coinm import streams
from simexchange.dialects.binance.coinm.errors import REJECTIONS, unknown_path
from simexchange.dialects.binance.coinm.methods import methods_as_of
from simexchange.dialects.binance.coinm.routes import routes_as_of
from simexchange.dialects.binance.coinm.userstream import UserEvents
from simexchange.dialects.binance.common.errors import error_reply
from simexchange.dialects.binance.common.symbols import COINM

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.dialects.contract import MarketStream, Reply, UserStream
    from simexchange.projections.views import Views

NO_OPTIONS: Final[Mapping[str, str]] = {}


class CoinmProduct:
    """Implements `Product`."""

    name = COINM
    rest_prefixes: tuple[str, ...] = ("/dapi",)
    rejections = REJECTIONS

    def __init__(self, as_of: ApiAsOf = NOW) -> None:
        self._algo_service = as_of.has(ALGO_SERVICE, COINM)
        self._of_both = as_of.has(ONE_UNIVERSE, COINM)
        self.options = as_of.options(COINM)
        self.routes = routes_as_of(as_of)
        self.methods = methods_as_of(as_of)

    def market_stream(
        self, name: str, state: "ExchangeState", views: "Views", options: Mapping[str, str] = NO_OPTIONS
    ) -> "MarketStream | None":
        """The stream of that name (``btcusd_perp@depth``), or None where the venue has none."""
        return streams.market_stream(name, state, views, of_both=self._of_both)

    def user_stream(
        self, account: "AccountNo", state: "ExchangeState", views: "Views", topic: str = ""
    ) -> "UserStream":
        """The private stream of *account*."""
        return UserEvents(account, algo_service=self._algo_service)

    def branch(self, name: str) -> str:
        """COIN-M has one path for all its streams."""
        return ""

    def unknown_call(self, method: str, path: str, at: "Nanos") -> "Reply":
        """HTTP 404 with -5000."""
        return error_reply(unknown_path(method, path))
