"""Statements of our own, by the cursor that stays with its connection."""

from __future__ import annotations

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from core import sql

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_result_has_the_shape_that_was_asked_for():
    statement = "SELECT %s::int AS one, %s::text AS two"
    assert sql.rows(statement, [1, "a"]) == [(1, "a")]
    assert sql.dictionaries(statement, [1, "a"]) == [{"one": 1, "two": "a"}]
    assert sql.row(statement, [2, "b"]) == (2, "b")
    assert sql.row("SELECT 1 WHERE false") is None
    assert sql.execute("SELECT generate_series(1, 3)") == 3


def test_one_statement_takes_parameters_of_several_types():
    statement = "SELECT pg_typeof(%s::text), %s::text"
    assert [sql.row(statement, [value, value])[1] for value in (1, "one", None)] == ["1", "one", None]


def test_after_a_failure_within_a_savepoint_the_transaction_goes_on():
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            sql.row("SELECT 1 / %s::int", [0])
        assert sql.row("SELECT 5") == (5,)


def test_a_broken_transaction_takes_no_more_statements():
    with transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(savepoint=False):
            sql.row("SELECT nothing_of_that_name")
        with pytest.raises(TransactionManagementError):
            sql.row("SELECT 5")
        transaction.set_rollback(True)


def test_a_new_connection_has_a_cursor_of_its_own():
    assert sql.row("SELECT 1") == (1,)
    connection.close()
    assert sql.row("SELECT 2") == (2,)


def test_many_rows_are_not_kept():
    assert len(sql.rows("SELECT generate_series(0, %s)", [sql.MANY])) == sql.MANY + 1
    assert not hasattr(connection.connection, "acd_cursor")
    assert sql.row("SELECT 3") == (3,)
    assert connection.connection.acd_cursor.pgresult.ntuples == 1
