"""How the control API spells instants, spans and money."""

import pytest

from simexchange.gateway.words import Malformed, decimal, iso, parse_amount, parse_instant, parse_span

NEW_YEAR = 1_767_225_600_000_000_000


@pytest.mark.parametrize(
    "text, at",
    [
        ("2026-01-01T00:00:00Z", NEW_YEAR),
        ("2026-01-01", NEW_YEAR),
        ("2026-01-01T00:00:00", NEW_YEAR),
        ("2026-01-01T01:00:00+01:00", NEW_YEAR),
        ("2026-01-01T00:00:00.000000001Z", NEW_YEAR + 1),
        ("2026-01-01T00:00:00.5+00:00", NEW_YEAR + 500_000_000),
        (NEW_YEAR, NEW_YEAR),
        (str(NEW_YEAR), NEW_YEAR),
    ],
)
def test_an_instant_is_iso_or_nanoseconds(text: str | int, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", -1, "9" * 40, 10**30, "1950-01-01", "2026-01-01T00:00:00.1234567891Z"]
)
def test_anything_else_is_no_instant(text: str | int) -> None:
    with pytest.raises(Malformed):
        parse_instant(text)


@pytest.mark.parametrize("at", [NEW_YEAR, NEW_YEAR + 1, NEW_YEAR + 120_000_000])
def test_an_instant_is_written_as_it_can_be_read(at: int) -> None:
    assert parse_instant(iso(at)) == at


@pytest.mark.parametrize("text, seconds", [("8h", 28_800), ("+8h", 28_800), ("1d2h3m4s", 93_784), ("1500ms", 1.5)])
def test_a_span_is_numbers_with_units(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds * 1_000_000_000


@pytest.mark.parametrize("text", ["", "+", "8", "h", "8 h", "-8h", "8h!", "++8h", "999999999d"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(Malformed):
        parse_span(text)


@pytest.mark.parametrize(
    "text, units", [("0", 0), ("1", 10**8), ("0.00000001", 1), ("1.50", 150_000_000), ("1.000000000", 10**8)]
)
def test_money_is_read_exactly(text: str, units: int) -> None:
    assert parse_amount(text) == units


@pytest.mark.parametrize("text", ["", "-1", "+1", "1e3", ".5", "1.", "0.000000001", "1,5", "١", "nan", "9" * 19])
def test_anything_else_is_no_money(text: str) -> None:
    with pytest.raises(Malformed):
        parse_amount(text)


@pytest.mark.parametrize("units, text", [(0, "0"), (1, "0.00000001"), (-150_000_000, "-1.5"), (10**10, "100")])
def test_money_is_written_without_needless_zeros(units: int, text: str) -> None:
    assert decimal(units) == text
