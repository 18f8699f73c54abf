"""The report: its ratios against numbers reckoned by hand, and a page that is whole, alone and safe."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, Amount
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.header import Header
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.reporting.drawing import Bar, Line, Mark, chart, lttb, nice
from simexchange.eventlog.reporting.gathering import gather, waits
from simexchange.eventlog.reporting.page import money, page, percent
from simexchange.eventlog.reporting.ratios import drawdowns, growth_of, ratios_of, returns_of, sharpe, sortino
from simexchange.eventlog.reporting.words import REASONS, sentence
from tests.eventlog.test_tables import based
from tests.eventlog.world import HEADER, LoggedWorld, busy_world

LOGS = sorted(Path("fixtures/logs").glob("*.jsonl"))
RETURNS = [0.1, -0.05, 0.02, 0.03, -0.04]


# By hand: mean 0.012; squares of the differences sum to 0.007744 + 0.003844 + 0.000064 + 0.000324 + 0.002704 = 0.01468;
# ÷ 4 = 0.00367, its root 0.0605805; of the downside (0.0025 + 0.0016) ÷ 5 = 0.00082, its root 0.0286356.


def test_sharpe_and_sortino_are_as_reckoned_by_hand() -> None:
    assert sharpe(RETURNS, 252) == pytest.approx(0.012 / 0.0605805 * 252**0.5, rel=1e-5)
    assert sortino(RETURNS, 252) == pytest.approx(0.012 / 0.0286356 * 252**0.5, rel=1e-5)


def test_they_are_what_empyrical_says() -> None:
    """Where it is installed; it is in no extra of ours."""
    empyrical = pytest.importorskip("empyrical")
    import numpy as np

    returns = np.array(RETURNS * 8 + [0.07, -0.01])
    assert sharpe(list(returns), 365) == pytest.approx(empyrical.sharpe_ratio(returns, annualization=365))
    assert sortino(list(returns), 365) == pytest.approx(empyrical.sortino_ratio(returns, annualization=365))
    curve = [(number, float(level)) for number, level in enumerate(np.cumprod([1.0, *(1 + returns)]))]
    assert min(fall for _, fall in drawdowns(curve)) == pytest.approx(empyrical.max_drawdown(returns))


def test_where_nothing_varies_or_falls_there_is_no_ratio() -> None:
    assert (sharpe([0.01] * 5, 1), sharpe([0.01], 1), sortino([0.01, 0.02], 1), sortino([], 1)) == (None,) * 4


def test_the_deepest_fall_is_from_the_height_before_it() -> None:
    """100 → 120 → 90 → 150 → 120: a quarter below 120, a fifth below 150."""
    falls = [fall for _, fall in drawdowns([(0, 100), (1, 120), (2, 90), (3, 150), (4, 120)])]

    assert falls == pytest.approx([0, 0, -0.25, 0, -0.2])


def test_money_that_comes_or_goes_is_no_growth() -> None:
    """100 grow to 110, 90 come, the 200 fall to 180: 1.1 × 0.9."""
    curve = growth_of([(0, 100, 100), (1, 110, 100), (2, 200, 190), (3, 180, 190)])

    assert [level for _, level in curve] == pytest.approx([1, 1.1, 1.1, 0.99])


def test_whoever_lost_everything_has_lost_everything() -> None:
    assert [level for _, level in growth_of([(0, 100, 100), (1, -5, 100), (2, 50, 155)])] == [1, 0, 0]


def test_growth_of_a_period_is_from_what_stood_at_its_ends() -> None:
    curve = [(0, 1.0), (HOUR // 2, 2.0), (HOUR, 1.5), (2 * HOUR + 1, 3.0), (3 * HOUR, 3.0)]

    assert returns_of(curve, HOUR) == pytest.approx([0.5, 0.0, 1.0])
    assert ratios_of(curve).period == "5 min"
    assert ratios_of([(0, 1.0), (40 * DAY, 1.1)]).period == "1 d"
    assert ratios_of([(0, 1.0), (5 * MINUTE, 1.1)]).sharpe is None
    assert ratios_of([]).periods == 0


def test_fewer_points_keep_the_shape() -> None:
    """Ends stay, and so does the one peak in a thousand."""
    points = [(number, 100.0 if number == 500 else number % 3) for number in range(1_000)]

    kept = lttb(points, 50)

    assert len(kept) == 50
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert (500, 100.0) in kept
    assert kept == sorted(kept)
    assert lttb(points[:10], 50) == points[:10]


@pytest.mark.parametrize(
    ("step", "round_one"), [(0.7, 1), (1, 1), (1.1, 2), (2.2, 2.5), (3, 5), (51, 100), (0.03, 0.05)]
)
def test_scales_have_round_steps(step: float, round_one: float) -> None:
    assert nice(step) == pytest.approx(round_one)


def test_a_chart_is_drawn_of_anything() -> None:
    flat = chart("<Flat>", [Line("a&b", [(0, 5.0), (HOUR, 5.0)], "a", area=True, steps=True)], unit="%")
    one = chart("One", [Line("", [(7, 0.0)], "b")], marks=[Mark(7, 0.0, buy=True, text="<x>")], band=(0, 1))
    bars = chart("Bars", [], bars=[Bar(0, -1.0), Bar(DAY, 2.0)])

    assert "&lt;Flat&gt;" in flat
    assert "a&amp;b" in flat
    assert "&lt;x&gt;" in one
    assert bars.count('class="bar') == 2
    assert "nothing to draw" in chart("None", [Line("", [], "a")])
    assert "nan" not in flat + one + bars


class Tags(HTMLParser):
    """Every tag and whether each is closed where it must be."""

    VOID = ("meta", "line", "rect", "path", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in self.VOID or tag == "path":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return tags


SECTIONS = ["Over time", "Orders", "Fills", "Refused", "Again"]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_every_log_has_a_page_that_stands_alone(path: Path) -> None:
    """Well-formed, with every part, and nothing in it that asks for anything from elsewhere or runs."""
    log = open_log(str(path))
    story = gather(log)
    text = page(story, str(path))
    log.close()

    tags = read(text)
    assert [name for name in SECTIONS if f"<h2>{name}" not in text] == []
    assert {"script", "link", "img", "iframe", "object"} & set(tags.seen) == set()
    assert [name for name, _ in tags.attributes if name.startswith("on") or name in {"src", "href"}] == []
    assert re.findall(r"https?:|url\(|@import", text) == []
    assert story.digest in text
    assert f"simexchange report {path}" in text


def test_the_page_tells_what_the_log_says() -> None:
    world = busy_world()
    story = gather(world.log, "taker")
    tags = read(page(story, "busy"))

    state = world.state
    cash = sum(
        balance.free + balance.held
        for (_, asset), balance in state.accounts[world.taker.no].balances.items()
        if asset == "USDT"
    )
    assert story.points[-1].seq <= world.log.last_seq
    assert money(story.points[-1].equity) in tags.text
    assert cash > 0
    assert story.fills
    assert len(waits(story)) == sum(order.filled > 0 for order in story.orders)


def test_every_refusal_is_there_with_its_reason_in_words() -> None:
    world = busy_world()
    for _ in range(30):
        world.third.buys("0.0001", at=100)
    story = gather(world.log, "third")
    tags = read(page(story, "busy"))

    assert len(story.refusals) >= 31
    assert tags.text.count(sentence(story.refusals[-1].reason)) == sum(
        each.reason == story.refusals[-1].reason for each in story.refusals
    )
    assert "6 more" in tags.text or f"{len(story.refusals) - 25} more" in tags.text


def test_words_are_of_reasons_there_are_and_any_other_is_told_by_its_name() -> None:
    assert set(REASONS) <= set(RejectReason)
    assert sentence("too_many_lists") == "Too many lists."


def test_slippage_is_against_the_middle_when_the_order_came() -> None:
    """Asks at 101, bids at 99: whoever buys at 101 pays a hundredth more than the middle of 100."""
    world = LoggedWorld(cash=10_000)
    world.maker.sells(1, at=101)
    world.maker.buys(1, at=99)
    world.taker.buys(1, at=101)

    (fill,) = gather(world.log, "taker").fills
    (made,) = gather(world.log, "maker").fills

    assert fill.slippage == pytest.approx(0.01)
    assert (fill.taker, made.taker, fill.side, made.side) == (True, False, Side.BUY, Side.SELL)


def test_names_and_client_ids_cannot_become_markup() -> None:
    world = LoggedWorld(cash=10_000)
    evil = "<script>alert('x')</script>\"&"
    world.run(cmd.OpenAccount(evil, "binance"))
    no = world.state.account_no[evil]
    world.run(cmd.Deposit(no, "spot", "USDT", Amount(100 * ONE)))
    from tests.core.world import Person

    Person(world, evil).buys("0.0001", at=50, client_id="<img src=x>")
    Person(world, evil).buys(1, at=50, client_id="<img src=y>")
    text = page(gather(world.log, evil), "<b>.sqlite", gather(world.log, "maker"), "'; rm -rf $HOME")

    tags = read(text)
    assert {"script", "img", "b"} & set(tags.seen) <= {"b"}
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>.sqlite" not in text
    assert """--compare ''"'"'; rm -rf $HOME'""" in tags.text


def test_two_logs_stand_beside_each_other() -> None:
    """The curve of the other one is moved to the same beginning."""
    world, other = busy_world(), LoggedWorld(MemoryLog(Header(8, HEADER.start + DAY)), cash=500)  # type: ignore[arg-type]
    text = page(gather(world.log, "taker"), "mine", gather(other.log, "taker"), "theirs")

    tags = read(text)
    assert "Beside theirs" in tags.text
    assert tags.seen.count("svg") >= 7


def test_without_an_account_it_is_of_whoever_traded_most() -> None:
    world = LoggedWorld(cash=10_000)
    world.maker.sells(1, at=101)
    world.third.sells(1, at=102)
    world.taker.buys(2, at=102)

    assert gather(world.log).account == "taker"


def test_an_account_that_never_traded_has_a_page_too() -> None:
    world = LoggedWorld(cash=10_000)
    world.run(cmd.OpenAccount("idle", "binance"))
    tags = read(page(gather(world.log, "idle"), "log"))

    assert "The account never sent an order." in tags.text
    assert "Nothing was refused." in tags.text


def test_what_is_not_there_is_said_so() -> None:
    world = LoggedWorld(cash=10_000)
    with pytest.raises(NotThere, match="the log has no account 'nobody'; accounts of people: maker"):
        gather(world.log, "nobody")
    with pytest.raises(NotThere, match="no market of the log has 'NIL'"):
        gather(world.log, "taker", "NIL")
    with pytest.raises(NotThere, match="has no account of a person"):
        gather(MemoryLog(HEADER))


def test_a_log_on_a_base_is_told_from_there_on(tmp_path: Path) -> None:
    whole = busy_world().log
    log = based(whole, whole.last_seq // 2, tmp_path / "based.jsonl")
    bare = based(whole, 30, tmp_path / "bare.jsonl", with_views=False)

    story, all_of_it = gather(log, "taker"), gather(whole, "taker")

    assert story.points[-1] == all_of_it.points[-1]
    assert len(story.fills) == sum(fill.seq > story.base for fill in all_of_it.fills)
    assert f"record {story.base:,}" in read(page(story, "fork")).text
    assert gather(log).account in {"maker", "taker", "third", "poor"}
    with pytest.raises(ConfigError, match="ask it of the log before"):
        gather(bare)
    for each in (log, bare):
        each.close()


def test_numbers_for_people() -> None:
    assert [money(1234_56000000), money(-ONE // 1000), money(5 * ONE, sign=True), money(0, sign=True)] == [
        "1,234.56", "−0.001", "+5.00", "0.00",
    ]  # fmt: skip
    assert [percent(0.1234), percent(-0.5), percent(0.2, sign=True), percent(0)] == [
        "12.34 %", "−50.00 %", "+20.00 %", "0.00 %",
    ]  # fmt: skip
