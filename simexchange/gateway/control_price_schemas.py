"""What the control API takes and gives of funding and indexes; see `control_schemas`."""

import msgspec

from simexchange.gateway.control_schemas import Answer, Moment, Request


class ChangeFunding(Request):
    """Change a perpetual's funding; what is left out stays. The running interval ends as it began."""

    market: str
    interval: str | None = None
    """Like ``8h``, ``4h`` or ``1h``: a day is a whole number of them."""
    cap: str | None = None
    floor: str | None = None
    interest: str | None = None
    """Per eight hours, like ``0.0001``."""


class FundingTerms(Answer, frozen=True):
    """The funding of a perpetual as it stands."""

    seq: int
    market: str
    last_rate: str
    """Settled last."""
    predicted_rate: str
    """If it were settled now."""
    next_at: Moment
    interval: str
    cap: str
    floor: str
    interest: str
    coming_interval: str | None
    """From the next settlement on, where it is to change."""


class ConstituentRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A source and what it counts for beside the others."""

    source: str
    weight: str


class MakeIndex(Request):
    """Say what an index is made of; nothing: it is set again. Sources that stay keep what they said last."""

    index: str
    """Like ``BTC-USDT``."""
    constituents: list[ConstituentRow]
    stale_after: str = "10s"
    """A source that has said nothing for so long does not count."""
    deviation: str = "0.05"
    """How far from the median of all of them a price may be."""


class SourceSays(Request):
    """Say what one source of an index says."""

    index: str
    source: str
    price: str


class ShareRow(Answer, frozen=True):
    """What one source said when the index was made last, and what it counted for."""

    source: str
    price: str
    weight: str
    """``0``: it was too far from the others."""


class IndexMade(Answer, frozen=True):
    """An index as it stands."""

    seq: int
    index: str
    price: str | None
    frozen: bool
    """No source of it is left: nobody is liquidated on it."""
    shares: list[ShareRow]
