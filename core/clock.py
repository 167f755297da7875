"""The one clock: the database's.

Deadlines are compared with it, so a wrong clock on an application host changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The database's wall clock, to the millisecond, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_trunc('milliseconds', clock_timestamp())")
        row = cursor.fetchone()
    return row[0]
