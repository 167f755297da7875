"""Real PostgreSQL, Valkey and child processes under the supervisor, killed and stopped as a person would."""

from __future__ import annotations

import os
import signal
import stat

import psycopg
import pytest
import redis

from launcher.credentials import load_credentials
from launcher.home import Home
from launcher.home import open_home as open_home_of
from launcher.postgres import Postgres
from launcher.supervisor import LONGEST_DELAY_SECONDS, restart_delay
from launcher.valkey import Valkey
from tests.launcher.conftest import Launcher, is_alive, kill_and_wait_for_successor, until


def database(launcher: Launcher) -> psycopg.Connection:
    home = open_home_of(launcher.data)
    url = Postgres(home, load_credentials(home.secrets).postgres_password).url
    return psycopg.connect(url, autocommit=True)


def broker(launcher: Launcher) -> redis.Redis:
    home = open_home_of(launcher.data)
    return redis.Redis.from_url(Valkey(home, load_credentials(home.secrets).valkey_password).url)


def test_a_killed_program_is_started_again_without_its_old_children(start_launcher):
    launcher = start_launcher().wait_ready()
    until(lambda: len(launcher.grandchildren()) == 2)
    orphan = launcher.grandchildren()[0]
    successor = kill_and_wait_for_successor(launcher, "napper-1")
    assert is_alive(successor)
    until(lambda: not is_alive(orphan))
    assert launcher.process.poll() is None


def test_a_killed_database_comes_back_at_its_address_with_its_data(start_launcher):
    launcher = start_launcher().wait_ready()
    with database(launcher) as link:
        link.execute("CREATE TABLE kept (word text)")
        link.execute("INSERT INTO kept VALUES ('still here')")
    kill_and_wait_for_successor(launcher, "postgres")

    def word() -> str:
        try:
            with database(launcher) as link:
                row = link.execute("SELECT word FROM kept").fetchone()
        except psycopg.OperationalError:
            return ""
        assert row is not None
        return row[0]

    assert until(word) == "still here"


def test_a_killed_valkey_comes_back_at_its_address_with_its_data(start_launcher):
    launcher = start_launcher().wait_ready()
    link = broker(launcher)
    link.set("word", "still here")
    # Valkey writes its log once a second; only what it was told to write now is certain to be there.
    link.execute_command("WAITAOF", 1, 0, 5000)
    kill_and_wait_for_successor(launcher, "valkey")

    def has_word() -> bool:
        try:
            return broker(launcher).get("word") == b"still here"
        except redis.ConnectionError:
            return False

    assert until(has_word)
    assert broker(launcher).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert broker(launcher).config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.parametrize("chosen", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process_and_frees_the_folder(start_launcher, chosen):
    launcher = start_launcher().wait_ready()
    until(lambda: len(launcher.grandchildren()) == 2)
    processes = [*launcher.pids().values(), *launcher.grandchildren()]
    launcher.process.send_signal(chosen)
    assert launcher.process.wait(60) == 0
    assert [pid for pid in processes if is_alive(pid)] == []
    assert not (launcher.data / "run.json").exists()
    start_launcher().wait_ready()


def test_a_killed_supervisor_leaves_no_orphan_and_no_lock(start_launcher):
    launcher = start_launcher().wait_ready()
    until(lambda: len(launcher.grandchildren()) == 2)
    processes = list(launcher.pids().values())
    launcher.process.kill()
    until(lambda: not any(is_alive(pid) for pid in processes))
    for grandchild in launcher.grandchildren():
        # A program that starts others must itself make them end with it; these do not.
        os.kill(grandchild, signal.SIGKILL)
    again = start_launcher()
    until(lambda: again.facts().get("pid") == again.process.pid)
    again.wait_ready()
    assert set(again.pids()) == {"postgres", "valkey", "napper-1", "napper-2"}


def test_a_second_launcher_is_told_who_holds_the_folder(start_launcher):
    first = start_launcher().wait_ready()
    second = start_launcher()
    said, _ = second.process.communicate(timeout=60)
    assert second.process.returncode == 1
    assert f"{first.process.pid} (toy)" in said
    assert "DATA_DIR=" in said
    assert all(is_alive(pid) for pid in first.pids().values())


def test_valkey_keeps_its_port_from_start_to_start(start_launcher):
    launcher = start_launcher().wait_ready()
    port = (launcher.data / "valkey" / "port").read_text()
    launcher.process.terminate()
    launcher.process.wait(60)
    start_launcher().wait_ready()
    assert (launcher.data / "valkey" / "port").read_text() == port


def test_the_database_listens_on_a_private_socket_only(start_launcher):
    launcher = start_launcher().wait_ready()
    home: Home = open_home_of(launcher.data)
    assert stat.S_IMODE(home.sockets.stat().st_mode) == 0o700
    assert len(str(home.sockets / ".s.PGSQL.5432.lock")) < 100
    with database(launcher) as link:
        found = link.execute(
            "SELECT current_setting('listen_addresses'), current_setting('TimeZone')"
        ).fetchone()
    assert found == ("", "UTC")


def test_the_database_refuses_a_wrong_password(start_launcher):
    launcher = start_launcher().wait_ready()
    home = open_home_of(launcher.data)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(Postgres(home, "wrong").url)


def test_case_is_folded_for_every_language(start_launcher):
    launcher = start_launcher().wait_ready()
    with database(launcher) as link:
        found = link.execute("SELECT lower('ÉÀÇŒ')").fetchone()
    assert found == ("éàçœ",)


def test_the_delay_grows_only_while_a_program_keeps_dying_at_once():
    assert [restart_delay(deaths) for deaths in (1, 2, 3, 4)] == [0.0, 0.1, 0.2, 0.4]
    assert restart_delay(50) == LONGEST_DELAY_SECONDS
