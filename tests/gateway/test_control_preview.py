"""The call of the control API that says what an order would cost."""

from __future__ import annotations

from simexchange.core.vocabulary.commands import Command, Deposit, SetMark, SetRules
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, MarketRules
from simexchange.core.vocabulary.units import ONE, Amount, Price, Rate
from tests.core.world import TIERS
from tests.gateway.test_control import MARKETS
from tests.gateway.world import Served, served

PERP = "perp:BTC-USDT"
ORDER = {"account": "alice", "market": PERP, "side": "buy", "qty": "1", "price": "101"}
RULES = MarketRules(Filters(), Rate(0), Rate(50_000), TIERS, default_leverage=10)
COMMANDS: tuple[Command, ...] = (*MARKETS, SetRules("binance", MarketNo(2), RULES))


def opened(world: Served) -> None:
    """Alice has 100 USDT, and the mark is 100."""
    state = world.exchange.state
    world.exchange.submit(Deposit(state.account_no["alice"], "usdm", "USDT", Amount(100 * ONE)))
    world.exchange.submit(SetMark(state.market_no[PERP], Price(100 * ONE)))


async def test_an_order_is_previewed_and_nothing_happens() -> None:
    """1 at 101 and 10x: 10.1 of margin and 1 of loss; 100 − 0.0505 back it, and it ends at 1.0505 ÷ 0.99."""
    async with served(commands=COMMANDS) as world:
        opened(world)
        before = world.exchange.seq
        told = await world.control("POST", "/preview", ORDER)

        assert (told["price"], told["refused"], told["max_qty"]) == ("101", None, "9.009")
        assert told["cost"] == {
            "margin_price": "101", "growing": "1", "initial_margin": "10.1", "open_loss": "1", "total": "11.1",
            "needed": "11.1", "available": "100",
        }  # fmt: skip
        after = told["after"]
        assert (after["qty"], after["entry_price"], after["fee"], after["realised"]) == ("1", "101", "0.0505", "0")
        assert (after["margin_balance"], after["maintenance"]) == ("98.9495", "1")
        assert (after["liquidation_price"], after["bankruptcy_price"]) == ("1.06111111", "1.1")
        assert world.exchange.seq == before


async def test_what_would_be_refused_is_said() -> None:
    async with served(commands=COMMANDS) as world:
        opened(world)
        told = await world.control("POST", "/preview", {**ORDER, "qty": "10"})

        assert (told["refused"], told["cost"]["needed"]) == ("margin_insufficient", "111")


async def test_words_nobody_knows_are_refused() -> None:
    async with served(commands=COMMANDS) as world:
        for change, status, reason in (
            ({"account": "zoe"}, 404, "account_unknown"),
            ({"market": "spot:BTC-USDT"}, 404, "market_unknown"),
            ({"qty": "0"}, 400, "qty_not_positive"),
            ({"side": "long"}, 400, "malformed"),
        ):
            told = await world.control("POST", "/preview", {**ORDER, **change}, status=status)
            assert told["error"]["reason"] == reason
