"""What a faulted request hears: the venue's own words, or a page of a proxy in front of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.contract import ApiError, Reply
from simexchange.gateway.callrates import Grant, headers_of
from simexchange.gateway.calls import Target
from simexchange.gateway.faults.injector import Stroke
from simexchange.gateway.faults.points import API
from simexchange.gateway.faults.throttling import BANNED

_JSON: Final = {"Content-Type": "application/json;charset=UTF-8"}
_HTML: Final = {"Content-Type": "text/html"}
REFUSALS: Final = frozenset(
    {"error", "proxy_error", "unavailable", "overloaded", "too_many_requests", "maintenance"}
)  # fmt: skip
"""Kinds that answer instead of the exchange, whatever was asked."""


def refusal(target: Target, stroke: Stroke, name: str, wall: int, address: str, at: Nanos) -> Reply:
    """The answer of one of `REFUSALS` to the call *name*. *wall* and *at*: what time it is, there and here."""
    outages = target.mount.outages
    match stroke.kind:
        case "proxy_error":
            return _page(int(stroke.params["status"]))
        case "unavailable":
            return _outage(target, outages.unavailable, name, wall, at)
        case "overloaded":
            return target.dialect.error(outages.overloaded, at)
        case "too_many_requests":
            return _throttled(target, stroke, name, wall, address, at)
        case "maintenance":
            body = target.venue.status.get(name)
            if body is not None:
                return Reply(200, body, _JSON)
            return target.dialect.error(target.venue.maintenance, at)
    return _error(target, stroke, at)


def unknown_status(target: Target, name: str, wall: int, at: Nanos) -> Reply:
    """The answer that leaves open what became of the call."""
    return _outage(target, target.mount.outages.unknown, name, wall, at)


def _error(target: Target, stroke: Stroke, at: Nanos) -> Reply:
    params = stroke.params
    unexpected = target.venue.refusals.unexpected
    error = ApiError(
        int(params["status"]) or unexpected.status,
        int(params["code"]) or unexpected.code,
        str(params["text"]) or unexpected.text,
    )
    reply = target.dialect.error(error, at)
    wait = int(params["retry_after"])
    return _waiting(reply, wait) if wait else reply


def _throttled(target: Target, stroke: Stroke, name: str, wall: int, address: str, at: Nanos) -> Reply:
    """The time to wait is in the body of a WebSocket API, in a header of REST, or in those of the call's own limit."""
    limits, wait = target.mount.limits, int(stroke.params["retry_after"])
    told = limits.banned if stroke.params["status"] == BANNED else limits.too_heavy
    text = told.text.format(limit=limits.weight, address=address, until=(wall + wait) // 1_000_000)
    error = ApiError(told.status, told.code, text)
    if not target.venue.retry_after:
        reply = target.dialect.error(error, at)
        rated = target.dialect.rated(name.rpartition(" ")[2], {}, {})
        shown = {} if rated is None else headers_of(rated, Grant(0, 0, wall + wait))
        return Reply(reply.status, reply.body, {**reply.headers, **shown})
    if stroke.point.channel == API:
        return target.dialect.turned_away(error, Nanos(wall), Nanos(wall + wait))
    return _waiting(target.dialect.error(error, at), wait)


def _waiting(reply: Reply, wait: int) -> Reply:
    headers: Mapping[str, str] = {**reply.headers, "Retry-After": str(-(-wait // SECOND))}
    return Reply(reply.status, reply.body, headers)


def _outage(target: Target, error: ApiError, name: str, wall: int, at: Nanos) -> Reply:
    path = name.partition(" ")[2]
    if not target.mount.outages.bare or not path:
        return target.dialect.error(error, at)
    body = {"timestamp": wall // 1_000_000, "path": path, "msg": error.text}
    return Reply(error.status, msgspec.json.encode(body), _JSON)


def _page(status: int) -> Reply:
    """What a proxy says of itself."""
    try:
        title = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        title = str(status)
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, page.encode(), _HTML)
