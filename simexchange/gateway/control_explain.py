"""Explanations over the control API: the log is folded as often as somebody asks, in a thread of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from simexchange.core.explaining.figures import Explanation
from simexchange.eventlog import explaining
from simexchange.eventlog.log import EventLog
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.runtime.exchange import Exchange

SEQ = "how it stood after this record; after the newest where it is not given"
_Question = Callable[[EventLog, str, int], Explanation]


class ExplainActs:
    """The calls, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/explain/margin",
                act=self.margin,
                gives=schemas.Explanation,
                summary="Why an account's margin figures and liquidation prices are what they are",
                query={"account": "its name", "seq": SEQ},
            ),
            Endpoint(
                method="GET",
                path="/explain/funding",
                act=self.funding,
                gives=schemas.Explanation,
                summary="The last funding of a market, or what an account paid and received, and why",
                query={"market": "its id", "account": "its name; one of the two", "seq": SEQ},
            ),
        )

    async def margin(self, query: Query, _body: Any) -> schemas.Explanation:
        return await self._ask(explaining.margin, _named(query, "account"), query)

    async def funding(self, query: Query, _body: Any) -> schemas.Explanation:
        if ("market" in query) == ("account" in query):
            raise Refused(400, "malformed", "say whose funding: either market or account")
        subject = _named(query, "market" if "market" in query else "account")
        return await self._ask(explaining.funding, subject, query)

    async def _ask(self, question: _Question, subject: str, query: Query) -> schemas.Explanation:
        """Fold the log as far as asked; what is told of is durable before it is."""
        newest = self._exchange.seq
        seq = _seq(query, newest)
        await self._exchange.durable(seq)
        found = await asyncio.to_thread(question, self._exchange.log, subject, seq)
        return _answer(found)


def _answer(found: Explanation) -> schemas.Explanation:
    sections = msgspec.convert(msgspec.to_builtins(found.sections), list[schemas.ExplainedSection])
    return schemas.Explanation(question=found.question, seq=found.seq, at=told.moment(found.at), sections=sections)


def _named(query: Query, name: str) -> str:
    text = query.get(name, "")
    if not text:
        raise Refused(400, "malformed", f"say which {name}")
    return text


def _seq(query: Query, newest: int) -> int:
    text = query.get("seq")
    if text is None:
        return newest
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Refused(400, "malformed", "seq is the number of a record")
    if int(text) > newest:
        raise Refused(404, "not_there", f"there is no record {text} yet: the newest is {newest}")
    return int(text)
