"""Balances, positions, income and funding: what is told of money."""

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import AccountNo, PositionId
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.core.vocabulary.units import HOUR, Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.funding import FundingRow
from simexchange.projections.income import IncomeKind
from tests.projections.tale import ANN, BOB, BOT, FUND, PERP, SPOT, T0, Tale, closed, fill, opened, units


def deposit(account: AccountNo, wallet: str, asset: str, amount: float) -> ev.FundsDeposited:
    return ev.FundsDeposited(account, wallet, asset, Amount(units(amount)))


def balance(tale: Tale, account: AccountNo, wallet: str, asset: str) -> tuple[int, int]:
    row = tale.views.balances.get(account, wallet, asset)
    return row.free, row.held


# Balances


def test_a_resting_buy_holds_quote_and_a_cancel_frees_it() -> None:
    tale = Tale()
    tale.step(deposit(ANN, "spot", "USDT", 1000))
    order = tale.accepts(ANN, Side.BUY, 2, 100, hold=200)
    assert balance(tale, ANN, "spot", "USDT") == (units(800), units(200))

    tale.ends(order, ANN, left=2, free=200)

    assert balance(tale, ANN, "spot", "USDT") == (units(1000), 0)


def test_a_cheaper_fill_gives_the_difference_back() -> None:
    """2 at 100 held 200; both bought at 90 from a resting sell. Fees: the seller 1 in quote, the buyer 0.5 in base."""
    tale = Tale()
    tale.step(deposit(ANN, "spot", "USDT", 1000), deposit(BOB, "spot", "BTC", 5))
    sell = tale.accepts(BOB, Side.SELL, 2, 90, hold=2)
    buy = tale.accepts(ANN, Side.BUY, 2, 100, hold=200, rests=False)
    tale.later()
    taker = fill(ANN, buy, cum=180, fee=0.5, asset="BTC", released=200)
    tale.step(tale.trade(taker, fill(BOB, sell, cum=180, fee=1, released=2), 2, 90))

    assert balance(tale, ANN, "spot", "USDT") == (units(820), 0)
    assert balance(tale, ANN, "spot", "BTC") == (units(1.5), 0)
    assert balance(tale, BOB, "spot", "BTC") == (units(3), 0)
    assert balance(tale, BOB, "spot", "USDT") == (units(179), 0)
    assert tale.views.balances.updated_at(ANN) == tale.at
    assert [row.asset for row in tale.views.balances.of(ANN, "spot")] == ["USDT", "BTC"]


def test_a_derivative_fill_moves_only_profit_and_fee() -> None:
    tale = Tale()
    tale.step(deposit(ANN, "usdm", "USDT", 100))
    tale.step(tale.trade(fill(ANN, fee=0.5, opened=opened(8, 1, 1000)), fill(BOT), 1, 1000, market=PERP))
    sold = fill(ANN, fee=0.5, closed=closed(8, 1, -20, 1000))
    tale.step(tale.trade(sold, fill(BOT), 1, 980, market=PERP, aggressor=Side.SELL))

    assert balance(tale, ANN, "usdm", "USDT") == (units(79), 0)


def test_transfers_funding_fees_and_insurance_reach_both_ends() -> None:
    tale = Tale()
    tale.step(ev.CapitalProvided(FUND, "usdm", "USDT", Amount(units(50))), deposit(ANN, "spot", "USDT", 10))
    tale.step(ev.FundsTransferred(ANN, "spot", ANN, "usdm", "USDT", Amount(units(8))))
    tale.step(funding_paid(ANN, -9))
    tale.step(ev.InsurancePaid(ANN, "usdm", "USDT", Amount(units(3)), FUND))
    tale.step(ev.LiquidationFeeCharged(ANN, "usdm", "USDT", Amount(units(2)), PERP, FUND))
    tale.step(ev.FundsWithdrawn(ANN, "spot", "USDT", Amount(units(1))))

    assert balance(tale, ANN, "spot", "USDT") == (units(1), 0)
    assert balance(tale, ANN, "usdm", "USDT") == (0, 0)
    assert balance(tale, FUND, "usdm", "USDT") == (units(49), 0)


def funding_paid(account: AccountNo, amount: float) -> ev.FundingPaid:
    return ev.FundingPaid(
        account, PERP, PositionId(8), Quantity(units(1)), Amount(units(amount)), "usdm", "USDT", Rate(10_000),
        Price(units(1000)),
    )  # fmt: skip


# Positions


def test_a_position_grows_shrinks_and_is_kept_flat() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, fee=1, opened=opened(8, 2, 200)), fill(BOT), 2, 100, market=PERP))
    row = tale.views.positions.get(ANN, PERP)
    assert row is not None
    assert (row.id, row.qty, row.opened_at, row.is_long) == (8, units(2), T0, True)

    tale.later()
    tale.step(funding_paid(ANN, -3))
    sold = fill(ANN, fee=1, closed=closed(8, 1.5, 15, 150))
    tale.step(tale.trade(sold, fill(BOT), 1.5, 110, market=PERP, aggressor=Side.SELL))
    assert (row.qty, row.cost, row.realised, row.fees, row.funding) == (
        units(0.5), units(50) * 100_000_000, units(15), units(2), units(-3),
    )  # fmt: skip
    assert (row.opened_at, row.updated_at) == (T0, tale.at)

    sold = fill(ANN, closed=closed(8, 0.5, 0, 50))
    tale.step(tale.trade(sold, fill(BOT), 0.5, 100, market=PERP, aggressor=Side.SELL))
    assert (row.qty, row.cost) == (0, 0)
    assert tale.views.positions.of(ANN) == []
    assert tale.views.positions.of(ANN, flat=True) == [row]


def test_crossing_zero_closes_one_position_and_opens_another() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, opened=opened(8, 1, 100)), fill(BOT), 1, 100, market=PERP))
    tale.later()
    flip = fill(ANN, fee=2, closed=closed(8, 1, 10, 100), opened=opened(9, -2, -220))
    tale.step(tale.trade(flip, fill(BOT), 3, 110, market=PERP, aggressor=Side.SELL))

    row = tale.views.positions.get(ANN, PERP)
    assert row is not None
    assert (row.id, row.qty, row.realised, row.fees, row.opened_at) == (9, units(-2), 0, units(2), tale.at)


def test_open_interest_counts_everybodys_longs_once() -> None:
    """Ann buys 2 from the bot, sells 1 to Bob (nothing new), then the bot buys 1 back from Ann (one less)."""
    tale = Tale()

    def interest_after(trade: ev.TradeExecuted) -> int:
        tale.step(trade)
        return tale.views.positions.open_interest(PERP)

    both_open = tale.trade(
        fill(ANN, opened=opened(8, 2, 200)), fill(BOT, opened=opened(9, -2, -200)), 2, 100, market=PERP
    )
    handed_on = tale.trade(
        fill(ANN, closed=closed(8, 1, 0, 100)), fill(BOB, opened=opened(7, 1, 100)), 1, 100, market=PERP,
        aggressor=Side.SELL,
    )  # fmt: skip
    both_close = tale.trade(
        fill(BOT, closed=closed(9, 1, 0, -100)), fill(ANN, closed=closed(8, 1, 0, 100)), 1, 100, market=PERP
    )

    assert interest_after(both_open) == units(2)
    assert interest_after(handed_on) == units(2)
    assert interest_after(both_close) == units(1)


def test_spot_trades_are_no_positions() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, 11), fill(BOB, 12), 1, 100))

    assert tale.views.positions.of(ANN, flat=True) == []
    assert tale.views.positions.open_interest(SPOT) == 0


# Income


def test_each_kind_of_income_has_its_line_and_they_sum_to_the_wallet() -> None:
    tale = Tale()
    tale.step(deposit(ANN, "usdm", "USDT", 100), deposit(ANN, "spot", "USDT", 30))
    tale.step(ev.FundsTransferred(ANN, "spot", ANN, "usdm", "USDT", Amount(units(30))))
    tale.step(tale.trade(fill(ANN, fee=1, opened=opened(8, 1, 100)), fill(BOT), 1, 100, market=PERP))
    tale.step(funding_paid(ANN, 4))
    sold = fill(ANN, fee=1, closed=closed(8, 1, 12, 100))
    tale.step(tale.trade(sold, fill(BOT), 1, 112, market=PERP, aggressor=Side.SELL))
    tale.step(ev.LiquidationFeeCharged(ANN, "usdm", "USDT", Amount(units(2)), PERP, FUND))
    tale.step(ev.FundsTransferred(ANN, "usdm", ANN, "spot", "USDT", Amount(units(50))))

    rows = tale.views.income.of(ANN)
    assert [(row.id, row.kind, row.amount, row.market, row.trade) for row in rows] == [
        (1, IncomeKind.DEPOSIT, units(100), 0, 0),
        (2, IncomeKind.TRANSFER, units(30), 0, 0),
        (3, IncomeKind.COMMISSION, units(-1), PERP, 1),
        (4, IncomeKind.FUNDING_FEE, units(4), PERP, 0),
        (5, IncomeKind.REALIZED_PNL, units(12), PERP, 2),
        (6, IncomeKind.COMMISSION, units(-1), PERP, 2),
        (7, IncomeKind.INSURANCE_CLEAR, units(-2), PERP, 0),
        (8, IncomeKind.TRANSFER, units(-50), 0, 0),
    ]
    assert sum(row.amount for row in rows) == tale.views.balances.get(ANN, "usdm", "USDT").free


def test_income_is_filtered_by_kind_market_and_time_before_it_is_counted() -> None:
    tale = Tale()
    for amount in (1, 2, 3):
        tale.step(deposit(ANN, "usdm", "USDT", 10))
        tale.step(funding_paid(ANN, amount))
        tale.later()

    income = tale.views.income
    kind = IncomeKind.FUNDING_FEE
    assert [row.amount for row in income.of(ANN, kind=kind, limit=2)] == [units(2), units(3)]
    assert [row.amount for row in income.of(ANN, kind=kind, start=T0, limit=2)] == [units(1), units(2)]
    assert [row.kind for row in income.of(ANN, market=PERP)] == [IncomeKind.FUNDING_FEE] * 3
    assert income.of(BOB) == []


def test_takeovers_realise_and_spot_moves_are_no_income() -> None:
    tale = Tale()
    tale.step(deposit(ANN, "spot", "USDT", 10))
    tale.step(tale.trade(fill(ANN, 11, fee=1), fill(BOB, 12), 1, 100))
    taken = fill(ANN, closed=closed(8, 1, -60, 100))
    tale.step(tale.trade(taken, fill(FUND), 1, 40, market=PERP, kind=TradeKind.TAKEOVER))

    assert [(row.kind, row.amount) for row in tale.views.income.of(ANN)] == [(IncomeKind.REALIZED_PNL, units(-60))]


# Funding and marks


def rate_set(tale: Tale, rate: int) -> ev.FundingRateSet:
    return ev.FundingRateSet(PERP, Rate(rate), Price(units(100)), Rate(0), Nanos(tale.at + 8 * HOUR))


def test_settled_rates_are_told_with_their_times() -> None:
    tale = Tale()
    for rate in (10_000, 20_000, -5_000):
        tale.step(rate_set(tale, rate))
        tale.later(8 * HOUR)

    funding = tale.views.funding
    assert [row.rate for row in funding.rates(PERP)] == [10_000, 20_000, -5_000]
    assert [row.at for row in funding.rates(PERP, start=Nanos(T0 + 1), limit=1)] == [T0 + 8 * HOUR]
    assert [row.rate for row in funding.rates(PERP, limit=1)] == [-5_000]
    last = Nanos(T0 + 16 * HOUR)
    assert funding.last(PERP) == FundingRow(PERP, Rate(-5_000), Price(units(100)), Rate(0), last, tale.at)
    assert funding.last(SPOT) is None


def test_the_mark_and_the_index_are_the_ones_last_set() -> None:
    tale = Tale()
    tale.step(ev.IndexSet("BTC-USDT", Price(units(99)), "feed"))
    tale.step(ev.MarkSet(PERP, Price(units(100)), Price(units(99)), Price(units(1)), Rate(7)))

    mark, index = tale.views.funding.mark(PERP), tale.views.funding.index("BTC-USDT")
    assert mark is not None
    assert (mark.mark, mark.index, mark.premium, mark.at) == (units(100), units(99), 7, T0)
    assert index is not None
    assert index.price == units(99)
    assert tale.views.funding.mark(SPOT) is None
