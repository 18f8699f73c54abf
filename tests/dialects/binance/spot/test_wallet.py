"""The part of `/sapi` that clients ask for at start and between trades."""

import pytest

from tests.dialects.binance.spot.bench import Bench


def test_every_asset_is_a_coin_with_a_closed_network(bench: Bench) -> None:
    """ccxt reads this whenever a key is set."""
    rows = bench.signed(bench.taker, "GET", "/sapi/v1/capital/config/getall").body

    assert [(row["coin"], row["free"], row["locked"], row["trading"]) for row in rows] == [
        ("BTC", "1000", "0", True),
        ("USDT", "1000000", "0", True),
    ]
    assert rows[0]["networkList"][0]["withdrawEnable"] is False


@pytest.mark.parametrize(
    "path",
    ["/sapi/v1/margin/allPairs", "/sapi/v1/margin/isolated/allPairs", "/sapi/v1/spot/delist-schedule"],
)
def test_lists_of_what_is_not_here_are_empty(bench: Bench, path: str) -> None:
    """Signed or with the key alone."""
    assert bench.signed(bench.taker, "GET", path).body == []
    assert bench.public(path, {"x-mbx-apikey": "keytaker"}).body == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/sapi/v1/asset/assetDividend", {"rows": [], "total": 0}),
        ("/sapi/v1/asset/dribblet", {"total": 0, "userAssetDribblets": []}),
    ],
)
def test_what_nobody_is_paid_here_is_a_history_without_rows(bench: Bench, path: str, said: dict[str, object]) -> None:
    assert bench.signed(bench.taker, "GET", path).body == said


def test_no_asset_can_be_sent_out(bench: Bench) -> None:
    """Of every one, or of one."""
    closed = {"minWithdrawAmount": "0", "depositStatus": False, "withdrawFee": 0, "withdrawStatus": False}
    path = "/sapi/v1/asset/assetDetail"

    assert bench.signed(bench.taker, "GET", path).body == {"BTC": closed, "USDT": closed}
    assert bench.signed(bench.taker, "GET", path, asset="btc").body == {"BTC": closed}
    assert bench.signed(bench.taker, "GET", path, asset="NOPE").body == {}


def test_nobody_is_locked_for_how_he_trades(bench: Bench) -> None:
    told = bench.signed(bench.taker, "GET", "/sapi/v1/account/apiTradingStatus").body["data"]

    assert (told["isLocked"], told["plannedRecoverTime"], told["updateTime"]) == (False, 0, bench.now_ms())


def test_money_moves_between_wallets_and_is_found_again(bench: Bench) -> None:
    """The id of a transfer is that of its record."""
    sent = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "250.5", "toSymbol": "ignored"}

    moved = bench.signed(bench.taker, "POST", "/sapi/v1/asset/transfer", **sent).body
    listed = bench.signed(bench.taker, "GET", "/sapi/v1/asset/transfer", type="MAIN_UMFUTURE").body
    other = bench.signed(bench.taker, "GET", "/sapi/v1/asset/transfer", type="UMFUTURE_MAIN").body

    assert moved == {"tranId": bench.seq}
    assert bench.taker.has("USDT") == (999_749.5, 0)
    assert bench.taker.cash == 1_000_250.5
    assert listed == {
        "total": 1,
        "rows": [
            {
                "asset": "USDT",
                "amount": "250.5",
                "type": "MAIN_UMFUTURE",
                "status": "CONFIRMED",
                "tranId": bench.seq,
                "timestamp": bench.now_ms(),
            }
        ],
    }
    assert other == {"total": 0, "rows": []}


def test_fees_are_told_per_symbol(bench: Bench) -> None:
    """Of one, or of all."""
    fees = [{"symbol": "BTCUSDT", "makerCommission": "0.001", "takerCommission": "0.002"}]

    assert bench.signed(bench.taker, "GET", "/sapi/v1/asset/tradeFee", symbol="BTCUSDT").body == fees
    assert bench.signed(bench.taker, "GET", "/sapi/v1/asset/tradeFee").body == fees
    assert bench.signed(bench.taker, "GET", "/sapi/v1/asset/tradeFee", symbol="NOPE").code == -1121


def test_assets_that_are_there_are_listed(bench: Bench) -> None:
    rows = bench.signed(bench.taker, "POST", "/sapi/v3/asset/getUserAsset", asset="BTC").body

    assert [(row["asset"], row["free"]) for row in rows] == [("BTC", "1000.00000000")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/sapi/v1/account/status", {"data": "Normal"}),
        ("/sapi/v1/account/info", {"vipLevel": 0}),
        ("/sapi/v1/bnbBurn", {"spotBNBBurn": False}),
        ("/sapi/v1/account/apiRestrictions", {"enableReading": True, "enableWithdrawals": False}),
    ],
)
def test_the_account_may_trade_and_not_withdraw(bench: Bench, path: str, said: dict[str, object]) -> None:
    assert said.items() <= bench.signed(bench.taker, "GET", path).body.items()


def test_the_system_is_normal(bench: Bench) -> None:
    """Without a key."""
    assert bench.public("/sapi/v1/system/status").body == {"status": 0, "msg": "normal"}
