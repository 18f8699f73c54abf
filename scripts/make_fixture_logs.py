"""Writes fixtures/logs/*.jsonl: short stories that together contain every event and every refusal a log can hold.

Run as ``python -m scripts.make_fixture_logs [FOLDER]``. The logs are committed and rechecked by tests/replays: they are
made again only when the engine's revision was raised on purpose.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.conditional_stories import conditional, protected
from scripts.delivery_story import delivery
from scripts.family_story import families
from scripts.list_stories import lists
from scripts.matching_story import matching
from scripts.mode_story import modes
from scripts.one_account_story import one_account
from scripts.pooling_story import bonus, pooling
from scripts.price_story import prices
from scripts.rules_stories import closing, commissions, limits, routing
from scripts.second_rules_story import second_rules
from scripts.storytelling import (
    BUY,
    FOK,
    GTC,
    GTD,
    IOC,
    MARKETS,
    OTHER,
    PERP,
    POST_ONLY,
    SELL,
    SPOT,
    START,
    TIERS,
    Story,
    units,
)
from scripts.waterfall_story import waterfall
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.levels import NO_LEVELS, Levels
from simexchange.core.vocabulary.markets import (
    Filters,
    Market,
    MarketKind,
    MarketStatus,
)
from simexchange.core.vocabulary.notes import NoteAlarm, NoteFault, NoteRepair, NoteStep, SetAlarm
from simexchange.core.vocabulary.orders import (
    AccountClass,
    AccountOption,
    MarginMode,
    OrderKind,
    Peg,
    PositionMode,
    SelfTrade,
    Side,
    Slot,
    Terms,
    TimeInForce,
)
from simexchange.core.vocabulary.units import DAY, HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.jsonl import export

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "logs"


def spot() -> Story:
    """A morning on a spot market: every time in force, orders by value, expiries, a self-trade, fees."""
    story = Story(1)
    ann = story.joins("ann", usdt="10000", btc="10")
    bob = story.joins("bob", usdt="5000.00000001")
    story.order(ann, SELL, "1", "100", client_id="first")
    story.order(bob, BUY, "0.4", "100")
    story.order(bob, BUY, "0.333", "101", IOC)
    story.order(bob, BUY, "5", "100", IOC)
    story.order(ann, SELL, "2", "102")
    story.order(ann, SELL, "2", "103")
    story.order(bob, BUY, "4", "103", FOK)
    story.order(ann, SELL, "3", "104", POST_ONLY)
    story.order(bob, BUY, "0", more=Terms(quote_qty=Amount(units("99.99"))))
    story.order(bob, BUY, "0.001", "98.37", GTD, more=Terms(good_till=Nanos(story.at + 2 * SECOND)))
    resting = story.order(bob, BUY, "1", "97", client_id="again")
    story.passes(5 * SECOND)
    story.does(cmd.CancelOrder(bob, SPOT, resting))
    story.order(bob, BUY, "1", "96", client_id="again")
    story.does(cmd.CancelOrder(bob, SPOT, client_id="again"))
    story.does(cmd.SetFees(bob, SPOT, Rate(0), Rate(10_000)), "control")
    story.order(bob, SELL, "1.5")
    story.order(bob, BUY, "0.5", "95")
    story.order(bob, BUY, "0.5", "94")
    story.order(ann, SELL, "2")
    story.order(ann, BUY, "1", "90")
    story.order(ann, SELL, "0.5", "90")
    story.does(cmd.CancelAll(ann))
    story.does(cmd.Transfer(bob, "spot", "funding", "BTC", Amount(units("0.1"))))
    story.does(cmd.Withdraw(bob, "funding", "BTC", Amount(units("0.1"))))
    story.does(cmd.SetMarketStatus(SPOT, MarketStatus.HALT), "control")
    story.does(cmd.SetMarketStatus(SPOT, MarketStatus.TRADING), "control")
    story.passes(60 * SECOND)
    return story


def perpetual() -> Story:
    """A day of two perpetuals: flips, reducers, leverage, funding with dust, a frozen index, money moved about."""
    story = Story(2)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(1_000))), "control")
    ann, bob, cleo = (story.joins(name, usdt="500", margin="1000") for name in ("ann", "bob", "cleo"))
    story.index("100")
    story.index("10.00000003", "ETH-USDT")
    story.does(cmd.SetLeverage(bob, PERP, 20))
    story.order(ann, SELL, "3", "101", market=PERP)
    story.order(bob, BUY, "3", "101", market=PERP)
    story.order(cleo, BUY, "4", "100.5", market=PERP)
    story.order(bob, SELL, "5", market=PERP)
    first = story.order(bob, BUY, "1", "99", market=PERP, more=Terms(reduce_only=True))
    story.order(bob, BUY, "1", "98", market=PERP, more=Terms(reduce_only=True))
    story.order(ann, SELL, "1", "99", market=PERP)
    story.does(cmd.CancelOrder(bob, PERP, first))
    story.order(ann, SELL, "7.77777777", "10.1", market=OTHER)
    story.order(bob, BUY, "3.33333331", "10.1", market=OTHER)
    story.order(cleo, BUY, "1.11111113", "10.1", market=OTHER)
    story.passes(HOUR)
    story.index("103.37")
    story.index("10.30000007", "ETH-USDT")
    story.passes(8 * HOUR)
    story.does(cmd.Transfer(cleo, "usdm", "spot", "USDT", Amount(units(100))))
    story.does(cmd.Transfer(cleo, "spot", "usdm", "USDT", Amount(units(50)), bob))
    story.mark("102.99")
    story.index("104", frozen=True)
    story.index("103")
    story.order(cleo, SELL, "10", "50", market=PERP, tif=IOC)
    story.order(ann, BUY, "2", "103", GTD, market=PERP, more=Terms(good_till=Nanos(story.at + HOUR)))
    story.passes(DAY - 10 * HOUR)
    return story


def liquidation() -> Story:
    """Leverage meets a falling mark: orders cancelled, a sale, a fee, a takeover, the fund selling."""
    story = Story(3, maker=0, taker=0)
    story.does(cmd.ProvideCapital("usdm", "USDT", Amount(units(500))), "control")
    ann = story.joins("ann", margin="100000")
    bob = story.joins("bob", margin="109")
    cleo = story.joins("cleo", margin="2000")
    dan = story.joins("dan", margin="22")
    story.index("100")
    story.index("100", "ETH-USDT")
    story.order(ann, SELL, "10", "100", market=PERP)
    story.order(bob, BUY, "10", "100", market=PERP)
    story.order(bob, BUY, "0.05", "50", market=PERP)
    story.order(ann, BUY, "2", "100", market=OTHER)
    story.order(dan, SELL, "2", "100", market=OTHER)
    story.order(cleo, BUY, "4", "89.5", market=PERP)
    story.order(dan, BUY, "1", "60", market=OTHER)
    story.mark("89.6")
    story.order(cleo, BUY, "2", "88", market=PERP)
    story.passes(3 * SECOND)
    story.order(cleo, BUY, "20", "87.99", market=PERP)
    story.passes(3 * SECOND)
    story.mark("140", OTHER)
    story.passes(2 * SECOND)
    story.order(ann, SELL, "5", "139", market=OTHER)
    story.passes(2 * SECOND)
    story.order(bob, SELL, "1", "89", market=PERP)
    return story


def tape() -> Story:
    """A recorded market with two users in it: queues, prints, levels that come through a user's price."""
    story = Story(4)
    ann = story.joins("ann", usdt="10000", btc="10", margin="5000")
    bob = story.joins("bob", usdt="10000", btc="10", margin="5000")
    for market in (SPOT, PERP):
        story.does(cmd.OpenAccount(f"house:{MARKETS[market - 1].id}", "", AccountClass.HOUSE), "feed:tape")
    story.does(cmd.NoteFeed("tape", "started", "shift 0"), "control")
    story.does(cmd.DescribeHistory("BTC-USDT", 4, "none", Nanos(2 * DAY), Price(units(100)), "0" * 32), "control")
    story.index("100")
    for market in (SPOT, PERP):
        frame(story, market, {"99": "5", "98": "9"}, {"101": "5", "102": "9"}, snapshot=True)
        story.order(ann, BUY, "2", "99", market=market)
        frame(story, market, {"99": "7"}, {})
        printed(story, market, "99", "6", SELL)
        printed(story, market, "98", "1", SELL)
        story.order(bob, BUY, "6", "101", IOC, market=market)
        frame(story, market, {}, {"101": "4"})
        story.order(bob, BUY, "3", "100", market=market)
        frame(story, market, {}, {"99.5": "2"})
        frame(story, market, {}, {"99.5": "0", "100": "4"})
        touch(story, market, "98.5", "100.5")
        story.passes(SECOND)
        frame(story, market, {"97": "1"}, {"101": "3"})
        printed(story, market, "103", "9", BUY)
        story.does(cmd.CancelAll(bob, market))
        frame(story, market, {"95": "5"}, {"96": "5"}, snapshot=True, resilience=SECOND)
        story.order(ann, SELL, "1", "95", IOC, market=market)
        story.passes(2 * SECOND)
        frame(story, market, {"94": "1"}, {})
    story.does(cmd.NoteFeed("tape", "ended"), "control")
    return story


def frame(
    story: Story, market: MarketNo, bids: dict[str, str], asks: dict[str, str], *, snapshot: bool = False,
    resilience: int = 0,
) -> None:  # fmt: skip
    """A depth frame."""
    levels = [Levels.of([(units(p), units(q)) for p, q in side.items()]) for side in (bids, asks)]
    command = cmd.AdjustBook(market, levels[0], levels[1], snapshot=snapshot, resilience=Nanos(resilience))
    story.does(command, "feed:tape")


def touch(story: Story, market: MarketNo, bid: str, ask: str) -> None:
    """The best prices alone."""
    one = [Levels.of([(units(price), ONE)]) for price in (bid, ask)]
    story.does(cmd.AdjustBook(market, one[0], one[1], touch=True), "feed:tape")


def printed(story: Story, market: MarketNo, price: str, qty: str, aggressor: Side) -> None:
    """A print."""
    story.does(cmd.PrintTrade(market, Price(units(price)), Quantity(units(qty)), aggressor), "feed:tape")


STRICT = Filters(
    price_min=Price(units(10)), price_max=Price(units(1000)), qty_min=Quantity(units("0.01")),
    qty_max=Quantity(units(100)), market_qty_min=Quantity(units("0.02")), market_qty_max=Quantity(units(50)),
    market_step=Quantity(units("0.01")), notional_min=Amount(units(5)), notional_max=Amount(units(5000)),
    bid_up=Rate(units("1.2")), bid_down=Rate(units("0.5")), ask_up=Rate(units(2)), ask_down=Rate(units("0.8")),
    max_orders=2, max_position=Quantity(units(60)), iceberg_parts=50, max_iceberg_orders=1,
    self_trade_modes=(int(SelfTrade.NONE), int(SelfTrade.EXPIRE_TAKER)),
)  # fmt: skip


def refused_orders() -> Story:  # noqa: PLR0915 - a line for each reason
    """Orders, each refused for one reason, in the order of the reasons."""
    story = Story(5)
    story.rules(SPOT, STRICT, ())
    story.rules(PERP, Filters(market_take_bound=Rate(units("0.05"))), TIERS)
    ann = story.joins("ann", usdt="100000", btc="55", margin="100000")
    bob = story.joins("bob", usdt="1000", margin="50")
    cleo = story.joins("cleo", usdt="10000", btc="55")
    story.order(ann, SELL, "1", "100")
    story.order(cleo, BUY, "1", "100")
    story.order(ann, BUY, "1", "99")
    story.order(ann, SELL, "1", "101", client_id="mine")
    limit, market = OrderKind.LIMIT, OrderKind.MARKET

    def refused(who: AccountNo, kind: OrderKind, qty: str, price: str, tif: TimeInForce = GTC, **terms: Any) -> None:
        more = Terms(**terms) if terms else None
        story.place(who, BUY, kind, qty, price, tif, more=more)

    story.place(AccountNo(99), BUY, limit, "1", "100")
    story.place(bob, BUY, limit, "1", "100", market=MarketNo(99))
    story.does(cmd.SetMarketStatus(OTHER, MarketStatus.CANCEL_ONLY), "control")
    story.place(bob, BUY, limit, "1", "100", market=OTHER)
    refused(bob, limit, "1", "100", sub_position=1)
    refused(bob, limit, "1", "100", reduce_only=True)
    refused(bob, limit, "1", "100", slot=Slot.LONG)
    refused(bob, limit, "0", "100")
    refused(bob, limit, "1", "0")
    refused(bob, limit, "1", "100", self_trade=SelfTrade.TRANSFER)
    refused(bob, limit, "1", "0", peg=Peg(level=9))
    refused(bob, limit, "1", "9.99")
    refused(bob, limit, "1", "1000.01")
    refused(bob, limit, "1", "100.001")
    refused(bob, limit, "1", "120.01")
    refused(bob, limit, "1", "49.99")
    refused(bob, limit, "0.009", "100")
    refused(bob, limit, "100.001", "100")
    refused(bob, limit, "0.0101", "100")
    refused(bob, market, "0.01", "0")
    refused(bob, market, "50.01", "0")
    refused(bob, market, "0.021", "0")
    refused(bob, limit, "0.04", "100")
    refused(bob, limit, "50.001", "100")
    refused(cleo, limit, "10", "100")
    refused(ann, limit, "1", "100")
    story.does(cmd.CancelAll(ann, SPOT))
    story.order(ann, SELL, "1", "101", client_id="mine")
    story.order(ann, SELL, "1", "101", client_id="mine")
    refused(bob, limit, "1", "100", GTD, good_till=story.at)
    refused(bob, limit, "1", "100", iceberg_qty=Quantity(units("1.1")))
    refused(bob, limit, "1", "100", iceberg_qty=Quantity(units("0.01")))
    refused(bob, limit, "1", "99.5", iceberg_qty=Quantity(units("0.5")))
    refused(bob, limit, "1", "99.5", iceberg_qty=Quantity(units("0.5")))
    story.does(cmd.CancelAll(bob, SPOT))
    refused(bob, market, "0", "0", quote_qty=Amount(units(500)))
    refused(bob, limit, "1", "101", POST_ONLY)
    refused(bob, limit, "2", "101", FOK)
    refused(bob, limit, "11", "100")
    story.index("100")
    story.order(ann, SELL, "1", "106", market=PERP)
    story.order(bob, BUY, "1", market=PERP)
    story.order(bob, BUY, "1", "100", market=PERP, more=Terms(reduce_only=True))
    story.order(bob, BUY, "1001", "100", market=PERP)
    story.order(bob, BUY, "6", "100", market=PERP)
    story.order(ann, SELL, "2", "100", market=PERP)
    story.order(bob, BUY, "2", "100", market=PERP)
    story.order(bob, SELL, "2", "110", market=PERP, more=Terms(reduce_only=True))
    story.order(bob, SELL, "1", "111", market=PERP, more=Terms(reduce_only=True))
    return story


def refused_commands() -> Story:
    """Everything else that can be refused: names, money, settings, prices."""
    story = Story(6)
    ann = story.joins("ann", margin="1000")
    bob = story.joins("bob", margin="100")
    usdm, one = "usdm", Amount(ONE)
    story.index("100")
    story.order(ann, SELL, "9", "100", market=PERP)
    story.order(bob, BUY, "9", "100", market=PERP)
    tickless = Market("spot:A-B", MarketKind.SPOT, "A", "B", "B", Price(0), Quantity(1))
    past = Market("dated:A-B-191227", MarketKind.DATED, "A", "B", "B", Price(1), Quantity(1), expiry=START)
    rules = story.state.rules["binance", PERP]
    for command in (
        cmd.OpenExchange(1, START),
        cmd.OpenAccount("ann", "binance"),
        cmd.OpenAccount("cleo", "nowhere"),
        cmd.ListMarket(MARKETS[0]),
        cmd.ListMarket(tickless),
        cmd.ListMarket(past),
        cmd.SetRules("nowhere", PERP, rules),
        cmd.SetRules("binance", MarketNo(99), rules),
        cmd.Deposit(AccountNo(99), usdm, "USDT", one),
        cmd.Deposit(ann, "pocket", "USDT", one),
        cmd.Deposit(ann, usdm, "", one),
        cmd.Deposit(ann, usdm, "USDT", Amount(0)),
        cmd.Withdraw(bob, usdm, "USDT", Amount(units(11))),
        cmd.Transfer(bob, usdm, "spot", "USDT", Amount(units(101))),
        cmd.CancelOrder(ann, PERP, OrderId(1)),
        cmd.CancelOrder(ann, PERP, client_id="nothing"),
        cmd.SetLeverage(bob, PERP, 21),
        cmd.SetLeverage(bob, PERP, 5),
        cmd.SetMarginMode(ann, PERP, MarginMode.ISOLATED),
        cmd.SetMarginMode(ann, PERP, MarginMode.CROSS),
        cmd.AdjustMargin(ann, PERP, Slot.NET, 0, Amount(ONE)),
        cmd.SetAutoMargin(ann, PERP, Slot.NET, 0, on=True),
        cmd.SetPositionMode(ann, PositionMode.HEDGE),
        cmd.SetFees(ann, PERP, Rate(-1), Rate(0)),
        cmd.SetAccountOption(ann, AccountOption.SELF_TRADE, 2),
        cmd.SetAccountOption(ann, AccountOption.SELF_TRADE, 2),
        cmd.SetAccountOption(ann, AccountOption.TRADE_GROUP, -1),
        cmd.SetIndex("DOGE-USDT", Price(ONE)),
        cmd.SetIndex("BTC-USDT", Price(0)),
        cmd.SetMark(SPOT, Price(ONE)),
        cmd.SetMarketStatus(PERP, MarketStatus.TRADING),
        cmd.AdjustBook(SPOT, NO_LEVELS, NO_LEVELS),
        cmd.PrintTrade(MarketNo(99), Price(1), Quantity(1), BUY),
    ):
        story.does(command, "control")
    story.order(ann, SELL, "1", "100", market=PERP)
    story.does(cmd.SetLeverage(ann, PERP, 20), "control")
    return story


def notes() -> Story:
    """What is written down beside trading: a fault, an alarm, a step of a scenario, a repair."""
    story = Story(5)
    ann = story.joins("ann", usdt="1000", btc="0", margin="1000")
    story.does(SetAlarm(ann, "mine", "margin_ratio", Rate(units("0.5")), "usdm", PERP, pause=True), "control")
    story.does(NoteStep("fall", 1, "BTC-USDT falls by 10 % within a minute"), "feed:scenario")
    story.does(NoteFault("latency", "rest", "POST /api/v3/order", 1, "in", 3, '{"ms":250}', "slow", ann), "gateway")
    story.does(NoteAlarm(ann, "mine", "margin_ratio", Rate(units("0.5")), Rate(units("0.51")), "usdm"), "control")
    story.does(SetAlarm(ann, "mine", "", Rate(0)), "control")
    story.does(SetAlarm(AccountNo(99), "nobody's", "margin_ratio", Rate(1)), "control")
    story.does(NoteRepair("torn_tail", 5, "17 bytes"), "control")
    return story


STORIES: dict[str, Callable[[], Story]] = {
    "spot": spot,
    "perpetual": perpetual,
    "liquidation": liquidation,
    "tape": tape,
    "matching": matching,
    "conditional": conditional,
    "protected": protected,
    "refused_orders": refused_orders,
    "refused_commands": refused_commands,
    "commissions": commissions,
    "limits": limits,
    "lists": lists,
    "closing": closing,
    "routing": routing,
    "prices": prices,
    "delivery": delivery,
    "one_account": one_account,
    "pooling": pooling,
    "bonus": bonus,
    "waterfall": waterfall,
    "modes": modes,
    "families": families,
    "second_rules": second_rules,
    "notes": notes,
}


def written(story: Story) -> bytes:
    """The story's log as JSON lines, its header first."""
    story.recorder.flush()
    return b"".join(export(story.log, header=True))


def main(folder: Path = FOLDER) -> None:
    """Write every story."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, tell in STORIES.items():
        (folder / f"{name}.jsonl").write_bytes(written(tell()))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
