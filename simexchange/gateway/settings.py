"""What can be set about a server."""

from collections.abc import Callable, Iterable

import msgspec

from simexchange.core.feetables import FeeTable
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command
from simexchange.gateway.faults.plan import Rule
from simexchange.gateway.ratelimits import LimitMode
from simexchange.runtime.clock import WALL, Speed


def no_rules(_rules: str, _state: ExchangeState) -> Iterable[Command]:
    """Nothing: the rules are in the log already."""
    return ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one server listens and judges. The defaults are safe on a developer's machine."""

    control_token: str
    """Opens the control API; made anew for each run."""
    host: str = "127.0.0.1"
    port: int = 8420
    """0: any free one."""
    tls_ports: tuple[int, ...] = ()
    """Where ``https`` and ``wss`` are spoken besides; 0: any free one."""
    venue_ports: tuple[tuple[str, int], ...] = ()
    """Ports at whose root one venue is alone, with its name; 0: any free one."""
    venue_tls_ports: tuple[tuple[str, int], ...] = ()
    """The same by ``https`` and ``wss``."""
    proxy_port: int | None = None
    """Where clients with built-in host names may ask for a tunnel to us; 0: any free one."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names besides localhost, 127.0.0.1 and [::1] under which clients may ask, e.g. a container's name."""
    rate_limits: LimitMode = LimitMode.HEADERS
    timestamp_policy: str = "auto"
    """``auto``, ``strict``, ``lenient`` or ``ignore``. ``auto`` is strict while exchange and wall time agree within a
    second, lenient otherwise."""
    strict_routing: bool = False
    """Whether a stream that belongs to another of a venue's routed paths stays silent, as it does there."""
    allow_any_key: bool = False
    """Accept keys that look like a real venue's."""
    fee_tables: tuple[FeeTable, ...] = ()
    """The tiers that accounts can be given."""
    adopting: Callable[[str, ExchangeState], Iterable[Command]] = no_rules
    """What is to be done before an account can be opened under rules of that name."""
    faults: tuple[Rule, ...] | None = None
    """The fault plan. Even an empty one has messages counted from the start, so that what is added later is found again
    at the same place; None: not before something is added."""
    lockstep: tuple[str, ...] = ()
    """The clients that exchange time waits for: names of those that say so, and ``account:NAME`` where it is seen from
    the account's requests. None: it passes by itself."""
    lockstep_quiet: float = 0.05
    """Wall seconds without a word to a client of an account, after which it is idle."""
    lockstep_pace: Speed = WALL
    """How fast exchange time passes at most where nobody says that he waits."""
    lockstep_patience: float = 60.0
    """Wall seconds for which they wait for one that does nothing."""
    body_max: int = 1_048_576
    """Bytes of a request's body."""
    frame_max: int = 1_048_576
    """Bytes of a WebSocket message from a client."""
