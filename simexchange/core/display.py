"""Averages, percents and quotients for people. Nothing reads them back into a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import DAY, ONE, div_up, div_zero

if TYPE_CHECKING:
    from simexchange.core.vocabulary.markets import Market

YEAR: Final = 365 * DAY


def entry_price(qty: int, cost: int, contract: int = 0) -> int:
    """The average entry price of a position, toward zero; *cost* at 10**-16. 0 for no position.

    *contract* is the contract size of an inverse market, else 0: there it is quantity × size ÷ cost.
    """
    if contract:
        return abs(qty) * contract * ONE // abs(cost) if cost else 0
    return cost // qty if qty > 0 else -cost // -qty if qty < 0 else 0


def contract_of(spec: Market) -> int:
    """What to reckon prices of a market's positions with: the contract size of an inverse one, else 0."""
    return spec.contract_size if spec.inverse else 0


def average_price(quote: int, qty: int) -> int:
    """Quote paid per unit, toward zero; 0 for nothing."""
    return div_zero(quote * ONE, qty) if qty else 0


def break_even_fine(qty: int, cost: int, rate: int) -> int:
    """The price that also pays the entry fee at *rate*: entry × (1 ± rate), at 10**-16, rounded toward zero.

    Finer than other prices, because the venue shows it so (2.349356735 in the sample it was checked with).

    Source: Binance FAQ 8a2bc34f and a live sample, seen 2026-11; the closing fee is not projected. Whether
    the venue folds what a partial close realised into it is not known; here it does not.
    """
    if not qty:
        return 0
    size, worth = abs(qty), abs(cost)
    factor = ONE + rate if qty > 0 else ONE - rate
    return worth * factor // size


def break_even_price(qty: int, cost: int, rate: int, contract: int = 0) -> int:
    """The same at 10**-8. Of inverse contracts entry ÷ (1 ∓ *rate*), where what it gains in coin is the fee (derived).

    *contract* as in `entry_price`.
    """
    if contract and cost:
        factor = ONE - rate if qty > 0 else ONE + rate
        return abs(qty) * contract * ONE * ONE // (abs(cost) * factor)
    return break_even_fine(qty, cost, rate) // ONE


def entry_value(cost: int) -> int:
    """What a position was worth when it was entered, 10**-8, down; *cost* at 10**-16."""
    return abs(cost) // ONE


def exit_cost(cost: int, realised: int, residue: int, *, above: bool) -> int:
    """What something of *cost* was worth when it was closed, both 10**-16: its gain *above* that, or below.

    *realised* is the gain at 10**-8, *residue* what rounding kept of it, at 10**-16.
    """
    gained = realised * ONE + residue
    return cost + gained if above else cost - gained


def break_even_after(qty: int, cost: int, realised: int, rate: int, contract: int = 0) -> int:
    """The price at which closing at *rate* leaves nothing gained or lost, with what was *realised* so far; 0: none.

    (entry × qty − realised) ÷ (qty − |qty| × rate) (Bybit v5 position/list, ``breakEvenPrice``, seen 2026-11); of
    inverse contracts the same in coin: size ÷ price × (1 ± rate) = cost ± realised (derived). *contract* as in
    `entry_price`.
    """
    if not qty:
        return 0
    side = 1 if qty > 0 else -1
    if contract:
        left = abs(cost) + side * realised * ONE
        return abs(qty) * contract * (ONE + side * rate) // left if left > 0 else 0
    return max(0, (cost - realised * ONE) * ONE // (qty * ONE - abs(qty) * rate))


def trade_average(spec: Market, cum_quote: int, qty: int) -> int:
    """What an order's fills of *qty* cost on average, toward zero; 0 for none.

    *cum_quote* is what they were worth: at 10**-8 of the quote asset, of inverse contracts at 10**-16 of their coin.
    """
    return entry_price(qty, cum_quote, spec.contract_size) if spec.inverse else average_price(cum_quote, qty)


def coins(spec: Market, price: int, qty: int) -> int:
    """What *qty* inverse contracts are worth at *price*, 10**-8 of their coin, to the nearest.

    Samples of Binance COIN-M round so (1 contract of 100 USD at 8,800 is 0.01136364 BTC), though an order's sum is cut.
    """
    return (2 * qty * spec.contract_size + price) // (2 * price) if price else 0


def ratio(part: int, whole: int) -> int:
    """*part* ÷ *whole* as a rate, toward zero; 0 where there is no whole."""
    return 0 if not whole else div_zero(part * ONE, whole) if whole > 0 else div_zero(-part * ONE, -whole)


def percent(part: int, whole: int) -> int:
    """*part* ÷ *whole* in percent (10**-8 of a percent), toward zero."""
    return ratio(part * 100, whole)


def basis_rate(future: int, spot: int) -> int:
    """How far *future* stands above *spot*, as a rate, toward zero."""
    return ratio(future - spot, spot)


def annual_basis_rate(future: int, spot: int, left: int) -> int:
    """The same a year (365 days), *left* being the time to the expiry, toward zero; 0 where none is left."""
    return ratio((future - spot) * YEAR, spot * left) if left > 0 else 0


def return_on_margin(unrealised: int, worth: int, leverage: int) -> int:
    """Unrealised profit ÷ initial margin of a position worth *worth* at mark, as a rate (ROE), toward zero."""
    return ratio(unrealised * leverage, worth)


def margin_ratio(maintained: int, balance: int) -> int | None:
    """Maintenance margin ÷ margin balance as a rate, toward zero; None where nothing is left to divide by."""
    return 0 if not maintained else ratio(maintained, balance) if balance > 0 else None


def mid(bid: int, ask: int) -> int:
    """Half way between two prices, down."""
    return (bid + ask) // 2


def hedge_ratio(held: int, futures: int) -> int | None:
    """How much of what is held the futures are short, as a rate, toward zero; None where nothing is held."""
    return ratio(-futures, held) if held > 0 else None


def liquidation_distance(mark: int, liquidation_price: int) -> int | None:
    """How far the mark is from the price of a liquidation, as a share of the mark, up; None where there is none."""
    return div_up(abs(mark - liquidation_price) * ONE, mark) if mark and liquidation_price else None


def portion(amount: int, part: int, whole: int) -> int:
    """What of *amount* falls to *part* of *whole*, toward zero; all of it to the whole."""
    if part >= whole:
        return amount
    return div_zero(amount * part, whole)
