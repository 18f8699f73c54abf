"""Between which marks nobody is looked at, and that everybody is when it matters. At large: tests/properties."""

from __future__ import annotations

from hypothesis import given, strategies as st

from simexchange.core import liquidation, margin
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate, show
from tests.core.world import PERP, TIERS, Person, World, only, units

POOL = ("usdm", "USDT")
UNCALLED = Bundle("binance", margin_call_ratio=Rate(0))
"""Nobody is called for margin."""
CALLED = Bundle("binance")
"""At 80 %."""
ETH, COIN = "perp:ETH-USDT", "perp:BTC-USD"
FLAT = (Tier(Amount(0), Amount(10**30), 125, Rate(400_000), Amount(0)),)
"""0.4 %, whatever the size."""


def two_markets(bundle: Bundle = UNCALLED) -> World:
    """A second perpetual, both at 100."""
    world = World(PERP, bundle=bundle)
    spec = Market(ETH, MarketKind.PERPETUAL, "ETH", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000))
    world.run(cmd.ListMarket(spec))
    rules = MarketRules(Filters(), Rate(0), Rate(0), TIERS, Rate(0), 10)
    world.run(cmd.SetRules("binance", world.state.market_no[ETH], rules))
    for market in (PERP, ETH):
        world.run(cmd.SetMark(world.state.market_no[market], Price(100 * ONE)))
    return world


def leave(person: Person, cash: float) -> None:
    """All but *cash* goes."""
    more = person.world.state.accounts[person.no].free(*POOL) - units(cash)
    person.world.run(cmd.Withdraw(person.no, "usdm", "USDT", Amount(more)))


def trade(world: World, market: MarketNo, side: Side, qty: float) -> None:
    """The taker trades with the maker at 100."""
    for person, way in ((world.maker, Side.BUY if side is Side.SELL else Side.SELL), (world.taker, side)):
        command = cmd.PlaceOrder(
            person.no, market, way, OrderKind.LIMIT, Quantity(units(qty)), Price(100 * ONE), TimeInForce.GTC
        )
        world.run(command)


def bounds(world: World) -> list[tuple[int, str, str]]:
    """Of the taker's pool, by market, as text cut to two places."""
    return [(no, show(lower, 2), show(upper, 2)) for no, lower, upper in world.engine.risk.bounds(world.taker.no, POOL)]


def test_one_position_is_looked_at_where_it_falls_and_nowhere_before() -> None:
    """10 long at 100 with 110: 110 + 10 p − 1,000 = 0.1 p, so p = 890 ÷ 9.9."""
    world = two_markets()
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)
    looked = world.engine.risk.suspects

    world.mark("99")
    assert bounds(world) == [(world.market, "89.89", "0.00")]
    assert not looked([], [world.market])
    world.state.markets[world.market].mark = units("89.90")
    assert not looked([], [world.market])
    world.state.markets[world.market].mark = units("89.89")
    assert [(account.no, [pool.name for pool in pools]) for account, pools in looked([], [world.market])] == [
        (world.taker.no, [POOL])
    ]


def test_what_is_spare_is_shared_by_what_each_market_can_take() -> None:
    """10 long and 5 short of two markets at 100 with 165: 150 spare over maintenance of 15, two thirds for the first.

    It has used up its 100 where 10 p − 1,000 − 0.1 p + 10 = −100, p = 890 ÷ 9.9; the other its 50 where
    500 − 5 p − 0.05 p + 5 = −50, p = 555 ÷ 5.05.
    """
    world = two_markets()
    first, second = world.market, world.state.market_no[ETH]
    trade(world, first, Side.BUY, 10)
    trade(world, second, Side.SELL, 5)
    leave(world.taker, 165)
    world.mark(100)

    assert bounds(world) == [(first, "89.89", "0.00"), (second, "0.00", "109.90")]


def test_a_bound_that_is_reached_is_found_anew_with_what_is_left() -> None:
    """At 89 the first has lost 110 of the 165 and needs 8.9: 41.1 are spare, which it shares with the other."""
    world = two_markets()
    first, second = world.market, world.state.market_no[ETH]
    trade(world, first, Side.BUY, 10)
    trade(world, second, Side.SELL, 5)
    leave(world.taker, 165)
    world.mark(100)

    events = world.mark(89)

    assert not only(events, ev.LiquidationStarted)
    (_, lower, _), (_, _, upper) = world.engine.risk.bounds(world.taker.no, POOL)
    spare = units("41.1") - _used(10, 89, lower) - _used(-5, 100, upper)
    assert 0 <= spare < 20 * 2
    # Both at their bounds: hardly anything is left, and a little beyond it is not enough.
    world.run(cmd.SetMark(second, Price(upper - 1)))
    assert not only(world.past, ev.LiquidationStarted)
    assert only(world.run(cmd.SetMark(first, Price(lower - 10))), ev.LiquidationStarted)


def test_a_bound_is_no_farther_than_the_edge_of_the_bracket() -> None:
    """20 long at 100 with 1,100: worth 1,000 at 50, and with less it needs 1 % instead of 5 % less 40.

    1,100 + 20 p − 2,000 = 0.2 p at p = 900 ÷ 19.8 = 45.4545…
    """
    world = two_markets()
    trade(world, world.market, Side.BUY, 20)
    leave(world.taker, 1100)
    world.mark(100)
    assert bounds(world) == [(world.market, "50.00", "0.00")]

    assert not only(world.mark("50"), ev.LiquidationStarted)
    assert bounds(world) == [(world.market, "45.45", "0.00")]
    assert not only(world.mark("45.46"), ev.LiquidationStarted)
    assert only(world.mark("45.45"), ev.LiquidationStarted)


def test_a_short_is_looked_at_where_it_grows_into_another_bracket() -> None:
    """8 short at 100 with 600: worth more than 1,000 above 125, where 1,400 − 8 p = 0.4 p − 40 at p = 171.428…"""
    world = two_markets()
    trade(world, world.market, Side.SELL, 8)
    leave(world.taker, 600)
    world.mark(100)
    assert bounds(world) == [(world.market, "0.00", "125.00")]

    assert not only(world.mark("125.01"), ev.LiquidationStarted)
    assert bounds(world) == [(world.market, "0.00", "171.42")]
    assert not only(world.mark("171.42"), ev.LiquidationStarted)
    assert only(world.mark("171.43"), ev.LiquidationStarted)


def test_what_has_gained_into_another_bracket_is_reckoned_there() -> None:
    """10 long and 5 short at 100 with 165; the first at 200 needs 5 % less 40, which nothing has looked at yet.

    The other at 110: 1,115 less 60 and 5.5, so 1,049.5 of what counts 2,100 and 555.5. At that part the first falls by
    1.05 ÷ 0.95 of itself, and the other rises by as much as it counts.
    """
    world = two_markets()
    first, second = world.market, world.state.market_no[ETH]
    trade(world, first, Side.BUY, 10)
    trade(world, second, Side.SELL, 5)
    leave(world.taker, 165)
    world.mark(100)
    world.mark(200)
    assert bounds(world) == [(first, "89.89", "0.00"), (second, "0.00", "109.90")]

    world.run(cmd.SetMark(second, Price(110 * ONE)))

    assert bounds(world) == [(first, "112.63", "0.00"), (second, "0.00", "153.47")]


def _used(qty: int, before: int, after: int) -> int:
    """What a position takes from its pool as its mark goes from one price to another, in its 1 % bracket."""
    moved = after - before * ONE
    return -qty * moved + abs(qty) * moved // 100


def test_money_and_fills_move_the_bounds() -> None:
    """Twice the money: 220 + 10 p − 1,000 = 0.1 p. Half the position at 110: 110 + 5 p − 500 = 0.05 p."""
    world = two_markets()
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)
    world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(110 * ONE)))
    world.mark(100)
    assert bounds(world) == [(world.market, "78.78", "0.00")]

    trade(world, world.market, Side.SELL, 5)
    leave(world.taker, 110)
    world.mark(100)
    assert bounds(world) == [(world.market, "78.78", "0.00")]

    trade(world, world.market, Side.SELL, 5)
    world.mark(100)
    assert bounds(world) == []


def test_who_has_fallen_on_a_frozen_index_is_liquidated_when_it_thaws() -> None:
    """Nobody is liquidated on an index whose source has gone quiet; nor forgotten."""
    world = World(PERP)
    world.index(100)
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)
    world.run(cmd.SetIndex("BTC-USDT", units(100), frozen=True))
    world.maker.sells(0.001, at=79)
    world.third.buys(0.001, at=79)
    for price in (80, 79):
        world.run(cmd.SetIndex("BTC-USDT", units(price), frozen=True))
    assert world.state.markets[world.market].mark == 79 * ONE
    assert not only(world.past, ev.LiquidationStarted)

    events = world.index(79)

    assert only(events, ev.LiquidationStarted)[0].account == world.taker.no


def test_a_short_of_inverse_contracts_at_one_times_does_not_fall_at_any_price() -> None:
    """Ten contracts of 100 USD sold at 50,000 on their 0.02 coins; three units less fall at 996 ÷ 0.00000003."""
    world = World(bundle=UNCALLED)
    coin = Market(
        COIN, MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE), Quantity(ONE), inverse=True,
        contract_size=Amount(100 * ONE), index="BTC-USD",
    )  # fmt: skip
    world.run(cmd.ListMarket(coin))
    world.market = world.state.market_no[COIN]
    world.run(cmd.SetRules("binance", world.market, MarketRules(Filters(), Rate(0), Rate(0), FLAT, default_leverage=1)))
    for person, cash in ((world.maker, "1"), (world.taker, "0.02")):
        world.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(units(cash))))
    world.mark(50_000)
    world.maker.buys(10, at=50_000)
    world.taker.sells(10)

    world.mark(50_000)
    assert world.engine.risk.bounds(world.taker.no, ("coinm", "BTC")) == ((world.market, 0, 996 * ONE * ONE // 3),)
    for price in (10_000_000, 1_000_000_000, 1, "0.01"):
        world.mark(price)
    # The long on the other side, of course.
    assert [event.account for event in only(world.past, ev.LiquidationStarted)] == [world.maker.no]


def called(events: list[object]) -> list[tuple[str, str]]:
    """What was said to whom: balance and maintenance of calls, cut to two places."""
    return [
        (type(event).__name__, f"{show(event.balance, 2)} {show(event.maintenance, 2)}")
        for event in events
        if isinstance(event, ev.MarginCallIssued | ev.MarginCallEnded)
    ]


def test_a_pool_that_comes_close_is_called_once_per_crossing() -> None:
    """10 long at 100 with 110: 0.8 × (110 + 10 p − 1,000) = 0.1 p at p = 712 ÷ 7.9 = 90.1265…"""
    world = two_markets(CALLED)
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)

    told = [called(world.mark(price)) for price in ("99", "90.13", "90.12", "90.05", "90", "90.13", "95", "90")]

    assert told == [
        [], [], [("MarginCallIssued", "11.20 9.01")], [], [], [("MarginCallEnded", "11.30 9.01")], [],
        [("MarginCallIssued", "10.00 9.00")],
    ]  # fmt: skip
    assert not only(world.past, ev.LiquidationStarted)
    assert only(world.mark("89.89"), ev.LiquidationStarted)


def test_a_call_ends_with_its_position() -> None:
    world = two_markets(CALLED)
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)
    world.mark("90.1")

    world.third.buys(10, at="90.1")
    events = world.taker.sells(10)

    assert called(events) == [("MarginCallEnded", "11.00 0.00")]


def test_money_ends_a_call_and_another_policy_moves_it() -> None:
    """With 10 more it is called at 704 ÷ 7.9 = 89.11; by a ratio of a half at 440 ÷ 4.9 = 89.79."""
    world = two_markets(CALLED)
    trade(world, world.market, Side.BUY, 10)
    leave(world.taker, 110)
    world.mark("90.1")
    assert called(world.run(cmd.Deposit(world.taker.no, "usdm", "USDT", Amount(10 * ONE)))) == [
        ("MarginCallEnded", "21.00 9.01")
    ]
    world.mark("90.1")
    assert bounds(world) == [(world.market, "89.11", "0.00")]

    world.run(cmd.AdoptBundle(Bundle("binance", margin_call_ratio=Rate(ONE // 2))))
    assert called(world.mark("90.1")) == []
    assert bounds(world) == [(world.market, "89.79", "0.00")]
    assert called(world.mark("89.79")) == [("MarginCallIssued", "17.90 8.97")]


@given(
    st.integers(1, 5 * 10**8),
    st.integers(1, 2 * 10**10),
    st.integers(-1, 3),
    st.sampled_from([1, -1]),
    st.sampled_from([ONE, 80_000_000]),
)
def test_a_glance_never_overlooks_what_is_not_enough(qty: int, mark: int, spare: int, side: int, ratio: int) -> None:
    """Not by a unit: a balance and a requirement are each rounded, and both against the account."""
    world = World(PERP, bundle=Bundle("binance", margin_call_ratio=Rate(ratio)))
    trade(world, world.market, Side.BUY, 10)
    account = world.state.accounts[world.taker.no]
    position = account.positions[world.market]
    position.qty, position.cost = qty * side, qty * side * 100 * ONE
    world.state.markets[world.market].mark = mark
    needed = margin.maintenance_total(world.state, account, *POOL)
    short = -(-needed * ONE // ratio) - margin.equity(world.state, account, *POOL)
    account.balance(*POOL).free += short + spare

    if liquidation.safe(world.engine, account):
        assert spare > 0
        balance, needed = (
            margin.equity(world.state, account, *POOL),
            margin.maintenance_total(world.state, account, *POOL),
        )
        assert not margin.called(balance, needed, ratio)
