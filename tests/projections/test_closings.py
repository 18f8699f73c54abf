"""What orders that closed something came to: to the last unit what the ledger took and gave."""

from __future__ import annotations

from simexchange.core.vocabulary.units import ONE
from simexchange.projections.closings import ClosingRow
from simexchange.projections.views import Views
from tests.core.oneaccount import COIN, PERP, WALLET, Member, TwoVenues
from tests.core.world import units


def closed(world: TwoVenues, member: Member) -> list[ClosingRow]:
    views = Views()
    for event in world.past:
        views.apply(1, world.at, event)
    return views.closings.of(member.no)


def test_one_order_is_one_row_however_many_fills_it_had() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 3, 100)
    for price in (110, 109, 108):
        world.maker.buys(1, at=price)
    ann.sells(3, at=108)

    (row,) = closed(world, ann)

    assert (row.fills, row.qty, row.realised) == (3, units(3), units(27))
    assert (row.entry, row.exit) == (units(300), units(327))
    assert (row.open_fee, row.close_fee) == (units("0.3"), units("0.327"))
    assert row.profit == units(27) - units("0.627")


def test_the_fee_to_open_falls_to_what_is_closed_and_all_of_it_once() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 3, 100)
    world.swap(ann, world.maker, 1, 101)
    for _ in range(3):
        world.swap(world.maker, ann, "0.7", 102)
    world.swap(world.maker, ann, "1.9", 102)

    rows = closed(world, ann)

    assert len(rows) == 4
    assert sum(row.open_fee for row in rows) == units("0.401")
    account = world.state.accounts[ann.no]
    assert units(300) + sum(row.profit for row in rows) == account.free(WALLET, "USDT")


def test_an_order_that_turns_a_position_round_opens_with_the_rest_of_its_fee() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=300)
    world.swap(ann, world.maker, 1, 100)
    world.maker.buys(3, at=100)
    ann.sells(3, at=100)
    world.maker.sells(2, at=90)
    ann.buys(2, at=90)

    first, second = closed(world, ann)

    assert (first.qty, first.open_fee, first.close_fee) == (units(1), units("0.1"), units("0.1"))
    assert (second.qty, second.open_fee, second.realised) == (units(2), units("0.2"), units(20))
    assert (second.entry, second.exit) == (units(200), units(180))


def test_inverse_contracts_are_worth_less_coin_where_a_long_gained() -> None:
    world = TwoVenues()
    ann = world.opens("ann", BTC=10)
    world.swap(ann, world.maker, 200, 100, COIN)
    world.swap(world.maker, ann, 200, 125, COIN)

    (row,) = closed(world, ann)

    assert (row.entry, row.exit, row.realised) == (2 * ONE, 160_000_000, 40_000_000)


def test_what_positions_brought_over_all_time_is_profit_less_fees_and_funding() -> None:
    world = TwoVenues(taker_fee="0.001")
    ann = world.opens("ann", USDT=3_000)
    world.swap(ann, world.maker, 2, 101)
    world.passes(9 * 3600 * 10**9)
    world.swap(world.maker, ann, 2, 99)
    views = Views()
    for event in world.past:
        views.apply(1, world.at, event)

    account = world.state.accounts[ann.no]
    brought = views.closings.brought(ann.no, world.state.market_no[PERP])
    assert units(3_000) + brought == account.free(WALLET, "USDT")
    assert views.closings.since(ann.no, world.state.market_no[PERP]) > 0
