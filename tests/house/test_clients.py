"""The folders of real clients agree with the project."""

import os
import re
import tomllib
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parent.parent.parent / "clients"
FOLDERS = sorted(file.parent for file in CLIENTS.glob("*/README.md"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_client_is_pinned_to_the_version_that_the_extra_installs(folder: Path) -> None:
    """Everything is pinned, and what the extra installs too has one version: a reader has what the tests had."""
    lines = [line for line in (folder / "requirements.txt").read_text().splitlines() if line and line[0] not in "#\n"]
    project = tomllib.loads((CLIENTS.parent / "pyproject.toml").read_text())["project"]
    extra = dict(re.split("==", pin) for pin in project["optional-dependencies"]["clients"])

    pinned = dict(re.split("==", line) for line in lines)

    assert pinned
    assert {name: extra.get(name, version) for name, version in pinned.items()} == pinned


@pytest.mark.parametrize("run", sorted(CLIENTS.glob("*/run")), ids=lambda run: run.parent.name)
def test_a_session_can_be_run_and_is_told_of(run: Path) -> None:
    """It starts by its path, says what it leaves out, and what was seen stands in the reference."""
    told = (CLIENTS.parent / "docs" / "reference" / "clients.md").read_text(encoding="utf-8")

    assert os.access(run, os.X_OK)
    assert (run.parent / "session.py").exists()
    assert f"clients/{run.parent.name}" in told or f"## {run.parent.name} " in told
