"""The story of order lists: how they hang together, how they end, and why they are refused."""

from __future__ import annotations

from scripts.storytelling import (
    BUY,
    GTC,
    IOC,
    POST_ONLY,
    SELL,
    SPOT,
    Story,
    units,
)
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import (
    Bundle,
    Filters,
)
from simexchange.core.vocabulary.orders import (
    ListKind,
    OrderKind,
    Side,
    Terms,
    TimeInForce,
    Trigger,
)
from simexchange.core.vocabulary.units import Price, Quantity


def lists() -> Story:  # noqa: PLR0915 - a line for each thing that can happen
    """Orders that wait for one another, what pays for what, how lists end, and why they are refused."""
    story = Story(7)
    story.rules(SPOT, Filters(max_orders=6, max_order_lists=2, step=Quantity(units("0.01"))), ())
    ann = story.joins("ann", usdt="100000", btc="100")
    bob = story.joins("bob", usdt="10000", btc="2")
    cleo = story.joins("cleo", usdt="1000")

    def leg(
        side: Side, qty: str, price: str, tif: TimeInForce = GTC, client_id: str = "", more: Terms | None = None
    ) -> cmd.Leg:
        kind = OrderKind.LIMIT if price != "0" else OrderKind.MARKET
        return cmd.Leg(side, kind, Quantity(units(qty)), Price(units(price)), tif, client_id, more)

    def sleeps(side: Side, qty: str, price: str, at: str, *, rising: bool) -> cmd.Leg:
        return leg(side, qty, price, more=Terms(trigger=Trigger(Price(units(at)), rising=rising)))

    def listed(who: AccountNo, kind: ListKind, *legs: cmd.Leg, client_id: str = "", market: MarketNo = SPOT) -> None:
        story.does(cmd.PlaceList(who, market, kind, legs, client_id))

    buy, sell = leg(BUY, "1", "100"), leg(SELL, "1", "110")
    listed(bob, ListKind.OTO, buy, sell, client_id="first")
    story.order(ann, SELL, "0.4", "100")
    story.order(ann, SELL, "0.6", "100")
    story.order(ann, BUY, "1", "110")
    listed(cleo, ListKind.OPO, leg(BUY, "3", "100"), leg(SELL, "0", "120"))
    paid = next(reversed(story.state.accounts[cleo].orders))
    story.does(cmd.AmendOrder(cleo, SPOT, Quantity(units("1")), paid))
    story.order(ann, SELL, "1.11", "100")
    story.order(ann, SELL, "1.89", "100")
    story.does(cmd.CancelAll(cleo, SPOT))
    listed(bob, ListKind.OTO, buy, leg(SELL, "5", "110"))
    story.order(ann, SELL, "1", "100")
    listed(bob, ListKind.OTO, leg(BUY, "1", "100", IOC), sell)
    listed(bob, ListKind.OTO, buy, leg(SELL, "1", "0"), client_id="second")
    listed(bob, ListKind.OTO, buy, sell, client_id="second")
    listed(bob, ListKind.OTO, buy, leg(SELL, "1", "110", client_id="leg"))
    listed(bob, ListKind.OTO, buy, sell)
    story.does(cmd.CancelOrder(bob, SPOT, client_id="leg"))
    story.order(bob, BUY, "1", "90", client_id="order")
    listed(bob, ListKind.OTO, buy, leg(SELL, "1", "110", client_id="order"))
    story.order(bob, BUY, "1", "90")
    story.order(bob, BUY, "1", "90")
    listed(bob, ListKind.OTO, buy, sell)
    listed(bob, ListKind.OTO, buy)
    story.does(cmd.CancelList(bob, SPOT, client_id="nothing"))
    story.does(cmd.CancelList(bob, SPOT, client_id="second"))
    story.does(cmd.CancelAll(bob, SPOT))
    pair = leg(SELL, "1", "110", POST_ONLY), sleeps(SELL, "1", "89", "90", rising=False)
    listed(bob, ListKind.OCO, *pair, client_id="profit")
    story.order(ann, BUY, "0.25", "110")
    story.does(cmd.CancelAll(bob, SPOT))
    story.order(ann, BUY, "1", "99")
    story.order(ann, SELL, "0.01", "99")
    listed(bob, ListKind.OCO, *pair, client_id="loss")
    story.order(ann, BUY, "1", "90")
    story.order(ann, BUY, "2", "88")
    story.order(ann, SELL, "1.99", "90")
    bought = leg(BUY, "1", "80", POST_ONLY), sleeps(BUY, "1", "0", "91", rising=True)
    listed(bob, ListKind.OCO, bought[0], sleeps(BUY, "1", "0", "90", rising=True))
    listed(bob, ListKind.OCO, *bought)
    resting = next(reversed(story.state.accounts[bob].orders))
    story.does(cmd.AmendOrder(bob, SPOT, Quantity(units("0.9")), resting))
    story.order(ann, SELL, "5", "92")
    story.order(ann, BUY, "0.01", "92")
    story.does(cmd.CancelAll(bob, SPOT))
    listed(bob, ListKind.OTOCO, leg(BUY, "1", "91"), *pair)
    story.order(ann, SELL, "1", "91")
    listed(cleo, ListKind.OPOCO, leg(BUY, "1", "91"), sleeps(SELL, "0", "0", "80", rising=False), leg(SELL, "0", "120"))
    story.order(ann, SELL, "1", "91")
    story.does(cmd.CancelAll(cleo))
    story.does(cmd.CancelAll(bob))
    story.does(cmd.CancelAll(ann))
    story.does(cmd.AdoptBundle(Bundle("binance", fok="refuse", max_order_lists=1)), "control")
    listed(ann, ListKind.OPO, leg(BUY, "1", "99"), leg(SELL, "0", "101"))
    listed(ann, ListKind.OPO, leg(BUY, "1", "99"), leg(SELL, "0", "101"))
    return story
