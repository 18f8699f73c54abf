"""The maker: a ladder of quotes around what it thinks is fair, moved only where fair value has moved away."""

from bisect import bisect_right
from itertools import pairwise
from math import sqrt
from operator import attrgetter
from typing import Final

from simexchange.core.accounts import Account
from simexchange.core.book import Order
from simexchange.core.valuing import worth_up
from simexchange.core.vocabulary.commands import CancelOrder, Command, PlaceOrder
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import SECOND, Quantity
from simexchange.feeds.synthetic.draws import Stream, uniform
from simexchange.feeds.synthetic.minds import MarketMind, Outlook
from simexchange.feeds.synthetic.settings import LadderSettings
from simexchange.feeds.synthetic.volatility import fading

IMPACT_MEMORIES: Final = (1.0, 4.0, 16.0, 64.0, 256.0)
"""Seconds. Weighted by one over their root, they forget like t**-0.5, which makes the impact of a large order that
is worked off in children grow with the square root of its size."""
IMPACT_WEIGHTS: Final = (0.516129, 0.258065, 0.129032, 0.064516, 0.032258)
FLOW_MOST: Final = 1.0
"""Millions: one gulp larger than this tells the maker no more."""
WORN: Final = 0.3
"""A quote of which less than this is left is replaced."""
CROWDED: Final = 0.4
"""A quote nearer to fair value than this part of the half spread is withdrawn."""
FAR: Final = 1.35
"""A quote farther out than this times the last level's distance is withdrawn."""
OUTER: Final = 6
"""Levels from here on are offered even beyond the inventory limit."""

order_id = attrgetter("id")


def digest_flow(outlook: Outlook, maker: Account, mind: MarketMind, settings: LadderSettings) -> None:
    """Let impact fade, and add that of what was taken from the maker since it last looked, whoever took it."""
    seconds = (outlook.at - mind.impact_at) / SECOND
    holding = outlook.holding(maker, mind.homes[0])
    flow = outlook.worth(mind.seen) - outlook.worth(holding)
    flow = max(-FLOW_MOST, min(FLOW_MOST, flow / (1_000_000.0 * outlook.size)))
    for i, memory in enumerate(IMPACT_MEMORIES):
        kept, _ = fading(memory, seconds)
        mind.impact[i] = kept * mind.impact[i] + settings.impact * IMPACT_WEIGHTS[i] * flow
    mind.seen = holding
    mind.impact_at = outlook.at


def shade(outlook: Outlook, mind: MarketMind, settings: LadderSettings) -> None:
    """Move fair value to where the maker sees it: by the impact of flow, and away from what it has too much of."""
    leaning = outlook.worth(mind.seen) / (settings.inventory * outlook.size)
    shift = -settings.skew * max(-3.0, min(3.0, leaning))
    for part in mind.impact:
        shift += part
    outlook.fair *= 1.0 + shift * 0.0001


def requote(
    outlook: Outlook, maker: Account, mind: MarketMind, settings: LadderSettings, chance: Stream, beat: int
) -> list[Command]:
    """Cancel what stands wrong, place what is missing: first every cancel, so that it never trades with itself."""
    leaning = outlook.worth(mind.seen) / (settings.inventory * outlook.size)
    distances = spread_out(outlook, settings)
    sizes = level_sizes(outlook, settings)
    cancels: list[Command] = []
    places: list[Command] = []
    for side in (Side.BUY, Side.SELL):
        room = outlook.closable(maker, side) if outlook.closing else None
        open_levels = range(0) if room == 0 else allowed(settings, leaning * side)
        own = [order for order in maker.orders.values() if order.side is side]
        filled = keep(outlook, side, own, distances, sizes, open_levels, cancels)
        budget = free_money(outlook, maker, side)
        if room is not None:
            room = Quantity(room - sum(order.left for order in filled.values()))
        for i in open_levels:
            if i in filled:
                continue
            jitter = 0.2 * (uniform(chance, 64 * beat + 2 * i + (side is Side.BUY)) - 0.5)
            price = outlook.price(side, distances[i] * (1.0 + jitter))
            qty = sizes[i]
            if room is not None:
                qty = Quantity(min(qty, room))
                room = Quantity(room - qty)
            budget -= worth_up(outlook.market.spec, price, qty) if side is Side.BUY or not outlook.spot else qty
            if budget < 0 or qty <= 0:
                break
            mind.made += 1
            places.append(
                PlaceOrder(maker.no, outlook.no, side, OrderKind.LIMIT, qty, price, TimeInForce.GTC, f"q{mind.made}")
            )
    return cancels + places


def spread_out(outlook: Outlook, settings: LadderSettings) -> list[float]:
    """Distances of the levels from fair value in basis points: wider in an agitated market."""
    distance = settings.nearest + settings.nearest_per_vol * outlook.agitation
    gap = settings.gap * (0.5 + 0.5 * outlook.agitation)
    distances = []
    for _ in range(settings.levels):
        distances.append(distance)
        distance += gap
        gap *= settings.growth
    return distances


def level_sizes(outlook: Outlook, settings: LadderSettings) -> list[Quantity]:
    """What is offered at each level: more farther out, less in an agitated market."""
    worth = settings.size * outlook.size / sqrt(0.5 + 0.5 * outlook.agitation)
    sizes = []
    for _ in range(settings.levels):
        sizes.append(outlook.qty(worth))
        worth *= settings.size_growth
    return sizes


def allowed(settings: LadderSettings, leaning: float) -> range:
    """The levels of a side that may be offered, holding *leaning* times the limit of what it would bring more of."""
    if leaning < 1.0:
        return range(settings.levels)
    return range(min(OUTER, settings.levels - 1), settings.levels) if leaning < 3.0 else range(0)


def keep(
    outlook: Outlook,
    side: Side,
    own: list[Order],
    distances: list[float],
    sizes: list[Quantity],
    open_levels: range,
    cancels: list[Command],
) -> dict[int, Order]:
    """The quotes that may stay, one to a level, the oldest first; the others are added to *cancels*.

    A level reaches half way to its neighbours, so a quote stays while fair value moves less than that, and is
    taken for the next level's when it moves more.
    """
    edges = level_edges(distances)
    stay: dict[int, Order] = {}
    for order in sorted(own, key=order_id):
        level = bisect_right(edges, outlook.distance(side, order.price)) - 1
        if level in open_levels and level not in stay and order.left >= WORN * sizes[level]:
            stay[level] = order
        else:
            cancels.append(CancelOrder(order.account, order.market, client_id=order.client_id))
    return stay


def level_edges(distances: list[float]) -> list[float]:
    """Where each level begins, and where the last ends: nearer than the first edge a quote is too near."""
    edges = [CROWDED * distances[0]]
    edges += [(near + far) * 0.5 for near, far in pairwise(distances)]
    return [*edges, FAR * distances[-1]]


def free_money(outlook: Outlook, maker: Account, side: Side) -> int:
    """What the maker may use for new quotes of *side*: quote, or base where it sells on a spot market."""
    spec = outlook.market.spec
    if outlook.spot:
        return maker.free(maker.spot_wallet, spec.quote if side is Side.BUY else spec.base)
    return maker.free(maker.inverse_wallet if spec.inverse else maker.linear_wallet, spec.settle)
