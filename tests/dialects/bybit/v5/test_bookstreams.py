"""Topics of the book: a snapshot for who comes, deltas for everybody, and both lead to the book there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from tests.dialects.bybit.v5.channels import Channel
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, SPOT, Desk

MARKETS = {"spot": (SPOT, "BTCUSDT"), "linear": (LINEAR, "BTCUSDT"), "inverse": (INVERSE, "BTCUSD")}
RHYTHMS = [("1", 10), ("50", 20), ("200", 100), ("1000", 200), ("rpi", 100)]


def best(desk: Desk, category: str, depth: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The book as REST answers it."""
    book = desk.asks("/v5/market/orderbook", category=category, symbol=MARKETS[category][1], limit=depth)
    return [tuple(level) for level in book["b"]], [tuple(level) for level in book["a"]]


@pytest.mark.parametrize("category", MARKETS)
@pytest.mark.parametrize(("depth", "every"), RHYTHMS)
def test_every_depth_has_its_rhythm(desk: Desk, category: str, depth: str, every: int) -> None:
    channel = Channel(desk, category, f"orderbook.{depth}.{MARKETS[category][1]}")

    assert channel.stream.every == every * MILLISECOND
    assert not channel.stream.follows, "what is told by the clock costs nothing by the event"


def test_a_newcomer_hears_the_whole_book_first(desk: Desk) -> None:
    """A snapshot, best first on both sides, and printed as the market's steps go."""
    desk.places(desk.alice, LINEAR, "Buy", "0.5", "59990")
    desk.places(desk.alice, LINEAR, "Buy", 2, "59990.1")
    desk.places(desk.alice, LINEAR, "Sell", 3, "60010")
    seq = desk.seq
    desk.at = Nanos(desk.at + 5 * MILLISECOND)

    heard = desk.hears("linear", "orderbook.50.BTCUSDT").all

    assert heard == [{
        "topic": "orderbook.50.BTCUSDT", "type": "snapshot", "ts": desk.now_ms(),
        "data": {
            "s": "BTCUSDT", "b": [["59990.10", "2.000"], ["59990.00", "0.500"]], "a": [["60010.00", "3.000"]],
            "u": 4, "seq": seq,
        },
        "cts": desk.now_ms() - 5,
    }]  # fmt: skip


def test_an_empty_book_is_a_snapshot_too(desk: Desk) -> None:
    data = desk.hears("spot", "orderbook.1.BTCUSDT").last["data"]

    assert (data["b"], data["a"], data["u"]) == ([], [], 1)


def test_a_delta_tells_what_changed_and_nothing_else(desk: Desk) -> None:
    desk.places(desk.alice, LINEAR, "Buy", 1, 59_000)
    desk.places(desk.alice, LINEAR, "Sell", 1, 60_500)
    heard = desk.hears("linear", "orderbook.50.BTCUSDT")
    before = heard.take()[0]["data"]["u"]

    desk.places(desk.alice, LINEAR, "Buy", 2, 59_000)
    desk.places(desk.alice, LINEAR, "Buy", 1, 58_000)
    desk.places(desk.carol, LINEAR, "Buy", 1, 60_500)
    assert heard.all == []
    desk.flush()
    desk.flush()

    (delta,) = heard.all
    assert delta["type"] == "delta"
    assert delta["data"] == {
        "s": "BTCUSDT", "b": [["59000.00", "3.000"], ["58000.00", "1.000"]], "a": [["60500.00", "0"]],
        "u": before + 1, "seq": desk.seq,
    }  # fmt: skip


def test_what_came_and_went_between_two_messages_is_not_told(desk: Desk) -> None:
    heard = desk.hears("linear", "orderbook.50.BTCUSDT")
    heard.take()

    desk.places(desk.alice, LINEAR, "Buy", 1, 59_000)
    desk.run(cmd.CancelAll(desk.alice.no, desk.no(LINEAR)))
    desk.flush()

    assert heard.all == []


def test_a_level_that_falls_out_of_the_depth_is_gone_and_comes_back_whole(desk: Desk) -> None:
    """Fifty levels: the fifty-first is nobody's business until one before it goes."""
    for n in range(50):
        desk.places(desk.alice, LINEAR, "Buy", "0.1", 59_000 - n)
    heard = desk.hears("linear", "orderbook.50.BTCUSDT")
    assert len(heard.take()[0]["data"]["b"]) == 50

    desk.places(desk.bob, LINEAR, "Buy", 7, 59_500)
    desk.flush()
    assert heard.take()[0]["data"]["b"] == [["59500.00", "7.000"], ["58951.00", "0"]]

    desk.places(desk.bob, LINEAR, "Buy", 1, 58_951)
    desk.flush()
    assert heard.take() == []

    desk.run(cmd.CancelAll(desk.alice.no, desk.no(LINEAR)))
    desk.flush()
    told = dict(heard.take()[0]["data"]["b"])
    assert told["58951.00"] == "1.000"
    assert [price for price, size in told.items() if size != "0"] == ["58951.00"]


def test_the_best_level_is_always_whole(desk: Desk) -> None:
    """Level 1 knows no deltas, and says the same again after three seconds in which nothing changed."""
    desk.places(desk.alice, LINEAR, "Buy", 1, 59_000)
    heard = desk.hears("linear", "orderbook.1.BTCUSDT")
    first = heard.take()[0]
    desk.places(desk.alice, LINEAR, "Buy", 1, 58_000)
    desk.flush()
    assert heard.take() == []

    desk.places(desk.alice, LINEAR, "Sell", 2, 60_500)
    desk.flush()
    (second,) = heard.take()
    assert (second["type"], second["data"]["b"], second["data"]["a"]) == (
        "snapshot", [["59000.00", "1.000"]], [["60500.00", "2.000"]],
    )  # fmt: skip
    assert second["data"]["u"] == first["data"]["u"] + 1

    desk.at = Nanos(desk.at + 3 * SECOND - MILLISECOND)
    desk.flush()
    assert heard.take() == []
    desk.at = Nanos(desk.at + MILLISECOND)
    desk.flush()
    desk.flush()
    (third,) = heard.take()
    assert third == {**second, "ts": second["ts"] + 3_000}


@pytest.mark.parametrize(
    ("category", "depth", "early"),
    [("spot", "50", True), ("linear", "1", True), ("linear", "200", False), ("inverse", "50", False)],
)
def test_the_time_stands_where_the_venue_has_it(desk: Desk, category: str, depth: str, early: bool) -> None:
    """Before the type on spot and of the best level, behind it elsewhere: some read the text, not the fields."""
    (payload,) = desk.hears(category, f"orderbook.{depth}.{MARKETS[category][1]}").payloads

    assert (payload.index(b'"ts"') < payload.index(b'"type"')) is early


def test_inverse_sizes_are_dollars(desk: Desk) -> None:
    desk.places(desk.alice, INVERSE, "Buy", 3, 59_000)

    assert desk.hears("inverse", "orderbook.50.BTCUSD").last["data"]["b"] == [["59000.00", "300"]]


def test_retail_price_improvement_is_a_column_of_noughts(desk: Desk) -> None:
    desk.places(desk.alice, SPOT, "Buy", 1, 59_000)
    heard = desk.hears("spot", "orderbook.rpi.BTCUSDT")
    assert heard.take()[0]["data"]["b"] == [["59000", "1", "0"]]

    desk.run(cmd.CancelAll(desk.alice.no, desk.no(SPOT)))
    desk.flush()

    assert heard.last["data"]["b"] == [["59000", "0", "0"]]


Act = tuple[str, int, int]
acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Buy", "Sell"]), st.integers(-70, 70), st.integers(1, 5)),
        st.tuples(st.sampled_from(["cancel", "flush", "join", "wait"]), st.just(0), st.just(0)),
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(category=st.sampled_from(sorted(MARKETS)), depth=st.sampled_from([1, 50]), chosen=acts)
def test_whoever_joins_whenever_has_the_book(category: str, depth: int, chosen: list[Act]) -> None:
    """A client that joined at any time has what every other has, and, after a flush, the book itself."""
    market_id, symbol = MARKETS[category]
    desk = Desk()
    channel = Channel(desk, category, f"orderbook.{depth}.{symbol}")
    channel.joins()
    for what, price, qty in chosen:
        if what == "cancel":
            desk.run(cmd.CancelAll(desk.alice.no, desk.no(market_id)))
        elif what == "join":
            channel.joins()
        elif what == "wait":
            desk.wait(1)
        elif what == "flush":
            channel.flush()
        else:
            who = desk.alice if price % 2 else desk.carol
            desk.places(who, market_id, what, qty, 60_000 + price)
        books = [client.book for client in channel.clients]
        assert all(book == books[0] for book in books)
        assert len({client.number for client in channel.clients}) == 1
    channel.flush()

    assert all(client.book == best(desk, category, depth) for client in channel.clients)


def test_a_thousand_levels_are_told_in_full(desk: Desk) -> None:
    for n in range(60):
        desk.places(desk.alice, LINEAR, "Sell", "0.1", 60_100 + n)
        desk.places(desk.carol, LINEAR, "Sell", "0.1", 60_200 + n)
    channel = Channel(desk, "linear", "orderbook.1000.BTCUSDT")
    client = channel.joins()

    assert client.book == best(desk, "linear", 1_000)
    assert len(client.asks) == 120


def numbers(client: Any) -> list[int]:
    return [message["data"]["u"] for message in client.messages]


def test_a_topic_that_begins_anew_goes_on_counting_upwards(desk: Desk) -> None:
    """Nobody heard it for a while: the snapshot is newer than anything somebody may still have."""
    first = Channel(desk, "linear", "orderbook.50.BTCUSDT")
    client = first.joins()
    for n in range(5):
        desk.places(desk.alice, LINEAR, "Buy", 1, 59_000 + n)
        first.flush()

    again = Channel(desk, "linear", "orderbook.50.BTCUSDT").joins()

    assert numbers(client) == [1, 2, 3, 4, 5, 6]
    assert numbers(again) == [6]
