"""The last 24 hours in a line."""

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Nanos
from simexchange.projections.tickers import TickerRow
from tests.projections.tale import ANN, SPOT, T0, Tale, units


@pytest.fixture
def tale() -> Tale:
    return Tale()


def ticker(tale: Tale, window: int = DAY) -> TickerRow:
    return tale.views.tickers.get(SPOT, at=tale.at, window=window)


def test_a_market_that_never_traded_is_all_zeros(tale: Tale) -> None:
    row = ticker(tale)

    assert (row.open, row.high, row.low, row.last, row.volume, row.count, row.first_id) == (0, 0, 0, 0, 0, 0, 0)


def test_a_window_tells_prices_sums_and_ids(tale: Tale) -> None:
    """100, then an hour later 104 and at once 99; a bid waits at 98."""
    tale.prints(1, 100)
    tale.later(HOUR)
    tale.prints(2, 104)
    tale.prints(3, 99)
    tale.accepts(ANN, Side.BUY, 5, 98)

    row = ticker(tale)
    assert (row.open, row.high, row.low, row.last) == (units(100), units(104), units(99), units(99))
    assert (row.last_qty, row.last_at, row.change) == (units(3), tale.at, units(-1))
    assert (row.volume, row.quote, row.count) == (units(6), units(605), 3)
    assert (row.first_id, row.last_id, row.previous_close) == (1, 3, units(100))
    assert (row.bid, row.bid_qty, row.ask, row.ask_qty) == (units(98), units(5), 0, 0)
    assert (row.start, row.end) == (tale.at - DAY, tale.at)


def test_what_is_older_than_a_day_rolls_out(tale: Tale) -> None:
    """100 at midnight and 105 ten minutes later: a day and five minutes on, only the second is left."""
    tale.prints(1, 100)
    tale.later(10 * MINUTE)
    tale.prints(2, 105)
    assert ticker(tale).volume == units(3)
    tale.later(DAY - 5 * MINUTE)

    row = ticker(tale)
    assert (row.open, row.volume, row.count, row.first_id) == (units(105), units(2), 1, 2)
    assert row.previous_close == units(100)


def test_a_window_without_trades_stands_at_the_last_price(tale: Tale) -> None:
    tale.prints(1, 100)
    tale.later(2 * DAY)

    row = ticker(tale)
    assert (row.open, row.high, row.low, row.last) == (units(100),) * 4
    assert (row.volume, row.count, row.first_id, row.last_qty) == (0, 0, 0, units(1))


@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(90, 110), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([HOUR, 4 * HOUR, DAY]),
)
def test_a_ticker_is_what_adding_up_the_trades_of_its_window_gives(
    prints: list[tuple[int, int, bool]], window: int
) -> None:
    """Read after each trade or only now and then: the answer is the same."""
    tale = Tale()
    done: list[tuple[Nanos, int]] = []
    for gap, price, look in prints:
        tale.later(gap * SECOND)
        tale.prints(1, price)
        done.append((tale.at, units(price)))
        if look:
            ticker(tale, window)

    row = ticker(tale, window)

    begin = (tale.at - window) // MINUTE * MINUTE
    inside = [price for at, price in done if at >= begin]
    outside = [price for at, price in done if at < begin]
    assert (row.open, row.high, row.low, row.last) == (inside[0], max(inside), min(inside), inside[-1])
    assert (row.count, row.volume, row.quote) == (len(inside), units(len(inside)), sum(inside))
    assert (row.first_id, row.last_id) == (len(outside) + 1, len(done))
    assert row.previous_close == (outside[-1] if outside else inside[0])
    assert row.start == begin
    assert T0 <= row.end == tale.at
