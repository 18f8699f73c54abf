"""Calls that ask about an account: its money, its positions, what holds for it. All margin figures are the core's."""

from collections.abc import Iterator
from hashlib import blake2b
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
from simexchange.dialects.binance.usdm.symbols import SETTLING, find, listed
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey


def _me(call: Call) -> "Account":
    return call.state.accounts[account_of(call)]


def _assets(call: Call, me: "Account") -> list[str]:
    """Assets of the account's margin wallet: what contracts settle in, then whatever else it ever held there."""
    settling = {market.spec.settle: None for market in listed(call.state)}
    settling.update({row.asset: None for row in call.views.balances.of(me.no, me.linear_wallet)})
    return list(settling)


def _margin_assets(call: Call) -> dict[str, None]:
    """What may be margin here: assets that contracts settle in, and those that count in multi-assets mode."""
    counted = [row.asset for row in collateral.rows_of(call.state, _me(call))]
    return dict.fromkeys([*(market.spec.settle for market in listed(call.state)), *counted])


def _wallet(call: Call, me: "Account", asset: str) -> Totals:
    return totals(call.state, me, me.linear_wallet, asset)


def _updated(call: Call, me: "Account", asset: str) -> int:
    return millis(call.views.balances.get(me.no, me.linear_wallet, asset).updated_at)


_RANKS: "WeakKeyDictionary[ExchangeState, deleveraging.Ranks]" = WeakKeyDictionary()
"""What was reckoned last of each exchange: everybody's position is looked at for it."""


def _involved(me: "Account", market: "MarketState") -> bool:
    """Whether the account has a position or open orders there."""
    return bool(me.open_counts.get(market.no)) or any(market_of(key) == market.no for key in me.positions)


def _held(call: Call, me: "Account", market: "MarketState", *, ranked: bool = False) -> Iterator[figures.Held]:
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
    me = _me(call)
    return responses.ok({
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **figures.wallet_figures(_wallet(call, me, asset)),
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            figures.account_position_v3(market.spec, held)
            for market in listed(call.state)
            if _involved(me, market)
            for held in _held(call, me, market)
        ],
    })  # fmt: skip


def account_v2(call: Call) -> Reply:
    """``GET /fapi/v2/account``: the same with what the account may do, and every contract's position."""
    me = _me(call)
    margined = _margin_assets(call)
    return responses.ok({
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": _me(call).unified,
        "tradeGroupId": _trade_group(call),
        **_totals(call, me),
        "assets": [
            {
                "asset": asset,
                **figures.wallet_figures(_wallet(call, me, asset)),
                "marginAvailable": asset in margined,
                "updateTime": _updated(call, me, asset),
            }
            for asset in _assets(call, me)
        ],
        "positions": [
            figures.account_position_v2(market.spec, held)
            for market in listed(call.state)
            for held in _held(call, me, market)
        ],
    })  # fmt: skip


def _totals(call: Call, me: "Account") -> dict[str, str]:
    """The account as a whole: its USDT, in multi-assets mode everything in USD (``v2/account``, seen 2026-11)."""
    wallet = _wallet(call, me, ALL_ASSETS if me.unified else SETTLING)
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
    me = _me(call)
    return responses.ok([_balance_row(call, me, asset) for asset in _assets(call, me)])


def _balance_row(call: Call, me: "Account", asset: str) -> responses.Json:
    wallet = _wallet(call, me, asset)
    return {
        "accountAlias": alias_of(me.no),
        "asset": asset,
        "balance": print_decimal(wallet.wallet),
        "crossWalletBalance": print_decimal(wallet.cross_wallet),
        "crossUnPnl": print_decimal(wallet.cross_unrealised),
        "availableBalance": print_decimal(wallet.available),
        "maxWithdrawAmount": print_decimal(wallet.withdrawable),
        "marginAvailable": asset in _margin_assets(call),
        "updateTime": _updated(call, me, asset),
    }


def alias_of(account: int) -> str:
    """The short name by which the venue calls an account: letters that mean nothing."""
    return "".join(chr(ord("A") + byte % 26) for byte in blake2b(b"%d" % account, digest_size=8).digest())


def positions_v3(call: Call) -> Reply:
    """``GET /fapi/v3/positionRisk``: contracts with a position or open orders."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rows = [
        figures.position_v3(market.spec, held)
        for market in chosen
        if _involved(me, market)
        for held in _held(call, me, market, ranked=True)
    ]
    return responses.ok(rows)


def positions_v2(call: Call) -> Reply:
    """``GET /fapi/v2/positionRisk``: every contract, with a position or without."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    return responses.ok(
        [figures.position_v2(market.spec, held) for market in chosen for held in _held(call, me, market)]
    )


def _chosen(call: Call) -> "list[MarketState] | ApiError":
    """The market a call names, or all of them."""
    symbol = call.params.get("symbol")
    if not symbol:
        return list(listed(call.state))
    market = find(call.state, symbol)
    return errors.BAD_SYMBOL if market is None else [market]


def is_hedged(me: "Account") -> bool:
    """Whether its positions are a long and a short, as far as this venue can tell."""
    return me.position_mode is not PositionMode.ONE_WAY


def adl_quantile(call: Call) -> Reply:
    """``GET /fapi/v1/adlQuantile``: in which fifth of its side's queue each position stands, 4 the front."""
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rows = []
    for market in chosen:
        if any(market_of(key) == market.no for key in me.positions):
            quantiles = _quantiles(me, market, list(_held(call, me, market, ranked=True)))
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
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rows = []
    for market in chosen:
        held = list(_held(call, me, market))
        position = held[0].figures
        rows.append({
            "symbol": symbol_of(market.spec),
            "marginType": "ISOLATED" if market.no in me.isolated else "CROSSED",
            "isAutoAddMargin": str(any(one.auto_margin for one in held)).lower(),
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
        "dualSidePosition": is_hedged(_me(call)),
        "updateTime": 0,
        "multiAssetsMargin": _me(call).unified,
        "tradeGroupId": _trade_group(call),
    })  # fmt: skip


def commission_rate(call: Call) -> Reply:
    """``GET /fapi/v1/commissionRate``."""
    market = find(call.state, call.params["symbol"])
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
    me = _me(call)
    chosen = _chosen(call)
    if isinstance(chosen, ApiError):
        return responses.refused(chosen)
    rules = call.state.rules
    return responses.ok(
        [
            figures.brackets(market.spec, rules[me.rules, market.no])
            for market in chosen
            if (me.rules, market.no) in rules
        ]
    )


def trading_status(call: Call) -> Reply:
    """``GET /fapi/v1/apiTradingStatus``: no account is locked for its ratios here."""
    return responses.ok({"indicators": {}, "updateTime": millis(call.now)})


def order_rate_limits(call: Call) -> Reply:
    """``GET /fapi/v1/rateLimit/order``."""
    return responses.ok([limit.shown() for limit in FUTURES_LIMITS if limit.kind == "ORDERS"])
