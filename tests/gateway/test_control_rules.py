"""The calls of the control API that change fees and markets."""

from __future__ import annotations

from simexchange.config.feefiles import preset
from simexchange.core.vocabulary.commands import Command, SetRules
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import Rate
from tests.gateway.test_control import MARKETS
from tests.gateway.world import served

RULES: tuple[Command, ...] = (
    *MARKETS,
    *(SetRules("binance", MarketNo(no), MarketRules(Filters(), Rate(0), Rate(0))) for no in (1, 2)),
)
TABLES = tuple(preset())


async def test_an_account_is_given_a_tier() -> None:
    """In every market that has a table, and as the log's own rates."""
    async with served(commands=RULES, fee_tables=TABLES) as world:
        no = world.exchange.state.account_no["alice"]
        given = await world.control("POST", "/fees", {"account": "alice", "tier": "VIP9"})

        assert given["rates"]["spot:BTC-USDT"] == {"maker": "0.0002", "taker": "0.0004"}
        assert world.exchange.state.accounts[no].fees[MarketNo(2)].standard.taker == 17_000


async def test_a_tier_nobody_knows_is_refused_and_so_is_a_stranger() -> None:
    async with served(commands=RULES, fee_tables=TABLES) as world:
        tier = await world.control("POST", "/fees", {"account": "alice", "tier": "GOLD"}, status=400)
        stranger = await world.control("POST", "/fees", {"account": "zoe", "tier": "VIP1"}, status=404)

        assert "VIP9" in tier["error"]["message"]
        assert stranger["error"]["reason"] == "account_unknown"


async def test_a_market_is_halted_resumed_and_delisted_for_good() -> None:
    async with served(commands=RULES, fee_tables=TABLES) as world:
        told = [
            (await world.control("POST", "/market", {"market": "spot:BTC-USDT", "status": status}))["status"]
            for status in ("break", "trading", "delisted")
        ]
        again = await world.control("POST", "/market", {"market": "spot:BTC-USDT", "status": "trading"}, status=409)

        assert told == ["break", "trading", "delisted"]
        assert again["error"]["reason"] == "market_delisted"
        assert world.exchange.state.markets[MarketNo(1)].status is MarketStatus.DELISTED


async def test_a_reference_price_is_set_and_taken_back() -> None:
    async with served(commands=RULES, fee_tables=TABLES) as world:
        await world.control("POST", "/market", {"market": "spot:BTC-USDT", "reference_price": "60000"})
        averages = world.exchange.state.markets[MarketNo(1)].averages
        assert averages is not None
        given = averages.given
        await world.control("POST", "/market", {"market": "spot:BTC-USDT", "reference_price": "0"})

        assert (given, averages.given) == (60_000 * 10**8, 0)


async def test_a_status_is_not_set_where_the_price_beside_it_is_refused() -> None:
    async with served(commands=RULES, fee_tables=TABLES) as world:
        body = {"market": "perp:BTC-USDT", "status": "halt", "reference_price": "60000"}
        refused = await world.control("POST", "/market", body, status=400)
        alike = await world.control("POST", "/market", {**body, "market": "spot:BTC-USDT", "reference_price": "0"})

        assert refused["error"]["message"] == "perp:BTC-USDT is no spot market: it has no reference price"
        assert world.exchange.state.markets[MarketNo(2)].status is MarketStatus.TRADING
        assert alike["status"] == "halt"


async def test_a_change_of_nothing_and_a_market_nobody_knows_are_refused() -> None:
    async with served(commands=RULES, fee_tables=TABLES) as world:
        nothing = await world.control("POST", "/market", {"market": "spot:BTC-USDT"}, status=400)
        nowhere = await world.control("POST", "/market", {"market": "spot:A-B", "status": "halt"}, status=404)

        assert nothing["error"]["reason"] == "malformed"
        assert nowhere["error"]["reason"] == "market_unknown"
