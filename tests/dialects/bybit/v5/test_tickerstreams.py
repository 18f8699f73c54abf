"""Tickers merge as clients merge them; limits and pools are told when they change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Amount, Nanos
from simexchange.dialects.bybit.v5.product import PRODUCTS
from tests.dialects.bybit.v5.channels import Channel
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, Desk

NOT_HERE = {"tickDirection"}
"""What this topic has and an answer of REST has not."""


def rest(desk: Desk, category: str, symbol: str) -> Any:
    (row,) = desk.asks("/v5/market/tickers", category=category, symbol=symbol)["list"]
    return row


@pytest.mark.parametrize(
    ("category", "symbol", "market_id"),
    [("linear", "BTCUSDT", LINEAR), ("inverse", "BTCUSD", INVERSE), ("linear", "BTCUSDT-27MAR26", QUARTER)],
)
def test_deltas_lead_to_what_rest_answers(desk: Desk, category: str, symbol: str, market_id: str) -> None:
    """A client that keeps the last value of each field has the ticker at any time."""
    heard = desk.hears(category, f"tickers.{symbol}")
    assert heard.last["type"] == "snapshot"
    for n, price in enumerate((60_000, 60_100, 59_900)):
        desk.trade(market_id, price, 1 + n)
        desk.places(desk.alice, market_id, "Buy", 1, 59_000 + n)
        desk.wait(30)
        desk.flush()

        merged: dict[str, str] = {}
        for message in heard.all:
            merged |= message["data"]
        answer = {**rest(desk, category, symbol), "deliveryTime": merged.get("deliveryTime")}
        assert {name: value for name, value in merged.items() if name not in NOT_HERE} == {
            name: value for name, value in answer.items() if name in merged
        }
    assert {message["type"] for message in heard.all[1:]} == {"delta"}


def test_a_delta_has_the_symbol_and_what_changed(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 1)
    heard = desk.hears("linear", "tickers.BTCUSDT")
    heard.take()
    desk.flush()
    assert heard.take() == []

    desk.places(desk.alice, LINEAR, "Buy", 2, 59_000)
    desk.flush()

    (delta,) = heard.all
    assert delta == {
        "topic": "tickers.BTCUSDT", "type": "delta", "cs": desk.seq, "ts": desk.now_ms(),
        "data": {"symbol": "BTCUSDT", "bid1Price": "59000.00", "bid1Size": "2.000"},
    }  # fmt: skip


def test_the_fields_are_those_of_the_kind_of_contract(desk: Desk) -> None:
    perpetual = desk.hears("linear", "tickers.BTCUSDT").last["data"]
    dated = desk.hears("linear", "tickers.BTCUSDT-27MAR26").last["data"]

    assert list(perpetual)[:2] == ["symbol", "tickDirection"]
    assert {"fundingIntervalHour", "fundingCap", "curPreListingPhase"} <= set(perpetual)
    assert not {"deliveryTime", "basis"} & set(perpetual)
    assert dated["deliveryTime"] == "2026-03-27T08:00:00Z"
    assert {"basis", "basisRate", "basisRateYear", "deliveryFeeRate", "predictedDeliveryPrice"} <= set(dated)
    assert not {"fundingCap", "preQty"} & set(dated)
    assert (dated["fundingRate"], dated["nextFundingTime"]) == ("", "")


def told(payloads: Iterable[bytes], clients: list[dict[str, str]]) -> None:
    """Each keeps the last value of each field."""
    for payload in payloads:
        for client in clients:
            client.update(msgspec.json.decode(payload)["data"])


def test_who_joins_later_merges_to_the_same(desk: Desk) -> None:
    stream: Any = Channel(desk, "linear", "tickers.BTCUSDT").stream
    clients: list[dict[str, str]] = []
    for n in range(4):
        newcomer: dict[str, str] = {}
        told(stream.opening(desk.at, desk.views), [newcomer])
        clients.append(newcomer)
        desk.trade(LINEAR, 60_000 + n, 1)
        told(stream.flush(desk.at, desk.views), clients)

        assert all(client == clients[0] for client in clients)


def test_a_spot_ticker_is_always_whole(desk: Desk) -> None:
    heard = desk.hears("spot", "tickers.BTCUSDT")
    desk.flush()
    desk.trade(SPOT, 60_000, 1)
    desk.flush()
    desk.flush()

    first, second = heard.all
    assert first["type"] == second["type"] == "snapshot"
    assert list(second["data"]) == [
        "symbol", "lastPrice", "highPrice24h", "lowPrice24h", "prevPrice24h", "volume24h", "turnover24h",
        "price24hPcnt", "usdIndexPrice",
    ]  # fmt: skip
    answer = rest(desk, "spot", "BTCUSDT")
    assert second["data"] == {name: answer[name] for name in second["data"]}


@pytest.mark.parametrize(
    ("category", "topic", "every"),
    [
        ("linear", "tickers.BTCUSDT", 100), ("inverse", "tickers.BTCUSD", 100), ("spot", "tickers.BTCUSDT", 50),
        ("linear", "priceLimit.BTCUSDT", 300), ("spot", "priceLimit.BTCUSDT", 300),
        ("linear", "insurance.USDT", 1_000), ("inverse", "insurance.inverse", 1_000),
        ("linear", "adlAlert.USDC", 1_000),
    ],
)  # fmt: skip
def test_every_topic_has_its_rhythm_and_costs_no_event(desk: Desk, category: str, topic: str, every: int) -> None:
    desk.hears(category, topic)
    stream = desk.streams.market[0][0]

    assert (stream.every, list(stream.follows or ())) == (every * MILLISECOND, [])


def test_price_limits_follow_the_mark(desk: Desk) -> None:
    heard = desk.hears("linear", "priceLimit.BTCUSDT")
    desk.flush()
    desk.mark(61_000)
    desk.flush()

    first, second = heard.all
    assert list(first) == ["topic", "data", "ts"]
    for message in (first, second):
        assert list(message["data"]) == ["symbol", "buyLmt", "sellLmt"]
    assert first["data"] != second["data"]
    answer = desk.asks("/v5/market/price-limit", category="linear", symbol="BTCUSDT")
    assert second["data"] == {name: answer[name] for name in second["data"]}


def test_the_fund_is_told_whole_then_by_what_changed(desk: Desk) -> None:
    heard = desk.hears("linear", "insurance.USDT")
    desk.flush()
    desk.run(cmd.ProvideCapital("usdm", "USDT", Amount(5 * ONE)))
    desk.at = Nanos(desk.at + SECOND)
    desk.flush()
    desk.flush()

    first, second = heard.all
    (row,) = second["data"]
    assert (first["type"], second["type"]) == ("snapshot", "delta")
    assert float(row["balance"]) == float(first["data"][0]["balance"]) + 5
    assert (row["coin"], row["updateTime"]) == ("USDT", str(desk.now_ms()))
    assert "BTCUSDT" in row["symbols"].split(",")
    coins = [row["coin"] for row in desk.hears("inverse", "insurance.inverse").last["data"]]
    assert coins == ["BTC", "ETH"]


def test_alerts_come_each_second(desk: Desk) -> None:
    heard = desk.hears("linear", "adlAlert.USDT")
    desk.flush()
    desk.flush()

    assert len(heard.all) == 2
    assert {row["c"] for row in heard.last["data"]} == {"USDT"}
    assert set(heard.last["data"][0]) == {"c", "s", "b", "mb", "i_pr", "pr", "adl_tt", "adl_sr"}


def test_pools_are_topics_of_their_own_address(desk: Desk) -> None:
    known = {
        (product.name, topic)
        for product in PRODUCTS[2:5]
        for topic in ("insurance.USDT", "insurance.USDC", "insurance.inverse", "adlAlert.inverse", "insurance.BTC")
        if product.market_stream(topic, desk.state, desk.views) is not None
    }

    assert known == {
        ("v5-linear", "insurance.USDT"), ("v5-linear", "insurance.USDC"), ("v5-inverse", "insurance.inverse"),
        ("v5-inverse", "adlAlert.inverse"),
    }  # fmt: skip


def test_the_direction_of_a_ticker_is_that_of_the_last_trade(desk: Desk) -> None:
    heard = desk.hears("linear", "tickers.BTCUSDT")
    words: list[str] = []
    for prices in ((60_000,), (60_010, 60_005), (60_005,), (60_020,)):
        for price in prices:
            desk.trade(LINEAR, price, "0.1")
        desk.flush()
        words.append(heard.take()[-1]["data"].get("tickDirection", words[-1] if words else ""))

    assert words == ["", "MinusTick", "ZeroMinusTick", "PlusTick"]
