"""Deliveries: one row per position of a user, and what it came to."""

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.fills import Closed
from simexchange.core.vocabulary.ids import AccountNo, PositionId
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import HOUR, Amount, Cost, Price, Quantity, Rate
from tests.projections.tale import ANN, BOT, PERP, Tale, units


def delivered(account: AccountNo, qty: float, realised: float) -> PositionDelivered:
    """A position delivered at 110."""
    closed = Closed(PositionId(9), Quantity(abs(units(qty))), Amount(units(realised)), Cost(0))
    return PositionDelivered(
        account, PERP, Quantity(units(qty)), Price(units(110)), Amount(units(220)), closed, Amount(0), 0, "usdm",
        Rate(50_000), Amount(units(0.125)), Slot.LONG,
    )  # fmt: skip


def test_a_users_deliveries_are_told_by_time_and_nobody_elses() -> None:
    tale = Tale()
    tale.step(delivered(ANN, 2, 20), delivered(BOT, -2, -20))
    tale.later(HOUR)
    tale.step(delivered(ANN, -2, 4))

    rows = tale.views.deliveries.of(ANN)

    assert [(row.id, row.qty, row.realised, row.fee, row.slot) for row in rows] == [
        (1, units(2), units(20), units(0.125), Slot.LONG),
        (2, units(-2), units(4), units(0.125), Slot.LONG),
    ]
    assert [row.id for row in tale.views.deliveries.of(ANN, start=tale.at)] == [2]
    assert tale.views.deliveries.of(BOT) == []
