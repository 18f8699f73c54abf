"""The scenarios that ship do what their names say."""

from simexchange.config import markets
from simexchange.config.scenarios import fitting, load, shipped
from simexchange.core.marks import funding_rate
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import FundingPaid
from simexchange.core.vocabulary.liquidations import LiquidationStarted
from simexchange.core.vocabulary.orders import OrderKind, Side, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import HOUR, ONE, Price, Quantity
from simexchange.feeds.scripted import LadderSettings
from tests.feeds.scripted.still import SPOT, START, Still, events


def test_a_flash_crash_reaches_its_low_and_its_recovery_to_the_tick() -> None:
    still = Still(load("flash_crash", {"drop": "25%", "recover": "50%"}).timeline)
    still.wait(60)
    before = (still.index(), still.market().last)
    still.wait(30)
    low = [still.index(), still.market(SPOT).last / ONE, still.market().last / ONE, still.market().mark / ONE]
    still.wait(125)
    after = [still.index(), still.market(SPOT).last / ONE, still.market().last / ONE, still.market().mark / ONE]

    assert before == (60_000.0, 60_000 * ONE)
    assert low == [45_000] * 4
    assert after == [52_500] * 4
    assert still.book(levels=1) == ([(52_499.9, 10.0)], [(52_500.1, 10.0)])


def test_a_tenfold_long_does_not_survive_a_flash_crash_and_a_hedged_one_does() -> None:
    still = Still(load("flash_crash").timeline)
    long, small = still.account("long", USDT=6_100), still.account("small", USDT=50_000)
    for no in (long, small):
        still.do(cmd.SetLeverage(no, still.market().no, 10))
        still.order(no, 1)

    still.wait(2 * 3_600)

    assert [event.account for event in events(still.log, LiquidationStarted)] == [long]
    assert not still.of(long).positions
    assert still.of(small).positions


def test_a_stop_order_is_woken_by_the_trades_of_a_flash_crash() -> None:
    still = Still(load("flash_crash").timeline)
    no = still.account("a", USDT=50_000)
    still.order(no, 1)
    trigger = Trigger(Price(55_000 * ONE), TriggerPrice.LAST, rising=False)
    stop = cmd.PlaceOrder(
        no, still.market().no, Side.SELL, OrderKind.MARKET, Quantity(ONE), Price(0), TimeInForce.IOC, "",
        Terms(trigger=trigger, reduce_only=True),
    )  # fmt: skip
    still.do(stop)

    still.wait(3_600)

    assert not still.of(no).positions


def test_a_funding_spike_pays_what_the_formula_says() -> None:
    still = Still(load("funding_spike", {"rate": "0.2%", "lasts": "24h"}).timeline)
    short = still.account("short", USDT=100_000)
    still.order(short, -1)

    still.wait(32 * 3_600)

    paid = [event for event in events(still.log, FundingPaid) if event.account == short]
    rates = [event.rate for event in paid]
    expected = funding_rate(ONE * 25 // 10_000, still.market().spec, START + 8 * HOUR, 8 * HOUR)
    assert rates == [expected] * 3 + [10_000]
    assert expected == ONE * 2 // 1_000
    assert [event.amount for event in paid] == [event.mark * event.rate // ONE for event in paid]


def test_calm_stays_within_its_swing_and_comes_back_each_hour() -> None:
    still = Still(load("calm").timeline, names=[SPOT])
    seen = []
    for _ in range(48):
        still.wait(300)
        seen.append(still.index())

    assert max(seen) == 60_030
    assert 0 < max(abs(price - 60_000) for price in seen) <= 30.02
    assert abs(seen[-1] - 60_000) <= 0.02


def test_every_shipped_scenario_fits_the_shipped_markets_and_says_what_it_is() -> None:
    for name in shipped():
        found = load(name)
        fitting(found, markets.preset(), dict(LadderSettings().prices))

        assert found.title
        assert found.about
