"""The story of accounts with one wallet for everything, beside one with a wallet for each. For `make_fixture_logs`."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, SPOT, TIERS, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate

WALLET = "unified"
RULES = Bundle(
    "one",
    post_only="accept_then_expire",
    linear_wallet=WALLET,
    inverse_wallet=WALLET,
    liquidation="by_tier",
    collateral=(
        Collateral("USDT", exchange_bid_buffer=Rate(100_000), exchange_ask_buffer=Rate(100_000)),
        Collateral("BTC", "BTC-USDT", ratio=Rate(95_000_000), exchange_bid_buffer=Rate(100_000)),
    ),
    exchange="in_order",
    pooled=True,
    spot_wallet=WALLET,
    closing_fee=True,
)
COINS = Market(
    "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 100), Quantity(ONE), inverse=True,
    funding_interval=Nanos(8 * HOUR), index="BTC-USDT", impact_notional=Amount(100 * ONE),
)  # fmt: skip


def one_account() -> Story:
    """Spot, linear and inverse trades of one wallet, holds, funding, transfers, a pool and a position that fall."""
    story = Story(31)
    story.does(cmd.ListMarket(COINS), "control")
    story.does(cmd.AdoptBundle(RULES), "control")
    coins = MarketNo(len(story.state.markets))
    for no, market in list(story.state.markets.items()):
        rules = MarketRules(
            Filters(), Rate(20_000), Rate(50_000), TIERS if market.derivative else (), Rate(500_000), 10, "invented"
        )
        story.does(cmd.SetRules(RULES.name, no, rules), "control")
        if market.no == coins:
            story.does(cmd.SetRules("binance", no, rules), "control")
    for wallet, asset, amount in (("usdm", "USDT", "1000"), ("coinm", "BTC", "10")):
        story.does(cmd.ProvideCapital(wallet, asset, Amount(units(amount))), "control")
    maker = story.joins("maker", usdt="10000", btc="100", margin="100000")
    story.does(cmd.Deposit(maker, "coinm", "BTC", Amount(units("100"))), "control")
    ann, bob, cleo = (_joins(story, name) for name in ("ann", "bob", "cleo"))
    story.index("100")
    story.does(cmd.SetMarginMode(cleo, MarketNo(0), MarginMode.ISOLATED))
    _trades(story, maker, (ann, bob, cleo), coins)
    story.passes(8 * HOUR)
    for who in (ann, cleo):
        story.does(cmd.Transfer(who, WALLET, "funding", "USDT", Amount(units("10"))))
        story.does(cmd.Transfer(who, WALLET, "funding", "USDT", Amount(units("400"))))
    story.does(cmd.CancelAll(maker))
    for price in ("93", "85", "70"):
        story.index(price)
        for contract in (PERP, coins):
            story.mark(price, contract)
    story.does(cmd.SetMarginMode(cleo, MarketNo(0), MarginMode.CROSS))
    return story


def _joins(story: Story, name: str) -> AccountNo:
    story.does(cmd.OpenAccount(name, RULES.name), "control")
    no = story.state.account_no[name]
    for asset, amount in (("USDT", "300"), ("BTC", "2")):
        story.does(cmd.Deposit(no, WALLET, asset, Amount(units(amount))), "control")
    return no


def _trades(story: Story, maker: AccountNo, people: tuple[AccountNo, ...], coins: MarketNo) -> None:
    """Each buys a coin on spot, is long of both contracts, and leaves orders open."""
    for who in people:
        for market, qty in ((SPOT, "1"), (PERP, "12"), (coins, "300")):
            story.order(maker, SELL, qty, "100", market=market)
            story.order(who, BUY, qty, "100", market=market)
        story.order(who, SELL, "0.5", "130")
        story.order(who, BUY, "0.5", "60")
        story.order(who, BUY, "100", "60")
        story.order(who, BUY, "1", "80", market=PERP)
        story.order(who, SELL, "14", "120", market=PERP)
    story.order(people[0], SELL, "0.2", "100")
    story.order(maker, BUY, "0.2", "100")
    story.order(people[1], BUY, "1", "100", market=PERP)
    story.order(maker, BUY, "2", "88", market=PERP)


__all__ = ["one_account"]
