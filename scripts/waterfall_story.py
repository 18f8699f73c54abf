"""A story of a liquidation that the insurance fund could not take: margin calls, its policy, deleveraging."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import HOUR, Amount, Nanos


def waterfall() -> Story:
    """One is called and is well again; then he falls, the fund is at its floor, and who gained most gives way.

    Then a mark stays behind an index that goes from 100 to 107, and when it follows no jump explains what is missing.
    """
    story = Story(19)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(5))), "control")
    story.does(cmd.SetFundPolicy("DOGE", Amount(0)), "control")
    story.does(cmd.SetFundPolicy("USDT", Amount(0), Nanos(-1)), "control")
    story.does(cmd.SetFundPolicy("USDT", Amount(units(1)), Nanos(HOUR)), "control")
    story.does(cmd.SetFundPolicy("USDT", Amount(units(1)), Nanos(HOUR)), "control")
    ann, bob = (story.joins(name, margin="1000") for name in ("ann", "bob"))
    cleo = story.joins("cleo", margin="120")
    story.index("100")
    story.order(ann, SELL, "4", "100", market=PERP)
    story.order(bob, SELL, "6", "100", market=PERP)
    story.order(cleo, BUY, "10", "100", market=PERP)
    story.order(ann, BUY, "1", "40", market=PERP)
    story.mark("89.1")
    story.mark("95")
    story.mark("50")
    story.index("100")
    dan = story.joins("dan", margin="30")
    story.does(cmd.SetLeverage(dan, PERP, 20))
    story.order(bob, BUY, "5", "100", market=PERP)
    story.order(dan, SELL, "5", "100", market=PERP)
    for price in ("104", "107"):
        story.index(price)
    story.order(ann, SELL, "1", "107", market=PERP)
    story.order(bob, BUY, "1", "107", market=PERP)
    story.index("107")
    return story
