"""Faults that the environment asks for: how a search, or whoever does again what one has found, reaches every exchange
that a test starts, in its own process or in another.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simexchange.errors import ConfigError
from simexchange.gateway.exploring.trace import Trace
from simexchange.gateway.faults.plan import Rule, rule_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.gateway.server import Server

FAULTS: Final = "SIMEXCHANGE_FAULTS"
"""The variable that names a fault plan."""
TRACE: Final = "SIMEXCHANGE_TRACE"
"""The variable that names the file to leave a trace in."""


def rehearse(server: Server, environment: Mapping[str, str] = os.environ) -> None:
    """Let *server* do what the environment asks for. Raises ConfigError."""
    plan, trace = environment.get(FAULTS, ""), environment.get(TRACE, "")
    if not plan and not trace:
        return
    rules = _read(plan) if plan else []
    server.faults.begin()
    server.faults.put(rules)
    if trace:
        server.faults.watch = Trace(trace, server.calls.exchange).passed


def _read(path: str) -> list[Rule]:
    where = f"{FAULTS}={path}"
    try:
        found: dict[str, Any] = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{where}: it cannot be read: {error.strerror}"
        raise ConfigError(msg) from error
    except ValueError as error:
        msg = f"{where}: it is no TOML: {error}"
        raise ConfigError(msg) from error
    rules: list[Rule] = []
    for number, table in enumerate(found.get("fault", []), 1):
        rules.append(rule_of(table, f"{path}: fault {number}", [rule.name for rule in rules]))
    return rules
