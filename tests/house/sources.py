"""The project's own files, as the house tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "simexchange"


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is or could be committed; build leftovers and environments are not."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive has no git
        files = [path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts[:-1])]
    return tuple(sorted(path for path in files if path.is_file() and not path.is_symlink()))


def text_files() -> Iterator[tuple[str, str]]:
    """Name and text of every project file that is text."""
    for path in project_files():
        try:
            yield name(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def name(path: Path) -> str:
    """*path* from the repository's root, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def modules(*rooms: str) -> tuple[Path, ...]:
    """The Python files of *rooms* (`core`, `core/vocabulary`); skips the test where a room does not exist."""
    found: list[Path] = []
    for room in rooms:
        here = [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(PACKAGE / room)]
        if not here:
            pytest.skip(f"there is no simexchange/{room}")
        found += here
    return tuple(found)


@cache
def tree(path: Path) -> ast.Module:
    """*path*, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def at(path: Path, node: ast.expr | ast.stmt, what: str) -> str:
    """One finding as an editor can follow it."""
    return f"{name(path)}:{node.lineno}: {what}"
