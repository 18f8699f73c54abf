"""The rate limits a product publishes in exchangeInfo and counts in reply headers (seen 2026-11)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
ORDERS_HEADER: Final = "X-MBX-ORDER-COUNT-"


class Limit(msgspec.Struct, frozen=True):
    """One limit: at most *limit* of a kind in a window of *interval_num* × *interval*."""

    kind: str
    interval: str
    interval_num: int
    limit: int
    header: str = ""
    """The reply header that carries the count; empty where none does."""

    def shown(self) -> dict[str, Any]:
        """As exchangeInfo shows it."""
        return {
            "rateLimitType": self.kind,
            "interval": self.interval,
            "intervalNum": self.interval_num,
            "limit": self.limit,
        }


SPOT_LIMITS: Final = (
    Limit("REQUEST_WEIGHT", "MINUTE", 1, 6_000, WEIGHT_HEADER),
    Limit("ORDERS", "SECOND", 10, 100, ORDERS_HEADER + "10S"),
    Limit("ORDERS", "DAY", 1, 200_000, ORDERS_HEADER + "1D"),
    Limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
)
FUTURES_LIMITS: Final = (
    Limit("REQUEST_WEIGHT", "MINUTE", 1, 2_400, WEIGHT_HEADER),
    Limit("ORDERS", "SECOND", 10, 300, ORDERS_HEADER + "10S"),
    Limit("ORDERS", "MINUTE", 1, 1_200, ORDERS_HEADER + "1M"),
)


def counted(limits: Sequence[Limit], counts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The limits whose counts are known, with them."""
    return [{**limit.shown(), "count": int(counts[limit.header])} for limit in limits if limit.header in counts]
