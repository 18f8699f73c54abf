"""What is different between two pasts: of one log at two moments, or of two logs.

Every fact is an exact number or a word, in a table by whose it is and what it is; two tables are compared row by row.
Nothing is rounded: balances, positions with what they cost, open orders, and of each market its prices, the top of its
book and its funding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.ids import market_of, slot_of, sub_of
from simexchange.core.vocabulary.orders import BUY, SELL, AccountClass, Slot
from simexchange.core.vocabulary.units import FINE, ONE, decimal_text
from simexchange.eventlog.inspection import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

ACCOUNT: Final = "account"
MARKET: Final = "market"
EXCHANGE: Final = "exchange"
_PEOPLE: Final = (AccountClass.USER, AccountClass.FUND)

Place = tuple[str, str, str]
"""(account, market or exchange, its name, what of it)."""


class Fact(msgspec.Struct, frozen=True):
    """One value: a number in units of 1/*unit*, or a word, where *unit* is 0."""

    number: int = 0
    unit: int = 0
    word: str = ""

    def __str__(self) -> str:
        return decimal_text(self.number, self.unit) if self.unit else self.word


class Change(msgspec.Struct, frozen=True):
    """One fact that is another one in the second past. Empty where it is in one of the two only."""

    of: str
    """``account``, ``market`` or ``exchange``."""
    name: str
    what: str
    before: str
    after: str
    change: str
    """How much more it is, where it is a number in both, or in one and nothing in the other."""


def differences(before: ExchangeState, after: ExchangeState, *, everybody: bool = False) -> list[Change]:
    """Every fact that differs: the exchange's, then accounts and markets as *after* has them, then what it lacks.

    Accounts of people and the fund; with *everybody* those of feeds, too.
    """
    old, new = dict(facts(before, everybody=everybody)), dict(facts(after, everybody=everybody))
    places = dict.fromkeys([*new, *old])
    return [_change(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]


def facts(state: ExchangeState, *, everybody: bool = False) -> Iterator[tuple[Place, Fact]]:
    """Everything *state* is compared by, each once."""
    yield (EXCHANGE, "", "time"), Fact(word=iso_time(state.now))
    for account in state.accounts.values():
        if everybody or account.account_class in _PEOPLE:
            for what, fact in _of_account(state, account):
                yield (ACCOUNT, account.name, what), fact
    for market in state.markets.values():
        for what, fact in _of_market(market):
            yield (MARKET, market.spec.id, what), fact


def _change(place: Place, old: Fact | None, new: Fact | None) -> Change:
    more = ""
    known = old or new
    if known is not None and known.unit:
        more = decimal_text((new.number if new else 0) - (old.number if old else 0), known.unit)
        more = more if more.startswith("-") else f"+{more}"
    return Change(*place, "" if old is None else str(old), "" if new is None else str(new), more)


def _of_account(state: ExchangeState, account: Account) -> Iterator[tuple[str, Fact]]:
    for (wallet, asset), balance in sorted(account.balances.items(), key=lambda item: item[0]):
        for name, amount in (("free", balance.free), ("held", balance.held), ("bonus", balance.bonus)):
            if amount:
                yield f"balance {wallet} {asset} {name}", Fact(amount, ONE)
    for key, position in sorted(account.positions.items(), key=lambda item: item[0]):
        slot = Slot(slot_of(key))
        parts = [state.markets[market_of(key)].spec.id, *([] if slot is Slot.NET else [slot.name.lower()])]
        where = " ".join([*parts, *([str(sub_of(key))] if sub_of(key) else [])])
        if position.qty:
            yield f"position {where} qty", Fact(position.qty, ONE)
            yield f"position {where} cost", Fact(position.cost, FINE)
    for key, leverage in sorted(account.leverage.items(), key=lambda item: item[0]):
        slot = Slot(slot_of(key))
        side = "" if slot is Slot.NET else f" {slot.name.lower()}"
        yield f"leverage {state.markets[market_of(key)].spec.id}{side}", Fact(leverage, 1)
    for order in account.orders.values():
        where = f"order {order.id} {state.markets[order.market].spec.id}"
        yield where, Fact(word=_words(order))
        yield f"{where} left", Fact(order.left, ONE)


def _words(order: Order) -> str:
    parts = ["buy" if order.side is BUY else "sell", decimal_text(order.qty), order.kind.name.lower()]
    if order.price:
        parts.append(f"at {decimal_text(order.price)}")
    return " ".join([*parts, *(["asleep"] if order.asleep else [])])


def _of_market(market: MarketState) -> Iterator[tuple[str, Fact]]:
    yield "status", Fact(word=market.status.name.lower())
    yield "trades", Fact(market.trades, 1)
    book = market.book
    prices = {"last": market.last, "bid": book.best_bid(), "ask": book.best_ask()}
    if market.derivative:
        prices |= {"mark": market.mark, "index": market.index_price}
    for name, price in prices.items():
        if price:
            yield name, Fact(price, ONE)
    for name, side, best in (("bid size", BUY, prices["bid"]), ("ask size", SELL, prices["ask"])):
        for price, qty, _ in book.levels(side, 1):
            if price == best:
                yield name, Fact(qty, ONE)
    funding = market.funding
    if funding is not None:
        yield "funding rate", Fact(funding.rate, ONE)
        yield "next funding", Fact(word=iso_time(funding.next_at))
        if funding.premium is not None:
            yield "premium", Fact(funding.premium, ONE)
