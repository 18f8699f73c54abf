"""Bring prices: synthetic agents and replayed history, each a source of commands."""
