"""Listen keys live an hour of wall time."""

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import HOUR, MINUTE, Nanos
from simexchange.gateway.listenkeys import ListenKey, ListenKeyTable

ALICE, BOB = AccountNo(2), AccountNo(3)


class World:
    """A table under a wall clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0
        self.closed: list[ListenKey] = []
        self.keys = ListenKeyTable(lambda: Nanos(self.now), self.closed.append)


def test_a_second_open_gives_the_same_key_another_hour() -> None:
    world = World()
    first = world.keys.open(ALICE, "usdm")
    world.now = 50 * MINUTE

    again = world.keys.open(ALICE, "usdm")

    world.now = 109 * MINUTE
    assert again == first
    assert len(first) == 64
    assert world.keys.find(first) is not None


def test_accounts_and_products_have_keys_of_their_own() -> None:
    keys = World().keys

    texts = {keys.open(ALICE, "usdm"), keys.open(ALICE, "spot"), keys.open(BOB, "usdm")}

    assert len(texts) == 3


def test_a_key_ends_after_an_hour_and_is_named_once() -> None:
    world = World()
    text = world.keys.open(ALICE, "usdm")
    world.now = HOUR

    over = world.keys.expire()

    assert [key.text for key in over] == [text]
    assert world.keys.find(text) is None
    assert world.keys.renew(ALICE, "usdm") is None
    assert world.keys.expire() == []


def test_a_key_that_was_replaced_before_the_sweep_leaves_the_new_one_alone() -> None:
    world = World()
    old = world.keys.open(ALICE, "usdm")
    world.now = HOUR
    new = world.keys.open(ALICE, "usdm")

    over = world.keys.expire()

    assert [key.text for key in over] == [old]
    assert world.keys.renew(ALICE, "usdm") == new


def test_closing_tells_and_works_once() -> None:
    world = World()
    text = world.keys.open(ALICE, "usdm")

    assert world.keys.close(ALICE, "usdm")
    assert not world.keys.close(ALICE, "usdm")
    assert [key.text for key in world.closed] == [text]
