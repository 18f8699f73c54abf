"""Explanations: every number with its formula, its inputs, and the record each of them came from."""
