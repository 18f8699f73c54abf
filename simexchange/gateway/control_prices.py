"""The calls of the control API that change how prices are made: funding terms, and what an index is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.core import marks
from simexchange.core.vocabulary.commands import Command, SetConstituents, SetFunding, SetSourcePrice
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.indexes import Constituent
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import HOUR, SECOND, Nanos, Price, Rate
from simexchange.gateway import control_price_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import decimal, parse_amount, parse_span

if TYPE_CHECKING:
    from simexchange.core.market import Funding, MarketState
    from simexchange.runtime.exchange import Exchange


class PriceActs:
    """The calls, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/funding",
                act=self.funding,
                gives=schemas.FundingTerms,
                summary="The funding of a perpetual: rates, times and bounds",
                query={"market": "its id, like perp:BTC-USDT"},
            ),
            Endpoint(
                method="POST",
                path="/funding",
                act=self.change_funding,
                takes=schemas.ChangeFunding,
                gives=schemas.FundingTerms,
                summary="Change a perpetual's funding from the next settlement on",
            ),
            Endpoint(
                method="POST",
                path="/constituents",
                act=self.set_constituents,
                takes=schemas.MakeIndex,
                gives=schemas.IndexMade,
                summary="Say what an index is made of",
            ),
            Endpoint(
                method="POST",
                path="/source",
                act=self.set_source,
                takes=schemas.SourceSays,
                gives=schemas.IndexMade,
                summary="Say what one source of an index says",
            ),
        )

    async def funding(self, query: Query, _body: Any) -> schemas.FundingTerms:
        answer = self._terms(*self._perpetual(query.get("market", "")))
        await self._exchange.durable(self._exchange.seq)
        return answer

    async def change_funding(self, _query: Query, body: schemas.ChangeFunding) -> schemas.FundingTerms:
        market, funding = self._perpetual(body.market)
        now = funding.coming or market.spec.funding_terms
        self._do(
            SetFunding(
                market.no,
                now.interval if body.interval is None else parse_span(body.interval),
                now.cap if body.cap is None else _rate(body.cap),
                now.floor if body.floor is None else _rate(body.floor),
                now.interest if body.interest is None else _rate(body.interest),
            )
        )
        await self._exchange.durable(self._exchange.seq)
        return self._terms(market, funding)

    async def set_constituents(self, _query: Query, body: schemas.MakeIndex) -> schemas.IndexMade:
        parts = tuple(Constituent(each.source, Rate(parse_amount(each.weight))) for each in body.constituents)
        self._do(SetConstituents(body.index, parts, parse_span(body.stale_after), Rate(parse_amount(body.deviation))))
        await self._exchange.durable(self._exchange.seq)
        return self._index(body.index)

    async def set_source(self, _query: Query, body: schemas.SourceSays) -> schemas.IndexMade:
        self._do(SetSourcePrice(body.index, body.source, Price(parse_amount(body.price))))
        await self._exchange.durable(self._exchange.seq)
        return self._index(body.index)

    def _perpetual(self, name: str) -> tuple[MarketState, Funding]:
        state = self._exchange.state
        no = state.market_no.get(name)
        market = None if no is None else state.markets[no]
        if market is None or market.funding is None:
            raise Refused(404, RejectReason.MARKET_UNKNOWN, f"there is no perpetual {name!r}")
        return market, market.funding

    def _terms(self, market: MarketState, funding: Funding) -> schemas.FundingTerms:
        now, coming = market.spec.funding_terms, funding.coming
        return schemas.FundingTerms(
            seq=self._exchange.seq,
            market=market.spec.id,
            last_rate=decimal(funding.rate),
            predicted_rate=decimal(marks.predicted_rate(market, self._exchange.now())),
            next_at=told.moment(Nanos(funding.next_at)),
            interval=_span(now.interval),
            cap=decimal(now.cap),
            floor=decimal(now.floor),
            interest=decimal(now.interest),
            coming_interval=None if coming is None else _span(coming.interval),
        )

    def _index(self, name: str) -> schemas.IndexMade:
        index, told_last = self._exchange.state.indexes[name], self._exchange.views.funding.index(name)
        return schemas.IndexMade(
            seq=self._exchange.seq,
            index=name,
            price=decimal(index.price) if index.price else None,
            frozen=index.frozen,
            shares=[
                schemas.ShareRow(source=share.source, price=decimal(share.price), weight=decimal(share.weight))
                for share in (told_last.shares if told_last is not None else ())
            ],
        )

    def _do(self, command: Command) -> None:
        for event in self._exchange.submit(command, source="control").events:
            if isinstance(event, CommandRefused):
                status = 404 if event.reason is RejectReason.INDEX_UNKNOWN else 400
                raise Refused(status, event.reason, f"the engine refused: {event.detail or event.reason}")


def _span(interval: Nanos) -> str:
    return f"{interval // SECOND}s" if interval % HOUR else f"{interval // HOUR}h"


def _rate(text: str) -> Rate:
    """A rate, which may be below zero. Raises Malformed."""
    return Rate(-parse_amount(text[1:]) if text.startswith("-") else parse_amount(text))
