"""What is at each of Bybit's addresses, as the gateway sees it: REST and four kinds of sockets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simexchange.dialects.bybit.common.errors import PATH_NOT_FOUND, error_reply
from simexchange.dialects.bybit.common.symbols import CATEGORIES, SPOT
from simexchange.dialects.bybit.v5 import streams
from simexchange.dialects.bybit.v5.errors import REJECTIONS, SPOT as SPOT_REJECTIONS
from simexchange.dialects.bybit.v5.methods import PRIVATE_METHODS, TRADE_METHODS
from simexchange.dialects.bybit.v5.routes import ROUTES
from simexchange.dialects.bybit.v5.statusstreams import STATUS
from simexchange.dialects.bybit.v5.userstream import private_stream

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.dialects.contract import MarketStream, Method, Reply, Route, UserStream
    from simexchange.projections.views import Views

TRADE: Final = "v5"
PRIVATE: Final = "v5-private"
NO_OPTIONS: Final[Mapping[str, str]] = {}


class V5Product:
    """One address of the venue. Implements `Product`."""

    options = NO_OPTIONS

    def __init__(
        self, name: str, routes: "tuple[Route, ...]" = (), methods: "tuple[Method, ...]" = (), category: str = ""
    ) -> None:
        """*category*: whose public topics are heard here; empty: none are."""
        self.name = name
        self.rejections = SPOT_REJECTIONS if category == SPOT else REJECTIONS
        self.routes = routes
        self.methods = methods
        self.rest_prefixes: tuple[str, ...] = ("/v5",) if routes else ()
        self._category = category

    def market_stream(
        self, name: str, state: "ExchangeState", views: "Views", options: Mapping[str, str] = NO_OPTIONS
    ) -> "MarketStream | None":
        """The public topic of that name, or None where the category has none."""
        return streams.market_stream(name, state, views, self._category) if self._category else None

    def user_stream(
        self, account: "AccountNo", state: "ExchangeState", views: "Views", topic: str = ""
    ) -> "UserStream":
        """The private topic of *account*."""
        return private_stream(account, topic)

    def branch(self, name: str) -> str:
        """Addresses say what is heard at them."""
        return ""

    def unknown_call(self, method: str, path: str, at: "Nanos") -> "Reply":
        """HTTP 404."""
        return error_reply(PATH_NOT_FOUND, at)


PRODUCTS: Final = (
    V5Product(TRADE, ROUTES, TRADE_METHODS),
    V5Product(PRIVATE, methods=PRIVATE_METHODS),
    *(V5Product(f"v5-{category}", category=category) for category in (*CATEGORIES, STATUS)),
)
