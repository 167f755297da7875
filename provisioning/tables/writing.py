"""From objects to the bytes of a CSV or XLSX file, and the template to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from organizations.models import User
from provisioning.planner import Shape
from provisioning.reach import NATURAL_KEYS, natural_key_of, within_reach
from provisioning.resources import BUSINESS_UNITS, Resource
from provisioning.tables import cells
from provisioning.tables.columns import ID, ROW_CHANGED, YES_NO, Column, Kind, Table, table_of

MAX_SUGGESTIONS = 1000
"""So many allowed values of a column are in the template."""
VALIDATED_ROWS = 10_001
MAX_TITLE = 31
"""Characters of the name of a sheet."""
COMMA_LANGUAGES = ("fr",)
_BATCH = 1000
_CHOSEN_FROM_LIST = (Kind.TEXT, Kind.ADDRESS, Kind.CHOICE, Kind.FLAG)


class Format(StrEnum):
    """The files that are read and written."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """For the Content-Type."""
        if self is Format.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is written: for programs, or for people in the current language."""

    labels: bool
    comma: bool

    @classmethod
    def of(cls, *, labels: bool) -> Style:
        """People who write a decimal comma have spreadsheets that want semicolons between cells."""
        language = (get_language() or "en").partition("-")[0]
        return cls(labels, comma=labels and language in COMMA_LANGUAGES)

    def heading(self, column: Column) -> str:
        """What stands above the column."""
        return capfirst(str(column.heading)) if self.labels else column.name

    def cell(self, column: Column, value: Any) -> str | int | float:
        """The value as it stands in a cell, safe from being taken for a formula."""
        if column.kind is Kind.NUMBER and value is not None:
            return value
        return cells.disarm(self.shown(column, value))

    def shown(self, column: Column, value: Any) -> str:
        """The value as text."""
        if value is None:
            return ""
        match column.kind:
            case Kind.FLAG:
                return str(YES_NO[bool(value)]) if self.labels else str(bool(value)).lower()
            case Kind.NUMBER:
                return cells.written_number(value, comma=self.comma)
            case Kind.CHOICE:
                return str((column.choices or {}).get(value, value)) if self.labels else str(value)
            case Kind.LIST:
                return cells.written_list(value)
            case Kind.PROFICIENCIES:
                return cells.written_proficiencies(value, column.item_name)
            case _:
                return str(value)


def export_table(resource: Resource, rows: QuerySet[Any], file_format: Format, *, labels: bool) -> bytes:
    """The objects as a file that can be imported again; without labels it is the same in every language.

    `rows` are of the resource's own query, restricted to what the caller may see.
    """
    table, style = table_of(resource), Style.of(labels=labels)
    lines = (
        [style.cell(column, item.get(column.name)) for column in table.columns]
        for item in _items(resource, rows)
    )
    heading = [style.heading(column) for column in table.columns]
    return write_sheets([(_title(table), heading, lines)], file_format, style)


def write_sheets(
    sheets: Iterable[tuple[str, Sequence[Any], Iterable[Sequence[Any]]]], file_format: Format, style: Style
) -> bytes:
    """Sheets of a title, headings and lines as one file; in CSV they stand one below the other.

    Numbers are numbers; texts must be safe from being taken for formulas (`cells.disarm`).
    """
    if file_format is Format.CSV:
        blocks = [[heading, *lines] for _title, heading, lines in sheets]
        gap: list[Sequence[Any]] = [[]]
        return _csv([line for place, block in enumerate(blocks) for line in gap[:place] + block], style)
    book = Workbook(write_only=True)
    for title, heading, lines in sheets:
        _append(book.create_sheet(title[:MAX_TITLE]), heading, lines)
    return _saved(book)


def _items(resource: Resource, rows: QuerySet[Any]) -> Iterator[Mapping[str, Any]]:
    shape = Shape(resource)
    for row in rows.iterator(chunk_size=_BATCH):
        yield {**shape.exported(row), ROW_CHANGED: None, ID: row.pk}


def _title(table: Table) -> str:
    return capfirst(str(table.resource.model._meta.verbose_name_plural))[:MAX_TITLE]


def _csv(lines: Iterable[Sequence[Any]], style: Style) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if style.comma else ",", lineterminator="\r\n")
    for line in lines:
        writer.writerow([_csv_cell(cell, style) for cell in line])
    # Without the mark, Excel takes UTF-8 for something else; programs do not want it.
    return out.getvalue().encode("utf-8-sig" if style.labels else "utf-8")


def _csv_cell(cell: str | float, style: Style) -> str:
    return cell if isinstance(cell, str) else cells.written_number(cell, comma=style.comma)


def _append(sheet: Any, heading: Sequence[Any], lines: Iterable[Sequence[Any]]) -> None:
    sheet.freeze_panes = "A2"
    for place, text in enumerate(heading, 1):
        sheet.column_dimensions[get_column_letter(place)].width = max(14, min(40, len(str(text)) + 4))
    bold = [_xlsx_cell(sheet, text) for text in heading]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for line in lines:
        sheet.append([_xlsx_cell(sheet, value) for value in line])


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, cells.escaped(value))
    # Whatever it looks like, it is text.
    cell.data_type = "s"
    return cell


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- The template ---------------


def import_template(resource: Resource, file_format: Format, *, by: User | None, labels: bool) -> bytes:
    """An empty table with a commented example; as XLSX also the allowed values, to choose from."""
    table, style = table_of(resource), Style.of(labels=labels)
    heading = [style.heading(column) + (" *" if column.is_required else "") for column in table.columns]
    example = [style.cell(column, column.example) for column in table.columns]
    example[0] = _("# Example: a row that begins with # is not read.")
    if file_format is Format.CSV:
        return _csv([heading, example], style)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = _title(table)
    _append(sheet, heading, [example])
    for place, column in enumerate(table.columns, 1):
        if text := str(column.help_text):
            sheet.cell(1, place).comment = Comment(text, "acdconfig", width=320, height=110)
    _append_values(book, sheet, table, style, by)
    return _saved(book)


def _append_values(book: Any, sheet: Any, table: Table, style: Style, by: User | None) -> None:
    """A second sheet with the allowed values of each column that has some, and lists to choose from."""
    values: Any = book.create_sheet(_("Values"))
    allowed = [(column, _allowed(table, column, style, by)) for column in table.columns]
    allowed = [(column, texts) for column, texts in allowed if texts]
    height = max((len(texts) for _column, texts in allowed), default=0)
    lines = [
        [texts[line] if line < len(texts) else "" for _column, texts in allowed] for line in range(height)
    ]
    _append(values, [style.heading(column) for column, _texts in allowed], lines)
    for place, (column, texts) in enumerate(allowed, 1):
        if column.kind in _CHOSEN_FROM_LIST:
            source = get_column_letter(place)
            target = get_column_letter(table.columns.index(column) + 1)
            rule = DataValidation(
                type="list",
                formula1=f"{quote_sheetname(values.title)}!${source}$2:${source}${len(texts) + 1}",
                allow_blank=True,
                showErrorMessage=True,
                # There may be more than the list shows, and people may write them otherwise.
                errorStyle="warning",
            )
            rule.add(f"{target}2:{target}{VALIDATED_ROWS}")
            sheet.add_data_validation(rule)


def _allowed(table: Table, column: Column, style: Style, by: User | None) -> list[str]:
    if column.name == ROW_CHANGED:
        return ["Y", "N"]
    if column.kind is Kind.FLAG:
        return [str(style.cell(column, value)) for value in YES_NO]
    if column.choices is not None:
        return [str(style.cell(column, value)) for value in column.choices]
    model = BUSINESS_UNITS.model if column.name == "business_unit" else column.refers_to
    if model is None:
        return []
    key = NATURAL_KEYS[model]
    path = "pk" if model is BUSINESS_UNITS.model else "business_unit"
    rows = within_reach(model._default_manager.all(), by, path).order_by(key.lookup)
    if "__" in key.lookup:
        rows = rows.select_related(key.lookup.partition("__")[0])
    return [cells.disarm(natural_key_of(row)) for row in rows[:MAX_SUGGESTIONS]]
