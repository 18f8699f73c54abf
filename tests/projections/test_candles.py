"""Candles: what they hold, how they are joined, and what stands where nothing happened."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Nanos, Price, Rate
from simexchange.projections.candle import Candle, CandleKind, absorb
from simexchange.projections.funding import FundingRow
from simexchange.projections.intervals import INTERVALS, end_of, start_of
from tests.projections.tale import ANN, FUND, PERP, SPOT, T0, Tale, fill, units

Bar = tuple[float, float, float, float, float]


@pytest.fixture
def tale() -> Tale:
    return Tale()


def get(tale: Tale, interval: str = "1m", **asked: int) -> list[Candle]:
    return tale.views.candles.get(SPOT, interval, at=tale.at, **asked)  # type: ignore[arg-type]


def bars(rows: list[Candle]) -> list[Bar]:
    """Open, high, low, close, volume in whole units."""
    return [tuple(value / 10**8 for value in (r.open, r.high, r.low, r.close, r.volume)) for r in rows]  # type: ignore[misc]


def test_a_minute_holds_its_trades(tale: Tale) -> None:
    """1 bought at 100, 2 sold at 98, 1 bought at 103 and 1 sold at 101."""
    for qty, price, side in ((1, 100, Side.BUY), (2, 98, Side.SELL), (1, 103, Side.BUY), (1, 101, Side.SELL)):
        tale.prints(qty, price, aggressor=side)
        tale.later()

    (row,) = get(tale)
    assert bars([row]) == [(100, 103, 98, 101, 5)]
    assert (row.start, row.end, row.count, row.first_id, row.last_id) == (T0, T0 + MINUTE, 4, 1, 4)
    assert (row.quote, row.taker_volume, row.taker_quote) == (units(500), units(2), units(203))


def test_takeovers_are_in_no_candle(tale: Tale) -> None:
    tale.step(tale.trade(fill(ANN), fill(FUND), 1, 50, kind=TradeKind.TAKEOVER))

    assert get(tale) == []


def test_a_quiet_minute_is_flat_at_the_close_before(tale: Tale) -> None:
    tale.prints(1, 100)
    tale.later(3 * MINUTE)

    rows = get(tale)
    assert bars(rows) == [(100, 100, 100, 100, 1), *[(100, 100, 100, 100, 0)] * 3]
    assert [row.start - T0 for row in rows] == [0, MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert [row.count for row in rows] == [1, 0, 0, 0]
    assert bars(get(tale, start=T0 + 2 * MINUTE, limit=1)) == [(100, 100, 100, 100, 0)]


def test_before_the_first_trade_there_is_nothing(tale: Tale) -> None:
    tale.later(5 * MINUTE)
    assert get(tale) == []

    tale.prints(1, 100)

    assert [row.start for row in get(tale)] == [T0 + 5 * MINUTE]
    assert [row.start for row in get(tale, start=0)] == [T0 + 5 * MINUTE]
    assert [row.start for row in get(tale, "1d", start=0)] == [T0]


def test_candles_are_paged_by_their_beginnings(tale: Tale) -> None:
    """Ten minutes with a trade each at 100, 101 … 109; it is now the tenth."""
    for number in range(10):
        tale.prints(1, 100 + number)
        tale.later(MINUTE)
    tale.later(-1)

    def opens(**asked: int) -> list[float]:
        return [row.open / 10**8 - 100 for row in get(tale, "1m", **asked)]

    assert opens(limit=3) == [7, 8, 9]
    assert opens(start=T0 + 1, limit=2) == [1, 2]
    assert opens(start=T0 + 2 * MINUTE, end=T0 + 4 * MINUTE) == [2, 3, 4]
    assert opens(end=T0 + 4 * MINUTE, limit=2) == [3, 4]
    assert opens(start=T0, limit=500) == list(range(10))
    assert opens(start=T0 + HOUR) == []
    assert opens(limit=0) == []


def test_the_running_candle_of_every_interval_holds_the_newest_trade(tale: Tale) -> None:
    tale.prints(1, 100)
    tale.later(SECOND)
    tale.prints(2, 101)

    for interval in INTERVALS:
        (*_, row) = get(tale, interval)
        assert (row.start, row.end) == (start_of(interval, tale.at), end_of(interval, row.start))
        assert row.close == units(101)
        assert row.volume == (units(2) if interval == "1s" else units(3))


def test_marks_indexes_and_premiums_have_candles_without_volume(tale: Tale) -> None:
    for mark, index in ((100, 90), (105, 91), (103, 89)):
        tale.step(ev.IndexSet("BTC-USDT", Price(units(index)), "feed"))
        tale.step(ev.MarkSet(PERP, Price(units(mark)), Price(units(index)), Price(0), Rate(mark)))
        tale.later()

    def bar(kind: CandleKind, market: MarketNo = PERP) -> list[Bar]:
        return bars(tale.views.candles.get(market, "1m", at=tale.at, kind=kind))

    assert bar(CandleKind.MARK) == [(100, 105, 100, 103, 0)]
    assert bar(CandleKind.INDEX) == [(90, 91, 89, 89, 0)]
    assert [round(figure * 10**8) for figure in bar(CandleKind.PREMIUM)[0]] == [100, 105, 100, 103, 0]
    assert bar(CandleKind.TRADE) == bar(CandleKind.MARK, SPOT) == []
    assert tale.views.candles.get(PERP, "1s", at=tale.at, kind=CandleKind.MARK) == []


def test_an_unknown_interval_is_a_key_error(tale: Tale) -> None:
    with pytest.raises(KeyError):
        get(tale, "7m")


Print = tuple[int, int, int, bool]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 7, 59, 60, 3_599, 86_399, 400_000, 3_000_000]),
            st.integers(90, 110),
            st.integers(1, 5),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([name for name in INTERVALS if name != "1s"]),
    st.integers(0, 86_399),
    st.sampled_from([0, 0, 8 * HOUR, -5 * HOUR]),
)
def test_every_interval_is_what_adding_up_its_trades_gives(
    prints: list[Print], interval: str, begin: int, ahead: int
) -> None:
    """Trades with gaps of up to a month, each interval computed anew from the trades alone, in three time zones."""
    tale = Tale(start=Nanos(T0 + begin * SECOND))
    wanted: dict[int, Candle] = {}
    # Short candles with short gaps: minutes are kept for a month, and a page of flat ones costs time.
    longest = 3_599 if INTERVALS[interval] and INTERVALS[interval] < HOUR else 3_000_000
    for number, (gap, price, qty, bought) in enumerate(prints, 1):
        tale.later(min(gap, longest) * SECOND)
        tale.prints(qty, price, aggressor=Side.BUY if bought else Side.SELL)
        start = start_of(interval, tale.at, ahead)
        p, v, q = units(price), units(qty), units(price * qty)
        figures = (start, end_of(interval, start, ahead), p, p, p, p, v, q, 1, v * bought, q * bought, number, number)
        row = Candle(*figures)  # type: ignore[arg-type]
        if start in wanted:
            absorb(wanted[start], row)
        else:
            wanted[start] = row

    rows = tale.views.candles.get(SPOT, interval, at=tale.at, limit=100_000, start=Nanos(0), ahead=ahead)

    assert [row for row in rows if row.count] == list(wanted.values())
    assert all(before.end == after.start for before, after in pairwise(rows))
    assert all(row.open == row.close == before.close for before, row in pairwise(rows) if not row.count)
    assert rows[0].start == min(wanted)
    assert rows[-1].start == start_of(interval, tale.at, ahead)


# The time before the start


class Flat:
    """A past in which every price is 90 and every minute has one trade of 1, for three hours before *start*."""

    def __init__(self, start: Nanos) -> None:
        self.start = start
        self.told: list[ev.Event] = []

    def apply(self, seq: int, at: Nanos, event: ev.Event) -> None:
        self.told.append(event)

    def candles(
        self, market_id: str, kind: CandleKind, interval_ns: int, start: Nanos, end: Nanos, limit: int
    ) -> list[Candle]:
        if market_id != "spot:BTC-USDT" or kind is not CandleKind.TRADE or interval_ns == SECOND:
            return []
        price = Price(units(90))
        rows: list[Candle] = []
        begin = self.start - 3 * HOUR
        at = begin - begin % interval_ns
        while at < min(end, self.start) and len(rows) < limit:
            minutes = (min(at + interval_ns, self.start) - max(at, begin) + MINUTE - 1) // MINUTE
            if at >= start:
                row = Candle(Nanos(at), Nanos(at + interval_ns), price, price, price, price, before_start=True)
                row.volume, row.quote, row.count = units(minutes), units(90 * minutes), minutes  # type: ignore[assignment]
                rows.append(row)
            at += interval_ns
        return rows

    def funding_rates(self, market_id: str, start: Nanos, end: Nanos, limit: int) -> list[FundingRow]:
        at = Nanos(self.start - 2 * HOUR)
        row = FundingRow(PERP, Rate(5), Price(units(90)), Rate(0), at, self.start, before_start=True)
        return [row] if market_id == "perp:BTC-USDT" and start <= at < end else []


START = Nanos(T0 + 10 * HOUR + 30 * SECOND)


@pytest.fixture
def joined() -> Tale:
    """A tale that begins half a minute into a minute, with a past."""
    return Tale(start=START, history=Flat(START))


def test_candles_before_the_start_are_the_historys_and_flagged(joined: Tale) -> None:
    """The minute of the start has its first half from the past and its second from here."""
    joined.prints(2, 100)
    joined.later(MINUTE)

    rows = get(joined, limit=4)
    assert bars(rows) == [(90, 90, 90, 90, 1), (90, 90, 90, 90, 1), (90, 100, 90, 100, 3), (100, 100, 100, 100, 0)]
    assert [row.before_start for row in rows] == [True, True, True, False]
    assert [row.first_id for row in rows] == [0, 0, 1, 0]


def test_the_oldest_candle_is_the_pasts_first(joined: Tale) -> None:
    rows = get(joined, "1h", start=0)

    assert [row.start - T0 for row in rows] == [7 * HOUR, 8 * HOUR, 9 * HOUR, 10 * HOUR]
    assert sum(row.count for row in rows) == 3 * 60 + 1
    assert [row.start for row in get(joined, "1d")] == [T0]


def test_a_market_that_has_not_traded_here_is_flat_at_the_pasts_close(joined: Tale) -> None:
    joined.later(2 * MINUTE)

    assert bars(get(joined, limit=2)) == [(90, 90, 90, 90, 0), (90, 90, 90, 90, 0)]


def test_the_ticker_counts_the_past(joined: Tale) -> None:
    joined.prints(2, 100)

    row = joined.views.tickers.get(SPOT, at=joined.at)
    assert (row.open, row.last, row.volume, row.first_id) == (units(90), units(100), units(183), 1)


def test_rates_before_the_start_come_first(joined: Tale) -> None:
    joined.step(ev.FundingRateSet(PERP, Rate(7), Price(units(1)), Rate(0), Nanos(START + DAY)))

    funding = joined.views.funding
    assert [(row.rate, row.before_start) for row in funding.rates(PERP)] == [(5, True), (7, False)]
    assert [row.rate for row in funding.rates(PERP, end=Nanos(START - 1))] == [5]
    assert [row.rate for row in funding.rates(PERP, start=START)] == [7]


def test_a_history_is_told_the_events_it_needs(joined: Tale) -> None:
    joined.prints(1, 100)

    history = joined.views.history
    assert isinstance(history, Flat)
    assert [type(event) for event in history.told] == [ev.ExchangeOpened, ev.MarketListed, ev.MarketListed]
