"""The tape of one market as the event array of hftbacktest, compressed with numpy.

The layout is that of its version 2: one structured array under the key ``data``, one element an event, kind and flags
in ``ev`` (nkaz001/hftbacktest, docs "Data" and "Types": `event_dtype`, `DEPTH_EVENT` 1, `TRADE_EVENT` 2, `BUY_EVENT`
1 << 29, `SELL_EVENT` 1 << 28, `LOCAL_EVENT` 1 << 30, `EXCH_EVENT` 1 << 31; seen 2026-11). Prices and sizes are binary
fractions there, so this format alone is not exact. There is no latency in a log: both times are exchange time.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO, Final

from simexchange.core.vocabulary.units import ONE
from simexchange.errors import MissingExtra, UsageError
from simexchange.eventlog.tables.columns import Row

LAYOUT: Final = (
    ("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8"), ("order_id", "<u8"),
    ("ival", "<i8"), ("fval", "<f8"),
)  # fmt: skip
KINDS: Final = {"depth": 1, "trade": 2}
BUY: Final = 1 << 29
SELL: Final = 1 << 28
BOTH_SIDES_SEE_IT: Final = 1 << 31 | 1 << 30


def write(rows: Iterable[Row], out: BinaryIO) -> int:
    """Write *rows* of the table `tape`, which are of one market. Raises MissingExtra, UsageError."""
    try:
        import numpy as np
    except ModuleNotFoundError:
        raise MissingExtra("this needs numpy: pip install 'simexchange[analysis]'") from None
    found: list[tuple[Any, ...]] = []
    market = ""
    for _, at, name, kind, side, price, qty in rows:
        market = market or name
        if name != market:
            raise UsageError(f"an npz holds one market, and the log has {market} and {name}: say --market")
        flags = KINDS[kind] | (BUY if side == "buy" else SELL) | BOTH_SIDES_SEE_IT
        found.append((flags, at, at, price / ONE, qty / ONE, 0, 0, 0.0))
    np.savez_compressed(out, data=np.array(found, dtype=np.dtype(list(LAYOUT), align=True)))
    return len(found)
