"""What topics tell has the keys and the types of recorded messages of the venue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import MarketStatus
from tests.dialects.bybit.v5.desk import LINEAR, SPOT, Desk
from tests.dialects.bybit.v5.test_tradestreams import liquidated

PUBLIC = {
    "Linear/Trades": ("linear", "publicTrade.BTCUSDT"),
    "Linear/Liquidations": ("linear", "allLiquidation.BTCUSDT"),
    "Linear/Ticker": ("linear", "tickers.BTCUSDT"),
    "Spot/PriceLimit": ("spot", "priceLimit.BTCUSDT"),
    "Spot/Trades": ("spot", "publicTrade.BTCUSDT"),
    "Spot/SystemStatus": ("status", "system.status"),
    "Spot/Ticker": ("spot", "tickers.BTCUSDT"),
    # Of options, whose messages are shaped like these.
    "Option/Book": ("linear", "orderbook.50.BTCUSDT"),
    "Option/Klines": ("linear", "kline.M.BTCUSDT"),
}
PRIVATE = {
    "Private/UserTrades": "execution",
    "Private/MinimalUserTrades": "execution.fast",
    "Private/Order": "order",
    "Private/Balance": "wallet",
    "Private/Position": "position",
}
NOT_HERE = {
    # "Unique field for Perps & futures" ("Trade", docs/v5): the recording is that of a contract.
    "Spot/Trades": {"data[].L"},
}


def shape(value: Any, at: str = "") -> dict[str, str]:
    """Path of each value → its JSON type; the rows of a list are one. Keys of names (coins) count as one, too."""
    if isinstance(value, dict):
        told = {at or ".": "object"}
        for name, each in value.items():
            told |= shape(each, f"{at}.{name}" if at else name)
        return told
    if isinstance(value, list):
        told = {at: "array"}
        for each in value:
            told |= shape(each, f"{at}[]")
        return told
    kind = "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else type(value).__name__
    return {at: kind}


@pytest.fixture
def recorded(shared_data: Path) -> Any:
    """The message of a file."""
    folder = shared_data.parent / "payloads" / "jkorf_bybit" / "Bybit.UnitTests" / "Subscriptions" / "V5"

    def read(name: str) -> dict[str, str]:
        text = (folder / f"{name}.txt").read_text(encoding="utf-8-sig")
        return shape(msgspec.json.decode(text.partition("\n=")[2]))

    return read


def compare(name: str, told: dict[str, str], wanted: dict[str, str]) -> None:
    missing = set(wanted) - set(told) - NOT_HERE.get(name, set())
    others = {path: (told[path], kind) for path, kind in wanted.items() if told.get(path, kind) != kind}

    assert (missing, others) == (set(), {})


@pytest.mark.parametrize("name", PUBLIC)
def test_public_messages_are_shaped_as_recorded(desk: Desk, recorded: Any, name: str) -> None:
    heard = desk.hears(*PUBLIC[name])
    desk.trade(SPOT, 60_000, "0.1")
    liquidated(desk)
    for side, price in (("Sell", 52_500), ("Buy", 52_000)):
        desk.places(desk.alice, LINEAR, side, 1, price)
    if name == "Spot/SystemStatus":
        for market in desk.state.markets.values():
            desk.run(cmd.SetMarketStatus(market.no, MarketStatus.HALT))
    desk.flush()

    told: dict[str, str] = {}
    for message in heard.all:
        told |= shape(message)
    compare(name, told, recorded(name))


@pytest.mark.parametrize("name", PRIVATE)
def test_private_messages_are_shaped_as_recorded(desk: Desk, recorded: Any, name: str) -> None:
    heard = desk.listens(desk.bob, PRIVATE[name])
    desk.trade(LINEAR, 60_000, 1, taker=desk.bob)

    told: dict[str, str] = {}
    for message in heard.all:
        told |= shape(message)
    compare(name, told, recorded(name))
