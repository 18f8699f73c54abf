"""One call of a venue, from the words that came in to the words that go out.

A handler is a generator of commands: each one is submitted and the step it became is sent back, until the reply.
Nothing here waits; whoever carries the reply waits for the record it has seen.
"""

import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, ModifyOrder, PlaceList, PlaceOrder
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.contract import (
    ALL_OF_IT,
    ApiError,
    ApiRefusal,
    ApiRequest,
    Auth,
    Authorised,
    Call,
    Coverage,
    Dialect,
    FindKey,
    Incoming,
    Key,
    Payer,
    Product,
    Reply,
    Route,
    Session,
    Throttled,
    TimePolicy,
    Weight,
)
from simexchange.errors import StorageFailed
from simexchange.gateway.budget import Budget
from simexchange.gateway.callrates import CallRates, headers_of
from simexchange.gateway.countdowns import Countdowns
from simexchange.gateway.keys import Keys
from simexchange.gateway.listenkeys import ListenKeyTable
from simexchange.gateway.ratelimits import LimitMode, RateLimits, Refusal
from simexchange.gateway.refused import RefusedCalls
from simexchange.gateway.unfilled import Unfilled
from simexchange.gateway.venues import VENUES, Limits, Mount, Venue
from simexchange.projections.views import Views
from simexchange.runtime.exchange import Exchange

_logger = logging.getLogger(__name__)

_ORDERS = (PlaceOrder, PlaceList, ModifyOrder)
"""Commands that a venue's order limits hold back."""
_FAILED = 400
"""The first status of an answer that is a refusal."""
NO_METHOD = "no method"
"""What the budget calls WebSocket API frames that name no method there is."""
_UNSERVED_MAX = 1_000
"""Distinct unserved calls that are counted one by one; the rest share one line."""


class Target(msgspec.Struct, frozen=True):
    """One product of a venue and how it is carried."""

    venue: Venue
    mount: Mount
    dialect: Dialect
    product: Product
    strangers: frozenset[str] = frozenset()
    """Rules of accounts that are at home at another venue: their keys open nothing here."""


class Answered(msgspec.Struct, frozen=True):
    """A reply, the newest record it has seen, and whether it made records itself."""

    reply: Reply
    seq: int
    changed: bool = False
    banned: bool = False
    """Whether its address is shut out now."""


class Bend(msgspec.Struct, frozen=True):
    """How a call sees the exchange otherwise than it is, on purpose: see `faults`."""

    state: ExchangeState
    views: Views
    skew: Nanos = Nanos(0)
    """How far the server's clock is ahead of the right time."""


class _Granted(msgspec.Struct, frozen=True):
    """What a call was granted of a limit of its own."""

    allowed: int
    """How many of its orders may be carried out; 0: not even the call itself."""
    headers: Mapping[str, str]


NO_RATE = _Granted(ALL_OF_IT, {})
"""It has none."""


class _Refused(Exception):
    """The gateway itself stops a call between two commands."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error.text)
        self.refusal = refusal


class _Counts(Mapping[str, str]):
    """The rate-limit headers of a call, counted when somebody looks."""

    def __init__(self, limits: RateLimits, of: Limits, account: AccountNo | None, used: int, wall: int) -> None:
        self._asked = (limits, of, account, used, wall)
        self._made: dict[str, str] | None = None

    def _all(self) -> dict[str, str]:
        if self._made is None:
            limits, of, account, used, wall = self._asked
            self._made = limits.weight_headers(of, used)
            if account is not None:
                self._made |= limits.order_headers(of, account, 0, wall)
        return self._made

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Calls:
    """Runs calls against one exchange, REST and WebSocket API alike."""

    def __init__(
        self,
        exchange: Exchange,
        keys: Keys,
        listen_keys: ListenKeyTable,
        limits: RateLimits,
        timestamp_policy: str,
        wall: Callable[[], Nanos],
    ) -> None:
        self.exchange = exchange
        self.keys = keys
        self.listen_keys = listen_keys
        self.limits = limits
        self.rates = CallRates(limits.mode)
        self.budget = Budget(limits, self.rates)
        self._alone_limits: dict[tuple[str, str], Limits] = {}
        self.wall = wall
        self.countdowns = Countdowns(exchange)
        self.unfilled = Unfilled(exchange, limits, _spot_limits(), wall)
        self.refused = RefusedCalls(keys)
        self.unserved: Counter[str] = Counter()
        """Calls asked for that are not served: ``METHOD path`` → how often."""
        self._timestamp_policy = timestamp_policy

    def policy(self, wall: Nanos) -> TimePolicy:
        """How timestamps are judged now: the dual clock rule."""
        now = self.exchange.now()
        mode = self._timestamp_policy
        if mode == "auto":
            mode = "strict" if abs(now - wall) <= SECOND else "lenient"
        clock = self.exchange.clock
        if clock.followed and clock.speed.thousandths != 1_000 and mode != "ignore":
            # What is still to be done holds exchange time back for a moment, but not the clock of a client beside it.
            return TimePolicy("lenient", now, clock.limit(), clock.speed.thousandths)
        return TimePolicy(mode, now, wall)

    def finder(self, target: Target, address: str) -> FindKey:
        """How a request from *address* finds its key.

        Accounts of another venue's rules have none here, nor has one that is not opened yet in the past that is asked.
        """
        find, strangers, accounts = self.keys.finder(address), target.strangers, self.exchange.state.accounts

        def find_ours(api_key: str) -> Key | None:
            key = find(api_key)
            account = None if key is None else accounts.get(key.account)
            return None if account is None or account.rules in strangers else key

        return find_ours

    def rest(
        self, target: Target, route: Route, incoming: Incoming, address: str, bend: Bend | None = None
    ) -> Answered:
        """Answer one REST request."""
        wall = self.wall()
        limits = target.mount.limits if route.alone is None else self._alone(target, route)
        refusal = self.limits.refusal(limits, address, wall, route.path)
        if refusal is not None:
            self.budget.refuse(target.product.name, limits, route.method, route.path)
            return self._refused(target, refusal)
        try:
            policy = self.policy(wall) if bend is None else skewed(self.policy(wall), bend.skew)
            authorised = target.dialect.authorise(route.auth, incoming, self.finder(target, address), policy)
            if isinstance(authorised, ApiError):
                self.refused.note(target.dialect, route, incoming, authorised, policy, address)
                self.budget.spend(
                    target.product.name, limits, route.method, route.path, 1 if limits.weight else 0, wall
                )
                return self._counted(limits, target.dialect.error(authorised, policy.now), address, 1, wall)
            if route.coverage is Coverage.NONE:
                self.note_unserved(route.method, route.path)
            key = authorised.key
            account = key.account if key is not None else None
            weight = weigh(route.weight, authorised.params)
            if route.alone is Payer.ACCOUNT:
                # Another account, or another address of this one, has nothing to do with it.
                address = f"account {account}"
                refusal = self.limits.refusal(limits, address, wall)
                if refusal is not None:
                    self.budget.refuse(target.product.name, limits, route.method, route.path)
                    return self._refused(target, refusal)
            used = self._spend(target, limits, route.method, route.path, address, 0 if route.free else weight, wall)
            granted = NO_RATE
            if route.rate and account is not None:
                granted = self._granted(target, route.path, authorised, account, wall)
                if not granted.allowed:
                    return self._over(target, route.method, route.path, granted)
            call = Call(
                params=authorised.params,
                state=self.exchange.state if bend is None else bend.state,
                views=self.exchange.views if bend is None else bend.views,
                now=policy.now,
                wall=wall,
                account=account,
                api_key=key.api_key if key is not None else "",
                product=target.product.name,
                key=key,
                listen_keys=self.listen_keys,
                raw=authorised.raw,
                options=authorised.options,
                counts=_Counts(self.limits, limits, account, used, wall),
                countdowns=self.countdowns,
                allowed=granted.allowed,
                throttled=partial(self._throttled, target, account, wall),
                keys_of=self.keys.of,
            )
            timed = authorised.params if route.auth is Auth.SIGNED else None
            driven = self._drive(target, route.handler(call), call, timed, bend)
            if route.free and driven[0].status >= _FAILED:
                used = self._spend(target, limits, route.method, route.path, address, weight, wall, calls=0)
            return self._finished(limits, call, driven, used, granted.headers)
        except Exception as error:  # noqa: BLE001 - told as the venue's unknown error, and logged
            return self._failed(target, f"{route.method} {route.path}", error)

    def socket(
        self, target: Target, request: ApiRequest, policy: TimePolicy, address: str, session: Session,
        bend: Bend | None = None,
    ) -> Answered:  # fmt: skip
        """Answer one WebSocket API request. The reply's headers carry the rate-limit counts."""
        wall = self.wall()
        limits = target.mount.limits
        method = request.method
        refusal = self.limits.refusal(limits, address, wall, method.name) if limits.sockets else None
        if refusal is not None:
            self.budget.refuse(target.product.name, limits, "WS", method.name)
            return self._turned_away(target, refusal, address, wall)
        try:
            if method.coverage is Coverage.NONE:
                self.note_unserved("WS", method.name)
            key = request.key
            account = key.account if key is not None else None
            weight = weigh(method.weight, request.params)
            used = self._spend(target, limits, "WS", method.name, address, 0 if method.free else weight, wall)
            granted = NO_RATE
            if method.rate and account is not None:
                granted = self._granted(target, method.name, request, account, wall)
                if not granted.allowed:
                    return self._over(target, "WS", method.name, granted)
            call = Call(
                params=request.params,
                state=self.exchange.state if bend is None else bend.state,
                views=self.exchange.views if bend is None else bend.views,
                now=policy.now,
                wall=wall,
                account=account,
                api_key=key.api_key if key is not None else "",
                product=target.product.name,
                key=key,
                listen_keys=self.listen_keys,
                raw=request.raw,
                session=session,
                options=request.options,
                counts=_Counts(self.limits, limits, account, used, wall),
                countdowns=self.countdowns,
                allowed=granted.allowed,
                throttled=partial(self._throttled, target, account, wall),
            )
            timed = request.params if method.auth is Auth.SIGNED else None
            driven = self._drive(target, method.handler(call), call, timed, bend)
            if method.free and driven[0].status >= _FAILED:
                used = self._spend(target, limits, "WS", method.name, address, weight, wall, calls=0)
            return self._finished(limits, call, driven, used, granted.headers)
        except Exception as error:  # noqa: BLE001 - told as the venue's unknown error, and logged
            return self._failed(target, method.name, error)

    def socket_refusal(self, target: Target, refused: ApiRefusal, address: str) -> Answered:
        """Answer what is no request of a WebSocket API, or may not be carried out: it weighs one all the same."""
        wall, limits = self.wall(), target.mount.limits
        if refused.unknown:
            self.note_unserved("WS", refused.method)
        name = NO_METHOD if refused.unknown or not refused.method else refused.method
        refusal = self.limits.refusal(limits, address, wall, name) if limits.sockets else None
        if refusal is not None:
            self.budget.refuse(target.product.name, limits, "WS", name)
            return self._turned_away(target, refusal, address, wall)
        self.budget.spend(target.product.name, limits, "WS", name, 1 if limits.weight else 0, wall)
        if not limits.sockets:
            return Answered(self._error(target, refused.error), 0)
        return self._counted(limits, self._error(target, refused.error), address, 1, wall)

    def connect(self, target: Target, address: str) -> None:
        """Count what opening a WebSocket API connection weighs."""
        limits = target.mount.limits
        self._spend(target, limits, "WS", "connection", address, limits.connecting, self.wall())

    def unknown(self, target: Target, method: str, path: str, address: str) -> Answered:
        """Answer a call that no route knows, and count it."""
        self.note_unserved(method, path)
        refusal = self.limits.refusal(target.mount.limits, address, self.wall())
        if refusal is not None:
            return self._refused(target, refusal)
        try:
            reply = target.product.unknown_call(method, path, self.exchange.now())
            return self._counted(target.mount.limits, reply, address, 1, self.wall())
        except Exception as error:  # noqa: BLE001 - told as the venue's unknown error, and logged
            return self._failed(target, "an unknown call", error)

    def lost(self, target: Target, *, changed: bool) -> Reply:
        """What is said when the record a reply has seen could not be kept."""
        refusals = target.venue.refusals
        return self._error(target, refusals.outcome_unknown if changed else refusals.unavailable)

    def note_unserved(self, method: str, path: str) -> None:
        # What is no letter would move the cursor, or begin another line, of whoever reads the list.
        name = "".join(each if each.isprintable() else "?" for each in f"{method} {path[:200]}")
        if name not in self.unserved and len(self.unserved) >= _UNSERVED_MAX:
            name = "others"
        self.unserved[name] += 1

    # --- parts

    def _drive(
        self,
        target: Target,
        outcome: Generator[Command, Step, Reply] | Reply,
        call: Call,
        timed: Mapping[str, str] | None,
        bend: Bend | None = None,
    ) -> tuple[Reply, bool]:
        """Submit what a handler yields until it returns; the reply, and whether anything was submitted.

        *timed*: the parameters of a signed request, whose time is asked once more before its first order.
        """
        if isinstance(outcome, Reply):
            return outcome, False
        self.unfilled.waiting = True
        changed = False
        try:
            command = next(outcome)
            while True:
                if isinstance(command, _ORDERS):
                    self._check_order_rate(target, call.account, call.wall)
                    error = self._too_late(target, timed, bend) if timed is not None else None
                    if error is not None:
                        return msgspec.structs.replace(self._error(target, error), order_count=1), changed
                    timed = None
                changed = True
                command = outcome.send(self.exchange.submit(command))
        except StopIteration as end:
            reply: Reply = end.value
            return reply, True
        finally:
            outcome.close()

    def _too_late(self, target: Target, timed: Mapping[str, str], bend: Bend | None) -> ApiError | None:
        policy = self.policy(self.wall())
        return target.dialect.too_late(
            target.product, timed, policy if bend is None else skewed(policy, bend.skew)
        )  # fmt: skip

    def _check_order_rate(self, target: Target, account: AccountNo | None, wall: Nanos) -> None:
        if account is None:
            return
        refusal = self.limits.order_refusal(target.mount.limits, target.venue.refusals, account, wall)
        if refusal is not None:
            raise _Refused(refusal)

    def _throttled(self, target: Target, account: AccountNo | None, wall: Nanos) -> Throttled | None:
        if account is None:
            return None
        refusal = self.limits.order_refusal(target.mount.limits, target.venue.refusals, account, wall)
        return None if refusal is None else Throttled(refusal.error, refusal.retry_after)

    def _alone(self, target: Target, route: Route) -> Limits:
        """The limits of a call that shares them with no other."""
        limits = self._alone_limits.get((route.method, route.path))
        if limits is None and route.alone is not None:
            of = target.venue.alone[route.alone]
            limits = self._alone_limits[route.method, route.path] = msgspec.structs.replace(
                target.mount.limits, pool=f"{route.method} {route.path}", weight=of.weight, orders=(),
                headers=(of.header,), requests=None, quotas=(),
            )  # fmt: skip
        return limits or target.mount.limits

    def _granted(
        self, target: Target, name: str, asked: Authorised | ApiRequest, account: AccountNo, wall: int
    ) -> _Granted:
        """Count a call that has a limit of its own."""
        if self.limits.mode is LimitMode.OFF:
            return NO_RATE
        rated = target.dialect.rated(name, asked.params, asked.raw)
        if rated is None:
            return NO_RATE
        grant = self.rates.use(account, rated, wall)
        return _Granted(grant.allowed, headers_of(rated, grant))

    def _over(self, target: Target, method: str, name: str, granted: _Granted) -> Answered:
        """A call beyond its own limit is refused, and shows when there is room again."""
        self.budget.refuse(target.product.name, target.mount.limits, method, name)
        reply = self._error(target, target.venue.refusals.too_many_orders)
        return Answered(Reply(reply.status, reply.body, {**reply.headers, **granted.headers}), 0)

    def _finished(
        self, limits: Limits, call: Call, driven: tuple[Reply, bool], used: int, rates: Mapping[str, str]
    ) -> Answered:
        """*rates*: what is shown of the call's own limit."""
        reply, changed = driven
        headers = {**reply.headers, **self.limits.weight_headers(limits, used)}
        if rates:
            headers |= rates
        if reply.order_count and call.account is not None:
            headers |= self.limits.order_headers(limits, call.account, reply.order_count, call.wall)
        self.unfilled.count()
        return Answered(Reply(reply.status, reply.body, headers, reply.order_count), self.exchange.seq, changed)

    def _counted(self, limits: Limits, reply: Reply, address: str, weight: int, wall: Nanos) -> Answered:
        """A refusal that has seen nothing of the exchange."""
        used = self.limits.spend(limits, address, weight, wall)
        headers = {**reply.headers, **self.limits.weight_headers(limits, used)}
        return Answered(Reply(reply.status, reply.body, headers), 0)

    def _spend(
        self, target: Target, limits: Limits, method: str, path: str, address: str, weight: int, wall: Nanos,
        *, calls: int = 1,
    ) -> int:  # fmt: skip
        """Count what a call weighs; what its address has used. *calls*: 0 where it was counted already."""
        self.budget.spend(target.product.name, limits, method, path, weight, wall, calls)
        if method == "WS" and not limits.sockets:
            return 0
        return self.limits.spend(limits, address, weight, wall)

    def _turned_away(self, target: Target, refusal: Refusal, address: str, wall: Nanos) -> Answered:
        """A limit's refusal as a WebSocket API tells it, with the counts."""
        reply = target.dialect.turned_away(refusal.error, wall, Nanos(refusal.until))
        limits = target.mount.limits
        headers = {**reply.headers, **self.limits.weight_headers(limits, self.limits.used(limits, address, wall))}
        return Answered(Reply(reply.status, reply.body, headers), 0, banned=refusal.banned)

    def _error(self, target: Target, error: ApiError) -> Reply:
        return target.dialect.error(error, self.exchange.now())

    def _refused(self, target: Target, refusal: Refusal) -> Answered:
        reply = self._error(target, refusal.error)
        if not target.venue.retry_after:
            return Answered(reply, 0)
        headers = {**reply.headers, "Retry-After": str(refusal.retry_after)}
        return Answered(Reply(reply.status, reply.body, headers), 0)

    def _failed(self, target: Target, what: str, error: Exception) -> Answered:
        refusals = target.venue.refusals
        self.unfilled.count()
        if isinstance(error, _Refused):
            return self._refused(target, error.refusal)
        if isinstance(error, StorageFailed):
            return Answered(self._error(target, refusals.unavailable), 0)
        _logger.error("%s %s failed unexpectedly", target.product.name, what, exc_info=error)
        # The record it may have made is waited for all the same: the answer must not overtake it.
        return Answered(self._error(target, refusals.unexpected), self.exchange.seq)


def skewed(policy: TimePolicy, skew: Nanos) -> TimePolicy:
    """*policy* with both clocks so far ahead."""
    now, wall = Nanos(max(0, policy.now + skew)), Nanos(max(0, policy.wall + skew))
    return TimePolicy(policy.mode, now, wall, policy.pace)


def _spot_limits() -> list[Limits]:
    return [mount.limits for venue in VENUES.values() for name, mount in venue.mounts.items() if name == "spot"]


def weigh(weight: Weight, params: Mapping[str, str]) -> int:
    """What a call with *params* weighs."""
    return weight if isinstance(weight, int) else weight(params)
