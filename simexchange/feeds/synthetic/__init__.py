"""Synthetic prices: an index process, and participants who trade around it; and what came before the start."""

from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.history import SyntheticHistory
from simexchange.feeds.synthetic.minds import SyntheticState
from simexchange.feeds.synthetic.settings import MODES, Settings, settings_for

__all__ = ["MODES", "Settings", "SyntheticFeed", "SyntheticHistory", "SyntheticState", "settings_for"]
