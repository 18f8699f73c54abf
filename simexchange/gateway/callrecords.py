"""Calls written down as they are answered: for tests that ask what a client wanted. Costs nothing unless used."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.contract import ApiRefusal, ApiRequest, Incoming, Route
from simexchange.gateway.calls import Answered, Calls, Target

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo

_SECRET: Final = ("signature", "apiKey")


class CallRecord(msgspec.Struct, frozen=True):
    """One call of a client and how it was answered."""

    product: str
    method: str
    """``GET``, ``POST``, … or ``WS``."""
    path: str
    """As the venue knows it, without its query; of the WebSocket API the method's name."""
    params: dict[str, str]
    """From query and body, without the signature; empty where they are neither a form nor a JSON object."""
    account: AccountNo | None
    """Whose key it came with; None without one."""
    status: int
    at: Nanos
    """Exchange time."""
    served: bool = True
    """Whether there is such a call here."""


def record_calls(calls: Calls, take: Callable[[CallRecord], None]) -> None:
    """From now on *take* is given every call that *calls* answers: its methods are wrapped, on this one object."""
    recorder = _Recorder(calls, take)
    for name in ("rest", "socket", "socket_refusal", "unknown"):
        setattr(calls, name, recorder.around(name, getattr(calls, name)))


class _Recorder:
    def __init__(self, calls: Calls, take: Callable[[CallRecord], None]) -> None:
        self._calls = calls
        self._take = take

    def around(self, name: str, answer: Callable[..., Answered]) -> Callable[..., Answered]:
        """*answer*, and what it was asked written down afterwards."""
        describe: Callable[..., tuple[str, str, dict[str, str], AccountNo | None, bool]] = getattr(self, f"_{name}")

        @wraps(answer)
        def answering(target: Target, *asked: Any, **more: Any) -> Answered:
            found = answer(target, *asked, **more)
            method, path, params, account, served = describe(target, *asked)
            now = self._calls.exchange.now()
            self._take(CallRecord(target.product.name, method, path, params, account, found.reply.status, now, served))
            return found

        return answering

    def _rest(
        self, target: Target, route: Route, incoming: Incoming, *_rest: Any
    ) -> tuple[str, str, dict[str, str], AccountNo | None, bool]:
        key = self._calls.keys.find(target.dialect.key_named(incoming))
        params = {**_form(incoming.query), **_sent(incoming.body)}
        return incoming.method, incoming.path, params, None if key is None else key.account, True

    def _socket(
        self, _target: Target, request: ApiRequest, *_rest: Any
    ) -> tuple[str, str, dict[str, str], AccountNo | None, bool]:
        params = {name: str(value) for name, value in request.params.items() if name not in _SECRET}
        return "WS", request.method.name, params, None if request.key is None else request.key.account, True

    def _socket_refusal(
        self, _target: Target, refused: ApiRefusal, _address: str
    ) -> tuple[str, str, dict[str, str], AccountNo | None, bool]:
        return "WS", refused.method, {}, None, not refused.unknown

    def _unknown(
        self, _target: Target, method: str, path: str, _address: str
    ) -> tuple[str, str, dict[str, str], AccountNo | None, bool]:
        return method, path, {}, None, False


def _sent(body: bytes) -> dict[str, str]:
    """The parameters of a body: a JSON object, nested values as JSON again, or a form."""
    if not body.lstrip().startswith(b"{"):
        return _form(body.decode("utf-8", "replace"))
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in sent.items()
    }


def _form(text: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(text, keep_blank_values=True) if name not in _SECRET}
