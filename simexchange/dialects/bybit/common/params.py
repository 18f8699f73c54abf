"""Parameters of a request: a query on GET, a JSON object on POST; described by tables, judged before anything else.

Values of a JSON body become texts as far as they are plain (``5`` and ``"5"`` are the same to the venue); what is
nested stays beside them as sent. What a call does not know it does not look at.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

import msgspec

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal, parse_integer
from simexchange.dialects.contract import ApiError, Check

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What JSON from outside may raise: it is malformed, of another shape, no UTF-8, or nested without end."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Sent(NamedTuple):
    """What came with a request."""

    params: dict[str, str]
    raw: Mapping[str, Any]
    """A JSON body as it is; empty of a query."""


def read_query(query: str) -> dict[str, str]:
    """The parameters of a query; of a name that is there twice the last one counts."""
    params = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name:
            params[unquote_plus(name)] = unquote_plus(value)
    return params


def read_params(method: str, query: str, body: bytes) -> Sent | ApiError:
    """The parameters of a REST request."""
    if method == "GET" or not body.strip():
        return Sent(read_query(query), {})
    try:
        sent = _decode(body)
    except UNREADABLE:
        return errors.INVALID_JSON
    if not isinstance(sent, dict):
        return errors.INVALID_JSON
    return Sent(texts_of(sent), sent)


def texts_of(sent: Mapping[str, Any]) -> dict[str, str]:
    """The values of a JSON object as parameters: texts as they are, ``true``, ``0.01``; null is as if not sent."""
    return {name: _text(value) for name, value in sent.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _encode(value).decode()


Judge = Callable[[str, str], ApiError | None]
"""(name, value) → what is wrong with it."""


class Param(msgspec.Struct, frozen=True):
    """One parameter a call knows."""

    name: str
    judge: Judge
    required: bool = False

    def needed(self) -> "Param":
        """The same, as one that must be sent."""
        return Param(self.name, self.judge, required=True)


def text(pattern: str, error: ApiError | None = None) -> Judge:
    """A text that is all of the form *pattern*."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def judge(name: str, value: str) -> ApiError | None:
        return None if matches(value) else error or errors.invalid(f"{name} invalid")

    return judge


def decimal(decimals: int = 8, *, positive: bool = False) -> Judge:
    """A decimal number of at most *decimals* places; with *positive*, zero is none."""

    def judge(name: str, value: str) -> ApiError | None:
        try:
            number = parse_decimal(value, decimals)
        except (NotANumber, TooPrecise, Overflowed):
            return errors.invalid(f"{name} invalid")
        return errors.invalid(f"{name} invalid") if positive and not number else None

    return judge


def integer(least: int = 0, most: int | None = None) -> Judge:
    """A whole number in a range."""

    def judge(name: str, value: str) -> ApiError | None:
        try:
            number = parse_integer(value)
        except (NotANumber, Overflowed):
            return errors.invalid(f"{name} invalid")
        return errors.invalid(f"{name} invalid") if number < least or (most is not None and number > most) else None

    return judge


def one_of(values: Sequence[str], otherwise: ApiError | None = None) -> Judge:
    """One of some words."""
    known = frozenset(values)

    def judge(name: str, value: str) -> ApiError | None:
        return None if value in known else otherwise or errors.invalid(f"{name} invalid")

    return judge


def anything(_name: str, _value: str) -> ApiError | None:
    """Read by nobody, or judged where it is used."""
    return None


def boolean(name: str, value: str) -> ApiError | None:
    """``true`` or ``false``, in any case."""
    return None if value.lower() in ("true", "false") else errors.invalid(f"{name} invalid")


def is_true(params: Mapping[str, str], name: str) -> bool:
    """Whether a boolean parameter was sent as true."""
    return params.get(name, "").lower() == "true"


def whole(params: Mapping[str, str], name: str, default: int) -> int:
    """A whole number that was judged already, *default* where it was not sent."""
    sent = params.get(name)
    return int(sent) if sent else default


def checker(*params: Param, then: Check | None = None) -> Check:
    """A `Route.check` made of a table; *then* judges how the parameters go together. Empty is as if not sent."""

    def check(sent: Mapping[str, str]) -> ApiError | None:
        for param in params:
            value = sent.get(param.name)
            if value:
                error = param.judge(param.name, value)
                if error is not None:
                    return error
            elif param.required:
                return errors.missing(param.name)
        return None if then is None else then(sent)

    return check
