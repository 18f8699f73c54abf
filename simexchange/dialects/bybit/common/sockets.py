"""How Bybit's sockets talk: requests by ``op``, acknowledgements of two kinds, events by ``topic``.

"WebSocket Connect" and "Websocket Trade Guideline" (docs/v5/ws, docs/v5/websocket/trade; snapshot 2026-07-24, seen
2026-11). ``req_id`` is given back as it came, a number as a number; the trade socket spells it ``reqId``.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.asking import Answer, SocketRequest, Subscribe, Unsubscribe
from simexchange.dialects.bybit.common.params import UNREADABLE
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.contract import Reply
from simexchange.dialects.telling import Telling

MOST_SPOT_TOPICS: Final = 10
"""Topics one request of a spot socket may name."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Frame(msgspec.Struct, frozen=True):
    """One message of a client, as far as it could be read."""

    op: str
    id: Any
    """As sent; `None` where it was not."""
    args: Any
    header: dict[str, Any]


def parse(text: str) -> Frame | None:
    """A message; None where it is no JSON object with a text as ``op``."""
    try:
        sent = _decode(text)
    except UNREADABLE:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("op"), str):
        return None
    header = sent.get("header")
    return Frame(
        sent["op"],
        sent.get("reqId", sent.get("req_id")),
        sent.get("args"),
        header if isinstance(header, dict) else {},
    )


# Public sockets


def public_request(text: str, connection_id: str, *, spot: bool) -> SocketRequest:
    """What a client said on a public socket."""
    frame = parse(text)
    if frame is None:
        return Answer(acknowledgement("", None, connection_id, "error:invalid request", success=False))
    if frame.op == "ping":
        return Answer(acknowledgement("ping", frame.id, connection_id, "pong"))
    names = frame.args
    wrong = _wrong(frame, names, spot=spot)
    if wrong:
        return Answer(acknowledgement(frame.op, frame.id, connection_id, wrong, success=False))
    # An empty text of success where a topic is given up, as on subscribing ("WebSocket Connect").
    ack = acknowledgement(frame.op, frame.id, connection_id, "subscribe" if frame.op == "subscribe" else "")
    if frame.op == "unsubscribe":
        return Unsubscribe(tuple(names), ack)

    def refusing(why: str) -> Callable[[str], bytes]:
        return lambda name: acknowledgement(
            "subscribe", frame.id, connection_id, f"error:{why},topic:{name[:100]}", success=False
        )

    # Both texts as clients met them (sieblyio/bybit-api, issues 154 of 2022-06 and 477 of 2025-08, seen 2026-11).
    return Subscribe(tuple(names), ack, refusing("handler not found"), refusing("already subscribed"))


def _wrong(frame: Frame, names: Any, *, spot: bool) -> str:
    if frame.op not in ("subscribe", "unsubscribe"):
        return f"error:request not found,op:{frame.op[:40]}"
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return "error:args invalid"
    if spot and len(names) > MOST_SPOT_TOPICS:
        return "error:args size >10"
    return ""


def acknowledgement(op: str, request_id: Any, connection_id: str, text: str, *, success: bool = True) -> bytes:
    """An answer of a public or private socket; ``req_id`` only where one was sent."""
    told: dict[str, Any] = {"success": success, "ret_msg": text, "conn_id": connection_id}
    if request_id is not None:
        told["req_id"] = request_id
    return _encode({**told, "op": op})


# Private and trade sockets


class Envelope(msgspec.Struct):
    """The answer of a call as REST has it."""

    retCode: int = 0
    retMsg: str = ""
    result: msgspec.Raw = msgspec.Raw(b"{}")
    retExtInfo: msgspec.Raw = msgspec.Raw(b"{}")
    time: int = 0


_envelope = msgspec.json.Decoder(Envelope)


def private_frame(op: str, request_id: Any, reply: Reply, connection_id: str) -> bytes:
    """The answer to a request of the private socket."""
    told = _envelope.decode(reply.body)
    if op == "ping" and not told.retCode:
        pong: dict[str, Any] = {"op": "pong", "args": [str(told.time)], "conn_id": connection_id}
        return _encode(pong if request_id is None else {"req_id": request_id, **pong})
    good = {"auth": "", "subscribe": "", "unsubscribe": ""}.get(op, told.retMsg)
    text = told.retMsg if told.retCode else good
    return acknowledgement(op, request_id, connection_id, text, success=not told.retCode)


def trade_frame(op: str, request_id: Any, reply: Reply, connection_id: str) -> bytes:
    """The answer to a request of the trade socket: ``result`` is ``data`` there, and headers are among the answer."""
    told = _envelope.decode(reply.body)
    frame: dict[str, Any] = {} if request_id is None else {"reqId": request_id}
    frame |= {"retCode": told.retCode, "retMsg": told.retMsg}
    if op == "ping":
        return _encode({**frame, "op": "pong", "data": [str(told.time)], "connId": connection_id})
    frame["op"] = op
    if op == "auth":
        return _encode({**frame, "connId": connection_id})
    limits = {name: value for name, value in reply.headers.items() if name.startswith("X-Bapi-")}
    header = {**limits, "Traceid": _trace(connection_id, told.time), "Timenow": str(told.time)}
    return _encode(
        {**frame, "data": told.result, "retExtInfo": told.retExtInfo, "header": header, "connId": connection_id}
    )


def _trace(connection_id: str, time: int) -> str:
    """What a support desk would ask for; nothing is looked up by it here."""
    return f"{connection_id.replace('-', '')}{time:x}".rjust(32, "0")[-32:]


# Events

_topic = re.compile(rb'\{"(?:id":"[^"]*",")?topic":"([^"]*)"').match


def event_name(payload: bytes) -> str:
    """The ``topic`` of a payload, which is first in it or second after its id."""
    match = _topic(payload)
    return "" if match is None else match[1].decode()


class _Row(msgspec.Struct):
    orderId: str = ""
    orderStatus: str = ""


class _Rows(msgspec.Struct):
    data: list[_Row] = []


_rows = msgspec.json.Decoder(_Rows)
_FILLS: Final = frozenset({"PartiallyFilled", "Filled"})
"""Of an order: so whoever hears of orders alone is told of fills, too."""
_ENDS: Final = frozenset({"Cancelled", "Rejected", "PartiallyFilledCanceled", "Deactivated"})


def telling(stream: str, payload: bytes) -> tuple[Telling, str]:
    """What a payload of *stream* (empty: a private one) tells, and of which order: the first of those it names.

    >>> telling("", b'{"topic":"order","data":[{"orderId":"a","orderStatus":"New"}]}')
    (<Telling.ACK: 'acks'>, 'a')
    >>> telling("", b'{"topic":"order","data":[{"orderId":"a","orderStatus":"Filled"}]}')
    (<Telling.FILL: 'fills'>, 'a')
    """
    if stream:
        return (Telling.BOOK if stream.startswith("orderbook.") else Telling.OTHER), ""
    topic = event_name(payload).partition(".")[0]
    if topic not in ("order", "execution"):
        return Telling.OTHER, ""
    try:
        rows = _rows.decode(payload).data
    except msgspec.MsgspecError:
        return Telling.OTHER, ""
    row = rows[0] if rows else _Row()
    if topic == "execution" or row.orderStatus in _FILLS:
        return Telling.FILL, row.orderId
    return (Telling.END if row.orderStatus in _ENDS else Telling.ACK), row.orderId


def private_event(number: int, topic: str, at: Nanos, rows: list[Any]) -> bytes:
    """An event of a private topic. *number*: the record it tells of, from which its id is made."""
    return _encode({"id": f"{number:016x}", "topic": topic, "creationTime": millis(at), "data": rows})
