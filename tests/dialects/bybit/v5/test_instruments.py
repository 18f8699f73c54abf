"""What can be traded and its limits, from the venue's rules; pages, and categories without markets."""

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import OrderRested
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.units import ONE, Price
from tests.dialects.bybit.v5.desk import LINEAR, SPOT, Desk

PATH = "/v5/market/instruments-info"


def one(desk: Desk, category: str, symbol: str) -> dict[str, object]:
    answer = desk.asks(PATH, category=category, symbol=symbol)
    assert answer["category"] == category
    (row,) = answer["list"]
    found: dict[str, object] = row
    return found


def symbols(desk: Desk, **sent: object) -> list[str]:
    return [row["symbol"] for row in desk.asks(PATH, **sent)["list"]]


def test_a_perpetual_shows_what_the_rules_say(desk: Desk) -> None:
    row = one(desk, "linear", "BTCUSDT")

    assert row["contractType"] == "LinearPerpetual"
    assert row["leverageFilter"] == {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "1"}
    assert row["priceFilter"] == {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"}
    assert row["lotSizeFilter"] == {
        "maxOrderQty": "1190.000", "minOrderQty": "0.001", "qtyStep": "0.001", "postOnlyMaxOrderQty": "1190.000",
        "maxMktOrderQty": "500.000", "minNotionalValue": "5",
    }  # fmt: skip
    assert (row["fundingInterval"], row["deliveryTime"], row["status"]) == (480, "0", "Trading")


def test_an_inverse_contract_is_a_dollar(desk: Desk) -> None:
    row = one(desk, "inverse", "BTCUSD")

    assert row["contractType"] == "InversePerpetual"
    assert row["settleCoin"] == "BTC"
    assert row["lotSizeFilter"]["qtyStep"] == "100"  # type: ignore[index]
    assert row["lotSizeFilter"]["maxOrderQty"] == "25000000"  # type: ignore[index]


def test_what_ccxt_takes_for_the_size_of_an_inverse_contract_is_a_dollar(desk: Desk) -> None:
    """Its positions and orders are reckoned by ``minOrderQty``; what may be ordered is said by the step beside it."""
    lots = one(desk, "inverse", "BTCUSD")["lotSizeFilter"]

    assert (lots["minOrderQty"], lots["qtyStep"]) == ("1", "100")  # type: ignore[index]
    assert one(desk, "inverse", "ETHUSD")["lotSizeFilter"]["minOrderQty"] == "1"  # type: ignore[index]


def test_a_quarter_has_its_day_and_its_fee(desk: Desk) -> None:
    row = one(desk, "linear", "BTCUSDT-27MAR26")

    assert row["contractType"] == "LinearFutures"
    assert row["deliveryTime"] == "1774598400000"
    assert row["deliveryFeeRate"] == "0.0005"
    assert row["fundingInterval"] == 0
    assert one(desk, "inverse", "BTCUSDH26")["contractType"] == "InverseFutures"


def test_spot_has_precisions(desk: Desk) -> None:
    row = one(desk, "spot", "BTCUSDT")

    assert row["priceFilter"] == {"tickSize": "0.01"}
    assert row["lotSizeFilter"]["basePrecision"] == "0.00001"  # type: ignore[index]
    assert row["lotSizeFilter"]["minOrderAmt"] == "5"  # type: ignore[index]
    assert "nextPageCursor" not in desk.asks(PATH, category="spot")


def test_there_are_no_options_and_nothing_is_auctioned(desk: Desk) -> None:
    nothing = {"category": "option", "list": [], "nextPageCursor": ""}

    assert desk.asks(PATH, category="option", baseCoin="BTC") == nothing
    assert desk.asks(PATH, category="option", symbol="BTC-27MAR26-70000-P-USDT") == nothing
    assert symbols(desk, category="linear", status="PreLaunch") == []
    assert symbols(desk, category="spot", symbolType="xstocks") == []


def test_a_base_coin_leaves_its_contracts_of_both_kinds(desk: Desk) -> None:
    assert symbols(desk, category="linear", baseCoin="ETH") == ["ETHUSDT", "ETHUSD"]
    assert symbols(desk, category="linear", baseCoin="NONE") == []


@pytest.mark.parametrize("encoded", [False, True])
def test_pages_go_on_where_the_last_one_ended(desk: Desk, *, encoded: bool) -> None:
    """A client may put the cursor into percent signs once more, or not."""
    whole, cursor, found = symbols(desk, category="linear"), "", []
    for _ in whole:
        sent = cursor.replace("%", "%25") if encoded else cursor
        answer = desk.send("GET", PATH, f"category=linear&limit=1&cursor={sent}", b"").result
        found += [row["symbol"] for row in answer["list"]]
        cursor = answer["nextPageCursor"]

    assert found == whole
    assert cursor == ""


@pytest.mark.parametrize("cursor", ["x", "first%3DX%26last%3DX", "lastid%3D0%26lasttime%3D1772456100", "%", "a=b&c"])
def test_a_cursor_of_something_else_is_refused(desk: Desk, cursor: str) -> None:
    assert desk.get(PATH, category="linear", cursor=cursor).text == "params error: cursor invalid"
    assert desk.get("/v5/market/risk-limit", category="linear", cursor=cursor).code == 10001


@pytest.mark.parametrize(
    "sent, text",
    [
        ({}, "params error: category is required"),
        ({"category": "perp"}, "Illegal category"),
        ({"category": "linear", "symbol": "NONE"}, "params error: symbol invalid"),
        ({"category": "linear", "status": "Open"}, "params error: status invalid"),
        ({"category": "linear", "limit": "0"}, "params error: limit invalid"),
        ({"category": "linear", "baseCoin": "btc"}, "params error: baseCoin invalid"),
    ],
)
def test_what_cannot_be_answered_is_a_wrong_parameter(desk: Desk, sent: dict[str, str], text: str) -> None:
    assert desk.get(PATH, **sent).text == text


def test_a_delivered_contract_is_closed(desk: Desk) -> None:
    desk.wait(25 * 86_400)

    assert "BTCUSDT-27MAR26" not in symbols(desk, category="linear")
    assert symbols(desk, category="linear", status="Closed") == ["BTCUSDT-27MAR26"]
    assert "BTCUSDT-25SEP26" in symbols(desk, category="linear")
    prices = desk.asks("/v5/market/delivery-price", category="linear")["list"]
    assert prices == [{"symbol": "BTCUSDT-27MAR26", "deliveryPrice": "60000", "deliveryTime": "1774598400000"}]
    assert desk.asks("/v5/market/delivery-price", category="linear", settleCoin="USDC")["list"] == []


def test_a_pause_is_told_by_the_system_s_status(desk: Desk) -> None:
    assert desk.asks("/v5/system/status")["list"] == []
    for market in [one for one in desk.state.markets.values() if not one.derivative]:
        desk.run(cmd.SetMarketStatus(market.no, MarketStatus.HALT))

    (row,) = desk.asks("/v5/system/status")["list"]

    assert (row["state"], row["product"], row["maintainType"]) == ("ongoing", [2], 3)
    assert desk.asks("/v5/system/status", state="completed")["list"] == []
    assert one(desk, "spot", "BTCUSDT")["status"] == "Trading"


# Risk limits


def test_risk_limits_are_the_brackets(desk: Desk) -> None:
    rows = desk.asks("/v5/market/risk-limit", category="linear", symbol="BTCUSDT")["list"]

    assert rows[0] == {
        "id": 1, "symbol": "BTCUSDT", "riskLimitValue": "2000000", "maintenanceMargin": "0.005",
        "initialMargin": "0.01", "isLowestRisk": 1, "maxLeverage": "100.00", "mmDeduction": "",
    }  # fmt: skip
    assert (rows[1]["id"], rows[1]["isLowestRisk"], rows[1]["mmDeduction"]) == (2, 0, "10000")


def test_risk_limits_of_all_contracts_come_by_contract(desk: Desk) -> None:
    rows = desk.asks("/v5/market/risk-limit", category="inverse")["list"]

    assert {row["symbol"] for row in rows} == {"BTCUSD", "ETHUSD", "BTCUSDH26", "BTCUSDM26"}
    assert desk.get("/v5/market/risk-limit", category="spot").text == "Illegal category"
    assert desk.get("/v5/market/risk-limit", category="linear", symbol="BTCUSD").code == 10001


# Price limits


@pytest.mark.parametrize("category, market", [("linear", LINEAR), ("spot", SPOT)])
def test_no_order_rests_beyond_the_price_limits(desk: Desk, category: str, market: str) -> None:
    """Of a contract it is moved to the limit, on spot it is refused; at the limit it rests."""
    limits = desk.asks("/v5/market/price-limit", category=category, symbol="BTCUSDT")
    highest = limits["buyLmt"].removesuffix(".00")

    assert limits["ts"] == str(desk.now_ms())
    assert [event for event in desk.places(desk.bob, market, "Buy", "0.01", highest) if isinstance(event, OrderRested)]
    desk.places(desk.bob, market, "Buy", "0.01", f"{highest}.1")
    book = desk.asks("/v5/market/orderbook", category=category, symbol="BTCUSDT")
    assert book["b"] == [[limits["buyLmt"], "0.020" if category == "linear" else "0.01"]]


def test_price_limits_follow_the_mark(desk: Desk) -> None:
    before = desk.asks("/v5/market/price-limit", symbol="BTCUSDT")
    desk.run(cmd.SetIndex("BTC-USDT", Price(66_000 * ONE)))
    after = desk.asks("/v5/market/price-limit", symbol="BTCUSDT")

    assert float(before["sellLmt"]) < 60_000 < float(before["buyLmt"]) < float(after["sellLmt"])


def test_the_ratios_of_price_limits_are_among_an_instrument_s_terms(desk: Desk) -> None:
    assert one(desk, "linear", "BTCUSDT")["riskParameters"] == {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"}
    assert one(desk, "spot", "BTCUSDT")["riskParameters"] == {"priceLimitRatioX": "0.005", "priceLimitRatioY": "0.01"}
