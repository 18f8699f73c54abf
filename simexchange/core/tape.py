"""A recorded tape played into a market's book, with users inside.

What the tape offers are *ghosts*: orders with id 0 of the account ``house:<market id>`` (class HOUSE), standing first
in first out among everybody's in the levels. ``recorded`` is what the tape says stands there. With no user about the
two are the same after every command; where they differ a price is *astray*: a user took ghosts, or a level is
*suppressed* because it came through a user's price and would cross the book.

Between two depth frames, prints and best prices move levels ahead of the next frame; ``framed`` remembers what the last
frame said of them, so that a level the next frame does not name is again what it was: a frame always has the last word.

Two commands are decided here (`adjust_book`, `print_trade`) and three events folded (``apply_*``, called by state.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import matching
from simexchange.core.book import Ladder, Level, Order
from simexchange.core.vocabulary.events import BookAdjusted, TapePrinted
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, TradeId
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, GTC, IOC, LIMIT, SELL, AccountClass, Side, TradeKind
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, notional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import AdjustBook, PrintTrade

UNTIL_THE_TAPE = -1
"""As resilience: what a user took stays gone until the tape changes the level (impact ``consuming``)."""


class TapeSide:
    """One side of a market as the tape says it is."""

    __slots__ = ("astray", "framed", "recorded", "suppressed")

    def __init__(self) -> None:
        self.recorded: dict[int, int] = {}
        """Size per price."""
        self.framed: dict[int, int] = {}
        """What the last depth frame said of the prices that prints and best prices have moved since."""
        self.astray: dict[int, int] = {}
        """Prices whose ghosts are not what is recorded, and since when."""
        self.suppressed: dict[int, None] = {}
        """Those of them that are kept out of the book: they met the users in their way once, and do so no more."""

    def record(self, price: int, size: int) -> None:
        """The tape offers *size* at *price* now."""
        if size:
            self.recorded[price] = size
        else:
            self.recorded.pop(price, None)


class TapeState:
    """What the engine keeps of the tape of one market."""

    __slots__ = ("account", "asks", "bids", "resilience")

    def __init__(self, account: AccountNo) -> None:
        self.account = account
        self.bids = TapeSide()
        self.asks = TapeSide()
        self.resilience = 0

    def side(self, side: Side) -> TapeSide:
        """Bids for BUY, asks for SELL."""
        return self.bids if side is BUY else self.asks

    def ghosts(self, ladder: Ladder, price: int) -> int:
        """How much the tape's own orders at *price* come to."""
        level = ladder.levels.get(price)
        if level is None:
            return 0
        account = self.account
        return sum([order.left for order in level if order.account == account])


def house_name(market_id: str) -> str:
    """The name of the account whose orders a market's ghosts are."""
    return f"house:{market_id}"


# Deciding: a depth frame


def adjust_book(engine: Engine, command: AdjustBook) -> None:
    """Make the ghosts what a frame of the tape says: a depth frame, a snapshot, or the best prices alone."""
    found = _market(engine, command)
    if found is None:
        return
    market, tape = found
    wanted: tuple[dict[int, int], dict[int, int]] = (dict(command.bids), dict(command.asks))
    for want in wanted:
        if want and (min(want) <= 0 or min(want.values()) < 0):
            reason = RejectReason.PRICE_NOT_POSITIVE if min(want) <= 0 else RejectReason.QTY_NOT_POSITIVE
            engine.refuse(command, AccountNo(0), reason)
            return
    named = (_best_of(wanted[0], BUY), _best_of(wanted[1], SELL))
    for number, (side, ours) in enumerate(((BUY, tape.bids), (SELL, tape.asks))):
        want = wanted[number]
        if command.snapshot:
            for price in ours.recorded:
                if price not in want:
                    want[price] = 0
        elif command.touch:
            if want:
                _clear_better(market, tape, side, next(iter(want)), want)
        elif ours.framed:
            _restore(ours, side, want, named[1 - number])
        if ours.astray:
            _bring_back(engine, tape, ours, want, suppressed=True)
    _settle(engine, market, tape, wanted, command.touch, snapshot=command.snapshot, resilience=command.resilience)


def _best_of(want: dict[int, int], side: Side, stand: dict[int, int] | None = None) -> int:
    """The best price of *want* that will stand in the book; 0: none."""
    prices = [price for price, size in want.items() if size and (not stand or stand.get(price, size))]
    if not prices:
        return 0
    return max(prices) if side is BUY else min(prices)


def _restore(ours: TapeSide, side: Side, want: dict[int, int], rival: int) -> None:
    """Levels that prints and best prices moved and the frame does not name are what the frame before said of them.

    Unless the frame names the other side's best at that price or beyond (*rival*): then they are gone indeed.
    """
    for price, size in sorted(ours.framed.items()):
        want.setdefault(price, 0 if rival and (price - rival) * side >= 0 else size)


def _clear_better(market: MarketState, tape: TapeState, side: Side, price: int, want: dict[int, int]) -> None:
    """Everything the tape still offers at better prices than *price* is gone in reality."""
    ours = tape.side(side)
    for level in market.book.side(side):
        if (level.price - price) * side <= 0:
            break
        if level.price in ours.recorded:
            want[level.price] = 0
    for gone in sorted(ours.astray):
        if (gone - price) * side > 0:
            want[gone] = 0


def _bring_back(engine: Engine, tape: TapeState, ours: TapeSide, want: dict[int, int], *, suppressed: bool) -> None:
    """What users took returns when its time has come, unless the tape says something else of the level."""
    for price, since in sorted(ours.astray.items()):
        if price in want:
            continue
        if price in ours.suppressed:
            if suppressed:
                want[price] = ours.recorded.get(price, 0)
        elif 0 <= tape.resilience <= engine.at - since:
            want[price] = ours.recorded.get(price, 0)


def _settle(
    engine: Engine,
    market: MarketState,
    tape: TapeState,
    wanted: tuple[dict[int, int], dict[int, int]],
    touch: bool,
    *,
    snapshot: bool = False,
    resilience: Nanos = Nanos(0),
) -> None:
    """Make ghosts and record what *wanted* says, but for what would cross a user's order (replay rule 6)."""
    listed: list[Levels] = []
    apart: list[Levels] = []
    bids = _stand(engine, market, tape, BUY, wanted, 0)
    stands = (bids, _stand(engine, market, tape, SELL, wanted, _best_of(wanted[0], BUY, bids)))
    for want, stand, side in zip(wanted, stands, (BUY, SELL), strict=True):
        ours = tape.side(side)
        recorded, astray = ours.recorded, ours.astray
        ghosts: list[tuple[int, int]] = []
        differing: list[tuple[int, int]] = []
        for price, size in want.items():
            target = stand.get(price, size) if stand else size
            old = recorded.get(price, 0)
            if snapshot:
                if not size:
                    continue  # not naming it says so
            elif old == size and (target == 0 if price in ours.suppressed else price not in astray and target == size):
                continue
            ghosts.append((price, target))
            if target != size:
                differing.append((price, size))
        listed.append(Levels.of(ghosts))
        apart.append(Levels.of(differing))
    restored = not touch and (tape.bids.framed or tape.asks.framed)
    if snapshot or restored or listed[0] or listed[1]:
        engine.emit(BookAdjusted(market.no, listed[0], listed[1], snapshot, apart[0], apart[1], touch, resilience))


def _stand(
    engine: Engine,
    market: MarketState,
    tape: TapeState,
    side: Side,
    wanted: tuple[dict[int, int], dict[int, int]],
    rival: int,
) -> dict[int, int] | None:
    """What of the wanted levels of *side* may not stand in the book as recorded: price → ghosts. None: all may.

    A level that comes through users' prices trades with them once, at their prices and at most its own size; what
    would still cross is kept out until they are gone or the tape leaves the price. *rival* is the best price the same
    frame puts on the other side: a frame that crosses itself is no book, and ours stays uncrossed.
    """
    want, opposite = (wanted[0], wanted[1]) if side is BUY else (wanted[1], wanted[0])
    best = market.book.opposite(side).best()
    met_at = [price for price in (rival, 0 if best is None else best.price) if price]
    if not met_at:
        return None
    nearest = max(met_at) if side is SELL else min(met_at)
    reach = [price for price, size in want.items() if size and (nearest - price) * side <= 0]
    if not reach:
        return None
    reach.sort(reverse=side is BUY)
    ours, theirs = tape.side(side), tape.side(Side(-side))
    met: dict[int, int] = {}
    if market.status is MarketStatus.TRADING:
        for price in reach:
            # A level that stood already met whoever is here: they took from it, or it was kept out because of them.
            if price not in ours.recorded:
                met[price] = _cross(engine, market, tape, side, price, want[price])
    stand: dict[int, int] = {}
    for price in reach:
        if (rival and (rival - price) * side <= 0) or _blocked(market, tape, side, price, opposite, theirs):
            stand[price] = 0
        elif tape.resilience and met.get(price):
            stand[price] = want[price] - met[price]
    return stand


def _cross(engine: Engine, market: MarketState, tape: TapeState, side: Side, price: int, size: int) -> int:
    """A recorded level came through users' prices: it trades with them, best and oldest first; how much it did."""
    taker = _taker(engine, market, tape, side, price, size)
    while taker.left:
        maker = next(_users(market, tape, side, price), None)
        if maker is None or not _hit(engine, taker, maker, market, TradeKind.CROSSED):
            break
    return size - taker.left


def _blocked(
    market: MarketState, tape: TapeState, side: Side, price: int, opposite: dict[int, int], theirs: TapeSide
) -> bool:
    """Whether an order of the tape at *price* would meet somebody who stays where he is."""
    if next(_users(market, tape, side, price), None) is not None:
        return True
    # Ghosts the frame leaves where they are, though it puts others beyond them.
    return any(
        opposite.get(level.price, theirs.recorded.get(level.price, 0)) for level in market.book.takeable(side, price)
    )


def _users(market: MarketState, tape: TapeState, side: Side, price: int) -> Iterator[Order]:
    """Orders that are not the tape's and that an order of *side* at *price* would meet, in the order it would."""
    account = tape.account
    for level in market.book.takeable(side, price):
        for order in level:
            if order.account != account:
                yield order


# Deciding: a print


def print_trade(engine: Engine, command: PrintTrade) -> None:
    """Somebody traded *qty* at *price*, as the tape has it: whoever of ours stood in the way has traded, too.

    Users at better prices come first, at their prices; then the level's queue; what then is left was taken from
    orders nobody here ever saw. Never more than the print's size is traded with users.
    """
    found = _market(engine, command)
    if found is None:
        return
    if command.qty <= 0 or command.price <= 0:
        reason = RejectReason.QTY_NOT_POSITIVE if command.qty <= 0 else RejectReason.PRICE_NOT_POSITIVE
        engine.refuse(command, AccountNo(0), reason)
        return
    market, tape = found
    aggressor, price = Side(command.aggressor), command.price
    side = SELL if aggressor is BUY else BUY
    _clear_the_way(engine, market, tape, side, price)
    tape = market.tape or tape
    before = tape.side(side).recorded.get(price, 0)
    taker = _taker(engine, market, tape, aggressor, price, command.qty)
    ladder = market.book.side(side)
    if market.status is MarketStatus.TRADING:
        _take_better(engine, market, taker, ladder)
    level = ladder.levels.get(price)
    ghosts = 0 if level is None else _take_queue(engine, market, tape, taker, level)
    printed = taker.left + ghosts
    if printed:
        engine.emit(_printed(market, command, aggressor, printed, ghosts))
    tape = market.tape or tape
    if printed != command.qty:
        _true_up(engine, market, tape, side, price, max(0, before - command.qty))


def _printed(market: MarketState, command: PrintTrade, aggressor: Side, qty: int, ghosts: int) -> TapePrinted:
    quote = notional(command.price, Quantity(qty))
    trade = TradeId(market.trades + 1)
    return TapePrinted(market.no, trade, command.price, Quantity(qty), quote, aggressor, Quantity(ghosts))


def _clear_the_way(engine: Engine, market: MarketState, tape: TapeState, side: Side, price: int) -> None:
    """Before a print: what users took comes back, and what stood better than the print is gone (replay rule 3)."""
    wanted: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for want, ours in zip(wanted, (tape.bids, tape.asks), strict=True):
        if ours.astray:
            _bring_back(engine, tape, ours, want, suppressed=False)
    _clear_better(market, tape, side, price, wanted[0] if side is BUY else wanted[1])
    if wanted[0] or wanted[1]:
        _settle(engine, market, tape, wanted, touch=True)


def _take_better(engine: Engine, market: MarketState, taker: Order, ladder: Ladder) -> None:
    """Users at better prices than the print trade first, at their prices (replay rule 4). No ghosts are left there."""
    while taker.left:
        level = ladder.best()
        if level is None or (level.price - taker.price) * taker.side >= 0:
            return
        assert level.head is not None
        if not _hit(engine, taker, level.head, market, TradeKind.TRADE):
            return


def _take_queue(engine: Engine, market: MarketState, tape: TapeState, taker: Order, level: Level) -> int:
    """The queue at the print's price, oldest first; how much of it were ghosts.

    Users trade at once; the ghosts' part is only counted, and leaves with the TapePrinted. ``taker.left`` is the rest
    that nobody in the queue was there for (replay rule 5).
    """
    ghosts = 0
    order = level.head
    while order is not None and taker.left:
        following = order.next
        if order.account == tape.account:
            taken = min(order.left, taker.left)
            ghosts += taken
            taker.left -= taken
        elif market.status is MarketStatus.TRADING:
            hidden = order.hidden
            while (
                taker.left
                and order.level is not None
                and order.hidden == hidden
                and _hit(engine, taker, order, market, TradeKind.TRADE)
            ):
                pass
            if following is None and order.hidden != hidden:
                following = order  # an iceberg: its next slice stands last, behind nobody
        order = following
    return ghosts


def _true_up(engine: Engine, market: MarketState, tape: TapeState, side: Side, price: int, recorded: int) -> None:
    """Users took part of a print: reality's part of the queue is shorter by the whole of it.

    So as many ghosts as users took leave from the tail at once; where users' deeds have an impact, they stay until the
    next frame names the level.
    """
    ours = tape.side(side)
    ghosts = tape.ghosts(market.book.side(side), price)
    target = ghosts if tape.resilience else min(ghosts, recorded)
    if target == ghosts and ours.recorded.get(price, 0) == recorded:
        return
    listed = Levels.of([(price, target)])
    apart = Levels.of([(price, recorded)] if target != recorded else [])
    none = Levels.of(())
    bids, asks = (listed, none) if side is BUY else (none, listed)
    apart_bids, apart_asks = (apart, none) if side is BUY else (none, apart)
    engine.emit(BookAdjusted(market.no, bids, asks, False, apart_bids, apart_asks, True))


# Deciding: what both need


def _market(engine: Engine, command: AdjustBook | PrintTrade) -> tuple[MarketState, TapeState] | None:
    """The market and its tape; None, and refused, where there is no such market or it has no HOUSE account."""
    state = engine.state
    market = state.markets.get(command.market)
    if market is None:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_UNKNOWN)
        return None
    if market.status is MarketStatus.DELISTED:
        engine.refuse(command, AccountNo(0), RejectReason.MARKET_DELISTED, market.spec.id)
        return None
    if market.tape is not None:
        return market, market.tape
    no = state.account_no.get(house_name(market.spec.id))
    if no is None or state.accounts[no].account_class is not AccountClass.HOUSE:
        engine.refuse(command, AccountNo(0), RejectReason.ACCOUNT_UNKNOWN, house_name(market.spec.id))
        return None
    return market, TapeState(no)


def _taker(engine: Engine, market: MarketState, tape: TapeState, side: Side, price: int, qty: int) -> Order:
    """Whoever the tape says took: an order nobody ever sees, which never rests."""
    return Order(
        NO_ORDER, tape.account, market.no, side, LIMIT, Quantity(qty), Price(price), IOC, "",
        Amount(0), None, engine.at,
    )  # fmt: skip


def _hit(engine: Engine, taker: Order, maker: Order, market: MarketState, kind: TradeKind) -> bool:
    """One trade with a user's order, or its end by a rule. False where nothing moved, so that no loop goes on."""
    trades, left = market.trades, maker.left
    matching.fill(engine, taker, maker, market, kind)
    if market.trades == trades:
        return maker.level is None
    traded = left - maker.left
    taker.left -= traded
    taker.cum_quote += notional(Price(maker.price), Quantity(traded))
    return True


# Folding: called by state.py alone


def apply_book_adjusted(state: ExchangeState, event: BookAdjusted) -> None:
    """The ghosts stand as the event says."""
    market = state.markets[event.market]
    tape = _tape_of(state, market)
    if event.snapshot:
        tape.resilience = event.resilience
    for side, listed, apart in (
        (BUY, event.bids, event.suppressed_bids),
        (SELL, event.asks, event.suppressed_asks),
    ):
        ours, ladder = tape.side(side), market.book.side(side)
        pairs = list(listed)
        if event.snapshot:
            named = dict(pairs)
            gone = [price for price in {**ours.recorded, **ours.astray} if price not in named]
            pairs.extend((price, 0) for price in gone)
        _stand_at(market, tape, side, pairs, touch=event.touch, at=state.now)
        for price, recorded in apart:
            ours.record(price, recorded)
            ours.astray[price] = state.now
            if recorded and not tape.ghosts(ladder, price):
                ours.suppressed[price] = None
        if not event.touch:
            ours.framed.clear()


def _stand_at(
    market: MarketState, tape: TapeState, side: Side, pairs: list[tuple[int, int]], *, touch: bool, at: int
) -> None:
    """Make ghosts and record of one side what *pairs* say."""
    ours, ladder = tape.side(side), market.book.side(side)
    recorded, astray = ours.recorded, ours.astray
    for price, size in pairs:
        old = recorded.get(price, 0)
        have = tape.ghosts(ladder, price) if astray and price in astray else old
        if size > have:
            ladder.make(price).append(_ghost(market, tape.account, side, price, size - have, at))
        elif size < have:
            _shrink(ladder, tape.account, price, have - size)
        if size:
            recorded[price] = size
        elif old:
            del recorded[price]
        if touch:
            ours.framed.setdefault(price, old)
        if astray:
            astray.pop(price, None)
            ours.suppressed.pop(price, None)


def _ghost(market: MarketState, account: AccountNo, side: Side, price: int, size: int, at: int) -> Order:
    return Order(
        NO_ORDER, account, market.no, side, LIMIT, Quantity(size), Price(price), GTC, "",
        Amount(0), None, Nanos(at),
    )  # fmt: skip


def _shrink(ladder: Ladder, account: AccountNo, price: int, excess: int) -> None:
    """Ghosts leave from the tail: who came last cancels first, so a user's place gets no better than it must."""
    level = ladder.levels[price]
    order = level.tail
    while excess and order is not None:
        before = order.prev
        if order.account == account:
            excess -= _lessen(level, order, excess)
        order = before
    if level.head is None:
        ladder.drop(level)


def _lessen(level: Level, order: Order, qty: int) -> int:
    """Take at most *qty* from one ghost; how much that was."""
    if order.left <= qty:
        level.unlink(order)
        return order.left
    order.left -= qty
    level.qty -= qty
    return qty


def apply_tape_printed(state: ExchangeState, event: TapePrinted) -> None:
    """A print happened: ghosts leave from the head of its level, and less is recorded there."""
    market = state.markets[event.market]
    tape = _tape_of(state, market)
    market.trades = event.trade
    market.last = event.price
    side = SELL if event.aggressor is BUY else BUY
    ours, price = tape.side(side), event.price
    if event.ghosts:
        _take_ghosts(market.book.side(side), tape.account, price, event.ghosts)
    old = ours.recorded.get(price, 0)
    ours.framed.setdefault(price, old)
    left = max(0, old - event.qty)
    ours.record(price, left)
    if not left and price in ours.suppressed:
        del ours.suppressed[price]
        del ours.astray[price]


def apply_ghost_traded(market: MarketState, aggressor: Side, price: int, qty: int, at: int) -> None:
    """A user took from the tape's orders at *price*: the level is astray until the tape's next step."""
    tape = market.tape
    assert tape is not None
    _take_ghosts(market.book.opposite(aggressor), tape.account, price, qty)
    tape.side(Side(-aggressor)).astray[price] = at


def _take_ghosts(ladder: Ladder, account: AccountNo, price: int, qty: int) -> None:
    level = ladder.levels[price]
    order = level.head
    while qty:
        assert order is not None
        following = order.next
        if order.account == account:
            qty -= _lessen(level, order, qty)
        order = following
    if level.head is None:
        ladder.drop(level)


def _tape_of(state: ExchangeState, market: MarketState) -> TapeState:
    if market.tape is None:
        market.tape = TapeState(state.account_no[house_name(market.spec.id)])
    return market.tape


# Checking


def fault(market: MarketState) -> str | None:
    """What is wrong with a market's ghosts, in words; None where all is well. For `invariants.check`."""
    tape = market.tape
    if tape is None:
        return None
    for side in (BUY, SELL):
        ours, ladder = tape.side(side), market.book.side(side)
        for price in {**ours.recorded, **dict.fromkeys(ladder.levels)}:
            ghosts, recorded = tape.ghosts(ladder, price), ours.recorded.get(price, 0)
            if price in ours.suppressed and ghosts:
                return f"{market.spec.id} {side.name} {price}: suppressed, yet {ghosts} stand in the book"
            if price not in ours.astray and ghosts != recorded:
                return f"{market.spec.id} {side.name} {price}: ghosts {ghosts}, recorded {recorded}"
    return None
