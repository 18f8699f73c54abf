"""Faults of a served exchange, in a test's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.config import faultplans
from simexchange.gateway.faults.plan import BEGUN

if TYPE_CHECKING:
    from simexchange.gateway.faults.injector import Injector
    from simexchange.testing.logview import Row
    from simexchange.testing.served import ServedExchange


class Faults:
    """What is done wrong on purpose from now on. Kinds and parameters: docs/reference/faults.md."""

    def __init__(self, server: ServedExchange) -> None:
        self._server = server

    @property
    def _injector(self) -> Injector:
        return self._server.gateway.faults

    def add(self, kind: str, **params: Any) -> str:
        """Add one: ``add("timeout_unknown_status", times=1)``; its name. Raises ConfigError for what there is not."""
        return self._server.do(lambda: self._injector.add(kind, **params))

    def drop_ws(self, after: int = 0, **params: Any) -> str:
        """Cut a client's WebSocket, once, when *after* messages have gone out by it."""
        return self.add("close", **{"after": after, "times": 1, **params})

    def load(self, path: str) -> None:
        """Add a whole plan: a TOML file, the name of a shipped one, or ``from:LOG``. Raises ConfigError."""
        rules = faultplans.read((path,)) or ()
        self._server.do(lambda: self._injector.put(rules))

    def remove(self, name: str) -> None:
        """End one, by the name that `add` gave. Raises NotThere."""
        self._server.do(lambda: self._injector.remove(name))

    def clear(self) -> None:
        """End all of them."""
        self._server.do(self._injector.clear)

    @property
    def applied(self) -> list[Row]:
        """What was done wrong so far, oldest first: ``event`` has kind, channel, name, connection and ordinal."""
        return [row for row in self._server.log.where("fault_applied") if row.event.kind != BEGUN]
