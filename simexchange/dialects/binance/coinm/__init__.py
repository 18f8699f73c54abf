"""Binance COIN-M futures: ``/dapi``, streams under ``/cm``, WebSocket API ``/ws-dapi/v1``.

Since its move onto the engine of USDⓈ-M (2026-06-30) the handlers of `simexchange.dialects.binance.usdm` serve it; here
stands what is different: fields, parameters and weights.
"""
