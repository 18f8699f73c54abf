"""Frozen samples: whatever was stored once reads the same for ever."""

import json
from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.eventlog.inspection import describe
from tests.eventlog.make_samples import SAMPLES, kinds

FROZEN = [json.loads(line) for line in SAMPLES.read_text().splitlines()]


def still_there(then: Any, now: Any) -> bool:
    """Whether *now* says all that *then* said; it may say more, in fields that were appended since."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and still_there(value, now[key]) for key, value in then.items())
    if isinstance(then, list):
        return isinstance(now, list) and len(then) == len(now) and all(map(still_there, then, now))
    return bool(then == now)


@pytest.mark.parametrize("sample", FROZEN, ids=lambda sample: sample["type"])
def test_a_frozen_sample_reads_as_it_did(sample: dict[str, Any]) -> None:
    """Names, numbers and times: tags are never given twice, fields are only appended."""
    value = msgspec.json.decode(sample["stored"], type=_union(sample["type"]))

    assert type(value).__name__ == sample["type"]
    assert still_there(sample["reads"], json.loads(json.dumps(describe(value))))


def test_every_command_and_event_has_a_frozen_sample() -> None:
    """Whoever adds one runs `python -m tests.eventlog.make_samples`."""
    assert {sample["type"] for sample in FROZEN} == {kind.__name__ for kind in kinds()}


def test_tags_are_numbered_without_repetition() -> None:
    """There may be gaps: a number is given when its part is planned, and is never given to another."""
    for union in (Command, Event):
        tags = [int(str(kind.__struct_config__.tag)) for kind in kinds() if kind in union.__args__]
        assert min(tags) == 1
        assert len(set(tags)) == len(tags)


def _union(name: str) -> Any:
    return Command if name in {kind.__name__ for kind in Command.__args__} else Event
