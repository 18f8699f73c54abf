"""The portfolio over the control API."""

import csv
import io

import pytest

from simexchange.core.vocabulary.commands import ListMarket
from simexchange.core.vocabulary.units import HOUR
from tests.gateway.test_control import PERP
from tests.gateway.test_control_explain import RULES, trade
from tests.gateway.world import TOKEN, Served, served


async def a_day(world: Served) -> None:
    trade(world)
    await world.control("POST", "/clock", {"mode": "jump", "to": "funding"})
    await world.control("POST", "/clock", {"mode": "jump", "to": "+2h"})


async def test_a_portfolio_tells_equity_funding_and_delta_to_now() -> None:
    """alice is long 2 at 100: she paid 0.02 of funding and stands for 2 units."""
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await a_day(world)
        told = await world.control("GET", "/portfolio?account=alice")

        last = told["points"][-1]
        assert (told["account"], told["currency"]) == ("alice", PERP.quote)
        assert last["funding"] == "-0.02"
        assert float(last["equity"]) == pytest.approx(float(last["paid_in"]) + float(last["result"]))
        assert [(row["asset"], row["futures"], row["hedge_ratio"]) for row in last["deltas"]] == [
            (PERP.base, "2", None)
        ]
        ats = [point["at"]["ns"] for point in told["points"]]
        assert ats == sorted(ats)


async def test_on_a_grid_there_is_a_point_at_each_multiple() -> None:
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await a_day(world)
        told = await world.control("GET", "/portfolio?account=alice&every=1h")

        ats = [point["at"]["ns"] for point in told["points"]]
        assert len(ats) >= 2
        assert ats == list(range(ats[0], ats[-1] + 1, HOUR))
        assert ats[0] % HOUR == 0


async def test_where_a_span_begins_changes_no_figure_in_it() -> None:
    """A unit that came at 100 is paid in at 100, also for who looks only at what came after its price had doubled."""
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await a_day(world)
        gift = {"account": "alice", "asset": PERP.base, "amount": "1", "wallet": "spot"}
        await world.control("POST", "/index", {"asset": PERP.base, "price": "100"})
        await world.control("POST", "/deposit", gift)
        await world.control("POST", "/clock", {"mode": "jump", "to": "+2m"})
        await world.control("POST", "/index", {"asset": PERP.base, "price": "200"})
        await world.control("POST", "/clock", {"mode": "jump", "to": "+2m"})
        await world.control("POST", "/clock", {"mode": "pause"})
        whole = (await world.control("GET", "/portfolio?account=alice"))["points"]
        part = (await world.control("GET", f"/portfolio?account=alice&from={whole[-1]['at']['ns']}"))["points"]

        assert part == whole[-1:]


@pytest.mark.parametrize("way", ["format", "accept"])
async def test_a_spreadsheet_gets_comma_separated_values(way: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await a_day(world)
        headers = {"Authorization": f"Bearer {TOKEN}", **({"Accept": "text/csv"} if way == "accept" else {})}
        path = "/sim/v1/portfolio?account=alice" + ("&format=csv" if way == "format" else "")
        async with world.session.get(world.url + path, headers=headers) as response:
            kind, text = response.content_type, await response.text()
        told = await world.control("GET", "/portfolio?account=alice")

        rows = list(csv.DictReader(io.StringIO(text)))
        assert kind == "text/csv"
        assert [row["equity"] for row in rows[:-1]] == [point["equity"] for point in told["points"][: len(rows) - 1]]
        assert rows[-1]["hedge_ratio"] == ""


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("", 400, "malformed"),
        ("?account=nobody", 404, "account_unknown"),
        ("?account=insurance", 409, "account_class"),
        ("?account=alice&currency=NIL", 404, "not_there"),
        ("?account=alice&format=xml", 400, "malformed"),
        ("?account=alice&from=yesterday", 400, "malformed"),
        ("?account=alice&every=often", 400, "malformed"),
        ("?account=alice&every=0s", 400, "too_many"),
        ("?account=alice&every=1s", 400, "too_many"),
        ("?account=alice&limit=1", 400, "unknown_parameter"),
    ],
)
async def test_a_wrong_question_is_refused(query: str, status: int, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await a_day(world)
        reply = await world.control("GET", f"/portfolio{query}", status=status)

        assert reply["error"]["reason"] == reason


async def test_an_account_that_never_had_anything_has_no_points_and_no_market_no_currency() -> None:
    async with served() as world:
        await world.control("POST", "/accounts", {"name": "carol"})
        bare = await world.control("GET", "/portfolio?account=carol", status=404)

        assert bare["error"]["reason"] == "not_there"
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        await world.control("POST", "/accounts", {"name": "carol"})

        assert (await world.control("GET", "/portfolio?account=carol"))["points"] == []
        assert (await world.control("GET", "/portfolio?account=carol&every=1m"))["points"] == []
