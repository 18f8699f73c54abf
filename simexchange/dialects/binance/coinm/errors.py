"""What Binance COIN-M answers where something is refused.

Since its move onto the engine of USDⓈ-M (2026-06-30) it has the same codes and texts.
"""

from simexchange.dialects.binance.usdm.errors import (
    BAD_DEPTH_LIMIT,
    BAD_SYMBOL,
    NO_SUCH_LISTEN_KEY,
    NO_SUCH_ORDER,
    REJECTIONS,
    filled_in,
    unknown_path,
)
from simexchange.dialects.contract import ApiError

__all__ = ["BAD_SYMBOL", "NO_SUCH_LISTEN_KEY", "NO_SUCH_ORDER", "REJECTIONS", "bad_depth_limit", "unknown_path"]


def bad_depth_limit(limit: int) -> ApiError:
    """A depth the venue does not serve."""
    return filled_in(BAD_DEPTH_LIMIT, limit)
