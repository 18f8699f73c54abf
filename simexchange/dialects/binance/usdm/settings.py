"""Calls that say how an account trades: leverage, margin type, position mode, margin of isolated positions, fees."""

from collections.abc import Generator
from typing import Final

from simexchange.core import margin
from simexchange.core.vocabulary.commands import (
    AdjustMargin,
    Command,
    SetAccountOption,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
)
from simexchange.core.vocabulary.events import CommandRefused, LeverageSet
from simexchange.core.vocabulary.modeevents import MarginAdjusted
from simexchange.core.vocabulary.orders import AccountOption, MarginCause, MarginMode, PositionMode
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, Amount, Nanos
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal, print_plain
from simexchange.dialects.binance.common.params import Param, is_true, one_of
from simexchange.dialects.binance.common.symbols import COINM, USDM, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, figures, responses
from simexchange.dialects.binance.usdm.orderwords import POSITION_SIDE
from simexchange.dialects.binance.usdm.requests import slot_of, span, whole
from simexchange.dialects.binance.usdm.symbols import find
from simexchange.dialects.binance.usdm.trading import account_of
from simexchange.dialects.contract import ApiError, Call, Reply

Work = Generator[Command, Step, Reply]

MONTH: Final = Nanos(30 * DAY)
"""How far one query of margin changes looks."""
ADD, REDUCE = "1", "2"
LARGEST: Final = {USDM: "maxNotionalValue", COINM: "maxQty"}
"""How large a position may be at a leverage: what it is worth, on COIN-M in coins."""
MARGIN_WAY: Final = Param("type", one_of((ADD, REDUCE)))


def amount(name: str, value: str) -> ApiError | None:
    """An amount of money: above zero, at most eight decimals."""
    try:
        found = parse_decimal(value.removeprefix("-"))
    except NotANumber:
        return common.mandatory(name)
    except (TooPrecise, Overflowed):
        return errors.BAD_PRECISION
    return None if found and not value.startswith("-") else errors.AMOUNT_NOT_POSITIVE


def leverage(call: Call) -> Work:
    """``POST /fapi/v1/leverage``: of both sides of a symbol."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    asked = int(call.params["leverage"])
    step = yield SetLeverage(account_of(call), market.no, asked)
    for event in step.events:
        if isinstance(event, CommandRefused):
            if event.reason is not RejectReason.SETTING_UNCHANGED:
                return responses.refused(errors.filled_in(errors.REJECTIONS[event.reason], asked))
        elif not isinstance(event, LeverageSet):
            continue
        # The leverage an account has already is no error here.
        most = margin.position_state(call.state, call.state.accounts[account_of(call)], market).max_notional
        return responses.ok(
            {"symbol": call.params["symbol"], "leverage": asked, LARGEST[call.product]: print_plain(most)}
        )
    return responses.refused(common.UNKNOWN)


def margin_type(call: Call) -> Work:
    """``POST /fapi/v1/marginType``: whose money backs the positions of a symbol."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    mode = MarginMode.ISOLATED if call.params["marginType"] == "ISOLATED" else MarginMode.CROSS
    step = yield SetMarginMode(account_of(call), market.no, mode)
    return _changed(step, errors.SAME_MARGIN_TYPE)


def set_position_mode(call: Call) -> Work:
    """``POST /fapi/v1/positionSide/dual``: one position in each symbol, or a long and a short."""
    mode = PositionMode.HEDGE if is_true(call.params, "dualSidePosition") else PositionMode.ONE_WAY
    step = yield SetPositionMode(account_of(call), mode)
    return _changed(step, errors.SAME_POSITION_SIDE)


def _changed(step: Step, unchanged: ApiError) -> Reply:
    """What became of a setting; *unchanged* is this setting's word for "it is so already"."""
    for event in step.events:
        if isinstance(event, CommandRefused):
            same = event.reason is RejectReason.SETTING_UNCHANGED
            return responses.refused(unchanged if same else errors.REJECTIONS[event.reason])
    return responses.done()


def position_mode(call: Call) -> Reply:
    """``GET /fapi/v1/positionSide/dual``."""
    me = call.state.accounts[account_of(call)]
    return responses.ok({"dualSidePosition": me.position_mode is not PositionMode.ONE_WAY})


def fee_burn(call: Call) -> Reply:
    """``GET /fapi/v1/feeBurn``: whether fees are paid in the discount asset where there is enough of it."""
    return responses.ok({"feeBurn": bool(_option(call, AccountOption.DISCOUNT_FUTURES))})


def set_fee_burn(call: Call) -> Work:
    """``POST /fapi/v1/feeBurn``."""
    wanted = int(is_true(call.params, "feeBurn"))
    if wanted != _option(call, AccountOption.DISCOUNT_FUTURES):
        yield SetAccountOption(account_of(call), AccountOption.DISCOUNT_FUTURES, wanted)
    return responses.done()


def _option(call: Call, option: AccountOption) -> int:
    return call.views.accounts.option(account_of(call), option)


# Margin of isolated positions


def position_margin(call: Call) -> Work:
    """``POST /fapi/v1/positionMargin``: put margin into an isolated position, or take some out."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    moved = parse_decimal(call.params["amount"])
    way = call.params["type"]
    signed = Amount(moved if way == ADD else -moved)
    step = yield AdjustMargin(account_of(call), market.no, slot_of(call.params), 0, signed)
    for event in step.events:
        if isinstance(event, CommandRefused):
            return responses.refused(errors.REJECTIONS[event.reason])
        if isinstance(event, MarginAdjusted):
            return responses.ok({
                "amount": figures.as_number(moved),
                "code": 200,
                "msg": "Successfully modify position margin.",
                "type": int(way),
            })  # fmt: skip
    return responses.refused(common.UNKNOWN)


def position_margin_history(call: Call) -> Reply:
    """``GET /fapi/v1/positionMargin/history``: what trades and their owner put in and took out, oldest first."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    within = span(call.params, MONTH, call.now)
    if isinstance(within, ApiError):
        return responses.refused(within)
    way, started = call.params.get("type"), call.params.get("startTime")
    rows = call.views.margins.of(
        account_of(call),
        market=market.no,
        added=None if way is None else way == ADD,
        start=within[0] if started else None,
        end=within[1],
        limit=whole(call.params, "limit") or 500,
    )
    return responses.ok([
        {
            "symbol": symbol_of(market.spec),
            "type": 1 if row.amount > 0 else 2,
            "deltaType": "TRADE" if row.cause in (None, MarginCause.LEFT_OVER) else "USER_ADJUST",
            "amount": print_plain(abs(row.amount)),
            "asset": row.asset,
            "time": millis(row.at),
            "positionSide": POSITION_SIDE[row.slot],
            "clientTranId": "",
        }
        for row in rows
    ])  # fmt: skip
