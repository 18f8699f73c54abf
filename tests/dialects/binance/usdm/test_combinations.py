"""Every type of order with every set of parameters: taken in, or refused with the code of something wrong with it.

What each type needs and must not have is written down here from the documentation ("New Order", "New Algo Order",
seen 2026-11), apart from the tables that judge requests. Which of several faults is named is the venue's business: the
code must be that of one of them.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

import msgspec
import pytest

from tests.dialects.binance.usdm.desk import FILTERS, Desk


class Wants(msgspec.Struct, frozen=True):
    """What a type needs, and what it must not have beside the code it is refused with."""

    needed: tuple[str, ...]
    refused: Mapping[str, int] = {}
    values: Mapping[str, str] = {}
    """Where they differ from those of everybody."""


MISSING, SURPLUS, NO_MATCHING, NOT_CLOSING, CLOSES_A_QUANTITY = -1102, -1106, -5038, -4136, -4137
VALUES: dict[str, str] = {
    "timeInForce": "GTC",
    "quantity": "1",
    "price": "95",
    "triggerPrice": "95",
    "stopPrice": "95",
    "callbackRate": "1",
    "activatePrice": "110",
    "goodTillDate": "1800000000000",
    "closePosition": "true",
    "reduceOnly": "true",
    "priceMatch": "QUEUE",
    "workingType": "MARK_PRICE",
    "priceProtect": "true",
}
ORDERS: dict[str, Wants] = {
    "LIMIT": Wants(
        ("timeInForce", "quantity", "price"),
        {"stopPrice": SURPLUS, "goodTillDate": SURPLUS, "closePosition": NOT_CLOSING},
        {"price": "105"},
    ),
    "MARKET": Wants(
        ("quantity",),
        {
            "timeInForce": SURPLUS, "price": SURPLUS, "stopPrice": SURPLUS, "goodTillDate": SURPLUS,
            "closePosition": NOT_CLOSING, "priceMatch": NO_MATCHING,
        },
    ),
}  # fmt: skip
TO_A_LIMIT = {"callbackRate": SURPLUS, "activatePrice": SURPLUS, "goodTillDate": SURPLUS, "closePosition": NOT_CLOSING}
TO_A_MARKET = {
    "price": SURPLUS, "callbackRate": SURPLUS, "activatePrice": SURPLUS, "goodTillDate": SURPLUS,
    "priceMatch": NO_MATCHING,
}  # fmt: skip
ALGO_ORDERS: dict[str, Wants] = {
    "STOP": Wants(("quantity", "price", "triggerPrice"), TO_A_LIMIT),
    "TAKE_PROFIT": Wants(("quantity", "price", "triggerPrice"), TO_A_LIMIT, {"triggerPrice": "105"}),
    "STOP_MARKET": Wants(("quantity", "triggerPrice"), TO_A_MARKET),
    "TAKE_PROFIT_MARKET": Wants(("quantity", "triggerPrice"), TO_A_MARKET, {"triggerPrice": "105"}),
    "TRAILING_STOP_MARKET": Wants(
        ("quantity", "callbackRate"),
        {
            "price": SURPLUS, "triggerPrice": SURPLUS, "goodTillDate": SURPLUS, "priceMatch": NO_MATCHING,
            "closePosition": NOT_CLOSING,
        },
    ),
}  # fmt: skip


def answers(wants: Wants, sent: tuple[str, ...]) -> set[int | None]:
    """The codes of everything that is wrong with *sent*; None alone: it is taken in."""
    found: set[int | None] = {code for name, code in wants.refused.items() if name in sent}
    needed = set(wants.needed)
    if "priceMatch" in sent and "price" in needed:
        # The book gives the price.
        needed.discard("price")
        found |= {SURPLUS} if "price" in sent else set()
    if "closePosition" in sent and "closePosition" not in wants.refused:
        needed.discard("quantity")
        found |= {CLOSES_A_QUANTITY} if "quantity" in sent else set()
        found |= {SURPLUS} if "reduceOnly" in sent else set()
    found |= {MISSING} if needed - set(sent) else set()
    return found or {None}


def sets_of(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def long() -> Desk:
    """The taker is long 1 from 100; there is a bid and an offer."""
    desk = Desk()
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "1", "99")
    desk.order(desk.maker, "SELL", "1", "101")
    return desk


@pytest.mark.parametrize("kind", ORDERS)
def test_an_ordinary_order_is_taken_or_refused_for_what_is_wrong(kind: str) -> None:
    """Every set of nine parameters, tested so that nothing happens."""
    desk, wants = long(), ORDERS[kind]
    names = (
        "timeInForce", "quantity", "price", "stopPrice", "goodTillDate", "closePosition", "reduceOnly", "priceMatch",
        "workingType",
    )  # fmt: skip
    wrong = []
    for sent in sets_of(names):
        terms = {name: wants.values.get(name, VALUES[name]) for name in sent}
        answer = desk.signed(
            desk.taker, "POST", "/fapi/v1/order/test", symbol="BTCUSDT", side="SELL", type=kind, **terms
        )
        expected = answers(wants, sent)
        if answer.code not in expected:
            wrong.append((sent, answer.code, expected))

    assert wrong == []


@pytest.mark.parametrize("kind", ALGO_ORDERS)
def test_a_conditional_order_is_taken_or_refused_for_what_is_wrong(kind: str) -> None:
    """Every set of nine parameters; what is taken in is canceled again."""
    desk, wants = long(), ALGO_ORDERS[kind]
    names = (
        "quantity", "price", "triggerPrice", "callbackRate", "activatePrice", "goodTillDate", "closePosition",
        "reduceOnly", "priceMatch",
    )  # fmt: skip
    wrong = []
    for sent in sets_of(names):
        terms = {name: wants.values.get(name, VALUES[name]) for name in sent}
        answer = desk.algo(desk.taker, "SELL", kind, **terms)
        expected = answers(wants, sent)
        if answer.code not in expected:
            wrong.append((sent, answer.code, expected))
        if answer.status == 200:
            desk.signed(desk.taker, "DELETE", "/fapi/v1/algoOrder", algoId=answer.body["algoId"])

    assert wrong == []


@pytest.mark.parametrize("kind", ALGO_ORDERS)
def test_a_conditional_order_belongs_to_the_algo_service_whatever_else_is_wrong(kind: str) -> None:
    """-4120 at the call for ordinary orders."""
    desk = long()
    names = ("timeInForce", "quantity", "price", "stopPrice", "callbackRate", "closePosition")

    codes = {
        desk.signed(
            desk.taker, "POST", "/fapi/v1/order", symbol="BTCUSDT", side="SELL", type=kind,
            **{name: VALUES[name] for name in sent},
        ).code
        for sent in sets_of(names)
    }  # fmt: skip

    assert codes == {-4120}


@pytest.mark.parametrize("kind", ALGO_ORDERS)
@pytest.mark.parametrize("tif", ["GTC", "IOC", "FOK", "GTX", "GTD", "GTE_GTC"])
def test_each_time_in_force_is_taken_where_it_means_something(kind: str, tif: str) -> None:
    """GTX of what becomes a market order is no time in force; GTD needs its date; the others go with every type."""
    desk, wants = long(), ALGO_ORDERS[kind]
    terms = {name: wants.values.get(name, VALUES[name]) for name in wants.needed}

    answer = desk.algo(desk.taker, "SELL", kind, timeInForce=tif, **terms)
    dated = desk.algo(desk.taker, "SELL", kind, timeInForce=tif, goodTillDate=VALUES["goodTillDate"], **terms)

    if tif == "GTX" and "price" not in wants.needed:
        assert (answer.code, dated.code) == (-1115, -1115)
    elif tif == "GTD":
        assert (answer.code, dated.code) == (-1102, None)
    else:
        assert (answer.code, dated.code) == (None, -1106)
        assert answer.body["timeInForce"] == (tif if tif == "GTE_GTC" or "price" in wants.needed else "GTC")


BAD_VALUES: list[tuple[str, str, int]] = [
    ("algoType", "VP", -1130),
    ("symbol", "NOPE", -1121),
    ("side", "UP", -1117),
    ("type", "LIMIT", -1116),
    ("positionSide", "LONG", -4061),
    ("positionSide", "UP", -4060),
    ("quantity", "0", -4003),
    ("quantity", "0.0001", -1111),
    ("quantity", "0.01", -4164),
    ("quantity", "9999999", -4005),
    ("triggerPrice", "0", -4006),
    ("triggerPrice", "-1", -4006),
    ("triggerPrice", "many", -1102),
    ("triggerPrice", "95.001", -1111),
    ("triggerPrice", "99999999999", -4007),
    ("triggerPrice", "105", -2021),
    ("timeInForce", "ALWAYS", -1115),
    ("workingType", "INDEX_PRICE", -4031),
    ("priceProtect", "maybe", -1130),
    ("reduceOnly", "maybe", -1130),
    ("clientAlgoId", "a" * 37, -4015),
    ("clientAlgoId", "ä", -4015),
    ("selfTradePreventionMode", "DECREMENT", -5039),
    ("priceMatch", "QUEUE_7", -5037),
    ("closePosition", "maybe", -1130),
]


@pytest.mark.parametrize(("name", "value", "code"), BAD_VALUES)
def test_a_value_nobody_can_mean_has_a_code_of_its_own(name: str, value: str, code: int) -> None:
    """One wrong value in a good stop."""
    desk = long()
    good = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "1"}

    answer = desk.signed(
        desk.taker, "POST", "/fapi/v1/algoOrder", **{**good, "triggerPrice": "95", name: value}
    )  # fmt: skip

    assert (answer.status, answer.code) == (400, code), answer.body


@pytest.mark.parametrize("rate", ["0", "0.05", "0.15", "20.1", "-1", "99999999999999"])
def test_a_callback_rate_goes_from_a_tenth_to_twenty_in_tenths(rate: str) -> None:
    """-2007, as clients report; 0.1 and 20 are taken."""
    desk = long()

    refused = desk.algo(desk.taker, "SELL", "TRAILING_STOP_MARKET", quantity="1", callbackRate=rate)
    taken = [
        desk.algo(desk.taker, "SELL", "TRAILING_STOP_MARKET", quantity="1", callbackRate=good).status
        for good in ("0.1", "20")
    ]

    assert refused.code == -2007
    assert taken == [200, 200]


def test_an_activation_that_is_reached_already_is_refused() -> None:
    """A sell begins above the last price of 100, a buy below it."""
    desk = long()
    trailing = {"quantity": "1", "callbackRate": "1"}

    sell = desk.algo(desk.taker, "SELL", "TRAILING_STOP_MARKET", activatePrice="99", **trailing)
    buy = desk.algo(desk.taker, "BUY", "TRAILING_STOP_MARKET", activatePrice="101", **trailing)
    zero = desk.algo(desk.taker, "BUY", "TRAILING_STOP_MARKET", activatePrice="0", **trailing)

    assert (sell.code, buy.code, zero.code) == (-2021, -2021, -4135)


def test_a_name_is_given_once_among_open_orders() -> None:
    """-4116; ordinary and conditional orders share their names, as the order a stop becomes keeps its name."""
    desk = long()
    stop = {"quantity": "1", "triggerPrice": "95", "clientAlgoId": "a"}

    first = desk.algo(desk.taker, "SELL", "STOP_MARKET", **stop)
    second = desk.algo(desk.taker, "SELL", "STOP_MARKET", **stop)
    ordinary = desk.order(desk.taker, "SELL", "1", "105", newClientOrderId="a")

    assert (first.status, second.code, ordinary.code) == (200, -4116, -4116)


def test_closing_a_position_is_reducing_it() -> None:
    """``reduceOnly=false`` beside ``closePosition`` contradicts it."""
    desk = long()

    answer = desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="95", closePosition="true", reduceOnly="false")

    assert answer.code == -4138


def test_an_account_has_so_many_conditional_orders_and_no_more() -> None:
    """Two where the rules say two (200 over all contracts on the venue): the third is -4045."""
    desk = Desk(filters=msgspec.structs.replace(FILTERS, max_conditional_orders=2))
    desk.opens(desk.taker, "1")

    codes = [
        desk.algo(desk.taker, "SELL", "STOP_MARKET", quantity="1", triggerPrice=price).code
        for price in ("97", "96", "95")
    ]

    assert codes == [None, None, -4045]


def test_a_protected_stop_ends_where_last_price_and_mark_are_apart() -> None:
    """Five percent: the mark falls to 90 while 100 was traded last, so the stop on the mark does not sell."""
    desk = Desk(filters=msgspec.structs.replace(FILTERS, trigger_protect=5_000_000))
    desk.opens(desk.taker, "1")
    stop = {"quantity": "1", "triggerPrice": "95", "workingType": "MARK_PRICE"}
    kept, sold = (
        desk.algo(desk.taker, "SELL", "STOP_MARKET", priceProtect=protect, **stop).body["algoId"]
        for protect in ("true", "false")
    )
    desk.order(desk.maker, "BUY", "1", "90")

    desk.mark(90)

    status = {algo: desk.ask(desk.taker, "/fapi/v1/algoOrder", algoId=algo)["algoStatus"] for algo in (kept, sold)}
    assert status == {kept: "EXPIRED", sold: "FINISHED"}
