"""What a parent sees of his sub-accounts: their assets, their futures accounts and positions.

Shapes: "Sub Account", asset management (developers.binance.com, seen 2026-11); v1 is USDⓈ-M, v2 either by
``futuresType``. All margin figures are the core's; sums over accounts are sums.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core import display, margin
from simexchange.core.brackets import cap_at
from simexchange.core.totals import Totals, totals
from simexchange.core.vocabulary.ids import market_of
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.params import Param, anything, checker, integer, one_of
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.families import children, email_of, limit, paged, parent, sub_account
from simexchange.dialects.binance.spot import responses
from simexchange.dialects.binance.spot.account import spot_assets
from simexchange.dialects.binance.spot.calls import failure
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.accounts import AccountRow

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import PositionKey

LINEAR, INVERSE = "1", "2"
SETTLING: Final = "USDT"
SUMMED_IN: Final = {LINEAR: "USDT", INVERSE: "BTC"}
"""In which asset an account is told as a whole."""

OF_ONE: Final = checker(Param("email", anything, required=True))
OF_ONE_TYPED: Final = checker(
    Param("email", anything, required=True), Param("futuresType", one_of((LINEAR, INVERSE)), required=True)
)
SUMMARY: Final = checker()
SUMMARY_TYPED: Final = checker(
    Param("futuresType", one_of((LINEAR, INVERSE)), required=True), Param("page", integer(1)), limit(20)
)


def assets_v3(call: Call) -> Reply:
    """``GET /sapi/v3/sub-account/assets``: the spot wallet, with amounts as numbers."""
    return _assets(call, lambda units: msgspec.Raw(print_plain(units).encode()))


def assets_v4(call: Call) -> Reply:
    """``GET /sapi/v4/sub-account/assets``: the same with amounts as texts."""
    return _assets(call, print_plain)


def _assets(call: Call, spell: Callable[[int], Any]) -> Reply:
    row = sub_account(call)
    if isinstance(row, ApiError):
        return failure(row)
    held = [call.views.balances.get(row.no, "spot", asset) for asset in spot_assets(call, row.no)]
    return responses.reply(
        {
            "balances": [
                {
                    "freeze": spell(0),
                    "withdrawing": spell(0),
                    "asset": one.asset,
                    "free": spell(one.free),
                    "locked": spell(one.held),
                }
                for one in held
            ]
        }
    )


# Futures accounts


def _wallet(row: AccountRow, kind: str) -> str:
    return row.linear_wallet if kind == LINEAR else row.inverse_wallet


def _settled(call: Call, row: AccountRow, kind: str) -> list[str]:
    """What contracts settle in, then whatever else the account ever held there."""
    markets = [market for market in call.state.markets.values() if market.derivative]
    found = {market.spec.settle: None for market in markets if market.inverse is (kind == INVERSE)}
    found.update((one.asset, None) for one in call.views.balances.of(row.no, _wallet(row, kind)))
    return list(found)


def _totals(call: Call, row: AccountRow, kind: str, asset: str) -> Totals:
    return totals(call.state, call.state.accounts[row.no], _wallet(row, kind), asset)


def _asset_row(asset: str, figures: Totals) -> dict[str, str]:
    return {
        "asset": asset,
        "initialMargin": print_decimal(figures.position_initial + figures.order_initial),
        "maintenanceMargin": print_decimal(figures.maintenance),
        "marginBalance": print_decimal(figures.margin_balance),
        "maxWithdrawAmount": print_decimal(figures.withdrawable),
        "openOrderInitialMargin": print_decimal(figures.order_initial),
        "positionInitialMargin": print_decimal(figures.position_initial),
        "unrealizedProfit": print_decimal(figures.unrealised),
        "walletBalance": print_decimal(figures.wallet),
    }


def _sums(figures: Iterable[Totals]) -> dict[str, str]:
    """Totals of one account, or of several: they add up."""
    rows = list(figures)
    return {
        "totalInitialMargin": print_decimal(sum(one.position_initial + one.order_initial for one in rows)),
        "totalMaintenanceMargin": print_decimal(sum(one.maintenance for one in rows)),
        "totalMarginBalance": print_decimal(sum(one.margin_balance for one in rows)),
        "totalOpenOrderInitialMargin": print_decimal(sum(one.order_initial for one in rows)),
        "totalPositionInitialMargin": print_decimal(sum(one.position_initial for one in rows)),
        "totalUnrealizedProfit": print_decimal(sum(one.unrealised for one in rows)),
        "totalWalletBalance": print_decimal(sum(one.wallet for one in rows)),
    }


def _detail(call: Call, row: AccountRow, kind: str) -> dict[str, Any]:
    whole = _totals(call, row, kind, SUMMED_IN[kind])
    balances = call.views.balances.of(row.no, _wallet(row, kind))
    return {
        "email": email_of(row),
        "assets": [_asset_row(asset, _totals(call, row, kind, asset)) for asset in _settled(call, row, kind)],
        "canDeposit": True,
        "canTrade": True,
        "canWithdraw": True,
        "feeTier": 0,
        "maxWithdrawAmount": print_decimal(whole.withdrawable),
        **_sums([whole]),
        "updateTime": millis(max((one.updated_at for one in balances), default=row.opened_at)),
    }


def account_v1(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/futures/account``: USDⓈ-M."""
    row = sub_account(call)
    if isinstance(row, ApiError):
        return failure(row)
    return responses.reply({"asset": SETTLING, **_detail(call, row, LINEAR)})


def account_v2(call: Call) -> Reply:
    """``GET /sapi/v2/sub-account/futures/account``."""
    row, kind = sub_account(call), call.params["futuresType"]
    if isinstance(row, ApiError):
        return failure(row)
    name = "futureAccountResp" if kind == LINEAR else "deliveryAccountResp"
    return responses.reply({name: _detail(call, row, kind)})


def summary_v1(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/futures/accountSummary``: everybody's USDⓈ-M account, and their sum."""
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    return responses.reply(_summary(call, children(call, head), children(call, head), LINEAR))


def summary_v2(call: Call) -> Reply:
    """``GET /sapi/v2/sub-account/futures/accountSummary``: ten a page where no limit is said."""
    head, kind = parent(call), call.params["futuresType"]
    if isinstance(head, ApiError):
        return failure(head)
    name = "futureAccountSummaryResp" if kind == LINEAR else "deliveryAccountSummaryResp"
    everybody = children(call, head)
    return responses.reply({name: _summary(call, everybody, paged(call, everybody, 10), kind)})


def _summary(call: Call, everybody: list[AccountRow], shown: list[AccountRow], kind: str) -> dict[str, Any]:
    asset = SUMMED_IN[kind]
    return {
        **_sums(_totals(call, row, kind, asset) for row in everybody),
        "asset": asset,
        "subAccountList": [
            {"email": email_of(row), **_sums([_totals(call, row, kind, asset)]), "asset": asset} for row in shown
        ],
    }


# Positions


def positions_v1(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/futures/positionRisk``: USDⓈ-M."""
    row = sub_account(call)
    return failure(row) if isinstance(row, ApiError) else responses.reply(_positions(call, row, LINEAR))


def positions_v2(call: Call) -> Reply:
    """``GET /sapi/v2/sub-account/futures/positionRisk``."""
    row, kind = sub_account(call), call.params["futuresType"]
    if isinstance(row, ApiError):
        return failure(row)
    name = "futurePositionRiskVos" if kind == LINEAR else "deliveryPositionRiskVos"
    return responses.reply({name: _positions(call, row, kind)})


def _positions(call: Call, row: AccountRow, kind: str) -> list[dict[str, Any]]:
    keys = sorted(call.state.accounts[row.no].positions)
    inverse = kind == INVERSE
    return [
        _position(call, row, key, inverse=inverse)
        for key in keys
        if call.state.markets[market_of(key)].inverse is inverse
    ]


def _position(call: Call, row: AccountRow, key: "PositionKey", *, inverse: bool) -> dict[str, Any]:
    account, market = call.state.accounts[row.no], call.state.markets[market_of(key)]
    held = margin.position_state(call.state, account, market, key)
    told = {
        "entryPrice": print_plain(display.entry_price(held.qty, held.cost, display.contract_of(market.spec))),
        "leverage": str(held.leverage),
        "liquidationPrice": print_plain(held.liquidation_price),
        "markPrice": print_plain(held.mark),
        "positionAmount": print_plain(held.qty),
        "symbol": symbol_of(market.spec),
        "unrealizedProfit": print_plain(held.unrealised),
    }
    if not inverse:
        tiers = margin.tiers_of(call.state, account, market.no)
        told["maxNotional"] = print_plain(cap_at(tiers, held.leverage))
    return told
