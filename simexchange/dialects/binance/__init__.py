"""Binance: spot, USDⓈ-M and COIN-M futures."""

from simexchange.dialects.binance.venue import BINANCE

__all__ = ["BINANCE"]
