"""A market that does what it is told: a still ladder of orders, and timelines that move it."""

from simexchange.feeds.scripted.feed import ScriptedFeed
from simexchange.feeds.scripted.ladder import NEVER_REFILLED, LadderSettings
from simexchange.feeds.scripted.state import ScriptedState
from simexchange.feeds.scripted.timeline import Timeline

__all__ = ["NEVER_REFILLED", "LadderSettings", "ScriptedFeed", "ScriptedState", "Timeline"]
