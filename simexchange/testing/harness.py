"""What the plugin does for one test: the options its markers say, the exchanges it uses, and what is kept of them."""

from __future__ import annotations

import os
import re
import shlex
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from simexchange.errors import ConfigError, MissingExtra, SimexchangeError
from simexchange.testing import sdk
from simexchange.testing.freezing import frozen_at, will_be_frozen_at
from simexchange.testing.golden import Golden
from simexchange.testing.inprocess import LocalExchange
from simexchange.testing.logview import TAIL, LogView
from simexchange.testing.options import Options, options, seed_of
from simexchange.testing.served import ServedExchange
from simexchange.testing.words import date_of

SECTION: Final = f"simexchange log (last {TAIL} records)"


class Harness:
    """One test."""

    def __init__(self, request: pytest.FixtureRequest, given: dict[str, Any], seed: int | None) -> None:
        self._request = request
        self._node = request.node
        self._config = request.config
        self._given = given
        self._seed = seed
        self._made: list[LocalExchange] = []
        self._clients: list[Any] = []
        self._server: ServedExchange | None = None
        self._kept: dict[int, Path] = {}
        self.ending = False
        """Whether the test itself is over, and no fixture can be had any more."""
        if self._keeps_all:
            # At the end of a test it is too late to ask for a folder.
            request.getfixturevalue("tmp_path")

    @property
    def _keeps_all(self) -> bool:
        return bool(self._config.getoption("--simx-keep-logs", "failed") == "all")

    # Options

    def options(self, **given: Any) -> Options:
        """What fixtures, markers and *given* say, the latter first. Raises ConfigError."""
        found = {"seed": self._default_seed(), **_faults_file(self._config), **self._given, **self._marked(), **given}
        if found.get("start") is None and frozen_at() is None:
            standing = will_be_frozen_at(getattr(self._node, "obj", None))
            found |= {} if standing is None else {"start": date_of(standing)}
        folders = tuple(Path(each) for each in self._config.getini("simx_scenario_dirs"))
        return options(scenario_dirs=folders, **found)

    def _default_seed(self) -> int:
        asked: int | None = self._config.getoption("--simx-seed", None)
        if self._seed is not None:
            return self._seed
        return seed_of(self._name) if asked is None else asked

    @property
    def _name(self) -> str:
        """The test's own: under ``--dist=loadgroup`` xdist adds the group's to it (3.8, seen 2026-11)."""
        name: str = self._node.nodeid
        grouped = getattr(self._config.option, "loadgroup", False) and self._node.get_closest_marker("xdist_group")
        return name.rpartition("@")[0] if grouped and "@" in name else name

    def _marked(self) -> dict[str, Any]:
        """The nearest marker of each kind; of faults all of them, those of the class and the module first."""
        found: dict[str, Any] = {}
        for name, read in _MARKS.items():
            marker = self._node.get_closest_marker(name)
            if marker is not None:
                found |= _read_marker(marker, read)
        faults = [_read_marker(each, _fault) for each in self._node.iter_markers("faults")]
        if faults:
            found["faults"] = tuple((each["kind"], each["params"]) for each in reversed(faults))
        return found

    @property
    def _shown(self) -> str:
        """The same from where pytest was called, so that a command with it finds the test."""
        _, colons, rest = self._name.partition("::")
        return os.path.relpath(self._node.path, self._config.invocation_params.dir) + colons + rest

    # Exchanges

    def make(self, *, sockets: bool = True, **given: Any) -> Any:
        """A started exchange, stopped with the test."""
        if self._made and "seed" not in given:
            given["seed"] = self.options(**given).seed + len(self._made)
        asked = self.options(**given)
        made = ServedExchange(asked) if sockets else LocalExchange(asked)
        self._made.append(made)
        return made.start()

    def served(self) -> ServedExchange:
        """The one that `exchange_server` is, and that clients are made for."""
        if self._server is None:
            made: ServedExchange = self.make()
            self._server = made
        return self._server

    def client(self, name: str) -> Callable[..., Any]:
        """What makes clients of one kind; a test is skipped where the package is not installed."""
        make = getattr(sdk, name)

        def making(*args: Any, **named: Any) -> Any:
            try:
                made = make(self._clients_of(), *args, **named)
            except MissingExtra as error:
                pytest.skip(str(error))
            self._clients.append(made)
            return made

        return making

    def _clients_of(self) -> ServedExchange:
        """Where clients go: of a test that uses the session's exchange, and no `exchange_server`, to that one."""
        names = self._node.fixturenames
        if "exchange_session" not in names or "exchange_server" in names:
            return self.served()
        shared: ServedExchange = self._request.getfixturevalue("exchange_session")
        return shared

    # Golden logs

    @cached_property
    def golden(self) -> Golden:
        """Beside the test's own file."""
        return Golden(
            Path(self._node.path).parent / "golden",
            mode=self._config.getoption("--simx-golden", "check"),
            accept=f"pytest {shlex.quote(self._shown)} --simx-golden=update",
            keep=self.keep,
            warn=lambda text: warnings.warn(pytest.PytestWarning(text), stacklevel=2),
        )

    # What is told and kept

    def used(self) -> list[LocalExchange]:
        """The exchanges of this test."""
        return list(self._made)

    def keep(self, view: LogView) -> Path | None:
        """Its log as a file in tmp_path; None where there can be none."""
        with suppress(SimexchangeError):
            return self._keep_view(view)
        return None

    def _keep_view(self, view: LogView) -> Path | None:
        """The log as a file in tmp_path; the newest state of it where it was kept before."""
        number = len(self._kept)
        path = self._kept.get(id(view))
        if path is None:
            try:
                folder = self._folder()
            except Exception:  # noqa: BLE001 - a log that cannot be kept must not hide why the test failed
                return None
            path = self._kept[id(view)] = folder / (f"simexchange-{number}.jsonl" if number else "simexchange.jsonl")
        return view.save(path)

    def _folder(self) -> Path:
        """The test's tmp_path; a folder of that name where it is too late to ask for it."""
        if self.ending:
            factory: pytest.TempPathFactory = self._request.getfixturevalue("tmp_path_factory")
            return factory.mktemp(re.sub(r"\W", "_", self._node.name)[:30])
        folder: Path = self._request.getfixturevalue("tmp_path")
        return folder

    def end(self) -> None:
        """Close clients and exchanges. Raises what the exchanges have to say against it."""
        for client in self._clients:
            with suppress(Exception):
                sdk.close(client)
        if self._keeps_all:
            for each in self._made:
                self._keep_view(each.log)
        if "golden" in self.__dict__:
            self._node.user_properties.extend(("simx golden", str(path)) for path in self.golden.written)
        wrong: list[BaseException] = []
        for each in reversed(self._made):
            try:
                each.stop()
            except Exception as error:  # noqa: BLE001 - the others are stopped all the same
                wrong.append(error)
        if wrong:
            raise wrong[0]


def tell_failure(
    item: pytest.Item, report: pytest.TestReport, harness: Harness | None, shared: list[LocalExchange]
) -> None:
    """Add the end of every log that a failed test had to its *report*, and keep the logs."""
    if harness is None:
        request: pytest.FixtureRequest | None = getattr(item, "_request", None)
        if request is None:
            return
        harness = Harness(request, {}, None)
    harness.ending = report.when == "teardown"
    for each in (*harness.used(), *shared):
        with suppress(SimexchangeError):
            lines = each.log.tail()
            kept = harness.keep(each.log)
            if kept is not None:
                lines.append(f"the whole log: {kept} (simexchange inspect, replay and explain read it)")
            report.sections.append((SECTION, "\n".join(lines)))


def session_exchange(config: pytest.Config, given: dict[str, Any]) -> ServedExchange:
    """The one of a whole session, not started."""
    seed = config.getoption("--simx-seed", None)
    return ServedExchange(options(**{"seed": 1 if seed is None else seed, **_faults_file(config), **given}))


def _faults_file(config: pytest.Config) -> dict[str, Any]:
    """What the variable SIMEXCHANGE_FAULTS names comes beside it: every server looks at that itself."""
    path = config.getoption("--simx-faults", None)
    return {"faults_file": path} if path else {}


def _scenario(name: str, **params: Any) -> dict[str, Any]:
    return {"scenario": name, "params": params}


def _seed(number: int) -> dict[str, Any]:
    return {"seed": number}


def _speed(text: str) -> dict[str, Any]:
    return {"speed": text}


def _venue(*names: str) -> dict[str, Any]:
    return {"venues": names}


def _funding_every(span: Any) -> dict[str, Any]:
    return {"funding_every": span}


def _fault(kind: str, **params: Any) -> dict[str, Any]:
    return {"kind": kind, "params": params}


_MARKS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "scenario": _scenario,
    "seed": _seed,
    "speed": _speed,
    "venue": _venue,
    "funding_every": _funding_every,
}


def _read_marker(marker: pytest.Mark, read: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    try:
        return read(*marker.args, **marker.kwargs)
    except TypeError as error:
        msg = f"marker {marker.name}: {str(error).partition('() ')[2] or error}"
        raise ConfigError(msg) from None
