"""Who may trade what, and on which terms."""

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle, MarketStatus
from simexchange.core.vocabulary.orders import AccountClass, AccountOption
from simexchange.core.vocabulary.units import Rate
from simexchange.projections.accounts import FeeRates
from tests.projections.tale import ANN, BOB, BOT, FUND, HOUSE, PERP, SPOT, T0, Tale


def test_markets_are_found_by_number_and_id_and_bundle() -> None:
    markets = Tale().views.markets

    assert [row.id for row in markets.all()] == ["spot:BTC-USDT", "perp:BTC-USDT"]
    assert markets.by_id["perp:BTC-USDT"] is markets.by_no[PERP]
    assert [row.is_spot for row in markets.all("binance")] == [True, False]
    assert markets.all("bybit") == []
    assert markets.rules("bybit", SPOT) is None
    assert (markets.start, markets.seed) == (T0, 7)


def test_a_status_and_rules_can_change() -> None:
    tale = Tale()
    before = tale.views.markets.rules("binance", SPOT)
    assert before is not None
    tale.later()
    tale.step(ev.MarketStatusSet(SPOT, MarketStatus.HALT))
    tale.step(ev.RulesSet("binance", SPOT, type(before)(before.filters, Rate(1), Rate(2))))

    row, rules = tale.views.markets.by_no[SPOT], tale.views.markets.rules("binance", SPOT)
    assert (row.status, row.listed_at, row.updated_at) == (MarketStatus.HALT, T0, tale.at)
    assert rules is not None
    assert (rules.maker, rules.taker) == (1, 2)


def test_a_market_listed_again_keeps_its_number_and_status() -> None:
    tale = Tale()
    tale.step(ev.MarketStatusSet(SPOT, MarketStatus.HALT))
    tale.step(ev.MarketListed(SPOT, tale.views.markets.by_no[SPOT].spec))

    assert tale.views.markets.by_no[SPOT].status is MarketStatus.HALT
    assert len(tale.views.markets.all()) == 2


def test_accounts_are_found_by_number_name_and_class() -> None:
    accounts = Tale().views.accounts

    assert accounts.by_name["ann"] is accounts.by_no[ANN]
    assert [row.no for row in accounts.all(AccountClass.USER)] == [ANN, BOB]
    assert [row.no for row in accounts.all()] == [FUND, ANN, BOB, BOT, HOUSE]


def test_leverage_is_the_rules_until_it_is_set() -> None:
    tale = Tale()
    assert tale.views.accounts.leverage(ANN, PERP) == 20

    tale.step(ev.LeverageSet(ANN, PERP, 5))

    assert tale.views.accounts.leverage(ANN, PERP) == 5
    assert tale.views.accounts.leverage(BOB, PERP) == 20
    assert tale.views.accounts.leverage(FUND, PERP) == 1


def test_an_accounts_own_fees_win_the_markets_before_those_of_every_market() -> None:
    tale = Tale()
    fees = tale.views.accounts.fees
    assert fees(ANN, SPOT) == FeeRates(Rate(100_000), Rate(200_000))

    tale.step(ev.FeesSet(ANN, SPOT, Rate(0), Rate(0)))
    tale.step(ev.FeesSet(ANN, MarketNo(0), Rate(3), Rate(4)))

    assert fees(ANN, SPOT) == FeeRates(Rate(0), Rate(0))
    assert fees(ANN, PERP) == FeeRates(Rate(3), Rate(4))
    assert fees(FUND, SPOT) == FeeRates(Rate(0), Rate(0))


def test_a_bundle_names_the_wallets_that_back_positions() -> None:
    tale = Tale()
    tale.step(ev.BundleAdopted(Bundle("bybit", linear_wallet="unified", inverse_wallet="unified")))
    tale.step(ev.AccountOpened(ANN, "ann again", "bybit", AccountClass.USER))

    assert tale.views.accounts.margin_wallet(ANN, PERP) == "unified"
    assert tale.views.accounts.margin_wallet(BOB, PERP) == "usdm"


def test_what_an_account_chose_stands_beside_its_name() -> None:
    tale = Tale()
    assert tale.views.accounts.option(ANN, AccountOption.DISCOUNT_SPOT) == 0

    tale.step(ev.AccountOptionSet(ANN, AccountOption.DISCOUNT_SPOT, 1))

    assert tale.views.accounts.option(ANN, AccountOption.DISCOUNT_SPOT) == 1
    assert tale.views.accounts.by_no[ANN].options == {AccountOption.DISCOUNT_SPOT: 1}
    assert tale.views.accounts.by_no[BOB].options == {}
