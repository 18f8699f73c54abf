"""Where two runs part: the first event that differs, and what a person needs to see why."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from simexchange.testing.tellings import COMPARED, FINAL, Telling

BEFORE: Final = 5
"""Events shown before the first that differs."""
NOTHING: Final = "nothing"


class Difference(msgspec.Struct, frozen=True):
    """The first line that differs, with everything that is said of it."""

    seq: int
    """The record of the run at hand; 0: it is at its end already, or there are no records at this level."""
    sentence: str
    cause: str
    before: list[str]
    fields: list[str]
    state: str
    """The first difference in what somebody has, or in a figure made from it; empty where there is none."""


def first_difference(expected: list[Telling], found: list[Telling], level: str) -> Difference | None:
    """Where *found* is first otherwise than *expected*; None where it is the same at *level*."""
    names = COMPARED[level]
    for place in range(max(len(expected), len(found))):
        was = expected[place] if place < len(expected) else None
        now = found[place] if place < len(found) else None
        if was is None or now is None or any(was.get(name) != now.get(name) for name in names):
            return _described(expected, found, place, names, level)
    return None


def _described(
    expected: list[Telling], found: list[Telling], place: int, names: tuple[str, ...], level: str
) -> Difference:
    was = expected[place] if place < len(expected) else None
    now = found[place] if place < len(found) else None
    fields = (
        [] if was is None or now is None else _fields({n: was.get(n) for n in names}, {n: now.get(n) for n in names})
    )
    return Difference(
        seq=0 if now is None else now.get("seq", 0),
        sentence=_sentence(was, now, fields, level),
        cause="" if level == FINAL else _cause(found, now),
        before=[] if level == FINAL else _events(found[max(0, place - BEFORE) : place])[-BEFORE:],
        fields=fields,
        state=_state(expected, found, place, level),
    )


def _sentence(was: Telling | None, now: Telling | None, fields: list[str], level: str) -> str:
    if level == FINAL:
        who = (now or was or {}).get("account", "")
        return f"account {who} ends otherwise: {fields[0]}" if fields else f"account {who} is there only in one of them"
    if now is None:
        return f"an event is missing at the end: expected {_one(was)}"
    if was is None:
        return f"event {now['seq']} is one more than expected: {_one(now)}"
    if [each.get("type") for each in was["events"]] != [each.get("type") for each in now["events"]]:
        return f"event {now['seq']} differs: {_one(now)}, expected {_one(was)}"
    first = next((line for line in fields if line.startswith("events")), fields[0])
    kinds = now["events"][0]["type"] if now["events"] else now["command"]["type"]
    return f"event {now['seq']} differs: {kinds} {_after_dot(first)}"


def _after_dot(line: str) -> str:
    """A field's own name instead of the whole way to it: ``events[0].price: …`` as ``price: …``."""
    path, colon, rest = line.partition(":")
    return f"{path.rpartition('.')[2]}{colon}{rest}"


def _one(line: Telling | None) -> str:
    if line is None:
        return NOTHING
    return ", ".join(told(event) for event in line["events"]) or told(line["command"])


def _cause(found: list[Telling], now: Telling | None) -> str:
    """The command that a person or a feed gave: of an engine's step the one that made it necessary."""
    if now is None:
        return f"after {told(found[-1]['command'])} in record {found[-1]['seq']} nothing more came" if found else ""
    seq, source, at, command = now.get("root", [now["seq"], now["source"], now["at"], now["command"]])
    return f"{told(command)}, record {seq} of {source} at {at}"


def _events(lines: list[Telling]) -> list[str]:
    return [f"{line['seq']:>6} {line['at']} {told(event)}" for line in lines for event in line["events"]]


def told(struct: dict[str, Any]) -> str:
    """A command or an event on one line, without what is empty."""
    words = [f"{key}={value}" for key, value in struct.items() if key != "type" and _short(value)]
    return f"{struct.get('type', '')}({' '.join(words)})"


def _short(value: Any) -> bool:
    return isinstance(value, str | int) and value not in ("", 0, "0", False) and len(str(value)) <= 40


def _fields(was: Any, now: Any, path: str = "") -> list[str]:
    """Every field that differs: ``path: found, expected …``."""
    if isinstance(was, dict) and isinstance(now, dict):
        found: list[str] = []
        for name in dict.fromkeys((*now, *was)):
            found += _fields(was.get(name), now.get(name), f"{path}.{name}" if path else name)
        return found
    if isinstance(was, list) and isinstance(now, list):
        found = []
        for place in range(max(len(was), len(now))):
            one = was[place] if place < len(was) else None
            other = now[place] if place < len(now) else None
            found += _fields(one, other, f"{path}[{place}]")
        return found
    return [] if was == now else [f"{path}: {_value(now)}, expected {_value(was)}"]


def _value(value: Any) -> str:
    if value is None:
        return NOTHING
    return told(value) if isinstance(value, dict) and "type" in value else str(value)


def _state(expected: list[Telling], found: list[Telling], place: int, level: str) -> str:
    """What somebody has that differs first, from the first differing line on."""
    if level == FINAL:
        return ""
    for was, now in zip(expected[place:], found[place:], strict=False):
        for part in ("after", "figures"):
            fields = _fields(was.get(part, {}), now.get(part, {}))
            if fields:
                more = _fields(was.get("figures", {}), now.get("figures", {})) if part == "after" else []
                return "; ".join([*fields[:2], *more[:1]]) + f" (after record {now['seq']})"
    return ""


def report(name: str, level: str, difference: Difference, log: Path | None, accept: str, notes: list[str]) -> str:
    """The whole failure, in the order a person reads it."""
    lines = [f"golden {name} ({level}): {difference.sentence}"]
    lines += [f"note: {note}" for note in notes]
    if difference.cause:
        lines += ["", f"caused by: {difference.cause}"]
    if difference.before:
        lines += ["", f"the {len(difference.before)} events before:", *(f"  {line}" for line in difference.before)]
    if difference.fields:
        lines += ["", "what differs:", *(f"  {line}" for line in difference.fields[:20])]
        if len(difference.fields) > 20:
            lines.append(f"  and {len(difference.fields) - 20} fields more")
    if difference.state:
        lines += ["", f"first difference in state: {difference.state}"]
    if log is not None:
        lines += ["", "go on with:"]
        if difference.seq:
            lines.append(f"  simexchange inspect {log} --from {max(1, difference.seq - BEFORE)} --limit {2 * BEFORE}")
        lines.append(f"  simexchange replay {log}")
    lines += ["", "to take the new run for right:", f"  {accept}"]
    return "\n".join(lines)
