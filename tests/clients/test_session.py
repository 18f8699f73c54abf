"""The session of `clients/ccxt/run` holds with the ccxt that is installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simexchange import ccxt_config
from tests.clients.served import serve

ENDS_WITHIN = 400
"""Wall seconds; about forty on a quiet machine."""
TRADERS = ("alice", "carol", "dave", "erin")


def test_it_holds_and_asks_for_nothing_in_vain(root: Path, tmp_path: Path) -> None:
    """Spot, USDⓈ-M and COIN-M with the blocking, the awaited and the streaming class; each has an account."""
    accounts = [word for name in TRADERS for word in ("--account", f"{name}:USDT=1000000,BTC=10,BNB=10")]
    mover = ("--account", "bob:USDT=100000000,BTC=1000,ETH=1000")
    with serve(tmp_path, "--seed", "3", "--for", f"{ENDS_WITHIN}s", *accounts, *mover) as served:
        ran = subprocess.run(
            [sys.executable, str(root / "clients" / "ccxt" / "session.py")],
            env={**os.environ, "PYTHONPATH": str(root), "SIMEXCHANGE_READY": str(tmp_path / "ready.json")},
            capture_output=True, text=True, timeout=ENDS_WITHIN, check=False,
        )  # fmt: skip
        unserved = served.control("health")["unserved_calls"]

    if ran.returncode:
        pytest.fail(ran.stdout + ran.stderr)
    assert unserved == []


@pytest.mark.parametrize("venue", ("binance", "binanceusdm", "binancecoinm"))
def test_its_settings_are_those_we_print(venue: str, root: Path) -> None:
    spec = importlib.util.spec_from_file_location("ccxt_settings", root / "clients" / "ccxt" / "settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.settings("http://h:1", "ws://h:1", "key", "secret") == ccxt_config(
        venue, "http://h:1", "key", "secret"
    )
