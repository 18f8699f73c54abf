"""Binance COIN-M futures: ``/dapi``, streams under ``/cm``, WebSocket API ``/ws-dapi/v1``. Market data only for now."""
