"""Accounts opened while the exchange runs, under rules that its log does not know yet."""

from collections.abc import Iterable

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import AdoptBundle, Command
from simexchange.core.vocabulary.markets import Bundle, Collateral
from tests.gateway.world import served

POOLED = Bundle(
    "other", linear_wallet="unified", inverse_wallet="unified", collateral=(Collateral("USDT"),), pooled=True
)


def adopting(rules: str, state: ExchangeState) -> Iterable[Command]:
    """What a configuration would say of rules called other."""
    return (AdoptBundle(POOLED),) if rules == "other" and rules not in state.bundles else ()


async def test_rules_are_adopted_before_the_first_account_under_them() -> None:
    body = {"name": "carol", "rules": "other", "balances": {"unified": {"USDT": "7"}}}
    async with served(adopting=adopting) as world:
        opened = await world.control("POST", "/accounts", body)
        await world.control("POST", "/accounts", {"name": "dora", "rules": "other"})
        await world.control(
            "POST", "/accounts/reset", {"account": "carol", "balances": {"unified": {"USDT": "9"}}, "close": False}
        )
        await world.control(
            "POST", "/deposit", {"account": "carol", "wallet": "unified", "asset": "USDT", "amount": "2"}
        )
        state = world.exchange.state

    assert state.accounts[opened["no"]].unified
    assert {place: money.free for place, money in state.accounts[opened["no"]].balances.items() if money.free} == {
        ("unified", "USDT"): 1_100_000_000
    }
    assert len(state.bundles) == 2


async def test_rules_that_nobody_knows_are_refused() -> None:
    async with served(adopting=adopting) as world:
        reply = await world.control("POST", "/accounts", {"name": "carol", "rules": "nowhere"}, status=400)

        assert reply["error"]["reason"] == "rules_unknown"
        assert "carol" not in world.exchange.state.account_no
