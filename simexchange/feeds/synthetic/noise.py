"""Noise: limit orders without a view, left standing for a while behind the best price."""

from simexchange.core.accounts import Account
from simexchange.core.vocabulary.commands import CancelOrder, Command, PlaceOrder
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.feeds.synthetic.draws import Stream, bits, pareto, uniform
from simexchange.feeds.synthetic.minds import MarketMind, Outlook
from simexchange.feeds.synthetic.settings import NoiseSettings

DRAWS = 8
"""Draws set aside for one beat."""


def tidy(noise: Account, settings: NoiseSettings, chance: Stream, beat: int, span: Nanos) -> list[Command]:
    """Now and then, take back one of the orders that stand; each stands *life* seconds on average."""
    standing = len(noise.orders)
    if not standing or uniform(chance, DRAWS * beat) >= standing * (span / SECOND) / settings.life:
        return []
    oldest_first = sorted(noise.orders.values(), key=lambda order: order.id)
    order = oldest_first[bits(chance, DRAWS * beat + 1) % standing]
    return [CancelOrder(noise.no, order.market, client_id=order.client_id)]


def scatter(
    outlook: Outlook, noise: Account, mind: MarketMind, settings: NoiseSettings, chance: Stream, beat: int, span: Nanos
) -> list[Command]:
    """Now and then, a new order."""
    k = DRAWS * beat + 2
    if outlook.closing:
        return []
    if len(noise.orders) >= settings.at_most or uniform(chance, k) >= settings.rate * span / SECOND:
        return []
    return [leave(outlook, noise, mind, settings, chance, k + 1)]


def leave(
    outlook: Outlook, noise: Account, mind: MarketMind, settings: NoiseSettings, chance: Stream, k: int
) -> PlaceOrder:
    """A new order, at a distance that is mostly small and sometimes very large. Draws k to k + 2."""
    leaning = outlook.worth(outlook.holding(noise, mind.homes[2])) / (settings.inventory * outlook.size)
    buying = uniform(chance, k) < 0.5 - 0.5 * max(-1.0, min(1.0, leaning))
    side = Side.BUY if buying else Side.SELL
    distance = settings.nearest * pareto(chance, k + 1, settings.distance_tail, settings.farthest / settings.nearest)
    most = settings.size_most / settings.size
    worth = settings.size * outlook.size * pareto(chance, k + 2, settings.size_tail, most)
    mind.made += 1
    # Agitated people stand back, as the maker does.
    price = outlook.price(side, distance * (0.5 + 0.5 * outlook.agitation))
    return PlaceOrder(
        noise.no, outlook.no, side, OrderKind.LIMIT, outlook.qty(worth), price, TimeInForce.GTC, f"n{mind.made}"
    )
