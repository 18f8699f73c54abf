"""Parameters of a request: read by content, described by tables, judged before anything else.

Clients label bodies as they like (a urlencoded body as JSON, no body but a JSON content type), so the content decides.
The query wins over the body where both name a parameter; the same name twice in one of them is -1101.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.numbers import (
    INTEGER_PATTERN,
    NUMBER_PATTERN,
    NotANumber,
    Overflowed,
    TooPrecise,
    parse_decimal,
    parse_integer,
)
from simexchange.dialects.contract import ApiError, Check

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What JSON from outside may raise: it is malformed, of another shape, no UTF-8, or nested without end."""

ALWAYS_TOLERATED: Final = frozenset({"timestamp", "signature", "recvWindow", "apiKey", "returnRateLimits"})
"""Real clients send these to calls that do not ask for them."""

_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_pairs(text: str) -> dict[str, str] | ApiError:
    """The parameters of one urlencoded text, or the refusal of a name sent twice."""
    if not text:
        return {}
    params: dict[str, str] = {}
    quoted = "%" in text or "+" in text
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if quoted:
            name, value = unquote_plus(name), unquote_plus(value)
        if name in params:
            return errors.DUPLICATE_PARAMETER
        params[name] = value
    return params


def json_texts(body: bytes) -> dict[str, str] | None:
    """A JSON object as parameters: strings as they are, the rest as JSON text; None where it is no object."""
    try:
        tokens = _raw_object.decode(body)
        return {name: token_text(token) for name, token in tokens.items()}
    except UNREADABLE:
        return None


def token_text(token: msgspec.Raw) -> str:
    """One JSON value as a parameter's text: a string's content, ``true``, ``0.01``, ``["A","B"]`` as sent.

    ``null`` is an empty parameter, as the venue's -1102 puts it ("was empty/null"), and no text of four letters.
    """
    raw = bytes(token).strip()
    if raw[:1] == b'"':
        return str(msgspec.json.decode(raw, type=str))
    return "" if raw == b"null" else raw.decode()


def read_params(query: str, body: bytes) -> dict[str, str] | ApiError:
    """The parameters of a REST request. What is no UTF-8 is kept with replacement signs, and refused by its check."""
    params = read_pairs(query)
    if isinstance(params, ApiError) or not body:
        return params
    sent = json_texts(body) if body.lstrip()[:1] == b"{" else read_pairs(body.decode("utf-8", "replace").strip())
    if sent is None:
        return errors.INVALID_JSON
    if isinstance(sent, ApiError):
        return sent
    return {**sent, **params}


class Surplus(Enum):
    """What a call does with parameters it does not know."""

    TOLERATED = "tolerated"
    COUNTED = "counted"
    """-1101 "Too many parameters"."""
    UNREAD = "unread"
    """-1104 "Not all sent parameters were read"."""


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


def text(pattern: str, *, legal: str | None = None) -> Judge:
    """A text that is all of the form *pattern*, shown as *legal* where the venue spells it differently."""
    matches = re.compile(pattern).fullmatch

    def judge(name: str, value: str) -> ApiError | None:
        return None if matches(value) else errors.illegal_characters(name, legal or pattern)

    return judge


def decimal(
    decimals: int = 8, too_precise: Callable[[str], ApiError] = errors.too_precise, *, positive: bool = False
) -> Judge:
    """A decimal number of at most *decimals* places; with *positive*, zero counts as malformed."""

    def judge(name: str, value: str) -> ApiError | None:
        try:
            number = parse_decimal(value, decimals)
        except NotANumber:
            return errors.illegal_characters(name, NUMBER_PATTERN)
        except TooPrecise:
            return too_precise(name)
        except Overflowed:
            return errors.overflowed(name)
        return errors.mandatory(name) if positive and not number else None

    return judge


def integer(least: int = 0, most: int | None = None) -> Judge:
    """A whole number in a range; one outside of it is -1130."""

    def judge(name: str, value: str) -> ApiError | None:
        try:
            number = parse_integer(value)
        except NotANumber:
            return errors.illegal_characters(name, INTEGER_PATTERN)
        except Overflowed:
            return errors.overflowed(name)
        if number < least or (most is not None and number > most):
            return errors.invalid(name)
        return None

    return judge


def one_of(values: Sequence[str], otherwise: ApiError | None = None) -> Judge:
    """One of some words; anything else is *otherwise*, or -1130."""
    known = frozenset(values)

    def judge(name: str, value: str) -> ApiError | None:
        return None if value in known else otherwise or errors.invalid(name)

    return judge


def anything(_name: str, _value: str) -> ApiError | None:
    """Read by nobody, or judged where it is used."""
    return None


def boolean(name: str, value: str) -> ApiError | None:
    """``true`` or ``false``, in any case."""
    return None if value.lower() in ("true", "false") else errors.invalid(name)


def is_true(params: Mapping[str, str], name: str) -> bool:
    """Whether a boolean parameter was sent as true."""
    return params.get(name, "").lower() == "true"


def check_params(spec: Mapping[str, Param], surplus: Surplus, params: Mapping[str, str]) -> ApiError | None:
    """The first thing wrong: a missing one (in the table's order), an unreadable one, an unknown one."""
    for name, param in spec.items():
        value = params.get(name)
        if not value:
            if param.required:
                return errors.mandatory(name)
            if value is not None:
                return errors.empty(name)
            continue
        error = param.judge(name, value)
        if error is not None:
            return error
    if surplus is Surplus.TOLERATED:
        return None
    unknown = [name for name in params if name not in spec and name not in ALWAYS_TOLERATED]
    if not unknown:
        return None
    expected, sent = len(params) - len(unknown), len(params)
    return errors.too_many(expected, sent) if surplus is Surplus.COUNTED else errors.unread(expected, sent)


_PLANS_MAX: Final = 512
"""Sets of known names, and combinations of words, that a call remembers its judgement of."""


def checker(
    *params: Param, surplus: Surplus = Surplus.TOLERATED, then: Check | None = None, words: Sequence[str] = ()
) -> Check:
    """A `Route.check` made of a table; *then* judges how the parameters go together.

    *words*: the parameters whose values *then* looks at; of the others it only asks whether they were sent. Its
    judgement is then remembered, because a client sends the same combination with every order. Without *words* it is
    asked each time.
    """
    spec = {param.name: param for param in params}
    known: dict[str, Judge | None] = dict.fromkeys(ALWAYS_TOLERATED)
    known.update({param.name: param.judge for param in params})
    required = frozenset(param.name for param in params if param.required)
    plans: dict[tuple[str, ...], tuple[Judge | None, ...]] = {}
    judged: dict[tuple[object, ...], ApiError | None] = {}

    def planned(names: tuple[str, ...]) -> tuple[Judge | None, ...] | None:
        """Who judges each of *names*; None where something is wrong with the names alone."""
        strange = not known.keys() >= set(names)
        if not required.issubset(names) or (strange and surplus is not Surplus.TOLERATED):
            return None
        plan = tuple(known.get(name) for name in names)
        if not strange and len(plans) < _PLANS_MAX:
            plans[names] = plan
        return plan

    def nothing_wrong(names: tuple[str, ...], sent: Mapping[str, str]) -> bool:
        """Whether each parameter by itself is well, asked of what was sent: a call may know three times as many."""
        plan = plans.get(names) or planned(names)
        if plan is None:
            return False
        for judge, (name, value) in zip(plan, sent.items(), strict=True):
            if judge is not None and (not value or judge(name, value) is not None):
                return False
        return True

    def check(sent: Mapping[str, str]) -> ApiError | None:
        names = tuple(sent)
        # What is wrong first, in the order of the table, is asked only where something is.
        error = None if nothing_wrong(names, sent) else check_params(spec, surplus, sent)
        if error is not None or then is None or not words:
            return then(sent) if error is None and then is not None else error
        combination = (names, *[sent.get(word) for word in words])
        if combination in judged:
            return judged[combination]
        error = then(sent)
        if names in plans and len(judged) < _PLANS_MAX:
            judged[combination] = error
        return error

    return check
