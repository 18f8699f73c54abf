"""Terms that look at the book: a price taken from a level, and what happens where one's own order stands."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.commands import SetAccountOption
from simexchange.core.vocabulary.orders import AccountOption, SelfTrade
from tests.dialects.binance.usdm.desk import FILTERS, Desk, decoded


@pytest.fixture
def deep(desk: Desk) -> Desk:
    """Bids at 99 … 97 and offers at 101 … 103 of the third person's and the maker's, 1 each."""
    for number, who in enumerate((desk.third, desk.maker, desk.third)):
        desk.order(who, "BUY", "1", str(99 - number))
        desk.order(who, "SELL", "1", str(101 + number))
    return desk


def _matched(desk: Desk, side: str, match: str, **terms: object) -> Any:
    """A limit order of the taker that takes its price from the book."""
    sent = {"symbol": "BTCUSDT", "side": side, "type": "LIMIT", "quantity": "0.1", "timeInForce": "GTC", **terms}
    return desk.signed(desk.taker, "POST", "/fapi/v1/order", priceMatch=match, **sent)


@pytest.mark.parametrize(
    ("side", "match", "price"),
    [
        ("BUY", "QUEUE", "99.00"),
        ("SELL", "QUEUE", "101.00"),
        ("BUY", "OPPONENT", "101.00"),
        ("SELL", "OPPONENT", "99.00"),
    ],
)
def test_the_price_is_that_of_a_level(deep: Desk, side: str, match: str, price: str) -> None:
    """The best of one's own side, or of the other; the answer and the row say how and what."""
    answer = _matched(deep, side, match).body
    row = deep.ask(deep.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=answer["orderId"])

    assert (answer["price"], answer["priceMatch"]) == (price, match)
    assert (row["price"], row["priceMatch"]) == (price, match)


def test_a_level_the_book_does_not_have_is_refused(deep: Desk) -> None:
    """Three levels a side: the fifth is nobody's (-5041)."""
    assert _matched(deep, "BUY", "QUEUE_5").code == -5041
    assert _matched(deep, "BUY", "OPPONENT_20").code == -5041


def test_the_fifth_level_is_counted_from_the_best(desk: Desk) -> None:
    """Offers at 100.1, 100.2 … 100.5: OPPONENT_5 buys up to 100.5."""
    for who, number in ((desk.maker, 1), (desk.maker, 2), (desk.maker, 3), (desk.third, 4), (desk.third, 5)):
        assert desk.order(who, "SELL", "0.1", f"100.{number}").status == 200

    answer = _matched(desk, "BUY", "OPPONENT_5", newOrderRespType="RESULT").body

    assert (answer["price"], answer["status"], answer["avgPrice"]) == ("100.50", "FILLED", "100.10000")


def test_a_price_match_passes_the_test_call_with_its_price(deep: Desk) -> None:
    """Nothing is placed; the answer says what the book would have given."""
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.1", "timeInForce": "GTX"}

    answer = deep.signed(deep.taker, "POST", "/fapi/v1/order/test", priceMatch="QUEUE", **sent)

    assert (answer.status, answer.body["price"], answer.body["priceMatch"]) == (200, "99.00", "QUEUE")
    assert deep.ask(deep.taker, "/fapi/v1/openOrders") == []


def test_a_stop_takes_its_price_from_the_book_of_the_moment_it_fires(deep: Desk) -> None:
    """It has no price while it waits; when 99 is traded the best offer is 101, and there it rests."""
    algo = deep.algo(deep.taker, "SELL", "STOP", triggerPrice="99", quantity="0.1", priceMatch="QUEUE").body

    deep.order(deep.taker, "SELL", "0.1", "99", timeInForce="IOC")
    row = deep.ask(deep.taker, "/fapi/v1/openOrders")[0]

    assert (algo["price"], algo["priceMatch"]) == ("0.00", "QUEUE")
    assert (row["price"], row["priceMatch"], row["origType"]) == ("101.00", "QUEUE", "STOP")


def _own(desk: Desk, mode: str | None, **terms: object) -> tuple[Any, Any]:
    """The taker bids 1 at 99 and sells 1 there, by *mode*: what became of the sell and of the bid."""
    bid = desk.order(desk.taker, "BUY", "1", "99").body["orderId"]
    said = {} if mode is None else {"selfTradePreventionMode": mode}
    sell = desk.order(desk.taker, "SELL", "1", "99", **said, **terms).body
    return sell, desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=bid)


@pytest.mark.parametrize(
    ("mode", "sell", "bid"),
    [
        ("EXPIRE_TAKER", "EXPIRED_IN_MATCH", "NEW"),
        ("EXPIRE_MAKER", "NEW", "EXPIRED_IN_MATCH"),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"),
        ("NONE", "FILLED", "FILLED"),
    ],
)
def test_each_mode_ends_its_own_side(desk: Desk, mode: str, sell: str, bid: str) -> None:
    """Nothing is traded but where that was asked for."""
    taken, made = _own(desk, mode)

    assert (taken["status"], made["status"]) == (sell, bid)
    assert taken["selfTradePreventionMode"] == mode
    assert taken["executedQty"] == ("1.000" if mode == "NONE" else "0.000")


def test_the_rules_of_the_market_speak_where_the_order_does_not() -> None:
    """This venue's derivatives expire the maker; answers and streams say so."""
    rules = msgspec.structs.replace(FILTERS, self_trade_default=int(SelfTrade.EXPIRE_MAKER))
    desk = Desk(filters=rules)
    heard = desk.listens(desk.taker)

    taken, made = _own(desk, None)

    assert (taken["selfTradePreventionMode"], taken["status"], made["status"]) == (
        "EXPIRE_MAKER", "NEW", "EXPIRED_IN_MATCH",
    )  # fmt: skip
    told = [event["o"] for event in decoded(heard) if event["e"] == "ORDER_TRADE_UPDATE"]
    assert [(row["x"], row["X"], row["V"], row["er"], row["z"]) for row in told] == [
        ("NEW", "NEW", "EXPIRE_MAKER", "0", "0"),
        ("NEW", "NEW", "EXPIRE_MAKER", "0", "0"),
        ("EXPIRED", "EXPIRED_IN_MATCH", "EXPIRE_MAKER", "1", "0"),
    ]
    assert not [event for event in decoded(heard) if event["e"] in ("TRADE_LITE", "ACCOUNT_UPDATE")]


@pytest.mark.parametrize(("tif", "reason"), [("GTC", "1"), ("IOC", "3")])
def test_an_immediate_order_that_met_its_own_has_a_reason_of_its_own(desk: Desk, tif: str, reason: str) -> None:
    """``er`` 1, and 3 for immediate-or-cancel."""
    desk.order(desk.taker, "BUY", "1", "99")
    heard = desk.listens(desk.taker)

    desk.order(desk.taker, "SELL", "1", "99", timeInForce=tif, selfTradePreventionMode="EXPIRE_TAKER")

    ended = decoded(heard)[-1]["o"]
    assert (ended["X"], ended["er"]) == ("EXPIRED_IN_MATCH", reason)


def test_what_the_account_chose_is_told_where_the_market_allows_it() -> None:
    """EXPIRE_BOTH counts before the market's rules, DECREMENT is not allowed there; the order itself wins."""
    rules = msgspec.structs.replace(FILTERS, self_trade_default=2, self_trade_modes=(1, 2, 3, 6))
    desk = Desk(filters=rules)

    def told(chosen: SelfTrade, **said: str) -> str:
        desk.run(SetAccountOption(desk.taker.no, AccountOption.SELF_TRADE, chosen))
        answer = desk.order(desk.taker, "BUY", "0.1", "95", **said).body
        desk.signed(desk.taker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
        return str(answer["selfTradePreventionMode"])

    assert told(SelfTrade.EXPIRE_BOTH) == "EXPIRE_BOTH"
    assert told(SelfTrade.DECREMENT) == "EXPIRE_MAKER"
    assert told(SelfTrade.EXPIRE_TAKER, selfTradePreventionMode="NONE") == "NONE"


def test_what_was_filled_before_stays_filled(desk: Desk) -> None:
    """0.4 taken by another, the rest prevented: the bid expired with 0.4 of 1."""
    bid = desk.order(desk.taker, "BUY", "1", "99").body["orderId"]
    desk.order(desk.third, "SELL", "0.4", "99")

    desk.order(desk.taker, "SELL", "1", "99", selfTradePreventionMode="EXPIRE_MAKER")
    row = desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=bid)

    assert (row["status"], row["origQty"], row["executedQty"], row["cumQuote"]) == (
        "EXPIRED_IN_MATCH", "1.000", "0.400", "39.60000",
    )  # fmt: skip
