"""Stories of what a venue's rules say: commissions, filters and price ranges. For `make_fixture_logs`."""

from __future__ import annotations

from scripts.storytelling import BUY, IOC, PERP, SELL, SPOT, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import (
    Bundle,
    Commission,
    Filters,
    Market,
    MarketKind,
    MarketRules,
    MarketStatus,
)
from simexchange.core.vocabulary.orders import AccountOption, Terms
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate


def commissions() -> Story:
    """Every part of a commission, the discount asset until it runs short, and rebates that marketing pays."""
    story = Story(7, maker=0)
    bnb = Market("spot:BNB-USDT", MarketKind.SPOT, "BNB", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000))
    story.does(cmd.ListMarket(bnb), "control")
    story.does(cmd.AdoptBundle(Bundle("binance", discount_asset="BNB")), "control")
    rules = MarketRules(
        Filters(), Rate(-10_000), Rate(80_000), buyer=Rate(1_000), seller=Rate(2_000),
        special=Commission(taker=Rate(3_000)), tax=Commission(seller=Rate(4_000), buyer=Rate(5_000)),
    )  # fmt: skip
    coin = story.state.market_no["spot:BNB-USDT"]
    story.does(cmd.SetRules("binance", coin, rules), "control")
    story.does(cmd.SetRules("binance", SPOT, rules), "control")
    ann = story.joins("ann", usdt="10000", btc="10", margin="1000")
    bob = story.joins("bob", usdt="10000", btc="10", margin="1000")
    for who, wallet, amount in ((ann, "spot", "5"), (bob, "spot", "0.002"), (bob, "usdm", "0.0005")):
        story.does(cmd.Deposit(who, wallet, "BNB", Amount(units(amount))), "control")
    for who in (ann, bob):
        story.does(cmd.SetAccountOption(who, AccountOption.DISCOUNT_SPOT, 1))
    story.does(cmd.SetAccountOption(bob, AccountOption.DISCOUNT_FUTURES, 1))
    story.order(ann, SELL, "1", "200", market=coin)
    story.order(bob, BUY, "0.5", "200", market=coin)
    story.order(ann, SELL, "3", "100")
    for _ in range(4):
        story.order(bob, BUY, "0.7", "100")
    story.order(bob, SELL, "1", "101")
    story.order(bob, BUY, "1", "101")
    story.does(cmd.SetFees(bob, SPOT, Rate(-20_000), Rate(90_000), Rate(0), Rate(0), None, Commission()), "control")
    story.order(bob, BUY, "1", "99")
    story.order(ann, SELL, "1", "99")
    story.index("100")
    story.order(ann, SELL, "3", "100", market=PERP)
    for _ in range(3):
        story.order(bob, BUY, "1", "100", market=PERP)
    return story


def closing() -> Story:
    """A pause, a market where orders can only be canceled, and two markets closed for good."""
    story = Story(10)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(100))), "control")
    ann = story.joins("ann", usdt="1000", btc="10", margin="1000")
    bob = story.joins("bob", usdt="1000", margin="12")
    cleo = story.joins("cleo", margin="1000")
    story.index("100")
    story.order(ann, SELL, "1", "100")
    resting = story.order(bob, BUY, "1", "90")
    story.does(cmd.SetMarketStatus(SPOT, MarketStatus.BREAK), "control")
    story.order(bob, BUY, "1", "100")
    story.does(cmd.SetMarketStatus(SPOT, MarketStatus.CANCEL_ONLY), "control")
    story.order(bob, BUY, "1", "100")
    story.does(cmd.CancelOrder(bob, SPOT, resting))
    story.does(cmd.SetMarketStatus(SPOT, MarketStatus.TRADING), "control")
    story.order(bob, BUY, "0.5", "100")
    story.order(bob, BUY, "1", "95")
    story.order(ann, SELL, "1.5", "100", market=PERP)
    story.order(bob, BUY, "1", "100", market=PERP)
    story.order(cleo, BUY, "0.5", "100", market=PERP)
    story.order(cleo, BUY, "0.5", "70", market=PERP)
    story.index("100", frozen=True)
    story.mark("80")
    for market in (SPOT, PERP):
        story.does(cmd.SetMarketStatus(market, MarketStatus.DELISTED), "control")
        story.order(ann, SELL, "1", "100", market=market)
    story.does(cmd.SetMarketStatus(PERP, MarketStatus.TRADING), "control")
    return story


def routing() -> Story:
    """Orders over the books of three quote assets, with fees, a rebate and the discount asset."""
    story = Story(12, maker=0)
    quotes = ("USDT", "USDC", "USDP")
    story.does(cmd.AdoptBundle(Bundle("binance", routing=quotes, discount_asset="BNB")), "control")
    ann = story.joins("ann", usdt="1000", btc="50")
    bob = story.joins("bob", usdt="1000", btc="5")
    story.does(cmd.Deposit(bob, "spot", "BNB", Amount(units("0.01"))), "control")
    story.does(cmd.SetAccountOption(bob, AccountOption.DISCOUNT_SPOT, 1))
    tick, step = Price(ONE // 100), Quantity(ONE // 1000)
    books = {"USDT": SPOT}
    for quote in (*quotes[1:], "BNB"):
        base, other = ("BNB", "USDT") if quote == "BNB" else ("BTC", quote)
        story.does(
            cmd.ListMarket(Market(f"spot:{base}-{other}", MarketKind.SPOT, base, other, other, tick, step)), "control"
        )
        books[quote] = story.state.market_no[f"spot:{base}-{other}"]
        rules = MarketRules(Filters(), Rate(-20_000), Rate(80_000))
        story.does(cmd.SetRules("binance", books[quote], rules), "control")
        story.does(cmd.Deposit(ann, "spot", quote, Amount(units(1000))), "control")
    story.order(ann, SELL, "0.01", "200", market=books["BNB"])
    story.order(bob, BUY, "0.01", "200", market=books["BNB"])
    for quote, price in (("USDT", "102"), ("USDC", "100"), ("USDP", "101"), ("USDT", "103")):
        story.order(ann, SELL, "1", price, market=books[quote])
    story.order(bob, BUY, "3.5", "102", more=Terms(routed=True))
    story.order(bob, BUY, "2", more=Terms(routed=True))
    story.order(ann, BUY, "2", "99", market=books["USDC"])
    story.order(bob, SELL, "3", "99", IOC, more=Terms(routed=True))
    return story


def limits() -> Story:
    """Averages, a price range, and what one account may have open, hold and move."""
    story = Story(9)
    filters = Filters(
        average_span=Nanos(60 * SECOND), bid_up=Rate(units("1.5")), max_position=Quantity(units(12)),
        range_bid_up=Rate(units("1.1")), range_ask_down=Rate(units("0.9")), reference_buckets=3,
        reference_bucket=Nanos(10 * SECOND),
    )  # fmt: skip
    story.does(cmd.AdoptBundle(Bundle("binance", max_orders=3)), "control")
    story.rules(SPOT, filters, ())
    ann = story.joins("ann", usdt="10000", btc="10")
    bob = story.joins("bob", usdt="10000")
    for price in ("100", "104", "111", "113"):
        story.order(ann, SELL, "1", price)
        story.order(bob, BUY, "0.5", price)
        story.passes(9 * SECOND)
    story.order(bob, BUY, "0.5")
    story.does(cmd.CancelAll(ann))
    story.does(cmd.SetReferencePrice(SPOT, Price(units(100))), "control")
    story.order(ann, SELL, "1", "110")
    story.order(ann, SELL, "1", "110.01")
    story.order(bob, BUY, "2", "110.01")
    story.does(cmd.SetReferencePrice(SPOT, Price(0)), "control")
    for _ in range(4):
        story.order(bob, BUY, "1", "90")
    story.does(cmd.CancelAll(bob))
    story.order(bob, BUY, "11", "90")
    story.does(cmd.SetAssetLimit(bob, "USDT", Amount(units(100))), "control")
    story.order(bob, BUY, "2", "90")
    story.does(cmd.AdoptBundle(Bundle("binance", max_iceberg_orders=1)), "control")
    for _ in range(2):
        story.order(bob, BUY, "1", "90", more=Terms(iceberg_qty=Quantity(units("0.5"))))
    return story
