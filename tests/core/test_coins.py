"""What an account with one wallet has, coin by coin and in all, with numbers by hand."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from simexchange.core import coins, margin
from simexchange.core.marginstates import UNBOUNDED, AccountState, CoinState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import Amount
from tests.core.oneaccount import COIN, PERP, RULES, SPOT, WALLET, Member, TwoVenues
from tests.core.world import show, units

FEES = structs.replace(RULES, closing_fee=True)


def coin(member: Member, asset: str) -> CoinState:
    """One coin of *member*."""
    return coins.coin_state(member.world.state, member.world.state.accounts[member.no], asset)


def whole(member: Member) -> AccountState | None:
    """All of *member*."""
    return coins.account_state(member.world.state, member.world.state.accounts[member.no])


def figures(told: CoinState) -> tuple[Any, ...]:
    """Wallet, held, unrealised, equity, margin of positions and of orders, maintenance, value."""
    names = ("wallet", "held", "unrealised", "equity", "position_initial", "order_initial", "maintenance", "value")
    return tuple(show(getattr(told, name)) for name in names)


def test_every_coin_and_the_whole_of_a_pool() -> None:
    """1,000 USDT and 2 BTC, 90 % of which count. Long 5 at 100, long 300 USD of coins, a buy of 2 at 90 on spot, and
    one of 1 at 90 of the perpetual. Then everything stands at 110.

    USDT: 180 held, 50 gained; 55 and 0.45 (5 × 90 × 0.1 %) are needed, 5.95 of it to maintain. An order of 90 with
    0.09 and 0.081 of fees: 9.171. Coins: 300 USD cost 3 and are 2.72727273; 0.27272727 and 0.0033.
    """
    world = TwoVenues(FEES)
    for no in world.state.markets:
        rules = world.state.rules[FEES.name, no]
        world.run(cmd.SetRules(FEES.name, no, structs.replace(rules, taker=units("0.001"))))
    ann = world.opens("ann", USDT=1000, BTC=2)
    world.at_market(PERP)
    ann.buys(5, at=100)
    world.maker.sells(5, at=100)
    world.at_market(COIN)
    ann.buys(300, at=100)
    world.maker.sells(300, at=100)
    world.at_market(SPOT)
    ann.buys(2, at=90)
    world.at_market(PERP)
    ann.buys(1, at=90)
    world.all_at(110)

    usdt, btc = coin(ann, "USDT"), coin(ann, "BTC")

    assert figures(usdt) == (1000, 180, 50, 1050, 55.45, 9.171, 5.95, 1050)
    assert figures(btc) == (2, 0, 0.27272727, 2.27272727, 0.27602728, 0, 0.03057273, 249.9999997)
    all_told = whole(ann)
    assert all_told is not None
    assert (show(all_told.equity), show(all_told.wallet)) == (1299.9999997, 1198)
    assert (show(all_told.margin_balance), show(all_told.unrealised)) == (1274.99999973, 76.99999973)
    initial = units("64.621") + units("30.36300080")
    assert (all_told.initial, all_told.available) == (initial, all_told.margin_balance - units(180) - initial)
    assert all_told.maintenance == units("5.95") + units("3.3630003")
    assert all_told.initial_rate == initial * 10**8 // all_told.margin_balance
    assert all_told.maintenance_rate == all_told.maintenance * 10**8 // all_told.margin_balance
    pool = ann.pool()
    assert (pool.margin_balance, pool.available, pool.maintenance) == (
        all_told.margin_balance, all_told.available, all_told.maintenance,
    )  # fmt: skip


def test_an_account_of_isolated_positions_has_coins_and_no_whole() -> None:
    """100 of 1,000 are in the position, 40 held by a spot order; 20 are gained."""
    world = TwoVenues(RULES)
    ann = world.opens("ann", USDT=1000)
    world.run(cmd.SetCollateralMode(ann.no, unified=False))
    world.run(cmd.SetMarginMode(ann.no, world.state.market_no[PERP], MarginMode.ISOLATED))
    world.swap(ann, world.maker, 10, 100)
    world.at_market(SPOT)
    ann.buys("0.5", at=80)
    world.all_at(102)

    assert figures(coin(ann, "USDT")) == (1000, 40, 20, 1020, 102, 0, 11, 1020)
    assert show(coin(ann, "USDT").withdrawable) == 860
    assert whole(ann) is None


def test_an_account_with_nothing_in_it() -> None:
    world = TwoVenues(RULES)
    ann = world.opens("ann")

    assert figures(coin(ann, "USDT")) == (0,) * 8
    assert whole(ann) == AccountState(0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert coins.assets_of(world.state, world.state.accounts[ann.no]) == []


def test_a_rate_of_a_pool_that_is_worth_nothing_has_no_bound() -> None:
    """While a liquidation has begun, and nothing is done about it yet."""
    world = TwoVenues(RULES)
    ann = world.opens("ann", USDT=110)
    world.swap(ann, world.maker, 10, 100)
    world.engine.execute(cmd.SetMark(world.market, units(80)), world.at)

    told = whole(ann)

    assert told is not None
    assert (show(told.margin_balance), told.initial_rate, told.maintenance_rate) == (-90, UNBOUNDED, UNBOUNDED)


def test_what_is_no_collateral_is_a_coin_that_counts_nothing() -> None:
    world = TwoVenues(RULES)
    ann = world.opens("ann", USDT=10)
    world.run(cmd.Deposit(ann.no, WALLET, "DOGE", Amount(units(5))))

    assert figures(coin(ann, "DOGE")) == (5, 0, 0, 5, 0, 0, 0, 0)
    assert coins.assets_of(world.state, world.state.accounts[ann.no]) == ["DOGE", "USDT"]
    told = whole(ann)
    assert told is not None
    assert (show(told.equity), show(told.margin_balance)) == (10, 10)
    assert show(margin.wallet_state(world.state, world.state.accounts[ann.no], WALLET, "DOGE").withdrawable) == 5
