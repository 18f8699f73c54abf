"""Answers have the members, and of the JSON types, of published examples; and no member is a constant by accident.

The examples are payloads beside the repository; several are pages of years ago, or of another product copied by hand.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.contract import Route
from tests.dialects.binance.effects import (
    another_day,
    coinm_day,
    coinm_rows,
    spot_day,
    spot_rows,
    usdm_day,
    usdm_rows,
)
from tests.dialects.binance.effects.constants import CONSTANT
from tests.dialects.binance.effects.effect import ABSENT, Row, known
from tests.dialects.binance.effects.shape import Published, leaves, published, shape_of
from tests.dialects.binance.effects.shapes_known import DIFFERENT, EMPTY, SENT
from tests.dialects.binance.effects.shop import Answer, Shop
from tests.dialects.binance.effects.test_effects import DAYS, told_effects

SHARED: Final = Path(__file__).parents[5] / "shared"
TABLES: Final = {
    "spot": (spot_rows.ROWS, spot_day.USUAL),
    "usdm": (usdm_rows.ROWS, usdm_day.USUAL),
    "coinm": (coinm_rows.ROWS, coinm_day.USUAL),
}


class Case(NamedTuple):
    """One served call with a published answer."""

    product: str
    route: Route
    example: Published


def cases() -> Iterator[Case]:
    if not (SHARED / "payloads").exists():
        return
    routes = {f"{route.method} {route.path}": (name, route) for name in TABLES for route in DAYS[name]().product.routes}
    for example in published(SHARED):
        if example.call in routes:
            yield Case(*routes[example.call], example)


CASES: Final = [pytest.param(case, id=case.example.name.replace("/", "-")) for case in cases()]


def sent(product: str, route: Route, shop: Shop, more: Mapping[str, str]) -> dict[str, str]:
    """What the call is asked with: its row's base, what it needs beside, and *more*."""
    rows, usual = TABLES[product]
    row = rows.get(f"{route.method} {route.path}", Row())
    asked = dict(row.base)
    for name, param in known(route.check).items():
        if param.required and name not in asked:
            asked[name] = (row.values.get(name) or usual[name])[0]
    asked |= more
    filled = {
        name: re.sub(r"\{([^{}\":]+)\}", lambda found: shop.noted[found[1]], text) for name, text in asked.items()
    }
    return {name: text for name, text in filled.items() if text != ABSENT}


def asked(product: str, route: Route, shop: Shop, more: Mapping[str, str]) -> Answer:
    day = shop if route.method == "GET" else shop.again()
    row = TABLES[product][0].get(f"{route.method} {route.path}", Row())
    return day.signed(getattr(day, row.asker), route.method, route.path, **sent(product, route, shop, more))


@pytest.mark.parametrize("case", CASES)
def test_an_answer_has_the_published_shape(case: Case) -> None:
    call = case.example.call
    if call in EMPTY:
        pytest.skip(EMPTY[call])

    answer = asked(case.product, case.route, DAYS[case.product](), SENT.get(case.example.name) or SENT.get(call, {}))

    assert answer.status == 200, answer.body
    theirs, ours = shape_of(case.example.body), shape_of(answer.body)
    differences = {
        *(f"without {path}" for path in outermost(theirs.keys() - ours.keys())),
        *(f"with {path}" for path in outermost(ours.keys() - theirs.keys())),
        *(f"as another type {path}" for path in theirs.keys() & ours.keys() if not ours[path] <= theirs[path]),
    }
    assert differences == set(DIFFERENT.get(case.example.name, {}))


def outermost(paths: set[str]) -> set[str]:
    """Without those inside of another one."""
    return {path for path in paths if not any(path.startswith((f"{outer}.", f"{outer}[")) for outer in paths)}


def test_every_difference_has_its_reason() -> None:
    assert all(reason.endswith(".") for differences in DIFFERENT.values() for reason in differences.values())


# Values


@cache
def two_days(product: str) -> tuple[Shop, Shop]:
    """The day of the effects, and the same an hour later when rarer things had been done."""
    shop = DAYS[product]()
    return shop, getattr(another_day, product)(shop.again())


def askings(product: str, route: Route, shop: Shop) -> Iterator[dict[str, str]]:
    """Every way the table of effects asks the call, and each market by name."""
    call = f"{route.method} {route.path}"
    names = known(route.check)
    yield sent(product, route, shop, {})
    for effect in (one for _, one in told_effects() if one.call == call):
        for value in effect.values:
            yield sent(product, route, shop, {**effect.base, effect.param: value})
    if "symbol" in names and "pair" not in names:
        for spec in (market.spec for market in shop.state.markets.values()):
            yield sent(product, route, shop, {"symbol": symbol_of(spec)})
    for note in ("third prevented", "third algo"):
        for name in {"orderId", "algoId"} & names.keys():
            if note in shop.noted:
                symbol = {"symbol": "ETHUSDT"} if "symbol" in names else {}
                yield sent(product, route, shop, {**symbol, name: shop.noted[note]})


def seen(product: str, route: Route) -> dict[str, set[str]]:
    """Path → every value that answers to anybody, at both moments, have there."""
    found: dict[str, set[str]] = {}
    for day in two_days(product):
        for asking in askings(product, route, day):
            for person in day.people:
                answer = day.signed(person, route.method, route.path, **asking)
                if answer.status == 200:
                    for path, value in leaves(answer.body):
                        found.setdefault(path, set()).add(str(value))
    return found


@pytest.mark.parametrize("product", TABLES)
def test_no_member_has_one_value_for_everybody_and_always(product: str) -> None:
    """Two accounts or two moments differ in it, or it is constant by nature. What moves in one call moves in all."""
    found: dict[str, set[str]] = {}
    for route in DAYS[product]().product.routes:
        if route.method == "GET" and f"GET {route.path}" not in EMPTY:
            for path, values in seen(product, route).items():
                found.setdefault(last_name(path), set()).update(values)

    assert {name for name, values in found.items() if len(values) == 1} == CONSTANT[product].keys()


def last_name(path: str) -> str:
    """``symbols.[].status`` → ``status``; of a value without a name, the list it is in."""
    outer, _, name = path.rpartition(".")
    return f"{outer.rpartition('.')[2]}[]" if name == "[]" and outer else name
