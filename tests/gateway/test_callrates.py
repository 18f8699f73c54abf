"""Limits of single calls: by account, in rolling spans of wall time, shown in the venue's own headers."""

from typing import Any

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import MILLISECOND, MINUTE, SECOND, Nanos
from simexchange.dialects.bybit.common import logon
from simexchange.dialects.bybit.common.limits import RATES, rate_of, rated
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.product import PRODUCTS, V5Product
from simexchange.dialects.bybit.venue import BybitDialect
from simexchange.dialects.contract import Auth, Call, Method, Rated, Reply, Route
from simexchange.gateway.callrates import UNDER_WAY, CallRates, headers_of
from simexchange.gateway.ratelimits import LimitMode, RateLimits
from simexchange.gateway.venues import VENUES
from tests.gateway.both import say, serving

ALICE, BOB = AccountNo(2), AccountNo(3)
TEN = Rated("create", 10, Nanos(SECOND))
LIMIT, LEFT, RESET = "X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp"
CREATE, BATCH = "/v5/order/create", "/v5/order/create-batch"


def grants(rates: CallRates, limit: Rated, *walls: int, account: AccountNo = ALICE) -> list[tuple[int, int, int]]:
    """Allowed, left and the instant of reset of calls at *walls*."""
    return [(each.allowed, each.left, each.reset) for wall in walls for each in [rates.use(account, limit, wall)]]


def test_the_eleventh_call_within_a_second_is_refused_and_told_when_there_is_room() -> None:
    rates = CallRates(LimitMode.STRICT)
    first = grants(rates, TEN, *range(0, 10 * MILLISECOND, MILLISECOND))

    assert [left for _, left, _ in first] == list(range(9, -1, -1))
    assert grants(rates, TEN, 20 * MILLISECOND) == [(0, 0, SECOND)]


def test_the_span_rolls() -> None:
    """A use is over a second after it was, whatever the clock says; what was refused does not count."""
    rates = CallRates(LimitMode.STRICT)
    grants(rates, TEN, *[900 * MILLISECOND] * 10, *[SECOND] * 5)

    assert grants(rates, TEN, 1_899 * MILLISECOND) == [(0, 0, 1_899 * MILLISECOND + UNDER_WAY)]
    assert grants(rates, TEN, 1_900 * MILLISECOND) == [(1, 9, 1_900 * MILLISECOND)]


def test_room_is_told_of_for_an_instant_that_is_to_come_when_the_answer_is_there() -> None:
    """Room was there a moment later; a client whose clock has passed it by then would have nothing to sleep until."""
    rates = CallRates(LimitMode.STRICT)
    grants(rates, TEN, *[0] * 10)

    told = [rates.use(ALICE, TEN, SECOND - left).reset - (SECOND - left) for left in (MILLISECOND, 1, SECOND // 2)]
    assert told == [UNDER_WAY, UNDER_WAY, SECOND // 2]


def test_each_account_and_each_call_count_by_themselves() -> None:
    rates = CallRates(LimitMode.STRICT)
    grants(rates, TEN, *[0] * 10)

    assert grants(rates, TEN, 0, account=BOB) == [(1, 9, 0)]
    assert grants(rates, Rated("cancel", 10, Nanos(SECOND)), 0) == [(1, 9, 0)]


def test_of_a_batch_the_first_orders_are_allowed() -> None:
    """Eight orders where five are left: "Instructions for batch endpoints"."""
    rates = CallRates(LimitMode.STRICT)
    five, eight = (Rated("batch", 10, Nanos(SECOND), uses) for uses in (5, 8))

    assert grants(rates, five, 7) == [(5, 5, 7)]
    assert grants(rates, eight, 8) == [(5, 0, 7 + SECOND)]
    assert grants(rates, eight, 9) == [(0, 0, 7 + SECOND)]


def test_headers_only_shows_and_refuses_nothing() -> None:
    rates = CallRates(LimitMode.HEADERS)
    found = grants(rates, TEN, *[5] * 30)

    assert {allowed for allowed, _, _ in found} == {1}
    assert found[-1] == (1, 0, 5 + SECOND)
    assert list(rates.uses()) == [("create", TEN, 10)]


def test_the_headers_say_when_in_milliseconds_of_the_wall_rounded_up() -> None:
    """A client that sleeps until then must find room."""
    limit = Rated("create", 10, Nanos(SECOND), headers=(LIMIT, LEFT, RESET))
    rates = CallRates(LimitMode.STRICT)
    for _ in range(10):
        rates.use(ALICE, limit, 1)

    assert headers_of(limit, rates.use(ALICE, limit, 2)) == {LIMIT: "10", LEFT: "0", RESET: "1001"}


@pytest.mark.parametrize(
    ("name", "params", "raw", "found"),
    [
        (CREATE, {"category": "spot"}, {}, (f"{CREATE} spot", 20, SECOND, 1)),
        (CREATE, {"category": "linear"}, {}, (f"{CREATE} contracts", 10, SECOND, 1)),
        (CREATE, {"category": "inverse"}, {}, (f"{CREATE} contracts", 10, SECOND, 1)),
        ("order.create", {"category": "spot"}, {}, (f"{CREATE} spot", 20, SECOND, 1)),
        (BATCH, {"category": "spot"}, {"request": [{}, {}, {}]}, (f"{BATCH} spot", 20, SECOND, 3)),
        (BATCH, {}, {"request": "x"}, (BATCH, 10, SECOND, 1)),
        (BATCH, {}, {"request": []}, (BATCH, 10, SECOND, 1)),
        ("/v5/account/fee-rate", {}, {"request": [1, 2]}, ("/v5/account/fee-rate", 5, SECOND, 1)),
        ("/v5/asset/transfer/inter-transfer", {}, {}, ("/v5/asset/transfer/inter-transfer", 60, MINUTE, 1)),
    ],
)
def test_which_limit_a_call_falls_under(
    name: str, params: dict[str, str], raw: dict[str, Any], found: tuple[str, int, int, int]
) -> None:
    limit = rated(name, params, raw)

    assert limit is not None
    assert (limit.name, limit.limit, limit.span, limit.uses) == found


def test_a_call_without_a_row_has_no_limit_of_its_own() -> None:
    assert rated("/v5/market/time", {}, {}) is None
    assert rate_of("/v5/market/time") == 0
    assert all(rate.limit > 0 for rate in RATES.values())


# Over the wire


def _create(call: Call) -> Reply:
    return responses.placed(call, {"allowed": call.allowed}, 1)


def toy() -> BybitDialect:
    """Orders that become nothing."""
    routes = (
        Route("POST", CREATE, _create, Auth.SIGNED, 0, rate=10),
        Route("POST", BATCH, _create, Auth.SIGNED, 0, rate=10),
        Route("GET", "/v5/market/time", _create),
    )
    methods = (*logon.methods(), Method("order.create", _create, Auth.SIGNED, 0, rate=10))
    return BybitDialect((V5Product("v5", routes, methods), *PRODUCTS[1:]))


async def test_each_answer_shows_the_limit_what_is_left_and_the_walls_time() -> None:
    async with serving(dialects=[toy()], limits="headers") as world:
        before = world.stand() // MILLISECOND
        shown = [(await world.post(CREATE, category="linear"))[1] for _ in range(12)]
        spot = (await world.post(CREATE, category="spot"))[1]
        public = (await world.get("/v5/market/time"))[1]

    assert [headers[LEFT] for headers in shown] == [*map(str, range(9, -1, -1)), "0", "0"]
    assert {headers[LIMIT] for headers in shown} == {"10"}
    assert before <= int(shown[0][RESET]) <= before + 1
    assert before + 1_000 <= int(shown[-1][RESET]) <= before + 1_001
    assert (spot[LIMIT], spot[LEFT]) == ("20", "19")
    assert LIMIT not in public
    assert not [name for headers in (*shown, public) for name in headers if name.upper().startswith("X-MBX")]


async def test_strict_refuses_by_10006_and_lets_the_trade_socket_share_the_limit() -> None:
    async with serving(dialects=[toy()], limits="strict") as world, world.socket("/v5/trade") as socket:
        world.stand()
        await say(socket, **world.log_on())
        header = {"X-BAPI-TIMESTAMP": str(world.now())}
        order = {"op": "order.create", "args": [{"category": "linear"}], "header": header}
        for _ in range(9):
            answer, headers = await world.post(CREATE, category="linear")
            assert answer["retCode"] == 0
        last = await say(socket, **order, reqId="10")
        refused = await say(socket, **order, reqId="11")
        over, headers = await world.post(CREATE, category="linear")
        batch, _ = await world.post(BATCH, category="linear", request=[{}] * 8)
        rest, _ = await world.post(BATCH, category="linear", request=[{}] * 8)
        budget = await world.control("GET", "/budget")

    assert (last["retCode"], last["header"][LEFT]) == (0, "0")
    assert (refused["reqId"], refused["retCode"], refused["header"][LIMIT]) == ("11", 10006, "10")
    assert (over["retCode"], headers["status"], headers[LEFT]) == (10006, "200", "0")
    assert "Retry-After" not in headers
    assert (batch["result"]["allowed"], rest["result"]["allowed"]) == (8, 2)
    uses = {row["limit"]: (row["most"], row["allowed"]) for row in budget["limits"]}
    assert uses[f"{CREATE} contracts 1S"] == (10, 10)
    assert uses[f"{BATCH} contracts 1S"] == (10, 10)
    assert uses["requests 5S"][1] == 600
    assert not [limit for limit in uses if limit.startswith("weight")]
    assert [row["refused"] for row in budget["calls"] if row["call"] == f"POST {CREATE}"] == [1]


async def test_of_a_batch_beyond_its_limit_the_first_orders_are_in_the_book() -> None:
    """Eight, and of eight more the two there is room for; single orders are another limit."""
    order: dict[str, Any] = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
    async with serving(limits="strict") as world:
        world.stand()
        first, _ = await world.post(BATCH, category="linear", request=[order] * 8)
        second, told = await world.post(BATCH, category="linear", request=[order] * 8)
        third, _ = await world.post(BATCH, category="linear", request=[order])
        single, _ = await world.post(CREATE, category="linear", **order)
        placed, _ = await world.get("/v5/order/realtime", world.bob, category="linear", symbol="BTCUSDT")

    assert [each["code"] for each in first["retExtInfo"]["list"]] == [0] * 8
    assert [each["code"] for each in second["retExtInfo"]["list"]] == [0] * 2 + [10006] * 6
    assert (told[LEFT], third["retCode"], single["retCode"]) == ("0", 10006, 0)
    assert len(placed["result"]["list"]) == 11


async def test_off_counts_nothing() -> None:
    async with serving(dialects=[toy()], limits="off") as world:
        shown = [(await world.post(CREATE, category="linear"))[1] for _ in range(12)]

    assert not [headers for headers in shown if LIMIT in headers]


async def test_an_address_with_too_many_requests_is_shut_out_for_ten_minutes() -> None:
    """403, not 429, and without a word of how long; sockets that are open go on."""
    async with serving(limits="strict") as world, world.socket("/v5/public/linear") as socket:
        world.stand(1_000_000 * MINUTE)
        answers = [await world.get("/v5/market/time") for _ in range(601)]
        pong = await say(socket, op="ping")
        world.stand(1_000_009 * MINUTE)
        still, told = await world.get("/v5/market/time")
        world.stand(1_000_010 * MINUTE)
        again, _ = await world.get("/v5/market/time")

    assert {answer["retCode"] for answer, _ in answers[:600]} == {0}
    assert (answers[600][0]["retCode"], answers[600][1]["status"]) == (10018, "403")
    assert "Retry-After" not in answers[600][1]
    assert pong["ret_msg"] == "pong"
    assert (still["retCode"], told["status"], again["retCode"]) == (10018, "403", 0)


def test_messages_on_a_socket_are_no_requests() -> None:
    limits = RateLimits(LimitMode.STRICT)
    bybit = VENUES["bybit"].mounts["v5"].limits

    assert not bybit.sockets
    assert limits.spend(bybit, "here", 5, 0) == 0
