"""Where answers of COIN-M differ from those of USDⓈ-M: pairs, contract sizes, coins instead of notional values."""

from typing import TYPE_CHECKING, Any

from simexchange.core import display
from simexchange.core.vocabulary.markets import Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import figures, responses as linear
from simexchange.dialects.binance.usdm.symbols import pair_of

if TYPE_CHECKING:
    from simexchange.core.totals import Totals
    from simexchange.projections.trades import TradeRow

Json = dict[str, Any]

ok = linear.ok
refused = linear.refused


def exchange_info(now: Nanos, contracts: list[tuple[Market, MarketStatus, MarketRules]]) -> Json:
    """Everything a client learns about this product before it trades."""
    return {
        "timezone": "UTC",
        "serverTime": millis(now),
        "rateLimits": [limit.shown() for limit in FUTURES_LIMITS],
        "exchangeFilters": [],
        "symbols": [contract(now, *one) for one in contracts],
    }


def contract(now: Nanos, spec: Market, status: MarketStatus, rules: MarketRules) -> Json:
    """One contract: ``contractStatus`` and ``contractSize`` instead of ``status``, no MIN_NOTIONAL and no GTD."""
    shown = linear.contract(now, spec, status, rules)
    shown["contractStatus"] = shown.pop("status")
    shown["contractSize"] = figures.as_number(spec.contract_size)
    shown["equalQtyPrecision"] = 4
    shown["filters"] = [one for one in shown["filters"] if one["filterType"] != "MIN_NOTIONAL"]
    shown["timeInForce"] = [word for word in shown["timeInForce"] if word != "GTD"]
    return shown


def public_trade(spec: Market, row: "TradeRow") -> Json:
    """One print, with the coin it was worth."""
    shown = linear.public_trade(spec, row)
    del shown["quoteQty"], shown["isRPITrade"]
    shown["baseQty"] = print_decimal(display.coins(spec, row.price, row.qty))
    return shown


def with_pair(spec: Market, row: Json) -> Json:
    """A row with the pair it belongs to."""
    return {"symbol": row["symbol"], "pair": pair_of(spec), **row}


def balance(alias: str, name: str, wallet: "Totals", updated: int) -> Json:
    """One coin of the margin wallet, as ``balance`` shows it."""
    return {
        "accountAlias": alias,
        "asset": name,
        "balance": print_decimal(wallet.wallet),
        "withdrawAvailable": print_decimal(wallet.withdrawable),
        "crossWalletBalance": print_decimal(wallet.cross_wallet),
        "crossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "updateTime": updated,
    }


def position(spec: Market, held: figures.Held) -> Json:
    """One row of ``GET /dapi/v1/positionRisk``."""
    shown = figures.position_v2(spec, held)
    shown["maxQty"] = shown.pop("maxNotionalValue")
    shown["notionalValue"] = shown.pop("notional")
    return shown


def account_position(spec: Market, held: figures.Held) -> Json:
    """One position of ``GET /dapi/v1/account``."""
    shown = figures.account_position_v2(spec, held)
    shown["maxQty"] = shown.pop("maxNotional")
    shown["notionalValue"] = shown.pop("notional")
    del shown["bidNotional"], shown["askNotional"]
    return shown


def brackets(spec: Market, rules: MarketRules) -> Json:
    """Leverage brackets in coins. The floor has two names: live answers say ``qtyFloor``, documents ``qtylFloor``."""
    shown = figures.brackets(spec, rules)
    for bracket in shown["brackets"]:
        bracket["qtyCap"] = bracket.pop("notionalCap")
        bracket["qtyFloor"] = bracket["qtylFloor"] = bracket.pop("notionalFloor")
    return shown
