"""Whether a request comes in time, by one clock or by two."""

import pytest

from simexchange.core.vocabulary.units import DAY, MILLISECOND, Nanos
from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.timestamps import judge_shape, judge_time, nanos, parse_window, wire_time
from simexchange.dialects.contract import ApiError, TimePolicy

NOW = Nanos(1_700_000_000_000 * MILLISECOND)
WALL = Nanos(NOW + 30 * DAY)


def judge(mode: str, stamp: Nanos, window: str | None = None) -> ApiError | None:
    params = {"timestamp": str(stamp // MILLISECOND)}
    if window is not None:
        params["recvWindow"] = window
    return judge_time(params, TimePolicy(mode, NOW, WALL))


@pytest.mark.parametrize(
    ("ahead_ms", "window", "error"),
    [
        (0, None, None),
        (-5_000, None, None),
        (-5_001, None, errors.STALE_TIMESTAMP),
        (-5_001, "5001", None),
        (-5_001, "5000.9", errors.STALE_TIMESTAMP),
        (-60_000, "60000", None),
        (999, None, None),
        (1_000, None, errors.EARLY_TIMESTAMP),
    ],
)
def test_a_request_is_taken_within_its_window(ahead_ms: int, window: str | None, error: ApiError | None) -> None:
    """stamp < server + 1000 ms, and server − stamp <= recvWindow."""
    assert judge("strict", Nanos(NOW + ahead_ms * MILLISECOND), window) == error


@pytest.mark.parametrize(
    ("ahead_ms", "error"),
    [
        (-5_000 * 60, None),
        (-5_000 * 60 - 1, errors.STALE_TIMESTAMP),
        (1_000 * 60 - 1, None),
        (1_000 * 60, errors.EARLY_TIMESTAMP),
    ],
)
def test_what_a_request_is_under_way_counts_by_the_wall_where_a_clients_clock_is_faster(
    ahead_ms: int, error: ApiError | None
) -> None:
    """At 60x a tenth of a second on the way is six seconds by the client's clock; the venue's window means the way."""
    params = {"timestamp": str((WALL + ahead_ms * MILLISECOND) // MILLISECOND)}

    assert judge_time(params, TimePolicy("lenient", NOW, WALL, pace=60_000)) == (error and judge("strict", WALL))


def test_a_stamp_of_the_wall_clock_is_good_where_the_policy_is_lenient() -> None:
    """Unmodified clients stamp with wall time, whatever time it is on the exchange."""
    assert judge("lenient", WALL) is None
    assert judge("lenient", NOW) is None
    assert judge("strict", WALL) == errors.EARLY_TIMESTAMP


def test_a_stamp_of_neither_clock_is_refused_in_the_words_of_exchange_time() -> None:
    """An hour and a half behind both is outside of the window."""
    assert judge("lenient", Nanos(NOW - 5_400_000 * MILLISECOND)) == errors.STALE_TIMESTAMP
    assert judge("ignore", Nanos(NOW - 5_400_000 * MILLISECOND)) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("5000", Nanos(5_000 * MILLISECOND)),
        ("6000.346", Nanos(6_000_346_000)),
        ("0", Nanos(0)),
        ("60000", Nanos(60_000 * MILLISECOND)),
        ("60000.001", errors.RECV_WINDOW_TOO_LONG),
        ("99999999999", errors.RECV_WINDOW_TOO_LONG),
    ],
)
def test_a_window_has_up_to_three_decimals_and_sixty_seconds(text: str, answer: Nanos | ApiError) -> None:
    assert parse_window(text) == answer


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1102),
        ({"timestamp": ""}, -1102),
        ({"timestamp": "now"}, -1100),
        ({"timestamp": "-5"}, -1100),
        ({"timestamp": "1" * 21}, -1100),
        ({"timestamp": "1", "recvWindow": "-1"}, -1100),
        ({"timestamp": "1", "recvWindow": "5.1234"}, -1100),
        ({"timestamp": "1", "recvWindow": "60001"}, -1131),
        ({"timestamp": "1", "recvWindow": "1.5"}, None),
    ],
)
def test_a_malformed_stamp_or_window_is_named(params: dict[str, str], code: int | None) -> None:
    error = judge_shape(params)

    assert (error.code if error else None) == code


def test_stamps_may_be_in_microseconds() -> None:
    """Told by their size; and answers are in them where asked for."""
    assert nanos(1_700_000_000_000_123) == NOW + 123_000
    assert nanos(1_700_000_000_000) == NOW
    assert wire_time(NOW, {"timeUnit": "MICROSECOND"}) == 1_700_000_000_000_000
    assert wire_time(NOW, {}) == 1_700_000_000_000
