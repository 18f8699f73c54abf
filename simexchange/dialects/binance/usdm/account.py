"""Calls that ask about an account: its money, its positions, what holds for it. All margin figures are the core's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from simexchange.core import collateral, deleveraging, margin
from simexchange.core.totals import Totals, totals
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import key_of, market_of, slot_of
from simexchange.core.vocabulary.orders import AccountOption, PositionMode, Slot
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, figures, responses
from simexchange.dialects.binance.usdm.accountnews import alias_of
from simexchange.dialects.binance.usdm.choosing import chosen
from simexchange.dialects.binance.usdm.symbols import SETTLING, contracts_of, find, listed
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey


def me_of(call: Call) -> "Account":
    """The account of a signed call."""
    return call.state.accounts[account_of(call)]


def assets_of(call: Call, me: "Account") -> list[str]:
    """Assets of the account's margin wallet: what contracts settle in, then whatever else it ever held there."""
    settling = {market.spec.settle: None for market in listed(call)}
    settling.update({row.asset: None for row in call.views.balances.of(me.no, contracts_of(call).wallet(me))})
    return list(settling)


def _margin_assets(call: Call) -> dict[str, None]:
    """What may be margin here: assets that contracts settle in, and those that count in multi-assets mode."""
    counted = [row.asset for row in collateral.rows_of(call.state, me_of(call))]
    return dict.fromkeys([*(market.spec.settle for market in listed(call)), *counted])


def wallet_of(call: Call, me: "Account", asset: str) -> Totals:
    """An asset of the account's margin wallet with everything in it."""
    return totals(call.state, me, contracts_of(call).wallet(me), asset)


def updated(call: Call, me: "Account", asset: str) -> int:
    """When that changed last, in milliseconds."""
    return millis(call.views.balances.get(me.no, contracts_of(call).wallet(me), asset).updated_at)


_RANKS: "WeakKeyDictionary[ExchangeState, deleveraging.Ranks]" = WeakKeyDictionary()
"""What was reckoned last of each exchange: everybody's position is looked at for it."""


def _involved(me: "Account", market: "MarketState") -> bool:
    """Whether the account has a position or open orders there."""
    return bool(me.open_counts.get(market.no)) or any(market_of(key) == market.no for key in me.positions)


def held_in(call: Call, me: "Account", market: "MarketState", *, ranked: bool = False) -> Iterator[figures.Held]:
    """The positions the account has there, flat ones included: one, or in hedge mode a long and a short.

    *ranked*: with their places in the queue of auto-deleveraging, for which everybody's position is looked at.
    """
    taker = call.views.accounts.fees(me.no, market.no).taker
    for key in keys_of(me, market):
        yield figures.Held(
            margin.position_state(call.state, me, market, key),
            Slot(slot_of(key)),
            market.no in me.isolated,
            key in me.auto_margin,
            _rank(call, me, market, key) if ranked else 0,
            taker,
        )


def _rank(call: Call, me: "Account", market: "MarketState", key: "PositionKey") -> int:
    ranks = _RANKS.get(call.state)
    if ranks is None:
        ranks = _RANKS[call.state] = deleveraging.Ranks()
    return ranks.of(call.state, me, market, key, call.now)


def keys_of(me: "Account", market: "MarketState") -> "list[PositionKey]":
    """The positions an account can have there by its mode, and separate ones that are."""
    if me.position_mode is PositionMode.ONE_WAY:
        return [market.no]
    both = (key_of(market.no, Slot.LONG), key_of(market.no, Slot.SHORT))
    if me.position_mode is PositionMode.HEDGE:
        return list(both)
    return sorted({*both, *margin.keys_in(me, market)})


def _trade_group(call: Call) -> int:
    return call.views.accounts.option(account_of(call), AccountOption.TRADE_GROUP) or -1


# Money and positions


def account_v3(call: Call) -> Reply:
    """``GET /fapi/v3/account``: assets, and the positions that are not empty."""
    me = me_of(call)
    return responses.ok({
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **figures.wallet_figures(wallet_of(call, me, asset)),
                "updateTime": updated(call, me, asset),
            }
            for asset in assets_of(call, me)
        ],
        "positions": [
            figures.account_position_v3(market.spec, held)
            for market in listed(call)
            if _involved(me, market)
            for held in held_in(call, me, market)
        ],
    })  # fmt: skip


def account_v2(call: Call) -> Reply:
    """``GET /fapi/v2/account``: the same with what the account may do, and every contract's position."""
    me = me_of(call)
    margined = _margin_assets(call)
    return responses.ok({
        "feeTier": 0,
        "feeBurn": bool(call.views.accounts.option(me.no, AccountOption.DISCOUNT_FUTURES)),
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": me.unified,
        "tradeGroupId": _trade_group(call),
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **figures.wallet_figures(wallet_of(call, me, asset)),
                "marginAvailable": asset in margined,
                "updateTime": updated(call, me, asset),
            }
            for asset in assets_of(call, me)
        ],
        "positions": [
            figures.account_position_v2(market.spec, held)
            for market in listed(call)
            for held in held_in(call, me, market)
        ],
    })  # fmt: skip


def _totals(call: Call, me: "Account") -> dict[str, str]:
    """The account as a whole: its USDT, in multi-assets mode everything in USD (``v2/account``, seen 2026-11)."""
    wallet = wallet_of(call, me, ALL_ASSETS if me.unified else SETTLING)
    return {
        "totalInitialMargin": print_decimal(wallet.position_initial + wallet.order_initial),
        "totalMaintMargin": print_decimal(wallet.maintenance),
        "totalWalletBalance": print_decimal(wallet.wallet),
        "totalUnrealizedProfit": print_decimal(wallet.unrealised),
        "totalMarginBalance": print_decimal(wallet.margin_balance),
        "totalPositionInitialMargin": print_decimal(wallet.position_initial),
        "totalOpenOrderInitialMargin": print_decimal(wallet.order_initial),
        "totalCrossWalletBalance": print_decimal(wallet.cross_wallet),
        "totalCrossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
    }


def balance(call: Call) -> Reply:
    """``GET /fapi/v2/balance`` and ``v3``: a row per asset."""
    me = me_of(call)
    return responses.ok([_balance_row(call, me, asset) for asset in assets_of(call, me)])


def _balance_row(call: Call, me: "Account", asset: str) -> responses.Json:
    wallet = wallet_of(call, me, asset)
    return {
        "accountAlias": alias_of(me.no),
        "asset": asset,
        "balance": print_decimal(wallet.wallet),
        "crossWalletBalance": print_decimal(wallet.cross_wallet),
        "crossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
        "marginAvailable": asset in _margin_assets(call),
        "updateTime": updated(call, me, asset),
    }


def positions_v3(call: Call) -> Reply:
    """``GET /fapi/v3/positionRisk``: contracts with a position or open orders."""
    me = me_of(call)
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rows = [
        figures.position_v3(market.spec, held)
        for market in markets
        if _involved(me, market)
        for held in held_in(call, me, market, ranked=True)
    ]
    return responses.ok(rows)


def positions_v2(call: Call) -> Reply:
    """``GET /fapi/v2/positionRisk``: every contract, with a position or without."""
    me = me_of(call)
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    return responses.ok(
        [figures.position_v2(market.spec, held) for market in markets for held in held_in(call, me, market)]
    )


def is_hedged(me: "Account") -> bool:
    """Whether its positions are a long and a short, as far as this venue can tell."""
    return me.position_mode is not PositionMode.ONE_WAY


def adl_quantile(call: Call) -> Reply:
    """``GET /fapi/v1/adlQuantile``: in which fifth of its side's queue each position stands, 4 the front."""
    me = me_of(call)
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rows = []
    for market in markets:
        if any(market_of(key) == market.no for key in me.positions):
            quantiles = _quantiles(me, market, list(held_in(call, me, market, ranked=True)))
            rows.append({"symbol": symbol_of(market.spec), "adlQuantile": quantiles})
    return responses.ok(rows)


def _quantiles(me: "Account", market: "MarketState", held: list[figures.Held]) -> dict[str, int]:
    """By position side. A cross long and short fall together: both show the same, and HEDGE in place of BOTH."""
    found = {"LONG": 0, "SHORT": 0}
    for one in held:
        found[one.side] = max(found.get(one.side, 0), one.adl)
    if not is_hedged(me):
        # Which side the one position is on says which of the two it fills.
        (one,) = held
        return {**found, "LONG" if one.figures.qty > 0 else "SHORT": one.adl, "BOTH": 0}
    if market.no in me.isolated:
        return {**found, "BOTH": 0}
    return {"LONG": max(found.values()), "SHORT": max(found.values()), "HEDGE": 0}


def symbol_config(call: Call) -> Reply:
    """``GET /fapi/v1/symbolConfig``."""
    me = me_of(call)
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rows = []
    for market in markets:
        held = list(held_in(call, me, market))
        position = held[0].figures
        rows.append({
            "symbol": symbol_of(market.spec),
            "marginType": "ISOLATED" if market.no in me.isolated else "CROSSED",
            # No text here, as it is one in positionRisk: the venue's own package and nautilus_trader read a boolean.
            "isAutoAddMargin": any(one.auto_margin for one in held),
            "leverage": position.leverage,
            "maxNotionalValue": print_plain(position.max_notional),
        })  # fmt: skip
    return responses.ok(rows)


def account_config(call: Call) -> Reply:
    """``GET /fapi/v1/accountConfig``."""
    return responses.ok({
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": is_hedged(me_of(call)),
        "updateTime": 0,
        "multiAssetsMargin": me_of(call).unified,
        "tradeGroupId": _trade_group(call),
    })  # fmt: skip


def commission_rate(call: Call) -> Reply:
    """``GET /fapi/v1/commissionRate``."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    rates = call.views.accounts.fees(account_of(call), market.no)
    return responses.ok({
        "symbol": call.params["symbol"],
        "makerCommissionRate": print_fixed(rates.maker, 6),
        "takerCommissionRate": print_fixed(rates.taker, 6),
    })  # fmt: skip


def leverage_bracket(call: Call) -> Reply:
    """``GET /fapi/v1/leverageBracket``: an array, of one symbol or of all."""
    me = me_of(call)
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rules = call.state.rules
    return responses.ok(
        [
            figures.brackets(market.spec, rules[me.rules, market.no])
            for market in markets
            if (me.rules, market.no) in rules
        ]
    )


def trading_status(call: Call) -> Reply:
    """``GET /fapi/v1/apiTradingStatus``: no account is locked for its ratios here."""
    return responses.ok({"indicators": {}, "updateTime": millis(call.now)})


def order_rate_limits(call: Call) -> Reply:
    """``GET /fapi/v1/rateLimit/order``."""
    return responses.ok([limit.shown() for limit in FUTURES_LIMITS if limit.kind == "ORDERS"])
