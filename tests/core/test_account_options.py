"""What an account chooses for itself."""

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.rejections import RejectReason
from tests.core.world import World, only


def test_an_option_holds_until_it_is_chosen_anew() -> None:
    """And choosing the same again is refused; what was never chosen is not there."""
    world = World()
    taker = world.state.accounts[world.taker.no]

    first = world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 1))
    again = world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 1))
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.DISCOUNT_SPOT, 0))

    assert first == [ev.AccountOptionSet(world.taker.no, AccountOption.DISCOUNT_SPOT, 1)]
    assert only(again, ev.CommandRefused)[0].reason is RejectReason.SETTING_UNCHANGED
    assert taker.options == {AccountOption.DISCOUNT_SPOT: 0}


def test_a_trade_group_is_joined_and_left() -> None:
    """Group 0 is no group; a state that was written down and read again knows the groups."""
    world = World()
    world.run(cmd.SetAccountOption(world.maker.no, AccountOption.TRADE_GROUP, 7))
    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.TRADE_GROUP, 7))

    assert world.state.trade_groups == {world.maker.no: 7, world.taker.no: 7}
    assert canonical.load(canonical.dump(world.state)).trade_groups == world.state.trade_groups

    world.run(cmd.SetAccountOption(world.taker.no, AccountOption.TRADE_GROUP, 0))
    assert world.state.trade_groups == {world.maker.no: 7}
