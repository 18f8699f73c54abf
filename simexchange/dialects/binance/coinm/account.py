"""Calls about an account of COIN-M: its coins, and that it has no positions and no orders here yet."""

from simexchange.core.totals import totals
from simexchange.core.vocabulary.orders import PositionMode
from simexchange.dialects.binance.coinm import errors, responses
from simexchange.dialects.binance.coinm.symbols import find, listed
from simexchange.dialects.binance.common.errors import NOT_SUPPORTED
from simexchange.dialects.binance.common.symbols import COINM, symbol_of
from simexchange.dialects.binance.usdm.account import alias_of
from simexchange.dialects.binance.usdm.figures import brackets
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import Call, ListenKeys, Reply


def _coins(call: Call) -> list[str]:
    """Coins that contracts settle in, and whatever else the account ever held in its coin wallet."""
    me = call.state.accounts[account_of(call)]
    coins = {market.spec.settle: None for market in listed(call.state)}
    coins.update({row.asset: None for row in call.views.balances.of(me.no, me.inverse_wallet)})
    return list(coins)


def account(call: Call) -> Reply:
    """``GET /dapi/v1/account``."""
    me = call.state.accounts[account_of(call)]
    wallet, balances = me.inverse_wallet, call.views.balances
    assets = [
        responses.asset(
            coin,
            totals(call.state, me, wallet, coin),
            balances.get(me.no, wallet, coin).updated_at,
        )
        for coin in _coins(call)
    ]
    allowed = {"canDeposit": True, "canTrade": True, "canWithdraw": True, "feeTier": 0, "updateTime": 0}
    return responses.ok({"assets": assets, "positions": [], **allowed})


def balance(call: Call) -> Reply:
    """``GET /dapi/v1/balance``."""
    me = call.state.accounts[account_of(call)]
    wallet, balances = me.inverse_wallet, call.views.balances
    return responses.ok(
        [
            responses.balance(
                alias_of(me.no),
                coin,
                totals(call.state, me, wallet, coin),
                balances.get(me.no, wallet, coin).updated_at,
            )
            for coin in _coins(call)
        ]
    )


def leverage_bracket(call: Call) -> Reply:
    """``GET /dapi/v2/leverageBracket``: brackets of contracts that have them, in coins."""
    symbol = call.params.get("symbol")
    if symbol and find(call.state, symbol) is None:
        return responses.refused(errors.BAD_SYMBOL)
    rules_name = call.state.accounts[account_of(call)].rules
    rows = []
    for market in listed(call.state):
        rules = call.state.rules.get((rules_name, market.no))
        if rules is not None and (not symbol or symbol_of(market.spec) == symbol):
            row = brackets(market.spec, rules)
            for bracket in row["brackets"]:
                bracket["qtyCap"], bracket["qtyFloor"] = bracket.pop("notionalCap"), bracket.pop("notionalFloor")
            rows.append(row)
    return responses.ok(rows)


def nothing(call: Call) -> Reply:
    """An empty array, after the symbol was found good."""
    symbol = call.params.get("symbol")
    known = not symbol or find(call.state, symbol) is not None
    return responses.ok([]) if known else responses.refused(errors.BAD_SYMBOL)


def no_such_order(call: Call) -> Reply:
    """There is no order here, so none is found."""
    known = find(call.state, call.params["symbol"]) is not None
    return responses.refused(errors.NO_SUCH_ORDER if known else errors.BAD_SYMBOL)


def not_traded(call: Call) -> Reply:
    """Trading inverse contracts comes later: unknown symbols are that, known ones are not supported."""
    symbol = call.params.get("symbol")
    known = not symbol or find(call.state, symbol) is not None
    return responses.refused(NOT_SUPPORTED if known else errors.BAD_SYMBOL)


def position_mode(call: Call) -> Reply:
    """``GET /dapi/v1/positionSide/dual``: one mode for both kinds of futures (since the migration of 2026)."""
    me = call.state.accounts[account_of(call)]
    return responses.ok({"dualSidePosition": me.position_mode is not PositionMode.ONE_WAY})


def _keys(call: Call) -> ListenKeys:
    assert call.listen_keys is not None, "the gateway gives its table to every call"  # noqa: S101 - contract
    return call.listen_keys


def open_listen_key(call: Call) -> Reply:
    return responses.ok({"listenKey": _keys(call).open(account_of(call), COINM)})


def renew_listen_key(call: Call) -> Reply:
    key = _keys(call).renew(account_of(call), COINM)
    return responses.refused(errors.NO_SUCH_LISTEN_KEY) if key is None else responses.ok({})


def close_listen_key(call: Call) -> Reply:
    closed = _keys(call).close(account_of(call), COINM)
    return responses.ok({}) if closed else responses.refused(errors.NO_SUCH_LISTEN_KEY)
