"""What hot paths have written out gives what the plain rule gives, at every step of the committed logs."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from simexchange.core import collateral, margin
from simexchange.core.ledger import postings, wallet_of
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.orders import OrderKind
from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.replay import records

LOGS = sorted((Path(__file__).resolve().parent.parent.parent / "fixtures" / "logs").glob("*.jsonl"))

Money = Counter[tuple[object, str, str, str]]
"""(owner, wallet, asset, free or held) → how much."""


def money(state: ExchangeState) -> Money:
    """Everything anybody has."""
    found: Money = Counter()
    for account in state.accounts.values():
        for (wallet, asset), balance in account.balances.items():
            found[account.no, wallet, asset, "free"] += balance.free
            found[account.no, wallet, asset, "held"] += balance.held
    for (purse, asset), amount in state.purses.amounts.items():
        found[purse, "", asset, "free"] += amount
    return found


class Watched(ExchangeState):
    """Compares what each event moves with what the ledger's rule says of it."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = 0

    def apply(self, event: Event, at: Nanos) -> None:
        expected = money(self)
        for owner, wallet, asset, free, held in postings(event, self):
            expected[owner, wallet, asset, "free"] += free
            expected[owner, wallet, asset, "held"] += held
            self.moved += 1
        super().apply(event, at)
        found = money(self)
        assert {key: value for key, value in found.items() if value} == {
            key: value for key, value in expected.items() if value
        }, event


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_every_event_moves_what_the_ledger_says_it_moves(path: Path) -> None:
    """Holds and trades are applied without making a list of postings first; the list is still the rule."""
    state = Watched()

    with closing(JsonlLog.read_only(path)) as log:
        for record in records(log):
            for event in record.events:
                state.apply(event, record.at)

    assert state.moved > 0


def test_an_order_is_affordable_where_its_cost_is_not_above_what_is_available() -> None:
    """`affords` is asked of every derivative order and finds each figure once; these are the formulas it stands for."""
    answers: Counter[bool] = Counter()
    for path in LOGS:
        state = ExchangeState()
        with closing(JsonlLog.read_only(path)) as log:
            for record in records(log):
                answers.update(_judged(state, record.command) if isinstance(record.command, PlaceOrder) else ())
                for event in record.events:
                    state.apply(event, record.at)

    assert answers[True] > 50
    assert answers[False] > 50


def _judged(state: ExchangeState, order: PlaceOrder) -> list[bool]:
    """What `affords` says of *order*, and of the same at other sizes, prices and leverages; compared on the way."""
    account, market = state.accounts.get(order.account), state.markets.get(order.market)
    if account is None or market is None or not market.derivative or order.kind is not OrderKind.LIMIT:
        return []
    wallet, asset = wallet_of(market, account), market.spec.settle
    if account.shares(wallet):
        # Of a pool of several assets it is the whole that must cover the cost.
        asset = ALL_ASSETS
    available = margin.available(state, account, wallet, asset)
    leverage = margin.leverage_of(state, account, market.no)
    found = []
    for side in (1, -1):
        for times in (1, 30, 1_000, 40_000):
            for price in (order.price, order.price * 9 // 10, order.price * 11 // 10):
                qty = order.qty * times
                needed = margin.entry_cost(state, account, market, side, price, qty)
                found.append(margin.affords(state, account, market, side, price, qty, leverage, market.no))
                if asset == ALL_ASSETS:
                    rates = collateral.rates_of(state, account)[market.spec.settle]
                    needed = collateral.needs(needed, rates)
                assert found[-1] is (not needed or needed <= available)
    return found
