"""``system.status``, the topic of ``/v5/public/misc/status``: pauses of trading, as they begin and when they are over.

"System Status" (docs/v5/websocket/system, snapshot 2026-07-24, seen 2026-11). Rows are those of ``/v5/system/status``;
whether a newcomer is told of a pause that goes on is not published: here he is.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.bybit.common.timestamps import millis, text
from simexchange.dialects.bybit.v5.bookstreams import Stream
from simexchange.dialects.bybit.v5.notices import PRODUCTS, maintenance
from simexchange.dialects.bybit.v5.responses import Json, encode

if TYPE_CHECKING:
    from simexchange.projections.views import Views

STATUS: Final = "status"
"""Stands for the category of that address."""
TOPIC: Final = "system.status"
EVERY: Final = Nanos(SECOND)


class SystemStatus(Stream):
    """A row when a pause begins, and the same as completed when trading goes on."""

    def __init__(self, name: str, views: "Views") -> None:
        super().__init__(name, EVERY)
        self._told = _now(views)

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What goes on, where anything does."""
        return self._payload(at, list(self._told.values()))

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        before, self._told = self._told, _now(views)
        rows = [row for name, row in self._told.items() if before.get(name) != row]
        over = [row for name, row in before.items() if name not in self._told]
        return self._payload(at, rows + [{**row, "state": "completed", "end": text(at)} for row in over])

    def _payload(self, at: Nanos, rows: list[Json]) -> Iterable[bytes]:
        return (encode({"topic": self.name, "ts": millis(at), "data": rows}),) if rows else ()


def _now(views: "Views") -> dict[str, Json]:
    """The pauses that go on, by their id."""
    return {row["id"]: row for product in PRODUCTS for row in maintenance(views, product)}
