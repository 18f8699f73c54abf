"""Families and resets over the control API: one account is changed while everybody goes on."""

from typing import Any

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.families import AccountReset, Holding, JoinFamily, ResetAccount
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Amount
from simexchange.gateway import family_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.people import asset_named, check_family, check_wallet, person
from simexchange.gateway.words import parse_amount
from simexchange.runtime.exchange import Exchange

_MESSAGES = {
    RejectReason.POSITIONS_OPEN: (409, "it has open positions; say close to hand them to the insurance fund"),
    RejectReason.ACCOUNT_NOT_RELATED: (409, "a sub-account has no sub-accounts, and one parent for good"),
    RejectReason.SETTING_UNCHANGED: (409, "that is its parent already"),
}


class FamilyActs:
    """The calls, over one exchange. Each answer waits for the newest record it has seen."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The table of calls."""
        return (
            Endpoint(
                method="POST",
                path="/accounts/join",
                act=self.join,
                takes=schemas.JoinRequest,
                gives=schemas.Joined,
                summary="Make an account a sub-account of another",
            ),
            Endpoint(
                method="POST",
                path="/accounts/reset",
                act=self.reset,
                takes=schemas.ResetRequest,
                gives=schemas.Reset,
                summary="Cancel what is open and set the balances of one account; streams and keys stay",
            ),
        )

    async def join(self, _query: Query, body: schemas.JoinRequest) -> schemas.Joined:
        state = self._exchange.state
        no, parent = person(state, body.account), person(state, body.parent)
        check_family(state.accounts[no].rules, state.accounts[parent])
        step = self._do(JoinFamily(no, parent))
        answer = schemas.Joined(seq=step.seq, account=self._row(no))
        await self._exchange.durable(self._exchange.seq)
        return answer

    async def reset(self, _query: Query, body: schemas.ResetRequest) -> schemas.Reset:
        no = person(self._exchange.state, body.account)
        step = self._do(ResetAccount(no, self._holdings(no, body.balances), body.close))
        (ended,) = (event for event in step.events if isinstance(event, AccountReset))
        answer = schemas.Reset(seq=step.seq, canceled=ended.orders, closed=ended.positions, account=self._row(no))
        await self._exchange.durable(self._exchange.seq)
        return answer

    def _holdings(self, no: AccountNo, balances: dict[str, dict[str, str]]) -> tuple[Holding, ...]:
        found = []
        for wallet, assets in balances.items():
            check_wallet(wallet, self._exchange.state.accounts[no])
            for asset, text in assets.items():
                found.append(Holding(wallet, asset_named(asset), Amount(parse_amount(text))))
        return tuple(found)

    def _row(self, no: AccountNo) -> Any:
        state = self._exchange.state
        return told.account_row(state, state.accounts[no])

    def _do(self, command: Command) -> Step:
        step = self._exchange.submit(command, source="control")
        for event in step.events:
            if isinstance(event, CommandRefused):
                status, message = _MESSAGES.get(event.reason, (400, f"the engine refused: {event.detail}"))
                raise Refused(status, event.reason, message)
        return step
