"""Candle intervals by Bybit's names: minutes, then day, week and month ("Get Kline", docs/v5, seen 2026-11)."""

from typing import Final

from simexchange.core.vocabulary.units import DAY, MINUTE, Nanos

MONTH: Final = Nanos(0)
"""Stands for a calendar month, which has no fixed length."""

INTERVALS: Final[dict[str, Nanos]] = {
    **{name: Nanos(int(name) * MINUTE) for name in ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720")},
    "D": Nanos(DAY),
    "W": Nanos(7 * DAY),
    "M": MONTH,
}
