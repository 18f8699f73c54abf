"""The highest price a buy may have now and the lowest of a sale, as orders are judged: ``price-limit``.

"Get Order Price Limit" (docs/v5/market/order-price-limit.mdx, snapshot 2026-07-24, seen 2026-11). How the limits follow
the market is said in `core.pricelimits`.
"""

from typing import TYPE_CHECKING, Any

from simexchange.core.pricelimits import bounds
from simexchange.dialects.bybit.common import timestamps
from simexchange.dialects.bybit.common.quantities import price_text
from simexchange.dialects.bybit.common.symbols import RULES, symbol_of
from simexchange.dialects.contract import Call

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.units import Nanos

Json = dict[str, Any]


def price_limit_of(call: Call, market: "MarketState") -> Json:
    """``GET /v5/market/price-limit``."""
    return {**price_limits(market, call.state, call.now), "ts": timestamps.text(call.now)}


def price_limits(market: "MarketState", state: "ExchangeState", now: "Nanos") -> Json:
    """Symbol and both limits; what any order may have where the rules have no limit, empty where nothing bounds it."""
    filters = state.rules[RULES, market.no].filters
    lowest, highest = bounds(state, market, filters, now)
    lowest, highest = lowest or filters.price_min, highest or filters.price_max
    return {
        "symbol": symbol_of(market.spec),
        "buyLmt": price_text(market.spec, highest) if highest else "",
        "sellLmt": price_text(market.spec, lowest) if lowest else "",
    }
