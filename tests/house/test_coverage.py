"""The list of a venue's calls and what is routed speak of the same calls."""

import json
from pathlib import Path

import pytest

from scripts.reference.coverage import FOLDER, CoverageList, rest_name
from scripts.reference.streams import World, can_be_heard, shipped
from scripts.reference.venues import calls_of, venues
from simexchange.dialects.contract import Coverage, Dialect, Product, Route

DIALECTS = [pytest.param(dialect, id=dialect.name) for dialect in venues()]
PRODUCTS = [
    pytest.param(dialect, product, id=f"{dialect.name} {product.name}")
    for dialect in venues()
    for product in dialect.products
]
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
def world() -> World:
    return shipped()


@pytest.mark.parametrize(("dialect", "product"), PRODUCTS)
def test_every_stream_that_matters_can_be_subscribed(dialect: Dialect, product: Product, world: World) -> None:
    streams = CoverageList(dialect.name).streams
    known = [name for (owner, name), matters in streams.items() if owner == product.name and matters != "nice"]

    assert [name for name in known if not can_be_heard(product, name, world)] == []
