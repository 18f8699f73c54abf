"""Takers: large parent orders, worked off in children, that come in bursts."""

from simexchange.core.accounts import Account
from simexchange.core.vocabulary.commands import Command, PlaceOrder
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import SECOND, Nanos, Price
from simexchange.feeds.synthetic.draws import Stream, pareto, uniform
from simexchange.feeds.synthetic.minds import MarketMind, Outlook
from simexchange.feeds.synthetic.settings import TakerSettings
from simexchange.feeds.synthetic.volatility import fading

MOST_AT_ONCE = 4
"""Children of one beat, however great the excitement."""
DRAWS = 32
"""Draws set aside for one beat."""


def take(
    outlook: Outlook, taker: Account, mind: MarketMind, settings: TakerSettings, chance: Stream, beat: int, span: Nanos
) -> list[Command]:
    """The market orders of one beat of length *span*."""
    seconds = span / SECOND
    kept, _ = fading(settings.memory, seconds)
    mind.excitement *= kept
    k = DRAWS * beat
    # Volume goes with volatility, but a dead market is not silent and a wild one not endless.
    rate = settings.rate * max(0.25, min(4.0, outlook.agitation)) + mind.excitement
    expected = rate * seconds
    count = min(MOST_AT_ONCE, int(expected + uniform(chance, k)))
    commands: list[Command] = []
    for i in range(count):
        order = child(outlook, taker, mind, settings, chance, k + 1 + 5 * i)
        mind.excitement += settings.excitement / settings.memory
        if not outlook.closing or order.qty <= outlook.closable(taker, order.side):
            commands.append(order)
    return commands


def child(
    outlook: Outlook, taker: Account, mind: MarketMind, settings: TakerSettings, chance: Stream, k: int
) -> PlaceOrder:
    """The next child of the parent at work, or the first of a new parent. Draws k to k + 4."""
    if mind.children <= 0:
        leaning = outlook.worth(outlook.holding(taker, mind.homes[1])) / (settings.inventory * outlook.size)
        most = settings.parent_most / settings.parent_least
        mind.children = int(settings.parent_least * pareto(chance, k, settings.parent_tail, most))
        # Whoever bought sells some day: that, and nothing else, keeps the money going round.
        mind.buying = uniform(chance, k + 1) < 0.5 - 0.5 * max(-1.0, min(1.0, leaning))
    mind.children -= 1
    buying = mind.buying != (uniform(chance, k + 2) < settings.flips)
    most = settings.size_most / settings.size
    worth = settings.size * outlook.size * pareto(chance, k + 3, settings.size_tail, most)
    side = Side.BUY if buying else Side.SELL
    return PlaceOrder(taker.no, outlook.no, side, OrderKind.MARKET, outlook.qty(worth), Price(0), TimeInForce.IOC)
