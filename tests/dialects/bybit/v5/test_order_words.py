"""Words that follow from neutral facts: every status, end and refusal has one."""

import pytest

from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.orders import (
    EndReason,
    OrderKind,
    OrderStatus,
    Origin,
    Side,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Nanos, Price, Quantity, Rate
from simexchange.dialects.bybit.common import ids
from simexchange.dialects.bybit.v5 import errors, orderwords as words
from simexchange.projections.orders import OrderRow

SPOT = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000))
PERP = Market("perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", Price(ONE // 10), Quantity(ONE // 1000))
STOP = Terms(trigger=Trigger(Price(90 * ONE), TriggerPrice.MARK, rising=False))


def row(
    status: OrderStatus = OrderStatus.NEW, reason: EndReason | None = None, *, filled: int = 0,
    more: Terms | None = None, side: Side = Side.BUY, woke: bool = False, kind: OrderKind = OrderKind.LIMIT,
) -> OrderRow:  # fmt: skip
    """An order of ten."""
    made = OrderRow(
        OrderId(7), AccountNo(1), MarketNo(1), side, kind, TimeInForce.GTC, Price(100 * ONE), Quantity(10),
        Quantity(10 - filled), "", more, Nanos(1), Nanos(2), Nanos(1), status, reason,
    )  # fmt: skip
    made.triggered_at = Nanos(2 if woke else 0)
    return made


@pytest.mark.parametrize(
    ("facts", "contracts", "spot"),
    [
        (row(), "New", "New"),
        (row(OrderStatus.PARTIALLY_FILLED, filled=4), "PartiallyFilled", "PartiallyFilled"),
        (row(OrderStatus.FILLED, filled=10), "Filled", "Filled"),
        (row(OrderStatus.CANCELED, EndReason.USER), "Cancelled", "Cancelled"),
        (row(OrderStatus.CANCELED, EndReason.USER, filled=4), "Cancelled", "PartiallyFilledCanceled"),
        (row(OrderStatus.EXPIRED, EndReason.IOC_REMAINDER, filled=4), "Cancelled", "PartiallyFilledCanceled"),
        (row(OrderStatus.EXPIRED, EndReason.POST_ONLY_WOULD_TAKE), "Cancelled", "Cancelled"),
        (row(OrderStatus.PENDING, more=STOP), "Untriggered", "Untriggered"),
        (row(OrderStatus.TRIGGERED, more=STOP), "Triggered", "Triggered"),
        (row(more=STOP, woke=True), "New", "New"),
        (row(OrderStatus.CANCELED, EndReason.USER, more=STOP), "Deactivated", "Deactivated"),
        (row(OrderStatus.CANCELED, EndReason.USER, more=STOP, woke=True), "Cancelled", "Cancelled"),
        (row(OrderStatus.EXPIRED, EndReason.TRIGGER_REFUSED, more=STOP, woke=True), "Rejected", "Rejected"),
        (row(OrderStatus.REJECTED), "Rejected", "Rejected"),
    ],
)
def test_a_status_follows_from_facts(facts: OrderRow, contracts: str, spot: str) -> None:
    """That of what ended partly filled differs by category, and so does nothing else."""
    assert words.status_word(facts, spot=False) == contracts
    assert words.status_word(facts, spot=True) == spot


@pytest.mark.parametrize(
    ("reason", "rejected", "canceled"),
    [
        (EndReason.USER, "EC_PerCancelRequest", "CancelByUser"),
        (EndReason.POST_ONLY_WOULD_TAKE, "EC_PostOnlyWillTakeLiquidity", "UNKNOWN"),
        (EndReason.IOC_REMAINDER, "EC_NoImmediateQtyToFill", "UNKNOWN"),
        (EndReason.FOK_UNFILLED, "EC_CancelForNoFullFill", "UNKNOWN"),
        (EndReason.REDUCE_ONLY, "EC_NoError", "CancelByReduceOnly"),
        (EndReason.SELF_TRADE, "EC_BySelfMatch", "CancelBySmp"),
        (EndReason.POSITION_GONE, "EC_NoError", "CancelByTpSlTsClear"),
        (EndReason.LIQUIDATION, "EC_NoError", "CancelAllBeforeLiq"),
        (EndReason.DELISTED, "EC_NoError", "CancelBySettle"),
    ],
)
def test_an_end_has_a_reason_or_somebody_who_wanted_it(reason: EndReason, rejected: str, canceled: str) -> None:
    ended = row(OrderStatus.EXPIRED, reason)
    assert (words.reject_word(ended), words.cancel_word(ended)) == (rejected, canceled)


def test_no_end_is_without_words() -> None:
    """Every reason but a time that is over, which no client can ask for, is told one way or the other."""
    ended = [row(OrderStatus.EXPIRED, reason) for reason in EndReason]
    untold = {
        each.end_reason
        for each in ended
        if (words.reject_word(each), words.cancel_word(each)) == ("EC_NoError", "UNKNOWN")
    }
    assert untold == {EndReason.GOOD_TILL}


@pytest.mark.parametrize(
    ("spec", "side", "more", "stop", "created"),
    [
        (PERP, Side.BUY, None, "", "CreateByUser"),
        (PERP, Side.SELL, STOP, "Stop", "CreateByStopOrder"),
        (SPOT, Side.SELL, STOP, "tpslOrder", "CreateByStopOrder"),
        (SPOT, Side.SELL, Terms(trigger=STOP.trigger, unheld=True), "Stop", "CreateByStopOrder"),
        (
            PERP, Side.SELL, Terms(trigger=STOP.trigger, close_all=True, origin=Origin.TPSL), "StopLoss",
            "CreateByStopLoss",
        ),
        (
            PERP, Side.BUY, Terms(trigger=STOP.trigger, reduce_only=True, origin=Origin.TPSL), "PartialTakeProfit",
            "CreateByPartialTakeProfit",
        ),
        (
            PERP, Side.SELL,
            Terms(trigger=Trigger(Price(0), trailing=Rate(1_000_000)), close_all=True, origin=Origin.TPSL),
            "TrailingStop", "CreateByTrailingStop",
        ),
        (PERP, Side.SELL, Terms(origin=Origin.LIQUIDATION), "", "CreateByLiq"),
        (PERP, Side.SELL, Terms(origin=Origin.ADL), "", "CreateByAdl_PassThrough"),
    ],
)  # fmt: skip
def test_what_an_order_is_follows_from_its_terms(
    spec: Market, side: Side, more: Terms | None, stop: str, created: str
) -> None:
    assert words.stop_word(spec, side, more) == stop
    assert words.create_word(spec, side, more) == created


def test_what_a_client_said_besides_is_found_again() -> None:
    wire = words.wire_of("closeOnTrigger", "", "TickSize=10")
    assert wire == "closeOnTrigger TickSize=10"
    assert words.said(wire) == {"closeOnTrigger": "", "TickSize": "10"}


def test_a_market_order_is_told_as_one_that_does_not_rest() -> None:
    assert words.tif_word(row(kind=OrderKind.MARKET)) == "IOC"
    assert words.tif_word(row()) == "GTC"


@pytest.mark.parametrize("reason", list(RejectReason))
def test_every_refusal_has_a_code_and_a_text_in_both_categories(reason: RejectReason) -> None:
    for spot in (False, True):
        error = errors.rejection(reason, spot=spot)
        assert error.code > 10_000
        assert error.text == error.text.strip()


@pytest.mark.parametrize(
    ("reason", "contracts", "spot"),
    [
        (RejectReason.ORDER_UNKNOWN, 110001, 170213),
        (RejectReason.MARGIN_INSUFFICIENT, 110007, 170033),
        (RejectReason.BALANCE_INSUFFICIENT, 110007, 170131),
        (RejectReason.CLIENT_ID_DUPLICATE, 110072, 170141),
        (RejectReason.NOTIONAL_BELOW_MIN, 110094, 170140),
        (RejectReason.QTY_BELOW_MIN, 10001, 170136),
        (RejectReason.PRICE_ABOVE_MAX, 110003, 170132),
        (RejectReason.REDUCE_ONLY_REFUSED, 110017, 110017),
        (RejectReason.TOO_MANY_ORDERS, 110020, 170810),
    ],
)
def test_spot_has_codes_of_its_own(reason: RejectReason, contracts: int, spot: int) -> None:
    assert errors.rejection(reason, spot=False).code == contracts
    assert errors.rejection(reason, spot=True).code == spot


def test_ids_of_executions_do_not_meet() -> None:
    """A trade, a payment of funding and a delivery of the same numbers are three things."""
    made = {f(market, number) for f in (ids.execution_id, ids.funding_id, ids.delivery_id)
            for market in range(1, 4) for number in range(1, 200)}  # fmt: skip
    assert len(made) == 3 * 3 * 199
