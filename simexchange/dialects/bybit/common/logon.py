"""``auth``, ``subscribe``, ``unsubscribe`` and ``ping`` of the private and the trade socket, as methods.

"WebSocket Connect" (docs/v5/ws/connect.mdx, snapshot 2026-07-24, seen 2026-11). A connection has one key, for as long
as it lives; topics that are no private ones are refused by name, and nothing is subscribed then.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.symbols import CATEGORIES, OPTION
from simexchange.dialects.contract import ApiError, Auth, Call, Handler, Method, Reply, Session

_encode = msgspec.json.Encoder().encode


def session_of(call: Call) -> Session:
    """The connection a call came by."""
    assert call.session is not None, "a session call without a connection"  # noqa: S101 - a bug, never input
    return call.session


def methods(topics: Collection[str] = ()) -> tuple[Method, ...]:
    """``auth`` and ``ping``; with *topics*, the private streams there are, ``subscribe`` and ``unsubscribe`` too."""
    talking = (Method("auth", log_on, Auth.SIGNED, 0), Method("ping", ping, weight=0))
    if not topics:
        return talking
    return (
        *talking,
        Method("subscribe", _subscribing(frozenset(topics)), weight=0),
        Method("unsubscribe", unsubscribe, weight=0),
    )


def log_on(call: Call) -> Reply:
    """From now on the connection is its key's, and what it heard of another account it hears no more."""
    key, session = call.key, session_of(call)
    assert key is not None, "a signed call without a key"  # noqa: S101 - a bug, never input
    if session.key is not None and session.key.account != key.account:
        session.log_out()
    session.log_on(key, call.now)
    return _done(call)


def ping(call: Call) -> Reply:
    """``pong`` and the time."""
    return _done(call)


def _subscribing(topics: Collection[str]) -> Handler:
    def subscribe(call: Call) -> Reply:
        session = session_of(call)
        if session.key is None:
            return errors.error_reply(errors.NOT_AUTHORISED, call.now)
        names = _names(call.raw.get("args"))
        if isinstance(names, ApiError):
            return errors.error_reply(names, call.now)
        unknown = next((name for name in names if name not in topics), None)
        if unknown is not None:
            return errors.error_reply(errors.invalid(f"handler not found, topic: {unknown[:100]}"), call.now)
        if _mixed(names):
            return errors.error_reply(errors.MIXED_TOPICS, call.now)
        for name in names:
            session.subscribe(session.key.account, name, logged_on=True)
        return _done(call)

    return subscribe


def unsubscribe(call: Call) -> Reply:
    """Topics that were not subscribed are no mistake."""
    session, names = session_of(call), _names(call.raw.get("args"))
    if isinstance(names, ApiError):
        return errors.error_reply(names, call.now)
    for name in names:
        number = session.subscribed(name)
        if number is not None:
            session.unsubscribe(number)
    return _done(call)


def _names(sent: Any) -> list[str] | ApiError:
    if not isinstance(sent, list) or not sent or not all(isinstance(name, str) for name in sent):
        return errors.invalid("args invalid")
    return sent


def _mixed(names: list[str]) -> bool:
    """Whether a topic of all categories and one of a category of it are asked for at once."""
    heads = (name.rpartition(".") for name in names)
    return any(category in (*CATEGORIES, OPTION) and head in names for head, _, category in heads)


def _done(call: Call) -> Reply:
    return Reply(200, errors.answer({}, call.now), errors.JSON_HEADERS)
