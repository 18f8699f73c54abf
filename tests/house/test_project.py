"""The project file, the README and the script that checks everything agree with each other."""

import re
import subprocess
import tomllib
from typing import Any

import pytest

from tests.house.sources import PACKAGE, ROOT

RUN = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/simexchange demo"
TEST = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -q"


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("command", [RUN, TEST])
def test_the_readme_gives_each_command_once_on_a_line_of_its_own(command: str) -> None:
    assert (ROOT / "README.md").read_text().splitlines().count(command) == 1


def test_the_check_script_reads_its_commands_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    reading = "\n".join(re.findall(r"^(?:readme_command\(\)|run_command=|test_command=).*$", script, re.MULTILINE))

    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'{reading}\nprintf "%s\\n" "$run_command" "$test_command"'],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip

    assert said.splitlines() == [RUN, TEST]
    assert "section 'README test' \"$test_command\"" in script
    assert '"$run_command --for 20s --speed 60x --no-open"' in script


@pytest.mark.parametrize("group", ["test", "lint", "clients"])
def test_an_extra_and_the_dependency_group_of_its_name_are_the_same(project: dict[str, Any], group: str) -> None:
    assert project["dependency-groups"][group] == project["project"]["optional-dependencies"][group]


def test_a_real_client_is_pinned_to_one_version(project: dict[str, Any]) -> None:
    assert all(
        re.fullmatch(r"[\w.-]+==[\d.]+", line) for line in project["project"]["optional-dependencies"]["clients"]
    )


def test_every_rule_that_is_switched_off_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    rule = re.compile(r'^ {4}"[A-Z]+\d*",(.*)$', re.MULTILINE)

    assert rule.search(text)
    assert [found.group() for found in rule.finditer(text) if not re.match(r" +# \S", found.group(1))] == []


def test_every_room_stands_in_the_layer_contract(project: dict[str, Any]) -> None:
    (layers,) = (
        contract["layers"] for contract in project["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"
    )
    named = set(re.findall(r"\w+", " ".join(layers)))
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert rooms - {"__init__"} <= named


def test_pure_rooms_may_not_know_a_clock_chance_or_the_machine(project: dict[str, Any]) -> None:
    pure = next(
        contract
        for contract in project["tool"]["importlinter"]["contracts"]
        if "simexchange.core" in contract.get("source_modules", ()) and "time" in contract["forbidden_modules"]
    )

    assert {"simexchange.core", "simexchange.projections"} <= set(pure["source_modules"])
    assert {"asyncio", "time", "datetime", "random", "uuid", "os", "logging", "socket", "decimal"} <= set(
        pure["forbidden_modules"]
    )
