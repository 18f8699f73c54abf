"""What views tell of routed orders: allocations apart from trades, and balances in the quote that was chosen."""

from __future__ import annotations

from simexchange.core.vocabulary.orders import Side, Terms
from simexchange.core.vocabulary.units import ONE
from simexchange.projections.views import Views
from tests.core.test_routing import routes
from tests.core.world import World


def told(world: World) -> Views:
    """The views of a world whose past is told again."""
    views = Views()
    for seq, event in enumerate(world.past, 1):
        views.apply(seq, world.at, event)
    return views


def test_allocations_are_apart_from_trades_and_numbered_from_one() -> None:
    """A trade of the own book first, then one of another, then the own book as an allocation."""
    world = routes(Side.SELL, {"USDT": [("100", "1"), ("102", "1")], "USDC": [("101", "1")]})
    world.taker.order(Side.BUY, 3, 102, more=Terms(routed=True))
    views = told(world)

    trades = views.trades.fills(world.taker.no, world.market)
    allocations = views.trades.allocations(world.taker.no, world.market)
    elsewhere = views.trades.fills(world.taker.no, world.state.market_no["spot:BTC-USDC"])

    assert [(row.price // ONE, row.allocation) for row in trades] == [(100, 0)]
    assert [(row.id, row.price // ONE, row.market) for row in allocations] == [
        (1, 101, world.market), (2, 102, world.market),
    ]  # fmt: skip
    assert elsewhere == []


def test_balances_follow_the_quote_that_was_chosen() -> None:
    """As the engine has them, of the taker and of the maker of the other book."""
    world = routes()
    world.taker.order(Side.BUY, 5, 31_000, more=Terms(routed=True))
    views = told(world)

    for person in (world.taker, world.maker):
        for asset in ("BTC", "USDT", "USDC", "USDP"):
            balance = world.state.accounts[person.no].balance("spot", asset)
            row = views.balances.get(person.no, "spot", asset)
            assert (row.free, row.held) == (balance.free, balance.held), asset
