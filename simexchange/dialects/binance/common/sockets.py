"""How Binance's sockets talk: subscriptions on market-data sockets, envelopes, the WebSocket API's frames.

Sources: "WebSocket Streams" and "WebSocket API" of binance/binance-spot-api-docs (2026-07-21). The documentation shows
socket errors bare (``{"code":2,…}``); clients read them inside ``"error"``, and so they are sent.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.asking import (
    Answer,
    AskCombined,
    ListSubscriptions,
    SetCombined,
    SocketRequest,
    Subscribe,
    Unsubscribe,
)
from simexchange.dialects.binance.common.errors import INVALID_JSON
from simexchange.dialects.binance.common.params import UNREADABLE
from simexchange.dialects.contract import ApiError
from simexchange.dialects.telling import Telling

VARIANTS: Final = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
MOST_STREAMS: Final = 1024
"""Streams one socket may have."""

_byte = re.compile(r"\(byte (\d+)\)").search
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def _error(code: int, text: str, request_id: Any = None) -> Answer:
    return Answer(_encode({"error": {"code": code, "msg": text}, "id": request_id}))


def _good_id(request_id: Any) -> bool:
    """A 64-bit integer, a string of at most 36 characters, or null."""
    if isinstance(request_id, bool):
        return False
    if isinstance(request_id, int):
        return -(2**63) <= request_id < 2**63
    return request_id is None or (isinstance(request_id, str) and len(request_id) <= 36)


def parse_socket_request(text: str) -> SocketRequest:
    """What a client said on a market-data socket, or the answer to what it should not have said."""
    try:
        sent = _decode(text)
    except UNREADABLE as error:
        return _error(3, f"Invalid JSON: expected value at {_place(text, error)}")
    if not isinstance(sent, dict):
        return _error(2, "Invalid request: expected an object")
    request_id = sent.get("id")
    if not _good_id(request_id):
        return _error(2, "Invalid request: request ID must be an unsigned integer")
    method = sent.get("method")
    if method is None:
        return _error(2, f"Invalid request: missing field `method` at line 1 column {len(text)}", request_id)
    talk = _TALK.get(method) if isinstance(method, str) else None
    if talk is None:
        expected = ", ".join(f"`{variant}`" for variant in VARIANTS)
        place = f"line 1 column {text.find(_encode(method).decode()) + len(_encode(method))}"
        return _error(
            2, f"Invalid request: unknown variant `{method}`, expected one of {expected} at {place}", request_id
        )
    return talk(sent.get("params"), request_id)


def _place(text: str, error: Exception) -> str:
    """Where a text stops being JSON, as far as that was found out."""
    found = _byte(str(error))
    before = text[: int(found[1])] if found is not None else text
    return f"line {before.count(chr(10)) + 1} column {len(before) - before.rfind(chr(10))}"


def _names(params: Any) -> tuple[str, ...] | None:
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        return None
    return tuple(params)


def _subscribe(params: Any, request_id: Any) -> SocketRequest:
    names = _names(params)
    if names is None:
        return _error(2, "Invalid request: params must be an array of strings", request_id)
    if len(names) > MOST_STREAMS:
        return _error(2, "Invalid request: too many parameters", request_id)
    return Subscribe(names, done(request_id))


def _unsubscribe(params: Any, request_id: Any) -> SocketRequest:
    names = _names(params)
    if names is None:
        return _error(2, "Invalid request: params must be an array of strings", request_id)
    return Unsubscribe(names, done(request_id))


def _list(_params: Any, request_id: Any) -> SocketRequest:
    return ListSubscriptions(request_id)


def _set_property(params: Any, request_id: Any) -> SocketRequest:
    match params:
        case ["combined", bool(value)]:
            return SetCombined(combined=value, ack=done(request_id))
        case ["combined", _]:
            return _error(1, "Invalid value type: expected Boolean", request_id)
        case [str(), _]:
            return _error(0, "Unknown property", request_id)
        case [_, _, _, *_]:
            return _error(2, "Invalid request: too many parameters", request_id)
        case _:
            return _error(2, "Invalid request: property name must be a string", request_id)


def _get_property(params: Any, request_id: Any) -> SocketRequest:
    match params:
        case ["combined"]:
            return AskCombined(
                if_on=_encode({"result": True, "id": request_id}), if_off=_encode({"result": False, "id": request_id})
            )
        case [str()]:
            return _error(0, "Unknown property", request_id)
        case [_, _, *_]:
            return _error(2, "Invalid request: too many parameters", request_id)
        case _:
            return _error(2, "Invalid request: property name must be a string", request_id)


_TALK: Final[dict[str, Callable[[Any, Any], SocketRequest]]] = {
    "SUBSCRIBE": _subscribe,
    "UNSUBSCRIBE": _unsubscribe,
    "LIST_SUBSCRIPTIONS": _list,
    "SET_PROPERTY": _set_property,
    "GET_PROPERTY": _get_property,
}


def done(request_id: Any) -> bytes:
    """The answer to a request that only had to be done. It is never put into an envelope."""
    return _encode({"result": None, "id": request_id})


def subscriptions(request_id: Any, names: Iterable[str]) -> bytes:
    """The answer to LIST_SUBSCRIPTIONS."""
    return _encode({"result": list(names), "id": request_id})


def envelope(stream: str, payload: bytes) -> bytes:
    """A payload as a combined-stream frame."""
    return b'{"stream":%s,"data":%s}' % (_encode(stream), payload)


def subscription_event(number: int, payload: bytes) -> bytes:
    """A private event as the WebSocket API carries it."""
    return b'{"subscriptionId":%d,"event":%s}' % (number, payload)


def stream_terminated(at: Nanos) -> bytes:
    """The last event of a private subscription ("Event Stream Terminated", user-data-stream.md, 2026-07-21)."""
    return _encode({"e": "eventStreamTerminated", "E": at // 1_000_000})


def listen_key_expired(listen_key: str, at: Nanos) -> bytes:
    """What a socket hears when its listen key has run out."""
    return _encode({"e": "listenKeyExpired", "E": at // 1_000_000, "listenKey": listen_key})


_event_name = re.compile(rb'\{"e":"(\w+)"').match
SHUTDOWN_STREAM: Final = "!serverShutdown"


def event_name(payload: bytes) -> str:
    """The ``e`` of a payload, which is its first letter."""
    match = _event_name(payload)
    return "" if match is None else match[1].decode()


_TELLINGS: Final[Mapping[str, Telling]] = {
    "NEW": Telling.ACK,
    "TRADE": Telling.FILL,
    "CANCELED": Telling.END,
    "EXPIRED": Telling.END,
    "REJECTED": Telling.END,
}
"""By execution type, spot's and the derivatives' (user data stream pages, 2026-11)."""
_diff_depth = re.compile(r"[^@]+@(?:rpiD|d)epth(?:@[0-9]+ms)?").fullmatch


class _Order(msgspec.Struct):
    x: str = ""
    i: int = 0


class _Report(msgspec.Struct):
    """A private payload's letters about an order: spot has them beside ``e``, derivatives under ``o``."""

    e: str = ""
    x: str = ""
    i: int = 0
    o: _Order | str = ""


_report = msgspec.json.Decoder(_Report)


def telling(stream: str, payload: bytes) -> tuple[Telling, str]:
    """What a payload of *stream* (empty: a private one) tells, and of which order.

    >>> telling("", b'{"e":"executionReport","x":"TRADE","i":7}')
    (<Telling.FILL: 'fills'>, '7')
    """
    if stream:
        return (Telling.BOOK if _diff_depth(stream) else Telling.OTHER), ""
    try:
        told = _report.decode(payload)
    except msgspec.MsgspecError:
        return Telling.OTHER, ""
    order: _Report | _Order = told.o if isinstance(told.o, _Order) else told
    return _TELLINGS.get(order.x, Telling.OTHER), str(order.i or "")


def shutdown_event(at: Nanos) -> tuple[str, bytes]:
    """``serverShutdown`` and the name under which a combined stream carries it."""
    return SHUTDOWN_STREAM, _encode({"e": "serverShutdown", "E": at // 1_000_000})


def connection_event(payload: bytes) -> bytes:
    """An event of the connection itself, as the WebSocket API carries it."""
    return b'{"event":%s}' % payload


class ApiFrame(msgspec.Struct, frozen=True):
    """One WebSocket API request as sent: values of *params* are still JSON text."""

    id: Any
    method: str
    params: Mapping[str, msgspec.Raw]


class _Frame(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")
    method: msgspec.Raw = msgspec.Raw(b"null")
    params: msgspec.Raw = msgspec.Raw(b"{}")


_frame = msgspec.json.Decoder(_Frame)
_params = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse_api_frame(text: str) -> ApiFrame | tuple[Any, ApiError]:
    """One request, or the id (as far as it could be read) and the refusal."""
    request_id = None
    try:
        frame = _frame.decode(text)
        request_id = _decode(frame.id)
        method = _decode(frame.method)
        params = _params.decode(frame.params)
    except UNREADABLE:
        return request_id, INVALID_JSON
    # True is a number to Python alone.
    good = request_id is None or (isinstance(request_id, str | int) and not isinstance(request_id, bool))
    if not good or not isinstance(method, str):
        return None, INVALID_JSON
    return ApiFrame(request_id, method, params)


def api_frame(request_id: Any, status: int, body: bytes, usage: Sequence[Mapping[str, Any]] | None) -> bytes:
    """The frame that answers: *body* is the result, or the error object where *status* says so."""
    word = b"result" if status < 400 else b"error"
    tail = b"" if usage is None else b',"rateLimits":' + _encode(usage)
    return b'{"id":%s,"status":%d,"%s":%s%s}' % (_encode(request_id), status, word, body, tail)
