"""Stories of accounts whose assets back their positions together, and of bonus money. For `make_fixture_logs`."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, SPOT, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.bonuses import BonusPolicy
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Bundle, Collateral
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import HOUR, Amount, Price, Rate

RULES = Bundle(
    "binance",
    fok="refuse",
    collateral=(
        Collateral("USDT", "", Rate(100_000), Rate(100_000), exchange_threshold=Amount(-units(50))),
        Collateral(
            "BTC", "BTC-USDT", Rate(5_000_000), Rate(5_000_000), exchange_bid_buffer=Rate(2_500_000),
            exchange_ask_buffer=Rate(2_500_000),
        ),
        Collateral("ETH", "ETH-USDT", Rate(5_000_000), Rate(5_000_000), exchange_bid_buffer=Rate(2_500_000)),
    ),
)  # fmt: skip


def pooling() -> Story:
    """The mode and what stands in its way; a debt below its threshold, one left when all is idle, a liquidation."""
    story = Story(17, maker=0)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann = story.joins("ann", margin="100000")
    bob, cleo, dan = (story.joins(name, usdt="1000") for name in ("bob", "cleo", "dan"))
    story.does(cmd.SetCollateralMode(bob, unified=True))
    story.does(cmd.AdoptBundle(Bundle("binance", collateral=(Collateral("BTC", bid_buffer=Rate(-1)),))), "control")
    story.does(cmd.AdoptBundle(RULES), "control")
    story.index("100")
    story.index("20", "ETH-USDT")
    for who, asset, amount in (
        (bob, "BTC", "2"), (bob, "ETH", "5"), (cleo, "BTC", "1"), (dan, "BTC", "2"), (dan, "USDT", "30"),
    ):  # fmt: skip
        story.does(cmd.Deposit(who, "usdm", asset, Amount(units(amount))))
    story.does(cmd.SetCollateralMode(AccountNo(99), unified=True))
    story.order(bob, BUY, "1", "90")
    story.order(dan, BUY, "1", "90", market=PERP)
    story.does(cmd.SetCollateralMode(dan, unified=True))
    story.does(cmd.CancelAll(dan))
    for margin in (MarginMode.ISOLATED, MarginMode.CROSS):
        story.does(cmd.SetMarginMode(dan, PERP, margin))
        if margin is MarginMode.ISOLATED:
            story.does(cmd.SetCollateralMode(dan, unified=True))
    for who in (bob, cleo, dan):
        story.does(cmd.SetCollateralMode(who, unified=True))
    story.does(cmd.SetCollateralMode(dan, unified=True))
    story.does(cmd.SetMarginMode(dan, PERP, MarginMode.ISOLATED))
    story.order(ann, SELL, "40", "100", market=PERP)
    story.order(bob, BUY, "20", "100", market=PERP)
    story.order(cleo, BUY, "8", "100", market=PERP)
    story.order(dan, BUY, "9", "100", market=PERP)
    story.does(cmd.SetCollateralMode(dan, unified=False))
    story.order(ann, BUY, "28", "95", market=PERP)
    story.order(cleo, SELL, "8", "95", market=PERP)
    story.does(cmd.SetCollateralMode(cleo, unified=False))
    story.order(bob, SELL, "20", "95", market=PERP)
    story.does(cmd.Withdraw(cleo, "usdm", "BTC", Amount(units("0.9"))))
    story.does(cmd.Withdraw(cleo, "usdm", "BTC", Amount(units("0.3"))))
    story.does(cmd.AdoptBundle(Bundle("binance", collateral=RULES.collateral[:1])), "control")
    story.mark("72")
    story.does(cmd.CancelAll(ann))
    story.does(cmd.SetIndex("BTC-USDT", Price(units("50"))), "feed:index")
    story.does(cmd.SetIndex("BTC-USDT", Price(units("20"))), "feed:index")
    story.does(cmd.CancelAll(bob, SPOT))
    return story


def bonus() -> Story:
    """Bonus money that pays fees, losses and funding, expires in part and is forfeited; and one that was needed."""
    story = Story(18)
    policy = BonusPolicy(("usdm",), losses=True, fees=True, funding=True, forfeited=True)
    story.does(cmd.AdoptBundle(Bundle("binance", fok="refuse", bonus=policy)), "control")
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann = story.joins("ann", margin="100000")
    bob, cleo = (story.joins(name, margin="20") for name in ("bob", "cleo"))
    story.index("100")
    for who, amount in ((bob, "100"), (cleo, "80")):
        story.does(cmd.GrantBonus(who, "usdm", "USDT", Amount(units(amount))), "control")
    story.order(ann, SELL, "18", "100", market=PERP)
    story.order(bob, BUY, "9", "100", market=PERP)
    story.order(cleo, BUY, "9", "100", market=PERP)
    story.passes(8 * HOUR)
    story.order(ann, BUY, "5", "99", market=PERP)
    story.order(bob, SELL, "5", "99", market=PERP)
    story.does(cmd.ExpireBonus(bob, "usdm", "USDT", Amount(units(50))), "control")
    story.does(cmd.Transfer(bob, "usdm", "spot", "USDT", Amount(units(1))))
    story.does(cmd.ExpireBonus(bob, "usdm", "USDT"), "control")
    story.does(cmd.ExpireBonus(cleo, "usdm", "USDT"), "control")
    story.mark("95")
    return story
