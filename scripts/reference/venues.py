"""One page per venue: what is served, call by call, and how each refusal is worded."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from scripts.reference.coverage import CoverageList
from scripts.reference.markdown import MARK, page, paragraph, table
from scripts.reference.streams import shipped, stream_rows
from simexchange import dialects
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.bybit.v5.errors import LATER
from simexchange.dialects.contract import ApiError, Coverage, Dialect, Method, Product, Route

TOLD_LATER: Final[Mapping[str, Mapping[RejectReason, str]]] = {"bybit": LATER}
"""Refusals that a venue does not answer with: it takes the order in, and it ends for the reason."""


def venues() -> list[Dialect]:
    """Every dialect there is: a venue's folder offers it under its own name in capitals."""
    modules = [
        importlib.import_module(f"simexchange.dialects.{folder.name}")
        for folder in pkgutil.iter_modules(dialects.__path__)
        if folder.ispkg
    ]
    return [getattr(module, module.__name__.rpartition(".")[2].upper()) for module in modules]


def weight_text(weight: Any) -> str:
    return "varies" if callable(weight) else str(weight)


def calls_of(product: Product) -> list[Route | Method]:
    return [*product.routes, *product.methods]


def call_text(call: Route | Method) -> str:
    return f"`{call.method} {call.path}`" if isinstance(call, Route) else f"`{call.name}`"


def call_rows(
    product: Product, calls: Iterable[Route | Method], known: CoverageList
) -> Iterator[tuple[str, str, str, str, str, str]]:
    for call in calls:
        matters = known.class_of(product, call)
        yield call_text(call), matters, call.coverage.value, call.auth.value, weight_text(call.weight), call.doc


def coverage_page(dialect: Dialect) -> str:
    """What of a venue is served, call by call, and how it words each refusal."""
    known, world = CoverageList(dialect.name), shipped()
    calls = [call for product in dialect.products for call in calls_of(product)]
    counts = Counter(call.coverage for call in calls)
    lines = [
        f"# {dialect.name.capitalize()}: what is served",
        "",
        MARK,
        "",
        paragraph(
            f"Of the {len(calls)} calls listed here {counts[Coverage.FULL]} are served in full,",
            f"{counts[Coverage.PARTIAL]} in part (the last column says what is missing),",
            f"{counts[Coverage.NONE]} not yet. Those, and calls that are not listed,",
            "are answered with the venue's own error, counted, and told at `/sim/v1/health`.",
            "Nothing here is a claim of full compatibility.",
        ),
        "",
        paragraph(
            "Each call has a class. *must*: a client that people use does not start, or trades wrongly, without it;",
            "*should*: clients call it in ordinary use; *nice*: served because somebody may ask.",
            "What is left out on purpose stands [below](#left-out).",
        ),
        "",
    ]
    for product in dialect.products:
        lines += [f"## {product.name}", ""]
        for title, part in (("REST", product.routes), ("WebSocket API", product.methods)):
            if part:
                lines += [f"### {title}: {product.name}", ""]
                columns = ("call", "class", "served", "needs", "weight", "")
                lines += [*table(columns, call_rows(product, part, known)), ""]
        if heard := list(stream_rows(product, known, world)):
            lines += [f"### Streams: {product.name}", "", *table(("stream", "class", "served"), heard), ""]
        if waiting := list(known.missing(product, "must", "should", "nice")):
            lines += ["Known, and not served yet:", "", *(f"* `{call}`" for call in waiting), ""]
    lines += [
        "## Left out",
        "",
        "`*` stands for any text. A call that has a row above is not meant.",
        "",
        *table(("calls", "why"), ((_codes(one.calls), one.reason) for one in known.unserved)),
        "",
        "## Refusals",
        "",
        "What the exchange says for each [reason](events.md#refusals): HTTP status, code and text.",
        "",
        *table(*refusals(dialect)),
    ]
    return page(*lines)


def refusals(dialect: Dialect) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """The head and the rows of a table with one column for products that say the same of everything."""
    told: dict[int, list[Product]] = {}
    for product in dialect.products:
        same = next((no for no, others in told.items() if others[0].rejections == product.rejections), len(told))
        told.setdefault(same, []).append(product)
    heads = [", ".join(product.name for product in products) for products in told.values()]
    tables = [products[0].rejections for products in told.values()]
    later = TOLD_LATER.get(dialect.name)
    rows = (
        (
            f"`{reason}`",
            *(refusal_text(words[reason]) for words in tables),
            *(() if later is None else (f"`{later[reason]}`" if reason in later else "",)),
        )
        for reason in RejectReason
    )
    return ("reason", *heads, *(() if later is None else ("or taken in, and ended with",))), rows


def _codes(calls: Iterable[str]) -> str:
    return " ".join(f"`{call}`" for call in calls)


def refusal_text(error: ApiError) -> str:
    return f"{error.status} `{error.code}` {error.text}"
