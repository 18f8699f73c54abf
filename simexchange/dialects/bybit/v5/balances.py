"""What is in an account's two wallets, and what coins there are: ``/v5/asset``.

Pages of docs/v5/asset (snapshot 2026-07-24, seen 2026-11). Transferable is what may leave a wallet by the core's rules.
Nothing can be sent in or out of the exchange over the API, so that every coin has one chain, switched off.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import coins
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, anything, one_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import me_of
from simexchange.dialects.bybit.v5.coinnames import BAD_COIN, COIN, COINS, coins_named, every_coin
from simexchange.dialects.bybit.v5.members import MEMBER, UID, member_named
from simexchange.dialects.bybit.v5.walletrows import FUND, UNIFIED
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account

WALLETS: Final = {"UNIFIED": UNIFIED, "FUND": FUND}
WORDS: Final = {wallet: word for word, wallet in WALLETS.items()}
BAD_TYPE: Final = ApiError(200, 131204, "Account info error")
KIND: Final = one_of(tuple(WALLETS), BAD_TYPE)
ACCOUNT_TYPE: Final = Param("accountType", KIND, required=True)
FLAG: Final = one_of(("0", "1"))
ONE_COIN: Final = (
    MEMBER, Param("toMemberId", UID), ACCOUNT_TYPE, Param("toAccountType", KIND), COIN.needed(),
    Param("withBonus", FLAG), Param("withTransferSafeAmount", FLAG), Param("withLtvTransferSafeAmount", FLAG),
)  # fmt: skip
ALL_COINS: Final = (MEMBER, ACCOUNT_TYPE, COINS, Param("withBonus", FLAG))
OVERVIEW: Final = (
    MEMBER, Param("valuationCurrency", one_of(("USD",))), Param("accountType", anything),
)  # fmt: skip
AT_ONCE: Final = 10
"""Coins of the unified wallet that one call names at most."""


def _has(call: Call, account: "Account", wallet: str, asset: str) -> tuple[int, int]:
    """(balance, what of it may leave) of an asset in a wallet."""
    if wallet == UNIFIED:
        coin = coins.coin_state(call.state, account, asset)
        return coin.wallet, coin.withdrawable
    row = call.views.balances.get(account.no, wallet, asset)
    return row.total, row.free


def _bonus(call: Call, account: "Account", wallet: str, asset: str) -> str:
    return print_plain(account.bonus(wallet, asset)) if call.params.get("withBonus") == "1" else ""


def all_balances(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-account-coins-balance``: of the unified wallet only coins that are named."""
    row = member_named(call, call.params.get("memberId", ""))
    if isinstance(row, ApiError):
        return responses.refused(call, row)
    account, kind = call.state.accounts[row.no], call.params["accountType"]
    asked = coins_named(call, account, most=AT_ONCE if kind == "UNIFIED" else 50)
    if isinstance(asked, ApiError):
        return responses.refused(call, asked)
    if asked is None and kind == "UNIFIED":
        return responses.refused(call, errors.missing("coin"))
    rows = []
    # Where none is named the venue lists every coin.
    for asset in every_coin(call, account) if asked is None else asked:
        balance, free = _has(call, account, WALLETS[kind], asset)
        rows.append(
            {
                "coin": asset,
                "walletBalance": print_plain(balance),
                "transferBalance": print_plain(free),
                "bonus": _bonus(call, account, WALLETS[kind], asset),
            }
        )
    return responses.ok(call, {"accountType": kind, "memberId": str(row.no), "balance": rows})


def one_balance(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-account-coin-balance``: of one coin, of a sub-account too."""
    row = member_named(call, call.params.get("memberId", ""))
    if isinstance(row, ApiError):
        return responses.refused(call, row)
    account, kind, asset = call.state.accounts[row.no], call.params["accountType"], call.params["coin"]
    if asset not in every_coin(call, account):
        return responses.refused(call, BAD_COIN)
    balance, free = _has(call, account, WALLETS[kind], asset)
    safe = print_plain(free) if call.params.get("withTransferSafeAmount") == "1" else ""
    return responses.ok(
        call,
        {
            "accountType": kind,
            "bizType": 1,
            "accountId": str(row.no),
            "memberId": str(row.no),
            "balance": {
                "coin": asset,
                "walletBalance": print_plain(balance),
                "transferBalance": print_plain(free),
                "bonus": _bonus(call, account, WALLETS[kind], asset),
                "transferSafeAmount": safe,
                "ltvTransferSafeAmount": "",
            },
        },
    )


def asset_info(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-asset-info``: the spot wallet of classic accounts, which a unified one has not."""
    return responses.ok(call, {"spot": {"status": "ACCOUNT_STATUS_NORMAL", "assets": []}})


def overview(call: Call) -> Reply:
    """``GET /v5/asset/asset-overview``: both wallets, each in dollars at its indexes."""
    row = member_named(call, call.params.get("memberId", ""))
    if isinstance(row, ApiError):
        return responses.refused(call, row)
    account = call.state.accounts[row.no]
    found = [(word, _worth(call, account, wallet)) for word, wallet in OVERVIEWED.items()]
    asked = call.params.get("accountType")
    rows = [
        {
            "accountType": word,
            "totalEquity": print_plain(total),
            "valuationCurrency": "USD",
            "snapshotTime": timestamps.text(call.now),
            "coinDetail": [{"coin": asset, "equity": print_plain(amount)} for asset, amount in amounts],
        }
        for word, (total, amounts) in found
        if asked in (None, "", word)
    ]
    return responses.ok(call, {"totalEquity": print_plain(sum(total for _, (total, _) in found)), "list": rows})


OVERVIEWED: Final = {"FundingAccount": FUND, "UnifiedTradingAccount": UNIFIED}


def _worth(call: Call, account: "Account", wallet: str) -> tuple[int, list[tuple[str, int]]]:
    """What a wallet is worth, and what is in it."""
    if wallet == UNIFIED:
        states = [coins.coin_state(call.state, account, asset) for asset in coins.assets_of(call.state, account)]
        return sum(each.value for each in states), [(each.asset, each.equity) for each in states if each.equity]
    rows = [row for row in call.views.balances.of(account.no, wallet) if row.total]
    worth = sum(coins.worth_of(call.state, account, row.asset, row.total) for row in rows)
    return worth, [(row.asset, row.total) for row in rows]


def coin_info(call: Call) -> Reply:
    """``GET /v5/asset/coin/query-info``: every coin, or one."""
    me, asked = me_of(call), call.params.get("coin")
    known = every_coin(call, me)
    if asked and asked not in known:
        return responses.refused(call, BAD_COIN)
    return responses.ok(call, {"rows": [_coin(asset) for asset in known if asked in (None, "", asset)]})


def _coin(asset: str) -> responses.Json:
    return {
        "name": asset,
        "coin": asset,
        "remainAmount": "0",
        "chains": [
            {
                "chainType": asset,
                "confirmation": "0",
                "withdrawFee": "",
                "depositMin": "0",
                "withdrawMin": "0",
                "chain": asset,
                "chainDeposit": "0",
                "chainWithdraw": "0",
                "minAccuracy": "8",
                "withdrawPercentageFee": "0",
                "contractAddress": "",
                "safeConfirmNumber": "0",
                "withdrawMax": "0",
            }
        ],
    }
