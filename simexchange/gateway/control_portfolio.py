"""The portfolio over time, over the control API: as JSON, and as CSV for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simexchange.gateway import portfolio_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.control_schemas import Csv
from simexchange.gateway.people import person
from simexchange.gateway.words import decimal, parse_instant, parse_span
from simexchange.projections.valuation import RULE, currencies, on_grid, points, since

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.valuation import Point
    from simexchange.runtime.exchange import Exchange

MOST: Final = 5_000
"""Points in one answer."""
COLUMNS: Final = (
    "at", "at_ns", "seq", "currency", "equity", "paid_in", "result", "fees", "funding", "held", "futures", "exposure",
    "hedge_ratio",
)  # fmt: skip
"""Of the CSV form: those of the table `equity` of an export, but for the account."""


class PortfolioActs:
    """The call, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/portfolio",
                act=self.portfolio,
                gives=schemas.Portfolio,
                summary="What an account was worth over time, its net delta, hedge ratio, fees and funding to date",
                query={
                    "account": "its name",
                    "currency": "the asset to tell it in; USDT where a market has it, else the first quote asset",
                    "from": "the first instant, ISO-8601 or integer nanoseconds",
                    "to": "the last one",
                    "every": "only at multiples of this span, like 1m; every row that is kept where it is not given",
                    "format": "csv for comma-separated values, which `Accept: text/csv` asks for, too; else json",
                },
            ),
        )

    async def portfolio(self, query: Query, _body: Any) -> schemas.Portfolio | Csv:
        exchange = self._exchange
        if query.get("format", "json") not in {"json", "csv"}:
            raise Refused(400, "malformed", "format is json or csv")
        if not query.get("account"):
            raise Refused(400, "malformed", "say which account")
        no, currency = person(exchange.state, query["account"]), self._currency(query)
        now, seq = exchange.now(), exchange.seq
        found = self._points(no, currency, query, now)
        await exchange.durable(seq)
        if query.get("format") == "csv":
            return Csv(text="\n".join([",".join(COLUMNS), *(_line(point, currency) for point in found), ""]))
        return schemas.Portfolio(
            account=query["account"], currency=currency, rule=RULE, seq=seq, points=[_told(point) for point in found]
        )

    def _points(self, no: AccountNo, currency: str, query: Query, now: Nanos) -> list[Point]:
        start, end = (parse_instant(query[name]) if name in query else None for name in ("from", "to"))
        every = parse_span(query["every"]) if "every" in query else None
        rows = self._exchange.views.portfolio.rows(no, now, end=end)
        found = since(list(points(rows, currency)), start)
        if every is None:
            return [point for point in found if start is None or point.at >= start]
        if not found:
            return []
        first = found[0].at if start is None else max(start, found[0].at)
        last = now if end is None else min(end, now)
        if every < 1 or (last - first) // every >= MOST:
            raise Refused(400, "too_many", f"that is more than {MOST} points: say a longer every, or from and to")
        return on_grid(found, every, first, last)

    def _currency(self, query: Query) -> str:
        known = currencies(self._exchange.views.markets)
        if "currency" not in query:
            if not known:
                raise Refused(404, "not_there", "there is no market yet, so nothing to tell a worth in")
            return known[0]
        if query["currency"] not in known:
            raise Refused(404, "not_there", f"no market has {query['currency']!r}: say one of {', '.join(known)}")
        return query["currency"]


def _told(point: Point) -> schemas.PortfolioPoint:
    return schemas.PortfolioPoint(
        at=told.moment(point.at), seq=point.seq, equity=decimal(point.equity), paid_in=decimal(point.paid_in),
        result=decimal(point.result), fees=decimal(point.fees), funding=decimal(point.funding),
        held=decimal(point.held), futures=decimal(point.futures), exposure=decimal(point.exposure),
        hedge_ratio=_maybe(point.hedge_ratio),
        wallets=[schemas.WalletWorth(wallet=each.wallet, worth=decimal(each.worth)) for each in point.wallets],
        deltas=[
            schemas.AssetDelta(
                asset=each.asset, held=decimal(each.held), futures=decimal(each.futures), net=decimal(each.net),
                hedge_ratio=_maybe(each.hedge_ratio),
            )
            for each in point.deltas
        ],
        unpriced=list(point.unpriced),
    )  # fmt: skip


def _line(point: Point, currency: str) -> str:
    money = (
        point.equity, point.paid_in, point.result, point.fees, point.funding, point.held, point.futures, point.exposure,
    )  # fmt: skip
    moment = told.moment(point.at)
    ratio = "" if point.hedge_ratio is None else decimal(point.hedge_ratio)
    return ",".join([moment.iso, str(moment.ns), str(point.seq), currency, *map(decimal, money), ratio])


def _maybe(value: int | None) -> str | None:
    return None if value is None else decimal(value)
