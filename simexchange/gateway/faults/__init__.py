"""Doing wrong on purpose: a plan of rules, and a point where each message passes.

Every fault that is applied is in the log before it is done, with the connection, direction and ordinal of its message.
"""
