"""Market files: what makes sense becomes markets, and what does not is refused by file, market and key."""

import pytest

from simexchange.config.markets import contracts, parse, preset
from simexchange.core.calendar import of_symbol_date
from simexchange.core.vocabulary.markets import Commission
from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, Rate
from simexchange.errors import ConfigError

SPOT = '[market."spot:AB-CD"]\ntick="0.01"\nstep="0.001"\nmaker="0.001"\ntaker="0.001"\n'
PERP = SPOT.replace("spot:", "perp:")
FILTERS = SPOT + '[market."spot:AB-CD".filters]\n'
DATED = SPOT.replace("spot:AB-CD", "dated:AB-CD-261225")
TIER = '[[market."perp:AB-CD".tiers]]\ncap="1000"\nleverage=20\nmaintenance="0.01"\n'
DATED_TIER = TIER.replace("perp:AB-CD", "dated:AB-CD-261225")
SERIES = DATED.replace("-261225", "") + 'series="quarter"\ninverse=true\ncontract_size="10"\nclosing="10m"\n'


def test_a_contract_is_delivered_on_the_day_it_is_called_by() -> None:
    """At eight, or when the file says on that day; and it has no funding."""
    (contract,) = parse(DATED + DATED_TIER, "f.toml").values()
    (late,) = parse(DATED + 'expiry="2026-12-25T16:00:00Z"\n' + DATED_TIER, "f.toml").values()

    assert (contract.market.expiry, late.market.expiry) == (
        of_symbol_date("261225"),
        of_symbol_date("261225") + 8 * HOUR,
    )
    assert (contract.market.funding_interval, contract.market.index) == (0, "AB-CD")


def test_a_series_is_the_contracts_of_two_quarters() -> None:
    """By the start of the exchange; each was listed when the second quarter before its own ended."""
    given = parse(SERIES + TIER.replace("perp:", "dated:"), "f.toml")

    found = contracts(given, of_symbol_date("261225") - 1)

    assert list(found) == ["dated:AB-CD-261225", "dated:AB-CD-270326"]
    first, second = (one.market for one in found.values())
    assert (first.expiry, first.onboard) == (of_symbol_date("261225"), of_symbol_date("260626"))
    assert (second.expiry, second.onboard) == (of_symbol_date("270326"), of_symbol_date("260925"))
    assert (first.settle, first.contract_size, first.closing, first.series) == ("AB", 10 * ONE, 10 * MINUTE, "quarter")
    assert contracts(found, 0) == found


def test_a_table_becomes_a_market() -> None:
    (spot,) = parse(SPOT, "f.toml").values()
    (perp,) = parse(PERP + TIER, "f.toml").values()

    assert (spot.market.id, spot.market.tick, spot.market.index) == ("spot:AB-CD", ONE // 100, "")
    assert (perp.market.settle, perp.market.index, perp.rules.default_leverage) == ("CD", "AB-CD", 20)


def test_filters_and_commissions_read_as_they_are_written() -> None:
    filters = 'average_span="5m"\nself_trade_modes=["none", "transfer"]\nself_trade_default="expire_maker"\n'
    taxed = '[market."spot:AB-CD".tax]\nseller="0.01"\n'
    (found,) = parse(FILTERS + filters + taxed, "f.toml").values()

    assert found.rules.filters.average_span == 300 * 10**9
    assert found.rules.filters.self_trade_modes == (SelfTrade.NONE, SelfTrade.TRANSFER)
    assert found.rules.filters.self_trade_default == 2
    assert found.rules.tax == Commission(seller=Rate(ONE // 100))


def test_what_ships_makes_sense() -> None:
    """Contracts paid in coin too, and the quarterlies of the day the exchange starts on."""
    assert set(preset()) == {
        "spot:BTC-USDT", "spot:ETH-USDT", "spot:BNB-USDT", "perp:BTC-USDT", "perp:ETH-USDT", "perp:BTC-USD",
        "perp:ETH-USD", "dated:BTC-USDT", "dated:BTC-USD",
    }  # fmt: skip
    found = contracts(preset(), of_symbol_date("261120"))
    assert [name for name in found if name.startswith("dated")] == [
        "dated:BTC-USDT-261225", "dated:BTC-USDT-270326", "dated:BTC-USD-261225", "dated:BTC-USD-270326",
    ]  # fmt: skip
    coin = found["perp:BTC-USD"]
    assert (coin.market.settle, coin.market.contract_size, coin.market.index) == ("BTC", 100 * ONE, "BTC-USDT")
    # The published figure 33,599.40 of mechanics rests on 11.605 BTC in the bracket of 400.
    assert [tier.cum for tier in coin.rules.tiers][:7] == [
        round(amount * ONE) for amount in (0, 0.005, 0.055, 0.355, 1.605, 6.605, 11.605)
    ]
    assert [tier.cum // ONE for tier in found["dated:BTC-USDT-261225"].rules.tiers] == [
        0, 500, 11_750, 111_750, 211_750, 461_750, 2_461_750, 12_461_750,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text, names",
    [
        ("", "market"),
        ("[market", "no valid TOML"),
        ("colour = 1", "colour"),
        (SPOT.replace("spot:AB-CD", "AB"), "spot:BASE-QUOTE"),
        (SPOT.replace("AB", "ab"), "capital letters"),
        (SPOT.replace("spot:AB-CD", "spot:AB-CD-261225"), "spot:BASE-QUOTE"),
        (SPOT.replace("spot:AB-CD", "dated:AB-CD-261332"), "dated:BASE-QUOTE-YYMMDD"),
        (SPOT.replace("spot:", "dated:"), "has its day in its id"),
        (SPOT + 'closing="10m"', "dated contracts"),
        (SPOT + 'series="quarter"', "dated contracts"),
        (SPOT + "inverse=true", "only derivatives"),
        (DATED + 'expiry="2026-12-24T08:00:00Z"\n' + DATED_TIER, "not on the day"),
        (DATED + 'series="quarter"\n' + DATED_TIER, "has its day in its id"),
        (DATED + 'series="month"\n' + DATED_TIER, "dated:AB-CD-261225.series"),
        (DATED + 'delivery_fee="1"\n' + DATED_TIER, "delivery_fee"),
        (DATED + 'inverse=true\nsettle="CD"\n' + DATED_TIER, "profit is paid in AB"),
        (DATED + 'contract_size="0"\n' + DATED_TIER, "contract_size"),
        (SPOT + 'colour="red"', "spot:AB-CD: Object contains unknown field `colour`"),
        (SPOT.replace('"0.01"', "0.01"), "spot:AB-CD: Expected `str`"),
        (SPOT.replace('"0.01"', '"0"'), "spot:AB-CD.tick"),
        (SPOT.replace('step="0.001"\n', ""), "`step`"),
        (SPOT.replace('taker="0.001"', 'taker="1"'), "taker"),
        (SPOT.replace('taker="0.001"', 'taker="-0.001"'), "taker fee"),
        (SPOT.replace('maker="0.001"', 'maker="-0.002"'), "rebate"),
        (SPOT.replace("AB-CD", "AB-AB"), "two assets"),
        (SPOT + 'settle="AB"', "spot:AB-CD.settle"),
        (FILTERS + 'qty_least="1"', "qty_least"),
        (FILTERS + 'qty_min="-1"', "filters.qty_min"),
        (FILTERS + "max_orders=-1", "filters.max_orders"),
        (FILTERS + 'qty_min="2"\nqty_max="1"', "qty_min is above qty_max"),
        (FILTERS + 'average_span="five"', "filters.average_span"),
        (FILTERS + 'self_trade_modes=["sometimes"]', "filters.self_trade_modes"),
        (FILTERS + 'range_bid_down="2"\nrange_bid_up="1"', "range_bid_down is above range_bid_up"),
        (SPOT + 'fee_unit="0"', "fee_unit"),
        (SPOT + '[market."spot:AB-CD".tax]\nseller="much"', "tax.seller"),
        (PERP, "tiers"),
        (PERP + TIER + TIER, "caps must rise"),
        (PERP + TIER.replace("20", "0"), "leverages"),
        (PERP + TIER.replace('"0.01"', '"0.05"'), "1 / leverage"),
        (PERP + "default_leverage=21\n" + TIER, "default_leverage"),
        (PERP + "default_leverage=0\n" + TIER, "default_leverage"),
        (PERP + 'funding_cap="-0.03"\n' + TIER, "funding_floor"),
        (PERP + 'funding_interval="-8h"\n' + TIER, "funding_interval"),
        (PERP + 'funding_interval="500ms"\n' + TIER, "funding_interval"),
        (PERP + 'funding_interval="7h"\n' + TIER, "perp:AB-CD.funding_interval: a day is no whole number of them"),
        (PERP + 'price_rules="sometimes"\n' + TIER, "perp:AB-CD.price_rules: 'sometimes' is not one of binance-perp"),
        (PERP + 'settle="AB"\n' + TIER, "perp:AB-CD.settle"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(text: str, names: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.toml")

    assert str(refused.value).startswith("f.toml")
    assert names in str(refused.value)
    assert "\n" not in str(refused.value)


def test_impact_prices_are_taken_over_what_the_leverage_says() -> None:
    """200 ÷ the initial margin rate at 150x is 30,000; a file may say otherwise."""
    assert preset()["perp:BTC-USDT"].market.impact_notional == 30_000 * ONE

    (said,) = parse(PERP + 'impact_notional="7"\n' + TIER, "f.toml").values()
    (left,) = parse(PERP + TIER, "f.toml").values()

    assert (said.market.impact_notional, left.market.impact_notional) == (7 * ONE, 200 * 20 * ONE)
