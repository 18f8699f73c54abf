"""Logging on a WebSocket API connection: its key then stands for requests that name none.

"Session Authentication" of binance/binance-spot-api-docs (web-socket-api.md, 2026-07-21): Ed25519 keys only. USDⓈ-M has
the same three methods ("WebSocket API General Info", derivatives; seen 2026-11) without word of private streams, which
have sockets of their own there. What the venue says to a key of another kind is not published.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.params import checker
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.contract import ED25519, Auth, Call, Method, Reply, Session

_encode = msgspec.json.Encoder().encode

WEIGHT = 2


def session_of(call: Call) -> Session:
    """The connection a WebSocket API call came by."""
    assert call.session is not None, "a session call without a connection"  # noqa: S101 - a bug, never input
    return call.session


def methods(*, streams: bool) -> tuple[Method, ...]:
    """session.logon, session.status and session.logout; *streams*: they tell of private streams."""
    tell = _telling(streams=streams)

    def log_on(call: Call) -> Reply:
        """From now on this key, whatever key it was before."""
        key = call.key
        assert key is not None, "a signed call without a key"  # noqa: S101 - a bug, never input
        if key.kind != ED25519:
            return errors.error_reply(errors.NOT_SUPPORTED)
        session_of(call).log_on(key, call.now)
        return tell(call)

    def log_out(call: Call) -> Reply:
        """Forget the key; of a connection without one nothing changes."""
        session_of(call).log_out()
        return tell(call)

    return (
        Method("session.logon", log_on, Auth.SIGNED, WEIGHT, check=checker()),
        Method("session.status", tell, weight=WEIGHT),
        Method("session.logout", log_out, weight=WEIGHT),
    )


def _telling(*, streams: bool) -> Callable[[Call], Reply]:
    def tell(call: Call) -> Reply:
        session = session_of(call)
        known = session.key is not None
        status: dict[str, Any] = {
            "apiKey": session.key.api_key if session.key is not None else None,
            "authorizedSince": wire_time(session.authorised_since, call.options) if known else None,
            "connectedSince": wire_time(session.connected_since, call.options),
            "returnRateLimits": session.return_rate_limits,
            "serverTime": wire_time(call.now, call.options),
        }
        if streams:
            status["userDataStream"] = bool(session.subscriptions())
        return Reply(200, _encode(status), errors.JSON_HEADERS)

    return tell
