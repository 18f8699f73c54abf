"""Candle intervals by Bybit's names: minutes, then day, week and month ("Get Kline", docs/v5, seen 2026-11)."""

from typing import Final

INTERVALS: Final[dict[str, str]] = {
    "1": "1m", "3": "3m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "120": "2h", "240": "4h", "360": "6h",
    "720": "12h", "D": "1d", "W": "1w", "M": "1M",
}  # fmt: skip
"""The venue's names → those that candles are asked for by here."""
PERIODS: Final[dict[str, str]] = {"5min": "5m", "15min": "15m", "30min": "30m", "1h": "1h", "4h": "4h", "1d": "1d"}
"""The same of periods of statistics ("Enum: intervalTime", "dataRecordingPeriod")."""
