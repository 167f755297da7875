"""Reports as files. Texts are disarmed: no spreadsheet takes what a customer wrote for a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from provisioning.tables import cells
from provisioning.tables.writing import Format, Style, write_sheets
from reporting.tables import Column, Table, Unit

_NOT_IN_TITLES = re.compile(r"[\\/*?:\[\]]")


def write(tables: Sequence[Table], file_format: Format) -> bytes:
    """The tables as one file, for people in the current language."""
    style = Style.of(labels=True)
    return write_sheets([_sheet(table, style) for table in tables], file_format, style)


def _sheet(table: Table, style: Style) -> tuple[str, list[str], Iterable[list[Any]]]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    lines = [[_cell(column, row.get(column.name)) for column in table.columns] for row in rows]
    return _NOT_IN_TITLES.sub(" ", str(table.title)), [_heading(column) for column in table.columns], lines


def _heading(column: Column) -> str:
    """Durations are numbers in a file, so the heading says of what."""
    return cells.disarm(f"{column.title} (s)" if column.unit is Unit.SECONDS else str(column.title))


def _cell(column: Column, value: Any) -> str | int | float:
    if value is None:
        return ""
    if column.is_number:
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else cells.disarm(str(value))
