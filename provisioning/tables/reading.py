"""From the bytes of a CSV or XLSX file to rows of cells. Trusts nothing about the file."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import RuleBroken
from provisioning.tables.cells import Cell, Fault, unescaped

MAX_BYTES = 10 * 2**20
MAX_ROWS = 10_000
MAX_COLUMNS = 100
MAX_UNPACKED_BYTES = 64 * 2**20
"""All parts of an XLSX file together: ten times what ten thousand skills take."""
MAX_PARTS = 200
MAX_SHEET_ROWS = 100_000
"""With the empty ones between."""

_DELIMITERS = ";\t,|"
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What the libraries raise on files that are none: nothing is promised, and XML errors are SyntaxErrors."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows that are not empty, by the number that a spreadsheet shows; the first is the heading."""

    rows: list[tuple[int, list[Cell]]]
    writes_comma: bool = False
    """Whether the file is of a country that writes a decimal comma."""


class FileRefused(RuleBroken):
    """The file as a whole cannot be used; the message says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"file": [sentence]})


def read_grid(content: bytes, *, known: Callable[[str], bool]) -> Grid:
    """Read the file; what it is shows in its content, not in its name. Raises FileRefused.

    `known` says whether a text is the heading of a column: it tells the delimiter of a CSV file.
    """
    if len(content) > MAX_BYTES:
        raise FileRefused(
            _("The file is larger than %(megabytes)d MB. Split it.") % {"megabytes": MAX_BYTES // 2**20}
        )
    if content.startswith(b"PK\x03\x04"):
        return Grid(_checked(_xlsx_rows(content)))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            _("This is an old or a protected Excel file. Save it as .xlsx without a password, or as CSV.")
        )
    text = _decoded(content)
    delimiter, text = _delimiter_of(text, known)
    return Grid(_checked(_csv_rows(text, delimiter)), writes_comma=delimiter == ";")


def _checked(rows: Iterable[tuple[int, list[Cell]]]) -> list[tuple[int, list[Cell]]]:
    """Without empty rows and empty cells at the end of rows. Raises FileRefused beyond the limits."""
    kept: list[tuple[int, list[Cell]]] = []
    for number, cells in rows:
        width = max((place for place, cell in enumerate(cells, 1) if cell not in (None, "")), default=0)
        if width > MAX_COLUMNS:
            raise FileRefused(_("The file has more than %(maximum)d columns.") % {"maximum": MAX_COLUMNS})
        if any((isinstance(cell, str) and cell.strip()) or cell not in (None, "") for cell in cells[:width]):
            kept.append((number, cells[:width]))
        if len(kept) > MAX_ROWS + 1:
            raise FileRefused(_("The file has more than %(maximum)d rows. Split it.") % {"maximum": MAX_ROWS})
    if not kept:
        raise FileRefused(_("The file is empty. Download the template and fill it in."))
    return kept


# -- CSV ---------------


def _decoded(content: bytes) -> str:
    """UTF-8 and UTF-16, with and without a mark; else what Windows writes in western Europe."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _strictly(content, encoding)
    sample = content[:400]
    if b"\x00" in sample:
        # Latin letters in UTF-16 have every other byte zero.
        return _strictly(content, "utf-16-le" if sample[1:2] == b"\x00" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(content, "cp1252")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _no_table() from error
    sample = text[:10_000]
    controls = sum(char < " " and char not in "\t\r\n" for char in sample)
    # One may stand in a note; pictures and the like are full of them.
    if "\x00" in text or controls * 20 > len(sample):
        raise _no_table()
    return text


def _no_table() -> FileRefused:
    return FileRefused(_("This is neither a CSV nor an XLSX file. Save the table as one of these."))


def _delimiter_of(text: str, known: Callable[[str], bool]) -> tuple[str, str]:
    """The delimiter under which the first line has the most headings, and the text without Excel's hint."""
    first, _newline, rest = text.partition("\n")
    hint = first.strip("\r\n").strip('"')
    if len(hint) == 5 and hint.startswith("sep=") and hint[4] in _DELIMITERS:
        return hint[4], "\n" + rest
    return max(_DELIMITERS, key=lambda delimiter: _score(text, delimiter, known)), text


def _score(text: str, delimiter: str, known: Callable[[str], bool]) -> tuple[int, int]:
    cells = next((cells for _row, cells in _csv_rows(text[:100_000], delimiter, strict=False) if cells), [])
    return sum(isinstance(cell, str) and known(cell) for cell in cells), len(cells)


def _csv_rows(text: str, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[Cell]]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    number = 0
    try:
        for number, cells in enumerate(lines, 1):
            yield number, list(cells)
    except csv.Error as error:
        if strict:
            raise FileRefused(
                _("Row %(row)d cannot be read: a quotation mark is not closed, or a cell is too long.")
                % {"row": number + 1}
            ) from error


# -- XLSX ---------------


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    try:
        _check_parts(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        # The size that the file claims need not be true.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), 1):
            if number > MAX_SHEET_ROWS:
                raise FileRefused(_("The sheet has too many empty rows. Delete them, or use CSV."))
            yield number, [_xlsx_cell(cell) for cell in cells]
    except _UNREADABLE as error:
        raise FileRefused(
            _("The XLSX file cannot be read: it is damaged or protected. Save it again, without a password.")
        ) from error


def _check_parts(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise FileRefused(
                _("The XLSX file holds too much. Copy the table into a new one and save that, or use CSV.")
            )


def _xlsx_cell(cell: Any) -> Cell:
    value: Cell = cell.value
    if not isinstance(value, str):
        return value
    return Fault(value) if cell.data_type == "e" else unescaped(value)
