"""Any dialect's REST reads as of a past: ``/at/MOMENT`` before the venue's own path.

A client asks a past of a running exchange, or of a finished log, by a longer base URL and nothing else. What changes
anything is refused in the venue's words, for a past cannot be changed. A few pasts stay open, because opening one folds
records and holds all its views.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogError, NotThere
from simexchange.eventlog.travel import Moment, find, open_past
from simexchange.gateway.http import Http
from simexchange.gateway.words import Malformed, iso, parse_moment
from simexchange.runtime.exchange import Exchange

ROOT: Final = "/at/"
KEPT: Final = 4
"""How many pasts stay open: one holds what the exchange itself holds, some 100 MB after a busy day."""

_Key = tuple[int, Nanos | None]


class Pasts:
    """The pasts of one exchange that are open."""

    def __init__(self, exchange: Exchange, serve: Callable[[Exchange], Http], kept: int = KEPT) -> None:
        """*serve* makes what answers for an exchange that stands in the past."""
        self._exchange = exchange
        self._serve = serve
        self._kept = kept
        self._log = exchange.log
        self._open: OrderedDict[_Key, Http] = OrderedDict()
        self._opening = asyncio.Lock()
        """One at a time: two would take twice as long each, and the exchange beside them waits."""

    def __len__(self) -> int:
        return len(self._open)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request below `ROOT`."""
        path, _, query = request.raw_path.partition("?")
        text, _, rest = path.removeprefix(ROOT).partition("/")
        try:
            http = await self._at(parse_moment(unquote(text)))
        except Malformed as error:
            return web.Response(status=400, text=f"{error}; write {ROOT}SEQ/ or {ROOT}2026-01-31T12:00:00Z/\n")
        except NotThere as error:
            return web.Response(status=404, text=f"{error}\n")
        except LogError as error:
            return web.Response(status=409, text=f"{error}\n")
        return await http.route(request, f"/{rest}", query)

    async def _at(self, moment: Moment) -> Http:
        """What answers for the exchange as it was at *moment*. Raises NotThere, LogError."""
        exchange = self._exchange
        if moment.at is not None and not exchange.read_only and moment.at > exchange.now():
            raise NotThere(f"{iso(moment.at)} has not come yet: exchange time is {iso(exchange.now())}")
        key = await asyncio.to_thread(find, exchange.log, moment)
        async with self._opening:
            if exchange.log is not self._log:
                # It was rewound: the records after that point are others now.
                self._log = exchange.log
                self._open.clear()
            http = self._open.get(key)
            if http is None:
                past = await asyncio.to_thread(open_past, exchange.log, Moment(*key), exchange.new_views)
                http = self._serve(Exchange(exchange.log, past=past, wall=exchange.clock.wall))
                self._open[key] = http
            self._open.move_to_end(key)
            while len(self._open) > self._kept:
                self._open.popitem(last=False)
        return http
