"""What Binance COIN-M answers where something is refused.

Since its move onto the engine of USDⓈ-M (2026-06-30) it has the same codes and texts.
"""

from simexchange.dialects.binance.usdm.errors import REJECTIONS, unknown_path

__all__ = ["REJECTIONS", "unknown_path"]
