"""Until when orders are good, beside a plain sorted list."""

from hypothesis import given, strategies as st

from simexchange.core.deadlines import Deadlines
from simexchange.core.vocabulary.ids import OrderId


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20), st.integers(0, 9)), max_size=200))
def test_the_earliest_deadline_is_that_of_a_sorted_list(acts: list[tuple[bool, int, int]]) -> None:
    """Whoever comes and goes: the same first one, and the same rows in the same order."""
    kept, naive = Deadlines(), dict[OrderId, int]()
    for added, number, at in acts:
        order = OrderId(number)
        if added and order not in naive:
            naive[order] = at
            kept.add(at, order)
        elif not added:
            naive.pop(order, None)
            kept.drop(order)

        rows = sorted([(at, order) for order, at in naive.items()])
        assert kept.first() == (rows[0] if rows else None)
        assert list(kept) == rows
        assert list(Deadlines(rows)) == rows


def test_places_left_behind_do_not_add_up() -> None:
    """A bot that places and cancels all day long leaves no more behind than what is open."""
    kept = Deadlines()
    for number in range(10_000):
        kept.add(10**9, OrderId(number))
        kept.drop(OrderId(number))

    assert len(kept._heap) <= 65
