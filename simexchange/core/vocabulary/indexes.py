"""What an index is made of."""

import msgspec

from simexchange.core.vocabulary.units import Price, Rate


class Constituent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A source of prices and what it counts for beside the others."""

    source: str
    weight: Rate


class Share(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one source said when an index was made, and what it counted for."""

    source: str
    price: Price
    weight: Rate
    """0: it was too far from the others."""
