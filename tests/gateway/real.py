"""The real Binance products on real markets: what the gateway carries in earnest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from simexchange.core.vocabulary.commands import Command, Deposit, ListMarket, ProvideCapital, SetIndex, SetRules
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.gateway.world import Served, served

TICK, STEP = Price(ONE // 100), Quantity(ONE // 100_000)
SPOT = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", TICK, STEP)
PERP = Market(
    "perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", Price(ONE // 10), Quantity(ONE // 1000),
    funding_interval=Nanos(8 * HOUR), index="BTC-USDT",
)  # fmt: skip
COIN = Market(
    "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
    contract_size=Amount(100 * ONE), funding_interval=Nanos(8 * HOUR), index="BTC-USDT",
)  # fmt: skip
FILTERS = Filters(
    price_min=TICK, price_max=Price(10**6 * ONE), qty_min=STEP, qty_max=Quantity(9_000 * ONE),
    notional_min=Amount(5 * ONE),
)  # fmt: skip
TIER = Tier(Amount(0), Amount(10**7 * ONE), 20, Rate(1_000_000), Amount(0))
OPENING: tuple[Command, ...] = (
    ListMarket(SPOT),
    ListMarket(PERP),
    ListMarket(COIN),
    SetRules("binance", MarketNo(1), MarketRules(FILTERS, Rate(100_000), Rate(100_000))),
    SetRules("binance", MarketNo(2), MarketRules(Filters(), Rate(20_000), Rate(50_000), (TIER,))),
    SetRules("binance", MarketNo(3), MarketRules(Filters(), Rate(10_000), Rate(50_000), (TIER,))),
    ProvideCapital("usdm", "USDT", Amount(10**6 * ONE)),
    ProvideCapital("coinm", "BTC", Amount(10**3 * ONE)),
    SetIndex("BTC-USDT", Price(60_000 * ONE)),
)


MONEY = (("spot", "USDT", 10**5), ("usdm", "USDT", 10**5), ("spot", "BTC", 2), ("coinm", "BTC", 2))


@asynccontextmanager
async def trading(**options: Any) -> AsyncIterator[Served]:
    """Serve all three products; alice and bob have 100,000 USDT in both wallets, 2 BTC, and 2 more as margin."""
    products: list[Any] = [SpotProduct(), UsdmProduct(), CoinmProduct()]
    async with served(products=products, commands=OPENING, **options) as world:
        for key in (world.alice, world.bob):
            for wallet, asset, amount in MONEY:
                world.exchange.submit(Deposit(key.account, wallet, asset, Amount(amount * ONE)), source="control")
        await world.exchange.durable(world.exchange.seq)
        yield world


def limit(side: str, quantity: str, price: str, **more: Any) -> dict[str, Any]:
    """The parameters of a limit order."""
    return {
        "symbol": "BTCUSDT", "side": side, "type": "LIMIT", "timeInForce": "GTC", "quantity": quantity,
        "price": price, **more,
    }  # fmt: skip
