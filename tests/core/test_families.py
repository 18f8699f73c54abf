"""Families of accounts: who may join, and money that moves only inside."""

from typing import Any

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.families import FamilyJoined, JoinFamily, TransferInFamily, TransferOrdered
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount
from tests.core.world import PERP, World, only, units


class Family(World):
    """The maker with the taker under him, and the third with a family of his own."""

    def __init__(self) -> None:
        super().__init__(PERP, people=("maker", "taker", "third", "sister"))
        self.sister = self.people[3]
        for child in (self.taker, self.sister):
            self.run(JoinFamily(child.no, self.maker.no))

    def moves(self, who: Any, to: Any, amount: float | str, by: Any = None, **said: str) -> Any:
        """From spot to USDⓈ-M unless it is said otherwise."""
        wallets = (said.get("wallet", "spot"), said.get("to_wallet", "usdm"))
        by = (by or self.maker).no
        return self.run(
            TransferInFamily(
                who.no, wallets[0], to.no, wallets[1], "USDT", Amount(units(amount)), by, said.get("client_id", "")
            )
        )


def refused(events: Any) -> R | None:
    found = [event.reason for event in events if isinstance(event, ev.CommandRefused)]
    return found[0] if found else None


def test_money_moves_from_a_parent_to_its_child_and_back() -> None:
    """250 from one's spot to the other's futures, then 50 of them back; who asked and what he called it is told."""
    world = Family()
    there = world.moves(world.maker, world.taker, 250, client_id="mine")
    back = world.moves(world.taker, world.maker, 50, by=world.taker, wallet="usdm", to_wallet="spot")

    assert there[0] == TransferOrdered(world.maker.no, world.taker.no, world.maker.no, "mine")
    assert [type(event) for event in back] == [TransferOrdered, ev.FundsTransferred]
    assert world.maker.has("USDT") == (1_000_000 - 200, 0)
    assert world.taker.cash == 1_000_200


def test_a_parent_moves_money_between_its_children_and_no_child_does_for_another() -> None:
    world = Family()

    assert refused(world.moves(world.taker, world.sister, 1)) is None
    assert refused(world.moves(world.taker, world.sister, 1, by=world.taker)) is None
    assert refused(world.moves(world.taker, world.taker, 1, by=world.sister)) is R.ACCOUNT_NOT_RELATED
    assert refused(world.moves(world.maker, world.taker, 1, by=world.sister)) is R.ACCOUNT_NOT_RELATED
    assert refused(world.moves(world.third, world.taker, 1, by=world.third)) is R.ACCOUNT_NOT_RELATED
    assert refused(world.moves(world.taker, world.third, 1)) is R.ACCOUNT_NOT_RELATED


def test_what_a_position_needs_stays_in_the_family_member_that_has_it() -> None:
    """2 at 100 at 10x need 20 of the 1,000,000."""
    world = Family()
    world.index(100)
    world.third.sells(2, at=100)
    world.taker.buys(2)

    too_much = world.moves(world.taker, world.maker, "999980.00000001", wallet="usdm", to_wallet="usdm")
    as_much = world.moves(world.taker, world.maker, 999_980, wallet="usdm", to_wallet="usdm")

    assert refused(too_much) is R.TRANSFER_INSUFFICIENT
    assert refused(as_much) is None


@pytest.mark.parametrize(
    ("child", "parent", "reason"),
    [
        ("taker", "third", R.ACCOUNT_NOT_RELATED),
        ("third", "taker", R.ACCOUNT_NOT_RELATED),
        ("maker", "third", R.ACCOUNT_NOT_RELATED),
        ("taker", "maker", R.SETTING_UNCHANGED),
        ("third", "maker", None),
    ],
)
def test_a_family_has_two_generations(child: str, parent: str, reason: R | None) -> None:
    """Who has a parent gets no other; who is a child, or has one, is nobody's parent or child."""
    world = Family()
    events = world.run(JoinFamily(getattr(world, child).no, getattr(world, parent).no))

    assert refused(events) is reason
    assert len(only(events, FamilyJoined)) == (reason is None)


def test_a_family_is_in_the_state_that_is_stored() -> None:
    world = Family()
    again = canonical.load(canonical.dump(world.state))

    assert again.accounts[world.taker.no].parent == world.maker.no
    assert again.accounts[world.third.no].parent == AccountNo(0)
    assert canonical.dump(again) == canonical.dump(world.state)
