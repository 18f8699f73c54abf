"""Where spot money is, to the unit."""

from __future__ import annotations

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, notional, notional_up
from tests.core.world import World, only, units


def test_a_limit_buy_holds_price_times_quantity() -> None:
    """2 at 100 hold 200, and cancelling frees them."""
    world = World()

    order = world.taker.buys(2, at=100)[0].order
    held = world.taker.has("USDT")
    world.taker.cancels(order)

    assert held == (999_800, 200)
    assert world.taker.has("USDT") == (1_000_000, 0)


def test_price_improvement_goes_back_to_the_buyer() -> None:
    """A buy at 110 that trades at 100 pays 100 and holds nothing more for what it got."""
    world = World()
    world.maker.sells(1, at=100)

    world.taker.buys(3, at=110)

    assert world.taker.has("USDT") == (1_000_000 - 100 - 220, 220)
    assert world.taker.has("BTC") == (1_001, 0)


def test_fees_are_taken_from_what_each_side_receives() -> None:
    """1 BTC at 100: the buyer gets 0.998 BTC, the seller 99.9 USDT, the exchange the rest."""
    world = World(maker_fee="0.001", taker_fee="0.002")
    world.maker.sells(1, at=100)

    world.taker.buys(1, at=100)

    purses = world.state.purses
    assert world.taker.has("BTC")[0] == 1_000.998
    assert world.maker.has("USDT")[0] == 1_000_099.9
    assert purses.amount("fee:spot:BTC-USDT", "BTC") == units("0.002")
    assert purses.amount("fee:spot:BTC-USDT", "USDT") == units("0.1")


def test_many_small_fills_never_need_more_than_was_held() -> None:
    """Amounts are rounded down per trade and the hold up, so a price finer than 10**-8 in total stays covered."""
    price, qty = Price(50_010), Quantity(3)
    parts = [Quantity(1)] * 3

    paid = sum(int(notional(price, part)) for part in parts)

    assert paid <= notional(price, qty) <= notional_up(price, qty)


def test_a_market_buy_that_eats_several_prices_holds_nothing_afterwards() -> None:
    """The hold of a market order is gone with the order, whatever rounding left of it."""
    world = World()
    world.maker.sells("0.333", at="100.01")
    world.maker.sells("0.777", at="100.03")

    world.taker.buys("1.11")

    spent = (units("0.333") * units("100.01") + units("0.777") * units("100.03")) // ONE
    assert world.taker.has("USDT") == ((1_000_000 * ONE - spent) / ONE, 0)


def test_money_moves_between_wallets_and_accounts() -> None:
    """A transfer is one event; what leaves one wallet is in the other."""
    world = World()
    taker, maker = world.taker.no, world.maker.no

    world.run(cmd.Transfer(taker, "spot", "usdm", "USDT", Amount(units(400))))
    world.run(cmd.Transfer(taker, "spot", "spot", "USDT", Amount(units(100)), maker))

    assert world.taker.has("USDT") == (999_500, 0)
    assert world.taker.cash == 1_000_400
    assert world.maker.has("USDT") == (1_000_100, 0)


def test_what_open_orders_hold_cannot_be_withdrawn() -> None:
    """Free is free, held is not."""
    world = World(cash=1000)
    world.taker.buys(9, at=100)

    refused = world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(101))))
    granted = world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(100))))

    assert len(only(refused, ev.CommandRefused)) == 1
    assert len(only(granted, ev.FundsWithdrawn)) == 1
    assert world.taker.has("USDT") == (0, 900)


def test_the_fund_is_account_one_and_opens_with_capital() -> None:
    """Its money comes from outside, like a deposit, but by another door."""
    world = World(capital=5)

    fund = world.state.accounts[AccountNo(1)]

    assert fund.name == "insurance"
    assert fund.free("usdm", "USDT") == 5 * ONE
    assert world.state.purses.amount("ext:capital", "USDT") == -5 * ONE
