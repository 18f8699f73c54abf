"""The report as one self-contained page: no network, no scripts. Whatever people wrote is text."""

from collections.abc import Sequence
from html import escape
from itertools import accumulate, pairwise
from shlex import quote
from statistics import median
from typing import Final

from simexchange import __version__
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.reporting.drawing import Bar, Line, Mark, chart
from simexchange.eventlog.reporting.gathering import FillSeen, Story, waits
from simexchange.eventlog.reporting.ratios import Ratios, drawdowns, growth_of, ratios_of
from simexchange.eventlog.reporting.style import STYLE
from simexchange.eventlog.reporting.words import sentence
from simexchange.projections.valuation import Point

LAST_FILLS: Final = 200
OPEN_AT_FIRST: Final = 25
"""Rows of refusals that are seen without opening the rest."""
NEAR: Final = (0.0, 0.05)
"""The dangerous part of the way to a liquidation."""
CALLED: Final = (0.8, 1.0)
"""From the venue's margin call to the end."""
STEPS: Final = (
    ("at once", 0.1), ("under 1 s", 1.0), ("under 10 s", 10.0), ("under 1 min", 60.0), ("under 10 min", 600.0),
    ("longer", float("inf")),
)  # fmt: skip
Curve = list[tuple[int, float]]


class Told:
    """A story with what was reckoned from it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.equity: Curve = [(point.at, point.equity / ONE) for point in story.points]
        self.growth = growth_of([(point.at, point.equity / ONE, point.paid_in / ONE) for point in story.points])
        self.ratios: Ratios = ratios_of(self.growth)

    def tiles(self) -> list[tuple[str, str, str]]:
        """(name, value, note)"""
        story, ratios, points = self.story, self.ratios, self.story.points
        last = points[-1] if points else None
        worst = max((value for _, value in story.ratio), default=None)
        nearest = min((value for _, value in story.distance), default=None)
        closed = [fill.realised for fill in story.fills if fill.realised]
        held = sum(after.at - before.at for before, after in pairwise(points) if before.futures)
        span = story.end - story.start
        net = 0 if last is None else last.result
        gross = 0 if last is None else last.result + last.fees - last.funding
        return [
            ("Equity at the end", money(0 if last is None else last.equity), story.currency),
            ("Result, net", money(net, sign=True), f"paid in {money(0 if last is None else last.paid_in)}"),
            ("Result before fees and funding", money(gross, sign=True), ""),
            ("Growth", percent(ratios.growth, sign=True), "deposits left out"),
            ("Deepest fall", percent(ratios.drawdown), "from a height"),
            ("Sharpe", number(ratios.sharpe), self._of()),
            ("Sortino", number(ratios.sortino), self._of()),
            ("Fills", f"{len(story.fills):,}", f"of {len(story.orders):,} orders"),
            ("Closed with profit", percent(sum(each > 0 for each in closed) / len(closed)) if closed else "–",
             f"of {len(closed)} closing fills"),
            ("Turnover", " + ".join(_turnover(story.fills)) or "–", ""),
            ("Fees", money(0 if last is None else last.fees), ""),
            ("Funding, net", money(0 if last is None else last.funding, sign=True), f"{len(story.funding)} payments"),
            ("Highest margin ratio", "–" if worst is None else percent(worst), "liquidated at 100 %"),
            ("Nearest to liquidation", "–" if nearest is None else percent(nearest), "of the mark"),
            ("Time with contracts", percent(held / span) if span and held else "–", ""),
            ("Calls and ends", str(story.counts["margin calls"] + story.counts["liquidations"]),
             ", ".join(f"{story.counts[what]} {what}" for what in ("margin calls", "liquidations", "alarms"))),
        ]  # fmt: skip

    def _of(self) -> str:
        return f"{self.ratios.periods} × {self.ratios.period}, a year's" if self.ratios.periods else "too short"


def page(story: Story, where: str, compared: Story | None = None, other: str = "") -> str:
    """The whole document. *where* and *other* are the logs as the command line named them."""
    told = Told(story)
    rival = None if compared is None else Told(compared)
    title = f"{story.account} · {where}"
    parts = [
        f"<h1>{escape(story.account)}</h1>",
        f'<p class="soft">What the account came to, in {escape(story.currency)}.</p>' if story.points else "",
        _head(story, where, compared, other),
        _tiles(told),
        "" if rival is None else _versus(told, rival, where, other),
        _charts(told, rival, other),
        _prices(story),
        _quality(story),
        _fills(story),
        _refusals(story),
        _again(story, where, other),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _head(story: Story, where: str, compared: Story | None, other: str) -> str:
    rows = [
        ("Log", f"{escape(where)}, {story.records:,} records"),
        ("Exchange time", f"{iso_time(story.start)} to {iso_time(story.end)}"),
        ("Seed", str(story.seed)),
        ("Digest", f"<code>{story.digest}</code>"),
        ("simexchange", __version__),
    ]
    if story.base:
        rows.append(("Begins after", f"record {story.base:,}: fills, orders and refusals before it are not here"))
    if story.others:
        rows.append(("Other accounts", escape(", ".join(story.others[:20]))))
    if compared is not None:
        rows.append(
            ("Compared with", f"{escape(other)}, account {escape(compared.account)}, <code>{compared.digest}</code>")
        )
    return f'<dl class="head">{"".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)}</dl>'


def _tiles(told: Told) -> str:
    tiles = "".join(
        f'<div class="tile"><span>{name}</span><b class="{_colour(value)}">{escape(value)}</b><i>{escape(note)}</i>'
        "</div>"
        for name, value, note in told.tiles()
    )
    return f'<div class="tiles">{tiles}</div>'


def _versus(told: Told, rival: Told, where: str, other: str) -> str:
    rows = [[name, value, theirs] for (name, value, _), (_, theirs, _) in zip(told.tiles(), rival.tiles(), strict=True)]
    return f"<h2>Beside {escape(other)}</h2>{_table(('', where, other), rows, numbers={1, 2})}"


def _charts(told: Told, rival: Told | None, other: str) -> str:
    story, unit, points = told.story, told.story.currency, told.story.points
    span = (story.start, story.end)
    equity = [Line("this" if rival else "", told.equity, "a", area=rival is None)]
    falls = [Line("this" if rival else "", drawdowns(told.growth), "down", area=True)]
    if rival is not None:
        shift = story.start - rival.story.start
        equity.append(Line(other, [(at + shift, value) for at, value in rival.equity], "b"))
        falls.append(Line(other, [(at + shift, value) for at, value in drawdowns(rival.growth)], "b"))
    hedged = [(at.at, at.hedge_ratio / ONE) for at in points if at.hedge_ratio is not None and at.futures]
    ways = [Line("share of the mark", story.distance, "a")]
    charts = [
        chart("Equity", equity, unit=unit, span=span),
        chart("Below its height", falls, unit="%", zero=True, span=span),
        chart("Exposure", _exposure(points), unit=unit, zero=True, span=span),
        chart("Hedge ratio", [Line("", hedged, "c", steps=True)], unit="%", zero=True, span=span),
        chart("Way to liquidation", ways, unit="%", zero=True, band=NEAR, span=span),
        chart("Margin ratio", [Line("", story.ratio, "b", area=True)], unit="%", zero=True, band=CALLED, span=span),
        _funding(story),
        chart(
            "Fees to date",
            [
                Line("maker", _fees(story, taker=False), "d", steps=True),
                Line("taker", _fees(story, taker=True), "b", steps=True),
            ],
            unit=f"those paid in {unit}",
            zero=True,
            span=span,
        ),
    ]
    return f'<h2>Over time</h2><div class="grid">{"".join(charts)}</div>'


def _exposure(points: Sequence[Point]) -> list[Line]:
    return [
        Line("held", [(each.at, each.held / ONE) for each in points], "d", steps=True),
        Line("contracts", [(each.at, each.futures / ONE) for each in points], "b", steps=True),
        Line("net", [(each.at, each.exposure / ONE) for each in points], "a", steps=True),
    ]


def _funding(story: Story) -> str:
    """Payments as bars, and what they come to, as far as made in the report's currency."""
    paid = [(at, amount / ONE) for at, amount, asset in story.funding if asset == story.currency]
    sums = accumulate(amount for _, amount in paid)
    line = Line("to date", [(at, total) for (at, _), total in zip(paid, sums, strict=True)], "a", steps=True)
    unit = f"what was paid in {story.currency}"
    bars = [Bar(*each) for each in paid]
    return chart("Funding", [line], unit=unit, bars=bars, zero=True, span=(story.start, story.end))


def _fees(story: Story, *, taker: bool) -> Curve:
    """Fees of one role, of those paid in the report's currency."""
    mine = [fill for fill in story.fills if fill.taker is taker and fill.fee_asset == story.currency]
    if not mine:
        return []
    sums = list(accumulate(fill.fee for fill in mine))
    curve = [(fill.at, total / ONE) for fill, total in zip(mine, sums, strict=True)]
    return [(story.start, 0.0), *curve, (story.end, sums[-1] / ONE)]


def _prices(story: Story) -> str:
    drawn: list[str] = []
    for market, points in story.prices.items():
        fills = _spread([fill for fill in story.fills if fill.market == market], 400)
        marks = [Mark(fill.at, fill.price / ONE, fill.side > 0, _sentence(fill)) for fill in fills]
        drawn.append(chart(market, [Line("", points, "a")], marks=marks, span=(story.start, story.end)))
    return f'<h2>Fills on the price</h2><div class="grid">{"".join(drawn)}</div>' if drawn else ""


def _sentence(fill: FillSeen) -> str:
    side = "bought" if fill.side > 0 else "sold"
    return f"{iso_time(fill.at)}: {side} {plain(fill.qty)} at {plain(fill.price)}"


def _quality(story: Story) -> str:
    if not story.orders:
        return '<h2>Orders</h2><p class="soft">The account never sent an order.</p>'
    table = _table(("", ""), _figures(story), numbers={1})
    return f'<h2>Orders</h2><div class="grid"><div>{table}</div>{_waits(waits(story))}</div>'


def _figures(story: Story) -> list[list[str]]:
    """What became of orders, in numbers."""
    statuses = ("filled", "canceled", "expired", "rejected", "open")
    counts = [sum(order.status == status for order in story.orders) for status in statuses]
    asked = sum(order.qty for order in story.orders if order.status != "rejected")
    filled = sum(order.filled for order in story.orders)
    makers = sum(not fill.taker for fill in story.fills)
    slips = [(fill.slippage * 10_000, fill.taker) for fill in story.fills if fill.slippage is not None]
    waited = waits(story)
    return [
        ["Orders", f"{len(story.orders):,}"],
        *([status.capitalize(), f"{count:,}"] for status, count in zip(statuses, counts, strict=True) if count),
        ["Filled of what was asked for", percent(filled / asked) if asked else "–"],
        ["Fills as maker", percent(makers / len(story.fills)) if story.fills else "–"],
        ["Worse than the middle when the order came, mean", points_of([slip for slip, _ in slips])],
        ["The same as taker, mean", points_of([slip for slip, taker in slips if taker])],
        ["Wait for the first fill, half of them at most", f"{median(waited):,.3f} s" if waited else "–"],
        ["The same, 95 of a hundred", f"{waited[len(waited) * 95 // 100]:,.3f} s" if waited else "–"],
    ]


def points_of(found: Sequence[float]) -> str:
    """The mean of shares in basis points."""
    return f"{sum(found) / len(found):+.2f} bp".replace("-", "−") if found else "–"


def _waits(waited: Sequence[float]) -> str:
    """How many orders waited how long for their first fill."""
    if not waited:
        return ""
    below = 0
    bins: list[tuple[str, int]] = []
    for name, bound in STEPS:
        count = sum(wait < bound for wait in waited)
        bins.append((name, count - below))
        below = count
    most = max(count for _, count in bins)
    body = "".join(
        f'<tr><td class="t">{name}</td><td><meter min="0" max="{most}" value="{count}">{count}</meter></td>'
        f'<td class="n">{count:,}</td></tr>'
        for name, count in bins
    )
    head = '<tr><th>First fill</th><th></th><th class="n">orders</th></tr>'
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _fills(story: Story) -> str:
    if not story.fills:
        return '<h2>Fills</h2><p class="soft">There is none.</p>'
    rows = [
        [
            iso_time(fill.at), str(fill.seq), fill.market, "buy" if fill.side > 0 else "sell",
            "taker" if fill.taker else "maker", plain(fill.price), plain(fill.qty),
            f"{plain(fill.fee)} {fill.fee_asset}", f"{plain(fill.realised)} {fill.asset}" if fill.realised else "",
            "" if fill.kind == "trade" else fill.kind,
        ]
        for fill in story.fills[-LAST_FILLS:]
    ]  # fmt: skip
    note = (
        f"The last {LAST_FILLS} of {len(story.fills):,}" if len(story.fills) > LAST_FILLS else f"{len(rows):,} in all"
    )
    head = ("time", "record", "market", "side", "role", "price", "quantity", "fee", "realised", "")
    table = _table(head, rows, numbers={1, 5, 6, 7, 8}, narrow={0})
    return f"<h2>Fills</h2><details><summary>{note}</summary>{table}</details>"


def _refusals(story: Story) -> str:
    if not story.refusals:
        return '<h2>Refused</h2><p class="soft">Nothing was refused.</p>'
    rows = [
        [iso_time(each.at), str(each.seq), each.what, sentence(each.reason), each.reason, each.detail]
        for each in story.refusals
    ]
    first, rest = (_refused(part) for part in (rows[:OPEN_AT_FIRST], rows[OPEN_AT_FIRST:]))
    more = f"<details><summary>{len(rows) - OPEN_AT_FIRST:,} more</summary>{rest}</details>"
    return f"<h2>Refused <small>{len(rows):,}</small></h2>{first}{more if len(rows) > OPEN_AT_FIRST else ''}"


def _refused(rows: Sequence[Sequence[str]]) -> str:
    head = ("time", "record", "what", "why", "reason", "client id or detail")
    return _table(head, rows, numbers={1}, narrow={0}, wide={3})


def _again(story: Story, where: str, other: str) -> str:
    """The commands that make the page, check the log, and tell more."""
    account, log = quote(story.account), quote(where)
    told_in = f" --currency {quote(story.currency)}" if story.currency else ""
    compare = f" --compare {quote(other)}" if other else ""
    lines = (
        f"simexchange report {log} --account {account}{told_in}{compare} -o report.html",
        f"simexchange recheck {log}",
        f"simexchange export {log} --table orders --account {account}",
    )
    return (
        "<h2>Again</h2><p>The page is made from the log alone, and the first command makes it again. The second runs "
        "every command of the log and demands the same events, to the last digit. The third has every order.</p>"
        f"<pre>{escape(chr(10).join(lines))}</pre>"
    )


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: frozenset[int] | set[int] = frozenset(),
    narrow: frozenset[int] | set[int] = frozenset(),
    wide: frozenset[int] | set[int] = frozenset(),
) -> str:
    def css(place: int) -> str:
        kind = "n" if place in numbers else "t" if place in narrow else "w" if place in wide else ""
        return f' class="{kind}"' if kind else ""

    top = "".join(f"<th{css(place)}>{escape(name)}</th>" for place, name in enumerate(head)) if any(head) else ""
    top = f"<thead><tr>{top}</tr></thead>" if top else ""
    body = "".join(
        f"<tr>{''.join(f'<td{css(place)}>{escape(value)}</td>' for place, value in enumerate(row))}</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table>{top}<tbody>{body}</tbody></table></div>'


def _turnover(fills: Sequence[FillSeen]) -> list[str]:
    sums: dict[str, int] = {}
    for fill in fills:
        sums[fill.asset] = sums.get(fill.asset, 0) + fill.quote
    return [f"{money(amount)} {asset}" for asset, amount in sums.items()]


def _spread(fills: Sequence[FillSeen], most: int) -> Sequence[FillSeen]:
    """At most so many, evenly chosen."""
    return fills if len(fills) <= most else [fills[number * len(fills) // most] for number in range(most)]


def _colour(value: str) -> str:
    return "good" if value.startswith("+") else "bad" if value.startswith("−") else ""


def money(units: int, *, sign: bool = False) -> str:
    """An amount with separators: two places, more where it is small."""
    value = units / ONE
    text = f"{abs(value):,.2f}" if abs(value) >= 1 or not units else f"{abs(value):.8f}".rstrip("0")
    return f"−{text}" if units < 0 else f"+{text}" if sign and units > 0 else text


def plain(units: int) -> str:
    """An amount or a price as it is."""
    text = f"{abs(units) // ONE}.{abs(units) % ONE:08d}".rstrip("0").rstrip(".")
    return f"−{text}" if units < 0 else text


def percent(share: float, *, sign: bool = False) -> str:
    """A share of one in percent."""
    text = f"{abs(share) * 100:.2f} %"
    return f"−{text}" if share < -5e-5 else f"+{text}" if sign and share > 5e-5 else text


def number(value: float | None) -> str:
    """A ratio; a dash where there is none."""
    return "–" if value is None else f"{'−' if value < 0 else ''}{abs(value):.2f}"
