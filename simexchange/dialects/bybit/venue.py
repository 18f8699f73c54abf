"""Bybit as one dialect: its products, how it authorises, how its sockets talk."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.asking import ListSubscriptions, SocketRequest
from simexchange.dialects.bybit import permissions
from simexchange.dialects.bybit.common import errors, limits, sockets
from simexchange.dialects.bybit.common.diagnosis import diagnose
from simexchange.dialects.bybit.common.ids import order_number
from simexchange.dialects.bybit.common.params import Sent, read_params, texts_of
from simexchange.dialects.bybit.common.signing import KEY_HEADER, headers_of, rest_message, socket_message
from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.bybit.common.timestamps import DEFAULT_WINDOW, in_time, millis, not_run_out
from simexchange.dialects.bybit.groups import GROUPS
from simexchange.dialects.bybit.v5.product import PRODUCTS, TRADE
from simexchange.dialects.contract import (
    HMAC,
    RSA,
    ApiError,
    ApiRefusal,
    ApiRequest,
    Auth,
    Authorised,
    Check,
    Diagnosis,
    FindKey,
    Glimpse,
    Incoming,
    Key,
    KeyKind,
    Method,
    Permission,
    Product,
    Rated,
    Reply,
    TimePolicy,
)
from simexchange.dialects.telling import Telling
from simexchange.dialects.verifying import Verifier

NO_ROUTE: Final[tuple[Check | None, Permission]] = (None, Permission.READING)
NO_OPTIONS: Final[Mapping[str, str]] = {}
NOTHING: Final = Sent({}, {})


class BybitDialect:
    """Implements `Dialect`. It keeps nothing but secrets made ready for signing."""

    name = "bybit"
    groups = GROUPS
    key_kinds: tuple[KeyKind, ...] = (HMAC, RSA)
    # "Self-generated API keys operate with RSA encryption", others with HMAC ("Select Your API Key Type",
    # docs/v5/guide.mdx, snapshot 2026-07-24, seen 2026-11): there is no Ed25519.

    def __init__(self, products: Iterable[Product]) -> None:
        self.products = tuple(products)
        self.rejections: Mapping[RejectReason, ApiError] = self.products[0].rejections
        self._routes: dict[tuple[str, str], tuple[Check | None, Permission]] = {
            (route.method, route.path): (route.check, permissions.of_route(route) or Permission.READING)
            for product in self.products
            for route in product.routes
        }
        self._methods: dict[str, dict[str, Method]] = {
            product.name: {method.name: method for method in product.methods} for product in self.products
        }
        self._verifier = Verifier()

    def __str__(self) -> str:
        return self.name

    def order_number(self, text: str) -> OrderId | None:
        """Of a UUID, or of the long number of a spot order."""
        number = order_number(text)
        return None if number is None else OrderId(number)

    def error(self, error: ApiError, at: Nanos) -> Reply:
        """``{"retCode":…,"retMsg":…,"result":{},"retExtInfo":{},"time":…}`` with the error's status."""
        return errors.error_reply(error, at)

    def turned_away(self, error: ApiError, now: Nanos, until: Nanos) -> Reply:
        """A limit's refusal is shaped like any other; its reset time is a header."""
        return errors.error_reply(error, now)

    def rated(self, name: str, params: Mapping[str, str], raw: Mapping[str, Any]) -> Rated | None:
        """Each call by itself, of contracts and of spot apart; a batch by its orders."""
        return limits.rated(name, params, raw)

    # REST

    def key_named(self, incoming: Incoming) -> str:
        return incoming.headers.get(KEY_HEADER, "")

    def authorise(self, auth: Auth, incoming: Incoming, find_key: FindKey, policy: TimePolicy) -> Authorised | ApiError:
        """The key, then the time, then the signature, then the parameters: the first that is wrong is the answer."""
        sent = read_params(incoming.method, incoming.query, incoming.body)
        check, needed = self._routes.get((incoming.method, incoming.path), NO_ROUTE)
        key: Key | None = None
        if auth is not Auth.NONE:
            params = NOTHING.params if isinstance(sent, ApiError) else sent.params
            needed = permissions.of_category(needed, params.get("category", ""))
            judged = self._judge(incoming, find_key, policy, needed)
            if isinstance(judged, ApiError):
                return judged
            key = judged
        if isinstance(sent, ApiError):
            return sent
        error = check(sent.params) if check is not None else None
        return Authorised(sent.params, key, raw=sent.raw) if error is None else error

    def _judge(self, incoming: Incoming, find_key: FindKey, policy: TimePolicy, needed: Permission) -> Key | ApiError:
        """The key of a signed request, if it may do what is *needed*."""
        signed = headers_of(incoming.headers)
        if not signed.api_key or not signed.stamp or not signed.signature:
            return errors.NOT_AUTHENTICATED
        key = find_key(signed.api_key)
        if key is None or key.kind not in self.key_kinds:
            return errors.KEY_INVALID
        error = _judge_time(signed.stamp, signed.window, policy)
        if error is not None:
            return error
        message = rest_message(signed, incoming.method, incoming.query, incoming.body)
        if not self._verifier.verify(key, signed.signature, *message):
            return errors.BAD_SIGNATURE
        return _allowed(key, needed)

    def diagnose(self, incoming: Incoming, error: ApiError, find_key: FindKey) -> Diagnosis:
        _, needed = self._routes.get((incoming.method, incoming.path), NO_ROUTE)
        return diagnose(self._verifier, incoming, error, find_key, needed)

    def too_late(self, product: Product, params: Mapping[str, str], policy: TimePolicy) -> ApiError | None:
        """Time is asked once here."""
        return None

    # Public sockets

    def socket_request(self, product: Product, text: str, connection_id: str) -> SocketRequest:
        return sockets.public_request(text, connection_id, spot=product.name.endswith(SPOT))

    def subscriptions(self, request: ListSubscriptions, names: Iterable[str]) -> bytes:
        """There is no such request here."""
        raise NotImplementedError("no client of this venue can ask for its subscriptions")

    def envelope(self, stream: str, payload: bytes) -> bytes:
        """Payloads name their topic themselves."""
        return payload

    def subscription_event(self, number: int, payload: bytes) -> bytes:
        return payload

    def subscription_ended(self, number: int, at: Nanos) -> bytes:
        """Nothing is said."""
        return b""

    def listen_key_expired(self, listen_key: str, at: Nanos) -> bytes:
        """There are no listen keys here."""
        return b""

    def event_name(self, payload: bytes) -> str:
        return sockets.event_name(payload)

    def telling(self, stream: str, payload: bytes) -> tuple[Telling, str]:
        return sockets.telling(stream, payload)

    def shutdown_event(self, at: Nanos) -> tuple[str, bytes]:
        """Connections end without a word; no socket of this venue is told so (`SocketRules.announced`)."""
        return "", b""

    def connection_event(self, payload: bytes) -> bytes:
        return payload

    # Private and trade sockets

    def api_request(
        self, product: Product, text: str, find_key: FindKey, policy: TimePolicy, logged_on: Key | None = None,
        options: Mapping[str, str] = NO_OPTIONS,
    ) -> ApiRequest | ApiRefusal:  # fmt: skip
        """One request: ``args`` of the trade socket's orders hold one object, which is what REST has as its body."""
        frame = sockets.parse(text)
        if frame is None:
            return ApiRefusal(None, errors.invalid("the message is no request"))
        method = self._methods[product.name].get(frame.op)
        if method is None:
            return ApiRefusal(frame.id, errors.invalid(f"op {frame.op[:40]} unknown"), frame.op, unknown=True)
        sent = _body(frame.args) if product.name == TRADE and method.name.startswith("order.") else NOTHING
        if isinstance(sent, ApiError):
            return ApiRefusal(frame.id, sent, method.name)
        key = self._key_of(method, frame, sent.params, find_key, policy, logged_on)
        error = key if isinstance(key, ApiError) else method.check(sent.params) if method.check is not None else None
        if isinstance(key, ApiError) or error is not None:
            return ApiRefusal(frame.id, error or errors.NOT_LOGGED_ON, method.name)
        return ApiRequest(frame.id, method, sent.params, sent.raw or {"args": frame.args}, key)

    def _key_of(
        self, method: Method, frame: sockets.Frame, params: Mapping[str, str], find_key: FindKey, policy: TimePolicy,
        logged_on: Key | None,
    ) -> Key | ApiError | None:  # fmt: skip
        if method.auth is Auth.NONE:
            return None
        if method.name == "auth":
            return self._log_on(frame.args, find_key, policy)
        if logged_on is None:
            return errors.NOT_LOGGED_ON
        stamp, window = (frame.header.get(name, "") for name in ("X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW"))
        error = _judge_time(str(stamp), str(window), policy)
        needed = permissions.of_method(method) or Permission.READING
        return error or _allowed(logged_on, permissions.of_category(needed, params.get("category", "")))

    def _log_on(self, args: Any, find_key: FindKey, policy: TimePolicy) -> Key | ApiError:
        """``[api key, expires, signature]``."""
        match args:
            case [str(api_key), str() | int() as expires, str(signature)]:
                pass
            case _:
                return errors.invalid("args invalid")
        key, text = find_key(api_key), str(expires)
        if key is None or key.kind not in self.key_kinds:
            return errors.KEY_INVALID
        if not (text.isascii() and text.isdecimal() and len(text) <= _STAMP) or not not_run_out(int(text), policy):
            return errors.invalid("expires has passed")
        if not self._verifier.verify(key, signature, socket_message(text)):
            return errors.BAD_SIGNATURE
        return _allowed(key, Permission.READING)

    def glimpse(self, product: Product, text: str) -> Glimpse:
        frame = sockets.parse(text)
        if frame is None:
            return Glimpse()
        named = frame.args[0] if frame.op == "auth" and isinstance(frame.args, list) and frame.args else ""
        return Glimpse(frame.id, frame.op, named if isinstance(named, str) else "")

    def session_revoked(self) -> bytes:
        """What is said then is not published; the words are those of a key that is none."""
        return sockets.acknowledgement("auth", None, "", errors.KEY_INVALID.text, success=False)

    def api_reply(
        self, product: Product, request: ApiRequest | ApiRefusal, reply: Reply, *, return_rate_limits: bool,
        connection_id: str = "",
    ) -> bytes:  # fmt: skip
        """The trade socket's answers are shaped otherwise than the private one's."""
        op = request.method if isinstance(request, ApiRefusal) else request.method.name
        spell = sockets.trade_frame if product.name == TRADE else sockets.private_frame
        return spell(op, request.id, reply, connection_id)


_STAMP: Final = 20
"""Digits of the longest moment that is looked at."""


def _body(args: Any) -> Sent | ApiError:
    if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], dict):
        return errors.invalid("args must hold one object")
    return Sent(texts_of(args[0]), args[0])


def _judge_time(stamp: str, window: str, policy: TimePolicy) -> ApiError | None:
    """Whether a request comes in time; texts that are no numbers are out of it."""
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _STAMP):
        return errors.invalid("timestamp invalid")
    if window and not (window.isascii() and window.isdecimal() and len(window) <= _STAMP):
        return errors.invalid("recv_window invalid")
    span = int(window) if window else DEFAULT_WINDOW
    if in_time(int(stamp), span, policy):
        return None
    error = errors.STALE_TIMESTAMP
    text = error.text.format(stamp=stamp, server=millis(policy.now), window=span)
    return ApiError(error.status, error.code, text)


def _allowed(key: Key, needed: Permission) -> Key | ApiError:
    """The key, if it may do what is *needed*, and do it from where it is used."""
    if key.elsewhere:
        return errors.IP_FORBIDDEN
    return key if needed in key.permissions else errors.PERMISSION_DENIED


BYBIT: Final = BybitDialect(PRODUCTS)
"""The venue as it is served."""
