"""Funding: the rate at its instant, then a payment for every position held at that instant, peer to peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from simexchange.core import fund, valuing
from simexchange.core.bonuses import of_funding
from simexchange.core.ledger import wallet_of
from simexchange.core.margin import price_of
from simexchange.core.marks import average_premium, funding_rate
from simexchange.core.soundness import fault_of_funding
from simexchange.core.vocabulary.events import FundingClosed, FundingPaid, FundingRateSet
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import FundingRounding, FundingTerms
from simexchange.core.vocabulary.priceevents import FundingTermsBegan, FundingTermsSet
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import FINE, HOUR, Amount, Nanos, Price, Quantity, Rate, div_zero

if TYPE_CHECKING:
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import SetFunding

PAYMENTS_A_STEP = 500
"""So that no record is unbounded."""


def fall_due(engine: Engine, market: MarketState) -> None:
    """Fix the rate of the interval that ends now, and what the next one is; the payments follow as steps of their own.

    A rate at its cap or floor makes the next intervals an hour long where the rules say so (Binance since 2025-05-02
    08:00 UTC: hit at 08:00, the next settlement is at 09:00; seen 2026-11).
    """
    funding, spec = market.funding, market.spec
    assert funding is not None
    premium, _ = average_premium(funding, engine.at)
    rate = funding_rate(premium, spec, engine.at, funding.next_at - funding.started_at)
    fund.before_funding(engine, market, rate, funding.next_at - funding.started_at)
    terms = funding.coming or spec.funding_terms
    if spec.prices_at(engine.at).hourly_at_bound and rate in (spec.funding_cap, spec.funding_floor):
        terms = replace(terms, interval=min(terms.interval, Nanos(HOUR)))
    next_at = Nanos((engine.at // terms.interval + 1) * terms.interval)
    engine.emit(FundingRateSet(market.no, Rate(rate), Price(price_of(market)), Rate(premium), next_at))
    if funding.coming is not None or terms != spec.funding_terms:
        engine.emit(FundingTermsBegan(market.no, terms))


def set_terms(engine: Engine, command: SetFunding) -> None:
    """Change interval, cap, floor or interest from the next settlement on; what is said last before it counts."""
    market = engine.state.markets.get(command.market)
    if market is None or market.funding is None:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
        return
    terms = FundingTerms(command.interval, command.cap, command.floor, command.interest)
    fault = fault_of_funding(terms, market.spec.prices)
    if fault:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_INVALID, fault)
    elif terms == (market.funding.coming or market.spec.funding_terms):
        engine.refuse(command, AccountNo(0), RejectReason.SETTING_UNCHANGED)
    else:
        engine.emit(FundingTermsSet(command.market, terms, Nanos(market.funding.next_at)))


def settle(engine: Engine, market: MarketState) -> None:
    """Pay the next positions of a running round; when it is through, what rounding left goes to dust.

    Everybody pays or receives in full, below zero if need be; liquidation comes after.
    """
    funding = market.funding
    assert funding is not None
    rounding = market.spec.prices_at(engine.at).rounding
    for no, key in market.round[-PAYMENTS_A_STEP:][::-1]:
        account = engine.state.accounts[no]
        position = account.positions[key]
        amount = payment(valuing.value(market.spec, funding.mark, position.qty), funding.rate, rounding)
        wallet, asset = wallet_of(market, account, key), market.spec.settle
        paid = of_funding(engine.state, account, wallet, asset, amount) if account.bonused else Amount(0)
        engine.emit(
            FundingPaid(
                no, market.no, position.id, Quantity(position.qty), Amount(amount), wallet, asset,
                Rate(funding.rate), Price(funding.mark), paid,
            )
        )  # fmt: skip
        engine.touch(no)
    if not market.round:
        dust = engine.state.purses.amount(market.clr_funding, market.spec.settle)
        if dust:
            engine.emit(FundingClosed(market.no, market.spec.settle, Amount(dust)))


def payment(value: int, rate: int, rounding: FundingRounding = FundingRounding.PAYER_UP) -> int:
    """What a position of *value* (10**-16 of the settle asset, signed) receives, or pays below zero: −value × rate."""
    if rounding is FundingRounding.TRUNCATED:
        return div_zero(-value * rate, FINE)
    return -value * rate // FINE
