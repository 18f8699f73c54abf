"""What ccxt and freqtrade ask before the first order, with a key set: every call is served, with the log's figures."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.clients.comparing import exact
from tests.clients.desk import KINDS, SYMBOLS, desk
from tests.clients.served import Served, serve
from tests.clients.tale import Tale

OPTIONS = ("--feed", "synthetic", "--seed", "3", "--account", "alice:USDT=1000,BTC=1", "--account", "bob")
HOUR = 3_600_000
SPOT, PERP = "spot:BTC-USDT", "perp:BTC-USDT"


class Asked(NamedTuple):
    """One raw call: what it answered, cut to what is compared, and what the log says."""

    call: str
    parameters: dict[str, str]
    found: Callable[[Any], Any]
    event: str
    said: Callable[[Tale], Any]


def symbols(kind: str) -> Callable[[Tale], list[str]]:
    """The venue's spelling of what is listed."""
    return lambda tale: [m["base"] + m["quote"] for m in tale.markets.values() if m["kind"] == kind]


def contracts(*, inverse: bool) -> Callable[[Tale], list[tuple[str, str]]]:
    """The venue's spelling of the contracts that are listed, and how long each lives."""

    def said(tale: Tale) -> list[tuple[str, str]]:
        found = []
        for market in tale.markets.values():
            if market["kind"] != "SPOT" and bool(market["inverse"]) is inverse:
                day = market["id"].rpartition("-")[2] if market["kind"] == "DATED" else "PERP" if inverse else ""
                found.append((f"{market['base']}{market['quote']}{'_' if day else ''}{day}", market["kind"]))
        return found

    return said


LIVES = {"PERPETUAL": "PERPETUAL", "CURRENT_QUARTER": "DATED", "NEXT_QUARTER": "DATED"}


def of_contracts(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["symbol"], LIVES[row["contractType"]]) for row in answer["symbols"]]


def of_btc(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row.get("symbol") == "BTCUSDT")


RAW = [
    Asked(
        "sapiGetCapitalConfigGetall", {},
        lambda rows: {row["coin"]: (Decimal(row["free"]), Decimal(row["locked"])) for row in rows},
        "FundsDeposited.amount",
        lambda tale: {
            asset: (tale.balance(tale.accounts["alice"], "spot", asset).free, Decimal(0))
            for asset in ("BTC", "USDT", "ETH", "BNB")
        },
    ),
    Asked("sapiGetMarginAllPairs", {}, list, "(no margin trading)", lambda _: []),
    Asked("sapiGetMarginIsolatedAllPairs", {}, list, "(no margin trading)", lambda _: []),
    Asked(
        "publicGetExchangeInfo", {},
        lambda answer: [row["symbol"] for row in answer["symbols"]], "MarketListed", symbols("SPOT"),
    ),
    Asked("fapiPublicGetExchangeInfo", {}, of_contracts, "MarketListed", contracts(inverse=False)),
    Asked("dapiPublicGetExchangeInfo", {}, of_contracts, "MarketListed", contracts(inverse=True)),
    Asked(
        "fapiPrivateGetLeverageBracket", {},
        lambda rows: [
            (row["bracket"], *(exact(row[name]) for name in ("notionalCap", "maintMarginRatio", "cum")))
            for row in of_btc(rows)["brackets"]
        ],
        "RulesSet.rules.tiers",
        lambda tale: [
            (number, Decimal(tier["cap"]), Decimal(tier["maintenance_rate"]), Decimal(tier["cum"]))
            for number, tier in enumerate(tale.rules[tale.listed[PERP]]["tiers"], 1)
        ],
    ),
    Asked(
        "fapiPrivateGetCommissionRate", {"symbol": "BTCUSDT"},
        lambda row: (Decimal(row["makerCommissionRate"]), Decimal(row["takerCommissionRate"])),
        "RulesSet.rules.maker, taker",
        lambda tale: tuple(Decimal(tale.rules[tale.listed[PERP]][side]) for side in ("maker", "taker")),
    ),
    Asked(
        "sapiGetAssetTradeFee", {"symbol": "BTCUSDT"},
        lambda rows: (Decimal(of_btc(rows)["makerCommission"]), Decimal(of_btc(rows)["takerCommission"])),
        "RulesSet.rules.maker, taker",
        lambda tale: tuple(Decimal(tale.rules[tale.listed[SPOT]][side]) for side in ("maker", "taker")),
    ),
    Asked("fapiPrivateGetPositionSideDual", {}, lambda row: row["dualSidePosition"], "(one-way)", lambda _: False),
    Asked("fapiPrivateGetMultiAssetsMargin", {}, lambda row: row["multiAssetsMargin"], "(single)", lambda _: False),
    Asked(
        "fapiPrivateGetSymbolConfig", {"symbol": "BTCUSDT"},
        lambda rows: (of_btc(rows)["marginType"], int(of_btc(rows)["leverage"])),
        "RulesSet.rules.default_leverage",
        lambda tale: ("CROSSED", tale.rules[tale.listed[PERP]]["default_leverage"]),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("start"), *OPTIONS) as running:
        yield running


@pytest.mark.parametrize("asked", [pytest.param(asked, id=asked.call) for asked in RAW])
def test_a_call_at_start_answers_what_the_log_says(asked: Asked, served: Served) -> None:
    with desk(served, "sync", "usdm", "alice") as call:
        answer = call(asked.call, asked.parameters)

    assert asked.found(answer) == asked.said(Tale(served.records()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("product", SYMBOLS)
def test_everything_a_bot_asks_at_start_is_served(kind: str, product: str, served: Served) -> None:
    """freqtrade's order of questions: markets, tiers, modes, fees, balances, a day of candles, tickers, open things."""
    symbol = SYMBOLS[product]
    with desk(served, kind, product, "alice") as call:
        a_day_ago = call("fetch_time") - 24 * HOUR
        call("fetch_currencies")
        call("fetch_trading_fees")
        call("fetch_balance")
        candles = call("fetch_ohlcv", symbol, "5m", a_day_ago, 500)
        call("fetch_tickers")
        call("fetch_bids_asks")
        call("fetch_open_orders", symbol)
        if product == "usdm":
            call("fapiPrivateGetPositionSideDual")
            call("fapiPrivateGetMultiAssetsMargin")
            call("fetch_leverage_tiers")
            call("fetch_positions")
            call("fetch_ohlcv", symbol, "1h", a_day_ago, 100, {"price": "mark"})
            rates = call("fetch_funding_rate_history", symbol, a_day_ago, 100)
            assert len(rates) == 3

    assert served.control("health")["unserved_calls"] == []
    # A day has 288; the one that runs may be there, too.
    assert len(candles) in (288, 289)


def test_the_past_before_the_start_joins_the_market(served: Served) -> None:
    """The made-up candles end at the price that the log names, and the hours are made of their minutes."""
    described = next(
        event
        for record in served.records()
        for event in record["events"]
        if event["type"] == "HistoryDescribed" and event["index"] == "BTC-USDT"
    )
    start = served.records()[0]["at"]

    with desk(served, "sync", "spot", "alice") as call:
        opened = call.client.parse8601(start)
        hour = opened - opened % HOUR - HOUR
        minutes = call("fetch_ohlcv", SYMBOLS["spot"], "1m", hour, 60)
        (whole,) = call("fetch_ohlcv", SYMBOLS["spot"], "1h", hour, 1)
        since = call("fetch_ohlcv", SYMBOLS["spot"], "1m", hour, 1000)

    assert [row[0] for row in minutes] == [hour + 60_000 * i for i in range(60)]
    assert whole[1:5] == [
        minutes[0][1], max(row[2] for row in minutes), min(row[3] for row in minutes), minutes[-1][4]
    ]  # fmt: skip
    assert exact(whole[5]) == sum(exact(row[5]) for row in minutes)
    before_start = [row for row in since if row[0] + 60_000 <= opened]
    assert abs(exact(before_start[-1][4]) / Decimal(described["join"]) - 1) < Decimal("0.005")
