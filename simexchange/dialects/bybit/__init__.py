"""Bybit: the v5 API of a unified trading account, over spot, linear and inverse contracts."""

from simexchange.dialects.bybit.venue import BYBIT

__all__ = ["BYBIT"]
