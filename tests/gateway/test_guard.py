"""Who may knock."""

import pytest

from simexchange.gateway.guard import Guard, host_name

GUARD = Guard(["exchange.test", "192.168.1.7"], "secret")


@pytest.mark.parametrize(
    "header, known",
    [
        ("localhost", True),
        ("localhost:8420", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8420", True),
        ("[::1]:8420", True),
        ("exchange.test:80", True),
        ("exchange.test.", True),
        ("192.168.1.7", True),
        ("evil.test", False),
        ("localhost.evil.test:8420", False),
        ("127.0.0.1.evil.test", False),
        ("evil.test:localhost", False),
        ("localhost:80:80", False),
        ("[::1", False),
        ("[::1]x", False),
        ("", False),
        (None, False),
    ],
)
def test_only_hosts_on_the_list_are_known(header: str | None, known: bool) -> None:
    """A page that makes its own name point here (DNS rebinding) still sends its own name."""
    assert GUARD.knows_host(header) is known


@pytest.mark.parametrize(
    "header, known",
    [
        (None, True),
        ("http://localhost:3000", True),
        ("https://exchange.test", True),
        ("http://[::1]:8420", True),
        ("null", False),
        ("http://evil.test", False),
        ("file://localhost", False),
        ("http://localhost@evil.test", False),
        ("garbage", False),
    ],
)
def test_an_origin_must_be_nobody_or_one_of_ours(header: str | None, known: bool) -> None:
    assert GUARD.knows_origin(header) is known


@pytest.mark.parametrize(
    "header, asked, known",
    [
        ("https://stream.bybit.com", "stream.bybit.com", True),
        ("https://stream.bybit.com:9443", "Stream.bybit.com:9443", True),
        ("https://www.bybit.com", "stream.bybit.com", False),
        ("null", "stream.bybit.com", False),
        ("garbage", "", False),
    ],
)
def test_a_client_may_say_the_name_it_asks_under(header: str, asked: str, *, known: bool) -> None:
    assert GUARD.knows_origin(header, asked) is known


@pytest.mark.parametrize(
    "header, known",
    [
        ("Bearer secret", True),
        ("bearer secret", True),
        ("Bearer secret2", False),
        ("Bearer ", False),
        ("Basic secret", False),
        ("secret", False),
        ("Bearer sécret", False),
        ("Bearer \udcff", False),
        (None, False),
    ],
)
def test_the_control_token_must_be_exact(header: str | None, known: bool) -> None:
    assert GUARD.knows_token(header) is known


def test_a_host_without_sense_has_no_name() -> None:
    assert host_name("a:b") == ""
