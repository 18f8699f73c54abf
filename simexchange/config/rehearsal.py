"""Faults that the environment asks for: how a search, or whoever does again what one has found, reaches every exchange
that a test starts, in its own process or in another.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from simexchange.config import faultplans
from simexchange.errors import ConfigError, LogError
from simexchange.gateway.exploring.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.gateway.server import Server

FAULTS: Final = "SIMEXCHANGE_FAULTS"
"""The variable that names a fault plan, as ``--faults`` does."""
TRACE: Final = "SIMEXCHANGE_TRACE"
"""The variable that names the file to leave a trace in."""


def rehearse(server: Server, environment: Mapping[str, str] = os.environ) -> None:
    """Let *server* do what the environment asks for. Raises ConfigError."""
    plan, trace = environment.get(FAULTS, ""), environment.get(TRACE, "")
    if not plan and not trace:
        return
    try:
        rules = faultplans.read((plan,) if plan else ()) or ()
    except (ConfigError, LogError) as error:
        msg = f"{FAULTS}={plan}: {error}"
        raise ConfigError(msg) from error
    server.faults.begin()
    server.faults.put(rules)
    if trace:
        server.faults.watch = Trace(trace, server.calls.exchange).passed
