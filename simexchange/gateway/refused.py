"""The last requests that were refused for their key, their time or their signature, with what was wrong with them.

Kept in memory for whoever asks over the control API (`simexchange doctor`); no secret is among it, and no signature.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.dialects.contract import ApiError, Auth, Dialect, Incoming, Route, TimePolicy
from simexchange.gateway.control_schemas import Answer
from simexchange.gateway.keys import Keys, looks_foreign

KEPT: Final = 100
FOREIGN: Final = "(looks like a real venue's)"
"""Instead of a key that may be one."""


class RefusedCall(Answer, frozen=True, kw_only=True):
    """One request that its dialect did not authorise. Instants in ms, the wire's unit."""

    method: str
    path: str
    code: int
    text: str
    api_key: str
    """As sent; one that looks like a real venue's is not kept."""
    why: str
    """As `Diagnosis` says it."""
    needed: str
    """The permission that the call asks for."""
    exchange_time: int
    client_time: int | None = None
    """The request's timestamp, where it is one."""
    window: str | None = None
    """The request's recvWindow."""
    expected: str = ""
    """What should have been signed."""
    signed: str = ""
    """What was signed instead; empty where no known mistake explains the signature."""
    how: str = ""
    """What is the matter with it."""
    known: bool = False
    """Whether the exchange has that key."""
    address: str = ""
    """Where it came from."""


class RefusedList(Answer, frozen=True):
    """The newest of them, oldest first."""

    calls: list[RefusedCall]


class RefusedCalls:
    """The newest of them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._calls: deque[RefusedCall] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[RefusedCall]:
        return iter(self._calls)

    def note(
        self, dialect: Dialect, route: Route, incoming: Incoming, error: ApiError, policy: TimePolicy, address: str
    ) -> None:
        """Remember a refusal of a call that needs a key, unless it is for what it asked."""
        if route.auth is Auth.NONE:
            return
        found = dialect.diagnose(incoming, error, self._keys.find)
        if not found.why:
            return
        key = self._keys.find(found.api_key)
        self._calls.append(
            RefusedCall(
                method=incoming.method,
                path=incoming.path,
                code=error.code,
                text=error.text,
                api_key=FOREIGN if looks_foreign(found.api_key) else _readable(found.api_key[:200]),
                why=found.why,
                needed=found.needed,
                exchange_time=policy.now // MILLISECOND,
                client_time=found.timestamp,
                window=found.window,
                expected=found.expected,
                signed=found.signed,
                how=found.how,
                known=key is not None,
                address=address,
            )
        )


def _readable(text: str) -> str:
    """*text* as it can be told again: bytes of a header that are no UTF-8 came in as surrogates."""
    return text.encode("utf-8", "replace").decode()
