"""What a new order must have and may not have, by its type: alone, or as a leg of a list under names of its own.

Types and their parameters: "New order" and "Order lists" of the REST API; codes: "Error codes"
(binance/binance-spot-api-docs, 2026-07-21). A time in force where the type has none is -1106, as answers of the venue
have it; -1114, which the documentation keeps for it, was seen in none (threads of eight client libraries, 2018–2024).
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.params import Judge, Param, decimal, integer, one_of, text
from simexchange.dialects.binance.spot import errors
from simexchange.dialects.contract import ApiError

CLIENT_ID_PATTERN: Final = r"^[a-zA-Z0-9-_]{1,36}$"
LEAST_STRATEGY_TYPE: Final = 1_000_000


class Shape(msgspec.Struct, frozen=True):
    """What one type of order must have and may have beside the rest."""

    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """At least one of these must be there."""
    pegs: bool = False
    """Whether its price may be pegged."""

    def has(self, name: str) -> bool:
        """Whether the type knows the parameter."""
        return name in self.needs or name in self.takes or name in self.one_of


_LIMITED: Final = ("timeInForce", "quantity", "price")
_STOPPED: Final = ("stopPrice", "trailingDelta")
_STOP_MARKET: Final = Shape(("quantity",), (), _STOPPED)
_STOP_LIMIT: Final = Shape(_LIMITED, ("icebergQty",), _STOPPED, pegs=True)

SHAPES: Final[Mapping[str, Shape]] = {
    "LIMIT": Shape(_LIMITED, ("icebergQty",), pegs=True),
    "LIMIT_MAKER": Shape(("quantity", "price"), ("icebergQty",), pegs=True),
    "MARKET": Shape((), (), ("quantity", "quoteOrderQty")),
    "STOP_LOSS": _STOP_MARKET,
    "TAKE_PROFIT": _STOP_MARKET,
    "STOP_LOSS_LIMIT": _STOP_LIMIT,
    "TAKE_PROFIT_LIMIT": _STOP_LIMIT,
}
VARYING: Final = ("timeInForce", "price", "quoteOrderQty", "stopPrice", "trailingDelta", "icebergQty")
"""Parameters that some types have and others may not; surplus ones are told in this order."""
STOP_TYPES: Final = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")

JUDGES: Final[Mapping[str, Judge]] = {
    "side": one_of(("BUY", "SELL"), errors.BAD_SIDE),
    "type": one_of(tuple(SHAPES), errors.BAD_ORDER_TYPE),
    "timeInForce": one_of(("GTC", "IOC", "FOK"), errors.BAD_TIME_IN_FORCE),
    "quantity": decimal(),
    "quoteOrderQty": decimal(),
    "price": decimal(),
    "newClientOrderId": text(CLIENT_ID_PATTERN),
    "strategyId": integer(),
    "strategyType": integer(),
    "stopPrice": decimal(),
    "trailingDelta": integer(1),
    "icebergQty": decimal(),
    "pegPriceType": one_of(("PRIMARY_PEG", "MARKET_PEG"), errors.BAD_PEG_PRICE_TYPE),
    "pegOffsetType": one_of(("PRICE_LEVEL",), errors.BAD_PEG_OFFSET_TYPE),
    "pegOffsetValue": integer(1, 100),
}
"""Every parameter of one order that a list has for each leg, too, and what is wrong with its value alone."""


class Leg:
    """One order's parameters under the names a call has for them: ``price``, or ``abovePrice``, ``workingPrice``.

    *shared* says which of them stand under another name or, with "", are not there at all.
    """

    __slots__ = ("_names", "in_list", "prefix")

    def __init__(self, prefix: str = "", **shared: str) -> None:
        self.prefix = prefix
        self.in_list = bool(prefix)
        names = {name: name if not prefix else prefix + name[0].upper() + name[1:] for name in JUDGES}
        if prefix:
            names |= {"newClientOrderId": f"{prefix}ClientOrderId", "quoteOrderQty": ""}
        self._names: dict[str, str] = {**names, **shared}

    def name(self, plain: str) -> str:
        """The name a parameter has here; "" where the call does not know it."""
        return self._names[plain]

    def get(self, params: Mapping[str, str], plain: str) -> str:
        """What was sent for it, or ""."""
        name = self._names[plain]
        return params.get(name, "") if name else ""

    def type(self, params: Mapping[str, str]) -> str:
        """The order type: sent, or, where the call has no parameter for it, what `shared` says."""
        return self.get(params, "type")

    def known(self, *needed: str) -> tuple[Param, ...]:
        """The parameters of this leg alone, for the table of a call; *needed* ones must be there."""
        return tuple(
            Param(self._names[plain], judge, required=plain in needed)
            for plain, judge in JUDGES.items()
            if self._names[plain].startswith(self.prefix) and self._names[plain]
        )

    def words(self) -> tuple[str, ...]:
        """The parameters whose values `check` looks at."""
        plain = ("type", "timeInForce", "strategyType", "pegPriceType")
        return tuple(self._names[name] for name in plain if self._names[name])

    def check(self, params: Mapping[str, str]) -> ApiError | None:
        """The first thing wrong with how its parameters go together."""
        shape = SHAPES[self.type(params)]
        return (
            self._missing(shape, params)
            or self._surplus(shape, params)
            or self._bad_iceberg(params)
            or self._bad_strategy(params)
            or self._bad_peg(shape, params)
        )

    def _missing(self, shape: Shape, params: Mapping[str, str]) -> ApiError | None:
        pegged = shape.pegs and self.get(params, "pegPriceType")
        for plain in shape.needs:
            name = self._names[plain]
            if name and not params.get(name) and not (pegged and plain == "price"):
                return common.mandatory(name)
        names = [self._names[plain] for plain in shape.one_of if self._names[plain]]
        if names and not any(params.get(name) for name in names):
            # A market leg of a list knows its size by quantity only, and one that is paid by another leg not at all.
            return common.either(names[0], names[1]) if len(names) > 1 else common.mandatory(names[0])
        return None

    def _surplus(self, shape: Shape, params: Mapping[str, str]) -> ApiError | None:
        for plain in VARYING:
            if self.get(params, plain) and not shape.has(plain):
                return common.not_required(self._names[plain])
        if shape.has("quoteOrderQty") and self.get(params, "quantity") and self.get(params, "quoteOrderQty"):
            return common.not_required(self._names["quoteOrderQty"])
        return None

    def _bad_iceberg(self, params: Mapping[str, str]) -> ApiError | None:
        if not self.get(params, "icebergQty") or self.get(params, "timeInForce") in ("", "GTC"):
            return None
        if self.in_list:
            return errors.iceberg_not_gtc(self._names["icebergQty"], self._names["timeInForce"])
        return errors.UNSUPPORTED_COMBINATION

    def _bad_strategy(self, params: Mapping[str, str]) -> ApiError | None:
        sent = self.get(params, "strategyType")
        return errors.BAD_STRATEGY_TYPE if sent and int(sent) < LEAST_STRATEGY_TYPE else None

    def _bad_peg(self, shape: Shape, params: Mapping[str, str]) -> ApiError | None:
        peg, kind = self.get(params, "pegPriceType"), self.type(params)
        offsets = [self.get(params, "pegOffsetType"), self.get(params, "pegOffsetValue")]
        if not peg:
            surplus = next((name for name in ("pegOffsetType", "pegOffsetValue") if self.get(params, name)), None)
            return common.not_required(self._names[surplus]) if surplus else None
        if not shape.pegs:
            return errors.TYPE_TAKES_NO_PEG
        if kind == "LIMIT_MAKER" and peg == "MARKET_PEG":
            return errors.PEG_DOES_NOT_FIT
        if kind == "LIMIT" and peg == "PRIMARY_PEG" and self.get(params, "timeInForce") != "GTC":
            return errors.PEG_DOES_NOT_FIT
        if bool(offsets[0]) != bool(offsets[1]):
            return errors.both_or_neither(self._names["pegOffsetType"], self._names["pegOffsetValue"])
        return None


ALONE: Final = Leg()
"""An order by itself."""
ROUTED: Final = Leg(
    quoteOrderQty="", stopPrice="", trailingDelta="", pegPriceType="", pegOffsetType="", pegOffsetValue=""
)
"""An order that is routed: a plain limit or market order."""
