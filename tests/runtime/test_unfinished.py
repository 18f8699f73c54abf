"""Alarms belong to the step that sets them off: whoever goes on from between the two comes to the same ones."""

from collections.abc import Sequence

import pytest

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.notes import AlarmRaised
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from simexchange.runtime.clock import Mode
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.pinning import pinned
from tests.runtime.test_restart import cut
from tests.runtime.test_watch import DISTANCE, FALL, alarm, crash
from tests.runtime.world import HEADER, after

END = after(130)


def to_the_end(exchange: Exchange) -> tuple[int, bytes]:
    """Past every alarm that stops the clock; where the log ends."""
    while exchange.now() < END:
        exchange.advance_to(END)
    exchange.flush()
    return exchange.seq, exchange.log.last_digest


@pytest.mark.parametrize("path", [FALL, (9_990, 8_800, 9_500)], ids=["a fall", "a jump past everything"])
def test_from_every_record_a_rewind_a_restart_and_a_pinned_fork_come_to_the_same_digest(path: Sequence[int]) -> None:
    """Between a mark and its alarms, among several, within the liquidation before them."""
    exchange = crash(path, log=MemoryLog(HEADER))
    alarm(exchange, pause=True)
    alarm(exchange, DISTANCE, 3, "near")
    alarm(exchange, percent=98, name="late")
    begun = exchange.seq
    end = to_the_end(exchange)
    whole = cut(exchange.log, exchange.seq)
    told = [record.seq for record in records(whole) if any(isinstance(each, AlarmRaised) for each in record.events)]
    sold = [
        record.seq
        for record in records(whole)
        if any(isinstance(each, ev.LiquidationStarted) for each in record.events)
    ]
    assert len(told) >= 4
    assert sold
    near = {seq + off for seq in (*told, *sold) for off in range(-3, 3)}

    for seq in sorted(seq for seq in near if begun <= seq < end[0]):
        assert pinned(whole, cut(whole, seq), seq).same, f"pinned after {seq}"
        again = crash(path, log=cut(whole, seq))
        assert to_the_end(again) == end, f"started again after {seq}"
        again.close()
        exchange.rewind(seq)
        assert to_the_end(exchange) == end, f"went back to {seq}"
    exchange.close()


def test_an_alarm_that_stops_the_clock_stops_it_again() -> None:
    exchange = crash()
    alarm(exchange, pause=True)
    exchange.advance_to(END)
    raised = exchange.views.alarms.raised()[0]
    exchange.resume()
    assert exchange.clock.speed.mode is Mode.RUN

    exchange.rewind(raised.seq - 1)

    assert (exchange.seq, exchange.now(), exchange.clock.speed.mode) == (raised.seq, raised.at, Mode.PAUSED)
    exchange.close()
