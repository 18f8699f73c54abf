"""The control API's calls about faults: what is planned, what was applied, more, less, none."""

from typing import Any

from simexchange.errors import ConfigError
from simexchange.gateway import fault_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.faults.injector import Injector, Standing, Stroke
from simexchange.gateway.faults.plan import rule_of, shown

RULES_MAX = 1_000
"""Rules there may be at once."""


class FaultActs:
    """The calls, over one injector."""

    def __init__(self, injector: Injector) -> None:
        self._injector = injector
        self._exchange = injector.exchange

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                method="GET",
                path="/faults",
                act=self.faults,
                gives=schemas.Faults,
                summary="The fault plan, and the last faults that were applied",
            ),
            Endpoint(
                method="POST",
                path="/faults",
                act=self.add,
                takes=schemas.AddFaults,
                gives=schemas.FaultsAdded,
                summary="Add rules to the fault plan",
            ),
            Endpoint(
                method="POST",
                path="/faults/remove",
                act=self.remove,
                takes=schemas.NamedFault,
                gives=schemas.FaultsEnded,
                summary="End one rule of the fault plan",
            ),
            Endpoint(
                method="POST",
                path="/faults/clear",
                act=self.clear,
                gives=schemas.FaultsEnded,
                summary="End every rule of the fault plan",
            ),
        )

    async def faults(self, _query: Query, _body: Any) -> schemas.Faults:
        injector, seq = self._injector, self._exchange.seq
        answer = schemas.Faults(
            counting=injector.begun,
            faults=[_rule(each) for each in injector.standing],
            applied=injector.applied,
            last=[self._applied(stroke, at) for stroke, at in injector.told],
        )
        await self._exchange.durable(seq)
        return answer

    async def add(self, _query: Query, body: schemas.AddFaults) -> schemas.FaultsAdded:
        """Everything that can be judged is judged before any rule is added."""
        taken = [each.rule.name for each in self._injector.standing]
        if len(taken) + len(body.faults) > RULES_MAX:
            raise Refused(400, "too_many", f"there may be {RULES_MAX} rules at once")
        rules = []
        try:
            for number, given in enumerate(body.faults, 1):
                rules.append(rule_of(given, f"fault {number}", taken))
                taken.append(rules[-1].name)
        except ConfigError as error:
            raise Refused(400, "fault", str(error)) from None
        names = self._injector.put(rules)
        await self._exchange.durable(self._exchange.seq)
        return schemas.FaultsAdded(names=names)

    async def remove(self, _query: Query, body: schemas.NamedFault) -> schemas.FaultsEnded:
        self._injector.remove(body.name)
        return schemas.FaultsEnded(ended=1)

    async def clear(self, _query: Query, _body: Any) -> schemas.FaultsEnded:
        return schemas.FaultsEnded(ended=self._injector.clear())

    def _applied(self, stroke: Stroke, at: int) -> schemas.AppliedFault:
        point, accounts = stroke.point, self._exchange.state.accounts
        account = accounts.get(point.account)
        return schemas.AppliedFault(
            seq=stroke.seq,
            at=told.moment(at),
            kind=stroke.kind,
            rule=stroke.rule,
            channel=point.channel,
            connection=point.connection,
            direction=point.direction,
            ordinal=point.ordinal,
            name=point.name,
            account="" if account is None else account.name,
            detail=dict(shown(stroke.kind, stroke.params)),
        )


def _rule(standing: Standing) -> schemas.FaultRule:
    rule = standing.rule
    return schemas.FaultRule(
        name=rule.name, kind=rule.kind, rule=dict(rule.written), seen=standing.seen, applied=standing.applied
    )
