"""All views together, folded right behind the engine: they say what its own state says."""

from hypothesis import given, settings, strategies as st

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import AccountClass, AccountOption, SelfTrade, Side, Terms, TimeInForce
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Quantity
from simexchange.projections.intervals import INTERVALS
from simexchange.projections.views import Views
from tests.core.world import PERP, SPOT, Person, World, units

FEW = 60
"""Enough stories to meet every deed many times; each is checked against the engine after its last step."""


class Watched(World):
    """A world with views folded behind it, event by event, and everything that happened kept."""

    def __init__(self, market: str) -> None:
        self.views = Views()
        self.seq = 0
        self.told: list[tuple[int, Nanos, ev.Event]] = []
        super().__init__(market, maker_fee="0.001", taker_fee="0.002", liquidation_fee="0.01", cash=300)
        self.run(cmd.OpenAccount(f"house:{market}", "binance", AccountClass.HOUSE))
        self.house = self.state.account_no[f"house:{market}"]

    def run(self, command: cmd.Command) -> list[ev.Event]:
        self.seq += 1
        events = super().run(command)
        for event in events:
            self.told.append((self.seq, self.at, event))
            self.views.apply(self.seq, self.at, event)
        return events

    def frame(self, bid: int, ask: int, size: float) -> None:
        """The tape offers *size* at two prices of each side."""
        bids = Levels.of(((units(bid), units(size)), (units(bid - 1), units(1))))
        asks = Levels.of(((units(ask), units(size)), (units(ask + 1), units(1))))
        self.run(cmd.AdjustBook(self.market, bids, asks, snapshot=True))

    def print(self, side: Side, price: int, size: float) -> None:
        self.run(cmd.PrintTrade(self.market, Price(units(price)), Quantity(units(size)), side))


MODES = {mode.name.lower(): mode for mode in SelfTrade if mode is not SelfTrade.UNSAID}
SIDES = st.sampled_from([Side.BUY, Side.SELL])
PRICES = st.integers(96, 104)
SIZES = st.sampled_from([0.5, 1, 2, 5, 20])
ORDERS = ("limit", "market", "ioc", "post", "reduce", "iceberg", *MODES)
DEALS = ("amend", "modify", "meet", "move", "frame", "print", "cancel", "all")
DEEDS = st.one_of(
    st.tuples(st.sampled_from(ORDERS), st.integers(0, 2), SIDES, PRICES, SIZES),
    st.tuples(st.sampled_from(DEALS), st.integers(0, 2), SIDES, PRICES, SIZES),
    st.tuples(st.just("meet"), st.integers(0, 2), SIDES, PRICES, SIZES),
    st.tuples(st.just("index"), st.just(0), SIDES, st.sampled_from([60, 90, 100, 110, 140]), SIZES),
    st.tuples(st.just("wait"), st.just(0), SIDES, st.sampled_from([1, 30, 61, 9 * 3600]), SIZES),
)
Deed = tuple[str, int, Side, int, float]
STORIES = st.lists(DEEDS, min_size=15, max_size=50)


def act(world: Watched, deed: Deed) -> None:
    """Do one of the above."""
    what, who, side, number, size = deed
    person = world.people[who]
    match what:
        case _ if what in ORDERS:
            order(world, person, deed)
        case "meet":
            # One waits and the next one comes to meet it; with several turns positions grow beyond what backs them.
            person.order(side, size, number)
            world.people[who - 1].order(Side(-side), size, number)
        case "cancel" | "all" | "amend" | "modify":
            change(world, person, deed)
        case "move":
            ends = ("spot", "usdm") if side > 0 else ("usdm", "spot")
            world.run(cmd.Transfer(person.no, *ends, "USDT", Amount(units(size * 5))))
        case "frame":
            world.frame(number - 1, number + 1, size)
        case "print":
            world.print(side, number, size)
        case "index":
            world.index(number)
        case _:
            world.passes(number * SECOND)


def change(world: Watched, person: Person, deed: Deed) -> None:
    """Take the oldest order out, or all, or make it another."""
    what, _, _, number, size = deed
    if what == "all":
        world.run(cmd.CancelAll(person.no))
    for oldest in list(world.state.accounts[person.no].orders.values())[:1]:
        if what == "cancel":
            person.cancels(oldest.id)
        elif what == "amend":
            smaller = Quantity(oldest.qty - units("0.25"))
            world.run(cmd.AmendOrder(person.no, world.market, smaller, oldest.id, "", f"a{world.seq}"))
        elif what == "modify":
            to = Price(units(number))
            world.run(cmd.ModifyOrder(person.no, world.market, Quantity(units(size)), to, oldest.id))


def order(world: Watched, person: Person, deed: Deed) -> None:
    """Place an order of the kind the deed names."""
    what, _, side, number, size = deed
    tif = {"ioc": TimeInForce.IOC, "post": TimeInForce.POST_ONLY}.get(what, TimeInForce.GTC)
    more = {"reduce": Terms(reduce_only=True), "iceberg": Terms(iceberg_qty=Quantity(units("0.4")))}.get(what)
    if what in MODES:
        more = Terms(self_trade=MODES[what], iceberg_qty=Quantity(units("0.5") if number % 3 == 0 else 0))
    price = None if what == "market" else number
    person.order(side, size, price, tif=tif, more=more, client_id=f"c{world.seq}")


def told(market: str, story: list[Deed]) -> Watched:
    world = Watched(market)
    for person in world.people[1:]:
        world.run(cmd.SetAccountOption(person.no, AccountOption.TRADE_GROUP, 1))
    for deed in story:
        act(world, deed)
    return world


@settings(max_examples=FEW)
@given(st.sampled_from([SPOT, PERP]), STORIES)
def test_views_say_what_the_engines_state_says(market: str, story: list[Deed]) -> None:
    """Levels, open orders, balances, positions, leverage, open interest and marks: two folds of one log."""
    world = told(market, story)

    state, views = world.state, world.views
    book = state.markets[world.market].book
    assert views.depth.levels(world.market, 99) == tuple(
        [(price, qty) for price, qty, _ in book.levels(side, 99)] for side in (Side.BUY, Side.SELL)
    )
    for no in (*(person.no for person in world.people), AccountNo(1)):
        account = state.accounts[no]
        assert [
            (row.id, row.client_id, row.qty, row.price, row.left, row.hidden, row.prevented, row.cum_quote, row.resting)
            for row in views.orders.open(no)
        ] == [
            (o.id, o.client_id, o.qty, o.price, o.left, o.hidden, o.prevented, o.cum_quote, o.level is not None)
            for o in account.orders.values()
        ]
        for o in account.orders.values():
            assert views.orders.latest(no, o.market, o.client_id) is views.orders.get(o.id) or not o.client_id
        assert {
            (row.wallet, row.asset): (row.free, row.held) for row in views.balances.of(no) if row.free or row.held
        } == {
            purse: (balance.free, balance.held)
            for purse, balance in account.balances.items()
            if balance.free or balance.held
        }
        assert {row.market: (row.id, row.qty, row.cost, row.opened_at) for row in views.positions.of(no)} == {
            where: (held.id, held.qty, held.cost, held.opened_at) for where, held in account.positions.items()
        }
    for place, mine in state.markets.items():
        held_there = [account.positions[place].qty for account in state.accounts.values() if place in account.positions]
        assert views.positions.open_interest(place) == sum(qty for qty in held_there if qty > 0)
        mark = views.funding.mark(place)
        assert (mark.mark if mark is not None else 0) == mine.mark


@settings(max_examples=FEW)
@given(STORIES)
def test_income_sums_to_the_wallet_and_fills_to_the_orders(story: list[Deed]) -> None:
    world = told(PERP, story)

    views = world.views
    for person in world.people:
        rows = views.income.of(person.no, limit=100_000)
        assert [row.id for row in rows] == list(range(1, len(rows) + 1))
        balance = views.balances.get(person.no, "usdm", "USDT")
        assert sum(row.amount for row in rows) == balance.free
        for order in views.orders.history(person.no, limit=100_000):
            fills = views.trades.fills(person.no, order=order.id, limit=100_000)
            assert (order.filled, order.cum_quote, order.fee, order.realised, order.trades) == (
                sum(row.qty for row in fills),
                sum(row.quote for row in fills),
                sum(row.fee for row in fills),
                sum(row.realised for row in fills),
                len(fills),
            )


@settings(max_examples=FEW)
@given(st.sampled_from([SPOT, PERP]), STORIES, st.integers(0, 2_000))
def test_views_depend_on_the_log_alone(market: str, story: list[Deed], looked_at: int) -> None:
    """Folded again from the start, and read once on the way, they give the same answers, sequences included."""
    world = told(market, story)

    again = Views()
    for number, event in enumerate(world.told):
        again.apply(*event)
        if number == looked_at:
            answers(again, world.market, again.at)

    assert answers(again, world.market, world.at) == answers(world.views, world.market, world.at)


def answers(views: Views, market: MarketNo, at: Nanos) -> list[object]:
    """A bit of everything."""
    users = views.accounts.all(AccountClass.USER)
    return [
        views.seq,
        views.depth.seq(market),
        views.depth.levels(market, 9),
        views.depth.changes(market, 0),
        views.trades.tape(market),
        views.trades.aggregates(market),
        views.tickers.get(market, at=at),
        *(views.candles.get(market, interval, at=at) for interval in INTERVALS),
        *(views.orders.history(row.no) for row in users),
        *(views.orders.rejected(row.no) for row in users),
        *(views.trades.fills(row.no) for row in users),
        *(views.income.of(row.no) for row in users),
        *(views.balances.of(row.no) for row in users),
        *(views.positions.of(row.no, flat=True) for row in users),
    ]
