"""Dated contracts as participants see them: two places of a series, and whose turn it is in each.

``dated:BTC-USDT/0`` and ``/1`` are the two places of a series. The contracts of even quarters trade in the first and
those of odd ones in the second; when one is delivered, the one listed after it takes its place. So there are as many
participants after ten years as on the first day.
"""

from functools import lru_cache
from typing import Final

from simexchange.core import calendar
from simexchange.core.market import MarketState
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import DAY, HOUR
from simexchange.feeds.synthetic.settings import PremiumSettings

YEAR: Final = 365 * DAY
BASIS_POINTS: Final = 10_000.0


def listed(state: ExchangeState, name: str, at: int) -> MarketState | None:
    """The market of that id, or the contract whose turn it is at *at* in that place, where it is listed."""
    no = state.market_no.get(name)
    if no is None and "/" in name:
        # Deliveries are on whole hours.
        no = state.market_no.get(contract(name, at // HOUR))
    return None if no is None else state.markets[no]


@lru_cache(maxsize=256)
def contract(place: str, hour: int) -> str:
    """The id of the contract whose turn it is in *place*: of the two that are not delivered yet."""
    series, _, parity = place.partition("/")
    expiry = calendar.current_quarter(hour * HOUR)
    year, month, _ = calendar.date_of(expiry // DAY)
    if (4 * year + month // 3) % 2 != int(parity):
        expiry = calendar.current_quarter(expiry)
    return f"{series}-{calendar.symbol_date(expiry)}"


def distance(market: Market, premium: PremiumSettings, wander: float, at: int) -> float:
    """How far a market stands above its index at *at*, in basis points, the premium process being at *wander*.

    A dated contract earns its carry until the expiry: what there is of it goes to zero as the time left does.
    """
    if market.kind is MarketKind.PERPETUAL:
        return premium.mean + wander
    if not market.expiry:
        return 0.0
    left = max(0, market.expiry - at) / YEAR
    return (premium.carry + premium.carry_swing * wander) * left * BASIS_POINTS
