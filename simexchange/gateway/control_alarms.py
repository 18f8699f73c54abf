"""An account's own alarms over the control API: set, removed, and which went off when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import alarming
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.notes import SetAlarm
from simexchange.core.vocabulary.units import ONE, Rate
from simexchange.gateway import portfolio_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.people import person
from simexchange.gateway.words import decimal, parse_amount, parse_instant
from simexchange.projections.alarms import KINDS, MARGIN_RATIO
from simexchange.runtime.recovery import SOURCE_CONTROL

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.projections.alarms import AlarmRow, RaisedRow
    from simexchange.runtime.exchange import Exchange

MOST: Final = 100
"""Alarms of one account."""
ROWS: Final = 500
LONGEST: Final = 64
"""Characters of a name."""


class AlarmActs:
    """The calls, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="GET",
                path="/alarms",
                act=self.alarms,
                gives=schemas.Alarms,
                summary="Alarms as they stand, with their figures, and which went off when",
                query={
                    "account": "only its own; everybody's where it is not given",
                    "from": "the first instant one went off, ISO-8601 or integer nanoseconds",
                    "to": "the last one",
                },
            ),
            Endpoint(
                method="POST",
                path="/alarms",
                act=self.set_alarm,
                takes=schemas.SetAlarm,
                gives=schemas.Alarms,
                summary="Have an account told when a figure of it comes to a bound, in place of its alarm of that name",
            ),
            Endpoint(
                method="POST",
                path="/alarms/remove",
                act=self.remove,
                takes=schemas.RemoveAlarm,
                gives=schemas.Alarms,
                summary="End an alarm",
            ),
        )

    async def alarms(self, query: Query, _body: Any) -> schemas.Alarms:
        no = person(self._exchange.state, query["account"]) if "account" in query else None
        start, end = (parse_instant(query[name]) if name in query else None for name in ("from", "to"))
        view, seq = self._exchange.views.alarms, self._exchange.seq
        answer = schemas.Alarms(
            seq=seq,
            alarms=[self._alarm(row) for row in view.of(no)],
            raised=[self._raised(row) for row in view.raised(no, start=start, end=end, limit=ROWS)],
        )
        await self._exchange.durable(seq)
        return answer

    async def set_alarm(self, _query: Query, body: schemas.SetAlarm) -> schemas.Alarms:
        no, name = person(self._exchange.state, body.account), body.kind if body.name is None else body.name
        if body.kind not in KINDS:
            raise Refused(400, "kind", f"there is no kind {body.kind!r}: {', '.join(KINDS)}")
        if not 1 <= len(name) <= LONGEST or not name.isprintable():
            raise Refused(400, "name", f"a name is 1 to {LONGEST} characters that can be printed")
        me = self._exchange.state.accounts[no]
        wallets = tuple(dict.fromkeys((me.linear_wallet, me.inverse_wallet)))
        if body.wallet not in ("", *wallets):
            # An alarm in a wallet where nothing can be liquidated would never go off.
            raise Refused(400, "wallet", f"{body.account} keeps no positions in {body.wallet!r}: {', '.join(wallets)}")
        bound = parse_amount(body.bound)
        if not 0 < bound < ONE:
            raise Refused(400, "bound", "a bound is a share above 0 and below 1, like 0.5")
        mine = self._exchange.views.alarms.of(no)
        if len(mine) >= MOST and all(row.name != name for row in mine):
            raise Refused(409, "too_many", f"{body.account} has {MOST} alarms: remove one first")
        market = self._market(body.market)
        said = SetAlarm(no, name, body.kind, Rate(bound), body.wallet, market, body.pause)
        self._exchange.submit(said, SOURCE_CONTROL)
        return await self.alarms({"account": body.account}, None)

    async def remove(self, _query: Query, body: schemas.RemoveAlarm) -> schemas.Alarms:
        no = person(self._exchange.state, body.account)
        if (no, body.name) not in self._exchange.views.alarms.rows:
            raise Refused(404, "not_there", f"{body.account} has no alarm {body.name!r}")
        self._exchange.submit(SetAlarm(no, body.name, "", Rate(0)), SOURCE_CONTROL)
        return await self.alarms({"account": body.account}, None)

    def _market(self, market: str | None) -> MarketNo:
        if market is None:
            return MarketNo(0)
        row = self._exchange.views.markets.by_id.get(market)
        if row is None or row.is_spot:
            raise Refused(404, "not_there", f"there is no market {market!r} with margin")
        return row.no

    def _alarm(self, row: AlarmRow) -> schemas.Alarm:
        state = self._exchange.state
        account = state.accounts[row.account]
        look = alarming.worst_ratio if row.kind == MARGIN_RATIO else alarming.least_distance
        found = look(state, account, row.wallet, row.market)
        return schemas.Alarm(
            account=account.name, name=row.name, kind=row.kind, bound=decimal(row.bound), wallet=row.wallet,
            market=self._id(row.market), pause=row.pause, armed=row.armed,
            value=None if found is None else decimal(found.value), set_at=told.moment(row.set_at),
            raised_at=told.moment(row.raised_at) if row.raised_at else None,
        )  # fmt: skip

    def _raised(self, row: RaisedRow) -> schemas.AlarmRaised:
        return schemas.AlarmRaised(
            id=row.id, account=self._name(row.account), name=row.name, kind=row.kind, bound=decimal(row.bound),
            value=decimal(row.value), wallet=row.wallet, market=self._id(row.market), over=row.over,
            paused=row.paused, at=told.moment(row.at), seq=row.seq,
        )  # fmt: skip

    def _name(self, no: AccountNo) -> str:
        return self._exchange.state.accounts[no].name

    def _id(self, market: MarketNo) -> str | None:
        return self._exchange.views.markets.by_no[market].id if market else None
