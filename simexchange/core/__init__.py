"""Decides: orders, book, matching, margin, funding, liquidation. Pure, integers, no clock."""
