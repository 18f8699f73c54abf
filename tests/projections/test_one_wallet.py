"""The views tell of an account with one wallet what the engine has there."""

from __future__ import annotations

from simexchange.core.vocabulary import commands as cmd
from simexchange.projections.views import Views
from tests.core.oneaccount import COIN, PERP, SPOT, WALLET, TwoVenues


def test_balances_of_one_wallet_are_those_of_the_engine() -> None:
    """After holds, fills on all three markets with fees, a funding round, a transfer and a liquidation."""
    world = TwoVenues(maker_fee="0.0005", taker_fee="0.001")
    ann, bob = world.opens("ann", USDT=300, BTC=2), world.opens("bob", USDT=100, BTC=3)
    for market, qty in ((SPOT, 1), (PERP, 8), (COIN, 200)):
        world.swap(ann, world.maker, qty, 100, market)
        world.swap(world.maker, bob, 1, 101, market)
        bob.sells(1, at=130)
        world.swap(ann, world.taker, 1, 100, market)
    world.passes(9 * 3600 * 10**9)
    ann.moves("USDT", 10)
    world.at_market(SPOT)
    ann.buys("0.1", at=80)
    world.all_at(50)
    world.run(cmd.CancelAll(bob.no))

    views = Views()
    for event in world.past:
        views.apply(1, world.at, event)

    for member in (ann, bob):
        account = world.state.accounts[member.no]
        told = {(row.wallet, row.asset): (row.free, row.held) for row in views.balances.of(member.no)}
        held = {name: (money.free, money.held) for name, money in account.balances.items()}
        assert {name: money for name, money in told.items() if any(money)} == {
            name: money for name, money in held.items() if any(money)
        }
        assert {wallet for wallet, _ in told} <= {WALLET, "funding"}
    assert not world.state.accounts[ann.no].positions
