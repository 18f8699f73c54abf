"""What published examples have in one JSON type and readers with declared types want in another.

Types: nautilus_trader 1.221 (adapters/binance/futures/schemas) and binance-sdk-derivatives-trading-usds-futures 18.1.0;
ccxt 4.5.90 quotes an answer with ``"autoAssetExchange": "-10000"``. All seen 2026-11.
"""

from tests.dialects.binance.usdm.desk import Desk


def test_the_debt_an_asset_is_bought_back_from_is_a_text(desk: Desk) -> None:
    assets = desk.public("/fapi/v1/exchangeInfo").body["assets"]

    assert assets
    assert {type(row["autoAssetExchange"]) for row in assets} == {str}


def test_whether_margin_is_added_by_itself_is_a_boolean_of_a_symbol_and_a_text_of_a_position(desk: Desk) -> None:
    desk.opens(desk.taker, "1")

    (config,) = desk.ask(desk.taker, "/fapi/v1/symbolConfig", symbol="BTCUSDT")
    (position,) = desk.ask(desk.taker, "/fapi/v2/positionRisk", symbol="BTCUSDT")

    assert (config["isAutoAddMargin"], position["isAutoAddMargin"]) == (False, "false")
