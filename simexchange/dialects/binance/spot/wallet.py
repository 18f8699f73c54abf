"""The part of `/sapi` that clients ask for: coins, fees, and what the account may do. Money that moves: `movements`.

Nothing can be sent in or out of the exchange over the API: every coin has one network, switched off. Margin lists are
empty because there is no margin trading. Shapes: the venue's wallet pages as client libraries parse them (2026-11).
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.commands import Command, SetAccountOption
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.spot import responses
from simexchange.dialects.binance.spot.account import spot_assets
from simexchange.dialects.binance.spot.calls import account_of, failure, market_of, refused, spot_markets
from simexchange.dialects.contract import ApiError, Call, Permission, Reply


def coins(call: Call) -> Reply:
    """Every asset of the spot markets and of the account, with what it has of it."""
    account = account_of(call)
    return responses.reply([_coin(call, account, asset) for asset in spot_assets(call, account)])


def _coin(call: Call, account: AccountNo, asset: str) -> dict[str, Any]:
    row = call.views.balances.get(account, "spot", asset)
    return {
        "coin": asset,
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "name": asset,
        "free": print_plain(row.free),
        "locked": print_plain(row.held),
        "freeze": "0",
        "withdrawing": "0",
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "isLegalMoney": False,
        "trading": True,
        "networkList": [_network(asset)],
    }


def _network(asset: str) -> dict[str, Any]:
    return {
        "network": asset,
        "coin": asset,
        "withdrawIntegerMultiple": "0.00000001",
        "isDefault": True,
        "depositEnable": False,
        "withdrawEnable": False,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "",
        "name": asset,
        "resetAddressStatus": False,
        "addressRegex": "",
        "memoRegex": "",
        "withdrawFee": "0",
        "withdrawMin": "0",
        "withdrawMax": "9999999999",
        "minConfirm": 1,
        "unLockConfirm": 0,
        "sameAddress": False,
        "estimatedArrivalTime": 0,
        "busy": False,
    }


def user_assets(call: Call) -> Reply:
    """Positive balances of the spot wallet; of one asset where it is named."""
    wanted = call.params.get("asset")
    rows = [row for row in call.views.balances.of(account_of(call), "spot") if row.total > 0]
    return responses.reply(
        [
            {
                "asset": row.asset,
                "free": print_decimal(row.free),
                "locked": print_decimal(row.held),
                "freeze": "0",
                "withdrawing": "0",
                "ipoable": "0",
                "btcValuation": "0",
            }
            for row in rows
            if not wanted or row.asset == wanted
        ]
    )


def funding_assets(call: Call) -> Reply:
    """Positive balances of the funding wallet; of one asset where it is named."""
    wanted = call.params.get("asset")
    rows = [row for row in call.views.balances.of(account_of(call), "funding") if row.total > 0]
    return responses.reply(
        [
            {
                "asset": row.asset,
                "free": print_plain(row.free),
                "locked": print_plain(row.held),
                "freeze": "0",
                "withdrawing": "0",
                "btcValuation": "0",
            }
            for row in rows
            if not wanted or row.asset == wanted
        ]
    )


def trade_fees(call: Call) -> Reply:
    """Rates per symbol, of one or of all."""
    markets = spot_markets(call)
    if call.params.get("symbol"):
        market = market_of(call)
        if isinstance(market, ApiError):
            return failure(market)
        markets = [market]
    account = account_of(call)
    rows = [(symbol_of(row.spec), call.views.accounts.fees(account, row.no)) for row in markets]
    return responses.reply(
        [
            {"symbol": symbol, "makerCommission": print_plain(fee.maker), "takerCommission": print_plain(fee.taker)}
            for symbol, fee in rows
        ]
    )


def none_listed(_: Call) -> Reply:
    """A list that is empty here: margin pairs, delistings."""
    return responses.reply([])


def system_status(_: Call) -> Reply:
    return responses.reply({"status": 0, "msg": "normal"})


def account_status(_: Call) -> Reply:
    return responses.reply({"data": "Normal"})


def trading_status(call: Call) -> Reply:
    """No account is locked for the ratios of its orders; the bounds are those of the venue's own page."""
    return responses.reply(
        {
            "data": {
                "isLocked": False,
                "plannedRecoverTime": 0,
                "triggerCondition": {"GCR": 150, "IFER": 150, "UFR": 300},
                "updateTime": millis(call.now),
            }
        }
    )


def asset_details(call: Call) -> Reply:
    """What it takes to send each asset out, or one: none can be sent."""
    wanted = call.params.get("asset", "").upper()
    assets = [asset for asset in spot_assets(call, account_of(call)) if wanted in ("", asset)]
    closed = {"minWithdrawAmount": "0", "depositStatus": False, "withdrawFee": 0, "withdrawStatus": False}
    return responses.reply(dict.fromkeys(assets, closed))


def no_rows(_: Call) -> Reply:
    """A list in pages that is empty here: dividends."""
    return responses.reply({"rows": [], "total": 0})


def no_dust(_: Call) -> Reply:
    """Conversions of small amounts: there are none."""
    return responses.reply({"total": 0, "userAssetDribblets": []})


def account_info(_: Call) -> Reply:
    return responses.reply({"vipLevel": 0, "isMarginEnabled": False, "isFutureEnabled": True})


def bnb_burn(call: Call) -> Reply:
    """Whether fees of spot are paid in the discount asset. Interest there is none."""
    on = call.views.accounts.option(account_of(call), AccountOption.DISCOUNT_SPOT)
    return responses.reply({"spotBNBBurn": bool(on), "interestBNBBurn": False})


def set_bnb_burn(call: Call) -> Generator[Command, Step, Reply]:
    """Pay fees of spot in the discount asset from now on, or no more. What stands so already is no error."""
    account, wanted = account_of(call), is_true(call.params, "spotBNBBurn")
    if call.params.get("spotBNBBurn") and call.views.accounts.option(account, AccountOption.DISCOUNT_SPOT) != wanted:
        step = yield SetAccountOption(account, AccountOption.DISCOUNT_SPOT, int(wanted))
        error = refused(step)
        if error is not None:
            return failure(error)
    return bnb_burn(call)


RESTRICTIONS: Final[Mapping[str, Permission]] = {
    "enableReading": Permission.READING,
    "enableWithdrawals": Permission.WITHDRAWALS,
    "enableInternalTransfer": Permission.INTERNAL_TRANSFER,
    "enableFutures": Permission.FUTURES,
    "permitsUniversalTransfer": Permission.UNIVERSAL_TRANSFER,
    "enableSpotAndMarginTrading": Permission.SPOT_TRADING,
}
NEVER_PERMITTED: Final = (
    "enableMargin", "enableVanillaOptions", "enableFixApiTrade", "enableFixReadOnly", "enablePortfolioMarginTrading",
)  # fmt: skip
"""What no key can be allowed, because it is not here."""


def key_restrictions(call: Call) -> Reply:
    """What the key that asks may do, and whether it is bound to addresses."""
    key = call.key
    assert key is not None, "a signed call without a key"  # noqa: S101 - a bug, never input
    created = key.created_at or call.views.accounts.by_no[key.account].opened_at
    return responses.reply(
        {
            "ipRestrict": bool(key.addresses),
            "createTime": millis(Nanos(created)),
            **{name: permission in key.permissions for name, permission in RESTRICTIONS.items()},
            **dict.fromkeys(NEVER_PERMITTED, False),
        }
    )
