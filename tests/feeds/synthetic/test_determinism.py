"""The same seed gives the same commands: in another process, on another Python, and after a break."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from simexchange.core.vocabulary.units import SECOND
from simexchange.feeds.contract import Feed
from simexchange.feeds.synthetic import SyntheticFeed, SyntheticState
from tests.feeds.synthetic.digest import digest_of
from tests.feeds.synthetic.market import Market4

SCRIPT = Path(__file__).with_name("digest.py")
ROOT = SCRIPT.parent.parent.parent.parent
SECONDS = 60
OTHERS = ("3.11", "3.12", "3.13", "3.14")


def elsewhere(python: str, hash_seed: str) -> str:
    """The digest as another process finds it."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [python, str(SCRIPT), "11", str(SECONDS)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()


def able(python: str) -> bool:
    """Whether *python* runs and has what the engine needs."""
    try:
        found = subprocess.run(
            [python, "-c", "import msgspec, sortedcontainers"], check=False, capture_output=True, timeout=30
        )
    except OSError:
        return False
    return found.returncode == 0


def other_pythons() -> list[str]:
    """Interpreters of other versions: those named in SIMEXCHANGE_PYTHONS, or found on the path."""
    named = os.environ.get("SIMEXCHANGE_PYTHONS", "").split(os.pathsep)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = (shutil.which(f"python{version}") for version in OTHERS if version != here)
    return [python for python in [*named, *found] if python and able(python)]


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_gives_the_same_commands(hash_seed: str) -> None:
    assert elsewhere(sys.executable, hash_seed) == digest_of(11, SECONDS)


def test_another_python_gives_the_same_commands() -> None:
    """Feed, engine and history, to the last bit. Set SIMEXCHANGE_PYTHONS to interpreters that have the packages."""
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python with msgspec and sortedcontainers (name one in SIMEXCHANGE_PYTHONS)")
    expected = digest_of(11, SECONDS)

    assert {python: elsewhere(python, "1") for python in pythons} == dict.fromkeys(pythons, expected)


def test_another_seed_gives_other_commands() -> None:
    assert digest_of(11, 5) != digest_of(12, 5)


def test_a_feed_whose_state_was_written_down_goes_on_as_if_nothing_had_been() -> None:
    """At every tenth step the state is encoded, thrown away, and read by a feed that knows nothing."""
    whole = Market4(SyntheticFeed())
    broken = Market4(SyntheticFeed())

    whole.run(30 * SECOND)
    for count, _ in enumerate(broken.beats(30 * SECOND)):
        if count % 10 == 0:
            written = msgspec.json.encode(broken.feed_state)
            feed: Feed[SyntheticState] = SyntheticFeed()
            broken.feed = SyntheticFeed()
            broken.feed_state = msgspec.json.decode(written, type=feed.state_type)

    assert broken.commands == whole.commands
