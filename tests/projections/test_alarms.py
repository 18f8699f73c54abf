"""Alarms as they stand, folded from the log alone."""

from simexchange.core.vocabulary.notes import AlarmRaised, AlarmSet
from simexchange.core.vocabulary.units import SECOND, Nanos, Rate
from simexchange.projections.alarms import AlarmsView
from tests.projections.tale import ANN, BOB, T0

HALF = Rate(50_000_000)


def test_an_alarm_that_went_off_waits_until_it_is_over() -> None:
    view = AlarmsView()
    view.apply(1, T0, AlarmSet(ANN, "mine", "margin_ratio", HALF))
    view.apply(2, Nanos(T0 + SECOND), AlarmRaised(ANN, "mine", "margin_ratio", HALF, HALF, "usdm"))
    (row,) = view.of(ANN)
    waits = row.armed, row.raised_at - T0
    view.apply(3, Nanos(T0 + 2 * SECOND), AlarmRaised(ANN, "mine", "margin_ratio", HALF, Rate(0), "usdm", over=True))

    assert waits == (False, SECOND)
    assert (row.armed, row.raised_at - T0) == (True, SECOND)
    assert [(each.id, each.over, each.seq) for each in view.raised(ANN)] == [(1, False, 2), (2, True, 3)]
    assert view.raised(BOB) == []


def test_an_alarm_is_replaced_by_one_of_its_name_and_ends_where_it_has_no_kind() -> None:
    view = AlarmsView()
    view.apply(1, T0, AlarmSet(ANN, "mine", "margin_ratio", HALF))
    view.apply(2, T0, AlarmSet(BOB, "mine", "margin_ratio", HALF))
    view.apply(3, T0, AlarmSet(ANN, "mine", "liquidation_distance", Rate(1), pause=True))
    replaced = [(row.account, row.kind, row.pause) for row in view.of()]
    view.apply(4, T0, AlarmSet(ANN, "mine", "", Rate(0)))
    view.apply(5, T0, AlarmSet(BOB, "mine", "", Rate(0)))

    assert replaced == [(BOB, "margin_ratio", False), (ANN, "liquidation_distance", True)]
    assert (view.of(), view.any) == ([], False)
