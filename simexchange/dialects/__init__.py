"""Translate a venue's words, both ways. Pure."""
