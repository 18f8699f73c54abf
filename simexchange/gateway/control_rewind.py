"""The calls of the control API that go back: named checkpoints, rewind, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.eventlog.bookmarks import START
from simexchange.gateway import control_rewind_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simexchange.eventlog.rewinding import Rewound
    from simexchange.runtime.exchange import Exchange


class RewindActs:
    """The calls, over one exchange; *rewind* takes everybody who is connected along."""

    def __init__(self, exchange: Exchange, rewind: Callable[[int | str], Awaitable[Rewound]]) -> None:
        self._exchange = exchange
        self._rewind = rewind

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/checkpoints",
                act=self.checkpoints,
                gives=schemas.Checkpoints,
                summary="The records that have a name",
            ),
            Endpoint(
                method="POST",
                path="/checkpoints",
                act=self.save,
                takes=schemas.SaveCheckpoint,
                gives=schemas.CheckpointSaved,
                summary="Give the newest record a name",
            ),
            Endpoint(
                method="POST",
                path="/rewind",
                act=self.rewind,
                takes=schemas.RewindRequest,
                gives=schemas.Rewound,
                summary="Go on from a record as if nothing had come after it; everybody is disconnected",
            ),
            Endpoint(
                method="POST",
                path="/reset",
                act=self.reset,
                gives=schemas.Rewound,
                summary="Go back to when clients were first let in; everybody is disconnected",
            ),
        )

    async def checkpoints(self, _query: Query, _body: Any) -> schemas.Checkpoints:
        named = self._exchange.checkpoints()
        return schemas.Checkpoints(
            checkpoints=[schemas.CheckpointRow(name=name, seq=seq) for name, seq in named.items()]
        )

    async def save(self, _query: Query, body: schemas.SaveCheckpoint) -> schemas.CheckpointSaved:
        exchange = self._exchange
        seq = exchange.save_checkpoint(body.name)
        return schemas.CheckpointSaved(name=body.name, seq=seq, at=told.moment(exchange.state.now))

    async def rewind(self, _query: Query, body: schemas.RewindRequest) -> schemas.Rewound:
        if isinstance(body.to, int) and body.to < 1:
            raise Refused(400, "malformed", "to is the seq of a record, from 1, or the name of a checkpoint")
        return await self._back(body.to)

    async def reset(self, _query: Query, _body: Any) -> schemas.Rewound:
        if START not in self._exchange.checkpoints():
            raise Refused(409, "not_started", "clients were not let in yet: there is nothing to go back to")
        return await self._back(START)

    async def _back(self, to: int | str) -> schemas.Rewound:
        done = await self._rewind(to)
        return schemas.Rewound(seq=done.seq, at=told.moment(done.at), digest=done.digest, kept=done.kept)
