"""What the insurance fund has, and what it is likely to be short of, as anybody may ask."""

from typing import TYPE_CHECKING

from simexchange.core import brackets, margin, valuing
from simexchange.core.state import FUND
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.market import one_or_all
from simexchange.dialects.binance.usdm.symbols import RULES, find, listed
from simexchange.dialects.contract import Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState


def balance(call: Call) -> Reply:
    """``GET /fapi/v1/insuranceBalance``: one fund stands behind every contract here.

    The venue groups contracts by fund: with a symbol its group alone is answered, without one an array of them.
    """
    if call.params.get("symbol"):
        found = find(call, call.params["symbol"])
        return responses.refused(errors.BAD_SYMBOL) if found is None else responses.ok(_group(call))
    return responses.ok([_group(call)])


def _group(call: Call) -> responses.Json:
    """Every contract, and per asset the fund's cash with what its positions have gained."""
    fund = call.state.accounts[FUND]
    markets = list(listed(call))
    wallet = fund.linear_wallet
    assets = dict.fromkeys(market.spec.settle for market in markets)
    return {
        "symbols": sorted(symbol_of(market.spec) for market in markets),
        "assets": [
            {
                "asset": asset,
                "marginBalance": print_decimal(margin.equity(call.state, fund, wallet, asset)),
                "updateTime": millis(call.views.balances.get(FUND, wallet, asset).updated_at),
            }
            for asset in assets
        ],
    }


def adl_risk_row(market: "MarketState", call: Call) -> responses.Json:
    """``GET /fapi/v1/symbolAdlRisk``: how likely it is that a liquidation is met by auto-deleveraging."""
    return {"symbol": symbol_of(market.spec), "adlRisk": _risk(market, call), "updateTime": millis(call.now)}


def _risk(market: "MarketState", call: Call) -> str:
    """By what the fund has in the contract's asset beside what its open interest must maintain at the least.

    The venue says that it looks at more, and not how (seen 2026-11).
    """
    fund = call.state.accounts[FUND]
    covered = margin.equity(call.state, fund, fund.linear_wallet, market.spec.settle)
    if covered <= 0:
        return "high"
    rules = call.state.rules.get((RULES, market.no))
    worth = valuing.worth(market.spec, margin.price_of(market), call.views.positions.open_interest(market.no))
    at_stake = 0 if rules is None else brackets.maintenance(rules.tiers[:1], worth)
    return "low" if at_stake <= covered else "medium"


adl_risk = one_or_all(adl_risk_row)
