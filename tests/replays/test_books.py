"""The books that clients keep are held against the truth; here the truth itself is, and that a wrong book is found."""

import json
from pathlib import Path

import pytest

from clients.books import compare, truth
from simexchange.core.vocabulary.units import decimal_text
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import replay
from simexchange.projections.views import Views

LOG = Path(__file__).resolve().parent.parent.parent / "fixtures" / "logs" / "matching.jsonl"
MARKET = "spot:BTC-USDT"
EVERY = range(10_000)


def as_texts(book: object) -> list[list[list[str]]]:
    """A book as a client writes it down."""
    return [[[str(price), str(size)] for price, size in side.items()] for side in book]  # type: ignore[attr-defined]


def kept(folder: Path, rows: list[tuple[int, int, object]]) -> Path:
    file = folder / "kept.jsonl"
    file.write_text("".join(json.dumps([MARKET, seq, best, *as_texts(book)]) + "\n" for seq, best, book in rows))
    return file


def test_the_last_book_is_the_one_everybody_sees() -> None:
    """The engine's ladders and the view the dialects read say the same."""
    views = Views()
    log = open_log(str(LOG))
    try:
        state = replay(log, views)
    finally:
        log.close()
    no = state.market_no[MARKET]

    bids, asks = truth(str(LOG), MARKET, EVERY)[views.depth.seq(no)]

    seen = views.depth.levels(no, 1_000)
    shown = [[(decimal_text(price), decimal_text(size)) for price, size in side] for side in seen]
    assert [[(str(price), str(size)) for price, size in side.items()] for side in (bids, asks)] == shown


def test_true_books_pass_and_the_first_wrong_one_is_named(tmp_path: Path) -> None:
    true = truth(str(LOG), MARKET, EVERY)
    rows: list[tuple[int, int, object]] = [(seq, 0, book) for seq, book in true.items()]
    seq, (bids, asks) = next((seq, book) for seq, book in true.items() if book[0])
    wrong = ({price: size + 1 for price, size in bids.items()}, asks)

    assert f"{len(rows)} books at {len(rows)} update ids" in compare(str(LOG), kept(tmp_path, rows))
    with pytest.raises(AssertionError, match=f"at {seq}: bids"):
        compare(str(LOG), kept(tmp_path, [*rows, (seq, 0, wrong)]))


def test_a_client_that_keeps_the_best_levels_is_held_to_those(tmp_path: Path) -> None:
    true = truth(str(LOG), MARKET, EVERY)
    seq, (bids, asks) = max(true.items(), key=lambda item: len(item[1][0]))
    first = (dict([max(bids.items())]), dict([min(asks.items())] if asks else []))

    compare(str(LOG), kept(tmp_path, [(seq, 1, first)]))
    if len(bids) > 1:
        with pytest.raises(AssertionError, match="bids"):
            compare(str(LOG), kept(tmp_path, [(seq, 1, ({min(bids): bids[min(bids)]}, asks))]))
