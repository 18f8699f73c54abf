"""A story of `make_fixture_logs`: the last hour of a quarter's contracts, and the first of those that follow."""

from __future__ import annotations

import msgspec

from scripts.storytelling import BUY, OTHER, PERP, SELL, START, TIERS, Story, units
from simexchange.core import calendar
from simexchange.core.delivering import contract
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.orders import Terms
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate

EXPIRY = calendar.current_quarter(START)
"""29 March 2024, 08:00 UTC."""
LINEAR = Market(
    "dated:BTC-USDT", MarketKind.DATED, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000),
    index="BTC-USDT", series="quarter", closing=Nanos(10 * MINUTE),
)  # fmt: skip
INVERSE = Market(
    "dated:BTC-USD", MarketKind.DATED, "BTC", "USD", "BTC", Price(ONE // 100), Quantity(ONE), inverse=True,
    contract_size=Amount(10 * ONE), index="BTC-USDT", series="quarter",
)  # fmt: skip
LINEAR_NOW, INVERSE_NOW = MarketNo(4), MarketNo(5)


def delivery() -> Story:
    """Longs and shorts in USDT and in coin, one who can pay neither fee nor loss, an index that moves in the window."""
    story = Story(15)
    for market in (PERP, OTHER):
        # Their funding would fill a quarter.
        story.does(cmd.SetMarketStatus(market, MarketStatus.DELISTED), "control")
    story.passes(EXPIRY - HOUR - START)
    for spec in (LINEAR, INVERSE):
        story.does(cmd.ListMarket(contract(spec, EXPIRY, 0)), "control")
        story.rules(MarketNo(len(story.state.markets)), Filters(), TIERS)
    story.does(cmd.ListMarket(msgspec.structs.replace(LINEAR, expiry=story.at)), "control")
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(100))), "control")
    ann = story.joins("ann", margin="1000")
    bob = story.joins("bob", margin="1000")
    cleo = story.joins("cleo", margin="11")
    dora = story.joins("dora")
    for who in (ann, bob, dora):
        story.does(cmd.Deposit(who, "coinm", "BTC", Amount(units(5))), "control")
    story.does(cmd.SetFees(ann, LINEAR_NOW, Rate(10_000), Rate(30_000)), "control")
    story.index("100")
    story.order(ann, SELL, "1.5", "100", market=LINEAR_NOW)
    story.order(bob, BUY, "0.501", "100", market=LINEAR_NOW)
    story.order(cleo, BUY, "0.999", "100", market=LINEAR_NOW)
    story.order(ann, SELL, "7", "100", market=INVERSE_NOW)
    story.order(bob, BUY, "3", "100", market=INVERSE_NOW)
    story.order(dora, BUY, "4", "100", market=INVERSE_NOW)
    story.order(bob, BUY, "0.7", "90", market=LINEAR_NOW)
    story.passes(40 * MINUTE + SECOND // 3)
    story.index("100.37", frozen=True)
    story.passes(11 * MINUTE)
    story.index("99.13", frozen=True)
    # In the last ten minutes positions may only be closed.
    story.order(bob, BUY, "1", "100", market=LINEAR_NOW)
    story.order(bob, SELL, "0.2", "100", market=LINEAR_NOW)
    story.order(bob, SELL, "0.4", "100", market=LINEAR_NOW)
    story.order(bob, SELL, "0.1", "100", market=LINEAR_NOW, more=Terms(reduce_only=True))
    story.passes(3 * MINUTE)
    story.index("30.00000001", frozen=True)
    story.passes(7 * MINUTE)
    story.does(cmd.SetMarketStatus(LINEAR_NOW, story.state.markets[LINEAR_NOW].status), "control")
    story.index("66")
    story.order(ann, SELL, "0.5", "66", market=story.state.market_no["dated:BTC-USDT-240628"])
    return story
