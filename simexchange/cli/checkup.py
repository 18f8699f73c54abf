"""What `simexchange doctor` tries: it does what the client would do, and asks the exchange what it thought of it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from simexchange.cli import diagnoses
from simexchange.cli.clientsettings import is_venue
from simexchange.cli.probes import KEY, PROBES, SHAPE, SIGNATURE, TIME
from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.gateway.refused import RefusedCall
from simexchange.runtime.clock import wall_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simexchange.cli.clientsettings import ClientSettings
    from simexchange.cli.control import Control

WITHIN: Final = 10.0
"""Wall seconds for an answer."""
SAME: Final = 1_000
"""Milliseconds that two clocks may be apart without anybody minding."""
NO_HEADERS: Final[Mapping[str, str]] = {}


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    good: bool
    text: str
    more: list[str] = []


class _Answer(msgspec.Struct, frozen=True):
    """What came back: an HTTP status and JSON, or why nothing did."""

    status: int
    body: Any = None
    problem: str = ""


class Checkup:
    """One client's settings, and the exchange's own view where there is a control token."""

    def __init__(self, settings: ClientSettings, control: Control | None) -> None:
        self._settings = settings
        self._probe = PROBES[settings.venue]
        self._control = control
        self._told: set[int | None] = set()
        """Codes that were explained."""
        self._context = ssl.create_default_context(cafile=settings.ca_file or None) if _usable(settings) else None

    def findings(self) -> list[Finding]:
        """Everything, in the order in which a client meets it."""
        settings = self._settings
        found = self._addresses()
        if settings.ca_file and self._context is None:
            found.append(Finding(good=False, text=f"{settings.ca_file}: no certificates can be read from there"))
            return found
        asked = {name: url for name, url in settings.rest.items() if not is_venue(url)}
        if not asked:
            return found
        reached = {name: url for name, url in asked.items() if self._reach(name, url, found)}
        for name, url in reached.items():
            found.append(self._sign(name, url))
        found += [self._open(url) for url in settings.sockets if reached and not is_venue(url)]
        return found

    def _addresses(self) -> list[Finding]:
        settings = self._settings
        outside = dict.fromkeys(url for url in (*settings.rest.values(), *settings.sockets) if is_venue(url))
        found = [Finding(good=False, text=f"{url} is the real venue's; nothing was sent there") for url in outside]
        if settings.missing:
            names = ", ".join(f"urls.api.{name}" for name in settings.missing)
            text = f"the settings leave {names} at the real venue's address; `simexchange urls` has all of them"
            found.append(Finding(good=False, text=text))
        return found

    # Reaching it, and its clock

    def _reach(self, name: str, url: str, found: list[Finding]) -> bool:
        answer = self._ask(url + self._probe.time_path)
        told = self._probe.time_of(answer.body) if answer.status == 200 else None
        if told is None:
            found.append(Finding(good=False, text=_unreached(url, answer)))
            return False
        text = f"{self._probe.products[name]} answers at {_shown(url)}"
        apart = told - self._clock()
        if abs(apart) > SAME:
            side = "ahead of" if apart > 0 else "behind"
            text += f"; the exchange's clock is {abs(apart) / 1000:.1f} s {side} the client's"
        found.append(Finding(good=True, text=text))
        return True

    def _clock(self) -> int:
        """What the client stamps with, in ms."""
        return wall_now() // MILLISECOND - self._settings.shift

    # Signing

    def _sign(self, name: str, url: str) -> Finding:
        settings, probe = self._settings, self._probe
        stamp = self._clock()
        question = probe.ask(name, settings.api_key, settings.secret, settings.window, stamp)
        answer = self._ask(url + question.path, question.headers)
        code, product = probe.code_of(answer.body), probe.products[name]
        if answer.status == 200 and not code:
            key = diagnoses.shown_key(settings.api_key)
            return Finding(good=True, text=f"{product} takes the key {key}, its signature and its clock")
        call = self._last(probe.calls[name], code)
        if code in self._told:
            return Finding(good=False, text=f"{product} refuses it for the same reason ({code})")
        lines = self._explain(code, stamp, question.signed, call)
        if not lines:
            return Finding(good=False, text=_unreached(url, answer))
        self._told.add(code)
        return Finding(good=False, text=lines[0], more=lines[1:])

    def _explain(self, code: int | None, stamp: int, signed: str, call: RefusedCall | None) -> list[str]:
        settings = self._settings
        if code is None:
            return []
        meaning = self._probe.meanings.get(code)
        if meaning == TIME:
            exchange = call.exchange_time if call is not None else self._exchange_time()
            return [diagnoses.explain_time(stamp, exchange, settings.window, settings.shift, code)]
        if meaning == SIGNATURE:
            return diagnoses.explain_signature(signed, call, code)
        if meaning == SHAPE:
            return [diagnoses.explain_shape(settings.api_key)]
        return [diagnoses.explain_key(settings.api_key, call, code)] if meaning == KEY else []

    def _exchange_time(self) -> int:
        for url in self._settings.rest.values():
            answer = self._ask(url + self._probe.time_path)
            told = self._probe.time_of(answer.body) if answer.status == 200 else None
            if told is not None:
                return told
        return self._clock()

    # What the exchange says

    def _last(self, path: str, code: int | None) -> RefusedCall | None:
        """The newest refusal of that call by that code, as the exchange has it."""
        calls = [call for call in self._refused() if call.path == path and call.code == code]
        return calls[-1] if calls else None

    def _refused(self) -> list[RefusedCall]:
        if self._control is None:
            return []
        return msgspec.convert(self._control.get("/refused")["calls"], list[RefusedCall])

    def refused_lately(self) -> list[Finding]:
        """The last refusals of any client, each kind once, newest first."""
        newest: dict[tuple[str, ...], RefusedCall] = {}
        for call in reversed(self._refused()):
            newest.setdefault((call.api_key, call.why, call.path, call.how), call)
        found = []
        for call in newest.values():
            first, *more = diagnoses.explain_call(call)
            found.append(Finding(good=False, text=f"{call.method} {call.path}: {first}", more=more))
        return found or [Finding(good=True, text="nobody was refused for his key, his clock or his signature")]

    # Carrying

    def _open(self, url: str) -> Finding:
        """Shake hands on a socket, and hang up."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "wss" else http.client.HTTPConnection
        options: dict[str, Any] = {"context": self._context} if parts.scheme == "wss" else {}
        headers = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        }  # fmt: skip
        try:
            connection = kind(parts.hostname or "", parts.port, timeout=WITHIN, **options)
            connection.request("GET", parts.path or "/", headers=headers)
            status = connection.getresponse().status
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            return Finding(good=False, text=f"{_shown(url)} gives no answer: {_reason(error)}")
        if status == 101:
            return Finding(good=True, text=f"a socket opens at {_shown(url)}")
        return Finding(good=False, text=f"{_shown(url)} is no socket's address (HTTP {status}); see `simexchange urls`")

    def _ask(self, url: str, headers: Mapping[str, str] = NO_HEADERS) -> _Answer:
        """One GET as the client would send it: by its proxy, with what it trusts."""
        handlers = [urllib.request.HTTPSHandler(context=self._context)] if self._context is not None else []
        sent = {name: value for name, value in headers.items() if value}
        try:
            request = urllib.request.Request(_without_user(url), headers=sent)  # noqa: S310 - the user's own
            with urllib.request.build_opener(*handlers).open(request, timeout=WITHIN) as answer:
                return _Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as error:
            return _Answer(error.code, _json(error.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return _Answer(0, problem=_reason(error))


def _usable(settings: ClientSettings) -> bool:
    try:
        ssl.create_default_context(cafile=settings.ca_file or None)
    except OSError:
        return False
    return True


def _without_user(url: str) -> str:
    """Some addresses carry a product's name before the host (`simexchange urls ccxt`); urllib takes none."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _shown(url: str) -> str:
    return urlunsplit(urlsplit(_without_user(url))._replace(query=""))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error) or type(error).__name__


def _unreached(url: str, answer: _Answer) -> str:
    where = _shown(url)
    if "CERTIFICATE_VERIFY_FAILED" in answer.problem:
        return (
            f"{where} shows a certificate that the client does not trust; give it what `simexchange tls env` prints, "
            "or `cafile` in its settings"
        )
    if answer.problem:
        return f"{where} gives no answer: {answer.problem}. Does the exchange run, and at that port?"
    if answer.status == 404:
        return f"{where} is served by somebody, but there is no such path (HTTP 404); see `simexchange urls`"
    return f"{where} answers HTTP {answer.status}: {str(answer.body)[:200].strip()}"
