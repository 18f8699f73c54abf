"""Own alarms in the shipped market: a flash crash by its scenario, and somebody who is long in it."""

from simexchange.config.assembling import Assembly, Setup
from simexchange.config.opening import AccountSpec, Gift
from simexchange.config.scenarios import load
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.notes import AlarmRaised, SetAlarm
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.runtime.clock import PAUSED
from tests.eventlog.world import HEADER

PERP = "perp:BTC-USDT"


def crashed() -> MemoryLog:
    """One bitcoin long at twenty times with 4,000 behind it, through a crash of 7 % in 100 seconds."""
    log = MemoryLog(HEADER)
    somebody = AccountSpec("ann", "binance", (Gift("usdm", "USDT", Amount(4_000 * ONE)),))
    setup = Setup(
        feed="ladder",
        scenario=load("flash_crash", {"wait": "10s", "drop": "7%", "fall": "100s"}),
        speed=PAUSED,
        durability=OFF,
        accounts=(somebody,),
    )
    exchange = Assembly(setup, log, checkpoints=False).exchange
    exchange.start_feeds()
    state, began = exchange.state, exchange.now()
    ann, perp = state.account_no["ann"], state.market_no[PERP]
    exchange.advance_to(Nanos(began + 5 * SECOND))
    exchange.submit(cmd.SetLeverage(ann, perp, 20))
    exchange.submit(cmd.PlaceOrder(ann, perp, Side.BUY, OrderKind.MARKET, Quantity(ONE), Price(0), TimeInForce.GTC))
    exchange.submit(SetAlarm(ann, "half", "margin_ratio", Rate(ONE // 2), pause=True), "control")
    exchange.submit(SetAlarm(ann, "near", "liquidation_distance", Rate(3 * ONE // 100)), "control")
    while exchange.now() < began + 115 * SECOND:
        exchange.advance_to(Nanos(began + 115 * SECOND))
    exchange.flush()
    exchange.close()
    return log


def test_they_go_off_before_the_margin_call_and_two_runs_are_one() -> None:
    """In order of the log: 3 % before the end, then at half the ratio, then the venue's call, then the liquidation."""
    log, again = crashed(), crashed()

    firsts: dict[str, tuple[int, int]] = {}
    for record in records(log):
        for event in record.events:
            if isinstance(event, AlarmRaised) and not event.over:
                firsts.setdefault(event.name, (record.seq, record.at))
            elif isinstance(event, (ev.MarginCallIssued, ev.LiquidationStarted)):
                firsts.setdefault(type(event).__name__, (record.seq, record.at))
    order = sorted(firsts, key=lambda name: firsts[name])
    assert order == ["near", "half", "MarginCallIssued", "LiquidationStarted"]
    assert log.last_digest == again.last_digest
    assert recheck(log).ok
