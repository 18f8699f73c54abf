"""The documentation as tests read it: pages, and the fenced blocks on them.

A comment on the line before a block says what is special about it:

``<!-- no-run: reason -->``  the block is compiled, not run
``<!-- served -->``          a python block for a client: it runs against an exchange that was started with the
                             page's own ``simexchange serve`` line, under ``pytest -m clients``
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent.parent

BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[\w-]+)(?:: (?P<reason>[^\n]+?))? -->\n)?^```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(msgspec.Struct, frozen=True):
    """One fenced block."""

    page: Path
    line: int
    kind: str
    text: str
    mark: str
    reason: str

    def code(self) -> str:
        """The text, moved down so that a traceback shows the page's own line."""
        return "\n" * self.line + self.text


def pages() -> list[Path]:
    """Every page a reader meets."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "clients").rglob("*.md"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, kind: str) -> list[Block]:
    """The blocks of *kind* on *page*, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page=page,
            line=text.count("\n", 0, found.start("text")),
            kind=found["kind"],
            text=found["text"],
            mark=found["mark"] or "",
            reason=found["reason"] or "",
        )
        for found in BLOCK.finditer(text)
        if found["kind"] == kind
    ]


def commands(page: Path) -> Iterator[tuple[int, str]]:
    """Line number and text of each shell command on *page*; a backslash joins lines, output lines are left out.

    In a block where some lines start with ``$ `` only those are commands; elsewhere every line is one.
    """
    for block in blocks(page, "console"):
        text = re.sub(r"\\\n\s*", " ", block.text)
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        yield from ((block.line, line) for line in prompted or lines)
