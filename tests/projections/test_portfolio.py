"""The portfolio over time: what an account is made of, minute by minute, and what that is worth in one currency."""

import itertools

import pytest

from simexchange.core import display
from simexchange.core.pricelist import PriceList
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.portfolio import PortfolioRow, PortfolioView
from simexchange.projections.valuation import Point, currencies, on_grid, points, since
from tests.projections.tale import ANN, BOB, BOT, PERP, SPOT, T0, Tale, fill, opened, units

INDEX = "BTC-USDT"


def brings(tale: Tale, account: AccountNo, wallet: str, asset: str, amount: float) -> None:
    tale.step(ev.FundsDeposited(account, wallet, asset, Amount(units(amount))))


def index(tale: Tale, price: float) -> None:
    tale.step(ev.IndexSet(INDEX, Price(units(price)), "feed"))


def mark(tale: Tale, price: float) -> None:
    at = Price(units(price))
    tale.step(ev.MarkSet(PERP, at, at, Price(0), Rate(0)))


def told(tale: Tale, account: AccountNo = ANN, currency: str = "USDT") -> list[Point]:
    return list(points(tale.views.portfolio.rows(account, tale.at), currency))


def hedged() -> Tale:
    """Ann holds 2 BTC in spot at 1,000 and is short 1.5 in the perpetual, with 500 USDT behind it."""
    tale = Tale()
    index(tale, 1000)
    mark(tale, 1000)
    brings(tale, ANN, "spot", "BTC", 2)
    brings(tale, ANN, "usdm", "USDT", 500)
    short = fill(ANN, 1, fee=1, opened=opened(8, -1.5, -1500))
    long = fill(BOT, 1, opened=opened(9, 1.5, 1500))
    tale.later().step(tale.trade(short, long, 1.5, 1000, market=PERP))
    return tale


def test_equity_is_every_wallet_and_what_positions_gained() -> None:
    """2 × 1,100 + 499 − 150: the coin gained 200, the short lost 150, a fee of 1 was paid."""
    tale = hedged()
    tale.later()
    index(tale, 1100)
    mark(tale, 1100)

    last = told(tale)[-1]

    assert (last.equity, last.paid_in, last.result) == (units(2549), units(2500), units(49))
    assert (last.fees, last.funding) == (units(1), 0)
    assert {line.wallet: line.worth for line in last.wallets} == {"spot": units(2200), "usdm": units(349)}


def test_the_hedge_is_told_per_asset_and_as_a_whole() -> None:
    """Short 1.5 of 2 held: three quarters are hedged and half a coin is left open."""
    tale = hedged()

    last = told(tale)[-1]

    (btc,) = last.deltas
    assert (btc.asset, btc.held, btc.futures, btc.net) == ("BTC", units(2), units(-1.5), units(0.5))
    assert btc.hedge_ratio == last.hedge_ratio == ONE * 3 // 4
    assert (last.held, last.futures, last.exposure) == (units(2000), units(-1500), units(500))


def test_funding_counts_on_the_day_it_comes_and_money_in_is_no_profit() -> None:
    tale = hedged()
    before = told(tale)[-1]
    paid = ev.FundingPaid(
        ANN, PERP, opened(8, 0, 0).position, Quantity(units(-1.5)), Amount(units(3)), "usdm", "USDT", Rate(0),
        Price(units(1000)),
    )  # fmt: skip
    tale.later().step(paid)
    brings(tale, ANN, "funding", "USDT", 100)

    last = told(tale)[-1]

    assert (last.funding, last.paid_in) == (units(3), before.paid_in + units(100))
    assert last.result == before.result + units(3)


def test_there_is_a_row_a_minute_and_one_for_each_second_of_ones_own() -> None:
    """Nothing is taken while nothing moves; Bob, who did nothing in it, has no row of that second."""
    tale = Tale()
    index(tale, 1000)
    for who in (ANN, BOB):
        brings(tale, who, "spot", "BTC", 1)
    for _ in range(3):
        tale.later(MINUTE)
        index(tale, 1000)
    tale.later(5 * SECOND)
    brings(tale, ANN, "spot", "BTC", 1)
    brings(tale, ANN, "spot", "BTC", 1)
    tale.later(10 * MINUTE)
    index(tale, 2000)

    ann, bob = (tale.views.portfolio.rows(who, tale.at) for who in (ANN, BOB))

    assert [(row.at - T0) // SECOND for row in ann] == [1, 60, 120, 180, 186, 240, 785]
    assert [(row.at - T0) // SECOND for row in bob] == [1, 60, 120, 180, 240, 785]
    assert [sum(line.cash for line in row.wallets) // ONE for row in ann] == [1, 1, 1, 1, 3, 3, 3]
    assert [point.equity // ONE for point in points(ann, "USDT")][-2:] == [3000, 6000]


def test_a_row_says_what_was_before_the_event_that_made_it_due() -> None:
    """The jump to 2,000 comes after the minute: at the minute it stood at 1,000."""
    tale = Tale()
    index(tale, 1000)
    brings(tale, ANN, "spot", "BTC", 1)
    tale.later(MINUTE + SECOND)
    index(tale, 2000)

    assert [(point.at - T0, point.equity) for point in told(tale)[1:]] == [
        (MINUTE, units(1000)), (MINUTE + SECOND, units(2000)),
    ]  # fmt: skip


def test_a_coin_without_an_index_is_worth_the_middle_of_its_market_then_its_last_trade() -> None:
    tale = Tale()
    brings(tale, ANN, "spot", "BTC", 1)
    nothing = told(tale)[-1]
    tale.step(tale.trade(fill(BOT, 1), fill(BOT, 2), 1, 900))
    last_trade = told(tale)[-1]
    tale.frame({990: 1}, {1010: 1}, snapshot=True)

    assert (nothing.equity, nothing.unpriced) == (0, ("BTC",))
    assert (last_trade.equity, last_trade.unpriced) == (units(900), ())
    assert told(tale)[-1].equity == units(1000)


def test_a_coin_that_comes_before_its_price_is_no_gain_when_it_gets_one() -> None:
    """Its worth as money paid in waits for the first price, like its worth as equity."""
    tale = Tale()
    brings(tale, ANN, "spot", "BTC", 2)
    tale.later()
    index(tale, 1000)
    priced = told(tale)[-1]
    tale.later(MINUTE)
    index(tale, 1100)

    assert (priced.equity, priced.paid_in, priced.result) == (units(2000), units(2000), 0)
    assert (told(tale)[-1].paid_in, told(tale)[-1].result) == (units(2000), units(200))


def test_equity_can_be_told_in_any_asset_with_a_price() -> None:
    """2,500 USDT at 1,000 are 2.5 BTC; dollars lead nowhere here."""
    tale = hedged()

    assert currencies(tale.views.markets) == ["USDT", "BTC"]
    assert told(tale, currency="BTC")[-1].equity == units(2.5) - 100_000
    assert told(tale, currency="USD")[-1].unpriced == ("BTC", "USDT")


def test_old_rows_are_thinned_and_the_first_one_stays() -> None:
    tale = Tale()
    view = tale.views.portfolio = _small(tale)
    index(tale, 1000)
    brings(tale, ANN, "spot", "BTC", 1)
    for _ in range(500):
        tale.later(MINUTE)
        index(tale, 1000)

    rows = view.rows(ANN, tale.at)

    gaps = [(later.at - before.at) // MINUTE for before, later in itertools.pairwise(rows[1:-1])]
    assert len(rows) <= 65
    assert (rows[0].at - T0, rows[1].at - T0 < 100 * MINUTE) == (SECOND, True)
    assert (max(gaps) > 8, gaps[-1]) == (True, 1)
    assert sum(gaps) > 400


def _small(tale: Tale) -> PortfolioView:
    views = tale.views
    view = PortfolioView(
        views.markets, views.accounts, views.balances, views.positions, views.funding, views.depth, views.trades,
        keep=64,
    )  # fmt: skip
    views.portfolio = view
    views._handlers = views._join()
    return view


def test_on_a_grid_each_instant_has_what_stood_there() -> None:
    tale = Tale()
    index(tale, 1000)
    brings(tale, ANN, "spot", "BTC", 1)
    tale.later(5 * MINUTE)
    index(tale, 2000)

    placed = on_grid(told(tale), 2 * MINUTE, Nanos(T0 - MINUTE), Nanos(T0 + 5 * MINUTE))

    assert [(point.at - T0, point.equity // ONE) for point in placed] == [(2 * MINUTE, 1000), (4 * MINUTE, 1000)]


def test_machines_have_no_portfolio_and_nobody_has_one_before_his_first_coin() -> None:
    tale = Tale()
    brings(tale, BOT, "spot", "BTC", 1)
    tale.later(MINUTE)
    index(tale, 1000)

    assert tale.views.portfolio.rows(ANN, tale.at) == []
    assert tale.views.portfolio.rows(BOT, tale.at) == []


def test_rows_before_a_span_are_left_out_but_for_the_last_one() -> None:
    tale = Tale()
    index(tale, 1000)
    brings(tale, ANN, "spot", "BTC", 1)
    for _ in range(5):
        tale.later(MINUTE)
        index(tale, 1000)

    rows: list[PortfolioRow] = tale.views.portfolio.rows(ANN, tale.at, end=Nanos(T0 + 4 * MINUTE))
    found = list(points(rows, "USDT"))

    assert [(row.at - T0) // MINUTE for row in since(found, Nanos(T0 + 150 * SECOND))] == [2, 3, 4]
    assert [(row.at - T0) // MINUTE for row in since(found, Nanos(T0 + 3 * MINUTE))] == [3, 4]
    assert since(found, Nanos(0)) == since(found, None) == found


@pytest.mark.parametrize(
    ("asset", "currency", "worth"),
    [
        ("BTC", "USDT", 2000), ("USDT", "BTC", 0.002), ("ETH", "USDT", 100), ("BTC", "BTC", 2), ("USDC", "ETH", None),
        ("XRP", "USDT", None),
    ],
)  # fmt: skip
def test_prices_lead_from_one_asset_to_another(asset: str, currency: str, worth: float | None) -> None:
    """BTC at 1,000 USDT, ETH at 0.05 BTC: two of each."""
    prices = PriceList({("BTC", "USDT"): 1000 * ONE, ("ETH", "BTC"): ONE // 20, ("USDC", "USD"): ONE})

    assert prices.convert(2 * ONE, asset, currency) == (None if worth is None else round(worth * ONE))


def test_figures_for_people() -> None:
    assert display.hedge_ratio(0, -ONE) is None
    assert display.hedge_ratio(2 * ONE, ONE) == -ONE // 2
    assert display.liquidation_distance(100, 0) is None
    assert display.liquidation_distance(100 * ONE, 95 * ONE) == display.liquidation_distance(100 * ONE, 105 * ONE)
    assert SPOT != PERP
