"""Notes: written down as they are said. No decision rests on one, and no money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary import notes
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.engine import Engine


def handlers(engine: Engine) -> dict[type, Callable[..., None]]:
    """Who writes down which note."""

    def fault(said: notes.NoteFault) -> None:
        engine.emit(
            notes.FaultApplied(
                said.kind, said.channel, said.name, said.connection, said.direction, said.ordinal,
                said.detail, said.rule, said.account,
            )
        )  # fmt: skip

    def set_alarm(said: notes.SetAlarm) -> None:
        if said.account not in engine.state.accounts:
            engine.refuse(said, said.account, RejectReason.ACCOUNT_UNKNOWN)
        elif said.market and said.market not in engine.state.markets:
            engine.refuse(said, said.account, RejectReason.MARKET_UNKNOWN)
        else:
            engine.emit(
                notes.AlarmSet(
                    said.account, said.name, said.kind, said.bound, said.wallet, said.market, said.pause
                )
            )  # fmt: skip

    def alarm(said: notes.NoteAlarm) -> None:
        engine.emit(
            notes.AlarmRaised(
                said.account, said.name, said.kind, said.bound, said.value, said.wallet, said.market, said.over,
                said.pause,
            )
        )  # fmt: skip

    def step(said: notes.NoteStep) -> None:
        engine.emit(notes.ScenarioStepped(said.scenario, said.step, said.text))

    def repair(said: notes.NoteRepair) -> None:
        engine.emit(notes.LogRepaired(said.what, said.seq, said.detail))

    return {
        notes.NoteFault: fault,
        notes.SetAlarm: set_alarm,
        notes.NoteAlarm: alarm,
        notes.NoteStep: step,
        notes.NoteRepair: repair,
    }
