"""Frames as RFC 6455 wants them from a server."""

import pytest

from simexchange.gateway.frames import PING, frame


@pytest.mark.parametrize(
    "size, head",
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_text_frame_names_its_length_in_the_fewest_bytes(size: int, head: bytes) -> None:
    """Seven bits up to 125, sixteen up to 65,535, sixty-four beyond (RFC 6455 §5.2)."""
    payload = b"x" * size

    data = frame(payload)

    assert data == head + payload


def test_a_ping_has_its_own_first_byte() -> None:
    data = frame(b"1", PING)

    assert data == b"\x89\x011"
