"""Faults at the second venue, as the unmodified ccxt and pybit meet them: what they raise, and what a retry does.

A class follows from what came over the wire alone: status, body and headers, or that nothing came. Bybit refuses by
HTTP 200 and a code; ccxt makes a class of the code, pybit one for refusals and one for statuses.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from simexchange.gateway.faults.kinds import ANSWERS
from simexchange.testing import ServedExchange, running, sdk
from tests.clients.desk import Desk, at_work
from tests.clients.test_errors import raised
from tests.clients.test_faults import grows

PATIENCE: Final = 2_500
"""Milliseconds a client waits for an answer."""
LATER: Final = "4s"
"""Longer than that."""
SYMBOL: Final = "BTC/USDT:USDT"
CLIENTS: Final = ("sync", "async", "pybit")
CREATE: Final = "POST /v5/order/create"


class Case(NamedTuple):
    """A fault of an order; what ccxt and pybit raise for it, and whether the order was placed."""

    kind: str
    params: dict[str, Any]
    ccxt: str
    pybit: str
    placed: bool = False
    async_: str = ""
    """The exception of the client that is awaited, where it is another."""


CASES = [
    Case("error", {}, "ExchangeError", "InvalidRequestError"),
    Case("error", {"status": 200, "code": 110007, "text": "ab not enough for new order"},
         "InsufficientFunds", "InvalidRequestError"),
    Case("error", {"status": 500, "code": 10016}, "ExchangeError", "FailedRequestError"),
    Case("proxy_error", {"status": 403}, "RateLimitExceeded", "FailedRequestError"),
    Case("proxy_error", {"status": 502}, "ExchangeNotAvailable", "FailedRequestError"),
    Case("proxy_error", {"status": 504}, "RequestTimeout", "FailedRequestError"),
    Case("unavailable", {}, "ExchangeError", "InvalidRequestError"),
    Case("overloaded", {}, "ExchangeError", "InvalidRequestError"),
    Case("unknown_status", {"where": "in"}, "ExchangeError", "InvalidRequestError"),
    Case("unknown_status", {"where": "out"}, "ExchangeError", "InvalidRequestError", placed=True),
    Case("timeout_unknown_status", {}, "RequestTimeout", "ReadTimeout", placed=True),
    Case("timeout_unknown_status", {"how": "cut"}, "NetworkError", "ConnectionError", True, "ExchangeNotAvailable"),
    Case("timeout_not_applied", {}, "RequestTimeout", "ReadTimeout"),
    Case("timeout_not_applied", {"how": "cut"}, "NetworkError", "ConnectionError", False, "ExchangeNotAvailable"),
    Case("reset_before", {}, "NetworkError", "ConnectionError", False, "ExchangeNotAvailable"),
    Case("reset_after", {}, "NetworkError", "ConnectionError", True, "ExchangeNotAvailable"),
    Case("too_many_requests", {"alone": True, "status": 418}, "RateLimitExceeded", "FailedRequestError"),
    Case("maintenance", {}, "ExchangeError", "InvalidRequestError"),
    Case("latency", {"where": "in", "delay": LATER}, "RequestTimeout", "ReadTimeout", placed=True),
    Case("latency", {"where": "out", "delay": LATER}, "RequestTimeout", "ReadTimeout", placed=True),
]  # fmt: skip


class Bot:
    """Few things that a bot does, by one of the clients."""

    def __init__(self, kind: str, client: Any) -> None:
        self.kind, self.client = kind, client

    def order(self, **more: Any) -> Any:
        """A buy far below the market, which rests."""
        if self.kind != "pybit":
            return self.client("create_order", SYMBOL, "limit", "buy", 0.01, 50_000, more)
        terms = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit"}
        return self.client.place_order(**terms, qty="0.01", price="50000", **more)["result"]

    def open(self) -> list[str]:
        """The ids of open orders."""
        if self.kind != "pybit":
            return [row["id"] for row in self.client("fetch_open_orders", SYMBOL)]
        told = self.client.get_open_orders(category="linear", symbol="BTCUSDT")
        return [row["orderId"] for row in told["result"]["list"]]

    def bids(self) -> float:
        """How much is bid at the price that `order` says."""
        if self.kind != "pybit":
            rows = self.client("fetch_order_book", SYMBOL, 50)["bids"]
        else:
            rows = self.client.get_orderbook(category="linear", symbol="BTCUSDT", limit=50)["result"]["b"]
        return next((float(qty) for price, qty in rows if float(price) == 50_000), 0.0)

    def time(self) -> Any:
        return self.client("fetch_time") if self.kind != "pybit" else self.client.get_server_time()["time"]

    def __call__(self, case: Case) -> str:
        """What it raises in a case."""
        if self.kind == "pybit":
            return case.pybit
        return case.async_ if self.kind == "async" and case.async_ else case.ccxt


@contextmanager
def bot_of(exchange: ServedExchange, kind: str) -> Iterator[Bot]:
    """One of the clients, patient for as long as `PATIENCE` and not inclined to try again."""
    if kind == "pybit":
        pytest.importorskip("pybit")
        client = sdk.pybit_client(exchange, timeout=PATIENCE / 1000)
        yield Bot(kind, client)
        client.client.close()
        return
    package = "ccxt" if kind == "sync" else "ccxt.async_support"
    desk: Desk
    with at_work(sdk._ccxt(exchange, package, "bybit", "", {"timeout": PATIENCE}), kind) as desk:
        yield Bot(kind, desk)


@pytest.fixture(scope="module")
def served() -> Iterator[ServedExchange]:
    with running(venues="bybit", faults_file="none") as exchange:
        yield exchange


@pytest.fixture(scope="module", params=CLIENTS)
def bot(request: pytest.FixtureRequest, served: ServedExchange) -> Iterator[Bot]:
    with bot_of(served, request.param) as made:
        yield made


@pytest.fixture(scope="module")
def listed(served: ServedExchange) -> tuple[Any, Any]:
    """Markets and currencies as ccxt keeps them: loaded once."""
    with bot_of(served, "sync") as made:
        return made.client.client.markets, made.client.client.currencies


@contextmanager
def fault(exchange: ServedExchange, kind: str, **params: Any) -> Iterator[None]:
    """One fault that strikes orders on REST once, where nothing else is said."""
    rule = {"channel": "rest", "match": "orders", "times": 1, **params}
    exchange.faults.add(kind, **{key: value for key, value in rule.items() if value is not None})
    try:
        yield
    finally:
        exchange.faults.clear()


def placed(exchange: ServedExchange) -> int:
    return len(exchange.log.where("order_accepted"))


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.kind} {case.params}") for case in CASES])
def test_a_fault_has_the_exception_it_has_at_the_venue(case: Case, bot: Bot, served: ServedExchange) -> None:
    before = placed(served)

    with fault(served, case.kind, **case.params):
        assert raised(bot.order) == bot(case)
        assert grows(lambda: placed(served), before, int(case.placed), within=6.0)

    bot.order()
    assert placed(served) == before + int(case.placed) + 1


@pytest.mark.parametrize("skew", ["-30s", "30s"])
def test_a_wrong_clock_refuses_the_right_time(skew: str, bot: Bot, served: ServedExchange) -> None:
    """pybit tries again by itself, three times, with a little more patience each time, and gives up."""
    if bot.kind == "pybit":
        bot.client.retry_delay, bot.client.max_retries = 0, 2
    before = placed(served)
    with fault(served, "clock_skew", skew=skew, times=None):
        assert raised(bot.order) == ("FailedRequestError" if bot.kind == "pybit" else "InvalidNonce")
    assert placed(served) == before
    bot.order()


def test_who_asks_too_often_waits_until_the_time_that_is_told(bot: Bot, served: ServedExchange) -> None:
    """ccxt tells its caller; pybit sleeps by the header and asks again, and nobody hears of it."""
    before, begun = placed(served), time.monotonic()
    with fault(served, "too_many_requests", retry_after="1s", alone=True):
        found = raised(bot.order)
    if bot.kind == "pybit":
        assert (found, placed(served)) == ("none", before + 1)
        assert time.monotonic() - begun > 0.9
    else:
        assert (found, placed(served)) == ("RateLimitExceeded", before)


def test_who_goes_on_is_shut_out_by_403(bot: Bot, served: ServedExchange) -> None:
    if bot.kind == "pybit":
        pytest.skip("pybit waits by itself, so it never goes on")
    with fault(served, "too_many_requests", match="GET /v5/market/time", retry_after="5s", patience=1, ban="5s"):
        heard = []
        for _ in range(2):
            assert raised(bot.time) == "RateLimitExceeded"
            heard.append(bot.client.client.last_http_response)
        time.sleep(5.2)
        bot.time()
    assert "10006" in heard[0]
    assert "10018" in heard[1]


def test_who_tries_again_without_a_name_has_two_orders_and_with_one_has_one(bot: Bot, served: ServedExchange) -> None:
    """The answer is lost, the order is there. pybit's own retry asks the very same again; ccxt's does, too."""
    once: dict[str, Any] = {"maxRetriesOnFailure": 1, "maxRetriesOnFailureDelay": 1}
    if bot.kind == "pybit":
        once, bot.client.force_retry, bot.client.retry_delay = {}, True, 0
    try:
        before = placed(served)
        with fault(served, "timeout_unknown_status", how="cut"):
            assert raised(lambda: bot.order(**once)) == "none"
        assert placed(served) == before + 2

        named = {"orderLinkId": f"mine-{bot.kind}-{before}", **once}
        refusal = "InvalidRequestError" if bot.kind == "pybit" else "InvalidOrder"
        with fault(served, "timeout_unknown_status", how="cut"):
            assert raised(lambda: bot.order(**named)) == refusal
        assert placed(served) == before + 3

        with fault(served, "timeout_not_applied", how="cut"):
            assert raised(lambda: bot.order(**once)) == "none"
        assert placed(served) == before + 4
    finally:
        if bot.kind == "pybit":
            bot.client.force_retry, bot.client.retry_delay = False, 3


def test_an_order_just_placed_is_not_found_and_found_later(bot: Bot, served: ServedExchange) -> None:
    with fault(served, "read_lag", match="reads", times=None, lag="2s"):
        order = bot.order()
        number = order["orderId"] if bot.kind == "pybit" else order["id"]
        assert number not in bot.open()
        time.sleep(2.2)
        assert number in bot.open()


def test_a_snapshot_may_be_an_old_one(bot: Bot, served: ServedExchange) -> None:
    before = bot.bids()
    with fault(served, "stale_snapshot", match=None, age="600s"):
        bot.order()
        assert bot.bids() == before
    assert bot.bids() > before


# Over the trade socket

SOCKET_CASES = [
    ("error", {}, "10016", False),
    ("unavailable", {}, "10016", False),
    ("overloaded", {}, "10429", False),
    ("maintenance", {}, "10016", False),
    ("unknown_status", {"where": "in"}, "10000", False),
    ("unknown_status", {}, "10000", True),
    ("too_many_requests", {"alone": True}, "10006", False),
    ("clock_skew", {"skew": "-30s"}, "10002", False),
    ("timeout_unknown_status", {}, "", True),
    ("timeout_not_applied", {}, "", False),
    ("timeout_unknown_status", {"how": "cut"}, "", True),
    ("timeout_not_applied", {"how": "cut"}, "", False),
    ("reset_before", {}, "", False),
    ("reset_after", {}, "", True),
    ("latency", {"delay": "200ms"}, "0", True),
]
over_the_trade_socket = pytest.mark.parametrize(
    ("kind", "params", "code", "done"), [pytest.param(*case, id=f"{case[:2]}") for case in SOCKET_CASES]
)
OF_CODES: Final = {"10006": "RateLimitExceeded", "10002": "InvalidNonce", "0": ""}


@pytest.mark.parametrize(
    ("kind", "params", "code", "done"), [pytest.param(*case, id=str(case)) for case in SOCKET_CASES]
)
async def test_ccxt_over_the_trade_socket(
    kind: str, params: dict[str, Any], code: str, done: bool, served: ServedExchange, listed: tuple[Any, Any]
) -> None:
    """A code has the class it has on REST; a socket that was reset is a network error, and silence a timeout."""
    before, hangs = placed(served), kind.startswith("timeout") and not params
    client = sdk._ccxt(served, "ccxt.pro", "bybit", "", {})
    client.set_markets(*listed)
    try:
        with fault(served, kind, channel="api", **params):
            heard, told = "", ""
            try:
                # A busy machine is slow to connect and to log on; only what never comes is waited for in vain.
                async with asyncio.timeout(PATIENCE / 1000 if hangs else 20):
                    await client.create_order_ws(SYMBOL, "limit", "buy", 0.01, 50_000)
            except Exception as error:  # noqa: BLE001 - any other class is the finding
                heard, told = type(error).__name__, str(error)
        if code:
            assert (heard, code in told or code == "0") == (OF_CODES.get(code, "ExchangeError"), True)
        else:
            assert heard == ("TimeoutError" if hangs else "NetworkError")
    finally:
        await client.close()
    assert placed(served) == before + int(done)


@pytest.mark.parametrize(
    ("kind", "params", "code", "done"), [pytest.param(*case, id=str(case)) for case in SOCKET_CASES]
)
def test_pybit_over_the_trade_socket(
    kind: str, params: dict[str, Any], code: str, done: bool, served: ServedExchange
) -> None:
    """An error goes to the callback for errors; a socket that was reset is opened again, without a word to the bot."""
    pytest.importorskip("pybit")
    before = placed(served)
    socket = sdk.pybit_socket(served, "trade")
    heard: list[Any] = []
    terms = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit"}
    try:
        with fault(served, kind, channel="api", **params):
            socket.place_order(heard.append, heard.append, **terms, qty="0.01", price="50000")
            assert waits_for(lambda: heard, within=15 if code else PATIENCE / 1000) == bool(code)
        assert [str(each["retCode"]) for each in heard] == ([code] if code else [])
        assert placed(served) == before + int(done)

        assert waits_for(socket.is_connected, within=15)
        heard.clear()
        socket.place_order(heard.append, heard.append, **terms, qty="0.01", price="50000")
        assert waits_for(lambda: heard and heard[-1]["retCode"] == 0, within=15)
    finally:
        socket.exit()
    assert placed(served) == before + int(done) + 1


def waits_for(seen: Callable[[], Any], within: float) -> bool:
    """Whether it holds, soon."""
    until = time.monotonic() + within
    while not seen() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(seen())


# The same again, from a log

EVERY: Final = (
    "kind = 'error'", "kind = 'proxy_error'", "kind = 'unavailable'", "kind = 'overloaded'",
    "kind = 'unknown_status'\nwhere = 'in'", "kind = 'unknown_status'", "kind = 'timeout_unknown_status'",
    "kind = 'timeout_unknown_status'\nhow = 'cut'", "kind = 'timeout_not_applied'",
    "kind = 'timeout_not_applied'\nhow = 'cut'", "kind = 'reset_before'", "kind = 'reset_after'",
    "kind = 'too_many_requests'\nalone = true\nretry_after = '300ms'", "kind = 'clock_skew'\nskew = '-60s'",
    "kind = 'maintenance'", "kind = 'late_reply'\nat_most = '50ms'", "kind = 'early_reply'\nlead = '5ms'",
    "kind = 'latency'\ndelay = '9ms'\nspread = '4ms'\ndistribution = 'uniform'",
)  # fmt: skip
"""A fault of orders each, for one order after the other."""
OF_READS: Final = ("kind = 'read_lag'\nlag = '600s'\nafter = 5", "kind = 'unavailable'\nafter = 3")
OF_BOOKS: Final = "kind = 'stale_snapshot'\nage = '600s'"


def plan() -> str:
    """Every kind of fault that a request can meet, each once."""
    rules = [f"{text}\nmatch = 'orders'\nafter = {after}" for after, text in enumerate(EVERY)]
    rules += [f"{text}\nmatch = 'reads'" for text in OF_READS]
    return "".join(f"[[fault]]\nchannel = 'rest'\ntimes = 1\n{text}\n" for text in [*rules, OF_BOOKS])


def script(exchange: ServedExchange, kind: str) -> list[str]:
    """A client that places orders, and looks at them and at the book after each."""
    heard = []
    with bot_of(exchange, kind) as bot:
        if kind == "pybit":
            bot.client.retry_delay = 0
        for _ in range(len(EVERY) + 6):
            heard += [raised(bot.order), raised(bot.open), raised(bot.bids)]
    return heard


def faults(exchange: ServedExchange) -> list[tuple[Any, ...]]:
    """Kind, place and outcome of each fault the log tells of."""
    keys = ("kind", "channel", "connection", "direction", "ordinal", "name", "detail")
    return [tuple(getattr(row.event, key) for key in keys) for row in exchange.faults.applied]


@pytest.mark.parametrize("kind", CLIENTS)
def test_from_its_log_the_same_script_meets_the_same_faults_at_the_same_messages(tmp_path: Path, kind: str) -> None:
    (tmp_path / "plan.toml").write_text(plan(), encoding="utf-8")
    with running(venues="bybit", seed=5, faults_file=tmp_path / "plan.toml") as first:
        heard, told = script(first, kind), faults(first)
        first.save_log(tmp_path / "first.jsonl")
    with running(venues="bybit", seed=6, faults_file=f"from:{tmp_path / 'first.jsonl'}") as second:
        heard_again, told_again = script(second, kind), faults(second)

    assert {name for name, *_ in told} == {each.name for each in ANSWERS} - {"shuffled"}
    assert len(told) == len(EVERY) + 3
    assert told_again == told
    assert heard_again == heard
