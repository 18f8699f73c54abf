"""Money between an account's own wallets, and what came in and went out, over `/sapi`."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import Deposit, Withdraw
from simexchange.core.vocabulary.families import JoinFamily, TransferInFamily
from simexchange.core.vocabulary.units import DAY, Amount
from tests.core.world import units
from tests.dialects.binance.spot.bench import Bench

PATH = "/sapi/v1/asset/transfer"
INSUFFICIENT = {"code": -5013, "msg": "Asset transfer failed: insufficient balance"}
NO_MARGIN = {"code": -3003, "msg": "Margin account does not exist."}

WAYS = [
    ("MAIN_UMFUTURE", "spot", "usdm"),
    ("MAIN_CMFUTURE", "spot", "coinm"),
    ("MAIN_FUNDING", "spot", "funding"),
    ("UMFUTURE_MAIN", "usdm", "spot"),
    ("UMFUTURE_FUNDING", "usdm", "funding"),
    ("CMFUTURE_MAIN", "coinm", "spot"),
    ("CMFUTURE_FUNDING", "coinm", "funding"),
    ("FUNDING_MAIN", "funding", "spot"),
    ("FUNDING_UMFUTURE", "funding", "usdm"),
    ("FUNDING_CMFUTURE", "funding", "coinm"),
]


def transfer(bench: Bench, kind: str, **said: Any) -> Any:
    sent = {"type": kind, "asset": "USDT", "amount": "5", **said}
    return bench.signed(bench.taker, "POST", PATH, **sent)


@pytest.mark.parametrize(("kind", "source", "target"), WAYS)
def test_every_way_between_wallets_moves_money_and_is_found_again(
    bench: Bench, kind: str, source: str, target: str
) -> None:
    for wallet in ("coinm", "funding"):
        bench.run(Deposit(bench.taker.no, wallet, "USDT", Amount(units(1_000_000))))
    moved = transfer(bench, kind)
    listed = bench.signed(bench.taker, "GET", PATH, type=kind).body

    assert [bench.taker.has("USDT", wallet)[0] for wallet in (source, target)] == [999_995, 1_000_005]
    assert [(row["tranId"], row["amount"]) for row in listed["rows"]] == [(moved.body["tranId"], "5")]


@pytest.mark.parametrize(
    ("kind", "said", "error"),
    [
        ("MAIN_UMFUTURE", {"amount": "1000001"}, INSUFFICIENT),
        ("FUNDING_MAIN", {}, INSUFFICIENT),
        ("MAIN_MARGIN", {}, NO_MARGIN),
        ("MARGIN_UMFUTURE", {}, NO_MARGIN),
        ("MARGIN_ISOLATEDMARGIN", {"toSymbol": "BTCUSDT"}, NO_MARGIN),
        ("ISOLATEDMARGIN_MARGIN", {"fromSymbol": "BTCUSDT"}, NO_MARGIN),
        ("MAIN_ISOLATED_MARGIN", {"toSymbol": "BTCUSDT"}, NO_MARGIN),
        ("UMFUTURE_CMFUTURE", {}, {"code": -1130, "msg": "Data sent for parameter 'type' is not valid."}),
        ("MAIN_OPTION", {}, {"code": -1130, "msg": "Data sent for parameter 'type' is not valid."}),
        ("MAIN_MAIN", {}, {"code": -1130, "msg": "Data sent for parameter 'type' is not valid."}),
        ("NONSENSE", {}, {"code": -1130, "msg": "Data sent for parameter 'type' is not valid."}),
    ],
)
def test_what_has_no_wallet_or_no_money_here_is_refused(
    bench: Bench, kind: str, said: dict[str, Any], error: dict[str, Any]
) -> None:
    answer = transfer(bench, kind, **said)

    assert (answer.status, answer.body) == (400, error)
    assert bench.taker.has("USDT") == (1_000_000, 0)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("MARGIN_ISOLATEDMARGIN", "toSymbol"),
        ("ISOLATEDMARGIN_MARGIN", "fromSymbol"),
        ("ISOLATEDMARGIN_ISOLATEDMARGIN", "fromSymbol"),
    ],
)
def test_a_way_of_isolated_margin_needs_its_symbol(bench: Bench, kind: str, missing: str) -> None:
    for answer in (transfer(bench, kind), bench.signed(bench.taker, "GET", PATH, type=kind)):
        assert answer.body == {
            "code": -1102,
            "msg": f"Mandatory parameter '{missing}' was not sent, was empty/null, or malformed.",
        }


def test_transfers_are_told_in_pages_the_newest_first_and_of_the_last_week(bench: Bench) -> None:
    numbers = [transfer(bench, "MAIN_FUNDING", amount=n).body["tranId"] for n in (1, 2, 3)]
    then = bench.now_ms()

    def told(**said: Any) -> Any:
        answer = bench.signed(bench.taker, "GET", PATH, type="MAIN_FUNDING", **said).body
        return answer["total"], [row["tranId"] for row in answer["rows"]]

    assert told() == (3, numbers[::-1])
    assert told(size=2) == (3, numbers[:0:-1])
    assert told(size=2, current=2) == (3, numbers[:1])
    bench.passes(8 * DAY)
    assert told() == (0, [])
    assert told(startTime=then) == (3, numbers[::-1])
    assert told(startTime=then + 1) == (0, [])
    assert told(endTime=then) == (3, numbers[::-1])


def test_money_of_the_family_is_no_transfer_between_own_wallets(bench: Bench) -> None:
    bench.run(JoinFamily(bench.taker.no, bench.maker.no))
    away = (bench.taker.no, "spot", bench.maker.no, "usdm", "USDT", Amount(units(9)))
    bench.run(TransferInFamily(*away, bench.taker.no))

    assert bench.signed(bench.taker, "GET", PATH, type="MAIN_UMFUTURE").body == {"total": 0, "rows": []}


# From outside


def outside(bench: Bench, what: str, **said: Any) -> Any:
    return bench.signed(bench.third, "GET", f"/sapi/v1/capital/{what}", **said).body


def test_what_an_operator_gave_is_a_deposit_that_is_done(bench: Bench) -> None:
    """What came into a futures wallet is none: there nothing is deposited."""
    bench.passes(100 * DAY)
    bench.run(Deposit(bench.third.no, "funding", "BTC", Amount(units(2))))
    bench.run(Deposit(bench.third.no, "usdm", "USDT", Amount(units(4))))
    bench.run(Deposit(bench.third.no, "spot", "USDT", Amount(units("0.5"))))
    rows = outside(bench, "deposit/hisrec")

    assert [(row["coin"], row["amount"], row["walletType"], row["status"]) for row in rows] == [
        ("USDT", "0.5", 0, 1),
        ("BTC", "2", 1, 1),
    ]
    assert rows[0]["insertTime"] == bench.now_ms()
    assert len({row["id"] for row in rows}) == len({row["txId"] for row in rows}) == 2
    assert outside(bench, "deposit/hisrec", coin="BTC") == rows[1:]
    assert outside(bench, "deposit/hisrec", txId=rows[0]["txId"]) == rows[:1]
    assert outside(bench, "deposit/hisrec", limit=1, offset=1) == rows[1:]
    assert outside(bench, "deposit/hisrec", status=0) == []
    assert outside(bench, "deposit/hisrec", status=1, includeSource="true") == rows
    assert outside(bench, "deposit/hisrec", endTime=bench.now_ms() - 1) == []
    assert len(outside(bench, "deposit/hisrec", startTime=0)) == 4
    assert outside(bench, "withdraw/history") == []


def test_what_an_operator_took_is_a_withdrawal_that_is_done(bench: Bench) -> None:
    bench.run(Withdraw(bench.third.no, "spot", "USDT", Amount(units(3))))
    bench.run(Withdraw(bench.third.no, "usdm", "USDT", Amount(units(4))))
    (row,) = rows = outside(bench, "withdraw/history")

    assert (row["coin"], row["amount"], row["status"], row["transactionFee"], row["walletType"]) == (
        "USDT", "3", 6, "0", 0,
    )  # fmt: skip
    # The bench begins on 2023-11-14 at 22:13:20.
    assert row["applyTime"] == row["completeTime"] == "2023-11-14 22:13:20"
    assert outside(bench, "withdraw/history", coin="USDT", status=6, idList=f"1,{row['id']}") == rows
    assert outside(bench, "withdraw/history", idList="1") == []
    assert outside(bench, "withdraw/history", coin="BTC") == []
    assert outside(bench, "withdraw/history", withdrawOrderId="mine") == []


def test_the_funding_wallet_is_told_as_far_as_there_is_something_in_it(bench: Bench) -> None:
    path = "/sapi/v1/asset/get-funding-asset"
    bench.run(Deposit(bench.taker.no, "funding", "USDT", Amount(units("1.5"))))
    told = [
        {"asset": "USDT", "free": "1.5", "locked": "0", "freeze": "0", "withdrawing": "0", "btcValuation": "0"},
    ]

    assert bench.signed(bench.taker, "POST", path).body == told
    assert bench.signed(bench.taker, "POST", path, asset="USDT", needBtcValuation="true").body == told
    assert bench.signed(bench.taker, "POST", path, asset="BTC").body == []
