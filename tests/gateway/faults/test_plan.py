"""What a rule may say, and what is said to one that says it wrongly."""

from typing import Any

import pytest

from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.errors import ConfigError
from simexchange.gateway.faults.kinds import KINDS
from simexchange.gateway.faults.plan import KEYS, again, rule_of, shown, span_text


def test_no_kind_takes_a_parameter_that_every_rule_has() -> None:
    assert [(kind.name, key) for kind in KINDS.values() for key in kind.params if key in KEYS] == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_a_rule_by_its_name_alone(kind: str) -> None:
    rule = rule_of({"kind": kind}, "here")
    assert rule.name == kind
    assert rule.direction in ("in", "out", "open")
    assert rule.channels == KINDS[kind].channels


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_shown_of_a_rule_makes_it_again(kind: str) -> None:
    first = rule_of({"kind": kind}, "here")
    assert rule_of({"kind": kind, **shown(kind, first.params)}, "here").params == first.params
    assert rule_of(first.written, "here") == first


def test_names_are_made_where_none_is_given() -> None:
    assert rule_of({"kind": "error"}, "here", ["error", "error-2"]).name == "error-3"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "it needs a kind"),
        ({"kind": "latensy"}, "did you mean 'latency'?"),
        ({"kind": "latency", "distributoin": "fixed"}, "did you mean 'distribution'?"),
        ({"kind": "latency", "distribution": "gauss"}, "it is fixed or uniform or exponential or lognormal"),
        ({"kind": "latency", "delay": "50"}, "it is a span"),
        ({"kind": "latency", "delay": 50}, "it is a span"),
        ({"kind": "latency", "delay": "-5ms"}, "it is a span"),
        ({"kind": "error", "status": 199}, "it is a whole number from 200 to 599"),
        ({"kind": "error", "status": True}, "it is a whole number"),
        ({"kind": "error", "status": "0x10"}, "it is a whole number"),
        ({"kind": "error", "text": "two\nlines"}, "it is printable text"),
        ({"kind": "error", "chance": "1.5"}, "it is a share from 0 to 1"),
        ({"kind": "error", "chance": True}, "it is a share from 0 to 1"),
        ({"kind": "error", "every": 0}, "it is a whole number from 1"),
        ({"kind": "error", "times": -1}, "it is a whole number from 0"),
        ({"kind": "error", "from": "yesterday"}, "it is an ISO-8601 time, or a span"),
        ({"kind": "error", "channel": "stream"}, "it is rest or api (of this kind)"),
        ({"kind": "error", "channel": "rset"}, "did you mean 'rest'?"),
        ({"kind": "too_many_requests", "alone": "perhaps"}, "it is true or false"),
        ({"kind": "clock_skew", "skew": "--3s"}, "it is a span"),
        ({"kind": "error", "chance": float("inf")}, "it is a share from 0 to 1"),
        ({"kind": "error", "from": "5s", "until": "5s"}, "it is not after from"),
        ({"kind": "error", "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "it is not after from"),
        ({"kind": "close", "code": 1006}, "a close frame may not carry it"),
        ({"kind": "close", "where": "now", "match": "btcusdt@depth"}, "what strikes at once waits for no message"),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_a_remedy(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as said:
        rule_of(given, "plan p, fault 3")
    assert says in str(said.value)
    assert str(said.value).startswith("plan p, fault 3: ")
    assert "\n" not in str(said.value)


def test_numbers_shares_and_words_may_come_as_text() -> None:
    rule = rule_of(
        {"kind": "too_many_requests", "times": "2", "chance": 0.25, "alone": "true", "patience": "1"}, "here"
    )
    assert (rule.times, rule.chance, rule.params["alone"], rule.params["patience"]) == (2, 25_000_000, True, 1)


@pytest.mark.parametrize(("chance", "share"), [(0.00001, 1_000), (1e-8, 1), (0.25, 25_000_000), (1.0, 10**8)])
def test_a_chance_may_be_as_small_as_a_share_can_be(chance: float, share: int) -> None:
    assert rule_of({"kind": "drop", "chance": chance}, "here").chance == share


def test_a_clock_may_be_behind() -> None:
    assert rule_of({"kind": "clock_skew", "skew": "-1500ms"}, "here").params["skew"] == -1_500_000_000
    assert shown("clock_skew", {"skew": -1_500_000_000}) == {"skew": "-1500ms"}


def test_spans_are_written_in_the_greatest_unit_they_are_whole_in() -> None:
    assert [span_text(span) for span in (0, 3_000_000_000, 1_500_000_000, 1_001, -2)] == [
        "0s", "3s", "1500ms", "1001ns", "-2ns",
    ]  # fmt: skip


def test_what_a_log_tells_becomes_a_rule_for_that_one_message() -> None:
    told = FaultApplied("latency", "rest", "GET /x", 3, "out", 7, '{"where":"out","delay":"1234567ns"}', "slow")
    rule = again(told, 12)
    assert (rule.name, rule.channels, rule.direction, rule.connection, rule.ordinal, rule.times) == (
        "slow#12", ("rest",), "out", 3, 7, 1,
    )  # fmt: skip
    assert (rule.match, rule.params["delay"], rule.params["distribution"]) == ("*", 1_234_567, "fixed")


def test_a_rule_with_the_longest_name_is_done_again_too() -> None:
    rule = rule_of({"kind": "drop", "name": "n" * 200}, "here")
    told = FaultApplied("drop", "stream", "x", 1, "out", 7, "", rule.name)
    rules = [again(told, 1), again(told, 20_000)]
    assert [rule.ordinal for rule in rules] == [7, 7]
    assert rules[0].name != rules[1].name


def test_a_fault_of_another_version_is_named() -> None:
    with pytest.raises(ConfigError, match="'gremlins', which this version does not know"):
        again(FaultApplied("gremlins", "rest", "x", 1, "in", 1), 1)
