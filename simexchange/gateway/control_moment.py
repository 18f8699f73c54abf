"""Where a past that is looked at stands, over the control API, and moving it."""

import asyncio
from typing import Any

from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.travel import END, Moment, end_of, open_past
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import parse_instant
from simexchange.runtime.exchange import Exchange


class MomentActs:
    """The two calls."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/moment",
                act=self.moment,
                gives=schemas.Standing,
                summary="The record and the instant everything is answered as of, and which records there are",
            ),
            Endpoint(
                method="POST",
                path="/moment",
                act=self.move,
                takes=schemas.SetMoment,
                gives=schemas.Standing,
                reads=True,
                summary="Of a log served read-only: answer as of another record or instant from now on",
            ),
        )

    async def moment(self, _query: Query, _body: Any) -> schemas.Standing:
        exchange = self._exchange
        return schemas.Standing(
            seq=exchange.seq,
            now=told.moment(exchange.now()),
            read_only=exchange.read_only,
            first=exchange.log.header.first_seq,
            last=end_of(exchange.log),
        )

    async def move(self, query: Query, body: schemas.SetMoment) -> schemas.Standing:
        """Open the other past, then stand there: who asks meanwhile is answered as of the old one."""
        exchange = self._exchange
        if body.seq is not None and body.at is not None:
            raise Refused(400, "malformed", "say either seq or at, or neither for the end of the log")
        if not exchange.read_only:
            why = "this exchange goes on; ask for a past of it by the path /at/SEQ/ before a call's own"
            raise Refused(409, "not_read_only", why)
        wanted = END
        if body.seq is not None:
            wanted = Moment(seq=body.seq)
        elif body.at is not None:
            wanted = Moment(at=Nanos(parse_instant(body.at)))
        exchange.stand(await asyncio.to_thread(open_past, exchange.log, wanted, exchange.new_views))
        return await self.moment(query, None)
