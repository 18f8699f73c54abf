"""A story of prices: an index of three sources, one of them astray, all of them quiet; funding changed on the way."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.markets import FundingRounding, Market, MarketKind, PriceRules
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate

INDEX = "BTC-USDT"
MINUTELY = MarketNo(4)
RULES = (
    PriceRules(basis_window=Nanos(5 * MINUTE), premium_every=Nanos(MINUTE), divided=False, hourly_at_bound=True),
    PriceRules(
        since=Nanos(1_704_080_000 * SECOND), basis_window=Nanos(30 * SECOND), premium_every=Nanos(5 * SECOND),
        rounding=FundingRounding.TRUNCATED, hourly_at_bound=True,
    ),
)  # fmt: skip
"""The second rules begin 12,800 seconds into the story."""


def says(story: Story, source: str, price: str) -> None:
    """One source of the index says something."""
    story.does(cmd.SetSourcePrice(INDEX, source, Price(units(price))), "feed:index")


def prices() -> Story:
    """Weights, the outlier guard, quiet sources; a capped rate, new terms, rules that change with the date."""
    story = Story(15)
    minutely = Market(
        "perp:BTC-USDC", MarketKind.PERPETUAL, "BTC", "USDC", "USDC", Price(ONE // 100), Quantity(ONE // 1000),
        funding_interval=Nanos(2 * HOUR), funding_cap=Rate(50_000), funding_floor=Rate(-50_000), index=INDEX,
        impact_notional=Amount(100 * ONE), prices=RULES,
    )  # fmt: skip
    story.does(cmd.ListMarket(minutely), "control")
    ann, bob = (story.joins(name, margin="1000") for name in ("ann", "bob"))
    parts = tuple(Constituent(name, Rate(units(weight))) for name, weight in (("a", "0.5"), ("b", "0.3"), ("c", "0.2")))
    story.does(cmd.SetConstituents(INDEX, parts), "control")
    says(story, "a", "100")
    says(story, "b", "101")
    story.order(ann, SELL, "3.333", "101", market=PERP)
    story.order(bob, BUY, "3.333", "101", market=PERP)
    story.order(bob, BUY, "2", "100.4", market=PERP)
    story.order(ann, SELL, "2", "100.6", market=PERP)
    story.passes(3 * SECOND)
    says(story, "c", "111")
    story.passes(4 * SECOND)
    says(story, "b", "120")
    story.passes(20 * SECOND)
    says(story, "a", "100.00000001")
    story.does(cmd.SetFunding(PERP, Nanos(4 * HOUR), Rate(10_000), Rate(-10_000), Rate(0)), "control")
    story.does(cmd.SetFunding(PERP, Nanos(7 * HOUR), Rate(10_000), Rate(-10_000), Rate(0)), "control")
    story.passes(9 * HOUR)
    story.does(cmd.SetConstituents(INDEX, parts[:1], Nanos(HOUR)), "control")
    says(story, "a", "99")
    story.passes(4 * HOUR)
    return story
