"""The watch: after a step it looks at the accounts that wanted to hear of a figure, and says which alarms go off.

An alarm goes off once, and again only after its figure was back behind the bound by a tenth of the bound. Both are in
the log, so a restart, a rewind and a second run know the same.
"""

from collections.abc import Callable, Iterable
from typing import Final

from simexchange.core import alarming
from simexchange.core.accounts import Account
from simexchange.core.state import TELLING, ExchangeState
from simexchange.core.vocabulary.events import (
    BookAdjusted,
    Event,
    IndexSet,
    MarkSet,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderRested,
    TapePrinted,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.notes import AlarmSet, NoteAlarm
from simexchange.core.vocabulary.units import Rate
from simexchange.projections.alarms import LIQUIDATION_DISTANCE, MARGIN_RATIO, AlarmRow, AlarmsView

SOURCE_WATCH: Final = "watch"
"""Records of alarms come from it; a run of the same commands makes them anew."""
_STILL: Final = frozenset(
    {*TELLING, BookAdjusted, OrderAccepted, OrderCanceled, OrderRejected, OrderRested} - {AlarmSet}
)
"""Events that move no mark, no balance and no position."""
_FOR_ALL: Final = (MarkSet, IndexSet)
"""Events that move everybody's figures."""

Look = Callable[[ExchangeState, Account, AlarmRow], NoteAlarm | None]


class Watch:
    """Looks; it never acts."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {MARGIN_RATIO: _ratio, LIQUIDATION_DISTANCE: _distance}

    def look(self, state: ExchangeState, alarms: AlarmsView, events: Iterable[Event] | None = None) -> list[NoteAlarm]:
        """What is to be told after *events* (after some, where they are not said), in order of setting."""
        concerned = None if events is None else _concerned(state, events)
        if concerned is not None and not concerned:
            return []
        found: list[NoteAlarm] = []
        for row in alarms.rows.values():
            if concerned is not None and row.account not in concerned:
                continue
            look = self._looks.get(row.kind)
            said = None if look is None else look(state, state.accounts[row.account], row)
            if said is not None:
                found.append(said)
        return found


def _concerned(state: ExchangeState, events: Iterable[Event]) -> set[AccountNo] | None:
    """Whose figures *events* may have moved; None: everybody's. For membership tests only."""
    found: set[AccountNo] = set()
    for event in events:
        kind = type(event)
        if kind in _STILL:
            continue
        if isinstance(event, TradeExecuted | TapePrinted):
            # Before there is a mark, positions are valued at the last trade.
            market = state.markets[event.market]
            if market.derivative and not market.mark:
                return None
            if isinstance(event, TradeExecuted):
                found |= {event.taker.account, event.maker.account}
        elif kind in _FOR_ALL or not hasattr(event, "account"):
            return None
        else:
            found |= {getattr(event, name) for name in ("account", "to_account", "fund") if hasattr(event, name)}
    return found


def _ratio(state: ExchangeState, account: Account, row: AlarmRow) -> NoteAlarm | None:
    worst = alarming.worst_ratio(state, account, row.wallet, row.market)
    if row.armed:
        return _told(row, worst) if worst.value >= row.bound else None
    return _told(row, worst, over=True) if alarming.back_below(worst.value, row.bound) else None


def _distance(state: ExchangeState, account: Account, row: AlarmRow) -> NoteAlarm | None:
    least = alarming.least_distance(state, account, row.wallet, row.market)
    if row.armed:
        return _told(row, least) if least is not None and least.value <= row.bound else None
    if least is None:
        return _told(row, alarming.Found(0, row.wallet, row.market), over=True)
    return _told(row, least, over=True) if alarming.back_above(least.value, row.bound) else None


def _told(row: AlarmRow, found: alarming.Found, *, over: bool = False) -> NoteAlarm:
    return NoteAlarm(
        row.account, row.name, row.kind, row.bound, Rate(found.value), found.wallet, found.market, over,
        row.pause and not over,
    )  # fmt: skip
