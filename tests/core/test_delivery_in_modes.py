"""Delivery and delisting of isolated, hedged and separate positions: each is its own, and its margin goes home."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.ledger import own_wallet
from simexchange.core.vocabulary import commands as cmd, deliveries as dv, events as ev
from simexchange.core.vocabulary.ids import key_of
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Slot, Terms
from simexchange.core.vocabulary.units import MINUTE, ONE, Amount, Price, Rate
from simexchange.projections.income import IncomeKind
from simexchange.projections.views import Views
from tests.core.dated import CURRENT, INVERSE_NOW, LINEAR_NOW, DatedWorld
from tests.core.test_pooled_assets import RULES as POOLED, holds, pooled
from tests.core.world import only, show, units

WINDOW = 30 * MINUTE
LONG, SHORT = Terms(slot=Slot.LONG), Terms(slot=Slot.SHORT)


def world_of(
    market: str = LINEAR_NOW, *, isolated: bool = True, mode: PositionMode = PositionMode.ONE_WAY
) -> DatedWorld:
    """The taker has 1,000 USDT and 10 BTC of margin; no trading fees, 0.1 % for delivery; leverage 10."""
    world = DatedWorld(market, maker=Rate(0), taker=Rate(0), delivery_fee=Rate(units("0.001")))
    world.index(100)
    taker = world.taker.no
    world.run(cmd.Withdraw(taker, "usdm", "USDT", Amount(999_000 * ONE)))
    world.run(cmd.Withdraw(taker, "coinm", "BTC", Amount(90 * ONE)))
    if isolated:
        world.run(cmd.SetMarginMode(taker, world.market, MarginMode.ISOLATED))
    if mode is not PositionMode.ONE_WAY:
        world.run(cmd.SetPositionMode(taker, mode))
    return world


def own(world: DatedWorld, slot: Slot = Slot.NET, sub: int = 0) -> Any:
    """What is in the own wallets of the taker's position."""
    wallet, asset = ("coinm", "BTC") if world.state.markets[world.market].inverse else ("usdm", "USDT")
    return show(world.state.accounts[world.taker.no].free(own_wallet(wallet, key_of(world.market, slot, sub)), asset))


def delivered(world: DatedWorld, price: float) -> list[Any]:
    """The index stands at *price* for the whole window; what the taker's positions got."""
    world.until(CURRENT - WINDOW)
    world.run(cmd.SetIndex("BTC-USDT", units(price), frozen=True))
    events = world.until(CURRENT)
    return [event for event in only(events, dv.PositionDelivered) if event.account == world.taker.no]


def test_an_isolated_position_is_delivered_out_of_its_own_wallet() -> None:
    """2 from 100 with 20 of margin, delivered at 105: 10, less 0.21; 29.79 go back, and nothing stays."""
    world = world_of()
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    assert (world.taker.cash, own(world)) == (980, 20)

    (event,) = delivered(world, 105)

    assert (event.wallet, show(event.closed.realised), show(event.fee), show(event.margin)) == (
        f"usdm:{world.market}", 10, 0.21, -29.79,
    )  # fmt: skip
    assert (world.taker.cash, own(world)) == (1_009.79, 0)


def test_an_isolated_loss_takes_no_more_than_its_own_wallet() -> None:
    """20 of margin and a loss of 30: no fee, the fund pays 10, and the account keeps its 980."""
    world = world_of()
    world.maker.sells(2, at=100)
    world.taker.buys(2)

    (event,) = delivered(world, 85)

    paid = [each for each in only(world.past, ev.InsurancePaid) if each.account == world.taker.no]
    assert (show(event.closed.realised), event.fee, event.margin) == (-30, 0, 0)
    assert [(each.wallet, show(each.amount)) for each in paid] == [(f"usdm:{world.market}", 10)]
    assert (world.taker.cash, own(world)) == (980, 0)


@pytest.mark.parametrize("isolated", [True, False])
def test_a_long_and_a_short_of_one_market_are_delivered_each_for_itself(isolated: bool) -> None:
    """3 long from 100 and 1 short from 102, at 101: +3 and +1, fees of 0.303 and 0.101."""
    world = world_of(isolated=isolated, mode=PositionMode.HEDGE)
    world.maker.sells(3, at=100)
    world.taker.buys(3, at=100, more=LONG)
    world.maker.buys(1, at=102)
    world.taker.sells(1, at=102, more=SHORT)

    events = delivered(world, 101)

    assert [(event.slot, show(event.qty), show(event.closed.realised), show(event.fee)) for event in events] == [
        (Slot.LONG, 3, 3, 0.303), (Slot.SHORT, -1, 1, 0.101),
    ]  # fmt: skip
    assert world.taker.cash == 1_000 + 4 - 0.404
    assert (own(world, Slot.LONG), own(world, Slot.SHORT)) == (0, 0)


def test_separate_positions_are_delivered_each_for_itself() -> None:
    """1 from 100 and 1 from 104, isolated, at 102: +2 and −2, each out of its own wallet."""
    world = world_of(mode=PositionMode.SEPARATE)
    for price in (100, 104):
        world.maker.sells(1, at=price)
        world.taker.buys(1, at=price, more=Terms(slot=Slot.LONG, sub_position=-1))
    subs = sorted(event.sub for event in held(world))
    assert len(subs) == 2

    events = delivered(world, 102)

    assert [(event.sub, show(event.closed.realised)) for event in events] == [(subs[0], 2), (subs[1], -2)]
    assert world.taker.cash == 1_000 - 2 * 0.102


def held(world: DatedWorld) -> list[Any]:
    """The trades that opened the taker's positions."""
    return [trade.taker for trade in only(world.past, ev.TradeExecuted) if trade.taker.account == world.taker.no]


def test_a_contract_in_coin_gives_its_isolated_margin_back_in_coin() -> None:
    """10 contracts of 100 USD at 100 are 10 BTC, 1 of margin; at 125 they are 8: +2, less 0.008."""
    world = world_of(INVERSE_NOW)
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)
    assert own(world) == 1

    (event,) = delivered(world, 125)

    assert (show(event.closed.realised), show(event.fee), show(event.margin)) == (2, 0.008, -2.992)
    assert show(world.state.accounts[world.taker.no].free("coinm", "BTC")) == 11.992


@pytest.mark.parametrize("mode", list(PositionMode))
def test_closing_a_market_for_good_gives_isolated_margin_back_too(mode: PositionMode) -> None:
    """2 from 100 with 20 of margin, closed at a mark of 110: +20, all of it in the account's wallet again."""
    world = world_of(mode=mode)
    world.maker.sells(2, at=100)
    slotted = Terms(slot=Slot.LONG, sub_position=-1 if mode is PositionMode.SEPARATE else 0)
    world.taker.buys(2, at=100, more=None if mode is PositionMode.ONE_WAY else slotted)
    world.mark(110)

    world.run(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED))

    wallets = {
        wallet: show(balance.free) for (wallet, _), balance in world.state.accounts[world.taker.no].balances.items()
    }
    assert wallets["usdm"] == 1_020
    assert not [wallet for wallet, amount in wallets.items() if wallet.startswith("usdm:") and amount]
    assert not world.state.markets[world.market].holders


def test_where_assets_back_each_other_one_may_go_below_zero_for_loss_and_fee() -> None:
    """20 BTC and no USDT: 2 long from 100, delivered at 95, owe 10 and 0.19."""
    world = DatedWorld(LINEAR_NOW, maker=Rate(0), taker=Rate(0), delivery_fee=Rate(units("0.001")))
    world.run(cmd.AdoptBundle(POOLED))
    world.index(100)
    taker = world.taker.no
    world.run(cmd.Withdraw(taker, "usdm", "USDT", Amount(1_000_000 * ONE)))
    world.run(cmd.Deposit(taker, "usdm", "BTC", Amount(20 * ONE)))
    world.run(cmd.SetCollateralMode(taker, unified=True))
    world.maker.sells(2, at=100)
    world.taker.buys(2, at=100)

    (event,) = delivered(world, 95)

    assert (show(event.closed.realised), show(event.fee)) == (-10, 0.19)
    assert world.taker.cash == -10.19
    assert not [each for each in only(world.past, ev.InsurancePaid) if each.account == taker]


def test_debts_of_a_pool_wait_until_its_assets_have_a_price_again() -> None:
    """Long 10 at 100 and closed at 50 while the index is quiet: 400 are owed, and nobody knows what 0.1 BTC are worth.

    When it speaks again they are sold at 95, and the fund pays the 390.5 that are left.
    """
    world = pooled(100, "0.1")
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.run(cmd.SetIndex("BTC-USDT", Price(100 * ONE), frozen=True))
    world.mark(50)
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED))
    assert (holds(world, "USDT"), holds(world, "BTC")) == (-400, 0.1)

    events = world.index(100)

    assert [show(e.amount) for e in only(events, ev.InsurancePaid)] == [390.5]
    assert (holds(world, "USDT"), holds(world, "BTC")) == (0, 0)


def test_a_delivery_is_told_to_the_views_position_by_position() -> None:
    """Balances of both wallets, the flat position, its income; open interest is gone."""
    world = world_of()
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    delivered(world, 105)
    views = Views()
    for seq, (at, event) in enumerate(world.timed, 1):
        views.apply(seq, at, event)

    taker, market = world.taker.no, world.market
    balances = {row.wallet: show(row.total) for row in views.balances.of(taker) if row.asset == "USDT"}
    row = views.positions.get(taker, market)
    lines = [(line.kind, show(line.amount)) for line in views.income.of(taker, market=market)]

    assert (balances["usdm"], balances[f"usdm:{market}"]) == (1_009.79, 0)
    assert row is not None
    assert (row.qty, show(row.realised), show(row.fees)) == (0, 10, 0.21)
    assert lines == [(IncomeKind.DELIVERED_SETTLEMENT, 10), (IncomeKind.COMMISSION, -0.21)]
    assert views.positions.open_interest(market) == 0
    assert show(views.markets.by_no[market].delivery_price) == 105
