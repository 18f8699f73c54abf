"""How positions are held: leverage, one-way or hedge mode, margin of isolated ones. ``POST /v5/position/…``

Pages of docs/v5/position (snapshot 2026-07-24, seen 2026-11). What classic accounts had for each symbol (its margin
mode, the mode of its stops, its risk limit) a unified one has as a whole or by itself: the calls are there and are told
so.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from simexchange.core import margin
from simexchange.core.vocabulary.commands import (
    AdjustMargin,
    Command,
    SetAutoMargin,
    SetLeverage,
    SetPositionMode,
)
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.ids import MarketNo, key_of
from simexchange.core.vocabulary.orders import PositionMode, Slot
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Amount
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.numbers import (
    NotANumber,
    Overflowed,
    TooPrecise,
    parse_decimal,
    print_plain,
)
from simexchange.dialects.bybit.common.params import Param, anything, integer, one_of, text
from simexchange.dialects.bybit.common.symbols import LINEAR
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import account_of, market_of, me_of
from simexchange.dialects.bybit.v5.errors import CONTRACTS
from simexchange.dialects.bybit.v5.positionrows import position_row
from simexchange.dialects.bybit.v5.requests import SYMBOL
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

Work = Generator[Command, Step, Reply]

FUTURES: Final = Param("category", one_of(("linear", "inverse"), errors.BAD_CATEGORY), required=True)
SLOTS: Final = {"0": Slot.NET, "1": Slot.LONG, "2": Slot.SHORT}
IDX: Final = Param("positionIdx", one_of(tuple(SLOTS)))
LEVERAGE: Final = text(r"[0-9]{1,4}(\.[0-9]{1,8})?")
SET_LEVERAGE: Final = (
    FUTURES, SYMBOL.needed(), Param("buyLeverage", LEVERAGE, required=True),
    Param("sellLeverage", LEVERAGE, required=True),
)  # fmt: skip
MODES: Final = {"0": PositionMode.ONE_WAY, "3": PositionMode.HEDGE}
SWITCH_MODE: Final = (
    FUTURES, SYMBOL, Param("coin", text(r"[A-Z0-9]{1,20}", errors.invalid("coin invalid"))),
    Param("mode", one_of(tuple(MODES)), required=True),
)  # fmt: skip
AUTO_ADD: Final = (FUTURES, SYMBOL.needed(), Param("autoAddMargin", one_of(("0", "1")), required=True), IDX)
ADD_MARGIN: Final = (
    FUTURES, SYMBOL.needed(), Param("margin", text(r"-?[0-9]{1,12}(\.[0-9]{1,20})?"), required=True), IDX,
)  # fmt: skip
TRADE_MODE: Final = (FUTURES, SYMBOL.needed(), Param("tradeMode", one_of(("0", "1")), required=True), *SET_LEVERAGE[2:])
TPSL_MODE: Final = (FUTURES, SYMBOL.needed(), Param("tpSlMode", one_of(("Full", "Partial")), required=True))
RISK_LIMIT: Final = (FUTURES, SYMBOL.needed(), Param("riskId", integer(1), required=True), IDX)
NAMED: Final = (FUTURES, SYMBOL.needed())
MOVE: Final = (
    Param("fromUid", anything, required=True), Param("toUid", anything, required=True),
    Param("list", anything, required=True),
)  # fmt: skip
MARGIN_DECIMALS: Final = 4

NOT_UNIFIED: Final = ApiError(200, 100028, "The API cannot be accessed by unified account users.")
NO_HEDGE: Final = ApiError(200, 110029, "Hedge mode is not supported for this symbol.")
UNEQUAL: Final = errors.invalid("buy leverage must be equal to sell leverage")
NOT_WHOLE: Final = errors.invalid("leverage invalid: it is a whole number here")
LEVERAGE_UNCHANGED: Final = CONTRACTS[RejectReason.SETTING_UNCHANGED]
NO_MARK: Final = ApiError(
    200, 110082, "You cannot lift Reduce-Only restrictions, as no Reduce-Only restrictions are applied to your position"
)
NO_SUCH_LIMIT: Final = ApiError(200, 110031, "Non-existing risk limit info, please check the risk limit rules.")
AT_MOST_FOUR: Final = errors.invalid("margin invalid: up to 4 decimals")


def _refusal(step: Step) -> ApiError | None:
    """Why a command was refused, in the venue's words; None: it was not."""
    for event in step.events:
        if isinstance(event, CommandRefused):
            return CONTRACTS[event.reason]
    return None


def set_leverage(call: Call) -> Work:
    """``POST /v5/position/set-leverage``: of both sides alike, but for isolated positions in hedge mode."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    wanted = [_whole_leverage(call.params[name]) for name in ("buyLeverage", "sellLeverage")]
    long, short = wanted
    if long is None or short is None:
        return responses.refused(call, NOT_WHOLE)
    me = me_of(call)
    hedged = me.mode_in(market.no) is PositionMode.HEDGE
    if long != short and not (hedged and market.no in me.isolated):
        return responses.refused(call, UNEQUAL)
    most = max((tier.max_leverage for tier in margin.tiers_of(call.state, me, market.no)), default=1)
    if not 1 <= min(long, short) <= max(long, short) <= most:
        # Looked at before the first of two is set.
        return responses.refused(call, CONTRACTS[RejectReason.LEVERAGE_INVALID])
    changes = _changes(call, market, long, short, hedged=hedged)
    for slot, value in changes:
        step = yield SetLeverage(me.no, market.no, value, slot)
        error = _refusal(step)
        if error is not None:
            return responses.refused(call, error)
    return responses.ok(call, {}) if changes else responses.refused(call, LEVERAGE_UNCHANGED)


def _changes(call: Call, market: "MarketState", long: int, short: int, *, hedged: bool) -> list[tuple[Slot, int]]:
    """What has to be set: a leverage that falls first, which more can stand in the way of."""
    me = me_of(call)
    slots = ((Slot.LONG, long), (Slot.SHORT, short)) if hedged else ((Slot.NET, long),)
    found = [(margin.leverage_of(call.state, me, key_of(market.no, slot)), slot, value) for slot, value in slots]
    changes = [(value > now, slot, value) for now, slot, value in found if value != now]
    if changes and long == short:
        return [(Slot.NET, long)]
    return [(slot, value) for _, slot, value in sorted(changes)]


def _whole_leverage(sent: str) -> int | None:
    """A leverage as the core counts it: "5", "5.0"; None of "5.5"."""
    whole, _, fraction = sent.partition(".")
    return None if fraction.strip("0") else int(whole)


def switch_mode(call: Call) -> Work:
    """``POST /v5/position/switch-mode``: of one symbol, or of all that settle in a coin and have nothing open."""
    if call.params.get("symbol"):
        market = market_of(call)
        if isinstance(market, ApiError):
            return responses.refused(call, market)
        number, settle = market.no, ""
    elif call.params.get("coin"):
        if call.params["category"] != LINEAR:
            return responses.refused(call, NO_HEDGE)
        number, settle = MarketNo(0), call.params["coin"]
    else:
        return responses.refused(call, errors.missing("symbol or coin"))
    step = yield SetPositionMode(account_of(call), MODES[call.params["mode"]], number, settle)
    for event in step.events:
        if isinstance(event, CommandRefused):
            unserved = event.reason in (RejectReason.NOT_SUPPORTED, RejectReason.MARKET_UNKNOWN)
            return responses.refused(call, NO_HEDGE if unserved else CONTRACTS[event.reason])
    return responses.ok(call, {})


# Margin of isolated positions


def set_auto_add(call: Call) -> Work:
    """``POST /v5/position/set-auto-add-margin``."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    on = call.params["autoAddMargin"] == "1"
    step = yield SetAutoMargin(account_of(call), market.no, slot_of(call), 0, on)
    error = _refusal(step)
    return responses.ok(call, {}) if error is None else responses.refused(call, error)


def add_margin(call: Call) -> Work:
    """``POST /v5/position/add-margin``: above zero into the position, below zero out of it."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    amount = _signed(call.params["margin"])
    if isinstance(amount, ApiError):
        return responses.refused(call, amount)
    slot = slot_of(call)
    step = yield AdjustMargin(account_of(call), market.no, slot, 0, amount)
    error = _refusal(step)
    if error is not None:
        return responses.refused(call, error)
    return responses.ok(call, _of_margin(call, market, slot))


def _signed(sent: str) -> Amount | ApiError:
    try:
        value = parse_decimal(sent.removeprefix("-"), MARGIN_DECIMALS)
    except (NotANumber, Overflowed):
        return errors.invalid("margin invalid")
    except TooPrecise:
        return AT_MOST_FOUR
    return Amount(-value if sent.startswith("-") else value)


OF_MARGIN: Final = (
    "symbol", "positionIdx", "riskId", "riskLimitValue", "size", "positionValue", "avgPrice", "liqPrice", "bustPrice",
    "markPrice", "leverage", "autoAddMargin", "positionStatus", "positionIM", "positionMM", "unrealisedPnl",
    "cumRealisedPnl", "stopLoss", "takeProfit", "trailingStop", "createdTime", "updatedTime",
)  # fmt: skip


def _of_margin(call: Call, market: "MarketState", slot: Slot) -> responses.Json:
    row = position_row(call.state, call.views, me_of(call), market, key_of(market.no, slot), call.now)
    return {"category": call.params["category"], **{name: row[name] for name in OF_MARGIN}}


def slot_of(call: Call) -> Slot:
    """Which of the account's positions a call is about."""
    return SLOTS[call.params.get("positionIdx") or "0"]


# What a unified account has as a whole, or by itself


def switch_isolated(call: Call) -> Reply:
    """``POST /v5/position/switch-isolated``: the margin mode is the account's (``set-margin-mode``)."""
    return responses.refused(call, NOT_UNIFIED)


def tpsl_mode(call: Call) -> Reply:
    """``POST /v5/position/set-tpsl-mode``: nothing changes by it, each stop says itself whether it is of the whole."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    return responses.ok(call, {"tpSlMode": call.params["tpSlMode"]})


def risk_limit(call: Call) -> Reply:
    """``POST /v5/position/set-risk-limit``: taken, and without effect: the limit goes by what a position is worth."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    tiers, wanted = margin.tiers_of(call.state, me_of(call), market.no), int(call.params["riskId"])
    if wanted > len(tiers):
        return responses.refused(call, NO_SUCH_LIMIT)
    limit = print_plain(tiers[wanted - 1].cap)
    return responses.ok(call, {"riskId": wanted, "riskLimitValue": limit, "category": call.params["category"]})


def confirm_limit(call: Call) -> Reply:
    """``POST /v5/position/confirm-pending-mmr``: nobody was told to reduce a position by a new risk limit."""
    market = market_of(call)
    return responses.refused(call, market if isinstance(market, ApiError) else NO_MARK)


def move_positions(call: Call) -> Reply:
    """``POST /v5/position/move-positions``: positions stay where they are."""
    return responses.refused(call, errors.NOT_SUPPORTED)
