"""Candle intervals by Binance's names."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Nanos

MONTH: Final = Nanos(0)
"""Stands for a calendar month, which has no fixed length."""

FUTURES_INTERVALS: Final[dict[str, Nanos]] = {
    "1m": Nanos(MINUTE),
    "3m": Nanos(3 * MINUTE),
    "5m": Nanos(5 * MINUTE),
    "15m": Nanos(15 * MINUTE),
    "30m": Nanos(30 * MINUTE),
    "1h": Nanos(HOUR),
    "2h": Nanos(2 * HOUR),
    "4h": Nanos(4 * HOUR),
    "6h": Nanos(6 * HOUR),
    "8h": Nanos(8 * HOUR),
    "12h": Nanos(12 * HOUR),
    "1d": Nanos(DAY),
    "3d": Nanos(3 * DAY),
    "1w": Nanos(7 * DAY),
    "1M": MONTH,
}
SPOT_INTERVALS: Final[dict[str, Nanos]] = {"1s": Nanos(SECOND), **FUTURES_INTERVALS}
SPOT_WINDOWS: Final[Mapping[str, int]] = {
    **{f"{n}m": n * MINUTE for n in range(1, 60)},
    **{f"{n}h": n * HOUR for n in range(1, 24)},
    **{f"{n}d": n * DAY for n in range(1, 8)},
}
"""``windowSize`` of rolling tickers → nanoseconds ("Rolling window price change statistics", seen 2026-11)."""
