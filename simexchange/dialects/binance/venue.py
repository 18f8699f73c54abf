"""Binance as one dialect: its products, how it authorises, how its sockets talk."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.asking import ListSubscriptions, SocketRequest
from simexchange.dialects.binance import permissions
from simexchange.dialects.binance.changes import BEFORE, ENCODED_FIRST, ApiAsOf
from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.common import errors, sockets
from simexchange.dialects.binance.common.diagnosis import KEY_HEADER, diagnose
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS, SPOT_LIMITS, Limit, counted
from simexchange.dialects.binance.common.params import UNREADABLE, read_params, token_text
from simexchange.dialects.binance.common.signing import Verifier, rest_message, sorted_message
from simexchange.dialects.binance.common.symbols import SPOT
from simexchange.dialects.binance.common.timestamps import MICRO_OPTION, judge_shape, judge_time, millis
from simexchange.dialects.binance.groups import GROUPS
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.contract import (
    KINDS,
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
    Method,
    Permission,
    Product,
    Rated,
    Reply,
    TimePolicy,
)
from simexchange.dialects.telling import Telling

NO_ROUTE: Final[tuple[Check | None, Permission]] = (None, Permission.READING)
LOG_ON: Final = "session.logon"
TIME_UNIT_HEADER: Final = "x-mbx-time-unit"
NO_OPTIONS: Final[Mapping[str, str]] = {}
SPOT_API: Final = "/api/"
UNITS: Final = {"MICROSECOND": {MICRO_OPTION: "MICROSECOND"}, "MILLISECOND": {}}


class BinanceDialect:
    """Implements `Dialect`. It keeps nothing but secrets made ready for signing."""

    name = "binance"
    groups = GROUPS
    key_kinds = KINDS

    def __init__(self, products: Iterable[Product]) -> None:
        self.products = tuple(products)
        self.rejections: Mapping[RejectReason, ApiError] = self.products[0].rejections
        self._routes: dict[tuple[str, str], tuple[Check | None, Permission]] = {
            (route.method, route.path): (route.check, permissions.of_route(route) or Permission.READING)
            for product in self.products
            for route in product.routes
        }
        self._options: dict[tuple[str, str], Mapping[str, str]] = {
            (route.method, route.path): product.options
            for product in self.products
            if product.options
            for route in product.routes
        }
        self._methods: dict[str, dict[str, Method]] = {
            product.name: {method.name: method for method in product.methods} for product in self.products
        }
        self._needed: dict[str, dict[str, Permission]] = {
            product.name: {
                one.name: permissions.of_method(one, product.name) or Permission.READING for one in product.methods
            }
            for product in self.products
        }
        self._encoded_first = all(product.options.get(ENCODED_FIRST) != BEFORE for product in self.products)
        """Whether spot's REST calls are signed as they are sent, in percent signs."""
        self._verifier = Verifier()

    def __str__(self) -> str:
        return self.name

    def order_number(self, text: str) -> OrderId | None:
        """Orders are called by their numbers."""
        return OrderId(int(text)) if text.isascii() and text.isdecimal() and len(text) < 20 else None

    def error(self, error: ApiError, at: Nanos) -> Reply:
        """``{"code":…,"msg":…}`` with the error's status."""
        return errors.error_reply(error)

    def turned_away(self, error: ApiError, now: Nanos, until: Nanos) -> Reply:
        """With ``data`` beside, which on REST are headers ("IP limits" of the WebSocket API, 2026-07-21)."""
        data = {"serverTime": millis(now), "retryAfter": millis(until)}
        body = msgspec.json.encode({"code": error.code, "msg": error.text, "data": data})
        return Reply(error.status, body, errors.JSON_HEADERS)

    # REST

    def rated(self, name: str, params: Mapping[str, str], raw: Mapping[str, Any]) -> Rated | None:
        """Calls here share their limits by weight."""
        return None

    def key_named(self, incoming: Incoming) -> str:
        return incoming.headers.get(KEY_HEADER, "")

    def authorise(self, auth: Auth, incoming: Incoming, find_key: FindKey, policy: TimePolicy) -> Authorised | ApiError:
        """Parameters, then the key, then the time, then the signature: the first that is wrong is the answer."""
        options = _time_unit(incoming.headers.get(TIME_UNIT_HEADER, ""))
        if isinstance(options, ApiError):
            return options
        told = self._options.get((incoming.method, incoming.path)) if self._options else None
        if told is not None:
            options = {**told, **options}
        params = read_params(incoming.query, incoming.body)
        if isinstance(params, ApiError):
            return params
        check, needed = self._routes.get((incoming.method, incoming.path), NO_ROUTE)
        error = check(params) if check is not None else None
        if error is not None:
            return error
        if auth is Auth.NONE:
            return Authorised(params, None, options)
        api_key = incoming.headers.get(KEY_HEADER, "")
        if auth is Auth.KEY:
            key = _find(api_key, find_key, needed)
            return key if isinstance(key, ApiError) else Authorised(params, key, options)
        key = _judge(params, api_key, find_key, policy, needed)
        if isinstance(key, ApiError):
            return key
        signed = self._is_signed(incoming, key, params["signature"])
        return Authorised(params, key, options) if signed else errors.BAD_SIGNATURE

    def _is_signed(self, incoming: Incoming, key: Key, signature: str) -> bool:
        """Whether the bytes as sent were signed.

        Of spot what is no ASCII must be in percent signs by then: since 2026-01-15, else -1022 (spot change log). Until
        then clients also signed first and put into percent signs afterwards.
        """
        message = rest_message(incoming.query, incoming.body)
        if not incoming.path.startswith(SPOT_API):
            return self._verifier.verify(key, signature, *message)
        if self._encoded_first and not (incoming.query.isascii() and incoming.body.isascii()):
            return False
        if self._verifier.verify(key, signature, *message):
            return True
        return not self._encoded_first and self._verifier.verify_decoded(key, signature, *message)

    def diagnose(self, incoming: Incoming, error: ApiError, find_key: FindKey) -> Diagnosis:
        _, needed = self._routes.get((incoming.method, incoming.path), NO_ROUTE)
        return diagnose(self._verifier, incoming, error, find_key, needed)

    def too_late(self, product: Product, params: Mapping[str, str], policy: TimePolicy) -> ApiError | None:
        """Before the matching engine recvWindow counts once more ("Timing security", spot; -5028, derivatives)."""
        if judge_time(params, policy) is not errors.STALE_TIMESTAMP:
            return None
        return errors.STALE_TIMESTAMP if product.name == SPOT else errors.STALE_AT_ENGINE

    # Market-data sockets

    def socket_request(self, product: Product, text: str, connection_id: str) -> SocketRequest:
        return sockets.parse_socket_request(text)

    def subscriptions(self, request: ListSubscriptions, names: Iterable[str]) -> bytes:
        return sockets.subscriptions(request.id, names)

    def envelope(self, stream: str, payload: bytes) -> bytes:
        return sockets.envelope(stream, payload)

    def subscription_ended(self, number: int, at: Nanos) -> bytes:
        return sockets.subscription_event(number, sockets.stream_terminated(at))

    def subscription_event(self, number: int, payload: bytes) -> bytes:
        return sockets.subscription_event(number, payload)

    def listen_key_expired(self, listen_key: str, at: Nanos) -> bytes:
        return sockets.listen_key_expired(listen_key, at)

    def event_name(self, payload: bytes) -> str:
        return sockets.event_name(payload)

    def telling(self, stream: str, payload: bytes) -> tuple[Telling, str]:
        return sockets.telling(stream, payload)

    def shutdown_event(self, at: Nanos) -> tuple[str, bytes]:
        return sockets.shutdown_event(at)

    def connection_event(self, payload: bytes) -> bytes:
        return sockets.connection_event(payload)

    # WebSocket API

    def api_request(
        self, product: Product, text: str, find_key: FindKey, policy: TimePolicy, logged_on: Key | None = None,
        options: Mapping[str, str] = NO_OPTIONS,
    ) -> ApiRequest | ApiRefusal:  # fmt: skip
        """One request; a method may be written with its version (``v3/order.place``)."""
        frame = sockets.parse_api_frame(text)
        if isinstance(frame, tuple):
            return ApiRefusal(*frame)
        method = self._method(product, frame.method)
        if method is None:
            return ApiRefusal(frame.id, errors.unknown_method(frame.method), frame.method, unknown=True)
        try:
            texts = {name: token_text(token) for name, token in frame.params.items()}
            raw: dict[str, Any] = {name: msgspec.json.decode(token) for name, token in frame.params.items()}
        except UNREADABLE:
            return ApiRefusal(frame.id, errors.INVALID_JSON, method.name)
        unit = _time_unit(options.get(MICRO_OPTION, ""))
        if isinstance(unit, ApiError):
            return ApiRefusal(frame.id, unit, method.name)
        needed = self._needed[product.name][method.name]
        key = self._authorise_method(method, texts, find_key, policy, logged_on, needed)
        shown = texts.pop("returnRateLimits", None)
        limits = None if shown is None else shown == "true"
        if isinstance(key, ApiError):
            return ApiRefusal(frame.id, key, method.name, return_rate_limits=limits)
        switched = {**product.options, **unit} if unit else product.options
        return ApiRequest(frame.id, method, texts, raw, key, limits, switched)

    def glimpse(self, product: Product, text: str) -> Glimpse:
        frame = sockets.parse_api_frame(text)
        if isinstance(frame, tuple):
            return Glimpse(frame[0])
        method, named = self._method(product, frame.method), frame.params.get("apiKey")
        name = frame.method if method is None else method.name
        try:
            return Glimpse(frame.id, name, "" if named is None else token_text(named))
        except UNREADABLE:
            return Glimpse(frame.id, name)

    def session_revoked(self) -> bytes:
        """The key of a session is good no more ("Regarding API key revocation", web-socket-api.md, 2026-07-21)."""
        return sockets.api_frame(None, errors.KEY_REFUSED.status, errors.error_reply(errors.KEY_REFUSED).body, None)

    def _method(self, product: Product, name: str) -> Method | None:
        methods = self._methods[product.name]
        return methods.get(name) or methods.get(name.partition("/")[2])

    def _authorise_method(
        self, method: Method, texts: Mapping[str, str], find_key: FindKey, policy: TimePolicy,
        logged_on: Key | None, needed: Permission,
    ) -> Key | ApiError | None:  # fmt: skip
        error = method.check(texts) if method.check is not None else None
        if error is not None or method.auth is Auth.NONE:
            return error
        api_key = texts.get("apiKey", "")
        if not api_key and logged_on is not None and method.name != LOG_ON:
            return self._of_session(method, texts, policy, logged_on, needed)
        if not api_key:
            return errors.mandatory("apiKey")
        if method.auth is Auth.KEY:
            return _find(api_key, find_key, needed)
        key = _judge(texts, api_key, find_key, policy, needed)
        if isinstance(key, ApiError):
            return key
        return key if self._verifier.verify(key, texts["signature"], sorted_message(texts)) else errors.BAD_SIGNATURE

    def _of_session(
        self, method: Method, texts: Mapping[str, str], policy: TimePolicy, key: Key, needed: Permission
    ) -> Key | ApiError:
        """A request of who logged on: the key stands for it, and only its time is asked ("Session Authentication")."""
        if needed not in key.permissions:
            return errors.KEY_REFUSED
        if method.auth is Auth.KEY:
            return key
        error = judge_shape(texts) or judge_time(texts, policy)
        if error is not None:
            return error
        signature = texts.get("signature")
        if signature and not self._verifier.verify(key, signature, sorted_message(texts)):
            return errors.BAD_SIGNATURE
        return key

    def api_reply(
        self, product: Product, request: ApiRequest | ApiRefusal, reply: Reply, *, return_rate_limits: bool,
        connection_id: str = "",
    ) -> bytes:  # fmt: skip
        """Counts come from the headers the same reply would have on REST."""
        wanted = return_rate_limits if request.return_rate_limits is None else request.return_rate_limits
        limits: tuple[Limit, ...] = SPOT_LIMITS if product.name == SPOT else FUTURES_LIMITS
        usage = counted(limits, reply.headers) if wanted else None
        return sockets.api_frame(request.id, reply.status, reply.body, usage)


def _judge(
    params: Mapping[str, str], api_key: str, find_key: FindKey, policy: TimePolicy, needed: Permission
) -> Key | ApiError:
    """The key of a signed request whose signature is all that is left to be judged."""
    error = judge_shape(params)
    if error is not None:
        return error
    if not params.get("signature"):
        return errors.mandatory("signature")
    key = _find(api_key, find_key, needed)
    if isinstance(key, ApiError):
        return key
    return judge_time(params, policy) or key


def _find(api_key: str, find_key: FindKey, needed: Permission) -> Key | ApiError:
    """The key, if it may do what is *needed*; one text stands for whatever is wrong with it."""
    key = find_key(api_key) if api_key else None
    if key is None:
        return errors.KEY_REFUSED if api_key.isascii() and api_key.isalnum() else errors.KEY_MALFORMED
    return key if needed in key.permissions else errors.KEY_REFUSED


def _time_unit(text: str) -> Mapping[str, str] | ApiError:
    options = UNITS.get(text.upper() or "MILLISECOND")
    return errors.BAD_TIME_UNIT if options is None else options


BINANCE: Final = BinanceDialect((SpotProduct(), UsdmProduct(), CoinmProduct()))
"""The venue as it is served."""


def binance_as_of(day: str) -> BinanceDialect:
    """The venue as its API was on *day*, an ISO date; empty: as it is, with what was taken away still served.

    What changed is what clients broke on: `simexchange.dialects.binance.changes`.
    """
    if not day:
        return BINANCE
    as_of = ApiAsOf(day)
    return BinanceDialect((SpotProduct(as_of), UsdmProduct(as_of), CoinmProduct(as_of)))
