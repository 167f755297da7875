"""Empties the database after a test whose commits are real: as Django's flush leaves it, for less.

The flush truncates every table, with its indexes, and makes the permissions and roles anew; most tests leave
a few rows in a few tables, and the permissions as they were.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import TransactionTestCase

STANDING = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)
"""What is made after the migrations and after each flush. Refers to nothing else."""

_EMPTY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT unnest(string_to_array('{names}', ',')) LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""


class Emptying:
    """Stands in for TransactionTestCase._fixture_teardown, given as `flush`, in this process."""

    def __init__(self, flush: Callable[[TransactionTestCase], None]) -> None:
        self._flush = flush
        self._standing: tuple[str, ...] | None = None

    def __call__(self, case: TransactionTestCase) -> None:
        if self._standing is None or self._standing != self._digests():
            self._flush(case)
            self._standing = self._digests()
            return
        names = set(connection.introspection.django_table_names()) - set(STANDING) - {"django_migrations"}
        with connection.cursor() as cursor:
            cursor.execute(_EMPTY.format(names=",".join(sorted(names))))

    def _digests(self) -> tuple[str, ...]:
        digest = "(SELECT md5(string_agg(t::text, '' ORDER BY t)) FROM {} t)"
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(digest.format(name) for name in STANDING))
            return tuple(cursor.fetchone())
