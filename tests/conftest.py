"""What every test may ask for."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from simexchange.testing import plugin

ROOT = Path(__file__).resolve().parent.parent

# No deadline: a shared machine pauses whenever it likes, and a slow example is no counterexample.
# The default profile tries the same examples each time, so that a change is judged by what it changed; the thorough
# one (--hypothesis-profile=thorough) looks for new ones.
settings.register_profile(
    "default", deadline=None, max_examples=50, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=2_000, derandomize=False)
settings.load_profile("default")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recordings and published numbers that are kept beside the repository, not in it; without them the test skips."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared/data")
    return folder


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Our own pytest plugin comes by its entry point; a checkout that was installed before it had one takes it here."""
    if not pluginmanager.has_plugin("simexchange"):
        pluginmanager.register(plugin, "simexchange")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Of several processes each imports other files first, so that in a fresh copy each compiles its share.

    All of them need all files, in one order; side by side they would each compile everything.
    """
    process = getattr(session.config, "workerinput", None)
    if process is None or session.config.args != session.config.getini("testpaths"):
        return
    number, count = int(process["workerid"].removeprefix("gw")), process["workercount"]
    for path in sorted(ROOT.glob("tests/**/test_*.py"))[number::count]:
        # What cannot be imported is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
