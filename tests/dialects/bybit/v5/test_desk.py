"""The bench stands on its own feet: people, signatures, sockets."""

from tests.dialects.bybit.v5.desk import INVERSE, INVERSE_QUARTER, LINEAR, QUARTER, SPOT, Desk


def test_every_kind_of_market_trades_between_people_of_two_venues(desk: Desk) -> None:
    for market, qty in ((SPOT, 1), (LINEAR, 1), (QUARTER, 1), (INVERSE, 10), (INVERSE_QUARTER, 10)):
        desk.trade(market, 60_000, qty)

        assert desk.views.trades.last(desk.no(market)) is not None, market


def test_who_was_not_named_is_bob(desk: Desk) -> None:
    socket = desk.private_socket()

    assert socket.session.key is not None
    assert socket.session.key.account == desk.bob.no
    assert "alice" not in desk.keys


def test_a_pair_of_keys_opens_a_socket(desk: Desk) -> None:
    desk.takes_rsa(desk.carol)

    socket = desk.trade_socket(desk.carol, logged_on=False)

    assert socket.log_on() == {"retCode": 0, "retMsg": "OK", "op": "auth", "connId": "c1"}


def test_a_copy_goes_its_own_way(desk: Desk) -> None:
    other = desk.again()
    other.trade(LINEAR, 60_000, 1)

    assert other.asks("/v5/market/time") == desk.asks("/v5/market/time")
    assert len(other.past) > len(desk.past)
