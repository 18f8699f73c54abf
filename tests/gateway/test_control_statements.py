"""Statements over the control API."""

import pytest

from simexchange.core.vocabulary.commands import ListMarket, ProvideCapital, SetMark, Withdraw
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Price
from tests.gateway.test_control import PERP
from tests.gateway.test_control_explain import RULES, trade
from tests.gateway.world import Served, served


async def paid_twice(world: Served) -> None:
    """Two settlements of 0.01 % of 200 each."""
    trade(world)
    for _ in range(2):
        await world.control("POST", "/clock", {"mode": "jump", "to": "funding"})


async def test_a_funding_statement_has_each_settlement_and_the_sum() -> None:
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await paid_twice(world)
        alice = await world.control("GET", "/statements/funding?account=alice")
        bob = await world.control("GET", f"/statements/funding?account=bob&market={PERP.id}&limit=1")

        assert [(row["qty"], row["amount"], row["rate"]) for row in alice["rows"]] == [("2", "-0.02", "0.0001")] * 2
        assert [row["id"] for row in bob["rows"]] == [2]
        total = alice["totals"][0]
        assert (total["market"], total["paid"], total["net"], total["settlements"]) == (PERP.id, "-0.04", "-0.04", 2)
        assert bob["totals"][0]["net"] == "0.04"
        last = alice["rows"][-1]
        assert last["at"]["ns"] - last["started"]["ns"] == 8 * HOUR
        explained = await world.control("GET", "/explain/funding?account=alice")
        assert [section["seq"] for section in explained["sections"][:2]] == [row["seq"] for row in alice["rows"]]


async def test_a_statement_can_be_asked_for_a_span_of_time() -> None:
    async with served(commands=(ListMarket(PERP), RULES), ago=24 * HOUR) as world:
        await paid_twice(world)
        rows = (await world.control("GET", "/statements/funding?account=alice"))["rows"]
        first = await world.control("GET", f"/statements/funding?account=alice&to={rows[0]['at']['ns']}")
        second = await world.control("GET", f"/statements/funding?account=alice&from={rows[1]['at']['iso']}")

        assert (first["rows"], second["rows"]) == (rows[:1], rows[1:])
        assert first["totals"] == second["totals"]


async def test_the_insurance_fund_tells_every_line_of_its_book() -> None:
    """Given 1,000, it took over alice's 2 at 89.50, where she had nothing left; at a mark of 89 it has lost 1."""
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        trade(world)
        submit = world.exchange.submit
        submit(ProvideCapital("usdm", "USDT", Amount(1_000 * ONE)), source="control")
        submit(Withdraw(world.alice.account, "usdm", "USDT", Amount(979 * ONE)), source="control")
        submit(SetMark(MarketNo(1), Price(90 * ONE)), source="control")
        submit(SetMark(MarketNo(1), Price(89 * ONE)), source="control")

        fund = await world.control("GET", "/statements/insurance")
        only = await world.control("GET", "/statements/insurance?asset=USDT&kind=capital")
        none = await world.control("GET", "/statements/insurance?kind=shortfall")

        (book,) = fund["books"]
        assert (book["asset"], book["balance"], book["unrealised"], book["equity"]) == ("USDT", "1000", "-1", "999")
        assert [(line["kind"], line["amount"], line["balance"]) for line in book["lines"]] == [
            ("capital", "1000", "1000")
        ]
        assert only["books"][0]["lines"] == book["lines"]
        assert none["books"][0]["lines"] == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("?asset=NIL", "not_there"),
        ("?kind=gift", "malformed"),
        ("?limit=0", "malformed"),
        ("?from=yesterday", "malformed"),
        ("?account=alice", "unknown_parameter"),
    ],
)
async def test_a_wrong_question_to_the_fund_is_refused(query: str, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        status = 404 if reason == "not_there" else 400
        reply = await world.control("GET", f"/statements/insurance{query}", status=status)

        assert reply["error"]["reason"] == reason


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("", 400, "malformed"),
        ("?account=nobody", 404, "not_there"),
        ("?account=insurance", 404, "not_there"),
        ("?account=alice&market=perp:NIL", 404, "not_there"),
        ("?account=alice&from=yesterday", 400, "malformed"),
        ("?account=alice&limit=0", 400, "malformed"),
        ("?account=alice&limit=1001", 400, "malformed"),
        ("?account=alice&limit=x", 400, "malformed"),
        ("?account=alice&asset=USDT", 400, "unknown_parameter"),
    ],
)
async def test_a_wrong_question_is_refused(query: str, status: int, reason: str) -> None:
    async with served(commands=(ListMarket(PERP), RULES)) as world:
        reply = await world.control("GET", f"/statements/funding{query}", status=status)

        assert reply["error"]["reason"] == reason
