"""Decimal text, durations and instants as a person writes them."""

import pytest

from simexchange.config.words import decimal, duration, instant
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND
from simexchange.errors import ConfigError


def test_what_makes_sense_is_taken_exactly() -> None:
    assert decimal("0.00000001", "x") == 1
    assert decimal("-1.5", "x") == -3 * ONE // 2
    assert duration("1h30m", "x") == HOUR + 30 * MINUTE
    assert duration("0.25s", "x") == SECOND // 4
    assert instant("2026-01-31T12:00:00+01:00", "x") == instant("2026-01-31T11:00:00", "x")


@pytest.mark.parametrize("text", ["", "1e3", "NaN", ".5", "1.", "1,5", "0.123456789", "٣", "9" * 19, "+1", " 1"])
def test_what_is_no_decimal_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="the tick"):
        decimal(text, "the tick")


@pytest.mark.parametrize("text", ["", "5", "s", "1x", "-1s", "1h 30m", "٣s", "9" * 30 + "d"])
def test_what_is_no_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="--for"):
        duration(text, "--for")


@pytest.mark.parametrize("text", ["", "now", "1969-12-31", "9999-01-01", "2026-13-01"])
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="--start"):
        instant(text, "--start")
