"""The first moments of a synthetic market: a trade that history leads up to."""

from simexchange.core.accounts import Account
from simexchange.core.vocabulary.commands import Command, PlaceOrder
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import Price, floor_to
from simexchange.feeds.synthetic.minds import Outlook
from simexchange.feeds.synthetic.quarters import distance
from simexchange.feeds.synthetic.settings import PremiumSettings

WORTH = 500.0
"""Quote currency of the opening trade."""


def opening_price(market: Market, join: Price, premium: PremiumSettings, start: int) -> Price:
    """What a market opens at, its index standing at *join*: the close of the last candle of its history.

    *start* is that of the exchange: what is left to an expiry is counted from there.
    """
    above = distance(market, premium, 0.0, start) * 0.0001
    return Price(max(market.tick, floor_to(int(join * (1.0 + above) + 0.5), market.tick)))


def open_trading(outlook: Outlook, maker: Account, taker: Account, price: Price) -> list[Command]:
    """One trade at *price*, so that there is a last price from the start; nothing where somebody was here before."""
    market = outlook.market
    if outlook.closing or market.trades or market.book.best_bid() or market.book.best_ask():
        return []
    qty = outlook.qty(WORTH)
    return [
        PlaceOrder(maker.no, outlook.no, Side.SELL, OrderKind.LIMIT, qty, price, TimeInForce.GTC, "opening"),
        PlaceOrder(taker.no, outlook.no, Side.BUY, OrderKind.LIMIT, qty, price, TimeInForce.IOC, "opening"),
    ]
