"""A liquidation from the mark that tripped it to its end, every number reckoned again."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from simexchange.core.explaining.figures import Section
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import first_id
from simexchange.core.vocabulary.markets import MarketRules
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Slot, Terms
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Price, decimal_text
from simexchange.errors import NotThere
from simexchange.eventlog import explaining
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from tests.core.formulas import check_explanation
from tests.core.test_inverse import SPEC as COIN
from tests.core.test_pooled_assets import RULES as POOLING
from tests.core.world import PERP, only
from tests.eventlog.world import HEADER, LoggedWorld, busy_world


def long_of(qty: int, cash: int, **options: Any) -> LoggedWorld:
    """The taker is long *qty* at 100 with *cash* of its own; selling costs 1.25 %."""
    people = ("maker", "taker", "third")
    world = LoggedWorld(MemoryLog(HEADER), market=PERP, people=people, liquidation_fee="0.0125", **options)
    world.index(100)
    world.maker.sells(qty, at=100)
    world.taker.buys(qty)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - cash) * ONE)))
    return world


def explained(world: LoggedWorld, which: str = "taker:1") -> list[tuple[Section, dict[str, str]]]:
    """Its sections, each with its values by name; every formula is reckoned again."""
    found = explaining.liquidation(world.log, which)
    check_explanation(found)
    return [(section, values(section)) for section in found.sections]


def values(section: Section) -> dict[str, str]:
    return {
        **{fact.name: fact.value for fact in section.facts},
        **{figure.name: figure.value for figure in section.figures},
    }


def names(found: list[tuple[Section, dict[str, str]]]) -> list[str]:
    return [section.name for section, _ in found]


def test_a_reduction_is_explained_to_the_last_digit() -> None:
    """At 92 the balance is 45, needed are 52. Each 1 sold costs 1.15 and frees 4.6: 7 ÷ 3.45 = 2.0289…"""
    world = long_of(20, 205)
    world.third.buys(5, at=92)
    world.mark(92)

    found = explained(world)

    expected = [
        f"the mark: {PERP}", "it begins", f"sell: {PERP}", "sold to third", "liquidation fee", "it ends",
    ]  # fmt: skip
    assert names(found) == expected
    mark, begun, step, sold, fee, ended = [numbers for _, numbers in found]
    assert mark == {"mark": "92"}
    assert [begun[name] for name in ("cash", "unrealised_1", "balance", "maintenance")] == ["205", "-160", "45", "52"]
    assert [begun[name] for name in ("qty_1", "cost_1", "mark_1", "worth_1")] == ["20", "2000", "92", "1840"]
    assert [step[name] for name in ("size", "bankruptcy_price", "charge")] == ["2.029", "89.75", "2.33335"]
    assert [step[name] for name in ("balance_after", "worth_after", "maintenance_after")] == [
        "42.66665", "1653.332", "42.6666",
    ]  # fmt: skip
    assert [sold[name] for name in ("price", "value", "cost_out", "realised")] == ["92", "186.668", "202.9", "-16.232"]
    assert [fee[name] for name in ("sold", "fee_rate", "left", "fee")] == ["186.668", "0.0125", "45", "2.33335"]
    assert (ended["balance"], ended["maintenance"]) == ("42.66665", "42.6666")


def test_the_records_are_those_in_which_it_happened() -> None:
    """The mark's is the one that tripped it; each step tells of its own."""
    world = long_of(20, 205)
    world.third.buys(5, at=92)
    world.mark(92)
    by_seq = {record.seq: record for record in records(world.log)}

    found = explained(world)

    def happened(section: Section, kind: type) -> Any:
        return only(by_seq[section.seq].events, kind)

    begun = found[1][0]
    mark = next(fact for fact in begun.facts if fact.name == "mark_1")
    assert happened(begun, ev.LiquidationStarted)[0].account == world.taker.no
    assert mark.seq == begun.seq
    assert happened(begun, ev.MarkSet)[0].mark == 92 * ONE
    assert f"the mark of {PERP} moved in this record" in begun.note
    assert happened(found[0][0], ev.MarkSet)
    assert happened(found[2][0], ev.LiquidationStepDecided)
    assert happened(found[3][0], ev.TradeExecuted)
    assert happened(found[-1][0], ev.LiquidationFinished)
    cash = next(fact for fact in begun.facts if fact.name == "cash")
    assert only(by_seq[cash.seq].events, ev.FundsWithdrawn)


def test_what_nobody_buys_the_fund_takes_over() -> None:
    """Orders end first; 92 − 45 ÷ 20 = 89.75 is where the fund takes all of it, having 1,000,000."""
    world = long_of(20, 205)
    world.taker.buys("0.5", at=50)
    world.mark(92)

    found = explained(world)

    expected = [
        f"the mark: {PERP}", "it begins", f"its orders end: {PERP}", f"sell: {PERP}", f"nobody took: {PERP}",
        f"the fund takes over: {PERP}", "taken over by insurance", "it ends",
    ]  # fmt: skip
    assert names(found) == expected
    over, taken = found[5][1], found[6][1]
    assert [over[name] for name in ("fund_balance", "short", "fund_after")] == ["1000000", "0", "1000000"]
    assert [taken[name] for name in ("qty", "price", "realised")] == ["20", "89.75", "-205"]


def test_what_the_fund_cannot_bear_the_other_side_takes_by_rank() -> None:
    """The mark gaps to 80: the balance is −195, and the fund has nothing to lose. Who is short gives up his gain."""
    world = long_of(20, 205, capital=0)
    world.mark(80)

    found = explained(world)

    assert f"the other side takes: {PERP}" in names(found)
    decided = next(numbers for section, numbers in found if section.name == f"the other side takes: {PERP}")
    assert [decided[name] for name in ("short", "fund_balance", "fund_after")] == ["195", "0", "-195"]
    rank = next(numbers for section, numbers in found if section.name == "auto-deleveraging: maker")
    assert (rank["gained"], rank["qty"]) == ("400", "20")
    assert "taken by maker" in names(found)
    assert names(found)[-1] == "it ends"


def test_the_mark_that_tripped_it_is_explained() -> None:
    """The index falls from 100 to 80, where nobody offers; 100 was the last price: 80 with a basis of 20 is in the
    middle at first. A minute later the average basis is what the book says: a bid of 78, an offer of 82, so nothing.
    """
    world = long_of(20, 250)
    world.third.buys(1, at=78)
    world.third.sells(1, at=82)
    world.index(80)
    world.passes(60 * SECOND)
    world.index(80)

    mark = explained(world)[0]

    assert mark[0].name == f"the mark: {PERP}"
    assert (mark[1]["index"], mark[1]["basis"], mark[1]["last"], mark[1]["mark"]) == ("80", "0", "100", "80")
    assert {figure.name: figure.formula for figure in mark[0].figures}["mark"].startswith("max(0.00000001, median(")


def test_one_that_has_not_ended_is_told_as_far_as_it_came() -> None:
    world = long_of(20, 205)
    world.mark(92)
    row = explaining.liquidations(world.log)[0][1]

    found = explaining.liquidation(world.log, "taker:1", row.started)

    check_explanation(found)
    assert [section.name for section in found.sections] == [f"the mark: {PERP}", "it begins"]


def test_a_liquidation_is_asked_for_by_id_or_by_account() -> None:
    world = long_of(20, 205)
    world.mark(92)

    by_name = explaining.liquidation(world.log, "taker:1")

    assert explaining.liquidation(world.log, str(first_id(world.taker.no) + 1)) == by_name
    assert [(name, row.number) for name, row in explaining.liquidations(world.log)] == [("taker", 1)]


@pytest.mark.parametrize("which", ["nobody:1", "taker:2", "7", "", "taker"])
def test_an_unknown_liquidation_is_said_in_one_line(which: str) -> None:
    world = long_of(20, 205)
    world.mark(92)

    with pytest.raises(NotThere, match="the newest are taker:1"):
        explaining.liquidation(world.log, which)
    with pytest.raises(NotThere, match="there was none at all"):
        explaining.liquidation(world.log, which, 20)


def test_the_liquidations_of_a_busy_log_hold() -> None:
    world = busy_world()

    for name, row in explaining.liquidations(world.log):
        found = explaining.liquidation(world.log, f"{name}:{row.number}")
        assert check_explanation(found) > 5


def crash_world() -> LoggedWorld:
    """Six people with little money in a linear and an inverse market, who pay fees and have a poor fund.

    Two with cross margin, one whose is isolated, one who hedges, and two who pool USDT and BTC.
    """
    people = ("a", "b", "apart", "hedger", "pooler", "other")
    world = LoggedWorld(
        MemoryLog(HEADER), market=PERP, people=people, cash=300, capital=50, liquidation_fee="0.0125",
        taker_fee="0.0005", bundle=POOLING,
    )  # fmt: skip
    world.run(cmd.ListMarket(COIN))
    coin = world.state.market_no[COIN.id]
    rules: MarketRules = world.state.rules["binance", world.market]
    world.run(cmd.SetRules("binance", coin, rules))
    for person in world.people:
        world.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(3 * ONE)))
    world.index(100)
    world.run(cmd.SetIndex("BTC-USD", Price(100 * ONE)))
    _, _, apart, hedger, pooler, other = (person.no for person in world.people)
    for market in (world.market, coin):
        world.run(cmd.SetMarginMode(apart, market, MarginMode.ISOLATED))
    world.run(cmd.SetPositionMode(hedger, PositionMode.HEDGE))
    for no in (pooler, other):
        world.run(cmd.Deposit(no, "usdm", "BTC", Amount(ONE)))
        world.run(cmd.SetCollateralMode(no, unified=True))
    return world


def stormy(chance: Random) -> LoggedWorld:
    """Sixty things happen there, by *chance*."""
    world = crash_world()
    markets = (world.market, world.state.market_no[COIN.id])
    for _ in range(60):
        kind = chance.choice(("order",) * 10 + ("mark", "mark", "index", "wait"))
        if kind == "order":
            world.market = markets[chance.random() < 0.4]
            person = chance.choice(world.people)
            slot = chance.choice((Slot.LONG, Slot.SHORT)) if person.name == "hedger" else Slot.NET
            trade = person.buys if chance.random() < 0.5 else person.sells
            trade(chance.randint(1, 20), at=chance.randint(92, 108), more=Terms(slot=slot) if slot else None)
        elif kind == "mark":
            world.run(cmd.SetMark(markets[chance.random() < 0.4], Price(chance.randint(70, 135) * ONE)))
        elif kind == "index":
            world.run(cmd.SetIndex(chance.choice(("BTC-USDT", "BTC-USD")), Price(chance.randint(70, 135) * ONE)))
        else:
            world.passes(chance.randint(1, 7_200) * SECOND)
    return world


def test_every_number_of_every_liquidation_is_reckoned_again() -> None:
    """Linear and inverse, sold, taken over and deleveraged: what is told holds, and is what the events say."""
    seen: Counter[str] = Counter()
    for seed in range(60):
        world = stormy(Random(seed))
        rows = explaining.liquidations(world.log)
        by_seq = {record.seq: record for record in records(world.log)}

        assert len(rows) == len(only(world.past, ev.LiquidationStarted))
        for name, row in rows:
            found = explaining.liquidation(world.log, f"{name}:{row.number}")
            check_explanation(found)
            started = only(by_seq[row.started].events, ev.LiquidationStarted)
            balances = [decimal_text(event.balance) for event in started if event.account == row.account]
            begun = next(section for section in found.sections if section.name == "it begins")
            assert values(begun)["balance"] in balances
            assert (found.sections[-1].name == "it ends") is bool(row.finished)
            seen.update(f"{section.name.rpartition(' ')[0]} {row.asset}" for section in found.sections)
            seen.update((f"{name} {row.asset}", f"{row.wallet} {row.asset}"))

    kinds = (
        "the mark:", "it", "sold to", "bought from", "taken over by", "taken by", "the other side takes:",
        "liquidation",
    )  # fmt: skip
    assert [f"{kind} {asset}" for kind in kinds for asset in ("USDT", "BTC") if not seen[f"{kind} {asset}"]] == []
    pooled = ("sold to *", "bought from *", "taken by *", "exchange: BTC for *", "pooler *")
    whose = ("apart USDT", "hedger USDT", "hedger BTC", "coinm BTC", "usdm:2 USDT")
    assert [kind for kind in (*pooled, *whose) if not seen[kind]] == []


def test_a_mark_that_stayed_behind_its_index_is_told_of_with_what_the_fund_would_have_lost() -> None:
    """Short 10 from 100 with 60. The index is at 105.5 and 107 while the mark stands; it follows by itself."""
    world = LoggedWorld(MemoryLog(HEADER), market=PERP, people=("maker", "taker", "third"))
    world.index(100)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 20))
    world.maker.buys(10, at=100)
    world.taker.sells(10, at=100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount((1_000_000 - 60) * ONE)))
    world.index("105.5")
    told = explaining.margin(world.log, "taker")
    world.index(107)
    world.maker.sells(1, at=107)
    world.third.buys(1, at=107)
    world.index(107)

    found = explained(world)

    check_explanation(told)
    wallet = next(values(section) for section in told.sections if section.name == "usdm USDT")
    assert (wallet["beside"], wallet["withdrawable"]) == ("-55", "5")
    step = next((section, numbers) for section, numbers in found if section.name.startswith("the other side takes"))
    assert "no jump of the index" in step[0].note
    expected = {
        "index": "107", "beside": "0", "short": "10", "short_at_index": "10", "cover": "0", "cover_after": "0",
        "bankruptcy_price": "106", "fund_after": "999990",
    }  # fmt: skip
    assert {name: step[1][name] for name in expected} == expected
