"""Why an order ended, as answers and the private stream say it; and that one step is one moment."""

from collections.abc import Callable

import pytest

from simexchange.core.vocabulary.commands import SetMarketStatus, SetReferencePrice, Withdraw
from simexchange.core.vocabulary.markets import Filters, MarketStatus
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, Rate
from tests.dialects.binance.spot.bench import Bench, decoded
from tests.dialects.binance.spot.test_lists import OCO, OTO

BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "2"}
STOP = {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "1", "stopPrice": "110"}


def place(bench: Bench, path: str = "order", **sent: object) -> None:
    assert bench.signed(bench.taker, "POST", f"/api/v3/{path}", **sent).status == 200


def immediate(bench: Bench) -> None:
    bench.maker.sells(1, at=100)
    place(bench, **BUY, timeInForce="IOC", price="100")


def all_or_nothing(bench: Bench) -> None:
    bench.maker.sells(1, at=100)
    place(bench, **BUY, timeInForce="FOK", price="100")


def at_market(bench: Bench) -> None:
    bench.maker.sells(1, at=100)
    place(bench, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="2")


def out_of_range(bench: Bench) -> None:
    """At most twice the reference price of 10."""
    bench.run(SetReferencePrice(bench.market, Price(10 * ONE)))
    bench.maker.sells(1, at=20)
    bench.maker.sells(1, at=21)
    place(bench, **BUY, timeInForce="GTC", price="21")


def one_of_a_pair(bench: Bench) -> None:
    place(bench, "orderList/oco", **OCO)
    bench.third.buys(1, at=110)


def behind_a_working_one(bench: Bench) -> None:
    place(bench, "orderList/oto", **{**OTO, "workingTimeInForce": "IOC"})


def refused_when_woken(bench: Bench) -> None:
    bench.maker.sells(1, at=400)
    place(bench, **STOP)
    bench.run(Withdraw(bench.taker.no, "spot", "USDT", Amount(bench.taker.has("USDT")[0] * ONE)))
    bench.maker.sells("0.1", at=110)
    bench.third.buys("0.1", at=110)


ENDINGS: list[tuple[str, Callable[[Bench], None], Filters]] = [
    ("UNFILLED_IOC_QUANTITY_EXPIRED", immediate, Filters()),
    ("UNFILLED_FOK_ORDER_EXPIRED", all_or_nothing, Filters()),
    ("INSUFFICIENT_LIQUIDITY", at_market, Filters()),
    ("EXECUTION_RULE_PRICE_RANGE_EXCEEDED", out_of_range, Filters(range_bid_up=Rate(2 * ONE))),
    ("OCO_TRIGGER", one_of_a_pair, Filters()),
    ("OTO_PHASE_ONE_EXPIRED", behind_a_working_one, Filters()),
    ("REJECTED", refused_when_woken, Filters()),
]


@pytest.mark.parametrize(("reason", "story", "filters"), ENDINGS, ids=[row[0] for row in ENDINGS])
def test_an_expired_order_says_the_same_reason_to_the_stream_and_to_whoever_asks(
    reason: str, story: Callable[[Bench], None], filters: Filters
) -> None:
    """Each ends the taker's order in its own way."""
    bench = Bench(filters=filters)
    bench.maker.sells("0.1", at=100)
    bench.third.buys("0.1", at=100)
    heard = bench.listens(bench.taker)

    story(bench)

    ended = next(row for row in decoded(heard) if row.get("eR") == reason)
    rows = bench.signed(bench.taker, "GET", "/api/v3/allOrders", symbol="BTCUSDT").body
    assert (ended["x"], ended["X"]) == ("EXPIRED", "EXPIRED")
    assert [row["status"] for row in rows if row.get("expiryReason") == reason] == ["EXPIRED"]


def test_orders_of_a_market_that_closes_are_canceled(bench: Bench) -> None:
    """By the venue, and told as such; nothing is held any more."""
    place(bench, **BUY, timeInForce="GTC", price="90")
    heard = bench.listens(bench.taker)

    bench.run(SetMarketStatus(bench.market, MarketStatus.DELISTED))

    assert [(row["e"], row.get("X")) for row in decoded(heard)] == [
        ("executionReport", "CANCELED"), ("outboundAccountPosition", None),
    ]  # fmt: skip
    assert bench.taker.has("USDT") == (1_000_000, 0)


def test_everything_of_one_step_has_one_time(bench: Bench) -> None:
    """Three levels swept: NEW, three fills and the balances, all at the instant of the step, for both sides."""
    for price in (100, 101, 102):
        bench.maker.sells(1, at=price)
    bench.at += SECOND
    mine, theirs = bench.listens(bench.taker), bench.listens(bench.maker)

    bench.taker.buys(3)

    told = decoded(mine) + decoded(theirs)
    assert len(told) == 9
    assert {row["T"] if row["e"] == "executionReport" else row["u"] for row in told} == {bench.now_ms()}
    assert [row["e"] for row in decoded(mine)].count("outboundAccountPosition") == 1


def test_an_execution_has_a_number_of_its_own_among_everybodys(bench: Bench) -> None:
    """One maker and a stranger are swept: of each trade the maker's number comes right before the taker's."""
    bench.maker.sells(1, at=100)
    bench.third.sells(1, at=101)
    heard = {person.name: bench.listens(person) for person in (bench.maker, bench.taker, bench.third)}

    bench.taker.buys(3)

    ids = {name: [row["I"] for row in decoded(told) if row["e"] == "executionReport"] for name, told in heard.items()}
    new, first, second, expired = ids["taker"]
    assert (ids["maker"], ids["third"]) == ([first - 1], [second - 1])
    assert new < first - 1 < first < second - 1 < second < expired
