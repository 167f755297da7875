"""What the chart above a table is told. Pure."""

from __future__ import annotations

from typing import Any

from reporting.tables import Series, Table, Unit, Values, shown

MOST_BARS = 40
"""Of rows that are not points in time; the chart shows the largest."""


def of(table: Table) -> dict[str, Any] | None:
    """None when there is nothing to draw."""
    if table.flow:
        names = {link["source"]: link["source_name"] for link in table.flow}
        names |= {link["target"]: link["target_name"] for link in table.flow}
        links = [{name: link[name] for name in ("source", "target", "value")} for link in table.flow]
        title, unit = str(table.title), str(table.column("contacts").title)
        return {"kind": "flow", "title": title, "unit": unit, "links": links, "names": names}
    if not table.series or not table.rows:
        return None
    rows, is_cut = list(table.rows), False
    label = table.column(table.label)
    if label.unit is not Unit.MOMENT and len(rows) > MOST_BARS:
        first = table.series[0].column
        rows = sorted(rows, key=lambda row: -(row[first] or 0))[:MOST_BARS]
        is_cut = True
    return {
        "kind": "time" if label.unit is Unit.MOMENT else "bars",
        "title": str(table.title),
        "is_cut": is_cut,
        "labels": [shown(label, row[table.label]) for row in rows],
        "series": [
            {
                "name": str(table.column(series.column).title),
                "mark": series.mark,
                "stack": series.stack,
                "unit": table.column(series.column).unit.value,
                "values": [row.get(series.column) for row in rows],
                "halves": [row.get(series.half) for row in rows] if series.half else None,
                "shown": [_words(table, series, row) for row in rows],
            }
            for series in table.series
        ],
    }


def _words(table: Table, series: Series, row: Values) -> str:
    words = shown(table.column(series.column), row.get(series.column))
    half = row.get(series.half) if series.half else None
    return words if half is None else f"{words} ± {shown(table.column(series.half), half)}"
