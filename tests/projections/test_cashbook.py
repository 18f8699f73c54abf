"""The book of an account with one wallet: every entry with what was there after it, and nothing left out."""

from __future__ import annotations

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import ONE, Amount
from simexchange.projections.cashbook import CashKind, CashRow
from simexchange.projections.views import Views
from tests.core.oneaccount import COIN, PERP, SPOT, WALLET, Member, TwoVenues
from tests.core.world import units


def folded(world: TwoVenues) -> Views:
    views = Views()
    for event in world.past:
        views.apply(1, world.at, event)
    return views


def book(world: TwoVenues, member: Member, wallet: str = WALLET) -> list[CashRow]:
    return folded(world).cashbook.of(member.no, wallet)


def busy() -> tuple[TwoVenues, Member, Member]:
    """Fills with fees on all three markets, profit taken, a funding round, transfers and a liquidation."""
    world = TwoVenues(maker_fee="0.0005", taker_fee="0.001", liquidation_fee="0.01")
    ann, bob = world.opens("ann", USDT=300, BTC=2), world.opens("bob", USDT=100, BTC=3)
    for market, qty in ((SPOT, 1), (PERP, 8), (COIN, 200)):
        world.swap(ann, world.maker, qty, 100, market)
        world.swap(world.maker, bob, 1, 101, market)
        world.swap(ann, world.taker, 1, 100, market)
    world.swap(world.taker, ann, 2, 103)
    world.passes(9 * 3600 * 10**9)
    ann.moves("USDT", 10)
    ann.moves("USDT", 4, out=False)
    world.run(cmd.Withdraw(bob.no, WALLET, "BTC", Amount(ONE // 10)))
    world.all_at(20)
    return world, ann, bob


def test_all_entries_sum_to_what_is_there_in_every_wallet_and_asset() -> None:
    world, ann, bob = busy()
    views = folded(world)

    for member in (ann, bob):
        there: dict[tuple[str, str], int] = {}
        for (wallet, asset), money in world.state.accounts[member.no].balances.items():
            place = (whole_wallet(wallet), asset)
            there[place] = there.get(place, 0) + money.free + money.held
        for (wallet, asset), amount in there.items():
            rows = [row for row in views.cashbook.of(member.no, wallet) if row.asset == asset]
            assert sum(row.change for row in rows) == amount
            assert views.cashbook.balance(member.no, wallet, asset) == amount
    kinds = {row.kind for member in (ann, bob) for row in views.cashbook.of(member.no, WALLET)}
    assert kinds >= {
        CashKind.TRADE, CashKind.FUNDING, CashKind.MOVED_IN, CashKind.MOVED_OUT, CashKind.DEPOSIT,
        CashKind.WITHDRAWAL, CashKind.LIQUIDATION,
    }  # fmt: skip


def test_each_entry_says_what_the_one_before_it_left_and_its_own_change() -> None:
    world, ann, _ = busy()

    last: dict[str, int] = {}
    for row in book(world, ann):
        assert row.balance == last.get(row.asset, 0) + row.flow + row.funding - row.fee
        last[row.asset] = row.balance
    assert [row.id for row in book(world, ann)] == sorted({row.id for row in book(world, ann)})


def test_a_spot_trade_moves_two_assets_and_the_fee_is_told_with_the_one_it_is_of() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 2, 100, SPOT)

    base, quote = book(world, ann)[1:]

    assert (base.asset, base.flow, base.fee, base.balance) == (
        "BTC", units(2), units("0.002"), units("1.998"),
    )  # fmt: skip
    assert (quote.asset, quote.flow, quote.fee, quote.rate) == ("USDT", -units(200), 0, 0)
    assert base.rate == units("0.001")


def test_a_fill_tells_what_is_left_of_its_position_and_bears_no_change_of_margin() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 3, 100)
    world.swap(world.maker, ann, 1, 110)

    opened, closed = book(world, ann)[1:]

    assert (opened.size, opened.flow, opened.fee) == (units(3), 0, units("0.3"))
    assert (closed.size, closed.flow, closed.qty) == (units(2), units(10), units(1))
    assert closed.balance == units(300) - opened.fee + units(10) - closed.fee


def test_the_own_wallet_of_an_isolated_position_is_part_of_the_whole() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.run(cmd.SetCollateralMode(ann.no, unified=False))
    world.run(cmd.SetMarginMode(ann.no, world.state.market_no[PERP], MarginMode.ISOLATED))
    world.swap(ann, world.maker, 1, 100)

    account = world.state.accounts[ann.no]
    assert len([wallet for wallet, _ in account.balances if wallet.startswith(f"{WALLET}:")]) == 1
    assert book(world, ann)[-1].balance == units(300) - units("0.1")


def test_accounts_with_a_wallet_for_each_kind_of_market_have_no_such_book() -> None:
    world, *_ = busy()
    views = folded(world)

    assert views.cashbook.of(world.maker.no, "usdm") == []
    assert views.closings.of(world.maker.no) == []
