"""What is asked before an order is placed, and what is said for the case that its owner goes away."""

import pytest

from simexchange.core.vocabulary.orders import AccountOption
from tests.dialects.bybit.v5.desk import LINEAR, Desk

CHECK, DCP = "/v5/order/pre-check", "/v5/order/disconnected-cancel-all"
BUY = {
    "category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "1", "price": "60000",
    "orderLinkId": "next",
}  # fmt: skip


def test_the_margin_after_an_order_is_told_and_nothing_happens(desk: Desk) -> None:
    """60,000 at ten times leverage, of a million and ten bitcoins: the rates are those of the order filled."""
    before = desk.seq
    told = desk.does(CHECK, BUY)
    assert (told["orderLinkId"], told["preImrE4"], told["preMmrE4"]) == ("next", 0, 0)
    assert told["postImrE4"] > told["postMmrE4"] > 0
    assert desk.seq == before
    made = desk.does("/v5/order/create", BUY)
    assert made["orderId"] == told["orderId"]
    desk.places(desk.alice, LINEAR, "Sell", 1, 60_000)
    after = desk.does(CHECK, {**BUY, "orderLinkId": "more"})
    assert abs(after["preImrE4"] - told["postImrE4"]) <= 1
    assert abs(after["preMmrE4"] - told["postMmrE4"]) <= 1


def test_an_order_that_would_be_refused_is_refused_with_what_it_would_be_called(desk: Desk) -> None:
    poor = desk.joined("dora", money={"unified": {"USDT": 100}})
    answer = desk.post(CHECK, BUY, poor)
    assert (answer.code, answer.result) == (110007, {})
    ext = answer.body["retExtInfo"]
    assert set(ext) == {"future_order_id", "future_order_link_id", "post_imr_e4", "post_mmr_e4"}
    assert ext["post_imr_e4"] > 10_000
    answer = desk.post(CHECK, {**BUY, "qty": "0.00001"})
    assert (answer.code, set(answer.body["retExtInfo"])) == (10001, {"future_order_id", "future_order_link_id"})


@pytest.mark.parametrize(
    "change",
    [
        {"category": "spot"}, {"category": "inverse", "symbol": "BTCUSD"}, {"qty": "0"}, {"qty": ""},
        {"triggerPrice": "70000", "triggerDirection": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_checked(desk: Desk, change: dict[str, object]) -> None:
    assert desk.post(CHECK, {**BUY, **change}).code == 10001


@pytest.mark.parametrize(
    ("product", "option"),
    [("SPOT", AccountOption.DISCONNECT_SPOT), ("DERIVATIVES", AccountOption.DISCONNECT_DERIVATIVES), (None, None)],
)
def test_a_window_is_set_for_a_product(desk: Desk, product: str | None, option: AccountOption | None) -> None:
    """Of options, which are meant where nothing is said, there are none."""
    sent = {"timeWindow": 40, **({} if product is None else {"product": product})}
    for _ in range(2):
        assert desk.does(DCP, sent) == {}
    told = desk.asks("/v5/account/query-dcp-info")["dcpInfos"]
    assert told == ([] if option is None else [{"product": product, "dcpStatus": "ON", "timeWindow": "40"}])
    options = desk.state.accounts[desk.bob.no].options
    assert {name: value for name, value in options.items() if value == 40} == ({} if option is None else {option: 40})


@pytest.mark.parametrize(
    "sent",
    [{}, {"timeWindow": 2}, {"timeWindow": 301}, {"timeWindow": "soon"}, {"timeWindow": 10, "product": "ALL"}],
)
def test_a_window_out_of_range_is_refused(desk: Desk, sent: dict[str, object]) -> None:
    assert desk.post(DCP, sent).code == 10001
    assert desk.state.accounts[desk.bob.no].options == {}
