"""The account behind the orders of spot: balances, rates, and how many orders it has sent."""

from typing import Any

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Commission
from simexchange.core.vocabulary.orders import AccountOption, Side
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.limits import SPOT_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import responses, rules
from simexchange.dialects.binance.spot.calls import account_of, failure, market_of, spot_markets
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.accounts import FeeRates
from simexchange.projections.markets import MarketRow


def account(call: Call) -> Reply:
    """Balances of every asset that can be held in the spot wallet, and the rates of the first market."""
    no = account_of(call)
    fees = account_fees(call, no)
    group = call.views.accounts.option(no, AccountOption.TRADE_GROUP)
    return responses.reply(
        {
            # In hundredths of a percent, as the venue has always written it.
            "makerCommission": fees.maker // 10_000,
            "takerCommission": fees.taker // 10_000,
            "buyerCommission": fees.buyer // 10_000,
            "sellerCommission": fees.seller // 10_000,
            "commissionRates": responses.commission_rates(responses.standard_of(fees)),
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": wire_time(spot_updated_at(call, no), call.options),
            "accountType": "SPOT",
            "balances": balances(call, no, omit_zeros=is_true(call.params, "omitZeroBalances")),
            "permissions": ["SPOT"],
            "uid": no,
            **({"tradeGroupId": group} if group else {}),
        }
    )


def spot_updated_at(call: Call, no: AccountNo) -> Nanos:
    """When the spot wallet changed last; what happens in the account's other wallets is no matter of this product."""
    return max((row.updated_at for row in call.views.balances.of(no, "spot")), default=Nanos(0))


def account_fees(call: Call, no: AccountNo) -> FeeRates:
    """The rates shown for the account as a whole: those of the first spot market."""
    markets = spot_markets(call)
    return call.views.accounts.fees(no, markets[0].no) if markets else responses.NO_FEES


def spot_assets(call: Call, no: AccountNo) -> list[str]:
    """Assets of the spot markets in order of listing, then any other the account ever had."""
    assets = {asset: None for row in spot_markets(call) for asset in (row.spec.base, row.spec.quote)}
    assets.update((row.asset, None) for row in call.views.balances.of(no, "spot"))
    return list(assets)


def balances(call: Call, no: AccountNo, *, omit_zeros: bool) -> list[dict[str, str]]:
    rows = [call.views.balances.get(no, "spot", asset) for asset in spot_assets(call, no)]
    return [responses.balance(row) for row in rows if not omit_zeros or row.free or row.held]


def commission(call: Call) -> Reply:
    """What the account pays in one symbol, by kind, and whether it pays in the discount asset."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    parts = _parts(call, market)
    return responses.reply(
        {
            "symbol": symbol_of(market.spec),
            **{f"{kind}Commission": responses.commission_rates(part) for kind, part in parts.items()},
            "discount": discount(call, market),
        }
    )


def order_commission(call: Call, market: MarketRow, side: Side) -> dict[str, Any]:
    """What an order of *side* would pay."""
    parts = _parts(call, market)
    return {
        **{f"{kind}CommissionForOrder": responses.order_rates(part, side) for kind, part in parts.items()},
        "discount": discount(call, market),
    }


def _parts(call: Call, market: MarketRow) -> dict[str, Commission]:
    fees = call.views.accounts.fees(account_of(call), market.no)
    return {
        "standard": responses.standard_of(fees),
        "special": fees.special or responses.FREE,
        "tax": fees.tax or responses.FREE,
    }


def discount(call: Call, market: MarketRow) -> dict[str, Any]:
    """Who may pay standard commission in the discount asset; *discount* is what is then paid of it."""
    row = call.views.accounts.by_no[account_of(call)]
    bundle = call.views.markets.bundles.get(row.rules)
    of_market = call.views.markets.rules(row.rules, market.no)
    asset = bundle.discount_asset if bundle is not None else ""
    return {
        "enabledForAccount": bool(asset and call.views.accounts.option(row.no, AccountOption.DISCOUNT_SPOT)),
        "enabledForSymbol": bool(asset and of_market is not None and of_market.discount),
        "discountAsset": asset or "BNB",
        "discount": print_decimal(bundle.discount_spot if bundle is not None else 0),
    }


def my_filters(call: Call) -> Reply:
    """The filters in force for the account's own rules, and what one of its orders may move of an asset."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    bundle = call.views.accounts.by_no[account_of(call)].rules
    of_market = call.views.markets.rules(bundle, market.no)
    limits = call.state.accounts[account_of(call)].asset_limits
    return responses.reply(
        {
            "exchangeFilters": rules.exchange_filters(call.state.bundles.get(bundle)),
            "symbolFilters": [] if of_market is None else rules.filters(market.spec, of_market),
            "assetFilters": [
                {"filterType": "MAX_ASSET", "asset": asset, "limit": print_decimal(most)}
                for asset, most in sorted(limits.items())
                if asset in (market.spec.base, market.spec.quote)
            ],
        }
    )


def order_limits(call: Call) -> Reply:
    """How many of the new orders it may send the account has used up."""
    return responses.reply(
        [
            {**limit.shown(), "count": int(call.counts.get(limit.header, 0))}
            for limit in SPOT_LIMITS
            if limit.kind == "ORDERS"
        ]
    )
