"""What a quantity of a contract is worth at a price: the one place where linear and inverse contracts differ.

A linear position gains value − cost, with value = quantity × price in the quote asset. An inverse one is paid in coin:
value = quantity × contract size ÷ price, and it gains cost − value. Values and costs are at 10**-16 and signed as the
quantity; those of inverse contracts are cut there (mechanics: wallets at 10**-8 could not reproduce published samples).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.units import ONE, div_up, div_zero

if TYPE_CHECKING:
    from simexchange.core.vocabulary.markets import Market


def value(spec: Market, price: int, qty: int) -> int:
    """What *qty* is worth at *price*, at 10**-16, signed as the quantity; of inverse contracts toward zero."""
    if not spec.inverse:
        return qty * price
    return div_zero(qty * spec.contract_size * ONE, price)


def traded(spec: Market, price: int, qty: int) -> int:
    """What both sides of a trade of *qty*, above zero, count it as, at 10**-16: of linear contracts whole 10**-8."""
    return value(spec, price, qty) if spec.inverse else price * qty // ONE * ONE


def worth(spec: Market, price: int, qty: int) -> int:
    """What |*qty*| is worth at *price* in the asset it settles in, 10**-8, rounded down; nothing without a price."""
    size = abs(qty)
    if not spec.inverse:
        return size * price // ONE
    return size * spec.contract_size // price if price else 0


def worth_up(spec: Market, price: int, qty: int) -> int:
    """`worth`, rounded up: what an order may need at most."""
    size = abs(qty)
    if not spec.inverse:
        return div_up(size * price, ONE)
    return div_up(size * spec.contract_size, price) if price else 0


def notional(spec: Market, price: int, qty: int) -> int:
    """What |*qty*| is worth in the quote asset (USD of inverse contracts), 10**-8, rounded down."""
    return abs(qty) * (spec.contract_size if spec.inverse else price) // ONE


def profit(spec: Market, cost: int, worth_now: int) -> int:
    """What a position that *cost* so much has gained when it is worth so much, all at 10**-16."""
    return cost - worth_now if spec.inverse else worth_now - cost


def unrealised(spec: Market, qty: int, cost: int, price: int) -> int:
    """Unrealised profit of a position at *price*, 10**-8, toward zero; nothing without a price."""
    if not price:
        return 0
    return div_zero(profit(spec, cost, value(spec, price, qty)), ONE)


def money(spec: Market, price: int, qty: int) -> int:
    """`value` in 10**-8 of the asset it settles in, signed as the quantity, toward zero; nothing without a price."""
    return div_zero(value(spec, price, qty), ONE) if price else 0
