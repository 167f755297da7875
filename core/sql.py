"""The few statements that are written in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import attrgetter, methodcaller
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model
from psycopg import Cursor
from psycopg.rows import RowFactory, dict_row, tuple_row

_Model = TypeVar("_Model", bound=Model)

WITHOUT_WAITING_FOR_THE_DISK = "set_config('synchronous_commit', 'off', true)"
"""An expression for a transaction that would be repeated if a crash of PostgreSQL took its commit back.

Its commit returns before it is on the disk. Any later commit that waits puts it there too: the log is one.
"""


Parameters = Sequence[Any] | Mapping[str, Any]


def rows(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """All rows that the statement returns."""
    return _done(statement, parameters, _ALL)


def row(statement: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """The first row that the statement returns, if any."""
    return _done(statement, parameters, _FIRST)


def dictionaries(statement: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    """All rows, each by the names of its columns."""
    return _done(statement, parameters, _ALL, dict_row)


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run the statement; return how many rows it touched."""
    return _done(statement, parameters, _TOUCHED)


MANY = 500
"""Rows of a result that is not kept until the next statement."""

_ALL, _FIRST, _TOUCHED = methodcaller("fetchall"), methodcaller("fetchone"), attrgetter("rowcount")


def _done(
    statement: str,
    parameters: Parameters,
    result: Callable[[Any], Any],
    make_row: RowFactory[Any] = tuple_row,
) -> Any:
    if connection.queries_logged or connection.execute_wrappers:
        # Whoever counts statements or watches them sees what goes through Django's cursors.
        with connection.cursor() as watched:
            watched.cursor.row_factory = make_row
            watched.execute(statement, parameters)
            return result(watched)
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_thread_sharing()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        cursor = _kept_cursor()
        cursor.row_factory = make_row
        cursor.execute(statement, parameters)
        found = result(cursor)
    if cursor.rowcount > MANY:
        # Its memory is given back, and the next statement makes another.
        cursor.close()
        del connection.connection.acd_cursor
    return found


def _kept_cursor() -> Cursor[Any]:
    """A cursor of the driver that stays with its connection.

    To make one for each statement, with Django's around it, takes longer than to run most of ours. A result
    is fetched at once, so one is enough; its last stays in memory until the next.
    """
    opened = connection.connection
    kept: Cursor[Any] | None = getattr(opened, "acd_cursor", None)
    if kept is None:
        kept = opened.acd_cursor = connection.create_cursor()
    return kept


@contextmanager
def planned_by_indexes() -> Iterator[None]:
    """Look rows up by indexes in all statements that are planned inside; not within a transaction.

    For work that only ever looks up a few rows. A plan that is made while a table is small reads the whole of
    it, and is kept by the connection while the table grows, until PostgreSQL has counted it anew: with
    thousands of texts in the first minutes that costs more than everything else about them.
    """
    execute("SET enable_seqscan = off")
    try:
        yield
    finally:
        execute("RESET enable_seqscan")


def known(model: type[_Model], **values: Any) -> _Model:
    """An object of which only these columns have been read; any other is read when it is asked for."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])


def found(
    model: type[_Model], statement: str, parameters: Parameters = ()
) -> tuple[_Model, dict[str, Any]] | None:
    """The object in the first row, by its columns there, and the row; None when there is no row.

    For what a request asks each time: a joined query takes the ORM longer to write than to run.
    """
    for values in dictionaries(statement, parameters):
        for name, converted in _converters(model):
            if name in values:
                values[name] = converted(values[name], None, connection)
        return known(model, **values), values
    return None


@cache
def _converters(model: type[Model]) -> list[tuple[str, Any]]:
    """By column what the ORM makes of its values: documents and secrets are stored otherwise."""
    return [
        (field.attname, converted)
        for field in model._meta.concrete_fields
        if (converted := getattr(field, "from_db_value", None)) is not None
    ]


@cache
def insertion(model: type[Model], *, if_any: str = "", given: tuple[str, ...] = ()) -> str:
    """INSERT of one row of the model, for a statement that writes several tables; see `insert`.

    Several tables at once, and without the ORM: it takes about four times as long for a row. Nothing is
    inserted when `if_any`, a part of the statement before it, has no row, and a row for each that it has; it
    gives them the columns that are named in `given`.
    """
    fields = _inserted_fields(model)
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(
        f'"{field.column}"' if field.attname in given else f"%({field.attname})s" for field in fields
    )
    source = f"SELECT {places} FROM {if_any}" if if_any else f"VALUES ({places})"
    return f'INSERT INTO "{model._meta.db_table}" ({names}) {source}'


def insert(instance: _Model, statement: str, **more: Any) -> _Model:
    """Run a statement that contains the model's `insertion` and returns the new key.

    The parameters are the instance's fields, of which none may be left to the database, and `more`.
    """
    if not inserted(instance, statement, **more):
        raise AssertionError("the statement inserted nothing")
    return instance


def inserted(instance: Model, statement: str, **more: Any) -> bool:
    """As `insert`, with a statement that may insert nothing: whether it did."""
    found = row(statement, _parameters(instance) | more)
    if found is None:
        return False
    _is_stored(instance, found[0])
    return True


def insert_with(parent: Model, child: Model, statement: str, **more: Any) -> None:
    """As `insert`, for a statement with the insertions of two models that returns both new keys.

    A column that both have must have one value.
    """
    found = row(statement, _parameters(parent) | _parameters(child) | more)
    if found is None:
        raise AssertionError("the statement inserted nothing")
    _is_stored(parent, found[0])
    _is_stored(child, found[1])


def _parameters(instance: Model) -> dict[str, Any]:
    return {
        field.attname: field.get_db_prep_save(getattr(instance, field.attname), connection)
        for field in _inserted_fields(type(instance))
    }


def _is_stored(instance: Model, key: int) -> None:
    instance.pk = key
    instance._state.adding = False
    instance._state.db = connection.alias


@cache
def _inserted_fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]
