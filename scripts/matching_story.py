"""The story of whom an order meets, and at which price."""

from __future__ import annotations

from scripts.storytelling import BUY, FOK, IOC, PERP, SELL, SPOT, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Peg, SelfTrade, Terms
from simexchange.core.vocabulary.units import Price, Quantity


def matching() -> Story:
    """Icebergs, self-trades prevented in every mode, pegs; on a spot market and on a perpetual."""
    story = Story(7)
    ann = story.joins("ann", usdt="10000", btc="10", margin="5000")
    bob = story.joins("bob", usdt="10000", btc="10", margin="5000")
    cleo = story.joins("cleo", usdt="10000", btc="10", margin="5000")
    for who in (ann, bob):
        story.does(cmd.SetAccountOption(who, AccountOption.TRADE_GROUP, 7), "control")
    story.index("100")
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
        story.order(ann, BUY, "0.25", "99", market=market, more=Terms(peg=Peg(guard=Price(units("99")))))
        story.order(ann, SELL, "0.25", "0.01", IOC, market=market)
        story.place(ann, SELL, OrderKind.LIMIT, "0.1", "0", market=market, more=Terms(peg=Peg(other=True)))
        for who in (ann, bob, cleo):
            story.does(cmd.CancelAll(who, market))
    return story
