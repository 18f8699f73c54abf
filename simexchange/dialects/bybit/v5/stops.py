"""Take-profit, stop-loss and trailing stop of a position that is there: ``POST /v5/position/trading-stop``.

docs/v5/position/trading-stop.mdx (snapshot 2026-07-24, seen 2026-11): with ``tpslMode`` Full what is sent takes the
place of what protected the whole position, "0" takes it away, and what is not sent stays; Partial adds a pair for a
part of it. The trailing stop is of the whole position in both. What changes nothing is 34040, "Not modified".
"""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from simexchange.core.vocabulary.commands import Command, ProtectPosition
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.ids import key_of
from simexchange.core.vocabulary.orders import Slot, Trigger, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal
from simexchange.dialects.bybit.common.params import Param, one_of, text
from simexchange.dialects.bybit.common.quantities import qty_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import account_of, market_of, me_of
from simexchange.dialects.bybit.v5.errors import CONTRACTS
from simexchange.dialects.bybit.v5.leverage import FUTURES, IDX, slot_of
from simexchange.dialects.bybit.v5.positionrows import Protection, protection_of
from simexchange.dialects.bybit.v5.requests import SYMBOL
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.positions import Position

Work = Generator[Command, Step, Reply]

WATCHED: Final = {"LastPrice": TriggerPrice.LAST, "MarkPrice": TriggerPrice.MARK, "IndexPrice": TriggerPrice.INDEX}
NUMBER: Final = text(r"[0-9]{1,12}(\.[0-9]{1,20})?")
TYPES: Final = ("Market", "Limit")
PRICES: Final = ("takeProfit", "stopLoss", "trailingStop", "activePrice", "tpLimitPrice", "slLimitPrice")
SIZES: Final = ("tpSize", "slSize")


def _goes_together(params: Mapping[str, str]) -> ApiError | None:
    """Whether what is said of the two stops fits the mode."""
    partial = params.get("tpslMode") == "Partial"
    for word in ("tp", "sl"):
        limited = params.get(f"{word}OrderType") == "Limit"
        if limited and not partial:
            return errors.invalid(f"{word}OrderType invalid: tpslMode Full has Market only")
        if limited and not params.get(f"{word}LimitPrice"):
            return errors.missing(f"{word}LimitPrice")
    sizes = {params[name] for name in SIZES if params.get(name)}
    return errors.invalid("tpSize and slSize must be equal") if len(sizes) > 1 else None


STOP: Final = (
    FUTURES, SYMBOL.needed(), Param("tpslMode", one_of(("Full", "Partial"))), IDX,
    *(Param(name, NUMBER) for name in (*PRICES, *SIZES)),
    *(Param(name, one_of(tuple(WATCHED))) for name in ("tpTriggerBy", "slTriggerBy")),
    *(Param(name, one_of(TYPES)) for name in ("tpOrderType", "slOrderType")),
)  # fmt: skip
TOGETHER: Final = _goes_together

NOT_MODIFIED: Final = ApiError(200, 34040, "Not modified")
APART: Final = errors.invalid("trailingStop is of the whole position: with tpslMode Partial set it by itself")
NO_POSITION: Final = ApiError(200, 10001, "can not set tp/sl/ts for zero position")
TOO_LARGE: Final = ApiError(
    200, 110058, "You can't set take profit and stop loss due to insufficient size of remaining position size."
)


class _Sent(NamedTuple):
    """What a call says of a position's stops; a price of 0 takes away, None says nothing."""

    take_profit: Trigger | int | None
    stop_loss: Trigger | int | None
    trailing: Trigger | int | None
    qty: Quantity


def trading_stop(call: Call) -> Work:
    """Set, change or take away what closes a position."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    slot = slot_of(call)
    position = me_of(call).positions.get(key_of(market.no, slot))
    if position is None:
        return responses.refused(call, NO_POSITION)
    sent = _read(call, market, position)
    if isinstance(sent, ApiError):
        return responses.refused(call, sent)
    commands = _commands(call, market, slot, sent)
    if not commands:
        return responses.refused(call, NOT_MODIFIED)
    if len(commands) > 1:
        # One of them could be refused when the other is carried out already.
        return responses.refused(call, APART)
    for command in commands:
        step = yield command
        error = _refusal(step)
        if error is not None:
            return responses.refused(call, error)
    return responses.ok(call, {})


def _refusal(step: Step) -> ApiError | None:
    for event in step.events:
        if isinstance(event, CommandRefused):
            return _WORDS.get(event.reason, CONTRACTS[event.reason])
    return None


_WORDS: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.POSITION_MISSING: NO_POSITION,
    RejectReason.REDUCE_ONLY_REFUSED: TOO_LARGE,
    RejectReason.WOULD_TRIGGER: errors.invalid("the stop would be triggered at once by the current price"),
    RejectReason.PRICE_OFF_TICK: errors.invalid("the price does not fit the tick size"),
    RejectReason.ORDER_SHAPE_INVALID: errors.invalid("the stop does not fit the side of the position"),
}


def _read(call: Call, market: "MarketState", position: "Position") -> _Sent | ApiError:
    """The stops a call speaks of. Numbers that do not fit the market's steps are its errors."""
    params = call.params
    try:
        numbers = {name: parse_decimal(params[name]) for name in PRICES if params.get(name)}
        size = next((params[name] for name in SIZES if params.get(name)), "")
        qty = qty_of(market.spec, size) if size else abs(position.qty)
    except (NotANumber, TooPrecise, Overflowed):
        return errors.invalid("a price or size is too precise or too large")
    long = position.qty > 0
    distance, activation = numbers.get("trailingStop"), numbers.get("activePrice", 0)
    trailing: Trigger | int | None = distance
    if distance:
        trailing = Trigger(
            Price(0), rising=not long, activation=Price(activation), activation_rising=long, distance=Price(distance)
        )  # fmt: skip
    elif distance is None and activation:
        return errors.missing("trailingStop")
    return _Sent(
        _stop(params, numbers, "takeProfit", "tp", rising=long),
        _stop(params, numbers, "stopLoss", "sl", rising=not long),
        trailing,
        Quantity(qty),
    )


def _stop(
    params: Mapping[str, str], numbers: Mapping[str, int], name: str, word: str, *, rising: bool
) -> Trigger | int | None:
    price = numbers.get(name)
    if not price:
        return price
    limited = params.get(f"{word}OrderType") == "Limit"
    return Trigger(
        Price(price),
        WATCHED[params.get(f"{word}TriggerBy") or "LastPrice"],
        rising,
        limit=Price(numbers[f"{word}LimitPrice"] if limited else 0),
    )


def _commands(call: Call, market: "MarketState", slot: Slot, sent: _Sent) -> list[ProtectPosition]:
    """What has to be done; nothing where all of it is so already."""
    me = account_of(call)
    commands = []
    partial = call.params.get("tpslMode") == "Partial"
    pair = [each for each in (sent.take_profit, sent.stop_loss) if isinstance(each, Trigger)]
    if partial and pair:
        commands.append(
            ProtectPosition(
                me, market.no, slot, _trigger(sent.take_profit), _trigger(sent.stop_loss), qty=sent.qty
            )
        )  # fmt: skip
    now = protection_of(me_of(call), key_of(market.no, slot))
    whole = Protection(
        now.take_profit if partial else _after(now.take_profit, sent.take_profit),
        now.stop_loss if partial else _after(now.stop_loss, sent.stop_loss),
        _after(now.trailing, sent.trailing),
    )
    if whole != now:
        commands.append(
            ProtectPosition(
                me, market.no, slot, whole.take_profit, whole.stop_loss, trailing=whole.trailing, keep=True
            )
        )  # fmt: skip
    return commands


def _trigger(sent: Trigger | int | None) -> Trigger | None:
    return sent if isinstance(sent, Trigger) else None


def _after(now: Trigger | None, sent: Trigger | int | None) -> Trigger | None:
    """What there is after a call: what it says, nothing where it says "0", what was there where it says nothing."""
    return now if sent is None else _trigger(sent)
