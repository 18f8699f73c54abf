"""Carry bytes: sockets, keys, limits, faults, the terminal's static files."""
