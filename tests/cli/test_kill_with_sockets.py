"""kill -9 on a served exchange under load; `benchmarks/kill_loop.py` does the same for as long as one likes."""

from pathlib import Path

from benchmarks.kill_loop import kill_loop


def test_a_killed_server_has_logged_once_all_that_it_acknowledged_over_sockets(tmp_path: Path) -> None:
    """Three kills on one data folder: orders and cancels answered with 200 are in the log, once, and it verifies."""
    found = kill_loop(tmp_path, rounds=3, seed=3)

    assert found.lost == []
    assert found.twice == []
    assert found.wrong == []
    assert found.rounds == 3
    assert found.orders > 0
    assert found.cancels > 0
    assert found.unanswered > 0
