"""Smart order routing as a client sees it. Books and answers of the venue's "SOR FAQ" (seen 2026-11)."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.test_routing import ASKS, BIDS, QUOTES
from tests.core.world import SPOT
from tests.dialects.binance.spot.bench import Answer, Bench, decoded

Book = dict[str, list[tuple[str, str]]]


def routed(bench: Bench, book: Book, *, asks: bool) -> Bench:
    """The books of BTC in three quote assets, all the maker's."""
    bench.run(cmd.AdoptBundle(Bundle("binance", routing=QUOTES)))
    for quote in QUOTES[1:]:
        spec = Market(
            f"spot:BTC-{quote}", MarketKind.SPOT, "BTC", quote, quote, Price(ONE // 100), Quantity(ONE // 1000)
        )
        bench.run(cmd.ListMarket(spec))
        bench.run(cmd.SetRules("binance", bench.state.market_no[spec.id], MarketRules(Filters(), Rate(0), Rate(0))))
        bench.run(cmd.Deposit(bench.maker.no, "spot", quote, Amount(1_000_000 * ONE)))
    for quote, levels in book.items():
        bench.market = bench.state.market_no[f"spot:BTC-{quote}"]
        for price, qty in levels:
            (bench.maker.sells if asks else bench.maker.buys)(qty, at=price)
    bench.market = bench.state.market_no[SPOT]
    return bench


@pytest.fixture
def offered() -> Bench:
    """Examples 1 to 3."""
    return routed(Bench(filters=Filters(), maker_fee="0", taker_fee="0"), ASKS, asks=True)


def send(bench: Bench, side: str, quantity: str, price: str | None = None, **sent: object) -> Answer:
    kind = {"type": "MARKET"} if price is None else {"type": "LIMIT", "timeInForce": "GTC", "price": price}
    return bench.signed(
        bench.taker, "POST", "/api/v3/sor/order", symbol="BTCUSDT", side=side, quantity=quantity, **kind, **sent
    )


def given(body: Any) -> list[tuple[str, str, int]]:
    return [(row["price"], row["qty"], row["allocId"]) for row in body["fills"]]


def test_example_1_buys_half_a_coin_where_it_is_cheapest(offered: Bench) -> None:
    """FULL is the form where none is asked for."""
    answer = send(offered, "BUY", "0.5", "31000")

    assert (answer.status, answer.reply.order_count) == (200, 1)
    body = answer.body
    assert (body["status"], body["executedQty"], body["cummulativeQuoteQty"]) == (
        "FILLED", "0.50000000", "14000.00000000",
    )  # fmt: skip
    assert (body["workingFloor"], body["usedSor"], body["selfTradePreventionMode"]) == ("SOR", True, "NONE")
    assert body["fills"] == [
        {
            "price": "28000.00000000",
            "qty": "0.50000000",
            "commission": "0.00000000",
            "commissionAsset": "BTC",
            "matchType": "ONE_PARTY_TRADE_REPORT",
            "tradeId": -1,
            "allocId": 0,
        }
    ]


def test_example_3_takes_all_there_is_and_expires(offered: Bench) -> None:
    """10 of 11, best price first, whatever the book."""
    body = send(offered, "BUY", "11").body

    assert (body["status"], body["executedQty"], body["type"], body["workingFloor"]) == (
        "EXPIRED", "10.00000000", "MARKET", "SOR",
    )  # fmt: skip
    assert given(body) == [
        ("28000.00000000", "1.00000000", 0),
        ("29000.00000000", "1.00000000", 1),
        ("30000.00000000", "1.00000000", 2),
        ("30500.00000000", "3.00000000", 3),
        ("30800.00000000", "3.00000000", 4),
        ("35000.00000000", "1.00000000", 5),
    ]


def test_example_4_sells_at_the_better_prices_of_other_books() -> None:
    """10 at 35,000 and 30,000 instead of 5 at 29,500: 325,000 USDT."""
    bench = routed(Bench(filters=Filters(), maker_fee="0", taker_fee="0"), BIDS, asks=False)

    body = send(bench, "SELL", "10", "29000").body

    assert (body["status"], body["cummulativeQuoteQty"]) == ("FILLED", "325000.00000000")
    assert given(body) == [("35000.00000000", "5.00000000", 0), ("30000.00000000", "5.00000000", 1)]
    assert [row["commissionAsset"] for row in body["fills"]] == ["USDT", "USDT"]


def test_what_is_left_rests_in_the_book_it_was_sent_to(offered: Bench) -> None:
    """From then on it works there: EXCHANGE."""
    body = send(offered, "BUY", "2", "28500").body

    asked = offered.signed(offered.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=body["orderId"]).body
    assert (body["status"], body["workingFloor"]) == ("PARTIALLY_FILLED", "EXCHANGE")
    assert (asked["usedSor"], asked["workingFloor"], asked["executedQty"]) == (True, "EXCHANGE", "1.00000000")
    assert offered.public("/api/v3/depth", symbol="BTCUSDT").body["bids"] == [["28500.00000000", "1.00000000"]]


def test_allocations_are_asked_for_apart_from_trades(offered: Bench) -> None:
    """By symbol, by order, from a number on; the trade list knows nothing of them."""
    first = send(offered, "BUY", "2", "30000").body["orderId"]
    second = send(offered, "BUY", "1", "30000").body["orderId"]

    def told(**sent: object) -> Any:
        return offered.signed(offered.taker, "GET", "/api/v3/myAllocations", symbol="BTCUSDT", **sent).body

    assert told()[0] == {
        "symbol": "BTCUSDT",
        "allocationId": 0,
        "allocationType": "SOR",
        "orderId": first,
        "orderListId": -1,
        "price": "28000.00000000",
        "qty": "1.00000000",
        "quoteQty": "28000.00000000",
        "commission": "0.00000000",
        "commissionAsset": "BTC",
        "time": offered.now_ms(),
        "isBuyer": True,
        "isMaker": False,
        "isAllocator": False,
    }
    assert [row["allocationId"] for row in told()] == [0, 1, 2]
    assert [row["allocationId"] for row in told(orderId=second)] == [2]
    assert [row["allocationId"] for row in told(fromAllocationId=1)] == [1, 2]
    assert [row["allocationId"] for row in told(fromAllocationId=1, orderId=first)] == [1]
    assert [row["allocationId"] for row in told(startTime=1, endTime=2)] == []
    assert told(orderId=1, startTime=1)["code"] == -1128
    assert offered.signed(offered.taker, "GET", "/api/v3/myTrades", symbol="BTCUSDT").body == []


def test_the_stream_tells_an_allocation_in_place_of_a_trade(offered: Bench) -> None:
    heard = offered.listens(offered.taker)

    send(offered, "BUY", "0.5", "31000")

    reports = [row for row in decoded(heard) if row["e"] == "executionReport"]
    assert [(row["x"], row["s"], row["t"], row.get("b"), row.get("a"), row["k"], row["uS"]) for row in reports] == [
        ("NEW", "BTCUSDT", -1, None, None, "EXCHANGE", True),
        ("TRADE", "BTCUSDT", -1, "ONE_PARTY_TRADE_REPORT", 0, "SOR", True),
    ]


def test_the_exchange_says_which_books_are_routed_over(offered: Bench) -> None:
    sors = [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC", "BTCUSDP"]}]

    assert offered.public("/api/v3/exchangeInfo").body["sors"] == sors
    assert "sors" not in Bench().public("/api/v3/exchangeInfo").body


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"type": "STOP_LOSS"}, -1116),
        ({"type": "LIMIT_MAKER"}, -1116),
        ({"quoteOrderQty": "5"}, -1104),
        ({"stopPrice": "5"}, -1104),
        ({"pegPriceType": "PRIMARY_PEG"}, -1104),
        ({"quantity": ""}, -1102),
        ({"type": "LIMIT", "price": "5"}, -1102),
        ({"price": "5"}, -1106),
        ({"timeInForce": "GTC"}, -1106),
        ({"icebergQty": "0.5"}, -1106),
    ],
)
def test_only_plain_orders_are_routed(offered: Bench, sent: dict[str, str], code: int) -> None:
    """A market order of 1 is good; each of these changes makes it none."""
    before = offered.seq
    good = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}

    answer = offered.signed(offered.taker, "POST", "/api/v3/sor/order", **{**good, **sent})

    assert (answer.code, offered.seq) == (code, before), answer.body


def test_a_symbol_that_is_not_routed_says_so(bench: Bench) -> None:
    """Orders and test orders alike: no book is needed to know it."""
    refusal = {"code": -1020, "msg": "This operation is not supported."}
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}

    assert send(bench, "BUY", "1", "90").body == refusal
    assert bench.signed(bench.taker, "POST", "/api/v3/sor/order/test", **sent).body == refusal


def test_a_test_order_tells_no_special_commissions(offered: Bench) -> None:
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
    plain = offered.signed(offered.taker, "POST", "/api/v3/sor/order/test", **sent)
    told = offered.api("sor.order.test", {**sent, "computeCommissionRates": True}, offered.taker)

    assert (plain.status, plain.body) == (200, {})
    assert set(told["result"]) == {"standardCommissionForOrder", "taxCommissionForOrder", "discount"}


def test_the_socket_api_routes_alike(offered: Bench) -> None:
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.5"}

    placed = offered.api("sor.order.place", sent, offered.taker)
    told = offered.api("myAllocations", {"symbol": "BTCUSDT"}, offered.taker)

    assert placed["result"]["fills"][0]["allocId"] == told["result"][0]["allocationId"] == 0
