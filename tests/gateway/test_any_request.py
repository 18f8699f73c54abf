"""Drawn requests (`tests/dialects/binance/effects/requests.py`) over HTTP: never a 5xx, nothing changed by a refusal.

`SIMEXCHANGE_REQUESTS_OVER_HTTP=5000` sends more.
"""

import hmac
import os
from hashlib import sha256
from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from simexchange.gateway.ratelimits import LimitMode
from simexchange.runtime.clock import PAUSED
from tests.dialects.binance.effects import spot_rows, usdm_rows
from tests.dialects.binance.effects.requests import POSITIVE, Request, pool, request
from tests.dialects.binance.effects.test_any_request import standing
from tests.dialects.binance.effects.test_effects import DAYS, told_effects
from tests.gateway.real import trading
from tests.gateway.world import Served

MOST = int(os.environ.get("SIMEXCHANGE_REQUESTS_OVER_HTTP", "1000"))
ROWS: dict[str, Any] = {"spot": spot_rows.ROWS, "usdm": usdm_rows.ROWS}


async def send(world: Served, asked: Request) -> tuple[int, bytes]:
    url = URL(f"{world.url}{asked.path}{'?' if asked.query else ''}{asked.query}", encoded=True)
    async with world.session.request(asked.method, url, headers=asked.headers, data=asked.body or None) as response:
        return response.status, await response.read()


def refusal(body: bytes) -> Any:
    """A refusal that was told as JSON, or None."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


@pytest.mark.timeout(120 + MOST // 10)
@pytest.mark.parametrize("name", ROWS)
async def test_whatever_is_sent_is_answered_and_what_is_refused_changes_nothing(name: str) -> None:
    source = pool(DAYS[name](), ROWS[name], [effect for product, effect in told_effects() if product == name])
    # A countdown cancels orders by itself, a while after it was asked for.
    source = source._replace(routes=[route for route in source.routes if not route.path.endswith("countdownCancelAll")])
    statuses: dict[int, int] = {}

    def sign(text: str) -> str:
        return hmac.new(world.alice.secret.encode(), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    async with trading(rate_limits=LimitMode.OFF, speed=PAUSED) as world:
        before = standing(world.exchange.state)
        for number in range(MOST):
            asked = request(source, number, world.now(), world.alice.api_key, sign)
            try:
                status, body = await send(world, asked)
            except (ValueError, aiohttp.InvalidURL):
                # The client itself would not send it.
                continue

            statuses[status] = statuses.get(status, 0) + 1
            assert 200 <= status < 500, (number, asked, body)
            after = standing(world.exchange.state)
            # What is no HTTP is told so by the server, before any venue: bytes above 127 in an address.
            if status in {400, 401} and asked.query.isascii():
                told = refusal(body)
                assert told, (number, asked, body)
                assert told["code"] < 0 or told["code"] in POSITIVE, (number, asked, told)
                assert after == before, (number, asked, told)
            before = after
    assert sum(statuses.values()) > 0.9 * MOST
    assert statuses[200] > MOST // 20
