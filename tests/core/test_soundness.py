"""Markets and rules that contradict themselves are refused in words; live changes count at once and never back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from simexchange.core import margin
from simexchange.core.soundness import fault_of_market, fault_of_rules
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarkFormula, PriceRules, Tier
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, T0, TIERS, World, kinds, only, units

PERPETUAL = Market(
    "perp:ETH-USDT", MarketKind.PERPETUAL, "ETH", "USDT", "USDT", Price(1), Quantity(1), index="ETH-USDT",
    funding_interval=Nanos(8 * HOUR),
)  # fmt: skip
DATED = msgspec.structs.replace(
    PERPETUAL, id="dated:ETH-USDT-261225", kind=MarketKind.DATED, funding_interval=Nanos(0), expiry=Nanos(T0 + DAY)
)
SPOT = Market("spot:ETH-USDT", MarketKind.SPOT, "ETH", "USDT", "USDT", Price(1), Quantity(1))
TWICE = (PriceRules(since=Nanos(5)), PriceRules(since=Nanos(5)))
TURNED = (PriceRules(), PriceRules(since=Nanos(1), formula=MarkFormula.AVERAGE_RATIO))

CONTRADICTIONS: list[tuple[Market, dict[str, Any], str]] = [
    (SPOT, {"base": ""}, "base: empty"),
    (SPOT, {"base": "USDT"}, "quote: the same as base"),
    (SPOT, {"tick": Price(0)}, "tick: not above zero"),
    (SPOT, {"step": Quantity(-1)}, "step: not above zero"),
    (SPOT, {"funding_interval": Nanos(HOUR)}, "funding_interval: a spot market has no funding"),
    (PERPETUAL, {"settle": "USDC"}, "settle: not the quote asset"),
    (PERPETUAL, {"contract_size": Amount(0)}, "contract_size: not above zero"),
    (PERPETUAL, {"impact_notional": Amount(0)}, "impact_notional: not above zero"),
    (PERPETUAL, {"expiry": Nanos(T0 + DAY)}, "expiry: a perpetual has none"),
    (PERPETUAL, {"funding_interval": Nanos(1)}, "funding_interval: shorter than a second"),
    (PERPETUAL, {"funding_interval": Nanos(7 * HOUR)}, "funding_interval: a day is no whole number of them"),
    (PERPETUAL, {"funding_floor": Rate(3_000_000)}, "funding_floor: above funding_cap"),
    (PERPETUAL, {"funding_cap": Rate(2 * ONE)}, "funding_cap: a position would pay more than it is worth"),
    (PERPETUAL, {"prices": TWICE}, "prices[1].since: not after that of the rules before"),
    (PERPETUAL, {"prices": TURNED}, "prices[1].formula: another one than before"),
    (
        PERPETUAL,
        {"prices": (PriceRules(basis_window=Nanos(0)),)},
        "prices[0].basis_window: not whole seconds of at most a day",
    ),
    (
        PERPETUAL,
        {"prices": (PriceRules(premium_every=Nanos(SECOND + 1)),)},
        "prices[0].premium_every: not whole seconds of at most a day",
    ),
    (PERPETUAL, {"prices": (PriceRules(damper=Rate(-1)),)}, "prices[0].damper: below zero"),
    (
        PERPETUAL,
        {"prices": (PriceRules(premium_every=Nanos(7 * MINUTE)),)},
        "prices[0].premium_every: funding_interval is no whole number of them",
    ),
    (DATED, {"expiry": Nanos(T0)}, "expiry: in the past"),
    (DATED, {"expiry": Nanos(0)}, "expiry: a dated future needs one"),
    (DATED, {"funding_interval": Nanos(HOUR)}, "funding_interval: a dated future has no funding"),
]


@pytest.mark.parametrize(("sound", "change", "fault"), CONTRADICTIONS, ids=[row[2] for row in CONTRADICTIONS])
def test_a_contradictory_market_is_refused_with_the_field_and_the_reason(
    sound: Market, change: dict[str, Any], fault: str
) -> None:
    """And is sound without the contradiction."""
    assert fault_of_market(sound, T0) == ""

    refused = World(PERP).run(cmd.ListMarket(msgspec.structs.replace(sound, **change)))

    assert kinds(refused) == ["CommandRefused"]
    assert (refused[0].reason, refused[0].detail) == (RejectReason.MARKET_INVALID, fault)


def tiers(*rows: tuple[int, int, int, str, int]) -> tuple[Tier, ...]:
    """Brackets from (floor, cap, leverage, rate, amount)."""
    return tuple(
        Tier(Amount(floor * ONE), Amount(cap * ONE), leverage, Rate(units(rate)), Amount(cum * ONE))
        for floor, cap, leverage, rate, cum in rows
    )


FIRST = (0, 1000, 20, "0.01", 0)
WRONG_TIERS = [
    (((1, 1000, 20, "0.01", 0),), "tiers[0].floor: not zero"),
    ((FIRST, (1001, 2000, 10, "0.05", 40)), "tiers[1].floor: not where the bracket before ends"),
    ((FIRST, (999, 2000, 10, "0.05", 40)), "tiers[1].floor: not where the bracket before ends"),
    ((FIRST, (1000, 1000, 10, "0.05", 40)), "tiers[1].cap: not above the floor"),
    (((0, 1000, 0, "0.01", 0),), "tiers[0].max_leverage: below 1"),
    (((0, 1000, 1, "1.01", 0),), "tiers[0].maintenance_rate: not from 0 to 1"),
    ((FIRST, (1000, 2000, 25, "0.05", 40)), "tiers[1].max_leverage: above that of the bracket before"),
    ((FIRST, (1000, 2000, 10, "0.005", -5)), "tiers[1].maintenance_rate: below that of the bracket before"),
    ((FIRST, (1000, 2000, 10, "0.05", 39)), "tiers[1].cum: not what makes maintenance margin continuous"),
]


@pytest.mark.parametrize(("rows", "fault"), WRONG_TIERS, ids=[fault for _, fault in WRONG_TIERS])
def test_brackets_with_gaps_or_steps_back_are_refused(rows: Any, fault: str) -> None:
    """And those of the test world are sound."""
    world = World(PERP)
    rules = world.state.rules["binance", world.market]
    assert fault_of_rules(rules) == ""

    wrong = msgspec.structs.replace(rules, tiers=tiers(*rows))
    refused = world.run(cmd.SetRules("binance", world.market, wrong))

    assert (kinds(refused), refused[0].detail) == (["CommandRefused"], fault)
    assert world.state.rules["binance", world.market] is rules


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"liquidation_fee": Rate(ONE + 1)}, "liquidation_fee: not from 0 to 1"),
        ({"delivery_fee": Rate(-1)}, "delivery_fee: not from 0 to 1"),
        ({"default_leverage": 0}, "default_leverage: below 1"),
        ({"fee_unit": Amount(0)}, "fee_unit: not above zero"),
        (
            {"filters": Filters(limit_soft=Rate(2), limit_hard=Rate(1))},
            "filters.limit_soft: not from 0 to limit_hard, and that at most 1",
        ),
    ],
)
def test_rules_that_nobody_can_reckon_with_are_refused(change: dict[str, Any], fault: str) -> None:
    """With the field and the reason."""
    rules = World(PERP).state.rules["binance", World(PERP).market]

    assert fault_of_rules(msgspec.structs.replace(rules, **change)) == fault


# On a live market


def test_new_brackets_count_at_once_and_move_what_a_position_must_keep() -> None:
    """A long of 9 at 100 must keep 1 % of 900; by the new brackets 5 %, and with 10 of profit less it is liquidated."""
    world = World(PERP, cash=100)
    world.index(100)
    world.maker.sells(9, at=100)
    world.taker.buys(9)
    rules = world.state.rules["binance", world.market]
    account = world.state.accounts[world.taker.no]
    before = margin.maintenance_total(world.state, account, "usdm", "USDT")

    stricter = msgspec.structs.replace(rules, tiers=tiers((0, 100_000, 10, "0.05", 0)))
    events = world.run(cmd.SetRules("binance", world.market, stricter))
    after = margin.maintenance_total(world.state, account, "usdm", "USDT")
    impossible = msgspec.structs.replace(rules, tiers=tiers((0, 100_000, 5, "0.2", 0)))
    then = world.run(cmd.SetRules("binance", world.market, impossible))

    assert (before, after) == (units(9), units(45))
    assert kinds(events) == ["RulesSet"]
    assert kinds(then)[:2] == ["RulesSet", "LiquidationStarted"]
    assert then[1].maintenance == units(180)


def test_new_fees_count_for_the_next_trade_and_never_for_one_before() -> None:
    """The change is an event; what was paid stays paid, and a resting order pays by the rates of its fill."""
    world = World(PERP, taker_fee="0.001")
    world.index(100)
    world.maker.sells(3, at=100)
    first = only(world.taker.buys(1), ev.TradeExecuted)[0]
    cash = world.taker.cash
    rules = world.state.rules["binance", world.market]

    events = world.run(
        cmd.SetRules("binance", world.market, msgspec.structs.replace(rules, taker=Rate(units("0.002"))))
    )
    unchanged = world.taker.cash
    second = only(world.taker.buys(1), ev.TradeExecuted)[0]
    own = world.run(cmd.SetFees(AccountNo(world.taker.no), world.market, Rate(0), Rate(units("0.0005"))))
    third = only(world.taker.buys(1), ev.TradeExecuted)[0]

    assert (kinds(events), kinds(own), unchanged) == (["RulesSet"], ["FeesSet"], cash)
    assert [trade.taker.fee for trade in (first, second, third)] == [units("0.1"), units("0.2"), units("0.05")]
    assert rules.tiers == TIERS
