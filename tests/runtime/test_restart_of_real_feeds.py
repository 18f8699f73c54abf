"""The feeds that are shipped, stopped anywhere and begun again: the same log."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from simexchange.config import markets, opening
from simexchange.core.calendar import current_quarter
from simexchange.core.vocabulary.commands import NoteFeed, PassTime
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.eventlog.verify import verify
from simexchange.feeds.contract import Feed
from simexchange.feeds.recorded.feed import RecordedFeed
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from tests.core.world import T0
from tests.runtime.test_restart import cut
from tests.runtime.world import HEADER, HandWall

MakeFeed = Callable[[], Feed[Any]]


LISTINGS = [
    # Without the ten minutes in which positions may only be closed there is something to deliver at once.
    msgspec.structs.replace(each, market=msgspec.structs.replace(each.market, closing=Nanos(0)))
    for each in markets.preset().values()
]


def run(log: EventLog, feed: Feed[Any], seconds: float) -> Exchange:
    """Begin or go on, up to so many seconds after the start."""
    exchange = Exchange(log, feeds=[feed], speed=PAUSED, wall=HandWall())
    exchange.catch_up()
    for command in opening.opening(LISTINGS, exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    exchange.advance_to(Nanos(log.header.start + int(seconds * SECOND)))
    exchange.close()
    return exchange


def same_after_every_cut(make: MakeFeed, seconds: int, cuts: int, header: Header = HEADER, since: int = 0) -> EventLog:
    """Stop after records chosen at random, begin again, and compare the final digests. *since*: of that time on."""
    whole = run(MemoryLog(header), make(), seconds).log
    started = next(
        record.seq
        for record in records(whole)
        if isinstance(record.command, NoteFeed | PassTime) and record.at >= since
    )
    draw = random.Random(5)

    for seq in sorted(draw.sample(range(started, whole.last_seq), cuts)):
        again = run(cut(whole, seq), make(), seconds)

        assert again.log.last_digest == whole.last_digest, f"stopped after record {seq} of {whole.last_seq}"
    assert recheck(whole).ok
    return whole


def test_the_synthetic_market_goes_on_as_if_it_had_not_been_stopped() -> None:
    same_after_every_cut(lambda: SyntheticFeed(Settings()), 20, cuts=10)


def test_a_delivery_goes_on_as_if_it_had_not_been_stopped() -> None:
    """Ten seconds around a quarter's end, stopped after any of the records from the expiry on."""
    expiry = current_quarter(T0)
    header = Header(seed=3, start=Nanos(expiry - 8 * SECOND))

    whole = same_after_every_cut(lambda: SyntheticFeed(Settings(history=Nanos(0))), 10, 12, header, expiry)

    delivered = [event for record in records(whole) for event in record.events if isinstance(event, PositionDelivered)]
    assert delivered
    assert verify(whole).ok


def test_a_tape_goes_on_as_if_it_had_not_been_stopped(shared_data: Path) -> None:
    tape = shared_data / "binance_streams" / "usdm_btcusdt.gz"
    listings = markets.preset()

    def make() -> Feed[Any]:
        specs = {market: listing.market for market, listing in listings.items()}
        rules = {(bundle, market): each.rules for bundle in opening.BUNDLES for market, each in listings.items()}
        return RecordedFeed(str(tape), markets=specs, rules=rules)

    same_after_every_cut(make, 10, cuts=4)
