"""Views kept as bytes: what goes on from them is what was folded from the start, and nothing foreign gets in."""

import os
import pickle
import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from simexchange.config import markets, opening
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import MarketNo, TradeId
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.core.vocabulary.units import MINUTE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.eventlog.header import Header
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.history import SyntheticHistory
from simexchange.feeds.synthetic.settings import Settings
from simexchange.projections import keeping
from simexchange.projections.candle import CandleKind
from simexchange.projections.folding import Projection
from simexchange.projections.series import Series
from simexchange.projections.trades import TradeRow
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from tests.core.world import T0
from tests.projections.plain import plain
from tests.runtime.world import HandWall

LOGS = sorted((Path(__file__).parent.parent.parent / "fixtures" / "logs").rglob("*.jsonl"))
Told = list[tuple[int, Nanos, Event]]


def told(log: EventLog) -> Told:
    return [(record.seq, record.at, event) for record in records(log) for event in record.events]


def folded(events: Told, views: Views) -> Views:
    for each in events:
        views.apply(*each)
    return views


def taken(data: bytes, views: Views | None = None) -> Views:
    views = Views() if views is None else views
    keeping.load(data, views)
    return views


def synthetic() -> Exchange:
    """Half a minute of a market of agents, with a user among them."""
    log = MemoryLog(Header(3, T0))
    history = SyntheticHistory(Settings())
    exchange = Exchange(
        log, feeds=[SyntheticFeed(Settings())], speed=PAUSED, wall=HandWall(), make_views=lambda: Views(history)
    )
    for command in opening.opening(list(markets.preset().values()), exchange.state):
        exchange.submit(command, "control")
    for command in opening.account_commands(opening.DEMO, exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    exchange.advance_to(Nanos(T0 + 30 * SECOND))
    exchange.close()
    return exchange


@pytest.fixture(scope="module")
def whole() -> Exchange:
    return synthetic()


@pytest.fixture(params=LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    opened = open_log(str(request.param))
    yield opened
    opened.close()


def test_going_on_from_kept_views_is_folding_from_the_start(log: EventLog) -> None:
    """Every row, and which rows are one and the same, after a stop at a quarter, half and three quarters."""
    events = told(log)
    end = plain(folded(events, Views()))

    for share in (1, 2, 3):
        stop = len(events) * share // 4
        kept = keeping.dump(folded(events[:stop], Views()))
        assert plain(taken(kept)) == plain(folded(events[:stop], Views())), share
        assert plain(folded(events[stop:], taken(kept))) == end, share


def test_a_synthetic_market_goes_on_from_kept_views(whole: Exchange) -> None:
    events = told(whole.log)
    end = plain(folded(events, Views()))
    draw = random.Random(1)

    for stop in draw.sample(range(len(events)), 5):
        kept = keeping.dump(folded(events[:stop], Views()))
        assert plain(folded(events[stop:], taken(kept))) == end, stop


def test_a_history_that_comes_later_hears_what_it_needs(whole: Exchange) -> None:
    """Kept without one, as a child process does; taken up by a bundle that has one: the reads are those of the live."""
    kept = keeping.dump(folded(told(whole.log), Views()))

    again = taken(kept, Views(SyntheticHistory(Settings())))

    at = Nanos(whole.state.now)
    for market in list(whole.views.markets.by_no)[:2]:
        assert again.tickers.get(market, at=at) == whole.views.tickers.get(market, at=at)
        for kind in CandleKind:
            asked = {"at": at, "kind": kind, "start": Nanos(T0 - 5 * MINUTE)}
            mine, others = (views.candles.get(market, "1m", **asked) for views in (again, whole.views))  # type: ignore[arg-type]
            assert mine == others
        assert again.funding.rates(market) == whole.views.funding.rates(market)


def test_kept_again_they_are_the_same(whole: Exchange) -> None:
    """Also of views that have answered reads meanwhile, and that have a history of their own."""
    for market in whole.views.markets.by_no:
        whole.views.tickers.get(market, at=Nanos(whole.state.now))

    assert plain(taken(keeping.dump(whole.views))) == plain(whole.views)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("/nonexistent/simexchange",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        pickle.dumps(None),
        pickle.dumps((1, 2, [], {})),
        pickle.dumps((1, 2, [], {"orders": {}})),
        pickle.dumps(_Bomb()),
        pickle.dumps((1, 2, [_Bomb()], {})),
        pickle.dumps(SyntheticHistory),
        pickle.dumps(Views),
        pickle.dumps(plain),
        b"csimexchange.projections.series\nselect\n(]tR.",
        b"csimexchange.projections.orders\ndeque\n.",
        b"csimexchange.projections.orders\nOrdersView.get\n.",
        b"cbuiltins\neval\n(V1\ntR.",
    ],
)
def test_what_is_no_views_is_refused_and_nothing_of_it_is_run(data: bytes) -> None:
    views = Views()

    with pytest.raises(keeping.Misfit):
        keeping.load(data, views)

    assert plain(views) == plain(Views())


def test_of_other_code_whatever_fits_is_taken(whole: Exchange) -> None:
    """A projection that is not in it, or that keeps other things, begins empty."""
    views = folded(told(whole.log), Views())
    seq, at, heard, kept = pickle.loads(keeping.dump(views))  # noqa: S301 - made a line ago
    del kept["trades"]
    kept["orders"] = {"_other": {}}
    data = pickle.dumps((seq, at, heard, kept))
    again = Views()

    with pytest.raises(keeping.Misfit):
        keeping.load(data, again)
    keeping.load(data, again, whatever_fits=True)

    mine, others, empty = plain(again), plain(views), plain(Views())
    assert {name for name in mine if mine[name] != others[name]} <= {"trades", "orders"}
    assert (mine["trades"], mine["orders"]) == (empty["trades"], empty["orders"])


def prints(first: int, count: int) -> list[TradeRow]:
    """Trades numbered from *first* on."""
    return [
        TradeRow(TradeId(n), MarketNo(1), Price(n), Quantity(1), Amount(n), Nanos(n), Side.BUY, TradeKind.TRADE, n)
        for n in range(first, first + count)
    ]


@pytest.mark.parametrize("before", [1, 255, 256, 300, 330, 337])
@pytest.mark.parametrize("after", [0, 1, 37, 38, 39, 75, 76, 400])
def test_shelved_rows_are_those_of_a_series_that_went_on(before: int, after: int) -> None:
    """With the same ones let go, whenever somebody asks for them first."""
    views, plain_one = Views(), Series[TradeRow](300)
    views.trades._tape[MarketNo(1)] = plain_one
    for row in prints(1, before):
        plain_one.append(row)

    kept = taken(keeping.dump(views)).trades._tape[MarketNo(1)]
    for row in prints(before + 1, after):
        kept.append(row)
        plain_one.append(row)

    assert (type(kept) is keeping.Shelved) == (len(prints(1, before)) >= 256)
    assert [row.id for row in kept.rows] == [row.id for row in plain_one.rows]
    assert type(kept) is Series
    kept.append(prints(1_000, 1)[0])
    assert kept.rows[-1].id == 1_000


def test_a_shelf_that_holds_no_rows_is_refused() -> None:
    for shelf in (
        b"",
        zlib.compress(b"nonsense"),
        zlib.compress(pickle.dumps(1)),
        zlib.compress(pickle.dumps(_Bomb())),
    ):
        with pytest.raises(keeping.Misfit):
            keeping.Shelved(10, shelf, 1).rows  # noqa: B018 - asking is enough


def test_no_projection_is_forgotten() -> None:
    """What is in the bundle is kept: a new projection needs no line of its own."""
    views = Views()
    bundle = {name for name in Views.__slots__ if isinstance(getattr(views, name, None), Projection)}

    assert set(plain(views)) - {"seq", "at", "told"} == bundle
    assert len(bundle) == len(views._in_order())
    assert plain(taken(keeping.dump(views))) == plain(views)
