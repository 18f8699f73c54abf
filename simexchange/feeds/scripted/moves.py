"""Where an index is on its way, at any instant."""

from simexchange.core.vocabulary.units import Nanos, Price, floor_to
from simexchange.feeds.scripted.state import Way
from simexchange.feeds.scripted.timeline import Path


def price_at(way: Way, at: int, quantum: int) -> Price:
    """The price at *at*, which is that of the last point of the way's grid; multiples of *quantum*, rounded down."""
    passed = at - way.began
    if passed >= way.over:
        return way.start if way.path is Path.WICK else way.end
    grid, tip = passed - passed % way.every, way.over // 2
    if way.path is Path.WICK and grid <= tip <= passed:
        return way.end
    part, whole = _share(way.path, grid, way.over)
    price = way.start + (way.end - way.start) * part // whole
    return Price(max(quantum, floor_to(price, quantum)))


def _share(path: Path, passed: int, over: int) -> tuple[int, int]:
    """How much of the way lies behind when *passed* of the time does, as a fraction."""
    left = over - passed
    if path is Path.WICK:
        return 2 * min(passed, left), over
    if path is Path.LATE:
        return passed * passed, over * over
    if path is Path.EARLY:
        return over * over - left * left, over * over
    return passed, over


def next_price(way: Way, at: int) -> Nanos:
    """When the price changes next after *at*: on the way's own grid, at the tip of a wick, and at its end."""
    end = way.began + way.over
    found = min(end, way.began + ((at - way.began) // way.every + 1) * way.every)
    tip = way.began + way.over // 2
    if way.path is Path.WICK and at < tip < found:
        found = tip
    return Nanos(found)
