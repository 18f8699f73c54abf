"""Explanations of margin: the printed formulas, with the printed inputs, give the printed numbers."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import margin
from simexchange.core.explaining.accounts import explain_margin, position_name
from simexchange.core.explaining.figures import NONE, Section
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, market_of
from simexchange.core.vocabulary.orders import MarginMode, PositionMode, Slot, Terms
from simexchange.core.vocabulary.units import ONE, Amount, Price
from simexchange.projections.origins import OriginsView
from tests.core.formulas import FUNCTIONS, Reader, check_sections, shown
from tests.core.test_inverse import SPEC as COIN
from tests.core.test_pooled_assets import RULES as POOLING
from tests.core.world import PERP, TIERS, World, units


class Origined(World):
    """A world that remembers which of its records set what."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self.origins = OriginsView()
        self.seq = 0
        super().__init__(*given, **options)

    def run(self, command: cmd.Command) -> list[Any]:
        events = []
        following: cmd.Command | None = command
        while following is not None:
            self.seq += 1
            made = self.engine.execute(following, self.at)
            for event in made:
                self.origins.apply(self.seq, self.at, event)
            events += made
            following = self.state.pending()
        self.past += events
        return events

    def explain(self, who: Any) -> tuple[Section, ...]:
        return explain_margin(self.state, self.state.accounts[who.no], self.origins)


def test_the_margin_of_a_long_is_explained_to_the_last_digit() -> None:
    """10 at 100 with 109 of cash and the mark at 95: −50, 10x, 1 % of 950."""
    world = Origined(PERP, cash=109)
    rich = world.joins("rich", 1_000_000)
    world.index(100)
    rich.sells(10, at=100)
    world.taker.buys(10)
    world.mark(95)

    sections = world.explain(world.taker)

    position = shown(sections, PERP)
    assert (position["qty"], position["cost"]) == ("10", "1000")
    assert [position[name] for name in ("entry_price", "mark", "notional", "unrealised")] == ["100", "95", "950", "-50"]
    assert [position[name] for name in ("leverage", "initial_margin", "maintenance")] == ["10", "95", "9.5"]
    pool = shown(sections, "usdm USDT")
    assert [pool[name] for name in ("wallet", "margin_balance", "available")] == ["109", "59", "0"]
    assert pool["margin_ratio"] == "0.16101694"
    ends = shown(sections, f"{PERP}: where it ends")
    # 10 p − 1000 + 109 = 0.1 p at 891 ÷ 9.9 = 90; nothing is left at 95 − 59 ÷ 10.
    assert (ends["liquidation_price"], ends["bankruptcy_price"]) == ("90", "89.1")
    assert check_sections(sections) > 20


def test_every_number_names_the_record_it_came_from() -> None:
    """The deposit, the trade, the mark and the leverage each happened in a record of their own."""
    world = Origined(PERP, people=("maker", "taker"))
    world.index(100)
    world.run(cmd.SetLeverage(world.taker.no, world.market, 5))
    levered = world.seq
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    traded = world.seq
    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(ONE)))
    paid = world.seq
    world.mark(101)
    marked = world.seq

    sections = world.explain(world.taker)

    facts = {each.name: each for section in sections for each in section.facts}
    seqs = {name: facts[name].seq for name in ("leverage", "qty", "wallet", "mark")}
    assert seqs == {"leverage": levered, "qty": traded, "wallet": paid, "mark": marked}
    figures = {figure.name: figure for figure in sections[0].figures}
    assert (figures["unrealised"].seq, figures["initial_margin"].seq) == (marked, marked)


def test_the_brackets_that_were_tried_are_shown_with_the_reason() -> None:
    """20 at 100 with 300: in the first bracket the answer would be 1717.17 ÷ 20, worth more than its cap of 1,000."""
    world = Origined(PERP, cash=300)
    rich = world.joins("rich", 1_000_000)
    world.index(100)
    rich.sells(20, at=100)
    world.taker.buys(20)

    sections = world.explain(world.taker)

    ends = next(section for section in sections if section.name.endswith("where it ends"))
    tried = {figure.name: figure for figure in ends.figures}
    assert "not in (0, 1000]" in tried["in_bracket_1"].note
    assert tried["liquidation_price"].note == "bracket 2, by its worth at this price"
    # 20 p − 2000 + 300 = 0.05 × 20 p − 40 at 1660 ÷ 19.
    assert tried["liquidation_price"].value == "87.36842105"
    check_sections(sections)


def test_a_position_that_cannot_fall_says_so() -> None:
    """A long with more cash than it cost."""
    world = Origined(PERP)
    world.index(100)
    world.maker.sells(1, at=100)
    world.taker.buys(1)

    ends = shown(world.explain(world.taker), f"{PERP}: where it ends")

    assert ends["liquidation_price"] == NONE


step = st.one_of(
    st.tuples(
        st.just("order"), st.integers(0, 2), st.sampled_from([1, -1]), st.integers(1, 9_999), st.integers(600, 1400),
        st.booleans(),
    ),
    st.tuples(st.just("mark"), st.integers(0, 1), st.integers(5_000, 15_000)),
    st.tuples(st.just("leverage"), st.integers(0, 2), st.integers(1, 20), st.integers(0, 1)),
    st.tuples(st.just("money"), st.integers(0, 2), st.integers(1, 99_999_999)),
)  # fmt: skip


def drawn_world(steps: list[Any]) -> Origined:
    """Three people in a linear and an inverse market, doing what was drawn."""
    world = Origined(PERP, cash=3_000)
    world.run(cmd.ListMarket(COIN))
    coin = world.state.market_no[COIN.id]
    rules = world.state.rules["binance", world.market]
    world.run(cmd.SetRules("binance", coin, rules))
    world.run(cmd.ProvideCapital("coinm", "BTC", Amount(1_000 * ONE)))
    for person in world.people:
        world.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(3 * ONE)))
    world.index(100)
    world.run(cmd.SetIndex("BTC-USD", Price(100 * ONE)))
    markets = (world.market, coin)
    for kind, *what in steps:
        if kind == "order":
            who, side, qty, price, inverse = what
            world.market = markets[inverse]
            person = world.people[who]
            amount = str(max(1, qty // 1_000)) if inverse else f"{qty // 1000}.{qty % 1000:03d}"
            if amount != "0.000":
                (person.buys if side > 0 else person.sells)(amount, at=f"{price // 10}.{price % 10}")
        elif kind == "mark":
            which, price = what
            world.run(cmd.SetMark(markets[which], Price(price * ONE // 100)))
        elif kind == "leverage":
            who, leverage, which = what
            world.run(cmd.SetLeverage(world.people[who].no, markets[which], leverage))
        elif kind == "money":
            who, amount = what
            world.run(cmd.Deposit(world.people[who].no, "usdm", "USDT", Amount(amount)))
    return world


@given(st.lists(step, max_size=40))
@settings(max_examples=150, deadline=None)
def test_printed_formulas_with_printed_inputs_give_the_printed_numbers(steps: list[Any]) -> None:
    """Whatever happened, for everybody, of linear and of inverse contracts; and the figures are the engine's."""
    world = drawn_world(steps)
    fund: Any = AccountNo(1)

    for no in (fund, *(person.no for person in world.people)):
        account = world.state.accounts[no]
        sections = explain_margin(world.state, account, world.origins)
        check_sections(sections)
        for section in sections:
            assert all(0 < each.seq <= world.seq for each in section.facts if each.value != "0"), section
        if account.positions:
            key = next(iter(account.positions))
            market = world.state.markets[key]  # type: ignore[index]
            found = shown(sections, f"{market.spec.id}: where it ends")["liquidation_price"]
            price = margin.liquidation_price(world.state, account, market, key)
            assert (0 if found == NONE else units(found)) == price


def test_as_much_holds_in_worlds_with_many_positions() -> None:
    """Every kind of figure, and each way a liquidation price comes about, is among them."""
    seen: Counter[str] = Counter()
    for seed in range(40):
        chance = Random(seed)
        world = drawn_world([random_step(chance) for _ in range(60)])
        for no in (AccountNo(1), *(person.no for person in world.people)):
            sections = explain_margin(world.state, world.state.accounts[no], world.origins)
            check_sections(sections)
            seen.update(figure.name for section in sections for figure in section.figures if figure.value != NONE)
            seen.update(figure.note for section in sections for figure in section.figures)

    wanted = [
        "entry_price", "value", "dollars", "maintenance", "order_margin", "withdrawable", "margin_ratio",
        "in_bracket_1", "liquidation_price", "bankruptcy_price", "break_even_price",
        "bracket 1, by its worth at this price", "bracket 2, by its worth at this price",
        "no price above zero leaves too little",
    ]  # fmt: skip
    assert [name for name in wanted if not seen[name]] == []


def random_step(chance: Random) -> Any:
    """One step of `drawn_world`."""
    kind = chance.choice(("order",) * 6 + ("mark", "leverage", "money"))
    if kind == "order":
        terms = (chance.choice((1, -1)), chance.randint(1, 9_999), chance.randint(900, 1_100), chance.random() < 0.4)
        return kind, chance.randrange(3), *terms
    if kind == "mark":
        return kind, chance.randrange(2), chance.randint(8_000, 12_000)
    if kind == "leverage":
        return kind, chance.randrange(3), chance.randint(1, 20), chance.randrange(2)
    return kind, chance.randrange(3), chance.randint(1, 99_999_999)


def modal_world(chance: Random) -> Origined:
    """Four people in a linear and an inverse market: cross, isolated, hedging, and one who pools USDT and BTC."""
    people = ("cross", "apart", "hedger", "pooler")
    world = Origined(PERP, bundle=POOLING, people=people, cash=400, taker_fee="0.0005")
    world.run(cmd.ListMarket(COIN))
    coin = world.state.market_no[COIN.id]
    world.run(cmd.SetRules("binance", coin, world.state.rules["binance", world.market]))
    world.run(cmd.ProvideCapital("coinm", "BTC", Amount(1_000 * ONE)))
    markets = (world.market, coin)
    cross, apart, hedger, pooler = (person.no for person in world.people)
    for no in (cross, apart, hedger, pooler):
        world.run(cmd.Deposit(no, "coinm", "BTC", Amount(4 * ONE)))
    world.run(cmd.Deposit(pooler, "usdm", "BTC", Amount(3 * ONE)))
    world.index(100)
    world.run(cmd.SetIndex("BTC-USD", Price(100 * ONE)))
    world.run(cmd.SetCollateralMode(pooler, unified=True))
    world.run(cmd.SetPositionMode(hedger, PositionMode.HEDGE))
    for market in markets:
        world.run(cmd.SetMarginMode(apart, market, MarginMode.ISOLATED))
    for _ in range(50):
        kind = chance.choice(("order",) * 8 + ("mark", "leverage", "index"))
        which = chance.random() < 0.35
        if kind == "order":
            world.market = markets[which]
            person = chance.choice(world.people)
            slot = Slot.NET if person.no != hedger else chance.choice((Slot.LONG, Slot.SHORT))
            terms = Terms(slot=slot) if slot else None
            trade = person.buys if chance.random() < 0.5 else person.sells
            trade(chance.randint(1, 8), at=chance.randint(94, 106), more=terms)
        elif kind == "mark":
            world.run(cmd.SetMark(markets[which], Price(chance.randint(8_500, 11_500) * ONE // 100)))
        elif kind == "leverage":
            world.run(cmd.SetLeverage(chance.choice(world.people).no, markets[which], chance.randint(1, 20)))
        else:
            world.index(chance.randint(90, 110))
    return world


def test_every_mode_is_explained() -> None:
    """Cross and isolated, longs beside shorts, and assets that back everything together: all of it holds."""
    seen: Counter[str] = Counter()
    for seed in range(60):
        world = modal_world(Random(seed))
        for person in world.people:
            account = world.state.accounts[person.no]
            sections = explain_margin(world.state, account, world.origins)
            check_sections(sections)
            for key in account.positions:
                market = world.state.markets[market_of(key)]
                found = shown(sections, f"{position_name(market, key)}: where it ends")["liquidation_price"]
                price = margin.liquidation_price(world.state, account, market, key)
                assert (0 if found == NONE else units(found)) == price
            for section in sections:
                seen[section.note] += 1
                seen.update(f"{person.name} {figure.name}" for figure in section.figures if figure.value != NONE)
                seen.update(f"{person.name} {fact.name}" for fact in section.facts)

    wanted = [
        "isolated margin", "the wallet of an isolated position", "all its assets together, in USD",
        "apart liquidation_price", "hedger liquidation_price", "hedger rate_2", "pooler losable", "pooler elsewhere",
    ]  # fmt: skip
    assert [name for name in wanted if not seen[name]] == []


def test_the_margin_of_a_hedged_account_by_hand() -> None:
    """Long 10 from 100 and short 6 from 104, with 200, the mark at 102: 20 and 12 gained; 5 % of 1,020 less 40 and 1 %
    of 612 are needed. Both fall at one price, where 1 % of each is: 200 + 10 p − 1000 + 624 − 6 p = 0.16 p at
    176 ÷ 3.84.
    """
    world = Origined(PERP, people=("maker", "taker"), cash=200)
    rich = world.joins("rich", 1_000_000)
    world.run(cmd.SetPositionMode(world.taker.no, PositionMode.HEDGE))
    world.index(100)
    rich.sells(10, at=100)
    world.taker.buys(10, at=100, more=Terms(slot=Slot.LONG))
    rich.buys(6, at=104)
    world.taker.sells(6, at=104, more=Terms(slot=Slot.SHORT))
    world.mark(102)

    sections = world.explain(world.taker)

    check_sections(sections)
    long, short = shown(sections, f"{PERP} LONG"), shown(sections, f"{PERP} SHORT")
    assert [long[name] for name in ("qty", "unrealised", "notional", "maintenance")] == ["10", "20", "1020", "11"]
    assert [short[name] for name in ("qty", "unrealised", "notional", "maintenance")] == ["-6", "12", "612", "6.12"]
    pool = shown(sections, "usdm USDT")
    assert [pool[name] for name in ("wallet", "margin_balance", "maintenance")] == ["200", "232", "17.12"]
    assert [pool[name] for name in ("position_initial", "available")] == ["163.2", "68.8"]
    ends = shown(sections, f"{PERP} LONG: where it ends"), shown(sections, f"{PERP} SHORT: where it ends")
    assert [each["liquidation_price"] for each in ends] == ["45.83333333"] * 2
    assert [each["bankruptcy_price"] for each in ends] == ["78.8", "140.66"]


def test_all_functions_of_the_grammar_are_known_here() -> None:
    from simexchange.core.explaining import figures

    assert set(FUNCTIONS) == set(figures.FUNCTIONS)


@pytest.mark.parametrize("text", ["1 +", "a $ b", "(1", "1 2", "max(1"])
def test_what_is_not_in_the_grammar_is_found(text: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        Reader(text, {"a": 1, "b": 2}).whole()  # type: ignore[dict-item]


def test_the_brackets_of_these_tests_are_the_worlds() -> None:
    assert [tier.maintenance_rate for tier in TIERS] == [1_000_000, 5_000_000]
