"""Answers and pushes have the members, and of the JSON types, of the published payloads.

The payloads are beside the repository; many are examples of the venue's pages, some of years ago. What differs stands
in `payloads.differences` with its reason. Calls that are not served are answered with the venue's error.
"""

from collections.abc import Iterable
from typing import Any, Final

import pytest

from scripts.reference.coverage import CoverageList
from simexchange.dialects.bybit.common.errors import PATH_NOT_FOUND
from simexchange.dialects.bybit.v5.product import PRODUCTS
from tests.dialects.binance.effects.shape import shape_of
from tests.dialects.bybit.payloads.asking import FRAMES, PREPARED, Request, filled, pause_spot, request_of
from tests.dialects.bybit.payloads.busyday import busy_day
from tests.dialects.bybit.payloads.differences import DIFFERENT, EMPTY, REFUSED, SILENT, UNSERVED
from tests.dialects.bybit.payloads.published import ROOT, Published, endpoints, pushes, socket_answers, unplaced
from tests.dialects.bybit.v5.desk import Answer
from tests.dialects.bybit.v5.listening import Heard

UNHEARD: Final = {
    "publicTrade.ETHUSDT": "publicTrade.BTCUSDT",
    "kline.D.ETHUSDT": "kline.D.BTCUSDT",
    "kline.60.ETHUSDT": "kline.D.BTCUSDT",
}
"""Topics of payloads about a market that is quiet in our day → the same about another."""
ELSEWHERE: Final = {
    "Subscriptions/V5/Option/Book": "linear orderbook.50.BTCUSDT",
    "Subscriptions/V5/Option/Klines": "linear kline.1.BTCUSDT",
}
"""Payloads in the folder of options that look the same for contracts."""
HERE: Final = ROOT.exists()
needs_payloads = pytest.mark.skipif(not HERE, reason="the published payloads are not beside the project")
SERVED: Final = {f"{route.method} {route.path}" for route in PRODUCTS[0].routes}
REST: Final = list(endpoints()) if HERE else []


def named(examples: Iterable[Published]) -> list[Any]:
    return [pytest.param(example, id=example.name.replace("/", "-")) for example in examples]


@needs_payloads
def test_every_payload_is_of_v5_or_of_an_api_before_it() -> None:
    assert unplaced() == []


@pytest.mark.parametrize("example", named([one for one in REST if one.what in SERVED and one.what not in REFUSED]))
def test_an_answer_has_the_published_shape(example: Published) -> None:
    answer = asked(request_of(example.what, example.name, busy_day().noted))

    assert (answer.status, answer.code) == (200, 0), answer.body
    assert differences(example, answer.body) == set(DIFFERENT.get(example.name, {}))


@pytest.mark.parametrize("example", named([one for one in REST if one.what in SERVED and one.what in REFUSED]))
def test_what_does_not_exist_here_is_refused_in_the_venue_s_words(example: Published) -> None:
    answer = asked(request_of(example.what, example.name, busy_day().noted))

    assert answer.status == 200
    assert answer.code, answer.body
    assert answer.text


@pytest.mark.parametrize("example", named([one for one in REST if one.what not in SERVED]))
def test_what_is_not_served_is_answered_with_the_venue_s_error(example: Published) -> None:
    method, _, path = example.what.partition(" ")

    answer = asked(Request(method, path, {}))

    assert (answer.status, answer.code) == (PATH_NOT_FOUND.status, PATH_NOT_FOUND.code)
    calls = CoverageList("bybit")
    assert example.what in calls.rest or calls.why_not(example.what), "it stands nowhere in the list of calls"


STREAMS: Final = list(pushes()) if HERE else []
FRAMES_SHOWN: Final = list(socket_answers()) if HERE else []


@pytest.mark.parametrize("example", named(STREAMS))
def test_a_push_has_the_published_shape(example: Published) -> None:
    heard = told_of(example)
    if example.what in UNSERVED:
        assert heard is None, f"{example.what} is served now: compare it"
        return
    assert heard is not None, f"{example.what} is not served any more, or the day does not listen to it"
    if example.what in SILENT:
        assert heard.payloads == []
        return

    assert heard.payloads, f"nothing was told of {example.what}"
    told = [differences(example, body) for body in heard.all]
    assert set(DIFFERENT.get(example.name, {})) in told, told[:3]


def told_of(example: Published) -> Heard | None:
    """What the topic of a payload told in our day; None where it is not served."""
    if example.what == "system.status":
        other = busy_day().again()
        pause_spot(other)
        return other.hears("status", example.what)
    if example.name in ELSEWHERE:
        return busy_day().heard[ELSEWHERE[example.name]]
    folder = example.name.split("/")[2].lower()
    topic = UNHEARD.get(example.what, example.what)
    return busy_day().heard.get(topic if folder == "private" else f"{folder} {topic}")


@pytest.mark.parametrize("example", named(FRAMES_SHOWN))
def test_an_answer_of_the_trade_socket_has_the_published_shape(example: Published) -> None:
    other = busy_day().again()
    socket = other.trade_socket()
    frame = socket.asks(example.what, filled(FRAMES[example.what], other.noted), "|2|")

    assert frame["retCode"] == 0, frame
    assert differences(example, frame) == set(DIFFERENT.get(example.name, {}))


@needs_payloads
def test_every_difference_has_its_reason_and_its_file() -> None:
    known = {example.name for example in (*REST, *STREAMS, *FRAMES_SHOWN)}

    assert DIFFERENT.keys() | EMPTY.keys() <= known
    assert REFUSED.keys() <= {example.what for example in REST}
    assert SILENT.keys() | UNSERVED.keys() <= {example.what for example in STREAMS}
    assert all(reason.endswith(".") for found in DIFFERENT.values() for reason in found.values())
    assert all(reason.endswith(".") for reason in (*EMPTY.values(), *REFUSED.values(), *UNSERVED.values()))


def asked(request: Request) -> Answer:
    """One call of bob's; what it changes is forgotten."""
    method, path, sent = request
    prepare = PREPARED.get(f"{method} {path}")
    changes = prepare is not None or (method == "POST" and f"POST {path}" in SERVED)
    asked_day = busy_day().again() if changes else busy_day()
    if prepare is not None:
        prepare(asked_day)
    return asked_day.get(path, **sent) if method == "GET" else asked_day.post(path, sent)


def differences(example: Published, body: Any) -> set[str]:
    theirs, ours = shape_of(without_rows(example)), shape_of(body)
    return {
        *(f"without {path}" for path in outermost(theirs.keys() - ours.keys())),
        *(f"with {path}" for path in outermost(ours.keys() - theirs.keys())),
        *(f"as another type {path}" for path in theirs.keys() & ours.keys() if not ours[path] <= theirs[path]),
    }


def without_rows(example: Published) -> Any:
    """The payload; of a file whose rows cannot be had without them."""
    body = example.body
    if example.name not in EMPTY:
        return body
    rows = next((name for name in ("rows", "orderBody") if name in body["result"]), "list")
    result = [] if isinstance(body["result"], list) else {**body["result"], rows: []}
    return {**body, "result": result}


def outermost(paths: Iterable[str]) -> set[str]:
    """Without those inside of another one."""
    found = set(paths)
    return {path for path in found if not any(path.startswith((f"{outer}.", f"{outer}[")) for outer in found)}
