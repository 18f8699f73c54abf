"""Faults, as the unmodified ccxt sees them: which exception, what a retry does, and the same again from a log.

By TLS, so that addresses begin as ccxt wants them and its finer classes are those of the venue's own address. A class
follows from what came over the wire alone: status, body and headers, or that nothing came.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simexchange.gateway.faults.kinds import ANSWERS
from tests.clients.desk import SYMBOLS, Desk, desk, streaming
from tests.clients.served import Served, serve
from tests.clients.test_errors import raised

OPTIONS = ("--feed", "none", "--tls", "--account", "alice:USDT=1000000,BTC=5")
PATIENCE = 700
"""Milliseconds a client waits for an answer."""
LATER = "1500ms"
"""Longer than that."""


class Case(NamedTuple):
    """A fault of an order; ccxt's exception for spot and for USDⓈ-M, and whether the order was placed."""

    kind: str
    params: dict[str, Any]
    spot: str
    usdm: str
    placed: bool = False
    async_: str = ""
    """The exception of the client that is awaited, where it is another."""


CASES = [
    Case("error", {"status": 500}, "OperationFailed", "OperationFailed"),
    Case("error", {"status": 400, "code": -1003, "text": "Too many requests queued."},
         "RateLimitExceeded", "RateLimitExceeded"),
    Case("error", {"status": 401, "code": -1002, "text": "You are not authorized to execute this request."},
         "AuthenticationError", "AuthenticationError"),
    Case("proxy_error", {"status": 403}, "ExchangeNotAvailable", "ExchangeNotAvailable"),
    Case("proxy_error", {"status": 502}, "ExchangeNotAvailable", "ExchangeNotAvailable"),
    Case("proxy_error", {"status": 504}, "RequestTimeout", "RequestTimeout"),
    Case("unavailable", {}, "OperationFailed", "ExchangeNotAvailable"),
    Case("overloaded", {}, "OperationFailed", "OperationFailed"),
    Case("unknown_status", {"where": "in"}, "RequestTimeout", "ExchangeNotAvailable"),
    Case("unknown_status", {"where": "out"}, "RequestTimeout", "ExchangeNotAvailable", placed=True),
    Case("timeout_unknown_status", {}, "RequestTimeout", "RequestTimeout", placed=True),
    Case("timeout_unknown_status", {"how": "cut"}, "NetworkError", "NetworkError", True, "ExchangeNotAvailable"),
    Case("timeout_not_applied", {}, "RequestTimeout", "RequestTimeout"),
    Case("timeout_not_applied", {"how": "cut"}, "NetworkError", "NetworkError", False, "ExchangeNotAvailable"),
    Case("reset_before", {}, "NetworkError", "NetworkError", False, "ExchangeNotAvailable"),
    Case("reset_after", {}, "NetworkError", "NetworkError", True, "ExchangeNotAvailable"),
    Case("too_many_requests", {"alone": True}, "DDoSProtection", "DDoSProtection"),
    Case("too_many_requests", {"alone": True, "status": 418}, "DDoSProtection", "DDoSProtection"),
    Case("clock_skew", {"skew": "-30s"}, "InvalidNonce", "InvalidNonce"),
    Case("clock_skew", {"skew": "30s"}, "InvalidNonce", "InvalidNonce"),
    Case("maintenance", {}, "OnMaintenance", "OnMaintenance"),
    Case("latency", {"where": "in", "delay": LATER}, "RequestTimeout", "RequestTimeout", placed=True),
    Case("latency", {"where": "out", "delay": LATER}, "RequestTimeout", "RequestTimeout", placed=True),
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """No feed and nobody else: alice's orders rest."""
    with serve(tmp_path_factory.mktemp("faults"), *OPTIONS, "--faults", "none") as running:
        yield running


@pytest.fixture(scope="module", params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def desks(served: Served, kind: str) -> Iterator[dict[str, Desk]]:
    with (
        desk(served.by_tls(), kind, "spot", "alice") as spot,
        desk(served.by_tls(), kind, "usdm", "alice") as usdm,
    ):
        for each in (spot, usdm):
            each.client.timeout = PATIENCE
            each.client.enableRateLimit = False
        yield {"spot": spot, "usdm": usdm}


@contextmanager
def fault(served: Served, kind: str, **params: Any) -> Iterator[None]:
    """One fault that strikes orders on REST once, where nothing else is said."""
    rule = {"kind": kind, "channel": "rest", "match": "orders", "times": 1, **params}
    served.control("faults", {"faults": [{key: value for key, value in rule.items() if value is not None}]})
    try:
        yield
    finally:
        served.control("faults/clear", {})


def placed(served: Served) -> int:
    """How many orders of anybody the log tells of."""
    return sum(event["type"] == "OrderAccepted" for record in served.records() for event in record["events"])


def grows(count: Callable[[], int], before: int, by: int, within: float = 3.0) -> bool:
    """Whether a count comes to so much more, soon: an order that is late is placed after its client gave up."""
    until = time.monotonic() + within
    while count() < before + by and time.monotonic() < until:
        time.sleep(0.05)
    return count() == before + by


@pytest.mark.parametrize("product", SYMBOLS)
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.kind} {case.params}") for case in CASES])
def test_a_fault_has_the_exception_it_has_at_the_venue(
    case: Case, product: str, kind: str, served: Served, desks: dict[str, Desk]
) -> None:
    call, before = desks[product], placed(served)
    expected = (case.spot if product == "spot" else case.usdm) if kind == "sync" or not case.async_ else case.async_

    with fault(served, case.kind, **case.params):
        assert raised(lambda: call("create_limit_buy_order", SYMBOLS[product], 0.01, 50_000)) == expected
        assert grows(lambda: placed(served), before, int(case.placed))

    call("create_limit_buy_order", SYMBOLS[product], 0.01, 50_000)
    assert placed(served) == before + int(case.placed) + 1


@pytest.mark.parametrize("product", SYMBOLS)
def test_what_ccxt_tries_again_by_itself_goes_by_its_own_id_and_is_placed_once(
    product: str, served: Served, desks: dict[str, Desk]
) -> None:
    """It sends the very same order again: where the first was placed the second is refused, and it raises for that."""
    call, before, once = desks[product], placed(served), {"maxRetriesOnFailure": 1, "maxRetriesOnFailureDelay": 1}

    def order() -> None:
        call("create_limit_buy_order", SYMBOLS[product], 0.01, 50_000, dict(once))

    with fault(served, "timeout_not_applied", how="cut"):
        assert raised(order) == "none"
    assert placed(served) == before + 1
    with fault(served, "unavailable"):
        assert raised(order) == "none"
    assert placed(served) == before + 2
    with fault(served, "timeout_unknown_status", how="cut"):
        assert raised(order) == "InvalidOrder"
    assert placed(served) == before + 3


def test_a_bot_that_orders_anew_after_every_failure_has_two(served: Served, desks: dict[str, Desk]) -> None:
    call, before = desks["spot"], placed(served)

    def order() -> None:
        call("create_limit_buy_order", SYMBOLS["spot"], 0.01, 50_000)

    with fault(served, "timeout_unknown_status", how="cut"):
        if raised(order) != "none":
            order()
    assert placed(served) == before + 2


def test_who_names_his_orders_and_asks_before_he_tries_again_has_one(served: Served, desks: dict[str, Desk]) -> None:
    call, before, symbol = desks["spot"], placed(served), SYMBOLS["spot"]
    name = f"mine{before}"

    with fault(served, "timeout_unknown_status", how="cut"):
        assert raised(
            lambda: call("create_limit_buy_order", symbol, 0.01, 50_000, {"clientOrderId": name})
        ) in ("NetworkError", "ExchangeNotAvailable")  # fmt: skip
    assert raised(
        lambda: call("create_limit_buy_order", symbol, 0.01, 50_000, {"clientOrderId": name})
    ) == "InvalidOrder"  # fmt: skip
    assert call("fetch_order", None, symbol, {"origClientOrderId": name})["status"] == "open"
    assert placed(served) == before + 1


@pytest.mark.parametrize("product", SYMBOLS)
def test_an_order_just_placed_is_not_found_and_found_later(
    product: str, served: Served, desks: dict[str, Desk]
) -> None:
    call, symbol = desks[product], SYMBOLS[product]
    with fault(served, "read_lag", match="reads", times=None, lag="3s"):
        order = call("create_limit_buy_order", symbol, 0.01, 50_000)
        assert raised(lambda: call("fetch_order", order["id"], symbol)) == "OrderNotFound"
        assert order["id"] not in [each["id"] for each in call("fetch_open_orders", symbol)]
        time.sleep(3.2)
        assert call("fetch_order", order["id"], symbol)["status"] == "open"
        assert order["id"] in [each["id"] for each in call("fetch_open_orders", symbol)]


def test_who_goes_on_after_429_is_banned_and_who_waits_is_not(served: Served, desks: dict[str, Desk]) -> None:
    call, statuses = desks["spot"], []
    with fault(served, "too_many_requests", match="GET /api/v3/time", retry_after="4s", patience=1, ban="4s"):
        for _ in range(3):
            assert raised(lambda: call("fetch_time")) == "DDoSProtection"
            headers = {name.lower(): value for name, value in call.client.last_response_headers.items()}
            statuses.append((json.loads(call.client.last_http_response)["msg"].split(";")[0], headers["retry-after"]))
        time.sleep(4.2)
        call("fetch_time")
    assert [text for text, _ in statuses] == [
        "Too much request weight used", "Way too much request weight used", "Way too much request weight used",
    ]  # fmt: skip
    assert statuses[0][1] == "4"


def test_a_client_that_measures_the_servers_clock_gets_along_with_a_wrong_one(
    served: Served, desks: dict[str, Desk]
) -> None:
    call = desks["spot"]
    with fault(served, "clock_skew", match="*", times=None, skew="-30s"):
        assert raised(lambda: call("fetch_balance")) == "InvalidNonce"
        try:
            assert 29_000 < call("load_time_difference") < 31_000
            call.client.options["adjustForTimeDifference"] = True
            call("fetch_balance")
        finally:
            call.client.options["adjustForTimeDifference"] = False
            call.client.options["timeDifference"] = 0


def test_in_maintenance_the_status_says_so(served: Served, desks: dict[str, Desk]) -> None:
    call = desks["spot"]
    with fault(served, "maintenance", match="*", times=None):
        assert call("fetch_status")["status"] == "maintenance"
        assert raised(lambda: call("fetch_ticker", SYMBOLS["spot"])) == "OnMaintenance"
    assert call("fetch_status")["status"] == "ok"


API_CASES = [
    ("error", {"status": 400, "code": -1003, "text": "Too many requests queued."}, "RateLimitExceeded", False),
    ("unknown_status", {"where": "in"}, "RequestTimeout", False),
    ("unknown_status", {"where": "out"}, "RequestTimeout", True),
    ("timeout_unknown_status", {}, "TimeoutError", True),
    ("timeout_not_applied", {}, "TimeoutError", False),
    ("timeout_unknown_status", {"how": "cut"}, "NetworkError", True),
    ("timeout_not_applied", {"how": "cut"}, "NetworkError", False),
    ("reset_before", {}, "NetworkError", False),
    ("reset_after", {}, "NetworkError", True),
]


@pytest.mark.parametrize(
    ("fault_kind", "params", "expected", "done"), [pytest.param(*case, id=f"{case[:2]}") for case in API_CASES]
)
async def test_over_the_websocket_api_too(
    fault_kind: str, params: dict[str, Any], expected: str, done: bool, served: Served
) -> None:
    before = placed(served)
    async with streaming(served.by_tls(), "spot", "alice") as client:
        with fault(served, fault_kind, channel="api", **params):
            heard = ""
            try:
                async with asyncio.timeout(PATIENCE / 1000):
                    await client.create_order_ws(SYMBOLS["spot"], "limit", "buy", 0.01, 50_000)
            except Exception as error:  # noqa: BLE001 - any other class is the finding
                heard = type(error).__name__
            assert heard == expected
        assert placed(served) == before + int(done)


EVERY = (
    "kind = 'error'\nstatus = 500", "kind = 'proxy_error'", "kind = 'unavailable'", "kind = 'overloaded'",
    "kind = 'unknown_status'\nwhere = 'in'", "kind = 'unknown_status'", "kind = 'timeout_unknown_status'",
    "kind = 'timeout_unknown_status'\nhow = 'cut'", "kind = 'timeout_not_applied'",
    "kind = 'timeout_not_applied'\nhow = 'cut'", "kind = 'reset_before'", "kind = 'reset_after'",
    "kind = 'too_many_requests'\nalone = true", "kind = 'clock_skew'\nskew = '-60s'", "kind = 'maintenance'",
    "kind = 'late_reply'\nat_most = '50ms'", "kind = 'early_reply'\nlead = '5ms'",
    "kind = 'latency'\ndelay = '9ms'\nspread = '4ms'\ndistribution = 'uniform'",
)  # fmt: skip
"""A fault of orders each, for one order after the other."""
OF_READS = ("kind = 'read_lag'\nlag = '600s'\nafter = 5", "kind = 'unavailable'\nafter = 3")
OF_BOOKS = "kind = 'stale_snapshot'\nage = '600s'"


def plan() -> str:
    """Every kind of fault that a request can meet, each once."""
    rules = [f"{text}\nmatch = 'orders'\nafter = {after}" for after, text in enumerate(EVERY)]
    rules += [f"{text}\nmatch = 'reads'" for text in OF_READS]
    return "".join(f"[[fault]]\nchannel = 'rest'\ntimes = 1\n{text}\n" for text in [*rules, OF_BOOKS])


def script(served: Served, kind: str) -> list[str]:
    """A client that places orders, and looks at them and at the book after each."""
    heard = []
    with desk(served.by_tls(), kind, "spot", "alice") as call:
        call.client.timeout = PATIENCE
        call.client.enableRateLimit = False
        for _ in range(len(EVERY) + 6):
            heard.append(raised(lambda: call("create_limit_buy_order", SYMBOLS["spot"], 0.01, 50_000)))
            heard.append(raised(lambda: call("fetch_open_orders", SYMBOLS["spot"])))
            heard.append(raised(lambda: call("fetch_order_book", SYMBOLS["spot"])))
    return heard


def faults(served: Served) -> list[tuple[Any, ...]]:
    """Kind, place and outcome of each fault the log tells of."""
    keys = ("kind", "channel", "connection", "direction", "ordinal", "name", "detail")
    return [
        tuple(event[key] for key in keys)
        for record in served.records()
        for event in record["events"]
        if event["type"] == "FaultApplied"
    ]


@pytest.mark.parametrize("client", ["sync", "async"])
def test_from_its_log_the_same_script_meets_the_same_faults_at_the_same_messages(tmp_path: Path, client: str) -> None:
    (tmp_path / "plan.toml").write_text(plan(), encoding="utf-8")
    data = ("--data", str(tmp_path / "first"))
    with serve(tmp_path, *OPTIONS, *data, "--seed", "5", "--faults", str(tmp_path / "plan.toml")) as first:
        heard, told = script(first, client), faults(first)
    with serve(tmp_path, *OPTIONS, "--seed", "6", "--faults", f"from:{tmp_path / 'first'}") as second:
        heard_again, told_again = script(second, client), faults(second)

    assert {kind for kind, *_ in told} == {kind.name for kind in ANSWERS} - {"shuffled"}
    assert len(told) == len(EVERY) + 3
    assert told_again == told
    assert heard_again == heard
