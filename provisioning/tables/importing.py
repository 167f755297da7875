"""A file of rows is a configuration document in another form: all of it is applied, or nothing."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from core.api import Changed
from core.audit import unlogged
from core.errors import NotAllowed, RuleBroken
from core.permissions import Verb, allows
from organizations.models import User
from provisioning.planner import CREATE, UNCHANGED, UPDATE, Step, attempt, require
from provisioning.reach import MAX_ID, spellings_of
from provisioning.resources import Resource
from provisioning.tables import cells
from provisioning.tables.cells import Cell, CellError, fold
from provisioning.tables.columns import ID, ROW_CHANGED, Column, Kind, Table, table_of
from provisioning.tables.reading import FileRefused, Grid, read_grid

ERROR = "error"
_COMMENT = "#"


@dataclass(slots=True)
class Row:
    """What is done with one row; `errors` by the name of the column, "" for the row as a whole."""

    number: int
    key: str
    action: str = ERROR
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What applying the file would do. `digest` is the same as long as it would do the same."""

    table: Table
    rows: list[Row]
    digest: str
    skipped: int = 0
    """Rows that are not marked as changed."""

    @property
    def is_valid(self) -> bool:
        """Whether it can be applied: nothing is wrong in any row."""
        return not any(row.errors for row in self.rows)

    @property
    def summary(self) -> dict[str, int]:
        """How many rows of each action."""
        actions = [row.action for row in self.rows]
        return {action: actions.count(action) for action in (CREATE, UPDATE, UNCHANGED, ERROR)}

    def errors(self) -> dict[str, list[str]]:
        """All that is wrong, by its path: `rows[3].campaign`."""
        return {
            f"rows[{row.number}].{name}" if name else f"rows[{row.number}]": sentences
            for row in self.rows
            for name, sentences in row.errors.items()
        }

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        rows = [
            {
                "row": row.number,
                "key": row.key,
                "action": row.action,
                "changes": row.changes,
                "errors": row.errors,
            }
            for row in self.rows
        ]
        return {"digest": self.digest, "summary": self.summary, "skipped": self.skipped, "rows": rows}


def preview_import(
    resource: Resource, content: bytes, *, by: User | None, changed_rows_only: bool = False
) -> Preview:
    """Find out what applying would do, and change nothing. Raises FileRefused, NotAllowed."""
    with transaction.atomic(), unlogged():
        found = _attempt(resource, content, by=by, changed_rows_only=changed_rows_only)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def apply_import(
    resource: Resource,
    content: bytes,
    *,
    by: User | None,
    changed_rows_only: bool = False,
    digest: str | None = None,
) -> Preview:
    """Do what the file says, all or nothing.

    With the digest of a preview, only if that still is what it does. Raises FileRefused, RuleBroken with the
    path of every error (`rows[3].campaign`), NotAllowed, Changed.
    """
    done = _attempt(resource, content, by=by, changed_rows_only=changed_rows_only)
    if not done.is_valid:
        raise RuleBroken(_summary_of(done), fields=done.errors())
    if digest is not None and digest != done.digest:
        raise Changed(_("Something was changed since the preview. Look at it again, then apply."))
    return done


def _summary_of(done: Preview) -> str:
    errors = done.errors()
    shown = [f"{path}: {' '.join(sentences)}" for path, sentences in list(errors.items())[:5]]
    rest = [_("And %(number)d more.") % {"number": len(errors) - 5}] if len(errors) > 5 else []
    return " ".join([*shown, *rest])


def _attempt(resource: Resource, content: bytes, *, by: User | None, changed_rows_only: bool) -> Preview:
    table = table_of(resource)
    known = table.by_name()
    grid = read_grid(content, known=lambda text: fold(text) in known)
    lines = _Lines(table, grid, changed_rows_only=changed_rows_only)
    items = [line.item for line in lines.readable]
    ids = {f"{resource.section}[{place}]": line.pk for place, line in enumerate(lines.readable) if line.pk}
    try:
        done = attempt({resource.section: items}, by=by, refused={}, ids=ids)
    except NotAllowed as error:
        raise _by_row(error, resource, lines.readable) from error
    for place, line in enumerate(lines.readable):
        path = f"{resource.section}[{place}]"
        _complete(line, path, done.steps.get(path), done.errors)
    rows = [line.row for line in lines.all]
    return Preview(table, rows, _digest(rows), lines.skipped)


def _by_row(error: NotAllowed, resource: Resource, lines: Sequence[_Line]) -> NotAllowed:
    paths = {f"{resource.section}[{place}]": line.row.number for place, line in enumerate(lines)}
    fields = {f"rows[{paths[path]}]": texts for path, texts in error.fields.items() if path in paths}
    return NotAllowed(error.message, fields=fields or error.fields)


def _complete(line: _Line, path: str, step: Step | None, errors: Mapping[str, list[str]]) -> None:
    row = line.row
    for place, sentences in errors.items():
        if place != path and not place.startswith((f"{path}.", f"{path}[")):
            continue
        name = place[len(path) :].lstrip(".").partition(".")[0].partition("[")[0]
        if name not in line.faulty:
            row.errors.setdefault(name, []).extend(sentences)
    if step is not None and not row.errors:
        row.action, row.changes, row.key = step.action, step.changes, step.key


def _digest(rows: Sequence[Row]) -> str:
    said = [(row.number, row.key, row.action, row.changes, row.errors) for row in rows]
    return hashlib.sha256(json.dumps(said, sort_keys=True, cls=JSONEncoder).encode()).hexdigest()


# -- From the grid to items ---------------


@dataclass(slots=True)
class _Line:
    """One row on its way: the item that it says, and the columns whose cells could not be read."""

    row: Row
    item: dict[str, Any] = field(default_factory=dict)
    pk: int | None = None
    faulty: set[str] = field(default_factory=set)
    is_double: bool = False


class _Lines:
    """The rows of the file that are to be processed. Raises FileRefused if the heading makes no sense."""

    def __init__(self, table: Table, grid: Grid, *, changed_rows_only: bool) -> None:
        self.table = table
        self.skipped = 0
        self.columns = self._heading(grid.rows[0][1])
        self.comma = grid.writes_comma or self._is_french(grid.rows[0][1])
        self.choices = {column.name: column.choices_by_name() for column in table.columns}
        if changed_rows_only and ROW_CHANGED not in [column.name for column in self.columns if column]:
            raise FileRefused(
                _("The file has no column “%(column)s”. Add it, or process all rows.")
                % {"column": capfirst(str(table.columns[0].heading))}
            )
        self.all: list[_Line] = []
        for number, row in grid.rows[1:]:
            if self._is_comment(row):
                continue
            line = self._line(number, row, changed_rows_only=changed_rows_only)
            if line is None:
                self.skipped += 1
            else:
                self.all.append(line)
        if not self.all and not self.skipped:
            raise FileRefused(_("The file has a heading and no rows."))
        self._refuse_doubles()
        blocking = {table.key, ID}
        self.readable = [line for line in self.all if not line.is_double and not line.faulty & blocking]

    def _heading(self, row: Sequence[Cell]) -> list[Column | None]:
        known = self.table.by_name()
        texts = ["" if cell is None else cells.rearm(str(cell)).strip() for cell in row]
        columns = [known.get(fold(text)) for text in texts]
        wrong = [
            self._unknown(text, known) for text, one in zip(texts, columns, strict=True) if text and not one
        ]
        names = [column.name for column in columns if column]
        doubled = dict.fromkeys(name for name in names if names.count(name) > 1)
        wrong += [_("The column “%(column)s” is there twice.") % {"column": name} for name in doubled]
        if not {self.table.key, ID} & set(names):
            key = next(column for column in self.table.columns if column.name == self.table.key)
            wrong.append(_("The column “%(column)s” is missing.") % {"column": capfirst(str(key.heading))})
        if wrong:
            raise FileRefused(" ".join(wrong[:10]))
        return columns

    @staticmethod
    def _unknown(text: str, known: Mapping[str, Column]) -> str:
        sentence = _("There is no column “%(column)s”.") % {"column": text[:100]}
        nearest = difflib.get_close_matches(fold(text)[:100], known, n=1)
        if not nearest:
            return sentence
        hint = _("Did you mean “%(column)s”?") % {"column": capfirst(str(known[nearest[0]].heading))}
        return f"{sentence} {hint}"

    def _is_french(self, row: Sequence[Cell]) -> bool:
        """Whether the heading is in another language than the names of the API and English."""
        english = {fold(name) for column in self.table.columns for name in column.names_in("en")}
        texts = [fold(str(cell)) for cell in row if cell]
        return any(text not in english for text in texts)

    def _is_comment(self, row: Sequence[Cell]) -> bool:
        """The example of the template has a # where others say whether the row was changed."""
        first = row[0] if row else None
        column = self.columns[0]
        return (
            column is not None
            and column.name == ROW_CHANGED
            and isinstance(first, str)
            and first.startswith(_COMMENT)
        )

    def _line(self, number: int, row: Sequence[Cell], *, changed_rows_only: bool) -> _Line | None:
        line = _Line(Row(number, ""))
        for place, cell in enumerate(row):
            column = self.columns[place] if place < len(self.columns) else None
            if column is None:
                if cell not in (None, ""):
                    line.row.errors[""] = [
                        _("There is a value in column %(number)d, which has no heading.")
                        % {"number": place + 1}
                    ]
                continue
            try:
                self._read(line, column, cell)
            except CellError as error:
                line.row.errors[column.name] = [str(error)]
                line.faulty.add(column.name)
        for column in self.columns[len(row) :]:
            # Rows end with their last cell that is not empty.
            if column is not None:
                self._read(line, column, None)
        mark = line.item.pop(ROW_CHANGED, "")
        if changed_rows_only and mark is not True:
            if mark in ("", False):
                return None
            line.row.errors[ROW_CHANGED] = [_("Write Y or N.")]
        line.row.key = str(line.item.get(self.table.key, ""))
        return line

    def _read(self, line: _Line, column: Column, cell: Cell) -> None:
        if column.name == ROW_CHANGED:
            line.item[ROW_CHANGED] = cells.flag_of(cell)
        elif column.name == ID:
            line.pk = self._id(cell)
        elif cell is None or (isinstance(cell, str) and not cell.strip()):
            if not column.is_left_out_empty:
                line.item[column.name] = column.empty
        else:
            line.item[column.name] = self._value(column, cell)

    @staticmethod
    def _id(cell: Cell) -> int | None:
        text = cells.text_of(cell).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or not 0 < int(text[:20]) <= MAX_ID:
            raise CellError(_("An ID is a whole number. Leave it empty for what is new."))
        return int(text)

    def _value(self, column: Column, cell: Cell) -> Any:
        match column.kind:
            case Kind.ADDRESS:
                return cells.address_of(cell)
            case Kind.FLAG:
                return cells.flag_of(cell)
            case Kind.NUMBER:
                return cells.number_of(cell, comma=self.comma)
            case Kind.CHOICE:
                return cells.choice_of(cell, self.choices[column.name])
            case Kind.LIST:
                return cells.list_of(cell)
            case Kind.PROFICIENCIES:
                return cells.proficiencies_of(cell, column.item_name)
            case _:
                return cells.text_of(cell)

    def _refuse_doubles(self) -> None:
        """Two rows about one object: nobody knows which of them is meant."""
        by_key: dict[tuple[Any, ...], list[_Line]] = defaultdict(list)
        for line in self.all:
            spellings = spellings_of(self.table.resource.model, line.row.key)
            if line.row.key.strip() and spellings:
                unit = fold(str(line.item.get("business_unit", "")))
                by_key["name", min(spellings, key=lambda text: (len(text), text)), unit].append(line)
            if line.pk is not None:
                by_key["id", line.pk].append(line)
        for same in by_key.values():
            if len(same) > 1:
                numbers = ", ".join(str(line.row.number) for line in same)
                for line in same:
                    line.is_double = True
                    line.row.errors[self.table.key] = [
                        _("The rows %(numbers)s are about the same object. Keep one of them.")
                        % {"numbers": numbers}
                    ]


def check_may_import(resource: Resource, *, by: User | None) -> None:
    """Raises NotAllowed for who may change nothing of such objects; each row asks for what it does."""
    if not any(allows(by, resource.model, verb) for verb in (Verb.EDIT, Verb.DEACTIVATE)):
        require(by, resource, Verb.CREATE, "file")
