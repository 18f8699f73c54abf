"""A story of a family of accounts, and of accounts that begin anew. For `make_fixture_logs`."""

from __future__ import annotations

from scripts.storytelling import BUY, PERP, SELL, SPOT, Story, units
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.families import Holding, JoinFamily, ResetAccount, TransferInFamily
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import SECOND, Amount


def families() -> Story:
    """A parent and two children move money; what is not theirs is refused; one child begins anew, with and without a
    position, cross and isolated.
    """
    story = Story(23, maker=0)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann, bob, cleo, dan = (story.joins(name, usdt="500", margin="1000") for name in ("ann", "bob", "cleo", "dan"))
    for child in (bob, cleo):
        story.does(JoinFamily(child, ann), "control")
    for child, parent in ((bob, ann), (dan, bob), (ann, dan)):
        story.does(JoinFamily(child, parent), "control")

    def moves(source: AccountNo, target: AccountNo, amount: str, by: AccountNo, name: str = "") -> None:
        story.does(TransferInFamily(source, "spot", target, "usdm", "USDT", Amount(units(amount)), by, name))

    moves(ann, bob, "100", ann, "first")
    moves(bob, cleo, "30.5", ann)
    moves(cleo, cleo, "10", cleo)
    moves(cleo, dan, "1", ann)
    moves(cleo, ann, "100000", cleo)
    story.index("100")
    story.order(dan, SELL, "20", "100", market=PERP)
    story.order(bob, BUY, "6", "100", market=PERP)
    story.does(cmd.SetMarginMode(cleo, PERP, MarginMode.ISOLATED))
    story.order(cleo, BUY, "4", "100", market=PERP)
    story.order(bob, BUY, "1", "90")
    story.mark("103")
    anew = (Holding("spot", "USDT", Amount(units(250))), Holding("usdm", "USDT", Amount(units("77.7"))))
    story.does(ResetAccount(bob, anew), "control")
    story.does(ResetAccount(bob, anew, closed=True), "control")
    story.does(ResetAccount(cleo, (), closed=True), "control")
    story.does(ResetAccount(ann, anew), "control")
    story.order(dan, BUY, "10", "103", market=PERP)
    story.passes(3 * SECOND)
    story.order(bob, BUY, "1", "100", market=SPOT)
    return story
