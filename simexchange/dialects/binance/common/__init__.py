"""What all Binance products share: numbers, parameters, signatures, time, symbols, sockets."""
