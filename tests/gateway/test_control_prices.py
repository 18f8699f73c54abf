"""The calls of the control API that change how prices are made."""

from __future__ import annotations

from simexchange.core.vocabulary.units import HOUR
from tests.gateway.test_control import MARKETS
from tests.gateway.world import served

PERP = "perp:BTC-USDT"


async def test_the_funding_of_a_perpetual_is_told_and_changed_from_the_next_settlement_on() -> None:
    """What is left out stays; a second change goes by the first."""
    async with served(commands=MARKETS) as world:
        market = world.exchange.state.markets[world.exchange.state.market_no[PERP]]
        before = await world.control("GET", f"/funding?market={PERP}")
        changed = await world.control("POST", "/funding", {"market": PERP, "interval": "4h", "floor": "-0.01"})
        await world.control("POST", "/funding", {"market": PERP, "cap": "0.01"})

        assert (before["interval"], before["coming_interval"], before["cap"]) == ("8h", None, "0.02")
        assert (changed["interval"], changed["coming_interval"]) == ("8h", "4h")
        assert changed["next_at"] == before["next_at"]
        assert market.funding is not None
        coming = market.funding.coming
        assert coming is not None
        assert (coming.interval, coming.cap, coming.floor) == (4 * HOUR, 1_000_000, -1_000_000)


async def test_terms_that_contradict_themselves_are_refused_in_words() -> None:
    """With the engine's own, as for a market without funding."""
    async with served(commands=MARKETS) as world:
        wrong = await world.control("POST", "/funding", {"market": PERP, "interval": "7h"}, status=400)
        spot = await world.control("GET", "/funding?market=spot:BTC-USDT", status=404)

        assert "funding_interval: a day is no whole number of them" in wrong["error"]["message"]
        assert spot["error"]["reason"] == "market_unknown"


async def test_an_index_is_made_of_sources() -> None:
    """Weights and prices as they counted; a stranger is refused."""
    async with served(commands=MARKETS) as world:
        parts = [{"source": name, "weight": weight} for name, weight in (("a", "0.75"), ("b", "0.25"))]
        nothing = await world.control("POST", "/constituents", {"index": "BTC-USDT", "constituents": parts})
        await world.control("POST", "/source", {"index": "BTC-USDT", "source": "a", "price": "100"})
        made = await world.control("POST", "/source", {"index": "BTC-USDT", "source": "b", "price": "104"})
        stranger = await world.control(
            "POST", "/source", {"index": "BTC-USDT", "source": "c", "price": "1"}, status=404
        )
        weightless = await world.control(
            "POST", "/constituents",
            {"index": "BTC-USDT", "constituents": [{"source": "a", "weight": "0"}]}, status=400,
        )  # fmt: skip

        assert (nothing["shares"], made["price"], made["frozen"]) == ([], "101", False)
        assert made["shares"][1] == {"source": "b", "price": "104", "weight": "0.25"}
        assert stranger["error"]["reason"] == "index_unknown"
        assert "constituents[0].weight: not above zero" in weightless["error"]["message"]
