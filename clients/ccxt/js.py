"""Runs the session of ccxt for JavaScript against an exchange of its own.

    python js.py [options of `serve`]

Needs node and npm. ccxt is installed as package.json pins it: under $SIMEXCHANGE_CLIENTS, or in a temporary folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from clients.running import SESSION_WITHIN, exchange, unserved  # noqa: E402 - the root must be on the path first


def installed(folder: Path) -> Path:
    """A folder from where node finds ccxt."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted, there = HERE / "package.json", folder / "package.json"
    if not there.exists() or there.read_text() != wanted.read_text():
        shutil.copy(wanted, folder)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return folder


def main(options: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="simexchange-ccxt-js-") as made:
        modules = installed(Path(os.environ.get("SIMEXCHANGE_CLIENTS", made)) / "ccxt-js")
        with exchange(Path(made), *options) as ready:
            told = {"SIMEXCHANGE_READY": str(ready), "CCXT_FROM": f"{modules}/"}
            command = ["node", str(HERE / "session.mjs")]
            ended = subprocess.run(command, env={**os.environ, **told}, timeout=SESSION_WITHIN, check=False)
            if ended.returncode:
                raise SystemExit(f"session.mjs ended with {ended.returncode}")
            if missing := unserved("ccxt", ready):
                raise SystemExit(f"not served: {missing}")
    print("ok   no unserved call", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
