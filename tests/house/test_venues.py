"""Every venue is built alike: the same files, words for every refusal, no call left out of the docs."""

from pathlib import Path

import pytest

from scripts.reference.pages import FOLDER
from scripts.reference.venues import call_text, calls_of, venues
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.contract import Coverage, Dialect, Method, Product, Route
from tests.house.sources import PACKAGE

VENUE_FILES = {"__init__.py", "groups.py", "permissions.py", "venue.py"}
PRODUCT_FILES = {
    "__init__.py", "account.py", "errors.py", "market.py", "methods.py", "product.py", "requests.py", "responses.py",
    "routes.py", "streams.py", "userstream.py",
}  # fmt: skip
COMMON_FILES = {
    "__init__.py", "diagnosis.py", "errors.py", "intervals.py", "limits.py", "logon.py", "numbers.py", "params.py",
    "signing.py", "sockets.py", "symbols.py", "timestamps.py",
}  # fmt: skip

VENUE_FOLDERS = [
    path
    for path in sorted((PACKAGE / "dialects").iterdir())
    if path.is_dir() and not path.name.startswith("_") and any(path.rglob("*.py"))
]
PRODUCTS = [
    pytest.param(product, id=f"{dialect.name} {product.name}") for dialect in venues() for product in dialect.products
]
OWNED = [
    pytest.param(dialect, product, id=f"{dialect.name} {product.name}")
    for dialect in venues()
    for product in dialect.products
]
REFUSED = {"bybit": (200,)}
"""The HTTP status of refusals, of venues that have one for all."""
CALLS = [
    pytest.param(dialect.name, call, id=f"{product.name} {call_text(call)}")
    for dialect in venues()
    for product in dialect.products
    for call in calls_of(product)
]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.py")}


@pytest.mark.parametrize("venue", VENUE_FOLDERS, ids=lambda path: path.name)
def test_every_product_of_a_venue_has_the_fixed_files(venue: Path) -> None:
    if not venues():
        pytest.skip("no venue is finished")
    products = [folder for folder in venue.iterdir() if folder.is_dir() and folder.name != "common" and files(folder)]

    assert products
    assert files(venue) >= VENUE_FILES
    assert files(venue / "common") >= COMMON_FILES
    assert {
        folder.name: sorted(PRODUCT_FILES - files(folder)) for folder in products if PRODUCT_FILES - files(folder)
    } == {}


def test_what_every_venue_has_is_fixed() -> None:
    """So that a name two venues have come to share is asked of the next one, too."""
    products = [
        folder
        for venue in VENUE_FOLDERS
        for folder in venue.iterdir()
        if folder.is_dir() and folder.name != "common" and files(folder)
    ]

    assert len(VENUE_FOLDERS) > 1
    assert set.intersection(*(files(venue) for venue in VENUE_FOLDERS)) == VENUE_FILES
    assert set.intersection(*(files(venue / "common") for venue in VENUE_FOLDERS)) == COMMON_FILES
    assert set.intersection(*(files(folder) for folder in products)) == PRODUCT_FILES


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_venue_has_words_for_every_reason(product: Product) -> None:
    assert set(product.rejections) == set(RejectReason)


@pytest.mark.parametrize(("dialect", "product"), OWNED)
def test_a_refusal_is_an_http_error_with_a_code_and_a_text(dialect: Dialect, product: Product) -> None:
    """Where the venue has HTTP errors for refusals: Bybit's are answers like others, with a code."""
    poor = [
        reason
        for reason, error in product.rejections.items()
        if not (error.status in REFUSED.get(dialect.name, range(400, 500)) and error.code and error.text)
    ]

    assert poor == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_call_is_routed_twice(product: Product) -> None:
    routes = [(route.method, route.path) for route in product.routes]
    methods = [method.name for method in product.methods]

    assert len(set(routes)) == len(routes)
    assert len(set(methods)) == len(methods)


@pytest.mark.parametrize(("venue", "call"), CALLS)
def test_every_call_is_on_the_coverage_page_and_says_what_is_missing(venue: str, call: Route | Method) -> None:
    assert call_text(call) in (FOLDER / f"{venue}.md").read_text(encoding="utf-8")
    assert (call.coverage is Coverage.PARTIAL) <= bool(call.doc)
