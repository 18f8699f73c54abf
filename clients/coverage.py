"""Which calls are served, as the reference pages say that are made from the routes: none of them is left out."""

import re
from collections.abc import Iterable
from pathlib import Path

from clients.proof import same

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference"
ROW = re.compile(r"^\| `((?:GET|POST|PUT|DELETE) /\S+)` \| \w+ \| (?:full|partial) ", re.MULTILINE)


def none_served(venue: str, left_out: Iterable[str]) -> None:
    """No call that a session leaves out, as ``GET /api/v3/depth``, is one that is served."""
    served = set(ROW.findall((PAGES / f"{venue}.md").read_text()))
    same("calls are served", len(served) > 100, True)
    same("calls left out that are served", sorted(served.intersection(left_out)), [])
