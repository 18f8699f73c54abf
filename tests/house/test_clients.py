"""The folders of real clients agree with the project."""

import re
import tomllib
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parent.parent.parent / "clients"
FOLDERS = sorted(file.parent for file in CLIENTS.glob("*/README.md"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_client_is_pinned_to_the_version_that_the_extra_installs(folder: Path) -> None:
    """So that whoever follows the README has what the tests ran with."""
    pinned = re.findall(r"^[^#\s].*==.*$", (folder / "requirements.txt").read_text(), re.MULTILINE)
    project = tomllib.loads((CLIENTS.parent / "pyproject.toml").read_text())["project"]

    assert pinned
    assert set(pinned) <= set(project["optional-dependencies"]["clients"])
