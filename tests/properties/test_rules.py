"""Whatever is charged, discounted, routed and closed at random, every asset sums to zero and no fee loses money."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.assets import EXT_MARKETING
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import (
    Bundle,
    Commission,
    Filters,
    Market,
    MarketKind,
    MarketRules,
    MarketStatus,
)
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import World, only

QUOTES = ("USDT", "USDC")
BNB = Bundle("binance", discount_asset="BNB", routing=QUOTES)
RATES = st.integers(-100_000, 400_000)
PARTS = st.builds(
    Commission, st.integers(0, 50_000), st.integers(0, 50_000), st.integers(0, 9_999), st.integers(0, 9_999)
)
ORDERS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(1, 3), st.sampled_from(Side), st.integers(1, 4_000), st.integers(9_950, 10_050),
        st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]), st.booleans(), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip
"""Who, which market, side, quantity in thousandths, price in hundredths, time in force, at market, routed."""


def exchange(rates: list[tuple[int, int]], parts: Commission, unit: int, *, truncated: bool) -> World:
    """BTC in two quotes and BNB, under those rates as far as they are taken; everybody pays with BNB."""
    world = World(bundle=BNB, capital=0)
    tick, step = Price(ONE // 100), Quantity(ONE // 1000)
    for base, quote in (("BTC", "USDC"), ("BNB", "USDT")):
        world.run(cmd.ListMarket(Market(f"spot:{base}-{quote}", MarketKind.SPOT, base, quote, quote, tick, step)))
    for no, (maker, taker) in zip((1, 3, 4), rates, strict=True):
        rules = MarketRules(
            Filters(max_position=Quantity(2_000 * ONE)), Rate(maker), Rate(taker), special=parts, tax=parts,
            fee_unit=Amount(unit), fee_truncated=truncated,
        )  # fmt: skip
        world.run(cmd.SetRules("binance", MarketNo(no), rules))
    for number, person in enumerate(world.people):
        for asset, amount in (("USDC", 10**6), ("BNB", number)):
            if amount:
                world.run(cmd.Deposit(person.no, "spot", asset, Amount(amount * ONE)))
        world.run(cmd.SetAccountOption(person.no, AccountOption.DISCOUNT_SPOT, 1))
    return world


def paid(world: World, events: list[Any]) -> list[int]:
    """Per trade and asset, what the exchange earned less what marketing gave."""
    found: list[int] = []
    for trade in only(events, ev.TradeExecuted):
        sums: dict[str, int] = {}
        for fill in (trade.maker, trade.taker):
            sums[fill.fee_asset] = sums.get(fill.fee_asset, 0) + fill.fee + fill.subsidy
        found += sums.values()
    return found


@given(
    rates=st.lists(st.tuples(RATES, RATES), min_size=3, max_size=3),
    parts=PARTS,
    unit=st.sampled_from([1, 1_000]),
    truncated=st.booleans(),
    orders=ORDERS,
)
def test_fees_discounts_rebates_and_routes_keep_every_asset_at_zero(
    rates: list[tuple[int, int]], parts: Commission, unit: int, truncated: bool, orders: list[Any]
) -> None:
    """Invariants are checked after every step; no trade costs the exchange more than marketing pays for."""
    world = exchange(rates, parts, unit, truncated=truncated)

    for who, market, side, qty, price, tif, at_market, routed in orders:
        no = (1, 3, 4)[market - 1]
        kind = OrderKind.MARKET if at_market and tif is TimeInForce.GTC else OrderKind.LIMIT
        events = world.run(
            cmd.PlaceOrder(
                world.people[who].no, MarketNo(no), side, kind, Quantity(qty * ONE // 1000),
                Price(0 if kind is OrderKind.MARKET else price * ONE // 100), tif, "",
                Terms(routed=True) if routed else None,
            )
        )  # fmt: skip
        assert all(amount >= 0 for amount in paid(world, events))
    for no in (1, 3, 4):
        world.run(cmd.SetMarketStatus(MarketNo(no), MarketStatus.DELISTED))

    assert not any(account.orders for account in world.state.accounts.values())
    assert all(amount <= 0 for (purse, _), amount in world.state.purses.amounts.items() if purse == EXT_MARKETING)
    assert canonical.dump(canonical.load(canonical.dump(world.state))) == canonical.dump(world.state)
