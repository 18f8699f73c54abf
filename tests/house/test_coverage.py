"""The list of a venue's calls and what is routed speak of the same calls."""

import json
from itertools import chain
from pathlib import Path

import pytest

from scripts.reference.coverage import FOLDER, CoverageList, rest_name
from scripts.reference.venues import calls_of, venues
from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, OpenExchange, SetIndex
from simexchange.core.vocabulary.units import ONE, Nanos, Price
from simexchange.dialects.bybit.v5.userstream import TOPICS
from simexchange.dialects.contract import Coverage, Dialect, Product, Route
from simexchange.projections.views import Views

DIALECTS = [pytest.param(dialect, id=dialect.name) for dialect in venues()]
PRODUCTS = [
    pytest.param(dialect, product, id=f"{dialect.name} {product.name}")
    for dialect in venues()
    for product in dialect.products
]
PLACES = {
    "<symbol>": {
        "spot": "btcusdt",
        "usdm": "btcusdt",
        "coinm": "btcusd_perp",
        "v5-spot": "BTCUSDT",
        "v5-linear": "BTCUSDT",
        "v5-inverse": "BTCUSD",
    },
    "<pair>": {"spot": "btcusdt", "usdm": "btcusdt", "coinm": "btcusd"},
    "<asset_index>": {"spot": "btcusd", "usdm": "btcusd", "coinm": "btcusd"},
    "<interval>": {"spot": "1m", "usdm": "1m", "coinm": "1m", "v5-spot": "1", "v5-linear": "1", "v5-inverse": "1"},
}
PRIVATE = {"v5-private": TOPICS}
"""Topics that a socket hears of its account, where the venue has them by name."""
APIS = {"ws-api": "spot", "ws-fapi": "usdm", "ws-dapi": "coinm"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_call_is_listed_in_two_classes_or_without_a_reason(dialect: Dialect) -> None:
    text = (FOLDER / f"{dialect.name}.toml").read_text(encoding="utf-8")
    calls = CoverageList(dialect.name)
    listed = [line.strip().strip('",') for line in text.splitlines() if line.startswith('    "GET /')]

    assert len(listed) == len(set(listed))
    assert all(one.calls and one.reason.endswith(".") for one in calls.unserved)


@pytest.mark.parametrize(("dialect", "product"), PRODUCTS)
def test_every_routed_call_has_a_class(dialect: Dialect, product: Product) -> None:
    calls = CoverageList(dialect.name)

    assert [call for call in calls_of(product) if not calls.class_of(product, call)] == []


@pytest.mark.parametrize(("dialect", "product"), PRODUCTS)
def test_no_routed_call_is_one_that_is_left_out(dialect: Dialect, product: Product) -> None:
    calls = CoverageList(dialect.name)

    assert [rest_name(route) for route in product.routes if calls.why_not(rest_name(route))] == []


def test_every_call_that_a_client_was_seen_to_make_is_listed(shared_data: Path) -> None:
    seen = json.loads((shared_data.parent / "reference" / "binance_endpoint_matrix.json").read_text(encoding="utf-8"))
    calls = CoverageList("binance")

    unknown = []
    for name in seen:
        kind, _, rest = name.partition(" ")
        if kind == "WSAPI":
            api, method = rest.split(" ")
            known = (APIS[api], method) in calls.methods
        else:
            known = kind in {"OPEN", "STREAM"} or name in calls.rest
        if not known:
            unknown.append(name)

    assert unknown == []


@pytest.mark.parametrize(("dialect", "product"), PRODUCTS)
def test_what_matters_is_served(dialect: Dialect, product: Product) -> None:
    """Every call of class must and should has a route that does something."""
    calls = CoverageList(dialect.name)
    missing = set(calls.missing(product, "must", "should"))
    refused = {
        rest_name(call) if isinstance(call, Route) else call.name
        for call in calls_of(product)
        if call.coverage is Coverage.NONE and calls.class_of(product, call) in {"must", "should"}
    }

    assert missing | refused == set()


@pytest.fixture(scope="module")
def shipped() -> tuple[ExchangeState, Views]:
    """Every market that ships, its indexes at a price, nothing traded."""
    state, views = ExchangeState(), Views()
    engine, at = Engine(state), Nanos(1_772_438_400_000_000_000)
    beginning: list[Command] = [OpenExchange(1, at)]
    prices = (SetIndex(name, Price(60_000 * ONE)) for name in ("BTC-USDT", "ETH-USDT"))
    for seq, command in enumerate(
        chain(beginning, opening.opening(markets.preset().values(), state, ("bybit",)), prices), 1
    ):
        for event in engine.execute(command, at):
            views.apply(seq, at, event)
    return state, views


@pytest.mark.parametrize(("dialect", "product"), PRODUCTS)
def test_every_stream_that_matters_can_be_subscribed(
    dialect: Dialect, product: Product, shipped: tuple[ExchangeState, Views]
) -> None:
    state, views = shipped
    streams = CoverageList(dialect.name).streams
    known = [name for (owner, name), matters in streams.items() if owner == product.name and matters != "nice"]

    silent = set()
    for name in known:
        asked = name
        for place, words in PLACES.items():
            asked = asked.replace(place, words.get(product.name, ""))
        if asked not in PRIVATE.get(product.name, ()) and product.market_stream(asked, state, views) is None:
            silent.add((product.name, name))

    assert silent == set()
