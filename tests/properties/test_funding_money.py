"""Funding of any size, in money or in coin, by either rounding: paid is what fractions say, and nothing is made."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import msgspec
from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import (
    Filters,
    FundingRounding,
    Market,
    MarketKind,
    MarketRules,
    PriceRules,
    Tier,
)
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, World, only

PEOPLE = ("maker", "ann", "bob", "cleo", "dora")
LINEAR = Market(
    "perp:XRP-USDT", MarketKind.PERPETUAL, "XRP", "USDT", "USDT", Price(1), Quantity(1),
    funding_interval=Nanos(HOUR), index="XRP-USDT",
)  # fmt: skip
COIN = msgspec.structs.replace(
    LINEAR, id="perp:XRP-USD", quote="USD", settle="XRP", inverse=True, contract_size=Amount(10 * ONE), index="XRP-USD",
    step=Quantity(ONE),
)  # fmt: skip

RULES = MarketRules(
    Filters(), Rate(0), Rate(0), (Tier(Amount(0), Amount(10**30), 20, Rate(1_000_000), Amount(0)),), default_leverage=1
)
"""Without fees, and with room for everybody."""


@settings(max_examples=60, deadline=None)
@given(
    st.booleans(),
    st.sampled_from(FundingRounding),
    st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=4),
    st.integers(10**5, 10**12),
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=3),
)
def test_funding_moves_money_and_makes_none(
    inverse: bool, rounding: FundingRounding, sizes: list[int], mark: int, rates: list[int]
) -> None:
    """The maker has the other side of everybody; the wallets and the dust sum to what they were."""
    world = World(PERP, people=PEOPLE, cash=0)
    spec = msgspec.structs.replace(COIN if inverse else LINEAR, prices=(PriceRules(rounding=rounding),))
    world.run(cmd.ListMarket(spec))
    world.market = world.state.market_no[spec.id]
    world.run(cmd.SetRules("binance", world.market, RULES))
    wallet, asset = ("coinm", "XRP") if inverse else ("usdm", "USDT")
    for person in world.people:
        world.run(cmd.Deposit(person.no, wallet, asset, Amount(10**24)))
    world.run(cmd.SetIndex(spec.index, Price(mark)))
    for person, size in zip(world.people[1:], sizes, strict=False):
        qty = abs(size) // ONE * ONE or ONE if inverse else abs(size)
        opened(world, person.no, qty if size > 0 else -qty, mark)
    held = positions(world)
    # The maker may end up with nothing, where the others' sizes cancel out.
    assert {no for no in held if no != world.maker.no} == {person.no for person in world.people[1 : 1 + len(sizes)]}
    before = {no: world.state.accounts[no].free(wallet, asset) for no in held}

    happened = []
    for rate in rates:
        world.run(cmd.SetFunding(world.market, Nanos(HOUR), Rate(rate), Rate(rate), Rate(0)))
        happened += world.passes(HOUR)
    happened += world.passes(HOUR)

    paid: list[ev.FundingPaid] = [event for event in only(happened, ev.FundingPaid) if event.market == world.market]
    assert len(paid) == len(held) * (len(rates) + 1)
    got = dict.fromkeys(held, 0)
    for event in paid:
        assert event.qty == held[event.account]
        assert event.amount == by_hand(event, rounding, inverse=inverse)
        got[event.account] += event.amount
    dust = world.state.purses.amount("dust", asset)
    assert {no: world.state.accounts[no].free(wallet, asset) for no in held} == {
        no: before[no] + got[no] for no in held
    }
    assert sum(got.values()) + dust == 0
    assert rounding is FundingRounding.TRUNCATED or 0 <= dust <= len(paid)


def by_hand(event: ev.FundingPaid, rounding: FundingRounding, *, inverse: bool) -> int:
    """−value × rate in 10**-8; the value of inverse contracts is cut at 10**-16."""
    value = Fraction(event.qty * event.mark, ONE)
    if inverse:
        value = Fraction(int(Fraction(event.qty * 10 * ONE * ONE, event.mark)), ONE)
    exact = -value * event.rate / ONE
    return floor(exact) if rounding is FundingRounding.PAYER_UP else int(exact)


def opened(world: World, taker: AccountNo, qty: int, price: int) -> None:
    """*taker* takes *qty* (short below zero) from the maker at *price*."""
    sides = (Side.SELL, Side.BUY) if qty > 0 else (Side.BUY, Side.SELL)
    for no, side in zip((world.maker.no, taker), sides, strict=True):
        world.run(
            cmd.PlaceOrder(no, world.market, side, OrderKind.LIMIT, Quantity(abs(qty)), Price(price), TimeInForce.GTC)
        )


def positions(world: World) -> dict[AccountNo, int]:
    """Who holds how much in the world's market."""
    return {
        no: account.positions[world.market].qty
        for no, account in world.state.accounts.items()
        if world.market in account.positions
    }
