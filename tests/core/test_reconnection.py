from __future__ import annotations

import pytest
from django.db import connection, connections

from core import sql
from core.reconnection import drop_dead_connection
from tests.factories.organizations import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def pid_of_this_connection() -> int:
    [(pid,)] = sql.rows("SELECT pg_backend_pid()")
    return int(pid)


def closed_by_postgresql() -> int:
    """The number of a connection that PostgreSQL has closed meanwhile."""
    pid = pid_of_this_connection()
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    other.close()
    return pid


def test_a_closed_connection_is_replaced():
    pid = closed_by_postgresql()
    drop_dead_connection()
    assert pid_of_this_connection() != pid


def test_a_request_after_a_restart_is_answered(client):
    client.force_login(UserFactory.create(), backend="django.contrib.auth.backends.ModelBackend")
    closed_by_postgresql()
    assert client.get("/").status_code == 200


def test_a_living_connection_stays():
    pid = pid_of_this_connection()
    sql.execute("LISTEN somebody")
    sql.execute("NOTIFY somebody")
    drop_dead_connection()
    assert pid_of_this_connection() == pid
    sql.execute("UNLISTEN somebody")


def test_nothing_is_opened_for_a_look():
    connection.close()
    drop_dead_connection()
    assert connection.connection is None
