"""Faults of REST requests: what happens before one is carried out, and before its answer goes out."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from simexchange.dialects.contract import Incoming, Reply, Route
from simexchange.errors import StorageFailed
from simexchange.gateway.calls import Answered, Bend, Calls, Target
from simexchange.gateway.faults.answers import REFUSALS, refusal, unknown_status
from simexchange.gateway.faults.bending import Bending
from simexchange.gateway.faults.cutting import hang, reset
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.kinds import CUT
from simexchange.gateway.faults.points import NOBODY, REST, Point
from simexchange.gateway.faults.replies import await_told

SILENT: Final = frozenset({"timeout_unknown_status", "timeout_not_applied", "reset_before", "reset_after"})
"""Kinds after which no answer comes."""

CarryOut = Callable[[Bend | None], Answered]


class _Silence(Exception):
    """No answer comes."""

    def __init__(self, stroke: Stroke) -> None:
        super().__init__(stroke.kind)
        self.stroke = stroke


class RestFaults:
    """The way of a REST request through the plan."""

    def __init__(self, injector: Injector, calls: Calls, bending: Bending) -> None:
        self._injector = injector
        self._calls = calls
        self._bending = bending
        self.ending = asyncio.Event()
        """Set when the server stops: nobody is left hanging."""

    async def serve(self, request: web.BaseRequest, target: Target, route: Route, incoming: Incoming) -> Reply | None:
        """The answer to one request; None where there is none, and the connection is over."""
        address = request.remote or ""

        def carry_out(bend: Bend | None) -> Answered:
            return self._calls.rest(target, route, incoming, address, bend)

        injector = self._injector
        injector.load += 1
        try:
            return await self._serve(target, route, incoming, address, carry_out)
        except _Silence as silence:
            await self._say_nothing(request, silence.stroke)
            return None
        finally:
            injector.load -= 1

    async def _serve(
        self, target: Target, route: Route, incoming: Incoming, address: str, carry_out: CarryOut
    ) -> Reply:
        injector, name = self._injector, f"{route.method} {route.path}"
        key = self._calls.keys.find(target.dialect.key_named(incoming))
        account = NOBODY if key is None else key.account
        line = injector.lines.of(REST, account)
        answered = await self._before(target, line.hears(name, account), address)
        if isinstance(answered, Stroke):
            raise _Silence(answered)
        if not isinstance(answered, Answered):
            answered = carry_out(answered)
        return await self._after(target, line.tells(name, account), answered)

    async def _before(self, target: Target, point: Point, address: str) -> Answered | Bend | Stroke | None:
        """What comes of a request before it is carried out: an answer, silence, or with which bend it is."""
        bend: Bend | None = None
        for stroke in self._injector.judge(point, self._injector.load - 1):
            if stroke.kind == "latency":
                await asyncio.sleep(stroke.span("delay"))
            elif stroke.kind in SILENT:
                return stroke
            elif stroke.kind == "unknown_status":
                return Answered(self._unknown(target, point), stroke.seq)
            elif stroke.kind in REFUSALS:
                now = self._calls.exchange.now()
                reply = refusal(target, stroke, point.name, self._calls.wall(), address, now)
                return Answered(reply, stroke.seq)
            else:
                bend = self._bending.bend(stroke, bend)
        return bend

    def _unknown(self, target: Target, point: Point) -> Reply:
        return unknown_status(target, point.name, self._calls.wall(), self._calls.exchange.now())

    async def _after(self, target: Target, point: Point, answered: Answered) -> Reply:
        """What comes of the answer before it goes out."""
        injector, reply, seq = self._injector, answered.reply, answered.seq
        # Nothing was awaited since the call was carried out: what its stream tells has not passed yet.
        strokes = [(stroke, await_told(injector, stroke)) for stroke in injector.judge(point, injector.load - 1)]
        try:
            for stroke, told in strokes:
                seq = max(seq, stroke.seq)
                if stroke.kind in SILENT:
                    raise _Silence(stroke)
                if stroke.kind == "unknown_status":
                    reply = self._unknown(target, point)
                elif told is not None:
                    await injector.holds.wait(told, stroke.span("at_most"))
                elif stroke.kind == "latency":
                    await asyncio.sleep(stroke.span("delay"))
            await self._calls.exchange.durable(seq)
        except StorageFailed:
            return self._calls.lost(target, changed=answered.changed)
        finally:
            for stroke, _ in strokes:
                if stroke.kind == "early_reply":
                    injector.holds.unpark(stroke.point.account, stroke.span("lead"))
        return reply

    async def _say_nothing(self, request: web.BaseRequest, stroke: Stroke) -> None:
        """No answer: the client is left waiting, or its connection is reset, once the log has the note."""
        with suppress(StorageFailed):
            await self._calls.exchange.durable(stroke.seq)
        if stroke.params.get("how", CUT) == CUT:
            reset(request.transport)
        else:
            await hang(request, self.ending)
