"""Runs the bot's suite and says how long it took: `clients/hedger/run [options of pytest]`."""

import os
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    # A checkout that was installed before it had a plugin is told its name; everybody else has the entry point.
    installed = any(one.name == "simexchange" for one in entry_points(group="pytest11"))
    named = () if installed else ("-p", "simexchange.testing.plugin")
    path = os.pathsep.join(filter(None, (str(HERE.parent.parent), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path}
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *named, *sys.argv[1:]], cwd=HERE, env=env, check=False)
    waited, spent = time.perf_counter() - begun, sum(os.times()[2:4])
    print(f"the suite took {spent:.1f} s of a processor, {waited:.1f} s by the clock")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
