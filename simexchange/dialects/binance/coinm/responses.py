"""Where answers of COIN-M differ from those of USDⓈ-M: pairs, contract sizes, base instead of quote volumes."""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.markets import Filters, Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import figures, responses as linear
from simexchange.dialects.binance.usdm.symbols import pair_of

if TYPE_CHECKING:
    from simexchange.core.totals import Totals
    from simexchange.projections.trades import TradeRow

Json = dict[str, Any]

NO_RULES: Final = MarketRules(Filters(), Rate(0), Rate(0))
"""For a contract that is kept as market data only."""

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
    """One contract: ``contractStatus`` and ``contractSize`` instead of ``status``, and no MIN_NOTIONAL."""
    shown = linear.contract(now, spec, status, rules)
    shown["contractStatus"] = shown.pop("status")
    shown["contractSize"] = figures.as_number(spec.contract_size)
    shown["equalQtyPrecision"] = 4
    shown["filters"] = [one for one in shown["filters"] if one["filterType"] != "MIN_NOTIONAL"]
    return shown


def public_trade(spec: Market, row: "TradeRow") -> Json:
    """One print, with the coin it was worth."""
    shown = linear.public_trade(spec, row)
    shown["baseQty"] = shown.pop("quoteQty")
    return shown


def with_pair(spec: Market, row: Json) -> Json:
    """A row with the pair it belongs to."""
    return {"symbol": row["symbol"], "pair": pair_of(spec), **row}


def asset(name: str, wallet: "Totals", updated: Nanos) -> Json:
    """One coin of the margin wallet."""
    return {"asset": name, **figures.wallet_figures(wallet), "updateTime": millis(updated)}


def balance(alias: str, name: str, wallet: "Totals", updated: Nanos) -> Json:
    """One coin of the margin wallet, as ``balance`` shows it."""
    return {
        "accountAlias": alias,
        "asset": name,
        "balance": print_decimal(wallet.wallet),
        "withdrawAvailable": print_decimal(wallet.withdrawable),
        "crossWalletBalance": print_decimal(wallet.cross_wallet),
        "crossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "updateTime": millis(updated),
    }
