"""A story of modes: isolated positions that are fed, helped and liquidated, a hedge, separate positions, refusals."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, number_of
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Slot, Terms, Trigger
from simexchange.core.vocabulary.units import HOUR, Amount, Price

ISOLATED, CROSS = MarginMode.ISOLATED, MarginMode.CROSS
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)


def adjusts(story: Story, who: AccountNo, amount: str, slot: Slot = Slot.NET, sub: int = 0) -> None:
    """Margin is added, or taken out."""
    story.does(cmd.AdjustMargin(who, PERP, slot, sub, Amount(units(amount))))


def modes() -> Story:
    """Each of three people holds positions another way, against a fourth."""
    story = Story(16)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann = story.joins("ann", margin="100000")
    bob, cleo, dan = (story.joins(name, margin="200") for name in ("bob", "cleo", "dan"))
    story.index("100")
    _isolated(story, ann, bob)
    _hedge(story, ann, cleo)
    _separate(story, ann, dan)
    story.passes(9 * HOUR)
    story.mark("88")
    story.mark("131")
    return story


def _isolated(story: Story, ann: AccountNo, bob: AccountNo) -> None:
    adjusts(story, bob, "1")
    story.does(cmd.SetAutoMargin(bob, PERP, Slot.NET, 0, on=True))
    story.does(cmd.SetMarginMode(bob, PERP, ISOLATED))
    story.does(cmd.SetMarginMode(bob, PERP, ISOLATED))
    adjusts(story, bob, "1")
    story.order(ann, SELL, "4", "100", market=PERP)
    story.order(bob, BUY, "5", "100", market=PERP)
    story.does(cmd.SetMarginMode(bob, PERP, CROSS))
    story.does(cmd.CancelAll(bob, PERP))
    story.does(cmd.SetMarginMode(bob, PERP, CROSS))
    story.does(cmd.SetLeverage(bob, PERP, 5))
    adjusts(story, bob, "7.5")
    adjusts(story, bob, "-2.25")
    adjusts(story, bob, "1000")
    adjusts(story, bob, "-30")
    story.order(ann, BUY, "3", "103.01", market=PERP)
    story.order(bob, SELL, "1", market=PERP)
    story.does(cmd.SetAutoMargin(bob, PERP, Slot.NET, 0, on=True))
    story.does(cmd.SetAutoMargin(bob, PERP, Slot.NET, 0, on=True))
    story.mark("88")
    story.mark("100")


def _hedge(story: Story, ann: AccountNo, cleo: AccountNo) -> None:
    story.does(cmd.CancelAll(ann, PERP))
    story.order(cleo, BUY, "1", "90", market=PERP)
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE))
    story.does(cmd.CancelAll(cleo, PERP))
    story.order(ann, SELL, "1", "100", market=PERP)
    story.order(cleo, BUY, "1", "100", market=PERP)
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE))
    story.order(ann, BUY, "3", "102", market=PERP)
    story.order(cleo, SELL, "1", market=PERP)
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE))
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE))
    story.order(cleo, SELL, "1", market=PERP)
    story.does(cmd.SetLeverage(cleo, PERP, 20, Slot.SHORT))
    stop = Trigger(Price(units("80")), rising=False)
    story.does(cmd.CancelAll(ann, PERP))
    story.order(ann, SELL, "5", "102.5", market=PERP)
    story.order(cleo, BUY, "2", "102.5", market=PERP, more=Terms(slot=Slot.LONG, stop_loss=stop))
    story.order(cleo, SELL, "2", "101", market=PERP, more=SHORT)
    story.order(cleo, SELL, "3", "101", market=PERP, more=LONG)
    story.order(cleo, SELL, "1", "104", market=PERP, more=LONG)


def _separate(story: Story, ann: AccountNo, dan: AccountNo) -> None:
    story.does(cmd.SetPositionMode(dan, PositionMode.SEPARATE))
    story.does(cmd.SetMarginMode(dan, PERP, ISOLATED))
    fresh = Terms(slot=Slot.LONG, sub_position=-1)
    first = number_of(story.order(dan, BUY, "1", "102.5", market=PERP, more=fresh))
    second = number_of(story.order(dan, BUY, "1.5", "102.5", market=PERP, more=fresh))
    adjusts(story, dan, "20", Slot.LONG, first)
    story.does(cmd.SetAutoMargin(dan, PERP, Slot.LONG, second, on=True))
    story.does(cmd.SetAutoMargin(dan, PERP, Slot.LONG, second, on=False))
    story.order(dan, SELL, "0.5", "101", market=PERP, more=Terms(slot=Slot.LONG, sub_position=second))
    story.order(ann, BUY, "1", "101", market=PERP)
    story.order(dan, BUY, "1", "99", market=PERP, more=Terms(slot=Slot.LONG, sub_position=second + 9))
