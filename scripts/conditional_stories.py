"""Stories of orders that sleep, for `make_fixture_logs`."""

from __future__ import annotations

from typing import Any

from scripts.storytelling import (
    BUY,
    GTD,
    PERP,
    SELL,
    SPOT,
    TIERS,
    Story,
    units,
)
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo, OrderId
from simexchange.core.vocabulary.markets import (
    Bundle,
    Filters,
)
from simexchange.core.vocabulary.orders import (
    Side,
    Terms,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import SECOND, Nanos, Price, Rate


def conditional() -> Story:
    """Orders that sleep: stops, take-profits and trailing ones, woken by last price, mark and index, and refused."""
    story = Story(8)
    bounds = Filters(trailing_above_min=Rate(units("0.01")), trailing_above_max=Rate(units("0.2")))
    story.rules(SPOT, bounds, ())
    story.rules(PERP, Filters(trigger_protect=Rate(units("0.05"))), TIERS)
    ann = story.joins("ann", usdt="100000", btc="50", margin="100000")
    bob = story.joins("bob", usdt="1000", btc="10", margin="1000")
    cleo = story.joins("cleo", usdt="10000", btc="50", margin="100000")

    def tick(price: str, market: MarketNo = SPOT) -> None:
        story.order(ann, SELL, "0.01", price, market=market)
        story.order(cleo, BUY, "0.01", price, market=market)

    def sleeps(side: Side, qty: str, price: str, trigger: Trigger, market: MarketNo = SPOT, **terms: Any) -> OrderId:
        return story.order(bob, side, qty, price, market=market, more=Terms(trigger=trigger, **terms))

    tick("100")
    story.order(ann, BUY, "5", "90")
    story.order(ann, SELL, "5", "110")
    sleeps(BUY, "1", "0", rises("99"))
    sleeps(BUY, "1", "101", Trigger(Price(0), trailing=Rate(units("0.001")), activation_rising=True))
    sleeps(BUY, "1", "101", Trigger(Price(0), trailing=Rate(units("0.3")), activation_rising=True))
    sleeps(BUY, "1", "106", rises("105"))
    sleeps(BUY, "1.5", "0", rises("104"))
    sleeps(SELL, "1", "0", falls("95"))
    sleeps(SELL, "1", "92", falls("96"))
    sleeps(SELL, "2", "88", Trigger(Price(0), rising=False, trailing=Rate(units("0.05"))))
    begins = Trigger(
        Price(0), rising=False, activation=Price(units(102)), trailing=Rate(units("0.02")), activation_rising=True
    )
    sleeps(SELL, "1", "89", begins)
    story.does(cmd.CancelOrder(bob, SPOT, sleeps(BUY, "1", "120", rises("120"))))
    for price in ("101", "103", "102.5", "105", "107", "102", "97", "94"):
        tick(price)
    story.index("100")
    tick("100", PERP)
    story.order(ann, BUY, "9", "90", market=PERP)
    story.order(ann, SELL, "9", "115", market=PERP)
    story.order(ann, SELL, "4", "100", market=PERP)
    story.order(bob, BUY, "4", "100", market=PERP)
    sleeps(SELL, "1", "0", falls("98", watches=TriggerPrice.MARK), PERP, reduce_only=True)
    sleeps(SELL, "9", "0", falls("97", watches=TriggerPrice.INDEX), PERP, reduce_only=True)
    sleeps(SELL, "0", "0", falls("96"), PERP, close_all=True)
    sleeps(SELL, "0", "0", rises("120"), PERP, close_all=True)
    sleeps(BUY, "100000", "0", rises("104"), PERP)
    sleeps(BUY, "1", "104", rises("106", protect=True), PERP)
    story.order(bob, BUY, "1", "103", GTD, PERP, more=Terms(trigger=rises("109"), good_till=Nanos(story.at + SECOND)))
    story.passes(2 * SECOND)
    tick("104", PERP)
    story.mark("98")
    tick("106", PERP)
    story.mark("99")
    story.index("97")
    tick("95.5", PERP)
    tick("121", PERP)
    return story


def protected() -> Story:
    """Positions with take-profit and stop-loss, what ends with them, and how many sleeping orders there may be."""
    story = Story(9)
    one = Bundle("binance", max_conditional_orders=2, max_conditional_futures=4)
    story.does(cmd.AdoptBundle(one), "control")
    story.rules(SPOT, Filters(max_conditional_orders=1), ())
    ann = story.joins("ann", usdt="10000", btc="50", margin="100000")
    bob = story.joins("bob", usdt="10000", btc="50", margin="10000")
    story.index("100")
    story.order(ann, BUY, "9", "90", market=PERP)
    story.order(ann, SELL, "9", "110", market=PERP)

    def sleeps(side: Side, qty: str, trigger: Trigger, market: MarketNo = PERP, **terms: Any) -> OrderId:
        return story.order(bob, side, qty, market=market, more=Terms(trigger=trigger, **terms))

    sleeps(SELL, "0", falls("95"), close_all=True)
    pair = Terms(take_profit=rises("108"), stop_loss=falls("95"))
    story.order(bob, BUY, "2", "100", market=PERP, more=pair)
    story.order(ann, SELL, "1", "100", market=PERP)
    story.order(ann, SELL, "1", "100", market=PERP)
    sleeps(SELL, "0", falls("94"), close_all=True)
    sleeps(SELL, "0", falls("93"), close_all=True)
    story.does(cmd.ProtectPosition(bob, PERP, take_profit=rises("107"), stop_loss=falls("96")))
    sleeps(BUY, "1", rises("120"))
    sleeps(BUY, "1", rises("121"))
    story.does(cmd.ProtectPosition(bob, PERP, stop_loss=falls("96")))
    sleeps(SELL, "1", falls("80"), reduce_only=True, with_position=True)
    story.mark("104")
    story.order(bob, SELL, "1", "96", market=PERP)
    sleeps(BUY, "1", rises("120"), SPOT)
    sleeps(BUY, "1", rises("121"), SPOT)
    story.rules(SPOT, Filters(), ())
    sleeps(BUY, "1", rises("122"), SPOT)
    sleeps(BUY, "1", rises("123"), SPOT)
    story.does(cmd.ProtectPosition(bob, PERP, stop_loss=falls("96")))
    return story


def rises(price: str, **more: Any) -> Trigger:
    """Wakes at or above."""
    return Trigger(Price(units(price)), **more)


def falls(price: str, **more: Any) -> Trigger:
    """Wakes at or below."""
    return Trigger(Price(units(price)), rising=False, **more)
