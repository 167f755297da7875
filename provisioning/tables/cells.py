"""What stands in one cell: from a value of the REST API to the text that people see, and back.

Pure. What cannot be understood is passed on as it is, so that the field of the API says what is right: the
sentences are written down once. CellError is for what no field could know: what the spreadsheet did to it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.api import plain_number

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""What a file holds: text from CSV, anything from XLSX."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[Ee]\+?([0-9]{1,2})")
_ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_AMBIGUOUS = re.compile(r"[0-9]{1,3},[0-9]{3}")
YES = frozenset({"y", "yes", "o", "oui", "true", "vrai", "1", "x"})
NO = frozenset({"n", "no", "non", "false", "faux", "0"})


class CellError(ValueError):
    """The spreadsheet made something else of what was typed; the message says what to do."""


class Fault(str):
    """A cell in which the spreadsheet shows an error such as #N/A."""

    __slots__ = ()


# -- Formulas ---------------


def disarm(text: str) -> str:
    """So that no spreadsheet takes the text for a formula: an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(text: str) -> str:
    """The text that was disarmed."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


# -- What XLSX cannot hold as it is ---------------


def escaped(text: str) -> str:
    """Carriage returns and other controls in the file format's own notation: _x000D_."""
    text = _ESCAPE.sub(lambda match: f"_x005F_{match[0][1:]}", text)
    return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The reverse of `escaped`."""
    return _ESCAPE.sub(lambda match: chr(int(match[0][2:6], 16)), text)


# -- Reading ---------------


def text_of(cell: Cell) -> str:
    """The cell as text. Numbers are written out: 4.4E+11 is 440000000000. Raises CellError."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (datetime, date, time, timedelta)):
        raise CellError(
            _("The spreadsheet made a date or time of this. Format the cell as text and type it again.")
        )
    if isinstance(cell, (int, float)):
        return _digits(cell)
    if isinstance(cell, Fault):
        raise CellError(_("The cell shows the error %(error)s. Enter the value itself.") % {"error": cell})
    return rearm(cell)


def _digits(number: float) -> str:
    if isinstance(number, float) and not number.is_integer():
        return repr(number)
    return str(int(number))


def address_of(cell: Cell) -> str:
    """A number or short code. Raises CellError when the spreadsheet has cut digits off."""
    text = text_of(cell).strip()
    short = _SCIENTIFIC.fullmatch(text)
    if short is None:
        return text
    whole, decimals, exponent = short[1], short[2] or "", int(short[3])
    if len(decimals) < exponent:
        raise CellError(
            _("The spreadsheet shortened this number. Format the column as text and type it again.")
        )
    return whole + decimals if len(decimals) == exponent else text


def flag_of(cell: Cell) -> Any:
    """Yes or no, in English or French."""
    text = text_of(cell).strip()
    folded = text.casefold()
    return True if folded in YES else False if folded in NO else text


def number_of(cell: Cell, *, comma: bool) -> Any:
    """A number; `comma` says that the file is of a country that writes a decimal comma. Raises CellError."""
    original = (
        text_of(cell) if isinstance(cell, bool) or not isinstance(cell, float) else repr(cell)
    ).strip()
    text = _SPACES.sub("", original)
    if _AMBIGUOUS.fullmatch(text) and not comma:
        raise CellError(
            _("“%(text)s” may mean two things. Write thousands without a comma, decimals with a full stop.")
            % {"text": original}
        )
    text = text.replace(",", ".") if "." not in text else text
    return plain_number(Decimal(text)) if _NUMBER.fullmatch(text) else original


def choice_of(cell: Cell, choices: Mapping[str, str]) -> str:
    """The value of a choice; `choices` has it by each of its folded names."""
    text = text_of(cell).strip()
    return choices.get(fold(text), text)


def list_of(cell: Cell) -> list[str]:
    """“Resolved; Spam”; a name with a semicolon in it stands in double quotes."""
    lines = csv.reader(io.StringIO(text_of(cell), newline=""), delimiter=";", skipinitialspace=True)
    try:
        items = [item.strip() for line in lines for item in line]
    except csv.Error as error:
        raise CellError(_("Write the names with semicolons between them.")) from error
    return [item for item in items if item]


def proficiencies_of(cell: Cell, item_name: str) -> list[Any]:
    """“Support:1; Sales:3”: names with a proficiency, or only names."""
    return [_proficiency(item, item_name) for item in list_of(cell)]


def _proficiency(item: str, item_name: str) -> Any:
    name, colon, proficiency = item.rpartition(":")
    digits = proficiency.strip()
    # Skill names may have a colon in them.
    if not colon or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return item
    return {item_name: name.strip(), "proficiency": int(digits)}


def fold(text: str) -> str:
    """For comparing what people type: case, accents' composition, spaces and underscores do not matter."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").strip(" *\t\r\n")
    return " ".join(plain.split())


# -- Writing ---------------


def written_list(items: Iterable[str]) -> str:
    """The reverse of `list_of`."""
    return "; ".join(_quoted(item) for item in items)


def _quoted(item: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\n").writerow([item])
    return out.getvalue()[:-1]


def written_proficiencies(items: Sequence[Mapping[str, Any]], item_name: str) -> str:
    """The reverse of `proficiencies_of`."""
    return written_list(f"{item[item_name]}:{item['proficiency']}" for item in items)


def written_number(number: float, *, comma: bool) -> str:
    """Without an exponent; with a decimal comma where people write one."""
    text = format(Decimal(repr(number)), "f")
    return text.replace(".", ",") if comma else text
