"""The insurance fund's book, line by line."""

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import ONE, SECOND, Amount
from simexchange.projections.insurance import FundKind
from simexchange.projections.views import Views
from tests.core.world import PERP, World, show

NAMES = {kind: kind.name for kind in FundKind}


def test_what_a_takeover_brings_and_costs_stands_in_the_book() -> None:
    """10 long from 100 with 110: 4 sold at 89.5, the fee takes 3.58; 6 taken over, and sold a second later at 89.46.

    After the fee 1.02 is left, so the 6 go at 89.6 − 1.02 ÷ 6 = 89.43, and the rounding leaves nothing.
    """
    world = World(PERP, liquidation_fee="0.01")
    world.index(100)
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(999_891 * ONE)))
    world.third.buys(4, at="89.5")
    world.mark("89.6")
    world.third.buys(6, at="89.57")
    world.passes(2 * SECOND)
    views = Views()

    for seq, event in enumerate(world.past, 1):
        views.apply(seq, world.at, event)

    rows = views.insurance.of("USDT")
    assert [(NAMES[row.kind], show(row.amount), show(row.balance)) for row in rows] == [
        ("CAPITAL", 1_000_000, 1_000_000),
        ("LIQUIDATION_FEE", 3.58, 1_000_003.58),
        ("REALIZED_PNL", 0.84, 1_000_004.42),
    ]
    assert [row.account for row in rows] == [0, world.taker.no, world.third.no]
    assert views.insurance.of("USDT", kind=FundKind.CAPITAL) == rows[:1]
    assert views.insurance.of("USDT", from_id=2, limit=1) == rows[1:2]
    assert views.insurance.assets() == ["USDT"]
    assert views.insurance.of("BTC") == []
