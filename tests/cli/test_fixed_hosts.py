"""A client with built-in host names reaches the exchange, and no packet of its leaves the machine."""

import os
import re
import subprocess
import sys

import pytest

from scripts.fixed_hosts import OUT, why_not
from tests.house.sources import ROOT

BOUND = 110
"""Wall seconds."""
pytestmark = [pytest.mark.skipif(bool(why_not()), reason=why_not()), pytest.mark.timeout(BOUND + 10)]


def proof(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.fixed_hosts", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip


def sent(text: str, interface: str) -> int:
    """Packets that went out of *interface*, as the table has it."""
    found = re.search(rf"^{interface} +\d+ +(\d+)$", text, re.MULTILINE)
    assert found, text
    return int(found[1])


@pytest.mark.parametrize("way", ["names", "proxy"])
def test_it_trades_and_hears_by_the_venues_own_addresses_and_nothing_leaves(way: str) -> None:
    said = proof("--by", way)

    assert said.returncode == 0, said.stdout + said.stderr
    assert "spot: FILLED" in said.stdout
    assert "on wss://stream.binance.com:9443" in said.stdout
    assert "on wss://fstream.binance.com" in said.stdout
    assert sent(said.stdout, "lo") > 20
    assert sent(said.stdout, OUT) == 0


def test_a_packet_that_would_leave_is_counted() -> None:
    """So that nothing counted is nothing sent."""
    program = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'x', ('198.51.100.7', 9))"
    said = proof("--by", "names", "--", sys.executable, "-c", program)

    assert said.returncode == 1
    assert sent(said.stdout, OUT) == 1
