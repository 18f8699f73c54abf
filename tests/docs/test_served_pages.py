"""The client code on the pages, run as a reader runs it: against an exchange started with the page's own command."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.pages import blocks, commands, name, pages

PRINTED_URL = "http://127.0.0.1:8420"
STARTS_WITHIN = 30.0
SERVED = [page for page in pages() if any(block.mark == "served" for block in blocks(page, "python"))]


def serve_line(page: Path) -> list[str]:
    """The options of the first `simexchange serve` on *page*."""
    for _, command in commands(page):
        words = shlex.split(command)
        if Path(words[0]).name == "simexchange" and words[1:2] == ["serve"]:
            return words[2:]
    pytest.fail(f"{name(page)} has code for a client and no `simexchange serve` line")


@contextmanager
def exchange(options: list[str], folder: Path) -> Iterator[str]:
    """The URL of an exchange that was started with *options*, at a free port, its files in *folder*."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "simexchange", "serve", *options, "--port", "0", "--ready-file", str(ready)],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        waited_until = time.monotonic() + STARTS_WITHIN
        while not ready.exists():
            assert process.poll() is None, f"serve ended with {process.returncode}"
            assert time.monotonic() < waited_until, "serve did not become ready"
            time.sleep(0.05)
        yield json.loads(ready.read_text())["url"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STARTS_WITHIN) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.clients
@pytest.mark.parametrize("page", SERVED, ids=name)
def test_the_client_code_on_a_page_trades(page: Path, tmp_path: Path) -> None:
    with exchange(serve_line(page), tmp_path) as url:
        script = tmp_path / "page.py"
        script.write_text("\n".join(block.text for block in blocks(page, "python") if block.mark == "served"))
        script.write_text(script.read_text().replace(PRINTED_URL, url))

        ran = subprocess.run(
            [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

        assert ran.returncode == 0, ran.stderr
        assert ran.stdout
