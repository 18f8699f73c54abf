"""The small exchange of the core's tests, with an event log under it."""

from __future__ import annotations

from typing import Any

from simexchange.core.engine import REVISION
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import AccountClass, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import HOUR, SECOND, Nanos, Price, Quantity
from simexchange.eventlog.header import Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recorder import Recorder
from tests.core.world import PERP, SPOT, T0, World, units

HEADER = Header(seed=7, start=T0, engine=str(REVISION))


class LoggedWorld(World):
    """Everything that is done in it is recorded; `log` has what was flushed."""

    def __init__(self, log: EventLog | None = None, **options: Any) -> None:
        self.log = log if log is not None else MemoryLog(HEADER)
        self.recorder = Recorder(self.log)
        super().__init__(**options)
        self.recorder.flush()

    def run(self, command: cmd.Command) -> list[ev.Event]:
        """Execute *command* and what it makes necessary, each as a record of its own."""
        source = "timer" if isinstance(command, cmd.PassTime) else "client"
        events = list(self.engine.execute(command, self.at))
        root = self.recorder.record(self.at, source, 0, command, events)
        while (following := self.state.pending()) is not None:
            step = self.engine.execute(following, self.at)
            self.recorder.record(self.at, "engine", root, following, step)
            events += step
        self.recorder.flush()
        self.past += events
        return events

    def later(self, seconds: int) -> None:
        """Time passes, with everything that falls due."""
        self.passes(seconds * SECOND)


def busy_world(log: EventLog | None = None) -> LoggedWorld:
    """A world in which much has happened: trades, funding, a liquidation, a tape, refusals, timers set."""
    world = LoggedWorld(log, cash=10_000, maker_fee="0.0002", taker_fee="0.0005", liquidation_fee="0.0125")
    a, b, c = world.people
    for n in range(5):
        a.sells(2, at=101 + n, client_id=f"ask-{n}")
        b.buys(2, at=99 - n)
    c.buys(3, at=102)
    c.sells(1)
    c.buys("0.0001", at=100)
    c.cancels(a.no)  # type: ignore[arg-type]
    a.buys(1, at=50, tif=TimeInForce.GTD, more=Terms(good_till=Nanos(T0 + HOUR)))
    world.later(3)
    world.market = world.state.market_no[PERP]
    world.index(100)
    a.sells(30, at=101)
    b.buys(10, at=101)
    poor = world.joins("poor", 20)
    poor.buys("1.5", at=101)
    b.reduces(Side.SELL, 2, at=120)
    a.buys(5, at=70)
    world.index(85)
    world.later(8 * 3600)
    a.buys(5, at=70)
    world.run(cmd.SetLeverage(b.no, world.market, 5))
    _tape(world, world.state.market_no[SPOT])
    return world


def _tape(world: LoggedWorld, market: MarketNo) -> None:
    world.run(cmd.OpenAccount(f"house:{SPOT}", "binance", AccountClass.HOUSE))
    bids = Levels.of([(units(90), units(3)), (units(89), units(1))])
    world.run(cmd.AdjustBook(market, bids, Levels.of([(units(130), units(2))]), snapshot=True))
    world.run(cmd.PrintTrade(market, Price(units(90)), Quantity(units(1)), Side.SELL))
