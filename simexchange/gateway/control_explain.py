"""Explanations over the control API: the log is folded as often as somebody asks, in a thread of its own."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from simexchange.core.explaining.figures import Explanation, Section
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import Amount
from simexchange.dialects.contract import Dialect
from simexchange.dialects.naming import orders_called
from simexchange.eventlog import counterfactual, explaining
from simexchange.eventlog.counterfactual import Change, Extra, Leverage, Mode
from simexchange.eventlog.log import EventLog
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import parse_amount
from simexchange.projections.liquidations import LiquidationRow
from simexchange.runtime.exchange import Exchange

LIQUIDATIONS = 1_000
"""In one answer: the newest."""
SEQ = "how it stood after this record; after the newest where it is not given"
_Question = Callable[[EventLog, str, int], Explanation]


class ExplainActs:
    """The calls, over one exchange; orders are known by the names that *dialects* give them, too."""

    def __init__(self, exchange: Exchange, dialects: Iterable[Dialect]) -> None:
        self._exchange = exchange
        self._dialects = tuple(dialects)

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
            Endpoint(
                method="GET",
                path="/explain/liquidation",
                act=self.liquidation,
                gives=schemas.Explanation,
                summary="One liquidation from the mark that tripped it to its end",
                query={"id": "its id, or ACCOUNT:N for the n-th of an account", "seq": "as far as it had come then"},
            ),
            Endpoint(
                method="GET",
                path="/explain/order",
                act=self.order,
                gives=schemas.Explanation,
                summary="One order: what stood in front of it, who traded, and why it did or did not fill",
                query={"id": "the venue's, its number, or ACCOUNT:CLIENT-ID", "seq": "as far as it had come then"},
            ),
            Endpoint(
                method="GET",
                path="/liquidations",
                act=self.liquidations,
                gives=schemas.Liquidations,
                summary="Which liquidations there were, in order of their beginning",
                query={"account": "of this account; of all where it is not given"},
            ),
            Endpoint(
                method="POST",
                path="/explain/what-if",
                act=self.what_if,
                takes=schemas.WhatIf,
                gives=schemas.WouldHaveBeen,
                reads=True,
                summary="How it would have gone with another leverage, margin mode or deposit: run again on a fork",
            ),
        )

    async def margin(self, query: Query, _body: Any) -> schemas.Explanation:
        return await self._ask(explaining.margin, _named(query, "account"), query)

    async def funding(self, query: Query, _body: Any) -> schemas.Explanation:
        if ("market" in query) == ("account" in query):
            raise Refused(400, "malformed", "say whose funding: either market or account")
        subject = _named(query, "market" if "market" in query else "account")
        return await self._ask(explaining.funding, subject, query)

    async def liquidation(self, query: Query, _body: Any) -> schemas.Explanation:
        return await self._ask(explaining.liquidation, _named(query, "id"), query)

    async def order(self, query: Query, _body: Any) -> schemas.Explanation:
        which = _named(query, "id")
        meant = orders_called(which, self._dialects)
        return await self._ask(partial(explaining.order, meant=meant), which, query)

    async def liquidations(self, query: Query, _body: Any) -> schemas.Liquidations:
        newest = self._exchange.seq
        await self._exchange.durable(newest)
        rows = await asyncio.to_thread(explaining.liquidations, self._exchange.log, newest)
        wanted = query.get("account")
        if wanted is not None and wanted not in self._exchange.state.account_no:
            raise Refused(404, "not_there", f"there is no account {wanted!r}")
        found = [_liquidation(name, row) for name, row in rows if wanted in (None, name)]
        return schemas.Liquidations(liquidations=found[-LIQUIDATIONS:])

    async def what_if(self, _query: Query, body: schemas.WhatIf) -> schemas.WouldHaveBeen:
        change = _changes(body)
        if not change:
            raise Refused(400, "malformed", "say what would have been otherwise: leverage, margin or deposits")
        newest = self._exchange.seq
        until = newest if body.until is None else body.until
        if until > newest:
            raise Refused(404, "not_there", f"there is no record {until} yet: the newest is {newest}")
        await self._exchange.durable(until)
        log = self._exchange.log
        found = await asyncio.to_thread(counterfactual.what_if, log, body.account, change, body.before, until)
        change_shown = msgspec.convert(found.change, list[dict[str, str | int | None]])
        return schemas.WouldHaveBeen(
            account=found.account, before=found.before, until=found.until, change=change_shown, engine=found.engine,
            actual=_course(found.actual), instead=_course(found.instead),
        )  # fmt: skip

    async def _ask(self, question: _Question, subject: str, query: Query) -> schemas.Explanation:
        """Fold the log as far as asked; what is told of is durable before it is."""
        newest = self._exchange.seq
        seq = _seq(query, newest)
        await self._exchange.durable(seq)
        found = await asyncio.to_thread(question, self._exchange.log, subject, seq)
        return _answer(found)


def _answer(found: Explanation) -> schemas.Explanation:
    at, sections = told.moment(found.at), _sections(found.sections)
    return schemas.Explanation(question=found.question, seq=found.seq, at=at, sections=sections)


def _changes(body: schemas.WhatIf) -> list[Change]:
    found: list[Change] = [Leverage(market, leverage) for market, leverage in body.leverage.items()]
    found += [Mode(market, MarginMode[word.upper()]) for market, word in body.margin.items()]
    for wallet, assets in body.deposits.items():
        found += [Extra(wallet, asset, Amount(parse_amount(text))) for asset, text in assets.items()]
    return found


def _liquidation(name: str, row: LiquidationRow) -> schemas.LiquidationRow:
    return schemas.LiquidationRow(
        id=row.id, name=f"{name}:{row.number}", account=name, wallet=row.wallet, asset=row.asset,
        at=told.moment(row.at), started=row.started, finished=row.finished or None,
    )  # fmt: skip


def _course(course: counterfactual.Course) -> schemas.Course:
    return schemas.Course(
        liquidations=[
            schemas.LiquidationBegun(
                seq=fall.seq, at=told.moment(fall.at), wallet=fall.wallet, asset=fall.asset, balance=fall.balance,
                maintenance=fall.maintenance,
            )
            for fall in course.liquidations
        ],
        equity=[
            schemas.EquityPoint(seq=point.seq, at=told.moment(point.at), asset=point.asset, equity=point.equity)
            for point in course.equity
        ],
        final=_sections(course.final),
    )  # fmt: skip


def _sections(found: tuple[Section, ...]) -> list[schemas.ExplainedSection]:
    return msgspec.convert(msgspec.to_builtins(found), list[schemas.ExplainedSection])


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
