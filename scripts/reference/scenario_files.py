"""The page on scenario files."""

from __future__ import annotations

from scripts.reference.markdown import MARK, page, paragraph, table
from scripts.reference.market_files import section
from simexchange.config import scenarios
from simexchange.config.scenarios import ScenarioFile
from simexchange.config.stepwords import StepTable

WAYS = (
    ("`linear`", "In equal parts."),
    ("`late`", "Slowly at first and ever faster: by the square of the time."),
    ("`early`", "Fast at first and ever slower, likewise."),
    ("`wick`", "There in the first half of `over`, and back to where it was in the second."),
)


def scenarios_page() -> str:
    shipped = [scenarios.load(name) for name in scenarios.shipped()]
    rows = [
        (f"`{each.name}`", each.about, ", ".join(f"`{name}={value}`" for name, value in each.parameters.items()))
        for each in shipped
    ]
    return page(
        "# Scenario files",
        "",
        MARK,
        "",
        paragraph(
            "A scenario says what happens in a market, and when.",
            "It is TOML: what the scenario says of itself, its parameters, and its steps, in the order they happen in.",
            "How one is written and played is told in [Script a market](../how-to/scenarios.md).",
            "Whatever the schema does not know is refused with the line it stands in.",
        ),
        "",
        "## The shipped ones",
        "",
        *table(("name", "what happens", "parameters"), rows),
        "",
        *section("A file", ScenarioFile, ()),
        *section("Each `step`", StepTable, ()),
        paragraph(
            "Percentages have a `%` and at most six decimals. Of the keys that make something happen a step has one;",
            "`spread` and `depth` may stand together. A step with a `text` alone only says something in the log.",
        ),
        "",
        "### Each `path`",
        "",
        *table(("path", ""), WAYS),
        "",
    )
