"""Funding of positions that are margined by wallets of their own: whose money moves, and what it may bring down."""

from __future__ import annotations

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import first_id
from simexchange.core.vocabulary.orders import PositionMode, Slot, Terms
from simexchange.core.vocabulary.units import HOUR, ONE, Nanos, Rate
from simexchange.projections.views import Views
from tests.core.test_isolated import isolated, own
from tests.core.world import World, only, show, units

FRESH = Terms(slot=Slot.LONG, sub_position=-1)


def rate_is(world: World, rate: str) -> None:
    """From the next settlement on every interval is settled at *rate*."""
    fixed = Rate(units(rate))
    world.run(cmd.SetFunding(world.market, Nanos(8 * HOUR), fixed, fixed, Rate(0)))
    world.passes(8 * HOUR)


def test_each_sub_position_pays_out_of_its_own_wallet() -> None:
    """2 and 1 long at 100 with 20 and 10 of their own: 1 % is 2 and 1; the maker gets 3."""
    world = isolated()
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.SEPARATE))
    world.maker.sells(3, at=100)
    first, second = (
        only(world.taker.buys(qty, more=FRESH), ev.OrderAccepted)[0].order - first_id(world.taker.no) for qty in (2, 1)
    )
    rate_is(world, "0.01")
    before = [own(world, Slot.LONG, sub) for sub in (first, second)]

    paid = only(world.passes(8 * HOUR), ev.FundingPaid)

    assert [(event.wallet, show(event.amount)) for event in paid if event.account == world.taker.no] == [
        (f"usdm:{world.market}:LONG:{first}", -2), (f"usdm:{world.market}:LONG:{second}", -1),
    ]  # fmt: skip
    assert [own(world, Slot.LONG, sub) for sub in (first, second)] == [before[0] - 2, before[1] - 1]
    assert [show(event.amount) for event in paid if event.account == world.maker.no] == [3]


def test_a_statement_tells_sub_positions_apart() -> None:
    """By the permanent number of each, over both settlements."""
    world = isolated()
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.SEPARATE))
    world.maker.sells(3, at=100)
    world.taker.buys(2, more=FRESH)
    world.taker.buys(1, more=FRESH)
    rate_is(world, "0.01")
    world.passes(8 * HOUR)

    views = Views()
    for seq, event in enumerate(world.past, 1):
        views.apply(seq, world.at, event)

    totals = views.statements.totals(world.taker.no, world.market)
    assert len({total.position for total in totals}) == 2
    assert [(show(total.net), total.settlements) for total in totals] == [(-2.02, 2), (-1.01, 2)]


def test_funding_alone_can_bring_an_isolated_position_down_after_everybody_is_paid() -> None:
    """Long 4 at 100 with 40: 0.04, then 9 % of 400 leave 3.96, and 4 is to be kept. The maker gets all of it first."""
    world = isolated()
    world.maker.sells(4, at=100)
    world.taker.buys(4)
    rate_is(world, "0.09")
    cash = world.maker.cash

    events = world.passes(8 * HOUR)

    told = [type(event).__name__ for event in events]
    assert told.index("LiquidationStarted") > max(place for place, name in enumerate(told) if name == "FundingPaid")
    started = only(events, ev.LiquidationStarted)[0]
    assert (started.wallet, started.balance, started.maintenance) == (
        f"usdm:{world.market}", units("3.96"), 4 * ONE,
    )  # fmt: skip
    assert world.maker.cash == cash + 36
    assert world.taker.position is None
    assert world.taker.cash == 960
