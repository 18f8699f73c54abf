"""The page of tables: which there are, and what stands in their columns."""

from scripts.reference.markdown import MARK, page, paragraph, table
from simexchange.eventlog.tables.reading import TABLES


def tables_page() -> str:
    """Every table with its columns, in order."""
    lines = [
        "# Tables",
        "",
        MARK,
        "",
        paragraph(
            "What `simexchange export LOG --table NAME` writes and `simexchange.Run` hands out: see",
            "[how to export](../how-to/export.md).",
            "Columns are only ever added, at the end of a table.",
            "In CSV and JSON lines a decimal is exact decimal text and an instant ISO-8601 in UTC, to the nanosecond;",
            "in Parquet they are Decimal(38, 8), Decimal(38, 16) and a UTC timestamp in nanoseconds.",
            "What is empty is null. Without `--account` a table tells of people's accounts; `ledger` and `events` of",
            "everybody's.",
        ),
        "",
        *table(("table", ""), [(f"[`{each.name}`](#{each.name})", each.note) for each in TABLES.values()]),
        "",
    ]
    for each in TABLES.values():
        lines += [f"## {each.name}", "", each.note, ""]
        rows = [(f"`{column.name}`", column.kind.value, column.note) for column in each.columns]
        lines += [*table(("column", "kind", ""), rows), ""]
    return page(*lines)
