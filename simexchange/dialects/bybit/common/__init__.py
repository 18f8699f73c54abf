"""What every call of Bybit shares: numbers, parameters, signatures, time, symbols, ids, envelopes, sockets."""
