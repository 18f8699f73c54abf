"""Rate limits in windows of wall time."""

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND, Nanos
from simexchange.dialects.contract import ApiError
from simexchange.gateway.ratelimits import LimitMode, RateLimits, Refusal
from simexchange.gateway.venues import VENUES, Limits, RequestLimit

BINANCE = VENUES["binance"]
SPOT = BINANCE.mounts["spot"].limits
USDM = BINANCE.mounts["usdm"].limits
COINM = BINANCE.mounts["coinm"].limits
HERE, ELSEWHERE = "127.0.0.1", "10.0.0.1"
ALICE, BOB = AccountNo(2), AccountNo(3)


def test_weight_adds_up_per_address_and_begins_anew_each_minute() -> None:
    limits = RateLimits()
    limits.spend(SPOT, HERE, 20, 0)
    limits.spend(SPOT, ELSEWHERE, 5, 0)

    assert limits.spend(SPOT, HERE, 2, MINUTE - 1) == 22
    assert limits.spend(SPOT, HERE, 2, MINUTE) == 2


def test_both_futures_share_one_pool_and_spot_has_its_own() -> None:
    """One pool since 2026-06-30."""
    limits = RateLimits()
    limits.spend(USDM, HERE, 10, 0)

    assert limits.spend(COINM, HERE, 1, 0) == 11
    assert limits.spend(SPOT, HERE, 1, 0) == 1


def test_orders_are_counted_per_account_in_each_window() -> None:
    limits = RateLimits()
    limits.order_headers(SPOT, ALICE, 2, 0)
    limits.order_headers(SPOT, BOB, 7, 0)

    headers = limits.order_headers(SPOT, ALICE, 1, 10 * SECOND)

    assert headers == {"X-MBX-ORDER-COUNT-10S": "1", "X-MBX-ORDER-COUNT-1D": "3"}


def test_off_shows_nothing_and_headers_refuses_nothing() -> None:
    off, shown = RateLimits(LimitMode.OFF), RateLimits(LimitMode.HEADERS)
    shown.spend(SPOT, HERE, 1_000_000, 0)

    assert off.weight_headers(SPOT, 3) == {}
    assert shown.refusal(SPOT, HERE, 0) is None
    assert shown.weight_headers(SPOT, 3)["X-MBX-USED-WEIGHT-1M"] == "3"


def test_futures_speak_of_the_address_and_count_a_batch_once_a_minute() -> None:
    """Live answers of 2026 name the IP; a batch is five orders in ten seconds and one in a minute."""
    limits = RateLimits(LimitMode.STRICT)
    limits.spend(USDM, HERE, 2_400, 0)

    refusal = limits.refusal(USDM, HERE, 0)
    headers = limits.order_headers(USDM, ALICE, 5, 0)

    assert refusal is not None
    assert refusal.error.text.startswith(
        "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute."
    )
    assert headers == {"X-MBX-ORDER-COUNT-10S": "5", "X-MBX-ORDER-COUNT-1M": "1"}


def test_strict_counts_requests_of_an_address_whatever_they_weigh() -> None:
    """300,000 in five minutes on spot; funding rates and their terms share 500."""
    few = Limits(
        "few", 6_000, (), SPOT.too_heavy, SPOT.banned, 2,
        requests=RequestLimit(3, Nanos(5 * MINUTE), ApiError(429, -1003, "Too many requests queued.")),
    )  # fmt: skip
    limits = RateLimits(LimitMode.STRICT)
    answers = [limits.refusal(few, HERE, MINUTE) for _ in range(4)]
    funding = ["/fapi/v1/fundingRate", "/fapi/v1/fundingInfo"] * 250
    quota = [limits.refusal(USDM, HERE, 0, path) for path in [*funding, "/fapi/v1/fundingInfo", "/fapi/v1/time"]]

    assert SPOT.requests is not None
    assert (SPOT.requests.limit, SPOT.requests.window) == (300_000, 5 * MINUTE)
    assert answers[:3] == [None] * 3
    assert answers[3] is not None
    assert (answers[3].error.status, answers[3].retry_after) == (429, 240)
    assert limits.refusal(few, ELSEWHERE, MINUTE) is None
    assert limits.refusal(few, HERE, 5 * MINUTE) is None
    assert [found is None for found in quota[-3:]] == [True, False, True]


def test_strict_refuses_above_the_limit_until_the_minute_ends() -> None:
    limits = RateLimits(LimitMode.STRICT)
    limits.spend(SPOT, HERE, 6_000, 0)

    refusal = limits.refusal(SPOT, HERE, 45 * SECOND)

    assert refusal is not None
    assert (refusal.error.status, refusal.error.code, refusal.retry_after) == (429, -1003, 15)
    assert "current limit is 6000 request weight per 1 MINUTE" in refusal.error.text
    assert limits.refusal(SPOT, ELSEWHERE, 45 * SECOND) is None
    assert limits.refusal(SPOT, HERE, MINUTE) is None


def test_bans_grow_from_two_minutes_to_three_days() -> None:
    """Whoever goes on after 21 refusals in one minute is banned; each ban is twice the one before, up to the most."""
    limits, now = RateLimits(LimitMode.STRICT), 0
    minutes = []
    for _ in range(14):
        limits.spend(SPOT, HERE, 6_000, now)
        refusals = [limits.refusal(SPOT, HERE, now) for _ in range(21)]
        assert [found.error.status for found in refusals if found is not None] == [429] * 20 + [418]
        last = refusals[-1]
        assert last is not None
        assert last.error.text == SPOT.banned.text.format(until=last.until // 1_000_000)
        assert limits.refusal(SPOT, HERE, last.until - 1) == Refusal(last.error, 1, last.until, banned=True)
        assert limits.refusal(SPOT, ELSEWHERE, now) is None
        minutes.append((last.until - now) // MINUTE)
        now = last.until
        assert limits.refusal(SPOT, HERE, now) is None

    assert minutes == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4320, 4320]


def test_strict_bans_who_goes_on_and_the_next_ban_is_longer() -> None:
    """Two minutes first, then four."""
    limits = RateLimits(LimitMode.STRICT)
    lengths = []
    for now in (0, 10 * MINUTE):
        limits.spend(SPOT, HERE, 6_000, now)
        refusals = [limits.refusal(SPOT, HERE, now) for _ in range(21)]
        last = refusals[-1]
        assert last is not None
        assert last.error.status == 418
        lengths.append(last.retry_after)

    assert lengths == [120, 240]


@pytest.mark.parametrize("window, used, words", [(10 * SECOND, 100, "100 orders per 10 SECOND")])
def test_strict_refuses_orders_above_the_limit(window: int, used: int, words: str) -> None:
    limits = RateLimits(LimitMode.STRICT)
    limits.order_headers(SPOT, ALICE, used, 0)

    refusal = limits.order_refusal(SPOT, BINANCE.refusals, ALICE, window // 2)

    assert refusal is not None
    assert (refusal.error.status, refusal.error.code) == (429, -1015)
    assert words in refusal.error.text
    assert limits.order_refusal(SPOT, BINANCE.refusals, BOB, window // 2) is None
    assert limits.order_refusal(SPOT, BINANCE.refusals, ALICE, window) is None


def test_the_daily_order_limit_outlives_the_short_one() -> None:
    limits = RateLimits(LimitMode.STRICT)
    limits.order_headers(SPOT, ALICE, 200_000, 0)

    refusal = limits.order_refusal(SPOT, BINANCE.refusals, ALICE, DAY - SECOND)

    assert refusal is not None
    assert refusal.retry_after == 1
