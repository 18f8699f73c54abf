"""Books kept from depth diffs: gapless at every speed, and the engine's own book at every diff.

"How to manage a local order book correctly", spot (2026-07-21) and USDⓈ-M (seen 2026-11).
"""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary.orders import Side
from simexchange.dialects.binance.spot import streams as spot
from simexchange.dialects.binance.usdm import bookstreams as linear
from tests.dialects.binance.spot.bench import Bench
from tests.dialects.binance.usdm.desk import Desk

SPEEDS = ("", "@0ms", "@100ms", "@250ms", "@500ms", "@1000ms", "@60000ms")
Act = tuple[str, int, int]
"""What is done; price or number of a stream; size."""
ACTS = st.lists(
    st.tuples(st.sampled_from(["buy", "sell", "buy", "sell", "cancel", "flush"]), st.integers(0, 6), st.integers(1, 9)),
    max_size=60,
)


class Follower:
    """One client that keeps a book from one stream, beginning with a snapshot it took before."""

    def __init__(self, desk: Bench, name: str) -> None:
        self.desk = desk
        self.heard = desk.hears(name)
        self.told = 0
        self.last = desk.views.depth.seq(desk.market)
        bids, asks = desk.views.depth.levels(desk.market, 1_000)
        self.sides = {"b": dict(bids), "a": dict(asks)}

    def catch_up(self) -> None:
        """Take what came, and compare. One act may be told in several diffs where each event is."""
        for payload in self.heard[self.told :]:
            self.take(msgspec.json.decode(payload))
        if self.told < len(self.heard):
            assert self.sides == engine_book(self.desk)
        self.told = len(self.heard)

    def take(self, diff: dict[str, Any]) -> None:
        assert diff["U"] == self.last + 1
        assert diff.get("pu", self.last) == self.last
        assert diff["u"] >= diff["U"]
        self.last = diff["u"]
        for letter, side in self.sides.items():
            for price, qty in diff[letter]:
                size = round(float(qty) * 10**8)
                side[round(float(price) * 10**8)] = size
                if not size:
                    del side[round(float(price) * 10**8)]


def engine_book(desk: Bench) -> dict[str, dict[int, int]]:
    """The sizes in the engine's own book, not in the view the streams read."""
    book = desk.state.markets[desk.market].book
    return {
        letter: {price: size for price, size, _ in book.levels(side, 1_000)}
        for letter, side in (("b", Side.BUY), ("a", Side.SELL))
    }


def play(desk: Bench, acts: list[Act]) -> None:
    """Let people act, flush streams in any order, and look at every diff as it comes."""
    followers = [Follower(desk, f"btcusdt@depth{speed}") for speed in SPEEDS]
    for what, number, size in acts:
        person = desk.people[size % len(desk.people)]
        if what == "flush":
            stream, heard = desk.market_streams[number]
            heard.extend(stream.flush(desk.at, desk.views))
        elif what == "cancel":
            for order in list(desk.state.accounts[person.no].orders)[:1]:
                person.cancels(order)
        else:
            person.order(Side.BUY if what == "buy" else Side.SELL, size, 97 + number)
        for follower in followers:
            follower.catch_up()
    desk.flush()
    for follower in followers:
        follower.catch_up()
        assert follower.last == desk.views.depth.seq(desk.market)
        assert follower.sides == engine_book(desk)


@settings(max_examples=40)
@given(ACTS)
def test_a_spot_book_kept_from_diffs_is_the_engines_at_every_diff(acts: list[Act]) -> None:
    """Whatever is traded, and whenever the streams' intervals end."""
    play(Bench(), acts)


@settings(max_examples=40)
@given(ACTS)
def test_a_futures_book_kept_from_diffs_is_the_engines_at_every_diff(acts: list[Act]) -> None:
    """The same, with pu beside U."""
    play(Desk(), acts)


@pytest.mark.parametrize(("make", "module"), [(Bench, spot), (Desk, linear)])
def test_no_interval_is_too_long_for_the_memory_of_changes(
    make: type[Bench], module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 changes between two flushes where 16 are remembered: the diffs come sooner, and nothing is missing."""
    monkeypatch.setattr(module, "MOST_CHANGES", 8)
    desk = make()
    desk.views.depth._keep = 16
    follower = Follower(desk, "btcusdt@depth@60000ms")
    for number in range(50):
        person = desk.people[number % 3]
        person.buys(1, at=90 + number % 7)
        follower.catch_up()
        person.cancels(next(iter(desk.state.accounts[person.no].orders)))
        follower.catch_up()
    desk.flush()
    follower.catch_up()

    assert follower.last == desk.views.depth.seq(desk.market) == 100
    assert len(follower.heard) == 13
