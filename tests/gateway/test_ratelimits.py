"""Rate limits in windows of wall time."""

import pytest

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND
from simexchange.gateway.ratelimits import LimitMode, RateLimits
from simexchange.gateway.venues import VENUES

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

    assert off.weight_headers(3) == {}
    assert shown.refusal(SPOT, BINANCE.refusals, HERE, 0) is None
    assert shown.weight_headers(3)["X-MBX-USED-WEIGHT-1M"] == "3"


def test_strict_refuses_above_the_limit_until_the_minute_ends() -> None:
    limits = RateLimits(LimitMode.STRICT)
    limits.spend(SPOT, HERE, 6_000, 0)

    refusal = limits.refusal(SPOT, BINANCE.refusals, HERE, 45 * SECOND)

    assert refusal is not None
    assert (refusal.error.status, refusal.error.code, refusal.retry_after) == (429, -1003, 15)
    assert "current limit is 6000 request weight per 1 MINUTE" in refusal.error.text
    assert limits.refusal(SPOT, BINANCE.refusals, ELSEWHERE, 45 * SECOND) is None
    assert limits.refusal(SPOT, BINANCE.refusals, HERE, MINUTE) is None


def test_strict_bans_who_goes_on_and_the_next_ban_is_longer() -> None:
    """Two minutes first, then four."""
    limits = RateLimits(LimitMode.STRICT)
    lengths = []
    for now in (0, 10 * MINUTE):
        limits.spend(SPOT, HERE, 6_000, now)
        refusals = [limits.refusal(SPOT, BINANCE.refusals, HERE, now) for _ in range(21)]
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
