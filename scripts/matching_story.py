"""The story of whom an order meets, and at which price."""

from __future__ import annotations

from scripts.storytelling import BUY, FOK, IOC, PERP, SELL, SPOT, TIERS, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Peg, SelfTrade, Terms
from simexchange.core.vocabulary.units import Price, Quantity


def changing(story: Story, ann: AccountNo, bob: AccountNo, market: MarketNo) -> None:
    """Orders made smaller, modified, and refused to be either."""
    first = story.order(ann, BUY, "2", "95", market=market, client_id="first")
    other = story.order(ann, BUY, "1", "94", market=market)
    story.order(bob, SELL, "1", "95", IOC, market=market)
    for qty, client_id in (("1.5", "second"), ("1.5", ""), ("1.75", ""), ("0.5", ""), ("1", ""), ("0.75", "")):
        story.does(cmd.AmendOrder(ann, market, Quantity(units(qty)), first, "", client_id))
    for qty, price in (("1", "93"), ("1", "93"), ("1", "94"), ("1.5", "96"), ("1", "92")):
        story.does(cmd.ModifyOrder(ann, market, Quantity(units(qty)), Price(units(price)), other))
    story.does(cmd.ModifyOrder(ann, market, Quantity(1), Price(units("96")), OrderId(1)))
    story.does(cmd.CancelAll(ann, market))


def matching() -> Story:
    """Icebergs, self-trades prevented in every mode, pegs; on a spot market and on a perpetual."""
    story = Story(7)
    ann = story.joins("ann", usdt="10000", btc="10", margin="5000")
    bob = story.joins("bob", usdt="10000", btc="10", margin="5000")
    cleo = story.joins("cleo", usdt="10000", btc="10", margin="5000")
    for who in (ann, bob):
        story.does(cmd.SetAccountOption(who, AccountOption.TRADE_GROUP, 7), "control")
    story.index("100")
    story.rules(SPOT, Filters(max_amends=2), ())
    story.rules(PERP, Filters(max_amends=3), TIERS)
    for market in (SPOT, PERP):
        slices = Terms(iceberg_qty=Quantity(units("0.5")))
        story.order(cleo, SELL, "1.75", "100", market=market, more=slices)
        story.order(bob, SELL, "1", "100", market=market)
        story.order(ann, BUY, "1.25", "100", market=market, more=slices)
        story.order(ann, BUY, "1", market=market)
        story.order(cleo, BUY, "0.5", "99", market=market)
        for mode in SelfTrade:
            says = Terms(self_trade=mode)
            story.order(bob, SELL, "0.75", "101", market=market, more=says)
            story.order(cleo, SELL, "0.5", "101", market=market, more=slices)
            story.order(ann, BUY, "1", "101", market=market, more=says)
            story.order(ann, BUY, "0.25", "101", FOK, market=market, more=says)
            story.does(cmd.CancelAll(ann, market))
        changing(story, ann, bob, market)
        story.order(ann, BUY, "0.25", "99", market=market, more=Terms(peg=Peg(guard=Price(units("99")))))
        story.order(ann, SELL, "0.25", "0.01", IOC, market=market)
        story.place(ann, SELL, OrderKind.LIMIT, "0.1", "0", market=market, more=Terms(peg=Peg(other=True)))
        for who in (ann, bob, cleo):
            story.does(cmd.CancelAll(who, market))
    return story
