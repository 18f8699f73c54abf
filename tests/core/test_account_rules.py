"""What a bundle of rules says of an account before its owner says anything."""

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Collateral
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.poolevents import CollateralModeSet
from tests.core.world import World

POOLED = Bundle("pooled", collateral=(Collateral("USDT"),), pooled=True)


def test_accounts_begin_pooled_where_their_rules_say_so() -> None:
    """In one record with their opening, so that nobody sees them otherwise."""
    world = World()
    world.run(cmd.AdoptBundle(POOLED))

    happened = world.run(cmd.OpenAccount("ann", "pooled"))

    ann = world.state.account_no["ann"]
    assert happened == [ev.AccountOpened(ann, "ann", "pooled", AccountClass.USER), CollateralModeSet(ann, unified=True)]
    assert world.state.accounts[ann].unified


@pytest.mark.parametrize("account_class", [AccountClass.HOUSE, AccountClass.FUND])
def test_accounts_without_margin_never_do(account_class: AccountClass) -> None:
    world = World()
    world.run(cmd.AdoptBundle(POOLED))

    world.run(cmd.OpenAccount("tape", "pooled", account_class))

    assert not world.state.accounts[world.state.account_no["tape"]].unified


def test_under_other_rules_an_account_begins_with_each_asset_its_own() -> None:
    world = World()

    happened = world.run(cmd.OpenAccount("ann", "binance"))

    assert [type(event) for event in happened] == [ev.AccountOpened]
