"""Calls that ask about an account of COIN-M: its coins and its positions. All margin figures are the core's."""

from simexchange.dialects.binance.coinm import responses
from simexchange.dialects.binance.usdm import account as linear, figures
from simexchange.dialects.binance.usdm.accountnews import alias_of
from simexchange.dialects.binance.usdm.choosing import chosen, of_pair
from simexchange.dialects.binance.usdm.symbols import listed, pair_of
from simexchange.dialects.contract import ApiError, Call, Reply


def account(call: Call) -> Reply:
    """``GET /dapi/v1/account``: every coin, and every contract's position."""
    me = linear.me_of(call)
    return responses.ok({
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "assets": [
            {
                "asset": coin,
                **figures.wallet_figures(linear.wallet_of(call, me, coin)),
                "updateTime": linear.updated(call, me, coin),
            }
            for coin in linear.assets_of(call, me)
        ],
        "positions": [
            responses.account_position(market.spec, held)
            for market in listed(call)
            for held in linear.held_in(call, me, market)
        ],
    })  # fmt: skip


def balance(call: Call) -> Reply:
    """``GET /dapi/v1/balance``: a row per coin."""
    me = linear.me_of(call)
    return responses.ok([
        responses.balance(alias_of(me.no), coin, linear.wallet_of(call, me, coin), linear.updated(call, me, coin))
        for coin in linear.assets_of(call, me)
    ])  # fmt: skip


def positions(call: Call) -> Reply:
    """``GET /dapi/v1/positionRisk``: every contract's position, of one margin asset, of one pair, or of all."""
    me = linear.me_of(call)
    coin = call.params.get("marginAsset")
    return responses.ok([
        responses.position(market.spec, held)
        for market in of_pair(call, listed(call))
        if not coin or market.spec.settle == coin
        for held in linear.held_in(call, me, market)
    ])  # fmt: skip


def leverage_bracket(call: Call) -> Reply:
    """``GET /dapi/v2/leverageBracket``: an array, of one symbol or of all."""
    markets = chosen(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rules, me = call.state.rules, linear.me_of(call)
    return responses.ok([
        responses.brackets(market.spec, rules[me.rules, market.no])
        for market in markets
        if (me.rules, market.no) in rules
    ])  # fmt: skip


def pair_bracket(call: Call) -> Reply:
    """``GET /dapi/v1/leverageBracket``: an array of pairs, each with the brackets of its oldest contract."""
    rules, me = call.state.rules, linear.me_of(call)
    rows: dict[str, responses.Json] = {}
    for market in of_pair(call, listed(call)):
        pair = pair_of(market.spec)
        if pair not in rows and (me.rules, market.no) in rules:
            rows[pair] = {
                "pair": pair,
                "brackets": responses.brackets(market.spec, rules[me.rules, market.no])["brackets"],
            }
    return responses.ok(list(rows.values()))
