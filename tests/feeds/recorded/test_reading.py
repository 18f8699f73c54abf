"""What the readers make of files: numbers, kinds, products, order, and what is wrong with bad ones."""

import gzip
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Price, Quantity, show
from simexchange.feeds.recorded import Product, TapeUnreadable, find_sources, market_id
from simexchange.feeds.recorded.items import Diff, Item, MarkSample, Print, Snapshot, Touch, units
from simexchange.feeds.recorded.ordering import WINDOW, Sorter
from simexchange.feeds.recorded.playback import Reading, items_of
from simexchange.feeds.recorded.sources import Kind, Source, sniff
from simexchange.feeds.recorded.streams import StreamReader
from tests.feeds.recorded.tapes import Tape, rows

T = 1_723_161_255_000


def read(path: Path, product: Product = Product.USDM) -> list[Item]:
    """The items of a stream recording, in file order."""
    with path.open("rb") as file:
        return [item for _, item in StreamReader(str(path), product).read(file)]


# ---------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    "text, value",
    [
        ("61837.64000000", 6_183_764_000_000),
        ("0.001", 100_000),
        ("12", 12 * ONE),
        ("0", 0),
        ("1.1000000000", 110_000_000),
    ],
)
def test_decimal_text_becomes_exact_units(text: str, value: int) -> None:
    """No float on the way; zeros beyond the eighth place say nothing."""
    assert units(text) == value


@pytest.mark.parametrize("text", ["", ".5", "-1", "1e5", "1_000", " 1", "0.000000001", "NaN", "1.2.3", "١"])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    """Better no tape than a wrong number."""
    with pytest.raises(TapeUnreadable):
        units(text)


@given(st.integers(0, 10**20))
def test_every_number_comes_back_from_its_text(value: int) -> None:
    """Exact both ways."""
    assert units(show(value)) == value


# ---------------------------------------------------------------------------------------------------------- streams


def test_each_frame_becomes_its_item(tmp_path: Path) -> None:
    """A depth update, a print, best prices, a mark sample and a snapshot, as the futures streams spell them."""
    tape = Tape(futures=True).depth(T, rows("99 5"), rows("101 0")).trade(T + 1, "101", "2", sold=True)
    tape.best(T + 2, ("99", "5"), ("101", "4")).mark(T + 3, "100.5", "100").snapshot(T + 4, rows("99 1"), [])
    tape.write(tmp_path / "tape")

    assert read(tmp_path / "tape") == [
        Diff(T * MILLISECOND, 1, 1, 0, ((99 * ONE, 5 * ONE),), ((101 * ONE, 0),)),
        Print((T + 1) * MILLISECOND, 1, 101 * ONE, 2 * ONE, Side.SELL),
        Touch((T + 2) * MILLISECOND, 2, 99 * ONE, 5 * ONE, 101 * ONE, 4 * ONE),
        MarkSample((T + 3) * MILLISECOND, 10_050_000_000, 100 * ONE),
        Snapshot((T + 4) * MILLISECOND, 1, ((99 * ONE, ONE),), ()),
    ]


def test_bare_events_are_read_like_combined_ones(tmp_path: Path) -> None:
    """A recorder of a single stream writes no ``{"stream": …}`` around them."""
    (tmp_path / "tape").write_text(f'1 {{"e":"trade","E":{T},"T":{T},"s":"BTCUSDT","t":7,"p":"1","q":"2","m":false}}\n')

    assert read(tmp_path / "tape") == [Print(T * MILLISECOND, 7, ONE, 2 * ONE, Side.BUY)]


def test_prints_of_nothing_and_unknown_events_are_passed_over(tmp_path: Path) -> None:
    """The venue announces some insurance fund trades with price and quantity 0."""
    tape = Tape(futures=True).trade(T, "0", "0")
    tape.lines.append('1 {"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1}}')
    tape.write(tmp_path / "tape")

    assert read(tmp_path / "tape") == []


@pytest.mark.parametrize(
    "line, said",
    [
        ("1 {", "line 2: Input data was truncated"),
        ('1 {"e":"trade","T":1,"p":"x","q":"1"}', "line 2: 'x' is no decimal number"),
        ('1 {"e":"depthUpdate","b":"7","a":[]}', "line 2: depth levels that are no list"),
        ("nonsense", "line 2: not '<receive time ns> <json>'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    """File, line, and what is wrong with it."""
    (tmp_path / "tape").write_text(f"{Tape().trade(T, '1', '1').lines[0]}\n{line}\n")

    with pytest.raises(TapeUnreadable) as failed:
        read(tmp_path / "tape")

    assert str(tmp_path / "tape") in str(failed.value)
    assert said in str(failed.value)


@pytest.mark.parametrize("packed", ["plain", "gz", "zip"])
def test_recordings_are_unpacked_by_what_they_are(tmp_path: Path, packed: str) -> None:
    """Whatever the name says."""
    text = "\n".join(Tape(futures=True).depth(T).trade(T, "1", "1").lines).encode()
    path = tmp_path / "tape.log"
    if packed == "zip":
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("tape", text)
        path.write_bytes(whole.getvalue())
    else:
        path.write_bytes(gzip.compress(text) if packed == "gz" else text)

    [source] = find_sources(str(path))

    assert [type(item) for _, item in items_of(source, Price(1), Quantity(1))] == [Print, Diff]


# ------------------------------------------------------------------------------------------------------------ order


def prints(*times: int) -> Iterable[tuple[int, Item]]:
    """(line, print) at these seconds."""
    return [(line, Print(second * SECOND, line, 1, 1, Side.BUY)) for line, second in enumerate(times)]


def test_items_come_in_the_order_of_the_exchanges_clock() -> None:
    """Late ones find their place; of one instant the earlier line comes first."""
    found = [(at // SECOND, item.id) for at, item in Sorter().sort(prints(3, 2, 3, 4)) if isinstance(item, Print)]

    assert found == [(2, 1), (3, 0), (3, 2), (4, 3)]


def test_of_one_instant_prints_come_before_best_prices_and_those_before_depth() -> None:
    """Rule 1."""
    items: list[Item] = [Diff(1, 1, 1, 0, (), ()), Touch(1, 1, 1, 1, 2, 1), Print(1, 1, 1, 1, Side.BUY)]

    found = [type(item) for _, item in Sorter().sort(enumerate(items))]

    assert found == [Print, Touch, Diff]


def test_an_item_too_late_for_its_place_is_played_at_once_and_counted() -> None:
    """Time never goes back; memory stays small."""
    assert WINDOW == 2 * SECOND
    sorter = Sorter()

    found = [at // SECOND for at, _ in sorter.sort(prints(1, 9, 2, 10))]

    assert found == [1, 2, 9, 10]
    assert sorter.late == 0

    found = [at // SECOND for at, _ in sorter.sort(prints(5, 6, 9, 1, 10))]

    assert found == [5, 6, 6, 9, 10]
    assert sorter.late == 1


# ---------------------------------------------------------------------------------------------------------- sources


@pytest.mark.parametrize(
    "symbol, futures, product, market",
    [
        ("BTCUSDT", False, Product.SPOT, "spot:BTC-USDT"),
        ("BTCUSDT", True, Product.USDM, "perp:BTC-USDT"),
        ("BTCUSD_PERP", True, Product.COINM, "perp:BTC-USD"),
        ("BTCUSD_261225", True, Product.COINM, "dated:BTC-USD-261225"),
        ("ETHFDUSD", False, Product.SPOT, "spot:ETH-FDUSD"),
    ],
)
def test_product_and_market_are_read_from_the_frames(
    tmp_path: Path, symbol: str, futures: bool, product: Product, market: str
) -> None:
    """No ``pu`` is spot, ``_`` in the symbol is COIN-M, else USDⓈ-M."""
    Tape(symbol, futures=futures).trade(T, "1", "1").depth(T).write(tmp_path / "anything")

    source = sniff(tmp_path / "anything")

    assert (source.product, source.symbol, market_id(source)) == (product, symbol, market)


def test_a_recording_of_aggregate_trades_only_plays_those(tmp_path: Path) -> None:
    """Where both are recorded, single trades are the prints: else everything would be printed twice."""
    trade = Tape().trade(T, "1", "2").lines[0]
    aggregate = trade.replace('"e":"trade"', '"e":"aggTrade"')
    depth = Tape().depth(T).lines[0]
    (tmp_path / "both").write_text(f"{aggregate}\n{trade}\n{depth}\n")
    (tmp_path / "one").write_text(f"{aggregate}\n{depth}\n")

    found = [
        sum(isinstance(item, Print) for _, item in items_of(sniff(tmp_path / name), Price(1), Quantity(1)))
        for name in ("both", "one")
    ]

    assert found == [1, 1]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no stream event with a symbol"),
        ("hello\n", "a line does not begin with"),
        ("1 []\n", "a line holds no JSON object"),
        ("1 {\n", "is no recording"),
    ],
)
def test_what_is_no_recording_is_said_so(tmp_path: Path, text: str, said: str) -> None:
    """With its path."""
    (tmp_path / "file").write_text(text)

    with pytest.raises(TapeUnreadable, match=said) as refused:
        sniff(tmp_path / "file")

    assert str(tmp_path / "file") in str(refused.value)


def test_a_recording_of_two_symbols_is_refused(tmp_path: Path) -> None:
    """A spot snapshot does not say whose it is."""
    lines = Tape("BTCUSDT").trade(T, "1", "1").lines + Tape("ETHUSDT").trade(T, "1", "1").lines
    (tmp_path / "two").write_text("\n".join(lines))

    with pytest.raises(TapeUnreadable, match="records both BTCUSDT and ETHUSDT"):
        sniff(tmp_path / "two")


def test_reading_notices_how_the_recorders_clock_stood(tmp_path: Path) -> None:
    """Receive times are a statistic of latency and nothing else."""
    source = sniff(Path(Tape().depth(T).trade(T + 1, "1", "1").write(tmp_path / "tape")))
    reading = Reading()

    list(items_of(source, Price(1), Quantity(1), reading))

    assert reading.receive_lag == -5 * MILLISECOND


# ---------------------------------------------------------------------------------------------------------- archives

SPOT_AGG = "1,100.5,2,10,11,{at},True,True\n"
UM_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
UM_AGG = UM_HEADER + "1,100.5,2,10,11,{at},true\n"
SPOT_TRADES = "1,100.5,2,201,{at},False,True\n"
UM_TRADES = "id,price,qty,quote_qty,time,is_buyer_maker\n1,100.5,2,201,{at},false\n"


@pytest.mark.parametrize(
    "name, text, product, aggressor",
    [
        ("BTCUSDT-aggTrades-2024-08-08.csv", SPOT_AGG, Product.SPOT, Side.SELL),
        ("BTCUSDT-aggTrades-2024-08-08.csv", UM_AGG, Product.USDM, Side.SELL),
        ("BTCUSDT-trades-2024-08.csv", SPOT_TRADES, Product.SPOT, Side.BUY),
        ("BTCUSDT-trades-2024-08.csv", UM_TRADES, Product.USDM, Side.BUY),
        ("BTCUSD_PERP-trades-2024-08.csv", UM_TRADES, Product.COINM, Side.BUY),
    ],
)
@pytest.mark.parametrize("stamp", [f"{T}", f"{T}000"], ids=["ms", "us"])
def test_archive_rows_become_prints(
    tmp_path: Path, name: str, text: str, product: Product, aggressor: Side, stamp: str
) -> None:
    """With or without a header, ``True`` or ``true``, ms or µs: by the digits, never by the date."""
    (tmp_path / name).write_text(text.format(at=stamp))

    source = sniff(tmp_path / name)
    items = [item for _, item in items_of(source, Price(ONE // 100), Quantity(ONE // 1000))]

    assert source.product is product
    assert items[0] == Print(T * MILLISECOND, 1, 10_050_000_000, 2 * ONE, aggressor)


def test_a_folder_word_says_the_product_of_an_archive(tmp_path: Path) -> None:
    """The archive's own layout: futures/um/daily/… (old futures files have no header)."""
    folder = tmp_path / "futures" / "um"
    folder.mkdir(parents=True)
    (folder / "BTCUSDT-1m-2021-01-01.csv").write_text(f"{T},1,1,1,1,1,{T + 1},1,1,1,1,0\n")

    assert sniff(folder / "BTCUSDT-1m-2021-01-01.csv").product is Product.USDM


def test_archive_rows_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    """Some months had rows of two days interleaved."""
    path = tmp_path / "BTCUSDT-trades-2024-08.csv"
    path.write_text("".join(f"{n},100,1,100,{at},False,True\n" for n, at in ((1, T), (3, T + 900), (2, T + 800))))

    items = [item for _, item in items_of(sniff(path), Price(ONE), Quantity(ONE))]

    assert [item.id for item in items if isinstance(item, Print)] == [1, 2, 3]


def bar(tmp_path: Path, *, first: str, high: str, low: str, last: str, volume: str = "8") -> list[Item]:
    """The items of one bar of 59.999 s, tick 1 and step 1."""
    path = tmp_path / "BTCUSDT-1m-2024-08.csv"
    path.write_text(f"{T},{first},{high},{low},{last},{volume},{T + 59_999},0,0,0,0,0\n")
    return [item for _, item in items_of(sniff(path), Price(ONE), Quantity(ONE))]


def test_a_bar_is_a_path_over_the_nearer_extreme_first(tmp_path: Path) -> None:
    """Open 100, low 95 is nearer than high 110: down, up, then to the close; a quarter of the volume at each."""
    items = bar(tmp_path, first="100", high="110", low="95", last="105", volume="10")

    path = [item for item in items if isinstance(item, Print)]
    assert [(p.price // ONE, p.qty // ONE, p.aggressor) for p in path] == [
        (100, 2, Side.SELL),
        (95, 2, Side.SELL),
        (110, 2, Side.BUY),
        (105, 4, Side.SELL),
    ]
    assert [(p.at // MILLISECOND - T) for p in path] == [0, 19_999, 39_999, 59_999]


def test_a_tape_without_depth_gets_a_plain_book_around_each_print(tmp_path: Path) -> None:
    """Five levels each side, as far apart as the larger of a tick and a fiftieth of the bar's range (here 2)."""
    items = bar(tmp_path, first="100", high="200", low="100", last="200", volume="8")

    book = items[1]
    assert isinstance(book, Snapshot)
    assert [price // ONE for price, _ in book.bids] == [98, 96, 94, 92, 90]
    assert [(price // ONE, size // ONE) for price, size in book.asks] == [
        (102, 2),
        (104, 2),
        (106, 2),
        (108, 2),
        (110, 2),
    ]


def test_a_bar_that_contradicts_itself_is_named(tmp_path: Path) -> None:
    """Row and reason."""
    with pytest.raises(TapeUnreadable, match=r"line 1: no row of klines .*not between low and high"):
        bar(tmp_path, first="100", high="99", low="95", last="98")


def test_an_archive_row_with_a_strange_time_is_named(tmp_path: Path) -> None:
    """Ten digits are seconds: no file of the archive has them."""
    path = tmp_path / "BTCUSDT-trades-2024-08.csv"
    path.write_text("1,100,1,100,1723161255,False,True\n")

    with pytest.raises(TapeUnreadable, match=r"line 1.*no time in ms or µs"):
        list(items_of(Source(str(path), Kind.TRADES, Product.SPOT, "BTCUSDT"), Price(1), Quantity(1)))
