"""What came before the start: candles and funding rates that lead up to the first trade."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest

from simexchange.config.assembling import Assembly, Setup, header
from simexchange.core.vocabulary.commands import DescribeHistory
from simexchange.core.vocabulary.events import HistoryDescribed
from simexchange.core.vocabulary.markets import PriceRules
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, SECOND, Nanos, Price, Quantity, floor_to
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.synthetic import Settings, SyntheticFeed, SyntheticHistory, settings_for
from simexchange.feeds.synthetic.past import index_past
from simexchange.projections.candle import Candle, CandleKind, aggregate
from simexchange.projections.history import History
from simexchange.runtime.clock import PAUSED
from tests.feeds.synthetic.market import START, Market4, past_of
from tests.feeds.synthetic.measures import autocorrelation, kurtosis

END = floor_to(START, MINUTE)
MARKETS = ("spot:BTC-USDT", "spot:ETH-USDT", "perp:BTC-USDT", "perp:ETH-USDT")
EVER = Nanos(1 << 62)
ALL = 1_000_000


@pytest.fixture(scope="module")
def exchange() -> Market4:
    """An exchange that has just opened."""
    opened = Market4(SyntheticFeed(), seed=5)
    opened.step()
    return opened


@pytest.fixture(scope="module")
def history(exchange: Market4) -> SyntheticHistory:
    return past_of(exchange)


def minutes(history: History, market: str, kind: CandleKind = CandleKind.TRADE) -> list[Candle]:
    return history.candles(market, kind, MINUTE, Nanos(0), EVER, ALL)


def test_there_is_one_description_per_index_and_no_other_trace_of_the_past(exchange: Market4) -> None:
    described = [command for _, command in exchange.commands if isinstance(command, DescribeHistory)]

    assert [(one.index, one.seed, one.join) for one in described] == [
        ("BTC-USDT", 5, 60_000 * ONE), ("ETH-USDT", 5, 3_000 * ONE),
    ]  # fmt: skip
    assert all(market.trades == 1 for market in exchange.state.markets.values())
    assert min(at for at, _ in exchange.commands) == START


def test_without_a_span_nothing_is_described_and_there_is_no_past() -> None:
    plain = Market4(SyntheticFeed(settings_for("normal", history=Nanos(0))))

    assert not any(isinstance(command, DescribeHistory) for _, command in plain.commands)
    assert minutes(past_of(plain), "spot:BTC-USDT") == []


@pytest.mark.parametrize("market", MARKETS)
def test_the_last_candle_ends_at_the_price_of_the_first_trade(
    history: SyntheticHistory, exchange: Market4, market: str
) -> None:
    rows = minutes(history, market)

    assert rows[-1].end == END
    assert rows[-1].close == exchange.state.markets[exchange.market(market)].last


@pytest.mark.parametrize("market", MARKETS)
def test_minutes_follow_each_other_without_a_gap_in_time_or_price(history: SyntheticHistory, market: str) -> None:
    rows = minutes(history, market)

    assert len(rows) == 2 * 1_440
    assert all(a.end == b.start and a.close == b.open for a, b in pairwise(rows))
    assert all(row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high for row in rows)
    assert all(row.before_start and row.first_id == row.last_id == 0 for row in rows)


@pytest.mark.parametrize("market", MARKETS)
def test_volumes_are_whole_steps_and_takers_bought_part_of_them(
    history: SyntheticHistory, exchange: Market4, market: str
) -> None:
    spec = exchange.state.markets[exchange.market(market)].spec
    rows = minutes(history, market)

    assert all(row.volume > 0 and row.volume % spec.step == 0 and row.taker_volume % spec.step == 0 for row in rows)
    assert all(row.close % spec.tick == 0 and row.count > 0 for row in rows)
    assert all(0 <= row.taker_volume <= row.volume and row.taker_quote <= row.quote for row in rows)
    assert all(row.low * row.volume <= row.quote * ONE + ONE <= row.high * row.volume + 2 * ONE for row in rows)


@pytest.mark.parametrize("kind", list(CandleKind))
def test_hours_and_days_are_their_minutes_joined(history: SyntheticHistory, kind: CandleKind) -> None:
    rows = minutes(history, "perp:BTC-USDT", kind)

    assert history.candles("perp:BTC-USDT", kind, HOUR, Nanos(0), EVER, ALL) == aggregate(rows, "1h")
    assert history.candles("perp:BTC-USDT", kind, DAY, Nanos(0), EVER, ALL) == aggregate(rows, "1d")


@pytest.mark.parametrize("kind", list(CandleKind))
def test_the_last_hour_has_seconds_and_its_minutes_are_they_joined(history: SyntheticHistory, kind: CandleKind) -> None:
    seconds = history.candles("perp:ETH-USDT", kind, SECOND, Nanos(0), EVER, ALL)

    assert len(seconds) == 3_600
    assert aggregate(seconds, "1m") == minutes(history, "perp:ETH-USDT", kind)[-60:]
    assert all(a.end == b.start and a.close == b.open for a, b in pairwise(seconds))


def test_a_question_about_a_part_is_answered_with_that_part(history: SyntheticHistory) -> None:
    """In whatever order questions come, rows are the same; the first of them where there are too many."""
    whole = minutes(history, "spot:BTC-USDT")
    begin = Nanos(END - 1_500 * MINUTE)

    part = history.candles("spot:BTC-USDT", CandleKind.TRADE, MINUTE, begin, Nanos(begin + 5 * MINUTE), ALL)
    first = history.candles("spot:BTC-USDT", CandleKind.TRADE, MINUTE, begin, EVER, 3)

    assert part == [row for row in whole if begin <= row.start < begin + 5 * MINUTE]
    assert len(part) == 5
    assert first == part[:3]


def test_whoever_changes_a_row_changes_nobody_elses(history: SyntheticHistory) -> None:
    for interval in (SECOND, MINUTE, HOUR, DAY):
        question = (
            "spot:BTC-USDT",
            CandleKind.TRADE,
            interval,
            Nanos(END - 30 * HOUR if interval > SECOND else END - HOUR),
            EVER,
            9,
        )
        before = [msgspec.structs.replace(row) for row in history.candles(*question)]
        for row in history.candles(*question):
            row.volume = Quantity(0)

        assert history.candles(*question) == before


def test_spot_markets_have_no_mark_and_unknown_markets_have_nothing(history: SyntheticHistory) -> None:
    assert minutes(history, "spot:BTC-USDT", CandleKind.MARK) == []
    assert minutes(history, "perp:XYZ-USDT") == []
    assert history.funding_rates("spot:BTC-USDT", Nanos(0), EVER, ALL) == []


def test_funding_was_settled_every_eight_hours_by_the_formula(history: SyntheticHistory) -> None:
    """F = P + clamp(0.01 % − P, ±0.05 %)."""
    rows = history.funding_rates("perp:BTC-USDT", Nanos(0), EVER, ALL)

    assert len(rows) == 6
    assert all(row.at % (8 * HOUR) == 0 and row.next_at == row.at + 8 * HOUR and row.before_start for row in rows)
    damper = PriceRules().damper
    assert all(row.rate == row.premium + max(-damper, min(damper, 10_000 - row.premium)) for row in rows)
    marks = {row.start: row.open for row in minutes(history, "perp:BTC-USDT", CandleKind.MARK)}
    assert all(row.mark == marks[row.at] for row in rows)
    assert history.funding_rates("perp:BTC-USDT", rows[2].at, rows[4].at, ALL) == rows[2:4]
    assert history.funding_rates("perp:BTC-USDT", Nanos(0), EVER, 1) == rows[:1]


@pytest.mark.parametrize("late", [0, 10 * SECOND, MINUTE, 5 * HOUR])
def test_a_settlement_in_the_minute_of_the_start_belongs_to_the_past(late: int) -> None:
    """An exchange that begins at 08:00:10 settles at 16:00 first, so that of 08:00 was before it."""
    due = Nanos(START // (8 * HOUR) * 8 * HOUR)
    setup = Setup(feed="synthetic", start=Nanos(due + late), seed=5, speed=PAUSED, durability=OFF)
    exchange = Assembly(setup, MemoryLog(header(setup))).exchange
    market = exchange.state.markets[exchange.state.market_no["perp:BTC-USDT"]]
    funding = exchange.views.funding

    rows = funding.rates(market.no, start=Nanos(due - 8 * HOUR))

    assert [row.at for row in rows] == [due - 8 * HOUR, due]
    assert all(row.before_start for row in rows)
    assert funding.rates(market.no, start=due) == rows[1:]
    assert funding.rates(market.no, end=Nanos(due - 1))[-1:] == rows[:1]
    assert market.funding is not None
    assert market.funding.next_at == due + 8 * HOUR


def test_the_day_before_is_its_minutes_joined(history: SyntheticHistory) -> None:
    rows = [row for row in minutes(history, "spot:BTC-USDT") if row.start >= START - DAY]

    day = history.day("spot:BTC-USDT", START)

    assert day is not None
    assert (day.open, day.close) == (rows[0].open, rows[-1].close)
    assert (day.high, day.low) == (max(row.high for row in rows), min(row.low for row in rows))
    assert (day.volume, day.count) == (sum(row.volume for row in rows), sum(row.count for row in rows))


def test_the_day_before_shrinks_as_the_exchange_runs_and_is_gone_after_a_day(history: SyntheticHistory) -> None:
    late = history.day("spot:BTC-USDT", Nanos(START + 23 * HOUR))

    assert late is not None
    assert late.end - late.start == 59 * MINUTE
    assert history.day("spot:BTC-USDT", Nanos(START + DAY)) is None


def test_another_model_is_not_made_up(exchange: Market4) -> None:
    """A log of a later version: no rows rather than other rows than it showed."""
    history = past_of(exchange)

    history.apply(1, START, HistoryDescribed("BTC-USDT", 5, "sv3t/99", Nanos(DAY), Price(60_000 * ONE), ""))

    assert minutes(history, "spot:BTC-USDT") == []
    assert minutes(history, "spot:ETH-USDT") != []


def test_a_description_stands_for_its_path() -> None:
    """The digest changes with the seed, the price it leads to, and the span; not with anything else."""
    index = Settings().indexes[0]
    digests = {
        index_past(settings, seed, START, span).digest()
        for settings in (index, replace(index, price=Price(61_000 * ONE)))
        for seed in (1, 2)
        for span in (DAY, 2 * DAY)
    }

    assert len(digests) == 8
    assert index_past.__wrapped__(index, 1, START, DAY).digest() in digests


def test_a_month_of_it_has_fat_tails_clusters_and_no_trend_to_trade_on() -> None:
    past = index_past(Settings().indexes[0], 3, START, 20 * DAY)
    bars = [bar for day in range(floor_to(past.begin, DAY), past.end, DAY) for bar in past.minutes(day)]
    moves = [bar[4] / bar[1] - 1.0 for bar in bars]

    assert len(bars) > 20 * 1_440
    assert 8 < kurtosis(moves) < 150
    assert abs(autocorrelation(moves, 1)) < 0.03
    assert 0.15 < autocorrelation([abs(move) for move in moves], 1) < 0.5
