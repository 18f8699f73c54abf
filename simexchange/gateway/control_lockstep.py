"""Lockstep over the control API: a client waits, leaves, and sees who is waited for."""

from difflib import get_close_matches
from typing import Any

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import Nanos
from simexchange.gateway import lockstep_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import parse_instant, parse_span
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.lockstep import ACCOUNT, Lockstep, NotYourTurn


class LockstepActs:
    """The calls about lockstep. Where the exchange was not started with it, each says so."""

    def __init__(self, exchange: Exchange, lockstep: Lockstep | None) -> None:
        self._exchange = exchange
        self._lockstep = lockstep

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                method="GET", path="/lockstep", act=self.show, gives=schemas.LockstepShown,
                summary="Which clients exchange time waits for, and until when each of them waits",
            ),
            Endpoint(
                method="POST", path="/lockstep/wait", act=self.wait, takes=schemas.LockstepWait,
                gives=schemas.LockstepTurn,
                summary="Wait for an instant of exchange time; answers when it is this client's turn",
            ),
            Endpoint(
                method="POST", path="/lockstep/leave", act=self.leave, takes=schemas.LockstepLeave,
                gives=schemas.LockstepShown, summary="Be through: the others go on without this client",
            ),
        )  # fmt: skip

    async def show(self, _query: Query, _body: Any) -> schemas.LockstepShown:
        lockstep = self._known()
        turns = lockstep.turns
        waiting = [
            schemas.Waiting(client=name, until=told.moment(turns.waiting[name]))
            for name in turns.names
            if name in turns.waiting
        ]
        now = told.moment(self._exchange.now())
        return schemas.LockstepShown(
            now=now, waiting=waiting, missing=turns.missing(), left=turns.left(), watched=list(lockstep.watched)
        )

    async def wait(self, _query: Query, body: schemas.LockstepWait) -> schemas.LockstepTurn:
        lockstep = self._known(body.client)
        until = self._until(body)
        try:
            now = await lockstep.wait(body.client, until, self._listen(body.account))
        except NotYourTurn as refused:
            raise Refused(409, refused.reason, str(refused)) from None
        # What happened on the way is in the log before anybody acts on it.
        await self._exchange.durable(self._exchange.seq)
        return schemas.LockstepTurn(client=body.client, now=told.moment(now))

    async def leave(self, query: Query, body: schemas.LockstepLeave) -> schemas.LockstepShown:
        self._known(body.client).leave(body.client)
        return await self.show(query, None)

    def _known(self, client: str | None = None) -> Lockstep:
        lockstep = self._lockstep
        if lockstep is None:
            raise Refused(
                409, "no_lockstep", "this exchange waits for nobody; start it with serve --lockstep NAME,NAME"
            )
        if client is not None and client not in lockstep.names:
            close = get_close_matches(client, lockstep.names, n=1)
            meant = f" (did you mean {close[0]!r}?)" if close else ""
            known = ", ".join((*lockstep.names, *(ACCOUNT + name for name in lockstep.watched)))
            raise Refused(
                404, "no_such_client", f"exchange time does not wait for {client!r}{meant}: it does for {known}"
            )
        return lockstep

    def _listen(self, name: str) -> AccountNo | None:
        if not name:
            return None
        number = self._exchange.state.account_no.get(name)
        if number is None:
            raise Refused(404, "account_unknown", f"there is no account {name!r}")
        return number

    def _until(self, body: schemas.LockstepWait) -> Nanos:
        if (body.until is None) is (body.for_ is None):
            raise Refused(400, "malformed", "say either until, an instant, or for, a span like 1s")
        now = self._exchange.now()
        if body.until is not None:
            until = parse_instant(body.until)
        else:
            span = body.for_
            assert span is not None  # noqa: S101 - one of the two was said
            until = parse_instant(now + (span if isinstance(span, int) else parse_span(span)))
            if until < now:
                raise Refused(400, "malformed", "a wait is not for less than nothing")
        end = self._exchange.until
        if end is not None and until > end:
            raise Refused(409, "beyond_the_end", f"exchange time ends at {told.moment(end).iso}")
        return until
