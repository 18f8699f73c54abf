"""Statements over the control API: what funding came to for an account, and the insurance fund's book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simexchange.core import margin
from simexchange.core.state import FUND
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.gateway import statement_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import decimal, parse_instant
from simexchange.projections.insurance import FundKind

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.insurance import FundRow
    from simexchange.projections.statements import StatementRow, StatementTotal
    from simexchange.runtime.exchange import Exchange

ROWS = 1_000
"""Rows in one answer."""


class StatementActs:
    """The calls, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/statements/funding",
                act=self.funding,
                gives=schemas.FundingStatement,
                summary="What an account's positions paid and received in funding, and what it comes to",
                query={
                    "account": "its name",
                    "market": "only there; everywhere where it is not given",
                    "from": "the first instant, ISO-8601 or integer nanoseconds",
                    "to": "the last one",
                    "limit": f"how many rows at most; {ROWS} where it is not given",
                },
            ),
            Endpoint(
                method="GET",
                path="/statements/insurance",
                act=self.insurance,
                gives=schemas.InsuranceFund,
                summary="What the insurance fund has, and every line of its book",
                query={
                    "asset": "only of that; of every one where it is not given",
                    "kind": "only lines of that kind, like shortfall",
                    "from": "the first instant, ISO-8601 or integer nanoseconds",
                    "to": "the last one",
                    "limit": f"how many lines of an asset at most; {ROWS} where it is not given",
                },
            ),
        )

    async def funding(self, query: Query, _body: Any) -> schemas.FundingStatement:
        views, seq = self._exchange.views, self._exchange.seq
        account, market = self._account(query), self._market(query)
        start, end = (_instant(query, name) for name in ("from", "to"))
        rows = views.statements.of(account, market=market, start=start, end=end, limit=_limit(query))
        answer = schemas.FundingStatement(
            account=query["account"],
            seq=seq,
            rows=[self._row(row) for row in rows],
            totals=[self._total(total) for total in views.statements.totals(account, market)],
        )
        await self._exchange.durable(seq)
        return answer

    async def insurance(self, query: Query, _body: Any) -> schemas.InsuranceFund:
        view, seq = self._exchange.views.insurance, self._exchange.seq
        assets = view.assets()
        if "asset" in query:
            if query["asset"] not in assets:
                raise Refused(404, "not_there", f"the insurance fund never had any {query['asset']!r}")
            assets = [query["asset"]]
        kind, limit = _kind(query), _limit(query)
        start, end = (_instant(query, name) for name in ("from", "to"))
        answer = schemas.InsuranceFund(
            books=[
                self._book(seq, asset, view.of(asset, kind=kind, start=start, end=end, limit=limit)) for asset in assets
            ]
        )
        await self._exchange.durable(seq)
        return answer

    def _book(self, seq: int, asset: str, rows: list[FundRow]) -> schemas.FundBook:
        state, cash = self._exchange.state, self._exchange.views.insurance.balance(asset)
        fund = state.accounts[FUND]
        wallets = [wallet for wallet, held in fund.balances if held == asset]
        worth = sum(margin.equity(state, fund, wallet, asset) for wallet in wallets)
        return schemas.FundBook(
            asset=asset, seq=seq, balance=decimal(cash), unrealised=decimal(worth - cash), equity=decimal(worth),
            lines=[self._line(row) for row in rows],
        )  # fmt: skip

    def _line(self, row: FundRow) -> schemas.FundLine:
        views = self._exchange.views
        return schemas.FundLine(
            id=row.id, kind=row.kind.name.lower(), amount=decimal(row.amount), balance=decimal(row.balance),
            account=views.accounts.by_no[row.account].name if row.account else None,
            market=self._id(row.market) if row.market else None, at=told.moment(row.at), seq=row.seq,
        )  # fmt: skip

    def _account(self, query: Query) -> AccountNo:
        """The person asked for."""
        name = query.get("account", "")
        if not name:
            raise Refused(400, "malformed", "say which account")
        row = self._exchange.views.accounts.by_name.get(name)
        if row is None or row.account_class is not AccountClass.USER:
            raise Refused(404, "not_there", f"there is no account {name!r} of a person")
        return row.no

    def _market(self, query: Query) -> MarketNo | None:
        if "market" not in query:
            return None
        row = self._exchange.views.markets.by_id.get(query["market"])
        if row is None:
            raise Refused(404, "not_there", f"there is no market {query['market']!r}")
        return row.no

    def _row(self, row: StatementRow) -> schemas.FundingRow:
        return schemas.FundingRow(
            id=row.id, market=self._id(row.market), position=row.position, qty=decimal(row.qty), wallet=row.wallet,
            asset=row.asset, amount=decimal(row.amount), rate=decimal(row.rate), mark=decimal(row.mark),
            started=told.moment(row.started_at), at=told.moment(row.at), seq=row.seq,
        )  # fmt: skip

    def _total(self, total: StatementTotal) -> schemas.FundingTotal:
        return schemas.FundingTotal(
            market=self._id(total.market), position=total.position, asset=total.asset, received=decimal(total.received),
            paid=decimal(total.paid), net=decimal(total.net), settlements=total.settlements,
            first_at=told.moment(total.first_at), last_at=told.moment(total.last_at),
        )  # fmt: skip

    def _id(self, market: MarketNo) -> str:
        return self._exchange.views.markets.by_no[market].id


def _instant(query: Query, name: str) -> Nanos | None:
    return parse_instant(query[name]) if name in query else None


def _kind(query: Query) -> FundKind | None:
    word = query.get("kind")
    if word is None:
        return None
    if word.upper() not in FundKind.__members__:
        raise Refused(
            400, "malformed", f"there is no kind {word!r}: {', '.join(kind.name.lower() for kind in FundKind)}"
        )
    return FundKind[word.upper()]


def _limit(query: Query) -> int:
    text = query.get("limit", str(ROWS))
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= ROWS):
        raise Refused(400, "malformed", f"limit is a whole number from 1 to {ROWS}")
    return int(text)
