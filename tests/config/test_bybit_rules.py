"""The rules of the second venue: what they say, and when a log begins to speak of them."""

import pytest

from simexchange.config import feefiles, markets, opening, venuerules
from simexchange.config.assembling import Assembly, Setup, header
from simexchange.config.markets import Listing, preset, without_fees
from simexchange.config.opening import BUNDLES, parse_account, wallets_for
from simexchange.config.venuerules import rules_for
from simexchange.core import coins
from simexchange.core.engine import Engine
from simexchange.core.invariants import check
from simexchange.core.soundness import fault_of_rules
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.events import BundleAdopted, RulesSet
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import DAY, ONE, Nanos, Price, Quantity
from simexchange.errors import ConfigError
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.runtime.clock import PAUSED

START = Nanos(19_723 * DAY)
"""2024-01-01T00:00Z."""


def assembled(*accounts: str, log: MemoryLog | None = None, **more: object) -> Assembly:
    setup = Setup(
        feed="none", start=START, speed=PAUSED, durability=OFF,
        accounts=tuple(parse_account(text) for text in accounts), **more,  # type: ignore[arg-type]
    )  # fmt: skip
    made = Assembly(setup, log or MemoryLog(header(setup)), checkpoints=False)
    made.exchange.close()
    return made


@pytest.mark.parametrize("market", preset())
def test_bybit_has_rules_of_every_market_that_ships(market: str) -> None:
    listing = preset()[market]

    rules = venuerules.preset("bybit")[market]

    assert not fault_of_rules(rules)
    assert rules.source
    assert "2026-11" in rules.source
    assert bool(rules.tiers) is (listing.market.kind is not MarketKind.SPOT)
    assert rules.filters.max_orders == 500
    assert rules.filters.max_conditional_orders == (30 if listing.market.kind is MarketKind.SPOT else 10)


def test_bybit_speaks_of_no_market_that_does_not_ship() -> None:
    assert set(venuerules.preset("bybit")) == set(preset())
    assert venuerules.preset("nobody") == {}


@pytest.mark.parametrize(
    ("market", "maker", "taker"),
    [
        ("spot:BTC-USDT", "0.001", "0.001"),
        ("perp:BTC-USDT", "0.0002", "0.00055"),
        ("perp:BTC-USD", "0.0002", "0.00055"),
    ],
)
def test_fees_of_bybit_accounts_are_those_of_its_non_vip_tier(market: str, maker: str, taker: str) -> None:
    rules = venuerules.preset("bybit")[market]

    assert (rules.maker, rules.taker) == (round(float(maker) * ONE), round(float(taker) * ONE))


def test_the_published_risk_limits_are_there() -> None:
    """BTCUSDT: 2,000,000 at 100x and 0.5 %, 4,000,000 at 57x and 1 %; BTCUSD: 150 BTC at 100x and 0.5 %."""
    linear, inverse = (venuerules.preset("bybit")[market].tiers for market in ("perp:BTC-USDT", "perp:BTC-USD"))

    assert [(tier.cap // ONE, tier.max_leverage, tier.maintenance_rate) for tier in linear[:2]] == [
        (2_000_000, 100, 500_000),
        (4_000_000, 57, 1_000_000),
    ]
    # mmDeduction: what makes maintenance margin continuous where the next bracket begins.
    assert linear[1].cum == 10_000 * ONE
    assert (inverse[0].cap // ONE, inverse[0].max_leverage, inverse[0].maintenance_rate) == (150, 100, 500_000)


def test_a_contract_has_the_rules_of_its_series() -> None:
    listings = markets.contracts(preset(), START)
    dated = next(each for each in listings.values() if each.market.kind is MarketKind.DATED and not each.market.inverse)

    assert rules_for("bybit", dated.market, dated.rules) == venuerules.preset("bybit")["dated:BTC-USDT"]


def test_a_market_file_of_ones_own_holds_under_both_venues() -> None:
    own = markets.parse('[market."spot:BTC-USDT"]\ntick="1"\nstep="1"\nmaker="0"\ntaker="0.5"\n', "f")["spot:BTC-USDT"]

    assert rules_for("bybit", own.market, own.rules) == own.rules


def test_where_nobody_is_charged_nobody_is_under_bybits_rules_either() -> None:
    listing: Listing = without_fees(preset())["perp:BTC-USDT"]

    rules = rules_for("bybit", listing.market, listing.rules)

    assert (rules.maker, rules.taker, rules.liquidation_fee) == (0, 0, 0)
    assert rules.tiers == venuerules.preset("bybit")["perp:BTC-USDT"].tiers


def test_a_log_says_nothing_of_rules_that_nobody_asked_for() -> None:
    log = MemoryLog(header(Setup(start=START)))

    assembled("alice:spot.USDT=100", log=log)

    said = [event for record in records(log) for event in record.events]
    assert {event.bundle.name for event in said if isinstance(event, BundleAdopted)} == {"binance"}
    assert {event.bundle for event in said if isinstance(event, RulesSet)} == {"binance"}


def test_an_account_under_bybits_rules_is_one_pool_in_one_wallet() -> None:
    log = MemoryLog(header(Setup(start=START)))

    state = assembled("alice", "bob@bybit:USDT=100000,BTC=2", log=log).exchange.state

    bob = state.accounts[state.account_no["bob"]]
    assert bob.unified
    assert {place: money.free // ONE for place, money in bob.balances.items()} == {
        ("unified", "USDT"): 100_000,
        ("unified", "BTC"): 2,
    }
    assert {no for name, no in state.rules if name == "bybit"} == set(state.markets)
    assert not state.accounts[state.account_no["alice"]].unified
    check(state)
    assert recheck(log).ok


def test_rules_are_adopted_in_a_log_that_was_opened_without_them() -> None:
    """The markets are those of the log, whatever was asked for then."""
    log = MemoryLog(header(Setup(start=START)))
    assembled("alice:spot.USDT=100", log=log)

    state = assembled("bob@bybit:USDT=5", log=log).exchange.state

    assert state.rules["bybit", state.market_no["perp:BTC-USDT"]] == venuerules.preset("bybit")["perp:BTC-USDT"]
    assert "bob" in state.account_no


def test_the_rules_of_a_venue_that_is_served_are_known_before_any_account() -> None:
    state = assembled("alice", venues=("binance", "bybit")).exchange.state

    assert {no for name, no in state.rules if name == "bybit"} == set(state.markets)


def test_a_log_that_knows_both_venues_is_gone_on_with() -> None:
    log = MemoryLog(header(Setup(start=START)))
    assembled("bob@bybit:USDT=5", log=log)
    opened = log.last_seq

    again = assembled(log=log)

    assert log.last_seq == opened
    assert again.listings["perp:BTC-USDT"].rules == preset()["perp:BTC-USDT"].rules


def test_rules_are_adopted_once() -> None:
    log = MemoryLog(header(Setup(start=START)))

    state = assembled("bob@bybit", "eve@bybit", log=log).exchange.state

    assert not list(opening.adopting("bybit", state))
    said = [event for record in records(log) for event in record.events]
    assert [event.bundle.name for event in said if isinstance(event, BundleAdopted)] == ["binance", "bybit"]


def test_where_a_gift_goes_is_the_rules_business() -> None:
    state = assembled("alice").exchange.state

    assert wallets_for("USDT", state) == ("spot", "usdm")
    assert wallets_for("BTC", state) == ("spot", "coinm")
    assert wallets_for("USDT", state, "bybit") == wallets_for("BTC", state, "bybit") == ("unified",)
    assert wallets_for("XYZ", state, "bybit") == ()


@pytest.mark.parametrize("account", ["bob@bybit:usdm.USDT=1", "bob@bybit:spot.BTC=1", "bob@binance:unified.USDT=1"])
def test_a_gift_into_a_wallet_that_an_account_does_not_have_is_refused(account: str) -> None:
    with pytest.raises(ConfigError, match="there is no wallet"):
        assembled(account)


def test_bybits_bundle_says_what_the_venue_does() -> None:
    bundle = BUNDLES["bybit"]

    assert {bundle.post_only, bundle.fok, bundle.derivative_fok} == {"accept_then_expire"}
    assert {bundle.spot_wallet, bundle.linear_wallet, bundle.inverse_wallet} == {"unified"}
    assert bundle.liquidation == "by_tier"
    assert not bundle.discount_asset
    assert {row.asset: row.ratio for row in bundle.collateral} == {
        "USDT": ONE, "USDC": ONE, "BTC": 95_000_000, "ETH": 95_000_000, "BNB": 90_000_000,
    }  # fmt: skip
    assert all(row.ask_buffer == 0 for row in bundle.collateral)


def test_fee_tables_that_ship_are_of_known_rules() -> None:
    assert {table.rules for table in feefiles.preset()} == set(BUNDLES)


def test_a_bybit_account_is_given_a_tier_of_bybits_tables() -> None:
    """VIP 1: 0.0675 % and 0.08 % in spot, 0.018 % and 0.04 % in contracts, linear and inverse."""
    state = assembled("bob@bybit/VIP1:USDT=5", fees=tuple(feefiles.preset())).exchange.state

    rates = state.accounts[state.account_no["bob"]].fees
    of = {state.markets[no].spec.id: (own.standard.maker, own.standard.taker) for no, own in rates.items()}
    assert of["spot:BTC-USDT"] == (67_500, 80_000)
    assert of["perp:BTC-USDT"] == of["perp:BTC-USD"] == (18_000, 40_000)


def test_an_order_costs_what_the_venue_says() -> None:
    """0.5 at 50,000 with ten times: 2,500, 13.75 to open and 12.375 to close at 45,000 (Bybit, "Order Cost")."""
    for money, taken in (("2526.12499999", False), ("2526.125", True)):
        state = assembled(f"ann@bybit:USDT={money}").exchange.state
        ann, market = state.accounts[state.account_no["ann"]], state.markets[state.market_no["perp:BTC-USDT"]]
        engine = Engine(state)
        engine.execute(cmd.SetMark(market.no, Price(50_000 * ONE)), START)
        engine.execute(cmd.SetLeverage(ann.no, market.no, 10), START)

        order = cmd.PlaceOrder(
            ann.no, market.no, Side.BUY, OrderKind.LIMIT, Quantity(ONE // 2), Price(50_000 * ONE), TimeInForce.GTC
        )
        engine.execute(order, START)

        assert bool(ann.orders) is taken
        whole = coins.account_state(state, ann)
        assert whole is not None
        assert (whole.initial, whole.available) == ((2_526_12500000, 0) if taken else (0, 2_526_12499999))
