"""Orders that take their price from the book, and orders that show it a part of themselves."""

from typing import Any

import pytest

from tests.dialects.binance.spot.bench import Answer, Bench, decoded

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
MAKER = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT_MAKER", "quantity": "1"}


@pytest.fixture
def market(bench: Bench) -> Bench:
    """The last price is 100; bid 99 and 98, asked 101 and 102, five each."""
    bench.maker.sells("0.1", at=100)
    bench.third.buys("0.1", at=100)
    for away, who in ((1, bench.maker), (2, bench.third)):
        who.buys(5, at=100 - away)
        who.sells(5, at=100 + away)
    return bench


def place(bench: Bench, **sent: object) -> Answer:
    return bench.signed(bench.taker, "POST", "/api/v3/order", **{"newOrderRespType": "FULL", **sent})


def ask(bench: Bench, number: int) -> Any:
    return bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=number).body


@pytest.mark.parametrize(
    ("sent", "price", "status"),
    [
        ({**LIMIT, "pegPriceType": "PRIMARY_PEG"}, "99.00000000", "NEW"),
        ({**LIMIT, "pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "1"},
         "98.00000000", "NEW"),
        ({**LIMIT, "pegPriceType": "MARKET_PEG"}, "101.00000000", "FILLED"),
        ({**LIMIT, "pegPriceType": "MARKET_PEG", "timeInForce": "IOC"}, "101.00000000", "FILLED"),
        ({**MAKER, "pegPriceType": "PRIMARY_PEG"}, "101.00000000", "NEW"),
    ],
)  # fmt: skip
def test_a_pegged_order_has_the_price_of_a_level(market: Bench, sent: dict[str, str], price: str, status: str) -> None:
    """Its own side's best, one level deeper, or the other side's; it was sent without a price, and shows none."""
    told = place(market, **sent).body

    assert (told["status"], told["price"], told["peggedPrice"]) == (status, "0.00000000", price)
    assert told["pegPriceType"] == sent["pegPriceType"]
    assert (told.get("pegOffsetType"), told.get("pegOffsetValue")) == (
        ("PRICE_LEVEL", 1) if "pegOffsetValue" in sent else (None, None)
    )


def test_the_price_that_was_sent_beside_a_peg_is_the_one_that_is_shown(market: Bench) -> None:
    """At the best price, but at most 98: the book's 99 is dearer."""
    told = place(market, **LIMIT, pegPriceType="PRIMARY_PEG", price="98").body

    assert (told["price"], told["peggedPrice"]) == ("98.00000000", "98.00000000")


def test_a_pegged_stop_has_its_price_when_it_wakes(market: Bench) -> None:
    """Until then none is told."""
    heard = market.listens(market.taker)
    sent = {**LIMIT, "type": "STOP_LOSS_LIMIT", "stopPrice": "102", "pegPriceType": "PRIMARY_PEG"}
    told = place(market, **sent).body

    market.maker.buys(6, at=102)

    assert "peggedPrice" not in told
    asked = ask(market, told["orderId"])
    assert (asked["isWorking"], asked["peggedPrice"]) == (True, "99.00000000")
    reports = [row for row in decoded(heard) if row["e"] == "executionReport"]
    assert [(row["w"], row["gP"], row.get("gp")) for row in reports] == [
        (False, "PRIMARY_PEG", None),
        (True, "PRIMARY_PEG", "99.00000000"),
    ]


def test_a_book_without_that_level_is_too_thin(market: Bench) -> None:
    answer = place(market, **LIMIT, pegPriceType="PRIMARY_PEG", pegOffsetType="PRICE_LEVEL", pegOffsetValue="9")

    assert answer.body == {"code": -2010, "msg": "Order book liquidity is too low for this pegged order."}


def test_an_iceberg_shows_a_slice_and_tells_its_owner_how_large_that_is(market: Bench) -> None:
    """Depth and ladder know of 0.5; the owner's answers, queries and stream say so."""
    heard = market.listens(market.taker)

    told = place(market, **LIMIT, price="90", icebergQty="0.5").body

    depth = market.public("/api/v3/depth", symbol="BTCUSDT").body
    assert depth["bids"][-1] == ["90.00000000", "0.50000000"]
    assert (told["origQty"], told["icebergQty"]) == ("1.00000000", "0.50000000")
    assert ask(market, told["orderId"])["icebergQty"] == "0.50000000"
    assert decoded(heard)[0]["F"] == "0.50000000"


def test_an_order_that_is_no_iceberg_says_so_only_where_it_always_does(market: Bench) -> None:
    told = place(market, **LIMIT, price="90").body

    assert "icebergQty" not in told
    assert ask(market, told["orderId"])["icebergQty"] == "0.00000000"
