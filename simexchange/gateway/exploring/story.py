"""What happened in a run, in one paragraph, each sentence with its record."""

from collections.abc import Iterable
from typing import Final

from simexchange.gateway.exploring.trace import Happened

MOST: Final = 24
"""Sentences at most; of more the ones around the faults are kept."""


def story(happened: Iterable[Happened], end: str) -> str:
    """One paragraph; *end* is how the test ended.

    >>> rows = Happened(7, "alice's order 1 was accepted"), Happened(8, "drop struck a message", True)
    >>> print(story(rows, "0 != 1"))
    [7] Alice's order 1 was accepted. [8] Then drop struck a message. The test failed: 0 != 1.
    """
    rows = tuple(happened)
    kept = rows if len(rows) <= MOST else _around(rows)
    said = [f"[{row.seq}] {'Then ' + row.text if row.fault else row.text[:1].upper() + row.text[1:]}." for row in kept]
    if len(kept) < len(rows):
        said.insert(0, f"({len(rows) - len(kept)} further things happened.)")
    return " ".join((*said, f"The test failed: {end.rstrip('.')}."))


def _around(rows: tuple[Happened, ...]) -> tuple[Happened, ...]:
    """The last ones, and those next to a fault."""
    near = {n + step for n, row in enumerate(rows) if row.fault for step in (-2, -1, 0, 1, 2)}
    near |= set(range(len(rows) - MOST // 2, len(rows)))
    wanted = sorted(n for n in near if 0 <= n < len(rows))[-MOST:]
    return tuple(rows[n] for n in wanted)
