"""What a parameter is shown to do: two calls that differ in it alone, and answers that differ, too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from simexchange.core import canonical
from simexchange.dialects.binance.usdm import conditions, modifying, requests
from simexchange.dialects.contract import Check, Coverage, Product
from tests.dialects.binance.effects.shop import Shop

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
ABSENT: Final = ""
"""Not sent."""
TABLES: Final[Mapping[Any, Mapping[str, Any]]] = {
    requests.check_new_order: requests.NEW_ORDER,
    modifying.check_modify: modifying.MODIFY,
    conditions.check_algo_order: conditions.ALGO_ORDER,
    conditions.check_algo_order_to_ten: conditions.ALGO_ORDER_TO_TEN,
}
"""Checks that are written out, and the table each reads."""

Sent = Mapping[str, str]
Outcome = tuple[int, Any, bytes, list[bytes]]
"""Status, body, what the exchange is afterwards where the call may change it, what the asker's private stream told."""
Values = tuple[str, str]
"""What is sent once, and what the other time."""


class Effect(NamedTuple):
    """One parameter of one call."""

    call: str
    """``GET /fapi/v1/depth``."""
    param: str
    base: Sent
    """What is sent beside it, both times."""
    values: Values
    asker: str = "taker"


def known(check: Check | None) -> Mapping[str, Any]:
    """The parameters that a call's check knows."""
    if check is None:
        return {}
    table = TABLES.get(check)
    return table if table is not None else inspect.getclosurevars(check).nonlocals["spec"]


def parameters(
    product: Product, rows: Collection[str] = (), without: Collection[tuple[str, str]] = ()
) -> Iterator[tuple[str, str]]:
    """(call, parameter) for everything that the REST calls served in full read, but for those *without* effect.

    Of calls that are served in part, those that have a row.
    """
    for route in product.routes:
        call = f"{route.method} {route.path}"
        if route.coverage is Coverage.FULL or call in rows:
            yield from ((call, name) for name in known(route.check) if (call, name) not in without)


class Row(NamedTuple):
    """A call's base, and what the values of its parameters are; others have those of `usual`."""

    base: Sent = NOTHING
    values: Mapping[str, Values | tuple[str, str, Sent]] = NOTHING
    """With a third element: what is sent beside this parameter, over the base."""
    asker: str = "taker"


def effects(
    product: Product, rows: Mapping[str, Row], usual: Mapping[str, Values], without: Collection[tuple[str, str]]
) -> Iterator[Effect]:
    """Every parameter of every call, as the tables have it; one they do not have raises KeyError."""
    for call, name in parameters(product, rows, without):
        row = rows.get(call, Row())
        given: tuple[Any, ...] = row.values.get(name) or usual[name]
        base = {**row.base, **(given[2] if len(given) == 3 else {})}
        base.pop(name, None)
        yield Effect(call, name, base, (given[0], given[1]), row.asker)


def outcome(shop: Shop, effect: Effect, value: str, noted: Callable[[str], str]) -> Outcome:
    """Status and body of the call, and everything it made happen."""
    method, _, path = effect.call.partition(" ")
    sent = {name: noted(text) for name, text in {**effect.base, effect.param: value}.items() if text != ABSENT}
    day = shop if method == "GET" else shop.again()
    asker = getattr(day, effect.asker)
    heard = day.listens(asker)
    answer = day.signed(asker, method, path, **sent)
    day.user_streams.pop()
    return answer.status, answer.body, b"" if method == "GET" else canonical.dump(day.state), heard
