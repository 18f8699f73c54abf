"""Parameters: read by content, whatever the client called it."""

import pytest

from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.params import Param, Surplus, anything, checker, decimal, integer, read_params
from simexchange.dialects.contract import ApiError


@pytest.mark.parametrize(
    ("query", "body", "params"),
    [
        ("", b"", {}),
        ("a=1&b=2", b"", {"a": "1", "b": "2"}),
        ("", b"a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1", b"b=2", {"a": "1", "b": "2"}),
        ("a=1", b"a=9", {"a": "1"}),
        ("s=%5B%22A%22%2C%22B%22%5D", b"", {"s": '["A","B"]'}),
        ("x=a+b", b"", {"x": "a b"}),
        ("", b'{"a": "x", "n": 0.10, "t": true, "l": [1, 2]}', {"a": "x", "n": "0.10", "t": "true", "l": "[1, 2]"}),
        ("a=&b", b"", {"a": "", "b": ""}),
        ("&&a=1&", b"", {"a": "1"}),
    ],
)
def test_parameters_come_from_query_and_body(query: str, body: bytes, params: dict[str, str]) -> None:
    """Urlencoded or JSON, by what it looks like; the query wins over the body."""
    assert read_params(query, body) == params


def test_null_is_an_empty_parameter_and_no_text() -> None:
    """Else a client that has no id of its own would give every order the id "null"."""
    assert read_params("", b'{"newClientOrderId": null, "a": "null", "b":null }') == {
        "newClientOrderId": "",
        "a": "null",
        "b": "",
    }


def test_the_same_name_twice_is_refused() -> None:
    """Within one of the two; -1101."""
    assert read_params("a=1&a=2", b"") == errors.DUPLICATE_PARAMETER
    assert read_params("", b"a=1&a=1") == errors.DUPLICATE_PARAMETER


@pytest.mark.parametrize("body", [b"{", b'{"a":', b'{"a": 1} x', b'{"a": "\xff"}'])
def test_a_body_that_begins_as_json_must_be_json(body: bytes) -> None:
    """-1135, and no exception."""
    assert read_params("", body) == errors.INVALID_JSON


def test_bytes_that_are_no_text_are_kept_for_their_check_to_refuse() -> None:
    """Never an exception: the parameter's own pattern says no."""
    params = read_params("", b"symbol=\xff\xfe")

    assert isinstance(params, dict)
    assert "\ufffd" in params["symbol"]


CHECK = checker(Param("a", decimal(2), required=True), Param("n", integer(1, 5)), surplus=Surplus.UNREAD)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"a": "1"}, None),
        ({"a": "1", "n": "5"}, None),
        ({}, -1102),
        ({"a": ""}, -1102),
        ({"a": "x"}, -1100),
        ({"a": "-1"}, -1100),
        ({"a": "1.001"}, -1111),
        ({"a": "99999999999999999999"}, -1108),
        ({"a": "1", "n": ""}, -1105),
        ({"a": "1", "n": "0"}, -1130),
        ({"a": "1", "n": "6"}, -1130),
        ({"a": "1", "n": "1.5"}, -1100),
        ({"a": "1", "z": "1"}, -1104),
        ({"a": "1", "timestamp": "1", "signature": "f", "recvWindow": "5"}, None),
    ],
)
def test_a_table_finds_the_first_thing_wrong(params: dict[str, str], code: int | None) -> None:
    """Missing, unreadable, out of range, unknown: in this order."""
    error = CHECK(params)

    assert (error.code if error else None) == code


def test_unknown_parameters_are_counted_tolerated_or_unread() -> None:
    """The venue's texts tell how many it expected."""
    sent = {"a": "1", "b": "2"}
    known = Param("a", anything)

    assert checker(known, surplus=Surplus.TOLERATED)(sent) is None
    assert checker(known, surplus=Surplus.COUNTED)(sent) == ApiError(
        400, -1101, "Too many parameters; expected '1' and received '2'."
    )
    assert checker(known, surplus=Surplus.UNREAD)(sent) == ApiError(
        400, -1104, "Not all sent parameters were read; read '1' parameter(s) but was sent '2'."
    )
