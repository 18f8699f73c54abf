"""Projections tell: folds of events that answer questions. They add and compare, and never decide."""
