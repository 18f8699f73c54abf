"""The arbitrageur: sells what is dearer of perpetual and spot, buys the other, and closes when the gap does."""

from simexchange.core.accounts import Account
from simexchange.core.vocabulary.commands import Command, PlaceOrder
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.feeds.synthetic.minds import Outlook
from simexchange.feeds.synthetic.settings import ArbitrageSettings

CLOSED = 1.0
"""Gap in basis points at which there is nothing left to wait for."""


def arbitrage(spot: Outlook, perpetual: Outlook, account: Account, settings: ArbitrageSettings) -> list[Command]:
    """At most one clip: one market order in each of the two markets, of one size and opposite sides.

    The other market may be a dated contract: what it belongs above spot is no gap.
    """
    spot_mid, perpetual_mid = spot.market.book.mid(), perpetual.market.book.mid()
    if not spot_mid or not perpetual_mid or perpetual.closing:
        return []
    gap = ((perpetual_mid - spot_mid) / spot_mid - perpetual.basis) * 10_000.0
    limit = settings.inventory * perpetual.size
    held = perpetual.worth(perpetual.holding(account, Quantity(0)))
    change = wanted(gap, held, limit, settings) - held
    clip = settings.clip * perpetual.size
    if abs(change) < 2.0 * clip:
        return []
    side = Side.BUY if change > 0 else Side.SELL
    qty = perpetual.qty(clip)
    coins = spot.qty(clip) if perpetual.market.spec.inverse else qty
    return [
        PlaceOrder(account.no, perpetual.no, side, OrderKind.MARKET, qty, Price(0), TimeInForce.IOC),
        PlaceOrder(account.no, spot.no, Side(-side), OrderKind.MARKET, coins, Price(0), TimeInForce.IOC),
    ]


def wanted(gap: float, held: float, limit: float, settings: ArbitrageSettings) -> float:
    """The perpetual position it wants at *gap*, in quote currency: short where the perpetual is dear.

    A position once taken is held until the gap has closed or turned.
    """
    if abs(gap) < CLOSED:
        return 0.0
    pull = max(0.0, min(1.0, (abs(gap) - settings.threshold) / (settings.full - settings.threshold)))
    target = -pull * limit if gap > 0 else pull * limit
    if held * gap < 0 and abs(target) < abs(held):
        return held
    return target
