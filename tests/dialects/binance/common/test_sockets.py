"""What is said on market-data sockets, and the frames of the WebSocket API."""

from typing import Any

import msgspec
import pytest

from simexchange.dialects.asking import (
    Answer,
    AskCombined,
    ListSubscriptions,
    SetCombined,
    SocketRequest,
    Subscribe,
    Unsubscribe,
)
from simexchange.dialects.binance.common import sockets
from simexchange.dialects.contract import ApiError


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        (
            '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}',
            Subscribe(("btcusdt@aggTrade", "btcusdt@depth"), b'{"result":null,"id":1}'),
        ),
        (
            '{"method":"UNSUBSCRIBE","params":["btcusdt@depth"],"id":"x"}',
            Unsubscribe(("btcusdt@depth",), b'{"result":null,"id":"x"}'),
        ),
        ('{"method":"LIST_SUBSCRIPTIONS","id":3}', ListSubscriptions(3)),
        ('{"method":"SET_PROPERTY","params":["combined",true],"id":5}', SetCombined(True, b'{"result":null,"id":5}')),
        (
            '{"method":"GET_PROPERTY","params":["combined"],"id":2}',
            AskCombined(b'{"result":true,"id":2}', b'{"result":false,"id":2}'),
        ),
        ('{"method":"SUBSCRIBE","params":[]}', Subscribe((), b'{"result":null,"id":null}')),
    ],
)
def test_a_request_is_understood(text: str, request_: SocketRequest) -> None:
    """Ids come back as they were sent."""
    assert sockets.parse_socket_request(text) == request_


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 3),
        ("{", 3),
        ("[" * 100_000, 3),
        ('{"a":' * 5_000, 3),
        ('{"id":1e999}', 3),
        ("[]", 2),
        ('{"id":1}', 2),
        ('{"method":"SHOUT","id":1}', 2),
        ('{"method":["SUBSCRIBE"],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":["a"],"id":1.5}', 2),
        ('{"method":"SUBSCRIBE","params":["a"],"id":true}', 2),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"SET_PROPERTY","params":["colour",true],"id":1}', 0),
        ('{"method":"SET_PROPERTY","params":[true],"id":1}', 2),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
        ('{"method":"GET_PROPERTY","id":1}', 2),
    ],
)
def test_what_makes_no_sense_is_answered_with_its_code(text: str, code: int) -> None:
    """And the socket stays open: it is only an answer."""
    answer = sockets.parse_socket_request(text)

    assert isinstance(answer, Answer)
    assert msgspec.json.decode(answer.body)["error"]["code"] == code


def test_a_stream_name_is_quoted_in_its_envelope() -> None:
    """The payload is put in as it is."""
    frame = sockets.envelope("btcusdt@trade", b'{"e":"trade"}')

    assert frame == b'{"stream":"btcusdt@trade","data":{"e":"trade"}}'
    assert sockets.subscription_event(3, b'{"e":"x"}') == b'{"subscriptionId":3,"event":{"e":"x"}}'


def test_parameters_of_a_websocket_request_keep_their_spelling() -> None:
    """0.10 stays 0.10: it was signed so."""
    frame = sockets.parse_api_frame('{"id":"a","method":"order.place","params":{"price":0.10,"flag":false,"s":"x"}}')

    assert isinstance(frame, sockets.ApiFrame)
    assert (frame.id, frame.method) == ("a", "order.place")
    assert {name: bytes(raw) for name, raw in frame.params.items()} == {"price": b"0.10", "flag": b"false", "s": b'"x"'}


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        ("", None),
        ("nonsense", None),
        ('{"id":' * 5_000, None),
        ("[]", None),
        ('{"id":7,"method":5}', None),
        ('{"id":7,"method":"ping","params":[]}', 7),
        ('{"id":{},"method":"ping"}', None),
        ('{"id":true,"method":"ping"}', None),
    ],
)
def test_a_broken_websocket_request_is_refused_under_its_id(text: str, request_id: Any) -> None:
    """As far as the id could be read."""
    refusal = sockets.parse_api_frame(text)

    assert isinstance(refusal, tuple)
    assert refusal[0] == request_id
    assert isinstance(refusal[1], ApiError)


def test_the_answer_has_a_result_or_an_error() -> None:
    """With the rate limits where they are wanted."""
    good = sockets.api_frame(1, 200, b"{}", [{"count": 1}])
    bad = sockets.api_frame(None, 400, b'{"code":-1}', None)

    assert good == b'{"id":1,"status":200,"result":{},"rateLimits":[{"count":1}]}'
    assert bad == b'{"id":null,"status":400,"error":{"code":-1}}'
