"""Numbers published by venues, or derived from their published rules, reproduced by the functions the engine uses.

The cases are read from ../shared/data/golden_cases.json. Each is either computed here or named in `LATER`, with
the step that brings it: a case that is neither fails.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from simexchange.core import brackets, display, filters, margin, marks, valuing
from simexchange.core.funding import payment
from simexchange.core.market import Funding
from simexchange.core.positions import effect
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import FundingRateSet
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.markets import Filters, Tier
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import FINE, ONE, Amount, Price, Quantity, Rate, div_zero, notional
from tests.core.world import PERP, SPOT, World, only
from tests.golden import backing, commissions, contracts, derivatives, selftrades, spotrules, trailing, unified

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "golden_cases.json"
Inputs = dict[str, Any]

COPYING = "copy trading: a later step"

LATER = {
    "bingx_ratio_copy": COPYING,
    "bingx_profit_share_hwm": COPYING,
}


def u(text: str | float) -> Any:
    """Decimal text in units, exactly."""
    value = Decimal(str(text)) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def text(value: int, unit: int = ONE) -> Decimal:
    """Units as a decimal number."""
    return Decimal(value) / unit


def one_tier(mmr: str, cum: str = "0") -> list[Tier]:
    """A bracket without bounds."""
    return [Tier(Amount(0), Amount(10**30), 1, Rate(u(mmr)), Amount(u(cum)))]


def cumulative(floors: list[str], rates: list[str]) -> list[Decimal]:
    """Maintenance amounts."""
    rows = [(u(floor), u(rate)) for floor, rate in zip(floors, rates, strict=True)]
    return [text(value) for value in brackets.cumulative(rows)]


def brackets_of_2021(i: Inputs) -> dict[str, object]:
    """The maintenance margin of a position in the third bracket."""
    caps, rates = [row[0] for row in i["tiers"]], [row[1] for row in i["tiers"]]
    amounts = cumulative(["0", *caps[:-1]], rates)
    maintained = brackets.maintenance(one_tier(rates[-1], str(amounts[-1])), u(i["notional"]))
    return {"cum": amounts[-1], "mm": text(maintained)}


def leg(i: Inputs) -> tuple[int, int]:
    """A linear position of the inputs."""
    qty = u(i["qty"]) * (1 if i["side"] == "LONG" else -1)
    return qty, qty * u(i["entry"])


def linear_liquidation(i: Inputs) -> dict[str, object]:
    """One linear position on its wallet, less other contracts' maintenance and plus their profit."""
    wallet = u(i.get("WB") or i["iso_wallet"])
    backing = wallet - div_zero(int(Decimal(i.get("TMM", "0")) * ONE), 1) + int(Decimal(i.get("UPNL", "0")) * ONE)
    held = leg(i)
    price = brackets.linear_liquidation_price(backing, [held], one_tier(i["mmr"], i["cum"]))
    found: dict[str, object] = {"liq": text(price), "api_value": text(price)}
    entry = u(i["entry"])
    found["bankruptcy"] = text(brackets.linear_bankruptcy_price(entry, wallet, held[0], 1))
    return found


def overcollateralised(i: Inputs) -> dict[str, object]:
    """The formula gives a price below zero, which is none."""
    qty, cost = leg(i)
    raw = (u(i["WB"]) * ONE - cost) * ONE // (abs(qty) * u(i["mmr"]) - qty * ONE)
    return {"raw": text(raw), "api_value": linear_liquidation(i)["api_value"]}


def inverse_liquidation(i: Inputs) -> dict[str, object]:
    """Coin-margined contracts."""
    worth = u(i["contracts"]) * int(i.get("contractSize") or i["contract_size"])
    signed = worth if i["side"].upper() == "LONG" else -worth
    cost = signed * ONE * ONE // u(i["entry"])
    wallet = u(i.get("WB") or i["wallet"])
    price = brackets.inverse_liquidation_price(wallet, [(signed, cost)], one_tier(i["mmr"], i["cum"]))
    return {"liq": text(price), "liquidation_price": None if price == 0 else text(price)}


def hedged_legs(i: Inputs) -> dict[str, object]:
    """A long and a short of one market on one wallet."""
    legs = [
        (u(i["long_qty"]), u(i["long_qty"]) * u(i["long_entry"])),
        (-u(i["short_qty"]), -u(i["short_qty"]) * u(i["short_entry"])),
    ]
    price = brackets.linear_liquidation_price(u(i["wallet"]), legs, one_tier(i["mmr"], i["cum"]))
    return {"liquidation_price": text(price), "side": "above" if price > u(i["long_entry"]) else "below"}


def order_cost(i: Inputs) -> dict[str, object]:
    """Initial margin and loss at birth."""
    side = 1 if i["side"] == "BUY" else -1
    margined, loss = brackets.order_cost(side, u(i["price"]), u(i["qty"]), u(i["mark"]), i["leverage"])
    return {"initial_margin": text(margined), "open_loss": text(loss), "cost": text(margined + loss)}


def margin_call(i: Inputs) -> dict[str, object]:
    """A published payload worked back."""
    worth = u(i["qty"]) * u(i["mark"]) // ONE
    maintained = brackets.maintenance(one_tier(i["mmr"]), worth)
    balance = u(i["cross_wallet"]) + u(i["upnl"])
    return {
        "maint_margin": text(maintained),
        "margin_balance": text(balance),
        "margin_ratio": text(display.ratio(maintained, balance)),
    }


def unrealised(i: Inputs) -> dict[str, object]:
    """Unrealised profit and notional, toward zero."""
    qty, entry, mark = u(i["qty"]), u(i["entry"]), u(i["mark"])
    return {"upnl": text(div_zero(qty * mark - qty * entry, ONE)), "notional": text(qty * mark // ONE)}


def fills(i: Inputs) -> dict[str, object]:
    """A story of fills on one linear position."""
    qty = cost = realised = 0
    entry = 0
    for side, size, price in i["fills"]:
        signed = u(size) * (1 if side == "BUY" else -1)
        before = display.entry_price(qty, cost)
        closed, opened = effect(qty, cost, PositionId(1), signed, notional(u(price), u(size)) * ONE, PositionId(2))
        if closed is not None:
            realised += closed.realised
            qty += -closed.qty if qty > 0 else closed.qty
            cost -= closed.cost_out
            entry = before
        if opened is not None:
            qty, cost = opened.qty_after, opened.cost_after
    after = text(display.entry_price(qty, cost))
    return {
        "realised": text(realised), "remaining": text(qty), "position": text(qty), "entry": after, "entry_after": after,
        "avg_entry": text(entry),
    }  # fmt: skip


def requirement(i: Inputs) -> dict[str, object]:
    """The larger of the two sides of one market."""
    p, b, a = u(i["position_notional"]), u(i["bid_notional"]), u(i["ask_notional"])
    whole = brackets.initial(max(abs(p + b), abs(p - a)), i["leverage"])
    held = brackets.initial(abs(p), i["leverage"])
    return {"requirement": text(whole), "position_im": text(held), "open_order_im": text(whole - held)}


def filter_case(i: Inputs) -> dict[str, object]:
    """One order against one filter."""
    market = World(SPOT).state.markets[MarketNo(1)]
    limits = Filters(
        price_min=Price(u(i.get("minPrice", 0))), price_max=Price(u(i.get("maxPrice", 0))),
        tick=Price(u(i.get("tickSize", "0"))), qty_min=Quantity(u(i.get("minQty", 0))),
        qty_max=Quantity(u(i.get("maxQty", 0))), step=Quantity(u(i.get("stepSize", "0"))),
        notional_min=Amount(u(i.get("minNotional", 0))), bid_up=Rate(u(i.get("bidUp", 0))),
        bid_down=Rate(u(i.get("bidDown", 0))), ask_up=Rate(u(i.get("askUp", 0))),
        ask_down=Rate(u(i.get("askDown", 0))),
    )  # fmt: skip
    reference = u(i.get("avg", 0))
    if "price" in i:
        found = filters.check_price(u(i["price"]), Side.BUY, market, limits, reference)
    elif i.get("type") == "MARKET":
        found = filters.check_market_order(u(i["qty"]), limits, reference, reduce_only=False)
    else:
        found = filters.check_qty(u(i["qty"]), limits, limits.step)
    answer: dict[str, object] = {"passes": found is None}
    if i.get("type") == "MARKET":
        answer["notional"] = text(reference * u(i["qty"]) // ONE)
    if "bidUp" in i:
        answer |= {
            "max_buy": text(reference * limits.bid_up // ONE), "min_buy": text(reference * limits.bid_down // ONE),
            "min_sell": text(reference * limits.ask_down // ONE), "max_sell": text(reference * limits.ask_up // ONE),
        }  # fmt: skip
    return answer


def spot_lock(i: Inputs) -> dict[str, object]:
    """A limit buy that is filled below its price, on a real book."""
    world = World(SPOT)
    world.taker.buys(i["qty"], at=i["price"])
    locked = world.taker.has("USDT")[1]
    other = World(SPOT)
    other.maker.sells(i["qty"], at=i["fill_price"])
    other.taker.buys(i["qty"], at=i["price"])
    refund = Decimal(i["price"]) * Decimal(i["qty"]) - Decimal(str(1_000_000 - other.taker.has("USDT")[0]))
    return {"locked_quote": Decimal(str(locked)), "refund_to_free_on_fill": refund}


def max_position(i: Inputs) -> dict[str, object]:
    """Owned and wanted base together, on a real account."""
    world = World(SPOT, filters=Filters(max_position=Quantity(u(i["maxPosition"]))), cash=0)
    world.run(_deposit(world, "BTC", u(i["free"]) + u(i["locked"])))
    world.run(_deposit(world, "USDT", u(10_000)))
    world.taker.sells(i["locked"], at=1000)
    bought = only(world.taker.buys(5, at=1), __import__("simexchange").core.vocabulary.events.OrderAccepted)
    assert bought
    refused = world.run(
        PlaceOrder(
            AccountNo(world.taker.no), world.market, Side.BUY, OrderKind.LIMIT, Quantity(u(i["new_buy_qty"])),
            Price(ONE), TimeInForce.GTC,
        )
    )  # fmt: skip
    position = Decimal(i["free"]) + Decimal(i["locked"]) + Decimal(i["open_buy_qty"])
    return {"passes": type(refused[0]).__name__ != "OrderRejected", "position": position}


def _deposit(world: World, asset: str, amount: int) -> Any:
    from simexchange.core.vocabulary.commands import Deposit

    return Deposit(world.taker.no, "spot", asset, Amount(amount))


HOURS = 3600 * 10**9


def funding_rate(i: Inputs) -> dict[str, object]:
    """The rate of a perpetual with that interval and interest."""
    spec = World(PERP).state.markets[MarketNo(2)].spec
    interest = u(i.get("interest") or i.get("interest_8h") or "0.0001")
    span = i.get("interval_h") or i["interval_hours"]
    spec = msgspec.structs.replace(spec, interest=interest)
    return {"rate": text(marks.funding_rate(u(i.get("avg_premium") or i["premium"]), spec, 0, span * HOURS))}


def premium_average(i: Inputs) -> dict[str, object]:
    """Samples with weights 1..n, in the closed form the state keeps."""
    every = 5 * 10**9
    # Ten thousand times the samples, so that the average is exact to twelve places.
    funding = Funding(0, 10**18, every)
    for number, sample in enumerate(i["samples"], 1):
        funding.sample(number * every, u(sample) * 10_000)
    average, _ = marks.average_premium(funding, len(i["samples"]) * every)
    return {"avg": text(average, ONE * 10_000)}


def premium(i: Inputs) -> dict[str, object]:
    """Impact prices of a book with one deep level a side."""
    world = World(PERP)
    world.maker.buys(5, at=i["impact_bid"])
    world.maker.sells(5, at=i["impact_ask"])
    impact = marks.impact_prices(world.state.markets[world.market])
    return {"premium": text(marks.premium_index(impact, u(i["index"])))}


def impact_size(i: Inputs) -> dict[str, object]:
    """What impact prices are taken over."""
    return {"imn": text(marks.impact_notional(i["max_leverage"], u(i["base_margin"])))}


def mark(i: Inputs) -> dict[str, object]:
    """The median, on a market in that state."""
    world = World(PERP)
    market = world.state.markets[world.market]
    funding = market.funding
    assert funding is not None
    funding.rate = u(i["last_funding"])
    at = funding.next_at - int(i["hours_to_funding"]) * 3600 * 10**9
    index, basis = u(i["index"]), u(i["basis_ma"])

    def median(last: str) -> int:
        market.last = u(last)
        return marks.mark_price(market, index, basis, at)

    # With a last price outside, the median is the nearer of the two others.
    return {
        "price1": text(median("1")), "price2": text(median("100000")), "mark": text(median(i["contract"])),
    }  # fmt: skip


def funding_payment(i: Inputs) -> dict[str, object]:
    """What a position of either kind of contract receives."""
    inverse = "contracts" in i
    spec = msgspec.structs.replace(
        World(PERP).state.markets[MarketNo(2)].spec, inverse=inverse, contract_size=Amount(u(i.get("contractSize", 1)))
    )
    qty = u(i["contracts" if inverse else "qty"]) * (1 if i["side"] == "LONG" else -1)
    return {"income": text(payment(valuing.value(spec, u(i["mark"]), qty), u(i["rate"])))}


def funding_cap(i: Inputs) -> dict[str, object]:
    """So many times the maintenance rate, as the cap of a market that the formula leaves far behind."""
    spec = World(PERP).state.markets[MarketNo(2)].spec
    cap = marks.funding_bound(u(i["mmr_max_leverage"]), u(i["multiplier"]))
    spec = msgspec.structs.replace(spec, funding_cap=Rate(cap))
    return {"capped": text(marks.funding_rate(u(i["raw"]), spec, 0, 8 * HOURS))}


def clearance_fee(i: Inputs) -> dict[str, object]:
    """The fee on what was liquidated, and never more than what is left."""
    sold, rate, left = u(i["liquidated_notional"]), u(i["liquidationFee"]), u(i["remaining_collateral"])
    return {
        "nominal": text(brackets.liquidation_fee(sold, rate, sold)),
        "charged": text(brackets.liquidation_fee(sold, rate, left)),
    }


def two_takeovers(i: Inputs) -> dict[str, object]:
    """After the first takeover the equity is spent; the second is at its mark."""
    equity = u(i["equity"])
    first = brackets.linear_bankruptcy_price(u(60_000), equity, u(1), 1)
    after_first = equity - (u(60_000) - first)
    second = brackets.linear_bankruptcy_price(u(3_000), after_first, u(1), 1)
    return {"equity_after_both": text(after_first - (u(3_000) - second))}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    **commissions.CASES,
    **backing.CASES,
    **contracts.CASES,
    **selftrades.CASES,
    **spotrules.CASES,
    **trailing.CASES,
    **derivatives.CASES,
    **unified.CASES,
    "filter_price_tick": filter_case,
    "filter_lot_step": filter_case,
    "filter_percent_price_by_side_buy": filter_case,
    "filter_notional_market": filter_case,
    "filter_max_position": max_position,
    "spot_lock_limit_buy": spot_lock,
    "maint_amount_recursion_BTCUSDT_b6": lambda i: {"cum": cumulative(i["floors"], i["mmr"])},
    "coinm_cum_recursion": lambda i: {"cum": cumulative(["0", *i["caps_btc"]][: len(i["mmr"])], i["mmr"])},
    "maint_amount_2021_500k": brackets_of_2021,
    "liq_usdm_eth_isolatedlike": linear_liquidation,
    "liq_usdm_btc_isolatedlike": linear_liquidation,
    "liq_usdm_eth_cross": linear_liquidation,
    "liq_usdm_iso_long_20x": linear_liquidation,
    "liq_usdm_iso_short_20x": linear_liquidation,
    "liq_usdm_cross_b3": linear_liquidation,
    "liq_usdm_overcollateralised": overcollateralised,
    "liq_coinm_forum_calculator": inverse_liquidation,
    "liq_coinm_forum_old_cum": inverse_liquidation,
    "liq_coinm_short": inverse_liquidation,
    "liq_inverse_short_1x_none": inverse_liquidation,
    "liq_hedged_cross_equal_legs": hedged_legs,
    "cost_limit_long": order_cost,
    "cost_limit_short_openloss": order_cost,
    "breakeven_real_WLD": lambda i: {
        "breakEvenPrice": text(display.break_even_fine(ONE, u(i["entry"]) * ONE, u(i["open_fee_rate"])), FINE)
    },
    "margin_call_80pct": margin_call,
    "upnl_trunc_real": unrealised,
    "linear_realised_partial": fills,
    "linear_flip": fills,
    "open_order_margin_max": requirement,
    "funding_rate_inside_band": funding_rate,
    "funding_rate_high": funding_rate,
    "funding_rate_4h": funding_rate,
    "impact_margin_notional_bnb": impact_size,
    "premium_twap": premium_average,
    "premium_index": premium,
    "funding_payment_linear": funding_payment,
    "funding_payment_inverse": funding_payment,
    "funding_cap": funding_cap,
    "mark_price_median": mark,
    "liq_clearance_fee": clearance_fee,
    "max_withdraw_cross": lambda i: {
        "max_withdraw": text(
            margin.withdrawable(u(i["cross_wallet"]), u(i["cross_upnl"]), u(i["cross_im"]), u(i["cross_mm"]))
        )
    },
    "bankruptcy_cross_two_positions": two_takeovers,
}
WORDS = {"code", "msg", "mmr"}
"""Parts of an expectation that are a dialect's words, or come with a later step."""


def cases() -> list[dict[str, Any]]:
    """All of them, or none where the data is absent."""
    return json.loads(DATA.read_text())["cases"] if DATA.exists() else []


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/golden_cases.json")
def test_every_case_is_computed_or_named_as_later() -> None:
    """None is forgotten."""
    names = {case["name"] for case in cases()}

    assert set(CASES) | set(LATER) == names
    assert not set(CASES) & set(LATER)


@pytest.mark.parametrize("case", [c for c in cases() if c["name"] in CASES], ids=lambda case: case["name"])
def test_a_published_number_is_reproduced(case: dict[str, Any]) -> None:
    """To the tolerance the case names: exact where it is 0."""
    found = CASES[case["name"]](case["inputs"])

    compared = 0
    for key, expected in case["expected"].items():
        if key in WORDS:
            continue
        compared += 1
        assert key in found, f"{key} is not computed"
        assert_close(found[key], expected, Decimal(case["tolerance"]))
    assert compared


def assert_close(found: object, expected: object, tolerance: Decimal) -> None:
    """Numbers within the tolerance, lists and tables member by member, all else equal."""
    if isinstance(expected, list):
        assert isinstance(found, list)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other, tolerance)
    elif isinstance(expected, dict):
        assert isinstance(found, dict)
        for key, value in expected.items():
            assert_close(found[key], value, tolerance)
    elif isinstance(found, Decimal) and expected is not None:
        assert abs(found - Decimal(str(expected))) <= tolerance, f"{found} is not {expected}"
    else:
        assert found == expected


def test_a_predicted_rate_is_the_rate_that_is_settled() -> None:
    """One formula: what is shown a nanosecond before is what is paid."""
    world = World(PERP)
    world.maker.buys(10, at=100)
    world.maker.sells(10, at=101)
    world.index("99.5")
    market = world.state.markets[world.market]
    assert market.funding is not None
    due = market.funding.next_at

    shown = marks.predicted_rate(market, due)
    settled = only(world.passes(due - world.at), FundingRateSet)

    assert settled[0].rate == shown
