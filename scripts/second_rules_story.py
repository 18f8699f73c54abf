"""A story of two venues' rules in one book: one account for all, modes said of everything or of one market, parts of a
position that are protected, and prices that are moved to a limit."""

from __future__ import annotations

from scripts.storytelling import BUY, FOK, MARKETS, PERP, POST_ONLY, SELL, TIERS, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import (
    AccountOption,
    MarginMode,
    PositionMode,
    Slot,
    Terms,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import Amount, Price, Quantity, Rate

NAME = "unified"
RULES = Bundle(
    NAME, post_only="accept_then_expire", fok="accept_then_expire", derivative_fok="accept_then_expire",
    spot_wallet="unified", linear_wallet="unified", inverse_wallet="unified", liquidation="by_tier",
    collateral=(Collateral("USDT"), Collateral("BTC", "BTC-USDT", ratio=Rate(95_000_000))), pooled=True,
    hedged=("USDT",), closing_fee=True,
)  # fmt: skip
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)
EVERYWHERE = MarketNo(0)


def second_rules() -> Story:
    """Ann is under the first rules; bob and cleo are under the second."""
    story = Story(31)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann = story.joins("ann", usdt="100000", btc="100", margin="100000")
    _adopts(story)
    bob, cleo = (_joins(story, name) for name in ("bob", "cleo"))
    story.index("100")
    _limits(story, ann, bob)
    _protection(story, ann, bob)
    _modes(story, ann, cleo)
    story.mark("70")
    story.mark("140")
    return story


def _adopts(story: Story) -> None:
    story.does(cmd.AdoptBundle(RULES), "control")
    for no, market in enumerate(MARKETS, 1):
        spot = market.kind is MarketKind.SPOT
        filters = Filters(
            limit_soft=Rate(2_000_000), limit_hard=Rate(4_000_000), limit_moves=not spot, max_orders=500,
            max_conditional_orders=3,
        )  # fmt: skip
        rules = MarketRules(filters, Rate(20_000), Rate(55_000), () if spot else TIERS, Rate(55_000), 10, "invented")
        story.does(cmd.SetRules(NAME, MarketNo(no), rules), "control")


def _joins(story: Story, name: str) -> AccountNo:
    story.does(cmd.OpenAccount(name, NAME), "control")
    no = story.state.account_no[name]
    for asset, amount in (("USDT", "2000"), ("BTC", "5")):
        story.does(cmd.Deposit(no, "unified", asset, Amount(units(amount))), "control")
    return no


def _limits(story: Story, ann: AccountNo, bob: AccountNo) -> None:
    """Moved, refused, and ended where the limit is."""
    story.order(ann, SELL, "1", "101", market=PERP)
    story.order(ann, SELL, "5", "110", market=PERP)
    story.order(bob, BUY, "2", "130", market=PERP)
    story.order(bob, BUY, "2", "130")
    story.does(cmd.SetAccountOption(bob, AccountOption.LIMIT_DERIVATIVES, 2))
    story.order(bob, BUY, "2", "130", market=PERP)
    story.does(cmd.SetAccountOption(bob, AccountOption.LIMIT_DERIVATIVES, 1))
    story.order(bob, BUY, "1", market=PERP)
    story.order(ann, SELL, "1", "100.5", market=PERP)
    story.order(bob, BUY, "3", market=PERP, more=Terms(worst=Price(units("100.5"))))
    story.order(bob, SELL, "1", "101", POST_ONLY, market=PERP)
    story.order(bob, SELL, "9", "101", FOK, market=PERP)
    story.does(cmd.CancelAll(ann, PERP))
    story.does(cmd.CancelAll(bob))


def _protects(
    story: Story, who: AccountNo, profit: Trigger | None = None, stop: Trigger | None = None, qty: str = "0",
    trailing: Trigger | None = None, *, keep: bool = False,
) -> None:  # fmt: skip
    story.does(
        cmd.ProtectPosition(
            who, PERP, take_profit=profit, stop_loss=stop, trailing=trailing, qty=Quantity(units(qty)), keep=keep
        )
    )


def _above(price: str, limit: str = "0") -> Trigger:
    return Trigger(Price(units(price)), TriggerPrice.MARK, rising=True, limit=Price(units(limit)))


def _below(price: str) -> Trigger:
    return Trigger(Price(units(price)), TriggerPrice.MARK, rising=False)


def _behind(distance: str, activation: str) -> Trigger:
    return Trigger(
        Price(0), TriggerPrice.MARK, rising=False, distance=Price(units(distance)),
        activation=Price(units(activation)), activation_rising=True,
    )  # fmt: skip


def _protection(story: Story, ann: AccountNo, bob: AccountNo) -> None:
    story.order(ann, SELL, "3", "100", market=PERP)
    story.order(bob, BUY, "3", "100", market=PERP)
    _protects(story, bob, _above("120"), _below("80"), trailing=_behind("4", "104"))
    _protects(story, bob, _above("120"), _below("82"), trailing=_behind("4", "104"), keep=True)
    _protects(story, bob, _above("106", "105"), _below("85"), qty="1")
    _protects(story, bob, _above("108"), qty="9")
    _protects(story, bob, _above("108", "107"))
    story.order(ann, BUY, "5", "95", market=PERP)
    story.mark("105")
    story.mark("106")
    story.mark("103")
    story.mark("101.5")
    story.mark("100")
    attached = Terms(take_profit=_above("115"), stop_loss=_below("88"), partial=True)
    story.order(ann, SELL, "1", "100", market=PERP)
    story.order(bob, BUY, "2", "100", market=PERP, more=attached)
    story.order(ann, SELL, "1", "100", market=PERP)
    story.mark("87")
    story.mark("100")
    story.does(cmd.CancelAll(bob))


def _modes(story: Story, ann: AccountNo, cleo: AccountNo) -> None:
    story.does(cmd.CancelAll(ann))
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE))
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE, PERP))
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE, settle="USDT"))
    story.does(cmd.SetPositionMode(cleo, PositionMode.HEDGE, settle="EUR"))
    story.does(cmd.SetMarginMode(cleo, EVERYWHERE, MarginMode.ISOLATED))
    story.order(ann, SELL, "2", "100", market=PERP)
    story.order(cleo, BUY, "2", "100", market=PERP, more=LONG)
    story.order(ann, BUY, "1", "99", market=PERP)
    story.order(cleo, SELL, "1", "99", market=PERP, more=SHORT)
    story.does(cmd.SetMarginMode(cleo, EVERYWHERE, MarginMode.CROSS))
    story.does(cmd.AdjustMargin(cleo, PERP, Slot.LONG, 0, Amount(units("10"))))
    story.does(cmd.SetAutoMargin(cleo, PERP, Slot.LONG, 0, on=True))
    story.does(cmd.SetLeverage(cleo, PERP, 5, Slot.SHORT))
    story.does(cmd.SetPositionMode(cleo, PositionMode.ONE_WAY, PERP))
