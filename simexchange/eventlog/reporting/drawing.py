"""Charts as inline SVG, without scripts. Colours are classes, so that the page's light and dark decide them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import DAY, SECOND

Points = Sequence[tuple[int, float]]
"""(instant in ns, value), ascending."""
WIDTH: Final = 760
HEIGHT: Final = 240
LEFT, RIGHT, TOP, BOTTOM = 84, 12, 12, 30
FINEST: Final = 700
"""Points a line is drawn of, at most: about one for each dot of its width."""


class Line(msgspec.Struct, frozen=True):
    """One curve of a chart."""

    label: str
    points: Points
    css: str
    area: bool = False
    """Filled down to zero."""
    steps: bool = False
    """It holds until the next point."""


class Mark(msgspec.Struct, frozen=True):
    """One fill on a price: a triangle up for a buy, down for a sale."""

    at: int
    value: float
    buy: bool
    text: str


class Bar(msgspec.Struct, frozen=True):
    """One payment at an instant."""

    at: int
    value: float


def lttb(points: Points, keep: int) -> list[tuple[int, float]]:
    """At most *keep* of *points*, those that make the shape: from each bucket the one that spans the largest triangle
    with the one before and the middle of the next bucket (Steinarsson, "Downsampling time series", 2013).
    """
    if len(points) <= keep or keep < 3:
        return list(points)
    kept = [points[0]]
    size = (len(points) - 2) / (keep - 2)
    for number in range(keep - 2):
        start, end = int(number * size) + 1, int((number + 1) * size) + 1
        following = points[end : min(int((number + 2) * size) + 1, len(points))] or points[-1:]
        x = sum(at for at, _ in following) / len(following)
        y = sum(value for _, value in following) / len(following)
        x0, y0 = kept[-1]
        kept.append(max(points[start:end], key=lambda p: abs((x0 - x) * (p[1] - y0) - (x0 - p[0]) * (y - y0))))
    kept.append(points[-1])
    return kept


class _Frame:
    """Where values and instants stand."""

    def __init__(self, start: int, end: int, low: float, high: float) -> None:
        if high <= low:
            spread = abs(high) * 0.01 or 1.0
            low, high = low - spread, high + spread
        self.start, self.end = start, max(end, start + 1)
        self.step = nice((high - low) / 4)
        self.low = self.step * (low // self.step)
        self.high = self.step * -(-high // self.step)

    def x(self, at: float) -> float:
        return LEFT + (at - self.start) / (self.end - self.start) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def nice(step: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power = 1.0
    while power * 10 <= step:
        power *= 10
    while power > step:
        power /= 10
    return next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= step * 0.999999)


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    unit: str = "",
    marks: Sequence[Mark] = (),
    bars: Sequence[Bar] = (),
    band: tuple[float, float] | None = None,
    zero: bool = False,
    span: tuple[int, int] | None = None,
) -> str:
    """A figure with its legend. *band* is a dangerous range; *zero* has the scale reach down to it; *span* is what time
    it covers at least.
    """
    drawn = [msgspec.structs.replace(line, points=lttb(line.points, FINEST)) for line in lines if line.points]
    every = [point for line in drawn for point in line.points] + [(bar.at, bar.value) for bar in bars]
    if not every:
        return f'<figure><figcaption>{escape(title)}</figcaption><p class="none">nothing to draw</p></figure>'
    values = [value for _, value in every] + ([0.0] if zero or bars else []) + (list(band) if band else [])
    instants = [at for at, _ in every] + list(span or ())
    frame = _Frame(min(instants), max(instants), min(values), max(values))
    parts = [_grid(frame, unit)]
    if band:
        top, bottom = frame.y(min(band[1], frame.high)), frame.y(max(band[0], frame.low))
        parts.append(
            f'<rect class="band" x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top:.1f}"/>'
        )
    parts += [_bar(frame, bar, len(bars)) for bar in bars]
    parts += [_line(frame, line) for line in drawn]
    parts += [_mark(frame, mark) for mark in marks]
    legend = "".join(f'<span class="{line.css}">{escape(line.label)}</span>' for line in drawn if line.label)
    return (
        f"<figure><figcaption>{escape(title)}{f' <small>{escape(unit)}</small>' if unit else ''}"
        f'<span class="legend">{legend}</span></figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_told(title, drawn), quote=True)}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _told(title: str, lines: Sequence[Line]) -> str:
    """The chart in words, for whoever does not see it."""
    ends = [f"{line.label or 'it'} from {line.points[0][1]:.6g} to {line.points[-1][1]:.6g}" for line in lines]
    return f"{title}: {'; '.join(ends)}"


def _grid(frame: _Frame, unit: str) -> str:
    parts: list[str] = []
    value = frame.low
    while value <= frame.high + frame.step / 2:
        y = frame.y(value)
        css = "zero" if abs(value) < frame.step / 1e6 else "grid"
        parts.append(f'<line class="{css}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 5:.1f}" text-anchor="end">{_number(value, frame.step, unit)}</text>'
        )
        value += frame.step
    span = frame.end - frame.start
    for number in range(5):
        at = frame.start + span * number // 4
        anchor = ("start", "middle", "middle", "middle", "end")[number]
        parts.append(f'<text x="{frame.x(at):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{_clock(at, span)}</text>')
    return "".join(parts)


def _number(value: float, step: float, unit: str) -> str:
    shown = value * 100 if unit == "%" else value
    size = step * 100 if unit == "%" else step
    places = 0
    while places < 8 and abs(size * 10**places - round(size * 10**places)) > 1e-6:
        places += 1
    return f"{shown + 0.0:,.{places}f}".replace("-0", "0") if abs(shown) < size / 2 else f"{shown:,.{places}f}"


def _clock(at: int, span: int) -> str:
    moment = datetime.fromtimestamp(at // SECOND, UTC)
    if span > 20 * DAY:
        return moment.strftime("%Y-%m-%d")
    if span > DAY:
        return moment.strftime("%m-%d %H:%M")
    return moment.strftime("%H:%M:%S" if span < 20 * 60 * SECOND else "%H:%M")


def _line(frame: _Frame, line: Line) -> str:
    path: list[str] = []
    before = 0.0
    for number, (at, value) in enumerate(line.points):
        x, y = frame.x(at), frame.y(value)
        if number and line.steps:
            path.append(f"L{x:.1f} {before:.1f}")
        path.append(f"{'L' if number else 'M'}{x:.1f} {y:.1f}")
        before = y
    text = "".join(path)
    drawn = f'<path class="line {line.css}" d="{text}"/>'
    if not line.area:
        return drawn
    base = frame.y(min(max(0.0, frame.low), frame.high))
    first, last = frame.x(line.points[0][0]), frame.x(line.points[-1][0])
    return f'<path class="area {line.css}" d="{text}L{last:.1f} {base:.1f}L{first:.1f} {base:.1f}Z"/>{drawn}'


def _bar(frame: _Frame, bar: Bar, number: int) -> str:
    wide = max(1.0, min(10.0, (WIDTH - LEFT - RIGHT) / max(number, 1) * 0.6))
    top, bottom = sorted((frame.y(bar.value), frame.y(0.0)))
    css = "up" if bar.value >= 0 else "down"
    x = min(max(frame.x(bar.at) - wide / 2, LEFT), WIDTH - RIGHT - wide)
    return (
        f'<rect class="bar {css}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{max(bottom - top, 0.5):.1f}"/>'
    )


def _mark(frame: _Frame, mark: Mark) -> str:
    x, y = frame.x(mark.at), frame.y(min(max(mark.value, frame.low), frame.high))
    shape = f"M{x:.1f} {y:.1f}l-6 11h12Z" if mark.buy else f"M{x:.1f} {y:.1f}l-6 -11h12Z"
    return f'<path class="fill {"up" if mark.buy else "down"}" d="{shape}"><title>{escape(mark.text)}</title></path>'
