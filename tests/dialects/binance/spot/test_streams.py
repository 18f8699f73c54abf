"""Market streams: what each says of what happened."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.units import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Nanos
from tests.dialects.binance.spot.bench import FILTERS, Bench, decoded


def test_each_print_is_told_with_its_aggressor(bench: Bench) -> None:
    """m is true where the buyer was the maker."""
    heard = bench.hears("btcusdt@trade")

    bench.maker.sells(1, at=100)
    bench.taker.buys("0.5")
    bench.maker.buys(1, at=99)
    bench.taker.sells("0.25")

    first, second = decoded(heard)
    now = bench.now_ms()
    assert first == {
        "e": "trade", "E": now, "s": "BTCUSDT", "t": 1, "p": "100.00000000", "q": "0.50000000", "T": now, "m": False,
        "M": True,
    }  # fmt: skip
    assert (second["p"], second["m"]) == ("99.00000000", True)


def test_trades_of_one_taker_at_one_price_are_one_aggregate(bench: Bench) -> None:
    """Two makers at 100 are one, 101 is another; told when their record is surely whole, and once."""
    heard = bench.hears("btcusdt@aggTrade")
    bench.maker.sells(1, at=100)
    bench.third.sells(1, at=100)
    bench.third.sells(5, at=101)

    bench.taker.buys(3)
    before = len(heard)
    bench.taker.buys(1, at=50)
    bench.flush()

    rows = decoded(heard)
    assert before == 0
    assert [(row["a"], row["p"], row["q"], row["f"], row["l"], row["m"]) for row in rows] == [
        (1, "100.00000000", "2.00000000", 1, 2, False),
        (2, "101.00000000", "1.00000000", 3, 3, False),
    ]
    assert set(rows[0]) == set("eEsapqflTmM")


def test_a_flush_tells_an_aggregate_that_nothing_followed(bench: Bench) -> None:
    heard = bench.hears("btcusdt@aggTrade")
    bench.maker.sells(1, at=100)
    bench.taker.buys(1)

    bench.flush()
    bench.flush()

    assert [row["a"] for row in decoded(heard)] == [1]


def test_the_best_prices_are_told_when_they_change(bench: Bench) -> None:
    """An order behind the best changes nothing."""
    heard = bench.hears("btcusdt@bookTicker")

    bench.maker.sells(1, at=101)
    bench.maker.buys(2, at=99)
    bench.maker.buys(2, at=98)
    bench.taker.buys("0.25")

    rows = decoded(heard)
    assert [set(row) for row in rows] == [set("usbBaA")] * 3
    assert rows[1] | {"u": 0} == {
        "u": 0, "s": "BTCUSDT", "b": "99.00000000", "B": "2.00000000", "a": "101.00000000", "A": "1.00000000",
    }  # fmt: skip
    assert rows[2]["A"] == "0.75000000"
    assert rows[0]["u"] < rows[1]["u"] < rows[2]["u"]


class LocalBook:
    """A client's book, kept by the venue's own instructions."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.last: int = snapshot["lastUpdateId"]
        self.sides = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
        self.joined = False

    def take(self, event: dict[str, Any]) -> None:
        if event["u"] <= self.last:
            return
        if self.joined:
            assert event["U"] == self.last + 1
        else:
            assert event["U"] <= self.last + 1 <= event["u"]
        self.joined, self.last = True, event["u"]
        for letter, side in (("b", "bids"), ("a", "asks")):
            for price, qty in event[letter]:
                self.sides[side][price] = qty
                if float(qty) == 0:
                    del self.sides[side][price]

    def same_as(self, snapshot: dict[str, Any]) -> bool:
        shown = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
        return self.last == snapshot["lastUpdateId"] and self.sides == shown


@pytest.mark.parametrize("name", ["btcusdt@depth", "btcusdt@depth@100ms", "btcusdt@depth@1000ms", "btcusdt@depth@0ms"])
def test_a_client_that_follows_the_changes_has_the_book(bench: Bench, name: str) -> None:
    """Snapshot and stream share one counter, and the stream has no gaps."""
    heard = bench.hears(name)
    bench.maker.sells(3, at=101)
    bench.flush()
    bench.maker.buys(3, at=99)
    local = LocalBook(bench.public("/api/v3/depth", symbol="BTCUSDT").body)

    bench.flush()
    bench.taker.buys(1)
    bench.maker.buys(1, at=98)
    bench.flush()
    bench.flush()
    bench.taker.buys(2)
    bench.taker.sells("3.5")
    bench.flush()
    for event in decoded(heard):
        local.take(event)

    assert local.same_as(bench.public("/api/v3/depth", symbol="BTCUSDT").body)
    assert set(decoded(heard)[0]) == set("eEsUuba")
    assert len(heard) == 4


def test_the_best_levels_are_told_whole(bench: Bench) -> None:
    """Each time the interval is over."""
    heard = bench.hears("btcusdt@depth5@100ms")
    for price in range(101, 107):
        (bench.maker if price % 2 else bench.third).sells(1, at=price)

    bench.flush()

    (row,) = decoded(heard)
    assert set(row) == {"lastUpdateId", "bids", "asks"}
    assert [price for price, _ in row["asks"]] == [f"{price}.00000000" for price in range(101, 106)]


def test_a_candle_is_told_while_it_runs_and_once_when_it_closed(bench: Bench) -> None:
    """Then the next one begins."""
    bench.passes(MINUTE - bench.at % MINUTE)
    heard = bench.hears("btcusdt@kline_1m")
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    bench.flush()
    bench.taker.buys(2)
    bench.passes(MINUTE)
    bench.flush()
    bench.taker.buys(3)
    bench.flush()

    rows = [row["k"] for row in decoded(heard)]
    assert [(row["v"], row["x"]) for row in rows if row["n"]] == [
        ("1.00000000", False),
        ("3.00000000", True),
        ("3.00000000", False),
    ]
    assert rows[0]["T"] - rows[0]["t"] == 59_999
    assert set(rows[0]) == set("tTsifLochlvnxqVQB")
    assert (rows[0]["f"], rows[0]["L"], rows[0]["V"]) == (1, 1, "1.00000000")


def test_many_candles_that_closed_between_two_looks_are_all_told(bench: Bench) -> None:
    """As happens when exchange time is fast."""
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    heard = bench.hears("btcusdt@kline_1m")
    bench.flush()

    bench.passes(5 * MINUTE)
    bench.flush()

    rows = [row["k"] for row in decoded(heard)[1:]]
    assert [row["x"] for row in rows] == [True] * 5 + [False]
    assert [row["t"] for row in rows] == [rows[0]["t"] + n * 60_000 for n in range(6)]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("btcusdt@ticker", "eEspPwxcQbBaAohlvqOCFLn"), ("btcusdt@miniTicker", "eEscohlvq")],
)
def test_the_rolling_day_is_told_when_it_changed(bench: Bench, name: str, letters: str) -> None:
    """Not again where nothing happened."""
    heard = bench.hears(name)
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    bench.flush()
    bench.flush()

    (row,) = decoded(heard)
    assert set(row) == set(letters)
    assert (row["c"], row["v"], row["q"]) == ("100.00000000", "1.00000000", "100.00000000")


def test_all_rolling_days_come_in_one_array(bench: Bench) -> None:
    heard = bench.hears("!miniTicker@arr@1000ms")
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    bench.flush()
    bench.flush()

    assert [[row["s"] for row in rows] for rows in decoded(heard)] == [["BTCUSDT"]]


@pytest.mark.parametrize(
    "name",
    [
        "BTCUSDT@trade", "btcusdt", "btcusdt@", "nope@trade", "btcusdt@kline_7m", "btcusdt@depth7", "!ticker_2h@arr",
        "btcusdt@trade@fast", "btcusdt@kline_1d@+09:00", "btcusdt@ticker@+08:00", "btcusdt@ticker_2h",
        "@trade", "", "btcusdt@markPrice", "key3",
    ],
)  # fmt: skip
def test_a_stream_the_venue_does_not_have_is_none(bench: Bench, name: str) -> None:
    """It is acknowledged and silent there."""
    assert bench.product.market_stream(name, bench.state, bench.views) is None


def test_speeds_are_taken_at_their_word_within_reason(bench: Bench) -> None:
    """Never more often than every 100 ms."""

    def speed(name: str) -> int:
        stream = bench.product.market_stream(name, bench.state, bench.views)
        assert stream is not None
        return stream.every // MILLISECOND

    assert speed("btcusdt@depth") == 1_000
    assert speed("btcusdt@depth@100ms") == 100
    assert speed("btcusdt@depth@0ms") == 100
    assert speed("btcusdt@depth20@500ms") == 500
    assert speed("btcusdt@kline_1s") == 1_000
    assert speed("btcusdt@kline_1m") == 2_000


def test_times_are_in_microseconds_where_the_address_says_so(bench: Bench) -> None:
    heard = bench.hears("btcusdt@trade", timeUnit="microsecond")
    bench.maker.sells(1, at=100)
    bench.passes(SECOND)

    bench.taker.buys(1)

    assert decoded(heard)[0]["T"] == bench.at // 1_000


def test_a_zone_moves_the_days_and_not_the_moments(bench: Bench) -> None:
    """UTC+8: a day begins at 16:00 UTC, and its times are told in UTC."""
    bench.maker.sells(9, at=100)
    bench.passes(DAY - bench.at % DAY + 15 * HOUR)
    bench.taker.buys(1)
    heard = bench.hears("btcusdt@kline_1d@+08:00")
    bench.flush()
    bench.passes(2 * HOUR)
    bench.taker.buys(2)
    bench.flush()

    rows = [row["k"] for row in decoded(heard)]

    assert [(row["v"], row["x"]) for row in rows] == [
        ("1.00000000", False), ("1.00000000", True), ("2.00000000", False),
    ]  # fmt: skip
    assert rows[0]["i"] == "1d"
    assert rows[0]["t"] % 86_400_000 == 16 * 3_600_000
    assert rows[2]["t"] == rows[0]["t"] + 86_400_000 == rows[0]["T"] + 1


def test_windows_of_an_hour_and_more_are_told_when_they_changed(bench: Bench) -> None:
    """One unit two hours ago, two now: the hour holds two, four hours hold three."""
    hour, four = bench.hears("btcusdt@ticker_1h"), bench.hears("btcusdt@ticker_4h")
    every = bench.hears("!ticker_1d@arr")
    bench.maker.sells(9, at=100)
    bench.taker.buys(1)
    bench.passes(2 * HOUR)
    bench.taker.buys(2)
    bench.flush()
    bench.flush()

    (one,), (other,), (rows,) = decoded(hour), decoded(four), decoded(every)

    assert set(one) == set("eEspPohlcwvqOCFLn")
    assert [(row["e"], row["v"], row["n"]) for row in (one, other, *rows)] == [
        ("1hTicker", "2.00000000", 1), ("4hTicker", "3.00000000", 2), ("1dTicker", "3.00000000", 2),
    ]  # fmt: skip
    assert one["O"] % 60_000 == 0
    assert 3_600_000 <= one["C"] - one["O"] < 3_660_000


def test_the_average_price_of_five_minutes_is_told_when_it_moves(bench: Bench) -> None:
    """1 at 100 and 3 at 104: 103."""
    heard = bench.hears("btcusdt@avgPrice")
    bench.flush()
    bench.maker.sells(1, at=100)
    bench.maker.sells(3, at=104)
    bench.taker.buys(4)
    traded = bench.now_ms()
    bench.flush()
    bench.flush()

    (row,) = decoded(heard)

    assert row == {"e": "avgPrice", "E": traded, "s": "BTCUSDT", "i": "5m", "w": "103.00000000", "T": traded}


def test_a_reference_price_is_told_where_the_rules_know_one(bench: Bench) -> None:
    """Null while nobody has traded; nothing at all of a market without one."""
    without = bench.hears("btcusdt@referencePrice")
    bench.flush()
    assert without == []

    with_one = Bench(filters=msgspec.structs.replace(FILTERS, reference_buckets=3, reference_bucket=Nanos(SECOND)))
    heard = with_one.hears("btcusdt@referencePrice")
    with_one.flush()
    with_one.maker.sells(1, at=100)
    with_one.taker.buys(1)
    with_one.flush()
    with_one.flush()

    assert [set(row) for row in decoded(heard)] == [set("esrt")] * 2
    assert [row["r"] for row in decoded(heard)] == [None, "100.00000000"]


def test_blocks_have_a_stream_that_is_silent(bench: Bench) -> None:
    """Nobody trades blocks here."""
    heard = bench.hears("btcusdt@blockTrade")
    bench.maker.sells(1, at=100)
    bench.taker.buys(1)
    bench.flush()

    assert heard == []
