"""The control API under ``/sim/v1``: health, clock, accounts, deposits, indexes, past states, records.

Its own words, of no venue. Everything but health and the description needs the control token.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from simexchange.errors import ConfigError, LogError, NotThere, ReadOnly, StorageFailed
from simexchange.gateway import control_schemas as schemas
from simexchange.gateway.guard import Guard
from simexchange.gateway.http import BROKEN_BODY, read_body
from simexchange.gateway.words import Malformed

_logger = logging.getLogger(__name__)

ROOT = "/sim/v1"
PAST = "a past is served here, and nothing in it can be changed; POST /sim/v1/moment moves to another one"
CSV = "text/csv"


class Refused(Exception):
    """The control API's refusal: an HTTP status, one word, one sentence."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


Query = Mapping[str, str]
Act = Callable[[Query, Any], Awaitable[schemas.Answer]]
"""(query, decoded body or None) → answer."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the control API."""

    method: str
    path: str
    act: Act
    summary: str
    takes: type[schemas.Request] | None = None
    gives: type[schemas.Answer]
    query: Mapping[str, str] = {}
    """Query parameters and what they mean."""
    open: bool = False
    """Needs no token."""
    reads: bool = False
    """Changes nothing, whatever its method is: a past answers it, too."""


class Control:
    """Finds the endpoint, checks the token, decodes, acts, encodes."""

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        guard: Guard,
        describe: Callable[[], bytes],
        *,
        read_only: bool = False,
    ) -> None:
        """*read_only*: a past is served, and what would change anything is refused."""
        self._endpoints = {(endpoint.method, ROOT + endpoint.path): endpoint for endpoint in endpoints}
        self._guard = guard
        # Made when somebody asks: it takes as long as everything else about a server together.
        self._describe = cache(describe)
        self._read_only = read_only
        self._decoders = {
            endpoint.takes: msgspec.json.Decoder(endpoint.takes) for endpoint in endpoints if endpoint.takes is not None
        }

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request; whatever goes wrong is told as ``{"error":{"reason","message"}}``."""
        try:
            return await self._answer(request)
        except Refused as refused:
            return _refusal(refused.status, refused.reason, str(refused))
        except Malformed as error:
            return _refusal(400, "malformed", str(error))
        except ReadOnly as error:
            return _refusal(409, "read_only", str(error))
        except StorageFailed as error:
            return _refusal(503, "storage_failed", str(error))
        except LogError as error:
            return _refusal(409, "log_unreadable", str(error))
        except NotThere as error:
            return _refusal(404, "not_there", str(error))
        except ConfigError as error:
            return _refusal(409, "config", str(error))
        except Exception:
            _logger.exception("%s %s failed unexpectedly", request.method, request.path)
            return _refusal(500, "unexpected", "something went wrong here; the diagnostic log has the details")

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        if request.method == "GET" and path == f"{ROOT}/openapi.json":
            return _json(200, self._describe())
        if request.method == "GET" and path == f"{ROOT}/ping":
            return _json(200, b"{}")
        endpoint = self._endpoints.get((request.method, path))
        if endpoint is None:
            raise Refused(404, "no_such_call", f"there is no {request.method} {path}; see {ROOT}/openapi.json")
        if not endpoint.open:
            self._admit(request)
        if self._read_only and endpoint.method != "GET" and not endpoint.reads:
            raise ReadOnly(PAST)
        asked = _query(endpoint, query)
        if "format" in endpoint.query and request.headers.get("Accept", "").startswith(CSV):
            asked = {"format": "csv", **asked}
        answer = await endpoint.act(asked, await self._body(endpoint, request))
        if isinstance(answer, schemas.Csv):
            return web.Response(text=answer.text, content_type=CSV, charset="utf-8")
        return _json(200, msgspec.json.encode(answer))

    def _admit(self, request: web.BaseRequest) -> None:
        if not self._guard.knows_origin(request.headers.get("Origin")):
            raise Refused(401, "origin", "pages of other origins may not use the control API")
        if not self._guard.knows_token(request.headers.get("Authorization")):
            raise Refused(401, "token", "send the control token: Authorization: Bearer TOKEN (it is in the ready file)")

    async def _body(self, endpoint: Endpoint, request: web.BaseRequest) -> schemas.Request | None:
        if endpoint.takes is None:
            return None
        try:
            return self._decoders[endpoint.takes].decode(await read_body(request))
        except HTTPRequestEntityTooLarge:
            raise Refused(400, "too_large", "the body is too large") from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, *BROKEN_BODY) as error:
            raise Refused(400, "malformed", f"the body is not as described: {error}") from None


def _query(endpoint: Endpoint, text: str) -> Query:
    query = dict(parse_qsl(text, keep_blank_values=True))
    for name in query:
        if name not in endpoint.query:
            raise Refused(400, "unknown_parameter", f"{endpoint.path} takes no parameter {name!r}")
    return query


def _json(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})


def _refusal(status: int, reason: str, message: str) -> web.Response:
    error = schemas.Error(error=schemas.ErrorDetail(reason=reason, message=message))
    return _json(status, msgspec.json.encode(error))
