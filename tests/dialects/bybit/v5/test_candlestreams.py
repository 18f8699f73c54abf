"""Klines: the running one while it changes, each one once more when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary.units import MINUTE, SECOND, Nanos
from simexchange.dialects.bybit.common.intervals import INTERVALS
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, Desk


def told(heard: Any) -> list[Any]:
    """The candles that were told since it was last asked; each stands alone in its message."""
    messages = heard.take()
    assert all(len(message["data"]) == 1 for message in messages)
    return [message["data"][0] for message in messages]


def test_a_candle_has_the_venues_fields(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5")
    desk.at = Nanos(desk.at + 2 * SECOND)
    desk.trade(LINEAR, 59_990, 2)
    traded = desk.now_ms()
    desk.at = Nanos(desk.at + SECOND)
    heard = desk.hears("linear", "kline.5.BTCUSDT")
    desk.flush()

    start = desk.now_ms() // 300_000 * 300_000
    assert heard.all == [{
        "topic": "kline.5.BTCUSDT", "ts": desk.now_ms(), "type": "snapshot",
        "data": [{
            "start": start, "end": start + 299_999, "interval": "5", "open": "60000.00", "close": "59990.00",
            "high": "60000.00", "low": "59990.00", "volume": "2.500", "turnover": "149980", "confirm": False,
            "timestamp": traded,
        }],
    }]  # fmt: skip


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_is_heard_once_a_second(desk: Desk, interval: str) -> None:
    desk.trade(LINEAR, 60_000, 1)
    heard = desk.hears("linear", f"kline.{interval}.BTCUSDT")
    desk.flush()

    (candle,) = told(heard)
    assert candle["interval"] == interval
    assert candle["start"] <= desk.now_ms() <= candle["end"]
    assert desk.streams.market[0][0].every == SECOND


def test_it_speaks_when_something_was_traded_and_once_a_minute(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1)
    heard = desk.hears("linear", "kline.60.BTCUSDT")
    desk.flush()
    desk.flush()
    assert len(told(heard)) == 1

    desk.trade(LINEAR, 60_010, 1)
    desk.flush()
    assert [candle["close"] for candle in told(heard)] == ["60010.00"]

    desk.at = Nanos(desk.at + MINUTE)
    desk.flush()
    desk.flush()
    assert len(told(heard)) == 1


def test_each_candle_is_confirmed_once_and_in_order(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1)
    heard = desk.hears("linear", "kline.1.BTCUSDT")
    desk.flush()
    (first,) = told(heard)

    desk.at = Nanos(desk.at + 3 * MINUTE)
    desk.trade(LINEAR, 60_100, 1)
    desk.flush()

    rows = told(heard)
    assert [(row["start"] - first["start"], row["confirm"], row["close"], row["volume"]) for row in rows] == [
        (0, True, "60000.00", "1.000"),
        (60_000, True, "60000.00", "0.000"),
        (120_000, True, "60000.00", "0.000"),
        (180_000, False, "60100.00", "1.000"),
    ]


def test_inverse_volume_is_in_dollars_and_turnover_in_coin(desk: Desk) -> None:
    desk.trade(INVERSE, 62_500, 10)
    heard = desk.hears("inverse", "kline.D.BTCUSD")
    desk.flush()

    (candle,) = told(heard)
    assert (candle["volume"], candle["turnover"]) == ("1000", "0.016")


def test_a_market_without_a_price_has_no_candles(desk: Desk) -> None:
    heard = desk.hears("linear", "kline.1.BTCUSDT")
    desk.flush()

    assert heard.all == []
