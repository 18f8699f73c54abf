"""Funding statements: settlements per position, and what they come to."""

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import AccountNo, PositionId
from simexchange.core.vocabulary.markets import FundingTerms
from simexchange.core.vocabulary.priceevents import FundingTermsBegan
from simexchange.core.vocabulary.units import HOUR, Amount, Nanos, Price, Quantity, Rate
from tests.projections.tale import ANN, BOB, BOT, PERP, T0, Tale, units


def paid(account: AccountNo, amount: float, position: int = 8, asset: str = "USDT") -> ev.FundingPaid:
    """One payment of a position of one."""
    return ev.FundingPaid(
        account, PERP, PositionId(position), Quantity(units(1)), Amount(units(amount)), "usdm", asset, Rate(10_000),
        Price(units(1000)),
    )  # fmt: skip


def settles(tale: Tale, *payments: ev.FundingPaid, later: int = 8 * HOUR) -> None:
    """A funding instant: the rate in one record, the payments in the next, both at one moment."""
    tale.later(later)
    tale.step(ev.FundingRateSet(PERP, Rate(10_000), Price(units(1000)), Rate(0), Nanos(tale.at + 8 * HOUR)))
    tale.step(*payments)


def test_each_settlement_is_told_with_its_interval() -> None:
    """The first began one interval before it; each other one where the one before ended."""
    tale = Tale()
    settles(tale, paid(ANN, -2), paid(BOB, 2))
    settles(tale, paid(ANN, -3), later=HOUR)

    rows = tale.views.statements.of(ANN)

    assert [(row.id, row.amount, row.started_at - T0, row.at - T0) for row in rows] == [
        (1, units(-2), 0, 8 * HOUR), (2, units(-3), 8 * HOUR, 9 * HOUR),
    ]  # fmt: skip
    assert (rows[0].rate, rows[0].mark, rows[0].qty, rows[0].wallet) == (10_000, units(1000), units(1), "usdm")
    assert [row.amount for row in tale.views.statements.of(BOB)] == [units(2)]


def test_sums_are_kept_per_position_and_asset() -> None:
    """Paid and received apart; what the statement sums is what the balances were moved by."""
    tale = Tale()
    tale.step(ev.FundsDeposited(ANN, "usdm", "USDT", Amount(units(100))))
    settles(tale, paid(ANN, -2))
    settles(tale, paid(ANN, 0.5), paid(ANN, 4, position=9))
    settles(tale, paid(ANN, -1))

    first, second = tale.views.statements.totals(ANN, PERP)

    assert (first.position, first.received, first.paid, first.net, first.settlements) == (
        8, units(0.5), units(-3), units(-2.5), 3,
    )  # fmt: skip
    assert (first.first_at - T0, first.last_at - T0) == (8 * HOUR, 24 * HOUR)
    assert (second.position, second.net, second.settlements) == (9, units(4), 1)
    assert tale.views.balances.get(ANN, "usdm", "USDT").free == units(100) + first.net + second.net


def test_a_statement_can_be_narrowed() -> None:
    """To a position, a market, a span, a number of lines."""
    tale = Tale()
    for number in range(4):
        settles(tale, paid(ANN, number), paid(ANN, 10 + number, position=9))

    statements = tale.views.statements
    assert [row.amount for row in statements.of(ANN, position=PositionId(9), limit=2)] == [units(12), units(13)]
    assert len(statements.of(ANN, start=Nanos(T0 + 16 * HOUR), end=Nanos(T0 + 24 * HOUR))) == 4
    assert statements.of(ANN, market=type(PERP)(1)) == []
    assert (statements.of(BOT), statements.totals(BOT)) == ([], [])


def test_machines_get_no_statement() -> None:
    """Nobody reads it."""
    tale = Tale()
    settles(tale, paid(BOT, 7))

    assert (tale.views.statements.of(BOT), tale.views.statements.totals(BOT)) == ([], [])


def test_new_terms_are_in_the_views_when_they_begin() -> None:
    """Interval, cap, floor and interest of the market as anybody reads it."""
    tale = Tale()
    terms = FundingTerms(Nanos(HOUR), Rate(5), Rate(-5), Rate(1))

    tale.later().step(FundingTermsBegan(PERP, terms))

    row = tale.views.markets.by_no[PERP]
    assert (row.spec.funding_terms, row.updated_at) == (terms, tale.at)
