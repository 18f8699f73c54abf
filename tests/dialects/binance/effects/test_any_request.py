"""Whatever is asked: the venue's answer or its error, and what is refused changes nothing.

`SIMEXCHANGE_REQUESTS=50000` asks more than the default run can wait for.
"""

import os
from typing import Any

import msgspec
import pytest

from simexchange.core import canonical
from simexchange.core.invariants import check
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.units import Nanos
from tests.dialects.binance.effects import coinm_rows, spot_rows, usdm_rows
from tests.dialects.binance.effects.requests import POSITIVE, pool, request
from tests.dialects.binance.effects.test_effects import DAYS, told_effects

A_DAY = 50
"""How many requests one day hears: what they use up, orders above all, is there again in the next one."""
MOST = int(os.environ.get("SIMEXCHANGE_REQUESTS", "1000"))
ROWS: dict[str, Any] = {"spot": spot_rows.ROWS, "usdm": usdm_rows.ROWS, "coinm": coinm_rows.ROWS}


def standing(state: ExchangeState) -> bytes:
    """Everything there is, but for the time and for how many orders were tried: a refused order has a number, too."""
    now, made = state.now, {no: account.orders_made for no, account in state.accounts.items()}
    state.now = Nanos(0)
    for account in state.accounts.values():
        account.orders_made = OrderId(0)
    try:
        return canonical.dump(state)
    finally:
        state.now = now
        for no, number in made.items():
            state.accounts[no].orders_made = number


@pytest.mark.timeout(120 + MOST // 10)
@pytest.mark.parametrize("name", ROWS)
def test_whatever_is_asked_is_answered_and_what_is_refused_changes_nothing(name: str) -> None:
    first = DAYS[name]()
    shop = first.again()
    source = pool(shop, ROWS[name], [effect for product, effect in told_effects() if product == name])
    statuses: dict[int, int] = {}
    before = standing(shop.state)

    for number in range(MOST):
        if number and number % A_DAY == 0:
            check(shop.state)
            shop = first.again()
            before = standing(shop.state)
        asked = request(source, number, shop.now_ms(), f"key{shop.taker.name}")
        answer = shop.send(asked.method, asked.path, asked.query, asked.body, asked.headers)

        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert 200 <= answer.status < 500, (number, asked, answer.body)
        after = standing(shop.state)
        if answer.status >= 400 and not (name == "spot" and answer.status == 404):
            # Of a path that spot does not have, the venue's web server speaks, and no JSON.
            told = msgspec.json.decode(answer.reply.body)
            assert told["code"] < 0 or told["code"] in POSITIVE, (number, asked, told)
            assert told["msg"], (number, asked, told)
            # Half of a replacement may be done: 409.
            assert answer.status == 409 or after == before, (number, asked, told)
        before = after
    check(shop.state)
    assert statuses[200] > MOST // 10
    assert statuses[400] > MOST // 10
